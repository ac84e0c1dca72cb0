package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
)

// watched is a company of so many people, scanned once, under the default guard.
type watched struct {
	*Store
	t      *testing.T
	dir    *Directory
	people []employee.Employee
	now    time.Time
}

// defaultGuard is the guard of a company that changed nothing about it.
func defaultGuard(t testing.TB) Judge {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte("version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return guard.New(func() policy.Policy { return p })
}

func watch(t *testing.T, people int) *watched {
	t.Helper()
	s := fresh(t)
	w := &watched{Store: s, t: t, dir: s.Directory(defaultGuard(t)), now: day}
	for i := range people {
		w.people = append(w.people, worker(fmt.Sprintf("p%d", i), fmt.Sprintf("E%d", i), func(e *employee.Employee) { e.Department = fmt.Sprint("D", i%10) }))
	}
	w.scan()
	return w
}

// scan reads the company as it is now, five minutes after the last time.
func (w *watched) scan() employee.ScanSummary {
	w.t.Helper()
	sum, err := w.try(employee.TokenOwner{ProfileID: "p0", Status: employee.Active})
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

func (w *watched) try(owner employee.TokenOwner) (employee.ScanSummary, error) {
	w.now = w.now.Add(5 * time.Minute)
	return w.dir.Apply(w.t.Context(), employee.Scan{At: w.now, People: slices.Clone(w.people), Owner: owner, Filled: map[string]int{"email": len(w.people)}})
}

// edit is HR changing some people at the same moment.
func (w *watched) edit(from, to int, f func(*employee.Employee)) {
	for i := from; i < to; i++ {
		f(&w.people[i])
		w.people[i].UpdatedAt = w.now
	}
}

func active(e *employee.Employee) { e.Status = employee.Active }

func on(d employee.Date) func(*employee.Employee) {
	return func(e *employee.Employee) { e.DepartureDate = d }
}

var friday = employee.Date{Year: 2026, Month: time.November, Day: 27}

func (w *watched) batch(id string) employee.Batch {
	w.t.Helper()
	b, err := w.Batch(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *watched) decide(id string, d Decision) (Decided, error) {
	if d.At.IsZero() {
		d.At = w.now
	}
	if d.Verb == "" {
		d.Verb = employee.ReleaseBatch
	}
	return w.DecideBatch(w.t.Context(), id, d)
}

func (w *watched) decided(id string, d Decision) Decided {
	w.t.Helper()
	got, err := w.decide(id, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// states counts the outbox by state.
func (w *watched) states() map[string]int {
	w.t.Helper()
	n := map[string]int{}
	for _, state := range []string{waiting, held, done, unused, superseded, corrected, rejected, expired} {
		k, err := w.count(w.t.Context(), state)
		if err != nil {
			w.t.Fatal(err)
		}
		if k > 0 {
			n[state] = k
		}
	}
	return n
}

func (w *watched) wants(states map[string]int) {
	w.t.Helper()
	if got := w.states(); fmt.Sprint(got) != fmt.Sprint(states) {
		w.t.Errorf("outbox %v, want %v", got, states)
	}
}

func ids(from, to int) []employee.ID {
	var out []employee.ID
	for i := from; i < to; i++ {
		out = append(out, employee.ID(fmt.Sprint("E", i)))
	}
	slices.Sort(out)
	return out
}

func refusedAs(t *testing.T, err error, kind RefusedKind, word string) {
	t.Helper()
	var no *Refused
	if !errors.As(err, &no) || no.Kind != kind || !strings.Contains(no.Error(), word) || no.Mend == "" {
		t.Errorf("error %v, want a refusal of kind %s with %q", err, kind, word)
	}
}

func TestBatch_ThirtyHeld_TwoPeopleReleaseTwentyNine(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	if sum := w.scan(); sum.Events != 30 || sum.Held != 30 || sum.Batch != "B1" {
		t.Fatalf("summary %+v", sum)
	}
	if len(events(t, w.Store)) != 0 {
		t.Fatal("a held event can be dispatched")
	}
	b := w.batch("b1")
	if b.State != employee.BatchHeld || len(b.Held()) != 30 || !strings.Contains(b.Cause, "30 of 200 people") || b.Expires.Sub(b.Opened) != 24*time.Hour {
		t.Errorf("batch %+v", b)
	}
	first := w.decided("B1", Decision{By: "cli:jo", Except: ids(7, 8), Reason: "the office closes"})
	if first.Done || len(first.Batch.Proposal.People) != 29 || first.Batch.Proposal.Nonce == "" || len(events(t, w.Store)) != 0 {
		t.Fatalf("one person is enough: %+v", first)
	}
	second := w.decided("B1", Decision{By: "slack:U1", Nonce: first.Batch.Proposal.Nonce, Reason: "checked"})
	if !second.Done || second.Batch.State != employee.BatchReleased {
		t.Fatalf("%+v", second)
	}
	got := events(t, w.Store)
	if len(got) != 29 {
		t.Fatalf("%d events can be dispatched, want 29", len(got))
	}
	for _, e := range got {
		if e.Event.Employee == "E7" {
			t.Error("E7 was spared and can be dispatched")
		}
	}
	w.wants(map[string]int{waiting: 29, rejected: 1})
	// The outbox is worked off and the next scans find nothing new: the rejected one is never run.
	for _, e := range got {
		if err := w.MarkDispatched(t.Context(), e.Seq, "started"); err != nil {
			t.Fatal(err)
		}
	}
	if sum := w.scan(); sum.Events != 0 {
		t.Errorf("summary %+v", sum)
	}
	w.wants(map[string]int{done: 29, rejected: 1})
}

func TestBatch_IsEvidence(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	p := w.decided("B1", Decision{By: "cli:jo", Except: ids(7, 8), Reason: "the office closes"}).Batch.Proposal
	w.decided("B1", Decision{By: "cli:kim", Nonce: p.Nonce, Reason: "checked"})
	records, err := w.CaseEvidence(t.Context(), "batch/B1")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprintf("%s %s %d", r.Activity, r.Actor, len(r.Items)))
	}
	want := "[guard.opened tenure:mass-guard 30 guard.asked cli:jo 29 guard.confirmed cli:kim 29 guard.rejected cli:kim 1]"
	if fmt.Sprint(got) != want {
		t.Errorf("evidence %v\nwant     %s", got, want)
	}
	if _, err := w.VerifyEvidence(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBatch_FewLeavers_AreNotHeld(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 2, inactive)
	if sum := w.scan(); sum.Held != 0 || sum.Batch != "" {
		t.Errorf("%+v", sum)
	}
	w.wants(map[string]int{waiting: 2})
}

func TestBatch_DripAcrossScans_HoldsTheNewOnes(t *testing.T) {
	w := watch(t, 200)
	for i := range 5 {
		w.now = w.now.Add(time.Minute)
		w.edit(i, i+1, inactive)
		if sum := w.scan(); (sum.Held == 1) != (i == 4) {
			t.Errorf("leaver %d: %+v", i+1, sum)
		}
	}
	w.wants(map[string]int{waiting: 4, held: 1})
	// While it is held, the next one of the hour is held as well, in a batch of its own: the first one's list stands.
	w.now = w.now.Add(time.Minute)
	w.edit(5, 6, inactive)
	if sum := w.scan(); sum.Batch != "B2" || len(w.batch("B1").People) != 1 {
		t.Errorf("%+v", sum)
	}
	// An hour later the window is empty.
	w.now = w.now.Add(time.Hour)
	w.edit(6, 7, inactive)
	if sum := w.scan(); sum.Held != 0 {
		t.Errorf("%+v", sum)
	}
}

// People have looked at what they released: it does not make the next leaver of the hour suspicious.
func TestBatch_Released_DoNotCountAgain(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 10, inactive)
	w.scan()
	p := w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 10)}).Batch.Proposal
	w.decided("B1", Decision{By: "cli:kim", Nonce: p.Nonce})
	w.now = w.now.Add(time.Minute)
	w.edit(10, 11, inactive)
	if sum := w.scan(); sum.Held != 0 {
		t.Errorf("%+v", sum)
	}
}

func TestExpireBatches_NothingRunsAndThePeopleAreNamed(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	w.decided("B1", Decision{By: "cli:jo", Only: ids(0, 30)})
	if over, err := w.ExpireBatches(t.Context(), w.now.Add(24*time.Hour-time.Second)); err != nil || len(over) != 0 {
		t.Errorf("too early: %+v, %v", over, err)
	}
	over, err := w.ExpireBatches(t.Context(), w.now.Add(24*time.Hour))
	if err != nil || len(over) != 1 || over[0].State != employee.BatchExpired || over[0].Proposal != nil {
		t.Fatalf("%+v, %v", over, err)
	}
	for _, p := range over[0].People {
		if p.State != employee.PersonExpired {
			t.Errorf("%+v", p)
		}
	}
	w.wants(map[string]int{expired: 30})
	if again, err := w.ExpireBatches(t.Context(), w.now.Add(48*time.Hour)); err != nil || len(again) != 0 {
		t.Errorf("it expired again: %+v, %v", again, err)
	}
	_, err = w.decide("B1", Decision{By: "cli:kim", Only: ids(0, 30)})
	refusedAs(t, err, RefusedConflict, "expired")
}

// Whatever goes wrong in the middle, events are never there unheld.
func TestBatch_WhenItCannotBeWritten_NothingIs(t *testing.T) {
	w := watch(t, 200)
	if _, err := w.db.Exec(`ALTER TABLE batch RENAME TO batch_away`); err != nil {
		t.Fatal(err)
	}
	w.edit(0, 30, inactive)
	if _, err := w.try(employee.TokenOwner{}); err == nil {
		t.Fatal("applied without a place for the batch")
	}
	if _, err := w.db.Exec(`ALTER TABLE batch_away RENAME TO batch`); err != nil {
		t.Fatal(err)
	}
	w.wants(map[string]int{})
	if sum := w.scan(); sum.Held != 30 {
		t.Errorf("the next scan: %+v", sum)
	}
}

func TestMarkDispatched_Held_IsRefused(t *testing.T) {
	w := watch(t, 200)
	w.edit(0, 30, inactive)
	w.scan()
	isNotFound(t, w.MarkDispatched(t.Context(), 1, "started"))
	w.wants(map[string]int{held: 30})
}

func TestUnusedEvents_AreFoundAgain(t *testing.T) {
	w := watch(t, 20)
	w.people = append(w.people, worker("p99", "E3")) // with a number that somebody has
	w.edit(3, 4, func(e *employee.Employee) { e.Title = "Analyst" })
	w.scan()
	trivia, err := w.DueEvents(t.Context(), []employee.EventKind{employee.Changed, employee.Joining}, 0, 10)
	if err != nil || len(trivia) != 2 {
		t.Fatalf("%+v, %v", trivia, err)
	}
	if err := w.MarkUnused(t.Context(), map[string][]int64{"no process acts on this yet": {trivia[0].Seq, trivia[1].Seq}}); err != nil {
		t.Fatal(err)
	}
	got, err := w.UnusedEvents(t.Context(), 0, 10)
	if err != nil || len(got) != 2 || len(events(t, w.Store)) != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if e := got[1].Event; e.Kind != employee.Joining || len(e.Matches) != 1 || e.Matches[0] != (employee.Match{Employee: "E3", By: employee.ByNumber, Status: employee.Active}) || e.Employee != "p99" {
		t.Errorf("%+v", e)
	}
	if rest, err := w.UnusedEvents(t.Context(), got[0].Seq, 10); err != nil || len(rest) != 1 {
		t.Errorf("%+v, %v", rest, err)
	}
}
