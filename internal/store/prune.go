package store

import (
	"context"
	"database/sql"
	"time"
)

// How long rows are kept that nobody acts upon any more. What was done is in the evidence, which is kept.
const (
	keepEvents = 365 * 24 * time.Hour
	keepScans  = 90 * 24 * time.Hour
	pruneEvery = 24 * time.Hour
	// prunedAtOnce bounds what one transaction throws away: others wait for it.
	prunedAtOnce = 5000
)

// Prune throws away, once a day, events that ended long ago, scans and announcements. It keeps the last that was heard of
// each person's coming and going, by which the guard knows whose day is waited for, and the newest row of all, from which
// numbers go on.
func (s *Store) Prune(ctx context.Context, at time.Time) error {
	var last time.Time
	if _, err := getWatch(ctx, s.db, watchPruned, &last); err != nil || at.Sub(last) < pruneEvery {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		year, quarter := stamp(at.Add(-keepEvents)), stamp(at.Add(-keepScans))
		res, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE seq IN (
			SELECT o.seq FROM outbox o WHERE o.state NOT IN ('waiting', 'held') AND o.dispatched_at < $1 AND o.seq < (SELECT MAX(seq) FROM outbox)
			AND (o.event_key LIKE 'joining/%' OR o.event_key LIKE 'changed/%' OR EXISTS (
				SELECT 1 FROM outbox later WHERE later.employee_id = o.employee_id AND later.seq > o.seq AND `+comingAndGoing+`))
			ORDER BY o.seq LIMIT $2)`, year, prunedAtOnce)
		if err != nil {
			return wrap("throw old events away", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM scan WHERE at < $1 AND seq < (SELECT MAX(seq) FROM scan)`, quarter); err != nil {
			return wrap("throw old scans away", err)
		}
		// The announcement of the baseline is made once for ever.
		if _, err := tx.ExecContext(ctx, `DELETE FROM told WHERE at < $1 AND announcement <> 'watch/baseline'`, year); err != nil {
			return wrap("throw old announcements away", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == prunedAtOnce {
			return err // the rest with the next poll
		}
		return putWatch(ctx, tx, watchPruned, at)
	})
}
