package okta

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

// examine looks the org over. Whatever it finds, it only reads, and everything that is not well says why and what to do.
func examine(o *org) map[string]activities.Finding {
	o.t.Helper()
	before := len(o.Calls())
	out, err := execute(o, activities.OktaExamine, activities.Examine{})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, c := range o.Calls()[before:] {
		if c.Method != http.MethodGet && c.Path != "/oauth2/v1/token" {
			o.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(o.t, "okta", out.Findings)
	return found
}

func TestExamine_HealthyOrg_IsToldWhatWasLookedAt(t *testing.T) {
	o := newOrg(t)
	o.jo()
	o.AddApp(oktasim.App{Name: "google", Label: "Google Workspace"})
	found := examine(o)
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "admin-role", "role", "clock", "rate-limit", "google-push", "profile-source", "token-end",
		"groups", "applications", "log", "devices", "admins"} {
		examinetest.Want(t, found, "okta."+check, activities.FindingOK)
	}
}

func TestExamine_ServiceApp(t *testing.T) {
	t.Run("with its role", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.sys = o.connect(asService(o.service(t, func(*oktasim.ServiceApp) {})))
		examinetest.Only(t, examine(o))
	})
	t.Run("without an admin role sees an empty list", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.sys = o.connect(asService(o.service(t, func(a *oktasim.ServiceApp) { a.AdminRole = false })))
		found := examine(o)
		examinetest.Only(t, found, "okta.admin-role")
		examinetest.Want(t, found, "okta.admin-role", activities.FindingFailure, "no users at all", "Admin roles")
	})
	t.Run("with scopes that are not granted names each", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.sys = o.connect(asService(o.service(t, func(a *oktasim.ServiceApp) {
			a.Scopes = []string{"okta.users.manage", "okta.groups.manage", "okta.apps.manage", "okta.roles.manage"}
		})))
		found := examine(o)
		examinetest.Only(t, found, "okta.let-in", "okta.scope.okta.devices.manage", "okta.scope.okta.logs.read")
		examinetest.Want(t, found, "okta.scope.okta.logs.read", activities.FindingFailure, "grant okta.logs.read")
	})
}

func TestExamine_Roles(t *testing.T) {
	custom := oktasim.Role{Type: "CUSTOM", Label: "Tenure", Custom: "cr0tenure"}
	for name, c := range map[string]struct {
		roles []oktasim.Role
		held  []string
		want  activities.Severity
		words []string
	}{
		"super administrator":         {nil, nil, activities.FindingOK, []string{"SUPER_ADMIN"}},
		"org administrator":           {[]oktasim.Role{{Type: "ORG_ADMIN"}}, nil, activities.FindingWarning, []string{"take administrator roles away"}},
		"help desk":                   {[]oktasim.Role{{Type: "HELP_DESK_ADMIN"}}, nil, activities.FindingFailure, []string{"suspend and deactivate people"}},
		"read-only":                   {[]oktasim.Role{{Type: "READ_ONLY_ADMIN"}}, nil, activities.FindingFailure, []string{"end sessions and reset factors"}},
		"two roles add up":            {[]oktasim.Role{{Type: "USER_ADMIN"}, {Type: "APP_ADMIN"}}, nil, activities.FindingWarning, []string{"deactivate devices", "read the System Log"}},
		"none":                        {[]oktasim.Role{}, nil, activities.FindingFailure, []string{"no administrator role"}},
		"a custom role":               {[]oktasim.Role{custom}, []string{"okta.users.manage", "okta.groups.members.manage", "okta.apps.manage", "okta.devices.manage", "okta.logs.read"}, activities.FindingWarning, []string{"Tenure", "let Tenure take administrator roles away"}},
		"a custom role too narrow":    {[]oktasim.Role{custom}, []string{"okta.users.read", "okta.users.credentials.manage"}, activities.FindingFailure, []string{"suspend and deactivate people"}},
		"a custom role unreadable":    {[]oktasim.Role{{Type: "CUSTOM", Label: "Other", Custom: "cr0other"}}, nil, activities.FindingWarning, []string{"Other", "cannot be read"}},
		"a role nobody told us about": {[]oktasim.Role{{Type: "WORKFLOWS_ADMIN"}}, nil, activities.FindingFailure, []string{"WORKFLOWS_ADMIN"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.jo()
			o.OperatorRoles, o.CustomRoles = c.roles, map[string][]string{"cr0tenure": c.held}
			examinetest.Want(t, examine(o), "okta.role", c.want, c.words...)
		})
	}
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("the Google app pushes deactivations", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.AddApp(oktasim.App{Name: "google", Label: "Google Workspace", Features: []string{"PUSH_USER_DEACTIVATION"}})
		found := examine(o)
		examinetest.Only(t, found, "okta.google-push")
		examinetest.Want(t, found, "okta.google-push", activities.FindingWarning, "Google Workspace", "keeps the Okta account suspended", "untick Deactivate Users")
	})
	t.Run("an inactive one does not", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.AddApp(oktasim.App{Name: "google", Status: "INACTIVE", Features: []string{"PUSH_USER_DEACTIVATION"}})
		examinetest.Only(t, examine(o))
	})
	t.Run("a profile source reactivates people", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.PageSize = 1
		o.AddApp(oktasim.App{Name: "a", Label: "A"})
		o.AddApp(oktasim.App{Name: "hr", Label: "HR system", Features: []string{"PROFILE_MASTERING", "REACTIVATE_USERS"}})
		found := examine(o)
		examinetest.Only(t, found, "okta.profile-source")
		examinetest.Want(t, found, "okta.profile-source", activities.FindingWarning, "HR system")
	})
	t.Run("the API token is about to end", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.TokenEnds = time.Now().Add(72 * time.Hour)
		examinetest.Want(t, examine(o), "okta.token-end", activities.FindingWarning, o.TokenEnds.UTC().Format(time.DateOnly))
	})
	t.Run("the org's clock and ours differ", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.Clock = func() time.Time { return time.Now().Add(-10 * time.Minute) }
		examinetest.Want(t, examine(o), "okta.clock", activities.FindingFailure, "ours is ahead")
	})
	t.Run("the rate limit is nearly used up by others", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		for range 500 {
			if err := o.sys.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		examinetest.Want(t, examine(o), "okta.rate-limit", activities.FindingWarning, "calls a minute are left")
	})
	t.Run("Classic Engine is no fault", func(t *testing.T) {
		o := newOrg(t)
		o.Classic = true
		o.jo()
		found := examine(o)
		examinetest.Only(t, found)
		examinetest.Want(t, found, "okta.devices", activities.FindingOK, "Classic Engine")
	})
}

func TestExamine_VendorAway_IsAFinding(t *testing.T) {
	for name, fault := range map[string]kit.Fault{
		"down":      {Status: http.StatusServiceUnavailable},
		"throttled": {Throttle: true},
		"cut":       {Drop: kit.DropBefore},
		"refused":   {Status: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.jo()
			o.Inject(fault)
			found := examine(o)
			examinetest.Only(t, found, "okta.let-in")
			if n := len(o.Calls()); n != 1 {
				t.Errorf("%d calls to an org that does not let us in", n)
			}
		})
	}
	t.Run("in part", func(t *testing.T) {
		o := newOrg(t)
		o.jo()
		o.Inject(kit.Fault{Path: "/api/v1/logs", Status: http.StatusForbidden})
		o.Inject(kit.Fault{Path: "/api/v1/devices", Status: http.StatusServiceUnavailable})
		found := examine(o)
		examinetest.Only(t, found, "okta.devices", "okta.log")
		examinetest.Want(t, found, "okta.log", activities.FindingWarning, "the System Log cannot be read", "opened again")
	})
}

func TestExamine_OktaHangs_IsAFindingBeforeTheTimeIsUp(t *testing.T) {
	o := newOrg(t)
	o.Inject(kit.Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	out, err := o.sys.Examine(ctx, activities.Examine{})
	if err != nil || len(out.Findings) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if f := out.Findings[0]; f.Check != "okta.let-in" || f.Severity != activities.FindingFailure || f.Mend == "" {
		t.Errorf("%+v", f)
	}
}

func TestExamine_Mapping_IsHeldAgainstSchemaAndGroups(t *testing.T) {
	look := func(o *org, in activities.Examine) map[string]activities.Finding {
		t.Helper()
		out, err := execute(o, activities.OktaExamine, in)
		if err != nil {
			t.Fatal(err)
		}
		return examinetest.ByCheck(t, "okta", out.Findings)
	}
	o := newOrg(t)
	o.jo()
	o.addGroups("sales")
	if _, told := look(o, activities.Examine{})["okta.schema"]; told {
		t.Error("a policy without a mapping is told of the schema")
	}
	examinetest.Want(t, look(o, activities.Examine{Mapping: true, OktaGroups: []string{"sales"}}), "okta.schema", activities.FindingOK)
	examinetest.Want(t, look(o, activities.Examine{Mapping: true, OktaGroups: []string{"slaes"}}), "okta.mapping-groups", activities.FindingWarning, "slaes")
	o.sys = o.connect(asService(o.service(t, func(*oktasim.ServiceApp) {})))
	examinetest.Want(t, look(o, activities.Examine{Mapping: true}), "okta.schema", activities.FindingWarning, "okta.schemas.read")
}
