package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenure/starter/intake"
)

// The front doors look after the schedule this often: whoever deletes it in the Temporal UI gets it back.
const lookAfterSchedule = time.Minute

func (a *app) serveCmd() *cobra.Command {
	var every time.Duration
	cmd := &cobra.Command{
		Use: "serve", Short: "Keep the front doors open: the HR system is watched while this runs, and after",
		Long: `Keep the front doors open. The directory watch is a Temporal Schedule, which goes on while this program is away;
serve creates it, keeps its pace as given here, and restores it when somebody deleted it.`,
		Example: `  tenure serve
  tenure serve --watch-every 1m`,
		Args: exactArgs(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), every) },
	}
	cmd.Flags().DurationVar(&every, "watch-every", 5*time.Minute, "how often the HR system is polled")
	return cmd
}

func (a *app) serve(ctx context.Context, every time.Duration) error {
	if every < time.Second {
		return failf(ExitUsage, "--watch-every %s is too short: give at least 1s, usually 5m", every)
	}
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	if err := intake.EnsureWatch(ctx, c.client, every); err != nil {
		return failf(ExitUnavailable, "%w", err)
	}
	a.printf("Namely is polled every %s. Ctrl-C ends this program, not the polling.\n", every)
	tick := time.NewTicker(lookAfterSchedule)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := intake.EnsureWatch(ctx, c.client, every); err != nil && ctx.Err() == nil {
				a.printf("the schedule could not be looked after and is tried again in %s: %v\n", lookAfterSchedule, err)
			}
		}
	}
}
