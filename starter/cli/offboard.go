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
	"golang.org/x/term"

	"tenure/activities"
	"tenure/internal/employee"
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
own zone), or 2026-11-30T17:00:00-05:00. A case that is only scheduled is moved by asking again, and --emergency has
one that waits for its day or for an approval begin at once. One that has begun is shown, and is left as it is (exit
code 5).

Refused are accounts that the policy protects, whoever alone administers Okta or Google, and yourself.`,
		Example: `  tenure offboard robin@example.com
  tenure offboard E1042 --at 2026-11-30 --reason "end of contract"
  tenure offboard E1042 --emergency --yes`,
		Args:              exactArgs(1, "one EMAIL or ID"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.offboard(ctx, c, args[0], f) })
		},
	}
	cmd.Flags().StringVar(&f.at, "at", "", "when it begins (default now)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, kept as evidence")
	cmd.Flags().BoolVar(&f.emergency, "emergency", false, "do not wait for approval, overtake everything (only for those the policy names)")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask back")
	return cmd
}

// offboard asks a worker to begin, as every door does: the protected accounts and the last administrators are looked at
// there, live. What can be said of the person and the moment here is said before.
func (a *app) offboard(ctx context.Context, c *connection, who string, f offboardFlags) error {
	person, err := c.person(ctx, who)
	if err != nil {
		return err
	}
	if f.emergency && f.at != "" && !strings.EqualFold(strings.TrimSpace(f.at), "now") {
		return failf(ExitUsage, "--emergency begins at once and goes with no --at: leave one of them out")
	}
	when, shown, err := c.when(f.at, person, time.Now())
	if err != nil {
		return err
	}
	if err := a.confirm(person, shown, f.yes); err != nil {
		return err
	}
	r, err := a.ask(ctx, c, activities.Ask{Verb: activities.VerbOffboard, Who: string(person.ID), When: when, Reason: f.reason, Emergency: f.emergency})
	switch {
	case err != nil && when != "" && codeOf(err) == ExitUsage:
		return failf(ExitUsage, "--at: %w", err)
	case err != nil:
		return err
	case r.View == nil:
		return a.showStarted(ctx, c, r.Case, func(v activities.CaseView) bool { return v.Phase != "" })
	case r.View.Phase != "scheduled" && (r.View.Phase != "approval" || !f.emergency):
		return a.goesOn(r)
	case when == "":
		return a.showStarted(ctx, c, r.Case, func(v activities.CaseView) bool { return v.Phase != "scheduled" && v.Phase != "approval" })
	}
	return a.showAnswer(r)
}

// goesOn shows a case that had begun already, and goes on as it is.
func (a *app) goesOn(r workflows.RequestResult) error {
	if err := a.showCase(*r.View); err != nil {
		return err
	}
	return failf(ExitRefused, "nothing was changed: %s; see it with: tenure explain %s", r.Text, r.View.Employee)
}

// confirm asks back when somebody sits at a terminal.
func (a *app) confirm(person employee.Employee, when string, yes bool) error {
	f, ok := a.In.(*os.File)
	if yes || !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	_, _ = fmt.Fprintf(a.Err, "Offboard %s (%s, %s), beginning %s? Type yes: ", show.Plain(person.Name()), person.ID, person.Email, when)
	line, _ := bufio.NewReader(a.In).ReadString('\n')
	if strings.TrimSpace(strings.ToLower(line)) != "yes" {
		return failf(ExitRefused, "not started: the answer was not yes")
	}
	return nil
}

// showStarted waits until the case has got there, so that a person the policy refuses is an error here and now.
func (a *app) showStarted(ctx context.Context, c *connection, id string, there func(activities.CaseView) bool) error {
	wait, cancel := context.WithTimeout(ctx, min(c.patience, 15*time.Second))
	defer cancel()
	for {
		v, err := c.status(wait, id)
		switch {
		case err != nil && wait.Err() != nil:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return failf(ExitUnavailable, "%s is started, and no worker has taken it up yet; follow it with: tenure follow %s", id, id)
		case err == nil && there(v):
			if a.asJSON {
				return a.printJSON(v)
			}
			a.printf("%s\n\nSee it with:   tenure explain %s    live: tenure follow %s\nUndo it with:  tenure rescind %s --reason ...\n", show.Case(v), v.Employee, v.Employee, v.Employee)
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

// ended says why a case that is not closed says nothing more; nil while it runs, or when that is not known.
func (c *connection) ended(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	d, err := c.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return nil //nolint:nilerr // whoever does not answer now is asked again
	}
	switch s := d.GetWorkflowExecutionInfo().GetStatus(); s { // the others go on, or say themselves that they are closed
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		return c.client.GetWorkflow(ctx, id, "").Get(ctx, nil)
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return failf(ExitFailed, "%s was ended in Temporal (%s) without being closed", id, statusWord(s))
	}
	return nil
}

// failure is why a case could not be opened, if it ended that way.
func (c *connection) failure(ctx context.Context, id string) error {
	d, err := c.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_FAILED {
		return nil
	}
	return c.client.GetWorkflow(ctx, id, "").Get(ctx, nil)
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
