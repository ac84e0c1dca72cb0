package cli

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

func nowUTC() time.Time { return time.Now().UTC() }

// listed are the processes whose cases are listed.
var listed = append(slices.Clone(personal), workflows.ProcessDeviceReturn)

// ofProcesses is the visibility query for their cases.
func ofProcesses(all []workflows.Process) string {
	quoted := make([]string, len(all))
	for i, p := range all {
		quoted[i] = strconv.Quote(string(p))
	}
	return "Process IN (" + strings.Join(quoted, ", ") + ")"
}

// processWords are the processes as they begin a case's id, which is how people name them.
func processWords() []string {
	words := make([]string, len(listed))
	for i, p := range listed {
		words[i], _, _ = strings.Cut(workflows.ID{Process: p}.String(), "/")
	}
	return words
}

// processes are those that people name; none stands for all.
func processes(words []string) ([]workflows.Process, error) {
	if len(words) == 0 {
		return listed, nil
	}
	var all []workflows.Process
	for _, w := range words {
		i := slices.Index(processWords(), strings.ToLower(strings.TrimSpace(w)))
		if i < 0 {
			return nil, failf(ExitUsage, "--process %s: there is no such process; write one or more of %s", w, strings.Join(processWords(), ", "))
		}
		all = append(all, listed[i])
	}
	return all, nil
}

func (a *app) listCmd() *cobra.Command {
	var all bool
	var only []string
	cmd := &cobra.Command{
		Use: "list", Short: "List the cases that run, the most pressing first",
		Example: `  tenure list
  tenure list --process onboard,leave
  tenure list --all --json`,
		Args: exactArgs(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			of, err := processes(only)
			if err != nil {
				return err
			}
			return a.withConnection(cmd.Context(), func(ctx context.Context, c *connection) error {
				rows, err := c.list(ctx, of, all)
				if err != nil {
					return err
				}
				return a.printCases(rows, all)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "closed cases too")
	cmd.Flags().StringSliceVar(&only, "process", nil, "only these: "+strings.Join(processWords(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("process", cobra.FixedCompletions(processWords(), cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

// list is every case of some processes, previews left out, with the names of the people.
func (c *connection) list(ctx context.Context, of []workflows.Process, all bool) ([]show.Row, error) {
	query := ofProcesses(of)
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
