package fleet

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/activities/retriever"
	"tenure/internal/employee"
	"tenure/internal/plan"
	retrieversim "tenure/simulators/retriever"
)

var joiner = employee.Employee{FullName: "Jo Lee", Home: employee.Address{Line1: "1 Main Street", City: "Albany", State: "NY", Zip: "12207", Country: "US"}}

// deployments places so many, the oldest first, an hour apart.
func (f *fleetAtRetriever) deployments(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, f.sim.AddDeployment(retrieversim.Deployment{DeviceID: "D", Ticket: "for Jo Lee", Created: dayOne.Add(-time.Duration(n-i) * time.Hour),
			Person: retrieversim.Person{Name: "Jo Lee", Line1: "1 Main Street"}}).ID)
	}
	return ids
}

func (f *fleetAtRetriever) readDeployment(worker int, id string) (activities.Deployment, error) {
	return f.workers[worker].ReadDeployment(f.Context(), activities.ReadDeployment{Order: id, Step: plan.StepID(plan.RetrieverDeploy),
		CaseRef: activities.CaseRef{Case: "onboard/E2001", Run: "r1", Opened: dayOne.AddDate(0, 0, -7)}})
}

// Devices for joiners and boxes for leavers are followed by sweeps of their own, out of one budget: both go on all day.
func TestRetriever_Deployments_ShareSweepsAndTheBudgetWithTheReturns(t *testing.T) {
	f := atRetriever(t, 3)
	devices, boxes := f.deployments(30), f.orders(30)
	const tick = 15 * time.Minute
	for n := range int(30 * time.Hour / tick) {
		f.pass(tick)
		for i := range 3 {
			st, err := f.readDeployment((n+i)%3, devices[(3*n+i)%30])
			require.NoError(t, err)
			require.Equal(t, plan.Waiting, st.Outcome.State)
			_, err = f.read((n+i)%3, boxes[(3*n+i)%30], 0)
			require.NoError(t, err)
		}
	}
	sweeps := f.sim.CallsTo(http.MethodGet, "/api/v2/deployments/")
	require.LessOrEqual(t, sweeps, 65, "a tenth of the day's reads, in thirty hours")
	require.Greater(t, sweeps, 30)
	require.Equal(t, f.reads(), sweeps+f.sim.CallsTo(http.MethodGet, "/api/v2/device_returns/"), "nobody was read one by one")
}

func TestRetriever_SharedDeployments_HoldNothingAboutAPerson(t *testing.T) {
	f := atRetriever(t, 2)
	id := f.deployments(1)[0]
	for i := range f.workers {
		_, err := f.readDeployment(i, id)
		require.NoError(t, err)
	}
	require.Equal(t, 1, f.reads(), "the second worker used the first one's sweep")
	body, _, err := f.stores[0].SharedRead(t.Context(), "retriever.deployments")
	require.NoError(t, err)
	require.Contains(t, string(body), id)
	for _, private := range []string{"Jo Lee", "Main Street"} {
		require.NotContains(t, string(body), private)
	}
}

func TestRetriever_DayUsedUp_DeploymentsAreToldAsOfTheLastSweep(t *testing.T) {
	f := atRetriever(t, 2, func(c *retriever.Config) { c.ReadsPerDay = 100 })
	f.sim.RateLimits = false // 95 reads at once are too many in a minute
	id := f.deployments(1)[0]
	_, err := f.readDeployment(0, id)
	require.NoError(t, err)
	for range 95 { // 100 less some that are left alone: 96 in all
		require.NoError(t, f.workers[0].Check(t.Context()))
	}
	before := f.reads()
	f.sim.AdvanceDeployment(id)
	f.pass(3 * time.Hour)
	st, err := f.readDeployment(1, id)
	require.NoError(t, err)
	require.Contains(t, st.Outcome.Detail, "not sent yet; as of 2026-11-23 08:00 UTC, because the reads that Retriever allows a day (100) are used up until 2026-11-24 09:00 UTC")
	_, err = f.readDeployment(1, "NEVER123")
	require.ErrorContains(t, err, "RateLimited")
	_, err = f.workers[1].DeployDevice(t.Context(), activities.DeployDevice{CaseRef: activities.CaseRef{Case: "onboard/E2001", Run: "run-1"}, Ticket: "t", Person: joiner})
	require.ErrorContains(t, err, "used up")
	require.Equal(t, before, f.reads(), "nothing was read")
	require.Zero(t, f.sim.CallsTo(http.MethodPost, "/api/**"), "nothing was ordered blindly")
	f.pass(22 * time.Hour)
	st, err = f.readDeployment(1, id)
	require.NoError(t, err)
	require.Equal(t, "on its way", st.Outcome.Detail)
}
