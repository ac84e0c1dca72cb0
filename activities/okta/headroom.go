package okta

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// headroom leaves the end of a rate limit to those who need it most. Okta's small limits (50 to 60 calls a minute for
// lists of apps and the System Log) are shared by a whole batch, and by people in Okta's own console; without this, an
// emergency in the middle of a batch would wait for the next minute like everybody else. What is left of each limit is
// read from the headers of every answer, so it holds for all workers together.
type headroom struct {
	mu      sync.Mutex
	buckets map[string]bucket
	now     func() time.Time
	urgency func(context.Context) int // the priority of who calls
}

// bucket is one rate limit as the last answer showed it.
type bucket struct {
	limit, left int
	until       time.Time // when it is full again, by our clock
	reset, date string    // as Okta wrote it
}

// The priorities as workflows give them out: an emergency may use a limit up, containment leaves a tenth of it,
// everything else a quarter.
const (
	keyEmergency = 1
	keyContain   = 2
)

func reserve(limit, priority int) int {
	switch priority {
	case keyEmergency:
		return 0
	case keyContain:
		return max(1, limit/10)
	default:
		return max(1, limit/4)
	}
}

// askedByAPerson marks calls that somebody at a terminal waits for: they may use a limit up.
type askedByAPerson struct{}

// urgency is the priority of the activity that makes a call. What is no activity (a check at the start) waits for nobody.
func urgency(ctx context.Context) int {
	if !activity.IsActivity(ctx) || ctx.Value(askedByAPerson{}) != nil {
		return keyEmergency
	}
	return activity.GetInfo(ctx).Priority.PriorityKey
}

// takes counts a call, or refuses it as Okta would, with the moment at which the limit is full again.
func (h *headroom) takes(r *http.Request) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := family(r)
	b, known := h.buckets[name]
	if !known || !h.now().Before(b.until) {
		return nil
	}
	if keep := reserve(b.limit, h.urgency(r.Context())); keep > 0 && b.left <= keep { // the last word is Okta's
		return &rateLimited{reset: b.reset, date: b.date, limit: strconv.Itoa(b.limit), wait: b.until.Sub(h.now())}
	}
	b.left--
	h.buckets[name] = b
	return nil
}

// note remembers what an answer says is left.
func (h *headroom) note(r *http.Request, answer http.Header) {
	limit, err1 := strconv.Atoi(answer.Get("X-Rate-Limit-Limit"))
	left, err2 := strconv.Atoi(answer.Get("X-Rate-Limit-Remaining"))
	reset, err3 := strconv.ParseInt(answer.Get("X-Rate-Limit-Reset"), 10, 64)
	date, err4 := http.ParseTime(answer.Get("Date"))
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || limit <= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.buckets == nil {
		h.buckets = map[string]bucket{}
	}
	// Okta's own clock tells how long it takes; ours may be another.
	until := h.now().Add(min(time.Unix(reset, 0).Sub(date), longestDelay))
	h.buckets[family(r)] = bucket{limit: limit, left: left, until: until, reset: answer.Get("X-Rate-Limit-Reset"), date: answer.Get("Date")}
}

// family is the kind of call a limit is counted by, as far as its path tells: ids are left out.
func family(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	for i, p := range parts {
		if isID(p) {
			parts[i] = "*"
		}
	}
	return r.Method + " " + strings.Join(parts, "/")
}

// isID says whether a part of a path is an id or a login: Okta's ids are 20 characters with digits among them.
func isID(part string) bool {
	return strings.Contains(part, "@") || len(part) >= 15 && strings.ContainsAny(part, "0123456789")
}
