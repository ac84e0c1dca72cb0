package google

import (
	"context"

	"tenure/activities"
	"tenure/internal/plan"
)

// pause signs the person out and takes away what opens the account without a password; with Suspend the account is
// suspended after that. The settings of the mailbox stay as they are. An account that is suspended already is left so,
// and the outcome is already_absent: whoever suspended it opens it again. It is verified only when this case suspended
// it, or none was to.
func (c *convergence) pause(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if c.user == nil {
		return c.s.notApplicable(o, "the person has no Google account"), nil
	}
	if own, is := c.own(o); is {
		return own, nil
	}
	if c.user.Suspended {
		if c.begun(o.Step) {
			return c.s.verified(o, "signed out and suspended by an earlier attempt", "suspended"), nil
		}
		o = c.s.absent(o, "suspended already, and not by this case")
		o.ReadBack = "suspended"
		return o, nil
	}
	out, err := c.signOff(ctx, o)
	if err != nil || !c.in.Suspend {
		return out, err
	}
	c.memory.keep(ctx, activities.Outcome{Step: o.Step, State: plan.Running, Executed: c.s.now(), Items: out.Items})
	closed, err := c.s.bring(ctx, c.user, suspended(true), o)
	if err != nil || closed.State != plan.Verified || !out.State.Proved() {
		return worse(closed, out), err
	}
	c.user.Suspended = true
	out.Executed, out.Verified = closed.Executed, closed.Verified
	out.Detail += "; " + closed.Detail
	out.ReadBack += "; " + closed.ReadBack
	return out, nil
}

// worse is the outcome that a person must see: the suspension's, unless that is proved.
func worse(closed, signedOff activities.Outcome) activities.Outcome {
	if closed.State == plan.Verified {
		return signedOff
	}
	return closed
}

// signOff runs the two steps of containment that end sessions and tokens, and makes one outcome of theirs.
func (c *convergence) signOff(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	steps := []plan.StepID{plan.StepID(plan.GoogleSessions), plan.StepID(plan.GoogleTokens)}
	cutting := &cut{s: c.s, user: c.user, memory: c.memory, quick: c.s.config.Settle / 4, out: map[plan.StepID]activities.Outcome{},
		in: activities.Perform{CaseRef: c.in.CaseRef, Account: c.user.Id, Login: c.user.PrimaryEmail, Steps: steps}}
	cutting.contain(ctx)
	both, err := cutting.result(ctx)
	if err != nil {
		return o, err
	}
	sessions, tokens := both.Steps[0], both.Steps[1]
	for _, part := range both.Steps {
		if !part.State.Proved() {
			part.Step = o.Step
			return part, nil
		}
	}
	o = c.s.verified(o, sessions.Detail+"; "+tokens.Detail, sessions.ReadBack+"; "+tokens.ReadBack)
	o.Executed, o.Items = sessions.Executed, tokens.Items
	return o, nil
}

// resume takes back the suspension of this case's own pause, and no other.
func (c *convergence) resume(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	switch {
	case c.user == nil:
		return c.absentAccount(o), nil
	case c.user.Archived:
		return archived(o), nil
	case !c.user.Suspended && c.begun(o.Step):
		return c.resumed(ctx, o, "unsuspended by an earlier attempt")
	case !c.user.Suspended:
		return c.s.verified(o, "not suspended", "active"), nil
	case !c.in.Paused:
		return attention(o, activities.Conflict, "the account is suspended, and not by this leave of absence",
			"find out in the admin console who suspended it and why; if it is to be open again, unsuspend it there, then try the step again"), nil
	}
	return c.giving(ctx, o, mayOpen, func(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
		return c.unsuspend(ctx, o, suspended(false))
	}, c.shut)
}

// discard suspends the account of somebody whose hire was called off.
func (c *convergence) discard(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if c.user == nil {
		return c.s.absent(o, "the person has no Google account"), nil
	}
	if own, is := c.own(o); is {
		return own, nil
	}
	return c.s.bring(ctx, c.user, suspended(true), o)
}
