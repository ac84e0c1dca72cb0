package plan

import (
	"slices"
	"strings"
	"testing"
)

// allRoleActions is every action of joining, moving and leave. A new one without an entry fails here.
var allRoleActions = []Action{
	OktaCreate, OktaProfile, OktaJoin, OktaQuit, OktaOpen, OktaPause, OktaResume, OktaDiscard,
	GoogleAccount, GoogleProfile, GooglePause, GoogleResume, GoogleDiscard,
	RetrieverDeploy, IdentityMatch, IdentityRehire, IdentityLogin, IdentityHR, TellManager, TellHR,
}

func TestRoleCatalogue_HasEveryAction(t *testing.T) {
	if n := len(RoleCatalogue()); n != len(allRoleActions) {
		t.Errorf("%d entries, %d actions", n, len(allRoleActions))
	}
	for _, a := range allRoleActions {
		e, ok := Lookup(a)
		if !ok || e.Title == "" || e.Runbook == "" || Runbook(StepID(a)) != e.Runbook || !slices.Contains(RolePhases(), e.Phase()) {
			t.Errorf("%s lacks something: %+v", a, e)
		}
		asksPerson := e.System() == "identity"
		if (e.Work == "") != asksPerson {
			t.Errorf("%s is performed by %q", a, e.Work)
		}
		if accounts := e.System() == "okta" || e.System() == "google"; e.Critical != (accounts && a != GoogleProfile) {
			t.Errorf("%s: critical %v", a, e.Critical)
		}
		if strings.ContainsAny(RoleStep(a, "").Title+RoleStep(a, "x").Title, "{}") {
			t.Errorf("%s: a placeholder is left in %q", a, RoleStep(a, "x").Title)
		}
	}
}

// An action in both would be performed for leavers by the rules of joiners.
func TestRoleCatalogue_SharesNothingWithTheLeavers(t *testing.T) {
	for _, e := range Catalogue() {
		if slices.Contains(allRoleActions, e.Action) || slices.Contains(RolePhases(), e.Phase()) {
			t.Errorf("%s in phase %s is in both", e.Action, e.Phase())
		}
	}
}

func TestRoleStep(t *testing.T) {
	for _, c := range []struct {
		action Action
		object string
		want   Step
	}{
		{OktaOpen, "", Step{ID: "okta.open", Phase: Begin, Title: "Okta account open", Critical: true}},
		{IdentityMatch, "E1042", Step{ID: "identity.match:E1042", Phase: Identify, Title: "Is this E1042?"}},
		{IdentityMatch, "", Step{ID: "identity.match", Phase: Identify, Title: "Is this somebody known already?"}},
		{RetrieverDeploy, "MacBook", Step{ID: "retriever.deploy:MacBook", Phase: Prepare, Title: "Computer ordered: MacBook"}},
		{"okta.party", "", Step{ID: "okta.party"}},
	} {
		got := RoleStep(c.action, c.object)
		if got.ID != c.want.ID || got.Phase != c.want.Phase || got.Title != c.want.Title || got.Critical != c.want.Critical {
			t.Errorf("RoleStep(%s, %q) = %+v, want %+v", c.action, c.object, got, c.want)
		}
	}
	if s := RoleStep(OktaProfile, "").In(Prepare); s.Phase != Prepare || s.ID != "okta.profile" {
		t.Errorf("%+v", s)
	}
}

// One call brings an account to all of a role.
func TestBatches_StepsOfOneAccountGoTogether(t *testing.T) {
	var steps []Step
	for _, a := range []Action{OktaCreate, OktaProfile, OktaJoin, OktaOpen, GoogleAccount, GoogleProfile, TellManager, TellHR} {
		steps = append(steps, RoleStep(a, ""))
	}
	var sizes []int
	for _, batch := range Batches(steps) {
		sizes = append(sizes, len(batch))
	}
	if !slices.Equal(sizes, []int{4, 2, 1, 1}) {
		t.Errorf("batches of %v", sizes)
	}
}
