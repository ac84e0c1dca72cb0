package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tenure/internal/employee"
)

// company is a store in which people with these numbers are known.
func company(t *testing.T, numbers ...string) *Store {
	t.Helper()
	s := fresh(t)
	var people []employee.Employee
	for _, n := range numbers {
		people = append(people, worker("p-"+n, n))
	}
	apply(t, s, people...)
	return s
}

func join(t *testing.T, s *Store, record, to employee.ID) {
	t.Helper()
	if err := s.JoinRecords(t.Context(), record, to, "cli:jo", "asked HR", day); err != nil {
		t.Fatal(err)
	}
}

func apart(t *testing.T, s *Store, a, b employee.ID) {
	t.Helper()
	if err := s.KeepApart(t.Context(), a, b, "cli:jo", "asked HR", day); err != nil {
		t.Fatal(err)
	}
}

func isMain(t *testing.T, s *Store, want employee.ID, ids ...employee.ID) {
	t.Helper()
	for _, id := range ids {
		if got, err := s.MainID(t.Context(), id); err != nil || got != want {
			t.Errorf("the cases of %s run under %q (%v), want %q", id, got, err, want)
		}
	}
}

func TestMainID_WhereNothingIsJoined_IsTheRecordItself(t *testing.T) {
	isMain(t, company(t, "E1"), "E1", "E1")
	isMain(t, company(t, "E1"), "nobody", "nobody")
}

func TestJoinRecords_Again_IsNoError(t *testing.T) {
	s := company(t, "E1", "E2")
	join(t, s, "E2", "E1")
	join(t, s, "E2", "E1")
	isMain(t, s, "E1", "E1", "E2")
}

func TestJoinRecords_TheOtherWayAround_ChangesNothing(t *testing.T) {
	s := company(t, "E1", "E2")
	join(t, s, "E2", "E1")
	join(t, s, "E1", "E2")
	isMain(t, s, "E1", "E1", "E2")
}

func TestJoinRecords_TwoPeopleWithJoinedRecords_AreOneAfterwards(t *testing.T) {
	s := company(t, "E1", "E2", "E3", "E4")
	join(t, s, "E2", "E1")
	join(t, s, "E4", "E3")
	join(t, s, "E4", "E2") // a joined record to a joined record
	isMain(t, s, "E1", "E1", "E2", "E3", "E4")
}

func TestJoinRecords_BadInput_IsRefused(t *testing.T) {
	s := company(t, "E1", "E2")
	for _, c := range []struct {
		name       string
		record, to employee.ID
		by         string
	}{
		{"no record", "", "E1", "cli:jo"},
		{"nobody to join to", "E1", "", "cli:jo"},
		{"on nobody's word", "E1", "E2", ""},
		{"to itself", "E1", "E1", "cli:jo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.JoinRecords(t.Context(), c.record, c.to, c.by, "", day); err == nil {
				t.Error("the records were joined")
			}
			if err := s.KeepApart(t.Context(), c.record, c.to, c.by, "", day); err == nil {
				t.Error("the records were told apart")
			}
		})
	}
	isNotFound(t, s.JoinRecords(t.Context(), "E1", "E9", "cli:jo", "", day))
	isNotFound(t, s.KeepApart(t.Context(), "E9", "E1", "cli:jo", "", day))
	isMain(t, s, "E1", "E1")
}

// What was said of two records holds for everybody who was joined to either since.
func TestJoinRecords_OfPeopleToldApart_NamesWhoSaidSo(t *testing.T) {
	s := company(t, "E1", "E2", "E3", "E4")
	apart(t, s, "E1", "E2")
	apart(t, s, "E2", "E1") // the same again
	join(t, s, "E3", "E1")
	join(t, s, "E2", "E4")
	var conflict *JoinConflict
	if err := s.JoinRecords(t.Context(), "E3", "E4", "cli:sam", "", day); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "cli:jo") {
		t.Errorf("JoinRecords = %v, want a JoinConflict with who said so", err)
	}
	isMain(t, s, "E1", "E3")
	isMain(t, s, "E4", "E4")
	for _, pair := range [][2]employee.ID{{"E1", "E2"}, {"E2", "E1"}, {"E3", "E4"}, {"E4", "E1"}} {
		if got, err := s.Apart(t.Context(), pair[0], pair[1]); err != nil || !got {
			t.Errorf("%v are apart: %v, %v", pair, got, err)
		}
	}
	if got, err := s.Apart(t.Context(), "E1", "E3"); err != nil || got {
		t.Errorf("one person is two: %v, %v", got, err)
	}
}

func TestKeepApart_OfOnePersonsRecords_NamesWhoJoinedThem(t *testing.T) {
	s := company(t, "E1", "E2", "E3")
	join(t, s, "E2", "E1")
	join(t, s, "E3", "E1")
	var conflict *JoinConflict
	if err := s.KeepApart(t.Context(), "E2", "E3", "cli:sam", "", day); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "cli:jo") {
		t.Errorf("KeepApart = %v, want a JoinConflict with who said so", err)
	}
	if got, err := s.Apart(t.Context(), "E2", "E3"); err != nil || got {
		t.Errorf("they are apart: %v, %v", got, err)
	}
}

// Whatever is joined, kept apart and said again in whatever order: one step leads from every record to its person, and
// who is one person is exactly what was said and not refused.
func TestJoinRecords_InAnyOrder_MakeAForest(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 4))
			ids := []employee.ID{"E0", "E1", "E2", "E3", "E4", "E5", "E6", "E7"}
			s := company(t, "E0", "E1", "E2", "E3", "E4", "E5", "E6", "E7")
			model := newPartition(ids)
			for step := range 25 {
				a, b := ids[r.IntN(len(ids))], ids[r.IntN(len(ids))]
				if a == b {
					continue
				}
				if r.IntN(4) == 0 {
					model.agrees(t, s.KeepApart(t.Context(), a, b, "cli:jo", "", day), model.keepApart(a, b))
				} else {
					model.agrees(t, s.JoinRecords(t.Context(), a, b, "cli:jo", "", day), model.join(a, b))
				}
				if step%4 == 0 {
					model.compare(t, s)
				}
			}
			model.compare(t, s)
		})
	}
}

// partition is the same decisions kept in the plainest way.
type partition struct {
	ids    []employee.ID
	person map[employee.ID]int
	apart  [][2]employee.ID
}

func newPartition(ids []employee.ID) *partition {
	p := &partition{ids: ids, person: map[employee.ID]int{}}
	for i, id := range ids {
		p.person[id] = i
	}
	return p
}

func (p *partition) toldApart(a, b employee.ID) bool {
	return slices.ContainsFunc(p.apart, func(x [2]employee.ID) bool {
		return p.person[x[0]] == p.person[a] && p.person[x[1]] == p.person[b] || p.person[x[0]] == p.person[b] && p.person[x[1]] == p.person[a]
	})
}

func (p *partition) join(record, to employee.ID) bool {
	if p.toldApart(record, to) {
		return false
	}
	was, now := p.person[record], p.person[to]
	for id, of := range p.person {
		if of == was {
			p.person[id] = now
		}
	}
	return true
}

func (p *partition) keepApart(a, b employee.ID) bool {
	if p.person[a] == p.person[b] {
		return false
	}
	p.apart = append(p.apart, [2]employee.ID{a, b})
	return true
}

func (p *partition) agrees(t *testing.T, err error, accepted bool) {
	t.Helper()
	var conflict *JoinConflict
	if (err == nil) != accepted || err != nil && !errors.As(err, &conflict) {
		t.Fatalf("the store says %v; accepted should be %v", err, accepted)
	}
}

func (p *partition) compare(t *testing.T, s *Store) {
	t.Helper()
	main := map[employee.ID]employee.ID{}
	for _, id := range p.ids {
		m, err := s.MainID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		isMain(t, s, m, m)
		main[id] = m
	}
	for i, a := range p.ids {
		for _, b := range p.ids[:i] {
			if (main[a] == main[b]) != (p.person[a] == p.person[b]) {
				t.Fatalf("%s is %s's and %s is %s's: one person should be %v", a, main[a], b, main[b], p.person[a] == p.person[b])
			}
			if got, err := s.Apart(t.Context(), a, b); err != nil || got != p.toldApart(a, b) {
				t.Fatalf("%s and %s apart: %v, %v", a, b, got, err)
			}
		}
	}
}

func TestRecords(t *testing.T) {
	one := func(change func(e1, e2, e3 *employee.Employee)) []employee.Employee {
		all := []employee.Employee{worker("p-E1", "E1"), worker("p-E2", "E2"), worker("p-E3", "E3")}
		change(&all[0], &all[1], &all[2])
		return all
	}
	cases := []struct {
		name    string
		missing []string
		change  func(e1, e2, e3 *employee.Employee)
		want    string
	}{
		{"the main one first", nil, func(_, _, _ *employee.Employee) {}, "[E2 E1 E3]"},
		{"one that HR does not show any more is left out", []string{"p-E1"}, func(_, _, _ *employee.Employee) {}, "[E2 E3]"},
		{"absence is never termination", []string{"p-E1", "p-E3"}, func(_, e2, _ *employee.Employee) { inactive(e2) }, "[E2 E1 E3]"},
		{"somebody who left and is absent is not kept for it", []string{"p-E1"}, func(e1, e2, e3 *employee.Employee) { inactive(e1); inactive(e2); inactive(e3) }, "[E2 E3]"},
		{"nothing but what is absent", []string{"p-E1", "p-E2", "p-E3"}, func(e1, e2, e3 *employee.Employee) { inactive(e1); inactive(e2); inactive(e3) }, "[E2 E1 E3]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := fresh(t)
			all := append(one(c.change), worker("p-E9", "E9"))
			apply(t, s, all...)
			apply(t, s, slices.DeleteFunc(all, func(e employee.Employee) bool { return slices.Contains(c.missing, e.ProfileID) })...)
			join(t, s, "E1", "E2")
			join(t, s, "E3", "E2")
			for _, id := range []employee.ID{"E1", "E2", "E3"} {
				found, err := s.Records(t.Context(), id)
				var got []employee.ID
				for _, e := range found {
					got = append(got, e.ID)
				}
				if err != nil || fmt.Sprint(got) != c.want {
					t.Errorf("the records of %s are %v, %v; want %s", id, got, err, c.want)
				}
			}
		})
	}
	_, err := fresh(t).Records(t.Context(), "E1")
	isNotFound(t, err)
}

func TestAccounts_OfJoinedRecords_AreThePersons(t *testing.T) {
	s := company(t, "E1", "E2")
	links := func(id employee.ID, system, account string) error {
		return s.Link(t.Context(), id, system, account, "login", day)
	}
	for _, err := range []error{links("E1", "okta", "00u1"), links("E2", "okta", "00u2"), links("E2", "google", "g2")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	join(t, s, "E2", "E1")
	for _, id := range []employee.ID{"E1", "E2"} {
		got, err := s.Accounts(t.Context(), id)
		if err != nil || len(got) != 2 || got["okta"] != "00u1" || got["google"] != "g2" {
			t.Errorf("the accounts of %s are %v, %v", id, got, err)
		}
		conflicts, err := s.LinkConflicts(t.Context(), id)
		if err != nil || len(conflicts) != 1 || conflicts[0].Account != "00u2" || conflicts[0].Owner != "E2" {
			t.Errorf("the conflicts of %s are %v, %v", id, conflicts, err)
		}
	}
	// What either has is linked already; a third account contradicts both.
	for _, err := range []error{links("E1", "okta", "00u2"), links("E2", "okta", "00u1"), links("E1", "google", "g2"), links("E2", "jamf", "9")} {
		if err != nil {
			t.Error(err)
		}
	}
	var conflict *LinkConflict
	if err := links("E2", "google", "g3"); !errors.As(err, &conflict) {
		t.Errorf("a second Google account was linked: %v", err)
	}
	if owner, err := s.AccountOwner(t.Context(), "jamf", "9"); err != nil || owner != "E1" {
		t.Errorf("what was linked after the join is %q's, %v", owner, err)
	}
	for account, want := range map[string]employee.ID{"00u1": "E1", "00u2": "E1", "00u3": ""} { // 00u2 was linked to E2
		if person, err := s.AccountPerson(t.Context(), "okta", account); err != nil || person != want {
			t.Errorf("%s is the account of %q, %v; want %q", account, person, err, want)
		}
	}
}
