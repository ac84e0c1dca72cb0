package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// RememberTracker keeps which case follows a parcel, by the id of its tracker. Whoever follows it last has it: an order
// of an earlier case can be taken over by a later one.
func (s *Store) RememberTracker(ctx context.Context, tracker, trackingCode, caseID string) error {
	if tracker == "" || caseID == "" {
		return fmt.Errorf("store: tracker %q of case %q: neither may be empty", tracker, caseID)
	}
	// Read first: the same is told at every look, and reading waits for no writer.
	if known, err := s.CaseOfTracker(ctx, tracker); err == nil && known == caseID {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tracker_case (tracker, tracking_code, case_id, remembered_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tracker) DO UPDATE SET tracking_code = excluded.tracking_code, case_id = excluded.case_id, remembered_at = excluded.remembered_at`,
			tracker, trackingCode, caseID, stamp(s.now()))
		return wrap("remember tracker", err)
	})
}

// CaseOfTracker is the workflow id of the case that follows the parcel; empty when none does: carriers have news of
// parcels that are nobody's here.
func (s *Store) CaseOfTracker(ctx context.Context, tracker string) (string, error) {
	var caseID string
	err := s.db.QueryRowContext(ctx, `SELECT case_id FROM tracker_case WHERE tracker = $1`, tracker).Scan(&caseID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return caseID, wrap("read tracker", err)
}
