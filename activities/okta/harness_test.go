package okta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/plan"
	oktasim "tenure/simulators/okta"
)

// org is a simulated org and the system under test that talks to it over HTTP.
type org struct {
	*oktasim.Simulator
	t   *testing.T
	url string
	sys *System
	// heartbeat is what the attempt before left, for a test of a retry.
	heartbeat any
	// remember keeps what an attempt leaves, for the next one.
	remember bool
	// killed loses what an attempt left at its end: the first heartbeat is sent at once, the others late.
	killed bool
}

func newOrg(t *testing.T, with ...func(*Config)) *org {
	t.Helper()
	o := &org{Simulator: &oktasim.Simulator{}, t: t}
	server := httptest.NewServer(o.Simulator)
	t.Cleanup(server.Close)
	o.url = server.URL
	o.sys = o.connect(with...)
	return o
}

func (o *org) connect(with ...func(*Config)) *System {
	o.t.Helper()
	c := Config{BaseURL: o.url, Token: oktasim.DefaultToken, Poll: time.Millisecond, Patience: 20 * time.Millisecond, Transport: specified(o.t)}
	for _, change := range with {
		change(&c)
	}
	sys, err := New(c)
	if err != nil {
		o.t.Fatal(err)
	}
	return sys
}

// jo is a leaver with something of everything.
func (o *org) jo(with ...func(*oktasim.User)) string {
	u := oktasim.User{
		Profile:  oktasim.Profile{Login: "jo@example.com", FirstName: "Jo", LastName: "Doe", EmployeeNumber: "E1", Department: "Sales"},
		Factors:  []oktasim.Factor{{Type: "push"}, {Type: "webauthn", Provider: "FIDO"}},
		Sessions: []oktasim.Session{{}, {}},
		Grants:   []oktasim.Grant{{ClientID: "0oaclient1", Scope: "openid"}},
		Tokens:   []oktasim.Token{{ClientID: "0oaclient2"}},
	}
	for _, change := range with {
		change(&u)
	}
	return o.AddUser(u)
}

func inStatus(status string) func(*oktasim.User) {
	return func(u *oktasim.User) { u.Status = status }
}

func (o *org) see(id string) oktasim.User {
	o.t.Helper()
	u, ok := o.User(id)
	if !ok {
		o.t.Fatalf("no user %s in the org", id)
	}
	return u
}

// execute runs an activity as a worker would.
func execute[In, Out any](o *org, act activities.Activity[In, Out], in In) (Out, error) {
	o.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	if o.heartbeat != nil {
		env.SetHeartbeatDetails(o.heartbeat)
	}
	for _, b := range o.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	if o.remember {
		env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
			var m memory
			if details.Get(&m) == nil && (o.heartbeat == nil || !o.killed) {
				o.heartbeat = m
			}
		})
	}
	var out Out
	value, err := env.ExecuteActivity(act.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, err
}

// perform runs steps on an account and wants outcomes.
func perform(o *org, act activities.Activity[activities.Perform, activities.Outcomes], id string, steps ...plan.Action) []activities.Outcome {
	o.t.Helper()
	out, err := execute(o, act, performing(id, steps...))
	if err != nil {
		o.t.Fatalf("%s: %v", act.Name, err)
	}
	if len(out.Steps) != len(steps) {
		o.t.Fatalf("%s: %d outcomes for %d steps", act.Name, len(out.Steps), len(steps))
	}
	return out.Steps
}

func performing(id string, steps ...plan.Action) activities.Perform {
	in := activities.Perform{Account: id}
	for _, s := range steps {
		in.Steps = append(in.Steps, s.For(""))
	}
	return in
}

func wantState(t *testing.T, o activities.Outcome, state plan.State) {
	t.Helper()
	if o.State != state {
		t.Fatalf("%s is %s, want %s (%+v)", o.Step, o.State, state, o)
	}
	if state == plan.Verified && (o.ReadBack == "" || o.Verified.IsZero()) {
		t.Fatalf("%s is verified without a read-back: %+v", o.Step, o)
	}
	if state.AsksForPerson() && o.Mend == "" {
		t.Fatalf("%s asks for a person and does not say what to do: %+v", o.Step, o)
	}
}

// wantProblem checks the type and the retryability of an activity's error.
func wantProblem(t *testing.T, err error, typ string) {
	t.Helper()
	_ = problemIn(t, err, typ)
}

// problemIn is wantProblem for a test that looks further.
func problemIn(t *testing.T, err error, typ string) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		t.Fatalf("error %v is not an application error", err)
	}
	if app.Type() != typ {
		t.Fatalf("error type %s, want %s (%v)", app.Type(), typ, err)
	}
	retryable := typ == activities.RateLimited || typ == activities.Unavailable
	if app.NonRetryable() == retryable {
		t.Fatalf("retryable = %v for %s", !app.NonRetryable(), typ)
	}
	return app
}

// ticking is a clock that moves whenever somebody looks.
type ticking struct {
	mu sync.Mutex
	at time.Time
	by time.Duration
}

func (c *ticking) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(c.by)
	return c.at
}

// specified is a transport that holds every request against Okta's OpenAPI files, when TENURE_SPECS says where
// the specs are.
func specified(t *testing.T) http.RoundTripper {
	folder := os.Getenv("TENURE_SPECS")
	if folder == "" {
		return http.DefaultTransport
	}
	return specTransport{t, folder}
}

type specTransport struct {
	t      *testing.T
	folder string
}

var loaded = struct {
	sync.Once
	routers []routers.Router
	err     error
}{}

func specRouters(folder string) ([]routers.Router, error) {
	loaded.Do(func() {
		for _, name := range []string{"management-minimal-2026.06.yaml", "oauth-minimal-2026.06.yaml"} {
			doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "okta", name))
			if err != nil {
				loaded.err = err
				return
			}
			doc.Servers = nil // any host will do
			r, err := gorillamux.NewRouter(doc)
			if err != nil {
				loaded.err = err
				return
			}
			loaded.routers = append(loaded.routers, r)
		}
	})
	return loaded.routers, loaded.err
}

// RoundTrip checks the request and sends it.
func (s specTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err := conforms(r.Context(), s.folder, r, body); err != nil {
		s.t.Errorf("%s %s does not conform to Okta's specification: %v", r.Method, r.URL, err)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func conforms(ctx context.Context, folder string, r *http.Request, body []byte) error {
	all, err := specRouters(folder)
	if err != nil {
		return err
	}
	copied := r.Clone(ctx)
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if copied.URL.Path == "/oauth2/v1/token" && len(body) == 0 {
		// The SDK sends the form in the query, which Okta takes and its specification does not describe.
		copied.Body = io.NopCloser(bytes.NewReader([]byte(copied.URL.RawQuery)))
		copied.URL.RawQuery = ""
	}
	for _, router := range all {
		route, params, ferr := router.FindRoute(copied)
		if ferr != nil {
			err = ferr
			continue
		}
		return openapi3filter.ValidateRequest(ctx, &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}})
	}
	return err
}

func TestRequests_ConformToTheSpecification(t *testing.T) {
	folder := os.Getenv("TENURE_SPECS")
	if folder == "" {
		t.Skip("TENURE_SPECS does not say where the vendors' specifications are")
	}
	// Every test of this package sends its requests through the check; this one shows that the check can fail.
	wrong, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/users/00u1/lifecycle/banish", nil)
	if err != nil {
		t.Fatal(err)
	}
	if conforms(t.Context(), folder, wrong, nil) == nil {
		t.Error("a path that Okta does not have passed")
	}
	badQuery, err := http.NewRequest(http.MethodGet, "http://127.0.0.1/api/v1/logs?limit=many", nil)
	if err != nil {
		t.Fatal(err)
	}
	if conforms(t.Context(), folder, badQuery, nil) == nil {
		t.Error("a limit that is not a number passed")
	}
}
