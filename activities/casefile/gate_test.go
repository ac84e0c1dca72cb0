package casefile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/internal/employee"
	"tenure/internal/policy"
)

func (o *office) gate() *casefile.Gate {
	return casefile.NewGate(o.store, func() policy.Policy { return o.policy })
}

// refusal is what a gate says to a person; empty when it lets pass. Anything but a Conflict is a fault.
func refusal(t *testing.T, err error) string {
	t.Helper()
	var p *activities.Problem
	if err != nil && (!errors.As(err, &p) || p.Type != activities.Conflict || p.Mend == "") {
		t.Fatalf("no refusal that people can read: %v", err)
	}
	if p == nil {
		return ""
	}
	return p.Text
}

// daysFromNow is a day so far from today; the gate goes by the clock on the wall.
func daysFromNow(n int) employee.Date {
	d := time.Now().UTC().AddDate(0, 0, n)
	return employee.Date{Year: d.Year(), Month: d.Month(), Day: d.Day()}
}

func from(n int) edit  { return func(e *employee.Employee) { e.StartDate = daysFromNow(n) } }
func until(n int) edit { return func(e *employee.Employee) { e.DepartureDate = daysFromNow(n) } }

func TestGate_ByWhereSomebodyStands(t *testing.T) {
	for _, c := range []struct {
		name       string
		edits      []edit
		give, open string
	}{
		{"works here", nil, "", ""},
		{"leaves next week", []edit{until(7)}, "", ""},
		{"starts next week", []edit{from(7), is(employee.Pending)}, "", "E3 may not sign in: the first day is "},
		{"on leave", []edit{onLeave}, "nothing is given to E3: HR has them on leave of absence", "E3 may not sign in: HR has them on leave of absence"},
		{"inactive", []edit{is(employee.Inactive)}, "nothing is given to E3: HR has E3 as inactive", "E3 may not sign in: HR has E3 as inactive"},
		{"whose last day is over", []edit{until(-2)}, "nothing is given to E3: the last day of E3, ", "E3 may not sign in: the last day of E3, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := roleOffice(t, with(somebody("E3", ""), c.edits...)).gate()
			give, open := refusal(t, g.MayGive(t.Context(), ref("E3"))), refusal(t, g.MayOpen(t.Context(), ref("E3")))
			for _, said := range []struct{ got, want string }{{give, c.give}, {open, c.open}} {
				if !strings.HasPrefix(said.got, said.want) || (said.got == "") != (said.want == "") {
					t.Errorf("%q, want %q", said.got, said.want)
				}
			}
		})
	}
}

// HR can speak between the two questions of one writer.
func TestGate_ReadsHRAnewEachTime(t *testing.T) {
	o := roleOffice(t)
	g := o.gate()
	if said := refusal(t, g.MayOpen(t.Context(), ref("E3"))); said != "" {
		t.Fatal(said)
	}
	people := company()
	people[2].Status = employee.Inactive
	o.scan(t, people)
	if said := refusal(t, g.MayOpen(t.Context(), ref("E3"))); !strings.Contains(said, "HR has E3 as inactive") {
		t.Errorf("%q", said)
	}
}

func TestGate_Unknown_IsRefused(t *testing.T) {
	if said := refusal(t, roleOffice(t).gate().MayGive(t.Context(), ref("E99"))); !strings.Contains(said, "HR knows nobody of that id") {
		t.Errorf("%q", said)
	}
}

func TestGate_StoreAway_IsAFaultAndNoRefusal(t *testing.T) {
	o := roleOffice(t)
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	g := o.gate()
	for name, ask := range map[string]func(context.Context, activities.CaseRef) error{"give": g.MayGive, "open": g.MayOpen, "shut": g.Shut, "lift": g.Lift} {
		if p := activities.ProblemOf(ask(context.Background(), ref("E3"))); p.Type != activities.Unavailable {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestGate_WhatACaseShut_StaysShutForEveryOther(t *testing.T) {
	o := roleOffice(t)
	g := o.gate()
	cut := ref("E3")
	for range 2 { // a retry puts up nothing twice
		if err := g.Shut(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
	}
	other := cut
	other.Case, other.Run = "onboard/E3", "run-9"
	for _, said := range []string{refusal(t, g.MayGive(t.Context(), other)), refusal(t, g.MayOpen(t.Context(), other))} {
		if !strings.Contains(said, "offboard/E3 ended the access on the word of cli:jo") {
			t.Errorf("%q", said)
		}
	}
	// Another run of the same case is another offboarding: its rescind opens nothing.
	again := cut
	again.Run = "run-2"
	if said := refusal(t, g.Lift(t.Context(), again)); !strings.Contains(said, "offboard/E3 keeps E3 out as well") {
		t.Errorf("%q", said)
	}
	if said := refusal(t, g.MayOpen(t.Context(), again)); said == "" {
		t.Error("a rescind of another run let them in")
	}
	for range 2 {
		if err := g.Lift(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
	}
	if said := refusal(t, g.MayOpen(t.Context(), other)); said != "" {
		t.Errorf("after the rescind: %q", said)
	}
}

// Where nothing but a rescind gives access, it is not kept from doing so by a leaving of years ago.
func TestGate_Lift_WithoutAMapping_TakesDownWhatWasLeftBehind(t *testing.T) {
	o := newOffice(t)
	o.shut(t, "E3", "offboard/E3", "run-0", scanned)
	g := o.gate()
	if err := g.Shut(t.Context(), ref("E3")); err != nil {
		t.Fatal(err)
	}
	if said := refusal(t, g.Lift(t.Context(), ref("E3"))); said != "" {
		t.Errorf("%q", said)
	}
	if _, stands, err := o.store.Fence(t.Context(), "E3"); stands || err != nil {
		t.Errorf("something stands: %v", err)
	}
}

// A rescind reactivates nobody whom HR says is gone: the fence is not all that keeps people out.
func TestGate_LiftedFence_LeavesHRsWord(t *testing.T) {
	o := roleOffice(t, with(somebody("E3", ""), is(employee.Inactive)))
	g := o.gate()
	if err := g.Shut(t.Context(), ref("E3")); err != nil {
		t.Fatal(err)
	}
	if err := g.Lift(t.Context(), ref("E3")); err != nil {
		t.Fatal(err)
	}
	if said := refusal(t, g.MayOpen(t.Context(), ref("E3"))); !strings.Contains(said, "inactive") {
		t.Errorf("%q", said)
	}
}

// Whichever of a person's records a case runs under, it shuts out the person.
func TestGate_JoinedRecords_AreOnePerson(t *testing.T) {
	o := roleOffice(t, somebody("E3", ""), somebody("E4", ""))
	o.join(t, "E4", "E3")
	g := o.gate()
	if err := g.Shut(t.Context(), ref("E4")); err != nil {
		t.Fatal(err)
	}
	if said := refusal(t, g.MayOpen(t.Context(), ref("E3"))); !strings.Contains(said, "offboard/E4") {
		t.Errorf("%q", said)
	}
}

// Quick enough to be asked twice for every write.
func BenchmarkGate(b *testing.B) {
	var people []employee.Employee
	for i := range 2000 {
		people = append(people, somebody(fmt.Sprintf("E%d", i), ""))
	}
	g := newOffice(b, people...).gate()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if err := g.MayOpen(b.Context(), ref(fmt.Sprintf("E%d", i%2000))); err != nil {
			b.Fatal(err)
		}
	}
}
