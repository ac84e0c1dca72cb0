package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The conditions of PostgreSQL that have a mend, by SQLSTATE.
const (
	lockNotAvailable      = "55P03"
	insufficientPrivilege = "42501"
	invalidPassword       = "28P01"
	invalidAuthorization  = "28000"
	noDatabase            = "3D000"
	noSetting             = "42704"
	tooManyConnections    = "53300"
	notNow                = "57P03"
)

// code is the server's SQLSTATE in err, "" when it is not the server that speaks.
func code(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code
	}
	return ""
}

// explain says why the database cannot be used and what mends it. The driver's error goes in as text only: inside it
// are the connection's settings, password and all.
func explain(cfg *pgx.ConnConfig, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("store: open: %w", context.Canceled)
	}
	why, mend := reason(cfg, err)
	return fmt.Errorf("store: PostgreSQL database %s on %s: %s: %s (%s)", cfg.Database, place(cfg), why, mend, oneLine(err))
}

func place(cfg *pgx.ConnConfig) string {
	_, address := pgconn.NetworkAddress(cfg.Host, cfg.Port)
	return address
}

// oneLine is the driver's own words: it tells every attempt on a line of its own.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func reason(cfg *pgx.ConnConfig, err error) (why, mend string) {
	if why, mend = serverReason(cfg, code(err)); why != "" {
		return why, mend
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errNotUTF8):
		return "it cannot hold every name", fmt.Sprintf("make it anew with: CREATE DATABASE %s ENCODING 'UTF8' TEMPLATE template0", cfg.Database)
	case errors.Is(err, errNoSchema):
		return "there is no place for the tables", "correct search_path in the address, or make the schema it names"
	case errors.Is(err, errNoTables):
		return serverReason(cfg, insufficientPrivilege)
	case errors.Is(err, pgconn.ErrReadOnlyConnection):
		return "it can only be read", "give the address of the primary, not of a standby, and a user whose default_transaction_read_only is off"
	case errors.As(err, &dns):
		return "its host is not known", "correct the host in the address"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return "nothing answers there", "start the server, or correct host and port in the address"
	case errors.As(err, &certificate):
		return "its certificate is not trusted", trustMend(certificate)
	case strings.Contains(err.Error(), "refused TLS"):
		return "the server has no TLS", "switch it on there (ssl = on), or write sslmode=disable in the address when nobody can listen on the way"
	case pgconn.Timeout(err), errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time", "look for a firewall on the way, or a wrong host or port in the address"
	}
	return "it cannot be used", "the server's own words follow"
}

func trustMend(err *tls.CertificateVerificationError) string {
	var name x509.HostnameError
	if errors.As(err.Err, &name) {
		return "write the host in the address as the certificate names it"
	}
	return "add sslrootcert=FILE with the certificate of the authority that made it"
}

func serverReason(cfg *pgx.ConnConfig, code string) (why, mend string) {
	switch code {
	case invalidPassword:
		if cfg.Password == "" {
			return fmt.Sprintf("user %s needs a password", cfg.User), "set " + EnvPasswordFile + " or " + EnvPassword
		}
		return fmt.Sprintf("the password of user %s is refused", cfg.User), "correct " + EnvPasswordFile + ", " + EnvPassword + " or the address"
	case invalidAuthorization:
		return fmt.Sprintf("user %s is not let in", cfg.User), "correct the user in the address, or have pg_hba.conf let this machine in; some servers take TLS only (sslmode=verify-full)"
	case noDatabase:
		return "there is no such database", fmt.Sprintf("correct the address, or make it with: CREATE DATABASE %s OWNER %s", cfg.Database, cfg.User)
	case insufficientPrivilege:
		return fmt.Sprintf("user %s may not use it", cfg.User), fmt.Sprintf("make the user its owner: ALTER DATABASE %s OWNER TO %s", cfg.Database, cfg.User)
	case noSetting:
		return "the server does not know a setting in the address", "correct what stands after the ? in it"
	case tooManyConnections:
		return "the server has no connection left", fmt.Sprintf("raise its max_connections: each process of Tenure takes up to %d", postgresConns)
	case notNow:
		return "the server is starting or stopping", "try again in a moment"
	}
	return "", ""
}
