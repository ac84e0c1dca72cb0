package okta

import (
	"reflect"
	"slices"
	"testing"

	"tenure/activities"
	"tenure/internal/role"
	oktasim "tenure/simulators/okta"
)

func findLogin(o *org, who activities.Identity, wanted ...string) []activities.TakenLogin {
	o.t.Helper()
	out, err := execute(o, activities.OktaFindLogin, activities.FindLogin{Identity: who, Wanted: wanted})
	if err != nil {
		o.t.Fatal(err)
	}
	return out.Taken
}

func TestFindLogin_EveryWayInWhichALoginIsTaken(t *testing.T) {
	o := newOrg(t)
	living := o.other("E3")
	gone := o.jo(inStatus(oktasim.Deprovisioned), func(u *oktasim.User) {
		u.Profile.Login, u.Profile.EmployeeNumber = "s.lee@example.com", "E4"
	})
	address := o.jo(func(u *oktasim.User) {
		u.Profile = oktasim.Profile{Login: "slee@example.net", Email: "slee@example.com"}
	})
	got := findLogin(o, activities.Identity{EmployeeNumber: "E7"}, "sam.lee@example.com", "s.lee@example.com", "slee@example.com", "sam.lee2@example.com")
	want := []activities.TakenLogin{
		{Login: "sam.lee@example.com", Account: living, Status: oktasim.Active, Number: "E3"},
		{Login: "s.lee@example.com", Account: gone, Status: oktasim.Deprovisioned, Number: "E4"},
		{Login: "slee@example.com", Account: address, Status: oktasim.Active},
	}
	if !slices.Equal(got, want) {
		t.Errorf("taken %+v, want %+v", got, want)
	}
	if o.Mutations() != 0 {
		t.Errorf("%d writes", o.Mutations())
	}
}

func TestFindLogin_OnesOwnLogin_IsNotTaken(t *testing.T) {
	o := newOrg(t)
	byNumber := o.sam(inStatus(oktasim.Deprovisioned))
	unnumbered := o.jo(func(u *oktasim.User) { u.Profile = oktasim.Profile{Login: "sam.roe@example.com"} })
	if got := findLogin(o, activities.Identity{EmployeeNumber: "E7"}, "sam.lee@example.com"); len(got) != 0 {
		t.Errorf("%s is the person's: %+v", byNumber, got)
	}
	if got := findLogin(o, activities.Identity{Account: unnumbered}, "sam.roe@example.com"); len(got) != 0 {
		t.Errorf("%s is the person's: %+v", unnumbered, got)
	}
	if got := findLogin(o, activities.Identity{EmployeeNumber: "E7"}, "sam.roe@example.com"); len(got) != 1 {
		t.Errorf("an account without a number was taken for the person's: %+v", got)
	}
	if got := findLogin(o, activities.Identity{EmployeeNumber: "E7"}); len(got) != 0 {
		t.Errorf("nothing was wanted: %+v", got)
	}
}

// To a service app without an administrator role every login looks free.
func TestFindLogin_ServiceAppWithoutRole_IsForbidden(t *testing.T) {
	o := newOrg(t)
	o.sam()
	o.sys = o.connect(asService(o.service(t, func(a *oktasim.ServiceApp) { a.AdminRole = false })))
	_, err := execute(o, activities.OktaFindLogin, activities.FindLogin{Wanted: []string{"sam.lee@example.com"}})
	wantProblem(t, err, activities.Forbidden)
}

func compare(o *org, in activities.ConvergeOkta) activities.Comparison {
	o.t.Helper()
	out, err := execute(o, activities.OktaCompareUser, in)
	if err != nil {
		o.t.Fatal(err)
	}
	if o.Mutations() != 0 {
		o.t.Fatalf("comparing wrote: %+v", o.Calls())
	}
	return out
}

func TestCompare_SaysWhatConvergingWouldDo(t *testing.T) {
	o := newOrg(t)
	ruled := o.AddGroup(oktasim.Group{Name: "by rule"})
	o.AddRule(oktasim.Rule{Name: "support", Expression: `user.department=="Support"`, Groups: []string{ruled}})
	o.addGroups("crm")
	id := o.sam()
	o.joins(id, "sales", "support", "by hand")
	in := converging(ofRole("sales", "crm", "slaes"))
	in.Given = role.Given{Groups: []string{"support"}}
	want := activities.Comparison{Exists: true, Account: id, Login: "sam.lee@example.com", Status: oktasim.Active,
		Change: []activities.Edit{{Name: "department", Was: "Support", Now: "Sales", Rule: "mapping.attributes.department"},
			{Name: "title", Now: "Account executive", Rule: "mapping.attributes.title"}},
		Join: []string{"crm"}, Quit: []string{"support"}, Manual: []string{"by hand"}, ByRule: []string{"by rule"}, Unknown: []string{"slaes"}}
	if got := compare(o, in); !reflect.DeepEqual(got, want) {
		t.Errorf("compared\n%+v, want\n%+v", got, want)
	}
}

func TestCompare_NobodyOrSomebodyElse_DoesNotExist(t *testing.T) {
	for name, number := range map[string]string{"nobody": "", "somebody else": "E3"} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.jo()
			if number != "" {
				o.other(number)
			}
			o.addGroups("sales")
			got := compare(o, converging(ofRole("sales")))
			if got.Exists || len(got.Join) != 1 || len(got.Change) != 7 { // the role's four, login, address and number
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestReadSchema_TypesChoicesAndMissingGroups(t *testing.T) {
	o := newOrg(t)
	o.AddAttribute(oktasim.Attribute{Name: "badge", Type: oktasim.Integer, Required: true})
	o.AddAttribute(oktasim.Attribute{Name: "sites", Type: oktasim.List, Enum: []string{"Oslo", "Lima"}})
	o.MasterElsewhere("title")
	o.addGroups("sales")
	o.AddGroup(oktasim.Group{Name: "directory", Type: oktasim.AppGroup})
	read := func() activities.Schema {
		t.Helper()
		out, err := execute(o, activities.OktaReadSchema, activities.ReadSchema{Groups: []string{"sales", "slaes", "directory"}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := read()
	if !slices.Equal(got.Missing, []string{"slaes", "directory"}) {
		t.Errorf("missing %v", got.Missing)
	}
	for _, want := range []activities.SchemaAttribute{
		{Name: "badge", Type: "integer", Required: true, Master: "OKTA"},
		{Name: "sites", Type: "array", Enum: []string{"Oslo", "Lima"}, Master: "OKTA"},
		{Name: "login", Type: "string", Required: true, Max: 100, Master: "OKTA"},
		{Name: "title", Type: "string", Master: "PROFILE_MASTER"},
	} {
		i := slices.IndexFunc(got.Attributes, func(a activities.SchemaAttribute) bool { return a.Name == want.Name })
		if i < 0 || !reflect.DeepEqual(got.Attributes[i], want) {
			t.Errorf("want %+v in %+v", want, got.Attributes)
		}
	}
	o.sys = o.connect(asService(o.service(t, func(a *oktasim.ServiceApp) { a.Scopes = append(Scopes(), schemaScope) })))
	if again := read(); !reflect.DeepEqual(again, got) {
		t.Errorf("a service app reads %+v", again)
	}
}

// An installation from before has not granted the scope of the schema: reading it is refused, and nothing else is.
func TestReadSchema_ScopeNotGranted_IsForbiddenAndTheRestWorks(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.sys = o.connect(asService(o.service(t, func(*oktasim.ServiceApp) {})))
	_, err := execute(o, activities.OktaReadSchema, activities.ReadSchema{})
	wantProblem(t, err, activities.Forbidden)
	if f, err := execute(o, activities.OktaReadUser, activities.Identity{Account: id}); err != nil || !f.Exists {
		t.Errorf("%+v %v", f, err)
	}
}
