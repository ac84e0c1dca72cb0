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
