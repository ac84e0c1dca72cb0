// Package storetest gives tests PostgreSQL databases of their own. A fresh clone needs none: without the variable the
// tests that ask for one skip. `make test-postgres` starts a server for them and sets it.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvPostgres names a server as postgres://user:password@host:port/database, with a user who may make databases.
const EnvPostgres = "TENURE_TEST_POSTGRES"

// Postgres is the address of a new, empty database, which is dropped when the test ends. Without a server the test
// skips.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv(EnvPostgres)
	if server == "" {
		t.Skipf("%s names no server: `make test-postgres` starts one", EnvPostgres)
	}
	name := "tenure_test_" + strings.ToLower(rand.Text())
	Exec(t, server, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { Exec(t, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") })
	return InDatabase(t, server, name)
}

// InDatabase is the server's address with another database.
func InDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not an address", EnvPostgres)
	}
	u.Path = "/" + name
	return u.String()
}

// Exec runs one statement in the database at the address.
func Exec(t testing.TB, address, statement string) {
	t.Helper()
	// Not the test's own context: that has ended when its cleanup runs.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
