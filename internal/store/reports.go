package store

import (
	"context"
	"database/sql"

	"tenure/internal/employee"
)

// Reports is everybody who works for the company or is about to, and whose nearest working manager up HR's chain this
// profile is, or was until it ceased to be one, by profile id: those whom HR has report to it, and those of whom every
// manager between has left, has not begun, or is not shown by HR any more. Such managers are passed over as [Store.Chain]
// has it, so what becomes of this one concerns whoever stands below them. Whom HR does not show any more is left out.
func (s *Store) Reports(ctx context.Context, profileID string) ([]employee.Employee, error) {
	if profileID == "" {
		return nil, nil
	}
	// UNION keeps one of a kind: where HR has people report to each other in a circle, the search ends. It begins with a
	// column instead of the parameter because PostgreSQL wants both its sides in one collation.
	return s.many(ctx, `WITH RECURSIVE line (profile_id) AS (
			SELECT manager_id FROM person WHERE manager_id = $1
			UNION
			SELECT p.profile_id FROM line JOIN person p ON p.manager_id = line.profile_id WHERE p.status <> $2 OR p.missing_since IS NOT NULL)
		SELECT record FROM person WHERE manager_id IN (SELECT profile_id FROM line) AND profile_id <> $1 AND status <> $3 AND missing_since IS NULL
		ORDER BY profile_id`, profileID, string(employee.Active), string(employee.Inactive))
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
