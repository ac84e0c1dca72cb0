package namely_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/activities/namely"
	"tenure/internal/employee"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
)

var now = time.Date(2026, 11, 30, 17, 0, 40, 0, time.UTC)

// memory is a directory without a disk: the last scan, what followed from each, and why there was none.
type memory struct {
	people []employee.Employee
	last   employee.Scan
	events []employee.Event
	scans  int
	broken error
	failed []employee.Poll
}

func (m *memory) Apply(_ context.Context, scan employee.Scan) (employee.ScanSummary, error) {
	if m.broken != nil {
		return employee.ScanSummary{}, m.broken
	}
	sum := employee.ScanSummary{Profiles: len(scan.People), Baseline: m.scans == 0}
	if !sum.Baseline {
		events := employee.Diff(m.people, scan.People, scan.At)
		sum.Events, m.events = len(events), append(m.events, events...)
	}
	m.people, m.last = scan.People, scan
	m.scans++
	return sum, nil
}

func (m *memory) Fail(_ context.Context, at time.Time, profiles int, how employee.PollOutcome, why employee.Distrust) error {
	m.failed = append(m.failed, employee.Poll{Outcome: how, At: at, Profiles: profiles, Distrust: &why})
	return nil
}

// bench is a Namely with people, the system that reads it, and the directory that keeps what was read.
type bench struct {
	t         *testing.T
	sim       *namelysim.Simulator
	directory memory
	cfg       namely.Config
	base      string
}

func newBench(t *testing.T, people int) *bench {
	t.Helper()
	b := &bench{t: t, sim: &namelysim.Simulator{}}
	b.sim.Clock = func() time.Time { return now }
	srv := httptest.NewServer(b.sim)
	t.Cleanup(srv.Close)
	b.base = srv.URL
	b.cfg = namely.Config{Domain: srv.URL, Token: namelysim.DefaultToken, Now: func() time.Time { return now }}
	for i := range people {
		b.sim.AddProfile(person(i))
	}
	return b
}

func person(i int) namelysim.Profile {
	return namelysim.Profile{ID: fmt.Sprintf("p-%04d", i), Email: fmt.Sprintf("p%d@example.com", i), FirstName: "P", LastName: fmt.Sprint(i),
		EmployeeID: fmt.Sprintf("E%d", i), Start: "2020-01-15", CreatedAt: now.Add(time.Duration(i) * time.Second)}
}

func (b *bench) system() *namely.System {
	b.t.Helper()
	s, err := namely.New(b.cfg, &b.directory)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// scan runs the activity in Temporal's environment.
func (b *bench) scan() (activities.ScanResult, error) {
	b.t.Helper()
	var result activities.ScanResult
	err := b.run(activities.NamelyScanDirectory.Name, activities.ScanDirectory{}, &result)
	return result, err
}

// fields lists the fields in Temporal's environment.
func (b *bench) fields() (activities.Fields, error) {
	b.t.Helper()
	var result activities.Fields
	err := b.run(activities.NamelyListFields.Name, activities.ListFields{}, &result)
	return result, err
}

func (b *bench) run(name string, in, out any) error {
	b.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	for _, bind := range b.system().Bindings() {
		env.RegisterActivityWithOptions(bind.Func, activity.RegisterOptions{Name: bind.Name})
	}
	var encoded converter.EncodedValue
	encoded, err := env.ExecuteActivity(name, in)
	if err != nil {
		return err
	}
	return encoded.Get(out)
}

// problem asserts that err carries a problem of this type, and that its words are in it.
func problem(t *testing.T, err error, typ string, words ...string) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != typ {
		t.Fatalf("error %v, want a problem of type %s", err, typ)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), namelysim.DefaultToken) {
		t.Errorf("the error holds the token: %v", err)
	}
	return app
}

func TestScanDirectory_BaselineThenALeaver(t *testing.T) {
	b := newBench(t, 120)
	got, err := b.scan()
	if err != nil || got != (activities.ScanResult{Profiles: 120, Baseline: true, At: now}) {
		t.Fatalf("first scan %+v, %v", got, err)
	}
	b.sim.SetStatus("p-0077", "inactive")
	got, err = b.scan()
	if err != nil || got.Events != 1 || got.Baseline {
		t.Fatalf("second scan %+v, %v", got, err)
	}
	events := b.directory.events
	if len(events) != 1 || events[0].Kind != employee.Left || events[0].Employee != "E77" || !events[0].HREdited.Equal(now) {
		t.Errorf("events %+v", events)
	}
}

func TestScanDirectory_ReadsUntilTheEmptyPage(t *testing.T) {
	for people, pages := range map[int]int{49: 2, 50: 2, 51: 3, 100: 3} {
		b := newBench(t, people)
		if got, err := b.scan(); err != nil || got.Profiles != people {
			t.Fatalf("%d people: %+v, %v", people, got, err)
		}
		if calls := b.sim.CallsTo("GET", "/api/v1/profiles"); calls != pages {
			t.Errorf("%d people: %d pages read, want %d", people, calls, pages)
		}
	}
}

func TestScanDirectory_MissingProfile_IsNoLeaver(t *testing.T) {
	b := newBench(t, 3)
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	b.sim.Remove("p-0001")
	if got, err := b.scan(); err != nil || got.Profiles != 2 || got.Events != 0 {
		t.Errorf("scan %+v, %v", got, err)
	}
}

func TestScanDirectory_HiddenFields_AreNamedAndTheScanDiscarded(t *testing.T) {
	b := newBench(t, 3)
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	b.sim.Hidden = []string{"departure_date", "reports_to", "salary"}
	b.sim.SetStatus("p-0001", "inactive")
	_, err := b.scan()
	app := problem(t, err, activities.InvalidInput, "departure_date", "reports_to", "role")
	if !app.NonRetryable() || strings.Contains(err.Error(), "start_date") || strings.Contains(err.Error(), "salary") {
		t.Errorf("problem %v", err)
	}
	if b.directory.scans != 1 {
		t.Error("a scan that must not be believed was kept")
	}
}

func TestScanDirectory_Nobody_IsARefusal(t *testing.T) {
	_, err := newBench(t, 0).scan()
	_ = problem(t, err, activities.InvalidInput, "nobody", "role")
}

func TestScanDirectory_Throttled_WaitsForTheNextMinute(t *testing.T) {
	b := newBench(t, 1)
	b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Throttle: true})
	_, err := b.scan()
	app := problem(t, err, activities.RateLimited, "406")
	if app.NonRetryable() || app.NextRetryDelay() != 20*time.Second {
		t.Errorf("delay %v at %s, want 20s", app.NextRetryDelay(), now.Format(time.TimeOnly))
	}
}

func TestScanDirectory_TokenRefused_SaysWhyAndWhatToDo(t *testing.T) {
	cases := map[string]struct {
		spoil func(*bench)
		words []string
	}{
		"wrong token":           {func(b *bench) { b.cfg.Token = "wrong" }, []string{"refused the token", "personal access token"}},
		"owner signs in by SSO": {func(b *bench) { b.sim.OwnerUsesSSO = true }, []string{"invalid", "SSO", "integrations"}},
		"owner left":            {func(b *bench) { b.sim.OwnerDeactivated = true }, []string{"deactivated", "integrations"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1)
			c.spoil(b)
			_, err := b.scan()
			if app := problem(t, err, activities.Forbidden, c.words...); !app.NonRetryable() {
				t.Error("a refused token is tried again")
			}
		})
	}
}

func TestScanDirectory_StatusTable(t *testing.T) {
	cases := map[int]string{
		301: activities.InvalidInput, 401: activities.Forbidden, 403: activities.Forbidden, 404: activities.NotFound,
		406: activities.RateLimited, 408: activities.Unavailable, 418: activities.InvalidInput, 422: activities.InvalidInput,
		429: activities.RateLimited, 500: activities.Unavailable, 502: activities.Unavailable, 504: activities.Unavailable,
	}
	for status, typ := range cases {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			b := newBench(t, 1)
			b.sim.Inject(kit.Fault{Path: "/api/v1/groups", Status: status})
			_, err := b.scan()
			_ = problem(t, err, typ)
		})
	}
}

func TestScanDirectory_ConnectionLost_IsUnavailable(t *testing.T) {
	b := newBench(t, 1)
	b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Drop: kit.DropBefore})
	_, err := b.scan()
	_ = problem(t, err, activities.Unavailable)
}

func TestScanDirectory_RetryAfterOf429_IsTheDelay(t *testing.T) {
	b := newBench(t, 1)
	b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: 429, Header: map[string]string{"Retry-After": "7"}})
	_, err := b.scan()
	if app := problem(t, err, activities.RateLimited); app.NextRetryDelay() != 7*time.Second {
		t.Errorf("delay %v", app.NextRetryDelay())
	}
}

// What is sent instead of the list must never be taken for an empty or a shorter company.
func TestScanDirectory_BadPages_DiscardTheScan(t *testing.T) {
	cases := map[string]struct{ body, typ, word string }{
		"a page for people":    {"<html>Sign in to see salaries</html>", activities.Unavailable, "not the expected JSON"},
		"no list":              {`{"meta":{"count":0}}`, activities.Unavailable, "no list"},
		"list of nulls":        {`{"profiles":[null]}`, activities.InvalidInput, "without an id"},
		"the same page always": {`{"profiles":[{"id":"a","user_status":"active","start_date":"","departure_date":"","reports_to":[]}]}`, activities.Unavailable, "does not end"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2)
			if name == "list of nulls" {
				b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: 200, Body: c.body, Times: 1})
			} else {
				b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: 200, Body: c.body})
			}
			_, err := b.scan()
			_ = problem(t, err, c.typ, c.word)
			if strings.Contains(err.Error(), "salaries") {
				t.Errorf("the error quotes the body: %v", err)
			}
			if b.directory.scans != 0 {
				t.Error("a bad scan was kept")
			}
		})
	}
}

func TestScanDirectory_FewerThanCounted_IsDiscarded(t *testing.T) {
	b := newBench(t, 2)
	row := `{"id":"a","user_status":"active","start_date":"","departure_date":"","reports_to":[]}`
	b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Times: 1, Status: 200, Body: `{"profiles":[` + row + `],"meta":{"count":1,"total_count":4}}`})
	_, err := b.scan()
	// The second page is the simulator's own and empty.
	_ = problem(t, err, activities.Unavailable, "counts 4", "showed 1")
}

// A row that moves to a later page while pages are read comes twice; its newer reading counts.
func TestScanDirectory_RowTwice_IsOnePersonAsLastEdited(t *testing.T) {
	b := newBench(t, 0)
	row := func(status string, updated int) string {
		return fmt.Sprintf(`{"id":"a","user_status":%q,"updated_at":%d,"start_date":"","departure_date":"","reports_to":[]}`, status, updated)
	}
	first := b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Times: 1, Status: 200, Body: `{"profiles":[` + row("active", 100) + `]}`})
	b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Times: 1, Status: 200, Body: `{"profiles":[` + row("inactive", 200) + `]}`})
	defer first()
	people, err := b.system().People(t.Context())
	if err != nil || len(people) != 1 || people[0].Status != employee.Inactive {
		t.Errorf("people %+v, %v", people, err)
	}
}

// 103 pages are more than a minute's share. The scan waits in between and never meets the throttle.
func TestScanDirectory_LargeCompany_StaysUnderTheThrottle(t *testing.T) {
	b := newBench(t, 0)
	profiles := make([]namelysim.Profile, 5100)
	for i := range profiles {
		profiles[i] = person(i)
	}
	b.sim.AddProfiles(profiles...)
	clock := now
	b.sim.Clock = func() time.Time { return clock }
	b.sim.RateLimits = true
	b.cfg.Now = func() time.Time { return clock }
	var waited []time.Duration
	b.cfg.Pause = func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		clock = clock.Add(d)
		return nil
	}
	people, err := b.system().People(t.Context())
	if err != nil || len(people) != len(profiles) {
		t.Fatalf("%d people, %v", len(people), err)
	}
	if len(waited) == 0 {
		t.Error("103 requests went out in one minute")
	}
	if slices.ContainsFunc(b.sim.Calls(), func(c kit.Call) bool { return c.Status == http.StatusNotAcceptable }) {
		t.Error("Namely had to throttle")
	}
}

func TestScanDirectory_Cancelled_StopsAtOnce(t *testing.T) {
	b := newBench(t, 60)
	b.cfg.PerMinute = 1
	b.cfg.Pause = func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithCancel(t.Context())
	b.sim.Clock = func() time.Time { cancel(); return now } // while the first page is answered
	_, err := b.system().ScanDirectory(ctx, activities.ScanDirectory{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation itself", err)
	}
}

func TestScanDirectory_DirectoryDown_IsUnavailable(t *testing.T) {
	b := newBench(t, 1)
	b.directory.broken = errors.New("disk is full")
	_, err := b.scan()
	_ = problem(t, err, activities.Unavailable, "keep the directory")
}

// A worker that was paused hands in what it read after another did: that is no trouble of Namely's, and is read anew.
func TestScanDirectory_Overtaken_IsTriedAgainAndNotNoted(t *testing.T) {
	b := newBench(t, 1)
	b.directory.broken = employee.ErrOvertaken
	_, err := b.scan()
	_ = problem(t, err, activities.Unavailable, "newer reading")
	if len(b.directory.failed) != 0 {
		t.Errorf("noted %+v", b.directory.failed)
	}
	b.directory.broken = nil
	if _, err := b.scan(); err != nil || b.directory.last.Began.IsZero() {
		t.Errorf("%v, began %s", err, b.directory.last.Began)
	}
}

func TestPeople_EveryFieldArrives(t *testing.T) {
	b := newBench(t, 0)
	b.sim.SetOffice("Berlin", namelysim.Address{Line1: "Laternenweg 12", City: "Berlin", Zip: "10115", Country: "DE"})
	boss := b.sim.AddProfile(namelysim.Profile{ID: "boss", Email: "boss@example.com", FirstName: "Max", LastName: "Fernkettle"})
	b.sim.AddProfile(namelysim.Profile{ID: "p1", Email: "jo@example.com", FirstName: "Jo", LastName: "Fernkettle", Status: "pending", JobTitle: "Designer",
		EmployeeType: "Part Time", EmployeeID: "E7", Start: "2026-01-15", Departure: "2026-12-01", Personal: "jo@example.org", ReportsTo: boss.ID,
		Home:       namelysim.Address{Line1: "1 Main Street", Line2: "Apt 2", City: "Albany", State: "NY", Zip: "12207", Country: "us"},
		Department: "Design", Office: "Berlin", Custom: map[string]any{"shirt_size": "M", "odd": []any{1, nil}}})
	want := employee.Employee{ID: "E7", ProfileID: "p1", Email: "jo@example.com", FirstName: "Jo", LastName: "Fernkettle", FullName: "Jo Fernkettle",
		Status: employee.Pending, WorkerType: employee.PartTime, Title: "Designer", Department: "Design", Office: "Berlin", ManagerProfileID: "boss",
		StartDate: employee.Date{Year: 2026, Month: time.January, Day: 15}, DepartureDate: employee.Date{Year: 2026, Month: time.December, Day: 1},
		PersonalEmail: "jo@example.org",
		Home:          employee.Address{Line1: "1 Main Street", Line2: "Apt 2", City: "Albany", State: "NY", Zip: "12207", Country: "US"},
		OfficeAddress: employee.Address{Line1: "Laternenweg 12", City: "Berlin", Zip: "10115", Country: "DE"}, UpdatedAt: now}
	for name, spoil := range map[string]func(){"as today": func() {}, "types as text": func() { b.sim.PlainType = true }} {
		spoil()
		people, err := b.system().People(t.Context())
		if err != nil || len(people) != 2 {
			t.Fatalf("%s: %+v, %v", name, people, err)
		}
		if !reflect.DeepEqual(people[1], want) {
			t.Errorf("%s: got\n%+v, want\n%+v", name, people[1], want)
		}
		if people[0].ManagerProfileID != "" || people[0].Department != "" {
			t.Errorf("%s: the boss reports to %q in %q", name, people[0].ManagerProfileID, people[0].Department)
		}
	}
}
