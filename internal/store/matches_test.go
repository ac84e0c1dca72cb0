package store

import (
	"fmt"
	"testing"

	"tenure/internal/employee"
)

func mail(email, personal string) func(*employee.Employee) {
	return func(e *employee.Employee) { e.Email, e.PersonalEmail = email, personal }
}

func matching(t *testing.T, s *Store, id employee.ID, want string) {
	t.Helper()
	if got, err := s.Matches(t.Context(), id); err != nil || fmt.Sprint(got) != want {
		t.Errorf("%s may be %v, %v; want %s", id, got, err, want)
	}
}

func TestMatches_ByEachThingThatIsShared(t *testing.T) {
	const me = "p-me"
	for _, c := range []struct {
		name  string
		mine  employee.Employee
		other employee.Employee
		want  string
	}{
		{"the work address", worker(me, "E2", mail("Jo@example.com", "")), worker("p1", "E1", mail("jo@example.com ", ""), inactive), "[{E1 email inactive}]"},
		{"the private address", worker(me, "E2", mail("jo2@example.com", "jo@example.org")), worker("p1", "E1", mail("jo@example.com", "JO@example.org"), inactive), "[{E1 personal email inactive}]"},
		{"a private address that is the other's work address", worker(me, "E2", mail("jo2@example.com", "jo@example.com")), worker("p1", "E1", mail("jo@example.com", "")), "[{E1 personal email active}]"},
		{"the number", worker(me, "E1", mail("new@example.com", "")), worker("p1", "E1", mail("jo@example.com", ""), inactive), "[{E1 employee number inactive}]"},
		{"everything", worker(me, "E1", mail("jo@example.com", "jo@example.org")), worker("p1", "E1", mail("jo@example.com", "jo@example.org")), "[{E1 email active}]"},
		{"nothing", worker(me, "E2", mail("new@example.com", "")), worker("p1", "E1", mail("jo@example.com", "")), "[]"},
		{"blanks", worker(me, "", mail("", "")), worker("p1", "", mail("", "")), "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fresh(t)
			apply(t, s, c.other, worker("p9", "E9", mail("", "")))
			apply(t, s, c.other, worker("p9", "E9", mail("", "")), c.mine)
			p, err := s.PersonByProfile(t.Context(), me)
			if err != nil {
				t.Fatal(err)
			}
			matching(t, s, p.ID, c.want)
		})
	}
	_, err := fresh(t).Matches(t.Context(), "E1")
	isNotFound(t, err)
}

// Numbers are compared as HR has them now. Where HR has taken one away, the ledger still knows whose it was.
func TestMatches_ByNumber_AsHRHasItNow(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1"), worker("p2", "E2"), worker("p3", "E3"))
	apply(t, s, worker("p1", "E2"), worker("p2", "E1"), worker("p3", "")) // swapped, and one taken away
	matching(t, s, "E1", "[]")
	apply(t, s, worker("p1", "E2"), worker("p2", "E1"), worker("p3", ""), worker("p4", "E3"), worker("p5", "E1"))
	matching(t, s, "p4", "[{E3 employee number active}]")
	matching(t, s, "E3", "[{p4 employee number active}]")
	matching(t, s, "p5", "[{E2 employee number active}]") // who has the number now, not whose it once was
}

func TestMatches_LeavesOutWhoIsKnown(t *testing.T) {
	same := mail("jo@example.com", "")
	s := fresh(t)
	people := []employee.Employee{worker("p1", "E1", same), worker("p2", "E2", same), worker("p3", "E3", same, inactive), worker("p4", "E4", same), worker("p5", "E5", same, inactive)}
	apply(t, s, people...)
	matching(t, s, "E1", "[{E2 email active} {E3 email inactive} {E4 email active} {E5 email inactive}]")
	join(t, s, "E2", "E1")
	matching(t, s, "E1", "[{E3 email inactive} {E4 email active} {E5 email inactive}]")
	apart(t, s, "E2", "E4") // said of a record of the same person
	matching(t, s, "E1", "[{E3 email inactive} {E5 email inactive}]")
	matching(t, s, "E4", "[{E3 email inactive} {E5 email inactive}]")
	join(t, s, "E5", "E3")
	matching(t, s, "E2", "[{E3 email inactive}]") // one person, once
	matching(t, s, "E5", "[{E1 email active} {E4 email active}]")
}

// Somebody who left under one record and works under another is no rehire.
func TestMatches_StatusIsThePersons(t *testing.T) {
	s := fresh(t)
	apply(t, s, worker("p1", "E1", mail("jo@example.com", ""), inactive),
		worker("p2", "E2", mail("jo.lee@example.com", ""), func(e *employee.Employee) { e.Status = employee.Pending }), worker("p3", "E3", mail("jo@example.com", "")))
	matching(t, s, "E3", "[{E1 email inactive}]")
	join(t, s, "E1", "E2")
	matching(t, s, "E3", "[{E2 email pending}]")
}

// Old leavers are often not shown any more, and still are who they were. Of others who vanished nobody knows anything.
func TestMatches_WhomHRDoesNotShow(t *testing.T) {
	same := mail("jo@example.com", "")
	s := fresh(t)
	apply(t, s, worker("p1", "E1", same, inactive), worker("p2", "E2", same), worker("p3", "E3", same))
	apply(t, s, worker("p3", "E3", same))
	matching(t, s, "E3", "[{E1 email inactive}]")
}
