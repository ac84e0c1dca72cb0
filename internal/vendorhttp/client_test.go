package vendorhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseBase(t *testing.T) {
	cases := []struct {
		name, raw, want, wantErr string
	}{
		{"host", "https://acme.example.com", "https://acme.example.com", ""},
		{"port and prefix", "https://acme.example.com:8443/jamf", "https://acme.example.com:8443/jamf", ""},
		{"trailing slashes dropped", "https://acme.example.com/jamf//", "https://acme.example.com/jamf", ""},
		{"blanks around", "  https://acme.example.com ", "https://acme.example.com", ""},
		{"http on IPv4 loopback", "http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x", ""},
		{"http on IPv6 loopback", "http://[::1]:8080", "http://[::1]:8080", ""},
		{"http on localhost", "http://localhost:1", "http://localhost:1", ""},
		{"empty", "", "", "write scheme and host"},
		{"no scheme", "acme.example.com", "", `"acme.example.com" is not a base URL`},
		{"other scheme", "ftp://acme.example.com", "", "not a base URL"},
		{"no host", "https://", "", "not a base URL"},
		{"port without host", "https://:443", "", "not a base URL"},
		{"http elsewhere", "http://acme.example.com", "", "must begin with https://"},
		{"name that begins like loopback", "http://127.0.0.1.example.com", "", "must begin with https://"},
		{"user", "https://me:hunter2@acme.example.com", "", "no user"},
		{"user over http", "http://me:hunter2@acme.example.com", "", "no user"},
		{"user without scheme", "me:hunter2@acme.example.com", "", "not a base URL"},
		{"query", "https://acme.example.com?key=hunter2", "", "no user, query"},
		{"query without scheme", "acme.example.com?key=hunter2", "", "not a base URL"},
		{"unparsable", "https://acme.example.com:hunter2@/", "", "not a base URL"},
		{"fragment", "https://acme.example.com#hunter2", "", "no user, query or fragment"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseBase("jamf.url", c.raw)
			if c.wantErr == "" {
				if err != nil || got != c.want {
					t.Fatalf("ParseBase = %q, %v; want %q", got, err, c.want)
				}
				return
			}
			if err == nil {
				t.Fatalf("ParseBase accepted it as %q", got)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "jamf.url: ") || !strings.Contains(text, c.wantErr) {
				t.Errorf("error %q should name the setting and say %q", text, c.wantErr)
			}
			if strings.Contains(text, "hunter2") {
				t.Errorf("error %q repeats a secret", text)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	cases := []struct {
		name, value string
		want        time.Duration
	}{
		{"none", "", 0},
		{"seconds", "17", 17 * time.Second},
		{"blanks", " 17 ", 17 * time.Second},
		{"zero", "0", 0},
		{"negative", "-5", 0},
		{"date ahead", now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{"date past", now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"nonsense", "soon", 0},
		{"longer than a day is cut", "1000000", MaxRetryAfter},
		{"date longer than a day is cut", now.Add(1000 * time.Hour).Format(http.TimeFormat), MaxRetryAfter},
		{"number that would overflow", "9223372036854775807", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			if c.value != "" {
				h.Set("Retry-After", c.value)
			}
			if got := RetryAfter(h, now); got != c.want {
				t.Errorf("RetryAfter(%q) = %v, want %v", c.value, got, c.want)
			}
		})
	}
}

func TestDo_Request_CarriesWhatWasAsked(t *testing.T) {
	var got *http.Request
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		_, _ = io.WriteString(w, `{"id":"12","extra":true}`)
	})
	c.Base += "/prefix/"
	c.Authorize = func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer k")
		return nil
	}
	answer, err := c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/things", Query: url.Values{"filter": {"a+b"}},
		JSON: map[string]string{"x": "y"}, Header: http.Header{"x-own": {"1"}, "accept": {"text/plain"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Content-Type": "application/json", "Accept": "text/plain", "User-Agent": "tenure",
		"X-Own": "1", "Authorization": "Bearer k"}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("header %s = %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if got.URL.Path != "/prefix/things" || got.URL.RawQuery != "filter=a%2Bb" || body != `{"x":"y"}` {
		t.Errorf("sent %s?%s %s", got.URL.Path, got.URL.RawQuery, body)
	}
	var thing struct{ ID string }
	if err := answer.Decode(&thing); err != nil || thing.ID != "12" {
		t.Errorf("decoded %+v, %v", thing, err)
	}
}

func TestDo_Form_IsEncoded(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.FormValue("a") != "b c" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	if _, err := c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/token", Form: url.Values{"a": {"b c"}}}); err != nil {
		t.Fatal(err)
	}
}

func TestDo_StatusOutside2xx_IsStatusErrorWithoutBodyOrQuery(t *testing.T) {
	calls := atomic.Int32{}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"pin":"493027"}`)
	})
	_, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/devices?mail=jo@example.com", Query: nil})
	var se *StatusError
	if !errors.As(err, &se) {
		t.Fatalf("error is %T %v", err, err)
	}
	if se.Status != 503 || se.RetryAfter != 3*time.Second || string(se.Body) != `{"pin":"493027"}` {
		t.Errorf("status error %+v", se)
	}
	if text := err.Error(); text != "jamf answered 503 to GET /devices" {
		t.Errorf("error text %q", text)
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls were made; one call is one attempt", calls.Load())
	}
}

func TestDo_Redirect_IsNotFollowed(t *testing.T) {
	for name, own := range map[string]*http.Client{"default client": nil, "caller's client": {}} {
		t.Run(name, func(t *testing.T) {
			reached := atomic.Bool{}
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
			t.Cleanup(elsewhere.Close)
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, http.StatusFound)
			})
			c.HTTP = own
			_, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"})
			var se *StatusError
			if !errors.As(err, &se) || se.Status != http.StatusFound {
				t.Errorf("error is %v, want the 302 itself", err)
			}
			if reached.Load() {
				t.Error("the redirect was followed, with the credential")
			}
		})
	}
}

func TestDo_AnswerOverTheCap_IsRefused(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadGateway} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			chunk := make([]byte, 1<<20)
			for range MaxBody>>20 + 1 {
				_, _ = w.Write(chunk)
			}
		})
		_, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/big"})
		var te *TransportError
		if !errors.As(err, &te) || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("status %d: error is %v", status, err)
		}
	}
}

func TestDo_ConnectionCut_IsTransportErrorWithoutQuery(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Query: url.Values{"token": {"hunter2"}}, JSON: 1})
	var te *TransportError
	if !errors.As(err, &te) {
		t.Fatalf("error is %T %v", err, err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %q holds the query", err)
	}
}

func TestDo_Cancelled_UnwrapsToTheContext(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, Request{Method: http.MethodGet, Path: "/x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestDo_AuthorizeFails_NothingIsSent(t *testing.T) {
	sent := atomic.Bool{}
	c := serve(t, func(http.ResponseWriter, *http.Request) { sent.Store(true) })
	refused := errors.New("no token")
	c.Authorize = func(context.Context, *http.Request) error { return refused }
	if _, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/x"}); !errors.Is(err, refused) {
		t.Errorf("error is %v", err)
	}
	if sent.Load() {
		t.Error("the request went out without a credential")
	}
}

func TestDecode_NotJSON_ShowsAnExcerpt(t *testing.T) {
	long := "<html>\n <b>" + strings.Repeat("ä", 400)
	err := Answer{Body: []byte(long)}.Decode(new(struct{}))
	if err == nil || !strings.Contains(err.Error(), "<html> <b>") || !strings.Contains(err.Error(), "...") {
		t.Errorf("error is %v", err)
	}
	if !strings.Contains(err.Error(), "ää...") {
		t.Errorf("excerpt breaks a character: %v", err)
	}
}

func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Client{System: "jamf", Base: srv.URL}
}
