package okta

import (
	"net/http"
	"testing"

	"tenure/activities"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func admin(login, status string, roles ...string) oktasim.User {
	u := oktasim.User{Profile: oktasim.Profile{Login: login}, Status: status}
	for _, r := range roles {
		u.Roles = append(u.Roles, oktasim.Role{Type: r})
	}
	return u
}

func findAdmins(o *org, id string) activities.Admins {
	o.t.Helper()
	out, err := execute(o, activities.OktaFindAdmins, activities.Identity{Account: id})
	if err != nil {
		o.t.Fatal(err)
	}
	return out
}

func TestFindAdmins(t *testing.T) {
	for name, c := range map[string]struct {
		person oktasim.User
		others []oktasim.User
		want   activities.Admins
	}{
		"somebody without a role holds nothing, and nobody is counted": {
			admin("jo@example.com", "ACTIVE"), []oktasim.User{admin("kim@example.com", "ACTIVE", "SUPER_ADMIN")}, activities.Admins{}},
		"a lesser administrator holds nothing": {
			admin("jo@example.com", "ACTIVE", "ORG_ADMIN"), nil, activities.Admins{}},
		"the last one": {
			admin("jo@example.com", "ACTIVE", "SUPER_ADMIN"), nil, activities.Admins{Holds: true}},
		"others who cannot sign in, or are lesser, do not count": {
			admin("jo@example.com", "ACTIVE", "HELP_DESK_ADMIN", "SUPER_ADMIN"),
			[]oktasim.User{admin("a@example.com", "SUSPENDED", "SUPER_ADMIN"), admin("b@example.com", "DEPROVISIONED", "SUPER_ADMIN"),
				admin("c@example.com", "STAGED", "SUPER_ADMIN"), admin("d@example.com", "LOCKED_OUT", "SUPER_ADMIN"),
				admin("e@example.com", "ACTIVE", "ORG_ADMIN")}, activities.Admins{Holds: true}},
		"two others": {
			admin("jo@example.com", "ACTIVE", "SUPER_ADMIN"),
			[]oktasim.User{admin("a@example.com", "ACTIVE", "SUPER_ADMIN"), admin("b@example.com", "ACTIVE", "USER_ADMIN", "SUPER_ADMIN")},
			activities.Admins{Holds: true, Others: 2}},
		"locked out, the person still holds it": {
			admin("jo@example.com", "LOCKED_OUT", "SUPER_ADMIN"), nil, activities.Admins{Holds: true}},
		"suspended, the person does not": {
			admin("jo@example.com", "SUSPENDED", "SUPER_ADMIN"), nil, activities.Admins{}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			id := o.AddUser(c.person)
			for _, u := range c.others {
				o.AddUser(u)
			}
			if got := findAdmins(o, id); got != c.want {
				t.Errorf("found %+v, want %+v", got, c.want)
			}
			if n := o.Mutations(); n != 0 {
				t.Errorf("%d calls changed something", n)
			}
		})
	}
}

func TestFindAdmins_RoleThroughAGroup_CountsItsMembersWhetherOrNotTheListNamesThem(t *testing.T) {
	for _, named := range []bool{false, true} {
		o := newOrg(t)
		o.AssigneesByGroup = named
		jo, kim := o.AddUser(admin("jo@example.com", "ACTIVE")), o.AddUser(admin("kim@example.com", "ACTIVE"))
		lee := o.AddUser(admin("lee@example.com", "DEPROVISIONED"))
		o.AddUser(admin("sam@example.com", "ACTIVE", "SUPER_ADMIN"))
		o.AddGroup(oktasim.Group{Name: "IT", Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}},
			Members: map[string]string{jo: oktasim.ByHand, kim: oktasim.ByHand, lee: oktasim.ByHand}})
		if got, want := findAdmins(o, jo), (activities.Admins{Holds: true, Others: 2}); got != want {
			t.Errorf("named %v: found %+v, want %+v: one through the group, one by hand, each once", named, got, want)
		}
	}
}

func TestFindAdmins_ReadsEveryPageAndStopsCountingAtTen(t *testing.T) {
	o := newOrg(t)
	o.PageSize = 2
	jo := o.AddUser(admin("jo@example.com", "ACTIVE", "SUPER_ADMIN"))
	names := "abcdefghijklmn"
	for i := range names[:7] {
		o.AddUser(admin(names[i:i+1]+"@example.com", "ACTIVE", "SUPER_ADMIN"))
	}
	if got := findAdmins(o, jo); got.Others != 7 {
		t.Errorf("%d others, want 7 over four pages", got.Others)
	}
	for i := range names[7:] {
		o.AddUser(admin(names[7+i:8+i]+"@example.com", "ACTIVE", "SUPER_ADMIN"))
	}
	if got := findAdmins(o, jo); got.Others != 10 {
		t.Errorf("%d others, want the count to end at 10", got.Others)
	}
}

func TestFindAdmins_ThatCannotBeRead_IsAnErrorAndNotNobody(t *testing.T) {
	o := newOrg(t)
	jo := o.AddUser(admin("jo@example.com", "ACTIVE", "SUPER_ADMIN"))
	o.Inject(kit.Fault{Method: http.MethodGet, Path: "/api/v1/iam/assignees/users", Status: http.StatusForbidden, Times: 1})
	_, err := execute(o, activities.OktaFindAdmins, activities.Identity{Account: jo})
	wantProblem(t, err, activities.Forbidden)
	o.Inject(kit.Fault{Method: http.MethodGet, Path: "/api/v1/users/*/roles", Status: http.StatusServiceUnavailable, Times: 1})
	_, err = execute(o, activities.OktaFindAdmins, activities.Identity{Account: jo})
	wantProblem(t, err, activities.Unavailable)
}
