package guard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
)

var at = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

const least = "version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"

func rules(t *testing.T, more string) policy.Policy {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte(least+more))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// company is so many people in departments of a tenth of them, one office, three types of worker.
func company(n int) []employee.Traits {
	out := make([]employee.Traits, n)
	for i := range out {
		out[i] = traits(i, n)
	}
	return out
}

func traits(i, n int) employee.Traits {
	tenth := max(1, n/10)
	t := employee.Traits{Department: fmt.Sprint("D", i/tenth), Office: "Albany", Manager: fmt.Sprint("m", i/tenth), WorkerType: employee.FullTime}
	if i%10 == 9 {
		t.WorkerType = employee.Contractor
	}
	return t
}

// scattered is k people of n who have as little in common as there can be: other departments, ten minutes between edits.
func scattered(k, n int, change ...func(int, *employee.Sighting)) []employee.Sighting {
	out := make([]employee.Sighting, k)
	for j := range out {
		i := (j*max(1, n/10) + j/10) % n // from department to department
		out[j] = employee.Sighting{
			Event: employee.Event{Kind: employee.Left, What: []employee.Class{employee.Leaver}, Employee: employee.ID(fmt.Sprint("E", j)), Fields: []string{"status"},
				HREdited: at.Add(-time.Duration(10*j) * time.Minute)},
			Traits: traits(i, n),
		}
		out[j].Traits.Manager = "" // even the manager differs
		for _, f := range change {
			f(j, &out[j])
		}
	}
	return out
}

func alike(department string) func(int, *employee.Sighting) {
	return func(_ int, s *employee.Sighting) { s.Traits.Department = department }
}

func at0900(_ int, s *employee.Sighting) { s.Event.HREdited = at }

func kind(k employee.EventKind, what ...employee.Class) func(int, *employee.Sighting) {
	return func(_ int, s *employee.Sighting) { s.Event.Kind, s.Event.What = k, what }
}

func scheduled(_ int, s *employee.Sighting) { s.Traits.Scheduled = true }

// until is a departure date so many days from now.
func until(days int) func(int, *employee.Sighting) {
	day := at.AddDate(0, 0, days)
	return func(_ int, s *employee.Sighting) {
		s.Event.Detected = at
		s.Event.Departure = employee.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}
	}
}

// The defaults at the sizes they must be usable at: how many scattered leavers trip the guard, and how many alike.
func TestWeigh_Defaults_AtEverySize(t *testing.T) {
	p := rules(t, "")
	for _, c := range []struct{ company, together, alike int }{
		{4, 3, 2}, {8, 3, 2}, {20, 5, 3}, {250, 5, 3}, {2_000, 10, 3}, {20_000, 100, 20},
	} {
		burst := func(events []employee.Sighting) employee.Verdict {
			return guard.Weigh(p, employee.Burst{At: at, Company: company(c.company), Fresh: events})
		}
		spread := func(k int) []employee.Sighting {
			return scattered(k, c.company, func(j int, s *employee.Sighting) { s.Traits = employee.Traits{} })
		}
		if v := burst(spread(c.together - 1)); len(v.Hold) != 0 {
			t.Errorf("%d of %d scattered are held: %s", c.together-1, c.company, v.Cause)
		}
		if v := burst(spread(c.together)); len(v.Hold) != c.together || v.People != c.together {
			t.Errorf("%d of %d scattered run: %+v", c.together, c.company, v)
		}
		minute := func(k int) []employee.Sighting {
			return scattered(k, c.company, at0900, func(j int, s *employee.Sighting) { s.Traits = employee.Traits{} })
		}
		if v := burst(minute(c.alike - 1)); len(v.Hold) != 0 {
			t.Errorf("%d of %d edited at once are held: %s", c.alike-1, c.company, v.Cause)
		}
		if v := burst(minute(c.alike)); len(v.Hold) != c.alike || !strings.Contains(v.Cause, "within one minute") {
			t.Errorf("%d of %d edited at once run: %+v", c.alike, c.company, v)
		}
	}
}

// Each row is 250 people of whom some leave: whether they are held, and what the cause says.
func TestWeigh_WhatThePeopleHaveInCommon(t *testing.T) {
	p := rules(t, "")
	for _, c := range []struct {
		name  string
		fresh []employee.Sighting
		says  string // empty: nobody is held
	}{
		{"two by chance", scattered(2, 250), ""},
		{"two of one department", scattered(2, 250, alike("D1")), ""},
		{"three of one department", scattered(3, 250, alike("D1")), `3 with the department "D1"`},
		{"three of the one office that all work in", scattered(3, 250), ""},
		{"three contractors, who are few", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Traits.WorkerType = employee.Contractor }), `3 with the worker type "contractor"`},
		{"three full-time, who are many", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Traits.WorkerType = employee.FullTime }), ""},
		{"three of one manager", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Traits.Manager = "m3" }), "3 with the manager with profile m3"},
		{"three edited around the full minute", scattered(3, 250, func(j int, s *employee.Sighting) { s.Event.HREdited = at.Add(time.Duration(20*j-20) * time.Second) }), "3 edited by HR within one minute (08:59 UTC)"},
		{"three edited one minute apart", scattered(3, 250, func(j int, s *employee.Sighting) { s.Event.HREdited = at.Add(time.Duration(j) * time.Minute) }), ""},
		{"three whose edits have no time", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Event.HREdited = time.Time{} }), ""},
		{"three whose names changed too", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Event.Fields = []string{"lastName", "status"} }), "3 whose lastName changed too"},
		{"three with date and status, like any leaver", scattered(3, 250, func(_ int, s *employee.Sighting) { s.Event.Fields = []string{"status", "departureDate"} }), ""},
		{"five by chance", scattered(5, 250), "5 of 250 people turned inactive or were given a departure date within 1h; nothing particular in common"},
		{"five departure dates", scattered(5, 250, kind(employee.Departing, employee.DepartureSet)), "were given a departure date"},
		{"five dates put off", scattered(5, 250, kind(employee.Departing, employee.DeparturePostponed), scheduled, until(18)), ""},
		{"five dates put off that nobody waited for", scattered(5, 250, kind(employee.Departing, employee.DeparturePostponed), until(18)), "were given a departure date"},
		{"five dates put off to today", scattered(5, 250, kind(employee.Departing, employee.DeparturePostponed), scheduled, until(0)), "were given a departure date"},
		{"five joiners for a fixed time", scattered(5, 250, kind(employee.Departing, employee.FixedTerm), until(18)), ""},
		{"five joiners whose time is over", scattered(5, 250, kind(employee.Departing, employee.FixedTerm, employee.Backdated), until(-3)), "were given a departure date"},
		{"five joiners whose time is over today", scattered(5, 250, kind(employee.Departing, employee.FixedTerm), until(0)), "were given a departure date"},
		{"five joiners", scattered(5, 250, kind(employee.Joining, employee.Joiner)), ""},
		{"five renamed", scattered(5, 250, kind(employee.Changed, employee.Renamed)), ""},
		{"five who come back", scattered(5, 250, kind(employee.Returned, employee.Rehire)), "came back or lost their departure date"},
		{"three dates cleared at once", scattered(3, 250, kind(employee.Staying, employee.DepartureCleared), at0900), "came back or lost their departure date"},
		{"ten whose last day was known", scattered(10, 250, at0900, func(_ int, s *employee.Sighting) { s.Traits.Announced = true }), ""},
		{"three who leave and three who come", append(scattered(3, 250), scattered(3, 250, kind(employee.Returned, employee.Rehire))...), ""},
		{"one person with two events", append(scattered(2, 250, alike("D1")), scattered(1, 250, alike("D1"), kind(employee.Departing, employee.DepartureSet))...), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := guard.Weigh(p, employee.Burst{At: at, Company: company(250), Fresh: c.fresh})
			switch {
			case c.says == "" && len(v.Hold) > 0:
				t.Errorf("held: %s", v.Cause)
			case c.says != "" && len(v.Hold) != len(c.fresh):
				t.Errorf("%d of %d are held: %q", len(v.Hold), len(c.fresh), v.Cause)
			case !strings.Contains(v.Cause, c.says):
				t.Errorf("cause %q does not say %q", v.Cause, c.says)
			}
		})
	}
}

// A mistake that trickles in over several polls is one mistake. Those who ran stay run; the new ones are held.
func TestWeigh_DripAcrossScans(t *testing.T) {
	p := rules(t, "")
	all := scattered(5, 250)
	for n := range all {
		v := guard.Weigh(p, employee.Burst{At: at, Company: company(250), Recent: all[:n], Fresh: all[n : n+1]})
		if held := len(v.Hold) > 0; held != (n == 4) {
			t.Errorf("leaver %d of an hour: held %v", n+1, held)
		}
		if n == 4 && !strings.Contains(v.Cause, "(4 of them in earlier scans)") {
			t.Errorf("cause %q", v.Cause)
		}
	}
}

// All of the direction are held, also those who share nothing with the others; whoever goes the other way is not.
func TestWeigh_HoldsTheWholeDirection(t *testing.T) {
	p := rules(t, "")
	fresh := append(scattered(1, 250, kind(employee.Returned, employee.Rehire)), scattered(4, 250, func(j int, s *employee.Sighting) {
		if j < 3 {
			s.Event.HREdited = at
		}
	})...)
	v := guard.Weigh(p, employee.Burst{At: at, Company: company(250), Fresh: fresh})
	if fmt.Sprint(v.Hold) != "[1 2 3 4]" || v.People != 4 {
		t.Errorf("%+v", v)
	}
}

// No policy that passes its check lets a quarter of a company go.
func TestWeigh_LaxestPolicy_StillHoldsAQuarter(t *testing.T) {
	p := rules(t, "mass_guard: {together: {count: 50, share: 5%}, same_cause: {count: 50, share: 5%}, window: 15m}\n")
	for _, n := range []int{4, 20, 100, 250, 2_000} {
		k := max(3, (n+3)/4)
		if v := guard.Weigh(p, employee.Burst{At: at, Company: company(n), Fresh: scattered(k, n)}); len(v.Hold) != k {
			t.Errorf("%d of %d run", k, n)
		}
	}
}

func TestWeigh_NothingFresh_HoldsNothing(t *testing.T) {
	if v := guard.Weigh(rules(t, ""), employee.Burst{At: at, Company: company(20), Recent: scattered(20, 20)}); len(v.Hold) != 0 || v.Cause != "" {
		t.Errorf("%+v", v)
	}
}

func mark(profiles int, change ...func(*employee.Mark)) employee.Mark {
	m := employee.Mark{Owner: employee.TokenOwner{ProfileID: "p1", Status: employee.Active}, Profiles: profiles,
		Filled: map[string]int{"email": profiles, "departure_date": profiles / 10}}
	for _, f := range change {
		f(&m)
	}
	return m
}

func TestBelieve(t *testing.T) {
	p := rules(t, "")
	none := func(field string) func(*employee.Mark) {
		return func(m *employee.Mark) { m.Filled[field] = 0 }
	}
	ownedBy := func(id string, s employee.Status) func(*employee.Mark) {
		return func(m *employee.Mark) { m.Owner = employee.TokenOwner{ProfileID: id, Status: s} }
	}
	for _, c := range []struct {
		name       string
		feed       employee.Feed
		want       []employee.PollCause
		acceptable bool
	}{
		{"the first", employee.Feed{Now: mark(250)}, nil, false},
		{"the same again", employee.Feed{Before: mark(250), Now: mark(250), Known: 250}, nil, false},
		{"two missing", employee.Feed{Before: mark(250), Now: mark(248), Known: 250, Missing: 2}, nil, false},
		{"three missing", employee.Feed{Before: mark(250), Now: mark(247), Known: 250, Missing: 3}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"three missing and three new", employee.Feed{Before: mark(250), Now: mark(250), Known: 250, Missing: 3}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"two of twenty", employee.Feed{Before: mark(20), Now: mark(18), Known: 20, Missing: 2}, nil, false},
		{"three of twenty", employee.Feed{Before: mark(20), Now: mark(17), Known: 20, Missing: 3}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"nineteen of two thousand", employee.Feed{Before: mark(2000), Now: mark(1981), Known: 2000, Missing: 19}, nil, false},
		{"twenty of two thousand", employee.Feed{Before: mark(2000), Now: mark(1980), Known: 2000, Missing: 20}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"199 of twenty thousand", employee.Feed{Before: mark(20000), Now: mark(19801), Known: 20000, Missing: 199}, nil, false},
		{"200 of twenty thousand", employee.Feed{Before: mark(20000), Now: mark(19800), Known: 20000, Missing: 200}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"all of three", employee.Feed{Before: mark(3), Now: mark(3), Known: 3, Missing: 3}, []employee.PollCause{employee.HeadcountDrop}, true},
		{"nobody has an address any more", employee.Feed{Before: mark(250), Now: mark(250, none("email")), Known: 250}, []employee.PollCause{employee.SchemaDrift}, true},
		{"no departure date is left", employee.Feed{Before: mark(250), Now: mark(250, none("departure_date")), Known: 250}, []employee.PollCause{employee.SchemaDrift}, true},
		{"the only two dates were cleared", employee.Feed{Before: mark(20), Now: mark(20, none("departure_date")), Known: 20}, nil, false},
		{"somebody else's token", employee.Feed{Before: mark(250), Now: mark(250, ownedBy("p2", employee.Active)), Known: 250}, []employee.PollCause{employee.OwnerChanged}, true},
		{"an owner who has left", employee.Feed{Before: mark(250), Now: mark(250, ownedBy("p1", employee.Inactive)), Known: 250}, []employee.PollCause{employee.OwnerInactive}, false},
		{"an owner who has left, at first sight", employee.Feed{Now: mark(250, ownedBy("p1", employee.Inactive))}, []employee.PollCause{employee.OwnerInactive}, false},
		{"an owner who is not named", employee.Feed{Before: mark(250), Now: mark(250, ownedBy("", "")), Known: 250}, nil, false},
		{"an owner who is named now", employee.Feed{Before: mark(250, ownedBy("", "")), Now: mark(250), Known: 250}, nil, false},
		{"everything at once", employee.Feed{Before: mark(250), Now: mark(100, ownedBy("p2", employee.Active), none("email")), Known: 250, Missing: 150},
			[]employee.PollCause{employee.OwnerChanged, employee.SchemaDrift, employee.HeadcountDrop}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []employee.PollCause
			for _, d := range guard.Believe(p, c.feed) {
				got = append(got, d.Cause)
				if d.What == "" || d.Why == "" || d.Mend == "" || d.Acceptable != c.acceptable {
					t.Errorf("%+v", d)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("causes %v, want %v", got, c.want)
			}
		})
	}
}
