package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

// caseID finds the case somebody means: a whole workflow id, or a person.
func (c *connection) caseID(ctx context.Context, text string) (string, error) {
	if id, err := workflows.ParseID(text); err == nil {
		return id.String(), nil
	}
	person, err := c.person(ctx, text)
	if err != nil {
		return "", err
	}
	return workflows.OffboardID(person.ID).String(), nil
}

// verb describes a command that asks one case for something.
type verb struct {
	activities.Verb
	name, short, example string
}

// onCase makes the command of a verb. shape adds to the ask what the case must show first; nil adds nothing.
func (a *app) onCase(v verb, shape func(context.Context, *connection, *activities.Ask) error) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE", Short: v.short, Example: v.example, Args: exactArgs(1, "one EMAIL, ID or CASE"),
		ValidArgsFunction: a.completes(cases),
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
	return cmd
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

// checkReason asks for a missing reason before anybody is called.
func checkReason(needed bool, reason string) error {
	if needed && strings.TrimSpace(reason) == "" {
		return failf(ExitUsage, `--reason is missing: say why in a few words, for example --reason "resignation withdrawn"; it is kept as evidence`)
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
	return a.onCase(verb{activities.VerbRescind, "rescind", "Stop a case and restore what can be restored",
		`  tenure rescind robin@example.com --reason "resignation withdrawn"`}, nil)
}

func (a *app) denyCmd() *cobra.Command {
	return a.onCase(verb{activities.VerbDeny, "deny", "Refuse a case that waits for approval",
		`  tenure deny E1042 --reason "this is the wrong person"`}, atGate)
}

func (a *app) holdCmd() *cobra.Command {
	return a.onCase(verb{activities.VerbHold, "hold", "Legal hold: nothing is given up while it lasts",
		`  tenure hold E1042 --reason "legal asks for the mailbox"`}, nil)
}

func (a *app) releaseCmd() *cobra.Command {
	return a.onCase(verb{activities.VerbRelease, "release", "End a hold",
		`  tenure release E1042 --reason "legal has its copy"`}, nil)
}

func (a *app) extendCmd() *cobra.Command {
	return a.onCase(verb{activities.VerbExtend, "extend", "Renew the loan of the mailbox",
		`  tenure extend E1042 --reason "two customers still write there"`}, nil)
}

func (a *app) approveCmd() *cobra.Command {
	return a.onCase(verb{activities.VerbApprove, "approve", "Approve a case that waits for approval",
		"  tenure explain E1042        see first what is asked for\n  tenure approve E1042"}, atGate)
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
