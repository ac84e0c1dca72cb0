package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/starter/intake"
	"tenure/starter/show"
	"tenure/workflows"
)

const watchHelp = `The HR system is looked at on a Temporal Schedule, which goes on whatever happens to the programs around it. Whoever
changed since the last look becomes an event, and events become cases; a reading that cannot be believed is discarded
whole, and a burst of leavers is held as a batch.`

func (a *app) watchCmd() *cobra.Command {
	g := group("watch", "The watch over the HR system", a.watchStatusCmd(), a.watchRunCmd(), a.watchRaiseCmd(), a.watchAcceptCmd(),
		a.watchPauseCmd("pause", "Stop looking at the HR system until it is resumed", `  tenure watch pause --reason "HR imports a merger today"`, pause),
		a.watchPauseCmd("resume", "Look at the HR system again", `  tenure watch resume --reason "the import is done"`, resume))
	g.Long = watchHelp
	return g
}

func (a *app) watchStatusCmd() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say how often and when the HR system is looked at, what was seen last, and what is held back",
		Example:           "  tenure watch status\n  tenure watch status --json",
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.withConnection(cmd.Context(), a.watchStatus) },
	}
}

// watchStatus tells what Temporal knows even when no worker tells the rest.
func (a *app) watchStatus(ctx context.Context, c *connection) error {
	w, err := c.schedule(ctx)
	if err != nil {
		return err
	}
	r, lookErr := c.look(ctx, workflows.LookInput{Watch: &activities.AskWatch{}})
	if lookErr == nil {
		w.State = r.Watch
	}
	if a.asJSON {
		err = a.printJSON(w)
	} else {
		a.printf("%s\n", show.WatchStatus(w, nowUTC()))
	}
	return errors.Join(lookErr, err)
}

// runsShown is how many of the last runs are told of.
const runsShown = 5

// schedule is what Temporal knows of the watch.
func (c *connection) schedule(ctx context.Context) (show.Watch, error) {
	d, err := c.watch(ctx).Describe(ctx)
	if err != nil {
		return show.Watch{}, noWatch(err)
	}
	w := show.Watch{Running: len(d.Info.RunningWorkflows) > 0, Paused: d.Schedule.State.Paused, Note: d.Schedule.State.Note}
	if spec := d.Schedule.Spec; spec != nil && len(spec.Intervals) > 0 {
		w.Every = spec.Intervals[0].Every
	}
	if len(d.Info.NextActionTimes) > 0 && !w.Paused {
		w.Next = d.Info.NextActionTimes[0]
	}
	recent := d.Info.RecentActions
	for _, run := range slices.Backward(recent[max(0, len(recent)-runsShown):]) {
		w.Runs = append(w.Runs, c.watchRun(ctx, run))
	}
	return w, nil
}

func (c *connection) watch(ctx context.Context) client.ScheduleHandle {
	return c.client.ScheduleClient().GetHandle(ctx, intake.WatchScheduleID)
}

// watchRun is how one run of the schedule ended, as far as Temporal still knows.
func (c *connection) watchRun(ctx context.Context, run client.ScheduleActionResult) show.WatchRun {
	out := show.WatchRun{At: run.ActualTime, Status: "unknown"}
	if run.StartWorkflowResult == nil {
		return out
	}
	out.Workflow, out.Run = run.StartWorkflowResult.WorkflowID, run.StartWorkflowResult.FirstExecutionRunID
	d, err := c.client.DescribeWorkflowExecution(ctx, out.Workflow, out.Run)
	if err != nil {
		return out
	}
	out.Status = statusWord(d.GetWorkflowExecutionInfo().GetStatus())
	if d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		var r workflows.WatchDirectoryResult
		if c.client.GetWorkflow(ctx, out.Workflow, out.Run).Get(ctx, &r) == nil {
			out.Result = &r
		}
	}
	return out
}

// noWatch says in words that nothing watches.
func noWatch(err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return failf(ExitUnknown, "the HR system is not watched: there is no schedule %s; start it with: tenure serve", intake.WatchScheduleID)
	}
	return err
}

// scanning is how long one look at the HR system may take unless --timeout says otherwise: 20,000 people are 400 pages at
// Namely's pace.
const scanning = 15 * time.Minute

func (a *app) watchRunCmd() *cobra.Command {
	return &cobra.Command{
		Use: "run-now", Short: "Look at the HR system now, and say what was seen",
		Long: `Look at the HR system now instead of at the next turn, wait for it, and say what was seen: how many people, what
followed, what was held, and why a reading was discarded. While a look is under way already, another follows it. It
waits up to 15 minutes unless --timeout says otherwise.`,
		Example:           "  tenure watch run-now",
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("timeout") {
				a.timeout = scanning
			}
			return a.withConnection(cmd.Context(), a.runNow)
		},
	}
}

func (a *app) runNow(ctx context.Context, c *connection) error {
	h := c.watch(ctx)
	before, err := h.Describe(ctx)
	if err != nil {
		return noWatch(err)
	}
	if err := h.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}); err != nil {
		return noWatch(err)
	}
	var r workflows.WatchDirectoryResult
	err = c.wait(ctx, intake.WatchScheduleID, func(ctx context.Context) error {
		run, err := triggered(ctx, h, before)
		if err != nil {
			return err
		}
		return c.client.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, &r)
	})
	var out *unanswered
	switch {
	case errors.As(err, &out):
		return failf(ExitUnavailable, "%s; it was asked for and runs as soon as it can: tenure watch status", out)
	case err != nil:
		return err
	}
	return a.saw(r)
}

// saw prints what a look saw. A reading that was thrown away is no success for a program that waits.
func (a *app) saw(r workflows.WatchDirectoryResult) error {
	var err error
	if a.asJSON {
		err = a.printJSON(r)
	} else {
		a.printf("%s\n", show.WatchResult(r))
	}
	if r.Poll.Distrust != nil {
		return failf(ExitFailed, "the reading was %s (%s): %s", r.Poll.Outcome, r.Poll.Distrust.Cause, r.Poll.Distrust.Mend)
	}
	return err
}

// lookAgain is how often the schedule is asked whether it has started the run.
const lookAgain = 300 * time.Millisecond

// triggered waits for the run that the schedule starts because we asked, after those it had started before.
func triggered(ctx context.Context, h client.ScheduleHandle, before *client.ScheduleDescription) (*client.ScheduleWorkflowExecution, error) {
	known := map[string]bool{}
	for _, run := range started(before) {
		known[run.FirstExecutionRunID] = true
	}
	for {
		now, err := h.Describe(ctx)
		if err != nil {
			return nil, err
		}
		for _, run := range started(now) {
			if !known[run.FirstExecutionRunID] {
				return &run, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

// started are the runs that a schedule has started lately, the newest last.
func started(d *client.ScheduleDescription) []client.ScheduleWorkflowExecution {
	var runs []client.ScheduleWorkflowExecution
	for _, a := range d.Info.RecentActions {
		if a.StartWorkflowResult != nil {
			runs = append(runs, *a.StartWorkflowResult)
		}
	}
	return append(runs, d.Info.RunningWorkflows...)
}

func pause(ctx context.Context, h client.ScheduleHandle, note string) error {
	return h.Pause(ctx, client.SchedulePauseOptions{Note: note})
}

func resume(ctx context.Context, h client.ScheduleHandle, note string) error {
	return h.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note})
}

// watchPauseCmd pauses or resumes. Who and why stand in the schedule's note, where everybody who looks at it sees them.
func (a *app) watchPauseCmd(name, short, example string, do func(context.Context, client.ScheduleHandle, string) error) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: name, Short: short, Example: example, Args: exactArgs(0, "no argument"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(cmd, true, reason); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				note := fmt.Sprintf("%sd by %s: %s", name, a.by(), reason)
				if err := do(ctx, c.watch(ctx), note); err != nil {
					return noWatch(err)
				}
				return a.watchStatus(ctx, c)
			})
		},
	}
	reasonFlag(cmd, &reason, true)
	return cmd
}
