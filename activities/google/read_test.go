package google

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

func (r *rig) identity() activities.Identity {
	return activities.Identity{CaseRef: r.ref(), Email: leaverMail, EmployeeNumber: "E1042"}
}

func (r *rig) readUser() plan.GoogleFacts {
	r.t.Helper()
	facts, err := run(r, activities.GoogleReadUser, r.identity())
	if err != nil {
		r.t.Fatal(err)
	}
	return facts
}

func TestReadUser_TellsEverythingAndChangesNothing(t *testing.T) {
	r := newRig(t)
	r.owning()
	r.leaking()
	r.sim.Change(leaverMail, func(u *googlesim.User) { u.IsAdmin, u.Aliases = true, []string{"sammy@example.com"} })
	want := plan.GoogleFacts{Exists: true, UserID: r.leaver.ID, PrimaryEmail: leaverMail, SuperAdmin: true, OrgUnit: "/",
		Aliases: []string{"sammy@example.com"}, Delegates: []string{"friend@example.com", heirMail}, Forwarding: "sam@example.net",
		OwnedGroups: []string{"alone@example.com", "shared@example.com"}, RecoveryMail: "sam@example.net", RecoveryPhone: "+15550100123", MailboxReady: true}
	if got := r.readUser(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if n := r.sim.Mutations("/token"); n != 0 {
		t.Errorf("%d changing calls", n)
	}
}

func TestReadUser_ClosedMailbox_LeavesItEmptyWithoutAsking(t *testing.T) {
	r := newRig(t)
	r.leaking()
	r.sim.SuspendByOkta(leaverMail)
	f := r.readUser()
	if !f.Suspended || f.MailboxReady || f.Delegates != nil || f.Forwarding != "" || r.sim.CallsTo("GET", "/gmail/**") != 0 {
		t.Errorf("facts %+v", f)
	}
}

func TestReadUser_GmailOff_HasNoMailbox(t *testing.T) {
	r := newRig(t)
	r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/", GmailOff: true})
	if f := r.readUser(); f.MailboxReady || f.Unread != nil {
		t.Errorf("facts %+v", f)
	}
}

func TestReadUser_NoAccount_IsNoError(t *testing.T) {
	r := newRig(t)
	for _, in := range []activities.Identity{{Email: "nobody@example.com"}, {Account: "999", Email: leaverMail}} {
		facts, err := run(r, activities.GoogleReadUser, in)
		if err != nil || facts.Exists {
			t.Errorf("%+v: %+v %v", in, facts, err)
		}
	}
}

func TestReadUser_AddressOfSomebodyElse_IsAmbiguous(t *testing.T) {
	r := newRig(t)
	in := r.identity()
	in.EmployeeNumber = "E7"
	_, err := run(r, activities.GoogleReadUser, in)
	if typ, retried := typeOf(t, err); typ != activities.Ambiguous || retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
	in.Account = r.leaver.ID // the ledger knows better
	if f, err := run(r, activities.GoogleReadUser, in); err != nil || !f.Exists {
		t.Errorf("%+v %v", f, err)
	}
}

func TestReadUser_NothingToLookFor_IsInvalidInput(t *testing.T) {
	r := newRig(t)
	_, err := run(r, activities.GoogleReadUser, activities.Identity{})
	if typ, _ := typeOf(t, err); typ != activities.InvalidInput {
		t.Errorf("ended with %s", typ)
	}
}

// TestReadUser_LesserPartRefused_DoesNotHoldContainmentUp: a scope that nobody authorised for mail or groups must
// not keep the account from being found.
func TestReadUser_LesserPartRefused_DoesNotHoldContainmentUp(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: "/admin/directory/v1/groups", Status: http.StatusForbidden})
	r.sim.Inject(kit.Fault{Path: "/gmail/**", Status: http.StatusForbidden})
	f := r.readUser()
	if !f.Exists || !f.MailboxReady || strings.Join(f.Unread, " ") != "groups mailbox" {
		t.Errorf("facts %+v", f)
	}
}

func TestReadUser_LesserPartUnavailable_IsRetriedFirst(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: "/gmail/**", Status: http.StatusServiceUnavailable})
	_, err := run(r, activities.GoogleReadUser, r.identity())
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("ended with %s, retried %v", typ, retried)
	}
}

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rig)
		want   string // what is found; empty for nothing
	}{
		"Nothing":        {func(*rig) {}, ""},
		"SignedIn":       {func(r *rig) { r.sim.Change(leaverMail, func(u *googlesim.User) { u.LastLogin = start.Add(time.Hour) }) }, "signed in at 2026-11-30T10:00:00Z"},
		"Token":          {func(r *rig) { r.sim.AddToken(leaverMail, "app", "App") }, "application app has a token"},
		"AppPassword":    {func(r *rig) { r.sim.AddASP(leaverMail, "x") }, "1 app passwords"},
		"BackupCode":     {func(r *rig) { r.sim.AddBackupCodes(leaverMail, "1") }, "1 backup codes"},
		"DelegatedAdmin": {func(r *rig) { r.sim.AddRole(leaverMail, "1") }, "administrator role"},
		"Recovery": {func(r *rig) {
			r.sim.Change(leaverMail, func(u *googlesim.User) { u.RecoveryPhone = "+15550100123" })
		}, "recovery address or phone is set"},
		"TokenOfSuspended": {func(r *rig) { r.sim.AddToken(leaverMail, "app", "App"); r.sim.SuspendByOkta(leaverMail) }, ""},
		"Gone":             {func(r *rig) { r.sim.Change(leaverMail, func(u *googlesim.User) { u.Deleted = start }) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Change(leaverMail, func(u *googlesim.User) { u.RecoveryEmail, u.RecoveryPhone = "", "" })
			c.change(r)
			got, err := run(r, activities.GoogleProbeAccess, activities.ProbeGoogle{Identity: r.identity(), Since: start})
			if err != nil || got.Any != (c.want != "") || strings.Join(got.Found, "; ") != c.want {
				t.Errorf("got %+v %v, want %q", got, err, c.want)
			}
		})
	}
}
