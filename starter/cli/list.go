package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/temporalclient"
	"tenure/starter/show"
	"tenure/workflows"
)

func nowUTC() time.Time { return time.Now().UTC() }

func (a *app) listCmd() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the cases that run, the most pressing first",
		Example: `  tenure list
  tenure list --all --json`,
		Args: exactArgs(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				rows, err := c.list(ctx, all)
				if err != nil {
					return err
				}
				return a.printCases(rows, all)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "closed cases too")
	return cmd
}

// list is every case, previews left out, with the names of the people.
func (c *connection) list(ctx context.Context, all bool) ([]show.Row, error) {
	query := `Process IN ("Offboard", "DeviceReturn")`
	if all {
		query += ` AND ExecutionStatus != "ContinuedAsNew"` // an earlier part of a case that is listed
	} else {
		query += ` AND ExecutionStatus = "Running"`
	}
	rows, err := c.cases(ctx, query)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r show.Row) bool { return isPreview(r.Case) })
	if len(rows) == 0 {
		return rows, nil
	}
	people := make([]employee.ID, len(rows))
	for i, r := range rows {
		people[i] = employee.ID(r.Employee)
	}
	known := c.briefs(ctx, people)
	for i, r := range rows {
		rows[i].Name = known[employee.ID(r.Employee)].Name
	}
	return rows, nil
}

func isPreview(caseID string) bool {
	id, err := workflows.ParseID(caseID)
	return err == nil && id.Process == workflows.ProcessOffboard && id.Discriminator != ""
}

func (a *app) printCases(rows []show.Row, all bool) error {
	switch {
	case a.asJSON:
		return a.printJSON(rows)
	case len(rows) > 0:
		a.printf("%s\n", show.List(rows, nowUTC()))
	case all:
		a.printf("There is no case yet.\n")
	default:
		a.printf("No case runs. Closed ones: tenure list --all\n")
	}
	return nil
}

// cases asks Temporal's visibility.
func (c *connection) cases(ctx context.Context, query string) ([]show.Row, error) {
	rows := []show.Row{} // an empty list is [] in JSON
	var token []byte
	for {
		page, err := c.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: token})
		if err != nil {
			return nil, err
		}
		for _, e := range page.GetExecutions() {
			rows = append(rows, rowOf(e))
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return rows, nil
		}
	}
}

func rowOf(e *workflowpb.WorkflowExecutionInfo) show.Row {
	attr := func(name string) string {
		var s string
		if p := e.GetSearchAttributes().GetIndexedFields()[name]; p != nil {
			_ = converter.GetDefaultDataConverter().FromPayload(p, &s)
		}
		return s
	}
	id := e.GetExecution().GetWorkflowId()
	return show.Row{Case: id, Employee: string(of(id)), Process: attr("Process"), Phase: attr("Phase"), BlockedOn: attr("BlockedOn"),
		Urgency: attr("Urgency"), Status: statusWord(e.GetStatus()), Started: e.GetStartTime().AsTime()}
}

func statusWord(s enumspb.WorkflowExecutionStatus) string { return strings.ToLower(s.String()) }

func (a *app) previewCmd() *cobra.Command {
	return &cobra.Command{
		Use: "preview EMAIL|ID", Short: "Show the real plan for a real person; nothing is changed anywhere",
		Long: `Show the real plan for a real person: accounts, devices, applications and the heir are read from the vendors, the
policy in force is applied, and nothing is changed anywhere. It waits up to 5 minutes unless --timeout says otherwise.`,
		Example:           "  tenure preview robin@example.com",
		Args:              exactArgs(1, "one EMAIL or ID"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("timeout") {
				a.timeout = surveying
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error { return a.preview(ctx, c, args[0]) })
		},
	}
}

// surveying is how long a preview may take unless --timeout says otherwise: every vendor is asked.
const surveying = 5 * time.Minute

// preview runs the reading part of the process as a case of its own that ends with the plan.
func (a *app) preview(ctx context.Context, c *connection, who string) error {
	person, err := c.person(ctx, who)
	if err != nil {
		return err
	}
	id := workflows.OffboardID(person.ID)
	id.Discriminator = "preview-" + nowUTC().Format("20060102T150405.000")
	opts := temporalclient.CaseOptions(id.String(), string(person.ID), string(workflows.ProcessOffboard), activities.QueueLifecycle)
	run, err := c.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessOffboard), workflows.OffboardInput{Request: workflows.OffboardRequest{
		Employee: person.ID, ProfileID: person.ProfileID, Actor: a.by(), Reason: "preview", DryRun: true,
	}})
	if err != nil {
		return err
	}
	var r workflows.OffboardResult
	err = c.wait(ctx, opts.ID, func(ctx context.Context) error { return run.Get(ctx, &r) })
	if out := (*unanswered)(nil); errors.As(err, &out) {
		return failf(ExitUnavailable, "%s", out)
	}
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.printJSON(r.Plan)
	}
	a.printf("%s\nNothing was changed: this was a preview.\n", show.Plan(r.View, *r.Plan))
	return nil
}

func (a *app) policyCmd() *cobra.Command {
	return group("policy", "The policy file", &cobra.Command{
		Use: "check FILE", Short: "Check a policy file: keys, values, and that its order of steps can work",
		Example: "  tenure policy check policies/default.yaml",
		Args:    exactArgs(1, "one FILE"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkPolicy(args[0]) },
	})
}

// checkedPolicy is what a policy check prints for programs.
type checkedPolicy struct {
	File   string        `json:"file"`
	Hash   string        `json:"hash"`
	Phases []policyPhase `json:"phases"`
}

type policyPhase struct {
	Phase   plan.Phase `json:"phase"`
	Actions []string   `json:"actions"`
}

func (a *app) checkPolicy(file string) error {
	if _, err := os.Stat(file); err != nil {
		return failf(ExitUsage, "%s: there is no such file", file)
	}
	p, err := policy.Load(file)
	if err != nil {
		return failf(ExitUsage, "%w", err)
	}
	out := checkedPolicy{File: file, Hash: p.Hash()}
	for _, phase := range plan.Phases() {
		out.Phases = append(out.Phases, policyPhase{phase, show.Actions(p, phase)})
	}
	if a.asJSON {
		return a.printJSON(out)
	}
	a.printf("%s is in order. Hash %s\n", out.File, out.Hash)
	for _, x := range out.Phases {
		a.printf("  %-10s %s\n", x.Phase, strings.Join(x.Actions, ", "))
	}
	return nil
}
