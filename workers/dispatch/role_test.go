package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/workflows"
)

const mapped = `version: 1
company: {name: Example Company, domain: example.com}
time_zones: {default: America/New_York}
offboard: {custodian: it@example.com}
mapping:
  attributes: [{name: department, value: hr.department}]
  groups: [{name: staff}]
`

// newOffice is a post whose policy maps roles.
func newOffice(t *testing.T) *post {
	t.Helper()
	o := newPost(t)
	p, err := policy.Parse("p.yaml", []byte(mapped))
	if err != nil {
		t.Fatal(err)
	}
	o.policy = p
	return o
}

func (o *post) hire(id string, f func(*employee.Employee)) int {
	e := employee.Employee{ID: employee.ID(id), ProfileID: "p-" + id, Email: strings.ToLower(id) + "@example.com", Status: employee.Active, UpdatedAt: o.now}
	f(&e)
	o.people = append(o.people, e)
	return len(o.people) - 1
}

// did fails unless Temporal was asked for exactly this since the last look, in whatever order.
func (o *post) did(want string) {
	o.t.Helper()
	if _, err := o.Dispatch(o.t.Context(), activities.DispatchOutbox{}); err != nil {
		o.t.Fatal(err)
	}
	if got := o.server.did(); got != want {
		o.t.Errorf("did %q, want %q", got, want)
	}
}

func (o *post) join(record, to employee.ID) {
	o.t.Helper()
	if err := o.store.JoinRecords(o.t.Context(), record, to, "cli:jo", "one person", o.now); err != nil {
		o.t.Fatal(err)
	}
}

func pending(e *employee.Employee) { e.Status = employee.Pending }
func onLeave(e *employee.Employee) { e.OnLeave = true }
func back(e *employee.Employee)    { e.OnLeave = false }

func under(profile string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.ManagerProfileID = profile }
}

func in(department string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.Department = department }
}

func date(month time.Month, day int) employee.Date {
	return employee.Date{Year: 2026, Month: month, Day: day}
}

func TestDispatch_Joiner_IsOnboarded(t *testing.T) {
	o := newOffice(t)
	o.hire("E900", pending)
	o.scan()
	o.dispatched(activities.Dispatched{Started: 1})
	r := o.server.roles["onboard/E900"].Request
	if r.Employee != "E900" || r.ProfileID != "p-E900" || r.Actor != "namely:watch" || r.Reason != "HR has a new record" || r.Readmit || r.Detected.IsZero() {
		t.Errorf("%+v", r)
	}
	if words := o.server.words["onboard/E900"]; len(words) != 1 || words[0].Event.Kind != employee.Joining {
		t.Errorf("%+v", words)
	}
}

// What was there before Tenure looked is nobody's joiner, and what happened before there was a mapping stays marked.
func TestDispatch_BeforeTheMapping_IsNotReplayed(t *testing.T) {
	o := newPost(t)
	o.hire("E900", pending)
	o.edit(1, in("Sales"))
	o.scan()
	o.dispatched(activities.Dispatched{Skipped: 2})
	p, err := policy.Parse("p.yaml", []byte(mapped))
	if err != nil {
		t.Fatal(err)
	}
	o.policy = p
	o.did("")
	o.edit(1, in("Support"))
	o.scan()
	o.did("start move/E1")
}

func TestDispatch_Change_IsHeardByTheOneCaseThatHasThePerson(t *testing.T) {
	for _, c := range []struct {
		name    string
		running []string
		change  func(*employee.Employee)
		want    string
	}{
		{"nothing runs", nil, in("Sales"), "start move/E1"},
		{"an onboarding runs", []string{"onboard/E1"}, in("Sales"), "tell onboard/E1"},
		{"a leave runs", []string{"leave/E1", "move/E1"}, in("Sales"), "tell leave/E1"},
		{"on leave", []string{"onboard/E1"}, func(e *employee.Employee) { onLeave(e); e.Title = "Head" }, "start leave/E1, tell onboard/E1"},
		{"hired for later", nil, func(e *employee.Employee) { e.StartDate = date(time.December, 1) }, "start onboard/E1"},
		{"another start", []string{"move/E1"}, func(e *employee.Employee) { e.StartDate = date(time.October, 1) }, "start move/E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.server.begins(c.running...)
			o.edit(1, c.change)
			o.scan()
			o.did(c.want)
		})
	}
}

func TestDispatch_Move_SaysWhy_AndWaitsForWhoIsInAHurry(t *testing.T) {
	o := newOffice(t)
	o.edit(1, func(e *employee.Employee) { e.Title, e.ManagerProfileID = "Head", "p2" })
	o.hire("E900", pending)
	o.scan()
	o.did("start move/E1, start onboard/E900")
	if got := o.server.roles["move/E1"].Request.Reason; got != "HR changed the manager; the title, the department or the office" {
		t.Errorf("%q", got)
	}
	if m, j := o.server.options["move/E1"].Priority.PriorityKey, o.server.options["onboard/E900"].Priority.PriorityKey; m != 4 || j != 0 {
		t.Errorf("priorities %d and %d", m, j)
	}
}

func TestDispatch_LeaveBeganAndEnded(t *testing.T) {
	o := newOffice(t)
	o.edit(1, onLeave)
	o.scan()
	o.did("start leave/E1")
	o.edit(1, back)
	o.scan()
	o.did("start leave/E1")
	if words := o.server.words["leave/E1"]; len(words) != 2 || !words[1].Event.Is(employee.LeaveEnded) {
		t.Errorf("%+v", words)
	}
}

// Whatever runs for the person hears at once that they leave, after the case that takes their access away.
func TestDispatch_Leaver_ReachesEveryCaseOfTheirs(t *testing.T) {
	o := newOffice(t)
	o.server.begins("leave/E1", "move/E1", "onboard/E1")
	o.edit(1, leaves)
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	if o.server.order[0] != "start offboard/E1" {
		t.Errorf("%v", o.server.order)
	}
	if got := o.server.did(); got != "start offboard/E1, tell leave/E1, tell move/E1, tell onboard/E1" {
		t.Error(got)
	}
	o.edit(1, works)
	o.scan()
	o.did("start onboard/E1, tell leave/E1, tell move/E1, tell offboard/E1")
	if o.server.roles["onboard/E1"].Request.Readmit {
		t.Error("HR's word alone lets somebody in again")
	}
}

func TestDispatch_HireCalledOff(t *testing.T) {
	for _, c := range []struct {
		name string
		view *activities.CaseView
		ends bool
		want string
	}{
		{name: "nothing was prepared", want: "start offboard/E900"},
		{name: "it is being prepared", view: &activities.CaseView{Phase: "prepare"}, want: "tell onboard/E900"},
		{name: "the account is open", view: &activities.CaseView{Phase: "settle", Steps: opened(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC))}, want: "start offboard/E900, tell onboard/E900"},
		{name: "the account is to be opened", view: &activities.CaseView{Phase: "begin", Steps: opened(time.Time{})}, want: "tell onboard/E900"},
		{name: "it is over but for its end", view: &activities.CaseView{Phase: "closed", Closed: true}, want: "start offboard/E900, tell onboard/E900"},
		{name: "it ends meanwhile", view: &activities.CaseView{Phase: "prepare"}, ends: true, want: "start offboard/E900"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			i := o.hire("E900", pending)
			o.scan()
			o.did("start onboard/E900")
			if c.view == nil {
				delete(o.server.roles, "onboard/E900")
			} else {
				o.server.views["onboard/E900"] = *c.view
			}
			if c.ends {
				o.server.ends = "onboard/E900"
			}
			o.edit(i, leaves)
			o.scan()
			o.did(c.want)
		})
	}
}

// Whoever was let in, or has an account that no Onboard made, is offboarded, and not only told to the Onboard that waits.
func TestDispatch_HireCalledOff_WhatThereIs(t *testing.T) {
	const alone, both = "tell onboard/E900", "start offboard/E900, tell onboard/E900"
	waits := activities.CaseView{Phase: "prepare"}
	prepared := activities.CaseView{Phase: "prepare", Steps: opened(time.Time{})}
	made := func(system string, step plan.Action, account string) func(*post) {
		return func(o *post) {
			o.link("E900", system, account)
			o.kept(evidence.Record{Step: plan.StepID(step), State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: account}})
		}
	}
	okta := made("okta", plan.OktaCreate, "00u1")
	for _, c := range []struct {
		name string
		view activities.CaseView
		was  []func(*post)
		want string
	}{
		{"nothing is there", waits, nil, alone},
		{"nothing is there, and making it failed", prepared, nil, alone},
		{"this case, or an earlier one, made the account", prepared, []func(*post){okta}, alone},
		{"it made the account, and has found it there since", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.create", State: plan.Unverified, Personal: evidence.Personal{Account: "00u1"}})
		}}, alone},
		{"an earlier case made it, and this one has not taken it up", waits, []func(*post){okta}, both},
		{"opened, and the start was put off", waits, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"opened, put off, and found there", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"opened by hand, says a person", prepared, []func(*post){okta, func(o *post) {
			o.kept(evidence.Record{Step: "okta.open", State: plan.Skipped, Personal: evidence.Personal{Actor: "slack:U1", Detail: "done by hand"}})
		}}, both},
		{"made by hand before the mapping", waits, []func(*post){func(o *post) { o.link("E900", "okta", "00u1") }}, both},
		{"made by hand, and found there", prepared, []func(*post){func(o *post) {
			o.link("E900", "okta", "00u1")
			o.kept(evidence.Record{Step: "okta.create", State: plan.Verified, Personal: evidence.Personal{Account: "00u1"}})
		}}, both},
		{"another account was made", prepared, []func(*post){func(o *post) {
			o.link("E900", "okta", "00u1")
			o.kept(evidence.Record{Step: "okta.create", State: plan.Verified, Executed: o.now, Personal: evidence.Personal{Account: "00u2"}})
		}}, both},
		{"a Google account by hand", prepared, []func(*post){okta, func(o *post) { o.link("E900", "google", "11") }}, both},
		{"a Google account that was made, and is not taken up", prepared, []func(*post){okta, made("google", plan.GoogleAccount, "11")}, both},
		{"both made", activities.CaseView{Phase: "prepare", Steps: append(opened(time.Time{}), activities.StepView{ID: "google.account", Started: time.Unix(1, 0)})},
			[]func(*post){okta, made("google", plan.GoogleAccount, "11")}, alone},
		{"an account elsewhere", prepared, []func(*post){okta, func(o *post) { o.link("E900", "jamf", "7") }}, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			i := o.hire("E900", pending)
			o.scan()
			o.did("start onboard/E900")
			for _, was := range c.was {
				was(o)
			}
			o.server.views["onboard/E900"] = c.view
			o.edit(i, leaves)
			o.scan()
			o.did(c.want)
		})
	}
}

func (o *post) link(id employee.ID, system, account string) {
	o.t.Helper()
	if err := o.store.Link(o.t.Context(), id, system, account, "login", o.now); err != nil {
		o.t.Fatal(err)
	}
}

// kept has the evidence of E900's onboarding hold a record.
func (o *post) kept(r evidence.Record) {
	o.t.Helper()
	r.Run, r.Case, r.Employee = "r1", "onboard/E900", "E900"
	if _, written, err := o.store.AppendEvidence(o.t.Context(), fmt.Sprint(r.Step, r.State, r.Account), r); err != nil || !written {
		o.t.Fatal(written, err)
	}
}

// Whether there is anybody to offboard must not be guessed.
func TestDispatch_HireCalledOff_EvidenceCannotBeRead_IsTriedAgain(t *testing.T) {
	o := newOffice(t)
	i := o.hire("E900", pending)
	o.scan()
	o.did("start onboard/E900")
	o.server.views["onboard/E900"] = activities.CaseView{Phase: "prepare"}
	o.edit(i, leaves)
	o.scan()
	o.Outbox = unread{o.store}
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil || o.server.did() != "" {
		t.Errorf("%v", err)
	}
	o.Outbox = o.store
	o.did("tell onboard/E900")
}

// unread is a store whose evidence cannot be read.
type unread struct{ *store.Store }

func (unread) CaseEvidence(context.Context, string) ([]evidence.Record, error) {
	return nil, errors.New("not now")
}

// A case that does not answer must not keep somebody in.
func TestDispatch_HireCalledOff_OnboardDoesNotAnswer_IsOffboarded(t *testing.T) {
	o := newOffice(t)
	i := o.hire("E900", pending)
	o.scan()
	o.did("start onboard/E900")
	o.edit(i, leaves)
	o.scan()
	o.did("start offboard/E900, tell onboard/E900")
}

func opened(at time.Time) []activities.StepView {
	return []activities.StepView{{ID: "okta.create", Started: at.Add(-time.Hour)}, {ID: "okta.open", Started: at}}
}

// Two records of one person: cases run under the first one's id, and ending one is no departure.
func TestDispatch_TwoPositions(t *testing.T) {
	o := newOffice(t)
	second := o.hire("E900", func(*employee.Employee) {})
	o.scan()
	o.did("start onboard/E900")
	delete(o.server.roles, "onboard/E900")
	o.join("E900", "E1")

	o.edit(second, in("Sales"))
	o.scan()
	o.did("start move/E1")
	if r := o.server.roles["move/E1"].Request; r.Employee != "E1" || r.ProfileID != "p1" {
		t.Errorf("%+v", r)
	}
	o.edit(1, on(date(time.December, 18)))
	o.scan()
	o.did("start move/E1")
	o.edit(second, on(date(time.December, 31)))
	o.scan()
	o.did("start move/E1, start offboard/E1")
	if at := o.server.inputs["offboard/E1"].Request.EffectiveAt; at.In(time.UTC).Format(time.DateOnly) != "2026-12-31" {
		t.Errorf("the last day is %s", at)
	}
	o.edit(second, on(employee.Date{}))
	o.scan()
	o.did("tell move/E1, tell offboard/E1")
	delete(o.server.inputs, "offboard/E1")
	o.edit(1, leaves)
	o.scan()
	o.did("start move/E1")
	if got := o.server.roles["move/E1"].Request.Reason; got != "HR ended E1, one of several positions" {
		t.Errorf("%q", got)
	}
	o.edit(1, works)
	o.scan()
	o.did("start move/E1")
	o.edit(1, leaves)
	o.edit(second, leaves)
	o.scan()
	o.did("start offboard/E1, start offboard/E1, tell move/E1, tell move/E1")
	if r := o.server.inputs["offboard/E1"].Request; r.Employee != "E1" || r.ProfileID != "p1" || !r.EffectiveAt.IsZero() {
		t.Errorf("%+v", r)
	}
}

// A Move is there to wait for the first and the last day of one of two positions, whatever runs besides, and the one that
// runs is told.
func TestDispatch_OneOfTwoPositions_AMoveWaitsForItsDay(t *testing.T) {
	date18, date31 := date(time.December, 18), date(time.December, 31)
	nothing := func(*employee.Employee) {}
	for _, c := range []struct {
		name          string
		before        func(second *employee.Employee)
		running       []string
		first, second func(*employee.Employee)
		want          string
	}{
		{"the first ends", nothing, nil, on(date18), nothing, "start move/E1"},
		{"the second ends", nothing, nil, nothing, on(date18), "start move/E1"},
		{"a move runs", nothing, []string{"move/E1"}, on(date18), nothing, "start move/E1"},
		{"an onboarding runs", nothing, []string{"onboard/E1"}, on(date18), nothing, "start move/E1, tell onboard/E1"},
		{"a leave and a move run", nothing, []string{"leave/E1", "move/E1"}, on(date18), nothing, "start move/E1, tell leave/E1"},
		{"both end, read at once", nothing, nil, on(date18), on(date31), "start move/E1, start move/E1, start offboard/E1, start offboard/E1"},
		{"the second begins later", func(e *employee.Employee) { pending(e); e.StartDate = date31 }, []string{"onboard/E1"}, nothing,
			func(e *employee.Employee) { e.StartDate = date18 }, "start move/E1, tell onboard/E1"},
		{"on leave from both", onLeave, nil, func(e *employee.Employee) { onLeave(e); on(date18)(e) }, nothing, "start leave/E1, start leave/E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			second := o.hire("E900", c.before)
			o.scan()
			o.did("start onboard/E900")
			delete(o.server.roles, "onboard/E900")
			o.join("E900", "E1")
			o.server.begins(c.running...)
			o.edit(1, c.first)
			o.edit(second, c.second)
			o.scan()
			o.did(c.want)
			if words := o.server.words["move/E1"]; strings.Contains(c.want, "move") && (len(words) == 0 || words[0].Event.Employee == "") {
				t.Errorf("the move heard %+v", words)
			}
		})
	}
}

// One of two positions goes on after all when its last day is over: what it gave was taken away, and no Move may run.
func TestDispatch_OneOfTwoPositions_GoesOnAfterItsLastDay(t *testing.T) {
	o := newOffice(t)
	o.hire("E900", func(*employee.Employee) {})
	o.scan()
	o.join("E900", "E1")
	o.edit(1, on(date(time.November, 20)))
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(30 * 24 * time.Hour)
	o.server.order, o.server.roles = nil, map[string]workflows.RoleInput{}
	o.edit(1, on(employee.Date{}))
	o.scan()
	o.did("start move/E1")
}

// Somebody goes on leave, and comes back, while their onboarding runs: the Leave has them, and the Onboard knows.
func TestDispatch_LeaveBesideAnOnboard(t *testing.T) {
	o := newOffice(t)
	o.server.begins("onboard/E1", "move/E1")
	o.edit(1, onLeave)
	o.scan()
	o.did("start leave/E1, tell move/E1, tell onboard/E1")
	o.edit(1, in("Sales"))
	o.scan()
	o.did("start leave/E1, tell move/E1, tell onboard/E1")
	o.edit(1, back)
	o.scan()
	o.did("start leave/E1, tell move/E1, tell onboard/E1")
	o.edit(1, leaves)
	o.scan()
	o.did("start offboard/E1, tell leave/E1, tell move/E1, tell onboard/E1")
	if n := len(o.server.words["onboard/E1"]); n != 4 {
		t.Errorf("the onboarding heard %d words", n)
	}
}

// The one position ends now and the other on a day: that day is waited for, and not taken for today.
func TestDispatch_OneOfTwoPositionsEnds_TheOtherOnADay(t *testing.T) {
	o := newOffice(t)
	second := o.hire("E900", func(*employee.Employee) {})
	o.scan()
	o.join("E900", "E1")
	o.edit(second, on(date(time.December, 31)))
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	o.server.order, o.server.roles, o.server.words = nil, map[string]workflows.RoleInput{}, map[string][]workflows.EmployeeChange{}
	o.edit(1, leaves)
	o.scan()
	o.did("start move/E1, start offboard/E1")
	said := o.server.words["offboard/E1"]
	if len(said) != 1 || said[0].Event.Kind != employee.Departing || said[0].EffectiveAt.In(time.UTC).Format(time.DateOnly) != "2026-12-31" {
		t.Errorf("%+v", said)
	}
	if said := o.server.words["move/E1"]; len(said) != 1 || said[0].Event.Kind != employee.Left {
		t.Errorf("%+v", said)
	}
}

// HR says after the last day that somebody stays after all: they come back, and that has to be confirmed.
func TestDispatch_StaysAfterTheLastDay_ComesBack(t *testing.T) {
	o := newOffice(t)
	o.edit(1, on(date(time.November, 20)))
	o.scan()
	o.did("start offboard/E1")
	o.edit(1, on(employee.Date{}))
	o.scan()
	o.did("tell offboard/E1")
	o.edit(1, on(date(time.November, 20)))
	o.scan()
	o.did("start offboard/E1")
	o.now = o.now.Add(30 * 24 * time.Hour)
	o.edit(1, on(employee.Date{}))
	o.scan()
	o.did("start onboard/E1, tell offboard/E1")
}

// staff gives E0 three reports: one works, one is on leave, and one has two positions under the same manager.
func staff(t *testing.T) *post {
	t.Helper()
	o := newOffice(t)
	for _, i := range []int{1, 2, 3} {
		o.edit(i, under("p0"))
	}
	o.edit(2, onLeave)
	o.hire("E900", under("p0"))
	o.edit(4, func(e *employee.Employee) { under("p0")(e); leaves(e) })
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	o.join("E900", "E3")
	o.server.order, o.server.roles = nil, map[string]workflows.RoleInput{}
	return o
}

func TestDispatch_ManagerLeftOrChanged_ReportsLookAnew(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*employee.Employee)
		want   string
		reason string
	}{
		{"left", leaves, "start leave/E2, start move/E1, start move/E3, start offboard/E0", "manager E0 left"},
		{"renamed", func(e *employee.Employee) { e.LastName = "Other" }, "start leave/E2, start move/E0, start move/E1, start move/E3", "manager E0 has another name"},
		{"another address", func(e *employee.Employee) { e.Email = "other@example.com" }, "start leave/E2, start move/E0, start move/E1, start move/E3", "manager E0 has another address"},
		{"another title", func(e *employee.Employee) { e.Title = "Head" }, "start move/E0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := staff(t)
			o.edit(0, c.change)
			o.scan()
			o.did(c.want)
			if got := o.server.roles["move/E3"].Request.Reason; got != c.reason {
				t.Errorf("%q", got)
			}
			for _, said := range o.server.words["move/E1"] {
				if c.reason != "" && said.Event.Employee != "E1" {
					t.Errorf("told of %s: %+v", said.Event.Employee, said)
				}
			}
			o.did("")
		})
	}
}

// The clock alone makes and unmakes a manager: HR says nothing on the day. It is told once, and again when it could not be.
func TestDispatch_ManagersDayComes_ReportsLookAnew(t *testing.T) {
	const reports = "start leave/E2, start move/E1, start move/E3"
	day := date(time.December, 18)
	for _, c := range []struct {
		name, first string
		change      func(*employee.Employee)
		reason      string
	}{
		{"the last one", "start offboard/E0", on(day), "manager E0 left"},
		{"the first one", "start onboard/E0", func(e *employee.Employee) { e.StartDate = day }, "manager E0 started"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := staff(t)
			o.edit(0, c.change)
			o.scan()
			o.did(c.first)
			o.now = time.Date(2026, 12, 18, 6, 0, 0, 0, time.UTC)
			o.did("")
			o.now = time.Date(2026, 12, 19, 0, 30, 0, 0, time.UTC)
			o.server.stuck = "move/E3"
			if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil || !strings.Contains(err.Error(), "no connection") {
				t.Errorf("%v", err)
			}
			o.server.stuck, o.server.order = "", nil
			o.did(reports)
			if got := o.server.roles["move/E3"].Request.Reason; got != c.reason {
				t.Errorf("%q", got)
			}
			o.now = o.now.Add(2 * time.Hour)
			o.did("")
		})
	}
}

func TestDispatch_ManagersDayCame_LongAgo_OrHRSaidSo_IsNoNews(t *testing.T) {
	o := staff(t)
	o.edit(0, func(e *employee.Employee) {
		e.StartDate, e.DepartureDate = date(time.January, 5), date(time.November, 20)
	})
	o.scan()
	o.did("start move/E0, start offboard/E0")
	o.now = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	o.edit(0, leaves)
	o.scan()
	o.did("start leave/E2, start move/E1, start move/E3, start offboard/E0, tell move/E0")
	o.now = time.Date(2026, 12, 24, 6, 0, 0, 0, time.UTC)
	o.edit(0, works) // as of long ago: HR left the last day in the record
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	o.server.order = nil
	o.now = o.now.Add(2 * time.Hour)
	o.did("")
}

// A manager whose last day was over stays after all: the reports are theirs again.
func TestDispatch_ManagerStaysAfterTheLastDay_ReportsLookAnew(t *testing.T) {
	for _, c := range []struct {
		name string
		day  employee.Date
		want string
	}{
		{"for good", employee.Date{}, "start leave/E2, start move/E1, start move/E3, start onboard/E0, tell offboard/E0"},
		{"until another day", date(time.December, 31), "start leave/E2, start move/E1, start move/E3, start offboard/E0, start onboard/E0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := staff(t)
			o.edit(0, on(date(time.November, 20)))
			o.scan()
			o.did("start offboard/E0")
			o.now = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
			o.did("start leave/E2, start move/E1, start move/E3")
			o.edit(0, on(c.day))
			o.scan()
			o.did(c.want)
			if got := o.server.roles["move/E3"].Request.Reason; got != "manager E0 came back" {
				t.Errorf("%q", got)
			}
		})
	}
}

// A crash, or a report who cannot be reached, in the middle: the manager's own case was told, and everybody is told again.
func TestDispatch_ReportCannotBeReached_IsTriedAgain_AndKeepsTheManagerBackFromNothing(t *testing.T) {
	o := staff(t)
	o.server.stuck = "move/E3"
	o.edit(0, leaves)
	o.scan()
	o.edit(0, works)
	o.scan()
	_, err := o.Dispatch(t.Context(), activities.DispatchOutbox{})
	if err == nil || !strings.Contains(err.Error(), "their reports: no connection") {
		t.Errorf("%v", err)
	}
	if got := o.server.did(); got != "start leave/E2, start move/E1, start onboard/E0" {
		t.Error(got) // the departure was taken back before it was looked at
	}
	o.server.stuck = ""
	o.did("start leave/E2, start move/E1, start move/E3, start onboard/E0")
	o.did("")
}

// Thousands of changes cost few calls each, and nobody who leaves waits for them.
func TestDispatch_Reorganisation_IsCheap_AndLeaversGoFirst(t *testing.T) {
	o := newOffice(t)
	for i := range 1000 {
		o.hire(fmt.Sprint("E", 1000+i), func(*employee.Employee) {})
	}
	o.scan()
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	for i := range o.people {
		o.edit(i, in("Sales"))
	}
	o.scan()
	o.edit(7, leaves)
	o.scan()
	o.server.roles, o.server.order, o.server.calls = map[string]workflows.RoleInput{}, nil, 0
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err != nil {
		t.Fatal(err)
	}
	if o.server.order[0] != "start offboard/E7" || len(o.server.roles) != len(o.people)-1 {
		t.Errorf("%d moves after %s", len(o.server.roles), o.server.order[0])
	}
	if most := 3*len(o.people) + 4; o.server.calls > most {
		t.Errorf("%d calls for %d people", o.server.calls, len(o.people))
	}
}

// What was delivered and not marked is delivered again, and meets in the same cases.
func TestDispatch_DeliveredTwice(t *testing.T) {
	o := newOffice(t)
	o.edit(1, in("Sales"))
	o.hire("E900", pending)
	o.scan()
	o.Outbox = &forgetful{Store: o.store}
	if _, err := o.Dispatch(t.Context(), activities.DispatchOutbox{}); err == nil {
		t.Error("marked all the same")
	}
	first := o.server.did()
	o.Outbox = o.store
	o.did(first)
	if len(o.server.roles) != 2 {
		t.Errorf("%v", o.server.roles)
	}
}

// forgetful is a store that takes no mark of what was delivered.
type forgetful struct{ *store.Store }

func (*forgetful) MarkDispatched(context.Context, int64, string) error { return errors.New("not now") }

// A contractor becomes an employee from one day to the next: nothing is taken away in between. With days in between HR
// says that nobody works here, and so it is done.
func TestDispatch_OnePositionFollowsTheOther(t *testing.T) {
	for _, c := range []struct {
		name         string
		starts       employee.Date
		named, ended string
	}{
		{"the next day", date(time.December, 19), "start move/E1", "start move/E1"},
		{"days later", date(time.December, 22), "start offboard/E1", "start offboard/E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.hire("E900", func(e *employee.Employee) { pending(e); e.StartDate = c.starts })
			o.scan()
			o.did("start onboard/E900")
			o.join("E900", "E1")
			o.edit(1, on(date(time.December, 18)))
			o.scan()
			o.did(c.named)
			o.now = time.Date(2026, 12, 18, 23, 0, 0, 0, time.UTC)
			o.server.roles, o.server.inputs = map[string]workflows.RoleInput{}, map[string]workflows.OffboardInput{}
			o.edit(1, leaves)
			o.scan()
			o.did(c.ended)
		})
	}
}
