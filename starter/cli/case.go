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

// onCase makes a command that asks one case for something, with a reason.
func (a *app) onCase(use, short string, ask func(context.Context, *connection, string, workflows.PersonSays) (activities.CaseView, error)) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: use + " EMAIL|ID|CASE", Short: short, Args: exactArgs(1, "one EMAIL, ID or CASE"),
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
			v, err := ask(cmd.Context(), c, id, workflows.PersonSays{By: a.by(), Reason: reason})
			if err != nil {
				return err
			}
			return a.showCase(v)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, kept as evidence")
	return cmd
}

func (a *app) showCase(v activities.CaseView) error {
	if a.asJSON {
		return a.printJSON(v)
	}
	a.printf("%s\n", show.Case(v))
	return nil
}

func (a *app) rescindCmd() *cobra.Command {
	return a.onCase("rescind", "Stop a case and restore what can be restored",
		func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
			return update(ctx, c, id, workflows.Rescind, p)
		})
}

func (a *app) denyCmd() *cobra.Command {
	return a.onCase("deny", "Refuse a case that waits for approval",
		func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
			return update(ctx, c, id, workflows.Deny, p)
		})
}

func (a *app) holdCmd() *cobra.Command {
	return a.onCase("hold", "Legal hold: nothing is given up while it lasts",
		func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
			return update(ctx, c, id, workflows.Hold, p)
		})
}

func (a *app) releaseCmd() *cobra.Command {
	return a.onCase("release", "End a hold",
		func(ctx context.Context, c *connection, id string, p workflows.PersonSays) (activities.CaseView, error) {
			return update(ctx, c, id, workflows.Release, p)
		})
}

func (a *app) approveCmd() *cobra.Command {
	return a.onCase("approve", "Approve a case that waits for approval",
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
	step := &cobra.Command{Use: "step", Short: "Answer a step that waits for a person"}
	for _, s := range []struct {
		use, short string
		update     workflows.Update[workflows.StepRequest]
	}{
		{"retry", "Try the step again", workflows.RetryStep},
		{"done", "Say that the step has been done by hand; it is read back", workflows.CompleteStep},
		{"skip", "End the step without doing it (needs --reason)", workflows.SkipStep},
	} {
		step.AddCommand(a.stepVerb(s.use, s.short, s.update))
	}
	return step
}

func (a *app) stepVerb(use, short string, u workflows.Update[workflows.StepRequest]) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: use + " EMAIL|ID|CASE STEP", Short: short, Args: exactArgs(2, "a person or case and a step, for example E1042 okta.suspend"),
		RunE: func(cmd *cobra.Command, args []string) error {
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
	cmd.Flags().StringVar(&reason, "reason", "", "why or what was done, kept as evidence")
	return cmd
}

// stepCase finds the case a step belongs to: the steps of a device's way back are in its own. Skipping a return
// means that the device is no longer waited for.
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
	case "retriever.order", "device.checkin", "device.cancel", "jamf.erase", "jamf.stock":
		return true
	default:
		return false
	}
}

func (a *app) deviceCmd() *cobra.Command {
	device := &cobra.Command{Use: "device", Short: "Devices on their way back"}
	device.AddCommand(&cobra.Command{
		Use: "received SERIAL", Short: "Say that a device is in the hands of IT; the serial is compared",
		Args: exactArgs(1, "the SERIAL read off the device"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.received(cmd.Context(), args[0]) },
	})
	return device
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
		id, err := workflows.ParseID(w.id)
		if err != nil {
			continue
		}
		if strings.EqualFold(id.Discriminator, strings.TrimSpace(serial)) {
			return w.id, nil
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
