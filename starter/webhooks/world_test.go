package webhooks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/activities"
)

const (
	easyPostSecret = "easypost-hook-s\u00e9cret-0001" // not ASCII: it is decomposed before it signs
	oktaSecret     = "okta-hook-secret-0001"
	jiraSecret     = "jira-hook-secret-0001"
)

// box is an inbox in memory: it knows a key it has seen, and can be out of order.
type box struct {
	mu     sync.Mutex
	asks   []activities.Ask
	calls  int
	broken error
}

func (b *box) Accept(ctx context.Context, ask activities.Ask) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if err := errors.Join(b.broken, ctx.Err()); err != nil {
		return false, err
	}
	if slices.ContainsFunc(b.asks, func(a activities.Ask) bool { return a.Key == ask.Key }) {
		return false, nil
	}
	b.asks = append(b.asks, ask)
	return true, nil
}

func (b *box) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

func (b *box) kept() []activities.Ask {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asks)
}

func (b *box) offered() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// house is the server on a port of its own, with everything open, and what it wrote into its log.
type house struct {
	*box
	t   *testing.T
	url string
	log *written
	now func() time.Time
	srv *Server
}

type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := &house{box: &box{}, t: t, log: &written{}, now: func() time.Time { return noon }}
	cfg := Config{Inbox: h.box, EasyPostSecret: easyPostSecret, OktaSecret: oktaSecret, OktaOwnActors: []string{"00uown", "0oaown"}, JiraSecret: jiraSecret,
		Now: h.now, Logger: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	h.url, h.srv = srv.URL, s
	return h
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (h *house) send(method, path string, body io.Reader, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (h *house) post(path, body string, header ...string) answer {
	h.t.Helper()
	return h.send(http.MethodPost, path, strings.NewReader(body), header...)
}

// one is the only ask that was kept.
func (h *house) one() activities.Ask {
	h.t.Helper()
	kept := h.kept()
	if len(kept) != 1 {
		h.t.Fatalf("%d asks are kept, want 1: %+v", len(kept), kept)
	}
	return kept[0]
}

func wantStatus(t *testing.T, what string, a answer, want int) {
	t.Helper()
	if a.status != want {
		t.Errorf("%s: answered %d, want %d (%s)", what, a.status, want, a.body)
	}
}
