package namely

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/vendorhttp"
)

// get reads one path of the API into v, in its turn where Namely counts the requests.
func (s *System) get(ctx context.Context, path string, query url.Values, v any) error {
	if strings.HasPrefix(path, "/profiles") {
		if err := s.pace.take(ctx); err != nil {
			return err
		}
	}
	answer, err := s.api.Do(ctx, vendorhttp.Request{Method: "GET", Path: path, Query: query})
	if err != nil {
		return problemOf(err, s.now())
	}
	// The decoder's own words are left out: they may quote the body, and bodies hold pay and health data.
	if json.Unmarshal(answer.Body, v) != nil {
		return flawed(employee.Unreadable, activities.Unavailable, "if this lasts, check the Namely domain: a page for people answers there",
			"Namely's answer to %s (%d bytes) is not the expected JSON", path, len(answer.Body))
	}
	return nil
}

// pace keeps the requests to /profiles under so many in any minute. A scan that ran into the throttle would start over
// and run into it again: with more than 5,000 people it would never end.
type pace struct {
	perMinute int
	now       func() time.Time
	wait      func(context.Context, time.Duration) error

	mu   sync.Mutex
	last []time.Time // of the latest requests, at most perMinute
}

// take waits for its turn.
func (p *pace) take(ctx context.Context) error {
	for {
		left := p.reserve()
		if left <= 0 {
			return nil
		}
		if err := p.wait(ctx, left); err != nil {
			return err
		}
	}
}

// reserve takes a place in the current minute, or says how long there is none.
func (p *pace) reserve() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.last) == p.perMinute {
		if left := p.last[0].Add(time.Minute).Sub(now); left > 0 {
			return left
		}
		p.last = p.last[1:]
	}
	p.last = append(p.last, now)
	return 0
}
