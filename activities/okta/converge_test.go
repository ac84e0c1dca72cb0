package okta

import (
	"slices"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	oktasim "tenure/simulators/okta"
)

// ofRole is the role of a person in sales, with groups.
func ofRole(groups ...string) role.Role {
	r := role.Role{Attributes: []role.Attribute{
		{Name: "firstName", Value: "Sam", Rule: "mapping.attributes.firstName"},
		{Name: "lastName", Value: "Lee", Rule: "mapping.attributes.lastName"},
		{Name: "department", Value: "Sales", Rule: "mapping.attributes.department"},
		{Name: "title", Value: "Account executive", Rule: "mapping.attributes.title"},
	}}
	for _, g := range groups {
		r.Groups = append(r.Groups, role.Grant{Group: g, Rule: "mapping.groups." + g})
	}
	return r
}

func converging(r role.Role, actions ...plan.Action) activities.ConvergeOkta {
	in := activities.ConvergeOkta{CaseRef: activities.CaseRef{Case: "onboard/E7", Run: "run-1", Employee: "E7", Opened: time.Now().Add(-time.Hour)},
		Login: "sam.lee@example.com", EmployeeNumber: "E7", Role: r, Mail: true}
	for _, a := range actions {
		in.Steps = append(in.Steps, a.For(""))
	}
	return in
}

// converge runs the activity and wants a result with an outcome for every step.
func converge(o *org, in activities.ConvergeOkta) activities.ConvergedOkta {
	o.t.Helper()
	out, err := execute(o, activities.OktaConvergeUser, in)
	if err != nil {
		o.t.Fatalf("converge: %v", err)
	}
	if len(out.Steps) != len(in.Steps) {
		o.t.Fatalf("%d outcomes for %d steps", len(out.Steps), len(in.Steps))
	}
	for i, s := range out.Steps {
		if s.Step != in.Steps[i] {
			o.t.Fatalf("outcome %d is of %s, want %s", i, s.Step, in.Steps[i])
		}
	}
	return out
}

func (o *org) addGroups(names ...string) map[string]string {
	ids := map[string]string{}
	for _, n := range names {
		ids[n] = o.AddGroup(oktasim.Group{Name: n})
	}
	return ids
}

// groupsOf are the names of a person's groups without Everyone.
func (o *org) groupsOf(id string) []string {
	o.t.Helper()
	for _, p := range o.Snapshot() {
		if p.ID == id {
			groups := slices.DeleteFunc(slices.Clone(p.Groups), func(n string) bool { return n == "Everyone" })
			slices.Sort(groups)
			return groups
		}
	}
	o.t.Fatalf("no user %s in the org", id)
	return nil
}

func wantAll(t *testing.T, out activities.ConvergedOkta, state plan.State) {
	t.Helper()
	for _, o := range out.Steps {
		wantState(t, o, state)
	}
}

var joining = []plan.Action{plan.OktaCreate, plan.OktaProfile, plan.OktaJoin, plan.OktaQuit, plan.OktaOpen}

func TestConverge_Joiner_IsMadeJoinedAndOpened(t *testing.T) {
	o := newOrg(t)
	o.addGroups("all-staff", "sales", "crm")
	prepared := converge(o, converging(ofRole("all-staff", "sales", "crm"), plan.OktaCreate, plan.OktaProfile, plan.OktaJoin))
	wantAll(t, prepared, plan.Verified)
	u := o.see(prepared.Account)
	if u.Status != oktasim.Staged || u.Profile.Department != "Sales" || u.Profile.EmployeeNumber != "E7" || u.Profile.Email != "sam.lee@example.com" {
		t.Errorf("prepared account %+v", u)
	}
	out := converge(o, converging(ofRole("all-staff", "sales", "crm"), joining...))
	if out.Account != prepared.Account || out.Status != oktasim.Provisioned {
		t.Errorf("opened %s %s, prepared %s", out.Account, out.Status, prepared.Account)
	}
	if want := []string{"all-staff", "crm", "sales"}; !slices.Equal(o.groupsOf(out.Account), want) || !slices.Equal(out.Given.Groups, want) {
		t.Errorf("groups %v, given %v, want %v", o.groupsOf(out.Account), out.Given.Groups, want)
	}
	before := o.Mutations()
	again := converge(o, converging(ofRole("all-staff", "sales", "crm"), joining...))
	if o.Mutations() != before {
		t.Errorf("repeating it wrote: %+v", o.Calls())
	}
	for _, s := range again.Steps {
		if !s.State.Proved() || !s.Executed.IsZero() {
			t.Errorf("repeated %+v", s)
		}
	}
}
