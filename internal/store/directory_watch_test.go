package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tenure/internal/employee"
)

var (
	me    = employee.TokenOwner{ProfileID: "p0", Status: employee.Active}
	other = employee.TokenOwner{ProfileID: "p1", Status: employee.Active}
)

func (w *watched) distrusted(owner employee.TokenOwner, cause employee.PollCause) {
	w.t.Helper()
	_, err := w.try(owner)
	var d *employee.Distrust
	if !errors.As(err, &d) || d.Cause != cause {
		w.t.Fatalf("error %v, want distrust for %s", err, cause)
	}
}

func (w *watched) state() Watch {
	w.t.Helper()
	s, err := w.Watch(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestApply_NotBelieved_IsDiscardedWholeAndNoted(t *testing.T) {
	w := watch(t, 200)
	good := w.state()
	if good.Poll.Outcome != employee.PollAccepted || good.Accepted.Profiles != 200 || good.Accepted.Owner != me || good.Poll.Distrust != nil {
		t.Fatalf("%+v", good)
	}
	everybody := w.people
	w.edit(150, 151, inactive)
	w.people = slices.Clone(w.people[100:]) // and a hundred are not shown
	w.distrusted(me, employee.HeadcountDrop)
	first := w.now
	w.distrusted(me, employee.HeadcountDrop)
	bad := w.state()
	if p := bad.Poll; p.Outcome != employee.PollDiscarded || !p.Since.Equal(first) || !p.At.Equal(w.now) || p.Profiles != 100 || p.Distrust.Missing != 100 {
		t.Errorf("%+v", p)
	}
	if fmt.Sprint(bad.Accepted) != fmt.Sprint(good.Accepted) {
		t.Errorf("accepted %+v, want %+v", bad.Accepted, good.Accepted)
	}
	if p, _ := w.Person(t.Context(), "E150"); p.Status != employee.Active || len(events(t, w.Store)) != 0 {
		t.Error("a reading that was not believed left something behind")
	}
	w.people = everybody
	if sum := w.scan(); sum.Events != 1 { // the leaver, seen at last; nobody of the hundred
		t.Errorf("%+v", sum)
	}
	if mended := w.state(); mended.Poll.Outcome != employee.PollAccepted || mended.Trouble.Distrust == nil || !mended.Trouble.Since.Equal(first) {
		t.Errorf("%+v", mended)
	}
}

func TestAccept_ANewToken_OnAWordGivenTwice(t *testing.T) {
	w := watch(t, 200)
	if _, _, err := w.Accept(t.Context(), Acceptance{By: "cli:jo"}); err == nil {
		t.Error("there was nothing to accept")
	}
	w.distrusted(other, employee.OwnerChanged)
	_, _, err := w.Accept(t.Context(), Acceptance{})
	refusedAs(t, err, RefusedInput, "who accepts")
	what, nonce, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "new token", At: w.now})
	if err != nil || nonce == "" || what.Subject != "p1" {
		t.Fatalf("%+v, %q, %v", what, nonce, err)
	}
	if _, again, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "new token", At: w.now}); err != nil || again != nonce {
		t.Errorf("asked twice: %q, %v", again, err)
	}
	w.distrusted(other, employee.OwnerChanged) // once is not enough
	_, _, err = w.Accept(t.Context(), Acceptance{By: "cli:jo", Nonce: "00000000"})
	refusedAs(t, err, RefusedConflict, "not the one")
	if _, _, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "new token", Nonce: nonce, At: w.now}); err != nil {
		t.Fatal(err)
	}
	w.distrusted(employee.TokenOwner{ProfileID: "p2", Status: employee.Active}, employee.OwnerChanged) // a third one was not meant
	if _, err := w.try(other); err != nil {
		t.Fatal(err)
	}
	if _, err := w.try(other); err != nil { // it is the known owner now
		t.Fatal(err)
	}
	w.distrusted(me, employee.OwnerChanged)
	records, err := w.CaseEvidence(t.Context(), watchCase)
	if err != nil || len(records) != 2 || records[0].Actor != "cli:jo" {
		t.Errorf("evidence %+v, %v", records, err)
	}
}

func TestAccept_AHole_ForAsManyAsWereShown(t *testing.T) {
	w := watch(t, 200)
	w.people = slices.Clone(w.people[10:])
	w.distrusted(me, employee.HeadcountDrop)
	_, nonce, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "test profiles were deleted", At: w.now})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "yes", Nonce: nonce, At: w.now}); err != nil {
		t.Fatal(err)
	}
	w.people = slices.Clone(w.people[10:])
	w.distrusted(me, employee.HeadcountDrop) // ten more
	w.people = append(w.people, worker("p10", "E10"), worker("p11", "E11"), worker("p12", "E12"), worker("p13", "E13"), worker("p14", "E14"),
		worker("p15", "E15"), worker("p16", "E16"), worker("p17", "E17"), worker("p18", "E18"), worker("p19", "E19"))
	w.scan()
	w.scan() // they stay missing, and are not missed again
}

// accept gives a person's word for the reading that was thrown away, twice.
func (w *watched) accept() {
	w.t.Helper()
	_, nonce, err := w.Accept(w.t.Context(), Acceptance{By: "cli:jo", Reason: "meant", At: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.Accept(w.t.Context(), Acceptance{By: "cli:jo", Reason: "yes", Nonce: nonce, At: w.now}); err != nil {
		w.t.Fatal(err)
	}
}

// A word is about one reading: whatever looks like it another day was not meant.
func TestAccept_HoldsForTheNextReadingOnly(t *testing.T) {
	t.Run("not after a good one", func(t *testing.T) {
		w := watch(t, 200)
		w.distrusted(other, employee.OwnerChanged)
		w.accept()
		w.scan() // the former token is back
		w.distrusted(other, employee.OwnerChanged)
	})
	t.Run("not after an hour", func(t *testing.T) {
		w := watch(t, 200)
		w.distrusted(other, employee.OwnerChanged)
		w.accept()
		w.now = w.now.Add(time.Hour)
		w.distrusted(other, employee.OwnerChanged)
	})
	t.Run("nor is what was shown an hour ago", func(t *testing.T) {
		w := watch(t, 200)
		w.distrusted(other, employee.OwnerChanged)
		_, nonce, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "meant", At: w.now})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "yes", Nonce: nonce, At: w.now.Add(time.Hour)})
		refusedAs(t, err, RefusedConflict, "more than an hour")
	})
}

// A connection that comes and goes is one trouble, until two polls in a row are good.
func TestPoll_Broken_UntilTwoAreGood(t *testing.T) {
	w := watch(t, 20)
	w.scan()
	fail := func(cause employee.PollCause) employee.Poll {
		w.now = w.now.Add(5 * time.Minute)
		if err := w.dir.Fail(t.Context(), w.now, 0, employee.PollFailed, employee.Distrust{Cause: cause}); err != nil {
			t.Fatal(err)
		}
		return w.state().Poll
	}
	first := fail(employee.Unreachable)
	w.scan()
	again := fail(employee.Refused)
	if first.Broken.IsZero() || !again.Broken.Equal(first.Broken) {
		t.Errorf("broken since %s and %s", first.Broken, again.Broken)
	}
	w.scan()
	w.scan()
	if p := w.state().Poll; p.Streak != 2 || !p.Broken.IsZero() {
		t.Errorf("%+v", p)
	}
	if anew := fail(employee.Refused); !anew.Broken.Equal(anew.At) {
		t.Errorf("a new trouble is broken since %s", anew.Broken)
	}
}

// Two things may be wrong at once: each is accepted by itself.
func TestAccept_TwoCauses(t *testing.T) {
	w := watch(t, 200)
	w.people = slices.Clone(w.people[10:])
	for _, cause := range []employee.PollCause{employee.OwnerChanged, employee.HeadcountDrop} {
		w.distrusted(other, cause)
		_, nonce, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "a new token", At: w.now})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Accept(t.Context(), Acceptance{By: "cli:jo", Reason: "yes", Nonce: nonce, At: w.now}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.try(other); err != nil {
		t.Error(err)
	}
}

func TestAccept_WhatNobodyCanMean_IsRefused(t *testing.T) {
	w := watch(t, 200)
	w.distrusted(employee.TokenOwner{ProfileID: "p0", Status: employee.Inactive}, employee.OwnerInactive)
	_, _, err := w.Accept(t.Context(), Acceptance{By: "cli:jo"})
	refusedAs(t, err, RefusedConflict, "cannot be accepted")
}

func TestFail_SameTroubleHasOneBeginning(t *testing.T) {
	w := watch(t, 20)
	fail := func(cause employee.PollCause) employee.Poll {
		w.now = w.now.Add(5 * time.Minute)
		if err := w.dir.Fail(t.Context(), w.now, 0, employee.PollFailed, employee.Distrust{Cause: cause, What: "w"}); err != nil {
			t.Fatal(err)
		}
		return w.state().Poll
	}
	first, second, third := fail(employee.Unreachable), fail(employee.Unreachable), fail(employee.Refused)
	if !first.Since.Equal(first.At) || !second.Since.Equal(first.At) || !third.Since.Equal(third.At) {
		t.Errorf("since %s, %s, %s", first.Since, second.Since, third.Since)
	}
	w.scan()
	if again := fail(employee.Refused); !again.Since.Equal(again.At) {
		t.Errorf("a trouble that came back began at %s", again.Since)
	}
}

func TestTold_OnceIsOnce(t *testing.T) {
	s := fresh(t)
	for range 2 {
		if err := s.Tell(t.Context(), []string{"a", "b"}, day); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Told(t.Context(), []string{"a", "c"}); err != nil || !got["a"] || got["c"] {
		t.Errorf("%v, %v", got, err)
	}
}

// A baseline starts nothing, so somebody must know whose day nobody waits for.
func TestUnscheduled_AreThoseOfTheBaseline(t *testing.T) {
	s := fresh(t)
	people := []employee.Employee{worker("p1", "E1", on(friday)), worker("p2", "E2"), worker("p3", "E3", on(friday), inactive)}
	apply(t, s, people...)
	people[1].DepartureDate = friday
	apply(t, s, people...)
	w, err := s.Watch(t.Context())
	if err != nil || !slices.Equal(w.Unscheduled, []Unscheduled{{"E1", friday}}) {
		t.Errorf("unscheduled %v, %v", w.Unscheduled, err)
	}
	if got := events(t, s); len(got) != 1 || got[0].Event.Employee != "E2" {
		t.Errorf("outbox %+v", got)
	}
}

func TestBatchesSince_LeavesOutWhatIsLongOver(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	if got, err := w.BatchesSince(t.Context(), w.now.Add(100*time.Hour)); err != nil || len(got) != 1 {
		t.Errorf("a held batch is always there: %+v, %v", got, err)
	}
	if _, err := w.ExpireBatches(t.Context(), w.now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{23 * time.Hour: 1, 25 * time.Hour: 0} {
		if got, err := w.BatchesSince(t.Context(), w.now.Add(after)); err != nil || len(got) != want {
			t.Errorf("since %s: %+v, %v", after, got, err)
		}
	}
}
