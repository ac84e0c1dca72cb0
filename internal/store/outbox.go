package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tenure/internal/employee"
)

// OutboxEvent is an event that waits for its workflow.
type OutboxEvent struct {
	Seq   int64
	Event employee.Event
}

// The states of an event in the outbox. All but the first two are ends.
const (
	waiting    = "waiting"
	held       = "held" // in a batch: no dispatcher sees it
	done       = "done"
	unused     = "unused" // no process acts on it yet
	superseded = "superseded"
	corrected  = "corrected"
	rejected   = "rejected"
	expired    = "expired"
)

// queued is an event in the outbox with what the judge must know of it.
type queued struct {
	OutboxEvent
	traits employee.Traits
	batch  string
}

// enqueue puts events into the outbox. Snapshot and outbox are written together, so what the snapshots differ in has
// happened; a key that is there already is that of an earlier change of the same kind, and the new one gets its own.
func (c scan) enqueue(ctx context.Context, events []employee.Event, traits []employee.Traits) ([]queued, error) {
	seq, err := maxSeq(ctx, c.tx, `SELECT COALESCE(MAX(seq), 0) FROM outbox`)
	if err != nil {
		return nil, err
	}
	there, err := c.queuedKeys(ctx, events)
	if err != nil {
		return nil, err
	}
	var added []queued
	for i, e := range events {
		seq++
		if there[storable(e.Key)] {
			e.Key = fmt.Sprintf("%s#%d", e.Key, seq)
		}
		there[storable(e.Key)] = true
		added = append(added, queued{OutboxEvent: OutboxEvent{Seq: seq, Event: e}, traits: traits[i]})
	}
	rows, err := c.outboxRows(added)
	if err != nil {
		return nil, err
	}
	err = c.insertAll(ctx, rows, `INSERT INTO outbox (seq, event_key, event, created_at, state, employee_id, traits) VALUES`, "")
	if err != nil {
		return nil, wrap("write events", err)
	}
	return added, nil
}

// queuedKeys is which keys of these events are in the outbox already, in the form in which every database keeps them.
func (c scan) queuedKeys(ctx context.Context, events []employee.Event) (map[string]bool, error) {
	there := map[string]bool{}
	for part := range slices.Chunk(events, keysAtOnce) {
		keys := make([]any, len(part))
		for i, e := range part {
			keys[i] = e.Key
		}
		err := each(ctx, c.tx, func(r *sql.Rows) error {
			var key string
			err := r.Scan(&key)
			there[storable(key)] = true
			return wrap("read event", err)
		}, `SELECT event_key FROM outbox WHERE event_key IN `+placeholders(1, len(keys)), keys...)
		if err != nil {
			return nil, err
		}
	}
	return there, nil
}

func (c scan) outboxRows(all []queued) ([][]any, error) {
	at := stamp(c.at)
	rows := make([][]any, len(all))
	for i, q := range all {
		body, err := json.Marshal(q.Event)
		if err != nil {
			return nil, fmt.Errorf("store: encode event %s: %w", q.Event.Key, err)
		}
		traits, err := json.Marshal(q.traits)
		if err != nil {
			return nil, fmt.Errorf("store: encode event %s: %w", q.Event.Key, err)
		}
		rows[i] = []any{q.Seq, q.Event.Key, string(body), at, waiting, string(q.Event.Employee), string(traits)}
	}
	return rows, nil
}

// NextEvents is the oldest events that are to be dispatched, at most limit, in order. What is held is not among them.
func (s *Store) NextEvents(ctx context.Context, limit int) ([]OutboxEvent, error) {
	return s.dispatchable(ctx, `WHERE state = 'waiting' ORDER BY seq LIMIT $1`, limit)
}

// DueEvents is the events of some kinds that are to be dispatched, in order: at most limit after the given number.
func (s *Store) DueEvents(ctx context.Context, kinds []employee.EventKind, after int64, limit int) ([]OutboxEvent, error) {
	args := []any{after, limit}
	var oneOf []string
	for _, k := range kinds {
		args = append(args, string(k)+"/%")
		oneOf = append(oneOf, fmt.Sprintf("event_key LIKE $%d", len(args)))
	}
	return s.dispatchable(ctx, `WHERE state = 'waiting' AND seq > $1 AND (`+strings.Join(oneOf, " OR ")+`) ORDER BY seq LIMIT $2`, args...)
}

// UnusedEvents is the events on which no process acted when they came, in order: at most limit after the given number.
func (s *Store) UnusedEvents(ctx context.Context, after int64, limit int) ([]OutboxEvent, error) {
	return s.dispatchable(ctx, `WHERE state = 'unused' AND seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

func (s *Store) dispatchable(ctx context.Context, where string, args ...any) ([]OutboxEvent, error) {
	found, err := outbox(ctx, s.db, where, args...)
	if err != nil {
		return nil, err
	}
	events := make([]OutboxEvent, len(found))
	for i, q := range found {
		events[i] = q.OutboxEvent
	}
	return events, nil
}

// outbox reads rows of the outbox.
func outbox(ctx context.Context, q querier, where string, args ...any) ([]queued, error) {
	var rows []queued
	err := each(ctx, q, func(r *sql.Rows) error {
		var e queued
		var body, traits string
		if err := r.Scan(&e.Seq, &body, &traits, &e.batch); err != nil {
			return fmt.Errorf("store: read event: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &e.Event); err != nil {
			return fmt.Errorf("store: read event %d: %w", e.Seq, err)
		}
		if err := json.Unmarshal([]byte(traits), &e.traits); err != nil {
			return fmt.Errorf("store: read event %d: %w", e.Seq, err)
		}
		rows = append(rows, e)
		return nil
	}, `SELECT seq, event, traits, COALESCE(batch, '') FROM outbox `+where, args...)
	return rows, err
}

// MarkDispatched says that an event was delivered, and in note what came of it ("started offboard/E1042"). An event
// that is marked already stays as it was. Marking one that is held is an error: nobody can have been given it.
func (s *Store) MarkDispatched(ctx context.Context, seq int64, note string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE outbox SET state = CASE WHEN state = 'waiting' THEN 'done' ELSE state END,
			dispatched_at = COALESCE(dispatched_at, $1), note = COALESCE(note, $2) WHERE seq = $3 AND state <> 'held'`,
			stamp(s.now()), note, seq)
		if err != nil {
			return wrap("mark event", err)
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return fmt.Errorf("event %d that may be dispatched: %w", seq, ErrNotFound)
		}
		return nil
	})
}

// MarkUnused says that no process acts on these events yet, by what is noted of them. They stay to be found, see
// [Store.UnusedEvents].
func (s *Store) MarkUnused(ctx context.Context, alike map[string][]int64) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for note, events := range alike {
			err := updateAll(ctx, tx, events, `UPDATE outbox SET state = 'unused', dispatched_at = $1, note = $2 WHERE state = 'waiting' AND seq IN`, stamp(s.now()), note)
			if err != nil {
				return wrap("mark events", err)
			}
		}
		return nil
	})
}

// end closes an event without delivering it.
func end(ctx context.Context, tx *sql.Tx, seq int64, state, note, at string) error {
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = $1, note = $2, dispatched_at = $3 WHERE seq = $4`, state, note, at, seq)
	return wrap("close event", err)
}

// count counts events by state.
func (s *Store) count(ctx context.Context, state string) (int, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE state = $1`, state).Scan(&n)
	return n, wrap("count events", err)
}
