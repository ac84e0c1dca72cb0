package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenure/internal/employee"
)

// Person is the stored HR record of one person. The error is [ErrNotFound] when there is none.
func (s *Store) Person(ctx context.Context, id employee.ID) (employee.Employee, error) {
	return s.one(ctx, `SELECT record FROM person WHERE employee_id = $1`, "employee", string(id))
}

// PersonByProfile is [Store.Person] by Namely's profile id.
func (s *Store) PersonByProfile(ctx context.Context, profileID string) (employee.Employee, error) {
	return s.one(ctx, `SELECT record FROM person WHERE profile_id = $1`, "profile", profileID)
}

// Find is everybody whose id, profile id or work address is text; addresses are compared without regard to case.
// No hit means unknown, more than one means ambiguous: the caller asks, and guesses nothing.
func (s *Store) Find(ctx context.Context, text string) ([]employee.Employee, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	return s.many(ctx, `SELECT record FROM person WHERE employee_id = $1 OR profile_id = $1 OR email_key = $2 ORDER BY profile_id`,
		text, emailKey(text))
}

// FindPresent is [Store.Find] without the profiles that the last accepted reading of Namely no longer had.
func (s *Store) FindPresent(ctx context.Context, text string) ([]employee.Employee, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	return s.many(ctx, `SELECT record FROM person WHERE (employee_id = $1 OR profile_id = $1 OR email_key = $2) AND missing_since IS NULL ORDER BY profile_id`,
		text, emailKey(text))
}

// People is the stored directory, page by page in the order of profile ids: at most limit people after the given
// profile id, "" for the first page. A short page is the last.
func (s *Store) People(ctx context.Context, afterProfile string, limit int) ([]employee.Employee, error) {
	return s.many(ctx, `SELECT record FROM person WHERE profile_id > $1 ORDER BY profile_id LIMIT $2`, afterProfile, limit)
}

// Chain is the line of managers above a person, nearest first. It ends where HR names nobody, names somebody the
// store does not know, or names somebody who was there already. Managers who are missing from HR are passed over: nobody
// knows whether they are here, so they inherit nothing; whom they report to does.
func (s *Store) Chain(ctx context.Context, profileID string) ([]employee.Employee, error) {
	person, err := s.PersonByProfile(ctx, profileID)
	if err != nil {
		return nil, err
	}
	var chain []employee.Employee
	seen := map[string]bool{profileID: true}
	for next := person.ManagerProfileID; next != "" && !seen[next]; next = person.ManagerProfileID {
		seen[next] = true
		person, err = s.PersonByProfile(ctx, next)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		missing, err := s.missing(ctx, next)
		if err != nil {
			return nil, err
		}
		if !missing {
			chain = append(chain, person)
		}
	}
	return chain, nil
}

// missing says whether the last reading of HR did not show a profile.
func (s *Store) missing(ctx context.Context, profileID string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM person WHERE profile_id = $1 AND missing_since IS NOT NULL`, profileID).Scan(&n)
	return n > 0, wrap("read person", err)
}

// Gone is somebody who is not inactive in the record that is kept, and whom HR does not show any more.
type Gone struct {
	Employee employee.ID
	Since    time.Time // the first reading that did not show the person
}

// Gone is everybody whom HR does not show any more without having said that they left, by id. Absence is never
// termination: nothing is done about them until a person says so.
func (s *Store) Gone(ctx context.Context) ([]Gone, error) {
	var all []Gone
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var record, since string
		if err := rows.Scan(&record, &since); err != nil {
			return wrap("read person", err)
		}
		var e employee.Employee
		if err := json.Unmarshal([]byte(record), &e); err != nil {
			return wrap("read person", err)
		}
		if e.Status == employee.Inactive {
			return nil
		}
		at, err := time.Parse(time.RFC3339, since)
		all = append(all, Gone{e.ID, at})
		return wrap("read person", err)
	}, `SELECT record, missing_since FROM person WHERE missing_since IS NOT NULL ORDER BY employee_id`)
	return all, err
}

func (s *Store) one(ctx context.Context, query, what, key string) (employee.Employee, error) {
	people, err := s.many(ctx, query, key)
	if err != nil {
		return employee.Employee{}, err
	}
	if len(people) == 0 {
		return employee.Employee{}, fmt.Errorf("%s %q: %w", what, key, ErrNotFound)
	}
	return people[0], nil
}

func (s *Store) many(ctx context.Context, query string, args ...any) ([]employee.Employee, error) {
	var people []employee.Employee
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var record string
		if err := rows.Scan(&record); err != nil {
			return fmt.Errorf("store: read person: %w", err)
		}
		var e employee.Employee
		if err := json.Unmarshal([]byte(record), &e); err != nil {
			return fmt.Errorf("store: read person: %w", err)
		}
		people = append(people, e)
		return nil
	}, query, args...)
	return people, err
}
