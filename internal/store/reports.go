package store

import (
	"context"
	"database/sql"

	"tenure/internal/employee"
)

// Reports is everybody whose manager is this profile, as HR has it, and who works for the company or is about to, by
// profile id. Whom HR does not show any more is left out.
func (s *Store) Reports(ctx context.Context, profileID string) ([]employee.Employee, error) {
	if profileID == "" {
		return nil, nil
	}
	return s.many(ctx, `SELECT record FROM person WHERE manager_id = $1 AND status <> $2 AND missing_since IS NULL ORDER BY profile_id`,
		profileID, string(employee.Inactive))
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
