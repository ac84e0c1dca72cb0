package oktasim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	oktasim "tenure/simulators/okta"
)

// caller calls a stand-in as an API client with no help from a vendor's SDK.
type caller struct {
	t    *testing.T
	base string
	auth string
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func serve(t *testing.T, sim *oktasim.Simulator) caller {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return caller{t, server.URL, "SSWS " + oktasim.DefaultToken}
}

func (c caller) do(method, path string, body any) answer {
	c.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	url := path
	if path[0] == '/' {
		url = c.base + path
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", c.auth)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

func (c caller) get(path string) answer  { c.t.Helper(); return c.do(http.MethodGet, path, nil) }
func (c caller) post(path string) answer { c.t.Helper(); return c.do(http.MethodPost, path, nil) }

// decode reads the body as JSON.
func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

type object = map[string]any

func (c caller) ids(path string) []string {
	c.t.Helper()
	var out []string
	for _, o := range decode[[]object](c.t, c.get(path)) {
		out = append(out, o["id"].(string))
	}
	return out
}

// want checks status and error code.
func (a answer) want(t *testing.T, status int, code string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
	if code != "" {
		if got := decode[object](t, a)["errorCode"]; got != code {
			t.Errorf("error code %v, want %s", got, code)
		}
	}
}

func person(login string) oktasim.User {
	return oktasim.User{Profile: oktasim.Profile{Login: login, FirstName: "Jo", LastName: "Doe"}}
}

// hands is a clock that a test moves.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *hands { return &hands{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}
