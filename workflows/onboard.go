package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
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
		c.mapped,      // the policy says what a role gives
		c.takeUp,      // what an earlier run left under way goes on
		c.whoIsIt,     // a new record may be of somebody who is known
		c.wayClear,    // an earlier offboarding makes way, and a person lets them in
		c.chooseLogin, // a login that nobody else has, not even somebody who left
		c.prepare,     // days before: accounts made, groups joined, computer ordered
		c.letIn,       // on the first morning the account is opened and people are told; then everything settles
		c.handKept,    // what is kept of an earlier role for a while is a move's
	} {
		if err := stage(ctx); err != nil || c.Over != "" {
			return err
		}
	}
	return nil
}

// takeUp goes on with what takes hours or days, where an earlier run of the case had begun it.
func (c *roleCase) takeUp(ctx workflow.Context) error {
	for _, r := range slices.Clone(c.Steps) {
		switch a := r.ID.Action(); {
		case r.State.Ended():
		case a == plan.GoogleAccount && r.Attempts > 0:
			c.follow(ctx, r, c.Settings.Role.GooglePoll, c.Settings.Role.GoogleDeadline)
		case a == plan.RetrieverDeploy && r.ID.Object() == "":
			c.orderEquipment(ctx)
		case r.ID.System() == "tell" && r.State == plan.Pending:
			workflow.GoNamed(ctx, string(r.ID), func(ctx workflow.Context) { c.redo(ctx, r) })
		}
	}
	return nil
}

// letIn opens the account on the first morning and waits until everything is there. HR can put the first day off when
// the account is open already: then it begins anew.
func (c *roleCase) letIn(ctx workflow.Context) error {
	for {
		if err := c.begin(ctx); err != nil || c.Over != "" {
			return err
		}
		if again, err := c.settleAll(ctx); err != nil || !again {
			return err
		}
	}
}

// mapped ends a case that a policy without a mapping cannot mean.
func (c *roleCase) mapped(workflow.Context) error {
	if !c.Settings.Role.On && !c.Mapped {
		c.Over = "the policy has no mapping: it does not say what a role gives"
	}
	c.Mapped = true
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
	if c.created() && c.OktaStatus != deprovisioned {
		c.round(ctx, plan.Prepare, plan.OktaProfile, plan.OktaJoin)
		if c.Settings.Role.Google == "direct" && !c.comesBack() {
			c.round(ctx, plan.Prepare, plan.GoogleAccount, plan.GoogleProfile)
		}
	}
	c.missing(ctx)
	c.early(ctx)
	c.Did = c.fingerprint()
}

// early asks a person about an account that is open although HR has the first day ahead: HR has put it off, or somebody
// opened it by hand. Whether its owner works already, nobody can tell from here; it is not shut over their head.
func (c *roleCase) early(ctx workflow.Context) {
	shut := c.OktaStatus == "" || c.OktaStatus == "STAGED" || c.OktaStatus == "SUSPENDED" || c.OktaStatus == deprovisioned
	r := c.record(plan.OktaPause.For("early"))
	if c.Now.Stand != role.Expected || shut {
		return
	}
	if r == nil {
		r = c.step(plan.Prepare, plan.OktaPause, "early")
		r.Title = "Account open before the first day"
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.Conflict, Account: c.Now.Accounts["okta"],
			Detail: fmt.Sprintf("the account is %s, and %s", c.OktaStatus, c.Now.Why),
			Mend:   "retry this step to have it suspended until the first day; skip it if the person works already, and have HR correct the record"})
	}
}

// created says whether there is an Okta account, or a person has decided to go on without.
func (c *roleCase) created() bool {
	r := c.record(plan.StepID(plan.OktaCreate))
	return r != nil && r.State.Ended()
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
	case c.Prepared && (c.Did != c.fingerprint() || c.stuck()) && c.Now.Stand == role.Expected:
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

// begin opens the account on the first morning. Somebody who is on leave then, or of whom HR does not say when they
// begin, is let in when that has changed.
func (c *roleCase) begin(ctx workflow.Context) error {
	for !c.Begun {
		err := c.sleepUntil(ctx, "the first morning: the account is opened", func() time.Time { return c.Now.Starts }, c.stillExpected)
		if err != nil || c.Over != "" {
			return err
		}
		if c.Now.Stand != role.Here {
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

// openAccounts opens the account, once there is one. What asks for a person or for HR first is looked at again whenever
// something changes.
func (c *roleCase) openAccounts(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseBegin); err != nil {
		return err
	}
	if !c.created() {
		c.makeAccounts(ctx)
	}
	if !c.created() {
		return workflow.Await(ctx, func() bool { return c.stale() || c.created() })
	}
	if c.OktaStatus == deprovisioned { // what is left of the earlier role goes before the account lives again
		c.round(ctx, plan.Begin, plan.OktaQuit, plan.OktaOpen, plan.OktaProfile, plan.OktaJoin)
	} else {
		c.round(ctx, plan.Begin, plan.OktaProfile, plan.OktaJoin, plan.OktaQuit, plan.OktaOpen)
	}
	if c.overtaken() {
		return c.waitOut(ctx)
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
	if !r.State.Ended() && (r.State == plan.Waiting || retryableTrouble(r.Outcome.Problem)) {
		c.follow(ctx, r, s.GooglePoll, s.GoogleDeadline)
	}
	if s.Google == "direct" {
		c.round(ctx, plan.Begin, plan.GoogleProfile)
	}
}

// settleAll waits until every step has ended, following HR meanwhile. again says that the first day has been put off.
func (c *roleCase) settleAll(ctx workflow.Context) (again bool, err error) {
	if err := c.enter(ctx, phaseSettle); err != nil {
		return false, err
	}
	for {
		if err := workflow.Await(ctx, func() bool { return c.stale() || c.busy == 0 && c.allEnded() }); err != nil || !c.stale() {
			return false, err
		}
		if err := c.fresh(ctx); err != nil {
			return false, err
		}
		switch {
		case c.gone():
			c.Over = c.whyOver()
			return false, nil
		case c.Now.Stand == role.Expected:
			c.Begun = false
			return true, nil
		case c.Now.Stand == role.Away:
		case c.stuck() && !c.opened():
			c.Begun = false
			return true, nil
		case c.Did != c.fingerprint() || c.stuck():
			c.adjust(ctx, plan.Settle)
			c.awaitGoogle(ctx)
			if c.overtaken() {
				if err := c.waitOut(ctx); err != nil {
					return false, err
				}
			}
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

// opened says whether the account is open, or a person has decided that it need not be.
func (c *roleCase) opened() bool {
	r := c.record(plan.StepID(plan.OktaOpen))
	return r != nil && r.State.Ended()
}

// whyOver says what came before this case.
func (c *roleCase) whyOver() string {
	if c.Now.ShutBy != "" {
		return "overtaken by " + c.Now.ShutBy + ", which has ended the person's access"
	}
	return c.Now.Why
}
