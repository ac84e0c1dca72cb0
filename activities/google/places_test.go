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

const userPath = "/admin/directory/v1/users/*"

func (r *rig) move(unit, delegate string) activities.Outcome {
	r.t.Helper()
	in := activities.MoveOrgUnit{Perform: r.perform(plan.GoogleOrgUnit), OrgUnit: unit, Delegate: delegate}
	return must(r, activities.GoogleMoveOrgUnit, in)[plan.GoogleOrgUnit]
}

func TestMoveOrgUnit_ReadsTheDelegateAfterTheMove(t *testing.T) {
	r := newRig(t)
	r.lend(heirMail)
	o := r.move("/Leavers", heirMail)
	wantState(t, o, plan.Verified)
	if r.user(leaverMail).OrgUnitPath != "/Leavers" || !slices.Equal(o.Items, []string{"orgunit:/"}) || !strings.Contains(o.ReadBack, "delegate") {
		t.Errorf("outcome %+v", o)
	}
	wantState(t, r.move("Leavers", heirMail), plan.Verified)
	if n := r.sim.CallsTo("PUT", userPath); n != 1 {
		t.Errorf("moved %d times", n)
	}
}

func TestMoveOrgUnit_WhereTheDelegationEnds_NeedsAttention(t *testing.T) {
	for name, unit := range map[string]googlesim.OrgUnit{"GmailOff": {Path: "/Off", GmailOff: true}, "DelegationOff": {Path: "/Off", DelegationOff: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.AddOrgUnit(unit)
			r.lend(heirMail)
			o := r.move("/Off", heirMail)
			wantState(t, o, plan.NeedsAttention)
			if !strings.Contains(o.Mend, "offboard.org_unit") {
				t.Errorf("mend %q", o.Mend)
			}
		})
	}
}

func TestMoveOrgUnit_UnknownUnit_NeedsAttentionAndNamesTheSetting(t *testing.T) {
	r := newRig(t)
	for _, unit := range []string{"/Nowhere", ""} {
		o := r.move(unit, "")
		wantState(t, o, plan.NeedsAttention)
		if o.Problem != activities.InvalidInput || !strings.Contains(o.Mend, "offboard.org_unit") {
			t.Errorf("%q: %+v", unit, o)
		}
	}
}

func TestHide_SendsTheFalseValue(t *testing.T) {
	r := newRig(t)
	wantState(t, must(r, activities.GoogleHideUser, r.perform(plan.GoogleHide))[plan.GoogleHide], plan.Verified)
	if !r.user(leaverMail).Hidden {
		t.Error("still in the directory")
	}
}

func (r *rig) suspend() activities.Outcome {
	r.t.Helper()
	return must(r, activities.GoogleSuspendUser, r.perform(plan.GoogleSuspend))[plan.GoogleSuspend]
}

func TestSuspend_IsVerifiedByTheAccount(t *testing.T) {
	r := newRig(t)
	wantState(t, r.suspend(), plan.Verified)
	if !r.user(leaverMail).Suspended || r.sim.AcceptsMail(leaverMail) {
		t.Error("not suspended")
	}
	wantState(t, r.suspend(), plan.Verified)
	if n := r.sim.CallsTo("PUT", userPath); n != 1 {
		t.Errorf("suspended %d times", n)
	}
}

func TestSuspend_AnswerLostAfterTheEffect_IsVerified(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Path: userPath, Drop: kit.DropAfter})
	wantState(t, r.suspend(), plan.Verified)
}

func TestSuspend_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Path: userPath, Status: http.StatusOK})
	wantState(t, r.suspend(), plan.Unverified)
}

func TestSuspend_RefusedForGood_NeedsAttention(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Path: userPath, Status: http.StatusForbidden})
	wantState(t, r.suspend(), plan.NeedsAttention)
}

func TestSuspend_Unavailable_IsTriedOnceAndRetriedByTemporal(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: "PUT", Path: userPath, Status: http.StatusServiceUnavailable})
	_, err := run(r, activities.GoogleSuspendUser, r.perform(plan.GoogleSuspend))
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
	if n := r.sim.CallsTo("PUT", userPath); n != 1 {
		t.Errorf("%d attempts, want 1: Temporal owns retries", n)
	}
}

func TestAccountGone_IsNotApplicable(t *testing.T) {
	r := newRig(t)
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.Deleted = start })
	wantState(t, r.suspend(), plan.NotApplicable)
	wantState(t, r.lend(heirMail), plan.NotApplicable)
	wantState(t, r.move("/Leavers", heirMail), plan.NotApplicable)
}

// owning makes the leaver the only owner of one group, one of two owners of another, and a member of a third.
func (r *rig) owning() {
	for _, g := range []string{"alone", "shared", "other"} {
		r.sim.AddGroup(g+"@example.com", g)
	}
	r.sim.AddMember("alone@example.com", leaverMail, "OWNER")
	r.sim.AddMember("shared@example.com", leaverMail, "OWNER")
	r.sim.AddMember("shared@example.com", googlesim.AdminEmail, "OWNER")
	r.sim.AddMember("other@example.com", leaverMail, "MEMBER")
}

func (r *rig) moveGroups(groups ...string) activities.Outcome {
	r.t.Helper()
	in := activities.MoveGroups{Perform: r.perform(plan.GoogleGroups), Groups: groups, To: heirMail}
	return must(r, activities.GoogleMoveGroups, in)[plan.GoogleGroups]
}

func (r *rig) roleOfHeir(group string) string {
	g, _ := r.sim.Group(group)
	for _, m := range g.Members {
		if m.Email == heirMail {
			return m.Role
		}
	}
	return ""
}

func TestMoveGroups_GivesOnlyGroupsWithoutAnotherOwner(t *testing.T) {
	r := newRig(t)
	r.owning()
	o := r.moveGroups("alone@example.com", "shared@example.com", "deleted@example.com")
	wantState(t, o, plan.Verified)
	if r.roleOfHeir("alone@example.com") != "OWNER" || r.roleOfHeir("shared@example.com") != "" || !slices.Equal(o.Items, []string{"alone@example.com"}) {
		t.Errorf("outcome %+v", o)
	}
	wantState(t, r.moveGroups("alone@example.com"), plan.AlreadyAbsent)
}

func TestMoveGroups_HeirIsAMemberAlready_409RaisesTheRole(t *testing.T) {
	r := newRig(t)
	r.owning()
	r.sim.AddMember("alone@example.com", heirMail, "MEMBER")
	wantState(t, r.moveGroups("alone@example.com"), plan.Verified)
	if role := r.roleOfHeir("alone@example.com"); role != "OWNER" {
		t.Errorf("role %s", role)
	}
}

func TestMoveGroups_WithoutASnapshot_ReadsThem(t *testing.T) {
	r := newRig(t)
	r.owning()
	wantState(t, r.moveGroups(), plan.Verified)
}

func TestMoveGroups_OneRefuses_TheOthersGoOn(t *testing.T) {
	r := newRig(t)
	r.owning()
	r.sim.AddGroup("computed@example.com", "Computed")
	r.sim.SetDynamic("computed@example.com")
	o := r.moveGroups("computed@example.com", "alone@example.com")
	wantState(t, o, plan.NeedsAttention)
	if !strings.Contains(o.Mend, "computed@example.com") || r.roleOfHeir("alone@example.com") != "OWNER" {
		t.Errorf("outcome %+v", o)
	}
}

func TestMoveGroups_Answered200WithoutEffect_IsUnverified(t *testing.T) {
	r := newRig(t)
	r.owning()
	r.sim.Inject(kit.Fault{Method: "POST", Path: "/admin/directory/v1/groups/**", Status: http.StatusOK})
	wantState(t, r.moveGroups("alone@example.com"), plan.Unverified)
}
