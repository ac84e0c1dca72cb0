package retriever

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/retriever"
)

// rig is a stand-in, a system that talks to it over HTTP, and a movable clock shared by both.
type rig struct {
	t   *testing.T
	sim *retrieversim.Simulator
	sys *System
	url string
	mu  sync.Mutex
	now time.Time
}

var theCase = activities.CaseRef{Case: "device-return/E1042/C02XY", Run: "r1", Employee: "E1042", Actor: "cli:it",
	Opened: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}

var theCompany = Company{Recipient: "IT Department, fifth floor, east wing", Company: "Acme", Line1: "9 Elm St", Line2: "Ste 1", City: "New York",
	State: "NY", Zip: "10001", Country: "us", DisplayName: "Acme IT", Notifications: []string{"it@example.com", "desk@example.com"},
	Instructions: "Take the charger too"}

func newRig(t *testing.T, sim *retrieversim.Simulator, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, sim: sim, now: theCase.Opened.Add(time.Minute)}
	sim.Clock = r.clock
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	r.url = srv.URL
	r.sys = r.system(srv.URL, change...)
	return r
}

func (r *rig) system(base string, change ...func(*Config)) *System {
	r.t.Helper()
	cfg := Config{BaseURL: base, APIKey: retrieversim.DefaultKey, Company: theCompany, Now: r.clock, Transport: specChecked(r.t)}
	for _, f := range change {
		f(&cfg)
	}
	sys, err := New(cfg)
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

func run[In, Out any](r *rig, h activities.Activity[In, Out], in In) (Out, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	for _, b := range r.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	var out Out
	value, err := env.ExecuteActivity(h.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, err
}

func boxFor(serial string) activities.OrderBox {
	return activities.OrderBox{CaseRef: theCase, Step: plan.Action("retriever.order").For(serial), Reference: "tenure r1 " + serial,
		Device: plan.Device{Serial: serial, Kind: plan.Computer}, Settings: plan.ReturnSettings{Charger: true}, Name: "Jo Lee",
		Email: "jo@home.example.com", From: employee.Address{Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207", Country: "US"}}
}

func (r *rig) order(in activities.OrderBox) activities.BoxState {
	r.t.Helper()
	st, err := run(r, activities.RetrieverOrderBox, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) readOrder(id string, maxAge time.Duration) (activities.BoxState, error) {
	r.t.Helper()
	return run(r, activities.RetrieverReadOrder, activities.ReadOrder{CaseRef: theCase, Step: plan.DeviceReturn.For("C02XY"), Order: id, MaxAge: maxAge})
}

func (r *rig) mustRead(id string, maxAge time.Duration) activities.BoxState {
	r.t.Helper()
	st, err := r.readOrder(id, maxAge)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) posts() int { return r.sim.CallsTo(http.MethodPost, listPath) }
func (r *rig) lists() int { return r.sim.CallsTo(http.MethodGet, listPath) }

func wantState(t *testing.T, o activities.Outcome, want plan.State) {
	t.Helper()
	if o.State != want {
		t.Errorf("state %s, want %s: %+v", o.State, want, o)
	}
	if want == plan.NeedsAttention && (o.Problem == "" || o.Detail == "" || o.Mend == "") {
		t.Errorf("a step that needs a person names problem, detail and mend: %+v", o)
	}
	if want == plan.Verified && (o.ReadBack == "" || o.Verified.IsZero() || o.Executed.IsZero()) {
		t.Errorf("a verified step says what was read back and when: %+v", o)
	}
}

func wantProblem(t *testing.T, err error, typ, text string) {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		t.Errorf("error is %T %v, want an application error of type %s", err, err, typ)
		return
	}
	if app.Type() != typ || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %s %v, want %s with %q", app.Type(), err, typ, text)
	}
	retried := typ == activities.RateLimited || typ == activities.Unavailable
	if app.NonRetryable() == retried {
		t.Errorf("%s: non-retryable is %v", typ, app.NonRetryable())
	}
}

var spec struct {
	once   sync.Once
	router routers.Router
	err    error
}

// specChecked validates every outgoing request against the vendor's schema, when its folder is given in
// TENURE_SPECS.
func specChecked(t *testing.T) http.RoundTripper {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		return nil
	}
	spec.once.Do(func() { spec.router, spec.err = loadSpec(filepath.Join(dir, "retriever", "openapi-v2-condensed.json")) })
	if spec.err != nil {
		t.Fatal(spec.err)
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := checkSpec(r); err != nil {
			t.Errorf("%s %s does not fit Retriever's schema: %v", r.Method, r.URL.Path, err)
		}
		return http.DefaultTransport.RoundTrip(r)
	})
}

func loadSpec(file string) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	// The schema calls the list of notification addresses an object; all of the vendor's examples are lists.
	for _, body := range []string{"CompanyInfo", "CreateDeployment"} {
		mails := doc.Components.Schemas[body].Value.Properties["notification_emails"]
		mails.Value = openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	}
	// That the shipment is for reading only stands beside a reference, where OpenAPI does not look.
	deploy := doc.Components.Schemas["CreateDeployment"].Value
	deploy.Required = slices.DeleteFunc(deploy.Required, func(field string) bool { return field == "shipment" })
	// Its security scheme is called "API Key", with a blank that OpenAPI does not allow.
	doc.Components.SecuritySchemes = nil
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			op.Security = nil
		}
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	return legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
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
	copied.URL.Scheme, copied.URL.Host = "", ""
	copied.URL.Path = copied.URL.Path[strings.Index(copied.URL.Path, "/api"):]
	route, params, err := spec.router.FindRoute(copied)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}})
}

// The other tests check every request too when the folder is given; this one proves that the check can fail.
func TestSpec_ARequestThatDoesNotFit_IsRefused(t *testing.T) {
	if os.Getenv("TENURE_SPECS") == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	specChecked(t)
	for name, c := range map[string]struct{ method, path, body string }{
		"unknown path": {http.MethodGet, "/api/v3/device_returns/", ""},
		"long name": {http.MethodPost, listPath, `{"device":"laptop","request_charger":true,"request_cell_phone":false,
			"employee_info":{"name":"` + strings.Repeat("x", 26) + `","address_line_1":"1","address_country":"United States"},
			"company_info":{"return_recipient_name":"a","return_address_line_1":"b","return_address_country":"United States","display_name":"d"}}`},
		"unknown device": {http.MethodPost, listPath, `{"device":"toaster"}`},
		"unknown speed": {http.MethodPost, deployPath, `{"device_id":"D1","shipping_speed":"overnight","employee_info":{"name":"a","address_line_1":"1",
			"address_country":"United States"}}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://127.0.0.1"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if checkSpec(req) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// silent drops the test environment's log.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
