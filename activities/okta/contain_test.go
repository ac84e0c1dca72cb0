package okta

import (
	"net/http"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func TestCutAccess_StripsRolesThenSuspendsThenClearsSessions(t *testing.T) {
	o := newOrg(t)
	id := o.jo(func(u *oktasim.User) { u.Roles = []oktasim.Role{{Type: "HELP_DESK_ADMIN"}, {Type: "APP_ADMIN"}} })
	for _, out := range perform(o, activities.OktaCutAccess, id, plan.OktaRoles, plan.OktaSuspend, plan.OktaSessions) {
		wantState(t, out, plan.Verified)
		if out.Executed.IsZero() || out.Account != id {
			t.Errorf("%s: executed %v on account %q", out.Step, out.Executed, out.Account)
		}
	}
	u := o.see(id)
	if u.Status != oktasim.Suspended || len(u.Sessions) != 0 || len(u.Tokens) != 0 || len(u.Roles) != 0 {
		t.Errorf("after containment: %s, %d sessions, %d tokens, %d roles", u.Status, len(u.Sessions), len(u.Tokens), len(u.Roles))
	}
	var order []string
	for _, e := range o.Log() {
		order = append(order, e.EventType)
	}
	want := []string{"user.account.privilege.revoke", "user.account.privilege.revoke", "user.lifecycle.suspend", "user.session.clear"}
	if len(order) != len(want) {
		t.Fatalf("System Log %v, want %v", order, want)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("System Log %v, want %v", order, want)
		}
	}
}

func TestCutAccess_Again_FindsEverythingDone(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	perform(o, activities.OktaCutAccess, id, plan.OktaRoles, plan.OktaSuspend)
	before := o.Mutations()
	for _, out := range perform(o, activities.OktaCutAccess, id, plan.OktaRoles, plan.OktaSuspend) {
		wantState(t, out, plan.AlreadyAbsent)
	}
	if o.Mutations() != before {
		t.Errorf("%d mutating calls for nothing", o.Mutations()-before)
	}
}

func TestSuspend_ByStatus(t *testing.T) {
	cases := []struct {
		status  string
		state   plan.State
		ends    string
		expires int
	}{
		{oktasim.Active, plan.Verified, oktasim.Suspended, 0},
		{oktasim.Suspended, plan.AlreadyAbsent, oktasim.Suspended, 0},
		{oktasim.Deprovisioned, plan.AlreadyAbsent, oktasim.Deprovisioned, 0},
		{oktasim.LockedOut, plan.NotApplicable, oktasim.PasswordExpired, 1},
		{oktasim.Recovery, plan.NotApplicable, oktasim.PasswordExpired, 1},
		{oktasim.PasswordExpired, plan.NotApplicable, oktasim.PasswordExpired, 0},
		{oktasim.Provisioned, plan.NotApplicable, oktasim.Provisioned, 1}, // refused: no password; noted, not failed
		{oktasim.Staged, plan.NotApplicable, oktasim.Staged, 0},
	}
	for _, c := range cases {
		t.Run(c.status, func(t *testing.T) {
			o := newOrg(t)
			id := o.jo(inStatus(c.status))
			wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0], c.state)
			if got := o.see(id).Status; got != c.ends {
				t.Errorf("account is %s, want %s", got, c.ends)
			}
			if n := o.CallsTo("POST", "/api/v1/users/*/lifecycle/expire_password"); n != c.expires {
				t.Errorf("password expired %d times, want %d", n, c.expires)
			}
		})
	}
}

func TestSuspend_BeingDeactivated_IsNotApplicable(t *testing.T) {
	o := newOrg(t)
	o.LifecycleTakes = time.Hour
	id := o.jo()
	_, err := execute(o, activities.OktaDeactivateUser, performing(id, plan.OktaDeactivate))
	wantProblem(t, err, activities.Unavailable)
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0], plan.NotApplicable)
}

func TestSuspend_AnswerLost_IsVerifiedByTheRead(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/suspend", Times: 1, Drop: kit.DropAfter})
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0], plan.Verified)
	if n := o.CallsTo("POST", "/api/v1/users/*/lifecycle/suspend"); n != 1 {
		t.Errorf("suspended %d times", n)
	}
}

func TestSuspend_RequestLost_IsRetriedByTemporal(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/suspend", Times: 1, Drop: kit.DropBefore})
	_, err := execute(o, activities.OktaCutAccess, performing(id, plan.OktaSuspend))
	wantProblem(t, err, activities.Unavailable)
	if n := o.CallsTo("POST", "/api/v1/users/*/lifecycle/suspend"); n != 1 {
		t.Errorf("a closed connection was answered with %d calls, want 1", n)
	}
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0], plan.Verified)
}

func TestCutAccess_TargetThatLies_IsUnverified(t *testing.T) {
	cases := []struct {
		action plan.Action
		fault  kit.Fault
	}{
		{plan.OktaRoles, kit.Fault{Method: "DELETE", Path: "/api/v1/users/*/roles/*", Status: 200}},
		{plan.OktaSuspend, kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/suspend", Status: 200}},
		{plan.OktaSessions, kit.Fault{Method: "DELETE", Path: "/api/v1/users/*/sessions", Status: 204}},
	}
	for _, c := range cases {
		t.Run(string(c.action), func(t *testing.T) {
			o := newOrg(t)
			id := o.jo(func(u *oktasim.User) { u.Roles = []oktasim.Role{{Type: "HELP_DESK_ADMIN"}} })
			o.Inject(c.fault)
			wantState(t, perform(o, activities.OktaCutAccess, id, c.action)[0], plan.Unverified)
		})
	}
}

// forgetful loses the query on the way, so that sessions end and the tokens behind them live on.
type forgetful struct{ next http.RoundTripper }

func (f forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodDelete {
		r.URL.RawQuery = ""
	}
	return f.next.RoundTrip(r)
}

func TestSessions_TokensLiveOn_IsUnverified(t *testing.T) {
	o := newOrg(t, func(c *Config) { c.Transport = forgetful{c.Transport} })
	id := o.jo()
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSessions)[0], plan.Unverified)
	if u := o.see(id); len(u.Sessions) != 0 || len(u.Tokens) == 0 {
		t.Errorf("%d sessions, %d tokens", len(u.Sessions), len(u.Tokens))
	}
}

func TestSessions_NoTokenAndNoLogLine_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id := o.jo(func(u *oktasim.User) { u.Tokens, u.Grants = nil, nil })
	o.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/users/*/sessions", Status: 204})
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSessions)[0], plan.Unverified)
}

func TestSessions_LogLags_IsWaitedFor(t *testing.T) {
	o := newOrg(t, func(c *Config) { c.Patience = time.Minute })
	clock := &ticking{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), by: 200 * time.Millisecond}
	o.Clock, o.LogLag = clock.now, 20*time.Second
	id := o.jo()
	wantState(t, perform(o, activities.OktaCutAccess, id, plan.OktaSessions)[0], plan.Verified)
	if n := o.CallsTo("GET", "/api/v1/logs"); n < 2 {
		t.Errorf("the log was read %d times: the lag did not show", n)
	}
}

func TestSessions_AskForTheTokensToo(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	perform(o, activities.OktaCutAccess, id, plan.OktaSessions)
	for _, c := range o.Calls() {
		if c.Method == http.MethodDelete && c.Query != "oauthTokens=true" {
			t.Errorf("sessions cleared with query %q", c.Query)
		}
	}
}

func TestRoles_CarriedByAGroup_AskForAPerson(t *testing.T) {
	o := newOrg(t)
	id := o.jo(func(u *oktasim.User) {
		u.Roles = []oktasim.Role{{Type: "HELP_DESK_ADMIN"}, {Type: "SUPER_ADMIN", AssignmentType: "GROUP"}}
	})
	out := perform(o, activities.OktaCutAccess, id, plan.OktaRoles)[0]
	wantState(t, out, plan.NeedsAttention)
	if roles := o.see(id).Roles; len(roles) != 1 || roles[0].Type != "SUPER_ADMIN" {
		t.Errorf("roles left: %+v", roles)
	}
}

func TestCutAccess_RolesFail_SuspensionDoesNotWait(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "GET", Path: "/api/v1/users/*/roles", Status: 503})
	_, err := execute(o, activities.OktaCutAccess, performing(id, plan.OktaRoles, plan.OktaSuspend, plan.OktaSessions))
	wantProblem(t, err, activities.Unavailable)
	if u := o.see(id); u.Status != oktasim.Suspended || len(u.Sessions) != 0 {
		t.Errorf("a failing read of roles kept the account %s with %d sessions", u.Status, len(u.Sessions))
	}
}

func TestCutAccess_OneStepForbidden_TheOthersGoOn(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "GET", Path: "/api/v1/users/*/roles", Status: 403})
	out := perform(o, activities.OktaCutAccess, id, plan.OktaRoles, plan.OktaSuspend)
	wantState(t, out[0], plan.NeedsAttention)
	if out[0].Problem != activities.Forbidden {
		t.Errorf("problem %s", out[0].Problem)
	}
	wantState(t, out[1], plan.Verified)
}

func TestCutAccess_NoSuchAccount_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	o.jo()
	for _, out := range perform(o, activities.OktaCutAccess, "00ugone", plan.OktaRoles, plan.OktaSuspend, plan.OktaSessions) {
		wantState(t, out, plan.AlreadyAbsent)
	}
}

func TestCutAccess_WithoutAccount_IsInvalidInput(t *testing.T) {
	o := newOrg(t)
	_, err := execute(o, activities.OktaCutAccess, performing("", plan.OktaSuspend))
	wantProblem(t, err, activities.InvalidInput)
}

func TestCutAccess_ForeignStep_IsUnsupported(t *testing.T) {
	o := newOrg(t)
	out := perform(o, activities.OktaCutAccess, o.jo(), plan.GoogleSuspend)[0]
	wantState(t, out, plan.NeedsAttention)
	if out.Problem != activities.Unsupported {
		t.Errorf("problem %s", out.Problem)
	}
}

func TestRetry_CreditsWhatTheAttemptBeforeDid(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	first := perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0]
	o.heartbeat = []activities.Outcome{first}
	again := perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)[0]
	wantState(t, again, plan.Verified)
	if !again.Executed.Equal(first.Executed) || again.Detail != first.Detail {
		t.Errorf("the retry says %+v, the attempt that did it %+v", again, first)
	}
}
