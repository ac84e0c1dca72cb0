package store

import (
	"fmt"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/role"
)

func in(department string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.Department = department }
}

// gave says what is remembered of somebody: the groups, and the department of the record before.
func gave(t *testing.T, s *Store, id employee.ID, want string) {
	t.Helper()
	row, err := s.Given(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(row.Given.Groups, row.Given.Attributes)
	if row.Before != nil {
		got += " before " + string(row.Before.ID) + " in " + row.Before.Department
	}
	if got != want {
		t.Errorf("remembered of %s: %q, want %q", id, got, want)
	}
}

func keepGiven(t *testing.T, s *Store, id employee.ID, g role.Given) {
	t.Helper()
	if err := s.KeepGiven(t.Context(), id, g); err != nil {
		t.Fatal(err)
	}
}

// Until something was given, the record is kept as it was before its first change, whatever changes later.
func TestGiven_BeforeAnything_IsTheRecordBeforeItsFirstChange(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1", in("Sales")), worker("p2", "E2", in("Sales")))
	gave(t, s, "E1", "[] []")
	apply(t, s, worker("p1", "E1", in("Support")), worker("p2", "E2", in("Sales"), func(e *employee.Employee) { e.UpdatedAt = day.Add(time.Hour) }))
	apply(t, s, worker("p1", "E1", in("Legal")), worker("p2", "E2", in("Sales")))
	gave(t, s, "E1", "[] [] before E1 in Sales")
	gave(t, s, "E2", "[] []") // an edit that changed nothing
	keepGiven(t, s, "E1", role.Given{Groups: []string{"legal"}, Attributes: []string{"department"}, At: day})
	gave(t, s, "E1", "[legal] [department]")
	apply(t, s, worker("p1", "E1", in("Sales")), worker("p2", "E2", in("Sales")))
	gave(t, s, "E1", "[legal] [department]")
	keepGiven(t, s, "E1", role.Given{At: day})
	gave(t, s, "E1", "[] []")
}

// While no mapping is on, people see to accounts by hand: what counts when one comes is the record before the change that
// a process is to act on, and of several of those the first.
func TestGiven_ChangesThatWereUsedForNothing_CountForNothing(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1", in("Sales")), worker("p2", "E2", in("Sales")))
	apply(t, s, worker("p1", "E1", in("Support")), worker("p2", "E2", in("Sales")))
	used(t, s, "unused")
	apply(t, s, worker("p1", "E1", in("Legal")), worker("p2", "E2", in("Sales")))
	gave(t, s, "E1", "[] [] before E1 in Support")
	used(t, s, "done")
	keepGiven(t, s, "E2", role.Given{Groups: []string{"sales"}, At: day}) // what is kept of others says nothing of this person
	apply(t, s, worker("p1", "E1", in("Sales")), worker("p2", "E2", in("Support")))
	gave(t, s, "E1", "[] [] before E1 in Support")
	gave(t, s, "E2", "[sales] []")
}

// A change whose event was thrown away with age was nobody's for a year.
func TestGiven_ChangeThatNobodyRemembers_CountsForNothing(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1", in("Sales")))
	apply(t, s, worker("p1", "E1", in("Support")))
	if _, err := s.db.ExecContext(t.Context(), `DELETE FROM outbox`); err != nil {
		t.Fatal(err)
	}
	apply(t, s, worker("p1", "E1", in("Legal")))
	gave(t, s, "E1", "[] [] before E1 in Support")
}

// used ends whatever waits in the outbox: done by a process, or used for nothing.
func used(t *testing.T, s *Store, state string) {
	t.Helper()
	waits, err := s.NextEvents(t.Context(), 100)
	if err != nil || len(waits) == 0 {
		t.Fatalf("nothing waits: %v", err)
	}
	for _, e := range waits {
		if state == "done" {
			err = s.MarkDispatched(t.Context(), e.Seq, "told a case")
		} else {
			err = s.MarkUnused(t.Context(), map[string][]int64{"no mapping": {e.Seq}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGiven_OfAJoiner_IsNothing(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"))
	apply(t, s, worker("p1", "E1"), worker("p2", "E2", in("Sales"), func(e *employee.Employee) { e.DepartureDate = friday }))
	gave(t, s, "E2", "[] []")
}

func TestGiven_IsKeptAsItIs(t *testing.T) {
	s := company(t, "E1")
	keepGiven(t, s, "E1", role.Given{Groups: []string{"b", "a"}, Attributes: []string{"title"}, At: day})
	row, err := s.Given(t.Context(), "E1")
	if err != nil || fmt.Sprint(row.Given.Groups) != "[b a]" || !row.Given.At.Equal(day) || row.Before != nil {
		t.Errorf("remembered %+v, %v", row, err)
	}
}

func TestGiven_OfJoinedRecords_IsWhatTheyGaveTogether(t *testing.T) {
	s := fresh(t)
	people := func(department string) []employee.Employee {
		return []employee.Employee{worker("p1", "E1", in(department)), worker("p2", "E2", in(department)), worker("p3", "E3", in(department))}
	}
	apply(t, s, people("Sales")...)
	apply(t, s, people("Support")...)
	join(t, s, "E2", "E3") // E3 is the main one
	gave(t, s, "E2", "[] [] before E3 in Sales")
	keepGiven(t, s, "E1", role.Given{Groups: []string{"vpn", "sales"}, At: day})
	join(t, s, "E1", "E3")
	gave(t, s, "E3", "[vpn sales] []") // what is known for sure comes before what would have to be worked out
	keepGiven(t, s, "E2", role.Given{Groups: []string{"support"}, At: day.Add(time.Hour)})
	for _, id := range []employee.ID{"E1", "E2", "E3"} {
		gave(t, s, id, "[support] []")
	}
}

func TestGiven_OfTwoWhoWereGivenSomething_IsBoth(t *testing.T) {
	s := company(t, "E1", "E2")
	keepGiven(t, s, "E1", role.Given{Groups: []string{"vpn", "sales"}, Attributes: []string{"title"}, At: day})
	keepGiven(t, s, "E2", role.Given{Groups: []string{"vpn", "legal"}, At: day.Add(time.Hour)})
	join(t, s, "E2", "E1")
	gave(t, s, "E1", "[legal sales vpn] [title]")
	if row, err := s.Given(t.Context(), "E2"); err != nil || !row.Given.At.Equal(day.Add(time.Hour)) {
		t.Errorf("remembered at %v, %v", row.Given.At, err)
	}
}

// Somebody whose account a leave suspended is known by any of their records, and until it is said that they are not.
func TestGiven_Paused_IsKnownByEveryRecord(t *testing.T) {
	s := company(t, "E1", "E2")
	keepGiven(t, s, "E1", role.Given{Groups: []string{"vpn"}, At: day})
	keepGiven(t, s, "E2", role.Given{Paused: true})
	join(t, s, "E2", "E1")
	paused := func() string {
		row, err := s.Given(t.Context(), "E2")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(row.Given.Groups, row.Given.Paused, row.Given.GooglePaused)
	}
	if got := paused(); got != "[vpn] true false" {
		t.Error(got)
	}
	keepGiven(t, s, "E1", role.Given{GooglePaused: true})
	if got := paused(); got != "[] false true" {
		t.Error(got)
	}
}

// A reading that is thrown away leaves nothing behind.
func TestGiven_OfAReadingThatIsNotBelieved_IsNothing(t *testing.T) {
	s := fresh(t)
	people := []employee.Employee{worker("p1", "E1", in("Sales")), worker("p2", "E2"), worker("p3", "E3"), worker("p4", "E4")}
	d := s.Directory(defaultGuard(t))
	if _, err := d.Apply(t.Context(), employee.Scan{At: day, People: people}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Apply(t.Context(), employee.Scan{At: day, People: []employee.Employee{worker("p1", "E1", in("Support"))}}); err == nil {
		t.Fatal("it was believed")
	}
	gave(t, s, "E1", "[] []")
}
