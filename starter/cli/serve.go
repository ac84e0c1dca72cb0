package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/connections"
	"tenure/internal/policy"
	"tenure/starter/frontdoors"
)

// The settings that serve reads besides those of every command.
const (
	EnvConnections = "TENURE_CONNECTIONS" // path of the connections file
	EnvListen      = "TENURE_LISTEN"      // host:port for webhooks
)

type serveFlags struct {
	every  time.Duration
	listen string
}

func (a *app) serveCmd() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Keep the front doors open: Namely, Slack, tickets and webhooks",
		Long: `Keep the front doors open until Ctrl-C.

The looks at Namely and at moved tickets are Temporal Schedules, which go on while this program is away; serve creates
them, keeps their pace, and restores one that somebody deleted. Slack's commands and buttons come over Socket Mode,
which needs no inbound port (slack.app_token in the connections file), or over signed HTTP (slack.signing_secret).
Webhooks of EasyPost, Okta and Jira come in at --listen, each only where its secret is named.

What comes in is kept in the store before it is answered for, and handed to Temporal from there: with Temporal away
nothing is lost. More than one serve may run at once.

Settings: ` + EnvConnections + ` (connections file; without it only the schedules are kept), ` + EnvPolicy + `, ` + EnvStore + `, ` + EnvListen + `.`,
		Example: `  tenure serve
  tenure serve --watch-every 1m --listen 127.0.0.1:8090`,
		Args: exactArgs(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), f) },
	}
	cmd.Flags().DurationVar(&f.every, "watch-every", 5*time.Minute, "how often the HR system is polled")
	cmd.Flags().StringVar(&f.listen, "listen", "", "where webhooks come in, host:port (default: "+EnvListen+"; neither: no port is opened)")
	return cmd
}

func (a *app) serve(ctx context.Context, f serveFlags) error {
	if f.every < time.Second {
		return failf(ExitUsage, "--watch-every %s is too short: give at least 1s, usually 5m", f.every)
	}
	c, err := a.connectAs(ctx, true) // what comes in while Temporal is away is kept for it
	if err != nil {
		return err
	}
	defer c.close()
	doors, err := a.doors(c, f)
	if err != nil {
		return err
	}
	for _, line := range doors.Open() {
		a.printf("%s.\n", line)
	}
	a.printf("Ctrl-C ends this program; the schedules go on.\n")
	if err := doors.Run(ctx); err != nil {
		return failf(ExitUnavailable, "%w", err)
	}
	return nil
}

// doors prepares the front doors from the settings.
func (a *app) doors(c *connection, f serveFlags) (*frontdoors.Doors, error) {
	if c.store == nil {
		return nil, failf(ExitUsage, "%s is not set: what comes through a front door is kept there before it is answered for", EnvStore)
	}
	rules, err := a.rules(c)
	if err != nil {
		return nil, err
	}
	cfg := frontdoors.Config{Client: c.client, Store: c.store, Policy: rules, Getenv: c.env, WatchEvery: f.every,
		Logger: slog.New(slog.NewTextHandler(a.Err, nil))}
	if path := c.env(EnvConnections); path != "" {
		if cfg.Reach, err = connections.Load(path); err != nil {
			return nil, failf(ExitUsage, "%s: %w", EnvConnections, err)
		}
	}
	if cfg.Listen, err = listen(f.listen, c.env(EnvListen)); err != nil {
		return nil, err
	}
	doors, err := frontdoors.New(cfg)
	if err != nil {
		if cfg.Listen != nil {
			_ = cfg.Listen.Close()
		}
		return nil, failf(ExitUsage, "%w", err)
	}
	return doors, nil
}

// rules is the policy in force, read again when the file is edited.
func (a *app) rules(c *connection) (func() policy.Policy, error) {
	path := c.env(EnvPolicy)
	if path == "" {
		return nil, failf(ExitUsage, "%s is not set: give the path of the policy file", EnvPolicy)
	}
	file, err := policy.Open(path, func(err error) {
		_, _ = fmt.Fprintln(a.Err, "tenure: the edited policy is not in order and the last good one holds:", err)
	})
	if err != nil {
		return nil, failf(ExitUsage, "%w", err)
	}
	return file.Policy, nil
}

// listen opens the port for webhooks, if one is asked for.
func listen(flag, env string) (net.Listener, error) {
	name, at := "--listen", flag
	if at == "" {
		name, at = EnvListen, env
	}
	if at == "" {
		return nil, nil //nolint:nilnil // no port is asked for
	}
	if _, _, err := net.SplitHostPort(at); err != nil {
		return nil, failf(ExitUsage, "%s %q is not an address: write host:port, for example 127.0.0.1:8090", name, at)
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, failf(ExitUnavailable, "%s %s: %w; stop what listens there, or choose another port", name, at, err)
	}
	return l, nil
}
