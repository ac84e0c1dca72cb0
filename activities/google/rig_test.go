package google

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
)

const (
	leaverMail = "sam.leaver@example.com"
	heirMail   = "kim.heir@example.com"
)

var start = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// rig is a simulated Workspace with two people, and the system that acts on it over HTTP.
type rig struct {
	t      *testing.T
	sim    *googlesim.Simulator
	sys    *System
	leaver googlesim.User
	heir   googlesim.User

	mu     sync.Mutex
	now    time.Time
	before func(*http.Request) // sees each request before the simulator does
	seen   []seenRequest
	beats  memory // heartbeat details of a failed attempt, for the next one
}

func newRig(t *testing.T, knobs ...func(*googlesim.Simulator)) *rig {
	t.Helper()
	r := &rig{t: t, sim: &googlesim.Simulator{}, now: start}
	r.sim.Clock = r.clock
	for _, k := range knobs {
		k(r.sim)
	}
	srv := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(func() {
		srv.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		checkSpec(t, r.seen)
	})
	sys, err := New(Config{KeyJSON: r.sim.ServiceAccountJSON(srv.URL), Admin: googlesim.AdminEmail, BaseURL: srv.URL, Settle: 16 * time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	r.sys = sys
	r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/Leavers"})
	r.leaver = r.sim.AddUser(googlesim.User{PrimaryEmail: leaverMail, GivenName: "Sam", FamilyName: "Leaver", EmployeeNumber: "E1042",
		Password: "correct horse", RecoveryEmail: "sam@example.net", RecoveryPhone: "+15550100123", LastLogin: start.Add(-time.Hour)})
	r.heir = r.sim.AddUser(googlesim.User{PrimaryEmail: heirMail, GivenName: "Kim", FamilyName: "Heir", Aliases: []string{"kim@example.com"}})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) serve(w http.ResponseWriter, req *http.Request) {
	r.see(req)
	if r.before != nil {
		r.before(req)
	}
	r.sim.ServeHTTP(w, req)
}

// on runs do before the n-th request with this method whose path ends in suffix.
func (r *rig) on(method, suffix string, n int, do func()) {
	count := 0
	r.before = func(req *http.Request) {
		if req.Method == method && hasSuffix(req.URL.Path, suffix) {
			if count++; count == n {
				do()
			}
		}
	}
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}

func (r *rig) ref() activities.CaseRef {
	return activities.CaseRef{Case: "offboard/E1042", Run: "run-1", Employee: "E1042", Actor: "cli:jo", Opened: start, Effective: start, Detected: start}
}

func (r *rig) perform(steps ...plan.Action) activities.Perform {
	p := activities.Perform{CaseRef: r.ref(), Account: r.leaver.ID, Login: leaverMail}
	for _, s := range steps {
		p.Steps = append(p.Steps, plan.StepID(s))
	}
	return p
}

func (r *rig) user(key string) googlesim.User {
	r.t.Helper()
	u, found := r.sim.User(key)
	if !found {
		r.t.Fatalf("no account %s", key)
	}
	return u
}

// run executes an activity by its handle, as a worker would.
func run[In, Out any](r *rig, a activities.Activity[In, Out], in In) (Out, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	for _, b := range r.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	if r.beats != nil {
		env.SetHeartbeatDetails(r.beats)
	}
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.beats = memory{}
		if err := details.Get(&r.beats); err != nil {
			r.t.Error(err)
		}
	})
	var out Out
	value, err := env.ExecuteActivity(a.Name, in)
	if err != nil {
		return out, err
	}
	if err := value.Get(&out); err != nil {
		r.t.Fatal(err)
	}
	r.beats = nil
	return out, nil
}

// must executes an activity that has to end without an error, and gives its outcomes by step.
func must[In any, Out activities.Evidenced](r *rig, a activities.Activity[In, Out], in In) map[plan.Action]activities.Outcome {
	r.t.Helper()
	out, err := run(r, a, in)
	if err != nil {
		r.t.Fatalf("%s: %v", a.Name, err)
	}
	byStep := map[plan.Action]activities.Outcome{}
	for _, o := range out.StepOutcomes() {
		byStep[o.Step.Action()] = o
	}
	return byStep
}

// typeOf is the error type as a workflow sees it, and whether it is retried.
func typeOf(t *testing.T, err error) (typ string, retried bool) {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		t.Fatalf("%v is no application error", err)
	}
	return app.Type(), !app.NonRetryable()
}

func wantState(t *testing.T, o activities.Outcome, want plan.State) {
	t.Helper()
	if o.State != want {
		t.Fatalf("%s is %s, want %s: %+v", o.Step, o.State, want, o)
	}
	switch o.State {
	case plan.Verified:
		if o.ReadBack == "" || o.Verified.IsZero() {
			t.Errorf("%s is verified without a read-back: %+v", o.Step, o)
		}
	case plan.NeedsAttention, plan.Unverified:
		if o.Mend == "" {
			t.Errorf("%s asks for a person and does not say what to do: %+v", o.Step, o)
		}
	case plan.Pending, plan.Running, plan.Waiting, plan.AlreadyAbsent, plan.NotApplicable, plan.IgnoredByPolicy, plan.Delegated, plan.Skipped:
	}
}

// paths lists the logged calls as "METHOD path" without the API prefix, tokens left out.
func (r *rig) paths() []string {
	var out []string
	for _, c := range r.sim.Calls() {
		if c.Path != "/token" {
			out = append(out, c.Method+" "+c.Path)
		}
	}
	return out
}

func wantInOrder(t *testing.T, calls []string, want ...string) {
	t.Helper()
	at := 0
	for _, w := range want {
		i := slices.IndexFunc(calls[at:], func(c string) bool { return hasSuffix(c, w) })
		if i < 0 {
			t.Fatalf("%q does not follow in order %v in:\n%v", w, want, calls)
		}
		at += i + 1
	}
}

func background() context.Context { return context.Background() }
