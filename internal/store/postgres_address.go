package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The settings of a store, wherever it is opened.
const (
	// EnvStore is the file or the address: [Config.Path].
	EnvStore = "TENURE_STORE"
	// EnvPassword is the password of the address's user, EnvPasswordFile a file that holds it.
	EnvPassword     = "TENURE_STORE_PASSWORD"      // #nosec G101 -- the name of a setting
	EnvPasswordFile = "TENURE_STORE_PASSWORD_FILE" // #nosec G101 -- the name of a setting
)

// ConfigFromEnv reads TENURE_STORE, and for an address TENURE_STORE_PASSWORD or the file that
// TENURE_STORE_PASSWORD_FILE names. What they say is checked by [Open].
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	c := Config{Path: getenv(EnvStore)}
	if !isPostgres(c.Path) {
		return c, nil
	}
	c.Password = getenv(EnvPassword)
	path := getenv(EnvPasswordFile)
	switch {
	case path == "":
		return c, nil
	case c.Password != "":
		return c, fmt.Errorf("%s and %s are both set: keep one of them", EnvPassword, EnvPasswordFile)
	}
	text, err := os.ReadFile(path) // #nosec G304 -- the path is the operator's own setting
	if err != nil {
		return c, fmt.Errorf("%s: %w: give a file that holds the password alone", EnvPasswordFile, err)
	}
	if c.Password = strings.TrimRight(string(text), "\r\n"); c.Password == "" {
		return c, fmt.Errorf("%s: %s is empty: give a file that holds the password alone", EnvPasswordFile, path)
	}
	return c, nil
}

// File is the store's file, and whether it is one: neither an address nor what was meant as one, which may hold a
// password and belongs into no message.
func (c Config) File() (path string, ok bool) {
	d, err := dialectOf(c)
	return c.Path, err == nil && d.goose == sqlite.goose
}

// addressShape is what an address looks like.
const addressShape = "postgres://user@host:5432/database?sslmode=verify-full"

// encodeIt is the mend of a password that tears its address apart.
const encodeIt = "a user name or password that holds one of : / ? # [ ] @ % is written percent-encoded in it, or better, the password stands in the file that " +
	EnvPasswordFile + " names"

// address is the text of one, taken apart as the driver does it. Nothing is decoded.
type address struct {
	login, user, password string // login is user:password
	authority             string // login@hosts
	database              string
	query                 string
	settings              url.Values // of the query
}

func takeApart(text string) (address, error) {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return address{}, errors.New("it lacks :// after its scheme")
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }) {
		return address{}, errors.New("it holds a space, a # or a control character; " + encodeIt)
	}
	var a address
	rest, a.query, _ = strings.Cut(rest, "?")
	a.authority, a.database, _ = strings.Cut(rest, "/")
	if at := strings.LastIndex(a.authority, "@"); at >= 0 {
		a.login = a.authority[:at]
	}
	a.user, a.password, _ = strings.Cut(a.login, ":")
	// The driver takes the first @ for the end of the login, and would name the rest of a password as a host in its
	// errors; one with a / or a ? in it leaves its @ behind.
	if strings.Contains(a.login, "@") || strings.Contains(a.database, "@") || a.login == "" && strings.Contains(a.query, "@") {
		return address{}, errors.New("it has an @ that does not end a user's name and password; " + encodeIt)
	}
	var err error
	if a.settings, err = url.ParseQuery(a.query); err != nil || !decodes(a.login) || !decodes(a.database) {
		return address{}, errors.New("it holds a % or ; that encodes nothing; " + encodeIt)
	}
	return a, nil
}

func decodes(text string) bool {
	_, err := url.PathUnescape(text)
	return err == nil
}

// says tells whether the address or PostgreSQL's own variable in the environment, or a service, gives the setting.
func (a address) says(names ...string) bool {
	for _, n := range names {
		if a.settings.Get(n) != "" || os.Getenv(n) != "" {
			return true
		}
	}
	return a.settings.Get("service") != "" || os.Getenv("PGSERVICE") != ""
}

// check says what the address lacks. The driver would fill it in from the name of this process's user.
func (a address) check(password string) error {
	hosts := strings.TrimPrefix(strings.TrimPrefix(a.authority, a.login), "@")
	switch {
	case a.user == "" && !a.says("user", "PGUSER"):
		return errors.New("it names no user")
	case hosts == "" && !a.says("host", "PGHOST"):
		return errors.New("it names no host")
	case a.database == "" && !a.says("dbname", "database", "PGDATABASE"):
		return errors.New("it names no database")
	case strings.Contains(a.database, "/"):
		return errors.New("it has a / in the name of its database; " + encodeIt)
	case password != "" && (a.password != "" || a.settings.Get("password") != ""):
		return fmt.Errorf("it holds a password, and %s or its file holds one too: keep one of them", EnvPassword)
	}
	return nil
}

// secrets are the parts of the address no message may hold.
func (a address) secrets() []string {
	var all []string
	for _, s := range []string{a.password, a.settings.Get("password"), a.settings.Get("sslpassword")} {
		if s == "" {
			continue
		}
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		if plain, err := url.PathUnescape(s); err == nil {
			all = append(all, plain)
		}
	}
	return all
}

// parseAddress makes a connection's settings of the address. No error of it holds the address: what the driver says of
// a malformed one may hold a part of a password.
func parseAddress(c Config) (*pgx.ConnConfig, error) {
	a, err := takeApart(c.Path)
	if err == nil {
		err = a.check(c.Password)
	}
	if err != nil {
		return nil, fmt.Errorf("store: the address of the PostgreSQL database is not of the shape %s: %w", addressShape, err)
	}
	cfg, err := pgx.ParseConfig(c.Path)
	if err != nil {
		return nil, fmt.Errorf("store: the address of the PostgreSQL database, of the shape %s, is not understood: %s", addressShape, parserSays(err, a.secrets()))
	}
	if c.Password != "" {
		cfg.Password = c.Password
	}
	if host := farHost(cfg); host != "" && !a.says("sslmode", "ssl", "PGSSLMODE") {
		return nil, fmt.Errorf("store: the address of the PostgreSQL database names another machine, %s, and no sslmode: add sslmode=verify-full "+
			"(and sslrootcert=FILE when no public authority made the server's certificate), or sslmode=disable when nobody can listen on the way", host)
	}
	// A standby, or a primary that was demoted, is passed over, whatever the address says: a store writes.
	cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectWithin
	}
	for name, value := range map[string]string{"application_name": "tenure", "client_encoding": "UTF8"} {
		if _, said := cfg.RuntimeParams[name]; !said {
			cfg.RuntimeParams[name] = value
		}
	}
	return cfg, nil
}

// parserSays is what the driver says of an address, without the address.
func parserSays(err error, secrets []string) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, "`: "); ok {
		text = after
	}
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}

// farHost is a host of the address that is not this machine.
func farHost(cfg *pgx.ConnConfig) string {
	hosts := []string{cfg.Host}
	for _, f := range cfg.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, h := range hosts {
		network, _ := pgconn.NetworkAddress(h, cfg.Port)
		if network != "unix" && h != "localhost" && !net.ParseIP(h).IsLoopback() {
			return h
		}
	}
	return ""
}
