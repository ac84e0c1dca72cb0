package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/temporalclient"
	"tenure/starter/show"
	"tenure/workflows"
)

// surveying is how long a preview may take unless --timeout says otherwise: every vendor is asked.
const surveying = 5 * time.Minute

// previewFlags say what is shown; neither is both.
type previewFlags struct{ role, leaving bool }

// previewed is what a preview prints for programs. Its fields stand side by side: those of the plan, and those of the
// role.
type previewed struct {
	*plan.Plan
	*workflows.LookResult
}

func (a *app) previewCmd() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use: "preview EMAIL|ID", Short: "Show what somebody is to have, and the plan if they left; nothing is changed anywhere",
		Long: `Show what a real person is to have by their role: where they stand and why, attributes and groups with the rule of the
policy that caused each, what HR must fill in, what somebody without an account may be called, and how their account in
Okta differs from all that. Then the real plan if they left: accounts, devices, applications and the heir are read from the
vendors, and the policy in force is applied.

Nothing is changed anywhere. It waits up to 5 minutes unless --timeout says otherwise.`,
		Example: `  tenure preview robin@example.com
  tenure preview E1042 --role
  tenure preview E1042 --leaving --json`,
		Args:              exactArgs(1, "one EMAIL or ID"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.role && f.leaving {
				return failf(ExitUsage, "--role and --leaving show one alone each: give one of them, or neither to see both")
			}
			if !cmd.Flags().Changed("timeout") {
				a.timeout = surveying
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.preview(ctx, c, args[0], f) })
		},
	}
	cmd.Flags().BoolVar(&f.role, "role", false, "only what the role gives, and how Okta differs")
	cmd.Flags().BoolVar(&f.leaving, "leaving", false, "only the plan if they left")
	return cmd
}

func (a *app) preview(ctx context.Context, c *connection, who string, f previewFlags) error {
	person, err := c.person(ctx, who)
	if err != nil {
		return err
	}
	var out previewed
	if !f.leaving {
		if out.LookResult, err = a.lookAtRole(ctx, c, person); err != nil {
			return err
		}
		if main := out.Role.Main; main != "" && main != person.ID { // a second record of somebody, whose cases run under the first
			person.ID, person.ProfileID = main, ""
		}
		a.print(show.Role(*out.LookResult))
	}
	if !f.role {
		left, err := a.planOf(ctx, c, person)
		if err != nil {
			return err
		}
		out.Plan = left.Plan
		if !f.leaving {
			a.print("\nIf they left now\n")
		}
		a.print(show.Plan(left.View, *left.Plan))
	}
	if a.asJSON {
		return a.printJSON(out)
	}
	a.print("\nNothing was changed: this was a preview.")
	return nil
}

// print prints a text for people, and nothing for programs.
func (a *app) print(text string) {
	if !a.asJSON {
		a.printf("%s\n", text)
	}
}

// lookAtRole asks a worker what somebody's role gives, and how Okta differs from it.
func (a *app) lookAtRole(ctx context.Context, c *connection, person employee.Employee) (*workflows.LookResult, error) {
	r, err := c.look(ctx, workflows.LookInput{Compare: true, Role: &activities.AskRole{
		CaseRef: activities.CaseRef{Employee: person.ID, Actor: a.by(), Opened: nowUTC()}, ProfileID: person.ProfileID, At: nowUTC()}})
	if err != nil {
		return nil, err
	}
	if r.Role == nil {
		return nil, failf(ExitUnavailable, "the worker that answered is of an earlier version, which knows of no roles: update it, or see the plan if they left with --leaving")
	}
	return &r, nil
}

// planOf runs the reading part of an offboarding as a case of its own that ends with the plan.
func (a *app) planOf(ctx context.Context, c *connection, person employee.Employee) (workflows.OffboardResult, error) {
	var r workflows.OffboardResult
	id := workflows.OffboardID(person.ID)
	id.Discriminator = "preview-" + nowUTC().Format("20060102T150405.000")
	opts := temporalclient.CaseOptions(id.String(), string(person.ID), string(workflows.ProcessOffboard), activities.QueueLifecycle)
	run, err := c.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessOffboard), workflows.OffboardInput{Request: workflows.OffboardRequest{
		Employee: person.ID, ProfileID: person.ProfileID, Actor: a.by(), Reason: "preview", DryRun: true,
	}})
	if err != nil {
		return r, err
	}
	err = c.wait(ctx, opts.ID, func(ctx context.Context) error { return run.Get(ctx, &r) })
	if out := (*unanswered)(nil); errors.As(err, &out) {
		return r, failf(ExitUnavailable, "%s", out)
	}
	return r, err
}
