package oktasim

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tenure/simulators/kit"
)

// DefaultToken is the API token a test or a demonstration calls with, unless [Simulator.Token] names another.
const DefaultToken = "00simulated-okta-api-token"

// OperatorID is the user id of the administrator that API tokens act as: the actor in the System Log, so the id
// by which a receiver of event hooks recognises its own actions.
const OperatorID = "00usimulatedoperator"

const stateName = "okta"

// Simulator is one Okta org. Set fields before the first call; the zero value works.
type Simulator struct {
	kit.Kit

	// Token is the API token that is accepted; empty means [DefaultToken].
	Token string
	// Classic makes the org a Classic Engine org, which has no Devices API.
	Classic bool
	// RateLimits refuses calls above Okta's published figures, of which one token may use half. The headers are
	// sent in any case.
	RateLimits bool
	// PageSize caps every page, so that a small org shows pagination; 0 leaves Okta's own figures.
	PageSize int
	// SearchLag is how long a change stays out of GET /users?search=, and a group that was made through the API out of
	// GET /groups?search=. Reads by id and login see it at once.
	SearchLag time.Duration
	// LogLag is how long an event stays out of GET /logs.
	LogLag time.Duration
	// LifecycleTakes is how long activate and deactivate go on in the background, with transitioningToStatus set.
	LifecycleTakes time.Duration
	// FactorsNeedActive refuses reset_factors for a user who is not ACTIVE, as the specification can be read; each
	// factor can still be deleted by itself.
	FactorsNeedActive bool
	// EditDeactivated lets the profiles of deactivated users be updated: a setting of an org, off by default.
	EditDeactivated bool
	// MasteredAsInvalid refuses an update of an attribute that another system masters with 400 and its name, where
	// otherwise it is 403 without one.
	MasteredAsInvalid bool
	// OperatorRoles are the roles of the administrator that API tokens act as; none means SUPER_ADMIN.
	OperatorRoles []Role
	// TokenEnds is when the API token ends; zero means thirty days from now, as after each use.
	TokenEnds time.Time
	// CustomRoles are the permissions of custom roles ("okta.users.manage"), by the role's id.
	CustomRoles map[string][]string
	// AssigneesByGroup makes GET /api/v1/iam/assignees/users name people who hold a role through a group as well.
	AssigneesByGroup bool
	// OnDeactivate is told the login of everybody whose Google account Okta suspends: people assigned to an app
	// named "google" with the feature PUSH_USER_DEACTIVATION who were deactivated or lost the assignment.
	OnDeactivate func(login string)
	// OnProvision is told who gets a Google account of Okta: people with an open account who are assigned to an app named
	// "google" with the feature PUSH_NEW_USERS. It may be told of somebody again.
	OnProvision func(login, first, last string)
	// HookClient delivers event hooks; nil means a client with Okta's three seconds of patience.
	HookClient *http.Client

	once     sync.Once
	handler  http.Handler
	failed   error // of set-up or of the last save
	inflight atomic.Int64
	hooks    sync.WaitGroup

	mu     sync.Mutex
	state  state
	dirty  bool
	moving map[string]*User // whose lifecycle call goes on in the background
	limits limiter
}

// ServeHTTP answers as the org does.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.setUp()
	s.inflight.Add(1)
	defer s.inflight.Add(-1)
	// Every answer carries these, an injected fault too; the real figures follow in allow.
	_, limit := bucketOf(r.Method, r.URL.Path)
	w.Header().Set("Date", s.Now().Format(http.TimeFormat))
	setLimit(w.Header(), limit, limit, s.Now().Add(window))
	s.handler.ServeHTTP(w, r)
}

func (s *Simulator) setUp() {
	s.once.Do(func() {
		if s.ThrottleAnswer == nil {
			s.ThrottleAnswer = s.throttled
		}
		if s.Kit.FaultBody == nil {
			s.Kit.FaultBody = faultBody
		}
		if s.Redact == nil {
			s.Redact = redact
		}
		s.handler = s.Wrap(stateName, s.routes())
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failed = s.load()
	})
}

func (s *Simulator) load() error {
	if err := s.OpenLog(stateName); err != nil {
		return err
	}
	if err := s.Load(stateName, &s.state); err != nil {
		return err
	}
	st := &s.state
	ensure(&st.Users)
	ensure(&st.Groups)
	ensure(&st.Rules)
	ensure(&st.Apps)
	ensure(&st.Devices)
	ensure(&st.Hooks)
	ensure(&st.Services)
	ensure(&st.Access)
	ensure(&st.Attributes)
	s.moving = map[string]*User{}
	for id, u := range st.Users {
		if u.Transitioning != "" {
			s.moving[id] = u
		}
	}
	if st.Everyone == "" {
		st.Everyone = s.id("00g")
		st.Groups[st.Everyone] = &Group{ID: st.Everyone, Type: BuiltIn, Name: "Everyone", Created: s.Now(), Members: map[string]string{}}
	}
	return nil
}

func ensure[V any](m *map[string]V) {
	if *m == nil {
		*m = map[string]V{}
	}
}

// id makes the next id of a kind: the vendor's prefix and seventeen more characters. Ids sort by age.
func (s *Simulator) id(prefix string) string {
	s.state.Next++
	return fmt.Sprintf("%s%017d", prefix, s.state.Next)
}

// locked runs fn on a set-up org.
func (s *Simulator) locked(fn func()) {
	s.setUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	fn()
}

// Flush writes seeds to Dir now. Answers and typed actions do so by themselves; only seeds wait for the next one.
func (s *Simulator) Flush() error {
	var err error
	s.locked(func() { err = s.commit() })
	return err
}

func (s *Simulator) commit() error {
	if s.failed != nil {
		return s.failed
	}
	if !s.dirty {
		return nil
	}
	if err := s.Save(stateName, &s.state); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// settle finishes background work whose time has come. Statuses are computed when somebody looks, so that a test
// moves the clock and nothing sleeps.
func (s *Simulator) settle() {
	now := s.Now()
	for id, u := range s.moving {
		if u.Transitioning != "" && now.Before(u.SettlesAt) {
			continue
		}
		delete(s.moving, id)
		if u.Transitioning != "" {
			s.touch(u)
			s.setStatus(u, u.Transitioning)
			u.Transitioning, u.SettlesAt = "", time.Time{}
		}
	}
}
