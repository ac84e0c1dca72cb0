package okta

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func read(o *org, who activities.Identity) plan.OktaFacts {
	o.t.Helper()
	f, err := execute(o, activities.OktaReadUser, who)
	if err != nil {
		o.t.Fatal(err)
	}
	return f
}

func TestReadUser_ReadsEverythingTheAccountHas(t *testing.T) {
	o := newOrg(t)
	id, direct, byRule, byApp, _ := grouped(o)
	kim := o.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "kim@example.com"}})
	device := o.AddDevice(oktasim.Device{Name: "Front desk", Serial: "C02XY", Users: []string{id, kim}})
	chat := o.AddApp(oktasim.App{Name: "chat", Label: "Chat", Users: map[string]oktasim.Assignment{id: {}}})
	wiki := o.AddApp(oktasim.App{Name: "wiki", Label: "Wiki", Groups: []string{direct}})
	o.AddApp(oktasim.App{Name: "payroll", Label: "Payroll"})

	f := read(o, activities.Identity{Email: "jo@example.com", EmployeeNumber: "E1"})
	everyone := f.Groups[0]
	want := plan.OktaFacts{
		Exists: true, UserID: id, Login: "jo@example.com", Status: "ACTIVE",
		Groups: []plan.OktaGroup{
			everyone,
			{ID: direct, Name: "VPN", Type: "OKTA_GROUP"},
			{ID: byRule, Name: "Sales", Type: "OKTA_GROUP", ByRule: true},
			{ID: byApp, Name: "Directory", Type: "APP_GROUP"},
		},
		Apps: []plan.OktaApp{
			{ID: chat, Name: "chat", Label: "Chat", Scope: "USER"},
			{ID: wiki, Name: "wiki", Label: "Wiki", Scope: "GROUP"},
		},
		Devices: []plan.OktaDevice{{ID: device, Name: "Front desk", Serial: "C02XY", Users: 2}},
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("read %+v\nwant %+v", f, want)
	}
	if everyone.Type != "BUILT_IN" {
		t.Errorf("first group %+v", everyone)
	}
	if n := o.Mutations(); n != 0 {
		t.Errorf("a read made %d mutating calls", n)
	}
	if n := len(o.Calls()); n != 7 {
		t.Errorf("%d calls for one device, want 7: account, roles, groups, rules, apps, devices, the device's users", n)
	}
}

func TestReadUser_FollowsEveryPage(t *testing.T) {
	o := newOrg(t)
	o.PageSize = 2
	id := o.jo()
	var groups, apps []string
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		g := o.AddGroup(oktasim.Group{Name: name, Members: map[string]string{id: oktasim.ByHand}})
		groups = append(groups, g)
		apps = append(apps, o.AddApp(oktasim.App{Name: "app" + name, Users: map[string]oktasim.Assignment{id: {}}}))
		o.AddRule(oktasim.Rule{Name: name, Expression: `user.title=="none"`, Groups: []string{g}})
	}
	f := read(o, activities.Identity{Account: id})
	if len(f.Groups) != len(groups)+1 || len(f.Apps) != len(apps) {
		t.Errorf("read %d groups and %d apps", len(f.Groups), len(f.Apps))
	}
	for _, g := range f.Groups[1:] {
		if !g.ByRule {
			t.Errorf("group %s: its rule is on a later page and was not read", g.Name)
		}
	}
}

func TestReadUser_GoogleAppPushesDeactivation(t *testing.T) {
	for _, c := range []struct {
		name     string
		features []string
		assigned bool
		want     bool
	}{
		{"pushes", []string{"IMPORT_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION"}, true, true},
		{"does not push", []string{"IMPORT_PROFILE_UPDATES"}, true, false},
		{"is not the person's", []string{"PUSH_USER_DEACTIVATION"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrg(t)
			id := o.jo()
			app := o.AddApp(oktasim.App{Name: "google"})
			o.SetFeatures(app, c.features...)
			if c.assigned {
				o.Assign(app, id)
			}
			if got := read(o, activities.Identity{Account: id}).CascadesToGoogle; got != c.want {
				t.Errorf("cascades to Google: %v", got)
			}
		})
	}
}

func TestReadUser_ByAddress(t *testing.T) {
	o := newOrg(t)
	id := o.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "jdoe@corp.example.com", Email: "jo@example.com", EmployeeNumber: "E1"}})
	for _, c := range []struct {
		name string
		who  activities.Identity
	}{
		{"login", activities.Identity{Email: "jdoe@corp.example.com"}},
		{"login in another case", activities.Identity{Email: "JDoe@corp.example.com"}},
		{"mail address", activities.Identity{Email: "jo@example.com", EmployeeNumber: "E1"}},
		{"mail address in another case", activities.Identity{Email: "Jo@Example.com"}},
		{"id, whatever the address", activities.Identity{Account: id, Email: "else@example.com", EmployeeNumber: "E1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if f := read(o, c.who); f.UserID != id {
				t.Errorf("found %+v", f)
			}
		})
	}
}

func TestReadUser_Deprovisioned_IsFound(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Deprovisioned))
	if f := read(o, activities.Identity{Email: "jo@example.com"}); f.UserID != id || f.Status != "DEPROVISIONED" {
		t.Errorf("found %+v", f)
	}
}

func TestReadUser_Absent_IsNotAnError(t *testing.T) {
	o := newOrg(t)
	o.jo()
	for _, who := range []activities.Identity{{Email: "kim@example.com"}, {Account: "00ugone"}} {
		if f := read(o, who); f.Exists {
			t.Errorf("%+v: found %+v", who, f)
		}
	}
}

func TestReadUser_AnotherEmployeeNumber_IsAmbiguous(t *testing.T) {
	o := newOrg(t)
	o.jo()
	_, err := execute(o, activities.OktaReadUser, activities.Identity{Email: "jo@example.com", EmployeeNumber: "E2"})
	wantProblem(t, err, activities.Ambiguous)
}

func TestReadUser_TwoAccountsWithTheAddress_IsAmbiguous(t *testing.T) {
	o := newOrg(t)
	for _, login := range []string{"one@example.com", "two@example.com"} {
		o.AddUser(oktasim.User{Profile: oktasim.Profile{Login: login, Email: "shared@example.com"}})
	}
	_, err := execute(o, activities.OktaReadUser, activities.Identity{Email: "shared@example.com"})
	wantProblem(t, err, activities.Ambiguous)
}

func TestReadUser_NotAnAddress_IsInvalidInput(t *testing.T) {
	o := newOrg(t)
	o.jo()
	for _, email := range []string{"", "jo"} {
		_, err := execute(o, activities.OktaReadUser, activities.Identity{Email: email})
		wantProblem(t, err, activities.InvalidInput)
	}
}

func TestReadUser_ClassicEngine_HasNoDevices(t *testing.T) {
	o := newOrg(t)
	o.Classic = true
	if f := read(o, activities.Identity{Account: o.jo()}); len(f.Devices) != 0 {
		t.Errorf("devices %+v", f.Devices)
	}
}

func TestReadUser_DevicesRefused(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		empty  bool
	}{
		{501, "", true},
		{403, "", true},
		{401, `{"errorCode":"E0000015","errorSummary":"no feature","errorCauses":[]}`, true},
		{401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorCauses":[]}`, false},
		{503, "", false},
	} {
		o := newOrg(t)
		id := o.jo()
		o.Inject(kit.Fault{Path: "/api/v1/users/*/devices", Status: c.status, Body: c.body})
		_, err := execute(o, activities.OktaReadUser, activities.Identity{Account: id})
		if (err == nil) != c.empty {
			t.Errorf("%d %s: error %v", c.status, c.body, err)
		}
	}
}

func TestReadUser_AppWithoutRole_IsForbiddenAndNotAbsent(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	app, key := o.service(t, func(a *oktasim.ServiceApp) { a.AdminRole = false })
	o.sys = o.connect(asService(app, key))
	for _, who := range []activities.Identity{{Account: id}, {Email: "jo@example.com"}} {
		_, err := execute(o, activities.OktaReadUser, who)
		if e := problemIn(t, err, activities.Forbidden); !strings.Contains(e.Error(), "admin role") {
			t.Errorf("the error does not name the mend: %v", e)
		}
	}
}

func TestReadUser_ReadsTheRoles(t *testing.T) {
	o := newOrg(t)
	id := o.jo(func(u *oktasim.User) {
		u.Roles = []oktasim.Role{{Type: "SUPER_ADMIN"}, {Type: "READ_ONLY_ADMIN", AssignmentType: "GROUP"}}
	})
	if f := read(o, activities.Identity{Account: id}); !slices.Equal(f.Roles, []string{"SUPER_ADMIN", "READ_ONLY_ADMIN"}) {
		t.Errorf("roles %v", f.Roles)
	}
}
