package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"tenure/internal/employee"
	"tenure/internal/role"
)

// GivenRow is what a person's role gave.
type GivenRow struct {
	Given role.Given
	// Before is the HR record as it was before its first change that a process was to act on (before its latest one, where
	// none was yet), for as long as nothing was kept of what was given: what it gave then can be worked out from it. Nil
	// where it is not needed.
	Before *employee.Employee
}

// Given is what the role of a record's person gave: by all of their records together. It is empty where nothing is known.
func (s *Store) Given(ctx context.Context, id employee.ID) (GivenRow, error) {
	main, err := s.MainID(ctx, id)
	if err != nil {
		return GivenRow{}, err
	}
	var out GivenRow
	kept := false
	err = each(ctx, s.db, func(rows *sql.Rows) error {
		var given, before string
		if err := rows.Scan(&given, &before); err != nil {
			return wrap("read what was given", err)
		}
		if given == "" {
			if out.Before != nil {
				return nil // of two records the main one's, which comes first
			}
			out.Before = new(employee.Employee)
			return wrap("read what was given", json.Unmarshal([]byte(before), out.Before))
		}
		var g role.Given
		err := json.Unmarshal([]byte(given), &g)
		out.Given, kept = union(out.Given, g), true
		return wrap("read what was given", err)
	}, `SELECT COALESCE(given, ''), COALESCE(record_before, '') FROM role_given
		WHERE employee_id = $1 OR employee_id IN (SELECT record FROM joined WHERE main = $1)
		ORDER BY CASE WHEN employee_id = $1 THEN 0 ELSE 1 END, employee_id`, string(main))
	if kept {
		out.Before = nil
	}
	return out, err
}

// union is what two records gave together.
func union(a, b role.Given) role.Given {
	all := func(x, y []string) []string {
		both := slices.Concat(x, y)
		slices.Sort(both)
		return slices.Compact(both)
	}
	b.Paused, b.GooglePaused = a.Paused || b.Paused, a.GooglePaused || b.GooglePaused
	if a.At.IsZero() && a.Groups == nil && a.Attributes == nil {
		return b
	}
	a.Paused, a.GooglePaused = b.Paused, b.GooglePaused
	a.Groups, a.Attributes = all(a.Groups, b.Groups), all(a.Attributes, b.Attributes)
	if b.At.After(a.At) {
		a.At = b.At
	}
	return a
}

// KeepGiven remembers what a person's role has given, in place of whatever was remembered of any of their records.
func (s *Store) KeepGiven(ctx context.Context, id employee.ID, g role.Given) error {
	body, err := json.Marshal(g)
	if err != nil {
		return wrap("encode what was given", err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		main, err := mainID(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM role_given WHERE employee_id IN (SELECT record FROM joined WHERE main = $1)`, string(main)); err != nil {
			return wrap("keep what was given", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO role_given (employee_id, given) VALUES ($1, $2)
			ON CONFLICT (employee_id) DO UPDATE SET given = excluded.given, record_before = NULL`, string(main), string(body))
		return wrap("keep what was given", err)
	})
}

// keepBefore keeps the records of those to whom something happened, as they were, where nothing is remembered of what
// their role gave. The first of several records is the one that counts, for nothing was done about those after it; but
// not where what happened last was used for nothing, because no mapping was on: people have seen to their accounts by
// hand, and when a mapping comes they are as the latest record says.
func (c scan) keepBefore(ctx context.Context, before snapshot, events []employee.Event) error {
	happened := make(map[employee.ID]bool, len(events))
	for _, e := range events {
		happened[e.Employee] = true
	}
	if len(happened) == 0 {
		return nil
	}
	var rows [][]any
	for _, p := range before {
		if happened[p.ID] {
			rows = append(rows, []any{string(p.ID), p.record})
		}
	}
	return wrap("keep records as they were", c.insertAll(ctx, rows,
		`INSERT INTO role_given (employee_id, record_before) VALUES`,
		`ON CONFLICT (employee_id) DO UPDATE SET record_before = excluded.record_before
			WHERE role_given.given IS NULL AND COALESCE((SELECT state FROM outbox
				WHERE outbox.employee_id = excluded.employee_id ORDER BY seq DESC LIMIT 1), 'unused') = 'unused'`))
}
