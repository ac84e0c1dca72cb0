package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
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

// says is a request of a person to a case.
type says func(context.Context, *connection, string, workflows.PersonSays) (activities.CaseView, error)

// plainly is a request of which nothing more is to be said.
func plainly(u workflows.Update[workflows.PersonSays]) says {
	return func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
		return update(ctx, c, id, u, p)
	}
}

// verb describes a command that asks one case for something.
type verb struct {
	name, short, example string
	needsReason          bool
}

// onCase makes the command of a verb.
func (a *app) onCase(v verb, ask says) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE", Short: v.short, Example: v.example, Args: exactArgs(1, "one EMAIL, ID or CASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(v.needsReason, reason); err != nil {
				return err
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			id, err := c.caseID(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			v, err := ask(cmd.Context(), c, id, workflows.PersonSays{By: a.by(), Reason: reason})
			if err != nil {
				return err
			}
			return a.showCase(v)
		},
	}
	reasonFlag(cmd, &reason, v.needsReason)
	return cmd
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
	return a.onCase(verb{"rescind", "Stop a case and restore what can be restored",
		`  tenure rescind robin@example.com --reason "resignation withdrawn"`, true}, plainly(workflows.Rescind))
}

func (a *app) denyCmd() *cobra.Command {
	return a.onCase(verb{"deny", "Refuse a case that waits for approval",
		`  tenure deny E1042 --reason "this is the wrong person"`, true}, plainly(workflows.Deny))
}

func (a *app) holdCmd() *cobra.Command {
	return a.onCase(verb{"hold", "Legal hold: nothing is given up while it lasts",
		`  tenure hold E1042 --reason "legal asks for the mailbox"`, true}, plainly(workflows.Hold))
}

func (a *app) releaseCmd() *cobra.Command {
	return a.onCase(verb{"release", "End a hold",
		`  tenure release E1042 --reason "legal has its copy"`, true}, plainly(workflows.Release))
}

func (a *app) approveCmd() *cobra.Command {
	return a.onCase(verb{"approve", "Approve a case that waits for approval",
		"  tenure explain E1042        see first what is asked for\n  tenure approve E1042", false},
		func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
			v, err := c.status(ctx, id)
			if err != nil {
				return v, noCase(id, err)
			}
			nonce := ""
			if v.Approvals != nil {
				nonce = v.Approvals.Nonce
			}
			return update(ctx, c, id, workflows.Approve, workflows.ApproveRequest{PersonSays: p, Nonce: nonce})
		})
}

func (a *app) explainCmd() *cobra.Command {
	return &cobra.Command{
		Use: "explain EMAIL|ID|CASE", Short: "Say what is done, what is verified, who is waited for, and what fires next",
		Long: `Say how a case stands: each step with its state and what the read-back said, who is waited for, why, and how to
answer, and what fires next. It works for running and for closed cases.

` + stateHelp,
		Example: `  tenure explain robin@example.com
  tenure explain E1042 --json
  tenure explain device-return/E1042/C02XY   the way back of one device`,
		Args: exactArgs(1, "one EMAIL, ID or CASE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			id, err := c.caseID(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			v, err := c.status(cmd.Context(), id)
			if err != nil {
				return noCase(id, err)
			}
			return a.showCase(v)
		},
	}
}

func (a *app) stepCmd() *cobra.Command {
	return group("step", "Answer a step that waits for a person",
		a.stepVerb(verb{"retry", "Try the step again",
			"  tenure step retry E1042 okta.suspend", false}, workflows.RetryStep),
		a.stepVerb(verb{"done", "Say that the step has been done by hand; it is read back",
			`  tenure step done E1042 app.revoke:figma --reason "removed in Figma's admin page"`, true}, workflows.CompleteStep),
		a.stepVerb(verb{"skip", "End the step without doing it",
			`  tenure step skip E1042 device.return:C02XY --reason "lost, insurance pays"`, true}, workflows.SkipStep))
}

func (a *app) stepVerb(v verb, u workflows.Update[workflows.StepRequest]) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: v.name + " EMAIL|ID|CASE STEP", Short: v.short, Example: v.example,
		Args: exactArgs(2, "a person or case and a step"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkReason(v.needsReason, reason); err != nil {
				return err
			}
			c, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer c.close()
			id, step, err := c.stepCase(cmd.Context(), args[0], plan.StepID(args[1]), u.Name)
			if err != nil {
				return err
			}
			v, err := update(cmd.Context(), c, id, u, workflows.StepRequest{PersonSays: workflows.PersonSays{By: a.by(), Reason: reason}, Step: step})
			if err != nil {
				return err
			}
			return a.showCase(v)
		},
	}
	reasonFlag(cmd, &reason, v.needsReason)
	return cmd
}

// stepCase finds the case a step belongs to: the steps of a device's way back are in its own, but what is left of one
// that a rescind called off is the rescinded case's. Skipping a return means that the device is no longer waited for.
func (c *connection) stepCase(ctx context.Context, who string, step plan.StepID, verb string) (string, plan.StepID, error) {
	id, err := c.caseID(ctx, who)
	if err != nil {
		return "", "", err
	}
	parsed, err := workflows.ParseID(id)
	if err != nil || parsed.Process != workflows.ProcessOffboard {
		return id, step, nil
	}
	own := workflows.DeviceReturnID(parsed.Employee, step.Object()).String()
	if step.Action() == plan.DeviceReturn && verb == workflows.SkipStep.Name {
		if _, err := c.status(ctx, own); err == nil {
			return own, plan.Action("device.checkin").For(step.Object()), nil
		}
	}
	if ofReturn(step) {
		return own, step, nil
	}
	return id, step, nil
}

func ofReturn(step plan.StepID) bool {
	switch step.Action() {
	case "retriever.order", "device.checkin", "jamf.erase", "jamf.stock":
		return true
	default:
		return false
	}
}

func (a *app) deviceCmd() *cobra.Command {
	return group("device", "Devices on their way back", &cobra.Command{
		Use: "received SERIAL", Short: "Say that a device is in the hands of IT; the serial is compared",
		Example: "  tenure device received C02XY",
		Args:    exactArgs(1, "the SERIAL read off the device"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.received(cmd.Context(), args[0]) },
	})
}

func (a *app) received(ctx context.Context, serial string) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	id, err := c.returnOf(ctx, serial)
	if err != nil {
		return err
	}
	if err := c.client.SignalWorkflow(ctx, id, "", workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: a.by(), Serial: serial, At: nowUTC()}); err != nil {
		return noCase(id, err)
	}
	a.printf("%s: received, thank you. Follow it with: tenure explain %s\n", id, id)
	return nil
}

// returnOf finds the running return of a device by its serial number.
func (c *connection) returnOf(ctx context.Context, serial string) (string, error) {
	running, err := c.cases(ctx, `Process = "DeviceReturn" AND ExecutionStatus = "Running"`)
	if err != nil {
		return "", err
	}
	var waiting []string
	for _, w := range running {
		id, err := workflows.ParseID(w.Case)
		if err != nil {
			continue
		}
		if strings.EqualFold(id.Discriminator, strings.TrimSpace(serial)) {
			return w.Case, nil
		}
		waiting = append(waiting, id.Discriminator)
	}
	if len(waiting) == 0 {
		return "", failf(ExitUnknown, "no device is on its way back, so %q cannot be received", serial)
	}
	return "", failf(ExitUnknown, "no return waits for serial %q; these are waited for: %s", serial, strings.Join(waiting, ", "))
}

// of is the person's id in a workflow id, for tables.
func of(id string) employee.ID {
	parsed, err := workflows.ParseID(id)
	if err != nil {
		return ""
	}
	return parsed.Employee
}
