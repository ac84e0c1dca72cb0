package plan

import (
	"slices"
	"strings"
	"testing"

	"tenure/internal/policy"
)

// allActions is every constant of type Action. A new one without an entry, or without a place in an order, fails here.
var allActions = []Action{
	OktaRoles, OktaSuspend, OktaSessions, OktaFactors, OktaGrants, OktaDevices, OktaGroups, OktaDeactivate,
	GoogleRoles, GooglePassword, GoogleSessions, GoogleTokens, GoogleForwarding, GoogleDelegate, GoogleTransfer,
	GoogleAutoReply, GoogleGroups, GoogleHide, GoogleOrgUnit, GoogleUndelegate, GoogleSuspend,
	JamfLock, SlackAccount, AppRevoke, DeviceReturn,
}

func TestCatalogue_HasEveryAction_InTheDefaultOrder(t *testing.T) {
	var catalogued []string
	for _, e := range Catalogue() {
		catalogued = append(catalogued, string(e.Action))
	}
	if !slices.Equal(catalogued, policy.Actions()) {
		t.Errorf("the catalogue and the rules of order differ:\n%v\n%v", catalogued, policy.Actions())
	}
	if len(catalogued) != len(allActions) {
		t.Errorf("%d entries, %d actions", len(catalogued), len(allActions))
	}
	for _, a := range allActions {
		e, ok := Lookup(a)
		if !ok {
			t.Errorf("%s is not in the catalogue", a)
			continue
		}
		if e.Title == "" || e.Work == "" || e.Runbook == "" || !slices.Contains(Phases(), e.Phase()) || e.System() == "" {
			t.Errorf("%s lacks something: %+v", a, e)
		}
		if strings.Contains(e.Title, "{heir}") != (e.Nobody != "") {
			t.Errorf("%s: a title that names the heir needs one for when there is none, and no other does: %+v", a, e)
		}
	}
}

// No order may do without a critical step, but for the loan of the mailbox, which a company may not want.
func TestCatalogue_CriticalStepsCannotBeLeftOut(t *testing.T) {
	for _, e := range Catalogue() {
		loan := e.Action == GoogleDelegate || e.Action == GoogleUndelegate
		if e.Critical && !loan && policy.MayBeLeftOut(string(e.Action)) {
			t.Errorf("%s is critical and may be left out", e.Action)
		}
	}
}

func TestLookup_UnknownAction(t *testing.T) {
	if _, ok := Lookup("okta.party"); ok || WorkOf("okta.party") != "" || Runbook("okta.party:x") != "" {
		t.Error("an unknown action was found")
	}
	if !strings.Contains(Runbook("jamf.lock:C02XY"), "never a second PIN") {
		t.Error(Runbook("jamf.lock:C02XY"))
	}
}

func TestBatches_NeighboursOfTheSameWork(t *testing.T) {
	var steps []Step
	for _, id := range []StepID{"okta.roles", "okta.suspend", "okta.factors", "google.roles", "okta.grants", "jamf.lock:A", "jamf.lock:B", "app.revoke:x", "app.revoke:y"} {
		steps = append(steps, Step{ID: id})
	}
	var got []string
	for _, batch := range Batches(steps) {
		var ids []string
		for _, s := range batch {
			ids = append(ids, string(s.ID))
		}
		got = append(got, strings.Join(ids, "+"))
	}
	want := "okta.roles+okta.suspend okta.factors google.roles okta.grants jamf.lock:A jamf.lock:B app.revoke:x app.revoke:y"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if Batches(nil) != nil {
		t.Error("batches of nothing")
	}
}

func TestCheck_NamesBothStepsAndTheMend(t *testing.T) {
	step := func(id StepID, phase Phase) Step { return Step{ID: id, Phase: phase} }
	cascades := Facts{Okta: &OktaFacts{Exists: true, CascadesToGoogle: true, Apps: []OktaApp{{ID: "0oa1", Name: "google", Scope: scopeUser}}}}
	app := step("app.revoke:google", Apps)
	app.App = &AppStep{OktaID: "0oa1"}
	dismissed := step("google.suspend", Contain)
	dismissed.Preset = NotApplicable
	for _, c := range []struct {
		name  string
		steps []Step
		facts Facts
		want  string
	}{
		{"suspend before delegate", []Step{step("google.suspend", Contain), step("google.delegate", HandOver)}, Facts{},
			"google.suspend stands before google.delegate, which needs the Google account active: move google.suspend to lease_end"},
		{"given in another order", []Step{step("google.undelegate", LeaseEnd), step("google.suspend", HandOver)}, Facts{},
			"google.suspend stands before google.undelegate, which needs the Google account active: move google.suspend to lease_end"},
		{"deactivation that cascades", []Step{step("okta.deactivate", Contain), step("google.delegate", HandOver)}, cascades,
			"okta.deactivate stands before google.delegate, which needs the Google account active: put okta.deactivate after google.delegate"},
		{"app that cascades", []Step{app, step("google.undelegate", LeaseEnd)}, cascades,
			"app.revoke:google stands before google.undelegate, which needs the Google account active: put app.revoke:google after google.undelegate"},
		{"deactivation that does not", []Step{step("okta.deactivate", Contain), step("google.delegate", HandOver)}, Facts{Okta: &OktaFacts{}}, ""},
		{"a step that does not run", []Step{dismissed, step("google.delegate", HandOver)}, Facts{}, ""},
		{"unknown steps", []Step{step("tenure.plan", Contain), step("google.delegate", HandOver)}, Facts{}, ""},
	} {
		err := Check(c.steps, c.facts)
		if got := strings.TrimSpace(errorText(err)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBuild_OrderThatCannotWork_NamesThePolicy(t *testing.T) {
	p := testPolicy(t, func(p *policy.Policy) { // past Parse, which would refuse it
		p.Offboard.Order.LeaseEnd = []string{"google.suspend", "google.undelegate"}
	})
	_, err := Build(p, leaverFrom("US"), allFacts(), builtAt)
	if err == nil || !strings.Contains(err.Error(), "policy policy.yaml cannot be carried out for E1042: google.suspend stands before google.undelegate") {
		t.Error(err)
	}
}
