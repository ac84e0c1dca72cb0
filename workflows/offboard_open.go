package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
)

// openRarest is how often, at the least, a case tries to open while the store is away.
const openRarest = 15 * time.Minute

// load reads the person and the policy. A refusal ends a case whose asker waits for the answer. Nobody looks at one that
// HR's word or Okta's began: it tells IT, and stays until what is refused is mended or the case is rescinded.
func (c *offboard) load(ctx workflow.Context, in OffboardInput) (activities.OpenedCase, error) {
	for patience := mirrorPatience; ; patience = min(2*patience, openRarest) {
		heard := c.changes
		o, err := call(ctx, activities.CaseOpen, activities.OpenCase{CaseRef: c.Ref, ProfileID: c.Request.ProfileID,
			At: workflow.Now(ctx), Emergency: c.Emergency, Process: string(c.Process)}, "load "+string(c.Ref.Employee), lane{})
		if err == nil {
			c.Trouble, c.Opened = "", true
			return o, nil
		}
		t := troubleOf(err)
		if ctx.Err() != nil || c.answersSomebody(t) {
			return o, err
		}
		if err := c.waitToOpen(ctx, t, patience, heard); err != nil || c.Rescinded != nil {
			return o, err
		}
		if c.mayContinueAsNew(ctx) {
			c.leave()
			return o, c.continueAsNew(ctx, in)
		}
	}
}

// answersSomebody says whether the asker waits for this refusal.
func (c *offboard) answersSomebody(t trouble) bool {
	door, _, _ := strings.Cut(c.Request.Actor, ":")
	return c.Request.DryRun || peopleAsk(door) && !c.Request.Again && !retryableTrouble(t.Type)
}

// waitToOpen tells IT why the case cannot begin and waits for the next attempt: soon when the store is away, otherwise
// every day and whenever HR changes something.
func (c *offboard) waitToOpen(ctx workflow.Context, t trouble, patience time.Duration, heard int) error {
	if !retryableTrouble(t.Type) {
		patience = c.clock.day
	}
	c.Trouble = t.Text
	if err := c.enter(ctx, phaseOpen); err != nil {
		return err
	}
	c.touch(ctx)
	c.alarm(ctx, t)
	_, err := workflow.AwaitWithTimeout(ctx, patience, func() bool { return c.changes != heard || c.Rescinded != nil })
	return err
}

// alarm tells IT, once for each kind of trouble and beside everything else.
func (c *offboard) alarm(ctx workflow.Context, t trouble) {
	if slices.Contains(c.Alarmed, t.Type) || c.lanes["alarm "+t.Type] {
		return
	}
	c.lanes["alarm "+t.Type] = true
	workflow.GoNamed(ctx, "alarm", func(ctx workflow.Context) {
		for patience := mirrorPatience; ctx.Err() == nil && !c.leaving; patience = min(2*patience, mirrorRarest) {
			if c.announceTrouble(ctx, t) == nil {
				c.Alarmed = append(c.Alarmed, t.Type)
				return
			}
			rest(ctx, patience, "the alarm did not get through; tried again")
		}
	})
}

func (c *offboard) announceTrouble(ctx workflow.Context, t trouble) error {
	c.showing++ // a run is not replaced meanwhile
	defer func() { c.showing-- }()
	a, err := call(ctx, activities.CaseAlarm, activities.CaseTrouble{Case: c.Ref.Case, Run: c.Ref.Run, Employee: c.Ref.Employee, Actor: c.Ref.Actor,
		Problem: t.Type, Text: t.Text, Mend: t.Mend}, "word the alarm", lane{})
	if err != nil || a.Channel == "" {
		return err
	}
	_, err = call(ctx, activities.SlackAnnounce, a, "tell that the case cannot begin", lane{})
	return err
}

// neverOpened ends a case that was rescinded before it could begin: nothing was done and nothing is shown.
func (c *offboard) neverOpened(ctx workflow.Context) (OffboardResult, error) {
	lastWord(ctx)
	c.Outcome, c.ClosedAt = c.ending(), workflow.Now(ctx)
	if err := c.enter(ctx, phaseClosed); err != nil {
		return OffboardResult{}, err
	}
	if c.Anew != nil {
		return OffboardResult{}, c.beginAnew(ctx)
	}
	return OffboardResult{View: c.view(ctx)}, nil
}

// hurry makes the case an emergency, if whoever asked for it may. One that is still opening does not know that yet.
func (c *offboard) hurry(ctx workflow.Context, by string) {
	switch {
	case !c.Opened:
		c.HurriedBy = by
	case !c.mayHurry(by):
		c.say(ctx, activities.EntryFailure, "", "%s may not make this case an emergency, which would pass its approval by: it goes on as it was.", by)
	default:
		c.Emergency = true
		_ = workflow.UpsertTypedSearchAttributes(ctx, attrUrgency.ValueSet(c.urgency()))
	}
}
