package casefile_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

func TestOpen_OfSomebodyWithSeveralRecords(t *testing.T) {
	job := with(somebody("E3", "p-E2"), starts("2020-01-01"))
	side := with(somebody("E4", "p-E2"), contractor, starts("2024-01-01"))
	ended := is(employee.Inactive)
	hr := func(in *activities.OpenCase) { in.Actor = "namely:watch" }
	on := func(date string) func(*activities.OpenCase) {
		return func(in *activities.OpenCase) { in.Effective = instant(date) }
	}
	emergency := func(in *activities.OpenCase) { in.Emergency = true }
	const conflict = "E3 has another position (record "
	for _, c := range []struct {
		name      string
		job, side employee.Employee
		ask       []func(*activities.OpenCase)
		refused   string
		person    employee.ID
	}{
		{"HR ended the second", job, with(side, ended), []func(*activities.OpenCase){hr}, conflict + "E3): this is a move", ""},
		{"HR ended the first", with(job, ended), side, []func(*activities.OpenCase){hr}, conflict + "E4): this is a move", ""},
		{"HR ended both", with(job, ended), with(side, ended, leaves("2026-10-30")), []func(*activities.OpenCase){hr}, "", "E4"},
		{"a last day to come, of both", with(job, leaves("2026-11-30")), with(side, leaves("2026-11-27")), []func(*activities.OpenCase){hr, on("2026-11-30T22:00:00Z")}, "", "E3"},
		{"a last day to come, of one", with(job, leaves("2026-11-30")), side, []func(*activities.OpenCase){hr, on("2026-11-30T22:00:00Z")}, conflict + "E4)", ""},
		{"hired from the next day", with(job, leaves("2026-11-30")), with(side, is(employee.Pending), starts("2026-12-01")), []func(*activities.OpenCase){hr, on("2026-11-30T22:00:00Z")}, conflict + "E4)", ""},
		{"back a month later", with(job, leaves("2026-11-30")), with(side, is(employee.Pending), starts("2027-01-04")), []func(*activities.OpenCase){hr, on("2026-11-30T22:00:00Z")}, "", "E4"},
		{"a person asks, two positions", job, side, nil, conflict + "E4)", ""},
		{"a person asks, the other one has ended", job, with(side, ended), nil, "", "E3"},
		{"an emergency", job, side, []func(*activities.OpenCase){emergency}, "", "E3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, somebody("E1", ""), somebody("E2", "p-E1"), c.job, c.side)
			o.join(t, "E4", "E3")
			if err := o.store.Link(t.Context(), "E3", "okta", "00u3", "login", scanned); err != nil {
				t.Fatal(err)
			}
			in := opening("E3")
			for _, change := range c.ask {
				change(&in)
			}
			got, err := o.Open(t.Context(), in)
			if c.refused != "" {
				if typ, text, mend := problemOf(t, err); typ != activities.Conflict || !strings.HasPrefix(text, c.refused) || !strings.Contains(mend, "emergency") {
					t.Errorf("%s: %s (%s)", typ, text, mend)
				}
				return
			}
			if err != nil || got.Person.ID != c.person || got.Accounts["okta"] != "00u3" {
				t.Errorf("%s %v, %v", got.Person.ID, got.Accounts, err)
			}
		})
	}
}

// Two records of one person can have one address. That is no colleague.
func TestOpen_AddressOfAJoinedRecord_IsNotAmbiguous(t *testing.T) {
	again := with(somebody("E4", ""), reachedAt("E3@example.com"))
	o := roleOffice(t, somebody("E3", ""), again)
	in := opening("E3")
	in.Emergency = true
	if _, err := o.Open(t.Context(), in); err == nil {
		t.Fatal("opened while a colleague has the same address")
	}
	o.join(t, "E4", "E3")
	if _, err := o.Open(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestOpen_ByTheProfileOfAJoinedRecord(t *testing.T) {
	o := roleOffice(t, with(somebody("E3", ""), is(employee.Inactive)), with(somebody("E4", ""), leaves("2026-11-01")))
	o.join(t, "E4", "E3")
	in := opening("E3")
	in.ProfileID = "p-E4"
	got, err := o.Open(t.Context(), in)
	if err != nil || got.Person.ID != "E4" {
		t.Errorf("%+v, %v", got.Person, err)
	}
}

// A device goes back to its owner's shelf whatever other positions they have.
func TestOpen_Return_OfSomebodyWithTwoPositions_Opens(t *testing.T) {
	o := roleOffice(t, somebody("E3", ""), somebody("E4", ""))
	o.join(t, "E4", "E3")
	in := opening("E3")
	in.Process = "DeviceReturn"
	if got, err := o.Open(t.Context(), in); err != nil || got.Person.ID != "E3" {
		t.Errorf("%+v, %v", got.Person, err)
	}
}

// The lease of a mailbox follows who manages the leaver's work.
func TestRecheck_WhereTheHeirHasMovedOn(t *testing.T) {
	people := func(edits map[string]edit) []employee.Employee {
		all := []employee.Employee{somebody("E1", ""), somebody("E2", "p-E1"), somebody("E5", "p-E1"), with(somebody("E3", "p-E2"), is(employee.Inactive))}
		for i := range all {
			if change := edits[string(all[i].ID)]; change != nil {
				change(&all[i])
			}
		}
		return all
	}
	promoted := func(e *employee.Employee) { e.ManagerProfileID = "p-E5" }
	for _, c := range []struct {
		name    string
		edits   map[string]edit
		heir    employee.ID
		as, why string
		next    employee.ID
		join    bool
	}{
		{name: "as it was", heir: "E2", as: "manager", next: "E2"},
		{name: "under another manager", edits: map[string]edit{"E3": under("p-E5")}, heir: "E2", as: "manager", why: "is not among the managers above E3 any more", next: "E5"},
		{name: "promoted, with a successor between", edits: map[string]edit{"E3": under("p-E5"), "E5": under("p-E2")}, heir: "E2", as: "manager", why: "is not the manager of E3 any more", next: "E5"},
		{name: "the same, and nobody knows as what it was lent", edits: map[string]edit{"E3": under("p-E5"), "E5": under("p-E2")}, heir: "E2", next: "E5"},
		{name: "lent higher up, and the manager is back from leave", heir: "E1", as: "manager's manager", next: "E2"},
		{name: "lent higher up, and the chain goes elsewhere", edits: map[string]edit{"E2": under("")}, heir: "E1", as: "manager's manager", why: "is not among the managers above E3 any more", next: "E2"},
		{name: "the manager is on leave", edits: map[string]edit{"E2": onLeave}, heir: "E2", as: "manager", why: "is on leave", next: "E1"},
		{name: "the manager leaves", edits: map[string]edit{"E2": leaves("2026-12-24")}, heir: "E2", as: "manager", why: "leaves on 2026-12-24", next: "E1"},
		{name: "the manager has left", edits: map[string]edit{"E2": is(employee.Inactive)}, heir: "E2", as: "manager", why: "has left", next: "E1"},
		{name: "the manager turned freelance", edits: map[string]edit{"E2": func(e *employee.Employee) { e.WorkerType = employee.Freelance }}, heir: "E2", as: "manager", why: "cannot take over any more", next: "E1"},
		{name: "HR clears the managers of those who left", edits: map[string]edit{"E3": under("")}, heir: "E2", as: "manager", next: ""},
		{name: "the manager goes on under another record", edits: map[string]edit{"E2": is(employee.Inactive), "E3": promoted}, heir: "E2", as: "manager", next: "E5", join: true},
		{name: "the custodian", edits: map[string]edit{"E5": reachedAt("it@example.com")}, heir: "E5", as: "custodian", next: "E2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, people(nil)...)
			o.scan(t, people(c.edits))
			if c.join {
				o.join(t, "E5", "E2")
			}
			got, err := o.Recheck(t.Context(), activities.Recheck{CaseRef: ref("E3"), Heir: c.heir, As: c.as})
			if err != nil || got.Why != c.why || got.HeirGone != (c.why != "") || got.Managers[0].Employee != c.next || got.Status != employee.Inactive {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// Somebody who comes back under another record is back.
func TestRecheck_RehiredUnderAnotherRecord(t *testing.T) {
	o := roleOffice(t, with(somebody("E3", ""), is(employee.Inactive), leaves("2026-10-30")), with(somebody("E4", ""), is(employee.Pending)))
	for _, want := range []employee.Status{employee.Inactive, employee.Pending} {
		got, err := o.Recheck(t.Context(), activities.Recheck{CaseRef: ref("E3")})
		if err != nil || got.Status != want {
			t.Errorf("%+v, %v", got, err)
		}
		o.join(t, "E4", "E3")
	}
}

// Recheck is asked daily, by the clock of the worker.
func TestRecheck_GoesByTheRecordThatWasWorkedUnderLast(t *testing.T) {
	yesterday := daysFromNow(-1)
	last := with(somebody("E4", "p-E5"), func(e *employee.Employee) { e.DepartureDate = yesterday }, is(employee.Inactive))
	o := roleOffice(t, somebody("E2", ""), somebody("E5", ""), with(somebody("E3", "p-E2"), is(employee.Inactive), leaves("2020-10-30")), last)
	o.join(t, "E4", "E3")
	got, err := o.Recheck(t.Context(), activities.Recheck{CaseRef: ref("E3"), Heir: "E5", As: "manager"})
	if err != nil || got.HeirGone || got.Managers[0].Employee != "E5" {
		t.Errorf("%+v, %v at %s", got, err, time.Now())
	}
}
