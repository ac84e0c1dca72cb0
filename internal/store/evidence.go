package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"tenure/internal/evidence"
)

// AppendEvidence seals r and adds it to the chain, unless it is there: a record with the same key was written
// before, or r tells nothing new about its step ([evidence.Repeats]). It returns the record that stands in the
// chain and whether it was written now. The chain cannot fork, however many processes append.
//
// key is the same for the same attempt of the same activity and outcome; it must not be empty.
func (s *Store) AppendEvidence(ctx context.Context, key string, r evidence.Record) (evidence.Record, bool, error) {
	if key == "" {
		return evidence.Record{}, false, errors.New("store: evidence without a key: give one that is the same for the same outcome")
	}
	written := false
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		r, written, err = s.appendEvidence(ctx, tx, key, r)
		return err
	})
	if err != nil {
		return evidence.Record{}, false, err
	}
	return r, written, nil
}

// appendEvidence is [Store.AppendEvidence] as a part of a transaction.
func (s *Store) appendEvidence(ctx context.Context, tx *sql.Tx, key string, r evidence.Record) (evidence.Record, bool, error) {
	standing, err := standing(ctx, tx, key, r)
	if err != nil || standing != nil {
		if standing != nil {
			r = *standing
		}
		return r, false, err
	}
	head, err := head(ctx, tx)
	if err != nil {
		return r, false, err
	}
	if r.RecordedAt.IsZero() {
		r.RecordedAt = s.now()
	}
	if r, err = seal(r, head); err != nil {
		return r, false, err
	}
	return r, true, insertEvidence(ctx, tx, key, r)
}

// standing is the record that makes r superfluous, or nil.
func standing(ctx context.Context, q querier, key string, r evidence.Record) (*evidence.Record, error) {
	same, err := oneRecord(ctx, q, `SELECT record FROM evidence WHERE append_key = $1`, key)
	if err != nil || same != nil {
		return same, err
	}
	if r.Step == "" {
		return nil, nil
	}
	last, err := oneRecord(ctx, q, `SELECT record FROM evidence WHERE case_id = $1 AND run = $2 AND step = $3 ORDER BY seq DESC LIMIT 1`,
		r.Case, r.Run, string(r.Step))
	if err != nil || last == nil || !evidence.Repeats(*last, r) {
		return nil, err
	}
	return last, nil
}

func oneRecord(ctx context.Context, q querier, query string, args ...any) (*evidence.Record, error) {
	var line []byte
	err := q.QueryRowContext(ctx, query, args...).Scan(&line)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("read evidence", err)
	}
	r, err := evidence.Decode(line)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

func seal(r evidence.Record, head evidence.Head) (evidence.Record, error) {
	salt := make([]byte, evidence.MinSalt)
	if _, err := rand.Read(salt); err != nil {
		return evidence.Record{}, err
	}
	return r.Seal(head, salt)
}

func insertEvidence(ctx context.Context, tx *sql.Tx, key string, r evidence.Record) error {
	line, err := r.Encode()
	if err != nil {
		return fmt.Errorf("store: encode evidence: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO evidence (seq, append_key, case_id, run, step, record) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.Seq, key, r.Case, r.Run, string(r.Step), string(line))
	return wrap("write evidence", err)
}

func head(ctx context.Context, q querier) (evidence.Head, error) {
	last, err := oneRecord(ctx, q, `SELECT record FROM evidence ORDER BY seq DESC LIMIT 1`)
	if err != nil || last == nil {
		return evidence.Start(), err
	}
	return last.Head(), nil
}

// EvidenceHead says how long the chain is and where it ends. Kept elsewhere, it shows later that nothing was cut off.
func (s *Store) EvidenceHead(ctx context.Context) (evidence.Head, error) { return head(ctx, s.db) }

// CaseEvidence is the records of one case in order. A rehire's second case has the same id and another Run.
func (s *Store) CaseEvidence(ctx context.Context, caseID string) ([]evidence.Record, error) {
	var records []evidence.Record
	err := s.evidence(ctx, func(r evidence.Record) error {
		records = append(records, r)
		return nil
	}, `SELECT seq, record FROM evidence WHERE case_id = $1 ORDER BY seq`, caseID)
	return records, err
}

// EachEvidence hands every record to fn, in order, until fn returns an error. fn must not write to the store.
func (s *Store) EachEvidence(ctx context.Context, fn func(evidence.Record) error) error {
	return s.evidence(ctx, fn, `SELECT seq, record FROM evidence ORDER BY seq`)
}

// VerifyEvidence checks the whole chain and returns where it ends. The error names the first broken record.
func (s *Store) VerifyEvidence(ctx context.Context) (evidence.Head, error) {
	v := evidence.Verifier{}
	err := s.EachEvidence(ctx, func(r evidence.Record) error {
		if v.Head().Count == 0 && r.Seq != 1 {
			return &evidence.BrokenError{Seq: 1, Why: fmt.Sprintf("missing: the chain begins with record %d", r.Seq)}
		}
		return v.Add(r)
	})
	if err != nil {
		return v.Head(), err
	}
	if v.Head().Count == 0 {
		return evidence.Start(), nil
	}
	return v.Head(), nil
}

func (s *Store) evidence(ctx context.Context, fn func(evidence.Record) error, query string, args ...any) error {
	return each(ctx, s.db, func(rows *sql.Rows) error {
		var seq int64
		var line []byte
		if err := rows.Scan(&seq, &line); err != nil {
			return wrap("read evidence", err)
		}
		r, err := evidence.Decode(line)
		if err != nil {
			return &evidence.BrokenError{Seq: seq, Why: err.Error()}
		}
		return fn(r)
	}, query, args...)
}
