package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// SQLite keeps any bytes as text. PostgreSQL refuses a NUL and what is not UTF-8, and with it the whole transaction:
// one odd byte in one person's record would stop every scan. So what cannot be kept becomes U+FFFD on the way in, in
// what is written and in what is looked for alike, as JSON has it already. Records are JSON and lose nothing.

// storable is text as PostgreSQL takes it.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// connector makes connections that send storable text only.
type connector struct{ driver.Connector }

func newConnector(cfg *pgx.ConnConfig) driver.Connector {
	// A connection is asked whether it lives each time it is taken up, not only after a pause: a round trip more, and a
	// server that restarted costs nobody an answer.
	always := func(context.Context, stdlib.ShouldPingParams) bool { return true }
	return connector{stdlib.GetConnector(*cfg, stdlib.OptionShouldPing(always))}
}

// Connect is the driver's.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	made, ok := inner.(*stdlib.Conn)
	if !ok {
		return nil, errors.New("the driver's connection is of an unknown type")
	}
	return conn{made}, nil
}

type conn struct{ *stdlib.Conn }

// CheckNamedValue is asked for every argument of every statement.
func (c conn) CheckNamedValue(v *driver.NamedValue) error {
	if text, ok := v.Value.(string); ok {
		v.Value = storable(text)
	}
	return c.Conn.CheckNamedValue(v)
}
