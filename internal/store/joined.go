package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/internal/employee"
)

// JoinConflict is a decision about two records that contradicts an earlier one. Nothing was changed; a person must say
// which is right.
type JoinConflict struct {
	Record, To employee.ID
	// Joined says that the two are one person's; otherwise they were told apart.
	Joined bool
	By     string // who said so
}

// Error names both records and whose word stands.
func (e *JoinConflict) Error() string {
	if e.Joined {
		return fmt.Sprintf("identity ledger: the records %s and %s are one person's on the word of %s and cannot be kept apart", e.Record, e.To, e.By)
	}
	return fmt.Sprintf("identity ledger: the records %s and %s are two people's on the word of %s and cannot be joined", e.Record, e.To, e.By)
}

// MainID is the id under which the cases of a record's person run: the record's own where nothing was joined.
func (s *Store) MainID(ctx context.Context, id employee.ID) (employee.ID, error) {
	return mainID(ctx, s.db, id)
}

func mainID(ctx context.Context, q querier, id employee.ID) (employee.ID, error) {
	main := id
	err := q.QueryRowContext(ctx, `SELECT main FROM joined WHERE record = $1`, string(id)).Scan(&main)
	if errors.Is(err, sql.ErrNoRows) {
		return id, nil
	}
	return main, wrap("read joined record", err)
}

// Records is every HR record of the person who has this one, the main one first. Records that HR does not show any more
// are left out, unless nobody would be working without them: absence is never termination. The error is [ErrNotFound]
// when HR never showed any.
func (s *Store) Records(ctx context.Context, id employee.ID) ([]employee.Employee, error) {
	main, err := s.MainID(ctx, id)
	if err != nil {
		return nil, err
	}
	var all, shown []employee.Employee
	err = each(ctx, s.db, func(rows *sql.Rows) error {
		var p storedPerson
		if err := p.scan(rows, &p.record, &p.missing); err != nil {
			return err
		}
		all = append(all, p.Employee)
		if !p.missing {
			shown = append(shown, p.Employee)
		}
		return nil
	}, `SELECT record, missing_since IS NOT NULL FROM person
		WHERE employee_id = $1 OR employee_id IN (SELECT record FROM joined WHERE main = $1)
		ORDER BY CASE WHEN employee_id = $1 THEN 0 ELSE 1 END, employee_id`, string(main))
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, fmt.Errorf("employee %q: %w", id, ErrNotFound)
	case len(shown) == 0 || slices.ContainsFunc(all, here) && !slices.ContainsFunc(shown, here):
		return all, nil
	}
	return shown, nil
}

func here(e employee.Employee) bool { return e.Status != employee.Inactive }

// scan reads columns of which the record is one.
func (p *storedPerson) scan(rows *sql.Rows, columns ...any) error {
	err := rows.Scan(columns...)
	if err == nil {
		err = json.Unmarshal([]byte(p.record), &p.Employee)
	}
	return wrap("read person", err)
}

// JoinRecords remembers for ever that record and to are one person's. Whatever was joined to either is that person's
// too, and the main id of to is the main id of them all. Records that are one person's already stay as they are,
// whichever was joined to which. Where they were told apart the error is a *[JoinConflict]; where the ledger knows one of
// them not, [ErrNotFound].
func (s *Store) JoinRecords(ctx context.Context, record, to employee.ID, by, reason string, at time.Time) error {
	if err := checkPair("join", record, to, by); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := inLedger(ctx, tx, record, to); err != nil {
			return err
		}
		a, b, err := mains(ctx, tx, record, to)
		if err != nil || a == b {
			return err
		}
		told, err := toldApart(ctx, tx, a)
		if err != nil {
			return err
		}
		if who, apart := told[b]; apart {
			return &JoinConflict{Record: record, To: to, By: who}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE joined SET main = $1 WHERE main = $2`, string(b), string(a)); err != nil {
			return wrap("join records", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO joined (record, main, decided, reason, joined_at) VALUES ($1, $2, $3, $4, $5)`,
			string(a), string(b), by, reason, stamp(at))
		return wrap("join records", err)
	})
}

// KeepApart remembers for ever that two records are two people's: they are not proposed as one again. Where they were
// joined the error is a *[JoinConflict].
func (s *Store) KeepApart(ctx context.Context, a, b employee.ID, by, reason string, at time.Time) error {
	if err := checkPair("keep apart", a, b, by); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := inLedger(ctx, tx, a, b); err != nil {
			return err
		}
		x, y, err := mains(ctx, tx, a, b)
		if err != nil {
			return err
		}
		if x == y {
			who, err := joinedBy(ctx, tx, a, b)
			if err != nil {
				return err
			}
			return &JoinConflict{Record: a, To: b, Joined: true, By: who}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO apart (one, other, decided, reason, apart_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (one, other) DO NOTHING`,
			string(min(a, b)), string(max(a, b)), by, reason, stamp(at))
		return wrap("keep records apart", err)
	})
}

func checkPair(what string, a, b employee.ID, by string) error {
	switch {
	case a == "" || b == "" || by == "":
		return fmt.Errorf("store: %s the records %q and %q on the word of %q: none of the three may be empty", what, a, b, by)
	case a == b:
		return fmt.Errorf("store: %s the record %q and itself: name two records", what, a)
	}
	return nil
}

func mains(ctx context.Context, q querier, a, b employee.ID) (x, y employee.ID, err error) {
	if x, err = mainID(ctx, q, a); err == nil {
		y, err = mainID(ctx, q, b)
	}
	return x, y, err
}

// inLedger refuses ids that the identity ledger never gave: a slip of the pen must not become somebody's main id.
func inLedger(ctx context.Context, q querier, ids ...employee.ID) error {
	for _, id := range ids {
		var n int
		if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM identity WHERE employee_id = $1`, string(id)).Scan(&n); err != nil {
			return wrap("read identity", err)
		}
		if n == 0 {
			return fmt.Errorf("employee %q: %w", id, ErrNotFound)
		}
	}
	return nil
}

// joinedBy is who said last that one of two records belongs to somebody.
func joinedBy(ctx context.Context, q querier, a, b employee.ID) (who string, err error) {
	err = q.QueryRowContext(ctx, `SELECT decided FROM joined WHERE record IN ($1, $2) ORDER BY joined_at DESC LIMIT 1`, string(a), string(b)).Scan(&who)
	return who, wrap("read joined record", err)
}

// Apart says whether two records are known to be two people's.
func (s *Store) Apart(ctx context.Context, a, b employee.ID) (bool, error) {
	x, y, err := mains(ctx, s.db, a, b)
	if err != nil {
		return false, err
	}
	told, err := toldApart(ctx, s.db, x)
	_, apart := told[y]
	return apart, err
}

// toldApart is who told this person apart from others, by their main ids. What was said of one record holds for all
// that were joined to it since.
func toldApart(ctx context.Context, q querier, main employee.ID) (map[employee.ID]string, error) {
	told := map[employee.ID]string{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var x, y employee.ID
		var who string
		if err := rows.Scan(&x, &y, &who); err != nil {
			return wrap("read records apart", err)
		}
		if x == main {
			x = y
		}
		told[x] = who
		return nil
	}, `SELECT x, y, decided FROM (
			SELECT COALESCE(j.main, a.one) AS x, COALESCE(k.main, a.other) AS y, a.decided
			FROM apart a LEFT JOIN joined j ON j.record = a.one LEFT JOIN joined k ON k.record = a.other) pair
		WHERE x = $1 OR y = $1`, string(main))
	return told, err
}
