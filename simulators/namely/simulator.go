package namelysim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// DefaultToken is the personal access token that is accepted when Token is empty.
const DefaultToken = "namely-token"

// The vendor's figures.
const (
	DefaultPerPage    = 30
	MaxPerPage        = 50
	ProfilesPerMinute = 100 // requests to /profiles in a rolling minute, then 406
)

const root = "/api/v1"

// Simulator is one company's Namely. Set the fields before the first request.
type Simulator struct {
	kit.Kit

	// Token is the personal access token; empty is [DefaultToken].
	Token string
	// Company is the permalink and the name; empty is "acme".
	Company string
	// RateLimits answers 406 to more than [ProfilesPerMinute] requests to /profiles in a minute.
	RateLimits bool
	// OwnerDeactivated is a token whose owner left: every call answers 403.
	OwnerDeactivated bool
	// OwnerUsesSSO is a token whose owner signs in by SSO: every call is refused as an invalid token.
	OwnerUsesSSO bool
	// Owner is the profile id of the token's owner; empty is the first profile there is.
	Owner string
	// SignIn are the company's login methods; none is email_password.
	SignIn []string
	// Hidden are fields the token's role may not see. They are simply missing from profiles; ten fields cannot be hidden.
	Hidden []string
	// Blank are fields that are there and empty for everybody, as after an import that shifted a column.
	Blank []string
	// EmptyFrom is a page from which on every page of profiles is empty, whatever the total says; 0 is none.
	EmptyFrom int
	// OldDates writes dates as MM/DD/YYYY where a single profile is read, as old recordings show.
	OldDates bool
	// PlainType writes employee_type as text instead of an object.
	PlainType bool

	once  sync.Once
	serve http.Handler
	setup error

	mu       sync.Mutex
	state    state
	requests []time.Time // to /profiles, for the throttle
}

// state is what survives a restart.
type state struct {
	Profiles []*Profile `json:"profiles"`
	Groups   []Group    `json:"groups"`
	Titles   []Title    `json:"titles"`
	Types    []string   `json:"types,omitempty"`  // the company's own types of group, by title
	Fields   []Field    `json:"fields,omitempty"` // the company's own
	NextID   int        `json:"nextId"`
}

// ServeHTTP answers as Namely does.
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
			s.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotAcceptable) }
		}
		if s.FaultBody == nil {
			s.FaultBody = faultBody
		}
		s.serve = s.Wrap("namely", s.authorized(s.routes()))
		if s.setup = s.Load("namely", &s.state); s.setup == nil {
			s.setup = s.OpenLog("namely")
		}
	})
	return s.setup
}

// locked runs f on the state, and saves the state when f says that it changed.
func (s *Simulator) locked(f func() (changed bool)) error {
	if err := s.prepare(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !f() {
		return nil
	}
	return s.Save("namely", s.state)
}

// must is for the Go methods, which have no answer to put a disk error into.
func (s *Simulator) must(f func() bool) {
	if err := s.locked(f); err != nil {
		panic(fmt.Sprintf("namelysim: %v", err))
	}
}

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"/profiles", s.throttled(s.listProfiles))
	mux.HandleFunc("POST "+root+"/profiles", s.createProfile)
	mux.HandleFunc("GET "+root+"/profiles/fields", s.listFields)
	mux.HandleFunc("GET "+root+"/profiles/me", s.throttled(s.readMe))
	mux.HandleFunc("GET "+root+"/profiles/{id}", s.throttled(s.readProfile))
	mux.HandleFunc("PUT "+root+"/profiles/{id}", s.updateProfile)
	mux.HandleFunc("GET "+root+"/groups", s.listGroups)
	mux.HandleFunc("GET "+root+"/groups/{id}", s.readGroup)
	mux.HandleFunc("GET "+root+"/group_types", s.listGroupTypes)
	mux.HandleFunc("GET "+root+"/job_titles", s.listTitles)
	mux.HandleFunc("GET "+root+"/events", s.listEvents)
	mux.HandleFunc("GET "+root+"/companies/info", s.companyInfo)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not found") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Every path is accepted with ".json" behind it.
		r.URL.Path = strings.TrimSuffix(r.URL.Path, ".json")
		w.Header().Set("X-Request-Id", fmt.Sprintf("sim-%d", s.Now().UnixNano()))
		mux.ServeHTTP(w, r)
	})
}

// authorized refuses what the vendor refuses, before anything is read.
func (s *Simulator) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := s.Token
		if token == "" {
			token = DefaultToken
		}
		switch {
		case strings.TrimSuffix(r.URL.Path, ".json") == root+"/companies/info": // needs no token
		case s.OwnerUsesSSO:
			answer(w, http.StatusUnauthorized, map[string]any{"error": "Invalid access token provided."})
			return
		case r.Header.Get("Authorization") != "Bearer "+token:
			answer(w, http.StatusUnauthorized, map[string]any{"error": ""})
			return
		case s.OwnerDeactivated:
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// throttled counts the request against the vendor's limit.
func (s *Simulator) throttled(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.RateLimits && !s.admit() {
			s.ThrottleAnswer(w, r)
			return
		}
		next(w, r)
	}
}

func (s *Simulator) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	minuteAgo := s.Now().Add(-time.Minute)
	kept := s.requests[:0]
	for _, at := range s.requests {
		if at.After(minuteAgo) {
			kept = append(kept, at)
		}
	}
	s.requests = kept
	if len(kept) >= ProfilesPerMinute {
		return false
	}
	s.requests = append(kept, s.Now())
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuse answers in the vendor's error form.
func refuse(w http.ResponseWriter, status int, message string, errors ...string) {
	if errors == nil {
		errors = []string{}
	}
	answer(w, status, map[string]any{"message": message, "errors": errors})
}

// faultBody is the vendor's body for an injected status: none where none is known, a proxy's page for 5xx.
func faultBody(status int) (body, contentType string) {
	switch {
	case status == http.StatusUnauthorized:
		return `{"error":""}`, "application/json"
	case status == http.StatusNotFound:
		return `{"message":"Profile not found","errors":[]}`, "application/json"
	case status == http.StatusUnprocessableEntity:
		return `{"message":"error updating profile","errors":["is invalid"]}`, "application/json"
	case status >= http.StatusInternalServerError:
		return "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>", "text/html"
	}
	return "", ""
}
