package cli

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/workflows"
)

// reception answers about Robin, who joins: who that is, what the role gives, and the plan if they left.
func reception(t *testing.T, r workflows.LookResult) *cluster {
	t.Helper()
	people := remote(t, employee.Batch{}).answer
	return &cluster{answer: func(process string, in any) (any, error) {
		switch in := in.(type) {
		case workflows.OffboardInput:
			require.True(t, in.Request.DryRun, "nothing is changed")
			return workflows.OffboardResult{View: activities.CaseView{Name: "Robin Example", Employee: in.Request.Employee, Email: "robin@example.com"},
				Plan: &plan.Plan{PolicyHash: "sha256:0000", Steps: []plan.Step{{ID: "okta.suspend", Phase: plan.Contain, Title: "sign-in blocked"}}}}, nil
		case workflows.LookInput:
			if in.Role != nil {
				require.True(t, in.Compare)
				return r, nil
			}
		case workflows.RequestInput:
			id := string(in.Ask.Verb) + "/" + in.Ask.Who
			return workflows.RequestResult{Text: "taken up", Case: id, View: &activities.CaseView{Case: id, Process: "Onboard", Employee: "E1042", Headline: "Expected on 2026-12-01"}}, nil
		}
		return people(process, in)
	}}
}

func expected() workflows.LookResult {
	now := activities.RoleNow{Main: "E1042", Person: employee.Employee{ID: "E1042", FullName: "Robin Example"}, Stand: role.Expected,
		Role: role.Role{Groups: []role.Grant{{Group: "dept-sales", Rule: "mapping.groups[0]"}}}}
	now.Settings.Role.On = true
	return workflows.LookResult{Role: &now, Comparison: &activities.Comparison{Join: []string{"dept-sales"}},
		Silent: []workflows.Silence{{System: "google", Text: "Google does not answer"}}}
}

func TestPreview_ShowsTheRoleAndThenThePlan(t *testing.T) {
	for name, x := range map[string]struct {
		flags      previewFlags
		has, hasNo []string
		started    int
	}{
		"both":        {previewFlags{}, []string{"Groups\n  dept-sales  mapping.groups[0]", "Okta has no account of theirs", "google gave no answer", "If they left now", "okta.suspend", "Nothing was changed"}, nil, 3},
		"the role":    {previewFlags{role: true}, []string{"dept-sales", "Nothing was changed"}, []string{"If they left", "okta.suspend"}, 2},
		"the leaving": {previewFlags{leaving: true}, []string{"okta.suspend", "Nothing was changed"}, []string{"dept-sales", "If they left"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			server := reception(t, expected())
			a, c, out := desk(server)
			require.NoError(t, a.preview(t.Context(), c, "robin@example.com", x.flags))
			for _, want := range x.has {
				require.Contains(t, out.String(), want)
			}
			for _, not := range x.hasNo {
				require.NotContains(t, out.String(), not)
			}
			require.Len(t, server.started, x.started)
		})
	}
}

func TestPreview_JSON_IsWhole(t *testing.T) {
	a, c, out := desk(reception(t, expected()))
	a.asJSON = true
	require.NoError(t, a.preview(t.Context(), c, "robin@example.com", previewFlags{}))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	for _, field := range []string{"policyHash", "steps", "role", "comparison", "silent"} {
		require.Contains(t, got, field)
	}
	out.Reset()
	require.NoError(t, a.preview(t.Context(), c, "robin@example.com", previewFlags{role: true}))
	got = nil
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.NotContains(t, got, "steps")
	require.Equal(t, "expected", got["role"].(map[string]any)["stand"])
}

// The plan is that of the whole person, whichever of their records was named.
func TestPreview_OfASecondRecord_PlansForTheFirst(t *testing.T) {
	r := expected()
	r.Role.Main = "E7"
	server := reception(t, r)
	a, c, _ := desk(server)
	require.NoError(t, a.preview(t.Context(), c, "robin@example.com", previewFlags{}))
	asked := server.inputs[len(server.inputs)-1].(workflows.OffboardInput).Request
	require.Equal(t, employee.ID("E7"), asked.Employee)
	require.Empty(t, asked.ProfileID)
}

func TestPreview_OfAnEarlierWorker_SaysSo(t *testing.T) {
	a, c, _ := desk(reception(t, workflows.LookResult{}))
	err := a.preview(t.Context(), c, "robin@example.com", previewFlags{})
	require.Equal(t, ExitUnavailable, codeOf(err))
	require.ErrorContains(t, err, "--leaving")
}

func TestOnboardAndMove_AskAboutThePersonByID(t *testing.T) {
	for verb, want := range map[activities.Verb]string{activities.VerbOnboard: "onboard/E1042", activities.VerbMove: "move/E1042"} {
		server := reception(t, expected())
		a, c, out := desk(server)
		require.NoError(t, a.startRole(t.Context(), c, verb, "robin@example.com", "hired again", false))
		ask := server.inputs[len(server.inputs)-1].(workflows.RequestInput).Ask
		require.Equal(t, []string{string(verb), "E1042", "hired again", "cli:jo"}, []string{string(ask.Verb), ask.Who, ask.Reason, ask.Actor})
		require.Contains(t, out.String(), "taken up")
		require.Contains(t, out.String(), want)
	}
}

func TestOnboard_OfNobody_IsNoAsk(t *testing.T) {
	server := reception(t, expected())
	a, c, _ := desk(server)
	err := a.startRole(t.Context(), c, activities.VerbOnboard, "nobody@example.com", "hired", true)
	require.Equal(t, ExitUnknown, codeOf(err))
	require.Len(t, server.started, 1, "a look, and no ask")
}
