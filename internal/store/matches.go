package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tenure/internal/employee"
)

// shared is somebody's record beside another that it shares something with.
type shared struct {
	storedPerson
	main employee.ID
}

// Matches are the people who share a work address, a private address or HR's number with a record now, by their main
// ids: each once, by the strongest of these. Whoever is the same person already, was told apart, or has gone from HR
// without having left is not among them. A person is Active or Pending by any of their records, also by one that shares
// nothing.
//
// The error is [ErrNotFound] when there is no such record.
func (s *Store) Matches(ctx context.Context, id employee.ID) ([]employee.Match, error) {
	me, err := s.numbered(ctx, id)
	if err != nil {
		return nil, err
	}
	main, err := s.MainID(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.sharing(ctx, me)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	told, err := toldApart(ctx, s.db, main)
	if err != nil {
		return nil, err
	}
	by := map[employee.ID]string{}
	for _, f := range found {
		_, apart := told[f.main]
		if how := sharedBy(me.Employee, f.Employee); f.main != main && !apart && stronger(how, by[f.main]) {
			by[f.main] = how
		}
	}
	return s.matches(ctx, by)
}

// numbered is a stored record with HR's own number: the one in the identity ledger where HR has none any more.
func (s *Store) numbered(ctx context.Context, id employee.ID) (p storedPerson, err error) {
	err = each(ctx, s.db, func(rows *sql.Rows) error { return p.scan(rows, &p.record, &p.number) },
		`SELECT record, COALESCE(number, '') FROM person WHERE employee_id = $1`, string(id))
	if err == nil && p.ProfileID == "" {
		err = fmt.Errorf("employee %q: %w", id, ErrNotFound)
	}
	if p.number == "" && string(p.ID) != p.ProfileID {
		p.number = string(p.ID)
	}
	return p, err
}

// sharing is every other record that shares something with one. The number of whoever has none is the one the identity
// ledger has.
func (s *Store) sharing(ctx context.Context, me storedPerson) ([]shared, error) {
	var found []shared
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var f shared
		if err := f.scan(rows, &f.main, &f.record, &f.missing); err != nil {
			return err
		}
		if gone := f.missing && here(f.Employee); !gone { // nobody knows whether they are here
			found = append(found, f)
		}
		return nil
	}, `SELECT COALESCE(j.main, p.employee_id), p.record, p.missing_since IS NOT NULL
		FROM person p LEFT JOIN joined j ON j.record = p.employee_id
		WHERE p.profile_id <> $1 AND (
			(p.email_key IN ($2, $3) AND p.email_key <> '') OR (p.personal_key IN ($2, $3) AND p.personal_key <> '')
			OR (p.number = $4 AND p.number <> '') OR (p.employee_id = $4 AND COALESCE(p.number, '') = ''))
		ORDER BY p.employee_id`, me.ProfileID, emailKey(me.Email), emailKey(me.PersonalEmail), me.number)
	return found, err
}

// sharedBy says what two records share that share something; what is neither of the addresses is the number.
func sharedBy(me, other employee.Employee) string {
	has := func(address string) bool {
		key := emailKey(address)
		return key != "" && (key == emailKey(other.Email) || key == emailKey(other.PersonalEmail))
	}
	switch {
	case has(me.Email):
		return employee.ByEmail
	case has(me.PersonalEmail):
		return employee.ByPersonalEmail
	}
	return employee.ByNumber
}

var strength = []string{employee.ByEmail, employee.ByPersonalEmail, employee.ByNumber}

func stronger(how, than string) bool {
	return than == "" || slices.Index(strength, how) < slices.Index(strength, than)
}

func (s *Store) matches(ctx context.Context, by map[employee.ID]string) ([]employee.Match, error) {
	var out []employee.Match
	for main, how := range by {
		records, err := s.Records(ctx, main)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		m := employee.Match{Employee: main, By: how, Status: employee.Inactive}
		if i := slices.IndexFunc(records, here); i >= 0 {
			m.Status = records[i].Status
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(x, y employee.Match) int { return strings.Compare(string(x.Employee), string(y.Employee)) })
	return out, nil
}
