package google

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

func jsonObject(t *testing.T, body string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *rig) pausing(suspend bool) activities.ConvergeGoogle {
	in := r.known(plan.GooglePause)
	in.Suspend = suspend
	return in
}

func TestPause_SignsOutAndTakesTokens_AndLeavesTheMailbox(t *testing.T) {
	for name, suspend := range map[string]bool{"SignOut": false, "Suspend": true} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.armed()
			r.sim.AddDelegate(leaverMail, heirMail)
			r.sim.SetForwarding(leaverMail, "else@example.com")
			before := r.user(leaverMail)
			_, steps := r.converge(r.pausing(suspend))
			wantState(t, steps[plan.GooglePause], plan.Verified)
			u := r.user(leaverMail)
			if u.Suspended != suspend || len(u.Sessions)+len(u.Tokens)+len(u.ASPs) != 0 {
				t.Errorf("account %+v", u)
			}
			if len(u.Mail.Delegates) != 1 || !u.Mail.Forwarding.Enabled || u.PasswordDigest != before.PasswordDigest || !u.IsAdmin {
				t.Errorf("more was done than signing out: %+v", u)
			}
		})
	}
}

func TestPause_SuspendedByAnother_IsAlreadyAbsentAndLeft(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.SuspendByOkta(leaverMail)
	_, steps := r.converge(r.pausing(true))
	wantState(t, steps[plan.GooglePause], plan.AlreadyAbsent)
	if r.writes() != 0 {
		t.Error("something was written")
	}
}

func TestPause_AnswersLostAtEveryCall_IsThisCasesOwn(t *testing.T) {
	whole := newJoinerRig(t)
	whole.armed()
	whole.converge(whole.pausing(true))
	for n := range whole.paths() {
		for _, f := range []kit.Fault{{Drop: kit.DropBefore}, {Drop: kit.DropAfter}, {Throttle: true}} {
			r := newJoinerRig(t)
			r.armed()
			r.spoil(n, f)
			_, steps := r.retried(r.pausing(true))
			wantState(t, steps[plan.GooglePause], plan.Verified)
			if u := r.user(leaverMail); !u.Suspended || len(u.Tokens) != 0 {
				t.Errorf("call %d, %+v: %+v", n, f, u)
			}
		}
	}
}

// spoil lets a fault happen to the n-th call.
func (r *rig) spoil(n int, f kit.Fault) {
	seen := 0
	r.before = func(req *http.Request) {
		if req.URL.Path == "/token" {
			return
		}
		if seen == n {
			f.Method, f.Path, f.Times = req.Method, req.URL.Path, 1
			r.sim.Inject(f)
		}
		seen++
	}
}

func TestPause_200WithoutEffect_IsUnverified(t *testing.T) {
	for name, c := range map[string]struct{ method, path string }{
		"Suspension": {"PUT", "/admin/directory/v1/users/*"},
		"SignOut":    {"POST", "/admin/directory/v1/users/*/signOut"},
		"Tokens":     {"DELETE", "/admin/directory/v1/users/*/tokens/*"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.armed()
			r.sim.Inject(kit.Fault{Method: c.method, Path: c.path, Status: http.StatusOK})
			_, steps := r.converge(r.pausing(true))
			wantState(t, steps[plan.GooglePause], plan.Unverified)
			if name != "Suspension" && !r.user(leaverMail).Suspended {
				t.Error("left open because something else failed")
			}
		})
	}
}

func TestPauseAndDiscard_OfTenuresOwnAdministrator_AreRefused(t *testing.T) {
	r := newJoinerRig(t)
	admin := r.user(googlesim.AdminEmail)
	for _, a := range []plan.Action{plan.GooglePause, plan.GoogleDiscard} {
		in := r.known(a)
		in.Account, in.Suspend = admin.ID, true
		_, steps := r.converge(in)
		wantState(t, steps[a], plan.NeedsAttention)
	}
	if r.writes() != 0 {
		t.Error("something was written")
	}
}

func TestLeave_WithoutAnAccount(t *testing.T) {
	r := newJoinerRig(t)
	_, steps := r.converge(r.joiner(plan.GooglePause, plan.GoogleResume, plan.GoogleDiscard))
	wantState(t, steps[plan.GooglePause], plan.NotApplicable)
	wantState(t, steps[plan.GoogleResume], plan.NotApplicable)
	wantState(t, steps[plan.GoogleDiscard], plan.AlreadyAbsent)
	if r.writes() != 0 {
		t.Error("something was written")
	}
}

func TestResume(t *testing.T) {
	for name, c := range map[string]struct {
		suspended, archived, paused bool
		gate                        *doorman
		want                        plan.State
		open                        bool
	}{
		"OfItsOwnPause_IsOpened":         {suspended: true, paused: true, want: plan.Verified, open: true},
		"SuspendedByAnother_IsLeft":      {suspended: true, want: plan.NeedsAttention},
		"NotSuspended_IsVerified":        {want: plan.Verified, open: true},
		"Archived_NeedsAttention":        {suspended: true, archived: true, paused: true, want: plan.NeedsAttention},
		"OvertakenBefore_IsLeft":         {suspended: true, paused: true, gate: &doorman{open: never}, want: plan.NotApplicable},
		"OvertakenAfter_IsShutAgain":     {suspended: true, paused: true, gate: &doorman{open: from(2)}, want: plan.NotApplicable},
		"NotSuspended_AsksNoGate_IsTrue": {gate: &doorman{open: never}, want: plan.Verified, open: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.sim.Change(leaverMail, func(u *googlesim.User) {
				u.Suspended, u.Archived = c.suspended, c.archived
				u.SuspensionReason = "ADMIN"
			})
			if c.gate != nil {
				r.gate(c.gate)
			}
			in := r.known(plan.GoogleResume)
			in.Paused = c.paused
			_, steps := r.converge(in)
			wantState(t, steps[plan.GoogleResume], c.want)
			u := r.user(leaverMail)
			if u.Suspended == c.open || u.PasswordDigest != r.leaver.PasswordDigest {
				t.Errorf("account %+v", u)
			}
			if c.want == plan.NotApplicable {
				wantOvertaken(t, steps[plan.GoogleResume])
			}
		})
	}
}

// An attempt that died between opening and asking again is taken up where it stopped.
func TestResume_DiedAfterOpening_IsAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		gate *doorman
		want plan.State
	}{"AndStillMay": {&doorman{}, plan.Verified}, "AndMayNoMore": {&doorman{open: from(3)}, plan.NotApplicable}} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.sim.SuspendByOkta(leaverMail)
			gate := r.gate(c.gate)
			in := r.known(plan.GoogleResume)
			in.Paused = true
			r.on("PUT", r.leaver.ID, 1, func() {
				r.sim.Inject(kit.Fault{Method: "GET", Path: "/admin/directory/v1/users/*", Status: http.StatusServiceUnavailable, Times: 1})
			})
			if _, err := run(r, activities.GoogleConvergeUser, in); err == nil {
				t.Fatal("the first attempt did not fail")
			}
			if gate.opens != 2 || r.user(leaverMail).Suspended {
				t.Fatalf("the first attempt did not open: gate asked %d times", gate.opens)
			}
			_, steps := r.converge(in)
			wantState(t, steps[plan.GoogleResume], c.want)
			if r.user(leaverMail).Suspended != (c.want == plan.NotApplicable) {
				t.Error("not as the gate said")
			}
		})
	}
}

func TestDiscard_Suspends_AndAgainIsVerifiedWithoutAWrite(t *testing.T) {
	r := newJoinerRig(t)
	r.gate(&doorman{give: never, open: never}) // taking access away asks nobody
	for range 2 {
		_, steps := r.converge(r.known(plan.GoogleDiscard))
		wantState(t, steps[plan.GoogleDiscard], plan.Verified)
	}
	if !r.user(leaverMail).Suspended || r.writes() != 1 {
		t.Errorf("%d writes", r.writes())
	}
}

func TestFindLogin_NamesWhoHasEach(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.AddUser(googlesim.User{ID: "1", PrimaryEmail: "taken@example.com", EmployeeNumber: "E5"})
	r.sim.AddUser(googlesim.User{ID: "2", PrimaryEmail: "gone@example.com", Suspended: true})
	r.sim.AddUser(googlesim.User{ID: "3", PrimaryEmail: "kept@example.com", Archived: true})
	r.sim.AddUser(googlesim.User{ID: "4", PrimaryEmail: "deleted@example.com", Deleted: start})
	r.sim.AddUser(googlesim.User{ID: "5", PrimaryEmail: "long.gone@example.com", Deleted: start.AddDate(0, 0, -21)})
	r.sim.AddUser(googlesim.User{ID: "6", PrimaryEmail: "own.number@example.com", EmployeeNumber: "E2001"})
	group := r.sim.AddGroup("all@example.com", "All")
	own := r.sim.AddUser(googlesim.User{ID: "7", PrimaryEmail: "own@example.com", Aliases: []string{"own.alias@example.com"}})
	in := activities.FindLogin{Identity: activities.Identity{CaseRef: r.ref(), Account: own.ID, EmployeeNumber: "E2001"},
		Wanted: []string{"Taken@example.com", "kim@example.com", "gone@example.com", "kept@example.com", "Deleted@example.com", "long.gone@example.com",
			"all@example.com", "own@example.com", "own.alias@example.com", "own.number@example.com", "free@example.com"}}
	out, err := run(r, activities.GoogleFindLogin, in)
	if err != nil {
		t.Fatal(err)
	}
	want := []activities.TakenLogin{
		{Login: "Taken@example.com", Account: "1", Status: "active", Number: "E5"},
		{Login: "kim@example.com", Account: r.heir.ID, Status: "alias"},
		{Login: "gone@example.com", Account: "2", Status: "suspended"},
		{Login: "kept@example.com", Account: "3", Status: "archived"},
		{Login: "Deleted@example.com", Account: "4", Status: "deleted"},
		{Login: "all@example.com", Account: group, Status: "group"},
	}
	if len(out.Taken) != len(want) {
		t.Fatalf("taken %+v", out.Taken)
	}
	for i, w := range want {
		if out.Taken[i] != w {
			t.Errorf("taken %+v, want %+v", out.Taken[i], w)
		}
	}
}

func TestFindLogin_NothingWanted_AsksNothing(t *testing.T) {
	r := newJoinerRig(t)
	if out, err := run(r, activities.GoogleFindLogin, activities.FindLogin{}); err != nil || len(out.Taken) != 0 || len(r.paths()) != 0 {
		t.Errorf("%+v, %v, %v", out, err, r.paths())
	}
}

func TestFindLogin_Refusals(t *testing.T) {
	for name, c := range map[string]struct {
		fault kit.Fault
		typ   string
	}{
		"Throttled":    {kit.Fault{Method: "GET", Throttle: true}, activities.RateLimited},
		"GroupsClosed": {kit.Fault{Path: "/admin/directory/v1/groups/*", Status: http.StatusForbidden}, activities.Forbidden},
		"Down":         {kit.Fault{Path: "/admin/directory/v1/users/*", Status: http.StatusServiceUnavailable}, activities.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.sim.Inject(c.fault)
			_, err := run(r, activities.GoogleFindLogin, activities.FindLogin{Wanted: []string{"free@example.com"}})
			if typ, _ := typeOf(t, err); typ != c.typ || strings.Contains(err.Error(), "free@") {
				t.Errorf("ended with %s: %v", typ, err)
			}
		})
	}
}

// What the identity ledger links to somebody else is theirs, whatever number and name the account carries.
func TestConverge_AccountLinkedToSomebodyElse_IsNeverTouched(t *testing.T) {
	for name, k := range map[string]struct {
		user   googlesim.User
		create bool
		step   plan.Action
	}{
		"WithTheNumber":  {googlesim.User{GivenName: "Jo", FamilyName: "New", EmployeeNumber: "E2001"}, true, plan.GoogleAccount},
		"WithTheName":    {googlesim.User{GivenName: "Jo", FamilyName: "New"}, false, plan.GoogleProfile},
		"ToBeSuspended":  {googlesim.User{GivenName: "Jo", FamilyName: "New"}, false, plan.GoogleDiscard},
		"ToBeSignedOut":  {googlesim.User{GivenName: "Jo", FamilyName: "New"}, false, plan.GooglePause},
		"ToBeLetInAgain": {googlesim.User{GivenName: "Jo", FamilyName: "New", Suspended: true}, false, plan.GoogleResume},
	} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			k.user.PrimaryEmail = joinerMail
			owners := map[string]employee.ID{r.sim.AddUser(k.user).ID: "E3"}
			r.sys.config.Owner = func(_ context.Context, account string) (employee.ID, error) { return owners[account], nil }
			in := r.joiner(k.step)
			in.Create = k.create
			out, by := r.converge(in)
			wantState(t, by[k.step], plan.NeedsAttention)
			if o := by[k.step]; o.Problem != activities.Ambiguous || !strings.Contains(o.Detail, "E3's") || out.Account != "" || r.writes() != 0 {
				t.Errorf("%d writes to %q: %+v", r.writes(), out.Account, o)
			}
		})
	}
}

// The address that the person had until now may be somebody's whom the ledger knows by now.
func TestConverge_FormerAddressOfSomebodyElse_IsNoAccount(t *testing.T) {
	r := newJoinerRig(t)
	u := r.sim.AddUser(googlesim.User{PrimaryEmail: "jo.old@example.com", GivenName: "Jo", FamilyName: "Old"})
	owner := employee.ID("E3")
	r.sys.config.Owner = func(context.Context, string) (employee.ID, error) { return owner, nil }
	in := r.joiner(plan.GooglePause)
	in.Former, in.Create = u.PrimaryEmail, false
	if out, by := r.converge(in); out.Account != "" || by[plan.GooglePause].State != plan.NotApplicable {
		t.Errorf("%q: %+v", out.Account, by)
	}
	owner = in.Employee
	if out, _ := r.converge(in); out.Account != u.ID {
		t.Errorf("the person's own was not found: %+v", out)
	}
}

// Whose account it is must be known before anything is done with it.
func TestConverge_LedgerDoesNotAnswer_IsTriedAgain(t *testing.T) {
	r := newJoinerRig(t)
	r.sim.AddUser(googlesim.User{PrimaryEmail: joinerMail, GivenName: "Jo", FamilyName: "New"})
	r.sys.config.Owner = func(context.Context, string) (employee.ID, error) { return "", errors.New("the store is closed") }
	_, err := run(r, activities.GoogleConvergeUser, r.joiner(plan.GoogleDiscard))
	if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
		t.Errorf("ended with %s: %v", typ, err)
	}
}

// A login that was chosen for somebody whose hire is called off may be a colleague's by then, also where Okta makes accounts.
func TestDiscard_AccountOfAnotherName_IsLeftAlone(t *testing.T) {
	r := newJoinerRig(t)
	u := r.sim.AddUser(googlesim.User{PrimaryEmail: joinerMail, GivenName: "Al", FamilyName: "Old"})
	in := r.joiner(plan.GoogleDiscard)
	in.Create = false
	_, by := r.converge(in)
	wantState(t, by[plan.GoogleDiscard], plan.NeedsAttention)
	if r.writes() != 0 {
		t.Errorf("%d writes to %s", r.writes(), u.ID)
	}
}
