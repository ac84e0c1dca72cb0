// Command standalone is Tenure in one process: the Temporal server with its Web UI on a SQLite file, the workers,
// the directory watch, and the store. With --simulate it brings stand-ins for every vendor and plays a scene of a tenure;
// without, and with a connections file, it runs a small company on one machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	simulate    bool
	once        bool
	asJSON      bool
	data        string
	policy      string
	connections string
	listen      string
	watchEvery  time.Duration
	timeout     time.Duration
	uiPort      int
	port        int
	consolePort int
	person      string
	scene       string
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "standalone:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "standalone:", err)
	}
	stop()
	os.Exit(code)
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("standalone", flag.ContinueOnError)
	f.BoolVar(&o.simulate, "simulate", false, "bring stand-ins for every vendor and play a scene")
	f.BoolVar(&o.once, "once", false, "end when the case has ended; 0 only when every critical step is verified")
	f.BoolVar(&o.asJSON, "json", false, "print the final case as JSON on standard output")
	f.StringVar(&o.data, "data", "", "folder that keeps everything; a second start goes on where the first stopped")
	f.StringVar(&o.policy, "policy", "", "policy file (default: the demonstration's with --simulate, else required)")
	f.StringVar(&o.connections, "connections", "", "file that says how each vendor is reached (not with --simulate)")
	f.StringVar(&o.listen, "listen", "", "where webhooks come in, host:port (default: nowhere; 127.0.0.1:8090 or a free port with --simulate)")
	f.DurationVar(&o.watchEvery, "watch-every", 0, "how often the HR system is polled (default 5m, 5s with --simulate)")
	f.DurationVar(&o.timeout, "timeout", 15*time.Minute, "with --once: give up after this long")
	f.IntVar(&o.port, "port", 7233, "port of Temporal on 127.0.0.1; 0 takes a free one")
	f.IntVar(&o.uiPort, "ui-port", 8233, "port of Temporal's Web UI on 127.0.0.1; 0 takes a free one")
	f.IntVar(&o.consolePort, "console-port", 8400, "port of the vendors' console on 127.0.0.1; 0 takes a free one")
	f.StringVar(&o.person, "person", "", "with --simulate: work address of who leaves (default: the demo's leaver)")
	f.StringVar(&o.scene, "scene", sceneLeaves, "with --simulate: what is played: offboard, join, move, leave, rehire")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	return o, o.check()
}

// check refuses combinations that cannot work, before anything is started.
func (o *options) check() error {
	switch {
	case !o.simulate && o.connections == "":
		return errors.New("--connections FILE is missing: say how the vendors are reached (see deploy/connections.example.yaml), or use --simulate")
	case o.simulate && o.connections != "":
		return errors.New("--simulate and --connections exclude each other: stand-ins bring their own connections")
	case !o.simulate && o.policy == "":
		return errors.New("--policy FILE is missing: start from policies/default.yaml")
	case !o.simulate && o.data == "":
		return errors.New("--data DIR is missing: the folder that keeps histories, evidence and keys")
	case !o.simulate && o.once:
		return errors.New("--once goes with --simulate only")
	}
	if err := o.checkScene(); err != nil {
		return err
	}
	if o.watchEvery == 0 {
		o.watchEvery = 5 * time.Minute
		if o.simulate {
			o.watchEvery = 5 * time.Second
		}
	}
	return nil
}

// run brings everything up in order, and down in the opposite order.
func run(ctx context.Context, o options) (int, error) {
	if o.simulate {
		if _, err := o.leaver(); err != nil {
			return 2, err
		}
	}
	cleanup, err := o.makeData()
	if err != nil {
		return 1, err
	}
	defer cleanup()
	slog.SetDefault(logger(filepath.Join(o.data, "standalone.log")))
	in, err := install(ctx, o)
	if err != nil {
		return 1, err
	}
	defer in.close()
	in.greet()
	if !o.simulate {
		<-ctx.Done()
		fmt.Fprintln(os.Stderr, "\nstopping; cases go on at the next start")
		return 0, nil
	}
	return in.demo(ctx)
}

// makeData makes the data folder. A demonstration without one gets a temporary folder, which is removed when it ends.
func (o *options) makeData() (func(), error) {
	if o.data != "" {
		abs, err := filepath.Abs(o.data)
		if err != nil {
			return nil, err
		}
		o.data = abs
		return func() {}, os.MkdirAll(abs, 0o700) //nolint:gosec // the operator names the folder
	}
	dir, err := os.MkdirTemp("", "tenure-demo-")
	if err != nil {
		return nil, err
	}
	o.data = dir
	return func() { _ = os.RemoveAll(dir) }, nil
}

// logger writes the libraries' lines to a file, so that the terminal shows the case and nothing else.
func logger(path string) *slog.Logger {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelInfo}))
}
