package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

func (c *caseCore) mayHold(in PersonSays) error {
	if c.Hold {
		return refuse(activities.Conflict, "the case is on hold already: %s", c.HoldWhy)
	}
	return named(in, true)
}

func (c *caseCore) hold(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	c.Hold, c.HoldWhy = true, in.Reason
	c.say(ctx, activities.EntryInfo, "", "On hold by %s: %s. Nothing is given up while it lasts.", in.By, in.Reason)
	return c.view(ctx), c.decided(ctx, activities.Decision{What: "hold", By: in.By, Reason: in.Reason})
}

func (c *caseCore) mayRelease(in PersonSays) error {
	if !c.Hold {
		return refuse(activities.Conflict, "the case is not on hold")
	}
	return named(in, true)
}

func (c *caseCore) release(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	c.Hold, c.HoldWhy = false, ""
	c.say(ctx, activities.EntryInfo, "", "Hold released by %s: %s", in.By, in.Reason)
	return c.view(ctx), c.decided(ctx, activities.Decision{What: "release", By: in.By, Reason: in.Reason})
}
