package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// undo brings back what a rescinded case has taken away, from the snapshot. Before containment there is nothing to
// bring back, and no vendor is called. What cannot be undone becomes somebody's job. Once the person leaves after all,
// nothing more is given back.
func (c *offboard) undo(ctx workflow.Context) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	done := c.doneSteps()
	c.dropPending(c.Rescinded.By, "the case was rescinded")
	if len(done) == 0 {
		return
	}
	_ = c.enter(ctx, phaseRescind)
	c.adopt(c.undoSteps(done))
	for _, r := range c.Steps {
		if (r.ID == stepOktaRestore || r.ID == stepGoogleRestore) && c.Anew == nil {
			c.restore(ctx, r.ID)
		}
	}
	if c.Anew == nil {
		c.cancelReturns(ctx)
	}
	for _, r := range c.Steps {
		if r.State.AsksForPerson() && r.Due.IsZero() {
			c.settle(ctx, r, presetOutcome(r))
		}
	}
	_ = workflow.Await(ctx, func() bool { return c.allEnded() || c.Anew != nil })
	if c.Anew != nil {
		c.overtake(ctx)
	}
}

func (c *offboard) doneSteps() []plan.StepID {
	var done []plan.StepID
	for _, r := range c.Steps {
		if r.Attempts > 0 {
			done = append(done, r.ID)
		}
	}
	return done
}

// dropPending ends what was still to be done.
func (c *offboard) dropPending(by, why string) {
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.By, r.Due, r.Owner = plan.Skipped, by, time.Time{}, ""
			r.Outcome.Detail = why
		}
	}
}

// undoSteps are the steps of bringing back: what a machine can do, and tasks for what it cannot.
func (c *offboard) undoSteps(done []plan.StepID) []plan.Step {
	var steps []plan.Step
	touched := func(system string) bool {
		return slices.ContainsFunc(done, func(id plan.StepID) bool { return id.System() == system })
	}
	if touched("okta") && c.Facts.Okta != nil && c.Facts.Okta.Exists {
		steps = append(steps, plan.Step{ID: stepOktaRestore, Phase: plan.HandOver, Critical: true, Title: "Okta account restored"})
	}
	if touched("google") && c.Facts.Google != nil && c.Facts.Google.Exists {
		steps = append(steps, plan.Step{ID: stepGoogleRestore, Phase: plan.HandOver, Critical: true, Title: "Google account restored"})
	}
	for _, id := range done {
		switch serial := id.Object(); id.Action() {
		case plan.JamfLock:
			steps = append(steps, plan.Step{ID: actUnlock.For(serial), Phase: plan.Devices, Title: "Computer " + serial + " unlocked",
				Preset: plan.NeedsAttention, Note: "a lock cannot be undone from afar: the PIN must be typed on the computer"})
		case plan.GoogleTransfer:
			steps = append(steps, plan.Step{ID: "google.untransfer", Phase: plan.HandOver, Title: "Files given back",
				Preset: plan.NeedsAttention, Note: "files handed over do not come back by themselves (" + c.record(id).Title + "): whoever has them must give them back"})
		default: // nothing to undo, or undone with its account
		}
	}
	return steps
}

// restore brings one account back and records every part of it.
func (c *offboard) restore(ctx workflow.Context, id plan.StepID) {
	r := c.record(id)
	r.State, r.Started, r.Attempts = plan.Running, workflow.Now(ctx), r.Attempts+1
	c.touch(ctx)
	c.busy++
	var out []activities.Outcome
	var err error
	ctx, done := c.boundTo(ctx, string(id))
	defer done()
	if id == stepOktaRestore {
		out, err = outcomes(call(ctx, activities.OktaRestoreUser, activities.RestoreOkta{CaseRef: c.Ref, Facts: *c.Facts.Okta, Done: c.doneSteps()}, "restore the Okta account", lane{}))
	} else {
		out, err = outcomes(call(ctx, activities.GoogleRestoreUser, activities.RestoreGoogle{CaseRef: c.Ref, Facts: *c.Facts.Google, Done: c.doneSteps(), Delegate: c.heirMail()}, "restore the Google account", lane{}))
	}
	c.busy--
	c.settle(ctx, r, summed(r, out, err))
}

// summed makes one outcome of the parts of a restoration: proved only when every part is.
func summed(r *StepRecord, parts []activities.Outcome, err error) activities.Outcome {
	if err != nil || len(parts) == 0 {
		return outcomeFor(r, nil, err)
	}
	sum := activities.Outcome{Step: r.ID, State: plan.Verified}
	var details, reads, mends []string
	for _, p := range parts {
		details = append(details, p.Detail)
		if p.ReadBack != "" {
			reads = append(reads, p.ReadBack)
		}
		if p.Verified.After(sum.Verified) {
			sum.Executed, sum.Verified = p.Executed, p.Verified
		}
		if !p.State.Proved() {
			sum.State, sum.Problem = p.State, p.Problem
			mends = append(mends, p.Mend)
		}
	}
	sum.Detail, sum.ReadBack, sum.Mend = strings.Join(details, "; "), strings.Join(reads, "; "), strings.Join(mends, "; ")
	return sum
}

// cancelReturns tells the devices' returns that the person stays. Each answers whether there is a box to see to.
func (c *offboard) cancelReturns(ctx workflow.Context) {
	for _, r := range slices.Clone(c.Steps) {
		if r.ID.Action() != plan.DeviceReturn || r.Attempts == 0 {
			continue
		}
		serial := r.ID.Object()
		c.adopt([]plan.Step{{ID: actCancelReturn.For(serial), Phase: plan.Devices, Title: "Return of " + serial + " called off"}})
		off := c.record(actCancelReturn.For(serial))
		off.State, off.Outcome.Detail = plan.Waiting, "the return is asked what there is to see to"
		change := EmployeeChange{Event: employee.Event{Kind: employee.Returned, Employee: c.Ref.Employee, Detected: workflow.Now(ctx)}}
		if err := workflow.SignalExternalWorkflow(ctx, DeviceReturnID(c.Ref.Employee, serial).String(), "", EmployeeChanged.Name, change).Get(ctx, nil); err != nil {
			c.settle(ctx, off, activities.Outcome{Step: off.ID, State: plan.NotApplicable, Detail: "the return had ended already"})
		}
	}
}

// ending is the case's outcome in one word.
func (c *offboard) ending() string {
	switch {
	case c.Denied != "":
		return "denied"
	case c.Rescinded != nil:
		return "rescinded"
	case c.Rehired != nil:
		return "rehired"
	default:
		return "completed"
	}
}

// report is the last entry of the case's log: what was done, what was not, and how long it took.
func (c *offboard) report(ctx workflow.Context, sealed activities.Sealed) string {
	v := c.view(ctx)
	count := map[plan.State]int{}
	for _, s := range v.Steps {
		count[s.State]++
	}
	var parts []string
	for _, st := range []plan.State{plan.Verified, plan.AlreadyAbsent, plan.NotApplicable, plan.IgnoredByPolicy, plan.Skipped} {
		if count[st] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[st], stateWord(st)))
		}
	}
	text := fmt.Sprintf("Case %s after %s: %s.", c.Outcome, activities.Lasting(c.ClosedAt.Sub(c.Ref.Opened)), strings.Join(parts, ", "))
	if !v.ContainedAt.IsZero() {
		text += fmt.Sprintf(" Contained and verified %s after it began.", activities.Lasting(v.ContainedAt.Sub(v.Began())))
	}
	if c.Watch.Found > 0 {
		text += fmt.Sprintf(" Access came back %d %s and was taken away again.", c.Watch.Found, plural(c.Watch.Found, "time", "times"))
	}
	return text + fmt.Sprintf(" Evidence: %d records, sealed with %s.", sealed.Records, sealed.Hash)
}

// describeCase adds to the view what only an offboarding knows.
func (c *offboard) describeCase(v *activities.CaseView) {
	if c.Trouble != "" {
		v.WaitsFor = append(v.WaitsFor, "IT: the case cannot begin: "+c.Trouble)
	}
	v.LeaseEnds, v.WatchEnds = c.Lease.Ends, c.Watch.Ends
	if c.Heir != nil {
		v.Heir, v.HeirID = c.Heir.Name, c.Heir.Employee
	}
	if c.Phase == phaseApproval && c.mustBeApproved() && c.Outcome == "" {
		v.Approvals = &activities.Approvals{Needed: c.Settings.ApprovalsNeeded, By: slices.Clone(c.Approved), Why: c.Settings.ApprovalWhy,
			Expires: c.approvalExpires(), Nonce: c.nonce()}
		v.WaitsFor = append(v.WaitsFor, "an approver: "+c.Settings.ApprovalWhy)
	}
}
