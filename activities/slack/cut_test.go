package slack_test

import (
	"net/http"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

const account = plan.StepID(plan.SlackAccount)

// cut executes slack.CutAccess as a worker would.
func (w *world) cut(in activities.Perform) (activities.Outcomes, error) {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	b := activities.SlackCutAccess.Bind(w.sys.CutAccess)
	env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	var out activities.Outcomes
	value, err := env.ExecuteActivity(b.Name, in)
	if err != nil {
		return out, err
	}
	return out, value.Get(&out)
}

// outcome expects one outcome in the given state.
func (w *world) outcome(in activities.Perform, want plan.State) activities.Outcome {
	w.t.Helper()
	out, err := w.cut(in)
	if err != nil || len(out.Steps) != 1 {
		w.t.Fatalf("outcomes %+v, %v", out, err)
	}
	o := out.Steps[0]
	if o.State != want {
		w.t.Fatalf("state %s, want %s: %+v", o.State, want, o)
	}
	if (want == plan.Verified) != !o.Verified.IsZero() || o.Detail == "" && o.Problem == "" {
		w.t.Fatalf("outcome %+v", o)
	}
	return o
}

func enterprise(s *slacksim.Simulator) { s.Plan = slacksim.Enterprise }

func TestCutAccess_Off_IsNotApplicableAndCallsNobody(t *testing.T) {
	w := newWorld(t, slack.AccountOff, nil)
	o := w.outcome(perform("", "dana@example.com", account), plan.NotApplicable)
	if !strings.Contains(o.Detail, "identity provider") || len(w.sim.Calls()) != 0 {
		t.Fatalf("%+v after %d calls", o, len(w.sim.Calls()))
	}
}

func TestCutAccess_SCIM_DeactivatesAndReadsBack(t *testing.T) {
	for name, in := range map[string]func(w *world) activities.Perform{
		"by address": func(*world) activities.Perform { return perform("", "Dana@example.com", account) },
		"by id":      func(w *world) activities.Perform { return perform(w.leaver.ID, "", account) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, slack.AccountSCIM, nil)
			o := w.outcome(in(w), plan.Verified)
			if u, _ := w.sim.User(w.leaver.ID); !u.Deleted || o.ReadBack != "active false" || o.Account != w.leaver.ID {
				t.Fatalf("user %+v, outcome %+v", u, o)
			}
			w.outcome(in(w), plan.AlreadyAbsent)
			if n := w.sim.CallsTo(http.MethodPatch, "/scim/v2/Users/*"); n != 1 {
				t.Fatalf("%d PATCH calls, want one", n)
			}
		})
	}
}

func TestCutAccess_SCIM_NoAccount_IsNotApplicable(t *testing.T) {
	w := newWorld(t, slack.AccountSCIM, nil)
	w.outcome(perform("", "nobody@example.com", account), plan.NotApplicable)
	w.outcome(perform("U0NOTHERE", "", account), plan.NotApplicable)
}

func TestCutAccess_SCIM_LostAnswer_IsConfirmedByReading(t *testing.T) {
	w := newWorld(t, slack.AccountSCIM, nil)
	w.sim.Inject(kit.Fault{Method: http.MethodPatch, Times: 1, Drop: kit.DropAfter})
	w.outcome(perform("", "dana@example.com", account), plan.Verified)
}

func TestCutAccess_SCIM_AnswersOKWithoutEffect_IsUnverified(t *testing.T) {
	w := newWorld(t, slack.AccountSCIM, nil)
	w.sim.Inject(kit.Fault{Method: http.MethodPatch, Status: 200, Body: `{"active":false}`})
	if o := w.outcome(perform("", "dana@example.com", account), plan.Unverified); o.ReadBack != "active true" || o.Mend == "" {
		t.Fatalf("outcome %+v", o)
	}
}

func TestCutAccess_SCIM_PassingFaults_AreRetried(t *testing.T) {
	for status, kind := range map[int]string{429: activities.RateLimited, 500: activities.Unavailable, 503: activities.Unavailable} {
		w := newWorld(t, slack.AccountSCIM, nil)
		w.sim.Inject(kit.Fault{Method: http.MethodPatch, Times: 1, Status: status})
		in := perform("", "dana@example.com", account)
		_, err := w.cut(in)
		_ = wantType(t, err, kind, true)
		w.outcome(in, plan.Verified)
	}
}

func TestCutAccess_SCIM_RefusedForGood_IsAPersonsJob(t *testing.T) {
	owner := func(s *slacksim.Simulator) { s.AddUser(slacksim.User{Email: "dana@example.com", Owner: true}) }
	for name, c := range map[string]struct {
		set  func(*slacksim.Simulator)
		kind string
		mend string
	}{
		"plan without SCIM": {func(s *slacksim.Simulator) { s.Plan = slacksim.Pro }, activities.Unsupported, "identity provider"},
		"wrong token":       {func(s *slacksim.Simulator) { s.AdminToken = "xoxp-other" }, activities.Forbidden, "xoxp-"},
		"primary owner":     {owner, activities.Unsupported, "by hand"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, slack.AccountSCIM, c.set)
			o := w.outcome(perform("", "dana@example.com", account), plan.NeedsAttention)
			if o.Problem != c.kind || !strings.Contains(o.Mend, c.mend) {
				t.Fatalf("outcome %+v", o)
			}
		})
	}
}

func TestCutAccess_SCIM_AnotherPersonsAccount_IsNeverTouched(t *testing.T) {
	two := `{"totalResults":2,"Resources":[{"id":"U1AAAA","active":true,"emails":[{"value":"dana@example.com"}]},{"id":"U2AAAA","active":true,"emails":[{"value":"dana@example.com"}]}]}`
	other := `{"totalResults":1,"Resources":[{"id":"U1AAAA","active":true,"emails":[{"value":"danae@example.com"}]}]}`
	for name, body := range map[string]string{"two hits": two, "another address": other} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, slack.AccountSCIM, nil)
			w.sim.Inject(kit.Fault{Method: http.MethodGet, Path: "/scim/v2/Users", Status: 200, Body: body})
			if o := w.outcome(perform("", "dana@example.com", account), plan.NeedsAttention); o.Problem != activities.Ambiguous {
				t.Fatalf("outcome %+v", o)
			}
			if n := w.sim.CallsTo(http.MethodPatch, "/**"); n != 0 {
				t.Fatalf("%d PATCH calls", n)
			}
		})
	}
}

func TestCutAccess_Enterprise_SignsOutAndReadsBack(t *testing.T) {
	w := newWorld(t, slack.AccountEnterprise, enterprise)
	in := perform("", "dana@example.com", account)
	o := w.outcome(in, plan.Verified)
	if u, _ := w.sim.User(w.leaver.ID); u.Sessions != 0 || o.ReadBack != "0 sessions" || o.Account != w.leaver.ID {
		t.Fatalf("user %+v, outcome %+v", u, o)
	}
	w.outcome(in, plan.AlreadyAbsent)
	w.outcome(perform("", "nobody@example.com", account), plan.NotApplicable)
	if n := w.sim.CallsTo(http.MethodPost, "/api/admin.users.session.reset"); n != 1 {
		t.Fatalf("%d resets, want one", n)
	}
}

func TestCutAccess_Enterprise_AnswersOKWithoutEffect_IsUnverified(t *testing.T) {
	w := newWorld(t, slack.AccountEnterprise, enterprise)
	w.sim.Inject(kit.Fault{Path: "/api/admin.users.session.reset", Status: 200, Body: `{"ok":true}`})
	if o := w.outcome(perform("", "dana@example.com", account), plan.Unverified); o.ReadBack != "2 sessions" {
		t.Fatalf("outcome %+v", o)
	}
}

func TestCutAccess_Enterprise_LostAnswer_IsConfirmedByReading(t *testing.T) {
	w := newWorld(t, slack.AccountEnterprise, enterprise)
	w.sim.Inject(drop("admin.users.session.reset", kit.DropAfter))
	w.outcome(perform("", "dana@example.com", account), plan.Verified)
}

func TestCutAccess_Enterprise_OnALesserPlan_IsAPersonsJob(t *testing.T) {
	w := newWorld(t, slack.AccountEnterprise, nil)
	o := w.outcome(perform("", "dana@example.com", account), plan.NeedsAttention)
	if o.Problem != activities.Unsupported || !strings.Contains(o.Detail, "plan") || !strings.Contains(o.Mend, "off") {
		t.Fatalf("outcome %+v", o)
	}
}

func TestCutAccess_Enterprise_SessionResetFailed_IsRetried(t *testing.T) {
	w := newWorld(t, slack.AccountEnterprise, enterprise)
	w.sim.Inject(refusing("admin.users.session.reset", "user_session_reset_failed"))
	_, err := w.cut(perform("", "dana@example.com", account))
	_ = wantType(t, err, activities.Unavailable, true)
}

func TestCutAccess_BadInput_IsAPersonsJobAndCallsNobody(t *testing.T) {
	w := newWorld(t, slack.AccountSCIM, nil)
	for name, in := range map[string]activities.Perform{
		"foreign account": perform("00u1abcd", "dana@example.com", account),
		"no address":      perform("", "dana", account),
		"injection":       perform("", `x" or active eq "true@example.com`, account),
		"another step":    perform("", "dana@example.com", "okta.suspend"),
	} {
		t.Run(name, func(t *testing.T) { w.outcome(in, plan.NeedsAttention) })
	}
	if n := len(w.sim.Calls()); n != 0 {
		t.Fatalf("%d calls", n)
	}
}
