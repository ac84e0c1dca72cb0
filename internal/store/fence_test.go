package store

import (
	"testing"
	"time"

	"tenure/internal/employee"
)

func raise(t *testing.T, s *Store, id employee.ID, caseID, run string, at time.Time) {
	t.Helper()
	if err := s.RaiseFence(t.Context(), Fence{Employee: id, Case: caseID, Run: run, Actor: "namely", At: at}); err != nil {
		t.Fatal(err)
	}
}

func lower(t *testing.T, s *Store, id employee.ID, caseID, run string, want bool) {
	t.Helper()
	if got, err := s.LowerFence(t.Context(), id, caseID, run); err != nil || got != want {
		t.Errorf("lowering the fence of %s by %q of run %q said %v, %v; want %v", id, caseID, run, got, err, want)
	}
}

// isOut says by which case and run somebody is kept out; "" for nobody's.
func isOut(t *testing.T, s *Store, id employee.ID, want string) {
	t.Helper()
	f, stands, err := s.Fence(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if stands {
		got = f.Case + " " + f.Run
	}
	if got != want {
		t.Errorf("%s is kept out by %q, want %q", id, got, want)
	}
}

func TestFence_StandsUntilItsCaseLowersIt(t *testing.T) {
	s := company(t, "E1", "E2")
	isOut(t, s, "E1", "")
	raise(t, s, "E1", "offboard/E1", "r1", day)
	raise(t, s, "E1", "offboard/E1", "r1", day.Add(time.Hour)) // again
	isOut(t, s, "E1", "offboard/E1 r1")
	isOut(t, s, "E2", "")
	if f, _, err := s.Fence(t.Context(), "E1"); err != nil || f != (Fence{Employee: "E1", Case: "offboard/E1", Run: "r1", Actor: "namely", At: day}) {
		t.Errorf("the fence is %+v, %v", f, err)
	}
	lower(t, s, "E1", "onboard/E1", "", false)
	lower(t, s, "E1", "offboard/E1", "r2", false) // a second offboarding that is rescinded
	lower(t, s, "E2", "offboard/E1", "r1", false)
	isOut(t, s, "E1", "offboard/E1 r1")
	lower(t, s, "E1", "offboard/E1", "r1", true)
	lower(t, s, "E1", "offboard/E1", "r1", false)
	isOut(t, s, "E1", "")
}

// What an earlier case shut is not for a later one to open, nor the other way around.
func TestRaiseFence_WhereOneStands_AddsItsOwn(t *testing.T) {
	s := company(t, "E1")
	both := func() {
		raise(t, s, "E1", "offboard/E1", "r1", day)
		raise(t, s, "E1", "offboard/E1", "r2", day.Add(time.Hour))
		isOut(t, s, "E1", "offboard/E1 r1")
	}
	both()
	lower(t, s, "E1", "offboard/E1", "r2", true)
	isOut(t, s, "E1", "offboard/E1 r1")
	both()
	lower(t, s, "E1", "offboard/E1", "r1", true)
	isOut(t, s, "E1", "offboard/E1 r2")
	both()
	lower(t, s, "E1", "offboard/E1", "", true) // any run of the case
	isOut(t, s, "E1", "")
	raise(t, s, "E1", "offboard/E1", "r3", day.Add(2*time.Hour))
	isOut(t, s, "E1", "offboard/E1 r3")
	lower(t, s, "E1", "", "", true) // somebody is hired again
	isOut(t, s, "E1", "")
}

func TestFence_OfJoinedRecords_IsThePersons(t *testing.T) {
	s := company(t, "E1", "E2", "E3")
	raise(t, s, "E2", "offboard/E2", "r1", day)
	raise(t, s, "E1", "offboard/E1", "r1", day.Add(time.Hour))
	join(t, s, "E2", "E1")
	join(t, s, "E3", "E1")
	for _, id := range []employee.ID{"E1", "E2", "E3"} {
		isOut(t, s, id, "offboard/E2 r1")
	}
	raise(t, s, "E3", "offboard/E3", "r1", day.Add(2*time.Hour))
	lower(t, s, "E3", "offboard/E2", "r1", true)
	isOut(t, s, "E2", "offboard/E1 r1")
	lower(t, s, "E2", "", "", true)
	isOut(t, s, "E1", "")
	raise(t, s, "E3", "offboard/E1", "r2", day)
	if f, stands, err := s.Fence(t.Context(), "E2"); err != nil || !stands || f.Employee != "E1" {
		t.Errorf("the fence of a joined record is %+v, %v", f, err)
	}
}

func TestRaiseFence_OfNobodyOrNoCase_IsRefused(t *testing.T) {
	s := fresh(t)
	for _, f := range []Fence{{Case: "offboard/E1"}, {Employee: "E1"}} {
		if err := s.RaiseFence(t.Context(), f); err == nil {
			t.Errorf("%+v was raised", f)
		}
	}
}
