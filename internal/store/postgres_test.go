package store

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"tenure/internal/store/storetest"
)

// alter is the address with its user, database and settings changed.
func alter(t *testing.T, address string, change func(*url.URL, url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	return u.String()
}

// aUser makes a user with a password, who owns nothing, and gives the address as that user.
func aUser(t *testing.T, address, password string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := "somebody_of_" + strings.TrimPrefix(u.Path, "/")
	storetest.Exec(t, address, fmt.Sprintf("CREATE USER %s PASSWORD '%s'", name, password))
	t.Cleanup(func() { storetest.Exec(t, os.Getenv(storetest.EnvPostgres), "DROP USER "+name) })
	return alter(t, address, func(u *url.URL, _ url.Values) { u.User = url.UserPassword(name, password) })
}

// What is wrong on the way to the database is told with its mend, and without the password.
func TestOpen_WhatPostgresRefuses_IsExplained(t *testing.T) {
	onlyPostgres(t)
	const password = "s3cret-of-somebody"
	cases := []struct {
		name    string
		address func(t *testing.T, address string) string
		says    string
	}{
		{"nobody listens", func(t *testing.T, a string) string {
			return alter(t, a, func(u *url.URL, _ url.Values) { u.Host = closedPort(t) })
		}, "correct host and port"},
		{"unknown host", func(t *testing.T, a string) string {
			return alter(t, a, func(u *url.URL, _ url.Values) { u.Host = "db.invalid" })
		}, "correct the host"},
		{"wrong password", func(t *testing.T, a string) string {
			return alter(t, a, func(u *url.URL, _ url.Values) { u.User = url.UserPassword(u.User.Username(), password) })
		}, EnvPasswordFile},
		{"no password", func(t *testing.T, a string) string {
			return alter(t, a, func(u *url.URL, _ url.Values) { u.User = url.User(u.User.Username()) })
		}, "needs a password"},
		{"no such database", func(t *testing.T, a string) string {
			return alter(t, a, func(u *url.URL, _ url.Values) { u.Path = "/nothing" })
		}, "CREATE DATABASE nothing OWNER"},
		{"no such schema", func(t *testing.T, a string) string {
			return alter(t, a, func(_ *url.URL, q url.Values) { q.Set("search_path", "nothing") })
		}, "search_path"},
		{"unknown setting", func(t *testing.T, a string) string {
			return alter(t, a, func(_ *url.URL, q url.Values) { q.Set("sslmoode", "require") })
		}, "after the ?"},
		{"server without TLS", func(t *testing.T, a string) string {
			return alter(t, a, func(_ *url.URL, q url.Values) { q.Set("sslmode", "require") })
		}, "sslmode=disable"},
		{"no right to make tables", func(t *testing.T, a string) string { return aUser(t, a, password) }, "OWNER TO"},
		{"no right to come in", func(t *testing.T, a string) string {
			other := aUser(t, a, password)
			storetest.Exec(t, a, "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$")
			return other
		}, "OWNER TO"},
		{"only to be read", func(t *testing.T, a string) string {
			return alter(t, a, func(_ *url.URL, q url.Values) { q.Set("default_transaction_read_only", "on") })
		}, "primary"},
		{"not UTF-8", func(t *testing.T, a string) string {
			name := strings.TrimPrefix(path(t, a), "/") + "_ascii"
			storetest.Exec(t, a, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
			t.Cleanup(func() { storetest.Exec(t, a, "DROP DATABASE "+name) })
			return storetest.InDatabase(t, a, name)
		}, "ENCODING 'UTF8'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			address := c.address(t, newPlace(t))
			s, err := Open(t.Context(), Config{Path: address})
			if err == nil {
				_ = s.Close()
				t.Fatal("opened")
			}
			t.Log(err)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("it does not say %q", c.says)
			}
			isSilent(t, err, address)
		})
	}
}

func path(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// isSilent fails when the error holds the address's password, in whatever form it is printed.
func isSilent(t *testing.T, err error, address string) {
	t.Helper()
	u, bad := url.Parse(address)
	if bad != nil {
		t.Fatal(bad)
	}
	password, _ := u.User.Password()
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		if password != "" && strings.Contains(text, password) {
			t.Error("the password is in the error")
		}
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestOpen_PasswordBesideTheAddress(t *testing.T) {
	onlyPostgres(t)
	place := newPlace(t)
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	s, err := Open(t.Context(), Config{Path: u.String(), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

// Every column of text compares by bytes, those of later migrations too.
func TestOpen_GivesEveryTextColumnTheOrderOfBytes(t *testing.T) {
	onlyPostgres(t)
	s := fresh(t)
	columns := 0
	err := each(t.Context(), s.db, func(rows *sql.Rows) error {
		var column, collation string
		columns++
		if err := rows.Scan(&column, &collation); err != nil {
			return err
		}
		if collation != "C" {
			t.Errorf("%s has collation %q", column, collation)
		}
		return nil
	}, `SELECT table_name || '.' || column_name, COALESCE(collation_name, 'the default') FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type = 'text'`)
	if err != nil || columns < 20 {
		t.Errorf("looked at %d columns, %v", columns, err)
	}
}

// A database whose defaults would break the store's promises does not: a snapshot taken before the lock would fork the
// chain, a commit that is not awaited could be lost.
func TestWrite_OverridesTheDatabasesDefaults(t *testing.T) {
	onlyPostgres(t)
	place := newPlace(t)
	for _, setting := range []string{"default_transaction_isolation = 'serializable'", "synchronous_commit = off"} {
		storetest.Exec(t, place, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET "+strings.ReplaceAll(setting, "'", "''")+"', current_database()); END $$")
	}
	s := open(t, place)
	err := s.write(t.Context(), func(tx *sql.Tx) error {
		for setting, want := range map[string]string{"transaction_isolation": "read committed", "synchronous_commit": "on",
			"lock_timeout": "15s", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "1min"} {
			var got string
			if err := tx.QueryRowContext(t.Context(), `SELECT current_setting($1)`, setting).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s is %s in a write, want %s", setting, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two stores on one database are two processes to each other: they share no lock in memory.
func TestAppendEvidence_FromTwoStores_DoesNotForkTheChain(t *testing.T) {
	place := newPlace(t)
	stores := []*Store{open(t, place), open(t, place)}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if _, _, err := stores[i%2].AppendEvidence(t.Context(), fmt.Sprint(i/4), record("", "")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if head, err := stores[0].VerifyEvidence(t.Context()); err != nil || head.Count != 10 {
		t.Errorf("head %+v, %v", head, err)
	}
}

const killOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// The server restarts, or a firewall forgets: idle connections are found dead and replaced, unseen by the caller.
func TestStore_WhenConnectionsDie_GoesOn(t *testing.T) {
	onlyPostgres(t)
	place := newPlace(t)
	s := open(t, place)
	apply(t, s, worker("p1", "E1"))
	storetest.Exec(t, place, killOthers)
	if _, err := s.PIN(t.Context(), "offboard/E1", "C02"); err != nil {
		t.Error(err)
	}
	if _, err := s.Person(t.Context(), "E1"); err != nil {
		t.Error(err)
	}
}

// Cut off in the middle of a write, nothing of it is there, the lock is free, and the next attempt is whole.
func TestWrite_CutOffInTheMiddle_LeavesNothing(t *testing.T) {
	onlyPostgres(t)
	place := newPlace(t)
	s := open(t, place)
	err := s.write(t.Context(), func(tx *sql.Tx) error {
		if err := insertLink(t, tx); err != nil {
			return err
		}
		storetest.Exec(t, place, killOthers)
		return nil
	})
	if err == nil {
		t.Fatal("committed over a dead connection")
	}
	isSilent(t, err, place)
	if got, err := s.Accounts(t.Context(), "E1"); err != nil || len(got) != 0 {
		t.Errorf("half a write is there: %v, %v", got, err)
	}
	if err := s.Link(t.Context(), "E1", "okta", "00u1", "login", day); err != nil {
		t.Error(err)
	}
}

func insertLink(t *testing.T, tx *sql.Tx) error {
	t.Helper()
	_, err := tx.ExecContext(t.Context(), `INSERT INTO account_link (employee_id, system, account, method, linked_at) VALUES ($1, $2, $3, $4, $5)`,
		"E1", "okta", "00u1", "login", stamp(day))
	return err
}
