package workflows_test

import (
	"slices"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/policy"
	"tenure/internal/role"
	namelysim "tenure/simulators/namely"
	"tenure/starter/show"
	"tenure/workflows"
)

// looks asks one question of the real activities and the stand-ins, and holds that nothing is changed by it.
func (s *stage) looks(in workflows.LookInput) workflows.LookResult {
	s.Helper()
	before := len(s.changes("okta")) + len(s.changes("google")) + len(s.changes("namely"))
	s.env.RegisterWorkflowWithOptions(workflows.Look, workflow.RegisterOptions{Name: string(workflows.ProcessLook)})
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.LookID("cli:1"), TaskQueue: activities.QueueLifecycle})
	s.env.ExecuteWorkflow(string(workflows.ProcessLook), in)
	s.must(s.env.GetWorkflowError())
	var r workflows.LookResult
	s.must(s.env.GetWorkflowResult(&r))
	if n := len(s.changes("okta")) + len(s.changes("google")) + len(s.changes("namely")) - before; n != 0 {
		s.Errorf("%d calls could have changed something", n)
	}
	return r
}

func (s *stage) looksAt(e employee.Employee) workflows.LookResult {
	s.Helper()
	return s.looks(workflows.LookInput{Compare: true, Role: &activities.AskRole{
		CaseRef: activities.CaseRef{Employee: e.ID, Actor: "cli:jo", Opened: opening}, ProfileID: e.ProfileID, At: opening}})
}

func TestLook_OfAJoiner_IsWhatOnboardingIsToDo(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	r := s.looksAt(s.hire(newcomer(firstDay)))
	if r.Role.Stand != role.Expected || r.Comparison == nil || r.Comparison.Exists {
		t.Errorf("stands %s, Okta %+v", r.Role.Stand, r.Comparison)
	}
	text := show.Role(r)
	for _, w := range []string{"Ada Newcomer (E9001)", "expected", "in America/New_York", "department      Engineering", "mapping.attributes.department", "on-call",
		"kept for 5d", "Login, the first that is free\n  ada.newcomer@example.com", "Okta has no account of theirs"} {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func TestLook_OfSomebodyWhoWorksHere_SaysHowOktaDiffers(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.recordOf(s.leaver.ProfileID)
	r := s.looksAt(who)
	if r.Role.Stand != role.Here || r.Comparison == nil || !r.Comparison.Exists || r.Comparison.Status != "ACTIVE" || len(r.Silent) > 0 {
		t.Fatalf("stands %s (%s), Okta %+v, silent %+v", r.Role.Stand, r.Role.Why, r.Comparison, r.Silent)
	}
	if text := show.Role(r); !strings.Contains(text, "Okta: "+who.Email+", ACTIVE") {
		t.Error(text)
	}
}

// What the stand-ins have is what the mappings of these tests and of the demonstration are made for.
func TestLook_AtFieldsAndSchema_FitsTheMappings(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]func(*stage){"these tests'": mapped, "the demonstration's": func(s *stage) {
		p, err := policy.Load("../policies/demo.yaml")
		s.must(err)
		s.policy = p
	}} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, shape)
			s.world.Namely.AddField(namelysim.Field{Name: "cost_center", Type: "text"})
			s.env.RegisterActivityWithOptions(s.hr.ListFields, activity.RegisterOptions{Name: activities.NamelyListFields.Name})
			s.fits()
		})
	}
}

// fits compares the policy's mapping with what the stand-ins say that there is.
func (s *stage) fits() {
	s.Helper()
	rules := s.policy.Rules()
	groups, _ := rules.Names()
	r := s.looks(workflows.LookInput{Fields: &activities.ListFields{}, Schema: &activities.ReadSchema{Groups: append(groups, "no such group")}})
	if r.Fields == nil || r.Schema == nil {
		s.Fatalf("silent: %+v", r.Silent)
	}
	if !slices.Equal(r.Schema.Missing, []string{"no such group"}) {
		s.Errorf("missing groups %v", r.Schema.Missing)
	}
	var fields []mapping.NamelyField
	for _, f := range r.Fields.Fields {
		fields = append(fields, mapping.NamelyField{Name: f.Name, Label: f.Label, Type: f.Type})
	}
	var attributes []mapping.OktaAttribute
	for _, a := range r.Schema.Attributes {
		attributes = append(attributes, mapping.OktaAttribute{Name: a.Name, Type: a.Type, Required: a.Required, Enum: a.Enum, Max: a.Max, Master: a.Master})
	}
	for _, f := range append(rules.CheckFields(fields, r.Fields.GroupTypes), rules.CheckSchema(attributes, nil)...) {
		s.Errorf("%s: %s; %s", f.Field, f.Text, f.Mend)
	}
}
