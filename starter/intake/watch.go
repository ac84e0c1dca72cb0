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

// The ids of the schedules: what looks at the HR system, and what looks for tickets that people moved.
const (
	WatchScheduleID   = "watch-directory"
	TicketsScheduleID = "watch-tickets"
)

// EnsureWatch makes sure that the HR system is polled every so often, and that an existing schedule has that pace.
// A poll that takes longer than the interval is not doubled.
func EnsureWatch(ctx context.Context, c client.Client, every time.Duration) error {
	return ensure(ctx, c, WatchScheduleID, every, true, workflows.ProcessWatchDirectory, time.Hour)
}

// EnsureTickets makes sure that moved tickets are looked for every so often. done and received are the statuses that
// mean that a step was done and that a device is here; settled says that they are what they were at the last call.
func EnsureTickets(ctx context.Context, c client.Client, every time.Duration, done, received []string, settled bool) error {
	return ensure(ctx, c, TicketsScheduleID, every, settled, workflows.ProcessWatchTickets, 10*time.Minute,
		workflows.WatchTicketsInput{Done: done, Received: received, Overlap: every + workflows.DefaultOverlap})
}

// ensure makes a schedule that starts one workflow every so often, or brings an existing one to that. Whether somebody
// paused it is left as it is. One that has its pace, and whose arguments are settled, is not written at all: a write
// drops the actions that are due in that moment.
func ensure(ctx context.Context, c client.Client, id string, every time.Duration, settled bool, process workflows.Process, within time.Duration, args ...any) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	action := &client.ScheduleWorkflowAction{
		ID: id + "/all", Workflow: string(process), TaskQueue: activities.QueueLifecycle, WorkflowRunTimeout: within, Args: args,
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Process").ValueSet(string(process))),
	}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: id, Spec: spec, Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, TriggerImmediately: true,
	})
	if err == nil {
		return nil
	}
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fmt.Errorf("create the schedule %s: %w", id, err)
	}
	err = c.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		if is := in.Description.Schedule.Spec; settled && is != nil && len(is.Intervals) == 1 && is.Intervals[0].Every == every {
			return nil, temporal.ErrSkipScheduleUpdate
		}
		in.Description.Schedule.Spec = &spec
		in.Description.Schedule.Action = action
		return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
	}})
	if err != nil {
		return fmt.Errorf("update the schedule %s: %w", id, err)
	}
	return nil
}
