package slack_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

// world is the system on a stand-in, called through Temporal's activity environment.
type world struct {
	t       *testing.T
	sim     *slacksim.Simulator
	base    string
	sys     *slack.System
	channel string
	leaver  slacksim.User
	beat    any // heartbeat details of an earlier attempt
}

func newWorld(t *testing.T, mode slack.AccountMode, set func(*slacksim.Simulator)) *world {
	t.Helper()
	w := &world{t: t, sim: &slacksim.Simulator{}}
	w.sim.Clock = func() time.Time { return at(1) }
	if set != nil {
		set(w.sim)
	}
	srv := httptest.NewServer(w.sim)
	w.base = srv.URL
	t.Cleanup(srv.Close)
	w.leaver = w.sim.AddUser(slacksim.User{Email: "dana@example.com", RealName: "Dana Reed"})
	it := w.sim.AddUser(slacksim.User{Email: "ida@example.com", RealName: "Ida Sole"})
	w.channel = w.sim.AddChannel(slacksim.Channel{Name: "it-offboarding", Private: true, Members: []string{slacksim.BotUser, it.ID}}).ID
	w.sys = w.system(slack.Config{Mode: mode})
	return w
}

func (w *world) system(c slack.Config) *slack.System {
	w.t.Helper()
	c.BaseURL = w.base
	c.PostEvery = time.Nanosecond
	if c.BotToken == "" {
		c.BotToken = slacksim.DefaultBotToken
	}
	if c.AdminToken == "" {
		c.AdminToken = slacksim.DefaultAdminToken
	}
	sys, err := slack.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return sys
}

// mirror executes slack.MirrorCase as a worker would.
func (w *world) mirror(in activities.MirrorCase) (activities.MirrorRef, error) {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	b := activities.SlackMirrorCase.Bind(w.sys.MirrorCase)
	env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	if w.beat != nil {
		env.SetHeartbeatDetails(w.beat)
	}
	if in.Settings.SlackChannel == "" {
		in.Settings.SlackChannel = w.channel
	}
	var ref activities.MirrorRef
	out, err := env.ExecuteActivity(b.Name, in)
	if err != nil {
		return ref, err
	}
	return ref, out.Get(&ref)
}

// must mirrors and expects success.
func (w *world) must(in activities.MirrorCase) activities.MirrorRef {
	w.t.Helper()
	ref, err := w.mirror(in)
	if err != nil {
		w.t.Fatalf("mirror: %v", err)
	}
	return ref
}

func (w *world) posts() []slacksim.Post {
	room, _ := w.sim.Channel(w.channel)
	return room.Messages
}

// card is the only message of the channel.
func (w *world) card() slacksim.Post {
	w.t.Helper()
	posts := w.posts()
	if len(posts) != 1 {
		w.t.Fatalf("%d messages in the channel, want one card", len(posts))
	}
	return posts[0]
}

// told is the thread as text, entry by entry.
func (w *world) told() []string {
	var out []string
	for _, p := range w.posts() {
		for _, m := range p.Thread {
			out = append(out, strings.Split(m.Text, "\n")...)
		}
	}
	return out
}

func wantType(t *testing.T, err error, kind string, retryable bool) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		t.Fatalf("error %v is not an application error", err)
	}
	if app.Type() != kind || app.NonRetryable() == retryable {
		t.Fatalf("type %s, retryable %t; want %s, %t (%v)", app.Type(), !app.NonRetryable(), kind, retryable, err)
	}
	return app
}

func drop(method string, when kit.Drop) kit.Fault {
	return kit.Fault{Path: "/api/" + method, Times: 1, Drop: when}
}

func refusing(method, code string) kit.Fault {
	return kit.Fault{Path: "/api/" + method, Times: 1, Status: 200, Body: `{"ok":false,"error":"` + code + `"}`}
}

func entries(from, to int) []activities.Entry {
	var out []activities.Entry
	for i := from; i <= to; i++ {
		out = append(out, activities.Entry{Seq: i, At: at(i), Kind: activities.EntrySuccess, Step: "okta.suspend", Text: entryText(i)})
	}
	return out
}

func entryText(i int) string { return "entry " + string(rune('A'+i-1)) }

// wantTold expects the entries 1..n, once and in order.
func (w *world) wantTold(n int) {
	w.t.Helper()
	var want []string
	for i := 1; i <= n; i++ {
		want = append(want, "Done: "+entryText(i))
	}
	if got := w.told(); strings.Join(got, "|") != strings.Join(want, "|") {
		w.t.Fatalf("thread tells %v, want %v", got, want)
	}
}

func perform(account, login string, steps ...plan.StepID) activities.Perform {
	return activities.Perform{CaseRef: activities.CaseRef{Case: "offboard/E1042", Run: "run-1", Employee: "E1042", Opened: at(0)},
		Account: account, Login: login, Steps: steps}
}

// silent drops the test environment's log.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
