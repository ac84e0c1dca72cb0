package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

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
