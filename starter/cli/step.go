package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/plan"
)

const stepHelp = `A step waits for a person when it could not be done, when its read-back disagrees, or when only a person can decide.
Some steps ask a question; done is yes, and skip is no:
  identity.match:E55   done: the new record and E55 are one person, who keeps their accounts; skip: they are two people
  identity.rehire      done: whoever comes back is let in again; skip: they stay out`

func (a *app) stepCmd() *cobra.Command {
	g := group("step", "Answer a step that waits for a person",
		a.stepVerb(verb{Verb: activities.VerbRetry, name: "retry", short: "Try the step again",
			example: "  tenure step retry E1042 okta.suspend"}),
		a.stepVerb(verb{Verb: activities.VerbDone, name: "done", short: "Say that the step has been done by hand, or yes to what it asks",
			long: "Say that the step has been done by hand; it is read back. Of a step that asks a question it says yes.\n\n" + stepHelp,
			example: `  tenure step done E1042 app.revoke:figma --reason "removed in Figma's admin page"
  tenure step done onboard/E1042 identity.match:E55 --reason "HR: the same person, hired again"`}),
		a.stepVerb(verb{Verb: activities.VerbSkip, name: "skip", short: "End the step without doing it, or say no to what it asks",
			long: "End the step without doing it. Of a step that asks a question it says no.\n\n" + stepHelp,
			example: `  tenure step skip E1042 device.return:C02XY --reason "lost, insurance pays"
  tenure step skip onboard/E1042 identity.match:E55 --reason "HR: two people of one name"`}))
	g.Long = stepHelp
	return g
}

func (a *app) stepVerb(v verb) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE STEP", Short: v.short, Long: v.long, Example: v.example,
		Args:              exactArgs(2, "a person or case and a step"),
		ValidArgsFunction: a.completes(cases, steps),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(cmd, v.NeedsReason(), reason); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				id, err := c.caseID(ctx, args[0])
				if err != nil {
					return err
				}
				ask := about(v.Verb, id, reason)
				ask.Step = plan.StepID(strings.TrimSpace(args[1]))
				return a.askAndShow(ctx, c, ask)
			})
		},
	}
	reasonFlag(cmd, &reason, v.NeedsReason())
	return a.byCase(cmd)
}
