package jirasim

import (
	"net/http"
	"strconv"
	"time"
)

// The limits, as far as they are known. Atlassian publishes the mechanisms, not the figures; these are the ones
// operators report.
const (
	readBurst       = 100 // GET and POST, per second, method and route
	writeBurst      = 50  // PUT and DELETE
	issueWritesFast = 20  // writes to one issue in issueFastWindow
	issueFastWindow = 2 * time.Second
	issueWritesSlow = 100 // writes to one issue in issueSlowWindow
	issueSlowWindow = 30 * time.Second
)

// pace remembers when calls came, per route and per issue.
type pace map[string][]time.Time

// within counts the calls under key in the window that ends now, and forgets those no window can need.
func (p pace) within(key string, now time.Time, window time.Duration) (count int, oldest time.Time) {
	kept := p[key][:0]
	for _, at := range p[key] {
		if now.Sub(at) < issueSlowWindow {
			kept = append(kept, at)
		}
		if now.Sub(at) < window {
			if count == 0 {
				oldest = at
			}
			count++
		}
	}
	p[key] = kept
	return count, oldest
}

func (s *Simulator) limit(c *call) (answer, bool) {
	if !s.RateLimits {
		return answer{}, false
	}
	if s.pace == nil {
		s.pace = pace{}
	}
	now := s.Now()
	route, burst := c.Method+" "+c.Pattern, readBurst
	if c.Method == http.MethodPut || c.Method == http.MethodDelete {
		burst = writeBurst
	}
	if n, oldest := s.pace.within(route, now, time.Second); n >= burst {
		return s.throttled(untilFree(now, oldest, time.Second), "jira-burst-based"), true
	}
	s.pace[route] = append(s.pace[route], now)
	key := c.PathValue("key")
	if c.Method == http.MethodGet || key == "" {
		return answer{}, false
	}
	return s.limitIssue(key, now)
}

func (s *Simulator) limitIssue(key string, now time.Time) (answer, bool) {
	if issue := s.st.issue(key); issue != nil {
		key = issue.ID
	}
	key = "issue " + key
	const reason = "jira-per-issue-on-write"
	if n, oldest := s.pace.within(key, now, issueFastWindow); n >= issueWritesFast {
		return s.throttled(untilFree(now, oldest, issueFastWindow), reason), true
	}
	if n, oldest := s.pace.within(key, now, issueSlowWindow); n >= issueWritesSlow {
		return s.throttled(untilFree(now, oldest, issueSlowWindow), reason), true
	}
	s.pace[key] = append(s.pace[key], now)
	return answer{}, false
}

// untilFree is the wait in whole seconds, at least one.
func untilFree(now, oldest time.Time, window time.Duration) int {
	wait := window - now.Sub(oldest)
	return max(1, int((wait+time.Second-1)/time.Second))
}

// throttled is Jira's 429.
func (s *Simulator) throttled(retryAfter int, reason string) answer {
	a := answer{status: http.StatusTooManyRequests, header: map[string]string{"Retry-After": strconv.Itoa(retryAfter)}}
	form := s.Throttle
	if s.cloud() {
		a.header["X-RateLimit-Reset"] = s.Now().Add(time.Duration(retryAfter) * time.Second).Format("2006-01-02T15:04Z07:00")
		a.header["X-RateLimit-NearLimit"] = "true"
		a.header["RateLimit-Reason"] = reason
		form = ThrottleForm(or(string(form), string(ThrottleJSON)))
	} else {
		a.header["X-RateLimit-Limit"] = "10"
		a.header["X-RateLimit-Remaining"] = "0"
		a.header["X-RateLimit-FillRate"] = "2"
		a.header["X-RateLimit-Interval-Seconds"] = "1"
		form = ThrottleForm(or(string(form), string(ThrottleHTML)))
	}
	switch form {
	case ThrottleJSON:
		a.body = map[string]any{"errorMessages": []string{"The request has been rate-limited. Please try again later."},
			"errors": map[string]string{}, "status": http.StatusTooManyRequests}
	case ThrottleHTML:
		a.body = "<html><body><h1>Rate limit exceeded</h1></body></html>"
	case ThrottleEmpty:
	}
	return a
}
