package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// called cleans up after a hire that HR called off. Whoever was let in already is offboarded like anybody, by the case
// that HR's word started.
func (c *roleCase) called(ctx workflow.Context) error {
	c.Over = c.whyOver()
	if c.Begun || c.Now.ShutBy != "" {
		return nil
	}
	return c.cleanUp(ctx)
}

// cleanUp discards what was made for somebody who does not come. Where nothing was made, nobody is called. It goes on
// until nothing is left, or until HR says that they come after all.
func (c *roleCase) cleanUp(ctx workflow.Context) error {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	if err := c.enter(ctx, phaseCleanUp); err != nil {
		return err
	}
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.Due, r.Owner = plan.Skipped, time.Time{}, ""
			r.Outcome.State, r.Outcome.Detail, r.Outcome.Problem, r.Outcome.Mend = plan.Skipped, "the hire was called off", "", ""
		}
	}
	c.discard(ctx)
	c.orderOff(ctx)
	c.tell(ctx, "off")
	for {
		if err := workflow.Await(ctx, func() bool { return c.busy == 0 && c.allEnded() || c.stale() }); err != nil || !c.stale() {
			return err
		}
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if !c.gone() && c.Rescinded == nil {
			c.heard++ // they come after all: a new case takes them up
			return nil
		}
		if c.stuck() {
			c.discard(ctx)
		}
	}
}

func (c *roleCase) discard(ctx workflow.Context) {
	if c.tried(plan.OktaCreate) {
		c.round(ctx, plan.CleanUp, plan.OktaDiscard)
	}
	if c.tried(plan.GoogleAccount) {
		c.round(ctx, plan.CleanUp, plan.GoogleDiscard)
	}
}

// orderOff has a person call the computer off: Retriever's portal does, and no API.
func (c *roleCase) orderOff(ctx workflow.Context) {
	r := c.record(plan.StepID(plan.RetrieverDeploy))
	if r == nil || r.Command == "" || c.record(plan.RetrieverDeploy.For("off")) != nil {
		return
	}
	off := c.step(plan.CleanUp, plan.RetrieverDeploy, "off")
	off.Title = "Computer order called off"
	c.settle(ctx, off, activities.Outcome{Step: off.ID, State: plan.NeedsAttention, Account: r.Command,
		Detail: "a computer was ordered (" + r.Command + ")", Mend: "call the order off in Retriever's portal, or have the computer sent back; then say skip, with what was done"})
}

func (c *roleCase) tried(a plan.Action) bool {
	r := c.record(plan.StepID(a))
	return r != nil && r.Attempts > 0
}

// mayRescind says whether a person may call the case off.
func (c *roleCase) mayRescind(in PersonSays) error {
	switch {
	case !c.Opened: // one that cannot begin can be ended by anybody who may
	case c.Process != ProcessOnboard:
		return refuse(activities.Unsupported, "%s follows what HR says: have HR correct the record", c.Ref.Case)
	case c.Rescinded != nil || c.Over != "" || c.Outcome != "":
		return refuse(activities.Conflict, "this case is ending already")
	case c.Begun:
		return refuse(activities.Conflict, "the account is open already: offboard the person instead")
	}
	return named(in, true)
}

func (c *roleCase) rescind(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	c.say(ctx, activities.EntryInfo, "", "Called off by %s: %s", in.By, in.Reason)
	err := c.decided(ctx, activities.Decision{What: "rescind", By: in.By, Reason: in.Reason})
	c.Rescinded = &in
	return c.view(ctx), err
}

// callOff cleans up on a person's word.
func (c *roleCase) callOff(ctx workflow.Context) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	if c.Opened && !c.Begun {
		_ = c.cleanUp(ctx)
	}
}

// orderEquipment orders the computer in time, and follows it.
func (c *roleCase) orderEquipment(ctx workflow.Context) {
	e := c.Settings.Role.Equipment
	if e == nil || c.comesBack() || c.Person.WorkerType.External() || c.lanes["equipment"] {
		return
	}
	c.lanes["equipment"] = true
	r := c.step(plan.Prepare, plan.RetrieverDeploy, "")
	workflow.GoNamed(ctx, "equipment", func(ctx workflow.Context) {
		if r.Command == "" && !c.awaitOrderDay(ctx, e.Before) || r.State.Ended() {
			return
		}
		if r.Command == "" {
			c.redo(ctx, r)
		}
		if c.Over != "" || c.Rescinded != nil { // the hire was called off while it was being ordered
			c.orderOff(ctx)
			return
		}
		if !r.State.Ended() {
			c.follow(ctx, r, e.Poll, e.Deadline)
		}
	})
}

// awaitOrderDay waits until it is time to order, and says whether it is to be ordered still.
func (c *roleCase) awaitOrderDay(ctx workflow.Context, before time.Duration) bool {
	due := func() time.Time {
		if c.Now.Starts.IsZero() && c.Now.Stand == role.Expected {
			return workflow.Now(ctx).Add(before) // nobody knows the day
		}
		return c.Now.Starts.Add(-before)
	}
	for workflow.Now(ctx).Before(due()) {
		at, seen := due(), c.seen
		moved := func() bool { return c.closing || c.Over != "" || c.Rescinded != nil || c.seen != seen }
		if _, err := c.clock.until(ctx, at, "the computer is ordered", moved); err != nil {
			return false
		}
		if c.closing || c.Over != "" || c.Rescinded != nil {
			return false
		}
	}
	return !c.gone()
}

func (c *roleCase) actOnOrder(ctx workflow.Context, r *StepRecord) ([]activities.Outcome, error) {
	e := c.Settings.Role.Equipment
	if r.Command != "" {
		d, err := call(ctx, activities.RetrieverReadDeployment, activities.ReadDeployment{CaseRef: c.Ref, Step: r.ID, Order: r.Command}, "state of "+string(r.ID), lane{})
		return outcomes(d, err)
	}
	if e == nil {
		return nil, refuse(activities.Unsupported, "the policy orders no equipment any more")
	}
	d, err := call(ctx, activities.RetrieverDeployDevice, activities.DeployDevice{CaseRef: c.Ref, Step: r.ID, Person: c.Person, Ticket: c.Ref.Case,
		Models: e.Models, OS: e.OS, Speed: e.Speed, Notify: e.Notify}, string(r.ID), lane{})
	if err == nil {
		r.Command = d.Order
	}
	return outcomes(d, err)
}
