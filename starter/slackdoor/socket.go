package slackdoor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	slackapi "github.com/slack-go/slack"
)

// connections is how many Socket Mode connections are open at a time: while Slack refreshes one, the other takes what
// comes. Slack allows ten, and several programs may share them.
const connections = 2

const (
	dialWithin   = 10 * time.Second
	firstPause   = 500 * time.Millisecond
	longestPause = time.Minute
	// shortLived is a connection that ended sooner than it should: two in a row, and the next one waits.
	shortLived = 30 * time.Second
	// writeBuffer holds an acknowledgement of the greatest size whole: Slack does not put fragments together.
	writeBuffer = 32 << 10
)

// RunSocket keeps two Socket Mode connections open until ctx ends; then it finishes what it has taken and returns nil.
// It returns an error at once only for what no waiting mends: an app token that Slack refuses before it has ever
// accepted it. Later the same refusal may be an outage of Slack's, and it is tried again, slowly.
//
// slack-go's own Socket Mode client is not used: it closes a connection before it opens the next, sends
// acknowledgements that were due on the old one over the new, and waits for nothing when it ends.
func (d *Door) RunSocket(ctx context.Context) error {
	if d.appToken == "" {
		return errors.New("slack app token is empty: set one (xapp-..., with the scope connections:write) to use Socket Mode")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var lines sync.WaitGroup
	for range connections {
		lines.Go(func() {
			if err := d.keepOpen(ctx); err != nil {
				cancel(err)
			}
		})
	}
	lines.Wait()
	d.http.CloseIdleConnections()
	if err, ok := errors.AsType[*tokenError](context.Cause(ctx)); ok {
		return err
	}
	return nil
}

// keepOpen keeps one connection open. One that Slack asks to go is replaced before it ends, and goes on taking what
// still comes by it.
func (d *Door) keepOpen(ctx context.Context) error {
	var going sync.WaitGroup
	defer going.Wait()
	var p pauses
	for ctx.Err() == nil {
		c, err := d.connect(ctx)
		if err != nil {
			if refused, ok := errors.AsType[*tokenError](err); ok && !d.greeted.Load() {
				return refused
			}
			d.log.Warn("slack: no Socket Mode connection", "error", redacted(err))
			wait(ctx, p.after(0, retryAfter(err)))
			continue
		}
		began := time.Now()
		going.Go(func() { d.serve(ctx, c) })
		<-c.leaving
		wait(ctx, p.after(time.Since(began), 0))
	}
	return nil
}

// connect opens one connection. The address it dials is a credential, and is kept out of errors.
func (d *Door) connect(ctx context.Context) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	_, address, err := d.api.StartSocketModeContext(ctx)
	if err != nil {
		return nil, tokenProblem(err)
	}
	if d.base.Scheme == "https" && !strings.HasPrefix(address, "wss://") {
		return nil, errors.New("apps.connections.open hands out an address that is not wss://")
	}
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialWithin, WriteBufferSize: writeBuffer}
	ws, resp, err := dialer.DialContext(ctx, address, nil)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("the WebSocket could not be opened: %w", err)
	}
	return newLine(ws), nil
}

// tokenError is an app token that Slack refuses.
type tokenError struct{ code string }

func (e *tokenError) Error() string {
	return fmt.Sprintf("slack app token: Slack answers %s to apps.connections.open: make an app-level token (xapp-...) with the scope connections:write on the app's Basic Information page, and turn Socket Mode on", e.code)
}

// tokenCodes are the refusals that a new token mends and waiting does not.
var tokenCodes = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope", "no_permission"}

func tokenProblem(err error) error {
	if refused, ok := errors.AsType[slackapi.SlackErrorResponse](err); ok && slices.Contains(tokenCodes, refused.Err) {
		return &tokenError{refused.Err}
	}
	return err
}

// retryAfter is how long Slack asks to wait.
func retryAfter(err error) time.Duration {
	if limited, ok := errors.AsType[*slackapi.RateLimitedError](err); ok {
		return limited.RetryAfter
	}
	return 0
}

// pauses are the waits between connections: none after one that lived, growing and scattered after those that did
// not.
type pauses struct{ short int }

func (p *pauses) after(lived, atLeast time.Duration) time.Duration {
	if lived >= shortLived {
		p.short = 0
		return 0
	}
	p.short++
	if lived > 0 && p.short == 1 {
		return 0 // one refresh early in its life is nothing
	}
	d := min(firstPause<<min(p.short-1, 20), longestPause)
	return max(atLeast, d/2+rand.N(d/2))
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
