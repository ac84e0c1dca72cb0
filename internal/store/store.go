package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"tenure/internal/pin"
)

// Config says where the store is.
type Config struct {
	// Path is the SQLite file; it is made when it is not there, readable by its owner alone. Or it is the address
	// of a PostgreSQL database, postgres://user@host:5432/tenure?sslmode=verify-full, with whatever PostgreSQL's own
	// programs take in one; the database must be there, its tables are made.
	Path string
	// Password is that of the address's user, when the address holds none and the server wants one.
	Password string
	// SecretKey encrypts the lock PINs (AES-256). It may be all zero for a process that needs no PINs.
	SecretKey [32]byte
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	db      *sql.DB
	dialect dialect
	key     [32]byte
	now     func() time.Time
	newPIN  func() (string, error)
	// writing lets one write transaction of this process in at a time, in turn. Writers of other processes are
	// kept out by the database; inside one process, waiting here is fairer and cheaper than polling its lock.
	writing chan struct{}
}

// ErrNotFound is returned, wrapped with what was looked for, when the store has no such thing.
var ErrNotFound = errors.New("not in the store")

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the store and brings its schema up to date. Several processes may open the same store at once.
func Open(ctx context.Context, c Config) (*Store, error) {
	d, err := dialectOf(c)
	if err != nil {
		return nil, err
	}
	db, err := d.open(ctx, c)
	if err != nil {
		return nil, err
	}
	err = d.migrate(ctx, db, func(ctx context.Context) error { return migrate(ctx, d.goose, db) })
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	s := &Store{db: db, dialect: d, key: c.SecretKey, now: c.Now, newPIN: pin.New, writing: make(chan struct{}, 1)}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// migrate applies what is missing; each migration and its version row are one transaction.
func migrate(ctx context.Context, d goose.Dialect, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	// A new provider each time: it remembers what it has seen of the version table.
	provider, err := goose.NewProvider(d, db, files)
	if err != nil {
		return fmt.Errorf("store: read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: bring the schema up to date: %w", err)
	}
	return nil
}

// write runs fn in a transaction that no other write, of any process, overlaps.
func (s *Store) write(ctx context.Context, fn func(*sql.Tx) error) error {
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := s.db.BeginTx(ctx, s.dialect.begin)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := s.dialect.exclude(ctx, tx); err != nil {
		return fmt.Errorf("store: lock: %w", err)
	}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each runs the query and hands every row to scan.
func each(ctx context.Context, q querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// stamp is a time as columns hold it: of fixed width, so that it sorts as text.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
