package store

import (
	"fmt"
	"testing"
	"time"

	"tenure/internal/employee"
)

func profilesOf(people []employee.Employee) string {
	var ids []string
	for _, e := range people {
		ids = append(ids, e.ProfileID)
	}
	return fmt.Sprint(ids)
}

func reportTo(t *testing.T, s *Store, manager, want string) {
	t.Helper()
	if got, err := s.Reports(t.Context(), manager); err != nil || profilesOf(got) != want {
		t.Errorf("%q has the reports %s, %v; want %s", manager, profilesOf(got), err, want)
	}
}

func TestReports(t *testing.T) {
	s := fresh(t)
	pending := func(e *employee.Employee) { e.Status = employee.Pending }
	everybody := []employee.Employee{worker("boss", "E0"), worker("p1", "E1", managedBy("boss")), worker("p2", "E2", managedBy("boss"), pending),
		worker("p3", "E3", managedBy("boss"), inactive), worker("p4", "E4", managedBy("p1")), worker("p5", "E5", managedBy("boss"))}
	apply(t, s, everybody...)
	reportTo(t, s, "boss", "[p1 p2 p5]")
	apply(t, s, everybody[:5]...) // p5 is not shown any more
	reportTo(t, s, "boss", "[p1 p2]")
	everybody[1].ManagerProfileID = "p4"
	apply(t, s, everybody[:5]...)
	reportTo(t, s, "boss", "[p2]")
	reportTo(t, s, "p4", "[p1]")
	reportTo(t, s, "nobody", "[]")
	reportTo(t, s, "", "[]")
}

// Whoever reports to somebody who is gone has the next manager up for theirs: so that one has to know of them.
func TestReports_OfThoseWhoAreGone_AreTheNextOnesUp(t *testing.T) {
	s := fresh(t)
	pending := func(e *employee.Employee) { e.Status = employee.Pending }
	everybody := []employee.Employee{worker("boss", "E0"), worker("m2", "E1", managedBy("boss")), worker("m1", "E2", managedBy("m2"), inactive),
		worker("r1", "E3", managedBy("m1")), worker("r2", "E4", managedBy("m1"), inactive), worker("r3", "E5", managedBy("r2")),
		worker("r4", "E6", managedBy("r3")), worker("new", "E7", managedBy("m2"), pending), worker("r5", "E8", managedBy("new")),
		worker("r6", "E9", managedBy("lost")), worker("lost", "E10", managedBy("m2"))}
	apply(t, s, everybody...)
	reportTo(t, s, "boss", "[m2]")
	reportTo(t, s, "m2", "[lost new r1 r3 r5]")
	everybody[1].Status = employee.Inactive
	apply(t, s, everybody[:10]...) // lost is not shown any more
	reportTo(t, s, "m2", "[new r1 r3 r5 r6]")
	reportTo(t, s, "boss", "[new r1 r3 r5 r6]")
	reportTo(t, s, "m1", "[r1 r3]")
	reportTo(t, s, "lost", "[r6]")
}

// A manager can be out although HR has them as active: by the calendar, or because somebody had them offboarded by hand.
func TestReports_OfThoseWhoAreOutThoughActive_AreTheNextOnesUp(t *testing.T) {
	s := fresh(t)
	left := func(e *employee.Employee) { e.DepartureDate = employee.Date{Year: 2020, Month: time.January, Day: 1} }
	leaves := func(e *employee.Employee) { e.DepartureDate = employee.Date{Year: 2999, Month: time.January, Day: 1} }
	starts := func(e *employee.Employee) { e.StartDate = employee.Date{Year: 2999, Month: time.January, Day: 1} }
	started := func(e *employee.Employee) { e.StartDate = employee.Date{Year: 2020, Month: time.January, Day: 1} }
	apply(t, s, worker("boss", "E0"), worker("m1", "E1", managedBy("boss"), left), worker("m2", "E2", managedBy("boss"), leaves),
		worker("m3", "E3", managedBy("boss"), starts), worker("m4", "E4", managedBy("boss"), started), worker("m5", "E5", managedBy("boss")),
		worker("m6", "E6", managedBy("boss")), worker("r1", "E11", managedBy("m1")), worker("r2", "E12", managedBy("m2")),
		worker("r3", "E13", managedBy("m3")), worker("r4", "E14", managedBy("m4")), worker("r5", "E15", managedBy("m5")),
		worker("r6", "E16", managedBy("m6")), worker("old", "E20", inactive))
	reportTo(t, s, "boss", "[m1 m2 m3 m4 m5 m6 r1 r3]")
	join(t, s, "E6", "E20")
	raise(t, s, "E5", "offboard/E5", "run", day)
	raise(t, s, "E6", "offboard/E20", "run", day)
	reportTo(t, s, "boss", "[m1 m2 m3 m4 m5 m6 r1 r3 r5 r6]")
}

func TestReports_InACircle_End(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("a", "E1", managedBy("b"), inactive), worker("b", "E2", managedBy("c"), inactive), worker("c", "E3", managedBy("a")),
		worker("own", "E4", managedBy("own")), worker("r", "E5", managedBy("a")))
	reportTo(t, s, "a", "[c r]")
	reportTo(t, s, "b", "[c r]")
	reportTo(t, s, "c", "[r]")
	reportTo(t, s, "own", "[]")
}

func TestOrphans(t *testing.T) {
	s := fresh(t)
	pending := func(e *employee.Employee) { e.Status = employee.Pending }
	everybody := []employee.Employee{worker("left", "E0", inactive), worker("here", "E9"), worker("p1", "E2", managedBy("left")), worker("p2", "E1", managedBy("left")),
		worker("p3", "E3", managedBy("left"), pending), worker("p4", "E4", managedBy("left"), inactive), worker("p5", "E5", managedBy("here")),
		worker("p6", "E6", managedBy("unknown")), worker("p7", "E7", managedBy("left"))}
	apply(t, s, everybody...)
	apply(t, s, everybody[:8]...)
	if got, err := s.Orphans(t.Context()); err != nil || fmt.Sprint(got) != "map[left:[E1 E2]]" {
		t.Errorf("orphans %v, %v", got, err)
	}
}

func TestAddressHolders(t *testing.T) {
	s := fresh(t)
	everybody := []employee.Employee{worker("p1", "E1", mail("jo@example.com", ""), inactive), worker("p2", "E2", mail("Jo@Example.com", "")),
		worker("p3", "E3", mail("sam@example.com", "jo@example.com")), worker("p4", "E4", mail("", ""))}
	apply(t, s, everybody...)
	apply(t, s, everybody[1:]...)
	for given, want := range map[string]string{" JO@example.com": "[p1 p2]", "nobody@example.com": "[]", "": "[]"} {
		if got, err := s.AddressHolders(t.Context(), given); err != nil || profilesOf(got) != want {
			t.Errorf("%q is of %s, %v; want %s", given, profilesOf(got), err, want)
		}
	}
}

// A store from before there were these columns has them filled by its next scan, though nobody changed, and says nothing
// of it to anybody.
func TestApply_AfterTheMigration_FillsWhatPeopleAreFoundBy(t *testing.T) {
	s := fresh(t)
	everybody := []employee.Employee{worker("boss", "E0", inactive), worker("p1", "E1", managedBy("boss"), mail("", "jo@example.org")), worker("p2", "E1", mail("", "jo@example.org"))}
	apply(t, s, everybody...)
	if _, err := s.db.ExecContext(t.Context(), `UPDATE person SET number = NULL, status = NULL, manager_id = NULL, personal_key = NULL`); err != nil {
		t.Fatal(err)
	}
	reportTo(t, s, "boss", "[]")
	apply(t, s, everybody...)
	reportTo(t, s, "boss", "[p1]")
	matching(t, s, "E1", "[{p2 personal email active}]")
	if got := events(t, s); len(got) != 0 {
		t.Errorf("events %+v", got)
	}
	if orphans, err := s.Orphans(t.Context()); err != nil || len(orphans) != 1 {
		t.Errorf("orphans %v, %v", orphans, err)
	}
}
