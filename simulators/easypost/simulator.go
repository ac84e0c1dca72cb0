package easypostsim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// The API keys every new stand-in knows. What one mode makes, the other does not see.
const (
	DefaultKey     = "easypost-key"
	DefaultTestKey = "easypost-test-key"
)

const (
	production = "production"
	test       = "test"
)

// Simulator is one EasyPost account. Set the fields before the first request.
type Simulator struct {
	kit.Kit

	// Pace is how long a parcel stays in each state; zero leaves it there until Move moves it.
	Pace time.Duration
	// RateLimits enforces five list requests a second.
	RateLimits bool
	// DisableAfter is how many failed deliveries in a row switch a webhook off; 0 is 10.
	DisableAfter int
	// HTTP sends the webhooks; nil is a client with a timeout of seven seconds.
	HTTP *http.Client

	once  sync.Once
	serve http.Handler
	setup error

	mu       sync.Mutex
	state    state
	mode     WebhookMode
	inFlight int
	second   time.Time
	lists    int
}

type state struct {
	Keys     map[string]string `json:"keys"` // key to mode
	Parcels  []*Parcel         `json:"parcels"`
	Trackers []*Tracker        `json:"trackers"` // oldest first
	Hooks    []*Webhook        `json:"hooks"`
	Events   []*Event          `json:"events"`
}

// ServeHTTP answers as EasyPost does.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.prepare(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.serve.ServeHTTP(w, r)
}

func (s *Simulator) prepare() error {
	s.once.Do(func() {
		if s.ThrottleAnswer == nil {
			s.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusTooManyRequests) }
		}
		if s.FaultBody == nil {
			s.FaultBody = faultBody
		}
		if s.Redact == nil {
			s.Redact = redact
		}
		s.serve = s.Wrap("easypost", s.routes())
		s.state = state{Keys: map[string]string{DefaultKey: production, DefaultTestKey: test}}
		s.setup = s.Load("easypost", &s.state)
		if s.setup == nil {
			s.setup = s.OpenLog("easypost")
		}
	})
	return s.setup
}

func (s *Simulator) locked(f func() (changed bool)) error {
	if err := s.prepare(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	progressed := s.progress()
	if f() || progressed {
		return s.Save("easypost", s.state)
	}
	return nil
}

// must is for the Go methods, which have no answer to put a disk error into.
func (s *Simulator) must(f func() bool) {
	if err := s.locked(f); err != nil {
		panic(fmt.Sprintf("easypostsim: %v", err))
	}
}

// Tick makes due progress without a request; a console calls it to stay current. It sends nothing; see Deliver.
func (s *Simulator) Tick() { s.must(func() bool { return false }) }

// InFlight makes the next n creations answer that an equal request is under way.
func (s *Simulator) InFlight(n int) { s.must(func() bool { s.inFlight = n; return false }) }

// Snapshot is everything a console page shows.
type Snapshot struct {
	Parcels  []Parcel
	Trackers []Tracker // newest first, without deleted ones
	Hooks    []Webhook
	Events   []Event
}

// Snapshot copies everything as it stands.
func (s *Simulator) Snapshot() Snapshot {
	var out Snapshot
	s.must(func() bool {
		for _, p := range s.state.Parcels {
			out.Parcels = append(out.Parcels, p.copy())
		}
		for i := len(s.state.Trackers) - 1; i >= 0; i-- {
			if t := s.state.Trackers[i]; !t.Deleted {
				out.Trackers = append(out.Trackers, *t)
			}
		}
		for _, h := range s.state.Hooks {
			out.Hooks = append(out.Hooks, *h)
		}
		for _, e := range s.state.Events {
			copied := *e
			copied.Deliveries = append([]Delivery(nil), e.Deliveries...)
			out.Events = append(out.Events, copied)
		}
		return false
	})
	return out
}

func newID(prefix string) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return prefix + "_" + hex.EncodeToString(b)
}
