package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// Steps that exist only when a case does not go as planned.
const (
	stepPlan          plan.StepID = "tenure.plan"
	stepOktaRestore   plan.StepID = "okta.restore"
	stepGoogleRestore plan.StepID = "google.restore"
	actUnlock         plan.Action = "jamf.unlock"
	actCancelReturn   plan.Action = "device.cancel"
)

// runSteps performs one system's steps of a phase in the plan's order. Neighbours that share an activity run as
// one; a step waits for those it needs; a step that takes days goes on beside the lane.
func (c *offboard) runSteps(ctx workflow.Context, phase plan.Phase, system string) {
	for ctx.Err() == nil {
		group := c.nextGroup(phase, system)
		if len(group) == 0 {
			return
		}
		if !c.await(ctx, group[0]) {
			return
		}
		if longStep(group[0]) {
			c.goLong(ctx, group[0])
			continue
		}
		c.do(ctx, group...)
	}
}

// nextGroup is the next step in line with the neighbours that the same activity performs.
func (c *offboard) nextGroup(phase plan.Phase, system string) []*StepRecord {
	var line []*StepRecord
	var steps []plan.Step
	for _, r := range c.pending(phase, system) {
		if !c.withheld(r) && !c.lanes[longLane(r)] {
			line, steps = append(line, r), append(steps, r.Step)
		}
	}
	if len(line) == 0 {
		return nil
	}
	return line[:len(plan.Batches(steps)[0])]
}

// withheld keeps the Okta deactivation back where it would suspend the Google account on the first day: the plan
// moves it behind the hand-over.
func (c *offboard) withheld(r *StepRecord) bool {
	return r.ID.Action() == plan.OktaDeactivate && r.Phase == plan.Contain && c.Facts.Okta != nil && c.Facts.Okta.MayWait()
}

// tooEarly says whether doing a step now would suspend the Google account, by Okta's push, while the mailbox is
// still lent. The plan has put such steps behind google.suspend.
func (c *offboard) tooEarly(r *StepRecord) bool {
	if c.Facts.Okta == nil || !c.Facts.Okta.MayWait() {
		return false
	}
	end := c.record(plan.StepID(plan.GoogleSuspend))
	return c.withheld(r) || r.Phase == plan.LeaseEnd && r.ID.System() != "google" && end != nil && !end.State.Ended()
}

// pending lists the steps of a phase ("" for all) and a system ("" for all) whose turn has not come yet.
func (c *offboard) pending(phase plan.Phase, system string) []*StepRecord {
	var out []*StepRecord
	for _, r := range c.Steps {
		if r.State == plan.Pending && (phase == "" || r.Phase == phase) && (system == "" || r.ID.System() == system) {
			out = append(out, r)
		}
	}
	return out
}

// await waits until what a step needs has ended: proved, or waived by a person.
func (c *offboard) await(ctx workflow.Context, r *StepRecord) bool {
	ready := func() bool {
		for _, id := range r.Needs {
			if n := c.record(id); n != nil && !n.State.Ended() {
				return false
			}
		}
		return true
	}
	return workflow.Await(ctx, ready) == nil
}

// longStep says whether a step is a job at a vendor or in the world that takes hours to weeks.
func longStep(r *StepRecord) bool {
	switch r.ID.Action() {
	case plan.JamfLock:
		return r.ID.Object() != ""
	case plan.GoogleTransfer, plan.DeviceReturn:
		return true
	default:
		return false
	}
}

func longLane(r *StepRecord) string { return "long " + string(r.ID) }

// actOn performs steps that share one activity. Facts that could not be read earlier are read first.
func (c *offboard) actOn(ctx workflow.Context, records []*StepRecord) ([]activities.Outcome, error) {
	first := records[0]
	if system := homeOf(first); system != "" {
		if err := c.learn(ctx, system); err != nil {
			return nil, err
		}
		if first.State.Ended() { // the account turned out not to exist
			return absentOutcomes(records), nil
		}
		if c.tooEarly(first) { // what was learnt puts it off
			return []activities.Outcome{{Step: first.ID, State: plan.Pending, Detail: first.Note}}, nil
		}
	}
	l := lane{emergency: c.Emergency, containing: first.Phase == plan.Contain}
	switch first.ID.System() {
	case "okta", "app":
		return c.actOnOkta(ctx, records, l)
	case "google":
		return c.actOnGoogle(ctx, records, l)
	case "jamf":
		return c.actOnLock(ctx, first, l)
	case "slack":
		return outcomes(call(ctx, activities.SlackCutAccess, c.performOn("", c.Person.Email, records), summary(records), l))
	}
	return nil, refuse(activities.Unsupported, "no system performs %s", first.ID)
}

// homeOf is the system whose snapshot a step needs.
func homeOf(r *StepRecord) string {
	switch r.ID.System() {
	case "okta", "google":
		return r.ID.System()
	case "app":
		return "okta"
	}
	return ""
}

func absentOutcomes(records []*StepRecord) []activities.Outcome {
	out := make([]activities.Outcome, 0, len(records))
	for _, r := range records {
		out = append(out, r.Outcome)
	}
	return out
}

func (c *offboard) performOn(account, login string, records []*StepRecord) activities.Perform {
	p := activities.Perform{CaseRef: c.Ref, Account: account, Login: login}
	for _, r := range records {
		p.Steps = append(p.Steps, r.ID)
	}
	return p
}

func (c *offboard) actOnOkta(ctx workflow.Context, records []*StepRecord, l lane) ([]activities.Outcome, error) {
	f := c.Facts.Okta
	in := c.performOn(f.UserID, f.Login, records)
	switch a := records[0].ID.Action(); a {
	case plan.AppRevoke:
		return outcomes(call(ctx, activities.OktaUnassignApp, activities.UnassignApp{CaseRef: c.Ref, Account: f.UserID,
			Step: records[0].ID, App: *records[0].App}, summary(records), l))
	case plan.OktaGroups:
		return outcomes(call(ctx, activities.OktaRemoveGroups, in, summary(records), l))
	case plan.OktaDeactivate:
		return outcomes(call(ctx, activities.OktaDeactivateUser, in, summary(records), l))
	case plan.OktaFactors, plan.OktaGrants, plan.OktaDevices:
		return outcomes(call(ctx, activities.OktaRevokeCredentials, in, summary(records), l))
	default:
		return outcomes(call(ctx, activities.OktaCutAccess, in, summary(records), l))
	}
}

func (c *offboard) actOnGoogle(ctx workflow.Context, records []*StepRecord, l lane) ([]activities.Outcome, error) {
	in := c.performOn(c.Facts.Google.UserID, c.Facts.Google.PrimaryEmail, records)
	what := summary(records)
	heir := c.heirMail()
	switch records[0].ID.Action() {
	case plan.GoogleForwarding:
		return outcomes(call(ctx, activities.GoogleCloseLeaks, activities.CloseLeaks{Perform: in, Keep: heir}, what, l))
	case plan.GoogleDelegate:
		return outcomes(call(ctx, activities.GoogleDelegateMailbox, activities.DelegateMailbox{Perform: in, Delegate: heir}, what, l))
	case plan.GoogleUndelegate:
		// Nobody is named: whoever sees the mailbox then, an heir of an earlier day too, is taken out.
		return outcomes(call(ctx, activities.GoogleRemoveDelegate, activities.DelegateMailbox{Perform: in}, what, l))
	case plan.GoogleAutoReply:
		return outcomes(call(ctx, activities.GoogleSetAutoReply, activities.SetAutoReply{Perform: in, Subject: c.Settings.ReplySubject, Body: c.Settings.ReplyBody}, what, l))
	case plan.GoogleTransfer:
		return c.actOnTransfer(ctx, records[0], in, l)
	case plan.GoogleGroups:
		return outcomes(call(ctx, activities.GoogleMoveGroups, activities.MoveGroups{Perform: in, Groups: c.Facts.Google.OwnedGroups, To: heir}, what, l))
	case plan.GoogleHide:
		return outcomes(call(ctx, activities.GoogleHideUser, in, what, l))
	case plan.GoogleOrgUnit:
		return outcomes(call(ctx, activities.GoogleMoveOrgUnit, activities.MoveOrgUnit{Perform: in, OrgUnit: c.Settings.OrgUnit, Delegate: c.lentTo()}, what, l))
	case plan.GoogleSuspend:
		return outcomes(call(ctx, activities.GoogleSuspendUser, in, what, l))
	default:
		return outcomes(call(ctx, activities.GoogleCutAccess, in, what, l))
	}
}

func (c *offboard) heirMail() string {
	if c.Heir == nil {
		return ""
	}
	return c.Heir.Email
}

// lentTo is the address the mailbox is lent to, once that is verified.
func (c *offboard) lentTo() string {
	if r := c.record(plan.StepID(plan.GoogleDelegate)); r != nil && r.State == plan.Verified {
		return c.heirMail()
	}
	return ""
}

// outcomes turns an activity's result into step outcomes.
func outcomes[Out activities.Evidenced](out Out, err error) ([]activities.Outcome, error) {
	if err != nil {
		return nil, err
	}
	return out.StepOutcomes(), nil
}

// summary is what the Temporal UI shows for the call: step ids, no personal data.
func summary(records []*StepRecord) string {
	s := string(records[0].ID)
	for _, r := range records[1:] {
		s += ", " + string(r.ID.Action())
	}
	return s
}

// retryStep tries a step again because a person asked for it.
func (c *offboard) retryStep(ctx workflow.Context, r *StepRecord) {
	switch {
	case r.ID == stepPlan:
		r.State = plan.Pending
	case r.ID == plan.StepID(plan.JamfLock):
		c.findDevicesAgain(ctx, r)
	case r.ID == plan.StepID(plan.AppRevoke):
		if err := c.learn(ctx, "okta"); err != nil {
			c.settle(ctx, r, outcomeFor(r, nil, err))
		}
	case r.ID == stepOktaRestore || r.ID == stepGoogleRestore:
		c.restore(ctx, r.ID)
	case longStep(r):
		c.retryLong(ctx, r)
	case plan.WorkOf(r.ID.Action()) == "":
		c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Detail: r.Outcome.Detail,
			Mend: fmt.Sprintf("Tenure cannot do %s; do it by hand and say skip, with what was done as the reason", r.ID)})
	default:
		c.do(ctx, r)
	}
}

// findDevicesAgain repeats the device lookup that failed, and takes up what it finds.
func (c *offboard) findDevicesAgain(ctx workflow.Context, r *StepRecord) {
	if err := c.snapshot(ctx, "jamf"); err != nil {
		c.settle(ctx, r, outcomeFor(r, nil, err))
		return
	}
	c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Verified, Detail: fmt.Sprintf("%d devices found", len(c.Facts.Devices.Devices)), Verified: workflow.Now(ctx)})
	c.runSteps(ctx, plan.Contain, "jamf")
	if c.Planned && c.replan(ctx) == nil {
		c.runSteps(ctx, plan.Devices, "device")
	}
}

// canRead says whether Tenure can read back what a person says was done. An application that only its owner can
// reach has no probe, and what no activity performs cannot be read either.
func canRead(r *StepRecord) bool {
	switch {
	case r.ID == stepOktaRestore || r.ID == stepGoogleRestore:
		return r.Outcome.Problem != activities.Unsupported // what no machine can give back reads the same for ever
	case r.ID == stepPlan || r.ID == plan.StepID(plan.JamfLock):
		return true
	case r.ID.Action() == plan.AppRevoke:
		return r.App != nil && r.App.OktaID != "" && r.App.Method == plan.Automatic
	case r.ID.Action() == plan.DeviceReturn:
		return false
	}
	return plan.WorkOf(r.ID.Action()) != ""
}
