package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
)

// Reports is everybody who works for the company or is about to, and whose nearest working manager up HR's chain this
// profile is, or was until it ceased to be one, by profile id: those whom HR has report to it, and those of whom every
// manager between is out of work, so that what becomes of this one concerns whoever stands below them. It rather names
// one too many, of whom there is nothing new. Whom HR does not show any more is left out.
func (s *Store) Reports(ctx context.Context, profileID string) ([]employee.Employee, error) {
	if profileID == "" {
		return nil, nil
	}
	var all []employee.Employee
	seen := map[string]bool{profileID: true} // HR can have people report to each other in a circle
	for level := []string{profileID}; len(level) > 0; {
		below, err := s.reportsOf(ctx, level)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, r := range below {
			if seen[r.ProfileID] {
				continue
			}
			seen[r.ProfileID] = true
			if r.Status != employee.Inactive && !r.missing {
				all = append(all, r.Employee)
			}
			if r.out(s.now()) {
				level = append(level, r.ProfileID)
			}
		}
	}
	slices.SortFunc(all, func(a, b employee.Employee) int { return strings.Compare(a.ProfileID, b.ProfileID) })
	return all, nil
}

// report is somebody who has a manager.
type report struct {
	employee.Employee
	missing bool // HR does not show them any more
	fenced  bool
}

// out says whether somebody may not be the manager of their own reports, who then have the next one up for theirs: they
// are not shown by HR, were offboarded by hand, have left, or have not begun. On a first and a last day it depends on
// where they are and on the policy: then they may be.
func (r report) out(now time.Time) bool {
	const ahead = -14 // hours: nowhere does a day begin earlier
	return r.missing || r.fenced || r.Status != employee.Active ||
		!r.DepartureDate.IsZero() && !now.Before(r.DepartureDate.At(ahead, 0, time.UTC)) ||
		!r.StartDate.IsZero() && !r.StartDate.Come(now)
}

// reportsOf is everybody whom HR has report to one of these profiles.
func (s *Store) reportsOf(ctx context.Context, profiles []string) ([]report, error) {
	var all []report
	for part := range slices.Chunk(profiles, keysAtOnce) {
		managers := make([]any, len(part))
		for i, id := range part {
			managers[i] = id
		}
		err := each(ctx, s.db, func(rows *sql.Rows) error {
			var record string
			var r report
			err := rows.Scan(&record, &r.missing, &r.fenced)
			if err == nil {
				err = json.Unmarshal([]byte(record), &r.Employee)
			}
			all = append(all, r)
			return wrap("read reports", err)
		}, `SELECT record, missing_since IS NOT NULL, EXISTS (SELECT 1 FROM fence WHERE fence.employee_id = person.employee_id)
				OR EXISTS (SELECT 1 FROM joined JOIN fence ON fence.employee_id = joined.main WHERE joined.record = person.employee_id)
			FROM person WHERE manager_id IN `+placeholders(1, len(part)), managers...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Orphans is the active people whose manager has left, by the manager's profile id: HR has to name somebody else.
func (s *Store) Orphans(ctx context.Context) (map[string][]employee.ID, error) {
	orphans := map[string][]employee.ID{}
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var manager string
		var id employee.ID
		err := rows.Scan(&manager, &id)
		orphans[manager] = append(orphans[manager], id)
		return wrap("read reports", err)
	}, `SELECT m.profile_id, p.employee_id FROM person m JOIN person p ON p.manager_id = m.profile_id
		WHERE m.status = $1 AND p.status = $2 AND p.missing_since IS NULL ORDER BY m.profile_id, p.employee_id`,
		string(employee.Inactive), string(employee.Active))
	return orphans, err
}

// AddressHolders is everybody whose work address this is, in HR's words: also those who have left or whom HR does not
// show any more. An address is theirs until HR gives it to somebody else.
func (s *Store) AddressHolders(ctx context.Context, address string) ([]employee.Employee, error) {
	key := emailKey(address)
	if key == "" {
		return nil, nil
	}
	return s.many(ctx, `SELECT record FROM person WHERE email_key = $1 ORDER BY profile_id`, key)
}
