package tracking

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/vendorhttp"
	"tenure/simulators/easypost"
	"tenure/simulators/kit"
)

const code = "9400111800000000000042"

type rig struct {
	t   *testing.T
	sim *easypostsim.Simulator
	sys *System
}

func newRig(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, sim: new(easypostsim.Simulator)}
	srv := httptest.NewServer(r.sim)
	t.Cleanup(srv.Close)
	cfg := Config{BaseURL: srv.URL + "/v2", APIKey: easypostsim.DefaultKey}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if r.sys, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

func run[In, Out any](r *rig, h activities.Activity[In, Out], in In) (Out, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
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

func (r *rig) ensure(carrier string) (activities.Parcel, error) {
	r.t.Helper()
	return run(r, activities.TrackingEnsure, activities.TrackParcel{Tracking: code, Carrier: carrier, IsReturn: true})
}

func (r *rig) mustEnsure(carrier string) activities.Parcel {
	r.t.Helper()
	p, err := r.ensure(carrier)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
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

func TestEnsureTracker_Repeated_IsOneTracker(t *testing.T) {
	r := newRig(t)
	r.sim.Register(code, "usps")
	first := r.mustEnsure("usps")
	if first.Tracker == "" || first.Tracking != code || first.Carrier != "USPS" || first.Status != activities.ParcelCreated || first.Vendor != "pre_transit" {
		t.Errorf("%+v", first)
	}
	if again := r.mustEnsure("USPS"); again.Tracker != first.Tracker {
		t.Errorf("%s and %s", first.Tracker, again.Tracker)
	}
	trackers := r.sim.Snapshot().Trackers
	if len(trackers) != 1 || !trackers[0].IsReturn {
		t.Errorf("%+v", trackers)
	}
}

func TestEnsureTracker_LostAnswer_TheRetryFindsTheSame(t *testing.T) {
	for _, f := range []kit.Fault{{Drop: kit.DropAfter}, {Drop: kit.DropBefore}, {Status: 500}, {Status: 201, Body: "<html>"}, {Status: 201, Body: "{}"}} {
		r := newRig(t)
		f.Times = 1
		r.sim.Inject(f)
		_, err := r.ensure("usps")
		wantProblem(t, err, activities.Unavailable, "")
		r.mustEnsure("usps")
		if n := len(r.sim.Snapshot().Trackers); n != 1 {
			t.Errorf("%+v: %d trackers", f, n)
		}
	}
}

func TestEnsureTracker_Carriers(t *testing.T) {
	cases := []struct{ word, registered, want string }{
		{"usps", "USPS", "USPS"}, {"UPS", "UPS", "UPS"}, {"fedex", "FedEx", "FedEx"}, {"canadapost", "CanadaPost", "CanadaPost"},
		{"Canada Post", "CanadaPost", "CanadaPost"}, {"parcelforce", "Parcelforce", "Parcelforce"},
		{"", "UPS", "UPS"},             // detected
		{"some courier", "UPS", "UPS"}, // a word we do not know is left to EasyPost
		{"usps", "UPS", "UPS"},         // the wrong carrier: detected on the second try
	}
	for _, c := range cases {
		r := newRig(t)
		r.sim.Register(code, c.registered)
		if p := r.mustEnsure(c.word); p.Carrier != c.want {
			t.Errorf("%q: %s", c.word, p.Carrier)
		}
	}
}

func TestEnsureTracker_CannotBeTracked_IsInvalidInput(t *testing.T) {
	r := newRig(t)
	_, err := run(r, activities.TrackingEnsure, activities.TrackParcel{Tracking: "77"})
	wantProblem(t, err, activities.InvalidInput, "Unable to detect")
	_, err = run(r, activities.TrackingEnsure, activities.TrackParcel{Tracking: " "})
	wantProblem(t, err, activities.InvalidInput, "tracking is empty")
	r.sim.Register(code, "UPS")
	r.sim.Inject(kit.Fault{Status: 422, Body: `{"error":{"code":"X","message":["number ` + code + ` is bad"],"errors":["a"]}}`})
	_, err = r.ensure("usps")
	wantProblem(t, err, activities.InvalidInput, "X [number ... is bad]")
	if r.sim.CallsTo(http.MethodPost, "/v2/trackers") != 3 {
		t.Errorf("%d calls; a named carrier is tried with and without", r.sim.CallsTo(http.MethodPost, "/v2/trackers"))
	}
}

func TestEnsureTracker_InFlightDuplicate_IsRetried(t *testing.T) {
	r := newRig(t)
	r.sim.InFlight(1)
	_, err := r.ensure("usps")
	wantProblem(t, err, activities.Unavailable, "right now")
	r.mustEnsure("usps")
}

func TestReadTracker_FollowsTheParcel(t *testing.T) {
	r := newRig(t)
	r.sim.Register(code, "usps")
	id := r.mustEnsure("usps").Tracker
	for word, want := range map[string]activities.ParcelStatus{easypostsim.InTransit: activities.ParcelInTransit, easypostsim.OutForDelivery: activities.ParcelInTransit,
		easypostsim.Delivered: activities.ParcelDelivered, easypostsim.AvailableForPickup: activities.ParcelPickup, easypostsim.ReturnToSender: activities.ParcelException,
		easypostsim.Failure: activities.ParcelException, easypostsim.Error: activities.ParcelException, easypostsim.Cancelled: activities.ParcelCancelled,
		easypostsim.Unknown: activities.ParcelCreated, "teleported": activities.ParcelInTransit} {
		r.sim.Move(code, word)
		p, err := run(r, activities.TrackingRead, activities.ReadTracker{Tracker: id})
		if err != nil || p.Status != want || p.Vendor != word || p.Updated.IsZero() || p.PublicURL == "" || p.Expected.IsZero() || p.LastSeen == "" {
			t.Errorf("%s: %+v %v", word, p, err)
		}
	}
	r.sim.Move(code, easypostsim.InTransit)
	if p, _ := run(r, activities.TrackingRead, activities.ReadTracker{Tracker: id}); p.LastSeen != "Arrived at facility, ALBANY NY US" {
		t.Errorf("last seen: %q", p.LastSeen)
	}
	_, err := run(r, activities.TrackingRead, activities.ReadTracker{Tracker: "trk_0"})
	wantProblem(t, err, activities.NotFound, "no such tracker")
	_, err = run(r, activities.TrackingRead, activities.ReadTracker{})
	wantProblem(t, err, activities.InvalidInput, "tracker is empty")
}

func TestKey_Refused_IsForbidden(t *testing.T) {
	r := newRig(t, func(c *Config) { c.APIKey = "hunter2" })
	_, err := r.ensure("usps")
	wantProblem(t, err, activities.Forbidden, "APIKEY.INACTIVE")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error holds the key: %v", err)
	}
	for _, c := range []struct {
		cfg  Config
		want string
	}{{Config{}, "API key is empty"}, {Config{APIKey: "hunter2", BaseURL: "api.example.com"}, "easypost base URL"}} {
		if _, err := New(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}

func TestProblemOf_EveryRow(t *testing.T) {
	text := func(message string) string {
		return `{"error":{"code":"C","message":` + message + `,"errors":[{"field":"f","message":"m"}]}}`
	}
	cases := []struct {
		status    int
		body, typ string
		text      string
	}{
		{302, "", activities.InvalidInput, "redirects"},
		{400, text(`"A duplicate request is currently In-Flight"`), activities.Unavailable, "right now"},
		{401, text(`"x"`), activities.Forbidden, "API key"},
		{402, text(`"x"`), activities.Forbidden, "payment"},
		{403, "", activities.Forbidden, "API key"},
		{404, text(`"x"`), activities.NotFound, "no such tracker"},
		{408, "", activities.Unavailable, "too late"},
		{429, "", activities.RateLimited, "fewer calls"},
		{405, "", activities.InvalidInput, "refused the tracker"},
		{422, text(`{"tracking_code":["is wrong"]}`), activities.InvalidInput, "C map[tracking_code:[is wrong]]"},
		{422, text(`["a","b"]`), activities.InvalidInput, "C [a b]"},
		{422, text(`"` + strings.Repeat("word ", 100) + `"`), activities.InvalidInput, "word..."},
		{503, "<html>", activities.Unavailable, "not available"},
	}
	hit := map[int]bool{}
	for _, c := range cases {
		p := activities.ProblemOf(problemOf(&vendorhttp.StatusError{System: "easypost", Call: "POST /trackers", Status: c.status, Body: []byte(c.body), RetryAfter: time.Second}))
		if p.Type != c.typ || !strings.Contains(strings.ReplaceAll(p.Text, " ...", "..."), c.text) || (p.Delay > 0) != (c.typ == activities.RateLimited) {
			t.Errorf("%d: %+v", c.status, p)
		}
		if !p.Retryable() && p.Mend == "" {
			t.Errorf("%d: a refusal for good needs a mend", c.status)
		}
		_, message := vendorMessage([]byte(c.body))
		hit[slices.IndexFunc(table, func(r rule) bool {
			return c.status >= r.from && c.status <= r.to && strings.Contains(strings.ToLower(message), r.contains)
		})] = true
	}
	if len(hit) != len(table) {
		t.Errorf("%d of %d rows are tested", len(hit), len(table))
	}
}

// The vendor's own answers are read as our simulator's are.
func TestTracker_PublishedAnswer_IsRead(t *testing.T) {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	for _, name := range []string{"trackers-create-response.json", "trackers-retrieve-response.json"} {
		b, err := os.ReadFile(filepath.Join(dir, "easypost", name))
		if err != nil {
			t.Fatal(err)
		}
		r := newRig(t)
		r.sim.Inject(kit.Fault{Status: 200, Body: string(b)})
		p := r.mustEnsure("usps")
		if !strings.HasPrefix(p.Tracker, "trk_") || p.Status != activities.ParcelCreated || p.Updated.IsZero() || p.LastSeen != "Shipping Label Created, HOUSTON TX" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestRemember_EveryTrackerMadeFoundOrRead_LeadsToItsCase(t *testing.T) {
	followed, broken := map[string]string{}, error(nil)
	r := newRig(t, func(c *Config) {
		c.Remember = func(_ context.Context, tracker, trackingCode, caseID string) error {
			followed[tracker+" "+trackingCode] = caseID
			return broken
		}
	})
	r.sim.Register(code, "usps")
	ref := activities.CaseRef{Case: "device-return/E1042/C02XY"}
	in := activities.TrackParcel{CaseRef: ref, Tracking: code, Carrier: "usps"}
	p, err := run(r, activities.TrackingEnsure, in)
	if err != nil || followed[p.Tracker+" "+code] != ref.Case {
		t.Errorf("made: %v, %v", followed, err)
	}
	clear(followed)
	if _, err = run(r, activities.TrackingEnsure, in); err != nil || followed[p.Tracker+" "+code] != ref.Case {
		t.Errorf("found: %v, %v", followed, err)
	}
	clear(followed)
	if _, err = run(r, activities.TrackingRead, activities.ReadTracker{CaseRef: ref, Tracker: p.Tracker}); err != nil || followed[p.Tracker+" "+code] != ref.Case {
		t.Errorf("read: %v, %v", followed, err)
	}
	broken = errors.New("disk full")
	_, err = run(r, activities.TrackingRead, activities.ReadTracker{CaseRef: ref, Tracker: p.Tracker})
	wantProblem(t, err, activities.Unavailable, "could not be kept")
}
