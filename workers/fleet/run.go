package fleet

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/internal/connections"
	"tenure/internal/guard"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/workers/dispatch"
	"tenure/workers/evidence"
)

// The settings of a worker process. Temporal's own are read by the SDK (TEMPORAL_ADDRESS and the rest).
const (
	EnvConnections  = "TENURE_CONNECTIONS"    // path of the connections file
	EnvPolicy       = "TENURE_POLICY"         // path of the policy file
	EnvStore        = store.EnvStore          // the store: a path, or the address of a PostgreSQL database
	EnvStoreKeyFile = "TENURE_STORE_KEY_FILE" // path of the key that encrypts lock PINs
)

// Crew is everything a fleet is made of.
type Crew struct {
	Client   client.Client
	Store    *store.Store
	Policy   func() policy.Policy
	Systems  *Systems
	Identity string
	Rates    map[string]float64
}

// Assemble makes the fleet of everything that Tenure does, with evidence kept of it all.
func (c Crew) Assemble() (*Fleet, error) {
	bindings, err := c.bindings()
	if err != nil {
		return nil, err
	}
	return New(c.Client, bindings, Options{Interceptors: []interceptor.WorkerInterceptor{evidence.New(c.Store)}, Identity: c.Identity, Rates: c.Rates})
}

// bindings are the vendors' activities, Tenure's own, and the outbox dispatcher.
func (c Crew) bindings() ([]activities.Binding, error) {
	cases, err := casefile.New(c.Store, c.Policy)
	if err != nil {
		return nil, err
	}
	outbox := &dispatch.Dispatcher{Client: c.Client, Outbox: c.Store, Policy: c.Policy, Trackers: c.Store}
	return slices.Concat(c.Systems.Bindings(), cases.Bindings(), outbox.Bindings()), nil
}

// Main runs a worker process until ctx ends.
func Main(ctx context.Context, getenv func(string) string) error {
	crew, closeAll, err := crewFromEnv(ctx, getenv)
	defer closeAll()
	if err != nil {
		return err
	}
	f, err := crew.Assemble()
	if err != nil {
		return err
	}
	if err := f.Start(); err != nil {
		return err
	}
	defer f.Stop()
	slog.Info("worker started")
	<-ctx.Done()
	return nil
}

func crewFromEnv(ctx context.Context, getenv func(string) string) (Crew, func(), error) {
	var closers []func()
	closeAll := func() {
		for i := len(closers) - 1; i >= 0; i-- {
			closers[i]()
		}
	}
	crew := Crew{Identity: "tenure-worker"}
	if err := missing(getenv, EnvConnections, EnvPolicy, EnvStore, EnvStoreKeyFile); err != nil {
		return crew, closeAll, err
	}
	rules, err := policy.Open(getenv(EnvPolicy), func(err error) {
		slog.Error("the edited policy is not in order; the last good one holds", "error", err.Error())
	})
	if err != nil {
		return crew, closeAll, err
	}
	crew.Policy = rules.Policy
	key, err := ReadStoreKey(getenv(EnvStoreKeyFile))
	if err != nil {
		return crew, closeAll, err
	}
	if crew.Store, err = keep(ctx, getenv, key); err != nil {
		return crew, closeAll, err
	}
	closers = append(closers, func() { _ = crew.Store.Close() })
	keys, err := temporalclient.KeyringFromEnv(getenv)
	if err != nil {
		return crew, closeAll, err
	}
	if keys.Empty() {
		return crew, closeAll, fmt.Errorf("%s or %s_FILE is missing: histories would hold names and addresses in the clear; make a key with: openssl rand -base64 32",
			temporalclient.EnvPayloadKeys, temporalclient.EnvPayloadKeys)
	}
	if crew.Client, err = temporalclient.Dial(ctx, temporalclient.Options{Keys: keys, Identity: crew.Identity}); err != nil {
		return crew, closeAll, err
	}
	closers = append(closers, crew.Client.Close)
	if crew.Systems, err = connectFromFile(ctx, getenv, crew); err != nil {
		return crew, closeAll, err
	}
	return crew, closeAll, nil
}

func connectFromFile(ctx context.Context, getenv func(string) string, crew Crew) (*Systems, error) {
	reach, err := connections.Load(getenv(EnvConnections))
	if err != nil {
		return nil, err
	}
	systems, err := Connect(reach, ShareStore(crew.Store, crew.Policy, getenv))
	if err != nil {
		return nil, err
	}
	return systems, systems.Check(ctx)
}

// keep opens the store that the settings name.
func keep(ctx context.Context, getenv func(string) string, key [32]byte) (*store.Store, error) {
	c, err := store.ConfigFromEnv(getenv)
	if err != nil {
		return nil, err
	}
	c.SecretKey = key
	s, err := store.Open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EnvStore, err)
	}
	return s, nil
}

// ShareStore is what the systems need of Tenure, all of it kept in one store.
func ShareStore(s *store.Store, rules func() policy.Policy, getenv func(string) string) Shared {
	return Shared{Vault: s, Directory: s.Directory(guard.New(rules)), Trackers: s, Reads: s, Gate: casefile.NewGate(s, rules), Owners: s,
		Policy: rules(), Rules: rules, Getenv: getenv}
}

func missing(getenv func(string) string, names ...string) error {
	var errs []error
	for _, n := range names {
		if getenv(n) == "" {
			errs = append(errs, fmt.Errorf("%s is not set; README.md says what it holds", n))
		}
	}
	return errors.Join(errs...)
}

// ReadStoreKey reads the key that encrypts lock PINs: 32 bytes in base64. It never prints it.
func ReadStoreKey(path string) ([32]byte, error) {
	var key [32]byte
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return key, fmt.Errorf("store key: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(key) {
		return key, fmt.Errorf("%s does not hold a key of 32 bytes in base64: restore it from a backup (without it the lock PINs cannot be read), or make one with: openssl rand -base64 32", path)
	}
	copy(key[:], raw)
	return key, nil
}
