package google

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

// examine looks the organisation over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func (r *rig) examine(unit string) map[string]activities.Finding {
	r.t.Helper()
	before := len(r.sim.Calls())
	out, err := run(r, activities.GoogleExamine, activities.Examine{OrgUnit: unit})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.sim.Calls()[before:] {
		if c.Method != http.MethodGet && c.Path != "/token" {
			r.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(r.t, "google", out.Findings)
	return found
}

func TestExamine_HealthyOrganisation_IsToldWhatWasLookedAt(t *testing.T) {
	r := newRig(t)
	found := r.examine("/Leavers")
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "delegation", "admin", "clock", "gmail", "transfers", "org-unit"} {
		examinetest.Want(t, found, "google."+check, activities.FindingOK)
	}
	examinetest.Want(t, found, "google.org-unit", activities.FindingOK, "no API shows whether Gmail")
	r.sim.AddUser(googlesim.User{PrimaryEmail: "gone@example.com", OrgUnitPath: "/Leavers"})
	examinetest.Want(t, r.examine("/Leavers"), "google.org-unit", activities.FindingOK, "Gmail is on in it")
	examinetest.Want(t, r.examine(""), "google.org-unit", activities.FindingOK, "no organisational unit")
}

func TestExamine_ScopeMissing_IsNamedAlone(t *testing.T) {
	for _, c := range []struct {
		scope string
		want  activities.Severity
		words string
	}{
		{"admin.directory.user.security", activities.FindingFailure, "tokens"},
		{"admin.datatransfer", activities.FindingFailure, "files and calendars"},
		{"gmail.settings.basic", activities.FindingFailure, "auto-reply"},
		{"gmail.settings.sharing", activities.FindingFailure, "no mailbox could be lent"},
		{"admin.directory.orgunit.readonly", activities.FindingWarning, "organisational unit"},
	} {
		t.Run(c.scope, func(t *testing.T) {
			r := newRig(t)
			r.sim.AuthorizeScopes(slices.DeleteFunc(Scopes(), func(s string) bool { return s == scopePrefix+c.scope })...)
			found := r.examine("/Leavers")
			if c.scope == "admin.directory.user.security" { // the accounts' own token asks for both
				examinetest.Want(t, found, "google.scope."+c.scope, c.want, c.words)
				return
			}
			examinetest.Only(t, found, "google.scope."+c.scope)
			examinetest.Want(t, found, "google.scope."+c.scope, c.want, c.words, scopePrefix+c.scope, "domain-wide delegation")
		})
	}
	t.Run("all of them", func(t *testing.T) {
		r := newRig(t)
		r.sim.AuthorizeScopes("https://www.googleapis.com/auth/calendar")
		found := r.examine("/Leavers")
		examinetest.Only(t, found, "google.delegation")
		examinetest.Want(t, found, "google.delegation", activities.FindingFailure, "no scope is authorised", "numeric client id", "admin.datatransfer")
	})
}

func TestExamine_Admin(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*rig)
		check string
		want  activities.Severity
		words string
	}{
		"suspended": {func(r *rig) {
			r.sim.Change(googlesim.AdminEmail, func(u *googlesim.User) { u.Suspended = true })
		}, "google.admin", activities.FindingFailure, "google.admin"},
		"no administrator": {func(r *rig) {
			r.sim.Change(googlesim.AdminEmail, func(u *googlesim.User) { u.IsAdmin = false })
		}, "google.admin", activities.FindingFailure, "may not do this"},
		"delegated roles": {func(r *rig) {
			r.sim.Change(googlesim.AdminEmail, func(u *googlesim.User) { u.IsAdmin = false })
			r.sim.AddRole(googlesim.AdminEmail, "role-1")
		}, "google.admin", activities.FindingWarning, "super administrator"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.spoil(r)
			examinetest.Want(t, r.examine("/Leavers"), c.check, c.want, c.words)
		})
	}
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("the unit for leavers is not there", func(t *testing.T) {
		found := newRig(t).examine("/Gone")
		examinetest.Only(t, found, "google.org-unit")
		examinetest.Want(t, found, "google.org-unit", activities.FindingWarning, "/Gone", "offboard.org_unit")
	})
	t.Run("Gmail is off there", func(t *testing.T) {
		r := newRig(t)
		r.sim.AddOrgUnit(googlesim.OrgUnit{Path: "/Leavers", GmailOff: true})
		r.sim.AddUser(googlesim.User{PrimaryEmail: "shut@example.com", OrgUnitPath: "/Leavers", Suspended: true})
		r.sim.AddUser(googlesim.User{PrimaryEmail: "sole@example.com", OrgUnitPath: "/Leavers"})
		found := r.examine("/Leavers")
		examinetest.Only(t, found, "google.org-unit")
		examinetest.Want(t, found, "google.org-unit", activities.FindingWarning, "Gmail serves no mailbox in /Leavers", "mail bounces")
	})
	t.Run("our clock is wrong", func(t *testing.T) {
		r := newRig(t)
		r.sys.config.Now = func() time.Time { return time.Now().Add(2 * time.Minute) }
		found := r.examine("/Leavers")
		examinetest.Only(t, found, "google.clock")
		examinetest.Want(t, found, "google.clock", activities.FindingWarning, "ours is ahead", "NTP")
	})
	t.Run("Data Transfer offers no Drive", func(t *testing.T) {
		r := newRig(t)
		r.sim.RemoveApplication("55656082996")
		found := r.examine("/Leavers")
		examinetest.Only(t, found, "google.transfers")
		examinetest.Want(t, found, "google.transfers", activities.FindingWarning, "does not offer drive")
	})
	t.Run("the Gmail API is not enabled", func(t *testing.T) {
		r := newRig(t)
		r.sim.Inject(kit.Fault{Path: "/gmail/**", Status: http.StatusForbidden,
			Body: `{"error":{"code":403,"message":"Gmail API has not been used in project 1 before or it is disabled.","errors":[{"reason":"accessNotConfigured"}]}}`})
		examinetest.Want(t, r.examine("/Leavers"), "google.gmail", activities.FindingFailure, "enable the Admin SDK and Gmail APIs")
	})
}

func TestExamine_VendorAway_IsAFinding(t *testing.T) {
	for name, fault := range map[string]kit.Fault{"tokens": {Path: "/token", Status: http.StatusServiceUnavailable}, "cut": {Path: "/token", Drop: kit.DropBefore},
		"key refused": {Path: "/token", Status: http.StatusBadRequest, Body: `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Inject(fault)
			examinetest.Only(t, r.examine("/Leavers"), "google.let-in")
		})
	}
	t.Run("the directory", func(t *testing.T) {
		r := newRig(t)
		r.sim.Inject(kit.Fault{Path: "/admin/directory/**", Status: http.StatusServiceUnavailable})
		examinetest.Only(t, r.examine("/Leavers"), "google.admin")
	})
	t.Run("the units", func(t *testing.T) {
		r := newRig(t)
		r.sim.Inject(kit.Fault{Path: "/admin/directory/v1/customer/**", Status: http.StatusServiceUnavailable})
		examinetest.Only(t, r.examine("/Leavers"), "google.org-unit")
	})
}
