package slack_test

import (
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

const manager = "mia@example.com"

// toManager tells the manager what is ready, once for each key.
func toManager(key string) activities.Tell {
	return activities.Tell{CaseRef: activities.CaseRef{Case: "onboard/E2001", Run: "run-1", Employee: "E2001", Opened: at(0)}, Step: "tell.manager",
		Key: key, Email: manager, Title: "Sam Cho begins on Monday", Text: "Ready: account, mailbox <b> & groups\nNot ready: the laptop"}
}

func (w *world) tryTell(in activities.Tell) (activities.Outcome, error) {
	w.t.Helper()
	out, err := run[activities.Tell, activities.Outcomes](w, activities.SlackTell.Bind(w.sys.Tell), in)
	if err != nil {
		return activities.Outcome{}, err
	}
	if len(out.Steps) != 1 || out.Steps[0].Step != in.Step {
		w.t.Fatalf("outcomes %+v", out.Steps)
	}
	return out.Steps[0], nil
}

func (w *world) tell(in activities.Tell, want plan.State) activities.Outcome {
	w.t.Helper()
	o, err := w.tryTell(in)
	if err != nil {
		w.t.Fatal(err)
	}
	if o.State != want {
		w.t.Fatalf("%+v, want %s", o, want)
	}
	if want == plan.Verified && (o.ReadBack == "" || o.Executed.IsZero() || o.Verified.IsZero() || o.Account == "") {
		w.t.Errorf("a verified step says what was read back and when: %+v", o)
	}
	return o
}

// withManager is a workspace with the manager in it.
func withManager(t *testing.T, set func(*slacksim.Simulator)) *world {
	t.Helper()
	w := newWorld(t, "", set)
	w.sim.AddUser(slacksim.User{Email: manager, RealName: "Mia Holt"})
	return w
}

func TestTell_IsADirectMessageToThePersonOfTheAddress(t *testing.T) {
	w := withManager(t, nil)
	o := w.tell(toManager("onboard/E2001/run-1/manager"), plan.Verified)
	got := w.sim.DirectMessages(manager)
	if len(got) != 1 || got[0].Text != "Sam Cho begins on Monday\nReady: account, mailbox &lt;b&gt; &amp; groups\nNot ready: the laptop" {
		t.Fatalf("%+v", got)
	}
	if text := allText(t, got[0].Blocks); !strings.Contains(text, "*Sam Cho begins on Monday*") || !strings.Contains(text, "Not ready: the laptop") {
		t.Errorf("the message shows %q", text)
	}
	if mia, _ := w.sim.User(manager); o.Account != mia.ID {
		t.Errorf("told %s, not %s", o.Account, mia.ID)
	}
	if n := len(w.posts()); n != 0 {
		t.Errorf("%d messages in the channel", n)
	}
	if payload := got[0].Metadata.EventPayload; len(payload) != 1 || payload["key"] != "onboard/E2001/run-1/manager" {
		t.Errorf("everybody can read the mark %v", payload)
	}
}

func TestTell_IsOneMessageForEachKey(t *testing.T) {
	w := withManager(t, nil)
	for _, key := range []string{"a", "a", "b", "a"} {
		w.tell(toManager(key), plan.Verified)
	}
	if n := len(w.sim.DirectMessages(manager)); n != 2 {
		t.Errorf("%d messages for two keys", n)
	}
	other := w.sim.AddUser(slacksim.User{Email: "kim@example.com"})
	in := toManager("a")
	in.Email = other.Email
	w.tell(in, plan.Verified)
	if n := len(w.sim.DirectMessages("kim@example.com")); n != 1 {
		t.Errorf("%d messages to somebody else with the same key", n)
	}
}

// Whatever answer is lost, before or after it took effect, the person is told once.
func TestTell_AnswerLostAtAnyCall_TellsOnce(t *testing.T) {
	for _, method := range []string{"auth.test", "users.lookupByEmail", "conversations.open", "conversations.history", "chat.postMessage", "chat.getPermalink"} {
		for name, when := range map[string]kit.Drop{"before": kit.DropBefore, "after": kit.DropAfter} {
			t.Run(method+" "+name, func(t *testing.T) {
				w := withManager(t, nil)
				w.sim.Inject(drop(method, when))
				// The one GET among them is tried once more by Go itself, which harms nobody.
				if _, err := w.tryTell(toManager("k")); method != "chat.getPermalink" {
					_ = wantType(t, err, activities.Unavailable, true)
				}
				w.tell(toManager("k"), plan.Verified)
				w.tell(toManager("k"), plan.Verified)
				if n := len(w.sim.DirectMessages(manager)); n != 1 {
					t.Errorf("told %d times", n)
				}
			})
		}
	}
}

func TestTell_ToldTwice_KeepsTheFirst(t *testing.T) {
	w := withManager(t, nil)
	w.tell(toManager("k"), plan.Verified)
	hide := w.sim.Inject(kit.Fault{Path: "/api/conversations.history", Status: 200, Body: `{"ok":true,"messages":[],"has_more":false}`})
	w.tell(toManager("k"), plan.Verified)
	hide()
	all := w.sim.DirectMessages(manager)
	if len(all) != 2 {
		t.Fatalf("%d messages, want the two that a late history makes", len(all))
	}
	w.tell(toManager("k"), plan.Verified)
	if left := w.sim.DirectMessages(manager); len(left) != 1 || left[0].TS != all[0].TS {
		t.Errorf("%d messages are left", len(left))
	}
}

func TestTell_SomebodyElsesMark_IsNotOurs(t *testing.T) {
	w := withManager(t, nil)
	w.tell(toManager("other"), plan.Verified)
	mia, _ := w.sim.User(manager)
	for _, c := range w.sim.Snapshot().Channels {
		if c.IM {
			w.sim.Plant(c.ID, slacksim.Message{User: mia.ID, Text: "copied", Metadata: &slacksim.Metadata{EventType: "tenure_message", EventPayload: map[string]any{"key": "k"}}})
		}
	}
	w.tell(toManager("k"), plan.Verified)
	if n := len(w.sim.DirectMessages(manager)); n != 3 {
		t.Errorf("%d messages", n)
	}
}

func TestTell_NobodyToWriteTo_IsNotApplicable(t *testing.T) {
	for name, c := range map[string]struct {
		user  *slacksim.User
		spoil func(*world)
		says  string
	}{
		"unknown":                             {nil, nil, "Slack knows nobody by this address"},
		"deactivated":                         {&slacksim.User{Email: manager, Deleted: true}, nil, "Slack knows nobody by this address"},
		"a guest":                             {&slacksim.User{Email: manager, Restricted: true}, nil, "no full member"},
		"a bot":                               {&slacksim.User{Email: manager, Bot: true}, nil, "no full member"},
		"a stranger":                          {&slacksim.User{Email: manager, Stranger: true}, nil, "no full member"},
		"an address that was never confirmed": {&slacksim.User{Email: manager, Unconfirmed: true}, nil, "no full member"},
		"deactivated between two calls": {&slacksim.User{Email: manager}, func(w *world) {
			w.sim.Inject(refusing("conversations.open", "user_disabled"))
		}, "deactivated"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			if c.user != nil {
				w.sim.AddUser(*c.user)
			}
			if c.spoil != nil {
				c.spoil(w)
			}
			o := w.tell(toManager("k"), plan.NotApplicable)
			if !strings.Contains(o.Detail, c.says) || !o.Executed.IsZero() {
				t.Errorf("%+v", o)
			}
			if n := w.sim.CallsTo("POST", "/api/chat.postMessage"); n != 0 {
				t.Errorf("%d messages were posted", n)
			}
		})
	}
}

func TestTell_WhatIsRefusedForGood_IsSomebodysJob(t *testing.T) {
	for name, c := range map[string]struct {
		scope string
		fault *kit.Fault
		edit  func(*activities.Tell)
		kind  string
		says  []string
	}{
		"may not open":    {scope: "im:write", kind: activities.Forbidden, says: []string{"im:write", "reinstall the app"}},
		"may not look":    {scope: "im:history", kind: activities.Forbidden, says: []string{"im:history", "reinstall the app"}},
		"may not search":  {scope: "users:read.email", kind: activities.Forbidden, says: []string{"users:read.email"}},
		"may not write":   {scope: "chat:write", kind: activities.Forbidden, says: []string{"chat:write"}},
		"no messages tab": {fault: ptr(refusing("chat.postMessage", "messages_tab_disabled")), kind: activities.Forbidden, says: []string{"App Home"}},
		"somebody else":   {fault: &kit.Fault{Path: "/api/users.lookupByEmail", Status: 200, Body: `{"ok":true,"user":{"id":"U0OTHER","profile":{"email":"x@example.com"}}}`}, kind: activities.Ambiguous, says: []string{"another account"}},
		"no address":      {edit: func(in *activities.Tell) { in.Email = "" }, kind: activities.InvalidInput, says: []string{"email", "HR"}},
		"two addresses":   {edit: func(in *activities.Tell) { in.Email = "a@example.com, b@example.com" }, kind: activities.InvalidInput, says: []string{"email"}},
		"no key":          {edit: func(in *activities.Tell) { in.Key = "" }, kind: activities.InvalidInput, says: []string{"key"}},
		"nothing to say":  {edit: func(in *activities.Tell) { in.Title, in.Text = " ", "\n" }, kind: activities.InvalidInput, says: []string{"title and text"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := withManager(t, func(s *slacksim.Simulator) { s.WithoutScopes = []string{c.scope} })
			if c.fault != nil {
				w.sim.Inject(*c.fault)
			}
			in := toManager("k")
			if c.edit != nil {
				c.edit(&in)
			}
			o := w.tell(in, plan.NeedsAttention)
			for _, want := range c.says {
				if o.Problem != c.kind || o.Mend == "" || !strings.Contains(o.Detail+" "+o.Mend, want) {
					t.Errorf("%+v does not say %q", o, want)
				}
			}
			if n := len(w.sim.DirectMessages(manager)); n != 0 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestTell_PassingFaults_AreTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fault kit.Fault
		kind  string
	}{
		"limited":           {kit.Fault{Path: "/api/conversations.open", Throttle: true, Times: 1}, activities.RateLimited},
		"away":              {kit.Fault{Path: "/api/users.lookupByEmail", Status: 503, Times: 1}, activities.Unavailable},
		"no channel":        {kit.Fault{Path: "/api/conversations.open", Status: 200, Body: `{"ok":true}`, Times: 1}, activities.Unavailable},
		"no timestamp":      {kit.Fault{Path: "/api/chat.postMessage", Status: 200, Body: `{"ok":false}`, Times: 1}, activities.Unavailable},
		"a page for people": {kit.Fault{Path: "/api/users.lookupByEmail", Status: 200, Body: `<html>`, Times: 1}, activities.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := withManager(t, nil)
			w.sim.Inject(c.fault)
			_, err := w.tryTell(toManager("k"))
			_ = wantType(t, err, c.kind, true)
			w.tell(toManager("k"), plan.Verified)
			if n := len(w.sim.DirectMessages(manager)); n != 1 {
				t.Errorf("told %d times", n)
			}
		})
	}
}

func TestTell_TakenButNotShown_IsNeverCalledVerified(t *testing.T) {
	w := withManager(t, nil)
	w.sim.Inject(refusing("chat.getPermalink", "message_not_found"))
	if o := w.tell(toManager("k"), plan.Unverified); o.Mend == "" || !o.Verified.IsZero() {
		t.Errorf("%+v", o)
	}
}

func TestTell_LongText_SaysHowMuchIsMissing(t *testing.T) {
	w := withManager(t, nil)
	in := toManager("k")
	in.Text = strings.Repeat(strings.Repeat("<&> ", 20)+"\n", 100)
	w.tell(in, plan.Verified)
	if text := allText(t, w.sim.DirectMessages(manager)[0].Blocks); !strings.Contains(text, "more lines") {
		t.Errorf("%d characters, and nothing is said to be missing", len(text))
	}
}

func TestExamine_MissingScopesOfDirectMessages_AreNamed(t *testing.T) {
	for _, scope := range []string{"im:write", "im:history"} {
		w := newWorld(t, slack.AccountOff, func(s *slacksim.Simulator) { s.WithoutScopes, s.Clock = []string{scope}, nil })
		out, err := run[activities.Examine, activities.Findings](w, activities.SlackExamine.Bind(w.sys.Examine), activities.Examine{SlackChannel: w.channel})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(out.Findings, func(f activities.Finding) bool { return f.Check == "slack.scope."+scope })
		if i < 0 || out.Findings[i].Severity != activities.FindingWarning || !strings.Contains(out.Findings[i].Why, "manager") || !strings.Contains(out.Findings[i].Mend, "reinstall") {
			t.Errorf("%s is missing, and doctor says %+v", scope, out.Findings)
		}
	}
}
