package webhooks

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/simulators/easypost"
)

func TestNew_BadSettings_AreNamedWithTheirMend(t *testing.T) {
	cases := []struct {
		name string
		cfg  Config
		want []string
	}{
		{"no inbox", Config{}, []string{"Inbox"}},
		{"short", Config{Inbox: &box{}, OktaSecret: "hunter2"}, []string{"okta.hook_secret has 7 characters", "openssl rand"}},
		{"line break", Config{Inbox: &box{}, JiraSecret: jiraSecret + "\n"}, []string{"jira.webhook_secret", "white space"}},
		{"two at once", Config{Inbox: &box{}, JiraSecret: "a", EasyPostSecret: "b"}, []string{"jira.webhook_secret", "tracking.webhook_secret"}},
	}
	for _, c := range cases {
		_, err := New(c.cfg)
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", c.name, err, w)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the secret is repeated", c.name)
		}
	}
}

// A stranger cannot tell a door that is shut from a path that never was, nor from a wrong method.
func TestStranger_LearnsNothing(t *testing.T) {
	shut := open(t, func(c *Config) { c.EasyPostSecret, c.OktaSecret, c.JiraSecret = "", "", "" })
	opened := open(t)
	want := shut.send(http.MethodGet, "/nowhere", nil)
	wantStatus(t, "nowhere", want, http.StatusNotFound)
	for _, path := range []string{"/", "/easypost", "/okta", "/jira", "/jira/x", "/slack/commands", "/easypost/x", "/debug/pprof/"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
			got := shut.send(method, path, nil, oktaChallenge, "x")
			if got.status != want.status || got.body != want.body || got.header.Get("Allow") != "" {
				t.Errorf("%s %s: %+v", method, path, got)
			}
		}
	}
	for _, path := range []string{"/easypost", "/okta", "/jira"} {
		if got := opened.send(http.MethodPut, path, nil); got.status != want.status || got.body != want.body || got.header.Get("Allow") != "" {
			t.Errorf("PUT %s: %+v", path, got)
		}
		got := opened.post(path, "{}")
		if got.status != http.StatusUnauthorized || got.body != "Unauthorized\n" || got.header.Get("WWW-Authenticate") != "" {
			t.Errorf("POST %s: %+v", path, got)
		}
	}
}

func TestStranger_BodyIsNotReadWithoutAClaim(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/easypost", "/okta", "/jira", "/jira/wrong"} {
		body := &endless{}
		wantStatus(t, path, h.send(http.MethodPost, path, body), http.StatusUnauthorized)
		if n := body.read(); n > 8*maxBody {
			t.Errorf("%s: %d bytes of a stranger's body were taken", path, n)
		}
	}
}

// endless is a body that never ends by itself.
type endless struct {
	mu sync.Mutex
	n  int
}

func (e *endless) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n > 64*maxBody {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.n += len(p)
	return len(p), nil
}

func (e *endless) read() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.n
}

// Whether a body is JSON is not even looked at before the proof holds.
func TestStranger_NothingIsDecodedBeforeTheProof(t *testing.T) {
	h := open(t)
	const body = `{"id":`
	wantStatus(t, "unproven", h.post("/easypost", body, easyPostHeader, easypostsim.Sign("another-secret-0001", []byte(body))), http.StatusUnauthorized)
	wantStatus(t, "unproven, another type", h.post("/easypost", body, easyPostHeader, easypostsim.Sign("another-secret-0001", []byte(body)), "Content-Type", "text/plain"), http.StatusUnauthorized)
	wantStatus(t, "proven", h.post("/easypost", body, easyPostHeader, easypostsim.Sign(easyPostSecret, []byte(body))), http.StatusBadRequest)
	wantStatus(t, "proven, another type", h.post("/easypost", body, easyPostHeader, easypostsim.Sign(easyPostSecret, []byte(body)), "Content-Type", "text/plain"), http.StatusUnsupportedMediaType)
	wantStatus(t, "proven, no type", h.post("/easypost", body, easyPostHeader, easypostsim.Sign(easyPostSecret, []byte(body)), "Content-Type", ""), http.StatusUnsupportedMediaType)
}

func TestBody_TooLarge_IsRefused(t *testing.T) {
	h := open(t)
	large := strings.Repeat(" ", maxBody+1)
	shape := easyPostPrefix + strings.Repeat("0", 64)
	wantStatus(t, "announced", h.post("/easypost", large, easyPostHeader, shape), http.StatusRequestEntityTooLarge)
	wantStatus(t, "not announced", h.send(http.MethodPost, "/easypost", io.MultiReader(strings.NewReader(large)), easyPostHeader, shape), http.StatusRequestEntityTooLarge)
}

// Deliveries beyond what is read at once are told to come again; the other doors do not notice.
func TestDoor_Full_SaysComeAgain(t *testing.T) {
	h := open(t)
	var wg sync.WaitGroup
	over := make(chan struct{})
	for range atOnce {
		wg.Go(func() { h.dawdles(t, over) })
	}
	for len(h.srv.slots["easypost"]) < atOnce { // nobody else comes before they are in
		if t.Context().Err() != nil {
			t.Fatal("the door never filled up")
		}
		runtime.Gosched()
	}
	body := `{}`
	signature := easypostsim.Sign(easyPostSecret, []byte(body))
	wantStatus(t, "full", h.post("/easypost", body, easyPostHeader, signature), http.StatusServiceUnavailable)
	wantStatus(t, "another door", h.post("/okta", `{}`, "Authorization", oktaSecret), http.StatusOK)
	close(over)
	wg.Wait()
	wantStatus(t, "room again", h.post("/easypost", body, easyPostHeader, signature), http.StatusOK)
}

// dawdles sends a delivery whose body does not end before over does.
func (h *house) dawdles(t *testing.T, over <-chan struct{}) {
	r, w := io.Pipe()
	defer func() { _ = r.Close() }()
	go func() {
		_, _ = w.Write([]byte(" "))
		<-over
		_ = w.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/easypost", r)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set(easyPostHeader, easyPostPrefix+strings.Repeat("0", 64))
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}

func TestHealth(t *testing.T) {
	var mu sync.Mutex
	now, asked, sick := noon, 0, errors.New("the store is away: password=hunter2")
	h := open(t, func(c *Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		c.Health = func() error { mu.Lock(); defer mu.Unlock(); asked++; return sick }
	})
	wantStatus(t, "healthz", h.send(http.MethodGet, "/healthz", nil), http.StatusOK)
	for range 3 {
		a := h.send(http.MethodGet, "/readyz", nil)
		if wantStatus(t, "readyz", a, http.StatusServiceUnavailable); strings.Contains(a.body, "store") {
			t.Error("a stranger is told what is wrong")
		}
	}
	mu.Lock()
	if asked != 1 {
		t.Errorf("health was asked %d times within a second", asked)
	}
	now, sick = now.Add(healthFor), nil
	mu.Unlock()
	wantStatus(t, "readyz, well again", h.send(http.MethodGet, "/readyz", nil), http.StatusOK)
	wantStatus(t, "readyz without a question", open(t).send(http.MethodGet, "/readyz", nil), http.StatusOK)
}

func TestSlack_IsMountedWithABoundedBody(t *testing.T) {
	var read error
	h := open(t, func(c *Config) {
		c.Slack = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, read = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, r.URL.Path)
		})
	})
	if a := h.post("/slack/commands", "x"); a.body != "/slack/commands" || read != nil {
		t.Errorf("%+v, %v", a, read)
	}
	large := strings.Repeat("x", maxBody+1)
	h.send(http.MethodPost, "/slack/commands", io.MultiReader(strings.NewReader(large)))
	if read == nil {
		t.Error("an endless body was read whole")
	}
	wantStatus(t, "announced", h.post("/slack/commands", large), http.StatusRequestEntityTooLarge)
}

func TestLog_HoldsNoBodyAndNoSecret(t *testing.T) {
	h := open(t)
	h.fail(errors.New("away"))
	body := delivery(deactivation("e1", "00uadmin", "SUCCESS", joe))
	h.post("/okta", body, "Authorization", oktaSecret)
	h.post("/okta", body+"{", "Authorization", oktaSecret)
	h.post("/easypost", `{"x":"joe@example.com"}`, easyPostHeader, easyPostPrefix+strings.Repeat("0", 64))
	said := h.log.String()
	if !strings.Contains(said, "could not be kept") || !strings.Contains(said, "could not be read") {
		t.Errorf("the operator is not told: %s", said)
	}
	for _, private := range []string{"joe@", "00u1", oktaSecret, easyPostSecret} {
		if strings.Contains(said, private) {
			t.Errorf("the log holds %q: %s", private, said)
		}
	}
}

func TestServe_EndsWithItsContext(t *testing.T) {
	s, err := New(Config{Inbox: &box{}, OktaSecret: oktaSecret})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	h := &house{t: t, url: "http://" + ln.Addr().String()}
	wantStatus(t, "healthz", h.send(http.MethodGet, "/healthz", nil), http.StatusOK)
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
	if err := s.Serve(t.Context(), ln); err == nil {
		t.Error("a closed listener was served")
	}
}

func TestListener_AcceptsNoMoreThanItsLimit(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := limit(inner, 1)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	first := <-accepted
	if n := len(ln.(*limited).slots); n != 1 {
		t.Errorf("%d places are taken", n)
	}
	select {
	case <-accepted:
		t.Fatal("a second connection was accepted while the first was open")
	default:
	}
	_ = first.Close()
	_ = first.Close() // twice gives one place back
	second := <-accepted
	_ = second.Close()
	_ = ln.Close()
	if _, open := <-accepted; open {
		t.Error("accepted after the end")
	}
}
