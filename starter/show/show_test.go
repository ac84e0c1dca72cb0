package show

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with testdata/<name>.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got+"\n"), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got+"\n")
}

var opened = time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)

// after is an instant of the case.
func after(d time.Duration) time.Time { return opened.Add(d) }

// anybody is a case with nothing done.
func anybody() activities.CaseView {
	return activities.CaseView{Case: "offboard/E1042", Process: "Offboard", Employee: "E1042", Name: "Robin Example", Email: "robin@example.com",
		Title: "Account Executive", Country: "US", Phase: "contain", Headline: "Containing: 2 critical steps not verified yet", Actor: "namely:watch",
		Reason: "HR made the person inactive", Urgency: "normal", Opened: opened, Effective: opened, HREdited: after(-time.Minute), Detected: opened}
}

// everyState has one step in each state.
func everyState() []activities.StepView {
	return []activities.StepView{
		{ID: "okta.suspend", Phase: plan.Contain, State: plan.Verified, Detail: "suspended", ReadBack: "status SUSPENDED", Verified: after(1200 * time.Millisecond)},
		{ID: "okta.devices", Phase: plan.Contain, State: plan.AlreadyAbsent, Detail: "no devices", Verified: after(70 * time.Second)},
		{ID: "okta.roles", Phase: plan.Contain, State: plan.NotApplicable, Detail: "no admin role"},
		{ID: "okta.grants", Phase: plan.Contain, State: plan.Running},
		{ID: "okta.deactivate", Phase: plan.Contain, State: plan.Pending},
		{ID: "google.sessions", Phase: plan.Contain, State: plan.Unverified, Title: "Google signed out", Owner: "IT", Due: after(24 * time.Hour),
			Detail: "Google said yes,\nbut a session is alive", Mend: "look at the account in the admin console", ReadBack: "1 session"},
		{ID: "jamf.lock:C02XY", Phase: plan.Contain, State: plan.Waiting, Detail: "the computer has not answered yet"},
		{ID: "google.hide", Phase: plan.HandOver, State: plan.IgnoredByPolicy, Detail: "policy leaves it"},
		{ID: "app.revoke:figma", Phase: plan.Apps, State: plan.Delegated, Title: "Figma taken away", Owner: "design@example.com", Detail: "the owner of Figma does this"},
		{ID: "app.revoke:miro", Phase: plan.Apps, State: plan.Skipped, Detail: "skipped by cli:jo: no licence there"},
		{ID: "app.revoke:salesforce", Phase: plan.Apps, State: plan.NeedsAttention, Title: "Salesforce taken away", Owner: "IT",
			Detail: "Okta refused it", Mend: "grant the token the right, then try again, because a text as long as this one is never cut where somebody has to act on it"},
	}
}

func TestCase_EveryState(t *testing.T) {
	v := anybody()
	v.Steps = everyState()
	v.WaitsFor = []string{"IT: Google signed out (google.sessions)", "design@example.com: Figma taken away (app.revoke:figma)", "IT: Salesforce taken away (app.revoke:salesforce)"}
	golden(t, "case_every_state", Case(v))
}

func TestMarks_EveryStateHasOne(t *testing.T) {
	seen := map[plan.State]bool{}
	for _, s := range everyState() {
		require.NotEmpty(t, marks[s.State], s.State)
		seen[s.State] = true
	}
	require.Len(t, seen, len(marks), "the golden file shows every state")
}

func TestCase_Approval(t *testing.T) {
	v := anybody()
	v.Phase, v.Headline, v.HRLate = "approval", "Waiting for approval, 1 of 2: a protected person", true
	v.Approvals = &activities.Approvals{Needed: 2, By: []string{"cli:jo"}, Why: "a protected person", Expires: after(72 * time.Hour), Nonce: "1f2e3d4c"}
	v.WaitsFor = []string{"1 more approval"}
	v.NextWake, v.NextWakeWhy = after(72*time.Hour), "approval expires"
	golden(t, "case_approval", Case(v))
}

func TestCase_DevicesLeaseAndHold(t *testing.T) {
	v := anybody()
	v.Phase, v.Urgency, v.Headline = "lease", "emergency", "Contained and verified in 3.1 s; mailbox lent to Kim Example until 2027-01-29"
	v.ContainedAt, v.Heir, v.LeaseEnds = after(3100*time.Millisecond), "Kim Example", after(60*24*time.Hour)
	v.OnHold, v.HoldWhy = true, "legal asks for the mailbox"
	v.NextWake, v.NextWakeWhy = after(53*24*time.Hour), "reminder: the lease ends in 7 days"
	v.Steps = []activities.StepView{{ID: "google.delegate", Phase: plan.HandOver, State: plan.Verified, ReadBack: "delegate accepted", Verified: after(90 * time.Minute)},
		{ID: "device.return:C02XY", Phase: plan.Devices, State: plan.Verified, ReadBack: "in stock", Verified: after(12 * 24 * time.Hour)}}
	v.Returns = []activities.ReturnView{
		{Serial: "C02XY", Route: "box", Milestone: activities.BoxDelivered, Order: "4711", Carrier: "UPS", Tracking: "1Z999", LastSeen: "Delivered, ALBANY NY US"},
		{Serial: "C02AB", Route: "in_person"}}
	v.JiraURL, v.SlackURL, v.WorkflowURL = "https://jira.example.com/browse/IT-7", "https://slack.example.com/archives/C1/p1", "http://127.0.0.1:8233/namespaces/tenure"
	golden(t, "case_lease", Case(v))
}

func TestCase_Closed(t *testing.T) {
	v := anybody()
	v.Phase, v.Headline, v.Closed, v.Outcome = "closed", "Closed: completed", true, "completed"
	v.ContainedAt, v.ClosedAt = after(3100*time.Millisecond), after(90*24*time.Hour)
	v.Steps = []activities.StepView{{ID: "google.suspend", Phase: plan.LeaseEnd, State: plan.Verified, ReadBack: "suspended", Verified: after(60 * 24 * time.Hour)}}
	golden(t, "case_closed", Case(v))
}

func TestPlan(t *testing.T) {
	p, err := policy.Load("../../policies/default.yaml")
	require.NoError(t, err)
	leaver := employee.Employee{ID: "E1042", FirstName: "Robin", LastName: "Example", Email: "robin@example.com", Status: employee.Active}
	leaver.Home.Country = "US"
	heir := plan.Heir{Employee: "E7", Name: "Kim Example", Email: "kim@example.com", Why: "direct manager"}
	built, err := plan.Build(p, leaver, plan.Facts{Managers: []plan.Heir{heir}, Okta: &plan.OktaFacts{}, Google: &plan.GoogleFacts{}, Devices: &plan.DeviceFacts{}}, opened)
	require.NoError(t, err)
	built.PolicyHash = "sha256:0000" // of a file that is edited now and then
	golden(t, "plan", Plan(anybody(), built))
}

func TestList(t *testing.T) {
	row := func(id, phase, blocked, urgency, status string, ago time.Duration) Row {
		return Row{Case: id, Employee: "E1042", Name: "Robin Example", Process: "Offboard", Phase: phase, BlockedOn: blocked, Urgency: urgency, Status: status, Started: after(-ago)}
	}
	rows := []Row{
		row("offboard/E1", "closed", "none", "normal", "completed", 90*24*time.Hour),
		row("offboard/E2", "lease", "none", "normal", "running", 26*time.Hour),
		row("offboard/E3", "hand_over", "person:app.revoke:figma", "normal", "running", 5*24*time.Hour),
		row("offboard/E4", "contain", "none", "emergency", "running", 4*time.Second),
		row("offboard/E5", "approval", "approval", "normal", "running", 10*time.Minute),
		row("device-return/E2/C02XY", "way", "none", "", "running", 25*time.Hour),
		row("offboard/E6", "contain", "person:okta.suspend", "normal", "terminated", 24*time.Hour),
	}
	rows[5].Name = ""
	golden(t, "list", List(rows, opened))
	require.Equal(t, "offboard/E1", rows[0].Case, "the caller's rows stay as they were")
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 1234 * time.Millisecond: "1.2s", 59600 * time.Millisecond: "1m", 90 * time.Second: "1m30s",
		90 * time.Minute: "1h30m", time.Hour: "1h", 71 * time.Hour: "71h", 80 * time.Hour: "3d", 60 * 24 * time.Hour: "60d",
	} {
		require.Equal(t, want, Ago(d))
	}
}

func TestClip(t *testing.T) {
	require.Equal(t, "a b c", Clip(" a\n b\tc ", 5))
	require.Equal(t, "grüß…", Clip("grüßen", 5), "letters, not bytes")
}

func TestActions_OfEveryPhase(t *testing.T) {
	p, err := policy.Load("../../policies/default.yaml")
	require.NoError(t, err)
	for _, phase := range plan.Phases() {
		require.NotEmpty(t, Actions(p, phase), phase)
	}
	require.Nil(t, Actions(p, "no such phase"))
}
