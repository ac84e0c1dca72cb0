package store

import (
	"fmt"
	"slices"
	"testing"

	"tenure/internal/employee"
)

// The order of profiles is that of their bytes, whatever language a database was made for: pages would skip or repeat
// people, and one installation would read the company in another order than the next.
func TestPeople_AreInTheOrderOfBytes(t *testing.T) {
	s := fresh(t)
	profiles := []string{"a", "B", "b", "A", "9", "10", "_x", "x", "é", "z", "-1", "a b", "ab", "Ä"}
	var people []employee.Employee
	for _, p := range profiles {
		people = append(people, worker(p, ""))
	}
	apply(t, s, people...)
	var got []string
	for after := ""; ; {
		page, err := s.People(t.Context(), after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			got = append(got, p.ProfileID)
			after = p.ProfileID
		}
		if len(page) < 3 {
			break
		}
	}
	slices.Sort(profiles)
	if fmt.Sprint(got) != fmt.Sprint(profiles) {
		t.Errorf("pages gave %q, want %q", got, profiles)
	}
}

func TestText_WithOddBytes_StopsNoScan(t *testing.T) {
	s := fresh(t)
	odd := func(e *employee.Employee) { e.Email, e.FirstName = "o\x00dd\xff@example.com", "x\x00\xff" }
	apply(t, s, worker("p1", "E1", odd), worker("p2", "E2"))
	apply(t, s, worker("p1", "E1", odd, inactive), worker("p2", "E2"))
	if got, err := s.Find(t.Context(), "o\x00dd\xff@example.com"); err != nil || len(got) != 1 || got[0].FirstName[:2] != "x\x00" {
		t.Errorf("Find = %+v, %v", got, err)
	}
	if got, err := s.Find(t.Context(), "\x00"); err != nil || len(got) != 0 {
		t.Errorf("Find(NUL) = %+v, %v", got, err)
	}
	e := events(t, s)[0]
	if err := s.MarkDispatched(t.Context(), e.Seq, "refused: \x00\xff"); err != nil {
		t.Error(err)
	}
}
