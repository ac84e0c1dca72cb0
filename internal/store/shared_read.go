package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// SharedRead is what some worker read last under this name, and when; nil when nobody did. What was encrypted with
// another key, or is damaged, counts as not read: it is only a copy of what a vendor knows.
func (s *Store) SharedRead(ctx context.Context, name string) (body []byte, readAt time.Time, err error) {
	var key, sealed, at string
	err = s.db.QueryRowContext(ctx, `SELECT key_id, sealed, read_at FROM shared_read WHERE name = $1`, name).Scan(&key, &sealed, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, wrap("read shared answer", err)
	}
	if key != keyID(s.key) || sealed == "" {
		return nil, time.Time{}, nil
	}
	readAt, err = time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return nil, time.Time{}, wrap("read shared answer", err)
	}
	if body, err = s.openShared(name, sealed); err != nil {
		return nil, time.Time{}, nil //nolint:nilerr // as if nobody had read it
	}
	return body, readAt, nil
}

// ClaimRead makes who the only one to read under this name for so long, and says whether it is. Who has the claim
// already keeps it; a claim that has run out is anybody's.
func (s *Store) ClaimRead(ctx context.Context, name, who string, lasts time.Duration) (mine bool, err error) {
	if name == "" || who == "" || lasts <= 0 {
		return false, fmt.Errorf("store: claim of %q by %q for %s: none may be empty", name, who, lasts)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		res, err := tx.ExecContext(ctx, `INSERT INTO shared_read (name, key_id, sealed, read_at, claimed_by, claimed_until) VALUES ($1, '', '', '', $2, $3)
			ON CONFLICT (name) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
			WHERE shared_read.claimed_by = $2 OR shared_read.claimed_until <= $4`, name, who, stamp(now.Add(lasts)), stamp(now))
		if err != nil {
			return wrap("claim read", err)
		}
		n, err := res.RowsAffected()
		mine = n == 1
		return wrap("claim read", err)
	})
	return mine && err == nil, err
}

// KeepRead keeps what who read, and ends its claim. When the claim was lost meanwhile, somebody else reads: nothing is
// kept then.
func (s *Store) KeepRead(ctx context.Context, name, who string, body []byte, readAt time.Time) error {
	sealed, err := s.sealShared(name, body)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE shared_read SET key_id = $1, sealed = $2, read_at = $3, claimed_by = '', claimed_until = ''
			WHERE name = $4 AND claimed_by = $5`, keyID(s.key), sealed, stamp(readAt), name, who)
		return wrap("keep shared answer", err)
	})
}

// DropClaim ends who's claim without an answer. A claim of somebody else stays.
func (s *Store) DropClaim(ctx context.Context, name, who string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE shared_read SET claimed_by = '', claimed_until = '' WHERE name = $1 AND claimed_by = $2`, name, who)
		return wrap("drop claim", err)
	})
}

// window is how long a call counts against a budget. A vendor may begin its day at midnight anywhere, or count the last
// twenty-four hours at every call; counted by the hour, and with the oldest hour counted whole, both are kept to.
const window = 24 * time.Hour

// Spend counts one call against a budget of so many within any twenty-four hours, across all processes. ok is false
// when the budget is used up: nothing is counted then, and free is when the next call may be made at the earliest.
func (s *Store) Spend(ctx context.Context, name string, most int) (ok bool, free time.Time, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		hour := s.now().UTC().Truncate(time.Hour)
		oldest := hour.Add(-window)
		if _, err := tx.ExecContext(ctx, `DELETE FROM spent WHERE name = $1 AND hour < $2`, name, stamp(oldest)); err != nil {
			return wrap("forget what was spent", err)
		}
		used, first, err := spentBy(ctx, tx, name)
		if err != nil {
			return err
		}
		if used >= int64(most) {
			free = first.Add(window + time.Hour)
			return nil
		}
		ok = true
		_, err = tx.ExecContext(ctx, `INSERT INTO spent (name, hour, calls) VALUES ($1, $2, 1)
			ON CONFLICT (name, hour) DO UPDATE SET calls = spent.calls + 1`, name, stamp(hour))
		return wrap("count a call", err)
	})
	return ok && err == nil, free, err
}

// spentBy is how many calls count, and in which hour the first of them was made.
func spentBy(ctx context.Context, q querier, name string) (used int64, first time.Time, err error) {
	var hour sql.NullString
	err = q.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT), MIN(hour) FROM spent WHERE name = $1`, name).Scan(&used, &hour)
	if err != nil || !hour.Valid {
		return used, first, wrap("read what was spent", err)
	}
	first, err = time.Parse(time.RFC3339Nano, hour.String)
	return used, first, wrap("read what was spent", err)
}

// sealShared encrypts a shared answer and binds it to its name.
func (s *Store) sealShared(name string, body []byte) (string, error) {
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, body, []byte("shared "+name))), nil
}

func (s *Store) openShared(name, sealed string) ([]byte, error) {
	aead, err := s.aead()
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < aead.NonceSize() {
		return nil, errors.New("store: a shared answer is damaged")
	}
	return aead.Open(nil, b[:aead.NonceSize()], b[aead.NonceSize():], []byte("shared "+name))
}
