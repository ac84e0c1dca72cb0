package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/term"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/temporalclient"
	"tenure/starter/show"
	"tenure/workflows"
)

type offboardFlags struct {
	at, reason string
	emergency  bool
	yes        bool
}

func (a *app) offboardCmd() *cobra.Command {
	var f offboardFlags
	cmd := &cobra.Command{
		Use:   "offboard EMAIL|ID",
		Short: "Offboard somebody, now or at a moment",
		Long: `Offboard somebody: sessions and credentials are shut and verified, the mailbox is lent to the manager, the laptop
locked and asked back. Without --at it begins at once.

--at takes 2026-11-30 (the policy's hour on that day, in the person's own zone), "2026-11-30 17:00" (in the person's
own zone), or 2026-11-30T17:00:00-05:00. A case that is only scheduled is moved by asking again.`,
		Example: `  tenure offboard robin@example.com
  tenure offboard E1042 --at 2026-11-30 --reason "end of contract"
  tenure offboard E1042 --emergency --yes`,
		Args: exactArgs(1, "one EMAIL or ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.offboard(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.at, "at", "", "when it begins (default now)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, kept as evidence")
	cmd.Flags().BoolVar(&f.emergency, "emergency", false, "do not wait for approval, overtake everything (only for those the policy names)")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask back")
	return cmd
}

func (a *app) offboard(ctx context.Context, who string, f offboardFlags) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	person, err := c.person(ctx, who)
	if err != nil {
		return err
	}
	at, err := c.when(f.at, person, time.Now())
	if err != nil {
		return err
	}
	if err := a.confirm(person, at, f.yes); err != nil {
		return err
	}
	id := workflows.OffboardID(person.ID).String()
	opts := temporalclient.CaseOptions(id, string(person.ID), string(workflows.ProcessOffboard), activities.QueueLifecycle)
	opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	opts.WorkflowExecutionErrorWhenAlreadyStarted = true
	_, err = c.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessOffboard), workflows.OffboardInput{Request: workflows.OffboardRequest{
		Employee: person.ID, ProfileID: person.ProfileID, Actor: a.by(), Reason: f.reason, EffectiveAt: at, Emergency: f.emergency,
	}})
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &running) {
		return a.alreadyRunning(ctx, c, id, person, at, f)
	}
	if err != nil {
		return err
	}
	return a.showStarted(ctx, c, id)
}

// alreadyRunning meets a case that exists: one that is only scheduled is brought forward, one that runs is shown.
func (a *app) alreadyRunning(ctx context.Context, c *connection, id string, person employee.Employee, at time.Time, f offboardFlags) error {
	v, err := c.status(ctx, id)
	if err != nil {
		return err
	}
	if v.Phase != "scheduled" {
		return failf(ExitRefused, "%s is being offboarded already (%s): %s; follow it with: tenure explain %s", person.ID, id, v.Headline, person.ID)
	}
	if at.IsZero() {
		at = time.Now()
	}
	reason := f.reason
	if reason == "" {
		reason = "asked for again"
	}
	v, err = update(ctx, c, id, workflows.Reschedule, workflows.RescheduleRequest{PersonSays: workflows.PersonSays{By: a.by(), Reason: reason}, At: at})
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.printJSON(v)
	}
	a.printf("%s was scheduled already; it begins at %s now.\n", id, at.Format(time.RFC3339))
	return nil
}

// confirm asks back when somebody sits at a terminal.
func (a *app) confirm(person employee.Employee, at time.Time, yes bool) error {
	f, ok := a.In.(*os.File)
	if yes || !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	when := "now"
	if !at.IsZero() {
		when = at.Format(time.RFC3339)
	}
	_, _ = fmt.Fprintf(a.Err, "Offboard %s (%s, %s), beginning %s? Type yes: ", person.Name(), person.ID, person.Email, when)
	line, _ := bufio.NewReader(a.In).ReadString('\n')
	if strings.TrimSpace(strings.ToLower(line)) != "yes" {
		return failf(ExitRefused, "not started: the answer was not yes")
	}
	return nil
}

// showStarted waits until the case has been opened, so that a person the policy refuses is an error here and now.
func (a *app) showStarted(ctx context.Context, c *connection, id string) error {
	wait, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		v, err := c.status(wait, id)
		switch {
		case err != nil && wait.Err() != nil:
			a.printf("%s is accepted; no worker has taken it up yet. Follow it with: tenure explain %s\n", id, id)
			return nil
		case err == nil && v.Phase != "":
			if a.asJSON {
				return a.printJSON(v)
			}
			a.printf("%s\nFollow it with: tenure explain %s    Undo it with: tenure rescind %s --reason ...\n", show.Case(v), v.Employee, v.Employee)
			return nil
		}
		if failed := c.failure(wait, id); failed != nil {
			return failed
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-wait.Done():
		}
	}
}

// status asks a case how it stands.
func (c *connection) status(ctx context.Context, id string) (activities.CaseView, error) {
	var v activities.CaseView
	answer, err := c.client.QueryWorkflow(ctx, id, "", workflows.Status.Name)
	if err != nil {
		return v, err
	}
	return v, answer.Get(&v)
}

// failure is why a case could not be opened, if it ended that way.
func (c *connection) failure(ctx context.Context, id string) error {
	d, err := c.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_FAILED {
		return nil
	}
	return c.client.GetWorkflow(ctx, id, "").Get(ctx, nil)
}

// update sends a typed request to a case and waits for its answer.
func update[In any](ctx context.Context, c *connection, id string, u workflows.Update[In], in In) (activities.CaseView, error) {
	var v activities.CaseView
	h, err := c.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: u.Name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return v, noCase(id, err)
	}
	return v, h.Get(ctx, &v)
}

// noCase says in words that a case does not run, or that nobody answers for it.
func noCase(id string, err error) error {
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return failf(ExitUnknown, "there is no running case %s; see what there is with: tenure list --all", id)
	case noAnswer(err):
		return failf(ExitUnavailable, "%s exists and no worker answers for it: %w; start tenure-worker, or standalone", id, err)
	}
	return err
}
