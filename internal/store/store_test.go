package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tenure/internal/employee"
)

var day = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

var testKey = [32]byte{1, 2, 3}

func TestOpen_MakesTheFileForItsOwnerAlone(t *testing.T) {
	onlySQLite(t)
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
	onlySQLite(t)
	path := filepath.Join(t.TempDir(), "a?b#c%20 d&e=f.db")
	open(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the store is not at its path: %v", err)
	}
}

func TestOpen_KeepsWhatWasWritten(t *testing.T) {
	place := newPlace(t)
	apply(t, open(t, place), worker("p1", "E1"))
	if _, err := open(t, place).Person(t.Context(), "E1"); err != nil {
		t.Error(err)
	}
}

func TestOpen_ManyAtOnceOnANewPlace(t *testing.T) {
	place := newPlace(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := Open(t.Context(), Config{Path: place})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	all.Wait()
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
