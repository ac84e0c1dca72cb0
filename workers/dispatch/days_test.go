package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

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
