package slack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

func (w *world) answer(in activities.Answer) error {
	w.t.Helper()
	_, err := run[activities.Answer, activities.Nothing](w, activities.SlackAnswer.Bind(w.sys.Answer), in)
	return err
}

// whispered is the only message that was shown to one person alone.
func (w *world) whispered() slacksim.Ephemeral {
	w.t.Helper()
	all := w.sim.Snapshot().Ephemerals
	if len(all) != 1 {
		w.t.Fatalf("%d ephemeral messages, want one", len(all))
	}
	return all[0]
}

// direct is the only message of the direct messages with a person.
func (w *world) direct(user string) slacksim.Post {
	w.t.Helper()
	for _, c := range w.sim.Snapshot().Channels {
		if c.IM && len(c.Messages) == 1 && strings.Contains(strings.Join(c.Members, " "), user) {
			return c.Messages[0]
		}
	}
	w.t.Fatalf("there is not one direct message to %s", user)
	return slacksim.Post{}
}

func TestAnswer_IsForOnePersonWhereItWasAsked(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, _ := w.it()
	root := w.must(activities.MirrorCase{View: baseView()})
	if err := w.answer(activities.Answer{Key: "k", Reply: activities.Reply{Channel: w.channel, User: ida.ID, Thread: root.Key}, Text: "Started for <b>Dana</b> & co\nby slack:" + ida.ID}); err != nil {
		t.Fatal(err)
	}
	e := w.whispered()
	if e.User != ida.ID || e.Channel != w.channel || e.ThreadTS != root.Key || e.Text != "Started for &lt;b&gt;Dana&lt;/b&gt; &amp; co\nby <@"+ida.ID+">" {
		t.Fatalf("%+v", e)
	}
}

func TestAnswer_WhereNobodyCanWhisper_IsADirectMessage(t *testing.T) {
	for name, place := range map[string]func(*world, string) string{
		"no channel":              func(*world, string) string { return "" },
		"a direct message":        func(*world, string) string { return "D0S00000X" },
		"channel without the app": func(w *world, user string) string { return w.room("away", true, user) },
		"public, without the app": func(w *world, user string) string { return w.room("away", false, user) },
		"person has left":         func(w *world, _ string) string { return w.room("here", true, slacksim.BotUser) },
		"archived": func(w *world, user string) string {
			id := w.room("old", true, user, slacksim.BotUser)
			w.sim.Archive(id, true)
			return id
		},
		"nowhere": func(*world, string) string { return "C0NOWHERE" },
		"not allowed": func(w *world, _ string) string {
			w.sim.Inject(refusing("chat.postEphemeral", "restricted_action"))
			return w.channel
		},
		"no such root": func(w *world, _ string) string {
			w.sim.Inject(refusing("chat.postEphemeral", "cannot_reply_to_message"))
			return w.channel
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			ida, _ := w.it()
			if err := w.answer(activities.Answer{Reply: activities.Reply{Channel: place(w, ida.ID), User: ida.ID}, Text: "done"}); err != nil {
				t.Fatal(err)
			}
			if got := w.direct(ida.ID); got.Text != "done" {
				t.Fatalf("%+v", got)
			}
			if n := len(w.sim.Snapshot().Ephemerals); n != 0 {
				t.Fatalf("%d whispers too", n)
			}
		})
	}
}

// room adds a channel.
func (w *world) room(name string, private bool, members ...string) string {
	return w.sim.AddChannel(slacksim.Channel{Name: name, Private: private, Members: members}).ID
}

func TestAnswer_RefusalStandsOut(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, _ := w.it()
	if err := w.answer(activities.Answer{Reply: activities.Reply{Channel: w.channel, User: ida.ID}, Text: "You may not", Refused: true}); err != nil {
		t.Fatal(err)
	}
	if e := w.whispered(); e.Text != ":no_entry: You may not" {
		t.Fatalf("%q", e.Text)
	}
}

func TestAnswer_ShowsTheCaseWithoutButtons(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, _ := w.it()
	v := views()["long"]
	if err := w.answer(activities.Answer{Reply: activities.Reply{Channel: w.channel, User: ida.ID}, Text: "This is how it stands.", View: &v}); err != nil {
		t.Fatal(err)
	}
	e := w.whispered()
	for _, want := range []string{"This is how it stands.", "Offboarding: Dana Reed", v.Headline, "google.sessions"} {
		if !strings.Contains(string(e.Blocks), want) {
			t.Errorf("the answer does not show %q", want)
		}
	}
	if strings.Contains(string(e.Blocks), `"actions"`) {
		t.Error("the answer has buttons")
	}
	if n := utf8.RuneCountInString(allText(t, e.Blocks)); n > 4200 {
		t.Errorf("%d characters", n)
	}
	if e.Text != "This is how it stands." {
		t.Errorf("spoken: %q", e.Text)
	}
}

func TestAnswer_LongText_SaysHowMuchIsMissing(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, _ := w.it()
	line := strings.Repeat("<&> ", 20) // 280 characters once escaped
	if err := w.answer(activities.Answer{Reply: activities.Reply{Channel: w.channel, User: ida.ID}, Text: strings.Repeat(line+"\n", 100)}); err != nil {
		t.Fatal(err)
	}
	e := w.whispered()
	shown := strings.Count(e.Text, "\n")
	if !strings.HasSuffix(e.Text, "… and 90 more lines") || shown != 10 {
		t.Fatalf("%d lines shown, then %q", shown, e.Text[len(e.Text)-30:])
	}
}

func TestAnswer_WhatIsWrongIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		in    activities.Answer
		spoil func(*world)
		kind  string
		retry bool
		says  string
	}{
		"nobody to answer": {in: activities.Answer{Text: "x"}, kind: activities.InvalidInput, says: "Slack user id"},
		"nothing to say":   {in: activities.Answer{Text: " \n", Reply: activities.Reply{User: "U0S000001"}}, kind: activities.InvalidInput, says: "text is empty"},
		"layout refused": {in: activities.Answer{Text: "x"}, spoil: func(w *world) { w.sim.Inject(refusing("chat.postEphemeral", "invalid_blocks")) },
			kind: activities.InvalidInput, says: "invalid_blocks"},
		"limited": {in: activities.Answer{Text: "x"}, spoil: func(w *world) { w.sim.Inject(kit.Fault{Path: "/api/chat.postEphemeral", Throttle: true, Times: 1}) },
			kind: activities.RateLimited, retry: true},
		"no direct messages": {in: activities.Answer{Text: "x", Reply: activities.Reply{User: "U0S000001"}},
			spoil: func(w *world) { w.sim.Inject(refusing("chat.postMessage", "messages_tab_disabled")) }, kind: activities.Forbidden, says: "App Home"},
		"no scope": {in: activities.Answer{Text: "x"}, spoil: func(w *world) { w.sim.WithoutScopes = []string{"chat:write"} },
			kind: activities.Forbidden, says: "add chat:write"},
		"lost": {in: activities.Answer{Text: "x"}, spoil: func(w *world) { w.sim.Inject(drop("chat.postEphemeral", kit.DropAfter)) }, kind: activities.Unavailable, retry: true},
		"no timestamp": {in: activities.Answer{Text: "x"}, spoil: func(w *world) {
			w.sim.Inject(kit.Fault{Path: "/api/chat.postEphemeral", Status: 200, Body: `{"ok":false}`, Times: 1})
		}, kind: activities.Unavailable, retry: true, says: "timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			ida, _ := w.it()
			if c.spoil != nil {
				c.spoil(w)
				c.in.Reply.User = ida.ID
				if name != "no direct messages" {
					c.in.Reply.Channel = w.channel
				}
			}
			if app := wantType(t, w.answer(c.in), c.kind, c.retry); !strings.Contains(app.Error(), c.says) {
				t.Fatalf("%v does not say %q", app, c.says)
			}
			if n := len(w.posts()); n != 0 {
				t.Fatalf("%d messages for everybody", n)
			}
		})
	}
}

// allText is every text of blocks.
func allText(t *testing.T, blocks json.RawMessage) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal(blocks, &tree); err != nil {
		t.Fatal(err)
	}
	return textOf(tree)
}

func announcement() activities.Announcement {
	return activities.Announcement{Key: "ask/slack:1", Title: "Held: 30 people <turned> inactive", Text: "Cause & effect\n- Dana\n- Kim, says slack:U0S000001", Presses: []activities.Press{
		{Verb: activities.VerbBatchRelease, Label: "Release", Batch: "b-1", Nonce: "n"}, {Verb: activities.VerbBatchReject, Label: "Reject all 30", Danger: true, Batch: "b-1", Nonce: "n"}}}
}

func (w *world) announce(in activities.Announcement) error {
	w.t.Helper()
	if in.Channel == "" {
		in.Channel = w.channel
	}
	_, err := run[activities.Announcement, activities.Nothing](w, activities.SlackAnnounce.Bind(w.sys.Announce), in)
	return err
}

// today gives the workspace the system's clock: announcements are looked for from now on backwards.
func today(s *slacksim.Simulator) { s.Clock = nil }

func TestAnnounce_IsOneMessageForEachKey(t *testing.T) {
	w := newWorld(t, "", today)
	for _, key := range []string{"a", "a", "b"} {
		in := announcement()
		in.Key = key
		if err := w.announce(in); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.posts()); n != 2 {
		t.Fatalf("%d messages, want one for each of two keys", n)
	}
}

func TestAnnounce_LostAnswer_IsFoundByItsMark(t *testing.T) {
	w := newWorld(t, "", today)
	w.sim.Inject(drop("chat.postMessage", kit.DropAfter))
	_ = wantType(t, w.announce(announcement()), activities.Unavailable, true)
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	w.card()
}

func TestAnnounce_SeveralOfOneKey_TheOldestStays(t *testing.T) {
	w := newWorld(t, "", today)
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	first := w.card().TS
	hide := w.sim.Inject(kit.Fault{Path: "/api/conversations.history", Status: 200, Body: `{"ok":true,"messages":[],"has_more":false}`})
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	hide()
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	if got := w.card().TS; got != first {
		t.Fatalf("kept %s, want the oldest, %s", got, first)
	}
}

func TestAnnounce_MarkOfAnotherApp_IsNotBelieved(t *testing.T) {
	w := newWorld(t, "", today)
	w.sim.Plant(w.channel, slacksim.Message{User: "U0OTHER", BotID: "B0OTHER", Text: "copy", Metadata: &slacksim.Metadata{
		EventType: "tenure_announcement", EventPayload: map[string]any{"key": announcement().Key}}})
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.posts()); n != 2 {
		t.Fatalf("%d messages: the copy of a mark silenced the announcement", n)
	}
}

func TestAnnounce_SaysItSafelyAndCanBePressed(t *testing.T) {
	w := newWorld(t, "", today)
	if err := w.announce(announcement()); err != nil {
		t.Fatal(err)
	}
	m := w.card()
	text := allText(t, m.Blocks)
	for _, want := range []string{"*Held: 30 people &lt;turned&gt; inactive*\nCause &amp; effect\n- Dana\n- Kim, says <@U0S000001>", "Reject all 30? Held: 30 people <turned> inactive"} {
		if !strings.Contains(text, want) {
			t.Errorf("the message does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(m.Blocks), `"header"`) {
		t.Error("a plain announcement has a header")
	}
	buttons := buttonsOf(t, m.Blocks)
	if len(buttons) != 2 || buttons[0].ActionID != "tenure.batch-release.b-1" || buttons[1].Style != "danger" || buttons[1].Confirm == nil || buttons[0].Confirm != nil {
		t.Fatalf("buttons %+v", buttons)
	}
	if p, err := activities.ParsePress(buttons[1].Value); err != nil || p.Verb != activities.VerbBatchReject || p.Batch != "b-1" || p.Nonce != "n" {
		t.Fatalf("press %+v, %v", p, err)
	}
	for k := range m.Metadata.EventPayload {
		if k != "key" {
			t.Errorf("the mark, which everybody can read, holds %q", k)
		}
	}
}

func TestAnnounce_AlarmStandsOut(t *testing.T) {
	w := newWorld(t, "", today)
	in := announcement()
	in.Alarm, in.Presses, in.Title = true, nil, strings.Repeat("Very long ", 30)
	if err := w.announce(in); err != nil {
		t.Fatal(err)
	}
	m := w.card()
	if !strings.Contains(string(m.Blocks), `"header"`) || !strings.HasPrefix(m.Text, "Alarm: Very long") {
		t.Fatalf("%s\n%s", m.Text, m.Blocks)
	}
}

func TestAnnounce_HugeIsCutHonestly(t *testing.T) {
	w := newWorld(t, "", today)
	in := announcement()
	in.Text = strings.Repeat(strings.Repeat("x", 99)+"\n", 200)
	in.Presses = nil
	for range 150 { // the same press again and again: every action id is its own
		in.Presses = append(in.Presses, activities.Press{Verb: activities.VerbSkip, Label: strings.Repeat("label ", 30), Batch: strings.Repeat("b", 300), Danger: true})
	}
	in.Presses[0].Case = strings.Repeat("c", 2000) // fits in no button
	if err := w.announce(in); err != nil {
		t.Fatal(err)
	}
	text := allText(t, w.card().Blocks)
	if !strings.Contains(text, "… and 142 more lines") || !strings.Contains(text, "125 more choices have no button here") {
		t.Fatalf("not said what is missing:\n%s", text[max(0, len(text)-300):])
	}
	if n := len(buttonsOf(t, w.card().Blocks)); n != 24 {
		t.Fatalf("%d buttons", n)
	}
}

func TestAnnounce_OnlyWhereACardMayStand(t *testing.T) {
	w := newWorld(t, "", today)
	for name, c := range map[string]struct {
		in   activities.Announcement
		kind string
		says string
	}{
		"public channel":  {activities.Announcement{Key: "k", Title: "t", Channel: w.room("all", false, slacksim.BotUser)}, activities.Forbidden, "public"},
		"without the app": {activities.Announcement{Key: "k", Title: "t", Channel: w.room("secret", true)}, activities.NotFound, "/invite"},
		"a name":          {activities.Announcement{Key: "k", Title: "t", Channel: "it-offboarding"}, activities.InvalidInput, "channel id"},
		"no key":          {activities.Announcement{Title: "t"}, activities.InvalidInput, "key is empty"},
		"nothing to say":  {activities.Announcement{Key: "k", Text: "\n"}, activities.InvalidInput, "nothing to announce"},
	} {
		t.Run(name, func(t *testing.T) {
			if app := wantType(t, w.announce(c.in), c.kind, false); !strings.Contains(app.Error(), c.says) {
				t.Fatalf("%v does not say %q", app, c.says)
			}
		})
	}
}

func TestAnnounce_ManyAtOnce_WaitTheirTurn(t *testing.T) {
	w := newWorld(t, "", func(s *slacksim.Simulator) { s.Clock, s.RateLimits = nil, true })
	limited := false
	for i := range 10 {
		in := announcement()
		in.Key = string(rune('a' + i))
		if err := w.announce(in); err != nil {
			limited = true
			app := wantType(t, err, activities.RateLimited, true)
			if app.NextRetryDelay() < time.Second {
				t.Fatalf("delay %v", app.NextRetryDelay())
			}
		}
	}
	if !limited {
		t.Fatal("ten posts at once went through a limit of about one a second")
	}
}
