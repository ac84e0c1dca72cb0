package casefile_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
)

const policyText = `version: 1
company: {name: Example Company, domain: example.com}
time_zones: {default: America/New_York, countries: {KR: Asia/Seoul}}
offboard: {custodian: it@example.com}
approvals: {protected: [E1], needed: 2, emergency_from: [cli]}
`

var scanned = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// office is a casefile over a real store that holds a small company.
type office struct {
	*casefile.Casefile
	store  *store.Store
	policy policy.Policy
}

func newOffice(t testing.TB, people ...employee.Employee) *office {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p, err := policy.Parse("p.yaml", []byte(policyText))
	if err != nil {
		t.Fatal(err)
	}
	o := &office{store: s, policy: p}
	if o.Casefile, err = casefile.New(s, func() policy.Policy { return o.policy }); err != nil {
		t.Fatal(err)
	}
	if len(people) == 0 {
		people = company()
	}
	o.scan(t, people)
	return o
}

func (o *office) scan(t testing.TB, people []employee.Employee) {
	t.Helper()
	if _, err := o.store.Apply(t.Context(), people, scanned); err != nil {
		t.Fatal(err)
	}
}

// company is a boss (protected), a manager, and somebody who works for the manager.
func company() []employee.Employee {
	return []employee.Employee{
		somebody("E1", ""), somebody("E2", "p-E1"), somebody("E3", "p-E2"),
	}
}

func somebody(id, managerProfile string) employee.Employee {
	return employee.Employee{
		ID: employee.ID(id), ProfileID: "p-" + id, Email: strings.ToLower(id) + "@example.com", FullName: "Name " + id,
		Status: employee.Active, WorkerType: employee.FullTime, ManagerProfileID: managerProfile,
		Home: employee.Address{Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207", Country: "US"},
	}
}

func ref(id string) activities.CaseRef {
	return activities.CaseRef{Case: "offboard/" + id, Run: "run-1", Employee: employee.ID(id), Actor: "cli:jo", Opened: scanned, Effective: scanned, Detected: scanned}
}

func opening(id string) activities.OpenCase {
	return activities.OpenCase{CaseRef: ref(id), At: scanned, Process: "Offboard"}
}

// problemOf is the type and the mend of a refusal that Temporal will not try again.
func problemOf(t *testing.T, err error) (typ, text, mend string) {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.NonRetryable() {
		t.Fatalf("not a final refusal: %v", err)
	}
	var d activities.ProblemDetail
	if err := app.Details(&d); err != nil {
		t.Fatal(err)
	}
	return app.Type(), d.Text, d.Mend
}

func TestOpen_LoadsPersonRulesAndWhoTakesOver(t *testing.T) {
	o := newOffice(t)
	if err := o.store.Link(t.Context(), "E3", "okta", "00u3", "login", scanned); err != nil {
		t.Fatal(err)
	}
	got, err := o.Open(t.Context(), opening("E3"))
	if err != nil {
		t.Fatal(err)
	}
	var heirs []string
	for _, h := range got.Managers {
		heirs = append(heirs, h.Email+" "+h.Why)
	}
	want := "e2@example.com manager, e1@example.com manager's manager, it@example.com custodian"
	if strings.Join(heirs, ", ") != want {
		t.Errorf("heirs %v", heirs)
	}
	if got.Person.Email != "e3@example.com" || got.Accounts["okta"] != "00u3" || got.Zone != "America/New_York" || got.HRLate {
		t.Errorf("%+v", got)
	}
	if got.Settings.ApprovalsNeeded != 0 || got.Settings.Lease != 60*24*time.Hour || !strings.Contains(got.Settings.ReplyBody, "Name E2") {
		t.Errorf("%+v", got.Settings)
	}
	if !reflect.DeepEqual(got.Contain, plan.ContainSteps(o.policy, got.Person)) || len(got.Contain) == 0 {
		t.Errorf("%+v", got.Contain)
	}
}

func TestOpen_ByProfile(t *testing.T) {
	in := opening("")
	in.ProfileID = "p-E2"
	got, err := newOffice(t).Open(t.Context(), in)
	if err != nil || got.Person.ID != "E2" {
		t.Errorf("%+v, %v", got.Person, err)
	}
}

func TestOpen_Return_ContainsNothing(t *testing.T) {
	in := opening("E3")
	in.Process = "DeviceReturn"
	got, err := newOffice(t).Open(t.Context(), in)
	if err != nil || got.Contain != nil || got.Settings.Return.Route != plan.ByBox {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOpen_ProtectedPerson_NeedsApproval(t *testing.T) {
	got, err := newOffice(t).Open(t.Context(), opening("E1"))
	if err != nil || got.Settings.ApprovalsNeeded != 2 || got.Settings.ApprovalWhy == "" {
		t.Errorf("%+v, %v", got.Settings, err)
	}
}

func TestOpen_Refuses(t *testing.T) {
	emergency := opening("E1")
	emergency.Emergency, emergency.Actor = true, "slack:U1"
	mixed := opening("E3")
	mixed.ProfileID = "p-E2"
	twin := somebody("E4", "")
	twin.Email = "E3@example.com"
	for _, c := range []struct {
		name            string
		people          []employee.Employee
		in              activities.OpenCase
		typ, text, mend string
	}{
		{"nobody named", nil, opening(""), activities.InvalidInput, "employee is missing", "E1042"},
		{"unknown", nil, opening("E99"), activities.NotFound, "nobody in the directory is employee E99", "tenure list"},
		{"somebody's address instead of an id", nil, opening("e3@example.com"), activities.NotFound, "nobody in the directory is employee e3@example.com", "tenure list"},
		{"id and profile of two people", nil, mixed, activities.NotFound, "employee E3 with profile p-E2", "tenure list"},
		{"a colleague with the same address", append(company(), twin), opening("E3"), activities.Ambiguous, "same work address in Namely as employee E4 with profile p-E4, who is active", "correct the address"},
		{"an emergency from nobody who may", nil, emergency, activities.Forbidden, "slack:U1 may not start an emergency case for E1", "approvals.emergency_from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newOffice(t, c.people...).Open(t.Context(), c.in)
			typ, text, mend := problemOf(t, err)
			if typ != c.typ || !strings.Contains(text, c.text) || !strings.Contains(mend, c.mend) {
				t.Errorf("%s: %s (%s)", typ, text, mend)
			}
		})
	}
}

func TestOpen_EmergencyFromTheDoorPolicyNames_Opens(t *testing.T) {
	in := opening("E1")
	in.Emergency = true
	if _, err := newOffice(t).Open(t.Context(), in); err != nil {
		t.Error(err)
	}
}

// A rehire's old profile keeps its address. The old one is not a colleague.
func TestOpen_AddressOfAFormerProfile_IsNotAmbiguous(t *testing.T) {
	former := somebody("E4", "")
	former.Email, former.Status = "e3@example.com", employee.Inactive
	if _, err := newOffice(t, append(company(), former)...).Open(t.Context(), opening("E3")); err != nil {
		t.Error(err)
	}
}

func TestOpen_HREditedAfterTheDay_IsHRLate(t *testing.T) {
	late := somebody("E3", "p-E2")
	late.DepartureDate = employee.Date{Year: 2026, Month: time.October, Day: 30}
	o := newOffice(t, somebody("E1", ""), somebody("E2", "p-E1"), late)
	evening := time.Date(2026, 10, 30, 21, 0, 0, 0, time.UTC) // 17:00 in New York
	for _, c := range []struct {
		edited time.Time
		want   bool
	}{{time.Time{}, false}, {evening, false}, {evening.Add(time.Minute), true}} {
		in := opening("E3")
		in.HREdited = c.edited
		got, err := o.Open(t.Context(), in)
		if err != nil || got.HRLate != c.want {
			t.Errorf("edited %s: late %v, %v", c.edited, got.HRLate, err)
		}
	}
}

func TestOpen_EditedPolicy_HoldsForTheNextCase(t *testing.T) {
	o := newOffice(t)
	o.policy.Approvals.Protected = []string{"E3"}
	got, err := o.Open(t.Context(), opening("E3"))
	if err != nil || got.Settings.ApprovalsNeeded != 2 {
		t.Errorf("%+v, %v", got.Settings, err)
	}
}

func TestBuildPlan_TakesWhoMayTakeOverNow(t *testing.T) {
	o := newOffice(t)
	people := company()
	people[1].Status = employee.Inactive
	o.scan(t, people)
	stale := plan.Facts{Managers: []plan.Heir{{Employee: "E2", Email: "e2@example.com", Name: "Name E2"}}}
	got, err := o.BuildPlan(t.Context(), activities.BuildPlan{CaseRef: ref("E3"), Person: people[2], Facts: stale, At: scanned})
	if err != nil || got.Heir == nil || got.Heir.Employee != "E1" || got.PolicyHash != o.policy.Hash() {
		t.Errorf("%+v, %v", got.Heir, err)
	}
}

func TestBuildPlan_ImpossibleOrder_IsRefusedForGood(t *testing.T) {
	o := newOffice(t)
	o.policy.Offboard.Order.LeaseEnd = []string{"google.suspend", "google.undelegate"}
	_, err := o.BuildPlan(t.Context(), activities.BuildPlan{CaseRef: ref("E3"), Person: company()[2], At: scanned})
	typ, text, mend := problemOf(t, err)
	if typ != activities.InvalidInput || !strings.Contains(text, "google.suspend stands before google.undelegate") || !strings.Contains(mend, "policy file") {
		t.Errorf("%s: %s (%s)", typ, text, mend)
	}
}

func TestRecheck(t *testing.T) {
	gone := func(edit func([]employee.Employee)) *office {
		o := newOffice(t)
		people := company()
		edit(people)
		o.scan(t, people)
		return o
	}
	for _, c := range []struct {
		name   string
		office *office
		heir   employee.ID
		status employee.Status
		gone   bool
		first  employee.ID
	}{
		{"as it was", newOffice(t), "E2", employee.Active, false, "E2"},
		{"the heir left", gone(func(p []employee.Employee) { p[1].Status = employee.Inactive }), "E2", employee.Active, true, "E1"},
		{"the heir is leaving", gone(func(p []employee.Employee) {
			p[1].DepartureDate = employee.Date{Year: 2026, Month: time.December, Day: 24}
		}), "E2", employee.Active, true, "E1"},
		{"an heir the directory does not have", newOffice(t), "E77", employee.Active, false, "E2"},
		{"a shared mailbox", newOffice(t), "", employee.Active, false, "E2"},
		{"the leaver is back", gone(func(p []employee.Employee) { p[2].Status = employee.Pending }), "E2", employee.Pending, false, "E2"},
	} {
		got, err := c.office.Recheck(t.Context(), activities.Recheck{CaseRef: ref("E3"), Heir: c.heir})
		if err != nil || got.Status != c.status || got.HeirGone != c.gone || got.Managers[0].Employee != c.first {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestRecheck_LeaverNoLongerInTheDirectory_IsNoError(t *testing.T) {
	got, err := newOffice(t).Recheck(t.Context(), activities.Recheck{CaseRef: ref("E99"), Heir: "E2"})
	if err != nil || got.Status != "" || got.HeirGone {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLinkAccounts_RemembersThem_Twice(t *testing.T) {
	o := newOffice(t)
	in := activities.LinkAccounts{CaseRef: ref("E3"), Accounts: activities.Accounts{"okta": "00u3", "google": "333", "jamf": ""}, Method: "login"}
	for range 2 {
		if _, err := o.LinkAccounts(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	got, err := o.store.Accounts(t.Context(), "E3")
	if err != nil || !reflect.DeepEqual(got, map[string]string{"okta": "00u3", "google": "333"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLinkAccounts_SomebodyElsesAccount_IsAmbiguous(t *testing.T) {
	o := newOffice(t)
	if err := o.store.Link(t.Context(), "E2", "okta", "00u2", "login", scanned); err != nil {
		t.Fatal(err)
	}
	_, err := o.LinkAccounts(t.Context(), activities.LinkAccounts{CaseRef: ref("E3"), Accounts: activities.Accounts{"okta": "00u2"}, Method: "login"})
	typ, text, _ := problemOf(t, err)
	if typ != activities.Ambiguous || !strings.Contains(text, "belongs to employee E2") {
		t.Errorf("%s: %s", typ, text)
	}
}

func TestRecordDecision(t *testing.T) {
	o := newOffice(t)
	got, err := o.RecordDecision(t.Context(), activities.Decision{CaseRef: ref("E3"), What: "skip", By: "slack:U1", Reason: "lost at sea",
		Step: "device.return:S1", State: plan.Skipped, At: scanned})
	want := activities.Outcomes{Steps: []activities.Outcome{{Step: "device.return:S1", State: plan.Skipped, Detail: "skip by slack:U1: lost at sea", Executed: scanned}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	// A state in which nothing is recorded must not swallow the decision.
	got, err = o.RecordDecision(t.Context(), activities.Decision{CaseRef: ref("E3"), What: "retry", By: "cli:jo", Step: "okta.roles", State: plan.Running, At: scanned})
	if err != nil || got.Steps[0].State != "" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = o.RecordDecision(t.Context(), activities.Decision{CaseRef: ref("E3"), What: "approve"})
	if typ, _, _ := problemOf(t, err); typ != activities.InvalidInput {
		t.Error(typ)
	}
}

// A store that cannot answer is tried again; it is nobody's mistake.
func TestStoreAway_IsRetried(t *testing.T) {
	o := newOffice(t)
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, open := o.Open(ctx, opening("E3"))
	_, link := o.LinkAccounts(ctx, activities.LinkAccounts{CaseRef: ref("E3"), Accounts: activities.Accounts{"okta": "1"}})
	_, recheck := o.Recheck(ctx, activities.Recheck{CaseRef: ref("E3")})
	_, seal := o.Seal(ctx, activities.SealCase{CaseRef: ref("E3")})
	_, built := o.BuildPlan(ctx, activities.BuildPlan{CaseRef: ref("E3"), Person: company()[2]})
	_, asked := o.Role(ctx, activities.AskRole{CaseRef: ref("E3")})
	_, given := o.Given(ctx, activities.RoleGiven{CaseRef: ref("E3")})
	_, admitted := o.Admit(ctx, admit("E3", scanned))
	_, joined := o.JoinRecords(ctx, joining("E3", "E2"))
	for name, err := range map[string]error{"role": asked, "given": given, "admit": admitted, "join": joined, "open": open, "link": link, "recheck": recheck, "seal": seal, "plan": built} {
		var app *temporal.ApplicationError
		if !errors.As(err, &app) || app.NonRetryable() || app.Type() != activities.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNew_WithoutStoreOrPolicy_SaysWhatIsMissing(t *testing.T) {
	if _, err := casefile.New(nil, func() policy.Policy { return policy.Policy{} }); err == nil || !strings.Contains(err.Error(), "store is missing") {
		t.Error(err)
	}
	o := newOffice(t)
	if _, err := casefile.New(o.store, nil); err == nil || !strings.Contains(err.Error(), "policy is missing") {
		t.Error(err)
	}
}
