package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// Onboard lets somebody in: a joiner, or somebody who comes back. Their accounts are made days before the first day and
// opened on its morning; a rehire keeps the accounts they had, and gets what today's role gives.
func Onboard(ctx workflow.Context, in RoleInput) (RoleResult, error) {
	c, err := newRoleCase(ctx, in, ProcessOnboard, Onboard)
	if err != nil {
		return RoleResult{}, err
	}
	return c.play(ctx, in, c.onboard)
}

// onboard is the case as a table of contents.
func (c *roleCase) onboard(ctx workflow.Context) error {
	for _, stage := range []func(workflow.Context) error{
		c.mapped,       // the policy says what a role gives
		c.whoIsIt,      // a new record may be of somebody who is known
		c.wayClear,     // an earlier offboarding makes way, and a person lets them in
		c.chooseLogin,  // a login that nobody else has, not even somebody who left
		c.prepare,      // days before: accounts made, groups joined, computer ordered
		c.begin,        // on the first morning: the account is opened, people are told
		c.settleAll,    // everything is there, as HR has it by now
		c.expectNobody, // nothing is left that waits
	} {
		if err := stage(ctx); err != nil || c.Over != "" {
			return err
		}
	}
	return nil
}

// mapped ends a case that a policy without a mapping cannot mean.
func (c *roleCase) mapped(workflow.Context) error {
	if !c.Settings.Role.On {
		c.Over = "the policy has no mapping: it does not say what a role gives"
	}
	return nil
}

// prepare makes the accounts, some days before the first one.
func (c *roleCase) prepare(ctx workflow.Context) error {
	if c.Prepared {
		return nil
	}
	err := c.sleepUntil(ctx, "accounts are prepared", func() time.Time { return c.Now.Prepare }, c.stillExpected)
	if err != nil || c.Over != "" {
		return err
	}
	if err := c.enter(ctx, phasePrepare); err != nil {
		return err
	}
	c.makeAccounts(ctx)
	c.orderEquipment(ctx)
	c.Prepared = true
	if workflow.Now(ctx).Before(c.Now.Starts) {
		c.tell(ctx, "prepared")
	}
	return ctx.Err()
}

// makeAccounts makes what gives no access yet. The account of somebody who left before cannot be changed while it is
// shut; that waits for the first morning.
func (c *roleCase) makeAccounts(ctx workflow.Context) {
	c.round(ctx, plan.Prepare, plan.OktaCreate)
	if c.OktaStatus != deprovisioned {
		c.round(ctx, plan.Prepare, plan.OktaProfile, plan.OktaJoin)
		if c.Settings.Role.Google == "direct" && !c.comesBack() {
			c.round(ctx, plan.Prepare, plan.GoogleAccount, plan.GoogleProfile)
		}
	}
	c.missing(ctx)
	c.Did = c.fingerprint()
}

// deprovisioned is Okta's word for an account that was deactivated.
const deprovisioned = "DEPROVISIONED"

// comesBack says whether the person had accounts before.
func (c *roleCase) comesBack() bool { return c.Rehire || c.Admitted != nil }

// stillExpected follows what HR says before the first day: another role, another day, or that nobody comes.
func (c *roleCase) stillExpected(ctx workflow.Context) error {
	switch {
	case c.gone():
		return c.called(ctx)
	case c.Prepared && c.Did != c.fingerprint() && workflow.Now(ctx).Before(c.Now.Starts):
		c.makeAccounts(ctx)
		c.quitEarlier(ctx)
	}
	return ctx.Err()
}

// quitEarlier takes away what the role gave before HR changed it.
func (c *roleCase) quitEarlier(ctx workflow.Context) {
	if c.OktaStatus != deprovisioned {
		c.round(ctx, plan.Prepare, plan.OktaQuit)
	}
}

// begin opens the account on the first morning. Somebody who is on leave then is let in when they are back.
func (c *roleCase) begin(ctx workflow.Context) error {
	for !c.Begun {
		err := c.sleepUntil(ctx, "the first morning: the account is opened", func() time.Time { return c.Now.Starts }, c.stillExpected)
		if err != nil || c.Over != "" {
			return err
		}
		if c.Now.Stand == role.Away {
			if err := workflow.Await(ctx, c.stale); err != nil {
				return err
			}
			continue
		}
		if err := c.openAccounts(ctx); err != nil || c.Over != "" {
			return err
		}
	}
	return nil
}

func (c *roleCase) openAccounts(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseBegin); err != nil {
		return err
	}
	if c.OktaStatus == deprovisioned { // what is left of the earlier role goes before the account lives again
		c.round(ctx, plan.Begin, plan.OktaQuit, plan.OktaOpen, plan.OktaProfile, plan.OktaJoin)
	} else {
		c.round(ctx, plan.Begin, plan.OktaProfile, plan.OktaJoin, plan.OktaQuit, plan.OktaOpen)
	}
	if c.overtaken() {
		c.changes++
		return c.fresh(ctx)
	}
	c.Begun = true
	c.missing(ctx)
	c.awaitGoogle(ctx)
	c.Did = c.fingerprint()
	c.tell(ctx, "begun")
	return ctx.Err()
}

// awaitGoogle makes the Google account, or looks out for the one that Okta makes.
func (c *roleCase) awaitGoogle(ctx workflow.Context) {
	s := c.Settings.Role
	if s.Google != "okta" && s.Google != "direct" {
		return
	}
	c.round(ctx, plan.Begin, plan.GoogleAccount)
	r := c.record(plan.StepID(plan.GoogleAccount))
	if r.State == plan.Waiting {
		c.follow(ctx, r, s.GooglePoll, s.GoogleDeadline)
		workflow.GoNamed(ctx, "google profile", func(ctx workflow.Context) {
			if workflow.Await(ctx, r.State.Ended) == nil && !c.closing {
				c.round(ctx, plan.Begin, plan.GoogleProfile)
			}
		})
		c.step(plan.Begin, plan.GoogleProfile, "")
		return
	}
	c.round(ctx, plan.Begin, plan.GoogleProfile)
}

// settleAll waits until every step has ended, following HR meanwhile.
func (c *roleCase) settleAll(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseSettle); err != nil {
		return err
	}
	for {
		if err := workflow.Await(ctx, func() bool { return c.stale() || c.Did == "" || c.busy == 0 && c.allEnded() }); err != nil {
			return err
		}
		if !c.stale() && c.Did != "" {
			return nil
		}
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if c.gone() {
			c.Over = c.whyOver()
			return nil
		}
		if c.Now.Stand != role.Away && (c.Did != c.fingerprint() || c.stuck()) {
			c.adjust(ctx, plan.Settle)
		}
		c.Did = c.fingerprint()
	}
}

// stuck says whether a step failed only because a system was away: a task a machine can do is not left to a person.
func (c *roleCase) stuck() bool {
	for _, r := range c.Steps {
		if r.State == plan.NeedsAttention && retryableTrouble(r.Outcome.Problem) && plan.WorkOf(r.ID.Action()) != "" && !c.lanes[string(r.ID)] {
			return true
		}
	}
	return false
}

// expectNobody is the end.
func (c *roleCase) expectNobody(ctx workflow.Context) error { return ctx.Err() }

// whyOver says what came before this case.
func (c *roleCase) whyOver() string {
	if c.Now.ShutBy != "" {
		return "overtaken by " + c.Now.ShutBy + ", which has ended the person's access"
	}
	return c.Now.Why
}

// called cleans up after a hire that HR called off. Whoever was let in already is offboarded like anybody, by the case
// that HR's word started.
func (c *roleCase) called(ctx workflow.Context) error {
	c.Over = c.whyOver()
	if c.Begun || c.Now.ShutBy != "" {
		return nil
	}
	return c.cleanUp(ctx)
}

// cleanUp discards what was made for somebody who does not come. Where nothing was made, nobody is called.
func (c *roleCase) cleanUp(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseCleanUp); err != nil {
		return err
	}
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.Due, r.Owner = plan.Skipped, time.Time{}, ""
			r.Outcome.State, r.Outcome.Detail, r.Outcome.Problem, r.Outcome.Mend = plan.Skipped, "the hire was called off", "", ""
		}
	}
	if c.tried(plan.OktaCreate) {
		c.round(ctx, plan.CleanUp, plan.OktaDiscard)
	}
	if c.tried(plan.GoogleAccount) {
		c.round(ctx, plan.CleanUp, plan.GoogleDiscard)
	}
	if r := c.record(plan.StepID(plan.RetrieverDeploy)); r != nil && r.Command != "" {
		off := c.step(plan.CleanUp, plan.RetrieverDeploy, "off")
		off.Title = "Computer order called off"
		c.settle(ctx, off, activities.Outcome{Step: off.ID, State: plan.NeedsAttention, Account: r.Command,
			Detail: "a computer was ordered (" + r.Command + ")", Mend: "call the order off in Retriever's portal, or have the computer sent back; then say skip, with what was done"})
	}
	c.tell(ctx, "off")
	return workflow.Await(ctx, func() bool { return c.busy == 0 && c.allEnded() || c.returned() })
}

// returned says whether HR has said meanwhile that the person comes after all.
func (c *roleCase) returned() bool { return c.stale() }

func (c *roleCase) tried(a plan.Action) bool {
	r := c.record(plan.StepID(a))
	return r != nil && r.Attempts > 0
}

// mayRescind says whether a person may call the case off.
func (c *roleCase) mayRescind(in PersonSays) error {
	switch {
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
	if e == nil || c.comesBack() || c.Person.WorkerType.External() {
		return
	}
	r := c.step(plan.Prepare, plan.RetrieverDeploy, "")
	workflow.GoNamed(ctx, "equipment", func(ctx workflow.Context) {
		due := func() time.Time { return c.Now.Starts.Add(-e.Before) }
		for workflow.Now(ctx).Before(due()) {
			at := due()
			if _, err := c.clock.until(ctx, at, "the computer is ordered", func() bool { return !due().Equal(at) || c.closing }); err != nil || c.closing {
				return
			}
		}
		if c.gone() || r.State.Ended() {
			return
		}
		c.redo(ctx, r)
		if !r.State.Ended() {
			c.follow(ctx, r, e.Poll, e.Deadline)
		}
	})
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

// becomes starts the process that another record's person needs, as a case of its own.
func (c *roleCase) becomes(ctx workflow.Context, process Process, main employee.ID, in RoleInput) error {
	id := ID{Process: process, Employee: main}.String()
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, caseOfItsOwn(id, main, process)), string(process), in)
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if alreadyRuns(err) { // it is told that there is something to look at
		change := EmployeeChange{Event: employee.Event{Kind: employee.Changed, Employee: main, Detected: workflow.Now(ctx)}}
		err = workflow.SignalExternalWorkflow(ctx, id, "", EmployeeChanged.Name, change).Get(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", id, err)
	}
	return nil
}
