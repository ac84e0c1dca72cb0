package jira

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	sdk "github.com/andygrunwald/go-jira"

	"tenure/internal/vendorhttp"
)

// transport signs requests and mends two things of the SDK: it bounds answers, which go-jira reads whole, and it
// sends X-Atlassian-Token as documented ("no-check"; go-jira sends "nocheck", which Jira need not accept).
type transport struct {
	next      http.RoundTripper
	authorize func(*http.Request)
}

// RoundTrip makes the call, once.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	t.authorize(r)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "tenure")
	if r.Header.Get("X-Atlassian-Token") != "" {
		r.Header.Set("X-Atlassian-Token", "no-check")
	}
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = bounded{io.LimitReader(resp.Body, vendorhttp.MaxBody), resp.Body}
	return resp, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

// do makes one call with a body of ours. go-jira's own methods cannot send or read properties, and leave the
// answer's body open when there is nothing to decode.
func (s *System) do(ctx context.Context, method, path string, in, out any) error {
	req, err := s.api.NewRequestWithContext(ctx, method, path, in)
	if err != nil {
		return err
	}
	resp, err := s.api.Do(req, out)
	return s.outcome(ctx, method, path, resp, err)
}

// outcome closes the answer and classifies what went wrong.
func (s *System) outcome(ctx context.Context, method, path string, resp *sdk.Response, err error) error {
	if resp != nil && resp.Response != nil && resp.Body != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	path, _, _ = strings.Cut(path, "?")
	return s.cfg.problem(method+" "+path, resp, err)
}

// account is the API user, asked for once.
type account struct {
	mu sync.Mutex
	id string
}

// person is a user in either flavour.
type person struct {
	AccountID   string `json:"accountId"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

func (p person) id() string {
	if p.AccountID != "" {
		return p.AccountID
	}
	return p.Name
}

// me is the id of the API user.
func (s *System) me(ctx context.Context) (string, error) {
	s.self.mu.Lock()
	defer s.self.mu.Unlock()
	if s.self.id != "" {
		return s.self.id, nil
	}
	var p person
	if err := s.do(ctx, http.MethodGet, "rest/api/2/myself", nil, &p); err != nil {
		return "", err
	}
	s.self.id = p.id()
	return s.self.id, nil
}

// locks serialises the writers of one case: Jira limits how often one issue may be written.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	turn  chan struct{}
	users int
}

func (l *locks) hold(ctx context.Context, key string) (release func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*lock{}
	}
	k := l.held[key]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		l.held[key] = k
	}
	k.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.held, key)
		}
	}
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// object is a JSON object of a request.
type object map[string]any

// property is an entity property of an issue or a comment.
type property struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

func propertyOf(key string, v any) (property, error) {
	b, err := json.Marshal(v)
	return property{Key: key, Value: b}, err
}
