package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/starter/show"
)

const followHelp = `At a terminal the case is drawn in place and kept up to date: headline, progress, steps by phase, who is waited for,
what fires next, and the last of what happened. Elsewhere each change is a line, with --json a JSON object. It ends with
the case; Ctrl-C ends the following and changes nothing.

While Temporal or the workers are away it says so, and goes on when they are back. NO_COLOR is honoured.`

func (a *app) explainCmd() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use: "explain EMAIL|ID|CASE", Short: "Say what is done, what is verified, who is waited for, and what fires next",
		Long: `Say how a case stands: each step with its state and what the read-back said, who is waited for, why, and how to
answer, and what fires next: the end of a loan, a first morning, the end of an overlap. It works for running and for
closed cases. Of a person the case that runs is meant, or the last one; where several run, name the one.

With --follow it goes on until the case ends. ` + followHelp + `

` + stateHelp,
		Example: `  tenure explain robin@example.com
  tenure explain E1042 --follow
  tenure explain E1042 --json
  tenure explain onboard/E1042               one case of a person who has several
  tenure explain device-return/E1042/C02XY   the way back of one device`,
		Args:              exactArgs(1, "one EMAIL, ID or CASE"),
		ValidArgsFunction: a.completes(cases),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				if follow {
					return a.follow(ctx, c, args[0])
				}
				return a.explain(ctx, c, args[0])
			})
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the case ends, drawing it anew as it changes")
	return a.byCase(cmd)
}

func (a *app) followCmd() *cobra.Command {
	return a.byCase(&cobra.Command{
		Use: "follow EMAIL|ID|CASE", Short: "Watch a case live until it ends; the same as explain --follow",
		Long: "Watch a case live until it ends.\n\n" + followHelp,
		Example: `  tenure follow robin@example.com
  tenure follow E1042 --json | while read -r change; do ...; done`,
		Args:              exactArgs(1, "one EMAIL, ID or CASE"),
		ValidArgsFunction: a.completes(cases),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.follow(ctx, c, args[0]) })
		},
	})
}

func (a *app) explain(ctx context.Context, c *connection, who string) error {
	id, err := c.caseID(ctx, who)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	v, err := c.status(ctx, id)
	if err != nil {
		return noCase(id, err)
	}
	return a.showCase(v)
}

// follow shows the case from now on.
func (a *app) follow(ctx context.Context, c *connection, who string) error {
	id, err := c.caseID(ctx, who)
	if err != nil {
		return err
	}
	first, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	v, err := c.status(first, id) // whoever mistyped the case is told at once
	if err != nil {
		return noCase(id, err)
	}
	f := &follower{ask: func(ctx context.Context) (activities.CaseView, error) { return c.status(ctx, id) },
		ended: func(ctx context.Context) error { return c.ended(ctx, id) }, id: id, now: nowUTC, every: time.Second}
	if s := terminal(a.Out, a.getenv); s != nil && !a.asJSON {
		return f.onScreen(ctx, s, v, a.Out)
	}
	return f.inLines(ctx, v, a.tell)
}

// tell prints one change.
func (a *app) tell(c show.Change) error {
	if a.asJSON {
		return a.printLine(c)
	}
	_, err := fmt.Fprintln(a.Out, c.Line())
	return err
}
