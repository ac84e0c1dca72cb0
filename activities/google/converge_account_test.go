package google

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

func TestAccount_Created_IsThereWithAPasswordThatNobodyKnows(t *testing.T) {
	r := newJoinerRig(t)
	gate := r.gate(&doorman{})
	out, steps := r.converge(r.joiner(plan.GoogleAccount, plan.GoogleProfile))
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
	u := r.user(joinerMail)
	if u.Suspended || u.ChangePassword || u.PasswordChanges != 1 || u.EmployeeNumber != "E2001" || u.OrgUnitPath != "/Sales" ||
		u.Title != "Representative" || u.Department != "Sales" || u.CostCenter != "4711" || u.Manager != heirMail {
		t.Errorf("account: %+v", u)
	}
	if out.Account != u.ID || out.Email != joinerMail || gate.gives != 4 || gate.opens != 0 {
		t.Errorf("result %+v, gate asked %d and %d times", out, gate.gives, gate.opens)
	}
	for _, c := range r.sim.Calls() {
		if strings.Contains(c.Body, `"changePasswordAtNextLogin":true`) {
			t.Errorf("a change of password is asked for: %s", c.Body)
		}
	}
}

func TestAccount_AlreadyThere_IsVerifiedWithoutAWrite(t *testing.T) {
	r := newJoinerRig(t)
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	if n := r.writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
}

func TestAccount_NotMadeByOktaYet_IsWaiting_AndSoIsTheProfile(t *testing.T) {
	r := newJoinerRig(t, func(s *googlesim.Simulator) { s.ProvisionTime = time.Minute })
	in := r.joiner(plan.GoogleAccount, plan.GoogleProfile)
	in.Create = false
	r.sim.Provision(joinerMail, "Jo", "New")
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleAccount], plan.Waiting)
	wantState(t, steps[plan.GoogleProfile], plan.Waiting)
	if r.writes() != 0 {
		t.Error("something was written")
	}
	r.pass(2 * time.Minute)
	_, steps = r.converge(in)
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
	if u := r.user(joinerMail); u.EmployeeNumber != "E2001" || u.Department != "Sales" {
		t.Errorf("account: %+v", u)
	}
}

func TestAccount_OktaIsKeptOffByADeletedOne_SaysSo(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.AddUser(googlesim.User{PrimaryEmail: joinerMail, GivenName: "Al", FamilyName: "Old", Deleted: start.Add(-24 * time.Hour)})
	in := r.joiner(plan.GoogleAccount)
	in.Create = false
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleAccount], plan.Waiting)
	if o := steps[plan.GoogleAccount]; !strings.Contains(o.Detail, "deleted on 2026-11-29") || o.Mend == "" {
		t.Errorf("outcome %+v", o)
	}
}

// Whose account it is, where it was found by its address.
func TestAccount_FoundByAddress(t *testing.T) {
	for name, c := range map[string]struct {
		there  googlesim.User
		create bool
		want   plan.State
	}{
		"WithTheNumber_IsTheirs":                        {googlesim.User{GivenName: "Other", FamilyName: "Name", EmployeeNumber: "E2001"}, true, plan.Verified},
		"WithTheName_IsTheirs":                          {googlesim.User{GivenName: "Joanna", FamilyName: "New"}, true, plan.Verified},
		"WithAnotherNumber_IsAmbiguous":                 {googlesim.User{GivenName: "Jo", FamilyName: "New", EmployeeNumber: "E7"}, true, plan.NeedsAttention},
		"WithAnotherNumber_IsAmbiguous_ThoughOktaMakes": {googlesim.User{GivenName: "Jo", FamilyName: "New", EmployeeNumber: "E7"}, false, plan.NeedsAttention},
		"WithAnotherName_IsAmbiguous":                   {googlesim.User{GivenName: "Al", FamilyName: "Old"}, true, plan.NeedsAttention},
		"MadeByOktaInOtherLetters_IsTheirs":             {googlesim.User{GivenName: "Yo", FamilyName: "Nyu"}, false, plan.Verified},
		"AsAnAliasOfSomebody_IsAmbiguous":               {googlesim.User{PrimaryEmail: "al@example.com", GivenName: "Jo", FamilyName: "New", Aliases: []string{joinerMail}}, true, plan.NeedsAttention},
		"AsTheirOwnAlias_IsTheirs":                      {googlesim.User{PrimaryEmail: "jo@example.com", GivenName: "Jo", FamilyName: "New", Aliases: []string{joinerMail}, EmployeeNumber: "E2001"}, true, plan.Verified},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			c.there.PrimaryEmail = cmpOr(c.there.PrimaryEmail, joinerMail)
			r.sim.AddUser(c.there)
			in := r.joiner(plan.GoogleAccount, plan.GoogleProfile, plan.GooglePause)
			if in.Create = c.create; c.create {
				in.Steps = append(in.Steps, plan.StepID(plan.GoogleDiscard))
			}
			out, steps := r.converge(in)
			wantState(t, steps[plan.GoogleAccount], c.want)
			if c.want == plan.Verified {
				return
			}
			for step, o := range steps {
				wantState(t, o, plan.NeedsAttention)
				if o.Problem != activities.Ambiguous {
					t.Errorf("%s: %+v", step, o)
				}
			}
			if r.writes() != 0 || out.Account != "" {
				t.Errorf("somebody else's account was touched, or named: %+v", out)
			}
		})
	}
}

// What keeps an account from being made.
func TestAccount_NotMade(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*rig)
		edit   func(*activities.ConvergeGoogle)
		typ    string
		says   string
	}{
		"DeletedLately_IsNamed": {func(r *rig) {
			r.sim.AddUser(googlesim.User{ID: "77", PrimaryEmail: joinerMail, Deleted: start.Add(-48 * time.Hour)})
		}, nil, activities.Conflict, "account 77 of this address was deleted on 2026-11-28"},
		"LinkedOneDeletedLately_IsNamed": {func(r *rig) {
			r.sim.AddUser(googlesim.User{ID: "77", PrimaryEmail: "jo.old@example.com", Deleted: start.Add(-48 * time.Hour)})
		}, func(in *activities.ConvergeGoogle) { in.Account = "77" }, activities.Conflict, "account 77"},
		"NumberElsewhere_IsAmbiguous": {func(r *rig) {
			r.sim.AddUser(googlesim.User{ID: "88", PrimaryEmail: "j.new@example.com", EmployeeNumber: "E2001"})
		}, nil, activities.Ambiguous, "account 88"},
		"GroupHasTheAddress_IsConflict": {func(r *rig) { r.sim.AddGroup(joinerMail, "New joiners") }, nil, activities.Conflict, "has the person's address"},
		"UnknownUnit_IsNamed":           {nil, func(in *activities.ConvergeGoogle) { in.OrgUnit = "/Nowhere" }, activities.InvalidInput, "/Nowhere"},
		"OtherDomain_IsRefused": {nil, func(in *activities.ConvergeGoogle) { in.Email = "jo@elsewhere.example.net" },
			activities.Forbidden, "may not do this"},
		"WithoutALastName_AsksHR": {nil, func(in *activities.ConvergeGoogle) { in.Person.LastName = " " }, activities.InvalidInput, "last name"},
		"WithoutLicence_IsUnsupported": {func(r *rig) {
			r.sim.Inject(kit.Fault{Method: "POST", Path: "/admin/directory/v1/users", Status: http.StatusPreconditionFailed,
				Body: `{"error":{"code":412,"message":"Domain user limit reached.","errors":[{"reason":"limitExceeded"}]}}`})
		}, nil, activities.Unsupported, "licence"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			if c.before != nil {
				c.before(r)
			}
			in := r.joiner(plan.GoogleAccount, plan.GoogleProfile)
			if c.edit != nil {
				c.edit(&in)
			}
			_, steps := r.converge(in)
			o := steps[plan.GoogleAccount]
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ || !strings.Contains(o.Detail, c.says) {
				t.Errorf("outcome %+v, want %s that says %q", o, c.typ, c.says)
			}
			if _, made := r.sim.User(in.Email); made {
				t.Error("the account was made")
			}
		})
	}
}

func TestAccount_DeletedLongAgo_IsMadeAnew(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.AddUser(googlesim.User{ID: "77", PrimaryEmail: joinerMail, Deleted: start.Add(-30 * 24 * time.Hour)})
	in := r.joiner(plan.GoogleAccount)
	in.Account = "77"
	out, steps := r.converge(in)
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	if out.Account == "77" || out.Account == "" {
		t.Errorf("account %q", out.Account)
	}
}

func TestAccount_SomebodyElseMadeItAtThatMoment_IsDecidedByReading(t *testing.T) {
	for name, number := range map[string]string{"Theirs": "E2001", "AnotherPersons": "E7"} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.on("POST", "/users", 1, func() {
				r.sim.AddUser(googlesim.User{PrimaryEmail: joinerMail, GivenName: "Jo", FamilyName: "New", EmployeeNumber: number})
			})
			_, steps := r.converge(r.joiner(plan.GoogleAccount))
			want := plan.Verified
			if number != "E2001" {
				want = plan.NeedsAttention
			}
			wantState(t, steps[plan.GoogleAccount], want)
		})
	}
}

func TestAccount_NotShownAtOnce_IsFoundByARetryAndMadeOnce(t *testing.T) {
	r := newJoinerRig(t, func(s *googlesim.Simulator) { s.VisibleLag = time.Minute })
	in := r.joiner(plan.GoogleAccount)
	for range 2 { // the second meets 409, and still sees nothing
		_, err := run(r, activities.GoogleConvergeUser, in)
		if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
			t.Fatalf("ended with %s", typ)
		}
	}
	r.pass(2 * time.Minute)
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	if n := len(r.sim.Snapshot().Users); n != 4 {
		t.Errorf("%d accounts, want the administrator, two people and the new one", n)
	}
}

func TestAccount_CreationNotComplete_TheProfileIsRetried(t *testing.T) {
	r := newJoinerRig(t, func(s *googlesim.Simulator) { s.CreationTime = time.Minute })
	in := r.joiner(plan.GoogleAccount, plan.GoogleProfile)
	_, err := run(r, activities.GoogleConvergeUser, in)
	if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
		t.Fatalf("ended with %s", typ)
	}
	r.pass(2 * time.Minute)
	_, steps := r.converge(in)
	wantState(t, steps[plan.GoogleProfile], plan.Verified)
}

// rehire is somebody whose account was suspended when they left.
func (r *rig) rehire() {
	r.sim.Change(leaverMail, func(u *googlesim.User) {
		u.Suspended, u.SuspensionReason, u.Hidden = true, "ADMIN", true
		u.Mail.Vacation = googlesim.Vacation{Enabled: true, Subject: "Gone"}
	})
}

func TestAccount_Rehire_IsOpenedWithANewPassword(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	gate := r.gate(&doorman{})
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	u := r.user(leaverMail)
	if u.Suspended || u.Hidden || !u.ChangePassword || u.Mail.Vacation.Enabled || gate.opens != 2 {
		t.Errorf("account %+v, gate asked %d times", u, gate.opens)
	}
	if err := r.sim.SignIn(leaverMail, "correct horse", "laptop"); err == nil {
		t.Error("the old password still works")
	}
	if n := r.sim.CallsTo("PUT", "/admin/directory/v1/users/*"); n != 1 {
		t.Errorf("%d writes: between them it was open with the old password", n)
	}
}

func TestAccount_RehireWhoseMailboxIsNotServedYet_IsOpened_AndTheReplyIsToldOf(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	r.sim.Inject(kit.Fault{Path: "/gmail/**", Status: http.StatusBadRequest})
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.Verified)
	if !strings.Contains(steps[plan.GoogleAccount].Detail, "automatic reply could not be looked at") {
		t.Errorf("outcome %+v", steps[plan.GoogleAccount])
	}
}

func TestAccount_RehireBeforeTheFirstDay_IsLeftSuspendedAndWaits(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	r.gate(&doorman{open: never})
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.Waiting)
	if !r.user(leaverMail).Suspended || r.writes() != 0 {
		t.Error("the account was opened")
	}
}

func TestAccount_SuspendedAndGone_IsOvertaken(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	r.gate(&doorman{open: never, give: never})
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantOvertaken(t, steps[plan.GoogleAccount])
	if r.writes() != 0 {
		t.Error("something was written")
	}
}

func TestAccount_SuspendedByGoogleItself_NeedsAttention(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Suspended, u.SuspensionReason = true, "ABUSE" })
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.NeedsAttention)
	if steps[plan.GoogleAccount].Problem != activities.Conflict {
		t.Errorf("outcome %+v", steps[plan.GoogleAccount])
	}
}

func TestAccount_Archived_NeedsAttention(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Suspended, u.Archived = true, true })
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.NeedsAttention)
	if r.writes() != 0 {
		t.Error("something was written")
	}
}

func TestAccount_200WithoutEffect_IsNotVerified(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	r.sim.Inject(kit.Fault{Method: "PUT", Path: "/admin/directory/v1/users/*", Status: http.StatusOK})
	_, steps := r.converge(r.known(plan.GoogleAccount))
	wantState(t, steps[plan.GoogleAccount], plan.Unverified)
}

func TestConverge_UnknownStep_NeedsAttention(t *testing.T) {
	r := newJoinerRig(t)
	_, steps := r.converge(r.known("google.nonsense"))
	wantState(t, steps["google.nonsense"], plan.NeedsAttention)
}

// Every call fails once, before or after its effect: the end is the same, nothing happens twice, and what was changed is
// told.
func TestConverge_EveryCallFailsOnce(t *testing.T) {
	in := func(r *rig) activities.ConvergeGoogle {
		return r.joiner(plan.GoogleAccount, plan.GoogleProfile, plan.GooglePause)
	}
	whole := newJoinerRig(t)
	want, _ := whole.converge(in(whole))
	for n := range whole.paths() {
		for _, f := range []kit.Fault{{Drop: kit.DropBefore}, {Drop: kit.DropAfter}, {Throttle: true}, {Status: http.StatusServiceUnavailable}} {
			r := newJoinerRig(t)
			r.spoil(n, f)
			out, steps := r.retried(in(r))
			for _, o := range steps {
				if !o.State.Proved() {
					t.Errorf("call %d, %+v: %+v", n, f, o)
				}
			}
			u := r.user(joinerMail)
			if u.Department != "Sales" || u.PasswordChanges != 1 || len(r.sim.Snapshot().Users) != 4 {
				t.Errorf("call %d, %+v: %+v", n, f, u)
			}
			if !slices.Equal(out.Changed, want.Changed) {
				t.Errorf("call %d, %+v: changed %+v, want %+v", n, f, out.Changed, want.Changed)
			}
		}
	}
}
