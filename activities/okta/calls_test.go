package okta

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	oktasim "tenure/simulators/okta"
)

// Okta's limits are shared by everybody, so the calls are counted.
func TestConverge_TakesFewCalls(t *testing.T) {
	names := []string{"all-staff", "sales", "crm", "vpn"}
	began := func(t *testing.T) (*org, activities.ConvergeOkta) {
		o := newOrg(t)
		o.addGroups(names...)
		return o, converging(ofRole(names...), joining...)
	}
	t.Run("a joiner", func(t *testing.T) {
		o, in := began(t)
		converge(o, in)
		if n := len(o.Calls()); n > 10+len(names) {
			t.Errorf("%d calls: %s", n, paths(o, 0))
		}
	})
	t.Run("a joiner whose groups are known", func(t *testing.T) {
		o, in := began(t)
		converge(o, in)
		before := len(o.Calls())
		in.Login, in.EmployeeNumber = "kim.roe@example.com", "E8"
		converge(o, in)
		if n := len(o.Calls()) - before; n > 9+len(names) {
			t.Errorf("%d calls: %s", n, paths(o, before))
		}
	})
	t.Run("nothing differs", func(t *testing.T) {
		o, in := began(t)
		in.Account = converge(o, in).Account
		o.joins(in.Account, "by hand") // the worst case: the rules must be looked at
		before := len(o.Calls())
		converge(o, in)
		if n := len(o.Calls()) - before; n > 3 {
			t.Errorf("%d calls: %s", n, paths(o, before))
		}
	})
	t.Run("only an attribute differs", func(t *testing.T) {
		o, in := began(t)
		in.Account = converge(o, in).Account
		before := len(o.Calls())
		in.Role.Attributes[2].Value = "Marketing"
		in.Steps = []plan.StepID{"okta.profile"}
		converge(o, in)
		if n := len(o.Calls()) - before; n > 3 {
			t.Errorf("%d calls: %s", n, paths(o, before))
		}
	})
}

func paths(o *org, from int) (out string) {
	for _, c := range o.Calls()[from:] {
		out += fmt.Sprintf("\n%s %s?%s", c.Method, c.Path, c.Query)
	}
	return out
}

// some picks about half of the names.
func some(r *rand.Rand, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(string) bool { return r.IntN(2) == 0 })
}

// world is a random account, what was given to it, and the role it is to have.
type world struct {
	status              string
	held, given, wanted []string
	keep                []string
	ruled               bool // a rule gives the group "ruled" to everybody in Support
}

var allGroups = []string{"a", "b", "c", "d", "e", "f"}

func randomWorld(r *rand.Rand) world {
	statuses := []string{"", oktasim.Staged, oktasim.Provisioned, oktasim.Active, oktasim.Recovery, oktasim.PasswordExpired, oktasim.LockedOut, oktasim.Deprovisioned}
	w := world{status: statuses[r.IntN(len(statuses))], given: some(r, allGroups), wanted: some(r, allGroups), keep: some(r, some(r, allGroups)), ruled: r.IntN(2) == 0}
	if w.status != "" {
		w.held = some(r, allGroups)
	}
	return w
}

// ends are the groups the account must have in the end: those of the role, those that were given by hand, and those that
// are not left yet. Of an account that was deactivated only what is kept outlives it.
func (w world) ends() []string {
	return slices.DeleteFunc(slices.Clone(allGroups), func(g string) bool {
		held, given, kept := slices.Contains(w.held, g), slices.Contains(w.given, g), slices.Contains(w.keep, g)
		manual := held && !given && w.status != oktasim.Deprovisioned
		return !slices.Contains(w.wanted, g) && !manual && !(held && kept)
	})
}

// For any account, anything given before and any role: one run brings the account to exactly the role, and a second one
// writes nothing.
func TestConverge_AnyAccountAndAnyRole_EndsInTheRoleAndStaysThere(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			w := randomWorld(r)
			o := newOrg(t)
			o.addGroups(allGroups...)
			if w.ruled {
				g := o.AddGroup(oktasim.Group{Name: "ruled"})
				o.AddRule(oktasim.Rule{Name: "support", Expression: `user.department=="Support"`, Groups: []string{g}})
			}
			in := converging(ofRole(w.wanted...), joining...)
			in.Role.Attributes = slices.DeleteFunc(in.Role.Attributes, func(a role.Attribute) bool { return a.Name == "title" && r.IntN(2) == 0 })
			in.Given, in.Keep = role.Given{Groups: w.given}, w.keep
			if w.status != "" {
				id := o.sam(inStatus(w.status), func(u *oktasim.User) { u.Profile.Title = []string{"", "Clerk", "Account executive"}[r.IntN(3)] })
				o.joins(id, w.held...)
				if r.IntN(2) == 0 {
					in.Account = id
				}
			}
			r.Shuffle(len(in.Steps)-1, func(i, j int) { // the account comes first
				in.Steps[i+1], in.Steps[j+1] = in.Steps[j+1], in.Steps[i+1]
			})
			out := converge(o, in)
			for _, s := range out.Steps {
				if !s.State.Proved() {
					t.Errorf("%+v: %+v", w, s)
				}
			}
			u := o.see(out.Account)
			if !slices.Equal(o.UserGroups(u.ID), w.ends()) || u.Profile.Department != "Sales" || u.Profile.FirstName != "Sam" {
				t.Errorf("%+v ends in %v, want %v; %+v", w, o.UserGroups(u.ID), w.ends(), u.Profile)
			}
			if u.Status == oktasim.Staged || u.Status == oktasim.Deprovisioned {
				t.Errorf("%+v ends %s", w, u.Status)
			}
			before := o.Mutations()
			in.Given = out.Given
			if converge(o, in); o.Mutations() != before || len(o.Snapshot()) != 1 {
				t.Errorf("%+v: repeating it wrote %d times: %s", w, o.Mutations()-before, paths(o, len(o.Calls())-4))
			}
		})
	}
}

// What was not looked at is remembered as it was.
func TestGiven_IsKeptWhereNothingWasLookedAt(t *testing.T) {
	o := newOrg(t)
	o.sam()
	in := converging(ofRole("sales"), plan.OktaPause)
	in.Given = role.Given{Groups: []string{"sales"}, Attributes: []string{"title"}}
	if out := converge(o, in); !slices.Equal(out.Given.Groups, in.Given.Groups) || !slices.Equal(out.Given.Attributes, in.Given.Attributes) {
		t.Errorf("given %+v", out.Given)
	}
	if n := o.CallsTo(http.MethodGet, "/api/v1/users/*/groups"); n != 0 {
		t.Errorf("%d reads of groups", n)
	}
}
