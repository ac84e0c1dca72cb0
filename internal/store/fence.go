package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tenure/internal/employee"
)

// Fence is what keeps somebody out: a case that ended their access. Nothing gives it back while it stands.
type Fence struct {
	Employee employee.ID // the main id of the person
	Case     string
	Run      string // tells a second offboarding of one person from the first
	Actor    string
	At       time.Time
}

// Fence is what keeps the person of a record out, if anything does. Records that were joined have their fences in
// common, and the oldest is given: somebody whom a case shut out is out, under whichever record that was.
func (s *Store) Fence(ctx context.Context, id employee.ID) (Fence, bool, error) {
	return fenceOf(ctx, s.db, id)
}

func fenceOf(ctx context.Context, q querier, id employee.ID) (Fence, bool, error) {
	main, err := mainID(ctx, q, id)
	if err != nil {
		return Fence{}, false, err
	}
	f := Fence{Employee: main}
	var at string
	err = q.QueryRowContext(ctx, `SELECT case_id, run, actor, raised_at FROM fence
		WHERE employee_id = $1 OR employee_id IN (SELECT record FROM joined WHERE main = $1)
		ORDER BY raised_at, employee_id, case_id, run LIMIT 1`, string(main)).Scan(&f.Case, &f.Run, &f.Actor, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return Fence{}, false, nil
	}
	if err == nil {
		f.At, err = time.Parse(time.RFC3339, at)
	}
	return f, err == nil, wrap("read fence", err)
}

// RaiseFence keeps a person out from now on. Every run of every case has a fence of its own, which stays as it was when
// it is raised again: what an earlier case shut is not for a later one to open, and whoever is let in again by a
// decision about the earlier one is not let in past the later one.
func (s *Store) RaiseFence(ctx context.Context, f Fence) error {
	if f.Employee == "" || f.Case == "" {
		return fmt.Errorf("store: fence of employee %q by case %q: neither may be empty", f.Employee, f.Case)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		main, err := mainID(ctx, tx, f.Employee)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO fence (employee_id, case_id, run, actor, raised_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (employee_id, case_id, run) DO NOTHING`, string(main), f.Case, f.Run, f.Actor, stamp(f.At))
		return wrap("write fence", err)
	})
}

// LowerFence takes down what a run of a case put up, and says whether anything was. An empty run stands for every run
// of the case, an empty case for whatever keeps the person out.
func (s *Store) LowerFence(ctx context.Context, id employee.ID, caseID, run string) (lowered bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		main, err := mainID(ctx, tx, id)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM fence
			WHERE (employee_id = $1 OR employee_id IN (SELECT record FROM joined WHERE main = $1))
			AND ($2 = '' OR case_id = $2) AND ($3 = '' OR run = $3)`, string(main), caseID, run)
		if err != nil {
			return wrap("lower fence", err)
		}
		n, err := res.RowsAffected()
		lowered = n > 0
		return wrap("lower fence", err)
	})
	return lowered, err
}
