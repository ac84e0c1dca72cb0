package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen_AddressTypedWrong_SaysSoAndKeepsThePassword(t *testing.T) {
	for _, name := range []string{"PGUSER", "PGHOST", "PGDATABASE", "PGSERVICE", "PGSSLMODE", "PGPORT", "PGTARGETSESSIONATTRS"} {
		t.Setenv(name, "")
	}
	cases := []struct{ name, address, says string }{
		{"one slash", "postgres:/ann:s3cret@db/tenure", "lacks ://"},
		{"@ in the password", "postgres://ann:p@s3cret@db/tenure?sslmode=require", "percent-encoded"},
		{"/ in the password", "postgres://ann:p/s3cret@db/tenure?sslmode=require", "percent-encoded"},
		{"? in the password", "postgres://ann:p?s3cret@db/tenure", "percent-encoded"},
		{"# in the password", "postgres://ann:p#s3cret@db/tenure", "percent-encoded"},
		{"% in the password", "postgres://ann:p%s3cret@db/tenure", "percent-encoded"},
		{"space in the password", "postgres://ann:p s3cret@db/tenure", "percent-encoded"},
		{"no user", "postgres://db/tenure?password=s3cret", "names no user"},
		{"no host", "postgres://ann:s3cret@/tenure", "names no host"},
		{"no database", "postgres://ann:s3cret@db", "names no database"},
		{"path for a database", "postgres://ann:s3cret@db/a/b", "name of its database"},
		{"port that is none", "postgres://ann:s3cret@db:54x2/tenure?sslmode=require", "port"},
		{"sslmode that is none", "postgres://ann:s3cret@db/tenure?sslmode=s3cret", "sslmode"},
		{"certificate that is not there", "postgres://ann:s3cret@db/tenure?sslmode=verify-full&sslrootcert=/nothing/there", "/nothing/there"},
		{"another machine without a word on TLS", "postgres://ann:s3cret@db.example.com/tenure", "sslmode=verify-full"},
		{"another database's address", "mysql://ann:s3cret@db/tenure", "neither a file nor an address"},
		{"keywords", "host=db user=ann password=s3cret", "neither a file nor an address"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(t.Context(), Config{Path: c.address})
			if err == nil {
				t.Fatal("opened")
			}
			t.Log(err)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("it does not say %q", c.says)
			}
			for _, text := range []string{err.Error(), fmt.Sprintf("%#v", err)} {
				if strings.Contains(text, "s3cret") {
					t.Error("the password is in the error")
				}
			}
			if _, ok := (Config{Path: c.address}).File(); ok {
				t.Error("it is taken for a file, whose name may be printed")
			}
		})
	}
	if _, err := Open(t.Context(), Config{Path: "postgres://ann:a@localhost/tenure", Password: "b"}); err == nil || !strings.Contains(err.Error(), "keep one") {
		t.Errorf("two passwords: %v", err)
	}
}

func TestParseAddress_WhatIsTaken(t *testing.T) {
	for _, name := range []string{"PGUSER", "PGHOST", "PGDATABASE", "PGSERVICE", "PGSSLMODE", "PGPORT"} {
		t.Setenv(name, "")
	}
	cases := []struct{ address, host, user, password, database string }{
		{"postgres://ann@localhost/tenure", "localhost", "ann", "given", "tenure"},
		{"postgresql://ann@127.0.0.1:5433/tenure", "127.0.0.1", "ann", "given", "tenure"},
		{"postgres://ann@[::1]:5433/tenure", "::1", "ann", "given", "tenure"},
		{"postgres://ann:p%40%2F%3A@db/tenure?sslmode=disable", "db", "ann", "p@/:", "tenure"},
		{"postgres://ann@one:5432,two:5433/tenure?sslmode=verify-full", "one", "ann", "given", "tenure"},
		{"postgres:///tenure?host=/run/postgresql&user=ann", "/run/postgresql", "ann", "given", "tenure"},
	}
	for _, c := range cases {
		config := Config{Path: c.address}
		if c.password == "given" {
			config.Password = c.password
		}
		cfg, err := parseAddress(config)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		if cfg.Host != c.host || cfg.User != c.user || cfg.Password != c.password || cfg.Database != c.database {
			t.Errorf("%s: host %s, user %s, database %s", c.address, cfg.Host, cfg.User, cfg.Database)
		}
		if cfg.ConnectTimeout != connectWithin || cfg.ValidateConnect == nil || cfg.RuntimeParams["application_name"] != "tenure" {
			t.Errorf("%s: %+v", c.address, cfg.RuntimeParams)
		}
	}
}

func TestConfigFromEnv(t *testing.T) {
	const address = "postgres://ann@localhost/tenure"
	file := filepath.Join(t.TempDir(), "password")
	empty := filepath.Join(t.TempDir(), "empty")
	for name, text := range map[string]string{file: "from-file\n", empty: "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name, store, password, file string
		want                        Config
		says                        string
	}{
		{"a file", "data/tenure.db", "ignored", "/nothing", Config{Path: "data/tenure.db"}, ""},
		{"no password", address, "", "", Config{Path: address}, ""},
		{"password", address, "hunter", "", Config{Path: address, Password: "hunter"}, ""},
		{"password file", address, "", file, Config{Path: address, Password: "from-file"}, ""},
		{"both", address, "hunter", file, Config{}, "keep one"},
		{"no such file", address, "", "/nothing/there", Config{}, EnvPasswordFile},
		{"empty file", address, "", empty, Config{}, "is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{EnvStore: c.store, EnvPassword: c.password, EnvPasswordFile: c.file}
			got, err := ConfigFromEnv(func(name string) string { return env[name] })
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter") {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil || got.Path != c.want.Path || got.Password != c.want.Password {
				t.Errorf("read %v", err)
			}
		})
	}
}
