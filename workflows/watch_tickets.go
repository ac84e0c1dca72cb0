package workflows

import (
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// WatchTicketsInput says which statuses mean something, and how far to look back.
type WatchTicketsInput struct {
	// Done are the statuses that mean, on a sub-task, that its step was done; Received those that mean, on the
	// sub-task or the ticket of a device, that it is in the hands of IT.
	Done     []string `json:"done,omitempty"`
	Received []string `json:"received,omitempty"`
	// Overlap is how far to look back: longer than the time between two looks and than Jira's search is ever behind.
	// Zero is [DefaultOverlap].
	Overlap time.Duration `json:"overlap"`
}

// DefaultOverlap is how far WatchTickets looks back when its input does not say.
const DefaultOverlap = 15 * time.Minute

// WatchTicketsResult is what one look saw and started.
type WatchTicketsResult struct {
	Seen    int `json:"seen"`    // moves that mean something
	Started int `json:"started"` // those nobody had carried to their case before
	// Looked is when this look began: the next one looks back to it, however long it was kept from looking.
	Looked time.Time `json:"looked,omitzero"`
}

// farthest is how far back a look goes at the most, after an outage.
const farthest = 7 * 24 * time.Hour

// lookBack is since when moves are looked for: since the last look that succeeded, and a little more.
func lookBack(ctx workflow.Context, overlap time.Duration) time.Time {
	if overlap <= 0 {
		overlap = DefaultOverlap
	}
	now := workflow.Now(ctx)
	since := now
	var last WatchTicketsResult
	if workflow.HasLastCompletionResult(ctx) && workflow.GetLastCompletionResult(ctx, &last) == nil && !last.Looked.IsZero() && last.Looked.Before(now) {
		since = last.Looked
	}
	if earliest := now.Add(-farthest); since.Before(earliest) {
		since = earliest
	}
	return since.Add(-overlap)
}

// WatchTickets looks once, on a Temporal Schedule, for tickets that people moved, and starts one Request for each move
// that means something. Looks overlap, and a webhook may have been quicker: the change's own id is the id of the
// Request, so a move is carried once.
func WatchTickets(ctx workflow.Context, in WatchTicketsInput) (WatchTicketsResult, error) {
	var r WatchTicketsResult
	r.Looked = workflow.Now(ctx)
	found, err := call(ctx, activities.JiraListMoves, activities.ListMoves{Since: lookBack(ctx, in.Overlap), To: slices.Concat(in.Done, in.Received)},
		"tickets that were moved", lane{})
	if err != nil {
		return r, err
	}
	for _, m := range found.Moves {
		ask, means := AskOfMove(m, in.Done, in.Received)
		if !means {
			continue
		}
		r.Seen++
		started, err := startRequest(ctx, ask)
		if err != nil {
			return r, err
		}
		if started {
			r.Started++
		}
	}
	return r, nil
}

// startRequest starts the workflow that carries an ask and leaves it to itself. started is false when an ask of this
// key was carried before.
func startRequest(ctx workflow.Context, ask activities.Ask) (started bool, err error) {
	ask.Received = workflow.Now(ctx)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: RequestID(ask.Key), TaskQueue: activities.QueueLifecycle,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		Priority:              temporal.Priority{PriorityKey: priorityChange},
		TypedSearchAttributes: temporal.NewSearchAttributes(attrProcess.ValueSet(string(ProcessRequest))),
	})
	err = workflow.ExecuteChildWorkflow(ctx, string(ProcessRequest), RequestInput{Ask: ask}).GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return false, nil
	}
	return err == nil, err
}

// AskOfMove is what moving a ticket asks for, if anything. A device is received by the status that says so; for any
// other step that status says nothing, unless it also means done. The ticket of a return that stands alone is its
// check-in's.
func AskOfMove(m activities.Move, done, received []string) (activities.Ask, bool) {
	if m.Key == "" || m.Case == "" || m.By == "" {
		return activities.Ask{}, false
	}
	ask := activities.Ask{Key: "jira:" + m.Key, Actor: m.By, Case: m.Case, Run: m.Run, Step: m.Step, Ticket: m.Ticket,
		Reason: "ticket " + m.Ticket + " was moved to " + m.Status}
	serial := serialOf(m)
	if serial != "" && m.Step == "" {
		ask.Step = actCheckIn.For(serial)
	}
	switch {
	case serial != "" && among(received, m.Status):
		ask.Verb, ask.Serial = activities.VerbReceived, serial
	case ask.Step != "" && among(done, m.Status):
		ask.Verb = activities.VerbDone
	default:
		return activities.Ask{}, false
	}
	return ask, true
}

// serialOf is the device that a ticket is about: by the step of a sub-task, or by the case of a return that stands
// alone.
func serialOf(m activities.Move) string {
	if a := m.Step.Action(); a == plan.DeviceReturn || a == actCheckIn {
		return m.Step.Object()
	}
	if id, err := ParseID(m.Case); m.Step == "" && err == nil && id.Process == ProcessDeviceReturn {
		return id.Discriminator
	}
	return ""
}

// among compares statuses as people write them.
func among(statuses []string, status string) bool {
	return slices.ContainsFunc(statuses, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(status)) })
}
