package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// profile is how an activity of one kind is tried: named by the nature of the work, decided here once.
type profile struct {
	start, schedule, heartbeat time.Duration
	retry                      temporal.RetryPolicy
	priority                   int
}

// Priority keys (1 is served first). Containment overtakes everything that is queued behind it.
const (
	priorityEmergency = 1
	priorityContain   = 2
	priorityChange    = 3
	priorityRead      = 4
	priorityMirror    = 5
)

// heartbeat is how soon a worker that died is noticed; the worker fleet beats for every running activity.
const heartbeat = 10 * time.Second

func profileOf(kind activities.Kind) profile {
	quick := temporal.RetryPolicy{InitialInterval: 250 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second}
	calm := temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute}
	switch kind {
	case activities.Contain:
		return profile{start: 30 * time.Second, schedule: 15 * time.Minute, heartbeat: heartbeat, retry: quick, priority: priorityContain}
	case activities.Read:
		return profile{start: 30 * time.Second, schedule: 15 * time.Minute, heartbeat: heartbeat, retry: quick, priority: priorityRead}
	case activities.Scan:
		// 20,000 people are 400 pages at 90 a minute; the scan beats before every page, which may take 30 s.
		return profile{start: 15 * time.Minute, schedule: 30 * time.Minute, heartbeat: time.Minute, retry: calm, priority: priorityRead}
	case activities.Change:
		return profile{start: 2 * time.Minute, schedule: time.Hour, heartbeat: heartbeat, retry: calm, priority: priorityChange}
	case activities.Order:
		// The vendor has no idempotency: the next attempt must come late enough to see an order whose answer was lost.
		slow := temporal.RetryPolicy{InitialInterval: 45 * time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute}
		return profile{start: 2 * time.Minute, schedule: 12 * time.Hour, heartbeat: heartbeat, retry: slow, priority: priorityChange}
	case activities.Mirror:
		patient := temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second}
		return profile{start: 10 * time.Minute, schedule: 30 * time.Minute, heartbeat: heartbeat, retry: patient, priority: priorityMirror}
	case activities.Local:
		return profile{start: 10 * time.Second, schedule: 5 * time.Minute, retry: quick}
	}
	return profile{start: 30 * time.Second, schedule: 15 * time.Minute, retry: calm, priority: priorityRead}
}

// lane carries the priority of a case's containment calls.
type lane struct{ emergency, containing bool }

// call runs one activity by its handle and waits for it. summary is what people read in the Temporal UI; it must
// hold no personal data beyond ids.
func call[In, Out any](ctx workflow.Context, a activities.Activity[In, Out], in In, summary string, l lane) (Out, error) {
	var out Out
	p := profileOf(a.Kind)
	if a.Kind == activities.Local {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: p.start, ScheduleToCloseTimeout: p.schedule, RetryPolicy: &p.retry, Summary: summary,
		})
		return out, workflow.ExecuteLocalActivity(ctx, a.Name, in).Get(ctx, &out)
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: a.Queue, StartToCloseTimeout: p.start, ScheduleToCloseTimeout: p.schedule, HeartbeatTimeout: p.heartbeat,
		RetryPolicy: &p.retry, Summary: summary, WaitForCancellation: true,
		Priority: temporal.Priority{PriorityKey: l.priority(p.priority)},
	})
	return out, workflow.ExecuteActivity(ctx, a.Name, in).Get(ctx, &out)
}

func (l lane) priority(usual int) int {
	switch {
	case l.emergency && usual <= priorityRead:
		return priorityEmergency
	case l.containing && usual <= priorityRead:
		return priorityContain
	default:
		return usual
	}
}

// trouble is an activity's final error as people should read it: its type, its text and its mend.
type trouble struct{ Type, Text, Mend string }

func troubleOf(err error) trouble {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return trouble{Type: activities.Unavailable, Text: "it did not finish in time", Mend: "try the step again when the system answers"}
	}
	t := trouble{Type: app.Type(), Text: app.Message()}
	var d activities.ProblemDetail
	if app.HasDetails() && app.Details(&d) == nil && d.Text != "" {
		t.Text, t.Mend = d.Text, d.Mend
	}
	if t.Type == "" {
		t.Type = activities.Unavailable
	}
	return t
}

// retryableTrouble says whether the same step may succeed later without anybody's doing.
func retryableTrouble(typ string) bool {
	return typ == activities.Unavailable || typ == activities.RateLimited
}
