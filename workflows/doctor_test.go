package workflows_test

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// surgery is a company whose clocks are this machine's, so that those of the vendors' HTTP servers agree.
func surgery(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, func(s *stage) {
		s.policy.Access.SlackUsers = []string{"U012AB3CD"}
		s.starts = time.Now() // clocks are compared
	})
	for _, b := range s.hr.Bindings() {
		s.env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	s.env.RegisterWorkflowWithOptions(workflows.Doctor, workflow.RegisterOptions{Name: string(workflows.ProcessDoctor)})
	s.scan()
	return s
}

// examine runs the examination. Every finding that is not well says why it matters and what to do, and nothing was
// changed at any vendor.
func (s *stage) examine(in workflows.DoctorInput) (workflows.DoctorResult, []string) {
	s.Helper()
	before := s.mutations()
	s.env.ExecuteWorkflow(string(workflows.ProcessDoctor), in)
	if err := s.env.GetWorkflowError(); err != nil {
		s.Fatal(err)
	}
	var r workflows.DoctorResult
	s.must(s.env.GetWorkflowResult(&r))
	if n := s.mutations() - before; n != 0 {
		s.Errorf("%d calls changed something", n)
	}
	var troubles []string
	for _, f := range r.Findings {
		if f.Severity == activities.FindingOK {
			continue
		}
		troubles = append(troubles, f.Check)
		if f.Text == "" || f.Why == "" || f.Mend == "" {
			s.Errorf("%s does not say what is so, why it matters and what to do: %+v", f.Check, f)
		}
	}
	slices.Sort(troubles)
	return r, troubles
}

// mutations counts the calls that change something at a vendor. Tokens are fetched, and Slack is read, by POST.
func (s *stage) mutations() (n int) {
	for _, k := range s.world.Kits() {
		n += k.Mutations("/token", "/api/v1/oauth/token", "/api/oauth/token", "/api/auth.test", "/api/conversations.info", "/api/usergroups.list")
	}
	return n
}

func find(t *testing.T, r workflows.DoctorResult, check string) activities.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("nothing was found about %s: %+v", check, r.Findings)
	return activities.Finding{}
}

func TestDoctor_HealthyCompany_IsToldWhatWasLookedAt(t *testing.T) {
	s := surgery(t)
	r, troubles := s.examine(workflows.DoctorInput{})
	if len(troubles) != 0 {
		t.Errorf("not well: %v in %+v", troubles, r.Findings)
	}
	systems := map[string]int{}
	for _, f := range r.Findings {
		systems[f.System]++
	}
	for _, name := range workflows.Examined() {
		if systems[name] == 0 {
			t.Errorf("nothing was looked at in %s", name)
		}
	}
	if r.PolicyHash != s.policy.Hash() {
		t.Errorf("policy hash %q, want %q", r.PolicyHash, s.policy.Hash())
	}
	if !slices.IsSortedFunc(r.Findings, func(a, b activities.Finding) int { return strings.Compare(a.System, b.System) }) {
		t.Error("the findings are not grouped by system")
	}
}

func TestDoctor_TroublesOfEverySystem_AreFoundTogether(t *testing.T) {
	s := surgery(t)
	s.world.Okta.AddApp(oktasim.App{Name: "google", Label: "Google Workspace", Features: []string{"PUSH_USER_DEACTIVATION"}})
	s.world.Namely.Hidden = []string{"departure_date"}
	s.world.Slack.WithoutScopes = []string{"groups:history"}
	s.world.Retriever.Inject(kit.Fault{Status: http.StatusServiceUnavailable})
	s.policy.Offboard.OrgUnit = "/Gone"
	_, troubles := s.examine(workflows.DoctorInput{})
	for _, want := range []string{"google.org-unit", "namely.field.departure_date", "okta.google-push", "retriever.let-in", "slack.scope.groups:history"} {
		if !slices.Contains(troubles, want) {
			t.Errorf("%s was not found among %v", want, troubles)
		}
	}
}

func TestDoctor_Only_CallsNobodyElse(t *testing.T) {
	s := surgery(t)
	before := map[string]int{}
	for name, k := range s.world.Kits() {
		before[name] = len(k.Calls())
	}
	r, _ := s.examine(workflows.DoctorInput{Only: []string{"okta"}})
	for name, k := range s.world.Kits() {
		if n := len(k.Calls()) - before[name]; (n > 0) != (name == "okta") {
			t.Errorf("%d calls to %s", n, name)
		}
	}
	for _, f := range r.Findings {
		if f.System != "okta" {
			t.Errorf("a finding about %s: %+v", f.System, f)
		}
	}
	if r.PolicyHash == "" {
		t.Error("the policy was not read")
	}
}

func TestDoctor_QueueThatNobodyTakes_IsAFinding(t *testing.T) {
	s := surgery(t)
	// What the server says when no worker has taken the task in time.
	s.env.OnActivity(activities.JamfExamine.Name, mock.Anything, mock.Anything).
		Return(activities.Findings{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START, nil))
	s.env.OnActivity(activities.JiraExamine.Name, mock.Anything, mock.Anything).
		Return(activities.Findings{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil))
	s.env.OnActivity(activities.TrackingExamine.Name, mock.Anything, mock.Anything).
		Return(activities.Findings{}, errors.New("the worker does not know this activity"))
	r, troubles := s.examine(workflows.DoctorInput{})
	if want := []string{"jamf.worker", "jira.examination", "tracking.examination"}; !slices.Equal(troubles, want) {
		t.Fatalf("not well: %v, want %v", troubles, want)
	}
	if f := find(t, r, "jamf.worker"); f.Severity != activities.FindingFailure || !strings.Contains(f.Text, "no worker took an examination from the queue jamf") {
		t.Errorf("%+v", f)
	}
	if f := find(t, r, "jira.examination"); !strings.Contains(f.Text, "did not end within 30s") {
		t.Errorf("%+v", f)
	}
	if f := find(t, r, "tracking.examination"); !strings.Contains(f.Text, "does not know this activity") {
		t.Errorf("%+v", f)
	}
}

func TestDoctor_OwnExaminationFails_VendorsAreExaminedAllTheSame(t *testing.T) {
	s := surgery(t)
	s.must(s.store.Close())
	r, troubles := s.examine(workflows.DoctorInput{Only: []string{"okta", "tenure"}})
	if !slices.Contains(troubles, "tenure.store") {
		t.Errorf("a store that is lost: %v", troubles)
	}
	if f := find(t, r, "okta.let-in"); f.Severity != activities.FindingOK {
		t.Errorf("%+v", f)
	}
}

// What was looked at in a healthy company is explained in the manual, by the name under which it is found.
func TestDoctor_ManualNamesEveryCheck(t *testing.T) {
	manual, err := os.ReadFile("../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	r, _ := surgery(t).examine(workflows.DoctorInput{})
	for _, f := range r.Findings {
		if !strings.Contains(string(manual), "`"+f.Check+"`") {
			t.Errorf("docs/doctor.md does not name %s", f.Check)
		}
	}
}

func TestDoctorID(t *testing.T) {
	if got := workflows.DoctorID("a/b"); got != "doctor/a%2Fb" {
		t.Errorf("id %q", got)
	}
	var want []string
	for _, h := range activities.All() {
		if strings.HasSuffix(h.Name, ".Examine") && h.Queue != activities.QueueLifecycle {
			want = append(want, h.Queue)
		}
	}
	got := workflows.Examined()
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s can be examined, and Doctor does not", name)
		}
	}
	if len(got) != len(want)+1 {
		t.Errorf("examined: %v", got)
	}
}
