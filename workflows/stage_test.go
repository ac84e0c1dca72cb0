package workflows_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/activities/google"
	"tenure/activities/jamf"
	"tenure/activities/jira"
	"tenure/activities/namely"
	"tenure/activities/okta"
	"tenure/activities/retriever"
	"tenure/activities/slack"
	"tenure/activities/tracking"
	"tenure/internal/employee"
	"tenure/internal/guard"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/policies"
	"tenure/simulators/company"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	retrieversim "tenure/simulators/retriever"
	slacksim "tenure/simulators/slack"
	"tenure/simulators/world"
	"tenure/workers/evidence"
	"tenure/workflows"
)

// stage is a whole company on which a process is played in skipped time: the real activities against the vendors'
// stand-ins over HTTP, whose clock is the workflow's.
type stage struct {
	*testing.T
	env    *testsuite.TestWorkflowEnvironment
	plays  atomic.Pointer[testsuite.TestWorkflowEnvironment] // env, for those who ask for the time from elsewhere
	config world.Config
	world  *world.World
	store  *store.Store
	hr     *namely.System
	policy policy.Policy
	leaver company.Person
	starts time.Time // when the curtain rises
	// leaving says whether an offboarding of the person is at work elsewhere; heard are the offboardings that were told
	// something.
	leaving func() bool
	heard   []string
}

// opening is when the curtain rises on every stage: a Monday morning in New York.
var opening = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// newStage seeds the company, reads its directory into the store, and registers everything. Shapes change the
// leaver, the people, the policy or the vendors' pace before anything is built.
func newStage(t *testing.T, shape ...func(*stage)) *stage {
	t.Helper()
	leaver := company.DemoLeaver()
	s := &stage{T: t, starts: opening, leaver: leaver, policy: companyPolicy(t), config: world.Config{People: staff(leaver),
		Pace: world.Pace{Parcel: 72 * time.Hour, Transfer: 3 * time.Hour}}}
	for _, f := range shape {
		f(s)
	}
	s.light()
	s.config.Clock = func() time.Time { return s.plays.Load().Now() }
	var err error
	s.world, err = world.Start(s.config)
	s.must(err)
	s.world.Namely.Owner = s.bystander().ProfileID
	t.Cleanup(s.world.Close)
	s.store, err = store.Open(t.Context(), store.Config{Path: t.TempDir() + "/tenure.db", SecretKey: [32]byte{1}, Now: s.config.Clock})
	s.must(err)
	t.Cleanup(func() { _ = s.store.Close() })
	s.register()
	s.scan()
	return s
}

// bystander is somebody with whom no case has to do: the Namely token is theirs, for one whose owner has left is not
// believed.
func (s *stage) bystander() company.Person {
	for i := len(s.config.People) - 1; i >= 0; i-- {
		p := s.config.People[i]
		manages := slices.ContainsFunc(s.config.People, func(q company.Person) bool { return q.Manager == p.ProfileID })
		if p.Status == "active" && p.ProfileID != s.leaver.ProfileID && !manages {
			return p
		}
	}
	s.Fatal("everybody is in the play")
	return company.Person{}
}

// light makes the environment of one run.
func (s *stage) light() {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	s.env = suite.NewTestWorkflowEnvironment()
	s.plays.Store(s.env)
	s.env.SetTestTimeout(time.Minute)
	s.env.SetStartTime(s.starts)
}

// staff is the leaver with everybody whom the case can meet: a small company makes a quick test.
func staff(leaver company.Person) []company.Person {
	all := company.People()
	keep := map[string]bool{}
	for id := leaver.ProfileID; id != ""; {
		p, _ := company.Find(all, id)
		keep[id] = true
		id = p.Manager
	}
	var out []company.Person
	for i, p := range all {
		if keep[p.ProfileID] || i < 25 {
			out = append(out, p)
		}
	}
	return out
}

// companyPolicy is the documented default with this company's channel and project.
func companyPolicy(t *testing.T) policy.Policy {
	t.Helper()
	body, err := policies.Read("default")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse("default.yaml", body)
	if err != nil {
		t.Fatal(err)
	}
	p.Slack.Channel, p.Jira.Project = world.ITChannel, jirasim.DefaultProject
	p.Apps.Unlisted = policy.App{Method: policy.Automatic}
	p.Apps.Listed = nil
	p.Offboard.OrgUnit = world.LeaversUnit
	p.Offboard.Custodian = company.Custodian().Login
	return p
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// register binds every process and every activity, with evidence kept as in production.
func (s *stage) register() {
	s.env.RegisterWorkflowWithOptions(workflows.Offboard, workflow.RegisterOptions{Name: string(workflows.ProcessOffboard)})
	s.env.RegisterWorkflowWithOptions(workflows.DeviceReturn, workflow.RegisterOptions{Name: string(workflows.ProcessDeviceReturn)})
	s.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{evidence.New(s.store)}})
	for _, b := range s.bindings() {
		s.env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
}

// scan reads the HR system into the store, as the directory watch does.
func (s *stage) scan() {
	s.Helper()
	_, err := s.hr.ScanDirectory(s.Context(), activities.ScanDirectory{})
	s.must(err)
}

type system interface{ Bindings() []activities.Binding }

func (s *stage) bindings() []activities.Binding {
	w, at := s.world, s.world.URL
	connect := func(sys system, err error) []activities.Binding {
		s.Helper()
		s.must(err)
		return sys.Bindings()
	}
	var out []activities.Binding
	add := func(b []activities.Binding) { out = append(out, b...) }
	now := s.config.Clock
	var err error
	s.hr, err = namely.New(namely.Config{Domain: at["namely"], Token: namelysim.DefaultToken, Now: now, Details: s.details}, s.store.Directory(guard.New(func() policy.Policy { return s.policy })))
	s.must(err)
	gate := casefile.NewGate(s.store, func() policy.Policy { return s.policy })
	gate.Now = now
	owner := func(system string) func(context.Context, string) (employee.ID, error) {
		return func(ctx context.Context, account string) (employee.ID, error) {
			return s.store.AccountPerson(ctx, system, account)
		}
	}
	add(connect(okta.New(okta.Config{BaseURL: at["okta"], Token: oktasim.DefaultToken, Now: now, Gate: gate, Owner: owner("okta"),
		Poll: time.Millisecond, Patience: 50 * time.Millisecond})))
	add(connect(google.New(google.Config{KeyJSON: w.Google.ServiceAccountJSON(at["google"]), Admin: world.GoogleAdmin, BaseURL: at["google"], Now: now, Gate: gate, Owner: owner("google"),
		Settle: time.Millisecond})))
	add(connect(jamf.New(jamf.Config{BaseURL: at["jamf"], ClientID: jamfsim.DefaultClientID, ClientSecret: jamfsim.DefaultClientSecret,
		PollFor: time.Nanosecond, Now: now}, s.store)))
	add(connect(retriever.New(retriever.Config{BaseURL: at["retriever"], APIKey: retrieversim.DefaultKey, Now: now, Company: retriever.Company{
		Recipient: "IT Department", Company: "Example Company", DisplayName: "Example IT", Line1: "9 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}})))
	add(connect(tracking.New(tracking.Config{BaseURL: at["easypost"] + "/v2", APIKey: easypostsim.DefaultKey, Remember: s.store.RememberTracker})))
	add(connect(slack.New(slack.Config{BaseURL: at["slack"], BotToken: slacksim.DefaultBotToken, PostEvery: time.Nanosecond})))
	// A wait inside an activity passes no time of the workflow's; Jira, whose search lags behind, gets a clock for it.
	var waited atomic.Int64
	late := func() time.Time { return now().Add(time.Duration(waited.Load())) }
	w.Jira.Clock = late
	add(connect(jira.New(jira.Config{BaseURL: at["jira"], Flavour: jira.Cloud, Email: jirasim.DefaultEmail, Token: jirasim.DefaultToken, Now: late,
		Wait: func(_ context.Context, d time.Duration) error { waited.Add(int64(d)); return nil }})))
	cases, err := casefile.New(s.store, func() policy.Policy { return s.policy })
	s.must(err)
	add(cases.Bindings())
	return out
}

// details is what the policy has read of every profile besides.
func (s *stage) details() namely.Details {
	d := namely.Details{Leave: namely.Leave{Field: s.policy.Feed.Leave.Field, Values: s.policy.Feed.Leave.Values}, Fields: map[string]namely.FieldSource{}}
	for name, f := range s.policy.Mapping.Fields {
		d.Fields[name] = namely.FieldSource{Field: f.Field, Group: f.Group}
	}
	return d
}

func (s *stage) laptop() company.Device {
	for _, d := range s.leaver.Devices {
		if !d.Mobile {
			return d
		}
	}
	s.Fatal("the demo's leaver has no laptop")
	return company.Device{}
}

// manager is the leaver's manager.
func (s *stage) manager() company.Person {
	p, ok := company.Find(s.config.People, s.leaver.Manager)
	if !ok {
		s.Fatal("the leaver has no manager")
	}
	return p
}

// managerOf is a manager's own manager, chainUp the same with whether there is one.
func (s *stage) managerOf(p company.Person) company.Person {
	m, ok := s.chainUp(p)
	if !ok {
		s.Fatalf("%s has no manager", p.Email)
	}
	return m
}

func (s *stage) chainUp(p company.Person) (company.Person, bool) {
	return company.Find(s.config.People, p.Manager)
}

// quiet drops the SDK's log lines.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
