package kit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Fault is one rule that spoils calls. The first rule whose Method and Path match and whose Times are not used
// up applies; a rule may combine a delay with a status or a drop.
type Fault struct {
	// Method is an HTTP method, or empty for every method.
	Method string `json:"method,omitempty"`
	// Path is a path.Match pattern for the URL path ("/api/v1/users/*/lifecycle/suspend"), a prefix when it
	// ends in "/**", or empty for every path.
	Path string `json:"path,omitempty"`
	// Times is how many calls the rule spoils; 0 means until it is removed.
	Times int `json:"times,omitempty"`
	// Status answers with this code and Body instead of calling the vendor's code: the effect does not happen.
	// A Status of 200 is the target that says yes and does nothing.
	Status int `json:"status,omitempty"`
	// Body is the answer for Status; empty means the vendor's own form for that status (see [Kit.FaultBody]).
	Body string `json:"body,omitempty"`
	// Header is added to the answer for Status.
	Header map[string]string `json:"header,omitempty"`
	// Delay passes before the call is handled.
	Delay time.Duration `json:"delay,omitempty"`
	// Throttle answers as the vendor does when its rate limit is used up (Okta 429, Google 403, Namely 406).
	Throttle bool `json:"throttle,omitempty"`
	// Drop closes the connection without an answer: DropBefore the effect or DropAfter it.
	Drop Drop `json:"drop,omitempty"`

	used int
}

// Drop says when a connection is cut.
type Drop string

// The two moments at which a [Fault] can cut a connection.
const (
	DropBefore Drop = "before"
	DropAfter  Drop = "after"
)

// Call is one line of the call log.
type Call struct {
	At     time.Time `json:"at"`
	System string    `json:"system"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	// Body is the request body when it is JSON or a form, with secrets the vendor's stand-in named redacted.
	Body string `json:"body,omitempty"`
	// Status is the answer's code; 0 when the connection was dropped.
	Status int `json:"status"`
	// Fault names the rule that spoiled the call, if one did.
	Fault string `json:"fault,omitempty"`
}

// Kit is embedded in every stand-in. Its zero value works.
type Kit struct {
	// Clock gives the stand-in's time; nil means time.Now.
	Clock func() time.Time
	// Latency is added to every call, as a network and a vendor would.
	Latency time.Duration
	// Dir keeps state and call log in files; empty keeps them in memory.
	Dir string
	// Redact is called on each logged request body before it is kept; nil keeps it as sent.
	Redact func(path, body string) string
	// ThrottleAnswer writes the vendor's rate-limit answer; nil writes 429 with Retry-After 1.
	ThrottleAnswer func(http.ResponseWriter, *http.Request)
	// FaultBody gives the vendor's own error body and content type for a status; nil gives an empty body.
	FaultBody func(status int) (body, contentType string)

	mu     sync.Mutex
	faults []*Fault
	calls  []Call
	logTo  *os.File
}

// Now is the stand-in's time in UTC.
func (k *Kit) Now() time.Time {
	if k.Clock != nil {
		return k.Clock().UTC()
	}
	return time.Now().UTC()
}

// Inject adds a rule and returns a function that removes it.
func (k *Kit) Inject(f Fault) (remove func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	rule := &f
	k.faults = append(k.faults, rule)
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		for i, r := range k.faults {
			if r == rule {
				k.faults = append(k.faults[:i:i], k.faults[i+1:]...)
				return
			}
		}
	}
}

// ClearFaults removes every rule.
func (k *Kit) ClearFaults() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = nil
}

// Faults lists the rules in force.
func (k *Kit) Faults() []Fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]Fault, 0, len(k.faults))
	for _, f := range k.faults {
		out = append(out, *f)
	}
	return out
}

// Calls is the call log so far, oldest first, with the calls of earlier processes on the same Dir.
func (k *Kit) Calls() []Call {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Call(nil), k.calls...)
}

// CallsTo counts logged calls with this method whose path matches pattern (see [Fault.Path]).
func (k *Kit) CallsTo(method, pattern string) int {
	n := 0
	for _, c := range k.Calls() {
		if c.Method == method && matchPath(pattern, c.Path) {
			n++
		}
	}
	return n
}

// Mutations counts logged calls that could have changed something: every method but GET and HEAD, less the
// paths the caller names as harmless (token endpoints, reads that the vendor does by POST).
func (k *Kit) Mutations(harmless ...string) int {
	n := 0
	for _, c := range k.Calls() {
		if c.Method == http.MethodGet || c.Method == http.MethodHead || anyMatch(harmless, c.Path) {
			continue
		}
		n++
	}
	return n
}

func anyMatch(patterns []string, p string) bool {
	for _, pattern := range patterns {
		if matchPath(pattern, p) {
			return true
		}
	}
	return false
}

func (k *Kit) take(r *http.Request) *Fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.faults {
		if f.Method != "" && f.Method != r.Method || !matchPath(f.Path, r.URL.Path) {
			continue
		}
		if f.Times > 0 && f.used >= f.Times {
			continue
		}
		f.used++
		copied := *f
		return &copied
	}
	return nil
}

func matchPath(pattern, p string) bool {
	if pattern == "" {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "/**"); ok {
		return p == prefix || strings.HasPrefix(p, prefix+"/")
	}
	ok, err := path.Match(pattern, p)
	return err == nil && ok
}

// Load reads the stand-in's state from its file in Dir into v. It is no error when there is none yet.
func (k *Kit) Load(name string, v any) error {
	if k.Dir == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(k.Dir, name+".json"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state of %s: %w", name, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("state of %s is not readable: %w", name, err)
	}
	return nil
}

// Save writes the stand-in's state to its file in Dir, whole or not at all. A stand-in calls it before it
// answers, as a vendor commits before it answers.
func (k *Kit) Save(name string, v any) error {
	if k.Dir == "" {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode state of %s: %w", name, err)
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(k.Dir, name+".*.tmp")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err = errors.Join(err, tmp.Close()); err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write state of %s: %w", name, err)
	}
	return os.Rename(tmp.Name(), filepath.Join(k.Dir, name+".json"))
}
