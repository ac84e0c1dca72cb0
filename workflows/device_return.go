package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// The steps of a return.
const (
	actOrder   plan.Action = "retriever.order"
	actCheckIn plan.Action = "device.checkin"
	actErase   plan.Action = "jamf.erase"
	actStock   plan.Action = "jamf.stock"
)

// The phases of a return.
const (
	phaseOrder   = "order"
	phaseTravel  = "travel"
	phaseCheckIn = "check_in"
)

// DeviceReturnInput starts the return of one device, or goes on with it.
type DeviceReturnInput struct {
	Request DeviceReturnRequest `json:"request"`
	State   *DeviceReturnState  `json:"state,omitempty"`
}

// DeviceReturnRequest is which device is to come back from whom, and why.
type DeviceReturnRequest struct {
	Employee  employee.ID       `json:"employee"`
	ProfileID string            `json:"profileId,omitempty"`
	Person    employee.Employee `json:"person"`
	Device    plan.Device       `json:"device"`
	Settings  plan.Settings     `json:"settings"`
	Actor     string            `json:"actor"`
	Reason    string            `json:"reason"` // "offboarding", "refresh", "repair"
	// Parent is the case this return belongs to; empty for one that stands alone and shows itself.
	Parent    string     `json:"parent,omitempty"`
	ParentRun string     `json:"parentRun,omitempty"`
	Heir      *plan.Heir `json:"heir,omitempty"`
}

// DeviceReturnState is the state of a return.
type DeviceReturnState struct {
	Case     CaseState             `json:"case"`
	Request  DeviceReturnRequest   `json:"request"`
	View     activities.ReturnView `json:"view"`
	Box      activities.BoxState   `json:"box"`
	Parcel   activities.Parcel     `json:"parcel"`
	Received *LaptopReceipt        `json:"received,omitempty"`
	Reminded int                   `json:"reminded,omitempty"` // rungs of the ladder that were climbed
	Stays    bool                  `json:"stays,omitempty"`    // the person keeps the device after all
	Lost     bool                  `json:"lost,omitempty"`     // a person decided that it does not come back
}

// deviceReturn is one running return.
type deviceReturn struct {
	caseCore
	*DeviceReturnState
	nudged bool // the tracker said that the parcel moved: look now, not at the next poll
}

// DeviceReturn brings one device back: a box where Retriever sends one, otherwise in person; tracked, reminded of,
// checked in by its serial number, and put back into stock.
func DeviceReturn(ctx workflow.Context, in DeviceReturnInput) (activities.CaseView, error) {
	c, err := newDeviceReturn(ctx, in)
	if err != nil {
		return activities.CaseView{}, err
	}
	workflow.GoNamed(ctx, "clock", c.clock.run)
	c.startMirrors(ctx)
	work, stop := workflow.WithCancel(ctx)
	ended := false
	workflow.GoNamed(work, "return", func(ctx workflow.Context) { c.run(ctx); ended = true })
	if err := workflow.Await(ctx, func() bool { return ended || c.Stays || c.mayContinueAsNew(ctx) }); err != nil {
		return activities.CaseView{}, err
	}
	if !ended && !c.Stays {
		c.leaving = true
		drain(ctx, LaptopReceived, c.onReceived)
		drain(ctx, EmployeeChanged, c.onEmployeeChanged)
		drain(ctx, ShipmentMoved, c.onShipmentMoved)
		in.State = c.DeviceReturnState
		return activities.CaseView{}, workflow.NewContinueAsNewError(ctx, DeviceReturn, in)
	}
	stop()
	if c.Stays {
		c.giveUp(ctx)
	}
	return c.close(ctx)
}

// run is the return as a table of contents.
func (c *deviceReturn) run(ctx workflow.Context) {
	for _, step := range []func(workflow.Context) error{
		c.order,   // one box, whatever crashes
		c.travel,  // there and back, reminded of, until somebody has it in hand
		c.checkIn, // the serial number is the one we wait for
		c.restock, // erased where policy says so, unassigned, back in stock
	} {
		if err := step(ctx); err != nil {
			return
		}
	}
}

func newDeviceReturn(ctx workflow.Context, in DeviceReturnInput) (*deviceReturn, error) {
	st := in.State
	if st == nil {
		st = beginReturn(ctx, in.Request)
	}
	c := &deviceReturn{DeviceReturnState: st}
	c.caseCore = caseCore{CaseState: &st.Case, clock: newClock(st.Case.Settings.Day), act: c.actOn, readable: c.canRead}
	c.describe = func(v *activities.CaseView) { v.Returns = []activities.ReturnView{c.View} }
	for _, r := range c.Steps {
		if r.State == plan.Running {
			r.State = plan.Pending
		}
	}
	return c, c.handle(ctx)
}

func beginReturn(ctx workflow.Context, r DeviceReturnRequest) *DeviceReturnState {
	now, info := workflow.Now(ctx), workflow.GetInfo(ctx)
	settings := r.Settings
	if r.Parent != "" {
		settings.Mirror.SlackChannel, settings.Mirror.JiraProject = "", "" // the case it belongs to shows it
	}
	st := &DeviceReturnState{Request: r, Case: CaseState{
		Process: ProcessDeviceReturn, Person: r.Person, Settings: settings, Reason: r.Reason,
		Ref: activities.CaseRef{Case: info.WorkflowExecution.ID, Run: firstRun(info), Employee: r.Employee, Actor: r.Actor,
			Opened: now, Effective: now, Detected: now},
	}}
	st.View = activities.ReturnView{Serial: r.Device.Serial, Model: r.Device.Model, Route: string(settings.Return.Route), Updated: now}
	return st
}

// steps are what has to be done for this route.
func (c *deviceReturn) steps() []plan.Step {
	serial, d := c.Request.Device.Serial, c.Request.Device
	step := func(a plan.Action, title string) plan.Step {
		return plan.Step{ID: a.For(serial), Phase: plan.Devices, Title: title, Critical: a == actCheckIn, Device: &d}
	}
	var out []plan.Step
	if c.Settings.Return.Route == plan.ByBox {
		out = append(out, step(actOrder, "Box ordered for "+serial))
	}
	out = append(out, step(actCheckIn, "Device "+serial+" checked in"))
	if c.Settings.Return.OnReturn == "erase" {
		out = append(out, step(actErase, "Device "+serial+" erased"))
	}
	return append(out, step(actStock, "Device "+serial+" back in stock"))
}

// order orders the box. There is nothing to order for a return in person.
func (c *deviceReturn) order(ctx workflow.Context) error {
	if len(c.Steps) == 0 {
		c.adopt(c.steps())
		c.say(ctx, activities.EntryInfo, "", "Return of %s (%s) begun: %s", c.Request.Device.Serial, c.Request.Device.Model, c.Settings.Return.RouteWhy)
	}
	r := c.record(actOrder.For(c.Request.Device.Serial))
	if r == nil {
		c.tell(ctx, plan.Waiting, "to be returned in person: "+c.Settings.Return.InPerson)
		return nil
	}
	if err := c.enter(ctx, phaseOrder); err != nil {
		return err
	}
	if err := c.see(ctx, r); err != nil {
		return err
	}
	if r.State == plan.Skipped {
		c.tell(ctx, plan.Waiting, "no box: "+r.Outcome.Detail)
	}
	return nil
}

// see performs a step and stays with it until it has ended. What failed only because a system was away is tried
// again every day; what needs a person is told once.
func (c *deviceReturn) see(ctx workflow.Context, r *StepRecord) error {
	if r.State == plan.Pending {
		c.do(ctx, r)
	}
	told := activities.Outcome{}
	for !r.State.Ended() {
		if r.State.AsksForPerson() && (told.State != r.State || told.Detail != r.Outcome.Detail) {
			told = r.Outcome
			c.tellTrouble(ctx, r)
		}
		wait := c.Settings.Day
		if r.State == plan.Waiting {
			wait = c.Settings.Day / 4
		}
		over := func() bool { return r.State.Ended() || c.overtaken(r) }
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(wait), "try "+string(r.ID)+" again", over); err != nil {
			return err
		}
		switch {
		case c.overtaken(r):
			c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Skipped, Account: r.Outcome.Account, Detail: "the device came back without a box"})
		case r.State == plan.Waiting, r.State == plan.NeedsAttention && retryableTrouble(r.Outcome.Problem):
			c.do(ctx, r)
		}
	}
	return ctx.Err()
}

// overtaken says whether a box is still to be ordered for a device that is here already.
func (c *deviceReturn) overtaken(r *StepRecord) bool {
	return r.ID.Action() == actOrder && c.Received != nil && r.State.AsksForPerson()
}

// travel follows the device until somebody says that it is here.
func (c *deviceReturn) travel(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseTravel); err != nil {
		return err
	}
	for c.Received == nil {
		due, why := c.nextMoment(ctx)
		if _, err := c.clock.until(ctx, due, why, func() bool { return c.Received != nil || c.checkedIn() || c.nudged }); err != nil {
			return err
		}
		if c.Received != nil || c.checkedIn() {
			return nil
		}
		if c.nudged {
			c.lookNow(ctx)
			continue
		}
		c.remind(ctx)
		c.look(ctx)
	}
	return ctx.Err()
}

// checkedIn says whether a person ended the check-in by hand.
func (c *deviceReturn) checkedIn() bool {
	return c.record(actCheckIn.For(c.Request.Device.Serial)).State.Ended()
}

// nextMoment is the next look at the shipment or the next reminder, whichever is sooner.
func (c *deviceReturn) nextMoment(ctx workflow.Context) (time.Time, string) {
	now := workflow.Now(ctx)
	due, why := now.Add(c.Settings.Return.Poll), "look after the shipment"
	if c.Box.Order == "" {
		due, why = now.Add(c.Settings.Day), "look after the return"
	}
	if at, ok := c.nextReminder(); ok && at.Before(due) {
		due, why = at, "remind of the return"
	}
	if !due.After(now) {
		due = now.Add(time.Second)
	}
	return due, why
}

// checkIn ends the step of the device that is here: verified by the serial number that was read off it, or on somebody's
// word, which proves nothing and is not called verified.
func (c *deviceReturn) checkIn(ctx workflow.Context) error {
	if err := c.enter(ctx, phaseCheckIn); err != nil {
		return err
	}
	r := c.record(actCheckIn.For(c.Request.Device.Serial))
	if r.State == plan.Skipped && c.Received == nil {
		c.writeOff(ctx, r)
		return nil
	}
	if r.State.Ended() {
		return nil
	}
	r.Attempts++
	o := activities.Outcome{Step: r.ID, State: plan.Verified, Account: c.Request.Device.ID, Executed: c.Received.At,
		Verified: workflow.Now(ctx), Detail: "received by " + c.Received.By, ReadBack: "serial " + c.Received.Serial + " read off the device"}
	words := "checked in by " + c.Received.By
	if c.Received.ByWord {
		r.By = c.Received.By
		o.State, o.Verified, o.Detail, o.ReadBack = plan.Skipped, time.Time{}, "received on the word of "+c.Received.By, c.Received.unread()
		words += " on their word; " + o.ReadBack
	}
	c.settle(ctx, r, o)
	c.advance(ctx, activities.DeviceCheckedIn, words)
	return c.decided(ctx, activities.Decision{What: "received", By: c.Received.By, Reason: c.Received.Note, Step: r.ID, State: o.State})
}

// unread says on what a receipt rests for which nobody read a serial number.
func (r LaptopReceipt) unread() string {
	if r.Note == "" {
		return "the serial number was not read"
	}
	return r.Note + "; the serial number was not read"
}

// writeOff ends a return whose device does not come back: it is nobody's stock.
func (c *deviceReturn) writeOff(ctx workflow.Context, checkIn *StepRecord) {
	c.Lost = true
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.By, r.Outcome.Detail = plan.Skipped, checkIn.By, "the device did not come back"
		}
	}
	c.tell(ctx, plan.Skipped, checkIn.Outcome.Detail)
}

// restock erases the device where policy says so and nothing holds it, and puts it back into stock.
func (c *deviceReturn) restock(ctx workflow.Context) error {
	if c.Lost {
		return nil
	}
	serial := c.Request.Device.Serial
	for _, a := range []plan.Action{actErase, actStock} {
		r := c.record(a.For(serial))
		if r == nil {
			continue
		}
		if err := c.see(ctx, r); err != nil {
			return err
		}
	}
	c.advance(ctx, activities.InStock, "back in stock")
	return ctx.Err()
}

// actOn performs one step of the return.
func (c *deviceReturn) actOn(ctx workflow.Context, records []*StepRecord) ([]activities.Outcome, error) {
	r := records[0]
	l, what := lane{}, string(r.ID)
	switch r.ID.Action() {
	case actOrder:
		return c.actOnOrder(ctx, r)
	case actErase:
		if r.Command != "" {
			st, err := call(ctx, activities.JamfReadLock, activities.ReadLock{CaseRef: c.Ref, Step: r.ID, Device: c.Request.Device, Command: r.Command}, "state of "+what, l)
			return outcomes(st, err)
		}
		st, err := call(ctx, activities.JamfEraseComputer, activities.LockComputer{CaseRef: c.Ref, Step: r.ID, Device: c.Request.Device}, what, l)
		r.Command = st.Command
		return outcomes(st, err)
	case actStock:
		return outcomes(call(ctx, activities.JamfReturnToStock, activities.ReturnToStock{CaseRef: c.Ref, Step: r.ID, Device: c.Request.Device,
			Email: c.Person.Email, Attribute: c.Settings.Return.StockAttribute, StockValue: c.Settings.Return.StockValue}, what, l))
	default:
		return nil, refuse(activities.Unsupported, "a device return does not perform %s", r.ID)
	}
}

// actOnOrder orders the box. The step is done when the vendor shows the order, and waits until then; the device's way
// is followed apart.
func (c *deviceReturn) actOnOrder(ctx workflow.Context, r *StepRecord) ([]activities.Outcome, error) {
	box, err := call(ctx, activities.RetrieverOrderBox, activities.OrderBox{CaseRef: c.Ref, Step: r.ID, Reference: c.reference(), Device: c.Request.Device,
		Settings: c.Settings.Return, Name: c.Person.Name(), Email: c.Person.PersonalEmail, From: c.Person.Home}, string(r.ID), lane{})
	if err != nil {
		return nil, err
	}
	o := box.Outcome
	if box.Order != "" {
		c.View.Order, c.View.OrderURL, c.View.CancelBy = box.Order, box.URL, box.Created.Add(c.Settings.Return.CancelWindow)
		c.Box = box
		c.advance(ctx, activities.Ordered, "box ordered (order "+box.Order+"); it can be cancelled in Retriever's portal until "+c.View.CancelBy.Format("15:04 MST"))
	}
	o.Step = r.ID
	return []activities.Outcome{o}, nil
}

// reference is our mark on the order: the same for every attempt of this return, another for every other return.
func (c *deviceReturn) reference() string {
	run := c.Ref.Run[:min(8, len(c.Ref.Run))]
	ref := "tenure " + run + " " + c.Request.Device.Serial
	return ref[:min(50, len(ref))]
}

func (c *deviceReturn) canRead(r *StepRecord) bool {
	return slices.Contains([]plan.Action{actOrder, actErase, actStock}, r.ID.Action())
}
