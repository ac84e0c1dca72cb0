package jamf

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

// A retry must give the cluster time to show what the attempt before it queued.
func TestLockComputer_RetryWhileTheClusterLags_WaitsAndAdopts(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator), func(c *Config) { c.Settle = time.Minute })
	d := r.mac(jamfsim.Device{})
	r.sim.Inject(kit.Fault{Method: http.MethodPost, Path: commandsPath, Drop: kit.DropAfter, Times: 1})
	// Before the POST, after it, and twice in the second attempt, the node shows nothing.
	r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: commandsPath, Status: 200, Body: `{"totalCount":0,"results":[]}`, Times: 4})

	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	name := activities.JamfLockComputer.Name
	env.RegisterActivityWithOptions(r.sys.LockComputer, activity.RegisterOptions{Name: name})
	env.ExecuteWorkflow(func(ctx workflow.Context) (activities.LockState, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 2}})
		var st activities.LockState
		err := workflow.ExecuteActivity(ctx, name, lockOf(d)).Get(ctx, &st)
		return st, err
	})
	var st activities.LockState
	if err := env.GetWorkflowResult(&st); err != nil {
		t.Fatal(err)
	}
	wantState(t, st.Outcome, plan.Verified)
	if !st.Adopted || r.locksSent() != 1 {
		t.Errorf("adopted %v, %d locks were sent", st.Adopted, r.locksSent())
	}
}

// The other tests check every request too when the folder is given; this one proves that the check can fail.
func TestSpec_ARequestThatDoesNotFit_IsRefused(t *testing.T) {
	if os.Getenv("TENURE_SPECS") == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	specChecked(t)
	for name, c := range map[string]struct{ method, path, body string }{
		"unknown path":    {http.MethodGet, "/api/v9/computers-inventory", ""},
		"unknown section": {http.MethodGet, "/api/v4/computers-inventory?section=SHOES", ""},
		"wrong type":      {http.MethodPatch, "/api/v4/computers-inventory-detail/1", `{"userAndLocation":{"email":7}}`},
		"missing body":    {http.MethodPost, "/api/v2/mdm/blank-push", `{}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://127.0.0.1"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if checkSpec(req) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
