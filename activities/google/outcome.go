package google

import (
	"context"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
)

// now is the time of day for Executed and Verified.
func (s *System) now() time.Time { return s.config.Now().UTC() }

// verified: a separate read agreed.
func (s *System) verified(o activities.Outcome, detail, readBack string) activities.Outcome {
	o.State, o.Detail, o.ReadBack, o.Verified = plan.Verified, detail, readBack, s.now()
	return o
}

// absent: there was nothing left to take away, as a read has shown.
func (s *System) absent(o activities.Outcome, detail string) activities.Outcome {
	o.State, o.Detail, o.Verified = plan.AlreadyAbsent, detail, s.now()
	return o
}

func (s *System) notApplicable(o activities.Outcome, detail string) activities.Outcome {
	o.State, o.Detail, o.Verified = plan.NotApplicable, detail, s.now()
	return o
}

// unverified: Google said yes, and the read-back disagrees or cannot tell.
func unverified(o activities.Outcome, detail, readBack string) activities.Outcome {
	o.State, o.Detail, o.ReadBack = plan.Unverified, detail, readBack
	o.Mend = "look at the account in the admin console, then try the step again or say that it is done"
	return o
}

// attention: somebody's job now.
func attention(o activities.Outcome, typ, detail, mend string) activities.Outcome {
	return activities.NeedsPerson(o, &activities.Problem{Type: typ, Text: detail, Mend: mend})
}

// settled ends a step on which err is the last word: a passing fault stays an error and is retried, a refusal
// becomes an outcome.
func settled(o activities.Outcome, err error) (activities.Outcome, error) {
	p := problem(err)
	if p.Retryable() {
		return o, p
	}
	return activities.NeedsPerson(o, p), nil
}

// ended is what an activity fails with: the cancellation itself when it was cancelled, else the error with its type.
func ended(ctx context.Context, err error) error {
	return activities.Ended(ctx, problem(err))
}

// one runs an activity that performs a single step.
func one(ctx context.Context, step plan.StepID, account string, run func(activities.Outcome) (activities.Outcome, error)) (activities.Outcomes, error) {
	o, err := run(activities.Outcome{Step: step, Account: account})
	if err != nil {
		if o, err = settled(o, err); err != nil {
			return activities.Outcomes{}, ended(ctx, err)
		}
	}
	return activities.Outcomes{Steps: []activities.Outcome{o}}, nil
}

// stepOr is the step asked for, which is def unless the caller says otherwise.
func stepOr(steps []plan.StepID, def plan.Action) plan.StepID {
	if len(steps) > 0 {
		return steps[0]
	}
	return plan.StepID(def)
}

// keyOf is how the account is named to Google: by its id, which stays, or else by its address.
func keyOf(in activities.Perform) string { return cmpOr(in.Account, in.Login) }

// confirm reads until the change shows or patience is used up. The waits double; they are cut short when the
// activity is cancelled.
func confirm(ctx context.Context, patience time.Duration, check func() (bool, error)) (bool, error) {
	wait, left := patience/16, patience
	for {
		ok, err := check()
		if ok || err != nil || wait <= 0 || wait > left {
			return ok, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false, ctx.Err()
		}
		left, wait = left-wait, 2*wait
	}
}

// ensure acts and then reads. The read alone decides: an error of the act is forgotten when the change is there,
// and a yes counts for nothing when it is not.
func ensure(ctx context.Context, patience time.Duration, act func() error, check func() (bool, error)) (bool, error) {
	actErr := act()
	if actErr != nil {
		patience = 0
	}
	ok, err := confirm(ctx, patience, check)
	if !ok && actErr != nil {
		return false, actErr
	}
	return ok, err
}

// memory survives a retry of the activity: what was found before it was removed, and steps that were already
// proved. It travels as heartbeat details, so that evidence does not lose what an attempt did before it died.
type memory map[plan.StepID]activities.Outcome

func recall(ctx context.Context) memory {
	m := memory{}
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &m) // an older shape is as good as none: everything is read again
	}
	return m
}

func (m memory) keep(ctx context.Context, o activities.Outcome) {
	m[o.Step] = o
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, m)
	}
}

// items joins what an earlier attempt had found with what is found now.
func (m memory) items(step plan.StepID, found []string) []string {
	out := slices.Clone(m[step].Items)
	for _, f := range found {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}
