package okta

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// limited is an Okta whose window of sixty calls a minute is used up call by call.
func limited(t *testing.T, now *time.Time) (*headroom, *http.Client, string, *int) {
	t.Helper()
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("X-Rate-Limit-Limit", "60")
		w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(60-calls))
		w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Date(2026, 11, 2, 8, 1, 0, 0, time.UTC).Unix(), 10))
		w.Header().Set("Date", "Mon, 02 Nov 2026 08:00:30 GMT")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("[]"))
	}))
	t.Cleanup(srv.Close)
	h := &headroom{now: func() time.Time { return *now }}
	return h, &http.Client{Transport: guard{http.DefaultTransport, h}}, srv.URL, &calls
}

// asks makes calls of a priority until one is refused or so many were made.
func asks(t *testing.T, h *headroom, c *http.Client, url string, priority, most int) (made int, refused *rateLimited) {
	t.Helper()
	h.urgency = func(context.Context) int { return priority }
	for range most {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/logs", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(r)
		if errors.As(err, &refused) {
			return made, refused
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		made++
	}
	return made, nil
}

// What is no activity (a check at the start, `tenure doctor` in a test) waits for nobody.
func TestUrgency_OutsideAnActivity_IsTheHighest(t *testing.T) {
	if got := urgency(t.Context()); reserve(60, got) != 0 {
		t.Errorf("priority %d", got)
	}
}

func TestHeadroom_LeavesTheEndOfALimitToThoseWhoNeedItMost(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	h, c, url, calls := limited(t, &now)
	if made, refused := asks(t, h, c, url, 4, 100); made != 45 || refused == nil || refused.delay() != 31*time.Second {
		t.Errorf("hand-over made %d calls of 60 and was refused with %+v", made, refused)
	}
	if made, refused := asks(t, h, c, url, 2, 100); made != 9 || refused == nil {
		t.Errorf("containment made %d calls more", made)
	}
	if made, refused := asks(t, h, c, url, 1, 6); made != 6 || refused != nil {
		t.Errorf("an emergency made %d calls more and was refused with %+v", made, refused)
	}
	if *calls != 60 {
		t.Errorf("okta was called %d times", *calls)
	}
	now = now.Add(31 * time.Second) // Okta said 30 from its own date to its own reset
	*calls = 0
	if made, _ := asks(t, h, c, url, 4, 3); made != 3 {
		t.Errorf("in the next window %d calls were made", made)
	}
}

func TestFamily_LeavesIDsOut(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v1/users/00u1a2b3c4d5e6f7g8h9/devices":     "GET /api/v1/users/*/devices",
		"/api/v1/users/sam@example.com":                  "GET /api/v1/users/*",
		"/api/v1/apps/0oa1a2b3c4d5e6f7g8h9/users":        "GET /api/v1/apps/*/users",
		"/api/v1/users/00u1a2b3c4d5e6f7g8h9/lifecycle/x": "GET /api/v1/users/*/lifecycle/x",
		"/api/v1/logs": "GET /api/v1/logs",
	} {
		if got := family(httptest.NewRequest(http.MethodGet, path, nil)); got != want {
			t.Errorf("%s is counted as %s, want %s", path, got, want)
		}
	}
}
