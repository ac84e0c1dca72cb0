package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// Leave is a leave of absence: sign-in is paused, groups and applications are kept. On the return sign-in comes back and
// whatever changed meanwhile is brought up to date. A leave that becomes a termination ends here without a moment of
// access: the offboarding finds the account paused.
func Leave(ctx workflow.Context, in RoleInput) (RoleResult, error) {
	c, err := newRoleCase(ctx, in, ProcessLeave, Leave)
	if err != nil {
		return RoleResult{}, err
	}
	return c.play(ctx, in, c.leaveOfAbsence)
}

// leaveOfAbsence is the case as a table of contents: whatever HR says meanwhile, it is where the person stands that
// decides what is next.
func (c *roleCase) leaveOfAbsence(ctx workflow.Context) error {
	if err := c.mapped(ctx); err != nil || c.Over != "" {
		return err
	}
	for {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		switch {
		case c.gone(), c.Now.Main != c.Ref.Employee:
			c.Over = c.notMine()
			return nil
		case c.Now.Stand == role.Away:
			if err := c.pause(ctx); err != nil {
				return err
			}
		default:
			done, err := c.comeBack(ctx)
			if err != nil || done {
				return err
			}
		}
	}
}

// pause shuts sign-in, and waits for HR's next word.
func (c *roleCase) pause(ctx workflow.Context) error {
	if !c.Away || c.stuck() {
		if err := c.enter(ctx, phasePause); err != nil {
			return err
		}
		c.Away, c.Begun = true, false
		c.round(ctx, plan.Pause, plan.OktaPause)
		if how := c.Settings.Role.LeaveGoogle; how == "sign_out" || how == "suspend" {
			c.round(ctx, plan.Pause, plan.GooglePause)
		}
		c.Did = c.fingerprint()
	}
	if err := c.enter(ctx, phaseAway); err != nil {
		return err
	}
	return workflow.Await(ctx, c.stale)
}

// comeBack opens sign-in again and brings the accounts to the role of today. It says whether that is all.
func (c *roleCase) comeBack(ctx workflow.Context) (done bool, err error) {
	if err := c.enter(ctx, phaseResume); err != nil {
		return false, err
	}
	if !c.Begun || c.Did != c.fingerprint() || c.stuck() {
		c.resume(ctx)
	}
	if c.overtaken() { // gone, or on leave again
		return false, c.waitOut(ctx)
	}
	err = workflow.Await(ctx, func() bool { return c.stale() || c.busy == 0 && c.allEnded() })
	if err != nil || c.stale() {
		return false, err
	}
	return true, c.handKept(ctx)
}

func (c *roleCase) resume(ctx workflow.Context) {
	c.round(ctx, plan.Resume, plan.OktaResume)
	if c.GooglePaused || c.tried(plan.GoogleResume) {
		c.round(ctx, plan.Resume, plan.GoogleResume)
	}
	if c.overtaken() {
		return
	}
	c.adjust(ctx, plan.Resume)
	if c.overtaken() {
		return
	}
	if !c.Begun {
		c.Begun, c.Away = true, false
		c.say(ctx, activities.EntryInfo, "", "Back from leave. %s", c.meanwhile())
	}
}

// meanwhile says what changed while the person was away.
func (c *roleCase) meanwhile() string {
	if len(c.Edited)+len(c.Gained)+len(c.Lost) == 0 {
		return "Nothing changed meanwhile."
	}
	text := "Changed meanwhile:"
	for _, e := range c.Edited {
		text += " " + e.Name + ";"
	}
	for _, g := range c.Gained {
		text += " joined " + g + ";"
	}
	for _, g := range c.Lost {
		text += " left " + g + ";"
	}
	return text
}
