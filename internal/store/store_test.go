package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/evidence"
)

var day = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

var testKey = [32]byte{1, 2, 3}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: path, SecretKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fresh(t *testing.T) *Store { return open(t, filepath.Join(t.TempDir(), "deep", "tenure.db")) }

func TestOpen_MakesTheFileForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenure.db")
	s := open(t, path)
	apply(t, s, worker("p1", "E1"))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode().Perm())
		}
	}
}

func TestOpen_WithoutAPath_SaysWhatToGive(t *testing.T) {
	_, err := Open(t.Context(), Config{})
	if err == nil {
		t.Fatal("a store without a place was opened")
	}
	t.Log(err)
}

func TestOpen_PathWithSpecialCharacters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%20 d&e=f.db")
	open(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the store is not at its path: %v", err)
	}
}

func TestOpen_KeepsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenure.db")
	apply(t, open(t, path), worker("p1", "E1"))
	if _, err := open(t, path).Person(t.Context(), "E1"); err != nil {
		t.Error(err)
	}
}

func TestOpen_ManyAtOnceOnANewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenure.db")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := Open(context.Background(), Config{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	all.Wait()
}

// Environment of the second process of TestSeveralProcesses.
const (
	otherPath = "TENURE_TEST_STORE"
	otherName = "TENURE_TEST_NAME"
	perWriter = 25
)

// Three processes write evidence and ask for the same PIN at once: the chain does not fork, the PIN is one.
func TestSeveralProcesses(t *testing.T) {
	if path := os.Getenv(otherPath); path != "" {
		writeAsOther(t, path, os.Getenv(otherName))
		return
	}
	path := filepath.Join(t.TempDir(), "tenure.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var others []*exec.Cmd
	for i := range 3 {
		cmd := exec.Command(exe, "-test.run=^TestSeveralProcesses$", "-test.v")
		cmd.Env = append(os.Environ(), otherPath+"="+path, fmt.Sprintf("%s=%d", otherName, i))
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
	s := open(t, path)
	head, err := s.VerifyEvidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(3 * perWriter); head.Count != want {
		t.Errorf("%d records, want %d", head.Count, want)
	}
	pins := map[string]bool{}
	if err := s.EachEvidence(t.Context(), func(r evidence.Record) error { pins[r.Detail] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(pins) != 1 {
		t.Errorf("the processes were given %d different PINs", len(pins))
	}
}

func writeAsOther(t *testing.T, path, name string) {
	s := open(t, path)
	for i := range perWriter {
		pin, err := s.PIN(t.Context(), "offboard/E1", "C02")
		if err != nil {
			t.Fatal(err)
		}
		r := evidence.Record{Personal: evidence.Personal{Detail: pin}}
		if _, _, err := s.AppendEvidence(t.Context(), fmt.Sprintf("%s/%d", name, i), r); err != nil {
			t.Fatal(err)
		}
	}
}

func worker(profile, number string, change ...func(*employee.Employee)) employee.Employee {
	e := employee.Employee{ID: employee.ID(number), ProfileID: profile, Email: profile + "@example.com", Status: employee.Active, UpdatedAt: day}
	for _, c := range change {
		c(&e)
	}
	return e
}

func inactive(e *employee.Employee) { e.Status = employee.Inactive }

func managedBy(profile string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.ManagerProfileID = profile }
}

func apply(t *testing.T, s *Store, people ...employee.Employee) employee.ScanSummary {
	t.Helper()
	sum, err := s.Apply(t.Context(), people, day)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func events(t *testing.T, s *Store) []OutboxEvent {
	t.Helper()
	out, err := s.NextEvents(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func isNotFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v, want ErrNotFound", err)
	}
}
