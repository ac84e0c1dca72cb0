package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"tenure/internal/evidence"
)

// OutboxBacklog counts the events that are to be dispatched, and says since when the oldest is; zero when none is.
func (s *Store) OutboxBacklog(ctx context.Context) (count int, oldest time.Time, err error) {
	var since sql.NullString
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*), MIN(created_at) FROM outbox WHERE state = $1`, waiting).Scan(&count, &since)
	if err != nil {
		return 0, time.Time{}, wrap("count events", err)
	}
	if since.Valid {
		if oldest, err = time.Parse(time.RFC3339, since.String); err != nil {
			return 0, time.Time{}, wrap("read event's time", err)
		}
	}
	return count, oldest, nil
}

// VerifyTail checks the last records of the chain, at most limit, and returns where it ends and how many were looked
// at. The link from the first of them to what came before is not checked, unless that is the whole chain. The error
// names the first broken record.
func (s *Store) VerifyTail(ctx context.Context, limit int64) (end evidence.Head, looked int64, err error) {
	if end, err = s.EvidenceHead(ctx); err != nil || end.Count == 0 {
		return end, 0, err
	}
	after := max(0, end.Count-limit)
	v := evidence.Verifier{}
	err = s.evidence(ctx, v.Add, `SELECT seq, record FROM evidence WHERE seq > $1 AND seq <= $2 ORDER BY seq`, after, end.Count)
	switch {
	case err != nil:
		return end, 0, err
	case v.Head() != end || v.Head().Count == 0:
		return end, 0, &evidence.BrokenError{Seq: v.Head().Count + 1, Why: "missing: the chain breaks off before its end"}
	}
	return end, end.Count - after, nil
}

// Schema is the newest migration that was applied, and the newest that this program knows. More applied than known
// means that a newer program has the store in its hands too.
func (s *Store) Schema(ctx context.Context) (applied, known int64, err error) {
	if err = s.db.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&applied); err != nil {
		return 0, 0, wrap("read the schema's version", err)
	}
	files, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return 0, 0, err
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, 0, errors.New("store: the migration " + f.Name() + " has no number")
		}
		known = max(known, n)
	}
	return applied, known, nil
}
