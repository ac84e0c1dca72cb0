package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/workflows"
)

// WatchScheduleID is the id of the schedule that polls the HR system.
const WatchScheduleID = "watch-directory"

// EnsureWatch makes sure that the HR system is polled every so often, and that an existing schedule has that pace.
// A poll that takes longer than the interval is not doubled.
func EnsureWatch(ctx context.Context, c client.Client, every time.Duration) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	action := &client.ScheduleWorkflowAction{
		ID: "watch-directory/all", Workflow: string(workflows.ProcessWatchDirectory), TaskQueue: activities.QueueLifecycle,
		WorkflowRunTimeout: time.Hour,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("Process").ValueSet(string(workflows.ProcessWatchDirectory))),
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: WatchScheduleID, Spec: spec, Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, TriggerImmediately: true,
	})
	if err == nil {
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("create the schedule that watches the directory: %w", err)
	}
	h := c.ScheduleClient().GetHandle(ctx, WatchScheduleID)
	err = h.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		in.Description.Schedule.Spec = &spec
		in.Description.Schedule.Action = action
		return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
	}})
	if err != nil {
		return fmt.Errorf("update the schedule that watches the directory: %w", err)
	}
	return nil
}
