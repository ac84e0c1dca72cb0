package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
)

// EnvFile is the file in a standalone installation's folder that says how to reach it.
const EnvFile = "tenure.env"

// The settings the command line reads, from the environment or from the EnvFile of --data.
const (
	EnvStore  = store.EnvStore  // path of the store's SQLite file, or the address of its PostgreSQL database
	EnvPolicy = "TENURE_POLICY" // path of the policy file
)

// connection is what a command talks to. Parts are opened when they are first needed.
type connection struct {
	client client.Client
	// store is nil on a machine that has none: what is in it is asked of a worker then.
	store *store.Store
	env   func(string) string
	// lazy says that Temporal may be away.
	lazy bool
	// patience is how long an answer is waited for.
	patience time.Duration
}

func (c *connection) close() {
	if c.client != nil {
		c.client.Close()
	}
	if c.store != nil {
		_ = c.store.Close()
	}
}

// settings reads --data's EnvFile under the environment: an exported variable wins.
func (a *app) settings() (func(string) string, error) {
	if a.data == "" {
		return a.getenv, nil
	}
	path := filepath.Join(a.data, EnvFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, failf(ExitUnavailable, "--data %s: there is no %s in it; give the folder that standalone printed, and start standalone first", a.data, EnvFile)
	}
	if err != nil {
		return nil, failf(ExitUnavailable, "--data: %w", err)
	}
	defer func() { _ = f.Close() }()
	values, err := readEnv(f)
	if err != nil {
		return nil, failf(ExitUsage, "%s: %w", path, err)
	}
	return func(key string) string {
		if v := a.getenv(key); v != "" {
			return v
		}
		return values[key]
	}, nil
}

func readEnv(r io.Reader) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d is not of the form NAME=value", n)
		}
		values[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return values, lines.Err()
}

// connect reaches Temporal, and the store where this machine has one.
func (a *app) connect(ctx context.Context) (*connection, error) { return a.connectAs(ctx, false) }

func (a *app) connectAs(ctx context.Context, lazy bool) (*connection, error) {
	if a.timeout <= 0 {
		return nil, failf(ExitUsage, "--timeout %s is no time at all: give a duration above 0, for example 30s", a.timeout)
	}
	env, err := a.settings()
	if err != nil {
		return nil, err
	}
	c := &connection{env: env, patience: a.timeout, lazy: lazy}
	if env(EnvStore) != "" {
		if c.store, err = openStore(ctx, env); err != nil {
			return nil, err
		}
	}
	keys, err := temporalclient.KeyringFromEnv(env)
	if err != nil {
		c.close()
		return nil, failf(ExitUsage, "%w", err)
	}
	if err := c.dial(ctx, a.temporal(env, keys)); err != nil {
		c.close()
		return nil, failf(ExitUnavailable, "%w", err)
	}
	return c, nil
}

// dial reaches Temporal. What must serve others while Temporal is away does not wait for it.
func (c *connection) dial(ctx context.Context, o temporalclient.Options) (err error) {
	if c.lazy {
		c.client, err = temporalclient.DialLazily(o)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	c.client, err = temporalclient.Dial(ctx, o)
	return err
}

// temporal says where Temporal is. An installation's own server is reached by its address alone: a shell's API key or
// certificate is meant for another one. An exported address wins, with everything that goes with it.
func (a *app) temporal(env func(string) string, keys temporalclient.Keyring) temporalclient.Options {
	o := temporalclient.Options{Keys: keys, Identity: "tenure-cli", Logger: slog.New(slog.DiscardHandler), Env: temporalclient.EnvFrom(a.getenv)}
	if a.getenv("TEMPORAL_ADDRESS") == "" {
		o.Address, o.Namespace = env("TEMPORAL_ADDRESS"), env("TEMPORAL_NAMESPACE")
	}
	return o
}

func openStore(ctx context.Context, env func(string) string) (*store.Store, error) {
	c, err := store.ConfigFromEnv(env)
	if err != nil {
		return nil, failf(ExitUsage, "%w", err)
	}
	if c.Path == "" {
		return nil, failf(ExitUsage, "%s is not set: give the path of Tenure's store or the address of its PostgreSQL database, or --data with the folder of a standalone installation", EnvStore)
	}
	// A file that is not there would be made, and be the wrong one.
	if path, ok := c.File(); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, failf(ExitUnavailable, "%s: there is no store at %s; start Tenure once, or correct the path", EnvStore, path)
		}
	}
	s, err := store.Open(ctx, c)
	if err != nil {
		return nil, failf(ExitUnavailable, "%s: %w", EnvStore, err)
	}
	return s, nil
}

// policy loads the policy file that is in force.
func (c *connection) policy() (policy.Policy, error) {
	path := c.env(EnvPolicy)
	if path == "" {
		return policy.Policy{}, failf(ExitUsage, "%s is not set: give the path of the policy file", EnvPolicy)
	}
	p, err := policy.Load(path)
	if err != nil {
		return policy.Policy{}, failf(ExitUsage, "%w", err)
	}
	return p, nil
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printLine prints a value as one line of JSON.
func (a *app) printLine(v any) error { return json.NewEncoder(a.Out).Encode(v) }

func (a *app) printf(format string, args ...any) { _, _ = fmt.Fprintf(a.Out, format, args...) }
