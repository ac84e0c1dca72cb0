package okta

import (
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

// grouped gives Jo a direct group, a rule-made one and one that an app owns.
func grouped(o *org) (id, direct, byRule, byApp, rule string) {
	id = o.jo()
	direct = o.AddGroup(oktasim.Group{Name: "VPN", Members: map[string]string{id: oktasim.ByHand}})
	byRule = o.AddGroup(oktasim.Group{Name: "Sales"})
	byApp = o.AddGroup(oktasim.Group{Name: "Directory", Type: oktasim.AppGroup, Members: map[string]string{id: oktasim.ByApp}})
	rule = o.AddRule(oktasim.Rule{Name: "Sales people", Expression: `user.department=="Sales"`, Groups: []string{byRule}})
	return id, direct, byRule, byApp, rule
}

func TestGroups_OnlyDirectOnesAreRemoved(t *testing.T) {
	o := newOrg(t)
	id, direct, byRule, byApp, rule := grouped(o)
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.Verified)
	if !slices.Equal(out.Items, []string{direct}) {
		t.Errorf("removed %v, want %v", out.Items, direct)
	}
	for _, left := range []string{byRule, byApp} {
		if !strings.Contains(out.Detail, left) {
			t.Errorf("%s was left and is not listed: %q", left, out.Detail)
		}
	}
	if r, _ := o.Rule(rule); len(r.Exclude) != 0 {
		t.Errorf("the person is excluded from the rule: %v", r.Exclude)
	}
	if n := o.CallsTo("DELETE", "/api/v1/groups/*/users/*"); n != 1 {
		t.Errorf("%d removals, want 1", n)
	}
	wantState(t, perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0], plan.AlreadyAbsent)
}

func TestGroups_OfDeactivatedAccount_AreStillRemoved(t *testing.T) {
	o := newOrg(t)
	id, direct, _, _, _ := grouped(o)
	o.SetStatus(id, oktasim.Deprovisioned)
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.Verified)
	if !slices.Equal(out.Items, []string{direct}) {
		t.Errorf("removed %v", out.Items)
	}
}

func TestGroups_RuleExcludesThePerson_TheMembershipIsDirect(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	group := o.AddGroup(oktasim.Group{Name: "Sales", Members: map[string]string{id: oktasim.ByHand}})
	o.AddRule(oktasim.Rule{Name: "Sales people", Expression: `user.department=="Sales"`, Groups: []string{group}, Exclude: []string{id}})
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.Verified)
	if !slices.Equal(out.Items, []string{group}) {
		t.Errorf("removed %v", out.Items)
	}
}

func TestGroups_OneRefused_TheOthersGoAndAPersonIsAsked(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	locked := o.AddGroup(oktasim.Group{Name: "Locked", Members: map[string]string{id: oktasim.ByHand}})
	open := o.AddGroup(oktasim.Group{Name: "VPN", Members: map[string]string{id: oktasim.ByHand}})
	o.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/groups/" + locked + "/users/*", Status: 501})
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.NeedsAttention)
	if out.Problem != activities.Unsupported || !strings.Contains(out.Detail, locked) || !slices.Equal(out.Items, []string{open}) {
		t.Errorf("outcome %+v", out)
	}
}

func TestGroups_TargetThatLies_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id, _, _, _, _ := grouped(o)
	o.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/groups/*/users/*", Status: 204})
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.Unverified)
	if len(out.Items) != 0 {
		t.Errorf("items name groups that were not left: %v", out.Items)
	}
}

func TestGroups_RetryKeepsTheIdsOfTheAttemptBefore(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	first := o.AddGroup(oktasim.Group{Name: "A", Members: map[string]string{id: oktasim.ByHand}})
	second := o.AddGroup(oktasim.Group{Name: "B", Members: map[string]string{id: oktasim.ByHand}})
	before := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	before.Items = []string{first}
	if err := o.Join(second, id); err != nil {
		t.Fatal(err)
	}
	o.heartbeat = []activities.Outcome{before}
	out := perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)[0]
	wantState(t, out, plan.Verified)
	if !slices.Equal(out.Items, []string{second, first}) {
		t.Errorf("items %v, want both groups", out.Items)
	}
}
