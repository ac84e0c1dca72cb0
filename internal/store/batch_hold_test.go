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

// handled marks everything that can be dispatched as done.
func (w *watched) handled() {
	w.t.Helper()
	for _, e := range events(w.t, w.Store) {
		if err := w.MarkDispatched(w.t.Context(), e.Seq, "done"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A batch of leavers is rejected or expires, HR puts them back, and then one of them really leaves.
func TestHeld_LeavesAfterTheMistakeWasOver_IsDispatched(t *testing.T) {
	for name, over := range map[string]func(w *watched){
		"rejected": func(w *watched) {
			reject := Decision{By: "cli:jo", Verb: employee.RejectBatch}
			reject.Nonce, reject.By = w.decided("B1", reject).Batch.Proposal.Nonce, "cli:kim"
			w.decided("B1", reject)
		},
		"expired": func(w *watched) {
			w.now = w.now.Add(24 * time.Hour)
			if _, err := w.ExpireBatches(t.Context(), w.now); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := watch(t, 200)
			w.edit(0, 30, inactive)
			w.scan()
			over(w)
			w.edit(0, 30, active)
			if sum := w.scan(); sum.Held != 0 {
				t.Errorf("calling off what was never begun is held: %+v", sum)
			}
			w.handled()
			w.edit(4, 5, inactive)
			if sum := w.scan(); sum.Held != 0 {
				t.Errorf("%+v", sum)
			}
			if got := events(t, w.Store); len(got) != 1 || got[0].Event.Kind != employee.Left || got[0].Event.Employee != "E4" {
				t.Errorf("outbox %+v", got)
			}
		})
	}
}

// Thirty who left long ago come back by mistake, which is held. One of them is set inactive again: whatever became of
// the first leaving, this one is weighed like any other, and nobody's return is left to be released.
func TestHeld_ReturnThenLeft_TheLeavingGoesOn(t *testing.T) {
	w := watch(t, 200)
	for i := range 30 {
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, inactive)
		w.scan()
	}
	w.handled()
	w.now = w.now.Add(2 * time.Hour)
	w.edit(0, 30, active)
	if sum := w.scan(); sum.Held != 30 {
		t.Fatalf("%+v", sum)
	}
	w.edit(3, 4, inactive)
	if sum := w.scan(); sum.Held != 0 {
		t.Errorf("%+v", sum)
	}
	if got := events(t, w.Store); len(got) != 1 || got[0].Event.Kind != employee.Left || got[0].Event.Employee != "E3" {
		t.Errorf("outbox %+v", got)
	}
	if b := w.batch("B1"); b.State != employee.BatchHeld || len(b.Held()) != 29 {
		t.Errorf("%+v", b)
	}
	// All the others at once are a burst of leavers.
	w.edit(0, 3, inactive)
	w.edit(4, 30, inactive)
	if sum := w.scan(); sum.Held != 29 || sum.Batch != "B2" || w.batch("B1").State != employee.BatchWithdrawn {
		t.Errorf("%+v", sum)
	}
}

// Dates that were cleared and are held: the same date again puts back what was, another one is a burst like any other.
func TestHeld_ClearedThenAnotherDate_IsWeighed(t *testing.T) {
	w := watch(t, 200)
	for i := range 30 {
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, on(employee.Date{Year: 2027, Month: time.March, Day: 1}))
		w.scan()
	}
	w.handled()
	w.now = w.now.Add(2 * time.Hour)
	w.edit(0, 30, on(employee.Date{}))
	if sum := w.scan(); sum.Held != 30 {
		t.Fatalf("%+v", sum)
	}
	w.edit(0, 30, on(friday))
	if sum := w.scan(); sum.Held != 30 || len(events(t, w.Store)) != 0 {
		t.Errorf("%+v, %d events can be dispatched", sum, len(events(t, w.Store)))
	}
}

// Cases wait for a first date, and a second, earlier one was rejected. Clearing the dates calls off what was begun, so it is
// weighed.
func TestHeld_ClearedAfterARejectedDate_IsWeighedWhereACaseWaits(t *testing.T) {
	w := watch(t, 200)
	for i := range 30 {
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, on(employee.Date{Year: 2027, Month: time.March, Day: 1}))
		w.scan()
	}
	w.handled()
	w.now = w.now.Add(2 * time.Hour)
	w.edit(0, 30, on(friday))
	w.scan()
	reject := Decision{By: "cli:jo", Verb: employee.RejectBatch}
	reject.Nonce, reject.By = w.decided("B1", reject).Batch.Proposal.Nonce, "cli:kim"
	w.decided("B1", reject)
	w.edit(0, 30, on(employee.Date{}))
	if sum := w.scan(); sum.Held != 30 {
		t.Errorf("%+v", sum)
	}
}

// What two people were to agree on is what is shown: a date that HR moved is another thing.
func TestHeld_DateMoved_DropsTheProposal(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, on(friday))
	w.scan()
	p := w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 30)}).Batch.Proposal
	if b := w.batch("B1"); b.People[0].Departure != friday {
		t.Errorf("%+v", b.People[0])
	}
	next := employee.Date{Year: 2026, Month: time.December, Day: 1}
	w.edit(3, 4, on(next))
	w.scan()
	_, err := w.decide("B1", Decision{By: "cli:kim", Nonce: p.Nonce})
	refusedAs(t, err, RefusedConflict, "not asked for any more")
	b := w.batch("B1")
	if b.Proposal != nil || !slices.ContainsFunc(b.People, func(p employee.BatchPerson) bool { return p.Employee == "E3" && p.Departure == next }) {
		t.Errorf("%+v", b)
	}
	w.wants(map[string]int{held: 30, superseded: 1})
	// Somebody who is not named may change: what is proposed for the others stands.
	p = w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 3)}).Batch.Proposal
	w.edit(9, 10, on(next))
	w.scan()
	if got := w.decided("B1", Decision{By: "cli:kim", Nonce: p.Nonce}); !got.Done {
		t.Errorf("%+v", got)
	}
}

// Somebody who leaves an hour before an old batch expires is not dropped with it.
func TestHeld_LeftJoinsAnOldBatch_GivesTime(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, on(friday))
	w.scan()
	ends := w.batch("B1").Expires
	w.edit(1, 2, on(employee.Date{Year: 2026, Month: time.December, Day: 1}))
	w.now = ends.Add(-time.Hour)
	if w.scan(); !w.batch("B1").Expires.Equal(ends) {
		t.Error("another date gives time")
	}
	w.edit(0, 1, inactive)
	w.scan()
	if got := w.batch("B1").Expires; !got.Equal(w.now.Add(4 * time.Hour)) {
		t.Errorf("it expires at %s, and somebody left at %s", got, w.now)
	}
}

// Only a leaving that was known is no surprise: its date was dispatched, nothing else was heard since, and its day is
// just over.
func TestAnnouncedLeavers_WhatIsNotOne(t *testing.T) {
	for name, between := range map[string]func(w *watched){
		"long ago": func(w *watched) { w.now = friday.At(22, 0, time.UTC).Add(10 * 24 * time.Hour) },
		"came back since": func(w *watched) {
			w.now = friday.At(1, 0, time.UTC)
			w.edit(0, 12, inactive)
			w.scan()
			w.handled()
			w.now = w.now.Add(2 * time.Hour)
			w.edit(0, 12, active)
			w.scan()
			p := w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 12)}).Batch.Proposal
			w.decided("B1", Decision{By: "cli:kim", Nonce: p.Nonce})
			w.handled()
			w.now = w.now.Add(2 * time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := watch(t, 200)
			for i := range 12 {
				w.now = w.now.Add(2 * time.Hour)
				w.edit(i, i+1, on(friday))
				w.scan()
			}
			w.handled()
			between(w)
			w.edit(0, 12, inactive)
			if sum := w.scan(); sum.Held != 12 {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// Days that were put off are harmless where a case waits for them: not where the first date was rejected.
func TestPostponed_OfARejectedDate_IsHeld(t *testing.T) {
	later := employee.Date{Year: 2026, Month: time.December, Day: 18}
	w := watch(t, 200)
	w.edit(0, 30, on(friday))
	w.scan()
	reject := Decision{By: "cli:jo", Verb: employee.RejectBatch}
	reject.Nonce, reject.By = w.decided("B1", reject).Batch.Proposal.Nonce, "cli:kim"
	w.decided("B1", reject)
	w.edit(0, 30, on(later))
	if sum := w.scan(); sum.Held != 30 {
		t.Errorf("%+v", sum)
	}
}

func TestPostponed_OfADispatchedDate_IsNotHeld(t *testing.T) {
	w := watch(t, 200)
	for i := range 12 {
		w.now = w.now.Add(2 * time.Hour)
		w.edit(i, i+1, on(friday))
		w.scan()
	}
	w.handled()
	w.now = w.now.Add(2 * time.Hour)
	w.edit(0, 12, on(employee.Date{Year: 2026, Month: time.December, Day: 18}))
	if sum := w.scan(); sum.Held != 0 || sum.Events != 12 {
		t.Errorf("%+v", sum)
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
