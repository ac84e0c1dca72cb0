package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Letter is something that came through a front door, as that door wrote it down.
type Letter struct {
	Seq  int64
	Key  string
	Body string
}

// keepLetters is how long the key of a delivered letter is kept: longer than any vendor delivers again.
const keepLetters = 30 * 24 * time.Hour

// PutLetter keeps a letter until it is delivered. fresh is false when one of the same key was kept before, delivered
// or not; nothing is changed then.
// An urgent letter is delivered before those that are not.
func (s *Store) PutLetter(ctx context.Context, key, body string, urgent bool) (fresh bool, err error) {
	if key == "" || body == "" {
		return false, errors.New("store: a letter needs a key and a body")
	}
	first := 1
	if urgent {
		first = 0
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		last, err := maxSeq(ctx, tx, `SELECT COALESCE(MAX(seq), 0) FROM inbox`)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO inbox (seq, ask_key, ask, urgent, received_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (ask_key) DO NOTHING`, last+1, key, body, first, stamp(s.now()))
		if err != nil {
			return wrap("write letter", err)
		}
		n, err := res.RowsAffected()
		fresh = n == 1
		return wrap("write letter", err)
	})
	return fresh && err == nil, err
}

// NextLetters is the letters that are not delivered, at most limit: the urgent ones first, then the oldest.
func (s *Store) NextLetters(ctx context.Context, limit int) ([]Letter, error) {
	var letters []Letter
	err := each(ctx, s.db, func(rows *sql.Rows) error {
		var l Letter
		if err := rows.Scan(&l.Seq, &l.Key, &l.Body); err != nil {
			return fmt.Errorf("store: read letter: %w", err)
		}
		letters = append(letters, l)
		return nil
	}, `SELECT seq, ask_key, ask FROM inbox WHERE delivered_at IS NULL ORDER BY urgent, seq LIMIT $1`, limit)
	return letters, err
}

// MarkDelivered says that a letter has reached Temporal. Its body is dropped, and so are keys nobody sends again; the
// newest row stays, because numbers go on from it.
func (s *Store) MarkDelivered(ctx context.Context, seq int64) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `UPDATE inbox SET delivered_at = COALESCE(delivered_at, $1), ask = '' WHERE seq = $2`, stamp(now), seq); err != nil {
			return wrap("mark letter", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM inbox WHERE delivered_at < $1 AND seq < $2`, stamp(now.Add(-keepLetters)), seq)
		return wrap("drop old letters", err)
	})
}

// PutAside ends a letter that can never be handed over. Its body is kept for whoever looks into it.
func (s *Store) PutAside(ctx context.Context, seq int64) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE inbox SET delivered_at = COALESCE(delivered_at, $1) WHERE seq = $2`, stamp(s.now()), seq)
		return wrap("put letter aside", err)
	})
}

// InboxBacklog counts the letters that wait, and says since when the oldest does; zero when none waits.
func (s *Store) InboxBacklog(ctx context.Context) (count int, oldest time.Time, err error) {
	var since sql.NullString
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*), MIN(received_at) FROM inbox WHERE delivered_at IS NULL`).Scan(&count, &since)
	if err != nil {
		return 0, time.Time{}, wrap("count letters", err)
	}
	if since.Valid {
		if oldest, err = time.Parse(time.RFC3339, since.String); err != nil {
			return 0, time.Time{}, wrap("read letter's time", err)
		}
	}
	return count, oldest, nil
}
