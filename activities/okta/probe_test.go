package okta

import (
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	oktasim "tenure/simulators/okta"
)

func probe(o *org, id string) activities.Residue {
	o.t.Helper()
	r, err := execute(o, activities.OktaProbeAccess, activities.Identity{Account: id})
	if err != nil {
		o.t.Fatal(err)
	}
	if r.Any != (len(r.Found) > 0) {
		o.t.Errorf("any is %v with %v", r.Any, r.Found)
	}
	return r
}

func contained(o *org) string {
	o.t.Helper()
	id := o.jo()
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend, plan.OktaSessions)
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	return id
}

func TestProbe_ContainedAccount_HasNothing(t *testing.T) {
	o := newOrg(t)
	if err := o.signInFirst(); err != nil {
		t.Fatal(err)
	}
	id := contained(o)
	before := o.Mutations()
	if r := probe(o, id); r.Any {
		t.Errorf("found %+v", r)
	}
	if o.Mutations() != before {
		t.Error("a probe changed something")
	}
}

// signInFirst lets somebody else sign in, whom the probe must not take for the leaver.
func (o *org) signInFirst() error {
	o.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "kim@example.com"}})
	return o.SignIn("kim@example.com")
}

func TestProbe_SignInBeforeContainment_IsNotResidue(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	if err := o.SignIn("jo@example.com"); err != nil {
		t.Fatal(err)
	}
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)
	if r := probe(o, id); r.Any {
		t.Errorf("found %+v", r)
	}
}

func TestProbe_ReactivatedByImport_SaysWhyAndEndsWithTheNextContainment(t *testing.T) {
	o := newOrg(t)
	id := contained(o)
	app := o.AddApp(oktasim.App{Name: "hr", Label: "HR"})
	if err := o.Import(app, "jo@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := o.SignIn("jo@example.com"); err != nil {
		t.Fatal(err)
	}
	r := probe(o, id)
	if r.Cause != "reactivated by import from app "+app {
		t.Errorf("cause %q", r.Cause)
	}
	if len(r.Found) != 2 || r.Found[0] != "user is ACTIVE" || !strings.HasPrefix(r.Found[1], "signed in at ") {
		t.Errorf("found %v", r.Found)
	}
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)
	if r := probe(o, id); r.Any {
		t.Errorf("contained again and still found: %+v", r)
	}
}

func TestProbe_AddedToAGroupAgain(t *testing.T) {
	o := newOrg(t)
	id := contained(o)
	kept := o.AddGroup(oktasim.Group{Name: "Alumni", Members: map[string]string{id: oktasim.ByHand}})
	vpn := o.AddGroup(oktasim.Group{Name: "VPN"})
	if err := o.Join(vpn, id); err != nil {
		t.Fatal(err)
	}
	r := probe(o, id)
	if !slices.Equal(r.Found, []string{"member of group " + vpn}) || !strings.HasPrefix(r.Cause, "added to the group by user ") {
		t.Errorf("found %+v (kept group is %s)", r, kept)
	}
	perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)
	if r := probe(o, id); r.Any {
		t.Errorf("removed again and still found: %+v", r)
	}
}

func TestProbe_Unsuspended_NamesWho(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)
	resp, err := o.sys.api.User.UnsuspendUser(t.Context(), id)
	if err := check(resp, err); err != nil {
		t.Fatal(err)
	}
	if r := probe(o, id); r.Cause != "unsuspended by user "+oktasim.OperatorID || !slices.Equal(r.Found, []string{"user is ACTIVE"}) {
		t.Errorf("found %+v", r)
	}
}

func TestProbe_LongHistory_IsReadToItsEnd(t *testing.T) {
	o := newOrg(t)
	id := contained(o)
	o.PageSize = 1
	app := o.AddApp(oktasim.App{Name: "hr"})
	if err := o.Import(app, "jo@example.com"); err != nil {
		t.Fatal(err)
	}
	if r := probe(o, id); r.Cause == "" {
		t.Errorf("the cause is on a later page and was not read: %+v", r)
	}
}

func TestProbe_NoAccount_HasNothing(t *testing.T) {
	o := newOrg(t)
	o.jo()
	if r := probe(o, "00ugone"); r.Any {
		t.Errorf("found %+v", r)
	}
}
