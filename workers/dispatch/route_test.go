package dispatch

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/role"
	"tenure/workflows"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

var lastDay = time.Date(2026, 12, 18, 22, 0, 0, 0, time.UTC)

// someone is a person whose record the event is about has this status. What else is true of them is said by the case.
func someone(status employee.Status, stand role.Stand, more ...func(*person)) person {
	e := employee.Employee{ID: "E1", ProfileID: "p1", Status: status}
	p := person{main: e, record: e, records: []employee.Employee{e}, stand: stand}
	for _, m := range more {
		m(&p)
	}
	return p
}

// dated gives the record a last day, endsThen the person.
func dated(p *person) {
	p.record.DepartureDate = employee.Date{Year: 2026, Month: time.December, Day: 18}
}

func endsThen(p *person) {
	dated(p)
	p.ends = lastDay
}

// second gives the person another record, under which they work.
func second(p *person) {
	p.other = true
	p.records = append(p.records, employee.Employee{ID: "E2", ProfileID: "p2", Status: employee.Active})
}

// begins gives the person another record, under which they will work.
func begins(p *person) {
	p.records = append(p.records, employee.Employee{ID: "E2", ProfileID: "p2", Status: employee.Pending})
}

// stands are the people as they can stand when an event of theirs is looked at.
var stands = []struct {
	name string
	person
}{
	{"gone", someone(employee.Inactive, role.Gone, endsThen)},
	{"active still, last day over", someone(employee.Active, role.Gone, endsThen)},
	{"on leave", someone(employee.Active, role.Away)},
	{"on leave, leaves on a day", someone(employee.Active, role.Away, endsThen)},
	{"expected", someone(employee.Pending, role.Expected)},
	{"expected, active already", someone(employee.Active, role.Expected)},
	{"expected for a fixed term", someone(employee.Pending, role.Expected, endsThen)},
	{"pending still, first day has come", someone(employee.Pending, role.Here)},
	{"here", someone(employee.Active, role.Here)},
	{"here, leaves on a day", someone(employee.Active, role.Here, endsThen)},
	{"here again after the last day", someone(employee.Active, role.Here, func(p *person) { p.back = true })},
	{"here again until another day", someone(employee.Active, role.Here, endsThen, func(p *person) { p.back = true })},
	{"here, in another position too", someone(employee.Active, role.Here, second)},
	{"here, in another position that goes on", someone(employee.Active, role.Here, second, dated)},
	{"here, in two positions that end", someone(employee.Active, role.Here, second, endsThen)},
	{"here, in another position, and again in this one after its last day", someone(employee.Active, role.Here, second, func(p *person) { p.back = true })},
	{"on leave from two positions", someone(employee.Active, role.Away, second)},
	{"here, this position ended", someone(employee.Inactive, role.Here, second)},
	{"here, this position ended and the other will", someone(employee.Inactive, role.Here, second, endsThen)},
	{"expected, this position ended and another begins later", someone(employee.Inactive, role.Expected, begins)},
	{"on leave, this position ended", someone(employee.Inactive, role.Away, second)},
}

// happenings are the events, by kind and class.
var happenings = []struct {
	kind employee.EventKind
	what []employee.Class
}{
	{employee.Left, []employee.Class{employee.Leaver}},
	{employee.Left, []employee.Class{employee.HireCalledOff}},
	{employee.Departing, []employee.Class{employee.DepartureSet}},
	{employee.Staying, []employee.Class{employee.DepartureCleared}},
	{employee.Returned, []employee.Class{employee.Rehire}},
	{employee.Joining, []employee.Class{employee.Joiner}},
	{employee.Changed, []employee.Class{employee.Started}},
	{employee.Changed, []employee.Class{employee.LeaveBegan}},
	{employee.Changed, []employee.Class{employee.LeaveEnded}},
	{employee.Changed, []employee.Class{employee.Renamed}},
	{employee.Changed, []employee.Class{employee.EmailChanged}},
	{employee.Changed, []employee.Class{employee.Mover, employee.ManagerChanged}},
	{employee.Changed, []employee.Class{employee.StartMoved}},
	{employee.Changed, []employee.Class{employee.Converted}},
	{employee.Changed, []employee.Class{employee.DetailChanged}},
	{employee.Changed, []employee.Class{employee.AfterLeaving}},
	{employee.Changed, nil}, // of an older version
}

// String says a route in one line.
func (r route) String() string {
	var parts []string
	say := func(what string, all []workflows.Process) {
		if len(all) > 0 {
			names := make([]string, len(all))
			for i, p := range all {
				names[i] = string(p)
			}
			parts = append(parts, what+" "+strings.Join(names, "+"))
		}
	}
	if r.calledOff {
		parts = append(parts, "an Onboard that prepares, alone, or")
	}
	if len(r.instead) > 0 {
		say("those that run of", r.instead)
		parts = append(parts, "or else")
	}
	say("START", r.start)
	if !r.at.IsZero() {
		parts = append(parts, "on the last day")
	}
	say("tell", r.tell)
	if r.chain {
		parts = append(parts, "and the reports")
	}
	if r.note != "" {
		parts = append(parts, "("+r.note+")")
	}
	return strings.Join(parts, " ")
}

// table says for a kind of event who hears it, stand by stand. Stands with one route are one line.
func table(kind employee.EventKind, what []employee.Class, maps bool) string {
	var order []string
	people := map[string][]string{}
	for _, s := range stands {
		r := routeOf(employee.Event{Kind: kind, What: what, Employee: "E1"}, s.person, maps).String()
		if people[r] == nil {
			order = append(order, r)
		}
		people[r] = append(people[r], s.name)
	}
	var b strings.Builder
	for _, r := range order {
		fmt.Fprintf(&b, "  %s\n      %s\n", r, strings.Join(people[r], "; "))
	}
	return b.String()
}

// The whole table is in testdata/routes.txt, to be read.
func TestRoute_EveryEventByEveryStand(t *testing.T) {
	var b strings.Builder
	for _, maps := range []bool{true, false} {
		fmt.Fprintf(&b, "# The policy has a mapping: %v\n", maps)
		last := ""
		for _, h := range happenings {
			if !maps && (h.kind == employee.Changed || h.kind == employee.Joining) {
				continue // only marked
			}
			rows := table(h.kind, h.what, maps)
			if rows != last && last != "" {
				b.WriteString(last)
			}
			fmt.Fprintf(&b, "\n%s %v\n", h.kind, h.what)
			last = rows
		}
		b.WriteString(last + "\n")
	}
	path := filepath.Join("testdata", "routes.txt")
	if *rewrite {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the routes are others; look at them and run the test with -update:\n%s", b.String())
	}
}

// What must hold of every route, whatever the table says.
func TestRoute_Precedence(t *testing.T) {
	for _, h := range happenings {
		for _, s := range stands {
			e := employee.Event{Kind: h.kind, What: h.what, Employee: "E1"}
			r, p := routeOf(e, s.person, true), s.person
			starts := func(p workflows.Process) bool { return slices.Contains(r.start, p) }
			fail := func(why string) { t.Errorf("%s %v of somebody %s: %s: %s", h.kind, h.what, s.name, r, why) }
			comesBack := h.kind == employee.Returned || h.kind == employee.Joining
			switch {
			case p.record.Status == employee.Inactive && !p.other && (starts(onboard) || starts(move) || starts(leave)):
				fail("nothing lets somebody in whom HR says is gone")
			case p.stand == role.Gone && !comesBack && (starts(onboard) || starts(move) || starts(leave)):
				fail("nothing goes on for somebody whose last day is over")
			case starts(offboard) && (p.stand == role.Here || p.stand == role.Away) && r.at.IsZero():
				fail("nobody who works is offboarded now")
			case starts(offboard) && p.ends.IsZero() && p.record.Status != employee.Inactive:
				fail("nobody is offboarded without an end")
			case p.stand == role.Gone && p.record.Status == employee.Inactive && h.kind == employee.Left && !starts(offboard):
				fail("whoever left is offboarded")
			case p.stand == role.Away && !comesBack && starts(move) && !p.other:
				fail("a leave goes before a move")
			case slices.ContainsFunc(r.tell, func(p workflows.Process) bool { return starts(p) || slices.Contains(r.instead, p) }):
				fail("told twice")
			}
		}
	}
}

// A manager whom a case shuts out, or lets in again, changes whom people report to, and HR may say nothing of it.
func TestRoute_AccessChangedByACase_IsHeardByTheReportsAlone(t *testing.T) {
	for _, stand := range []role.Stand{role.Gone, role.Away, role.Expected, role.Here} {
		r := routeOf(employee.Event{Kind: employee.Changed, What: []employee.Class{employee.AccessChanged}}, person{stand: stand}, true)
		if !r.chain || len(r.start)+len(r.tell)+len(r.instead) != 0 {
			t.Errorf("%s: %+v", stand, r)
		}
	}
}
