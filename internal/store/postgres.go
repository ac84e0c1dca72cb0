package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// postgres: an advisory lock held to the end of the transaction makes a write the only one, as SQLite's file lock
// does. READ COMMITTED is what makes that enough: each statement after the lock sees everything committed before it
// was got. Under a stricter level the view would be taken while still waiting for the lock, and a record be chained
// to a predecessor that is not the last; so the level is asked for, whatever the server's default is.
var postgres = dialect{
	goose:      goose.DialectPostgres,
	open:       openPostgres,
	begin:      readCommitted,
	rowsAtOnce: 200, // a round trip for each would keep the others waiting for as many as the company has people
	exclude:    excludePostgres,
	migrate:    migratePostgres,
}

var readCommitted = &sql.TxOptions{Isolation: sql.LevelReadCommitted}

const (
	// postgresConns bounds a process's pool: one writes, the others read beside it. A server's default of 100 lets a
	// dozen processes in.
	postgresConns = 8
	// connectWithin bounds one attempt at one host, unless the address says connect_timeout.
	connectWithin = 10 * time.Second
	// A connection is given up after a while, so that a fleet follows a change of address or of servers behind it.
	connLifetime, connIdle = 30 * time.Minute, 5 * time.Minute
)

func openPostgres(ctx context.Context, c Config) (*sql.DB, error) {
	cfg, err := parseAddress(c)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(newConnector(cfg))
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxLifetime(connLifetime)
	db.SetConnMaxIdleTime(connIdle)
	if err := checkPostgres(ctx, db); err != nil {
		_ = db.Close()
		return nil, explain(cfg, err)
	}
	return db, nil
}

var (
	errNotUTF8  = errors.New("the database does not keep its text in UTF-8")
	errNoSchema = errors.New("the user's search_path names no schema that is there")
	errNoTables = errors.New("there are no tables yet, and the user may not make them")
)

func checkPostgres(ctx context.Context, db *sql.DB) error {
	var encoding, schema string
	var mayMake, made bool
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_encoding'), COALESCE(current_schema(), ''),
		COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false), to_regclass('goose_db_version') IS NOT NULL`).
		Scan(&encoding, &schema, &mayMake, &made)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("%w but in %s", errNotUTF8, encoding)
	case schema == "":
		return errNoSchema
	case !made && !mayMake:
		return errNoTables
	}
	return nil
}

// The two advisory locks of a database. Stores in different schemas of one database share them and merely wait for
// each other. The number is "Tenure" in ASCII.
const (
	takeWriteLock   = `SELECT pg_advisory_xact_lock(92794621620837)`
	takeMigrateLock = `SELECT pg_advisory_xact_lock(92794621620838)`
)

// beginWrite is one round trip. A writer that is waited for in vain, or hangs, or whose machine has gone, must not hold
// all others up: everything in a write is bounded. And what was committed is kept through a crash of the server, even
// where the server or the role is set to take that lightly.
const beginWrite = `SET LOCAL lock_timeout = '15s';
SET LOCAL statement_timeout = '30s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
` + takeWriteLock

func excludePostgres(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, beginWrite)
	if code(err) == lockNotAvailable {
		return fmt.Errorf("other processes have been writing for 15 s: try again, and if it lasts, look for the holder of the advisory lock in pg_locks: %w", err)
	}
	return err
}

// migratePostgres lets one process at a time migrate; the others wait, look, and find it done. The lock is that of an
// open transaction and not of a session: it cannot outlive its process, and passes a pooler.
func migratePostgres(ctx context.Context, db *sql.DB, up func(context.Context) error) error {
	tx, err := db.BeginTx(ctx, readCommitted)
	if err != nil {
		return wrap("begin to migrate", err)
	}
	defer func() { _ = tx.Rollback() }() // it holds nothing but the lock
	if _, err := tx.ExecContext(ctx, `SET LOCAL lock_timeout = '120s'; SET LOCAL idle_in_transaction_session_timeout = 0; `+takeMigrateLock); err != nil {
		return wrap("wait for another process to migrate", err)
	}
	if err := up(ctx); err != nil {
		if code(err) == insufficientPrivilege {
			return fmt.Errorf("store: the user may not make tables: make it the owner of the database (ALTER DATABASE ... OWNER TO ...), or grant it CREATE on the schema: %w", err)
		}
		return err
	}
	return wrap("have text compared byte by byte", compareBytes(ctx, db))
}

// tableMade finds the tables of our migrations.
var tableMade = regexp.MustCompile(`(?im)^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)

// compareBytes gives every text column of ours the collation "C", once. The database's own, en_US or what the
// provider chose, would put profiles into another order than SQLite does, and into yet another after an upgrade of
// the system's C library, which breaks the indexes made before. SQLite does not know the word, so it cannot stand in
// the migrations.
func compareBytes(ctx context.Context, db *sql.DB) error {
	tables, err := ourTables()
	if err != nil {
		return err
	}
	var changes []string
	err = each(ctx, db, func(rows *sql.Rows) error {
		var change string
		if err := rows.Scan(&change); err != nil {
			return err
		}
		changes = append(changes, change)
		return nil
	}, `SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE text COLLATE "C"', c.relname, a.attname)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1) AND c.relkind = 'r'
			AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype AND l.collname <> 'C'
		ORDER BY 1`, tables)
	if err != nil || len(changes) == 0 {
		return err
	}
	// One message without arguments is one transaction.
	_, err = db.ExecContext(ctx, strings.Join(changes, ";\n"))
	return err
}

func ourTables() ([]string, error) {
	var tables []string
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			return nil, err
		}
		for _, m := range tableMade.FindAllStringSubmatch(string(text), -1) {
			tables = append(tables, m[1])
		}
	}
	return tables, nil
}
