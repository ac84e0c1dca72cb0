package evidence_test

import (
	"fmt"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
)

// An auditor asks what was given to whom on which account, and in which system somebody was told.
func TestInterceptor_StepsOfARole(t *testing.T) {
	ref := ref
	ref.Case = "move/E1042"
	okta := activities.ConvergedOkta{Account: "00u1", Steps: []activities.Outcome{
		{Step: "okta.profile", State: plan.Verified, Account: "00u1", Detail: "department changed"},
		{Step: "okta.join", State: plan.NotApplicable, Account: "00u1", Problem: activities.Conflict, Detail: "overtaken: HR has E1042 as inactive"},
	}}
	google := activities.ConvergedGoogle{Steps: []activities.Outcome{{Step: "google.account", State: plan.Waiting, Account: "1001"}}}
	told := activities.Outcomes{Steps: []activities.Outcome{{Step: "tell.manager", State: plan.Verified, Account: "U1"}}}
	order := activities.Deployment{Order: "d1", Outcome: activities.Outcome{Step: "retriever.deploy", State: plan.Waiting, Account: "d1"}}
	said := activities.Outcomes{Steps: []activities.Outcome{{Step: "identity.match:E7", Detail: "done by slack:U2"}}}
	gone := activities.Classify(activities.Problemf(activities.Forbidden, "token refused"))

	for _, c := range []struct {
		bind  activities.Binding
		input any
		want  string
	}{
		{activities.OktaConvergeUser.Bind(returns[activities.ConvergeOkta](okta, nil)), activities.ConvergeOkta{CaseRef: ref},
			"okta.profile of okta 00u1 verified, okta.join of okta 00u1 not_applicable"},
		{activities.OktaConvergeUser.Bind(returns[activities.ConvergeOkta](activities.ConvergedOkta{}, gone)),
			activities.ConvergeOkta{CaseRef: ref, Account: "00u1", Steps: []plan.StepID{"okta.join", "okta.quit"}},
			"okta.join of okta 00u1 needs_attention, okta.quit of okta 00u1 needs_attention"},
		{activities.GoogleConvergeUser.Bind(returns[activities.ConvergeGoogle](google, nil)), activities.ConvergeGoogle{CaseRef: ref}, "google.account of google 1001 waiting"},
		{activities.RetrieverDeployDevice.Bind(returns[activities.DeployDevice](order, nil)), activities.DeployDevice{CaseRef: ref}, "retriever.deploy of retriever d1 waiting"},
		{activities.SlackTell.Bind(returns[activities.Tell](told, nil)), activities.Tell{CaseRef: ref}, "tell.manager of slack U1 verified"},
		{activities.SlackTell.Bind(returns[activities.Tell](activities.Outcomes{}, gone)), activities.Tell{CaseRef: ref, Step: "tell.manager"}, "tell.manager of slack  needs_attention"},
		{activities.CaseRecordDecision.Bind(returns[activities.Decision](said, nil)), activities.Decision{CaseRef: ref, By: "slack:U2"}, "identity.match:E7 of case  "},
	} {
		s := openStore(t)
		_, _ = env(t, s, c.bind).ExecuteActivity(c.bind.Name, c.input)
		var got []string
		for _, r := range recorded(t, s) {
			got = append(got, fmt.Sprintf("%s of %s %s %s", r.Step, r.System, r.Account, r.State))
			if r.Case != "move/E1042" || r.Activity != c.bind.Name {
				t.Errorf("%+v", r)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: recorded %q, want %q", c.bind.Name, got, c.want)
		}
	}
}
