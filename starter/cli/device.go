package cli

import (
	"context"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

func (a *app) deviceCmd() *cobra.Command {
	return group("device", "Devices on their way back", a.deviceReturnCmd(), a.deviceReceivedCmd(), a.deviceListCmd())
}

func (a *app) deviceReturnCmd() *cobra.Command {
	var serial, reason string
	cmd := &cobra.Command{
		Use: "return EMAIL|ID", Short: "Ask a laptop back from somebody who stays: a refresh, a repair",
		Long: `Ask a laptop back from somebody who stays. It gets a box where the policy's country has one, is followed on its way,
reminded of, compared by its serial number and put back into stock, as in an offboarding. Nothing else of the person
is touched.

The computers are those that Jamf has assigned to the person. With more than one, say which by its serial number.`,
		Example: `  tenure device return robin@example.com
  tenure device return E1042 --serial C02XY --reason repair`,
		Args:              exactArgs(1, "one EMAIL or ID"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				return a.askAndShow(ctx, c, activities.Ask{Verb: activities.VerbReturnLaptop, Who: strings.TrimSpace(args[0]), Serial: strings.TrimSpace(serial), Reason: reason})
			})
		},
	}
	cmd.Flags().StringVar(&serial, "serial", "", "which computer, where there are several")
	cmd.Flags().StringVar(&reason, "reason", "refresh", "why, kept as evidence")
	return cmd
}

func (a *app) deviceReceivedCmd() *cobra.Command {
	return &cobra.Command{
		Use: "received SERIAL", Short: "Say that a device is in the hands of IT; the serial is compared",
		Example:           "  tenure device received C02XY",
		Args:              exactArgs(1, "the SERIAL read off the device"),
		ValidArgsFunction: a.completes(serials),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				id, err := c.returnOf(ctx, args[0])
				if err != nil {
					return err
				}
				ask := about(activities.VerbReceived, id, "")
				ask.Serial = strings.TrimSpace(args[0])
				return a.askAndShow(ctx, c, ask)
			})
		},
	}
}

const returnsUnderWay = `Process = "DeviceReturn" AND ExecutionStatus = "Running"`

// returnOf finds the running return of a device by its serial number.
func (c *connection) returnOf(ctx context.Context, serial string) (string, error) {
	running, err := c.cases(ctx, returnsUnderWay)
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

func (a *app) deviceListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the devices on their way back, the longest first",
		Example:           "  tenure device list",
		Args:              exactArgs(0, "no argument"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				rows, err := c.devices(ctx)
				switch {
				case err != nil:
					return err
				case a.asJSON:
					return a.printJSON(rows)
				case len(rows) == 0:
					a.printf("No device is on its way back.\n")
				default:
					a.printf("%s\n", show.Devices(rows, nowUTC()))
				}
				return nil
			})
		},
	}
}

// askedAtOnce is how many returns are asked side by side how they stand.
const askedAtOnce = 8

// devices are the running returns, each as its own case tells it. One whose worker does not answer is listed with what
// Temporal knows of it.
func (c *connection) devices(ctx context.Context) ([]show.Device, error) {
	running, err := c.cases(ctx, returnsUnderWay)
	if err != nil {
		return nil, err
	}
	rows := make([]show.Device, len(running))
	var all sync.WaitGroup
	slots := make(chan struct{}, askedAtOnce)
	for i, r := range running {
		id, _ := workflows.ParseID(r.Case)
		rows[i] = show.Device{Case: r.Case, Serial: id.Discriminator, Employee: id.Employee, Phase: r.Phase, Started: r.Started}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if v, err := c.status(ctx, r.Case); err == nil {
				rows[i].Tell(v)
			}
		})
	}
	all.Wait()
	return c.named(ctx, rows), nil
}

func (c *connection) named(ctx context.Context, rows []show.Device) []show.Device {
	var unnamed []employee.ID
	for _, r := range rows {
		if r.Name == "" {
			unnamed = append(unnamed, r.Employee)
		}
	}
	if len(unnamed) == 0 {
		return rows
	}
	known := c.briefs(ctx, unnamed)
	for i := range rows {
		if rows[i].Name == "" {
			rows[i].Name = known[rows[i].Employee].Name
		}
	}
	return rows
}
