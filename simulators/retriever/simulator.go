package retrieversim

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// DefaultKey is the API key every new stand-in knows.
const DefaultKey = "retriever-key"

const (
	pageSize = 50
	// cancelWindow is how long the portal lets a person cancel.
	cancelWindow = 30 * time.Minute
	// credits is what a new stand-in holds of each kind of device.
	credits = 20
)

// Simulator is one Retriever account. Set the fields before the first request.
type Simulator struct {
	kit.Kit

	// Pace is how long an order, or a deployment, stays in each stage; zero leaves it there until it is moved.
	Pace time.Duration
	// ListLag is how long a new order, or deployment, is missing from the list and from its own page.
	ListLag time.Duration
	// RateLimits enforces 60 reads a minute and 500 a day, 600 writes a minute and 5,000 a day.
	RateLimits bool
	// PublicURL is the address that the absolute links in answers begin with; empty takes it from the request.
	PublicURL string
	// OnShip is called once per order when its box ships: tracking numbers of both legs and their carrier.
	OnShip func(outbound, ret, carrier string)
	// OnStage is called after each stage an order reaches, with the order as it then is.
	OnStage func(Order)

	once  sync.Once
	serve http.Handler
	setup error

	mu     sync.Mutex
	state  state
	reads  window
	writes window
}

type state struct {
	Keys   map[string]bool `json:"keys"`
	Orders []*Order        `json:"orders"` // oldest first
	// Deployments and Devices, of the warehouse, are oldest first too.
	Deployments []*Deployment  `json:"deployments,omitempty"`
	Devices     []*Device      `json:"devices,omitempty"`
	Balances    map[string]int `json:"balances"`
	Next        int            `json:"next"`
}

// ServeHTTP answers as Retriever does.
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
			s.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) { throttled(w, time.Minute) }
		}
		if s.FaultBody == nil {
			s.FaultBody = faultBody
		}
		s.serve = s.Wrap("retriever", s.routes())
		s.state = state{Keys: map[string]bool{DefaultKey: true}, Balances: map[string]int{}}
		for _, d := range kinds {
			s.state.Balances[d] = credits
		}
		s.setup = s.Load("retriever", &s.state)
		if s.setup == nil {
			s.setup = s.OpenLog("retriever")
		}
	})
	return s.setup
}

// locked makes due progress, runs f, saves what changed, and then tells the hooks. Hooks run outside the lock: they
// may call other stand-ins, or this one.
func (s *Simulator) locked(f func() (changed bool)) error {
	if err := s.prepare(); err != nil {
		return err
	}
	s.mu.Lock()
	progressed := s.progress()
	changed := f() || progressed
	news := s.news()
	var err error
	if changed {
		err = s.Save("retriever", s.state)
	}
	s.mu.Unlock()
	if err != nil || len(news) == 0 {
		return err
	}
	for _, n := range news {
		s.announce(n)
	}
	return s.told(news)
}

// must is for the Go methods, which have no answer to put a disk error into.
func (s *Simulator) must(f func() bool) {
	if err := s.locked(f); err != nil {
		panic(fmt.Sprintf("retrieversim: %v", err))
	}
}

// RevokeKey ends an API key, as removing its portal user does.
func (s *Simulator) RevokeKey(key string) {
	s.must(func() bool { delete(s.state.Keys, key); return true })
}

// AddKey registers an API key.
func (s *Simulator) AddKey(key string) {
	s.must(func() bool { s.state.Keys[key] = true; return true })
}

// SetBalance sets the prepaid credits of a kind of device ("laptop").
func (s *Simulator) SetBalance(device string, n int) {
	s.must(func() bool { s.state.Balances[device] = n; return true })
}

// Tick makes due progress without a request; a console calls it to stay current.
func (s *Simulator) Tick() { s.must(func() bool { return false }) }

// Snapshot is everything a console page shows.
type Snapshot struct {
	Orders      []Order      // newest first
	Deployments []Deployment // newest first
	Warehouse   []Device     // newest first
	Balances    map[string]int
}

// Snapshot copies the orders and balances as they stand.
func (s *Simulator) Snapshot() Snapshot {
	out := Snapshot{Balances: map[string]int{}}
	s.must(func() bool {
		for i := len(s.state.Orders) - 1; i >= 0; i-- {
			out.Orders = append(out.Orders, s.state.Orders[i].copy())
		}
		for _, d := range slices.Backward(s.state.Deployments) {
			out.Deployments = append(out.Deployments, d.copy())
		}
		for _, d := range slices.Backward(s.state.Devices) {
			out.Warehouse = append(out.Warehouse, *d)
		}
		for d, n := range s.state.Balances {
			out.Balances[d] = n
		}
		return false
	})
	return out
}

// Orders lists every order, newest first.
func (s *Simulator) Orders() []Order { return s.Snapshot().Orders }

// Order returns one order.
func (s *Simulator) Order(id string) (Order, bool) {
	for _, o := range s.Orders() {
		if o.ID == id {
			return o, true
		}
	}
	return Order{}, false
}

// window counts calls in a running minute and a running day.
type window struct {
	minute, day   time.Time
	inMinute, all int
}

// take counts one call and says how long to wait when it is one too many.
func (w *window) take(now time.Time, perMinute, perDay int) time.Duration {
	if now.Sub(w.minute) >= time.Minute {
		w.minute, w.inMinute = now, 0
	}
	if now.Sub(w.day) >= 24*time.Hour {
		w.day, w.all = now, 0
	}
	w.inMinute++
	w.all++
	switch {
	case w.all > perDay:
		return w.day.Add(24 * time.Hour).Sub(now)
	case w.inMinute > perMinute:
		return w.minute.Add(time.Minute).Sub(now)
	}
	return 0
}
