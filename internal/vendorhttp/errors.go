package vendorhttp

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// StatusError is a vendor's answer outside 2xx.
type StatusError struct {
	System     string
	Call       string // method and path, without the query
	Status     int
	Header     http.Header
	Body       []byte        // for the system package to read the vendor's own code from; not for logs
	RetryAfter time.Duration // the vendor's own delay, 0 when it named none
}

// Error names vendor, call and status. It leaves the body out: bodies may hold personal data.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d to %s", e.System, e.Status, e.Call)
}

// TransportError is a call that got no answer: it may or may not have taken effect.
type TransportError struct {
	System string
	Call   string
	Cause  error
}

// Error names vendor and call.
func (e *TransportError) Error() string {
	return fmt.Sprintf("%s could not be reached for %s: %v", e.System, e.Call, e.Cause)
}

// Unwrap gives the cause.
func (e *TransportError) Unwrap() error { return e.Cause }

// MaxRetryAfter bounds the delay a vendor can ask for: a day's quota is the longest one any of them has.
const MaxRetryAfter = 24 * time.Hour

// RetryAfter reads the Retry-After header (RFC 9110 section 10.2.3): seconds or an HTTP date. 0 means none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseUint(v, 10, 31); err == nil {
		return min(time.Duration(s)*time.Second, MaxRetryAfter)
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), MaxRetryAfter)
	}
	return 0
}

// Excerpt is the beginning of a body on one line, for an error about a body that could not be read.
func Excerpt(b []byte) string {
	s := strings.Join(strings.Fields(string(b)), " ")
	if len(s) > excerpt {
		s = strings.ToValidUTF8(s[:excerpt], "") + "..."
	}
	return s
}
