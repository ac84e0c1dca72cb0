package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// Move brings somebody's accounts to their role as HR has it now: attributes that differ, groups that the role gives,
// and, when their time is over, groups that it gave before. What was given by hand, and what a rule of Okta's gives, is
// left and listed.
func Move(ctx workflow.Context, in RoleInput) (RoleResult, error) {
	c, err := newRoleCase(ctx, in, ProcessMove, Move)
	if err != nil {
		return RoleResult{}, err
	}
	c.hidden = c.uneventful
	return c.play(ctx, in, c.move)
}

// uneventful says whether the policy has this move not shown to people: a change of title is no news.
func (c *roleCase) uneventful() bool {
	if !c.Opened || c.Shown {
		return !c.Shown
	}
	trouble := slices.ContainsFunc(c.Steps, func(r *StepRecord) bool { return r.State.AsksForPerson() || r.By != "" })
	switch c.Settings.Role.ShowMoves {
	case "always":
		c.Shown = true
	case "problems":
		c.Shown = trouble
	default:
		c.Shown = trouble || len(c.Gained)+len(c.Lost)+len(c.Kept) > 0
	}
	return !c.Shown
}

// move is the case as a table of contents, gone through again whenever HR says something more.
func (c *roleCase) move(ctx workflow.Context) error {
	if err := c.mapped(ctx); err != nil || c.Over != "" {
		return err
	}
	for {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if c.Over = c.notMine(); c.Over != "" {
			return nil
		}
		if c.Did != c.fingerprint() || c.stuck() || c.keptIsOver(workflow.Now(ctx)) {
			if err := c.enter(ctx, phaseAdjust); err != nil {
				return err
			}
			c.adjust(ctx, plan.Adjust)
			c.tellKept(ctx)
		}
		if c.overtaken() {
			if err := c.waitOut(ctx); err != nil {
				return err
			}
			continue
		}
		done, err := c.rests(ctx)
		if err != nil || done {
			return err
		}
	}
}

// notMine says what process goes before this one.
func (c *roleCase) notMine() string {
	switch {
	case c.Now.Main != c.Ref.Employee:
		return "the record is " + string(c.Now.Main) + "'s"
	case c.gone():
		return c.whyOver()
	case c.Now.Stand == role.Away:
		return "on leave: what changed is done on the return"
	default:
		return ""
	}
}

// keptIsOver says whether a group of the earlier role is to be left now.
func (c *roleCase) keptIsOver(now time.Time) bool {
	return slices.ContainsFunc(c.Kept, func(k KeptGroup) bool { return !k.Tried && !now.Before(k.Until) })
}

func (c *roleCase) tellKept(ctx workflow.Context) {
	for _, k := range c.Kept {
		if workflow.Now(ctx).Before(k.Until) {
			c.say(ctx, activities.EntryInfo, plan.StepID(plan.OktaQuit), "%s is kept until %s.", k.Group, k.Until.Format(time.RFC3339))
		}
	}
}

// rests waits for the next group to be left, for a person, for HR's next word, or for the day on which another of several
// positions begins or ends, and says whether there is nothing left to wait for.
func (c *roleCase) rests(ctx workflow.Context) (done bool, err error) {
	next, waits := c.nextKept()
	later := len(c.Now.Records) > 1 && c.Now.Next.After(workflow.Now(ctx))
	if !waits && !later && c.allEnded() && c.busy == 0 {
		return !c.stale(), nil
	}
	woken := func() bool { return c.stale() || !waits && !later && c.busy == 0 && c.allEnded() }
	switch {
	case waits:
		err = c.enter(ctx, phaseOverlap)
	case later && c.allEnded():
		err = c.enter(ctx, phaseScheduled)
	default:
		err = c.enter(ctx, phaseSettle)
	}
	switch {
	case err != nil:
	case waits:
		_, err = c.clock.until(ctx, next, "groups of the earlier role are left", woken)
	default:
		err = workflow.Await(ctx, woken)
	}
	return false, err
}

// nextKept is when the next group of the earlier role is to be left.
func (c *roleCase) nextKept() (next time.Time, waits bool) {
	for _, k := range c.Kept {
		if !k.Tried && (!waits || k.Until.Before(next)) {
			next, waits = k.Until, true
		}
	}
	return next, waits
}

// handKept has a move go on with what this case keeps for a while: nobody else would leave it.
func (c *roleCase) handKept(ctx workflow.Context) error {
	if _, waits := c.nextKept(); !waits {
		return nil
	}
	in := RoleInput{Kept: c.Kept, Request: RoleRequest{Employee: c.Now.Main, Actor: c.Request.Actor, Reason: "groups of the earlier role are to be left",
		HREdited: c.Request.HREdited, Detected: c.Request.Detected}}
	return c.becomes(ctx, ProcessMove, c.Now.Main, in)
}
