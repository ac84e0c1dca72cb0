package temporal_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/internal/temporalclient"
	"tenure/standalone/temporal"
)

// lanes records in which order a worker that does one thing at a time is handed its work.
type lanes struct {
	mu    sync.Mutex
	order []int
}

func (l *lanes) do(_ context.Context, lane int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order = append(l.order, lane)
	return nil
}

// one calls one activity in a lane.
func one(ctx workflow.Context, lane int) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, TaskQueue: "single",
		Priority: sdk.Priority{PriorityKey: lane}})
	return workflow.ExecuteActivity(ctx, "do", lane).Get(ctx, nil)
}

// Containment must not wait behind a batch: what is queued with a better priority is handed out first, although it
// came last.
func TestPriority_ContainmentOvertakesABatch(t *testing.T) {
	const batch, contain = 4, 1
	server := start(t, temporal.Config{Dir: t.TempDir()})
	c := dial(t, server, temporalclient.Keyring{})
	decide := worker.New(c, queue, worker.Options{})
	decide.RegisterWorkflow(one)
	require.NoError(t, decide.Start())
	defer decide.Stop()

	var runs []client.WorkflowRun
	for i := range 20 {
		runs = append(runs, startOne(t, c, fmt.Sprintf("batch/%d", i), batch))
	}
	waitForBacklog(t, c, 20)
	urgent := startOne(t, c, "contain", contain)
	waitForBacklog(t, c, 21)

	var l lanes
	act := worker.New(c, "single", worker.Options{MaxConcurrentActivityExecutionSize: 1, MaxConcurrentActivityTaskPollers: 1})
	act.RegisterActivityWithOptions(l.do, activity.RegisterOptions{Name: "do"})
	require.NoError(t, act.Start())
	defer act.Stop()
	for _, run := range append(runs, urgent) {
		require.NoError(t, run.Get(t.Context(), nil))
	}
	require.Contains(t, l.order[:2], contain, "one task may have been handed out before the queue was looked at: %v", l.order)
}

func startOne(t *testing.T, c client.Client, id string, lane int) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: queue}, one, lane)
	require.NoError(t, err)
	return run
}

// waitForBacklog waits until n activities are queued.
func waitForBacklog(t *testing.T, c client.Client, n int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		d, err := c.WorkflowService().DescribeTaskQueue(t.Context(), &workflowservice.DescribeTaskQueueRequest{Namespace: "default",
			TaskQueue: &taskqueuepb.TaskQueue{Name: "single"}, TaskQueueType: enumspb.TASK_QUEUE_TYPE_ACTIVITY, ReportStats: true})
		return err == nil && d.GetStats().GetApproximateBacklogCount() == n
	}, 60*time.Second, 50*time.Millisecond)
}
