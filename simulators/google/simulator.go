package googlesim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// System is the name of this stand-in in call logs and state files.
const System = "google"

// Credentials and ids a test or a demonstration starts with.
const (
	// AdminEmail is the administrator that is there from the start, for a client to act as.
	AdminEmail = "workspace-admin@example.com"
	// DefaultDomain is the organisation's domain unless [Simulator.Domain] names another.
	DefaultDomain = "example.com"
	// CustomerID is the organisation's id; "my_customer" means the same.
	CustomerID = "C0simulated"
	// ClientID is the service account's numeric client id, the one that scopes are authorised for.
	ClientID = "110000000000000000001"
)

// Refusal is how Google refuses to act as a suspended user. Which one it is, is not documented.
type Refusal string

// The refusals people have seen.
const (
	// RefusePrecondition issues the token; Gmail then answers 400 failedPrecondition. It is the default.
	RefusePrecondition Refusal = ""
	// RefuseToken answers the token request with invalid_grant.
	RefuseToken Refusal = "token"
	// RefuseForbidden issues the token; Gmail then answers 403.
	RefuseForbidden Refusal = "forbidden"
	// RefuseBackend issues the token; Gmail then answers 500.
	RefuseBackend Refusal = "backend"
)

// Simulator is one Google Workspace organisation. Set the fields before the first request; the methods are safe
// at any time.
type Simulator struct {
	kit.Kit

	// Domain is the organisation's primary domain; empty means [DefaultDomain].
	Domain string
	// RateLimits enforces the vendor's quotas: 2,400 Directory queries a minute for each acting administrator,
	// 15,000 Gmail units a minute for each mailbox.
	RateLimits bool
	// Suspended is how acting as a suspended user is refused.
	Suspended Refusal
	// TransferTime is how long a transfer job runs; zero means that it is complete when it is next read.
	TransferTime time.Duration
	// TransferLag is how long a new transfer job is missing from the list, though not from a read by id.
	TransferLag time.Duration
	// DelegateLag is how long a new delegate is missing from reads. The vendor says one minute at most.
	DelegateLag time.Duration
	// CreationTime is how long a user made through the API answers 412 and has no mailbox.
	CreationTime time.Duration
	// VisibleLag is how long a user made through the API is missing from reads and from the search, though the address
	// is taken.
	VisibleLag time.Duration
	// ProvisionTime is how long another system takes to make an account, see [Simulator.Provision].
	ProvisionTime time.Duration
	// DeletedFreesAddress lets a new account have the address of one that was deleted. Otherwise it is taken for as long
	// as the deleted one can be brought back.
	DeletedFreesAddress bool
	// AliasBlocksRename refuses an address that is an alias of the same account; otherwise the two change places.
	AliasBlocksRename bool
	// MaxDelegates is the limit of delegates for each mailbox; zero means 25.
	MaxDelegates int

	once     sync.Once
	setupErr error
	handler  http.Handler

	mu      sync.Mutex
	state   state
	filling bool // within [Simulator.Seed]: saved once at its end
	used    map[string]quota
}

// ServeHTTP answers one request. A state file that cannot be read is answered with 500, naming the file's fault.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.setup()
	if s.setupErr != nil {
		http.Error(w, s.setupErr.Error(), http.StatusInternalServerError)
		return
	}
	s.handler.ServeHTTP(w, r)
}

func (s *Simulator) setup() { s.once.Do(func() { s.setupErr = s.prepare() }) }

// mustSetUp is for methods that change something: on a state that could not be read they would overwrite it.
func (s *Simulator) mustSetUp() {
	if s.setup(); s.setupErr != nil {
		panic(s.setupErr)
	}
}

func (s *Simulator) prepare() error {
	s.ThrottleAnswer = orDefault(s.ThrottleAnswer, throttled)
	s.FaultBody = orDefault(s.FaultBody, faultBody)
	s.Redact = orDefault(s.Redact, redact)
	s.used = map[string]quota{}
	if s.Domain == "" {
		s.Domain = DefaultDomain
	}
	if err := s.Load(System, &s.state); err != nil {
		return err
	}
	if err := s.OpenLog(System); err != nil {
		return err
	}
	if s.state.Key == "" {
		if err := s.found(); err != nil {
			return fmt.Errorf("set up the organisation: %w", err)
		}
	}
	s.handler = s.Wrap(System, s.routes())
	return s.save()
}

func orDefault[F func(http.ResponseWriter, *http.Request) | func(int) (string, string) | func(string, string) string](f, def F) F {
	if f == nil {
		return def
	}
	return f
}

// found makes the organisation: its key pair, the root unit and one administrator.
func (s *Simulator) found() error {
	makeKey := newKey
	if s.Dir == "" {
		makeKey = processKey
	}
	key, id, err := makeKey()
	if err != nil {
		return err
	}
	s.state = state{
		Key: key, KeyID: id, NextID: 100000000000000000,
		Grants: map[string]grant{}, Users: map[string]*User{}, Groups: map[string]*Group{},
		OrgUnits: map[string]OrgUnit{"/": {Path: "/"}},
	}
	admin := User{PrimaryEmail: strings.Replace(AdminEmail, DefaultDomain, s.Domain, 1), GivenName: "Workspace", FamilyName: "Admin", IsAdmin: true}
	s.addUser(admin)
	return nil
}

func (s *Simulator) save() error { return s.Save(System, &s.state) }

// locked runs fn on the state as it stands now, and saves what a seed changed.
func (s *Simulator) locked(fn func()) {
	s.mustSetUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	fn()
	s.keep()
}

// keep saves what a seed changed, unless it is one of many.
func (s *Simulator) keep() {
	if s.filling {
		return
	}
	if err := s.save(); err != nil {
		panic(err) // a seed that cannot be kept would make every later check meaningless
	}
}

// Seed runs fill, which seeds a whole organisation, and saves the state once when it is done. On a state that was
// filled before it does nothing, so that a process killed while seeding begins anew and one killed later does not.
func (s *Simulator) Seed(fill func()) {
	s.mustSetUp()
	s.mu.Lock()
	done := s.state.Seeded
	s.filling = !done
	s.mu.Unlock()
	if done {
		return
	}
	fill()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filling, s.state.Seeded = false, true
	s.keep()
}

// read runs fn on the state as it stands now.
func (s *Simulator) read(fn func()) {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	fn()
}

func (s *Simulator) nextID() string {
	s.state.NextID++
	return fmt.Sprint(s.state.NextID)
}
