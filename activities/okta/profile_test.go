package okta

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

// set is a role of attributes only.
func set(pairs ...any) role.Role {
	var r role.Role
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		r.Attributes = append(r.Attributes, role.Attribute{Name: name, Value: pairs[i+1], Rule: "mapping.attributes." + name})
	}
	return r
}

func (o *org) lastBody() string {
	for _, c := range slices.Backward(o.Calls()) {
		if c.Method != http.MethodGet {
			return c.Body
		}
	}
	return ""
}

func TestProfile_OnlyWhatDiffersIsSent(t *testing.T) {
	o := newOrg(t)
	id := o.sam(func(u *oktasim.User) { u.Profile.Extra = map[string]any{"nickName": "Sammy", "city": "Oslo"} })
	out := converge(o, converging(set("department", "Sales", "city", "Oslo", "title", "Clerk"), plan.OktaProfile))
	wantAll(t, out, plan.Verified)
	if got := strings.TrimSpace(o.lastBody()); got != `{"profile":{"department":"Sales","title":"Clerk"}}` {
		t.Errorf("sent %s", got)
	}
	if u := o.see(id); u.Profile.Extra["nickName"] != "Sammy" {
		t.Error("what the role does not name is gone")
	}
	want := []activities.Edit{{Name: "department", Was: "Support", Now: "Sales", Rule: "mapping.attributes.department"}, {Name: "title", Now: "Clerk", Rule: "mapping.attributes.title"}}
	if !slices.Equal(out.Changed, want) || !slices.Equal(out.Given.Attributes, []string{"department", "city", "title"}) {
		t.Errorf("changed %+v, given %v", out.Changed, out.Given.Attributes)
	}
}

func TestSame_OneValueInEveryForm(t *testing.T) {
	for name, k := range map[string]struct {
		attribute string
		a, b      any
		want      bool
	}{
		"number and number":       {"badge", 3.0, float64(3), true},
		"number and text":         {"badge", 3.0, "3", false},
		"yes and yes":             {"remote", true, true, true},
		"yes and no":              {"remote", true, false, false},
		"no and nothing":          {"remote", false, nil, false},
		"nothing and empty":       {"title", nil, "", true},
		"nothing and null":        {"title", "", nil, true},
		"no list and null":        {"sites", []string{}, nil, true},
		"lists in any order":      {"sites", []string{"Lima", "Oslo", "Rome"}, []any{"Rome", "Lima", "Oslo"}, true},
		"a shorter list":          {"sites", []string{"Oslo"}, []any{"Lima", "Oslo"}, false},
		"list and text":           {"sites", "Oslo", []any{"Oslo"}, false},
		"text and list":           {"sites", []string{"Oslo"}, "Oslo", false},
		"login in capitals":       {"login", "Sam@Example.com", "sam@example.com", true},
		"title in capitals":       {"title", "CHEF", "chef", false},
		"an object is never same": {"title", "map[a:1]x", map[string]any{"a": 1}, false},
	} {
		if same(k.attribute, k.a, k.b) != k.want {
			t.Errorf("%s: %v and %v", name, k.a, k.b)
		}
	}
}

func TestProfile_TypesOfOkta_AreWrittenOnceAndThenTheSame(t *testing.T) {
	o := newOrg(t)
	for name, typ := range map[string]string{"badge": oktasim.Integer, "share": oktasim.Number, "remote": oktasim.YesNo, "sites": oktasim.List} {
		o.AddAttribute(oktasim.Attribute{Name: name, Type: typ})
	}
	o.sam(func(u *oktasim.User) { u.Profile.Title = "Clerk" })
	in := converging(set("badge", 7.0, "share", 0.8, "remote", false, "sites", []string{"Oslo", "Lima"}, "title", nil), plan.OktaProfile)
	wantAll(t, converge(o, in), plan.Verified)
	before := o.Mutations()
	if again := converge(o, in); o.Mutations() != before || !strings.Contains(again.Steps[0].Detail, "already") {
		t.Errorf("%d writes more: %+v", o.Mutations()-before, again.Steps[0])
	}
	if u := o.see(o.Snapshot()[0].ID); u.Profile.Title != "" || u.Profile.Extra["remote"] != false {
		t.Errorf("profile %+v", u.Profile)
	}
}

func TestProfile_Rename_KeepsTheAccountAndMovesTheAddress(t *testing.T) {
	for name, k := range map[string]struct{ mail, ends string }{
		"the address was the login": {"sam.lee@example.com", "sam.roe@example.com"},
		"the address is another":    {"office@example.com", "office@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			id := o.sam(func(u *oktasim.User) { u.Profile.Email = k.mail })
			in := converging(set("lastName", "Roe"), plan.OktaProfile)
			in.Account, in.Login = id, "sam.roe@example.com"
			out := converge(o, in)
			wantAll(t, out, plan.Verified)
			u := o.see(id)
			if out.Account != id || out.Login != in.Login || u.Profile.Login != in.Login || u.Profile.Email != k.ends {
				t.Errorf("account %s %s: %+v", out.Account, out.Login, u.Profile)
			}
		})
	}
}

func TestProfile_RenameToATakenLogin_SaysWhoHasItAndTheRestGoesThrough(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	holder := o.other("E3", func(u *oktasim.User) { u.Profile.Login = "sam.roe@example.com" })
	in := converging(set("lastName", "Roe"), plan.OktaProfile)
	in.Account, in.Login = id, "sam.roe@example.com"
	out := converge(o, in)
	wantTold(t, out.Steps[0], activities.Conflict, "login", holder, "E3's")
	if u := o.see(id); u.Profile.LastName != "Roe" || u.Profile.Login != "sam.lee@example.com" || u.Profile.Email != "sam.lee@example.com" {
		t.Errorf("profile %+v", u.Profile)
	}
	if len(out.Changed) != 1 || out.Changed[0].Name != "lastName" {
		t.Errorf("changed %+v", out.Changed)
	}
}

func TestProfile_MasteredElsewhere_IsNamedAndTheRestGoesThrough(t *testing.T) {
	for name, named := range map[string]bool{"Okta names it": true, "Okta does not name it": false} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.MasteredAsInvalid = named
			o.MasterElsewhere("department", "city")
			id := o.sam()
			out := converge(o, converging(set("department", "Sales", "city", "Oslo", "title", "Clerk", "division", "North"), plan.OktaProfile))
			typ := activities.Conflict
			if named {
				typ = activities.InvalidInput
			}
			wantTold(t, out.Steps[0], typ, "2 attributes", "department", "city", "mastered")
			if u := o.see(id); u.Profile.Title != "Clerk" || u.Profile.Extra["division"] != "North" || u.Profile.Department != "Support" {
				t.Errorf("profile %+v", u.Profile)
			}
			if strings.Contains(out.Steps[0].Detail, "Sales") {
				t.Errorf("the outcome holds a value: %s", out.Steps[0].Detail)
			}
		})
	}
}

func TestProfile_UnknownOrMisfitAttribute_IsNamedAndTheRestGoesThrough(t *testing.T) {
	o := newOrg(t)
	o.AddAttribute(oktasim.Attribute{Name: "remote", Type: oktasim.YesNo})
	id := o.sam()
	out := converge(o, converging(set("shoeSize", "42", "remote", "yes", "title", "Clerk"), plan.OktaProfile))
	wantTold(t, out.Steps[0], activities.InvalidInput, "shoeSize", "remote")
	if u := o.see(id); u.Profile.Title != "Clerk" {
		t.Errorf("title %q", u.Profile.Title)
	}
	if !slices.Equal(out.Given.Attributes, []string{"title"}) {
		t.Errorf("given %v", out.Given.Attributes)
	}
}

func TestProfile_NothingGoesThrough_IsNotToldAsDone(t *testing.T) {
	o := newOrg(t)
	o.sam()
	out := converge(o, converging(set("shoeSize", "42"), plan.OktaProfile))
	if s := out.Steps[0]; !s.Executed.IsZero() || len(out.Changed) != 0 {
		t.Errorf("executed %v, changed %v", s.Executed, out.Changed)
	}
}

func TestProfile_IdentityIsNeverCleared(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	wantAll(t, converge(o, converging(set("employeeNumber", nil, "login", nil, "email", "", "lastName", nil), plan.OktaProfile)), plan.Verified)
	if u := o.see(id); o.Mutations() != 0 || u.Profile.EmployeeNumber != "E7" {
		t.Errorf("%d writes: %+v", o.Mutations(), u.Profile)
	}
}

// The number by which somebody else's system knows the person is theirs to change, unless the role has one.
func TestProfile_AnotherNumberStays_UnlessTheRoleSaysOtherwise(t *testing.T) {
	o := newOrg(t)
	in := converging(set("title", "Clerk"), plan.OktaProfile)
	in.Account = o.sam(func(u *oktasim.User) { u.Profile.EmployeeNumber = "E2" })
	converge(o, in)
	if u := o.see(in.Account); u.Profile.EmployeeNumber != "E2" {
		t.Errorf("number %s", u.Profile.EmployeeNumber)
	}
	in.Role = set("employeeNumber", "E7")
	converge(o, in)
	if u := o.see(in.Account); u.Profile.EmployeeNumber != "E7" {
		t.Errorf("number %s", u.Profile.EmployeeNumber)
	}
}

func TestProfile_DeactivatedAccount_WaitsForItsOpening(t *testing.T) {
	o := newOrg(t)
	o.sam(inStatus(oktasim.Deprovisioned))
	s := converge(o, converging(set("title", "Clerk"), plan.OktaProfile)).Steps[0]
	if s.State != plan.NotApplicable || !strings.Contains(s.Detail, "opened again") || o.Mutations() != 0 {
		t.Errorf("%+v, %d writes", s, o.Mutations())
	}
}

func TestProfile_OktaSaysYesAndDoesNothing_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/" + id, Status: http.StatusOK})
	out := converge(o, converging(set("title", "Clerk"), plan.OktaProfile))
	wantState(t, out.Steps[0], plan.Unverified)
	if len(out.Changed) != 0 || len(out.Given.Attributes) != 0 {
		t.Errorf("changed %v, given %v", out.Changed, out.Given.Attributes)
	}
}

func TestProfile_NoRight_NeedsAPersonAndIsTriedOnce(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.Inject(kit.Fault{Method: http.MethodPost, Path: "/api/v1/users/" + id, Status: http.StatusForbidden})
	wantTold(t, converge(o, converging(set("title", "Clerk", "city", "Oslo"), plan.OktaProfile)).Steps[0], activities.Forbidden)
	if n := o.CallsTo(http.MethodPost, "/api/v1/users/"+id); n != 1 {
		t.Errorf("%d updates", n)
	}
}

func TestProfile_NoAccount_NeedsAPerson(t *testing.T) {
	o := newOrg(t)
	o.jo()
	wantTold(t, converge(o, converging(ofRole(), plan.OktaProfile)).Steps[0], activities.NotFound)
}
