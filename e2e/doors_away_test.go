package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	reach "tenure/internal/connections"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
	"tenure/standalone/temporal"
	"tenure/starter/frontdoors"
)

// slackWait is how long Slack waits for an acknowledgement.
const slackWait = 3 * time.Second

// With Temporal away, what people type in Slack is acknowledged in time, once each however often Slack delivers it, and
// is carried when Temporal is back. A crash of the front doors in between loses nothing.
func TestSlack_TemporalAway_NothingIsLost(t *testing.T) {
	whole(t)
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	server, err := temporal.Start(soon(t), temporal.Config{Dir: dir, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	at, namespace := server.Address(), server.Namespace()
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	w, err := world.Start(world.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	c, err := temporalclient.DialLazily(temporalclient.Options{Address: at, Namespace: namespace, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s, err := store.Open(soon(t), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })

	shut := openDoors(t, c, s, w)
	types := func(text string) {
		began := time.Now()
		var r slacksim.Response
		eventually(t, startUp, "Slack reaches the app", func() (err error) {
			began = time.Now()
			r, err = w.Slack.RunCommand(world.AuthorisedUser, world.ITChannel, "/offboard", text)
			return err
		})
		if took := time.Since(began); took > slackWait || !strings.Contains(r.Text, "eceived") {
			t.Errorf("answered %q after %s", r.Text, took)
		}
		if _, err := w.Slack.Repeat(r.ID); err != nil {
			t.Error(err)
		}
	}
	types("e1@example.com")
	shut()
	shut = openDoors(t, c, s, w)
	defer func() { shut() }()
	types("e2@example.com now and for good")
	if n, _, err := s.InboxBacklog(soon(t)); err != nil || n != 2 {
		t.Fatalf("%d letters wait, want 2 (%v)", n, err)
	}

	_, port, _ := strings.Cut(at, ":")
	var number int
	_, _ = fmt.Sscan(port, &number)
	if server, err = temporal.Start(soon(t), temporal.Config{Dir: dir, FrontendPort: number, Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	eventually(t, time.Minute, "both are handed over, once each", func() error {
		n, _, err := s.InboxBacklog(soon(t))
		if err == nil && n > 0 {
			err = fmt.Errorf("%d letters wait", n)
		}
		if err != nil {
			return err
		}
		return requests(t, c, 2)
	})
}

// requests checks how many asks are on their way in Temporal.
func requests(t *testing.T, c client.Client, want int) error {
	found, err := c.ListWorkflow(soon(t), &workflowservice.ListWorkflowExecutionsRequest{Query: `WorkflowType = "Request"`})
	if err != nil {
		return err
	}
	for _, e := range found.GetExecutions() {
		if e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return fmt.Errorf("%s is %s", e.GetExecution().GetWorkflowId(), e.GetStatus())
		}
	}
	if n := len(found.GetExecutions()); n != want {
		return fmt.Errorf("%d requests, want %d", n, want)
	}
	return nil
}

// openDoors opens the front doors; what it returns shuts them at once.
func openDoors(t *testing.T, c client.Client, s *store.Store, w *world.World) (shut func()) {
	t.Helper()
	secret := func(v string) reach.Secret { return reach.Secret{Value: v} }
	doors, err := frontdoors.New(frontdoors.Config{Client: c, Store: s, Policy: func() policy.Policy { return policy.Policy{} }, WatchEvery: time.Hour,
		Reach:  reach.File{Slack: reach.Slack{URL: w.URL["slack"], BotToken: secret(slacksim.DefaultBotToken), AppToken: secret(slacksim.DefaultAppToken)}},
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var open sync.WaitGroup
	open.Go(func() {
		if err := doors.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return func() { cancel(); open.Wait() }
}
