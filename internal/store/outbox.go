package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tenure/internal/employee"
)

// OutboxEvent is an event that waits for its workflow.
type OutboxEvent struct {
	Seq   int64
	Event employee.Event
}

// enqueue puts events into the outbox and counts those that were not there yet.
func (c scan) enqueue(ctx context.Context, events []employee.Event) (int, error) {
	seq, err := maxSeq(ctx, c.tx, `SELECT COALESCE(MAX(seq), 0) FROM outbox`)
	if err != nil {
		return 0, err
	}
	added := 0
	for _, e := range events {
		body, err := json.Marshal(e)
		if err != nil {
			return 0, fmt.Errorf("store: encode event %s: %w", e.Key, err)
		}
		res, err := c.tx.ExecContext(ctx, `INSERT INTO outbox (seq, event_key, event, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (event_key) DO NOTHING`, seq+1, e.Key, string(body), stamp(c.at))
		if err != nil {
			return 0, fmt.Errorf("store: write event %s: %w", e.Key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			continue
		}
		seq++
		added++
	}
	return added, nil
}

// NextEvents is the oldest events that are not dispatched, at most limit, in order.
func (s *Store) NextEvents(ctx context.Context, limit int) ([]OutboxEvent, error) {
	var events []OutboxEvent
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var e OutboxEvent
		var body string
		if err := rows.Scan(&e.Seq, &body); err != nil {
			return fmt.Errorf("store: read event: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &e.Event); err != nil {
			return fmt.Errorf("store: read event %d: %w", e.Seq, err)
		}
		events = append(events, e)
		return nil
	}, `SELECT seq, event FROM outbox WHERE dispatched_at IS NULL ORDER BY seq LIMIT $1`, limit)
	return events, err
}

// MarkDispatched says that an event was delivered, and in note what came of it ("started offboard/E1042"). An event
// that is marked already stays as it was.
func (s *Store) MarkDispatched(ctx context.Context, seq int64, note string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE outbox SET dispatched_at = COALESCE(dispatched_at, $1), note = COALESCE(note, $2) WHERE seq = $3`,
			stamp(s.now()), note, seq)
		if err != nil {
			return wrap("mark event", err)
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return fmt.Errorf("event %d: %w", seq, ErrNotFound)
		}
		return nil
	})
}
