package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// LeaseState is the loan of the mailbox.
type LeaseState struct {
	Ends     time.Time `json:"ends,omitzero"`
	Renewals int       `json:"renewals,omitempty"`
	Reminded []string  `json:"reminded,omitempty"`
	Ended    bool      `json:"ended,omitempty"`
}

// WatchState is the watch for access that comes back.
type WatchState struct {
	Ends  time.Time `json:"ends,omitzero"`
	Found int       `json:"found,omitempty"` // times something had come back
	Done  bool      `json:"done,omitempty"`
}

// handOver starts the lanes behind containment and waits until it is known whether the mailbox is lent. Devices
// and applications go on by themselves.
func (c *offboard) handOver(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseHandOver); err != nil {
		return err
	}
	for _, l := range []struct {
		phase  plan.Phase
		system string
	}{
		{plan.HandOver, "okta"}, {plan.HandOver, "google"}, {plan.HandOver, "slack"},
		{plan.Apps, "app"}, {plan.Apps, "okta"}, {plan.Apps, "google"}, {plan.Devices, "device"},
	} {
		c.goLane(ctx, l.phase, l.system)
	}
	for _, phase := range plan.Phases() {
		c.startLong(ctx, phase)
	}
	return workflow.Await(ctx, func() bool {
		r := c.record(plan.StepID(plan.GoogleDelegate))
		return r == nil || r.State.Ended()
	})
}

// goLane runs a lane beside the others, once.
func (c *offboard) goLane(ctx workflow.Context, phase plan.Phase, system string) {
	name := string(phase) + " " + system
	if c.lanes[name] {
		return
	}
	c.lanes[name] = true
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		c.runSteps(ctx, phase, system)
		c.lanes[name] = false
	})
}

// lease keeps the mailbox lent until the lease ends and nothing holds it, then takes the delegate away and only
// then suspends the account.
func (c *offboard) lease(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseLease); err != nil {
		return err
	}
	if r := c.record(plan.StepID(plan.GoogleDelegate)); r != nil && r.State == plan.Verified && !c.Lease.Ended {
		if c.Lease.Ends.IsZero() {
			c.Lease.Ends = r.Outcome.Verified.Add(c.Settings.Lease)
			c.say(ctx, activities.EntryInfo, r.ID, "Mailbox lent to %s until %s.", c.heirName(), c.Lease.Ends.Format(time.DateOnly))
		}
		if err := c.awaitLeaseEnd(ctx); err != nil {
			return err
		}
	}
	c.Lease.Ended = true
	if err := workflow.Await(ctx, func() bool { return !c.Hold }); err != nil {
		return err
	}
	c.dismissUnlent(ctx)
	for _, system := range []string{"google", "okta", "app"} {
		c.runSteps(ctx, plan.LeaseEnd, system)
	}
	return ctx.Err()
}

// dismissUnlent spares people from opening a suspended account only to see that its mailbox is not lent: it never
// was, and google.suspend proves that nobody gets in.
func (c *offboard) dismissUnlent(ctx workflow.Context) {
	lent, back := c.record(plan.StepID(plan.GoogleDelegate)), c.record(plan.StepID(plan.GoogleUndelegate))
	if lent == nil || back == nil || lent.State != plan.Skipped || lent.Attempts > 0 || back.State != plan.Pending ||
		c.Facts.Google == nil || !c.Facts.Google.Suspended {
		return
	}
	now := workflow.Now(ctx)
	c.settle(ctx, back, activities.Outcome{Step: back.ID, State: plan.NotApplicable, Executed: now, Verified: now,
		Detail: "the mailbox was never lent: the account was suspended before this case"})
}

// awaitLeaseEnd sleeps towards the end, reminding on the way. A renewal moves the end, a hold keeps it open.
func (c *offboard) awaitLeaseEnd(ctx workflow.Context) error {
	for workflow.Now(ctx).Before(c.Lease.Ends) || c.Hold {
		due, reminder := c.nextLeaseMoment()
		ends := c.Lease.Ends
		moved := func() bool { return !c.Lease.Ends.Equal(ends) }
		if c.Hold && !workflow.Now(ctx).Before(ends) {
			if err := workflow.Await(ctx, func() bool { return !c.Hold }); err != nil {
				return err
			}
			continue
		}
		if ok, err := c.clock.until(ctx, due, leaseWhy(reminder), moved); err != nil {
			return err
		} else if ok || reminder == "" {
			continue
		}
		c.Lease.Reminded = append(c.Lease.Reminded, reminder)
		c.say(ctx, activities.EntryInfo, plan.StepID(plan.GoogleDelegate), "The mailbox lent to %s is taken back on %s. It can be renewed %d more %s.",
			c.heirName(), c.Lease.Ends.Format(time.DateOnly), c.Settings.LeaseRenewals-c.Lease.Renewals, plural(c.Settings.LeaseRenewals-c.Lease.Renewals, "time", "times"))
	}
	return ctx.Err()
}

func leaseWhy(reminder string) string {
	if reminder != "" {
		return "remind of the end of the lease"
	}
	return "the lease of the mailbox ends"
}

// nextLeaseMoment is the next reminder that nobody has had, or the end. One that fell due while this run took over
// from the last is due now.
func (c *offboard) nextLeaseMoment() (time.Time, string) {
	lent := c.record(plan.StepID(plan.GoogleDelegate)).Outcome.Verified
	due, name := c.Lease.Ends, ""
	for _, before := range c.Settings.LeaseReminders {
		at := c.Lease.Ends.Add(-before)
		if id := at.Format(time.RFC3339); at.After(lent) && at.Before(due) && !slices.Contains(c.Lease.Reminded, id) {
			due, name = at, id
		}
	}
	return due, name
}

func (c *offboard) mayExtend(in PersonSays) error {
	if err := named(in, false); err != nil {
		return err
	}
	switch {
	case c.Lease.Ends.IsZero() || c.Lease.Ended:
		return refuse(activities.Conflict, "there is no lease to extend: the mailbox is not lent")
	case c.Lease.Renewals >= c.Settings.LeaseRenewals:
		return refuse(activities.Forbidden, "the lease has been renewed %d of %d times; policy allows no more", c.Lease.Renewals, c.Settings.LeaseRenewals)
	}
	return nil
}

func (c *offboard) extend(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	c.Lease.Renewals++
	c.Lease.Ends = c.Lease.Ends.Add(c.Settings.LeaseRenewal)
	c.say(ctx, activities.EntryInfo, plan.StepID(plan.GoogleDelegate), "Lease renewed by %s until %s: %s", in.By, c.Lease.Ends.Format(time.DateOnly), in.Reason)
	return c.view(ctx), c.decided(ctx, activities.Decision{What: "extend", By: in.By, Reason: in.Reason, Step: plan.StepID(plan.GoogleDelegate)})
}

func (c *offboard) heirName() string {
	if c.Heir == nil {
		return "nobody"
	}
	return c.Heir.Name
}

// daily checks, at every daily wake-up, what the case would otherwise sleep through.
func (c *offboard) daily(ctx workflow.Context) {
	for seen := 0; ctx.Err() == nil; seen = c.clock.ticks {
		if workflow.Await(ctx, func() bool { return c.clock.ticks > seen && c.Contained && c.Outcome == "" }) != nil {
			return
		}
		c.recheck(ctx)
		c.reclaim(ctx)
	}
}

// recheck reads what changed around the case: the leaver in HR, the heir of the mailbox.
func (c *offboard) recheck(ctx workflow.Context) {
	if c.Heir == nil || c.lentTo() == "" || c.Lease.Ended {
		return
	}
	c.busy++
	now, err := call(ctx, activities.CaseRecheck, activities.Recheck{CaseRef: c.Ref, Heir: c.Heir.Employee, As: c.Heir.Why}, "daily check", lane{})
	c.busy--
	if err != nil || !now.HeirGone {
		return
	}
	why := now.Why
	if why == "" {
		why = "is gone"
	}
	c.moveLease(ctx, why, now.Managers)
}

// moveLease hands the mailbox to the next in the chain: first the new delegate, then the old one goes.
func (c *offboard) moveLease(ctx workflow.Context, why string, chain []plan.Heir) {
	old := c.Heir
	next := nextHeir(chain, old.Employee)
	r := c.record(plan.StepID(plan.GoogleDelegate))
	if next == nil {
		c.say(ctx, activities.EntryFailure, r.ID, "%s %s and nobody is next in the chain; the mailbox stays as it is. Name a custodian in the policy.", old.Name, why)
		return
	}
	c.Heir = next
	c.say(ctx, activities.EntryInfo, r.ID, "%s %s; the mailbox moves to %s (%s).", old.Name, why, next.Name, next.Why)
	c.do(ctx, r)
	if r.State != plan.Verified {
		return
	}
	in := activities.DelegateMailbox{Perform: c.performOn(c.Facts.Google.UserID, c.Facts.Google.PrimaryEmail, nil), Delegate: old.Email}
	in.Steps = []plan.StepID{plan.StepID(plan.GoogleUndelegate)}
	c.busy++
	out, err := outcomes(call(ctx, activities.GoogleRemoveDelegate, in, "old delegate removed", lane{}))
	c.busy--
	if o := outcomeFor(&StepRecord{Step: plan.Step{ID: in.Steps[0]}}, out, err); !o.State.Proved() {
		c.say(ctx, activities.EntryFailure, r.ID, "%s could not be taken out of the mailbox: %s. %s At the end of the lease everybody is.", old.Name, o.Detail, o.Mend)
	}
}

func nextHeir(chain []plan.Heir, gone employee.ID) *plan.Heir {
	for _, h := range chain {
		if h.Employee != gone {
			return &h
		}
	}
	return nil
}

// reclaim tries again what failed only because a system was away: a task a machine can do is not left to a person.
// A device's return is a process of its own, which does so for itself.
func (c *offboard) reclaim(ctx workflow.Context) {
	for _, r := range slices.Clone(c.Steps) { // what is tried may find new steps
		if r.State == plan.NeedsAttention && retryableTrouble(r.Outcome.Problem) && r.ID.Action() != plan.DeviceReturn &&
			plan.WorkOf(r.ID.Action()) != "" && r.Command == "" && !c.tooEarly(r) {
			c.retryStep(ctx, r)
		}
	}
}

// startWatch begins the residual-access watch beside everything else.
func (c *offboard) startWatch(ctx workflow.Context) error {
	if c.Watch.Ends.IsZero() {
		c.Watch.Ends = workflow.Now(ctx).Add(c.Settings.Watch)
	}
	if !c.Watch.Done && !c.lanes["watch"] {
		c.lanes["watch"] = true
		workflow.GoNamed(ctx, "watch", c.watchAccess)
	}
	return ctx.Err()
}

// watchAccess looks every day whether the person got back in: reactivated by an import, added to a group, signed in.
func (c *offboard) watchAccess(ctx workflow.Context) {
	for workflow.Now(ctx).Before(c.Watch.Ends) {
		due := workflow.Now(ctx).Add(c.Settings.WatchEvery)
		if due.After(c.Watch.Ends) {
			due = c.Watch.Ends
		}
		if _, err := c.clock.until(ctx, due, "look for access that came back", func() bool { return false }); err != nil {
			return
		}
		c.probe(ctx)
	}
	c.Watch.Done = true
	c.touch(ctx)
}

func (c *offboard) probe(ctx workflow.Context) {
	f := c.Facts.Okta
	if f == nil || !f.Exists || c.containedAt().IsZero() {
		return
	}
	c.busy++
	found, err := call(ctx, activities.OktaProbeAccess, activities.Identity{CaseRef: c.Ref, Account: f.UserID, Email: f.Login}, "look for access that came back", lane{})
	c.busy--
	if err != nil || !found.Any {
		return
	}
	c.Watch.Found++
	for _, what := range found.Found {
		c.say(ctx, activities.EntryFailure, "", "Access came back: %s. %s", what, found.Cause)
	}
	c.containAgain(ctx)
}

// containAgain repeats the containment of Okta: every step reads first, so what still holds is left alone.
func (c *offboard) containAgain(ctx workflow.Context) {
	again := map[plan.Phase]bool{}
	for _, r := range c.Steps {
		if r.ID.System() == "okta" && r.Attempts > 0 && (r.State.Proved() || r.State.AsksForPerson()) && !c.tooEarly(r) {
			r.State, again[r.Phase] = plan.Pending, true
		}
	}
	for _, phase := range plan.Phases() {
		if again[phase] {
			c.runSteps(ctx, phase, "okta")
		}
	}
}

// watch waits for the end of the residual-access watch.
func (c *offboard) watch(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseWatch); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return c.Watch.Done })
}

// settleAll waits until nothing is left: every step has ended, and whatever could not be done was done or waived
// by a person.
func (c *offboard) settleAll(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseClose); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool {
		return c.busy == 0 && c.allEnded()
	})
}
