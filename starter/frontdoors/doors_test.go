package frontdoors

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/internal/connections"
	"tenure/internal/policy"
	"tenure/internal/store"
)

// walls is what doors can stand between, with Temporal at an address where nobody listens.
func walls(t *testing.T) Config {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return Config{Client: c, Store: s, Policy: func() policy.Policy { return policy.Policy{} }, Getenv: func(string) string { return "" },
		WatchEvery: time.Minute, Logger: quiet}
}

func TestNew_WhatIsMissing_IsNamedAtOnce(t *testing.T) {
	c := walls(t)
	c.Reach.Slack = connections.Slack{BotToken: connections.Secret{Value: "xoxb-made-up"}, AppToken: connections.Secret{Env: "SLACK_APP_TOKEN"}}
	c.Reach.Okta.HookSecret = connections.Secret{File: filepath.Join(t.TempDir(), "absent")}
	_, err := New(c)
	for _, want := range []string{"slack.app_token: the environment variable SLACK_APP_TOKEN is empty; export it", "okta.hook_secret"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	c = walls(t)
	c.WatchEvery = time.Millisecond
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "usually 5m") {
		t.Errorf("a pace of a millisecond: %v", err)
	}
}

// A secret that anybody could guess opens no door.
func TestNew_ShortSecret_IsRefused(t *testing.T) {
	c := walls(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c.Listen, c.Reach.Okta.HookSecret = l, connections.Secret{Value: "short"}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "okta.hook_secret") || strings.Contains(err.Error(), `"short"`) {
		t.Error(err)
	}
}

func TestOpen_SaysHowSlackIsHeard(t *testing.T) {
	value := func(s string) connections.Secret { return connections.Secret{Value: s} }
	for _, x := range []struct {
		slack connections.Slack
		want  string
	}{
		{connections.Slack{}, "commands are off; name slack.app_token"},
		{connections.Slack{BotToken: value("xoxb-made-up"), AppToken: value("xapp-made-up")}, "Socket Mode"},
		{connections.Slack{BotToken: value("xoxb-made-up"), SigningSecret: value("made-up-and-long-enough")}, "signed HTTP needs an address"},
	} {
		c := walls(t)
		c.Reach.Slack = x.slack
		d, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.Open(), "\n"); !strings.Contains(got, x.want) || !strings.Contains(got, "every 1m0s") {
			t.Errorf("%q does not say %q", got, x.want)
		}
	}
}

// A door that fails while the doors are being shut is left shut.
func TestReopen_EndsWithItsContext(t *testing.T) {
	d, err := New(walls(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	d.reopen(ctx, "slack", func(context.Context) error {
		tries++
		cancel() // what ends while the doors are being shut is not opened again
		return errors.New("revoked")
	})
	if tries != 1 {
		t.Errorf("%d tries", tries)
	}
}

// Temporal away and no port: the doors stand open all the same, and shut when they are told.
func TestRun_TemporalAway_StandsOpenUntilShut(t *testing.T) {
	d, err := New(walls(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	if err := d.health(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-ended:
		t.Fatalf("ended by itself: %v", err)
	default:
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
