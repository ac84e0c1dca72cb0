package oktasim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Okta's published figures for Workforce orgs, in calls a minute.
const (
	listUsersPerMinute = 600
	oneUserPerMinute   = 600
	getUserPerMinute   = 2000
	groupsPerMinute    = 500
	oneGroupPerMinute  = 1000
	appsPerMinute      = 100
	oneAppPerMinute    = 500
	logsPerMinute      = 120
	devicesPerMinute   = 100
	elsePerMinute      = 1200
	atOnce             = 75 // simultaneous calls

	window = time.Minute
)

// limiter counts calls per bucket, and per bucket and credential.
type limiter struct{ windows map[string]*counted }

type counted struct {
	began time.Time
	n     int
}

// bucketOf finds the rate-limit bucket of a request and its figure.
func bucketOf(method, path string) (name string, perMinute int) {
	rest, _ := strings.CutPrefix(path, "/api/v1/")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	one := len(parts) == 2
	switch parts[0] {
	case "users":
		if len(parts) == 1 {
			return "users", listUsersPerMinute
		}
		if one && method == http.MethodGet {
			return "users/{id} GET", getUserPerMinute
		}
		if one {
			return "users/{id}", oneUserPerMinute
		}
	case "groups":
		if len(parts) == 1 {
			return "groups", groupsPerMinute
		}
		return "groups/{id}", oneGroupPerMinute
	case "apps":
		if len(parts) == 1 {
			return "apps", appsPerMinute
		}
		return "apps/{id}", oneAppPerMinute
	case "logs":
		return "logs", logsPerMinute
	case "devices":
		return "devices", devicesPerMinute
	}
	return "else", elsePerMinute
}

func (l *limiter) window(key string, now time.Time) *counted {
	if l.windows == nil {
		l.windows = map[string]*counted{}
	}
	c := l.windows[key]
	if c == nil || now.Sub(c.began) >= window {
		c = &counted{began: now} // the window begins with its first call, not on the clock's minute
		l.windows[key] = c
	}
	return c
}

// allow counts the call, sends the rate-limit headers, and says whether the call may go on.
func (c *call) allow() bool {
	s, now := c.s, c.s.Now()
	c.w.Header().Set("Date", now.Format(http.TimeFormat))
	if s.RateLimits && s.inflight.Load() > atOnce {
		// The concurrency limit shows itself by a limit of nought.
		c.limitHeaders(0, 0, now.Add(time.Second))
		c.overLimit()
		return false
	}
	name, limit := bucketOf(c.r.Method, c.r.URL.Path)
	all, mine := s.limits.window(name, now), s.limits.window(name+" "+c.by.id, now)
	if s.RateLimits && (all.n >= limit || mine.n >= limit/2) {
		reset := all.began
		if all.n < limit {
			reset = mine.began
		}
		c.limitHeaders(limit, 0, reset.Add(window))
		c.overLimit()
		return false
	}
	all.n++
	mine.n++
	c.limitHeaders(limit, max(0, min(limit-all.n, limit/2-mine.n)), all.began.Add(window))
	return true
}

func (c *call) overLimit() {
	c.fail(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
}

func (c *call) limitHeaders(limit, remaining int, reset time.Time) {
	setLimit(c.w.Header(), limit, remaining, reset)
}

func setLimit(h http.Header, limit, remaining int, reset time.Time) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(reset.Unix(), 10))
}

// throttled is the answer of an injected throttle: Okta's 429, over in a second.
func (s *Simulator) throttled(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	_, limit := bucketOf(r.Method, r.URL.Path)
	w.Header().Set("Date", now.Format(http.TimeFormat))
	setLimit(w.Header(), limit, 0, now.Add(time.Second))
	body, contentType := faultBody(http.StatusTooManyRequests)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(body))
}
