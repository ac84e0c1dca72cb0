package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tenure/internal/employee"
)

// Hear puts an event into the outbox that no reading of HR has shown: something a case did is news to others. The same
// key is heard once.
func (s *Store) Hear(ctx context.Context, e employee.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("store: encode event %s: %w", e.Key, err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		last, err := maxSeq(ctx, tx, `SELECT COALESCE(MAX(seq), 0) FROM outbox`)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO outbox (seq, event_key, event, created_at, state, employee_id, traits) VALUES ($1, $2, $3, $4, $5, $6, '{}')
			ON CONFLICT (event_key) DO NOTHING`, last+1, e.Key, string(body), stamp(s.now()), waiting, string(e.Employee))
		return wrap("write event", err)
	})
}
