package okta

import (
	"context"
	"slices"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
)

// A retried attempt finds the work of the one before already done. progress carries what that one did across the
// retry, as heartbeat details, so that evidence says "removed" with its time and ids and not "was absent".
type progress struct {
	ctx  context.Context
	done []activities.Outcome
	made made
}

// memory is the form in which progress outlives an attempt.
type memory struct {
	Done []activities.Outcome `json:"done,omitempty"`
	Made made                 `json:"made,omitzero"`
}

// made is what bringing an account to a role has done so far, beside the outcomes.
type made struct {
	Changed []activities.Edit `json:"changed,omitempty"`
	Joined  []string          `json:"joined,omitempty"`
	Quit    []string          `json:"quit,omitempty"`
	// Reusing says that the account was deactivated when the activity began, is to be opened, and its owner was not told
	// of it yet.
	Reusing bool `json:"reusing,omitempty"`
}

func recall(ctx context.Context) *progress {
	p := &progress{ctx: ctx}
	if !activity.IsActivity(ctx) || !activity.HasHeartbeatDetails(ctx) {
		return p
	}
	var m memory
	if err := activity.GetHeartbeatDetails(ctx, &m); err == nil {
		p.done, p.made = m.Done, m.Made
	} else {
		_ = activity.GetHeartbeatDetails(ctx, &p.done) // the form of before; unreadable details only cost the older times
	}
	return p
}

// of is what is known of a step from before; the zero Outcome when nothing is.
func (p *progress) of(step plan.StepID) activities.Outcome {
	for _, o := range p.done {
		if o.Step == step {
			return o
		}
	}
	return activities.Outcome{}
}

// note keeps what a step has done so far.
func (p *progress) note(o activities.Outcome) {
	p.done = slices.DeleteFunc(p.done, func(old activities.Outcome) bool { return old.Step == o.Step })
	p.done = append(p.done, o)
	p.beat()
}

// forget drops what a step was known to have done.
func (p *progress) forget(step plan.StepID) {
	p.done = slices.DeleteFunc(p.done, func(old activities.Outcome) bool { return old.Step == step })
}

// credit gives an outcome that found nothing left to do to the attempt that did it.
func (p *progress) credit(o activities.Outcome) activities.Outcome {
	before := p.of(o.Step)
	if before.Executed.IsZero() || o.State != plan.AlreadyAbsent && o.State != plan.Verified {
		return o
	}
	if o.State == plan.AlreadyAbsent {
		o.State = plan.Verified
		if before.Detail != "" {
			o.Detail = before.Detail
		}
	}
	o.Executed = before.Executed
	for _, id := range before.Items {
		if !slices.Contains(o.Items, id) {
			o.Items = append(o.Items, id)
		}
	}
	return o
}

// beat tells Temporal that the activity lives.
func (p *progress) beat() {
	if activity.IsActivity(p.ctx) {
		activity.RecordHeartbeat(p.ctx, memory{p.done, p.made})
	}
}
