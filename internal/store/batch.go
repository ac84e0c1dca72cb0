package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/evidence"
)

// Refused is a decision that cannot be taken. Nothing was changed.
type Refused struct {
	Kind RefusedKind
	Text string
	Mend string
}

// RefusedKind says of what kind a refusal is; the words are those of the activities' error types.
type RefusedKind string

// The kinds.
const (
	RefusedInput    RefusedKind = "InvalidInput"
	RefusedPerson   RefusedKind = "Forbidden"
	RefusedConflict RefusedKind = "Conflict"
)

// Error is the text and the mend.
func (r *Refused) Error() string { return r.Text + " (" + r.Mend + ")" }

func refused(kind RefusedKind, mend, format string, args ...any) error {
	return &Refused{Kind: kind, Text: fmt.Sprintf(format, args...), Mend: mend}
}

// guardActor is who holds batches, in evidence.
const guardActor = "tenure:mass-guard"

// open makes the batch of a burst.
func (c scan) open(ctx context.Context, v employee.Verdict, burst []queued) (string, error) {
	last, err := maxSeq(ctx, c.tx, `SELECT COALESCE(MAX(seq), 0) FROM batch`)
	if err != nil {
		return "", err
	}
	b := employee.Batch{ID: fmt.Sprintf("B%d", last+1), Cause: v.Cause, State: employee.BatchHeld, Opened: c.at, Expires: c.at.Add(c.judge.Holding())}
	for _, q := range burst {
		b.People = withKind(b.People, q.Event)
	}
	if err := putBody(ctx, c.tx, putBatch, last+1, b.ID, string(b.State), b); err != nil {
		return "", err
	}
	return b.ID, c.store.note(ctx, c.tx, b, "opened", guardActor, "held: "+b.Cause, b.Held())
}

func withKind(people []employee.BatchPerson, e employee.Event) []employee.BatchPerson {
	i, found := slices.BinarySearchFunc(people, e.Employee, func(p employee.BatchPerson, id employee.ID) int {
		return strings.Compare(string(p.Employee), string(id))
	})
	if !found {
		people = slices.Insert(people, i, employee.BatchPerson{Employee: e.Employee, State: employee.PersonHeld})
	}
	p := &people[i]
	if !slices.Contains(p.Kinds, e.Kind) {
		p.Kinds = append(p.Kinds, e.Kind)
	}
	p.Departure = e.Departure
	return people
}

// afterLeaving is the least time that people have to decide on somebody who left while a batch was held already.
const afterLeaving = 4 * time.Hour

// refresh brings a batch's people up to date after HR changed what is held of them. What was proposed for somebody of
// whom something else is held now is not proposed any more; left says that one of them left meanwhile.
func (s *Store) refresh(ctx context.Context, tx *sql.Tx, id string, at time.Time, left bool) error {
	b, seq, err := readBatch(ctx, tx, id)
	if err != nil || b.State != employee.BatchHeld {
		return err
	}
	rows, err := outbox(ctx, tx, `WHERE state = 'held' AND batch = $1 ORDER BY seq`, id)
	if err != nil {
		return err
	}
	var now []employee.BatchPerson
	for _, r := range rows {
		now = withKind(now, r.Event)
	}
	gone, moved := update(b.People, now)
	dropped := b.Proposal
	if dropped == nil || !slices.ContainsFunc(moved, func(id employee.ID) bool { return slices.Contains(dropped.People, id) }) {
		dropped = nil
	} else {
		b.Proposal = nil
	}
	if left && b.Expires.Before(at.Add(afterLeaving)) {
		b.Expires = at.Add(afterLeaving)
	}
	if len(now) == 0 {
		b.State, b.Closed, b.Proposal = employee.BatchWithdrawn, at, nil
	}
	if err := putBody(ctx, tx, putBatch, seq, id, string(b.State), b); err != nil {
		return err
	}
	if dropped != nil {
		detail := string(dropped.Verb) + " asked for by " + dropped.By + " is not asked for any more: HR changed what is held of these people"
		if err := s.note(ctx, tx, b, "dropped/"+dropped.Nonce, guardActor, detail, moved); err != nil {
			return err
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return s.note(ctx, tx, b, "corrected/"+stamp(at), guardActor, "taken back by HR while held", gone)
}

// update makes people what is held of them now: gone are those of whom nothing is, moved those of whom it is something
// else.
func update(people, now []employee.BatchPerson) (gone, moved []employee.ID) {
	for i := range people {
		p := &people[i]
		at := slices.IndexFunc(now, func(n employee.BatchPerson) bool { return n.Employee == p.Employee })
		switch {
		case at >= 0 && (!slices.Equal(p.Kinds, now[at].Kinds) || p.Departure != now[at].Departure):
			p.Kinds, p.Departure = now[at].Kinds, now[at].Departure
			moved = append(moved, p.Employee)
		case at < 0 && p.State == employee.PersonHeld:
			p.State, p.Note = employee.PersonCorrected, "HR took it back"
			gone = append(gone, p.Employee)
		}
	}
	return gone, moved
}

// note keeps what happened to a batch as evidence.
func (s *Store) note(ctx context.Context, tx *sql.Tx, b employee.Batch, what, actor, detail string, people []employee.ID) error {
	return s.guardNote(ctx, tx, "batch/"+b.ID, what, actor, detail, people)
}

func (s *Store) guardNote(ctx context.Context, tx *sql.Tx, caseID, what, actor, detail string, people []employee.ID) error {
	r := evidence.Record{System: "guard", Activity: "guard." + strings.SplitN(what, "/", 2)[0],
		Personal: evidence.Personal{Case: caseID, Actor: actor, Detail: detail, Items: texts(people)}}
	_, _, err := s.appendEvidence(ctx, tx, caseID+"/"+what, r)
	return err
}

func texts(ids []employee.ID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return out
}

// Batches is the batches in a state, newest first; all of them for "".
func (s *Store) Batches(ctx context.Context, state employee.BatchState) ([]employee.Batch, error) {
	return bodies[employee.Batch](ctx, s.db, `SELECT body FROM batch WHERE $1 = '' OR state = $1 ORDER BY seq DESC`, string(state))
}

// Batch is one batch by its id, whatever the case. The error is [ErrNotFound] when there is none.
func (s *Store) Batch(ctx context.Context, id string) (employee.Batch, error) {
	b, _, err := readBatch(ctx, s.db, id)
	return b, err
}

func readBatch(ctx context.Context, q querier, id string) (b employee.Batch, seq int64, err error) {
	var body string
	err = q.QueryRowContext(ctx, `SELECT seq, body FROM batch WHERE id = $1`, strings.ToUpper(strings.TrimSpace(id))).Scan(&seq, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return b, 0, fmt.Errorf("batch %q: %w", id, ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &b)
	}
	return b, seq, wrap("read batch", err)
}

// The statements that write a batch and a raise, see putBody.
const (
	putBatch = `INSERT INTO batch (seq, id, state, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (seq) DO UPDATE SET state = excluded.state, body = excluded.body`
	putRaise = `INSERT INTO raise (seq, id, state, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (seq) DO UPDATE SET state = excluded.state, body = excluded.body`
)

func putBody(ctx context.Context, tx *sql.Tx, put string, seq int64, id, state string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return wrap("encode "+id, err)
	}
	_, err = tx.ExecContext(ctx, put, seq, id, state, string(body))
	return wrap("write "+id, err)
}

func bodies[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return wrap("read", err)
		}
		var v T
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return wrap("read", err)
		}
		out = append(out, v)
		return nil
	}, query, args...)
	return out, err
}

// ExpireBatches closes the batches whose time is over at an instant, and returns them. Nothing in them runs.
func (s *Store) ExpireBatches(ctx context.Context, at time.Time) ([]employee.Batch, error) {
	var over []employee.Batch
	err := s.write(ctx, func(tx *sql.Tx) error {
		open, err := bodies[employee.Batch](ctx, tx, `SELECT body FROM batch WHERE state = 'held' ORDER BY seq`)
		if err != nil {
			return err
		}
		for _, b := range open {
			if b.Expires.After(at) {
				continue
			}
			if b, err = s.expire(ctx, tx, b.ID, at); err != nil {
				return err
			}
			over = append(over, b)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return over, nil
}

func (s *Store) expire(ctx context.Context, tx *sql.Tx, id string, at time.Time) (employee.Batch, error) {
	b, seq, err := readBatch(ctx, tx, id)
	if err != nil {
		return b, err
	}
	people := b.Held()
	if err := endHeld(ctx, tx, &b, people, expired, employee.PersonExpired, "nobody decided on "+b.ID+" in time", at); err != nil {
		return b, err
	}
	b.State, b.Closed, b.Proposal = employee.BatchExpired, at, nil
	if err := putBody(ctx, tx, putBatch, seq, b.ID, string(b.State), b); err != nil {
		return b, err
	}
	return b, s.note(ctx, tx, b, "expired", guardActor, "nobody decided in time; nothing was done", people)
}

// endHeld closes what is held of some people of a batch.
func endHeld(ctx context.Context, tx *sql.Tx, b *employee.Batch, people []employee.ID, state string, person employee.PersonState, note string, at time.Time) error {
	err := updateAll(ctx, tx, texts(people), `UPDATE outbox SET state = $1, note = $2, dispatched_at = $3 WHERE batch = $4 AND state = 'held' AND employee_id IN`,
		state, note, stamp(at), b.ID)
	if err != nil {
		return wrap("close events", err)
	}
	for _, id := range people {
		setPerson(b, id, person, note)
	}
	return nil
}

func setPerson(b *employee.Batch, id employee.ID, state employee.PersonState, note string) {
	for i := range b.People {
		if b.People[i].Employee == id {
			b.People[i].State, b.People[i].Note = state, note
		}
	}
}

// newNonce ties a confirmation to the proposal it was shown with.
func newNonce() (string, error) {
	b := make([]byte, 4)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}
