package cli

import (
	"context"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

// verb describes a command that asks one case for something.
type verb struct {
	activities.Verb
	name, short, example string
	// of are the processes whose cases can be asked; none stands for every process of a person.
	of []workflows.Process
	// long is the help, where short does not say it all.
	long string
}

// onCase makes the command of a verb. shape adds to the ask what the case must show first; nil adds nothing.
func (a *app) onCase(v verb, shape func(context.Context, *connection, *activities.Ask) error) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE", Short: v.short, Long: v.long, Example: v.example, Args: exactArgs(1, "one EMAIL, ID or CASE"),
		ValidArgsFunction: a.completes(cases),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(cmd, v.NeedsReason(), reason); err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				id, err := c.caseID(ctx, args[0], v.of...)
				if err != nil {
					return err
				}
				ask := about(v.Verb, id, reason)
				if shape != nil {
					if err := shape(ctx, c, &ask); err != nil {
						return err
					}
				}
				return a.askAndShow(ctx, c, ask)
			})
		},
	}
	reasonFlag(cmd, &reason, v.NeedsReason())
	return a.byCase(cmd)
}

// about is an ask about one case.
func about(v activities.Verb, id, reason string) activities.Ask {
	return activities.Ask{Verb: v, Case: id, Who: string(of(id)), Reason: reason}
}

// askAndShow asks, and shows the case as it stands afterwards.
func (a *app) askAndShow(ctx context.Context, c *connection, ask activities.Ask) error {
	r, err := a.ask(ctx, c, ask)
	if err != nil {
		return err
	}
	return a.showAnswer(r)
}

// showAnswer prints what came of an ask: for programs the case, or the answer where there is none.
func (a *app) showAnswer(r workflows.RequestResult) error {
	switch {
	case a.asJSON && r.View != nil:
		return a.printJSON(r.View)
	case a.asJSON:
		return a.printJSON(r)
	case r.View != nil:
		a.printf("%s\n\n%s\n", r.Text, show.Case(*r.View))
	case r.Case != "":
		a.printf("%s\nFollow it with: tenure follow %s\n", r.Text, r.Case)
	default:
		a.printf("%s\n", r.Text)
	}
	return nil
}

// withConnection does something with a connection that is closed afterwards.
func (a *app) withConnection(ctx context.Context, do func(context.Context, *connection) error) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	return do(ctx, c)
}

func reasonFlag(cmd *cobra.Command, reason *string, needed bool) {
	help := "why, kept as evidence"
	if needed {
		help += " (required)"
	}
	cmd.Flags().StringVar(reason, "reason", "", help)
}

// exampleReason is how the examples of commands give a reason.
var exampleReason = regexp.MustCompile(`--reason "[^"]+"`)

// checkReason asks for a missing reason before anybody is called. It shows the one of the command's first example, which
// fits what the command is for.
func checkReason(cmd *cobra.Command, needed bool, reason string) error {
	if needed && strings.TrimSpace(reason) == "" {
		return failf(ExitUsage, "--reason is missing: say why in a few words, for example %s; it is kept as evidence", exampleReason.FindString(cmd.Example))
	}
	return nil
}

func (a *app) showCase(v activities.CaseView) error {
	if a.asJSON {
		return a.printJSON(v)
	}
	a.printf("%s\n", show.Case(v))
	return nil
}

func (a *app) rescindCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbRescind, name: "rescind", short: "Stop a case and restore what can be restored",
		long: `Stop a case and restore what can be restored. An onboarding can be called off until it has opened the account: the case
ends, and what was made is cleaned up. A move or a leave follows what HR says and is not called off once it has begun:
have HR correct the record. What HR's record says is not changed by a rescind: correct it there as well.`,
		example: `  tenure rescind robin@example.com --reason "resignation withdrawn"
  tenure rescind onboard/E1042 --reason "the offer was withdrawn"`}, nil)
}

func (a *app) denyCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbDeny, name: "deny", short: "Refuse a case that waits for approval",
		example: `  tenure deny E1042 --reason "this is the wrong person"`}, atGate)
}

func (a *app) holdCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbHold, name: "hold", short: "Legal hold: nothing is given up while it lasts",
		example: `  tenure hold E1042 --reason "legal asks for the mailbox"`}, nil)
}

func (a *app) releaseCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbRelease, name: "release", short: "End a hold",
		example: `  tenure release E1042 --reason "legal has its copy"`}, nil)
}

func (a *app) extendCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbExtend, name: "extend", short: "Renew the loan of the mailbox",
		of:      []workflows.Process{workflows.ProcessOffboard},
		example: `  tenure extend E1042 --reason "two customers still write there"`}, nil)
}

func (a *app) approveCmd() *cobra.Command {
	return a.onCase(verb{Verb: activities.VerbApprove, name: "approve", short: "Approve a case that waits for approval",
		example: "  tenure explain E1042        see first what is asked for\n  tenure approve E1042"}, atGate)
}

// atGate ties the answer to the request that the case shows now, so that it never counts for a later one.
func atGate(ctx context.Context, c *connection, ask *activities.Ask) error {
	v, err := c.status(ctx, ask.Case)
	if err != nil {
		return noCase(ask.Case, err)
	}
	if ask.Run = v.Run; v.Approvals != nil {
		ask.Nonce = v.Approvals.Nonce
	}
	return nil
}

// of is the person's id in a workflow id, for tables.
func of(id string) employee.ID {
	parsed, err := workflows.ParseID(id)
	if err != nil {
		return ""
	}
	return parsed.Employee
}
