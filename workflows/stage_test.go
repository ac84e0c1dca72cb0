package workflows_test

import (
	"context"
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
	"tenure/internal/plan"
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
	world  *world.World
	store  *store.Store
	policy policy.Policy
	leaver company.Person
}

// newStage seeds the company, reads its directory into the store, and registers everything.
func newStage(t *testing.T, shape ...func(*stage)) *stage {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	s := &stage{T: t, env: suite.NewTestWorkflowEnvironment(), leaver: company.DemoLeaver(), policy: companyPolicy(t)}
	s.env.SetTestTimeout(time.Minute)
	s.env.SetStartTime(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC))
	var err error
	s.world, err = world.Start(world.Config{Clock: s.env.Now, People: staff(s.leaver), Pace: world.Pace{Parcel: 72 * time.Hour, Transfer: 3 * time.Hour}})
	s.must(err)
	t.Cleanup(s.world.Close)
	s.store, err = store.Open(t.Context(), store.Config{Path: t.TempDir() + "/tenure.db", SecretKey: [32]byte{1}, Now: s.env.Now})
	s.must(err)
	t.Cleanup(func() { _ = s.store.Close() })
	for _, f := range shape {
		f(s)
	}
	s.register()
	return s
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
	n, err := namely.New(namely.Config{Domain: at["namely"], Token: namelysim.DefaultToken, Now: s.env.Now}, s.store)
	s.must(err)
	_, err = n.ScanDirectory(s.Context(), activities.ScanDirectory{})
	s.must(err)
	add(connect(okta.New(okta.Config{BaseURL: at["okta"], Token: oktasim.DefaultToken, Now: s.env.Now})))
	add(connect(google.New(google.Config{KeyJSON: w.Google.ServiceAccountJSON(at["google"]), Admin: world.GoogleAdmin, BaseURL: at["google"]})))
	add(connect(jamf.New(jamf.Config{BaseURL: at["jamf"], ClientID: jamfsim.DefaultClientID, ClientSecret: jamfsim.DefaultClientSecret,
		PollFor: time.Nanosecond, Now: s.env.Now}, s.store)))
	add(connect(retriever.New(retriever.Config{BaseURL: at["retriever"], APIKey: retrieversim.DefaultKey, Now: s.env.Now, Company: retriever.Company{
		Recipient: "IT Department", Company: "Example Company", DisplayName: "Example IT", Line1: "9 Elm Street", City: "New York", State: "NY", Zip: "10001", Country: "US"}})))
	add(connect(tracking.New(tracking.Config{BaseURL: at["easypost"] + "/v2", APIKey: easypostsim.DefaultKey})))
	add(connect(slack.New(slack.Config{BaseURL: at["slack"], BotToken: slacksim.DefaultBotToken, PostEvery: time.Nanosecond})))
	add(connect(jira.New(jira.Config{BaseURL: at["jira"], Flavour: jira.Cloud, Email: jirasim.DefaultEmail, Token: jirasim.DefaultToken, Now: s.env.Now,
		Wait: func(context.Context, time.Duration) error { return nil }})))
	cases, err := casefile.New(s.store, func() policy.Policy { return s.policy })
	s.must(err)
	add(cases.Bindings())
	return out
}

// request is the leaver's case as the directory watch would ask for it.
func (s *stage) request() workflows.OffboardRequest {
	p, err := s.store.PersonByProfile(s.Context(), s.leaver.ProfileID)
	s.must(err)
	return workflows.OffboardRequest{Employee: p.ID, ProfileID: p.ProfileID, Actor: "namely:watch", Reason: "HR made the person inactive"}
}

// play runs the case to its end.
func (s *stage) play(r workflows.OffboardRequest) activities.CaseView {
	s.Helper()
	s.env.ExecuteWorkflow(string(workflows.ProcessOffboard), workflows.OffboardInput{Request: r})
	if !s.env.IsWorkflowCompleted() {
		s.Fatal("the case did not end")
	}
	s.must(s.env.GetWorkflowError())
	var out workflows.OffboardResult
	s.must(s.env.GetWorkflowResult(&out))
	return out.View
}

// now asks the running case how it stands.
func (s *stage) now() activities.CaseView {
	s.Helper()
	answer, err := s.env.QueryWorkflow(workflows.Status.Name)
	s.must(err)
	var v activities.CaseView
	s.must(answer.Get(&v))
	return v
}

// after does something when so much of the case's time has passed.
func (s *stage) after(d time.Duration, f func()) { s.env.RegisterDelayedCallback(f, d) }

// receive says that IT has the leaver's laptop.
func (s *stage) receive(serial string) {
	p, err := s.store.PersonByProfile(s.Context(), s.leaver.ProfileID)
	s.must(err)
	id := workflows.DeviceReturnID(p.ID, serial).String()
	s.must(s.env.SignalWorkflowByID(id, workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:it", Serial: serial, At: s.env.Now()}))
}

// tell sends an update to the case and returns its refusal, if it refused.
func (s *stage) tell(name string, in any) (refusal error) {
	s.env.UpdateWorkflow(name, name+s.env.Now().String(), &testsuite.TestUpdateCallback{
		OnReject: func(err error) { refusal = err }, OnAccept: func() {}, OnComplete: func(any, error) {},
	}, in)
	return refusal
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

func step(v activities.CaseView, id plan.StepID) activities.StepView {
	for _, st := range v.Steps {
		if st.ID == id {
			return st
		}
	}
	return activities.StepView{}
}

func (s *stage) want(v activities.CaseView, id plan.StepID, state plan.State) {
	s.Helper()
	if got := step(v, id); got.State != state {
		s.Errorf("step %s is %q (%s; %s), want %q", id, got.State, got.Detail, got.Mend, state)
	}
}

// quiet drops the SDK's log lines.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
