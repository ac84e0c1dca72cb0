// Package frontdoors opens every front door together and keeps them open: the schedules that look at the HR system and
// at tickets, Slack, the webhooks, and the inbox behind them all.
package frontdoors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/internal/connections"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/starter/intake"
	"tenure/starter/slackdoor"
	"tenure/starter/webhooks"
)

// Config is what the doors stand between.
type Config struct {
	Client client.Client
	Store  *store.Store
	// Policy gives the policy in force: the pace of the ticket watch, and what a ticket's status means.
	Policy func() policy.Policy
	// Reach says how vendors prove who they are, and how Slack is reached. A door whose secret it does not name
	// stays shut.
	Reach  connections.File
	Getenv func(string) string
	// WatchEvery is how often the HR system is looked at.
	WatchEvery time.Duration
	// Listen is where webhooks come in; nil opens no port at all.
	Listen net.Listener
	Logger *slog.Logger
}

// Doors are the front doors, checked and not open yet.
type Doors struct {
	cfg      Config
	mailroom *intake.Mailroom
	slack    *slackdoor.Door // nil: no Slack
	socket   bool
	server   *webhooks.Server // nil: no port
	statuses string           // those that the ticket watch was last given
}

// New checks everything that can be wrong with the doors before one is opened. The error names each setting.
func New(c Config) (*Doors, error) {
	if c.WatchEvery < time.Second {
		return nil, fmt.Errorf("the HR system cannot be looked at every %s: give at least 1s, usually 5m", c.WatchEvery)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	d := &Doors{cfg: c}
	var err error
	d.mailroom, err = intake.NewMailroom(c.Store, c.Client, func() (done, received []string) {
		j := c.Policy().Jira
		return j.Done, j.Received
	}, c.Logger)
	if err != nil {
		return nil, err
	}
	r := &connections.Reader{Getenv: c.Getenv}
	errs := []error{d.openSlack(r), d.openServer(r)}
	return d, errors.Join(append(r.Missing, errs...)...)
}

// openSlack prepares the door in Slack, where a token or a secret for it is named.
func (d *Doors) openSlack(r *connections.Reader) error {
	s := d.cfg.Reach.Slack
	app, signing := r.Optional("slack.app_token", s.AppToken), r.Optional("slack.signing_secret", s.SigningSecret)
	if app == "" && signing == "" {
		return nil
	}
	var err error
	d.socket = app != ""
	d.slack, err = slackdoor.New(slackdoor.Config{BaseURL: s.URL, BotToken: r.Optional("slack.bot_token", s.BotToken), AppToken: app,
		SigningSecret: signing, Inbox: d.mailroom, Logger: d.cfg.Logger})
	return err
}

// openServer prepares the doors of those who call us.
func (d *Doors) openServer(r *connections.Reader) error {
	c := d.cfg
	cfg := webhooks.Config{Inbox: d.mailroom, EasyPostSecret: r.Optional("tracking.webhook_secret", c.Reach.Tracking.WebhookSecret),
		OktaSecret: r.Optional("okta.hook_secret", c.Reach.Okta.HookSecret), OktaOwnActors: c.Reach.Okta.OwnActors,
		JiraSecret: r.Optional("jira.webhook_secret", c.Reach.Jira.WebhookSecret), Health: d.health, Logger: c.Logger}
	if c.Listen == nil {
		return nil
	}
	if d.slack != nil {
		cfg.Slack = d.slack.Handler()
	}
	var err error
	d.server, err = webhooks.New(cfg)
	return err
}

// health says whether work can be taken in: the inbox is what must hold. Temporal being away is no reason to refuse.
func (d *Doors) health() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _, err := d.cfg.Store.InboxBacklog(ctx)
	return err
}

// Open says which doors there are, for people.
func (d *Doors) Open() []string {
	open := []string{fmt.Sprintf("Namely is looked at every %s", d.cfg.WatchEvery), "Slack: " + d.Slack()}
	if d.server != nil {
		open = append(open, "Webhooks come in at http://"+d.cfg.Listen.Addr().String())
	}
	return open
}

// Slack says how people in Slack are heard.
func (d *Doors) Slack() string {
	switch {
	case d.slack == nil:
		return "commands are off; name slack.app_token in the connections file"
	case d.socket:
		return "commands come over Socket Mode"
	case d.server != nil:
		return "commands come over signed HTTP"
	default:
		return "commands are off; signed HTTP needs an address to listen at"
	}
}

// lookAfter is how often the schedules are looked after: whoever deletes one in the Temporal UI gets it back.
const lookAfter = time.Minute

// Run keeps the doors open until ctx ends, then shuts them and returns. A door that fails is opened again, ever more
// rarely, and the others stay open: a revoked Slack token must not keep Okta's word out.
func (d *Doors) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var open sync.WaitGroup
	open.Go(func() { d.mailroom.Deliver(ctx) })
	open.Go(func() { d.schedules(ctx) })
	if d.socket {
		open.Go(func() { d.reopen(ctx, "slack", d.slack.RunSocket) })
	}
	if d.server != nil {
		open.Go(func() {
			// A port that was lost cannot be had again from in here: whoever supervises this program starts it anew.
			if err := d.server.Serve(ctx, d.cfg.Listen); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("webhooks: %w", err))
			}
		})
	}
	open.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// How long a door that failed stays shut before it is tried again.
const (
	reopenSoonest = 5 * time.Second
	reopenRarest  = 5 * time.Minute
)

// reopen runs a door until ctx ends, again after every failure.
func (d *Doors) reopen(ctx context.Context, name string, run func(context.Context) error) {
	for wait := reopenSoonest; ; wait = min(2*wait, reopenRarest) {
		err := run(ctx)
		if ctx.Err() != nil {
			return
		}
		d.cfg.Logger.Error("a front door is shut and is tried again", "Door", name, "in", wait.String(), "error", fmt.Sprint(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// schedules creates the schedules, keeps their pace, and restores them.
func (d *Doors) schedules(ctx context.Context) {
	tick := time.NewTicker(lookAfter)
	defer tick.Stop()
	for {
		if err := d.ensure(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Warn("the schedules could not be looked after and are tried again", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (d *Doors) ensure(ctx context.Context) error {
	p := d.cfg.Policy()
	errs := []error{intake.EnsureWatch(ctx, d.cfg.Client, d.cfg.WatchEvery)}
	if p.Jira.Project != "" && p.Access.SystemCounts(policy.DoorJira) {
		now := fmt.Sprintf("%q %q", p.Jira.Done, p.Jira.Received)
		err := intake.EnsureTickets(ctx, d.cfg.Client, p.Long(p.Jira.Poll), p.Jira.Done, p.Jira.Received, d.statuses == now)
		if errs = append(errs, err); err == nil {
			d.statuses = now
		}
	}
	return errors.Join(errs...)
}
