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

// milestones are in order; a return never goes backwards.
var milestones = []activities.Milestone{activities.Ordered, activities.BoxShipped, activities.BoxDelivered,
	activities.DeviceShipped, activities.DeviceArrived, activities.DeviceCheckedIn, activities.InStock}

// advance takes a milestone up, if it is further than the last, and tells it once.
func (c *deviceReturn) advance(ctx workflow.Context, m activities.Milestone, text string) {
	if slices.Index(milestones, m) <= slices.Index(milestones, c.View.Milestone) {
		return
	}
	c.View.Milestone, c.View.Updated = m, workflow.Now(ctx)
	c.say(ctx, activities.EntryInfo, plan.DeviceReturn.For(c.View.Serial), "Laptop %s: %s", c.View.Serial, text)
	state := plan.Waiting
	switch {
	case m == activities.InStock && c.Received != nil && c.Received.ByWord:
		state = plan.Skipped // what nobody has read is not called verified in the case either
		text += "; received on the word of " + c.Received.By + ", " + c.Received.unread()
	case m == activities.InStock:
		state = plan.Verified
	}
	c.tell(ctx, state, text)
}

// look asks Retriever and the carrier how the shipment stands. A vendor that is away is asked again next time.
func (c *deviceReturn) look(ctx workflow.Context) {
	if c.Box.Order == "" {
		return
	}
	c.busy++
	defer func() { c.busy-- }()
	box, err := call(ctx, activities.RetrieverReadOrder, activities.ReadOrder{CaseRef: c.Ref, Step: plan.DeviceReturn.For(c.View.Serial),
		Order: c.Box.Order, MaxAge: c.Settings.Return.Poll / 2}, "state of order "+c.Box.Order, lane{})
	if err != nil {
		return
	}
	c.takeBox(ctx, box)
	c.lookAtParcel(ctx)
}

// lookNow asks the carrier alone.
func (c *deviceReturn) lookNow(ctx workflow.Context) {
	c.busy++
	defer func() { c.busy-- }()
	c.nudged = false
	c.lookAtParcel(ctx)
}

func (c *deviceReturn) takeBox(ctx workflow.Context, box activities.BoxState) {
	was := c.Box
	c.Box = box
	if box.Milestone == activities.Deactivated {
		if was.Milestone != activities.Deactivated {
			c.deactivated(ctx, box)
		}
		return
	}
	if box.ReturnTracking != "" && c.View.Tracking == "" {
		c.View.Tracking, c.View.Carrier = box.ReturnTracking, strings.ToUpper(box.ReturnCarrier)
	}
	c.advance(ctx, box.Milestone, boxWords(box))
}

func boxWords(box activities.BoxState) string {
	switch box.Milestone {
	case activities.BoxShipped:
		return fmt.Sprintf("the box is on its way (%s %s)", strings.ToUpper(box.OutboundCarrier), box.OutboundTracking)
	case activities.BoxDelivered:
		return "the box was delivered; waiting for the laptop to be sent"
	case activities.DeviceShipped:
		return fmt.Sprintf("the laptop is on its way (%s %s)", strings.ToUpper(box.ReturnCarrier), box.ReturnTracking)
	case activities.DeviceArrived:
		return "the laptop has arrived; waiting for check-in"
	case activities.Ordered, activities.DeviceCheckedIn, activities.InStock, activities.Deactivated:
	}
	return "order " + box.Order + " is " + box.Status
}

// deactivated asks a person what to do about an order that was given up.
func (c *deviceReturn) deactivated(ctx workflow.Context, box activities.BoxState) {
	r := c.record(actCheckIn.For(c.View.Serial))
	c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.NeedsAttention, Account: box.Order, Problem: activities.Conflict,
		Detail: "Retriever gave the order up: " + box.Why, Mend: "ask the employee; then say received, or skip with the reason"})
	c.tellTrouble(ctx, r)
}

// lookAtParcel follows the laptop's own parcel, once it is on its way, through whichever carrier has it.
func (c *deviceReturn) lookAtParcel(ctx workflow.Context) {
	if c.Box.ReturnTracking == "" || slices.Index(milestones, c.View.Milestone) < slices.Index(milestones, activities.BoxDelivered) {
		return
	}
	var (
		p   activities.Parcel
		err error
	)
	if c.Parcel.Tracker == "" {
		p, err = call(ctx, activities.TrackingEnsure, activities.TrackParcel{CaseRef: c.Ref, Tracking: c.Box.ReturnTracking, Carrier: c.Box.ReturnCarrier, IsReturn: true}, "track the parcel", lane{})
	} else {
		p, err = call(ctx, activities.TrackingRead, activities.ReadTracker{CaseRef: c.Ref, Tracker: c.Parcel.Tracker}, "state of the parcel", lane{})
	}
	if err != nil || p.Updated.Before(c.Parcel.Updated) {
		return // late and out-of-order news does not move a parcel backwards
	}
	was := c.Parcel.Status
	c.Parcel = p
	c.View.TrackURL, c.View.LastSeen = p.PublicURL, p.LastSeen
	c.tellParcel(ctx, was)
}

func (c *deviceReturn) tellParcel(ctx workflow.Context, was activities.ParcelStatus) {
	p := c.Parcel
	if p.Status == was {
		return
	}
	switch p.Status {
	case activities.ParcelInTransit:
		c.advance(ctx, activities.DeviceShipped, "the laptop is on its way ("+p.Carrier+" "+p.Tracking+")")
	case activities.ParcelDelivered:
		c.advance(ctx, activities.DeviceArrived, "the carrier delivered the laptop; waiting for check-in")
	case activities.ParcelException, activities.ParcelPickup, activities.ParcelCancelled:
		c.say(ctx, activities.EntryFailure, plan.DeviceReturn.For(c.View.Serial), "Parcel %s: %s. %s", p.Tracking, p.Vendor, p.LastSeen)
		c.signalParent(ctx, ShipmentMove{View: c.View, State: plan.Waiting, Text: "parcel " + p.Tracking + ": " + p.Vendor, Failure: true})
	case activities.ParcelCreated:
	}
}

// nextReminder is the next rung of the ladder.
func (c *deviceReturn) nextReminder() (time.Time, bool) {
	rungs := c.Settings.Return.Reminders
	if c.Reminded >= len(rungs) || slices.Index(milestones, c.View.Milestone) >= slices.Index(milestones, activities.DeviceShipped) {
		return time.Time{}, false
	}
	return c.Ref.Opened.Add(rungs[c.Reminded].After), true
}

// remind climbs the ladder: employee, then manager, then HR.
func (c *deviceReturn) remind(ctx workflow.Context) {
	at, ok := c.nextReminder()
	if !ok || workflow.Now(ctx).Before(at) {
		return
	}
	rung := c.Settings.Return.Reminders[c.Reminded]
	c.Reminded++
	text := fmt.Sprintf("reminder %d of %d: the laptop has not been sent; remind the %s", c.Reminded, len(c.Settings.Return.Reminders), rung.Whom)
	c.say(ctx, activities.EntryTask, plan.DeviceReturn.For(c.View.Serial), "Laptop %s: %s", c.View.Serial, text)
	c.tell(ctx, plan.Waiting, text)
}

// tell lets the offboarding case know how the device stands.
func (c *deviceReturn) tell(ctx workflow.Context, state plan.State, text string) {
	c.signalParent(ctx, ShipmentMove{View: c.View, State: state, Text: text})
}

func (c *deviceReturn) tellTrouble(ctx workflow.Context, r *StepRecord) {
	c.signalParent(ctx, ShipmentMove{View: c.View, State: plan.NeedsAttention, Failure: true, Problem: r.Outcome.Problem,
		Mend: fmt.Sprintf("%s (step %s of %s)", r.Outcome.Mend, r.ID, c.Ref.Case), Text: r.Title + ": " + r.Outcome.Detail})
}

// signalParent sends, and does not mind a case that has ended meanwhile.
func (c *deviceReturn) signalParent(ctx workflow.Context, m ShipmentMove) {
	if c.Request.Parent == "" {
		return
	}
	_ = workflow.SignalExternalWorkflow(ctx, c.Request.Parent, "", ShipmentMoved.Name, m).Get(ctx, nil)
}

// handle registers what people and carriers can say to the return.
func (c *deviceReturn) handle(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, Status.Name, func() (activities.CaseView, error) { return c.view(ctx), nil }); err != nil {
		return err
	}
	if err := c.handleSteps(ctx, func(ctx workflow.Context, r *StepRecord) { c.do(ctx, r) }); err != nil {
		return err
	}
	receive(ctx, LaptopReceived, c.onReceived)
	receive(ctx, EmployeeChanged, c.onEmployeeChanged)
	receive(ctx, ShipmentMoved, c.onShipmentMoved)
	return nil
}

// onShipmentMoved hears that the tracker has news. What they are is read from the tracker itself: news that come late
// or in the wrong order cannot move the shipment backwards.
func (c *deviceReturn) onShipmentMoved(_ workflow.Context, _ ShipmentMove) { c.nudged = true }

// onReceived takes a receipt whose serial number is the device's. Another device is not this one. A serial number that
// was read counts for more than a word before it.
func (c *deviceReturn) onReceived(ctx workflow.Context, in LaptopReceipt) {
	if in.ByWord && in.Serial == "" {
		in.Serial = c.Request.Device.Serial
	}
	if !strings.EqualFold(strings.TrimSpace(in.Serial), c.Request.Device.Serial) {
		c.say(ctx, activities.EntryFailure, "", "%s reported a device with serial %q; this return waits for %s. Nothing was checked in.", in.By, in.Serial, c.Request.Device.Serial)
		return
	}
	if c.Received == nil || c.Received.ByWord && !in.ByWord {
		c.Received = &in
		c.touch(ctx)
	}
}

func (c *deviceReturn) onEmployeeChanged(ctx workflow.Context, in EmployeeChange) {
	switch {
	case in.Event.Kind != employee.Returned:
	case c.Received != nil:
		c.signalParent(ctx, ShipmentMove{View: c.View, GivenUp: true, State: plan.NotApplicable, Text: "the device is here already and goes to stock"})
	default:
		c.Stays = true
		c.touch(ctx)
	}
}

// giveUp ends a return whose person keeps the device. A box that is ordered can only be cancelled by a person, in
// Retriever's portal, and only for a short while: the case that this return belongs to asks for it, or the return
// itself when it stands alone.
func (c *deviceReturn) giveUp(ctx workflow.Context) {
	_ = workflow.Await(ctx, func() bool { return c.busy == 0 })
	o := c.leftover()
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.Outcome.Detail = plan.Skipped, "the person keeps the device"
		}
	}
	if o.State == plan.NotApplicable {
		c.say(ctx, activities.EntryInfo, "", "The return of %s is called off: %s.", c.View.Serial, o.Detail)
	}
	c.signalParent(ctx, ShipmentMove{View: c.View, GivenUp: true, State: o.State, Text: o.Detail, Problem: o.Problem, Mend: o.Mend})
	if o.State == plan.NotApplicable || c.Request.Parent != "" {
		return
	}
	c.adopt([]plan.Step{{ID: o.Step, Phase: plan.Devices, Title: "Box for " + c.View.Serial + " cancelled"}})
	r := c.record(o.Step)
	c.settle(ctx, r, o)
	_ = workflow.Await(ctx, r.State.Ended)
}

// leftover is what a return that is called off leaves behind: a box, perhaps one, or nothing.
func (c *deviceReturn) leftover() activities.Outcome {
	o := activities.Outcome{Step: actCancelReturn.For(c.View.Serial), State: plan.NeedsAttention, Account: c.Box.Order, Problem: activities.Unsupported,
		Mend: "cancel it in the portal, or tell the person to ignore the box; then say skip with what was done"}
	order := c.record(actOrder.For(c.View.Serial))
	switch {
	case c.Box.Order != "":
		o.Detail = "order " + c.Box.Order + " can be cancelled in Retriever's portal until " + c.View.CancelBy.Format(time.RFC3339) + ", not by a program"
	case order != nil && order.Attempts > 0 && !order.State.Ended():
		o.Detail = "a box may have been ordered without an answer: look in Retriever's portal for " + c.reference()
	default:
		o.State, o.Problem, o.Mend, o.Detail = plan.NotApplicable, "", "", "nothing was ordered"
	}
	return o
}

// close ends the return and waits until people have seen the end.
func (c *deviceReturn) close(ctx workflow.Context) (activities.CaseView, error) {
	c.Outcome, c.ClosedAt = "completed", workflow.Now(ctx)
	switch {
	case c.Stays:
		c.Outcome = "rescinded"
	case c.Lost:
		c.Outcome = "not returned"
	}
	if err := c.enter(ctx, phaseClosed); err != nil {
		return activities.CaseView{}, err
	}
	c.say(ctx, activities.EntryReport, "", "Return of %s %s: %s.", c.View.Serial, c.Outcome, milestoneWord(c.View.Milestone))
	c.showEnd(ctx)
	return c.view(ctx), nil
}
