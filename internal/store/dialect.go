package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// dialect is all that differs between databases. Queries use $1 placeholders, ON CONFLICT and RETURNING, which
// SQLite and PostgreSQL share.
type dialect struct {
	driver string
	goose  goose.Dialect
	// prepare makes the place ready and gives the driver's data source name.
	prepare func(Config) (dsn string, err error)
	// maxConns bounds the pool.
	maxConns int
	// exclude makes a write transaction the only one until it ends, across processes. PostgreSQL would take
	// pg_advisory_xact_lock here.
	exclude func(context.Context, *sql.Tx) error
}

// sqlite: WAL lets readers go on beside the one writer; synchronous FULL keeps what was committed through a loss
// of power, which a system of record owes; every write transaction begins IMMEDIATE, so it holds the file's only
// write lock from its first statement and cannot lose its place between reading and writing.
var sqlite = dialect{
	driver:   "sqlite",
	goose:    goose.DialectSQLite3,
	prepare:  prepareSQLite,
	maxConns: 8,
	exclude:  func(context.Context, *sql.Tx) error { return nil },
}

// busyMillis is how long a statement waits for another process's write to end.
const busyMillis = 15_000

func prepareSQLite(c Config) (string, error) {
	if c.Path == "" {
		return "", fmt.Errorf("store: Path is empty: give the file to keep the store in, for example data/tenure.db")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return "", fmt.Errorf("store: Path %q: %w", c.Path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("store: make the folder of Path: %w", err)
	}
	// The file holds home addresses: it is made for its owner alone before SQLite would make it for everybody.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("store: open Path: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("store: open Path: %w", err)
	}
	query := url.Values{
		"_txlock": {"immediate"},
		// busy_timeout first: switching to WAL may already have to wait.
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMillis), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"},
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}).String(), nil
}
