package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect is all that differs between databases. Queries use $1 placeholders, ON CONFLICT and RETURNING, which
// SQLite and PostgreSQL share, and compare text byte by byte in both.
type dialect struct {
	goose goose.Dialect
	// open makes the place ready and gives its pool of connections, bounded.
	open func(context.Context, Config) (*sql.DB, error)
	// begin is how a write transaction begins.
	begin *sql.TxOptions
	// rowsAtOnce is how many rows one statement inserts while the others wait to write.
	rowsAtOnce int
	// exclude makes a write transaction the only one until it ends, across processes.
	exclude func(context.Context, *sql.Tx) error
	// migrate runs up, which applies the migrations that are missing, and what else this database needs after them.
	migrate func(ctx context.Context, db *sql.DB, up func(context.Context) error) error
}

// isPostgres says whether the place of a store is the address of a PostgreSQL database. One slash forgotten makes
// an address typed wrong, not the name of a file.
func isPostgres(place string) bool {
	return strings.HasPrefix(place, "postgres:") || strings.HasPrefix(place, "postgresql:")
}

// otherAddress is text that is meant as an address of another kind; as a file name it would make a store nobody
// looks for.
var otherAddress = regexp.MustCompile(`(?i)^([a-z][a-z0-9+.-]*)://|^(host|hostaddr|port|dbname|user|password|service)\s*=`)

func dialectOf(c Config) (dialect, error) {
	switch {
	case c.Path == "":
		return dialect{}, fmt.Errorf("store: Path is empty: give the file to keep the store in, for example data/tenure.db, or the address of a PostgreSQL database, %s", addressShape)
	case isPostgres(c.Path):
		return postgres, nil
	case otherAddress.MatchString(c.Path):
		return dialect{}, fmt.Errorf("store: Path is neither a file nor an address of the shape %s: write it as one of them", addressShape)
	}
	return sqlite, nil
}
