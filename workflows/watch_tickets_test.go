package workflows_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/activities/jira"
	"tenure/internal/plan"
	jirasim "tenure/simulators/jira"
	"tenure/workflows"
)

func TestAskOfMove(t *testing.T) {
	done, received := []string{"Done", "Closed"}, []string{"Received", "closed"}
	move := func(caseID string, step plan.StepID, status string) activities.Move {
		return activities.Move{Key: "11", Ticket: "ITOFF-7", Status: status, Case: caseID, Run: "r1", Step: step, By: "jira:712020:a", At: opening}
	}
	const leaver, device = "offboard/E1042", "device-return/E1042/C02XY"
	cases := []struct {
		name   string
		move   activities.Move
		verb   activities.Verb // empty: it means nothing
		step   plan.StepID
		serial string
	}{
		{"step done", move(leaver, "okta.factors", "Done"), activities.VerbDone, "okta.factors", ""},
		{"in other letters", move(leaver, "okta.factors", " DONE"), activities.VerbDone, "okta.factors", ""},
		{"step, another status", move(leaver, "okta.factors", "In Progress"), "", "", ""},
		{"step that is no device, received", move(leaver, "app.revoke:figma", "Received"), "", "", ""},
		{"step that is no device, a status that means both", move(leaver, "app.revoke:figma", "Closed"), activities.VerbDone, "app.revoke:figma", ""},
		{"device received", move(leaver, "device.return:C02XY", "Received"), activities.VerbReceived, "device.return:C02XY", "C02XY"},
		{"check-in received", move(device, "device.checkin:C02XY", "received"), activities.VerbReceived, "device.checkin:C02XY", "C02XY"},
		{"device, a status that means both", move(leaver, "device.return:C02XY", "Closed"), activities.VerbReceived, "device.return:C02XY", "C02XY"},
		{"device done, which the case refuses and tells", move(leaver, "device.return:C02XY", "Done"), activities.VerbDone, "device.return:C02XY", ""},
		{"the return's own ticket received", move(device, "", "Received"), activities.VerbReceived, "device.checkin:C02XY", "C02XY"},
		{"the return's own ticket done, which the case refuses and tells", move(device, "", "Done"), activities.VerbDone, "device.checkin:C02XY", ""},
		{"the case's own ticket done", move(leaver, "", "Done"), "", "", ""},
		{"the case's own ticket received", move(leaver, "", "Received"), "", "", ""},
		{"another step of a return", move(device, "jamf.erase:C02XY", "Received"), "", "", ""},
		{"a case that is none", move("x", "", "Received"), "", "", ""},
		{"no move", activities.Move{}, "", "", ""},
	}
	for _, c := range cases {
		ask, ok := workflows.AskOfMove(c.move, done, received)
		if ok != (c.verb != "") || ask.Verb != c.verb || ask.Step != c.step || ask.Serial != c.serial {
			t.Errorf("%s: %v %+v", c.name, ok, ask)
		}
		if ok && (ask.Key != "jira:11" || ask.Actor != c.move.By || ask.Case != c.move.Case || ask.Run != "r1" || ask.Ticket != "ITOFF-7" || ask.Reason == "") {
			t.Errorf("%s: %+v", c.name, ask)
		}
	}
	if _, ok := workflows.AskOfMove(move(leaver, "okta.factors", ""), nil, nil); ok {
		t.Error("where no status means anything, a move does")
	}
}

// counter is Jira with its system, a workflow environment on the same clock, and a Request that only notes its ask.
type counter struct {
	*testing.T
	env *testsuite.TestWorkflowEnvironment
	sim *jirasim.Simulator
	mu  sync.Mutex
	ask []activities.Ask
	saw []workflows.WatchTicketsResult
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	c := &counter{T: t, env: suite.NewTestWorkflowEnvironment()}
	c.env.SetStartTime(opening)
	c.sim = &jirasim.Simulator{}
	c.sim.Clock = c.env.Now
	srv := httptest.NewServer(c.sim)
	t.Cleanup(srv.Close)
	system, err := jira.New(jira.Config{BaseURL: srv.URL, Flavour: jira.Cloud, Email: jirasim.DefaultEmail, Token: jirasim.DefaultToken,
		Project: jirasim.DefaultProject, Now: c.env.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range system.Bindings() {
		c.env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	c.env.RegisterActivityWithOptions(func(_ context.Context, key string) error { return c.sim.Transition(key, "Done", "ida") },
		activity.RegisterOptions{Name: movedByHand})
	c.env.RegisterWorkflowWithOptions(workflows.WatchTickets, workflow.RegisterOptions{Name: string(workflows.ProcessWatchTickets)})
	c.env.RegisterWorkflowWithOptions(func(_ workflow.Context, in workflows.RequestInput) (workflows.RequestResult, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ask = append(c.ask, in.Ask)
		return workflows.RequestResult{}, nil
	}, workflow.RegisterOptions{Name: string(workflows.ProcessRequest)})
	return c
}

// movedByHand is an activity of the test: somebody moves a ticket in Jira.
const movedByHand = "test.MovedByHand"

func (c *counter) asks() []activities.Ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]activities.Ask(nil), c.ask...)
}

// watched mirrors a case whose sub-task waits, moves it, and looks so many times, a minute apart.
func (c *counter) watched(ctx workflow.Context, looks int) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	view := activities.CaseView{Case: "offboard/E1042", Run: "r1", Process: "Offboard", Employee: "E1042", Name: "Kim Lee", Version: 1,
		Steps: []activities.StepView{{ID: "okta.factors", Phase: plan.Contain, Title: "Okta factors reset", State: plan.NeedsAttention}}}
	in := activities.MirrorCase{View: view, Settings: plan.MirrorSettings{JiraProject: jirasim.DefaultProject, JiraType: "Task", JiraSubtask: "Sub-task"}}
	var ref activities.MirrorRef
	if err := workflow.ExecuteActivity(ctx, activities.JiraMirrorCase.Name, in).Get(ctx, &ref); err != nil {
		return err
	}
	if err := workflow.ExecuteActivity(ctx, movedByHand, ref.Tasks["okta.factors"]).Get(ctx, nil); err != nil {
		return err
	}
	for range looks {
		if err := workflow.Sleep(ctx, time.Minute); err != nil {
			return err
		}
		var r workflows.WatchTicketsResult
		err := workflow.ExecuteChildWorkflow(ctx, string(workflows.ProcessWatchTickets), workflows.WatchTicketsInput{Done: []string{"Done"}}).Get(ctx, &r)
		if err != nil {
			return err
		}
		c.saw = append(c.saw, r)
	}
	return nil
}

// looked plays so many looks and returns what they saw.
func (c *counter) looked(looks int) []workflows.WatchTicketsResult {
	c.Helper()
	c.env.RegisterWorkflowWithOptions(c.watched, workflow.RegisterOptions{Name: "watched"}) // by name: closures of equal names run one another
	c.env.ExecuteWorkflow("watched", looks)
	if err := c.env.GetWorkflowError(); err != nil {
		c.Fatal(err)
	}
	if len(c.saw) != looks {
		c.Fatalf("%d looks, want %d", len(c.saw), looks)
	}
	return c.saw
}

func TestWatchTickets_LooksOverlap_AMoveIsCarriedOnce(t *testing.T) {
	c := newCounter(t)
	looks := c.looked(3)
	want := []workflows.WatchTicketsResult{{Seen: 1, Started: 1}, {Seen: 1}, {Seen: 1}}
	for i, r := range looks {
		if r.Looked = (time.Time{}); r != want[i] {
			t.Errorf("look %d: %+v, want %+v", i+1, r, want[i])
		}
	}
	asks := c.asks()
	if len(asks) != 1 || asks[0].Verb != activities.VerbDone || asks[0].Step != "okta.factors" || asks[0].Case != "offboard/E1042" || asks[0].Received.IsZero() {
		t.Errorf("%+v", asks)
	}
}

func TestWatchTickets_AfterTheOverlap_SeesNothingOld(t *testing.T) {
	c := newCounter(t)
	looks := c.looked(17)
	if last := looks[len(looks)-1]; last.Seen != 0 || last.Started != 0 || len(c.asks()) != 1 {
		t.Errorf("%+v, %d asks", last, len(c.asks()))
	}
}

// With workers away for longer than the overlap, the next look reaches back to the last that was made, within reason.
func TestWatchTickets_AfterAnOutage_LooksBackToTheLastLook(t *testing.T) {
	for _, x := range []struct {
		away time.Duration
		jql  string // minutes: those away, the overlap of fifteen, and one for Jira's whole minutes
	}{{0, "-16m"}, {2 * time.Hour, "-136m"}, {30 * 24 * time.Hour, "-10096m"}} {
		c := newCounter(t)
		if x.away > 0 {
			c.env.SetLastCompletionResult(workflows.WatchTicketsResult{Looked: c.env.Now().Add(-x.away)})
		}
		c.env.ExecuteWorkflow(string(workflows.ProcessWatchTickets), workflows.WatchTicketsInput{Done: []string{"Done"}})
		if err := c.env.GetWorkflowError(); err != nil {
			t.Fatal(err)
		}
		asked := ""
		for _, call := range c.sim.Calls() {
			asked += call.Path + call.Query + call.Body + "\n"
		}
		if !strings.Contains(asked, x.jql) {
			t.Errorf("away for %s, and asked without %s: %s", x.away, x.jql, asked)
		}
	}
}
