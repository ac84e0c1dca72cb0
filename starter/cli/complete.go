package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/starter/show"
	"tenure/workflows"
)

// completing is how long a shell waits for completions. What is not known by then is not offered.
const completing = 2 * time.Second

// atMost is how many completions are offered.
const atMost = 200

// candidate is one word that could come next, and what it stands for.
type candidate struct{ word, what string }

// candidates finds what could come next; args is what stands before. An error offers nothing.
type candidates func(ctx context.Context, c *connection, args []string, begun string) ([]candidate, error)

// completes offers words for a command's arguments, one finder for each place. Completion is a convenience: it never
// prints an error and never takes long.
func (a *app) completes(finders ...candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(finders) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.offer(cmd.Context(), finders[len(args)], args, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// completesFlag offers words for a flag whose value depends on the first argument.
func (a *app) completesFlag(find candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.offer(cmd.Context(), find, args, begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// offer runs a finder within the time a shell has.
func (a *app) offer(ctx context.Context, find candidates, args []string, begun string) []cobra.Completion {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completing)
	defer cancel()
	a.timeout = completing
	c, err := a.connect(ctx)
	if err != nil {
		return nil
	}
	defer c.close()
	found, err := find(ctx, c, args, begun)
	if err != nil {
		return nil
	}
	return offered(found, begun)
}

// offered are the candidates that go on as the word has begun, each once, with what they stand for.
func offered(found []candidate, begun string) []cobra.Completion {
	var out []cobra.Completion
	seen := map[string]bool{}
	for _, f := range found {
		if !strings.HasPrefix(strings.ToLower(f.word), strings.ToLower(begun)) || seen[f.word] || len(out) == atMost {
			continue
		}
		seen[f.word] = true
		out = append(out, cobra.CompletionWithDesc(f.word, show.Clip(show.Plain(f.what), 60)))
	}
	return out
}

// cases offers the people whose case runs, by employee id, and once that is what was begun, the cases themselves.
func cases(ctx context.Context, c *connection, _ []string, begun string) ([]candidate, error) {
	return c.offerCases(ctx, true, begun != "")
}

// caseIDs offers the cases that run.
func caseIDs(ctx context.Context, c *connection, _ []string, _ string) ([]candidate, error) {
	return c.offerCases(ctx, false, true)
}

func (c *connection) offerCases(ctx context.Context, people, ids bool) ([]candidate, error) {
	rows, err := c.page(ctx, ofProcesses(listed)+` AND ExecutionStatus = "Running"`)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, r := range rows {
		if isPreview(r.Case) {
			continue
		}
		what := strings.TrimSuffix(strings.ToLower(r.Process)+", "+strings.ReplaceAll(r.Phase, "_", " "), ", ")
		if people {
			found = append(found, candidate{r.Employee, what})
		}
		if ids {
			found = append(found, candidate{r.Case, what})
		}
	}
	return found, nil
}

// page is the first page of what visibility lists.
func (c *connection) page(ctx context.Context, query string) ([]show.Row, error) {
	page, err := c.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: atMost})
	if err != nil {
		return nil, err
	}
	var rows []show.Row
	for _, e := range page.GetExecutions() {
		rows = append(rows, rowOf(e))
	}
	return rows, nil
}

// steps offers the steps of the case that are still open, those that wait for a person first.
func steps(ctx context.Context, c *connection, args []string, _ string) ([]candidate, error) {
	id, err := c.caseID(ctx, args[0])
	if err != nil {
		return nil, err
	}
	v, err := c.status(ctx, id)
	if err != nil {
		return nil, err
	}
	return openSteps(v), nil
}

func openSteps(v activities.CaseView) []candidate {
	var first, then []candidate
	for _, s := range v.Steps {
		c := candidate{string(s.ID), strings.ReplaceAll(string(s.State), "_", " ") + ": " + s.Title}
		switch {
		case s.State.AsksForPerson():
			first = append(first, c)
		case !s.State.Ended():
			then = append(then, c)
		}
	}
	return slices.Concat(first, then)
}

// serials offers the devices that are on their way back.
func serials(ctx context.Context, c *connection, _ []string, _ string) ([]candidate, error) {
	rows, err := c.page(ctx, returnsUnderWay)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, r := range rows {
		if id, err := workflows.ParseID(r.Case); err == nil {
			found = append(found, candidate{id.Discriminator, "of " + string(id.Employee)})
		}
	}
	return found, nil
}

// heldBatches offers the batches that wait for a decision.
func heldBatches(ctx context.Context, c *connection, _ []string, _ string) ([]candidate, error) {
	held, err := c.batches(ctx, employee.BatchHeld)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, b := range held {
		found = append(found, candidate{b.ID, fmt.Sprintf("%d people, %s", len(b.People), b.Cause)})
	}
	return found, nil
}

// heldPeople offers the people of the batch that stands before, one after the other in a list parted by commas.
func heldPeople(ctx context.Context, c *connection, args []string, begun string) ([]candidate, error) {
	b, err := c.batch(ctx, args[0])
	if err != nil {
		return nil, err
	}
	before := ""
	if i := strings.LastIndex(begun, ","); i >= 0 {
		before = begun[:i+1]
	}
	var found []candidate
	for _, id := range b.Held() {
		if !slices.Contains(strings.Split(before, ","), string(id)) {
			found = append(found, candidate{before + string(id), "held"})
		}
	}
	return found, nil
}
