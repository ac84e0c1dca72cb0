package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/starter/show"
	"tenure/workflows"
)

func (a *app) watchRaiseCmd() *cobra.Command {
	var ask activities.Ask
	cmd := &cobra.Command{
		Use: "raise", Short: "Let one burst of up to so many people through the mass guard; a second person confirms",
		Long: `Let one burst of up to so many people through the mass guard, within a time: for an office that closes, not for every
day. It takes two different people, and holds for one batch. The guard itself cannot be switched off.`,
		Example: `  tenure watch raise --to 40 --for 24h --reason "the Albany office closes on Friday"
  tenure watch raise --nonce 5f3a9c --reason "as announced"`,
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkRaise(cmd, ask); err != nil {
				return err
			}
			ask.Verb = activities.VerbRaise
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.raise(ctx, c, ask) })
		},
	}
	f := cmd.Flags()
	f.IntVar(&ask.Count, "to", 0, "up to how many people")
	f.DurationVar(&ask.Lasts, "for", 0, "for how long it may be used, for example 24h")
	a.decideFlags(cmd, &ask.Reason, &ask.Nonce)
	return cmd
}

// checkRaise wants how many and how long, or the nonce that stands for both.
func checkRaise(cmd *cobra.Command, ask activities.Ask) error {
	switch {
	case ask.Nonce != "" && (ask.Count != 0 || ask.Lasts != 0):
		return failf(ExitUsage, "--nonce confirms what somebody else asked for as it is: leave --to and --for out")
	case ask.Nonce == "" && ask.Count <= 0:
		return failf(ExitUsage, "--to says up to how many people, as a number above 0: for example --to 40 --for 24h; or give --nonce to confirm what somebody else asked for")
	case ask.Nonce == "" && ask.Lasts <= 0:
		return failf(ExitUsage, "--for says for how long, as a duration: for example --for 24h")
	}
	return checkReason(cmd, true, ask.Reason)
}

func (a *app) raise(ctx context.Context, c *connection, ask activities.Ask) error {
	r, err := a.ask(ctx, c, ask)
	if err != nil {
		return err
	}
	state, err := c.look(ctx, workflows.LookInput{Watch: &activities.AskWatch{}})
	switch {
	case err != nil || state.Watch.Raise == nil:
		return a.showAnswer(r)
	case a.asJSON:
		return a.printJSON(state.Watch.Raise)
	}
	a.printf("%s\n", r.Text)
	if next := show.NextOnRaise(*state.Watch.Raise); next != "" {
		a.printf("%s\n", next)
	}
	return nil
}

func (a *app) watchAcceptCmd() *cobra.Command {
	var ask activities.Ask
	cmd := &cobra.Command{
		Use: "accept", Short: "Say that a reading of the HR system that was discarded is right after all",
		Long: `Say that a reading of the HR system that was discarded is right after all: many people are gone indeed, or the token
belongs to somebody else now. Asked without --nonce, it says what would be believed and shows a nonce; with the nonce,
the next reading that shows the same is believed. See why the last one was not with: tenure watch status`,
		Example: `  tenure watch accept --reason "the Albany subsidiary was sold"
  tenure watch accept --nonce 5f3a9c --reason "70 people, as in the contract"`,
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(cmd, true, ask.Reason); err != nil {
				return err
			}
			ask.Verb = activities.VerbAccept
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.accept(ctx, c, ask) })
		},
	}
	reasonFlag(cmd, &ask.Reason, true)
	cmd.Flags().StringVar(&ask.Nonce, "nonce", "", "the nonce that was shown with what would be believed")
	return cmd
}

func (a *app) accept(ctx context.Context, c *connection, ask activities.Ask) error {
	r, err := a.ask(ctx, c, ask)
	if err != nil {
		return err
	}
	if err := a.showAnswer(r); err != nil || a.asJSON || ask.Nonce != "" {
		return err
	}
	a.printf("Say so again with: tenure watch accept --nonce ... --reason ...\n")
	return nil
}
