package google

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

var cutSteps = []plan.Action{plan.GoogleRoles, plan.GooglePassword, plan.GoogleSessions, plan.GoogleTokens}

// armed gives the leaver one of everything that opens an account.
func (r *rig) armed() {
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.IsAdmin = true })
	r.sim.AddRole(leaverMail, "4711")
	r.sim.AddSession(leaverMail, "laptop")
	r.sim.AddSession(leaverMail, "phone")
	r.sim.AddToken(leaverMail, "mail-app", "A mail app", "https://mail.google.com/")
	r.sim.AddToken(leaverMail, "chart-app", "A chart app")
	r.sim.AddASP(leaverMail, "old scanner")
	r.sim.AddBackupCodes(leaverMail, "11111111", "22222222")
}

func TestCutAccess_ClosesEveryWayInAndNeverSuspends(t *testing.T) {
	r := newRig(t)
	r.armed()
	out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	for _, step := range cutSteps {
		wantState(t, out[step], plan.Verified)
	}
	u := r.user(leaverMail)
	if u.Suspended || u.IsAdmin || len(u.Sessions)+len(u.Tokens)+len(u.ASPs)+len(u.BackupCodes) != 0 || len(r.sim.Roles(u.ID)) != 0 {
		t.Errorf("something is left open, or the account is suspended: %+v", u)
	}
	if u.RecoveryEmail != "" || u.RecoveryPhone != "" || u.ChangePassword {
		t.Errorf("recovery data or the change mark is set: %+v", u)
	}
	if err := r.sim.SignIn(leaverMail, "correct horse", "laptop"); err == nil {
		t.Error("the old password still works")
	}
	if want := []string{"super_admin", "role:4711"}; !slices.Equal(out[plan.GoogleRoles].Items, want) {
		t.Errorf("roles recorded: %v, want %v", out[plan.GoogleRoles].Items, want)
	}
	id := "/users/" + r.leaver.ID
	wantInOrder(t, r.paths(), "POST /admin/directory/v1"+id+"/makeAdmin", "PUT /admin/directory/v1"+id, id+"/signOut",
		id+"/tokens", id+"/tokens/mail-app", id+"/asps/1", id+"/verificationCodes/invalidate", id+"/signOut", "GET /admin/directory/v1"+id+"/tokens")
}

func TestCutAccess_PerformsOnlyTheStepsAskedFor(t *testing.T) {
	r := newRig(t)
	r.armed()
	out := must(r, activities.GoogleCutAccess, r.perform(plan.GoogleTokens))
	wantState(t, out[plan.GoogleTokens], plan.Verified)
	if u := r.user(leaverMail); len(out) != 1 || !u.IsAdmin || u.PasswordChanges != 0 {
		t.Errorf("more was done than asked for: %v %+v", out, u)
	}
}

func TestCutAccess_NothingToTakeAway_IsAlreadyAbsent(t *testing.T) {
	r := newRig(t)
	out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	wantState(t, out[plan.GoogleRoles], plan.AlreadyAbsent)
	wantState(t, out[plan.GoogleTokens], plan.AlreadyAbsent)
}

func TestCutAccess_NoAccount_IsNotApplicable(t *testing.T) {
	r := newRig(t)
	in := r.perform(cutSteps...)
	in.Account = "999"
	for _, o := range must(r, activities.GoogleCutAccess, in) {
		wantState(t, o, plan.NotApplicable)
	}
}

func TestCutAccess_UnknownStep_NeedsAttention(t *testing.T) {
	r := newRig(t)
	wantState(t, must(r, activities.GoogleCutAccess, r.perform("google.nonsense"))["google.nonsense"], plan.NeedsAttention)
}

func TestPassword_WithoutRecoveryData_IsProvedByTheChangeMark(t *testing.T) {
	r := newRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.RecoveryEmail, u.RecoveryPhone = "", "" })
	o := must(r, activities.GoogleCutAccess, r.perform(plan.GooglePassword))[plan.GooglePassword]
	wantState(t, o, plan.Verified)
	if u := r.user(leaverMail); u.PasswordChanges != 2 || u.ChangePassword {
		t.Errorf("the mark was not set and taken back: %+v", u)
	}
	if !strings.Contains(o.ReadBack, "cannot be read") {
		t.Errorf("the read-back claims more than was read: %q", o.ReadBack)
	}
}

// TestAnswered200WithoutEffect_IsUnverified: Google says yes and does nothing, for each step of containment.
func TestAnswered200WithoutEffect_IsUnverified(t *testing.T) {
	users := "/admin/directory/v1/users/*"
	for name, c := range map[string]struct {
		step   plan.Action
		method string
		path   string
		blank  bool // no recovery data to be seen changing
	}{
		"Password":                     {plan.GooglePassword, "PUT", users, false},
		"Password_WithoutRecoveryData": {plan.GooglePassword, "PUT", users, true},
		"Roles":                        {plan.GoogleRoles, "POST", users + "/makeAdmin", false},
		"Sessions":                     {plan.GoogleSessions, "POST", users + "/signOut", false},
		"Tokens":                       {plan.GoogleTokens, "DELETE", users + "/tokens/*", false},
		"AppPasswords":                 {plan.GoogleTokens, "DELETE", users + "/asps/*", false},
		"BackupCodes":                  {plan.GoogleTokens, "POST", users + "/verificationCodes/invalidate", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.armed()
			if c.blank {
				r.sim.Change(leaverMail, func(u *googlesim.User) { u.RecoveryEmail, u.RecoveryPhone = "", "" })
			}
			r.sim.Inject(kit.Fault{Method: c.method, Path: c.path, Status: http.StatusOK})
			wantState(t, must(r, activities.GoogleCutAccess, r.perform(cutSteps...))[c.step], plan.Unverified)
		})
	}
}

func TestCutAccess_AnswerLostAfterTheEffect_IsVerifiedByTheRead(t *testing.T) {
	for name, path := range map[string]string{"Password": "/admin/directory/v1/users/*", "Roles": "/admin/directory/v1/customer/*/roleassignments/*"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.armed()
			for _, method := range []string{"PUT", "DELETE"} {
				r.sim.Inject(kit.Fault{Method: method, Path: path, Drop: kit.DropAfter, Times: 1})
			}
			out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
			for _, step := range cutSteps {
				wantState(t, out[step], plan.Verified)
			}
		})
	}
}

func TestCutAccess_OneStepFailingInPassing_KeepsNoOtherFromHappening(t *testing.T) {
	r := newRig(t)
	r.armed()
	r.sim.Inject(kit.Fault{Path: "/admin/directory/v1/customer/**", Status: http.StatusServiceUnavailable})
	_, err := run(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
	if u := r.user(leaverMail); len(u.Tokens)+len(u.Sessions) != 0 || u.PasswordChanges == 0 {
		t.Errorf("containment waited for the roles: %+v", u)
	}
}

func TestCutAccess_RetriedAfterDyingMidway_KeepsWhatWasRemovedInEvidence(t *testing.T) {
	r := newRig(t)
	r.armed()
	remove := r.sim.Inject(kit.Fault{Path: "/admin/directory/v1/users/*/signOut", Status: http.StatusServiceUnavailable})
	if _, err := run(r, activities.GoogleCutAccess, r.perform(cutSteps...)); err == nil {
		t.Fatal("ended well without a sign-out")
	}
	remove()
	changes := r.user(leaverMail).PasswordChanges
	out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	want := map[plan.Action][]string{plan.GoogleRoles: {"super_admin", "role:4711"}, plan.GoogleTokens: {"token:mail-app", "token:chart-app"}}
	for step, items := range want {
		wantState(t, out[step], plan.Verified)
		if !slices.Equal(out[step].Items, items) {
			t.Errorf("%s recorded %v, want %v", step, out[step].Items, items)
		}
	}
	if n := r.user(leaverMail).PasswordChanges; n != changes {
		t.Error("a proved password was changed again")
	}
}

func TestSessions_SignedInMeanwhile_IsSignedOutAgain(t *testing.T) {
	r := newRig(t)
	r.on("POST", "/signOut", 2, func() {
		r.sim.Change(leaverMail, func(u *googlesim.User) { u.LastLogin = start })
	})
	wantState(t, must(r, activities.GoogleCutAccess, r.perform(cutSteps...))[plan.GoogleSessions], plan.Verified)
	if n := r.user(leaverMail).SignOuts; n != 3 {
		t.Errorf("signed out %d times, want 3", n)
	}
}

func TestRoles_ThroughAGroup_NeedsAttention(t *testing.T) {
	r := newRig(t)
	id := r.sim.AddGroup("admins@example.com", "Admins")
	r.sim.AddMember(id, leaverMail, "MEMBER")
	r.sim.AddRole(id, "4711")
	o := must(r, activities.GoogleCutAccess, r.perform(plan.GoogleRoles))[plan.GoogleRoles]
	wantState(t, o, plan.NeedsAttention)
	if !strings.Contains(o.Mend, id) {
		t.Errorf("the mend does not name the group: %q", o.Mend)
	}
}

func TestTheActingAdministrator_IsNotDisarmed(t *testing.T) {
	r := newRig(t)
	admin := r.user(googlesim.AdminEmail)
	in := activities.Perform{CaseRef: r.ref(), Account: admin.ID, Steps: []plan.StepID{plan.StepID(plan.GoogleRoles)}}
	wantState(t, must(r, activities.GoogleCutAccess, in)[plan.GoogleRoles], plan.NeedsAttention)
	in.Steps[0] = plan.StepID(plan.GoogleSuspend)
	wantState(t, must(r, activities.GoogleSuspendUser, in)[plan.GoogleSuspend], plan.NeedsAttention)
	if u := r.user(googlesim.AdminEmail); !u.IsAdmin || u.Suspended {
		t.Error("Tenure took its own rights away")
	}
}

func TestTokens_SuspendedAccountWithBackupCodes_NeedsAttention(t *testing.T) {
	r := newRig(t)
	r.armed()
	r.sim.SuspendByOkta(leaverMail)
	out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	wantState(t, out[plan.GoogleTokens], plan.NeedsAttention)
	wantState(t, out[plan.GooglePassword], plan.Verified)
	if u := r.user(leaverMail); len(u.Tokens)+len(u.ASPs) != 0 {
		t.Errorf("the codes kept the tokens alive: %+v", u)
	}
}

func TestTokens_CodesRefusedWithoutTwoStep_AreNone(t *testing.T) {
	for enrolled, want := range map[bool]plan.State{false: plan.AlreadyAbsent, true: plan.NeedsAttention} {
		r := newRig(t)
		r.sim.Change(leaverMail, func(u *googlesim.User) { u.TwoStep = enrolled })
		r.sim.Inject(kit.Fault{Method: "GET", Path: "/admin/directory/v1/users/*/verificationCodes", Status: http.StatusBadRequest})
		wantState(t, must(r, activities.GoogleCutAccess, r.perform(plan.GoogleTokens))[plan.GoogleTokens], want)
	}
}

func TestScopeNotAuthorised_StopsItsOwnPurposeAlone(t *testing.T) {
	r := newRig(t)
	r.armed()
	r.sim.AuthorizeScopes(slices.DeleteFunc(Scopes(), func(s string) bool { return strings.Contains(s, "rolemanagement") })...)
	out := must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	wantState(t, out[plan.GooglePassword], plan.Verified)
	o := out[plan.GoogleRoles]
	wantState(t, o, plan.NeedsAttention)
	if o.Problem != activities.Forbidden || !strings.Contains(o.Mend, "admin.directory.rolemanagement") || strings.Contains(o.Mend, "gmail") {
		t.Errorf("the mend does not name the missing scope alone: %+v", o)
	}
}
