package store

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tenure/internal/store/storetest"
)

// onPostgres says where the tests run at the moment. Every test of this package runs on SQLite, and where
// TENURE_TEST_POSTGRES names a server a second time on PostgreSQL: a test asks for its store here and does not know.
var onPostgres bool

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(otherPlace) != "" { // a second process of one test: its place is given
		os.Exit(m.Run())
	}
	failed := m.Run()
	if os.Getenv(storetest.EnvPostgres) != "" {
		fmt.Println("once more, on PostgreSQL:")
		onPostgres = true
		failed = max(failed, m.Run())
	}
	os.Exit(failed)
}

// newPlace is where a test may have a store of its own.
func newPlace(t testing.TB) string {
	t.Helper()
	// Asked in a test, and not in TestMain alone, the variable is part of what go test's cache goes by.
	if server := os.Getenv(storetest.EnvPostgres); server != "" && onPostgres {
		return storetest.Postgres(t)
	}
	return filepath.Join(t.TempDir(), "deep", "tenure.db")
}

// open opens a store at a place.
func open(t testing.TB, place string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: place, SecretKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// fresh is an open store with nothing in it.
func fresh(t testing.TB) *Store {
	t.Helper()
	return open(t, newPlace(t))
}

// onlySQLite skips a test that is about the file.
func onlySQLite(t *testing.T) {
	t.Helper()
	if onPostgres {
		t.Skip("about SQLite's file")
	}
}

// onlyPostgres skips a test that is about the server.
func onlyPostgres(t *testing.T) {
	t.Helper()
	if !onPostgres {
		t.Skip("about PostgreSQL")
	}
}
