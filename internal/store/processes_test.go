package store

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"tenure/internal/employee"
	"tenure/internal/evidence"
)

// Environment of the other processes of TestSeveralProcesses.
const (
	otherPlace = "TENURE_TEST_STORE"
	otherName  = "TENURE_TEST_NAME"
)

const (
	processes = 3
	perWriter = 25
)

// Three processes write evidence, apply scans, mark events and ask for the same PIN at once: the chain does not fork,
// each event is there once, numbers have no gap, the PIN is one.
func TestSeveralProcesses(t *testing.T) {
	if place := os.Getenv(otherPlace); place != "" {
		writeAsOther(t, open(t, place), os.Getenv(otherName))
		return
	}
	place := newPlace(t)
	s := open(t, place)
	apply(t, s, crowd(-1)...)
	runOthers(t, place)

	head, err := s.VerifyEvidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(processes * perWriter); head.Count != want {
		t.Errorf("%d records, want %d", head.Count, want)
	}
	pins := map[string]bool{}
	if err := s.EachEvidence(t.Context(), func(r evidence.Record) error { pins[r.Detail] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(pins) != 1 {
		t.Errorf("the processes were given %d different PINs", len(pins))
	}
	checkOutbox(t, s)
}

func runOthers(t *testing.T, place string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var others []*exec.Cmd
	for i := range processes {
		cmd := exec.Command(exe, "-test.run=^TestSeveralProcesses$", "-test.v")
		cmd.Env = append(os.Environ(), otherPlace+"="+place, fmt.Sprintf("%s=%d", otherName, i))
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		others = append(others, cmd)
	}
	for _, cmd := range others {
		if err := cmd.Wait(); err != nil {
			t.Errorf("other process: %v", err)
		}
	}
}

// crowd is one scan of perWriter people, of whom those up to gone have left.
func crowd(gone int) []employee.Employee {
	var people []employee.Employee
	for i := range perWriter {
		p := worker(fmt.Sprintf("p%02d", i), fmt.Sprintf("E%02d", i))
		if i <= gone {
			inactive(&p)
		}
		people = append(people, p)
	}
	return people
}

// writeAsOther does in each process the same as in the others: one more has left at every turn.
func writeAsOther(t *testing.T, s *Store, name string) {
	for i := range perWriter {
		pin, err := s.PIN(t.Context(), "offboard/E1", "C02")
		if err != nil {
			t.Fatal(err)
		}
		r := evidence.Record{Personal: evidence.Personal{Detail: pin}}
		if _, _, err := s.AppendEvidence(t.Context(), fmt.Sprintf("%s/%d", name, i), r); err != nil {
			t.Fatal(err)
		}
		apply(t, s, crowd(i)...)
		for _, e := range events(t, s) {
			if err := s.MarkDispatched(t.Context(), e.Seq, name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func checkOutbox(t *testing.T, s *Store) {
	t.Helper()
	if left := events(t, s); len(left) != 0 {
		t.Errorf("%d events are still to be dispatched", len(left))
	}
	var count, highest, scans int64
	err := s.db.QueryRowContext(t.Context(), `SELECT COUNT(*), MAX(seq), (SELECT COUNT(*) FROM scan) FROM outbox`).Scan(&count, &highest, &scans)
	if err != nil {
		t.Fatal(err)
	}
	if count != highest || count < perWriter || scans != 1+processes*perWriter {
		t.Errorf("the outbox holds %d events up to number %d, after %d scans", count, highest, scans)
	}
}
