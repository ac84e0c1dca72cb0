package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"tenure/simulators/company"
	"tenure/simulators/console"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	oktasim "tenure/simulators/okta"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
)

// page is the console in a headless Chromium.
type page struct {
	t   *testing.T
	ctx context.Context
	w   *world.World
}

// openPage starts a browser on a console of w, and waits until the page shows the leaver.
func openPage(t *testing.T, w *world.World, flags ...chromedp.ExecAllocatorOption) *page {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			binary = found
			break
		}
	}
	if binary == "" {
		t.Skip("no Chromium in PATH (chromium, chromium-browser, google-chrome, chrome): the page is not tested")
	}
	srv := httptest.NewServer(console.New(w))
	t.Cleanup(srv.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, append(options, flags...)...)
	t.Cleanup(stopBrowser)
	ctx, stopTab := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // events newer than the library
	t.Cleanup(stopTab)
	p := &page{t: t, ctx: ctx, w: w}
	p.run(chromedp.Navigate(srv.URL), chromedp.WaitVisible("#namely .pill"))
	return p
}

func (p *page) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits until the text of an element holds what is wanted.
func (p *page) sees(selector, want string) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 15*time.Second)
	defer stop()
	js := fmt.Sprintf(`document.querySelector(%q)?.innerText.includes(%q)`, selector, want)
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](js)); err != nil {
		text := eval[string](p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? "(no such element)"`, selector))
		p.t.Fatalf("%s does not show %q but (%v):\n%s", selector, want, err, text)
	}
}

// eval gives the value of an expression on the page.
func eval[T any](p *page, js string) T {
	p.t.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		p.t.Fatalf("%s: %v", js, err)
	}
	return out
}

// press clicks the button with this text in an element.
func (p *page) press(selector, text string) {
	p.t.Helper()
	js := fmt.Sprintf(`(b => b ? (b.click(), true) : false)([...document.querySelectorAll(%q)].find(b => b.innerText.includes(%q)))`, selector+" button", text)
	if !eval[bool](p, js) {
		p.t.Fatalf("%s has no button %q", selector, text)
	}
}

// write types into a field and sends its form.
func (p *page) write(form, field, text string) {
	p.t.Helper()
	p.run(chromedp.SetValue(form+" "+field, text), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).requestSubmit()`, form)))
}

func TestPage_ShowsTheLeaverAtEveryVendor(t *testing.T) {
	w := newWorld(t)
	leaver := company.DemoLeaver()
	p := openPage(t, w)
	p.sees("header h1", leaver.Name())
	p.sees("#namely", leaver.Title)
	p.sees("#okta", "ACTIVE")
	p.sees("#okta", "Salesforce")
	p.sees("#google", "to "+leaver.Personal)
	p.sees("#jamf", leaver.Devices[0].Serial)
	p.sees("#people [aria-current=true]", leaver.Name())
	p.sees("#retriever-easypost", "No box has been ordered")
	p.sees("#slack", "no app is connected")
	p.sees("#jira", "There is no ticket for this person")
	boss, _ := company.Find(company.People(), leaver.Manager)
	p.run(chromedp.SendKeys(`#people input`, boss.Email))
	p.sees("#people .list", boss.Name())
	p.press("#people .list", boss.Name())
	p.sees("header h1", boss.Name())
	p.sees("#jamf", boss.Devices[0].Serial)
}

func TestPage_TurningSomebodyInactiveChangesNamely(t *testing.T) {
	w := newWorld(t)
	leaver := company.DemoLeaver()
	p := openPage(t, w)
	p.write("#namely form", "input", "2026-11-30")
	p.sees("#namely dl", "2026-11-30")
	p.press("#namely", "Turn inactive")
	p.sees("#namely dl", "inactive")
	if got, _ := w.Namely.Profile(leaver.Email); got.Status != "inactive" || got.Departure != "2026-11-30" {
		t.Fatalf("Namely holds %q, leaving %q", got.Status, got.Departure)
	}
	p.press("#namely", "Turn active")
	p.sees("#namely dl", "active")
}

func TestPage_ButtonOnASlackCardReachesTheApp(t *testing.T) {
	w := newWorld(t)
	pressed := make(chan slack.InteractionCallback, 1)
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request) // the test fails by its own wait when this gets lost
		pressed <- e.Data.(slack.InteractionCallback)
	})
	ts := postCard(t, w)
	p := openPage(t, w)
	p.sees("#slack", "app connected")
	p.sees("#slack .msg h3", "Offboarding: Dana <b>Reed</b>")
	p.sees("#slack .msg .fields", "Nov 2, 2026")
	p.sees("#slack .thread", "first reply")
	if got := eval[string](p, `document.querySelector('#slack .msg .section b').innerText`); got != "Containing" {
		t.Errorf("bold text: %q", got)
	}
	p.run(chromedp.Click(`#slack [data-action=retry]`))
	select {
	case got := <-pressed:
		as, _ := w.Slack.User(eval[string](p, `document.querySelector('#as').value`))
		if got.User.ID != as.ID || got.Message.Timestamp != ts || got.ActionCallback.BlockActions[0].Value != "okta.suspend" {
			t.Fatalf("the app got %+v", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("nothing reached the app; the page says %q", eval[string](p, `document.querySelector('#notice').innerText`))
	}
}

func TestPage_SlashCommandShowsWhatThePersonSees(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.write("#slack-say", "input", "/offboard status")
	p.sees("#slack .feed", "/offboard status failed: dispatch_failed: the app is not connected")
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request, map[string]any{"text": "*Nothing* is under way: `" + e.Data.(slack.SlashCommand).Text + "`"})
	})
	p.sees("#slack", "app connected")
	p.write("#slack-say", "input", "/offboard status")
	p.sees("#slack .feed", "Nothing is under way: status")
	p.sees("#slack .feed", "Only visible to you")
}

func TestPage_ModalIsFilledInAndSubmitted(t *testing.T) {
	w := newWorld(t)
	got := make(chan string, 1)
	listen(t, w, func(c *socketmode.Client, e socketmode.Event) {
		_ = c.Ack(*e.Request)
		switch in := e.Data.(type) {
		case slack.SlashCommand:
			why := slack.NewInputBlock("why", slack.NewTextBlockObject("plain_text", "Why", false, false), nil,
				slack.NewPlainTextInputBlockElement(nil, "text"))
			_, _ = c.OpenView(in.TriggerID, slack.ModalViewRequest{Type: "modal", Title: slack.NewTextBlockObject("plain_text", "Offboard", false, false),
				Submit: slack.NewTextBlockObject("plain_text", "Go", false, false), Blocks: slack.Blocks{BlockSet: []slack.Block{why}}})
		case slack.InteractionCallback:
			got <- in.View.State.Values["why"]["text"].Value
		}
	})
	p := openPage(t, w)
	p.write("#slack-say", "input", "/offboard")
	p.sees("#slack .modal", "Why")
	p.write("#slack .modal", "input", "resigned")
	select {
	case why := <-got:
		if why != "resigned" {
			t.Fatalf("the app got %q", why)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the form did not reach the app")
	}
	p.run(chromedp.WaitNotPresent("#slack .modal"))
}

func TestPage_FaultSpoilsACallAndIsListed(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.run(chromedp.SetValue(`#faults [name=vendor]`, "okta"), chromedp.SetValue(`#faults [name=how]`, "503"), chromedp.SetValue(`#faults [name=times]`, "1"))
	p.write("#faults form", "[name=path]", "/api/v1/users/*")
	p.sees("#faults .log", "/api/v1/users/*: answered 503 without effect, 1 time")
	get := func() int {
		req, _ := http.NewRequest(http.MethodGet, w.URL["okta"]+"/api/v1/users/"+company.DemoLeaver().Email, nil) // its parts are ours
		req.Header.Set("Authorization", "SSWS "+oktasim.DefaultToken)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	if first, second := get(), get(); first != 503 || second != 200 {
		t.Fatalf("statuses %d and %d, want 503 once", first, second)
	}
	p.run(chromedp.Click(`#calls input[type=checkbox]`)) // reads too
	p.sees("#calls", "503")
	p.sees("#calls", "answered without effect")
	p.press("#faults .log", "Remove")
	p.sees("#faults", "Every call goes through")
	if left := w.Okta.Faults(); len(left) != 0 {
		t.Fatalf("faults left: %+v", left)
	}
}

func TestPage_JiraTicketIsReadableAndMoves(t *testing.T) {
	w := newWorld(t)
	createIssue(t, w, ticketBody)
	p := openPage(t, w)
	p.sees("#jira h3", "ITOFF-1 Offboard: "+company.DemoLeaver().Name())
	p.sees("#jira .wiki h4", "Steps")
	p.sees("#jira .wiki blockquote", "Contained")
	row := eval[[]string](p, `[...document.querySelectorAll('#jira .wiki table')].at(-1).rows[1].cells.length ? [...[...document.querySelectorAll('#jira .wiki table')].at(-1).rows[1].cells].map(c => c.innerText) : []`)
	if want := "✔ verified;Sign-in a|b blocked okta.suspend;SUSPENDED"; strings.Join(row, ";") != want {
		t.Errorf("row %q, want %q", row, want)
	}
	p.press("#jira", "In Progress")
	p.sees("#jira .pill", "In Progress")
	p.write("#jira .ticket > form", "input", "looked *at* it")
	p.sees("#jira .comment .wiki", "looked at it")
	got, _ := w.Jira.Issue("ITOFF-1")
	as := eval[string](p, `document.querySelector('#as').selectedOptions[0].innerText`)
	author := ""
	for _, u := range w.Jira.Snapshot().Users {
		if u.AccountID == got.Comments[0].Author {
			author = u.DisplayName
		}
	}
	if got.Status.Name != "In Progress" || author != as {
		t.Fatalf("status %q, comment by %q, want In Progress and %q", got.Status.Name, author, as)
	}
}

func TestPage_LinkToATicketShowsItHere(t *testing.T) {
	w := newWorld(t)
	createIssue(t, w, "the older one")
	createIssue(t, w, "the newer one")
	w.Slack.Plant(world.ITChannel, slacksim.Message{User: slacksim.BotUser, Text: "see <" + w.URL["jira"] + "/browse/ITOFF-1|ITOFF-1>"})
	p := openPage(t, w)
	p.sees("#jira .ticket", "the newer one")
	p.run(chromedp.Click("#slack .msg a"))
	p.sees("#jira .ticket", "the older one")
}

func TestPage_PINsAreHiddenUntilAsked(t *testing.T) {
	w := newWorld(t)
	serial := company.DemoLeaver().Devices[0].Serial
	w.Jamf.QueueLock(serial, "918273")
	p := openPage(t, w)
	p.sees("#jamf", "locked")
	if eval[bool](p, `document.documentElement.innerHTML.includes('918273')`) {
		t.Fatal("the PIN is on the page before anybody asked")
	}
	p.press("#jamf", "Show PIN")
	p.sees("#jamf code", "918273")
	p.write("#jamf form", "input", "918273")
	p.run(chromedp.WaitNotPresent("#jamf form"))
	if d, _ := w.Jamf.Device(serial); d.Locked {
		t.Fatal("the right PIN did not open the Mac")
	}
}

func TestPage_MarkupOfVendorsStaysText(t *testing.T) {
	w := newWorld(t)
	evil := `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	leaver := company.DemoLeaver()
	w.Jamf.Edit(leaver.Devices[0].Serial, func(d *jamfsim.Device) { d.Name = evil })
	w.Slack.Plant(world.ITChannel, slacksim.Message{User: slacksim.BotUser, Text: evil + " <javascript:alert(1)|click>"})
	createIssue(t, w, evil+" ["+"click|javascript:alert(1)] "+leaver.Email)
	p := openPage(t, w)
	p.sees("#jamf", "<img src=x")
	p.sees("#slack .feed", "<script>")
	p.sees("#jira", "<img src=x")
	if got := eval[string](p, `document.title + document.querySelectorAll('main img, main script, a[href^=javascript]').length`); got != "Vendors' console0" {
		t.Fatalf("markup became elements: %q", got)
	}
}

func TestPage_TypingAndScrollSurviveUpdates(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.run(chromedp.Focus("#slack-say input"), chromedp.SendKeys("#slack-say input", "half a sent"),
		chromedp.Evaluate[chromedp.Void](`document.querySelector('#people .list').scrollTop = 500`))
	w.Slack.Plant(world.ITChannel, slacksim.Message{User: slacksim.BotUser, Text: "something new"})
	p.sees("#slack .feed", "something new")
	p.run(chromedp.KeyEvent("ence"))
	got := eval[string](p, `document.activeElement.value + ' ' + document.querySelector('#people .list').scrollTop`)
	if got != "half a sentence 500" {
		t.Fatalf("after an update: %q", got)
	}
}

func TestPage_FitsAPhone(t *testing.T) {
	w := newWorld(t)
	postCard(t, w)
	createIssue(t, w, ticketBody)
	p := openPage(t, w, chromedp.WindowSize(390, 844))
	p.run(chromedp.EmulateViewport(390, 844))
	if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
		t.Fatalf("the page is %d pixels wide on a phone of 390", wide)
	}
}

const ticketBody = "{quote}\n*Contained* in 3 s\n{quote}\n\n||Case|{{offboard/E1}}|\n\nh3. Steps\n||State||Step||Read back||\n" +
	"|(/) verified|*Sign-in a\\|b blocked* {{okta.suspend}}|SUSPENDED|\n"

// createIssue files a ticket for the leaver the way Tenure does: over the wire.
func createIssue(t *testing.T, w *world.World, description string) {
	t.Helper()
	body := fmt.Sprintf(`{"fields":{"project":{"key":%q},"issuetype":{"name":"Task"},"summary":%q,"description":%q}}`,
		jirasim.DefaultProject, "Offboard: "+company.DemoLeaver().Name(), description)
	req, err := http.NewRequest(http.MethodPost, w.URL["jira"]+"/rest/api/2/issue", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(jirasim.DefaultEmail, jirasim.DefaultToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("Jira answered %s", resp.Status)
	}
}

func slackAPI(w *world.World) *slack.Client {
	return slack.New(slacksim.DefaultBotToken, slack.OptionAPIURL(w.URL["slack"]+"/api/"), slack.OptionAppLevelToken(slacksim.DefaultAppToken))
}

// listen is an app on the real Socket Mode client. It returns once Slack said hello.
func listen(t *testing.T, w *world.World, handle func(*socketmode.Client, socketmode.Event)) {
	t.Helper()
	client := socketmode.New(slackAPI(w))
	ctx, cancel := context.WithCancel(context.Background())
	done, hello := make(chan struct{}), make(chan struct{}, 8)
	go func() {
		_ = client.RunContext(ctx) // ends with the context
		close(done)
	}()
	go func() {
		for {
			select {
			case e := <-client.Events:
				if e.Type == socketmode.EventTypeHello {
					hello <- struct{}{}
				}
				if e.Request != nil && e.Request.EnvelopeID != "" {
					handle(client, e)
				}
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); w.Slack.Close(); <-done })
	select {
	case <-hello:
	case <-time.After(10 * time.Second):
		t.Fatal("Slack said no hello in 10 s")
	}
}

// postCard posts a card with a button and a reply under it.
func postCard(t *testing.T, w *world.World) (ts string) {
	t.Helper()
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("mrkdwn", s, false, false) }
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	api := slackAPI(w)
	_, ts, err := api.PostMessage(world.ITChannel, slack.MsgOptionText("card", false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(plain("Offboarding: Dana <b>Reed</b>")),
		slack.NewSectionBlock(text("*Containing*: 1 step &lt;left&gt; :hourglass: `okta.suspend` <https://example.com/x|ticket>"), nil, nil),
		slack.NewSectionBlock(nil, []*slack.TextBlockObject{text("*Effective*\n<!date^1793610000^{date_short_pretty} {time}|then>"), text("*Phase*\ncontain")}, nil),
		slack.NewDividerBlock(),
		slack.NewActionBlock("", slack.NewButtonBlockElement("retry", "okta.suspend", plain("Retry"))),
		slack.NewContextBlock("", text("Updated now"))))
	if err == nil {
		_, _, err = api.PostMessage(world.ITChannel, slack.MsgOptionText("first reply", false), slack.MsgOptionTS(ts))
	}
	if err != nil {
		t.Fatal(err)
	}
	return ts
}
