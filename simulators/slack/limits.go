package slacksim

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// tier is a documented rate limit, per method, app and workspace.
type tier struct {
	perMinute float64
	burst     float64
	// perChannel counts each channel on its own: chat.postMessage, about one message a second with short bursts.
	perChannel bool
}

// Slack's documented limits. A tier's number is a minute's budget, which may be used at once.
var (
	tier2       = tier{perMinute: 20, burst: 20}
	tier3       = tier{perMinute: 50, burst: 50}
	tier4       = tier{perMinute: 100, burst: 100}
	perPost     = tier{perMinute: 60, burst: 4, perChannel: true}
	scimWrite   = tier{perMinute: 180, burst: 20}
	scimRead    = tier{perMinute: 300, burst: 300}
	perResponse = tier{perMinute: 60, burst: 5}
)

// bucket is a token bucket, filled lazily.
type bucket struct {
	tokens float64
	at     time.Time
}

// throttle takes a token for the call, or says after how many seconds there will be one. The caller holds the lock.
func (s *Simulator) throttle(name string, m method, c *call) (retryAfter int) {
	key := name
	if m.tier.perChannel {
		key += "/" + c.arg("channel")
	}
	return s.take(key, m.tier)
}

func (s *Simulator) take(key string, t tier) (retryAfter int) {
	if !s.RateLimits || t.perMinute == 0 {
		return 0
	}
	now := s.Now()
	b := s.buckets[key]
	if b == nil {
		b = &bucket{tokens: t.burst, at: now}
		s.buckets[key] = b
	}
	perSecond := t.perMinute / 60
	b.tokens = math.Min(t.burst, b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return max(1, int(math.Ceil((1-b.tokens)/perSecond)))
}

func writeThrottled(w http.ResponseWriter, retryAfter int) {
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	writeJSON(w, http.StatusTooManyRequests, result{"ok": false, "error": "ratelimited"})
}
