package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tenure/internal/employee"
)

// HR corrects what is held: the events are cancelled, and what corrects them goes on to a case opened by hand.
func TestHeld_HRTakesItBack(t *testing.T) {
	for _, c := range []struct {
		name         string
		before       func(*employee.Employee)
		change, back func(*employee.Employee)
		want         map[string]int
	}{
		{"active again", active, inactive, active, map[string]int{waiting: 30, corrected: 30}},
		{"date cleared", active, on(friday), on(employee.Date{}), map[string]int{waiting: 30, corrected: 30}},
		{"inactive again", inactive, active, inactive, map[string]int{corrected: 60}},
		{"date set again", on(friday), on(employee.Date{}), on(friday), map[string]int{waiting: 30, corrected: 30}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := watch(t, 200)
			w.edit(0, 30, c.before)
			w.people = slices.Clone(w.people)
			w.Store = fresh(t)
			w.dir = w.Directory(w.dir.judge)
			w.scan() // the baseline
			w.edit(0, 30, c.change)
			if sum := w.scan(); sum.Held != 30 {
				t.Fatalf("%+v", sum)
			}
			w.now = w.now.Add(time.Minute)
			w.edit(0, 30, c.back)
			if sum := w.scan(); sum.Held != 0 || sum.Batch != "" {
				t.Errorf("the correction is held: %+v", sum)
			}
			w.wants(c.want)
			b := w.batch("B1")
			if b.State != employee.BatchWithdrawn || b.People[0].State != employee.PersonCorrected || b.People[0].Note == "" {
				t.Errorf("%+v", b)
			}
		})
	}
}

func TestHeld_OneTakenBack_TheOthersAreReleased(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	p := w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 30)}).Batch.Proposal
	w.now = w.now.Add(time.Minute)
	w.edit(0, 1, active)
	w.scan()
	got := w.decided("B1", Decision{By: "cli:kim", Nonce: p.Nonce})
	if !got.Done || len(events(t, w.Store)) != 30 { // 29 leavers, and the return of the one
		t.Errorf("%+v, %d events", got, len(events(t, w.Store)))
	}
	w.wants(map[string]int{waiting: 30, corrected: 1})
}

// What HR says again of somebody who is held joins the batch in the place of what was said before.
func TestHeld_SaidAgain_JoinsTheBatch(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, on(friday))
	w.scan()
	w.now = w.now.Add(time.Minute)
	w.edit(0, 1, on(employee.Date{Year: 2026, Month: time.December, Day: 1}))
	w.edit(1, 2, inactive)
	if sum := w.scan(); sum.Held != 2 || sum.Batch != "" {
		t.Errorf("%+v", sum)
	}
	w.wants(map[string]int{held: 30, superseded: 2})
	b := w.batch("B1")
	if len(b.Held()) != 30 || fmt.Sprint(b.People[1].Kinds) != "[left]" {
		t.Errorf("%+v", b.People[:2])
	}
}

// The last day of somebody who is scheduled is no surprise, however many there are; of somebody who is not, it is.
func TestAnnouncedLeavers_AreNotHeld(t *testing.T) {
	w := watch(t, 200)
	for i := range 12 { // in the course of twelve weeks
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, on(friday))
		if sum := w.scan(); sum.Held != 0 {
			t.Fatalf("%+v", sum)
		}
	}
	for _, e := range events(t, w.Store) {
		if err := w.MarkDispatched(t.Context(), e.Seq, "scheduled"); err != nil {
			t.Fatal(err)
		}
	}
	w.now = friday.At(22, 0, time.UTC)
	w.edit(0, 12, inactive)
	if sum := w.scan(); sum.Events != 12 || sum.Held != 0 {
		t.Errorf("announced leavers: %+v", sum)
	}
	w.edit(20, 32, func(e *employee.Employee) { e.Status, e.DepartureDate = employee.Inactive, friday })
	if sum := w.scan(); sum.Held != 12 {
		t.Errorf("leavers whose day came with the news: %+v", sum)
	}
}
