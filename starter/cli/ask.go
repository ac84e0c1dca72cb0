package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/temporalclient"
	"tenure/starter/intake"
	"tenure/workflows"
)

// ask hands an ask to a worker, which weighs it, carries it out and keeps it as evidence, and waits for what comes of
// it. A refusal is the error.
func (a *app) ask(ctx context.Context, c *connection, ask activities.Ask) (workflows.RequestResult, error) {
	ask.Key, ask.Actor, ask.OSUser, ask.Received = "cli:"+random(), a.by(), signedIn(), nowUTC()
	id := workflows.RequestID(ask.Key)
	opts := oneOff(id, workflows.ProcessRequest)
	opts.Priority = intake.RequestOptions(ask).Priority
	run, err := c.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessRequest), workflows.RequestInput{Ask: ask})
	if err != nil {
		return workflows.RequestResult{}, err
	}
	var r workflows.RequestResult
	err = c.wait(ctx, id, func(ctx context.Context) error { return c.outcome(ctx, run, &r) })
	var out *unanswered
	switch {
	case errors.As(err, &out):
		return r, failf(ExitUnavailable, "%s; it is not lost: what was asked (%s) is carried out as soon as a worker can, so do not ask again", out, id)
	case err != nil && ctx.Err() != nil:
		return r, failf(ExitFailed, "not waited for any longer; what was asked (%s) is carried out all the same", id)
	case err != nil:
		return r, err
	case r.Refusal != nil:
		return r, refused(*r.Refusal)
	}
	return r, nil
}

// outcome is what came of an ask, as soon as that is decided. Telling Slack of it is not waited for.
func (c *connection) outcome(ctx context.Context, run client.WorkflowRun, r *workflows.RequestResult) error {
	h, err := c.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: run.GetID(), RunID: run.GetRunID(),
		UpdateName: workflows.Outcome.Name, Args: []any{activities.Nothing{}}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err == nil {
		err = h.Get(ctx, r)
	}
	var over *serviceerror.NotFound // it was quicker than we
	var aborted *temporal.ApplicationError
	if errors.As(err, &over) || errors.As(err, &aborted) {
		return run.Get(ctx, r)
	}
	return err
}

// refused is a refusal as an error, with its exit code.
func refused(r activities.Refusal) error {
	text := r.Text
	if r.Mend != "" {
		text += ": " + r.Mend
	}
	return failf(codeOfType(r.Type), "%s", text)
}

// look asks a worker for what only it can read. A question that nobody answers goes away by itself.
func (c *connection) look(ctx context.Context, in workflows.LookInput) (workflows.LookResult, error) {
	var r workflows.LookResult
	opts := oneOff(workflows.LookID("cli:"+random()), workflows.ProcessLook)
	opts.WorkflowExecutionTimeout = c.patience + 5*time.Second
	run, err := c.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessLook), in)
	if err != nil {
		return r, err
	}
	err = c.wait(ctx, opts.ID, func(ctx context.Context) error { return run.Get(ctx, &r) })
	var out *unanswered
	if errors.As(err, &out) {
		return r, failf(ExitUnavailable, "%s", out)
	}
	return r, err
}

// oneOff are the options of a workflow that answers once, and is no case. Somebody waits for it, so it goes before what
// nobody waits for.
func oneOff(id string, process workflows.Process) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: activities.QueueLifecycle, WorkflowTaskTimeout: 10 * time.Second, Priority: temporal.Priority{PriorityKey: 2},
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		TypedSearchAttributes: temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword(temporalclient.AttrProcess).ValueSet(string(process))),
	}
}

func random() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// unanswered is a question that nobody answered in time.
type unanswered struct{ why, mend string }

func (e *unanswered) Error() string { return e.why + "; " + e.mend }

// suspicion is after how long of silence we look whether there is any worker at all.
const suspicion = 2 * time.Second

// wait waits for an answer as long as the command's patience lasts, and no longer than it takes to see that there is
// nobody to give one.
func (c *connection) wait(ctx context.Context, id string, get func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.patience, &unanswered{
		fmt.Sprintf("no worker has answered within %s", c.patience), "it may be busy or Temporal may be away: give it longer with --timeout, or see what became of " + id})
	defer cancel()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	watch := time.AfterFunc(suspicion, func() {
		if idle := c.idle(ctx); idle != nil {
			giveUp(idle)
		}
	})
	defer watch.Stop()
	err := get(ctx)
	var out *unanswered
	if err != nil && errors.As(context.Cause(ctx), &out) {
		return out
	}
	return err
}

// stale is after how long without a poll a worker is gone: a poll lasts a minute.
const stale = 90 * time.Second

// idle says that no worker takes up what cases and requests have to do; nil when one does, or when that is not known.
func (c *connection) idle(ctx context.Context) error {
	d, err := c.client.DescribeTaskQueue(ctx, activities.QueueLifecycle, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return nil //nolint:nilerr // what Temporal does not say is not held against the worker
	}
	for _, p := range d.GetPollers() {
		if time.Since(p.GetLastAccessTime().AsTime()) < stale {
			return nil
		}
	}
	return &unanswered{"no worker runs, so nobody answers", "start tenure-worker, or standalone"}
}
