package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// chooseLogin finds the login nobody else has: no living account, no deactivated one, no alias. An account of their own
// keeps its login.
func (c *roleCase) chooseLogin(ctx workflow.Context) error {
	for !c.Named {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if c.gone() {
			return c.called(ctx)
		}
		switch {
		case c.Now.Accounts["okta"] != "":
			c.Named = true
			return nil
		case len(c.Now.Logins) == 0:
			if err := c.noLogin(ctx); err != nil {
				return err
			}
			continue
		}
		taken, err := c.takenLogins(ctx)
		if err != nil {
			if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(mirrorPatience), "look for a free login", c.stale); err != nil {
				return err
			}
			continue
		}
		if err := c.pickLogin(ctx, taken); err != nil {
			return err
		}
	}
	return nil
}

// noLogin asks HR where neither its record nor the policy gives a login.
func (c *roleCase) noLogin(ctx workflow.Context) error {
	r := c.step(plan.Identify, plan.IdentityLogin, "")
	if !r.State.AsksForPerson() {
		r.Owner = "HR"
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.InvalidInput,
			Detail: "HR's record has no work address of the company, and the policy makes none (mapping.login.make)", Mend: "enter the work address in Namely"})
	}
	return workflow.Await(ctx, c.stale)
}

func (c *roleCase) takenLogins(ctx workflow.Context) ([]activities.TakenLogin, error) {
	who := activities.Identity{CaseRef: c.Ref, Email: c.Now.Logins[0], EmployeeNumber: c.number("okta")}
	who.Account = c.Now.Accounts["okta"]
	in := activities.FindLogin{Identity: who, Wanted: c.Now.Logins}
	c.busy++
	defer func() { c.busy-- }()
	okta, err := call(ctx, activities.OktaFindLogin, in, "which logins are taken in Okta", lane{})
	if err != nil {
		return nil, err
	}
	if c.Settings.Role.Google == "" || c.Settings.Role.Google == "none" {
		return okta.Taken, nil
	}
	in.Account = c.Now.Accounts["google"]
	google, err := call(ctx, activities.GoogleFindLogin, in, "which addresses are taken in Google", lane{})
	return append(okta.Taken, google.Taken...), err
}

// pickLogin takes the first wanted login that is free or the person's own. Where HR's own address is somebody else's, a
// person decides, unless the policy has the next one taken.
func (c *roleCase) pickLogin(ctx workflow.Context, taken []activities.TakenLogin) error {
	holder := func(login string) *activities.TakenLogin {
		for i, t := range taken {
			if strings.EqualFold(t.Login, login) && !slices.Contains(c.Now.Records, employee.ID(t.Number)) {
				return &taken[i]
			}
		}
		return nil
	}
	first := holder(c.Now.Logins[0])
	asked := c.record(plan.StepID(plan.IdentityLogin))
	if first != nil && c.Now.FromHR && c.Settings.Role.TakenFromHR != "number" && (asked == nil || asked.State != plan.Skipped) {
		return c.askLogin(ctx, *first)
	}
	for _, login := range c.Now.Logins {
		if holder(login) == nil {
			c.Login, c.Named = login, true
			c.settleLogin(ctx, first)
			return nil
		}
	}
	return c.askLogin(ctx, *first)
}

func (c *roleCase) settleLogin(ctx workflow.Context, first *activities.TakenLogin) {
	if r := c.record(plan.StepID(plan.IdentityLogin)); r != nil && !r.State.Ended() {
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Detail: "the login is " + c.Login, Verified: workflow.Now(ctx)})
	}
	if first != nil {
		c.say(ctx, activities.EntryInfo, "", "The login is %s: %s is taken (%s, %s). HR is asked to enter it in Namely.", c.Login, first.Login, first.Account, first.Status)
	}
}

func (c *roleCase) askLogin(ctx workflow.Context, t activities.TakenLogin) error {
	if err := c.enter(ctx, phaseIdentify); err != nil {
		return err
	}
	r := c.step(plan.Identify, plan.IdentityLogin, "")
	o := activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Problem: activities.Conflict, Account: t.Account,
		Detail: fmt.Sprintf("%s is taken: account %s (%s)", t.Login, t.Account, t.Status),
		Mend:   "have HR give another address in Namely; skip this step to take the next free login"}
	if t.Number != "" {
		o.Detail += " of employee " + t.Number
	}
	if r.State != o.State || r.Outcome.Detail != o.Detail {
		c.settle(ctx, r, o)
	}
	return workflow.Await(ctx, func() bool { return c.stale() || r.State == plan.Pending || r.State == plan.Skipped })
}
