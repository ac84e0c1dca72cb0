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
