package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/plan"
)

func (a *app) stepCmd() *cobra.Command {
	return group("step", "Answer a step that waits for a person",
		a.stepVerb(verb{activities.VerbRetry, "retry", "Try the step again",
			"  tenure step retry E1042 okta.suspend"}),
		a.stepVerb(verb{activities.VerbDone, "done", "Say that the step has been done by hand; it is read back",
			`  tenure step done E1042 app.revoke:figma --reason "removed in Figma's admin page"`}),
		a.stepVerb(verb{activities.VerbSkip, "skip", "End the step without doing it",
			`  tenure step skip E1042 device.return:C02XY --reason "lost, insurance pays"`}))
}

func (a *app) stepVerb(v verb) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE STEP", Short: v.short, Example: v.example,
		Args:              exactArgs(2, "a person or case and a step"),
		ValidArgsFunction: a.completes(cases, steps),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(v.NeedsReason(), reason); err != nil {
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
	return cmd
}
