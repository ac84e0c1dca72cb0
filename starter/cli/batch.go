package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

const batchHelp = `When more people leave at once than the policy's mass guard lets pass, all of them are held as one batch before any
vendor is called. Two different people then say which of them are meant, by name. What nobody decides expires, and
nobody is offboarded by it.`

func (a *app) batchCmd() *cobra.Command {
	g := group("batch", "Bursts of leavers that the mass guard holds", a.batchListCmd(), a.batchShowCmd(), a.batchReleaseCmd(), a.batchRejectCmd())
	g.Long = batchHelp
	return g
}

func (a *app) batchListCmd() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the batches that are held, with their cause",
		Example: `  tenure batch list
  tenure batch list --all --json`,
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				state := employee.BatchHeld
				if all {
					state = ""
				}
				found, err := c.batches(ctx, state)
				if err != nil {
					return err
				}
				return a.printBatches(found, all)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "those that were decided upon or have expired too")
	return cmd
}

func (a *app) printBatches(found []employee.Batch, all bool) error {
	switch {
	case a.asJSON:
		return a.printJSON(append([]employee.Batch{}, found...)) // an empty list is [] in JSON
	case len(found) > 0:
		a.printf("%s\n", show.Batches(found, nowUTC()))
	case all:
		a.printf("There is no batch yet.\n")
	default:
		a.printf("No batch is held. Earlier ones: tenure batch list --all\n")
	}
	return nil
}

func (a *app) batchShowCmd() *cobra.Command {
	return &cobra.Command{
		Use: "show BATCH", Short: "Show the people of a batch, what is proposed, and the command that comes next",
		Example:           "  tenure batch show B7",
		Args:              exactArgs(1, "one BATCH"),
		ValidArgsFunction: a.completes(heldBatches),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				b, err := c.batch(ctx, args[0])
				if err != nil {
					return err
				}
				return a.showBatch(ctx, c, b)
			})
		},
	}
}

func (a *app) showBatch(ctx context.Context, c *connection, b employee.Batch) error {
	if a.asJSON {
		return a.printJSON(b)
	}
	var ids []employee.ID
	for _, p := range b.People {
		ids = append(ids, p.Employee)
	}
	a.printf("%s\n", show.Batch(b, c.briefs(ctx, ids), nowUTC()))
	return nil
}

type releaseFlags struct {
	all           bool
	only, except  []string
	reason, nonce string
}

func (a *app) batchReleaseCmd() *cobra.Command {
	var f releaseFlags
	cmd := &cobra.Command{
		Use: "release BATCH", Short: "Say which people of a batch really leave; a second person confirms",
		Long: `Say which people of a batch really leave: all that are held now, only some, or all but some. The list is named, so
that nobody releases what they have not seen. The first person proposes; nothing happens until a second, different
person confirms the same list with the nonce that is shown. Then those who are named run at once, and the others do
not.`,
		Example: `  tenure batch release B7 --except E9 --reason "the Albany office closes; E9 stays"
  tenure batch release B7 --nonce 5f3a9c --reason "checked against HR's list"`,
		Args:              exactArgs(1, "one BATCH"),
		ValidArgsFunction: a.completes(heldBatches),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.release(ctx, c, args[0], f) })
		},
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.all, "all", false, "everybody who is held in it now")
	fs.StringSliceVar(&f.only, "only", nil, "only these employee ids, parted by commas")
	fs.StringSliceVar(&f.except, "except", nil, "all but these employee ids, parted by commas")
	a.decideFlags(cmd, &f.reason, &f.nonce)
	for _, name := range []string{"only", "except"} {
		_ = cmd.RegisterFlagCompletionFunc(name, a.completesFlag(heldPeople))
	}
	return cmd
}

func (a *app) batchRejectCmd() *cobra.Command {
	var reason, nonce string
	cmd := &cobra.Command{
		Use: "reject BATCH", Short: "Say that nobody of a batch leaves; a second person confirms",
		Example: `  tenure batch reject B7 --reason "a bulk import in HR went wrong"
  tenure batch reject B7 --nonce 5f3a9c --reason "HR confirms it"`,
		Args:              exactArgs(1, "one BATCH"),
		ValidArgsFunction: a.completes(heldBatches),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(cmd, true, reason); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				return a.decide(ctx, c, activities.Ask{Verb: activities.VerbBatchReject, Batch: args[0], Nonce: nonce, Reason: reason})
			})
		},
	}
	a.decideFlags(cmd, &reason, &nonce)
	return cmd
}

func (a *app) decideFlags(cmd *cobra.Command, reason, nonce *string) {
	reasonFlag(cmd, reason, true)
	cmd.Flags().StringVar(nonce, "nonce", "", "confirm what somebody else has proposed: the nonce that was shown with it")
	_ = cmd.RegisterFlagCompletionFunc("nonce", cobra.NoFileCompletions)
}

// check wants exactly one list, or the nonce that stands for one.
func (f releaseFlags) check(cmd *cobra.Command) error {
	named := 0
	for _, given := range []bool{f.all, len(f.only) > 0, len(f.except) > 0} {
		if given {
			named++
		}
	}
	const choices = "give one of --all, --only E1,E2, --except E9, or --nonce N to confirm what somebody else has proposed; see who is in it with: tenure batch show BATCH"
	switch {
	case named > 1:
		return failf(ExitUsage, "more than one list is given: %s", choices)
	case named == 0 && f.nonce == "":
		return failf(ExitUsage, "it is not said who is released: %s", choices)
	}
	return checkReason(cmd, true, f.reason)
}

// release names the list: with --all those who are held at this moment, so that nobody who joins the batch later is
// released unseen.
func (a *app) release(ctx context.Context, c *connection, id string, f releaseFlags) error {
	ask := activities.Ask{Verb: activities.VerbBatchRelease, Batch: id, Only: ids(f.only), Except: ids(f.except), Nonce: f.nonce, Reason: f.reason}
	if f.all {
		b, err := c.batch(ctx, id)
		if err != nil {
			return err
		}
		if ask.Only = b.Held(); len(ask.Only) == 0 {
			return failf(ExitRefused, "nobody is held in %s (it is %s); see it with: tenure batch show %s", b.ID, b.State, b.ID)
		}
	}
	return a.decide(ctx, c, ask)
}

// decide asks, and says what a second person has to do where one is needed.
func (a *app) decide(ctx context.Context, c *connection, ask activities.Ask) error {
	r, err := a.ask(ctx, c, ask)
	if err != nil {
		return err
	}
	b, err := c.batch(ctx, ask.Batch)
	if err != nil || a.asJSON {
		return a.showDecision(r, b)
	}
	a.printf("%s\n", r.Text)
	if next := show.NextOnBatch(b); next != "" {
		a.printf("%s\n", next)
	}
	return nil
}

// showDecision prints what came of it; a batch that could not be read afterwards takes nothing away from that.
func (a *app) showDecision(r workflows.RequestResult, b employee.Batch) error {
	if a.asJSON && b.ID != "" {
		return a.printJSON(b)
	}
	return a.showAnswer(r)
}

func ids(words []string) []employee.ID {
	var out []employee.ID
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, employee.ID(w)) {
			out = append(out, employee.ID(w))
		}
	}
	return out
}

// batches are those in a state, or all.
func (c *connection) batches(ctx context.Context, state employee.BatchState) ([]employee.Batch, error) {
	r, err := c.look(ctx, workflows.LookInput{Batches: &activities.ListBatches{State: state}})
	if err != nil {
		return nil, err
	}
	return r.Batches.Batches, nil
}

// batch is one batch.
func (c *connection) batch(ctx context.Context, id string) (employee.Batch, error) {
	r, err := c.look(ctx, workflows.LookInput{Batch: &activities.ShowBatch{Batch: strings.TrimSpace(id)}})
	if err != nil {
		return employee.Batch{}, err
	}
	return *r.Batch, nil
}
