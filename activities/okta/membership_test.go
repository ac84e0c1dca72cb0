package okta

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func (o *org) joins(id string, groups ...string) {
	o.t.Helper()
	for _, name := range groups {
		g, ok := o.GroupNamed(name)
		if !ok {
			g.ID = o.AddGroup(oktasim.Group{Name: name})
		}
		if err := o.Join(g.ID, id); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *org) wantGroups(id string, names ...string) {
	o.t.Helper()
	slices.Sort(names)
	if got := o.UserGroups(id); !slices.Equal(got, names) {
		o.t.Errorf("in groups %v, want %v", got, names)
	}
}

func TestJoin_HeldAlready_NothingIsCalledTwice(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.joins(id, "sales")
	out := converge(o, converging(ofRole("sales"), plan.OktaJoin))
	wantAll(t, out, plan.Verified)
	if o.Mutations() != 0 || !slices.Equal(out.Given.Groups, []string{"sales"}) {
		t.Errorf("%d writes, given %v", o.Mutations(), out.Given.Groups)
	}
}

func TestJoin_UnknownAndForeignGroups_AreNamedAndTheOthersJoined(t *testing.T) {
	o := newOrg(t)
	o.addGroups("sales")
	o.AddGroup(oktasim.Group{Name: "directory staff", Type: oktasim.AppGroup})
	id := o.sam()
	out := converge(o, converging(ofRole("sales", "slaes", "directory staff"), plan.OktaJoin))
	wantTold(t, out.Steps[0], activities.Unsupported, `no group "slaes"`, `"directory staff"`, "1 group joined")
	o.wantGroups(id, "sales")
	if !slices.Equal(out.Joined, []string{"sales"}) || !slices.Equal(out.Given.Groups, []string{"sales"}) {
		t.Errorf("joined %v, given %v", out.Joined, out.Given.Groups)
	}
	if n := o.CallsTo(http.MethodPut, "/**"); n != 1 {
		t.Errorf("%d memberships were asked for", n)
	}
}

// An application's group of the same name is not the one that is meant.
func TestJoin_NameOfAnAppGroupToo_OktasOwnIsJoined(t *testing.T) {
	o := newOrg(t)
	o.AddGroup(oktasim.Group{Name: "sales", Type: oktasim.AppGroup})
	own := o.AddGroup(oktasim.Group{Name: "sales"})
	o.AddGroup(oktasim.Group{Name: "sales", Type: oktasim.AppGroup})
	o.sam()
	out := converge(o, converging(ofRole("sales"), plan.OktaJoin))
	if s := out.Steps[0]; s.State != plan.Verified || !slices.Equal(s.Items, []string{own}) {
		t.Errorf("%+v", s)
	}
}

func TestJoin_AGroupMadeAMomentAgo_IsFoundLater(t *testing.T) {
	o := newOrg(t)
	now := time.Now()
	o.Clock, o.SearchLag = func() time.Time { return now }, time.Minute
	id := o.sam()
	if _, err := o.sys.raw(t.Context(), http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]string{"name": "crew"}}, nil); err != nil {
		t.Fatal(err)
	}
	wantTold(t, converge(o, converging(ofRole("crew"), plan.OktaJoin)).Steps[0], activities.NotFound, "crew")
	now = now.Add(2 * time.Minute)
	wantAll(t, converge(o, converging(ofRole("crew"), plan.OktaJoin)), plan.Verified)
	o.wantGroups(id, "crew")
}

func TestJoin_NamesThatLookLikeSearches_AreFoundExactly(t *testing.T) {
	o := newOrg(t)
	odd := []string{`the "A" team`, `back\slash`, `x" or profile.name sw "`, "Größe & Maß", "a, b"}
	o.addGroups(odd...)
	o.addGroups("xylophone")
	id := o.sam()
	wantAll(t, converge(o, converging(ofRole(odd...), plan.OktaJoin)), plan.Verified)
	o.wantGroups(id, odd...)
}

func TestJoin_ManyGroups_TakesFewSearchesAndRemembersNames(t *testing.T) {
	o := newOrg(t)
	var names []string
	for i := range 23 {
		names = append(names, fmt.Sprintf("group %02d", i))
	}
	o.addGroups(names...)
	for _, number := range []string{"E7", "E8"} {
		id := o.sam(func(u *oktasim.User) { u.Profile.Login, u.Profile.EmployeeNumber = number+"@example.com", number })
		in := converging(ofRole(names...), plan.OktaJoin)
		in.Account, in.Login, in.EmployeeNumber = id, number+"@example.com", number
		wantAll(t, converge(o, in), plan.Verified)
		o.wantGroups(id, names...)
	}
	if n := o.CallsTo(http.MethodGet, "/api/v1/groups"); n != 3 {
		t.Errorf("%d searches", n)
	}
}

func TestNames_AreBelievedForAShortTimeOnly(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	o := newOrg(t, func(c *Config) { c.Now = func() time.Time { return now } })
	o.addGroups("sales")
	for _, passed := range []time.Duration{0, nameKept / 2, nameKept} {
		now = now.Add(passed)
		if _, err := o.sys.lookUp(t.Context(), []string{"sales"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := o.CallsTo(http.MethodGet, "/api/v1/groups"); n != 2 {
		t.Errorf("%d searches", n)
	}
}

// What was remembered of a name is old: the group was deleted and made anew, or renamed.
func TestJoin_RememberedNameIsOld_TheRightGroupIsJoinedByTheRetry(t *testing.T) {
	for name, change := range map[string]func(o *org, old string){
		"deleted and made anew": func(o *org, old string) { o.DeleteGroup(old) },
		"renamed":               func(o *org, old string) { o.RenameGroup(old, "payroll") },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			old := o.AddGroup(oktasim.Group{Name: "sales"})
			if _, err := o.sys.lookUp(t.Context(), []string{"sales"}); err != nil {
				t.Fatal(err)
			}
			change(o, old)
			o.AddGroup(oktasim.Group{Name: "sales"})
			id := o.sam()
			in := converging(ofRole("sales"), plan.OktaJoin)
			if _, err := execute(o, activities.OktaConvergeUser, in); err != nil {
				wantProblem(t, err, activities.Unavailable)
			}
			wantAll(t, converge(o, in), plan.Verified)
			o.wantGroups(id, "sales")
		})
	}
}

func TestJoin_ExcludedFromARule_IsSaid(t *testing.T) {
	o := newOrg(t)
	g := o.AddGroup(oktasim.Group{Name: "sales"})
	o.AddRule(oktasim.Rule{Name: "everybody in sales", Expression: `user.department=="Sales"`, Groups: []string{g}})
	id := o.sam(func(u *oktasim.User) { u.Profile.Department = "Sales" })
	if err := o.Leave(g, id); err != nil {
		t.Fatal(err)
	}
	out := converge(o, converging(ofRole("sales"), plan.OktaJoin))
	wantAll(t, out, plan.Verified)
	if !strings.Contains(out.Steps[0].Detail, `excluded from the group rule "everybody in sales"`) {
		t.Errorf("detail %q", out.Steps[0].Detail)
	}
}

func TestJoin_OktaSaysYesAndDoesNothing_IsUnverified(t *testing.T) {
	o := newOrg(t)
	o.addGroups("sales", "crm")
	o.sam()
	o.Inject(kit.Fault{Method: http.MethodPut, Path: "/api/v1/groups/*/users/*", Status: http.StatusNoContent})
	out := converge(o, converging(ofRole("sales", "crm"), plan.OktaJoin))
	wantState(t, out.Steps[0], plan.Unverified)
	if len(out.Joined)+len(out.Given.Groups) != 0 {
		t.Errorf("joined %v, given %v", out.Joined, out.Given.Groups)
	}
}

func TestJoin_NoRightToOneGroup_NeedsAPersonAndTheOthersJoin(t *testing.T) {
	o := newOrg(t)
	ids := o.addGroups("sales", "admins")
	id := o.sam()
	o.Inject(kit.Fault{Method: http.MethodPut, Path: "/api/v1/groups/" + ids["admins"] + "/users/*", Status: http.StatusForbidden})
	out := converge(o, converging(ofRole("sales", "admins"), plan.OktaJoin))
	wantTold(t, out.Steps[0], activities.Forbidden, "admins")
	o.wantGroups(id, "sales")
}

func TestQuit_OnlyWhatTheRoleGaveIsLeft(t *testing.T) {
	o := newOrg(t)
	ruled := o.AddGroup(oktasim.Group{Name: "by rule"})
	o.AddRule(oktasim.Rule{Name: "support", Expression: `user.department=="Support"`, Groups: []string{ruled}})
	id := o.sam()
	o.joins(id, "sales", "support", "overlap", "by hand")
	o.AddGroup(oktasim.Group{Name: "by app", Type: oktasim.AppGroup, Members: map[string]string{id: oktasim.ByApp}})
	in := converging(ofRole("sales"), plan.OktaQuit)
	in.Given, in.Keep = role.Given{Groups: []string{"sales", "support", "overlap", "by rule", "never held"}}, []string{"overlap"}
	out := converge(o, in)
	wantAll(t, out, plan.Verified)
	o.wantGroups(id, "sales", "overlap", "by hand", "by app", "by rule")
	for what, k := range map[string]struct{ got, want []string }{
		"quit": {out.Quit, []string{"support"}}, "manual": {out.Manual, []string{"by hand"}}, "by rule": {out.ByRule, []string{"by rule"}},
		"given": {out.Given.Groups, []string{"by rule", "overlap", "sales"}},
	} {
		if !slices.Equal(k.got, k.want) {
			t.Errorf("%s %v, want %v", what, k.got, k.want)
		}
	}
	if d := out.Steps[0].Detail; !strings.Contains(d, `kept for now: "overlap"`) || !strings.Contains(d, `exclude them from the rule for good): "by rule"`) {
		t.Errorf("detail %q", d)
	}
	if r := o.rulesExcluding(id); r != 0 {
		t.Errorf("excluded from %d rules", r)
	}
}

func (o *org) rulesExcluding(id string) int {
	rules, err := o.sys.rules(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	return len(slices.DeleteFunc(rules, func(r *sdk.GroupRule) bool { return !excludes(r, id) }))
}

func TestQuit_NothingToLeave_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.joins(id, "by hand")
	out := converge(o, converging(ofRole(), plan.OktaQuit))
	wantAll(t, out, plan.AlreadyAbsent)
	if o.Mutations() != 0 || !slices.Equal(out.Manual, []string{"by hand"}) {
		t.Errorf("%d writes, manual %v", o.Mutations(), out.Manual)
	}
}

func TestQuit_Refused_NamesWhatIsLeftAndRemembersIt(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.joins(id, "support", "crm")
	g, _ := o.GroupNamed("support")
	o.Inject(kit.Fault{Method: http.MethodDelete, Path: "/api/v1/groups/" + g.ID + "/users/*", Status: http.StatusForbidden})
	in := converging(ofRole(), plan.OktaQuit)
	in.Given = role.Given{Groups: []string{"support", "crm"}}
	out := converge(o, in)
	wantTold(t, out.Steps[0], activities.Forbidden, `still in "support"`)
	if !slices.Equal(out.Given.Groups, []string{"support"}) || !slices.Equal(out.Quit, []string{"crm"}) {
		t.Errorf("given %v, quit %v", out.Given.Groups, out.Quit)
	}
}

func TestQuit_OktaSaysYesAndDoesNothing_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id := o.sam()
	o.joins(id, "support")
	o.Inject(kit.Fault{Method: http.MethodDelete, Path: "/api/v1/groups/*/users/*", Status: http.StatusNoContent})
	in := converging(ofRole(), plan.OktaQuit)
	in.Given = role.Given{Groups: []string{"support"}}
	out := converge(o, in)
	wantState(t, out.Steps[0], plan.Unverified)
	if !slices.Equal(out.Given.Groups, []string{"support"}) {
		t.Errorf("given %v", out.Given.Groups)
	}
}

func TestQuit_NoAccount_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	o.jo()
	wantAll(t, converge(o, converging(ofRole(), plan.OktaQuit)), plan.AlreadyAbsent)
}

// Groups outlive a deactivation: of an account that is to be used again everything beyond the role is left.
func TestQuit_DeactivatedAccount_LeavesEverythingBeyondTheRole(t *testing.T) {
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Deprovisioned))
	o.joins(id, "sales", "support", "by hand")
	out := converge(o, converging(ofRole("sales"), plan.OktaQuit))
	wantAll(t, out, plan.Verified)
	o.wantGroups(id, "sales")
	if len(out.Manual) != 0 {
		t.Errorf("manual %v", out.Manual)
	}
}
