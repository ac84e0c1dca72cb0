package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
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
	c.busy++
	now, err := call(ctx, activities.CaseRecheck, activities.Recheck{CaseRef: c.Ref}, "does HR say so too", lane{})
	c.busy--
	if err == nil && now.Status == employee.Inactive {
		c.say(ctx, activities.EntryFailure, "", "%s says that %s is hired again, and HR does not: the case goes on.", by.By, c.Ref.Employee)
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

// followHR has somebody looked at whose access a rescind has given back: HR may have them on leave, or in another role, by
// now. Without a mapping nobody looks.
func (c *offboard) followHR(ctx workflow.Context) {
	if !c.Settings.Role.On || c.Anew != nil || c.Facts.Okta == nil || !c.Facts.Okta.Exists {
		return
	}
	now, err := call(ctx, activities.CaseRole, activities.AskRole{CaseRef: c.Ref, At: workflow.Now(ctx)}, "where they stand by now", lane{})
	if err != nil {
		c.say(ctx, activities.EntryFailure, "", "Where %s stands by now could not be read: %s", c.Ref.Employee, troubleOf(err).Text)
		return
	}
	process := ProcessMove
	switch now.Stand {
	case role.Gone, role.Expected:
		return
	case role.Away:
		process = ProcessLeave
	case role.Here:
	}
	in := RoleInput{Request: RoleRequest{Employee: now.Main, Actor: c.Rescinded.By, Reason: c.Ref.Case + " was rescinded"}}
	if err := c.becomes(ctx, process, now.Main, in); err != nil {
		c.say(ctx, activities.EntryFailure, "", "%s could not be started: %s", process, err)
	}
}
