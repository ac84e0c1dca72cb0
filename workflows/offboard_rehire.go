package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// calledBack says whether the case is to stop and give something back.
func (c *offboard) calledBack() bool { return c.Rescinded != nil || c.Rehired != nil }

// onRehired hears that the leaver is hired again, and that a person let them in. A case that has not begun ends without
// a call; one that has makes way.
func (c *offboard) onRehired(ctx workflow.Context, by PersonSays) {
	if c.dying() {
		return // it ends already
	}
	if !c.begun() {
		c.say(ctx, activities.EntryInfo, "", "Hired again, says %s: the case ends before it began.", by.By)
		c.Rescinded = &by
		return
	}
	c.say(ctx, activities.EntryInfo, "", "Hired again, says %s: %s. The case is wound down.", by.By, by.Reason)
	c.Rehired = &by
}

// giveWay winds the case down for somebody who is hired again: the mailbox is no longer lent, boxes are called off, and
// what only people can undo becomes their job. The Okta account stays shut: the onboarding opens it with what today's
// role gives, once this case takes nothing away any more.
func (c *offboard) giveWay(ctx workflow.Context) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	done := c.doneSteps()
	c.dropPending(c.Rehired.By, "the person is hired again")
	c.Lease.Ended, c.Watch.Done = true, true
	_ = c.enter(ctx, phaseRehire)
	c.adopt(slices.DeleteFunc(c.undoSteps(done), func(s plan.Step) bool { return s.ID == stepOktaRestore }))
	if c.record(stepGoogleRestore) != nil && c.Anew == nil {
		c.restore(ctx, stepGoogleRestore)
	}
	if c.Anew == nil {
		c.cancelReturns(ctx)
	}
	for _, r := range c.Steps {
		if r.State.AsksForPerson() && r.Due.IsZero() {
			c.settle(ctx, r, presetOutcome(r))
		}
	}
	_ = c.enter(ctx, phaseRehired)
	_ = workflow.Await(ctx, func() bool { return c.allEnded() || c.Anew != nil })
	if c.Anew != nil {
		c.overtake(ctx)
	}
}
