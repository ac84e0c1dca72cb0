package slackdoor

import (
	"crypto/sha256"
	"sync"
	"time"
)

// seen remembers the signatures of requests while their time stamps are good, so that a recorded request cannot be
// played again. Only proven requests are remembered: a stranger cannot fill it. Another process does not know them;
// there the ask's key does the same.
type seen struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	swept time.Time
}

// first notes a signature and says whether it is new.
func (s *seen) first(signature [sha256.Size]byte, now time.Time, keep time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[[sha256.Size]byte]time.Time{}
	}
	if now.Sub(s.swept) > time.Minute {
		for k, t := range s.until {
			if now.After(t) {
				delete(s.until, k)
			}
		}
		s.swept = now
	}
	if _, known := s.until[signature]; known {
		return false
	}
	s.until[signature] = now.Add(keep)
	return true
}
