package google

import (
	"net/http"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

// offboarded carries the leaver through everything and gives what a rescind is told.
func (r *rig) offboarded() activities.RestoreGoogle {
	r.t.Helper()
	r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/Sales"})
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.OrgUnitPath = "/Sales" })
	in := activities.RestoreGoogle{CaseRef: r.ref(), Facts: r.readUser(), Delegate: heirMail}
	must(r, activities.GoogleCutAccess, r.perform(cutSteps...))
	r.lend(heirMail)
	r.reply("Gone")
	must(r, activities.GoogleHideUser, r.perform(plan.GoogleHide))
	r.move("/Leavers", heirMail)
	for _, a := range append(cutSteps, plan.GoogleDelegate, plan.GoogleAutoReply, plan.GoogleHide, plan.GoogleOrgUnit) {
		in.Done = append(in.Done, plan.StepID(a))
	}
	in.Done = append(in.Done, "okta.suspend", "jamf.lock:C02XY")
	return in
}

func (r *rig) restore(in activities.RestoreGoogle) map[plan.Action]activities.Outcome {
	r.t.Helper()
	return must(r, activities.GoogleRestoreUser, in)
}

func TestRestore_BringsBackWhatTheSnapshotHolds(t *testing.T) {
	r := newRig(t)
	in := r.offboarded()
	r.suspend()
	for step, o := range r.restore(in) {
		if !o.State.Proved() {
			t.Errorf("%s is %s: %+v", step, o.State, o)
		}
	}
	u := r.user(leaverMail)
	if u.Suspended || u.Hidden || u.OrgUnitPath != "/Sales" || u.RecoveryEmail != "sam@example.net" || u.RecoveryPhone != "+15550100123" ||
		!u.ChangePassword || len(u.Mail.Delegates) != 0 || u.Mail.Vacation.Enabled {
		t.Errorf("account: %+v", u)
	}
}

func TestRestore_DelegateFromBeforeTheCase_Stays(t *testing.T) {
	r := newRig(t)
	r.sim.AddDelegate(leaverMail, heirMail)
	in := r.offboarded()
	r.restore(in)
	if len(r.user(leaverMail).Mail.Delegates) != 1 {
		t.Error("a delegate of the person's own was removed")
	}
}

func TestRestore_SuspendedBeforeTheCase_StaysSuspended(t *testing.T) {
	r := newRig(t)
	r.sim.SuspendByOkta(leaverMail)
	in := activities.RestoreGoogle{CaseRef: r.ref(), Facts: r.readUser()}
	wantState(t, r.restore(in)[plan.GoogleSuspend], plan.Verified)
	if !r.user(leaverMail).Suspended {
		t.Error("unsuspended")
	}
}

func TestRestore_SuspendedForAbuse_NeedsAttention(t *testing.T) {
	r := newRig(t)
	in := activities.RestoreGoogle{CaseRef: r.ref(), Facts: r.readUser()}
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Suspended, u.SuspensionReason = true, "ABUSE" })
	o := r.restore(in)[plan.GoogleSuspend]
	wantState(t, o, plan.NeedsAttention)
	if o.Problem != activities.Conflict || !strings.Contains(o.Detail, "Google suspended") {
		t.Errorf("outcome %+v", o)
	}
}

func TestRestore_SuperAdmin_IsAPersonsDecision(t *testing.T) {
	r := newRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.IsAdmin = true })
	in := r.offboarded()
	wantState(t, r.restore(in)[plan.GoogleRoles], plan.NeedsAttention)
	if r.user(leaverMail).IsAdmin {
		t.Error("administrator again")
	}
}

// TestRestore_MailboxNotServedYet_IsRetried: after an unsuspension Google can take an hour.
func TestRestore_MailboxNotServedYet_IsRetried(t *testing.T) {
	r := newRig(t)
	in := r.offboarded()
	r.sim.Inject(kit.Fault{Path: "/gmail/**", Status: http.StatusBadRequest,
		Body: `{"error":{"code":400,"message":"Mail service not enabled","errors":[{"reason":"failedPrecondition"}]}}`})
	_, err := run(r, activities.GoogleRestoreUser, in)
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
}

func TestRestore_WithoutAnAccount(t *testing.T) {
	r := newRig(t)
	wantState(t, r.restore(activities.RestoreGoogle{CaseRef: r.ref()})[plan.GoogleSuspend], plan.NotApplicable)
	in := activities.RestoreGoogle{CaseRef: r.ref(), Facts: r.readUser()}
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Deleted = start })
	wantState(t, r.restore(in)[plan.GoogleSuspend], plan.NeedsAttention)
}
