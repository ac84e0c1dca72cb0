package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// contain shuts the person out, every system in a lane of its own: none waits for another, for Slack, for Jira or
// for the plan. Each lane first keeps what it found, for a rescind.
func (c *offboard) contain(ctx workflow.Context) error {
	if c.Contained {
		c.startLong(ctx, plan.Contain)
		return c.startWatch(ctx)
	}
	if err := c.enter(ctx, phaseContain); err != nil {
		return err
	}
	c.raiseFence(ctx)
	open := 0
	for _, system := range []string{"okta", "google", "jamf", "slack"} {
		open++
		workflow.GoNamed(ctx, "contain "+system, func(ctx workflow.Context) {
			c.containIn(ctx, system)
			open--
		})
	}
	if err := workflow.Await(ctx, func() bool { return open == 0 }); err != nil {
		return err
	}
	c.Contained = true
	c.touch(ctx)
	return c.startWatch(ctx)
}

// raiseFence keeps the person out from now on, whatever accounts there are. No lane waits for it: a store that is away
// must not keep anything open. It did not in the first build, whose histories go on as they were.
func (c *offboard) raiseFence(ctx workflow.Context) {
	if workflow.GetVersion(ctx, "fence-first", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	workflow.GoNamed(ctx, "fence", func(ctx workflow.Context) {
		c.busy++
		defer func() { c.busy-- }()
		if _, err := call(ctx, activities.CaseShut, activities.ShutOut{CaseRef: c.Ref}, "keep the person out", lane{}); err != nil && ctx.Err() == nil {
			c.say(ctx, activities.EntryFailure, "", "Nothing keeps %s out but what is shut: %s", c.Ref.Employee, troubleOf(err).Text)
		}
	})
}

// containIn reads what there is in one system and performs its containment steps in order.
func (c *offboard) containIn(ctx workflow.Context, system string) {
	if err := c.snapshot(ctx, system); err != nil {
		if ctx.Err() == nil {
			c.blame(ctx, c.pending(plan.Contain, system), err)
		}
		return
	}
	c.runSteps(ctx, plan.Contain, system)
}

// devicesKnown says whether there are steps for the person's computers: those found, or one that stands for all.
func (c *offboard) devicesKnown() bool {
	return c.Facts.Devices != nil || c.record(plan.StepID(plan.JamfLock)) != nil
}

// snapshot reads a system once and keeps it with the case.
func (c *offboard) snapshot(ctx workflow.Context, system string) error {
	c.busy++
	defer func() { c.busy-- }()
	l := lane{emergency: c.Emergency, containing: true}
	who := activities.Identity{CaseRef: c.Ref, Account: c.Accounts[system], Email: c.Person.Email, EmployeeNumber: string(c.Person.ID)}
	switch {
	case system == "okta" && c.Facts.Okta == nil:
		f, err := call(ctx, activities.OktaReadUser, who, "snapshot of the Okta account", l)
		if err != nil {
			return err
		}
		c.Facts.Okta = &f
	case system == "google" && c.Facts.Google == nil:
		f, err := call(ctx, activities.GoogleReadUser, who, "snapshot of the Google account", l)
		if err != nil {
			return err
		}
		c.Facts.Google = &f
	case system == "jamf" && c.Facts.Devices == nil:
		f, err := call(ctx, activities.JamfFindDevices, who, "devices of the person", l)
		if err != nil {
			return err
		}
		c.Facts.Devices = &f
		c.adopt(plan.LockSteps(f))
	}
	c.dismissAbsent(ctx, system)
	return nil
}

// dismissAbsent ends the steps of an account that does not exist. That is an answer, not a failure.
func (c *offboard) dismissAbsent(ctx workflow.Context, system string) {
	absent := system == "okta" && c.Facts.Okta != nil && !c.Facts.Okta.Exists ||
		system == "google" && c.Facts.Google != nil && !c.Facts.Google.Exists
	if !absent {
		return
	}
	now := workflow.Now(ctx)
	for _, r := range c.pending("", system) {
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NotApplicable, Detail: "no such account in " + system,
			ReadBack: "looked up, not found", Executed: now, Verified: now})
	}
}

// blame makes the steps of a system that could not be read somebody's job. Where nothing was planned yet because
// nothing could be read (devices), one step stands for all.
func (c *offboard) blame(ctx workflow.Context, records []*StepRecord, err error) {
	if len(records) == 0 {
		c.adopt([]plan.Step{{ID: plan.StepID(plan.JamfLock), Phase: plan.Contain, Critical: true, Title: "Computers found and locked"}})
		records = append(records, c.record(plan.StepID(plan.JamfLock)))
	}
	for _, r := range records {
		c.settle(ctx, r, outcomeFor(r, nil, err))
	}
}

// plan decides, once, what else is to be done, and remembers which accounts are this person's.
func (c *offboard) plan(ctx workflow.Context) error {
	for !c.Planned {
		err := c.replan(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if err := c.awaitPlan(ctx, err); err != nil {
				return err
			}
			continue
		}
		c.Planned = true
		c.link(ctx)
	}
	return ctx.Err()
}

// learn reads a system that could not be read when the plan was made, and plans again with what it tells.
func (c *offboard) learn(ctx workflow.Context, system string) error {
	unread := system == "okta" && c.Facts.Okta == nil || system == "google" && c.Facts.Google == nil
	if err := c.snapshot(ctx, system); err != nil || !unread || !c.Planned {
		return err
	}
	if err := c.replan(ctx); err != nil {
		return err
	}
	if r := c.record(plan.StepID(plan.AppRevoke)); system == "okta" && r != nil && r.State.AsksForPerson() {
		now := workflow.Now(ctx)
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Executed: now, Verified: now,
			Detail: fmt.Sprintf("Okta answers again: %d applications found, each has a step of its own", len(c.Facts.Okta.Apps))})
	}
	c.goLane(ctx, plan.Apps, "okta")
	c.goLane(ctx, plan.Apps, "app")
	return nil
}

// awaitPlan asks a person to mend what the plan could not be built from (a broken policy file, say).
func (c *offboard) awaitPlan(ctx workflow.Context, err error) error {
	c.adopt([]plan.Step{{ID: stepPlan, Phase: plan.HandOver, Critical: true, Title: "Plan built"}})
	r := c.record(stepPlan)
	c.settle(ctx, r, outcomeFor(r, nil, err))
	return workflow.Await(ctx, func() bool { return r.State == plan.Pending || c.Planned })
}

// link remembers the accounts that were found in the identity ledger.
func (c *offboard) link(ctx workflow.Context) {
	accounts := c.foundAccounts()
	if len(accounts) == 0 {
		return
	}
	c.busy++
	defer func() { c.busy-- }()
	in := activities.LinkAccounts{CaseRef: c.Ref, Accounts: accounts, Method: "login"}
	if _, err := call(ctx, activities.CaseLink, in, "remember the accounts", lane{}); err != nil && ctx.Err() == nil {
		c.say(ctx, activities.EntryFailure, "", "The identity ledger refused what was found: %s", troubleOf(err).Text)
	}
}

// replan builds the plan from the facts as they are and takes up the steps that are new.
func (c *offboard) replan(ctx workflow.Context) error {
	c.busy++
	defer func() { c.busy-- }()
	p, err := call(ctx, activities.CaseBuildPlan, activities.BuildPlan{CaseRef: c.Ref, Person: c.Person, Facts: c.Facts, At: workflow.Now(ctx)}, "build the plan", lane{})
	if err != nil {
		return err
	}
	if r := c.record(stepPlan); r != nil {
		c.settle(ctx, r, activities.Outcome{Step: stepPlan, State: plan.Verified, Detail: "plan built", Verified: workflow.Now(ctx)})
	}
	c.Settings, c.Heir = p.Settings, p.Heir
	c.adopt(p.Steps)
	for _, r := range c.Steps {
		if r.State.AsksForPerson() && r.Due.IsZero() {
			c.settle(ctx, r, presetOutcome(r))
		}
	}
	c.touch(ctx)
	return nil
}

// presetOutcome says why the plan itself asks for a person.
func presetOutcome(r *StepRecord) activities.Outcome {
	o := activities.Outcome{Step: r.ID, State: r.Preset, Detail: r.Note, Mend: plan.Runbook(r.ID)}
	if r.App != nil && r.App.Owner != "" {
		r.Owner = r.App.Owner
	}
	return o
}

func (c *offboard) foundAccounts() activities.Accounts {
	found := activities.Accounts{}
	if f := c.Facts.Okta; f != nil && f.Exists && c.Accounts["okta"] == "" {
		found["okta"] = f.UserID
	}
	if f := c.Facts.Google; f != nil && f.Exists && c.Accounts["google"] == "" {
		found["google"] = f.UserID
	}
	return found
}

// preview ends a dry run: what would be done, and nothing was.
func (c *offboard) preview(ctx workflow.Context) (OffboardResult, error) {
	for _, system := range []string{"okta", "google", "jamf"} {
		if err := c.snapshot(ctx, system); err != nil {
			return OffboardResult{}, err
		}
	}
	p, err := call(ctx, activities.CaseBuildPlan, activities.BuildPlan{CaseRef: c.Ref, Person: c.Person, Facts: c.Facts, At: workflow.Now(ctx)}, "build the plan", lane{})
	if err != nil {
		return OffboardResult{}, err
	}
	c.Heir = p.Heir
	c.adopt(p.Steps)
	return OffboardResult{View: c.view(ctx), Plan: &p}, nil
}
