package store

import (
	"errors"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/evidence"
)

func TestOutboxBacklog_CountsWhatIsToBeDispatched(t *testing.T) {
	s := fresh(t)
	if n, since, err := s.OutboxBacklog(t.Context()); err != nil || n != 0 || !since.IsZero() {
		t.Fatalf("%d since %s, %v", n, since, err)
	}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	one := employee.Employee{ID: "E1", ProfileID: "p1", Email: "e1@example.com", Status: employee.Active}
	two := employee.Employee{ID: "E2", ProfileID: "p2", Email: "e2@example.com", Status: employee.Active}
	for i, people := range [][]employee.Employee{{one, two}, {gone(one), two}, {gone(one), gone(two)}} {
		if _, err := s.Apply(t.Context(), people, at.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	n, since, err := s.OutboxBacklog(t.Context())
	if err != nil || n != 2 || !since.Equal(at.Add(time.Minute)) {
		t.Fatalf("%d since %s, %v; want both, since the first", n, since, err)
	}
	next, err := s.NextEvents(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.MarkDispatched(t.Context(), next[0].Seq, "started"); err != nil {
		t.Fatal(err)
	}
	if n, since, err = s.OutboxBacklog(t.Context()); err != nil || n != 1 || !since.Equal(at.Add(2*time.Minute)) {
		t.Errorf("%d since %s, %v; want one, since the second", n, since, err)
	}
}

func gone(e employee.Employee) employee.Employee {
	e.Status = employee.Inactive
	return e
}

func TestVerifyTail(t *testing.T) {
	s := fresh(t)
	if end, looked, err := s.VerifyTail(t.Context(), 10); err != nil || looked != 0 || end.Count != 0 {
		t.Fatalf("an empty chain: %+v, %d, %v", end, looked, err)
	}
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		if _, _, err := s.AppendEvidence(t.Context(), key, evidence.Record{Personal: evidence.Personal{Detail: key}}); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int64]int64{2: 2, 5: 5, 100: 5} {
		if end, looked, err := s.VerifyTail(t.Context(), limit); err != nil || looked != want || end.Count != 5 {
			t.Errorf("the last %d: %+v, %d, %v", limit, end, looked, err)
		}
	}
	if _, err := s.db.ExecContext(t.Context(), `UPDATE evidence SET record = REPLACE(record, '"detail":"d"', '"detail":"x"')`); err != nil {
		t.Fatal(err)
	}
	var broken *evidence.BrokenError
	if _, _, err := s.VerifyTail(t.Context(), 2); !errors.As(err, &broken) || broken.Seq != 4 {
		t.Errorf("a record changed in the tail: %v, want record 4", err)
	}
	if _, looked, err := s.VerifyTail(t.Context(), 1); err != nil || looked != 1 {
		t.Errorf("a tail that does not reach the changed record: %d, %v", looked, err)
	}
}

func TestSchema_IsWhatThisProgramKnows(t *testing.T) {
	s := fresh(t)
	applied, known, err := s.Schema(t.Context())
	if err != nil || applied != known || known < 3 {
		t.Fatalf("%d applied, %d known, %v", applied, known, err)
	}
	if _, err := s.db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)`, known+1, true); err != nil {
		t.Fatal(err)
	}
	if applied, _, err := s.Schema(t.Context()); err != nil || applied != known+1 {
		t.Errorf("%d applied after a newer program, %v", applied, err)
	}
}
