package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// refuse is how an update says no: with the type of the refusal and what to do instead.
func refuse(typ, format string, args ...any) error {
	return temporal.NewNonRetryableApplicationError(fmt.Sprintf(format, args...), typ, nil)
}

// handleSteps registers what people can do about a step: try again, say it is done, or skip it.
func (c *caseCore) handleSteps(ctx workflow.Context, retry func(workflow.Context, *StepRecord)) error {
	again := func(ctx workflow.Context, in StepRequest, what string) (activities.CaseView, error) {
		r := c.record(in.Step)
		r.By = in.By
		if err := c.decided(ctx, activities.Decision{What: what, By: in.By, Reason: in.Reason, Step: in.Step, State: r.State}); err != nil {
			return activities.CaseView{}, err
		}
		c.say(ctx, activities.EntryInfo, r.ID, "%s: %s by %s. %s", r.Title, what, in.By, in.Reason)
		retry(ctx, r)
		return c.view(ctx), nil
	}
	if err := setUpdate(ctx, RetryStep, c.mayRetry, func(ctx workflow.Context, in StepRequest) (activities.CaseView, error) {
		return again(ctx, in, "retry")
	}); err != nil {
		return err
	}
	if err := setUpdate(ctx, CompleteStep, c.mayComplete, func(ctx workflow.Context, in StepRequest) (activities.CaseView, error) {
		if taken, err := c.takes(ctx, in, "done"); taken {
			return c.view(ctx), err
		}
		if !c.readable(c.record(in.Step)) {
			return c.attest(ctx, in)
		}
		return again(ctx, in, "done")
	}); err != nil {
		return err
	}
	return setUpdate(ctx, SkipStep, c.mayComplete, c.skip)
}

// attest ends a step on a person's word alone. It is not called verified, because nothing was read.
func (c *caseCore) attest(ctx workflow.Context, in StepRequest) (activities.CaseView, error) {
	if in.Step.Action() == actCheckIn || in.Step.Action() == plan.DeviceReturn {
		return activities.CaseView{}, refuse(activities.InvalidInput,
			"a device is received by its serial number: tenure device received %s (or skip the step if it never comes back)", in.Step.Object())
	}
	return c.endByHand(ctx, in, "done", "done by "+in.By+"; Tenure has no way to read it back")
}

// takes lets the process answer for itself what a person says of a step.
func (c *caseCore) takes(ctx workflow.Context, in StepRequest, what string) (bool, error) {
	if c.answered == nil {
		return false, nil
	}
	return c.answered(ctx, c.record(in.Step), in, what)
}

func (c *caseCore) skip(ctx workflow.Context, in StepRequest) (activities.CaseView, error) {
	if taken, err := c.takes(ctx, in, "skip"); taken {
		return c.view(ctx), err
	}
	return c.endByHand(ctx, in, "skip", "skipped by "+in.By)
}

func (c *caseCore) endByHand(ctx workflow.Context, in StepRequest, what, detail string) (activities.CaseView, error) {
	r := c.record(in.Step)
	if err := c.decided(ctx, activities.Decision{What: what, By: in.By, Reason: in.Reason, Step: in.Step, State: plan.Skipped}); err != nil {
		return activities.CaseView{}, err
	}
	r.By = in.By
	o := r.Outcome
	o.Step, o.State, o.Detail, o.Problem, o.Mend, o.ReadBack = r.ID, plan.Skipped, detail+": "+in.Reason, "", "", ""
	c.settle(ctx, r, o)
	return c.view(ctx), nil
}

func (c *caseCore) mayRetry(in StepRequest) error {
	if err := named(in.PersonSays, false); err != nil {
		return err
	}
	r := c.record(in.Step)
	switch {
	case r == nil:
		return refuse(activities.NotFound, "step %q is not part of this case; its steps are %s", in.Step, c.stepList())
	case r.State == plan.Running:
		return refuse(activities.Conflict, "step %s is being tried right now; wait for its result", in.Step)
	case r.State.Ended():
		return refuse(activities.Conflict, "step %s has ended (%s); there is nothing to try again", in.Step, stateWord(r.State))
	case r.State == plan.Pending:
		return refuse(activities.Conflict, "step %s has not been tried yet; its turn comes", in.Step)
	case c.barred != nil && c.barred(r):
		return refuse(activities.Conflict, "step %s now would suspend the Google account while the mailbox is lent; it comes after google.suspend", in.Step)
	}
	return nil
}

func (c *caseCore) mayComplete(in StepRequest) error {
	if err := named(in.PersonSays, true); err != nil {
		return err
	}
	r := c.record(in.Step)
	switch {
	case r == nil:
		return refuse(activities.NotFound, "step %q is not part of this case; its steps are %s", in.Step, c.stepList())
	case r.State == plan.Running:
		return refuse(activities.Conflict, "step %s is being tried right now; wait for its result", in.Step)
	case r.State.Ended():
		return refuse(activities.Conflict, "step %s has ended already: %s", in.Step, stateWord(r.State))
	}
	return nil
}

// named checks that a request says who asks and, where it decides something, why.
func named(p PersonSays, reason bool) error {
	if door, who, ok := strings.Cut(p.By, ":"); !ok || door == "" || who == "" {
		return refuse(activities.InvalidInput, "by %q does not say who asks: write <door>:<id>, for example cli:jo", p.By)
	}
	if reason && strings.TrimSpace(p.Reason) == "" {
		return refuse(activities.InvalidInput, "reason is missing: say why in a few words, it is kept as evidence")
	}
	return nil
}

func (c *caseCore) stepList() string {
	ids := make([]string, 0, len(c.Steps))
	for _, r := range c.Steps {
		ids = append(ids, string(r.ID))
	}
	slices.Sort(ids)
	return strings.Join(ids, ", ")
}
