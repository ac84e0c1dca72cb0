package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tenure/internal/employee"
)

func TestApply_FirstScan_IsABaseline(t *testing.T) {
	s := fresh(t)
	sum := apply(t, s, worker("p1", "E1"), worker("p2", "E2", inactive))
	if sum != (employee.ScanSummary{Profiles: 2, Baseline: true}) {
		t.Errorf("summary %+v", sum)
	}
	if got := events(t, s); len(got) != 0 {
		t.Errorf("a baseline made events: %v", got)
	}
}

func TestApply_TurnedInactive_IsOneEvent(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"))
	if sum := apply(t, s, worker("p1", "E1", inactive), worker("p2", "E2")); sum.Events != 1 || sum.Baseline {
		t.Errorf("summary %+v", sum)
	}
	if sum := apply(t, s, worker("p1", "E1", inactive), worker("p2", "E2")); sum.Events != 0 {
		t.Errorf("the next scan found it again: %+v", sum)
	}
	got := events(t, s)
	if len(got) != 1 || got[0].Event.Kind != employee.Left || got[0].Event.Employee != "E1" {
		t.Errorf("outbox holds %+v", got)
	}
	if p, err := s.Person(t.Context(), "E1"); err != nil || p.Status != employee.Inactive {
		t.Errorf("snapshot says %v, %v", p.Status, err)
	}
}

func TestApply_MissingProfile_IsKeptAndNotALeaver(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"))
	apply(t, s, worker("p2", "E2"))
	if got := events(t, s); len(got) != 0 {
		t.Errorf("absence made events: %+v", got)
	}
	if p, err := s.Person(t.Context(), "E1"); err != nil || p.Status != employee.Active {
		t.Errorf("the missing person is %v, %v", p.Status, err)
	}
	// Back and gone for good: compared with what was last seen of the person.
	apply(t, s, worker("p1", "E1", inactive), worker("p2", "E2"))
	if got := events(t, s); len(got) != 1 || got[0].Event.Kind != employee.Left {
		t.Errorf("outbox holds %+v", got)
	}
}

func TestApply_IDs(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", ""), worker("p3", "E1"), worker("p4", "Team A/7"), worker("p5", ".."))
	cases := map[string]employee.ID{
		"p1": "E1", // HR's own number
		"p2": "p2", // no number
		"p3": "p3", // a number somebody has already
		"p4": "p4", // a number that cannot stand in a workflow id
		"p5": "p5",
	}
	for profile, want := range cases {
		if p, err := s.PersonByProfile(t.Context(), profile); err != nil || p.ID != want {
			t.Errorf("%s has id %q, want %q (%v)", profile, p.ID, want, err)
		}
	}
}

func TestApply_RenumberedByHR_KeepsTheID(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"))
	// HR swaps the numbers, and hires somebody under one that is in use.
	if sum := apply(t, s, worker("p1", "E2"), worker("p2", "E1"), worker("p3", "E2")); sum.Events != 1 {
		t.Errorf("renumbering made events: %+v", sum)
	}
	for profile, want := range map[string]employee.ID{"p1": "E1", "p2": "E2", "p3": "p3"} {
		if p, err := s.PersonByProfile(t.Context(), profile); err != nil || p.ID != want {
			t.Errorf("%s has id %q, want %q (%v)", profile, p.ID, want, err)
		}
	}
}

func TestApply_BadScan_IsRefusedWhole(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"))
	bad := map[string][]employee.Employee{
		"nobody":             nil,
		"without profile id": {worker("p1", "E1", inactive), worker("", "E9")},
		"one twice":          {worker("p1", "E1", inactive), worker("p2", "E2"), worker("p2", "E2")},
	}
	for name, people := range bad {
		if _, err := s.Apply(t.Context(), people, day); err == nil {
			t.Errorf("%s: applied", name)
		} else {
			t.Log(err)
		}
	}
	if p, _ := s.Person(t.Context(), "E1"); p.Status != employee.Active || len(events(t, s)) != 0 {
		t.Error("a refused scan left something behind")
	}
}

// Snapshot and events are one transaction: with the outbox out of order, the snapshot stays as it was.
func TestApply_WhenEventsCannotBeWritten_SnapshotStays(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"))
	if _, err := s.db.Exec(`ALTER TABLE outbox RENAME TO outbox_away`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), []employee.Employee{worker("p1", "E1", inactive)}, day); err == nil {
		t.Fatal("applied without an outbox")
	}
	if _, err := s.db.Exec(`ALTER TABLE outbox_away RENAME TO outbox`); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.Person(t.Context(), "E1"); p.Status != employee.Active {
		t.Error("the snapshot moved without its event")
	}
	if sum := apply(t, s, worker("p1", "E1", inactive)); sum.Events != 1 {
		t.Errorf("the next scan lost the event: %+v", sum)
	}
}

func TestOutbox_InOrderAndOnlyOnce(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"), worker("p3", "E3"))
	apply(t, s, worker("p1", "E1"), worker("p2", "E2", inactive), worker("p3", "E3"))
	apply(t, s, worker("p1", "E1", inactive), worker("p2", "E2", inactive), worker("p3", "E3"))
	got := events(t, s)
	if len(got) != 2 || got[0].Event.Employee != "E2" || got[1].Event.Employee != "E1" {
		t.Fatalf("outbox holds %+v", got)
	}
	if one, _ := s.NextEvents(t.Context(), 1); len(one) != 1 || one[0].Seq != got[0].Seq {
		t.Errorf("limit 1 gave %+v", one)
	}
	for _, note := range []string{"started offboard/E2", "again"} {
		if err := s.MarkDispatched(t.Context(), got[0].Seq, note); err != nil {
			t.Fatal(err)
		}
	}
	if left := events(t, s); len(left) != 1 || left[0].Event.Employee != "E1" {
		t.Errorf("after dispatch the outbox holds %+v", left)
	}
	var note string
	if err := s.db.QueryRow(`SELECT note FROM outbox WHERE seq = $1`, got[0].Seq).Scan(&note); err != nil || note != "started offboard/E2" {
		t.Errorf("note %q, %v", note, err)
	}
	isNotFound(t, s.MarkDispatched(t.Context(), 99, ""))
}

func TestFind(t *testing.T) {
	s := fresh(t)
	mail := func(m string) func(*employee.Employee) {
		return func(e *employee.Employee) { e.Email = m }
	}
	apply(t, s, worker("p1", "E1", mail("Sam.Lake@example.com")), worker("p2", "E2", mail("twin@example.com")),
		worker("p3", "E3", mail("TWIN@example.com")), worker("p4", "E4", mail("")))
	cases := []struct {
		text string
		want int
	}{
		{"E1", 1}, {"p1", 1}, {" sam.lake@EXAMPLE.com ", 1}, {"twin@example.com", 2},
		{"e1", 0}, {"nobody@example.com", 0}, {"", 0}, {"  ", 0}, {"%", 0},
	}
	for _, c := range cases {
		got, err := s.Find(t.Context(), c.text)
		if err != nil || len(got) != c.want {
			t.Errorf("Find(%q) = %d people, %v; want %d", c.text, len(got), err, c.want)
		}
	}
	_, err := s.Person(t.Context(), "nobody")
	isNotFound(t, err)
}

func TestChain(t *testing.T) {
	s := fresh(t)
	apply(t, s,
		worker("p1", "E1", managedBy("p2")), worker("p2", "E2", managedBy("p3")), worker("p3", "E3"),
		worker("loop-a", "E4", managedBy("loop-b")), worker("loop-b", "E5", managedBy("loop-a")),
		worker("own-boss", "E6", managedBy("own-boss")), worker("orphan", "E7", managedBy("gone")))
	for profile, want := range map[string]string{"p1": "[E2 E3]", "p3": "[]", "loop-a": "[E5]", "own-boss": "[]", "orphan": "[]"} {
		chain, err := s.Chain(t.Context(), profile)
		if err != nil {
			t.Fatal(err)
		}
		ids := []employee.ID{}
		for _, m := range chain {
			ids = append(ids, m.ID)
		}
		if got := fmt.Sprint(ids); got != want {
			t.Errorf("chain of %s is %s, want %s", profile, got, want)
		}
	}
	_, err := s.Chain(t.Context(), "nobody")
	isNotFound(t, err)
}

// A manager whom HR does not show any more inherits nothing; whoever is above does.
func TestChain_PassesOverWhoIsMissing(t *testing.T) {
	s := fresh(t)
	all := []employee.Employee{worker("p1", "E1", managedBy("p2")), worker("p2", "E2", managedBy("p3")), worker("p3", "E3"), worker("p4", "E4")}
	apply(t, s, all...)
	apply(t, s, all[0], all[2], all[3])
	chain, err := s.Chain(t.Context(), "p1")
	if err != nil || len(chain) != 1 || chain[0].ID != "E3" {
		t.Errorf("%+v, %v", chain, err)
	}
	gone, err := s.Gone(t.Context())
	if err != nil || len(gone) != 1 || gone[0].Employee != "E2" || !gone[0].Since.Equal(day) {
		t.Errorf("gone %+v, %v", gone, err)
	}
	all[1].Status = employee.Inactive
	apply(t, s, all...)
	apply(t, s, all[0], all[2], all[3])
	if gone, err := s.Gone(t.Context()); err != nil || len(gone) != 0 {
		t.Errorf("who left is gone: %+v, %v", gone, err)
	}
}

func TestPeople_Pages(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p3", ""), worker("p1", ""), worker("p2", ""))
	var seen []string
	for after := ""; ; {
		page, err := s.People(context.Background(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			seen = append(seen, p.ProfileID)
			after = p.ProfileID
		}
		if len(page) < 2 {
			break
		}
	}
	if fmt.Sprint(seen) != "[p1 p2 p3]" {
		t.Errorf("pages gave %v", seen)
	}
}

// A company takes many statements: what is cut into pieces must be whole.
func TestApply_ManyStatements_MissNobody(t *testing.T) {
	w := watch(t, 2*keysAtOnce+50)
	all, left, gone := len(w.people), keysAtOnce+20, keysAtOnce+10
	w.edit(0, left, inactive)
	here := slices.Clone(w.people[:all-gone])
	for range 2 { // the second time nothing is new
		if _, err := w.Apply(t.Context(), here, day); err != nil {
			t.Fatal(err)
		}
	}
	queue, err := w.NextEvents(t.Context(), all)
	if err != nil || len(queue) != left {
		t.Fatalf("%d events, want %d (%v)", len(queue), left, err)
	}
	seen := map[employee.ID]bool{}
	for i, e := range queue {
		if e.Seq != int64(i+1) || e.Event.Kind != employee.Left || seen[e.Event.Employee] {
			t.Errorf("event %d is %d: %s of %s", i+1, e.Seq, e.Event.Kind, e.Event.Employee)
		}
		seen[e.Event.Employee] = true
	}
	for i, want := range w.people {
		p, err := w.PersonByProfile(t.Context(), want.ProfileID)
		if err != nil || p.ID != want.ID || p.Status != want.Status || p.Email != want.Email {
			t.Errorf("person %d is %+v, %v", i, p, err)
		}
	}
	var missing int
	if err := w.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM person WHERE missing_since IS NOT NULL`).Scan(&missing); err != nil || missing != gone {
		t.Errorf("%d are missing, want %d (%v)", missing, gone, err)
	}
}

func TestApply_HeldByManyStatements_AndEndedByMany(t *testing.T) {
	w := watch(t, 2*keysAtOnce+50)
	left := keysAtOnce + 20
	w.edit(0, left, inactive)
	if sum := w.scan(); sum.Events != left || sum.Held != left {
		t.Fatalf("%+v", sum)
	}
	if got, _ := w.NextEvents(t.Context(), left); len(got) != 0 {
		t.Errorf("%d of those held can be seen", len(got))
	}
	if _, err := w.ExpireBatches(t.Context(), w.now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]int{waiting: 0, held: 0, expired: left} {
		if got, err := w.count(t.Context(), state); err != nil || got != want {
			t.Errorf("%d are %s, want %d (%v)", got, state, want, err)
		}
	}
}

// A cache of Namely's shows an old record for a moment: it is no return, and the leaver no second one.
func TestApply_OlderRecord_IsNotRead(t *testing.T) {
	w := watch(t, 20)
	old := w.people[3]
	w.edit(3, 4, inactive)
	now := w.people[3]
	if sum := w.scan(); sum.Events != 1 {
		t.Fatalf("%+v", sum)
	}
	old.UpdatedAt = now.UpdatedAt.Add(-time.Hour)
	w.people[3] = old
	if sum := w.scan(); sum.Events != 0 {
		t.Errorf("an old record made events: %+v", sum)
	}
	if p, err := w.Person(t.Context(), "E3"); err != nil || p.Status != employee.Inactive {
		t.Errorf("%+v, %v", p, err)
	}
	// What stays older was put back on purpose.
	w.now = w.now.Add(time.Hour)
	if sum := w.scan(); sum.Events != 1 {
		t.Errorf("a record that stays older is not read: %+v", sum)
	}
}

// HR can say the same twice, under the same updated_at, with its opposite in between: each is an event.
func TestApply_SameChangeAgain_IsAnEventAgain(t *testing.T) {
	w := watch(t, 20)
	for range 2 {
		w.people[3].Status = employee.Inactive
		if sum := w.scan(); sum.Events != 1 {
			t.Errorf("left: %+v", sum)
		}
		w.people[3].Status = employee.Active
		if sum := w.scan(); sum.Events != 1 {
			t.Errorf("returned: %+v", sum)
		}
	}
	keys := map[string]bool{}
	for _, e := range events(t, w.Store) {
		keys[e.Event.Key] = true
	}
	if len(keys) != 4 {
		t.Errorf("keys %v", keys)
	}
}

// A worker that was paused while it read comes after another that read later: what it read is old.
func TestApply_ReadingThatBeganEarlier_IsRefused(t *testing.T) {
	w := watch(t, 20)
	began := func(at time.Time, people []employee.Employee) error {
		_, err := w.dir.Apply(t.Context(), employee.Scan{Began: at, At: w.now, People: people, Owner: me, Filled: map[string]int{"email": 20}})
		return err
	}
	before := slices.Clone(w.people)
	w.people[3].Status = employee.Inactive
	if err := began(w.now.Add(time.Minute), slices.Clone(w.people)); err != nil {
		t.Fatal(err)
	}
	if err := began(w.now, before); !errors.Is(err, employee.ErrOvertaken) {
		t.Errorf("error %v", err)
	}
	if p := w.state().Poll; p.Outcome != employee.PollAccepted {
		t.Errorf("a reading that came late is a trouble: %+v", p)
	}
	if p, _ := w.Person(t.Context(), "E3"); p.Status != employee.Inactive || len(events(t, w.Store)) != 1 {
		t.Error("a reading that came late undid a newer one")
	}
}
