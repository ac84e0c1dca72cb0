package jamfsim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// The API client every new stand-in knows.
const (
	DefaultClientID     = "jamf-client"
	DefaultClientSecret = "jamf-secret"
	// DefaultVersion is the server version reported when Version is empty.
	DefaultVersion = "11.30.1-t1784555528405"
	// DefaultTokenLife is how long a token lives when TokenLife is zero; short, as Jamf administrators set it.
	DefaultTokenLife = time.Minute
)

// Simulator is one Jamf Pro server. Set the fields before the first request.
type Simulator struct {
	kit.Kit

	// AckAfter is how long a Mac that is online takes to acknowledge a command; zero is at once.
	AckAfter time.Duration
	// TokenLife is how long an access token is accepted; zero is [DefaultTokenLife].
	TokenLife time.Duration
	// Version is what /api/v1/jamf-pro-version says. The v4 inventory exists from 11.30, v3 from 11.23.
	Version string
	// NoV4 takes the v4 inventory away in spite of Version, as an upgrade halfway does.
	NoV4 bool
	// Lag is how long a write stays invisible on the other nodes of the cluster. A client that returns its cookies
	// stays on one node and sees its own writes; zero is no lag.
	Lag time.Duration
	// RefuseSecondLock answers 400 to a lock while another one is pending, as some MDM servers do.
	RefuseSecondLock bool
	// HidePrivileges makes GET /api/v1/auth name no account, as it is not documented to do for API clients.
	HidePrivileges bool
	// ReconRepopulates makes an inventory update write the last local user back as the assignee.
	ReconRepopulates bool

	once  sync.Once
	serve http.Handler
	setup error

	mu    sync.Mutex
	state state
}

// state is what survives a restart.
type state struct {
	NextID   int                  `json:"nextId"`
	Devices  []*Device            `json:"devices"`
	Commands []*Command           `json:"commands"`
	Denied   map[string]bool      `json:"denied,omitempty"`
	Secrets  map[string]string    `json:"secrets"` // client id to secret
	Tokens   map[string]time.Time `json:"tokens"`  // token to its end
	Writes   map[string]write     `json:"writes,omitempty"`
	Nodes    int                  `json:"nodes"` // connections handed to nodes so far
}

// write remembers a device as it was before a change, for nodes that have not seen the change yet.
type write struct {
	Before Device    `json:"before"`
	Node   string    `json:"node"`
	At     time.Time `json:"at"`
}

// ServeHTTP answers as Jamf Pro does.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.prepare(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.serve.ServeHTTP(w, r)
}

// prepare loads what an earlier process left and lays the routes, once.
func (s *Simulator) prepare() error {
	s.once.Do(func() {
		if s.ThrottleAnswer == nil {
			s.ThrottleAnswer = throttled
		}
		if s.FaultBody == nil {
			s.FaultBody = faultBody
		}
		if s.Redact == nil {
			s.Redact = redact
		}
		s.serve = s.Wrap("jamf", s.routes())
		s.state = state{Secrets: map[string]string{DefaultClientID: DefaultClientSecret}, Tokens: map[string]time.Time{}}
		s.setup = s.Load("jamf", &s.state)
		if s.setup == nil {
			s.setup = s.OpenLog("jamf")
		}
	})
	return s.setup
}

// locked runs f on the state after timed progress has been made, and saves the state when f says it changed.
func (s *Simulator) locked(f func() (changed bool)) error {
	if err := s.prepare(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	progressed := s.progress()
	if f() || progressed {
		return s.Save("jamf", s.state)
	}
	return nil
}

// must is for the Go methods, which have no answer to put a disk error into.
func (s *Simulator) must(f func() bool) {
	if err := s.locked(f); err != nil {
		panic(fmt.Sprintf("jamfsim: %v", err))
	}
}

func (s *Simulator) version() string {
	if s.Version == "" {
		return DefaultVersion
	}
	return s.Version
}

// hasInventory says whether this server version serves /api/v<n>/computers-inventory.
func (s *Simulator) hasInventory(n int) bool {
	major, rest, _ := strings.Cut(s.version(), ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	at := a*100 + b
	return n == 3 && at >= 1123 || n == 4 && at >= 1130 && !s.NoV4
}

// AddClient registers an API client with the right to everything.
func (s *Simulator) AddClient(id, secret string) {
	s.must(func() bool { s.state.Secrets[id] = secret; return true })
}

// Deny takes privileges away by their names in Jamf ("Send Computer Remote Lock Command"); Allow gives them back.
func (s *Simulator) Deny(privileges ...string) { s.setPrivileges(true, privileges) }

// Allow gives privileges back that [Simulator.Deny] took.
func (s *Simulator) Allow(privileges ...string) { s.setPrivileges(false, privileges) }

func (s *Simulator) setPrivileges(denied bool, privileges []string) {
	s.must(func() bool {
		if s.state.Denied == nil {
			s.state.Denied = map[string]bool{}
		}
		for _, p := range privileges {
			s.state.Denied[p] = denied
		}
		return true
	})
}

// RevokeTokens makes every token issued so far invalid, as a restarted server can.
func (s *Simulator) RevokeTokens() {
	s.must(func() bool { clear(s.state.Tokens); return true })
}

// Tick makes due progress without a request; a console calls it to stay current.
func (s *Simulator) Tick() { s.must(func() bool { return false }) }

// Snapshot is everything a console page shows.
type Snapshot struct {
	Devices  []Device
	Commands []Command
}

// Snapshot copies the devices and commands as they stand. PINs are included: Jamf shows them to administrators.
func (s *Simulator) Snapshot() Snapshot {
	var out Snapshot
	s.must(func() bool {
		for _, d := range s.state.Devices {
			out.Devices = append(out.Devices, d.copy())
		}
		for _, c := range s.state.Commands {
			out.Commands = append(out.Commands, *c)
		}
		return false
	})
	return out
}
