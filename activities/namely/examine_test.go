package namely_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/activities/namely"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
)

// nowhere is a directory that an examination has no use for.
type nowhere struct{ namely.Directory }

// company is a Namely with three people in a department and an office, by this machine's clock.
func company(t *testing.T) (*namelysim.Simulator, *namely.System) {
	t.Helper()
	sim := &namelysim.Simulator{}
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	for i := range 3 {
		p := person(i)
		p.Department, p.Office = "Sales", "New York"
		sim.AddProfile(p)
	}
	sys, err := namely.New(namely.Config{Domain: srv.URL, Token: namelysim.DefaultToken}, nowhere{})
	if err != nil {
		t.Fatal(err)
	}
	return sim, sys
}

// examine looks the company over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func examine(t *testing.T, sim *namelysim.Simulator, sys *namely.System, in activities.Examine) map[string]activities.Finding {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	for _, b := range sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	value, err := env.ExecuteActivity(activities.NamelyExamine.Name, in)
	if err != nil {
		t.Fatal(err)
	}
	var out activities.Findings
	if err := value.Get(&out); err != nil {
		t.Fatal(err)
	}
	for _, c := range sim.Calls() {
		if c.Method != http.MethodGet {
			t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(t, "namely", out.Findings)
	return found
}

func TestExamine_HealthyCompany_IsToldWhatWasLookedAt(t *testing.T) {
	sim, sys := company(t)
	found := examine(t, sim, sys, activities.Examine{LeaveField: "employee_type"})
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "clock", "profiles", "fields", "token-owner", "groups"} {
		examinetest.Want(t, found, "namely."+check, activities.FindingOK)
	}
	examinetest.Want(t, found, "namely.let-in", activities.FindingOK, "/api/v1")
	if n := sim.CallsTo(http.MethodGet, "/api/v1/profiles") + sim.CallsTo(http.MethodGet, "/api/v1/profiles/*"); n != 2 {
		t.Errorf("%d requests to /profiles, which are counted; want 2", n)
	}
}

func TestExamine_FieldsTheTokenMayNotSee(t *testing.T) {
	for field, s := range map[string]activities.Severity{
		"departure_date": activities.FindingFailure, "start_date": activities.FindingWarning, "reports_to": activities.FindingWarning,
		"home": activities.FindingWarning, "personal_email": activities.FindingWarning, "employee_id": activities.FindingWarning,
		"employee_type": activities.FindingWarning, "links": activities.FindingWarning,
	} {
		t.Run(field, func(t *testing.T) {
			sim, sys := company(t)
			sim.Hidden = []string{field}
			found := examine(t, sim, sys, activities.Examine{})
			examinetest.Only(t, found, "namely.field."+field)
			examinetest.Want(t, found, "namely.field."+field, s, field, "may not see it", "role of the token's owner")
		})
	}
	t.Run("the policy's own", func(t *testing.T) {
		sim, sys := company(t)
		found := examine(t, sim, sys, activities.Examine{LeaveField: "leave_status"})
		examinetest.Only(t, found, "namely.field.leave_status")
		examinetest.Want(t, found, "namely.field.leave_status", activities.FindingWarning, "feed.leave.field")
	})
}

func TestExamine_TokenOwner(t *testing.T) {
	for name, c := range map[string]struct {
		owner namelysim.Profile
		words string
	}{
		"inactive": {namelysim.Profile{Status: "inactive"}, "inactive"},
		"leaving":  {namelysim.Profile{Departure: "2026-12-24"}, "2026-12-24"},
	} {
		t.Run(name, func(t *testing.T) {
			sim, sys := company(t)
			c.owner.ID, c.owner.Email = "owner", "owner@example.com"
			sim.AddProfile(c.owner)
			sim.Owner = "owner"
			found := examine(t, sim, sys, activities.Examine{})
			examinetest.Only(t, found, "namely.token-owner")
			examinetest.Want(t, found, "namely.token-owner", activities.FindingFailure, c.words, "ends with its owner")
		})
	}
}

func TestExamine_NotLetIn(t *testing.T) {
	t.Run("the owner signs in by SSO", func(t *testing.T) {
		sim, sys := company(t)
		sim.OwnerUsesSSO, sim.SignIn = true, []string{"email_password", "saml"}
		found := examine(t, sim, sys, activities.Examine{})
		examinetest.Only(t, found, "namely.let-in", "namely.sign-in")
		examinetest.Want(t, found, "namely.let-in", activities.FindingFailure, "SSO")
		examinetest.Want(t, found, "namely.sign-in", activities.FindingWarning, "saml", "signs in by password")
	})
	t.Run("the owner was deactivated", func(t *testing.T) {
		sim, sys := company(t)
		sim.OwnerDeactivated = true
		found := examine(t, sim, sys, activities.Examine{})
		examinetest.Only(t, found, "namely.let-in")
		examinetest.Want(t, found, "namely.let-in", activities.FindingFailure, "owner was deactivated")
	})
	for name, fault := range map[string]kit.Fault{"down": {Status: http.StatusServiceUnavailable}, "throttled": {Throttle: true}, "cut": {Drop: kit.DropBefore}} {
		t.Run(name, func(t *testing.T) {
			sim, sys := company(t)
			sim.Inject(fault)
			examinetest.Only(t, examine(t, sim, sys, activities.Examine{}), "namely.let-in")
		})
	}
	t.Run("a page for people answers", func(t *testing.T) {
		sim, sys := company(t)
		sim.Inject(kit.Fault{Status: http.StatusOK, Body: "<html>Sign in</html>"})
		found := examine(t, sim, sys, activities.Examine{})
		examinetest.Only(t, found, "namely.let-in")
		examinetest.Want(t, found, "namely.let-in", activities.FindingFailure, "not the expected JSON", "check the Namely domain")
	})
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("a role that sees its owner alone", func(t *testing.T) {
		sim, sys := company(t)
		sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: http.StatusOK, Body: `{"profiles":[{"id":"p-0000"}],"meta":{"count":1,"total_count":1}}`})
		found := examine(t, sim, sys, activities.Examine{})
		examinetest.Want(t, found, "namely.profiles", activities.FindingFailure, "one profile alone", "everybody has left")
		examinetest.Want(t, found, "namely.field.departure_date", activities.FindingFailure)
	})
	t.Run("no departments", func(t *testing.T) {
		sim, sys := company(t)
		sim.Inject(kit.Fault{Path: "/api/v1/groups", Status: http.StatusOK, Body: `{"groups":[],"linked":{}}`})
		found := examine(t, sim, sys, activities.Examine{})
		examinetest.Only(t, found, "namely.groups")
	})
	t.Run("our clock is wrong", func(t *testing.T) {
		sim, _ := company(t)
		srv := httptest.NewServer(sim)
		defer srv.Close()
		late, err := namely.New(namely.Config{Domain: srv.URL, Token: namelysim.DefaultToken, Now: func() time.Time { return time.Now().Add(time.Hour) }}, nowhere{})
		if err != nil {
			t.Fatal(err)
		}
		found := examine(t, sim, late, activities.Examine{})
		examinetest.Only(t, found, "namely.clock")
	})
}
