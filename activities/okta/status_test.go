package okta

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

// What each step does to an account in each status: where it ends, and how it is told.
func TestStatus_EveryStatusAndStep(t *testing.T) {
	type end struct {
		state  plan.State
		status string
		says   string
	}
	told := func(status, says string) end { return end{plan.NeedsAttention, status, says} }
	table := map[plan.Action]map[string]end{
		plan.OktaOpen: {
			oktasim.Staged:          {plan.Verified, oktasim.Provisioned, "activated; okta wrote to the person"},
			oktasim.Provisioned:     {plan.Verified, oktasim.Provisioned, "open already: it is activated, and the person has not chosen a password yet"},
			oktasim.Active:          {plan.Verified, oktasim.Active, "open already: it is active"},
			oktasim.Recovery:        {plan.Verified, oktasim.Recovery, "open already"},
			oktasim.PasswordExpired: {plan.Verified, oktasim.PasswordExpired, "open already"},
			oktasim.LockedOut:       {plan.Verified, oktasim.LockedOut, "open already: it is locked out"},
			oktasim.Suspended:       told(oktasim.Suspended, "somebody suspended this account, and not Tenure"),
			oktasim.Deprovisioned:   {plan.Verified, oktasim.Provisioned, "activated again; okta wrote to the person"},
		},
		plan.OktaPause: {
			oktasim.Staged:          {plan.AlreadyAbsent, oktasim.Staged, "never opened"},
			oktasim.Provisioned:     told(oktasim.Provisioned, "its sessions were ended"),
			oktasim.Active:          {plan.Verified, oktasim.Suspended, "suspended; sessions and their tokens cleared"},
			oktasim.Recovery:        told(oktasim.Recovery, "its sessions were ended"),
			oktasim.PasswordExpired: told(oktasim.PasswordExpired, "its sessions were ended"),
			oktasim.LockedOut:       {plan.Verified, oktasim.Suspended, "suspended"},
			oktasim.Suspended:       {plan.Verified, oktasim.Suspended, "suspended already; sessions and their tokens cleared"},
			oktasim.Deprovisioned:   {plan.AlreadyAbsent, oktasim.Deprovisioned, "deactivated already"},
		},
		plan.OktaResume: {
			oktasim.Staged:          {plan.NotApplicable, oktasim.Staged, "never opened"},
			oktasim.Provisioned:     {plan.Verified, oktasim.Provisioned, "not suspended already"},
			oktasim.Active:          {plan.Verified, oktasim.Active, "not suspended already"},
			oktasim.Recovery:        {plan.Verified, oktasim.Recovery, "not suspended already"},
			oktasim.PasswordExpired: {plan.Verified, oktasim.PasswordExpired, "not suspended already"},
			oktasim.LockedOut:       {plan.Verified, oktasim.LockedOut, "not suspended already"},
			oktasim.Suspended:       told(oktasim.Suspended, "and not Tenure"),
			oktasim.Deprovisioned:   told(oktasim.Deprovisioned, "not suspended"),
		},
		plan.OktaDiscard: {
			oktasim.Staged:          {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.Provisioned:     {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.Active:          {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.Recovery:        {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.PasswordExpired: {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.LockedOut:       {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.Suspended:       {plan.Verified, oktasim.Deprovisioned, "deactivated"},
			oktasim.Deprovisioned:   {plan.AlreadyAbsent, oktasim.Deprovisioned, "deactivated already"},
		},
	}
	for action, statuses := range table {
		for status, want := range statuses {
			t.Run(string(action)+" "+status, func(t *testing.T) {
				o := newOrg(t)
				id := o.sam(inStatus(status))
				out := converge(o, converging(role.Role{}, action))
				s := out.Steps[0]
				wantState(t, s, want.state)
				if !strings.Contains(s.Detail, want.says) {
					t.Errorf("told as %q", s.Detail)
				}
				if u := o.see(id); u.Status != want.status || out.Status != want.status {
					t.Errorf("ends %s, told %s, want %s", u.Status, out.Status, want.status)
				}
				if want.status == status && action != plan.OktaPause && o.Mutations() != 0 {
					t.Errorf("%d writes", o.Mutations())
				}
			})
		}
	}
}

func TestOpen_WithoutMail_OktaWritesToNobody(t *testing.T) {
	for _, status := range []string{oktasim.Staged, oktasim.Deprovisioned} {
		o := newOrg(t)
		id := o.sam(inStatus(status))
		in := converging(ofRole(), plan.OktaOpen)
		in.Mail = false
		wantAll(t, converge(o, in), plan.Verified)
		if u := o.see(id); u.ActivationMails != 0 {
			t.Errorf("%s: %d mails", status, u.ActivationMails)
		}
	}
}

func TestOpen_WithAPassword_IsActiveAndNobodyIsWrittenTo(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Staged))
	o.SetPassword(id)
	out := converge(o, converging(ofRole(), plan.OktaOpen))
	wantAll(t, out, plan.Verified)
	if out.Status != oktasim.Active || strings.Contains(out.Steps[0].Detail, "wrote") {
		t.Errorf("%s: %s", out.Status, out.Steps[0].Detail)
	}
}

// Okta works on large activations in the background: the step waits, and the next attempt goes on where it was.
func TestOpen_StillActivating_PassesAndEndsVerified(t *testing.T) {
	o := newOrg(t)
	now := time.Now()
	o.Clock, o.LifecycleTakes = func() time.Time { return now }, time.Minute
	o.sam(inStatus(oktasim.Staged))
	in := converging(ofRole(), plan.OktaOpen)
	for range 2 {
		_, err := execute(o, activities.OktaConvergeUser, in)
		wantProblem(t, err, activities.Unavailable)
	}
	now = now.Add(2 * time.Minute)
	wantAll(t, converge(o, in), plan.Verified)
	if n := o.CallsTo(http.MethodPost, "/api/v1/users/*/lifecycle/activate"); n != 1 {
		t.Errorf("%d activations", n)
	}
}

func TestOpen_OktaSaysYesAndDoesNothing_IsUnverified(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Staged))
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/*/lifecycle/activate", Status: http.StatusOK})
	wantAll(t, converge(o, converging(ofRole(), plan.OktaOpen)), plan.Unverified)
}

func TestOpen_Refused_NeedsAPerson(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Staged))
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/*/lifecycle/activate", Status: http.StatusForbidden})
	s := converge(o, converging(ofRole(), plan.OktaOpen)).Steps[0]
	wantTold(t, s, activities.Forbidden)
	if !s.Executed.IsZero() {
		t.Error("what was refused is told as done")
	}
}

// Somebody else activated it in the same moment: Okta's refusal is no fault.
func TestOpen_ActivatedBySomebodyElseMeanwhile_IsVerified(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Staged))
	o.sys = o.connect(func(c *Config) {
		c.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/activate") {
				o.SetStatus(id, oktasim.Active)
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	wantAll(t, converge(o, converging(ofRole(), plan.OktaOpen)), plan.Verified)
}

// Access after a return is today's role: groups of the earlier time are left before the account is opened, attributes
// and groups are brought to the role once it is, and only then Okta writes to the person.
func TestOpen_Rehire_EndsInTodaysRoleAndNothingElse(t *testing.T) {
	o := newOrg(t)
	ruled := o.AddGroup(oktasim.Group{Name: "support tools"})
	o.AddRule(oktasim.Rule{Name: "support", Expression: `user.department=="Support"`, Groups: []string{ruled}})
	o.addGroups("crm")
	id := o.sam()
	o.SetStatus(id, oktasim.Deprovisioned)
	o.joins(id, "sales", "support", "by hand")
	out := converge(o, converging(ofRole("sales", "crm"), plan.OktaOpen))
	wantAll(t, out, plan.Verified)
	o.wantGroups(id, "sales", "crm")
	if u := o.see(id); u.Profile.Department != "Sales" || u.ActivationMails != 1 {
		t.Errorf("%d mails, department %s", u.ActivationMails, u.Profile.Department)
	}
	var order []string
	for _, c := range o.Calls() {
		if c.Method != http.MethodGet {
			order = append(order, c.Method+" "+c.Path[strings.LastIndex(c.Path, "/")+1:])
		}
	}
	want := []string{"DELETE " + id, "DELETE " + id, "POST activate", "POST " + id, "PUT " + id, "POST reactivate"}
	if strings.Join(order, ", ") != strings.Join(want, ", ") {
		t.Errorf("in the order %v, want %v", order, want)
	}
}

func TestOpen_Rehire_AGroupThatCannotBeLeft_KeepsItShut(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Deprovisioned))
	o.joins(id, "admins")
	o.Inject(kit.Fault{Method: http.MethodDelete, Path: "/api/v1/groups/*/users/*", Status: http.StatusForbidden})
	out := converge(o, converging(ofRole(), plan.OktaOpen))
	wantTold(t, out.Steps[0], activities.Conflict, `"admins"`)
	if u := o.see(id); u.Status != oktasim.Deprovisioned {
		t.Errorf("the account is %s", u.Status)
	}
}

func TestOpen_Rehire_MailRefused_SaysThatItIsOpen(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Deprovisioned))
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/*/lifecycle/reactivate", Status: http.StatusForbidden})
	wantTold(t, converge(o, converging(ofRole(), plan.OktaOpen)).Steps[0], activities.Forbidden, "the account is open")
}

func TestPause_KeepsGroupsAndAppsAndEndsSessions(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.joins(id, "sales")
	app := o.AddApp(oktasim.App{Name: "figma"})
	o.Assign(app, id)
	out := converge(o, converging(ofRole("sales"), plan.OktaPause))
	wantAll(t, out, plan.Verified)
	if out.Steps[0].Executed.IsZero() {
		t.Error("the suspension is not told as ours")
	}
	u := o.see(id)
	if len(u.Sessions)+len(u.Tokens) != 0 || len(o.UserGroups(id)) != 1 || len(o.Snapshot()[0].Apps) != 1 {
		t.Errorf("%d sessions, %d tokens, groups %v", len(u.Sessions), len(u.Tokens), o.UserGroups(id))
	}
	before := o.Mutations()
	again := converge(o, converging(ofRole("sales"), plan.OktaPause))
	if o.Mutations() != before || !again.Steps[0].Executed.IsZero() {
		t.Errorf("repeating it wrote %d times: %+v", o.Mutations()-before, again.Steps[0])
	}
}

// A suspension that is not ours is not told as ours: nobody opens the account by it later.
func TestPause_SuspendedBySomebodyElse_IsNotOurs(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Suspended))
	s := converge(o, converging(ofRole(), plan.OktaPause)).Steps[0]
	wantState(t, s, plan.Verified)
	if !s.Executed.IsZero() {
		t.Errorf("executed %v", s.Executed)
	}
}

// Suspended by an attempt that died before it could tell: it is this case's suspension, and is lifted on the return.
func TestPause_SuspendedByAnAttemptThatDied_IsOurs(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Suspended))
	meant := time.Now().UTC().Add(-time.Minute)
	o.heartbeat = memory{Done: []activities.Outcome{{Step: plan.OktaPause.For(""), Executed: meant, Detail: "suspended"}}}
	s := converge(o, converging(ofRole(), plan.OktaPause)).Steps[0]
	wantState(t, s, plan.Verified)
	if !s.Executed.Equal(meant) || !strings.HasPrefix(s.Detail, "suspended; sessions") {
		t.Errorf("%+v", s)
	}
}

// An attempt that could only end the sessions does not own a suspension that came after it.
func TestPause_SuspendedBySomebodyElseBetweenAttempts_IsNotOurs(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Suspended))
	o.heartbeat = memory{Done: []activities.Outcome{{Step: plan.OktaPause.For(""), Executed: time.Now(), Detail: "its sessions were ended"}}}
	s := converge(o, converging(ofRole(), plan.OktaPause)).Steps[0]
	wantState(t, s, plan.Verified)
	if !s.Executed.IsZero() || !strings.HasPrefix(s.Detail, "the account is suspended already") {
		t.Errorf("%+v", s)
	}
}

// Meant to be suspended by an attempt that died, and deactivated by somebody: that is not ours.
func TestPause_MeantAndDeactivatedMeanwhile_IsNotOurs(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Deprovisioned))
	o.heartbeat = memory{Done: []activities.Outcome{{Step: plan.OktaPause.For(""), Executed: time.Now(), Detail: "suspended"}}}
	s := converge(o, converging(ofRole(), plan.OktaPause)).Steps[0]
	wantState(t, s, plan.AlreadyAbsent)
	if !s.Executed.IsZero() {
		t.Errorf("%+v", s)
	}
}

// What a leave did is remembered by whoever converges the account for another reason.
func TestGiven_Paused_IsCarriedThrough(t *testing.T) {
	o := newOrg(t)
	in := converging(ofRole(), plan.OktaProfile, plan.OktaJoin)
	in.Account, in.Given = o.sam(), role.Given{Paused: true, GooglePaused: true}
	if g := converge(o, in).Given; !g.Paused || !g.GooglePaused {
		t.Errorf("%+v", g)
	}
	in = converging(ofRole(), plan.OktaPause)
	in.Login, in.EmployeeNumber, in.Given = "nobody@example.com", "E8", role.Given{Paused: true, GooglePaused: true}
	if g := converge(o, in).Given; g.Paused || !g.GooglePaused {
		t.Errorf("of an account that is not there: %+v", g)
	}
}

func TestPause_OktaSaysYesAndDoesNothing_IsUnverified(t *testing.T) {
	o := newOrg(t)
	o.sam()
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/*/lifecycle/suspend", Status: http.StatusOK})
	wantAll(t, converge(o, converging(ofRole(), plan.OktaPause)), plan.Unverified)
}

func TestPause_IsDoneWhateverFailedBefore(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/" + id, Status: http.StatusServiceUnavailable})
	_, err := execute(o, activities.OktaConvergeUser, converging(ofRole(), plan.OktaProfile, plan.OktaPause))
	wantProblem(t, err, activities.Unavailable)
	if u := o.see(id); u.Status != oktasim.Suspended {
		t.Errorf("the account is %s", u.Status)
	}
}

func TestResume_OurOwnSuspension_IsLifted(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Suspended))
	o.joins(id, "sales")
	in := converging(ofRole("sales"), plan.OktaResume, plan.OktaProfile, plan.OktaJoin)
	in.Paused = true
	out := converge(o, in)
	wantAll(t, out, plan.Verified)
	if out.Status != oktasim.Active {
		t.Errorf("the account is %s", out.Status)
	}
}

func TestDiscard_LeavesWhatTheRoleGave(t *testing.T) {
	for _, status := range []string{oktasim.Staged, oktasim.Deprovisioned} {
		o := newOrg(t)
		id := o.sam(inStatus(status))
		o.joins(id, "sales", "crm", "by hand")
		in := converging(ofRole("crm"), plan.OktaDiscard)
		in.Given = role.Given{Groups: []string{"sales"}}
		out := converge(o, in)
		wantAll(t, out, plan.Verified)
		o.wantGroups(id, "by hand")
		if len(out.Given.Groups) != 0 {
			t.Errorf("given %v", out.Given.Groups)
		}
	}
}

func TestPauseAndDiscard_NoAccount_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	o.jo()
	wantAll(t, converge(o, converging(ofRole(), plan.OktaPause, plan.OktaDiscard)), plan.AlreadyAbsent)
}

func TestConverge_StepOfAnotherActivity_IsRefused(t *testing.T) {
	o := newOrg(t)
	o.sam()
	wantTold(t, converge(o, converging(ofRole(), plan.OktaRoles)).Steps[0], activities.Unsupported)
}

// What was done on the way of a step is told by it, where nobody asked for it by itself.
func TestOpen_Rehire_TellsOfWhatItDidOnItsWay(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Deprovisioned))
	o.joins(id, "support")
	out := converge(o, converging(ofRole("sales"), plan.OktaOpen))
	wantAll(t, out, plan.Verified)
	for _, says := range []string{"activated again", `left "support"`, "attributes set", `no group "sales"`, "wrote to the person"} {
		if !strings.Contains(out.Steps[0].Detail, says) {
			t.Errorf("%q does not tell of %q", out.Steps[0].Detail, says)
		}
	}
}

// Suspended a moment ago by an attempt that died before it ended the sessions: they are ended now.
func TestPause_SuspendedWithSessionsLeft_EndsThem(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Suspended), func(u *oktasim.User) { u.Tokens = nil })
	wantAll(t, converge(o, converging(ofRole(), plan.OktaPause)), plan.Verified)
	if u := o.see(id); len(u.Sessions) != 0 {
		t.Errorf("%d sessions are left", len(u.Sessions))
	}
}
