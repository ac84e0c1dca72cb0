package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
)

// gate lets a case begin: approved where policy asks for it, and not before its moment.
func (c *offboard) gate(ctx workflow.Context) error {
	if c.mustBeApproved() {
		if err := c.awaitApproval(ctx); err != nil || c.Denied != "" {
			return err
		}
	}
	if !c.mayBegin(ctx) {
		if err := c.enter(ctx, phaseScheduled); err != nil {
			return err
		}
		// The moment may be moved while we wait, so every wait is for the moment as it is now.
		for !c.mayBegin(ctx) {
			at := c.Ref.Effective
			if _, err := c.clock.until(ctx, at, "containment begins", func() bool { return !c.Ref.Effective.Equal(at) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *offboard) mayBegin(ctx workflow.Context) bool {
	return c.Contained || !workflow.Now(ctx).Before(c.Ref.Effective)
}

func (c *offboard) mustBeApproved() bool {
	return !c.Emergency && !c.Contained && len(c.Approved) < c.Settings.ApprovalsNeeded
}

func (c *offboard) awaitApproval(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseApproval); err != nil {
		return err
	}
	c.say(ctx, activities.EntryTask, "", "Approval needed from %d %s: %s. Nothing is done before.", c.Settings.ApprovalsNeeded,
		plural(c.Settings.ApprovalsNeeded, "person", "different people"), c.Settings.ApprovalWhy)
	ok, err := c.clock.until(ctx, c.approvalExpires(), "approval expires", func() bool { return !c.mustBeApproved() || c.Denied != "" })
	if err == nil && !ok {
		c.Denied = "nobody approved it in time"
		c.say(ctx, activities.EntryFailure, "", "Not approved in time: the case is closed. %s", c.whatWasDone())
	}
	return err
}

func (c *offboard) approvalExpires() time.Time { return c.Ref.Opened.Add(c.Settings.ApprovalExpiry) }

// knowAsker asks for one approval more, and for people whom Tenure knows, when it is not known who started the case: who
// asked at one door could be who approves at another. It is decided once, because a running case keeps its gate.
func (c *offboard) knowAsker(ctx workflow.Context) {
	door, _, _ := strings.Cut(c.Ref.Actor, ":")
	if c.Settings.ApprovalsNeeded == 0 || c.Request.ActorEmployee != "" || !peopleAsk(door) {
		return
	}
	if workflow.GetVersion(ctx, "unknown-asker", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	c.Stranger = true
	c.Settings.ApprovalsNeeded++
	c.Settings.ApprovalWhy += fmt.Sprintf("; and one more, by people whom Tenure knows, because it does not know who %s is", c.Ref.Actor)
}

// peopleAsk says whether it is people who come in by a door, rather than a system with a fact.
func peopleAsk(door string) bool { return slices.Contains([]string{"cli", "slack", "jira"}, door) }

// nonce ties an approval to this case and to no other.
func (c *offboard) nonce() string { return c.Ref.Run[:min(8, len(c.Ref.Run))] }

// handle registers what people and other processes can say to the case.
func (c *offboard) handle(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, Status.Name, func() (activities.CaseView, error) { return c.view(ctx), nil }); err != nil {
		return err
	}
	for _, err := range []error{
		setUpdate(ctx, Approve, c.mayApprove, c.approve),
		setUpdate(ctx, Deny, c.mayDeny, c.deny),
		setUpdate(ctx, Reschedule, c.mayReschedule, c.reschedule),
		setUpdate(ctx, Rescind, c.mayRescind, c.rescind),
		setUpdate(ctx, ExtendDelegation, c.mayExtend, c.extend),
		setUpdate(ctx, Hold, c.mayHold, c.hold),
		setUpdate(ctx, Release, c.mayRelease, c.release),
		c.handleSteps(ctx, c.retryStep),
	} {
		if err != nil {
			return err
		}
	}
	receive(ctx, EmployeeChanged, c.onEmployeeChanged)
	receive(ctx, ShipmentMoved, c.onShipmentMoved)
	return nil
}

func (c *offboard) mayApprove(in ApproveRequest) error {
	if err := named(in.PersonSays, false); err != nil {
		return err
	}
	switch {
	case c.Denied != "":
		return refuse(activities.Conflict, "this case was denied already (%s)", c.Denied)
	case c.Phase != phaseApproval || !c.mustBeApproved():
		return refuse(activities.Conflict, "this case does not wait for an approval (it is in phase %s)", c.Phase)
	case in.Nonce != c.nonce():
		return refuse(activities.Conflict, "this approval is for another or an earlier request; approve the one shown now (nonce %s)", c.nonce())
	case in.By == c.Ref.Actor, in.Employee != "" && in.Employee == c.Request.ActorEmployee:
		return refuse(activities.Forbidden, "%s asked for this case and cannot approve it; somebody else must", in.By)
	case c.isSubject(in.By), in.Employee != "" && in.Employee == c.Person.ID:
		return refuse(activities.Forbidden, "%s is the person this case is about and cannot approve it", in.By)
	case c.Stranger && in.Employee == "":
		return refuse(activities.Forbidden, "neither who asked for this case (%s) nor who %s is, is known: it could be one person. Approve it where Tenure knows you", c.Ref.Actor, in.By)
	case slices.Contains(c.Approved, in.By), in.Employee != "" && slices.Contains(c.ApprovedBy, in.Employee):
		return refuse(activities.Conflict, "%s has approved already; policy asks for %d different people", in.By, c.Settings.ApprovalsNeeded)
	case c.Settings.OneCLIVoice && atCLI(in.By) && slices.ContainsFunc(c.Approved, atCLI):
		return refuse(activities.Conflict, "somebody has approved at the command line already, where who speaks is only said: approve in Slack (or let the policy say access.cli_decides: any)")
	}
	return nil
}

// atCLI says whether an actor speaks at the command line.
func atCLI(actor string) bool { return strings.HasPrefix(actor, "cli:") }

// isSubject says whether a door's id is the leaver's own id or address.
func (c *offboard) isSubject(by string) bool {
	_, who, _ := strings.Cut(by, ":")
	return strings.EqualFold(who, c.Person.Email) || employee.ID(who) == c.Person.ID
}

func (c *offboard) approve(ctx workflow.Context, in ApproveRequest) (activities.CaseView, error) {
	if err := c.mayApprove(in); err != nil { // somebody else may have decided since it was looked at
		return activities.CaseView{}, err
	}
	c.Approved = append(c.Approved, in.By)
	if in.Employee != "" {
		c.ApprovedBy = append(c.ApprovedBy, in.Employee)
	}
	c.say(ctx, activities.EntryInfo, "", "Approved by %s (%d of %d). %s", in.By, len(c.Approved), c.Settings.ApprovalsNeeded, in.Reason)
	return c.view(ctx), c.decided(ctx, activities.Decision{What: "approve", By: in.By, Reason: in.Reason})
}

func (c *offboard) mayDeny(in PersonSays) error {
	switch {
	case c.Denied != "":
		return refuse(activities.Conflict, "this case was denied already (%s)", c.Denied)
	case c.Phase != phaseApproval || !c.mustBeApproved():
		return refuse(activities.Conflict, "this case does not wait for an approval (it is in phase %s); rescind it instead", c.Phase)
	}
	return named(in, true)
}

// deny closes the gate before anything else happens: an approval that comes in the same moment finds it closed.
func (c *offboard) deny(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	if err := c.mayDeny(in); err != nil {
		return activities.CaseView{}, err
	}
	c.Denied = in.By + ": " + in.Reason
	c.say(ctx, activities.EntryFailure, "", "Denied by %s: %s. %s", in.By, in.Reason, c.whatWasDone())
	err := c.decided(ctx, activities.Decision{What: "deny", By: in.By, Reason: in.Reason})
	return c.view(ctx), err
}

// whatWasDone is what a case that closes at its gate may claim about itself.
func (c *offboard) whatWasDone() string {
	if len(c.doneSteps()) == 0 {
		return "Nothing was done."
	}
	return "What was done before stays as it is."
}

func (c *offboard) begun() bool {
	return c.Phase != "" && c.Phase != phaseOpen && c.Phase != phaseApproval && c.Phase != phaseScheduled
}

func (c *offboard) mayReschedule(in RescheduleRequest) error {
	if err := named(in.PersonSays, true); err != nil {
		return err
	}
	if in.At.IsZero() {
		return refuse(activities.InvalidInput, "at is missing: give the new moment as RFC 3339, for example 2026-11-30T17:00:00-05:00")
	}
	if c.begun() && !c.dying() {
		return refuse(activities.Conflict, "containment has begun already (phase %s): it cannot be moved, only rescinded", c.Phase)
	}
	if in.Emergency && c.Opened && !c.mayHurry(in.By) {
		return refuse(activities.Forbidden, "%s may not make this case an emergency, which would pass its approval by; ask somebody whom approvals.emergency_from in the policy names", in.By)
	}
	return nil
}

// mayHurry says whether an emergency from this actor passes by the approval that the case needs.
func (c *offboard) mayHurry(by string) bool {
	door, _, _ := strings.Cut(by, ":")
	return c.Settings.ApprovalsNeeded == 0 || slices.Contains(c.Settings.EmergencyFrom, by) || slices.Contains(c.Settings.EmergencyFrom, door)
}

func (c *offboard) reschedule(ctx workflow.Context, in RescheduleRequest) (activities.CaseView, error) {
	if c.dying() {
		return c.askAnew(ctx, in)
	}
	if in.Emergency {
		c.hurry(ctx, in.By)
	}
	c.moveTo(ctx, in.At, in.By+": "+in.Reason)
	return c.view(ctx), c.decided(ctx, activities.Decision{What: "reschedule", By: in.By, Reason: in.Reason})
}

func (c *offboard) moveTo(ctx workflow.Context, at time.Time, why string) {
	c.Ref.Effective = at
	c.say(ctx, activities.EntryInfo, "", "Moved to %s. %s", at.Format(time.RFC3339), why)
	_ = workflow.UpsertTypedSearchAttributes(ctx, attrEffective.ValueSet(at))
}

func (c *offboard) mayRescind(in PersonSays) error {
	if c.calledBack() || c.Outcome != "" {
		return refuse(activities.Conflict, "this case is ending already")
	}
	return named(in, true)
}

func (c *offboard) rescind(ctx workflow.Context, in PersonSays) (activities.CaseView, error) {
	c.rescinding = true // whatever HR says from here on is about the next case
	c.say(ctx, activities.EntryInfo, "", "Rescinded by %s: %s", in.By, in.Reason)
	err := c.decided(ctx, activities.Decision{What: "rescind", By: in.By, Reason: in.Reason})
	c.Rescinded = &in
	return c.view(ctx), err
}

// onEmployeeChanged meets HR's newer word with the case that runs.
func (c *offboard) onEmployeeChanged(ctx workflow.Context, in EmployeeChange) {
	c.changes++
	switch {
	case c.replaced:
		c.late = append(c.late, in)
		return
	case c.dying() && c.hearAnew(in):
		return
	case in.Confirmed != nil:
		c.onRehired(ctx, *in.Confirmed)
		return
	}
	switch in.Event.Kind {
	case employee.Left:
		if !c.begun() && workflow.Now(ctx).Before(c.Ref.Effective) {
			c.moveTo(ctx, workflow.Now(ctx), "HR made the person inactive before the planned day.")
		}
	case employee.Departing:
		c.onDeparting(ctx, in.EffectiveAt)
	case employee.Staying:
		if !c.begun() {
			c.Rescinded = &PersonSays{By: "namely:watch", Reason: "HR cleared the departure date"}
			c.say(ctx, activities.EntryInfo, "", "HR cleared the departure date: the case is rescinded before it began.")
			return
		}
		c.say(ctx, activities.EntryTask, "", "HR cleared the departure date after access was ended: rescind the case, or leave it.")
	case employee.Returned:
		c.say(ctx, activities.EntryTask, "", "HR says that %s is %s again. Rescind the case, or leave it as it is.", c.Ref.Employee, employee.Active)
	case employee.Joining, employee.Changed:
	default:
		c.say(ctx, activities.EntryInfo, "", "%s", fmt.Sprintf("HR event %q is not known to this version.", in.Event.Kind))
	}
}

// onDeparting follows a departure date that HR moved. Access that was ended does not come back by itself.
func (c *offboard) onDeparting(ctx workflow.Context, at time.Time) {
	switch {
	case at.IsZero() || at.Equal(c.Ref.Effective):
	case !c.begun():
		c.moveTo(ctx, at, "HR moved the departure date.")
	case at.After(workflow.Now(ctx)):
		c.say(ctx, activities.EntryTask, "", "HR moved the departure date to %s after access was ended: rescind the case, or leave it.", at.Format(time.RFC3339))
	}
}
