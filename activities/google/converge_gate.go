package google

import (
	"context"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// shutWithin bounds the taking back of what was given a moment too late. It happens even if the activity was cancelled.
const shutWithin = 30 * time.Second

// permission is one of the gate's two questions.
type permission string

const (
	mayGive permission = "give"
	mayOpen permission = "open"
)

func (c *convergence) ask(ctx context.Context, may permission) error {
	switch {
	case c.s.config.Gate == nil:
		return nil
	case may == mayOpen:
		return c.s.config.Gate.MayOpen(ctx, c.in.CaseRef)
	}
	return c.s.config.Gate.MayGive(ctx, c.in.CaseRef)
}

// refusal says whether the gate said no. Anything else is a fault of ours: nothing is given, and it is tried again.
func refusal(err error) bool { return activities.ProblemOf(err).Type == activities.Conflict }

// overtaken ends a step that the person's standing no longer allows.
func (c *convergence) overtaken(o activities.Outcome, refused error, detail string) activities.Outcome {
	p := activities.ProblemOf(refused)
	o = c.s.notApplicable(o, "overtaken: "+p.Text+detail)
	o.Problem, o.Mend = activities.Conflict, p.Mend
	return o
}

// giving performs what gives access between two questions to the gate. When the second answer is no, or is none, undo
// takes back what was given; and an attempt that died in between is remembered, so that the next one asks again.
func (c *convergence) giving(ctx context.Context, o activities.Outcome, may permission,
	give, undo func(context.Context, activities.Outcome) (activities.Outcome, error)) (activities.Outcome, error) {
	switch err := c.ask(ctx, may); {
	case err != nil && !refusal(err):
		return o, err
	case err != nil && c.begun(o.Step):
		return c.takeBack(ctx, o, err, undo)
	case err != nil:
		return c.overtaken(o, err, ""), nil
	}
	c.memory.keep(ctx, activities.Outcome{Step: o.Step, State: plan.Running, Detail: string(may), Executed: c.s.now(), Items: c.memory[o.Step].Items})
	given, err := give(ctx, o)
	return c.askAgain(ctx, given, err, may, undo)
}

// askAgain asks the gate once more. gaveErr is what the giving ended with: it may have taken effect all the same.
func (c *convergence) askAgain(ctx context.Context, given activities.Outcome, gaveErr error, may permission,
	undo func(context.Context, activities.Outcome) (activities.Outcome, error)) (activities.Outcome, error) {
	refused := c.ask(context.WithoutCancel(ctx), may)
	if refused == nil {
		return given, gaveErr
	}
	return c.takeBack(ctx, given, refused, undo)
}

// takeBack undoes what was given.
func (c *convergence) takeBack(ctx context.Context, given activities.Outcome, refused error,
	undo func(context.Context, activities.Outcome) (activities.Outcome, error)) (activities.Outcome, error) {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutWithin)
	defer cancel()
	undone, err := undo(detached, given)
	switch {
	case err != nil:
		return given, err
	case !refusal(refused):
		return given, refused
	}
	return c.overtaken(undone, refused, "; "+undone.Detail), nil
}

// begun says whether an earlier attempt of this activity began to give something in a step, and did not get to its end.
func (c *convergence) begun(step plan.StepID) bool { return c.memory[step].State == plan.Running }

// resumed ends a step whose giving an earlier attempt began: what it was allowed by is asked again.
func (c *convergence) resumed(ctx context.Context, o activities.Outcome, detail string) (activities.Outcome, error) {
	o.Executed = c.memory[o.Step].Executed
	return c.askAgain(ctx, c.s.verified(o, detail, "active"), nil, permission(c.memory[o.Step].Detail), c.shut)
}

// shut suspends the account, as the undoing of having opened or made it.
func (c *convergence) shut(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if c.user == nil && !c.unsure {
		o.Detail = "nothing had been given"
		return o, nil
	}
	if err := c.locate(ctx); err != nil {
		return o, err
	}
	if c.user == nil { // Google does not show it yet; the next attempt looks again
		return o, &activities.Problem{Type: activities.Unavailable, Text: "Google does not show the account that is to be suspended again"}
	}
	u := c.user
	done, err := c.s.bring(ctx, u, suspended(true), o)
	if err != nil || done.State == plan.Verified {
		done.Detail = "the account is suspended again"
		return done, err
	}
	return done, &activities.Problem{Type: activities.Unavailable, Text: "Google accepted that the account is suspended again, and does not show it"}
}
