package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

// personal are the processes of which somebody has one case at most.
var personal = []workflows.Process{workflows.ProcessOffboard, workflows.ProcessOnboard, workflows.ProcessMove, workflows.ProcessLeave}

// caseID finds the case somebody means: a whole workflow id, or a person. Of several cases of one person only one that
// runs alone is meant, and where none runs the last one. of narrows it down to processes; none stands for all.
func (c *connection) caseID(ctx context.Context, text string, of ...workflows.Process) (string, error) {
	if id, err := workflows.ParseID(text); err == nil {
		return id.String(), nil
	}
	person, err := c.person(ctx, text)
	if err != nil {
		return "", err
	}
	if len(of) == 0 {
		of = personal
	}
	found, err := c.casesOf(ctx, person.ID, of)
	if err == nil && len(thatRun(found)) == 0 {
		found, err = c.ofMain(ctx, person, found, of)
	}
	if err != nil {
		return "", err
	}
	running := thatRun(found)
	switch {
	case len(running) == 1:
		return running[0].id, nil
	case len(running) > 1:
		return "", several(person, running)
	case len(found) > 0:
		return slices.MaxFunc(found, func(a, b personsCase) int { return cmp.Or(a.started.Compare(b.started), cmp.Compare(b.id, a.id)) }).id, nil
	}
	return workflows.ID{Process: of[0], Employee: person.ID}.String(), nil // what it is asked of says that there is none
}

// thatRun are the cases that run.
func thatRun(all []personsCase) []personsCase {
	return slices.DeleteFunc(slices.Clone(all), func(f personsCase) bool { return !f.running })
}

// ofMain adds to somebody's cases those that run under the first of their records, where this is another.
func (c *connection) ofMain(ctx context.Context, e employee.Employee, found []personsCase, of []workflows.Process) ([]personsCase, error) {
	main := c.main(ctx, e)
	if main == e.ID {
		return found, nil
	}
	more, err := c.casesOf(ctx, main, of)
	return append(found, more...), err
}

// main is the id under which somebody's cases run, where HR has several records of them; where that is not known, it is
// the record's own.
func (c *connection) main(ctx context.Context, e employee.Employee) employee.ID {
	if c.store != nil {
		if main, err := c.store.MainID(ctx, e.ID); err == nil {
			return main
		}
		return e.ID
	}
	r, err := c.look(ctx, workflows.LookInput{Role: &activities.AskRole{CaseRef: activities.CaseRef{Employee: e.ID}, ProfileID: e.ProfileID, At: nowUTC()}})
	if err != nil || r.Role == nil {
		return e.ID
	}
	return r.Role.Main
}

// several asks which one is meant.
func several(person employee.Employee, running []personsCase) error {
	ids := make([]string, len(running))
	for i, r := range running {
		ids[i] = r.id
	}
	return failf(ExitAmbiguous, "%s (%s) has %d cases that run: %s; name the one you mean in place of the person, or with --case %s",
		show.Plain(person.Name()), person.ID, len(running), strings.Join(ids, ", "), ids[0])
}

// personsCase is one case of somebody.
type personsCase struct {
	id      string
	running bool
	started time.Time
}

// casesOf are somebody's cases of some processes, those that ended too. Temporal is asked for each by its id: a list
// shows a case that has just begun a moment late.
func (c *connection) casesOf(ctx context.Context, person employee.ID, of []workflows.Process) ([]personsCase, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	var all []personsCase
	for _, process := range of {
		id := workflows.ID{Process: process, Employee: person}.String()
		d, err := c.client.DescribeWorkflowExecution(ctx, id, "")
		var missing *serviceerror.NotFound
		switch is := d.GetWorkflowExecutionInfo(); {
		case errors.As(err, &missing):
		case err != nil:
			return nil, fmt.Errorf("look for %s: %w", id, err)
		default:
			all = append(all, personsCase{id, is.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, is.GetStartTime().AsTime()})
		}
	}
	return all, nil
}

// byCase lets a command name its case by --case, in place of its first argument.
func (a *app) byCase(cmd *cobra.Command) *cobra.Command {
	var id string
	cmd.Flags().StringVar(&id, "case", "", "the case by its workflow id, in place of the person: onboard/E1042")
	_ = cmd.RegisterFlagCompletionFunc("case", a.completes(caseIDs)) // the flag is there
	whole := func(args []string) []string {
		if id == "" {
			return args
		}
		return append([]string{id}, args...)
	}
	check, run, complete := cmd.Args, cmd.RunE, cmd.ValidArgsFunction
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if id != "" {
			if _, err := workflows.ParseID(id); err != nil {
				return failf(ExitUsage, "--case: %w", err)
			}
		}
		return check(cmd, whole(args))
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd, whole(args)) }
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return complete(cmd, whole(args), begun)
	}
	return cmd
}
