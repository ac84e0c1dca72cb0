package dispatch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/workflows"
)

// hr is an HR department that edits one record at random, and a directory watch that reads it now and then.
type hr struct {
	*rand.Rand
	now     time.Time
	record  employee.Employee
	read    employee.Employee
	waiting []employee.Event
	past    []employee.Event
}

func (h *hr) day() employee.Date {
	d := h.now.AddDate(0, 0, h.IntN(40)-20)
	return employee.Date{Year: d.Year(), Month: d.Month(), Day: d.Day()}
}

func (h *hr) edit() {
	e := &h.record
	switch h.IntN(9) {
	case 0:
		e.Status = employee.Inactive
	case 1, 2:
		e.Status = employee.Active
	case 3:
		e.Status = employee.Pending
	case 4:
		e.OnLeave = !e.OnLeave
	case 5:
		e.DepartureDate = h.day()
	case 6:
		e.DepartureDate = employee.Date{}
	case 7:
		e.StartDate = h.day()
	case 8:
		e.Title += "x"
	}
	e.UpdatedAt = h.now
}

// watch reads the record.
func (h *hr) watch() {
	h.waiting = append(h.waiting, employee.Compare(h.read, h.record, h.now)...)
	h.read = h.record
}

// next is the event that is delivered now: any that waits, or one that was delivered before.
func (h *hr) next() (employee.Event, bool) {
	if len(h.past) > 0 && h.IntN(4) == 0 {
		return h.past[h.IntN(len(h.past))], true
	}
	if len(h.waiting) == 0 {
		return employee.Event{}, false
	}
	i := h.IntN(len(h.waiting))
	e := h.waiting[i]
	h.waiting = slices.Delete(h.waiting, i, i+1)
	h.past = append(h.past, e)
	return e, true
}

// cases are the processes of one person that were started, the last one last; when an Offboard begins.
type cases struct {
	last  workflows.Process
	by    employee.Event
	begin time.Time
}

func (c *cases) hear(e employee.Event, r route, now time.Time) {
	if e.Kind == employee.Staying && slices.Contains(r.tell, offboard) {
		c.begin = time.Time{}
	}
	for _, p := range r.start {
		switch {
		case p != offboard:
			c.last, c.by = p, e
		case r.at.IsZero():
			c.last, c.by, c.begin = p, e, now
		default:
			c.begin = r.at
		}
	}
}

// fits says whether what was started last is what the final stand asks for.
func (c *cases) fits(stand role.Stand, status employee.Status, ends, now time.Time) bool {
	comesBack := c.by.Kind == employee.Returned || c.by.Kind == employee.Staying || c.by.Kind == employee.Departing || c.by.Kind == employee.Joining
	if stand != role.Gone && !ends.IsZero() && !c.begin.Equal(ends) {
		return false // nobody waits for the last day
	}
	switch stand {
	case role.Gone:
		if status == employee.Inactive {
			return c.last == offboard
		}
		return c.begin.Equal(ends) || !c.begin.IsZero() && !c.begin.After(now) && (c.last == offboard || comesBack)
	case role.Away:
		return c.last == leave || c.last == onboard && comesBack
	case role.Expected:
		return c.last == onboard
	case role.Here:
		return c.last != offboard // a Leave brings back whoever is
	}
	return false
}

// Whatever HR edits, and however late, often and disordered the events come: once all were delivered, what was started
// last is what the record asks for as it is.
func TestRoute_RandomHistories_TheFinalStandDecides(t *testing.T) {
	p, err := policy.Parse("p.yaml", []byte("version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"))
	if err != nil {
		t.Fatal(err)
	}
	stands := map[role.Stand]int{}
	for seed := range uint64(1500) {
		h := &hr{Rand: rand.New(rand.NewPCG(seed, 4)), now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
		h.record = employee.Employee{ID: "E1", ProfileID: "p1", Status: employee.Active, Email: "e1@example.com"}
		h.read = h.record
		var c cases
		var log []string
		deliver := func() bool {
			e, is := h.next()
			if is {
				r := routeOf(e, newPerson(p, h.read, h.read, []employee.Employee{h.read}, e, h.now), true)
				c.hear(e, r, h.now)
				log = append(log, fmt.Sprintf("%s %v -> %s", e.Kind, e.What, r))
			}
			return is
		}
		for range 3 + h.IntN(12) {
			h.edit()
			if h.IntN(2) == 0 {
				h.watch()
			}
			if h.IntN(2) == 0 {
				deliver()
			}
		}
		h.watch()
		for len(h.waiting) > 0 {
			deliver()
		}
		if len(h.past) == 0 {
			continue
		}
		who := newPerson(p, h.read, h.read, []employee.Employee{h.read}, employee.Event{}, h.now)
		stands[who.stand]++
		if !c.fits(who.stand, h.read.Status, who.ends, h.now) {
			t.Fatalf("seed %d: %s started last, for somebody who is %s, %s, until %s:\n%s", seed, c.last, who.stand, h.read.Status, who.ends, log)
		}
	}
	for _, s := range []role.Stand{role.Gone, role.Away, role.Expected, role.Here} {
		if stands[s] < 40 {
			t.Errorf("%d histories ended %s", stands[s], s)
		}
	}
}
