package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/connections"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/policies"
	"tenure/simulators/world"
	"tenure/standalone/temporal"
	"tenure/starter/cli"
	"tenure/starter/frontdoors"
	"tenure/workers/fleet"
)

// installation is everything that runs in this process.
type installation struct {
	options
	world      *world.World // nil without --simulate
	console    *http.Server
	server     *temporal.Server
	client     client.Client
	store      *store.Store
	rules      func() policy.Policy // the policy in force
	systems    *fleet.Systems
	fleet      *fleet.Fleet
	consoleURL string
	hooksURL   string
	reached    connections.File // how the vendors are reached
	slackDoor  string           // how Slack comes in, for people
	closers    []func()

	// What a scene has seen on its way, for its facts.
	whileAway []fact
	account   string               // the Okta account's id before
	did       map[plan.StepID]bool // what IT has ended
	ended     activities.CaseView  // the offboarding of somebody who came back
}

// install brings the parts up in the order in which they need each other. What can be wrong with the settings is
// found before anything runs: a broken policy or a refused credential leaves no half-started case. What is up already
// is taken down again when a later part fails.
func install(ctx context.Context, o options) (*installation, error) {
	in := &installation{options: o}
	for _, part := range []func(context.Context) error{in.hold, in.readPolicy, in.vendors, in.keep, in.reach, in.temporal, in.work, in.openDoors, in.tell} {
		if err := part(ctx); err != nil {
			in.close()
			return nil, err
		}
	}
	return in, nil
}

func (in *installation) onClose(f func()) { in.closers = append(in.closers, f) }

// close takes everything down, the last first.
func (in *installation) close() {
	for i := len(in.closers) - 1; i >= 0; i-- {
		in.closers[i]()
	}
	in.closers = nil
}

// hold keeps a second process away from the folder.
func (in *installation) hold(context.Context) error {
	lock, err := temporal.Lock(in.data)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	in.onClose(func() { _ = lock.Close() })
	return nil
}

// freePorts says by its flag which port is taken, before the server finds out in words of its own.
func (in *installation) freePorts() error {
	for _, p := range []struct {
		flag string
		port int
	}{{"--port", in.port}, {"--ui-port", in.uiPort}} {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)))
		if err != nil {
			return fmt.Errorf("%s %d: %w; stop what listens there, or choose another port (0 takes a free one)", p.flag, p.port, err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// temporal starts the server on its SQLite file.
func (in *installation) temporal(ctx context.Context) error {
	if err := in.freePorts(); err != nil {
		return err
	}
	keys, err := temporalclient.EnsureKeyFile(in.path("payload.keys"))
	if err != nil {
		return err
	}
	in.server, err = temporal.Start(ctx, temporal.Config{Dir: in.path("temporal"), FrontendPort: in.port, UIPort: in.uiPort, Keys: keys})
	if err != nil {
		return err
	}
	in.onClose(func() { _ = in.server.Stop() })
	in.client, err = temporalclient.Dial(ctx, temporalclient.Options{Address: in.server.Address(), Namespace: in.server.Namespace(), Keys: keys, Identity: "standalone"})
	if err != nil {
		return err
	}
	in.onClose(in.client.Close)
	return nil
}

// keep opens the store: directory, identity ledger, PIN vault, evidence.
func (in *installation) keep(ctx context.Context) error {
	key, err := secretKey(in.path("store.key"))
	if err != nil {
		return err
	}
	in.store, err = store.Open(ctx, store.Config{Path: in.path("tenure.db"), SecretKey: key})
	if err != nil {
		return err
	}
	in.onClose(func() { _ = in.store.Close() })
	return nil
}

// reach connects the vendors and checks that they let us in.
func (in *installation) reach(ctx context.Context) error {
	var err error
	if in.reached, err = in.connect(); err != nil {
		return err
	}
	in.systems, err = fleet.Connect(in.reached, fleet.ShareStore(in.store, in.rules, os.Getenv))
	if err != nil {
		return err
	}
	return in.systems.Check(ctx)
}

// work starts the workers. Links go to this process's own Web UI unless the policy names another.
func (in *installation) work(context.Context) error {
	rules := func() policy.Policy {
		p := in.rules()
		if p.TemporalUI == "" {
			p.TemporalUI = in.server.UIURL()
		}
		return p
	}
	var err error
	in.fleet, err = fleet.Crew{Client: in.client, Store: in.store, Policy: rules, Systems: in.systems, Identity: "standalone"}.Assemble()
	if err != nil {
		return err
	}
	if err := in.fleet.Start(); err != nil {
		return err
	}
	in.onClose(in.fleet.Stop)
	return nil
}

// readPolicy loads the policy, once now so that a broken file stops the start, and again whenever it was edited.
func (in *installation) readPolicy(context.Context) error {
	var err error
	in.rules, err = in.policySource()
	return err
}

func (in *installation) policySource() (func() policy.Policy, error) {
	if in.policy != "" {
		f, err := policy.Open(in.policy, func(err error) {
			fmt.Fprintln(os.Stderr, "standalone: the edited policy is not in order and the last good one holds:", err)
		})
		if err != nil {
			return nil, err
		}
		return f.Policy, nil
	}
	body, err := policies.Read("demo")
	if err != nil {
		return nil, err
	}
	in.policy = in.path("policy.yaml")
	if _, err := os.Stat(in.policy); errors.Is(err, os.ErrNotExist) {
		if err := writeWhole(in.policy, body); err != nil {
			return nil, err
		}
	}
	return in.policySource()
}

// openDoors opens the front doors: Namely is watched, Slack is listened to, webhooks come in.
func (in *installation) openDoors(context.Context) error {
	l, err := in.hooksListener()
	if err != nil {
		return err
	}
	doors, err := frontdoors.New(frontdoors.Config{Client: in.client, Store: in.store, Policy: in.rules, Reach: in.reached, Getenv: os.Getenv,
		WatchEvery: in.watchEvery, Listen: l})
	if err != nil {
		if l != nil {
			_ = l.Close()
		}
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var open sync.WaitGroup
	open.Go(func() {
		if err := doors.Run(ctx); err != nil {
			slog.Error("the front doors are shut", "error", err.Error())
		}
	})
	in.onClose(func() { cancel(); open.Wait() })
	in.slackDoor = doors.Slack()
	if l != nil {
		in.hooksURL = "http://" + l.Addr().String()
	}
	if in.world == nil || l == nil {
		return nil
	}
	sent, err := in.world.Deliver(ctx, world.Webhooks{Base: in.hooksURL, EasyPost: hookSecret, Okta: hookSecret, Jira: hookSecret})
	if err != nil {
		cancel()
		return err
	}
	in.onClose(func() { cancel(); sent() })
	return nil
}

// hooksListener opens the port for webhooks. The simulated vendors need one; others get one where it is asked for.
func (in *installation) hooksListener() (net.Listener, error) {
	if in.listen == "" && !in.simulate {
		return nil, nil //nolint:nilnil // no port is asked for
	}
	at := in.listen
	if at == "" {
		at = "127.0.0.1:8090"
	}
	l, err := net.Listen("tcp", at)
	if err != nil && in.simulate && in.listen == "" {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w; stop what listens there, or choose another address", at, err)
	}
	return l, nil
}

// tell writes how the command line reaches this installation.
func (in *installation) tell(context.Context) error {
	lines := []string{
		"# written at every start; the command line reads it with --data",
		"TEMPORAL_ADDRESS=" + in.server.Address(),
		"TEMPORAL_NAMESPACE=" + in.server.Namespace(),
		temporalclient.EnvPayloadKeys + "_FILE=" + in.path("payload.keys"),
		cli.EnvStore + "=" + in.path("tenure.db"),
		cli.EnvPolicy + "=" + in.policy,
	}
	return writeWhole(in.path(cli.EnvFile), []byte(strings.Join(lines, "\n")+"\n"))
}

func (in *installation) path(name string) string { return filepath.Join(in.data, name) }

// greet says where everything is.
func (in *installation) greet() {
	out := os.Stderr
	_, _ = fmt.Fprintf(out, "Tenure is up. Its data is in %s\n\n", in.data)
	_, _ = fmt.Fprintf(out, "  Temporal Web UI    %s\n", in.server.UIURL())
	_, _ = fmt.Fprintf(out, "  Temporal           %s (namespace %s)\n", in.server.Address(), in.server.Namespace())
	_, _ = fmt.Fprintf(out, "  Codec endpoint     %s (temporal --codec-endpoint)\n", in.server.CodecURL())
	if in.consoleURL != "" {
		_, _ = fmt.Fprintf(out, "  Vendors' console   %s\n", in.consoleURL)
	}
	if in.hooksURL != "" {
		_, _ = fmt.Fprintf(out, "  Webhooks           %s\n", in.hooksURL)
	}
	_, _ = fmt.Fprintf(out, "  Slack              %s\n", in.slackDoor)
	_, _ = fmt.Fprintf(out, "  Command line       go run ./starter --data %s list\n\n", in.data)
}

// secretKey reads the key that encrypts the lock PINs, and makes it at the first start.
func secretKey(path string) ([32]byte, error) {
	var key [32]byte
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return fleet.ReadStoreKey(path)
	}
	if _, err := rand.Read(key[:]); err != nil {
		return key, err
	}
	return key, writeWhole(path, []byte(base64.StdEncoding.EncodeToString(key[:])+"\n"))
}

// writeWhole puts a file in place whole or not at all: half a key or half a policy, left by a process that was killed
// while it wrote, would stop every later start.
func writeWhole(path string, body []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(body)
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

// serve runs an HTTP server until the installation closes.
func (in *installation) serve(s *http.Server, start func() error) {
	in.onClose(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx)
	})
	go func() { _ = start() }()
}
