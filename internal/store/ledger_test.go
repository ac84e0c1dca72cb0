package store

import (
	"errors"
	"strings"
	"testing"

	"tenure/internal/employee"
)

func TestLink_TheSameAgain_IsNoError(t *testing.T) {
	s := fresh(t)
	for range 2 {
		if err := s.Link(t.Context(), "E1", "okta", "00u1", "login", day); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Link(t.Context(), "E1", "google", "1001", "login", day); err != nil {
		t.Fatal(err)
	}
	got, err := s.Accounts(t.Context(), "E1")
	if err != nil || len(got) != 2 || got["okta"] != "00u1" || got["google"] != "1001" {
		t.Errorf("Accounts = %v, %v", got, err)
	}
}

func TestLink_Contradiction_NamesBothSides(t *testing.T) {
	cases := []struct {
		name, account string
		to            employee.ID
		says          []string
	}{
		{"another account for the same person", "00u2", "E1", []string{"E1", "okta", "00u1", "00u2"}},
		{"the same account for another person", "00u1", "E2", []string{"E1", "E2", "okta", "00u1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := fresh(t)
			if err := s.Link(t.Context(), "E1", "okta", "00u1", "login", day); err != nil {
				t.Fatal(err)
			}
			err := s.Link(t.Context(), c.to, "okta", c.account, "login", day)
			var conflict *LinkConflict
			if !errors.As(err, &conflict) {
				t.Fatalf("Link = %v, want a LinkConflict", err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not name %s", err, word)
				}
			}
			if got, _ := s.Accounts(t.Context(), "E1"); len(got) != 1 || got["okta"] != "00u1" {
				t.Errorf("the ledger changed: %v", got)
			}
			if got, _ := s.Accounts(t.Context(), "E2"); len(got) != 0 {
				t.Errorf("the ledger changed: %v", got)
			}
		})
	}
}

func TestLink_Empty_IsRefused(t *testing.T) {
	if err := fresh(t).Link(t.Context(), "E1", "okta", "", "login", day); err == nil {
		t.Error("an empty account was linked")
	}
}

func TestAccountOwner(t *testing.T) {
	s := fresh(t)
	if err := s.Link(t.Context(), "E1", "okta", "00u1", "login", day); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		system, account string
		want            employee.ID
	}{{"okta", "00u1", "E1"}, {"okta", "00u2", ""}, {"google", "00u1", ""}} {
		if got, err := s.AccountOwner(t.Context(), c.system, c.account); err != nil || got != c.want {
			t.Errorf("%s %s belongs to %q, %v; want %q", c.system, c.account, got, err, c.want)
		}
	}
}
