package jamf

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/pin"
	"tenure/internal/plan"
	"tenure/simulators/jamf"
)

// memoryVault keeps PINs in memory. It records the order of things, because a PIN must be kept before it is sent.
type memoryVault struct {
	mu   sync.Mutex
	pins map[string]string
	fail error
	// onNew is called when a PIN has just been kept.
	onNew func()
}

func (v *memoryVault) PIN(_ context.Context, caseID, serial string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return "", v.fail
	}
	key := caseID + "/" + serial
	if p := v.pins[key]; p != "" {
		return p, nil
	}
	p, err := pin.New()
	if err != nil {
		return "", err
	}
	v.pins[key] = p
	if v.onNew != nil {
		v.onNew()
	}
	return p, nil
}

func (v *memoryVault) set(serial, code string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pins[theCase.Case+"/"+serial] = code
}

// rig is a stand-in, a system that talks to it over HTTP, and a movable clock shared by both.
type rig struct {
	t     *testing.T
	sim   *jamfsim.Simulator
	sys   *System
	vault *memoryVault
	mu    sync.Mutex
	now   time.Time
}

var theCase = activities.CaseRef{Case: "offboard/E1042", Run: "r1", Employee: "E1042", Actor: "cli:it",
	Opened: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}

func newRig(t *testing.T, sim *jamfsim.Simulator, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, sim: sim, now: theCase.Opened.Add(20 * time.Second), vault: &memoryVault{pins: map[string]string{}}}
	sim.Clock = r.clock
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	r.sys = r.system(srv.URL, change...)
	return r
}

func (r *rig) system(base string, change ...func(*Config)) *System {
	r.t.Helper()
	cfg := Config{BaseURL: base, ClientID: jamfsim.DefaultClientID, ClientSecret: jamfsim.DefaultClientSecret,
		PollEvery: time.Millisecond, PollFor: time.Nanosecond, Settle: time.Nanosecond, Now: r.clock, Transport: specChecked(r.t)}
	for _, f := range change {
		f(&cfg)
	}
	sys, err := New(cfg, r.vault)
	if err != nil {
		r.t.Fatal(err)
	}
	return sys
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// run executes a bound activity as Temporal does, with its payloads encoded.
func run[In, Out any](r *rig, h activities.Activity[In, Out], in In) (Out, error) {
	return runOn[In, Out](r, r.sys, h, in)
}

func runOn[In, Out any](r *rig, sys *System, h activities.Activity[In, Out], in In) (Out, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	var fn any
	for _, b := range sys.Bindings() {
		if b.Name == h.Name {
			fn = b.Func
			env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
		}
	}
	if fn == nil {
		r.t.Fatalf("%s is not bound", h.Name)
	}
	var out Out
	value, err := env.ExecuteActivity(h.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, err
}

func (r *rig) find(email string) []plan.Device {
	r.t.Helper()
	facts, err := run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: email})
	if err != nil {
		r.t.Fatal(err)
	}
	return facts.Devices
}

// mac enrols a Mac of Jo's and returns it as the plan knows it.
func (r *rig) mac(d jamfsim.Device) plan.Device {
	r.t.Helper()
	if d.Serial == "" {
		d.Serial = "C02XY"
	}
	d.Email = "jo@example.com"
	r.sim.AddDevice(d)
	for _, found := range r.find("jo@example.com") {
		if found.Serial == d.Serial {
			return found
		}
	}
	r.t.Fatalf("%s is not found", d.Serial)
	return plan.Device{}
}

func lockOf(d plan.Device) activities.LockComputer {
	return activities.LockComputer{CaseRef: theCase, Step: plan.JamfLock.For(d.Serial), Device: d, Message: "Please return this Mac to IT"}
}

func (r *rig) lock(d plan.Device) activities.LockState {
	r.t.Helper()
	st, err := run(r, activities.JamfLockComputer, lockOf(d))
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) read(d plan.Device, command string) activities.LockState {
	r.t.Helper()
	st, err := run(r, activities.JamfReadLock, activities.ReadLock{CaseRef: theCase, Step: plan.JamfLock.For(d.Serial), Device: d, Command: command})
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) locksSent() int { return r.sim.CallsTo(http.MethodPost, "/api/v2/mdm/commands") }

func wantState(t *testing.T, o activities.Outcome, want plan.State) {
	t.Helper()
	if o.State != want {
		t.Errorf("state %s, want %s: %+v", o.State, want, o)
	}
	if want == plan.NeedsAttention && (o.Problem == "" || o.Detail == "" || o.Mend == "") {
		t.Errorf("a step that needs a person names problem, detail and mend: %+v", o)
	}
	if want == plan.Verified && (o.ReadBack == "" || o.Verified.IsZero()) {
		t.Errorf("a verified step says what was read back and when: %+v", o)
	}
}

var spec struct {
	once   sync.Once
	router routers.Router
	err    error
}

// specChecked validates every outgoing request against the vendor's OpenAPI document, when its folder is given in
// TENURE_SPECS.
func specChecked(t *testing.T) http.RoundTripper {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		return nil
	}
	spec.once.Do(func() {
		var doc *openapi3.T
		if doc, spec.err = openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "jamf", "jamf-pro-api-11.30.1.json")); spec.err == nil {
			spec.router, spec.err = legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation())
		}
	})
	if spec.err != nil {
		t.Fatal(spec.err)
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := checkSpec(r); err != nil {
			t.Errorf("%s %s does not fit Jamf's schema: %v", r.Method, r.URL.Path, err)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func checkSpec(r *http.Request) error {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	// The schema's server is "/api" without a host.
	copied.URL.Scheme, copied.URL.Host = "", ""
	copied.URL.Path = copied.URL.Path[strings.Index(copied.URL.Path, "/api"):]
	route, params, err := spec.router.FindRoute(copied)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}})
}
