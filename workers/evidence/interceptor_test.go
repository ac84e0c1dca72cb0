package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	"tenure/internal/store"
	interceptors "tenure/workers/evidence"
)

var (
	day = time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	ref = activities.CaseRef{Case: "offboard/E1042", Run: "run-1", Employee: "E1042", Actor: "namely",
		HREdited: day, Effective: day.Add(time.Hour), Detected: day.Add(2 * time.Hour)}
	cut = activities.Perform{CaseRef: ref, Account: "00u1", Steps: []plan.StepID{"okta.suspend", "okta.sessions"}}
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// env is an activity environment in which the bindings run behind the interceptor.
func env(t *testing.T, to interceptors.Recorder, bindings ...activities.Binding) *testsuite.TestActivityEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	e := suite.NewTestActivityEnvironment()
	e.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{interceptors.New(to)}})
	for _, b := range bindings {
		e.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	return e
}

func recorded(t *testing.T, s *store.Store) []evidence.Record {
	t.Helper()
	if _, err := s.VerifyEvidence(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all []evidence.Record
	if err := s.EachEvidence(t.Context(), func(r evidence.Record) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// states is what was recorded, as "step state problem".
func states(records []evidence.Record) string {
	var out []string
	for _, r := range records {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Step, r.State, r.Problem)))
	}
	return strings.Join(out, ", ")
}

func returns[In, Out any](out Out, err error) func(context.Context, In) (Out, error) {
	return func(context.Context, In) (Out, error) { return out, err }
}

func TestInterceptor_EveryOutcomeIsOneRecord(t *testing.T) {
	s := openStore(t)
	result := activities.Outcomes{Steps: []activities.Outcome{
		{Step: "okta.suspend", State: plan.Verified, Account: "00u1", Detail: "suspended", ReadBack: "status SUSPENDED",
			Executed: day.Add(3 * time.Hour), Verified: day.Add(4 * time.Hour), Items: []string{"x"}},
		{Step: "okta.sessions", State: plan.NeedsAttention, Problem: activities.Forbidden, Detail: "scope missing"},
		{Step: "okta.roles", State: plan.Running},
	}}
	e := env(t, s, activities.OktaCutAccess.Bind(returns[activities.Perform](result, nil)))
	if _, err := e.ExecuteActivity(activities.OktaCutAccess.Name, cut); err != nil {
		t.Fatal(err)
	}
	got := recorded(t, s)
	if want := "okta.suspend verified, okta.sessions needs_attention Forbidden"; states(got) != want {
		t.Fatalf("recorded %q, want %q", states(got), want)
	}
	r := got[0]
	want := evidence.Personal{Case: "offboard/E1042", Employee: "E1042", Actor: "namely", Account: "00u1", Detail: "suspended", ReadBack: "status SUSPENDED"}
	if r.Case != want.Case || r.Employee != want.Employee || r.Actor != want.Actor || r.Account != want.Account || r.Detail != want.Detail ||
		r.ReadBack != want.ReadBack || len(r.Items) != 1 {
		t.Errorf("personal part %+v, want %+v", r.Personal, want)
	}
	if r.Run != "run-1" || r.System != "okta" || r.Activity != "okta.CutAccess" || r.Attempt != 1 {
		t.Errorf("record %+v", r)
	}
	for i, at := range []time.Time{r.HREdited, r.Effective, r.Detected, r.Executed, r.Verified} {
		if want := day.Add(time.Duration(i) * time.Hour); !at.Equal(want) {
			t.Errorf("timestamp %d is %v, want %v", i, at, want)
		}
	}
}

func TestInterceptor_WaitingIsRecordedOnceThenTheEnd(t *testing.T) {
	s := openStore(t)
	polls := []plan.State{plan.Waiting, plan.Waiting, plan.Waiting, plan.Verified}
	e := env(t, s, activities.JamfReadLock.Bind(func(context.Context, activities.ReadLock) (activities.LockState, error) {
		state := polls[0]
		polls = polls[1:]
		return activities.LockState{Outcome: activities.Outcome{Step: "jamf.lock:C02", State: state}}, nil
	}))
	for range 4 {
		if _, err := e.ExecuteActivity(activities.JamfReadLock.Name, activities.ReadLock{CaseRef: ref, Step: "jamf.lock:C02"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := states(recorded(t, s)), "jamf.lock:C02 waiting, jamf.lock:C02 verified"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

func TestInterceptor_FinalFailure_IsRecordedPerStep(t *testing.T) {
	refused := activities.Classify(&activities.Problem{Type: activities.Forbidden, Text: "token refused", Mend: "renew the token"})
	cases := []struct {
		name  string
		bind  activities.Binding
		input any
		want  string
	}{
		{"several steps", activities.OktaCutAccess.Bind(returns[activities.Perform](activities.Outcomes{}, refused)), cut,
			"okta.suspend needs_attention Forbidden, okta.sessions needs_attention Forbidden"},
		{"steps of an embedded Perform", activities.GoogleMoveOrgUnit.Bind(returns[activities.MoveOrgUnit](activities.Outcomes{}, refused)),
			activities.MoveOrgUnit{Perform: activities.Perform{CaseRef: ref, Steps: []plan.StepID{"google.orgunit"}}},
			"google.orgunit needs_attention Forbidden"},
		{"one step", activities.JamfLockComputer.Bind(returns[activities.LockComputer](activities.LockState{}, refused)),
			activities.LockComputer{CaseRef: ref, Step: "jamf.lock:C02"}, "jamf.lock:C02 needs_attention Forbidden"},
		{"a read for the case", activities.OktaReadUser.Bind(returns[activities.Identity](plan.OktaFacts{}, refused)),
			activities.Identity{CaseRef: ref, Email: "sam@example.com"}, "Forbidden"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := openStore(t)
			if _, err := env(t, s, c.bind).ExecuteActivity(c.bind.Name, c.input); err == nil {
				t.Fatal("the failure did not come through")
			}
			got := recorded(t, s)
			if states(got) != c.want {
				t.Fatalf("recorded %q, want %q", states(got), c.want)
			}
			if got[0].Detail != "token refused" || got[0].Activity != c.bind.Name {
				t.Errorf("record %+v", got[0])
			}
		})
	}
}

func TestInterceptor_RecordsNothing(t *testing.T) {
	passing := activities.Classify(activities.Problemf(activities.Unavailable, "okta is down"))
	cases := []struct {
		name  string
		bind  activities.Binding
		input any
	}{
		{"for a failure that is tried again", activities.OktaCutAccess.Bind(returns[activities.Perform](activities.Outcomes{}, passing)), cut},
		{"for an activity that was cancelled", activities.OktaCutAccess.Bind(returns[activities.Perform](activities.Outcomes{}, temporal.NewCanceledError())), cut},
		{"for a read that says nothing of steps", activities.OktaReadUser.Bind(returns[activities.Identity](plan.OktaFacts{}, nil)), activities.Identity{CaseRef: ref}},
		{"for a look at somebody unknown", activities.CaseRole.Bind(returns[activities.AskRole](activities.RoleNow{},
			activities.Classify(activities.Problemf(activities.NotFound, "nobody is E99")))), activities.AskRole{CaseRef: activities.CaseRef{Employee: "E99"}}},
		{"without a case", activities.NamelyScanDirectory.Bind(returns[activities.ScanDirectory](activities.ScanResult{}, nil)), activities.ScanDirectory{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := openStore(t)
			_, _ = env(t, s, c.bind).ExecuteActivity(c.bind.Name, c.input)
			if got := recorded(t, s); len(got) != 0 {
				t.Errorf("recorded %+v", got)
			}
		})
	}
}

func TestInterceptor_Decision_IsRecordedOnTheWordOfWhoDecided(t *testing.T) {
	s := openStore(t)
	e := env(t, s, activities.CaseRecordDecision.Bind(func(_ context.Context, d activities.Decision) (activities.Outcomes, error) {
		return activities.Outcomes{Steps: []activities.Outcome{{Detail: d.What}}}, nil
	}))
	for _, by := range []string{"slack:U1", "slack:U2"} {
		if _, err := e.ExecuteActivity(activities.CaseRecordDecision.Name, activities.Decision{CaseRef: ref, What: "approve", By: by}); err != nil {
			t.Fatal(err)
		}
	}
	got := recorded(t, s)
	if len(got) != 2 || got[0].Actor != "slack:U1" || got[1].Actor != "slack:U2" || got[0].Detail != "approve" {
		t.Errorf("recorded %+v", got)
	}
}

func TestInterceptor_RowCannotBeWritten_ActivityFailsAsUnavailable(t *testing.T) {
	s := openStore(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	done := activities.Outcomes{Steps: []activities.Outcome{{Step: "okta.suspend", State: plan.Verified}}}
	_, err := env(t, s, activities.OktaCutAccess.Bind(returns[activities.Perform](done, nil))).ExecuteActivity(activities.OktaCutAccess.Name, cut)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.Unavailable || app.NonRetryable() {
		t.Fatalf("error %v, want a retryable Unavailable", err)
	}
	if !strings.Contains(err.Error(), "evidence could not be written") {
		t.Errorf("the error does not say what is wrong: %v", err)
	}
}

// tooLate hands every activity a context that is over when it ends, as a worker that is told to stop does.
type tooLate struct {
	interceptor.WorkerInterceptorBase
}

func (*tooLate) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &tooLateInbound{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type tooLateInbound struct {
	interceptor.ActivityInboundInterceptorBase
}

func (i *tooLateInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return i.Next.ExecuteActivity(ctx, in)
}

func TestInterceptor_WhatWasDoneIsRecordedThoughTheTimeIsOver(t *testing.T) {
	s := openStore(t)
	done := activities.Outcomes{Steps: []activities.Outcome{{Step: "okta.suspend", State: plan.Verified}}}
	bind := activities.OktaCutAccess.Bind(returns[activities.Perform](done, nil))
	e := env(t, s, bind)
	e.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&tooLate{}, interceptors.New(s)}})
	if _, err := e.ExecuteActivity(bind.Name, cut); err != nil {
		t.Fatal(err)
	}
	if got, want := states(recorded(t, s)), "okta.suspend verified"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

// asWorkflow runs activity calls under retries, as a worker would.
func asWorkflow(t *testing.T, s *store.Store, bind activities.Binding, body func(workflow.Context) error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	e := suite.NewTestWorkflowEnvironment()
	e.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{interceptors.New(s)}})
	e.RegisterActivityWithOptions(bind.Func, activity.RegisterOptions{Name: bind.Name})
	e.RegisterWorkflowWithOptions(body, workflow.RegisterOptions{Name: "body"})
	e.ExecuteWorkflow("body")
	return e.GetWorkflowError()
}

// A local activity: they pass the interceptor too, and the test environment tells only them their retry policy, as
// the server tells all.
func TestInterceptor_LocalActivity_OnlyTheLastAttemptsFailureIsRecorded(t *testing.T) {
	s := openStore(t)
	attempts := 0
	bind := activities.CaseLink.Bind(func(context.Context, activities.LinkAccounts) (activities.Nothing, error) {
		attempts++
		return activities.Nothing{}, activities.Classify(activities.Problemf(activities.Unavailable, "disk is full"))
	})
	err := asWorkflow(t, s, bind, func(ctx workflow.Context) error {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, MaximumAttempts: 3}})
		return workflow.ExecuteLocalActivity(ctx, bind.Name, activities.LinkAccounts{CaseRef: ref}).Get(ctx, nil)
	})
	if err == nil || attempts != 3 {
		t.Fatalf("%d attempts, %v", attempts, err)
	}
	got := recorded(t, s)
	if len(got) != 1 || got[0].Problem != activities.Unavailable || got[0].Attempt != 3 || got[0].Detail != "disk is full" {
		t.Errorf("recorded %+v, want one record of attempt 3", got)
	}
}
