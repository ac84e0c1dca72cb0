package employee

import (
	"reflect"
	"testing"
	"time"
)

func typed(w WorkerType) func(*Employee) { return func(e *Employee) { e.WorkerType = w } }
func absent(e *Employee)                 { e.OnLeave = true }

// Every change HR can make, and what it is called.
func TestDiff_Classes(t *testing.T) {
	next := Date{2026, time.December, 1}
	past := Date{2026, time.October, 30}
	cases := []struct {
		name   string
		before []Employee
		after  []Employee
		want   [][]Class
	}{
		{"leaver", []Employee{person()}, []Employee{person(status(Inactive))}, [][]Class{{Leaver}}},
		{"leaver with the date set on the same day", []Employee{person()}, []Employee{person(status(Inactive), leaves(Date{2026, time.November, 3}))}, [][]Class{{Leaver}}},
		{"leaver of whom HR said so late", []Employee{person()}, []Employee{person(status(Inactive), leaves(past))}, [][]Class{{Leaver, Backdated}}},
		{"leaver whose day was known", []Employee{person(leaves(past))}, []Employee{person(status(Inactive), leaves(past))}, [][]Class{{Leaver}}},
		{"an offer called off", []Employee{person(status(Pending))}, []Employee{person(status(Inactive))}, [][]Class{{HireCalledOff}}},
		{"departure set", []Employee{person()}, []Employee{person(leaves(last))}, [][]Class{{DepartureSet}}},
		{"departure set too late", []Employee{person()}, []Employee{person(leaves(past))}, [][]Class{{DepartureSet, Backdated}}},
		{"departure later", []Employee{person(leaves(last))}, []Employee{person(leaves(next))}, [][]Class{{DeparturePostponed}}},
		{"departure earlier", []Employee{person(leaves(next))}, []Employee{person(leaves(last))}, [][]Class{{DepartureAdvanced}}},
		{"departure cleared", []Employee{person(leaves(last))}, []Employee{person()}, [][]Class{{DepartureCleared}}},
		{"rehire on the same profile", []Employee{person(status(Inactive))}, []Employee{person()}, [][]Class{{Rehire}}},
		{"joiner", nil, []Employee{person(status(Pending))}, [][]Class{{Joiner}}},
		{"joiner for a fixed time", nil, []Employee{person(leaves(last))}, [][]Class{{Joiner}, {FixedTerm}}},
		{"started", []Employee{person(status(Pending))}, []Employee{person()}, [][]Class{{Started}}},
		{"mover under another manager", []Employee{person()}, []Employee{person(dept("Support"), func(e *Employee) { e.ManagerProfileID = "p9" })}, [][]Class{{ManagerChanged, Mover}}},
		{"renamed with the address", []Employee{person()}, []Employee{person(func(e *Employee) { e.LastName, e.Email = "New", "new@example.com" })}, [][]Class{{Renamed, EmailChanged}}},
		{"contractor hired", []Employee{person(typed(Contractor))}, []Employee{person(typed(FullTime))}, [][]Class{{Converted}}},
		{"employee turned freelance", []Employee{person(typed(PartTime))}, []Employee{person(typed(Freelance))}, [][]Class{{Converted}}},
		{"more hours", []Employee{person(typed(PartTime))}, []Employee{person(typed(FullTime))}, [][]Class{{WorkerTypeOnly}}},
		{"leave began", []Employee{person()}, []Employee{person(absent)}, [][]Class{{LeaveBegan}}},
		{"leave ended", []Employee{person(absent)}, []Employee{person()}, [][]Class{{LeaveEnded}}},
		{"first day moved", []Employee{person()}, []Employee{person(func(e *Employee) { e.StartDate = next })}, [][]Class{{StartMoved}}},
		{"another cost centre", []Employee{person(custom("costCenter", "100"))}, []Employee{person(custom("costCenter", "200"))}, [][]Class{{DetailChanged}}},
		{"another department with its cost centre", []Employee{person()}, []Employee{person(dept("Support"), custom("costCenter", "200"))}, [][]Class{{Mover, DetailChanged}}},
		{"a further field after leaving", []Employee{person(status(Inactive))}, []Employee{person(status(Inactive), custom("costCenter", "200"))}, [][]Class{{AfterLeaving}}},
		{"moved house", []Employee{person()}, []Employee{person(func(e *Employee) { e.Home.City = "Troy" })}, [][]Class{{ContactChanged}}},
		{"edited after leaving", []Employee{person(status(Inactive))}, []Employee{person(status(Inactive), dept("None"))}, [][]Class{{AfterLeaving}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got [][]Class
			for _, e := range Diff(c.before, c.after, detected) {
				got = append(got, e.What)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("classes %v, want %v", got, c.want)
			}
		})
	}
}

// A new profile with somebody's address is proposed as that person, whoever it may be, and linked to nobody.
func TestDiff_NewProfileWithAKnownAddress_IsProposed(t *testing.T) {
	old := person(status(Inactive), func(e *Employee) { e.PersonalEmail = "sam@example.org" })
	twin := person(func(e *Employee) {
		e.ID, e.ProfileID, e.Email, e.PersonalEmail = "E2", "p2", "kim@example.com", "kim@example.org"
	})
	fresh := func(email, personal string) Employee {
		return Employee{ID: "E9", ProfileID: "p9", Email: email, PersonalEmail: personal, Status: Pending}
	}
	for _, c := range []struct {
		name string
		who  Employee
		want []Match
		what []Class
	}{
		{"the address of somebody who left", fresh("SAM@example.com ", ""), []Match{{"E1", ByEmail, Inactive}}, []Class{Joiner, LikelyRehire}},
		{"the private address", fresh("s.lake@example.com", "Sam@example.org"), []Match{{"E1", ByPersonalEmail, Inactive}}, []Class{Joiner, LikelyRehire}},
		{"both of one person", fresh("sam@example.com", "sam@example.org"), []Match{{"E1", ByEmail, Inactive}}, []Class{Joiner, LikelyRehire}},
		{"of two people", fresh("sam@example.com", "kim@example.org"), []Match{{"E1", ByEmail, Inactive}, {"E2", ByPersonalEmail, Active}}, []Class{Joiner, LikelyRehire, LikelyDuplicate}},
		{"nobody's", fresh("new@example.com", ""), nil, []Class{Joiner}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := Diff([]Employee{old, twin}, []Employee{old, twin, c.who}, detected)
			if len(events) != 1 || events[0].Employee != "E9" || !reflect.DeepEqual(events[0].Matches, c.want) || !reflect.DeepEqual(events[0].What, c.what) {
				t.Errorf("events %+v", events)
			}
		})
	}
}

func TestDate_OverAndCome_GoByTheWholeEarth(t *testing.T) {
	d := Date{2026, time.November, 30}
	for _, c := range []struct {
		at         string
		come, over bool
	}{
		{"2026-11-29T09:59:59Z", false, false},
		{"2026-11-29T10:00:00Z", true, false}, // midnight on the Line Islands
		{"2026-12-01T11:59:59Z", true, false},
		{"2026-12-01T12:00:00Z", true, true}, // the day ends on Baker Island
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if d.Come(at) != c.come || d.Over(at) != c.over {
			t.Errorf("%s: come %v, over %v", c.at, d.Come(at), d.Over(at))
		}
	}
	if (Date{}).Come(detected) || (Date{}).Over(detected) {
		t.Error("no date comes or is over")
	}
}
