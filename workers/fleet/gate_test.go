package fleet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	googlesim "tenure/simulators/google"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
)

// shared is a fleet's systems over one store, and a policy that is edited while they run.
type shared struct {
	*testsuite.TestActivityEnvironment
	world *world.World
	store *store.Store
	rules policy.Policy
}

func sharing(t *testing.T) *shared {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	s := &shared{TestActivityEnvironment: suite.NewTestActivityEnvironment(), world: vendors(t), store: openStore(t), rules: demoPolicy(t)}
	systems, err := Connect(reachable(s.world), ShareStore(s.store, func() policy.Policy { return s.rules }, noEnv))
	require.NoError(t, err)
	for _, b := range systems.Bindings() {
		s.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	_, err = s.ExecuteActivity(activities.NamelyScanDirectory.Name, activities.ScanDirectory{})
	require.NoError(t, err)
	return s
}

// someone is an active person of the company whom both Namely and Okta have.
func (s *shared) someone(t *testing.T) (id, login, account string) {
	t.Helper()
	for _, p := range s.world.Namely.Profiles() {
		if u, ok := s.world.Okta.User(p.Email); ok && p.Status == "active" && p.Departure == "" && p.EmployeeID != "" {
			return p.EmployeeID, p.Email, u.ID
		}
	}
	t.Fatal("the company has nobody")
	return "", "", ""
}

// What an offboarding cuts, nothing gives back: the fence of the one is in the way of the other.
func TestShareStore_OneGateForWhateverGivesAccess(t *testing.T) {
	s := sharing(t)
	id, login, account := s.someone(t)
	ref := activities.CaseRef{Case: "offboard/" + id, Run: "run-1", Employee: employee.ID(id), Actor: "cli:jo", Opened: time.Now()}
	_, err := s.ExecuteActivity(activities.OktaCutAccess.Name, activities.Perform{CaseRef: ref, Account: account, Login: login, Steps: []plan.StepID{"okta.suspend"}})
	require.NoError(t, err)
	fence, stands, err := s.store.Fence(t.Context(), employee.ID(id))
	require.NoError(t, err)
	require.True(t, stands)
	require.Equal(t, ref.Case, fence.Case)

	ref.Case, ref.Run = "leave/"+id, "run-2"
	v, err := s.ExecuteActivity(activities.OktaConvergeUser.Name, activities.ConvergeOkta{CaseRef: ref, Account: account, Login: login, EmployeeNumber: id,
		Steps: []plan.StepID{"okta.resume"}, Paused: true})
	require.NoError(t, err)
	var okta activities.ConvergedOkta
	require.NoError(t, v.Get(&okta))
	require.Equal(t, activities.Conflict, okta.Steps[0].Problem, "%+v", okta.Steps)
	u, _ := s.world.Okta.User(login)
	require.Equal(t, "SUSPENDED", u.Status)

	s.world.Google.Change(login, func(u *googlesim.User) { u.Suspended = true })
	v, err = s.ExecuteActivity(activities.GoogleConvergeUser.Name, activities.ConvergeGoogle{CaseRef: ref, Email: login, EmployeeNumber: id,
		Steps: []plan.StepID{"google.resume"}, Paused: true})
	require.NoError(t, err)
	var google activities.ConvergedGoogle
	require.NoError(t, v.Get(&google))
	require.Equal(t, activities.Conflict, google.Steps[0].Problem, "%+v", google.Steps)
}

// A field that the policy begins to name is read from the next look at Namely on, without a restart.
func TestShareStore_FieldsFollowThePolicy(t *testing.T) {
	s := sharing(t)
	id, login, _ := s.someone(t)
	s.world.Namely.AddField(namelysim.Field{Name: "cost_center", Label: "Cost center", Type: "text", Section: "Job"})
	s.world.Namely.SetField(login, "cost_center", "CC-1200")
	for _, c := range []struct {
		fields map[string]mapping.Field
		want   []string
	}{{nil, nil}, {map[string]mapping.Field{"cost": {Field: "cost_center"}}, []string{"CC-1200"}}} {
		s.rules.Mapping.Fields = c.fields
		_, err := s.ExecuteActivity(activities.NamelyScanDirectory.Name, activities.ScanDirectory{})
		require.NoError(t, err)
		who, err := s.store.Person(t.Context(), employee.ID(id))
		require.NoError(t, err)
		require.Equal(t, c.want, who.Custom["cost"])
	}
}
