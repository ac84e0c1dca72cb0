package workflows

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// open looks for the first time. A refusal ends a case whose asker waits for the answer; one that HR's word began tells
// IT, and stays until what is refused is mended or the case is rescinded.
func (c *roleCase) open(ctx workflow.Context) error {
	for patience := mirrorPatience; !c.Opened; patience = min(2*patience, openRarest) {
		err := c.look(ctx)
		if err == nil {
			c.Trouble, c.Opened = "", true
			c.say(ctx, activities.EntryInfo, "", "%s of %s (%s) started by %s. %s", c.Process, c.Person.Name(), c.Ref.Employee, c.Ref.Actor, c.Reason)
			break
		}
		t := troubleOf(err)
		door, _, _ := strings.Cut(c.Request.Actor, ":")
		if ctx.Err() != nil || peopleAsk(door) && !retryableTrouble(t.Type) {
			return err
		}
		if err := c.waitToOpen(ctx, t, patience); err != nil {
			return err
		}
		if c.Rescinded != nil {
			return nil
		}
	}
	c.clock.day = c.Settings.Day
	return nil
}

func (c *roleCase) waitToOpen(ctx workflow.Context, t trouble, patience time.Duration) error {
	if !retryableTrouble(t.Type) {
		patience = c.clock.day
	}
	c.Trouble = t.Text
	if err := c.enter(ctx, phaseOpen); err != nil {
		return err
	}
	c.touch(ctx)
	if !slices.Contains(c.Alarmed, t.Type) && c.alarm(ctx, t) == nil {
		c.Alarmed = append(c.Alarmed, t.Type)
	}
	_, err := workflow.AwaitWithTimeout(ctx, patience, func() bool { return c.stale() || c.Rescinded != nil })
	return err
}

// alarm tells IT that the case cannot begin.
func (c *roleCase) alarm(ctx workflow.Context, t trouble) error {
	a, err := call(ctx, activities.CaseAlarm, activities.CaseTrouble{Case: c.Ref.Case, Run: c.Ref.Run, Employee: c.Ref.Employee, Actor: c.Ref.Actor,
		Problem: t.Type, Text: t.Text, Mend: t.Mend}, "word the alarm", lane{})
	if err == nil {
		_, err = announce(ctx, []activities.Announcement{a})
	}
	return err
}

// look reads HR's records and works out anew where the person stands and what their role gives.
func (c *roleCase) look(ctx workflow.Context) error {
	seen, heard := c.changes, c.heard
	c.busy++
	now, err := call(ctx, activities.CaseRole, activities.AskRole{CaseRef: c.Ref, ProfileID: c.Request.ProfileID, At: workflow.Now(ctx), Login: c.Login},
		"where "+string(c.Ref.Employee)+" stands", lane{})
	c.busy--
	if err != nil {
		return err
	}
	c.seen, c.known = seen, heard
	accounts := c.Now.Accounts
	c.Now, c.Person, c.Settings = now, now.Person, now.Settings
	c.Paused, c.GooglePaused = c.Paused || now.Given.Paused, c.GooglePaused || now.Given.GooglePaused
	if c.Now.Accounts == nil {
		c.Now.Accounts = activities.Accounts{}
	}
	for _, system := range []string{"okta", "google"} { // what this case has found is kept, whether or not the ledger took it
		if c.Now.Accounts[system] == "" && accounts[system] != "" {
			c.Now.Accounts[system] = accounts[system]
		}
	}
	return nil
}

// stale says whether HR has said something since the last look.
func (c *roleCase) stale() bool { return c.changes != c.seen }

// unheard says whether HR itself has said something since then.
func (c *roleCase) unheard() bool { return c.heard != c.known }

// fresh looks anew when there is something new to see. A store that is away is waited for: nothing is done on what may
// be out of date.
func (c *roleCase) fresh(ctx workflow.Context) error {
	for patience := mirrorPatience; c.stale(); patience = min(2*patience, openRarest) {
		err := c.look(ctx)
		if err == nil {
			if err := c.awaitMapping(ctx); err != nil {
				return err
			}
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.say(ctx, activities.EntryFailure, "", "Where %s stands could not be read: %s. %s", c.Ref.Employee, troubleOf(err).Text, troubleOf(err).Mend)
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(patience), "look again", func() bool { return false }); err != nil {
			return err
		}
	}
	return nil
}

// awaitMapping keeps a case that has begun from doing anything while the policy has no mapping: without one nobody says
// what a role gives, which is not to say that it gives nothing.
func (c *roleCase) awaitMapping(ctx workflow.Context) error {
	if c.Settings.Role.On || !c.Mapped || c.stale() {
		return nil
	}
	c.say(ctx, activities.EntryTask, "", "The policy has no mapping any more: nothing is changed until it has one again.")
	return workflow.Await(ctx, c.stale)
}

// daily has the case look again once a day: a word of HR's that was lost is heard a day late, and not never.
func (c *roleCase) daily(ctx workflow.Context) {
	for seen := 0; ctx.Err() == nil; seen = c.clock.ticks {
		if workflow.Await(ctx, func() bool { return c.clock.ticks > seen }) != nil {
			return
		}
		c.changes++
	}
}

// moments has the case look again when the clock alone changes where the person stands: a first or a last day has come.
func (c *roleCase) moments(ctx workflow.Context) {
	for ctx.Err() == nil {
		at := c.Now.Next
		moved := func() bool { return !c.Now.Next.Equal(at) }
		if at.IsZero() || !workflow.Now(ctx).Before(at) {
			_ = workflow.Await(ctx, moved)
			continue
		}
		if ok, err := c.clock.until(ctx, at, "HR's dates change where the person stands", moved); err == nil && !ok {
			c.changes++
		}
	}
}

// sleepUntil waits for a moment that HR can move, while nothing holds the case. Whatever HR says wakes it up, and each
// does what follows from it before it sleeps on.
func (c *roleCase) sleepUntil(ctx workflow.Context, why string, moment func() time.Time, each func(workflow.Context) error) error {
	for {
		if err := c.fresh(ctx); err != nil {
			return err
		}
		if err := each(ctx); err != nil || c.Over != "" {
			return err
		}
		at := moment()
		if c.stale() {
			continue
		}
		if !c.Hold && !workflow.Now(ctx).Before(at) {
			return nil
		}
		if c.Hold || at.IsZero() {
			if err := workflow.Await(ctx, func() bool { return c.stale() || !c.Hold && !at.IsZero() }); err != nil {
				return err
			}
			continue
		}
		if err := c.enter(ctx, phaseScheduled); err != nil {
			return err
		}
		if c.Ref.Effective.IsZero() || !c.Ref.Effective.Equal(at) {
			c.Ref.Effective = at
			_ = workflow.UpsertTypedSearchAttributes(ctx, attrEffective.ValueSet(at))
			c.touch(ctx)
		}
		if _, err := c.clock.until(ctx, at, why, func() bool { return c.stale() || c.Hold }); err != nil {
			return err
		}
	}
}

// waitOut looks again after the gate kept something back. It judges by the clock of another machine, which may be some
// seconds behind; so the next attempt is not at once.
func (c *roleCase) waitOut(ctx workflow.Context) error {
	for _, r := range c.Steps {
		if r.State == plan.NotApplicable && r.Outcome.Problem == activities.Conflict {
			r.State = plan.Pending
		}
	}
	c.Did = ""
	heard := c.heard
	_, err := c.clock.until(ctx, workflow.Now(ctx).Add(10*time.Second), "look again at what was kept back", func() bool { return c.heard != heard })
	c.changes++
	return err
}

// fingerprint names what the accounts are to be brought to. Two looks with one fingerprint ask for the same.
func (c *roleCase) fingerprint() string {
	p := c.Person
	p.UpdatedAt = time.Time{}
	p.Home, p.OfficeAddress = employee.Address{}, employee.Address{}
	var manager plan.Heir
	if c.Now.Manager != nil {
		manager = *c.Now.Manager
	}
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%v|%v|%v|%v|%v", c.Now.Role, p, manager, c.Now.Stand, c.Login)))
}

// describeRole adds to the view what only these processes know.
func (c *roleCase) describeRole(v *activities.CaseView) {
	v.Why = c.Over
	if c.Trouble != "" {
		v.WaitsFor = append(v.WaitsFor, "IT: the case cannot begin: "+c.Trouble)
	}
}

// report is the last entry of the case's log.
func (c *roleCase) report(sealed activities.Sealed) string {
	var parts []string
	if n := len(c.Edited); n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s changed", n, plural(n, "attribute", "attributes")))
	}
	if len(c.Gained) > 0 {
		parts = append(parts, "groups joined: "+strings.Join(c.Gained, ", "))
	}
	if len(c.Lost) > 0 {
		parts = append(parts, "groups left: "+strings.Join(c.Lost, ", "))
	}
	if len(c.Manual) > 0 {
		parts = append(parts, "given by hand and left: "+strings.Join(c.Manual, ", "))
	}
	text := fmt.Sprintf("%s %s after %s.", c.Process, c.Outcome, activities.Lasting(c.ClosedAt.Sub(c.Ref.Opened)))
	if c.Over != "" {
		text += " " + c.Over + "."
	}
	if len(parts) > 0 {
		text += " " + strings.Join(parts, "; ") + "."
	}
	return text + fmt.Sprintf(" Evidence: %d records, sealed with %s.", sealed.Records, sealed.Hash)
}
