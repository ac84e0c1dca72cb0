package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/role"
	"tenure/workflows"
)

// oracle answers questions about one joiner.
type oracle struct {
	now      activities.RoleNow
	exists   bool
	away     map[string]bool // systems that do not answer
	asked    []string
	compared activities.ConvergeOkta
}

func (c *oracle) trouble(system string) error {
	c.asked = append(c.asked, system)
	if c.away[system] {
		return activities.Classify(&activities.Problem{Type: activities.Forbidden, Text: system + " does not let us in", Mend: "grant the right"})
	}
	return nil
}

func (c *oracle) look(t *testing.T, in workflows.LookInput) workflows.LookResult {
	t.Helper()
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	for _, b := range []activities.Binding{
		activities.CaseRole.Bind(func(context.Context, activities.AskRole) (activities.RoleNow, error) { return c.now, nil }),
		activities.OktaCompareUser.Bind(func(_ context.Context, in activities.ConvergeOkta) (activities.Comparison, error) {
			c.compared = in
			return activities.Comparison{Exists: c.exists, Join: []string{"dept-sales"}}, c.trouble("compare")
		}),
		activities.OktaFindLogin.Bind(func(_ context.Context, in activities.FindLogin) (activities.TakenLogins, error) {
			return activities.TakenLogins{Taken: []activities.TakenLogin{{Login: in.Wanted[0], Account: "00u9", Status: "DEPROVISIONED"}}}, c.trouble("okta login")
		}),
		activities.GoogleFindLogin.Bind(func(_ context.Context, in activities.FindLogin) (activities.TakenLogins, error) {
			return activities.TakenLogins{Taken: []activities.TakenLogin{{Login: in.Wanted[1], Account: "117", Status: "alias"}}}, c.trouble("google login")
		}),
		activities.NamelyListFields.Bind(func(context.Context, activities.ListFields) (activities.Fields, error) {
			return activities.Fields{Fields: []activities.Field{{Name: "job_title", Type: "text"}}}, c.trouble("namely")
		}),
		activities.OktaReadSchema.Bind(func(_ context.Context, in activities.ReadSchema) (activities.Schema, error) {
			return activities.Schema{Missing: in.Groups}, c.trouble("schema")
		}),
	} {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	env.ExecuteWorkflow(workflows.Look, in)
	require.NoError(t, env.GetWorkflowError())
	var r workflows.LookResult
	require.NoError(t, env.GetWorkflowResult(&r))
	return r
}

func joiner() activities.RoleNow {
	return activities.RoleNow{Main: "E1042", Person: employee.Employee{ID: "E1042", Email: "robin@example.com"}, Stand: role.Expected,
		Logins: []string{"robin@example.com", "robin.example@example.com"}, Role: role.Role{Groups: []role.Grant{{Group: "dept-sales"}}}}
}

func asksRole() workflows.LookInput {
	return workflows.LookInput{Role: &activities.AskRole{CaseRef: activities.CaseRef{Case: "look/cli:1", Employee: "E1042", Actor: "cli:jo"}}, Compare: true}
}

func TestLook_Role_OfSomebodyWithoutAnAccount_SaysWhichLoginsAreTaken(t *testing.T) {
	c := &oracle{now: joiner()}
	r := c.look(t, asksRole())
	require.Equal(t, role.Expected, r.Role.Stand)
	require.Equal(t, []string{"dept-sales"}, r.Comparison.Join)
	require.Equal(t, "robin@example.com", c.compared.Login)
	require.Equal(t, "E1042", c.compared.EmployeeNumber)
	require.Equal(t, c.now.Role, c.compared.Role)
	require.Equal(t, []workflows.TakenAt{
		{System: "okta", TakenLogin: activities.TakenLogin{Login: "robin@example.com", Account: "00u9", Status: "DEPROVISIONED"}},
		{System: "google", TakenLogin: activities.TakenLogin{Login: "robin.example@example.com", Account: "117", Status: "alias"}},
	}, r.Taken)
	require.Empty(t, r.Silent)
}

func TestLook_Role_OfSomebodyWithAnAccount_AsksNobodyAboutLogins(t *testing.T) {
	c := &oracle{now: joiner(), exists: true}
	c.now.Accounts = activities.Accounts{"okta": "00u1", "google": "118"}
	r := c.look(t, asksRole())
	require.Equal(t, []string{"compare"}, c.asked)
	require.Equal(t, "00u1", c.compared.Account)
	require.Empty(t, r.Taken)
}

func TestLook_Role_WithoutGoogle_GoogleIsNotAsked(t *testing.T) {
	c := &oracle{now: joiner()}
	c.now.Settings.Role.Google = "none"
	require.Len(t, c.look(t, asksRole()).Taken, 1)
	require.NotContains(t, c.asked, "google login")
}

// Whoever asks is told what the others say, and that one said nothing.
func TestLook_ASystemThatDoesNotAnswer_IsSaid(t *testing.T) {
	c := &oracle{now: joiner(), away: map[string]bool{"compare": true}}
	r := c.look(t, asksRole())
	require.NotNil(t, r.Role)
	require.Nil(t, r.Comparison)
	require.Equal(t, []workflows.Silence{{System: "okta", Type: activities.Forbidden, Text: "compare does not let us in", Mend: "grant the right"}}, r.Silent)

	c = &oracle{now: joiner(), away: map[string]bool{"google login": true, "namely": true}}
	in := asksRole()
	in.Fields, in.Schema = &activities.ListFields{}, &activities.ReadSchema{Groups: []string{"dept-sales"}}
	r = c.look(t, in)
	require.Len(t, r.Taken, 1)
	require.Nil(t, r.Fields)
	require.Equal(t, []string{"dept-sales"}, r.Schema.Missing)
	require.Equal(t, []string{"namely", "google"}, []string{r.Silent[0].System, r.Silent[1].System})
}

func TestLook_RoleAlone_AsksNoVendor(t *testing.T) {
	c := &oracle{now: joiner()}
	in := asksRole()
	in.Compare = false
	r := c.look(t, in)
	require.NotNil(t, r.Role)
	require.Nil(t, r.Comparison)
	require.Empty(t, c.asked)
}
