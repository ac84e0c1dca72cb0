package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"tenure/simulators/world"
)

// plays makes the person at the page one of the cast.
func (p *page) plays(user string) {
	p.t.Helper()
	u, ok := p.w.Slack.User(user)
	if !ok {
		p.t.Fatalf("there is no user %s", user)
	}
	p.press("#slack .cast", u.RealName)
	if got := eval[string](p, `document.querySelector('#as').value`); got != u.Name {
		p.t.Fatalf("the page acts as %q, want %q", got, u.Name)
	}
}

func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// receive waits for what the app got.
func receive[T any](p *page, from <-chan T) T {
	p.t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(10 * time.Second):
		p.t.Fatalf("nothing reached the app; the page says %q", eval[string](p, `document.querySelector('#notice').innerText`))
	}
	panic("unreachable")
}

func TestSlackPage_EverybodySeesTheirOwnChannels(t *testing.T) {
	w := newWorld(t)
	postCard(t, w)
	got := make(chan slack.SlashCommand, 1)
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request, map[string]any{"text": "You may not."})
		got <- e.Data.(slack.SlashCommand)
	})
	p := openPage(t, w)
	p.sees("#slack .rooms", "# it-offboarding")
	p.sees("#slack .feed", "Dana <b>Reed</b>")
	p.plays(world.LeaverUser)
	if rooms := eval[string](p, `document.querySelector('#slack .rooms').innerText + document.querySelector('#slack .feed').innerText`); strings.Contains(rooms, "it-offboarding") || strings.Contains(rooms, "Reed") {
		t.Fatalf("the leaver sees %q", rooms)
	}
	p.press("#slack .tries", "/offboard status")
	p.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('#slack-say').requestSubmit()`))
	if c := receive(p, got); c.UserID != world.LeaverUser || c.ChannelID != world.GeneralChannel || !strings.HasPrefix(c.Text, "status ") {
		t.Fatalf("the app got %+v", c)
	}
	p.sees("#slack .feed", "You may not.")
	p.plays(world.UnauthorisedUser)
	p.sees("#slack .feed", "Dana <b>Reed</b>")
	p.press("#slack .rooms", "# general")
	if feed := eval[string](p, `document.querySelector('#slack .feed').innerText`); strings.Contains(feed, "You may not.") {
		t.Fatal("what the leaver alone was told is shown to somebody else")
	}
}

func TestSlackPage_ADirectMessageIsCountedUntilItIsRead(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.plays(world.LeaverUser)
	if _, _, err := slackAPI(w).PostMessage(world.LeaverUser, slack.MsgOptionText("You may not ask for it.", false)); err != nil {
		t.Fatal(err)
	}
	p.sees("#slack .rooms", "Tenure, directly 1")
	p.press("#slack .rooms", "Tenure, directly")
	p.sees("#slack .feed", "You may not ask for it.")
	if rooms := eval[string](p, `document.querySelector('#slack .rooms').innerText`); strings.Contains(rooms, "1") {
		t.Fatalf("read, and still counted: %q", rooms)
	}
	p.plays(world.AuthorisedUser)
	if rooms := eval[string](p, `document.querySelector('#slack .rooms').innerText`); strings.Contains(rooms, "directly") {
		t.Fatal("somebody else sees the direct message")
	}
}

func TestSlackPage_DangerousButtonAsksFirst(t *testing.T) {
	w := newWorld(t)
	got := make(chan slack.InteractionCallback, 2)
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request)
		got <- e.Data.(slack.InteractionCallback)
	})
	b := slack.NewButtonBlockElement("tenure.rescind", "v", plain("Rescind"))
	b.Confirm = slack.NewConfirmationBlockObject(plain("Are you sure?"), plain("Rescind? Offboarding: Dana Reed"), plain("Yes"), plain("No"))
	if _, _, err := slackAPI(w).PostMessage(world.ITChannel, slack.MsgOptionText("card", false), slack.MsgOptionBlocks(slack.NewActionBlock("", b))); err != nil {
		t.Fatal(err)
	}
	p := openPage(t, w)
	p.plays(world.SecondAuthorisedUser)
	p.press("#slack .feed", "Rescind")
	p.sees("#slack .overlay", "Rescind? Offboarding: Dana Reed")
	p.press("#slack .overlay", "No")
	p.run(chromedp.WaitNotPresent("#slack .overlay"))
	p.press("#slack .feed", "Rescind")
	p.run(chromedp.WaitVisible("#slack .overlay"), chromedp.KeyEvent("\u001b"), chromedp.WaitNotPresent("#slack .overlay"))
	if n := len(w.Slack.Snapshot().Interactions); n != 0 {
		t.Fatalf("%d presses reached Slack before anybody said yes", n)
	}
	p.press("#slack .feed", "Rescind")
	p.sees("#slack .overlay", "Are you sure?")
	p.press("#slack .overlay", "Yes")
	if in := receive(p, got); in.User.ID != world.SecondAuthorisedUser || in.ActionCallback.BlockActions[0].ActionID != "tenure.rescind" {
		t.Fatalf("the app got %+v", in)
	}
}

// openForm answers every command with a form that has each kind of input that the front door draws.
func openForm(c *socketmode.Client, trigger string) {
	input := func(id string, e slack.BlockElement) slack.Block {
		return slack.NewInputBlock(id, plain("The "+id), nil, e)
	}
	option := func(v, text string) *slack.OptionBlockObject { return slack.NewOptionBlockObject(v, plain(text), nil) }
	who := slack.NewPlainTextInputBlockElement(plain("dana@example.com"), "v")
	who.InitialValue = "somebody"
	why := slack.NewPlainTextInputBlockElement(nil, "v")
	why.Multiline = true
	_, _ = c.OpenView(trigger, slack.ModalViewRequest{Type: "modal", Title: plain("Offboard somebody"), Submit: plain("Offboard"), Close: plain("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{input("who", who), input("day", slack.NewDatePickerBlockElement("v")), input("hour", slack.NewTimePickerBlockElement("v")),
			input("urgency", slack.NewCheckboxGroupsBlockElement("v", option("yes", "Emergency"))),
			input("which", slack.NewRadioButtonsBlockElement("v", option("only", "Only these"), option("all", "All"))),
			input("boss", slack.NewOptionsSelectBlockElement("users_select", nil, "v")), input("why", why)}}})
}

func TestSlackPage_FormShowsErrorsAtTheirFieldsAndKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	got := make(chan slack.InteractionCallback, 2)
	refused := false
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		switch in := e.Data.(type) {
		case slack.SlashCommand:
			_ = c.Ack(*e.Request)
			openForm(c, in.TriggerID)
		case slack.InteractionCallback:
			if !refused {
				refused = true
				_ = c.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"who": "Nobody has this <address>", "which": "Choose one"}))
			} else {
				_ = c.Ack(*e.Request)
			}
			got <- in
		}
	})
	p := openPage(t, w)
	p.write("#slack-say", "input", "/offboard")
	p.sees("#slack .modal", "The who")
	p.write("#slack .modal", "textarea", "resigned")
	first := receive(p, got).View.State.Values
	if first["who"]["v"].Value != "somebody" || first["why"]["v"].Value != "resigned" || first["which"]["v"].SelectedOption.Value != "" ||
		len(first["urgency"]["v"].SelectedOptions) != 0 || first["day"]["v"].SelectedDate != "" || first["boss"]["v"].SelectedUser != "" {
		t.Fatalf("the app got %+v", first)
	}
	p.sees("#slack [data-field=who]", "Nobody has this <address>")
	p.sees("#slack [data-field=which]", "Choose one")
	if kept := eval[string](p, `document.querySelector('#slack .modal textarea').value`); kept != "resigned" {
		t.Fatalf("what was typed became %q", kept)
	}
	p.run(chromedp.SetValue(`#slack [data-block=day]`, "2026-11-30"), chromedp.SetValue(`#slack [data-block=hour]`, "17:30"), chromedp.SetValue(`#slack [data-block=boss]`, world.AuthorisedUser),
		chromedp.Click(`#slack [data-block=urgency] input`), chromedp.Click(`#slack [data-block=which] label:last-child input`))
	p.write("#slack .modal", "[data-block=who]", "dana@example.com")
	second := receive(p, got).View.State.Values
	if second["who"]["v"].Value != "dana@example.com" || second["day"]["v"].SelectedDate != "2026-11-30" || second["hour"]["v"].SelectedTime != "17:30" ||
		second["which"]["v"].SelectedOption.Value != "all" || len(second["urgency"]["v"].SelectedOptions) != 1 || second["boss"]["v"].SelectedUser != world.AuthorisedUser {
		t.Fatalf("the app got %+v", second)
	}
	p.run(chromedp.WaitNotPresent("#slack .modal"))
}

func TestSlackPage_FormThatNobodyTakes_SaysSo(t *testing.T) {
	w := newWorld(t)
	w.Slack.AckWithin = 300 * time.Millisecond
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		if in, ok := e.Data.(slack.SlashCommand); ok {
			_ = c.Ack(*e.Request)
			openForm(c, in.TriggerID)
		}
	})
	p := openPage(t, w)
	p.write("#slack-say", "input", "/offboard")
	p.sees("#slack .modal", "The who")
	p.press("#slack .modal", "Offboard")
	p.sees("#slack .modal", "The form was not taken: operation_timeout")
	p.press("#slack .modal", "Cancel")
	p.run(chromedp.WaitNotPresent("#slack .modal"))
}

func TestSlackPage_FitsAPhoneWithAFormOpen(t *testing.T) {
	w := newWorld(t)
	postCard(t, w)
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request)
		openForm(c, e.Data.(slack.SlashCommand).TriggerID)
	})
	p := openPage(t, w)
	p.run(chromedp.EmulateViewport(390, 844))
	p.write("#slack-say", "input", "/offboard")
	p.sees("#slack .modal", "The who")
	if wide := eval[int](p, `Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('.modal, .modal *, .cast *, .rooms *')].map(e => Math.ceil(e.getBoundingClientRect().right)))`); wide > 390 {
		t.Fatalf("something reaches to %d pixels on a phone of 390", wide)
	}
	if fits := eval[bool](p, `document.querySelector('.modal').getBoundingClientRect().bottom <= innerHeight`); !fits {
		t.Fatal("the form ends below the screen")
	}
}

func TestPage_ManyTurnInactiveAtOnceAndBack(t *testing.T) {
	w := newWorld(t)
	active := func() (n int) {
		for _, p := range w.Namely.Profiles() {
			if p.Status == "active" {
				n++
			}
		}
		return n
	}
	before := active()
	p := openPage(t, w)
	p.run(chromedp.Click("#crowd summary"))
	p.write("#crowd form", "[name=count]", "999")
	p.sees("#notice", "give a number from 1 to")
	p.write("#crowd form", "[name=count]", "30")
	p.sees("#crowd", "30 turned inactive")
	if got := active(); got != before-30 {
		t.Fatalf("%d of %d are active, want 30 fewer", got, before)
	}
	for _, part := range world.Cast() {
		u, _ := w.Slack.User(part.User)
		if h, _ := w.Namely.Profile(u.Email); h.Status != "active" {
			t.Errorf("%s, who is to decide, is %s", u.RealName, h.Status)
		}
	}
	p.press("#crowd", "Turn them active again")
	p.run(chromedp.WaitNotPresent("#crowd p"))
	if got := active(); got != before {
		t.Fatalf("%d are active again, want %d", got, before)
	}
}
