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

// sqlite: WAL lets readers go on beside the one writer; synchronous FULL keeps what was committed through a loss
// of power, which a system of record owes; every write transaction begins IMMEDIATE, so it holds the file's only
// write lock from its first statement and cannot lose its place between reading and writing.
var sqlite = dialect{
	goose:      goose.DialectSQLite3,
	open:       openSQLite,
	rowsAtOnce: 10, // there are no round trips to save, and the driver looks for each value among all
	exclude:    func(context.Context, *sql.Tx) error { return nil },
	migrate:    migrateSQLite,
}

const (
	// busyMillis is how long a statement waits for another process's write to end.
	busyMillis = 15_000
	// sqliteConns bounds the pool: one writes, the others read beside it.
	sqliteConns = 8
)

func openSQLite(_ context.Context, c Config) (*sql.DB, error) {
	dsn, err := prepareSQLite(c.Path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	db.SetMaxOpenConns(sqliteConns)
	return db, nil
}

// prepareSQLite makes the file and gives the driver's data source name.
func prepareSQLite(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("store: Path %q: %w", path, err)
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

// migrateAttempts bounds how often a process that lost the race to migrate looks again.
const migrateAttempts = 5

// migrateSQLite lets the processes that begin at once on a new file race: one wins each migration, the others fail
// harmlessly, look again, and find it done.
func migrateSQLite(ctx context.Context, _ *sql.DB, up func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := up(ctx)
		if err == nil || attempt == migrateAttempts || ctx.Err() != nil {
			return err
		}
	}
}
