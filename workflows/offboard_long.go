package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// Long steps: a lock that waits for an offline computer, a transfer of years of files, a laptop on its way. Each
// lives in a coroutine of its own until it has ended, whatever else the case does.

// goLong starts the coroutine of a long step, once.
func (c *offboard) goLong(ctx workflow.Context, r *StepRecord) {
	name := longLane(r)
	if c.lanes[name] {
		return
	}
	c.lanes[name] = true
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		c.follow(ctx, r)
		c.lanes[name] = false
	})
}

// startLong takes up the long steps of a phase that an earlier run left under way.
func (c *offboard) startLong(ctx workflow.Context, phase plan.Phase) {
	for _, r := range c.Steps {
		if r.Phase == phase && longStep(r) && !r.State.Ended() && r.Attempts > 0 {
			c.goLong(ctx, r)
		}
	}
}

func (c *offboard) follow(ctx workflow.Context, r *StepRecord) {
	if r.ID.Action() == plan.DeviceReturn {
		c.followReturn(ctx, r)
		return
	}
	if r.State == plan.Pending {
		c.do(ctx, r)
	}
	wait, most, deadline := c.patience(r)
	for r.State == plan.Waiting || r.State == plan.NeedsAttention && r.Command != "" {
		if _, err := c.clock.until(ctx, workflow.Now(ctx).Add(wait), "ask for "+string(r.ID), r.State.Ended); err != nil || r.State.Ended() {
			return
		}
		c.check(ctx, r, deadline)
		wait = min(2*wait, most)
	}
}

// patience is how often a long step is asked for, and when it becomes somebody's job.
func (c *offboard) patience(r *StepRecord) (first, most, deadline time.Duration) {
	s := c.Settings
	if r.ID.Action() == plan.GoogleTransfer {
		return s.TransferFirstPoll, s.TransferMaxPoll, s.TransferDeadline
	}
	return s.LockPoll, max(s.LockPoll, s.Day/4), s.LockDeadline
}

// check asks how a long step stands. People are told only when that changed.
func (c *offboard) check(ctx workflow.Context, r *StepRecord, deadline time.Duration) {
	c.busy++
	found, err := c.act(ctx, []*StepRecord{r})
	c.busy--
	if err != nil {
		return // the vendor did not answer; the next check asks again
	}
	o := outcomeFor(r, found, nil)
	late := workflow.Now(ctx).Sub(r.Started) > deadline
	if o.State == plan.Waiting && late && r.State != plan.NeedsAttention {
		o.State, o.Problem, o.Mend = plan.NeedsAttention, activities.Unavailable, "look after it by hand; Tenure keeps asking"
	} else if o.State == plan.Waiting && late {
		return
	}
	if o.State != r.State || o.Detail != r.Outcome.Detail {
		c.settle(ctx, r, o)
	}
}

// retryLong tries a long step again from its beginning.
func (c *offboard) retryLong(ctx workflow.Context, r *StepRecord) {
	if r.ID.Action() == plan.DeviceReturn {
		c.retryReturn(ctx, r)
		return
	}
	r.Command = ""
	c.do(ctx, r)
	if r.State == plan.Waiting {
		c.goLong(ctx, r)
	}
}

// retryReturn starts a return that could not begin (HR had no whole address) with the HR record as it is now. One
// that has begun is a process of its own, with steps of its own.
func (c *offboard) retryReturn(ctx workflow.Context, r *StepRecord) {
	if r.Attempts > 0 {
		c.say(ctx, activities.EntryInfo, r.ID, "The return is under way; retry its own step in %s.", DeviceReturnID(c.Ref.Employee, r.ID.Object()))
		return
	}
	c.busy++
	o, err := call(ctx, activities.CaseOpen, activities.OpenCase{CaseRef: c.Ref, ProfileID: c.Request.ProfileID, At: workflow.Now(ctx), Process: string(c.Process)}, "load the HR record again", lane{})
	c.busy--
	if err != nil {
		c.settle(ctx, r, outcomeFor(r, nil, err))
		return
	}
	c.Person = o.Person
	r.State, r.Due, r.Owner = plan.Pending, time.Time{}, ""
	c.goLong(ctx, r)
}

// actOnLock locks a computer, or asks how the lock stands when the command is on its way.
func (c *offboard) actOnLock(ctx workflow.Context, r *StepRecord, l lane) ([]activities.Outcome, error) {
	var (
		st  activities.LockState
		err error
	)
	if r.Command == "" {
		st, err = call(ctx, activities.JamfLockComputer, activities.LockComputer{CaseRef: c.Ref, Step: r.ID, Device: *r.Device,
			Message: c.Settings.LockMessage}, summary([]*StepRecord{r}), l)
	} else {
		st, err = call(ctx, activities.JamfReadLock, activities.ReadLock{CaseRef: c.Ref, Step: r.ID, Device: *r.Device, Command: r.Command, Wake: true},
			"state of "+string(r.ID), l)
	}
	if err == nil {
		r.Command = st.Command
	}
	return outcomes(st, err)
}

// actOnTransfer starts the transfer, or asks how it stands.
func (c *offboard) actOnTransfer(ctx workflow.Context, r *StepRecord, in activities.Perform, l lane) ([]activities.Outcome, error) {
	var (
		st  activities.TransferState
		err error
	)
	if r.Command == "" {
		st, err = call(ctx, activities.GoogleStartTransfer, activities.StartTransfer{Perform: in, To: c.heirMail(), Apps: c.Settings.TransferApps}, summary([]*StepRecord{r}), l)
	} else {
		st, err = call(ctx, activities.GoogleReadTransfer, activities.ReadTransfer{Perform: in, Transfer: r.Command}, "state of "+string(r.ID), l)
	}
	if err == nil {
		r.Command = st.Transfer
	}
	return outcomes(st, err)
}

// followReturn starts the device's own process and waits for what it tells.
func (c *offboard) followReturn(ctx workflow.Context, r *StepRecord) {
	if r.State == plan.Pending {
		r.State, r.Started, r.Attempts = plan.Running, workflow.Now(ctx), r.Attempts+1
		c.touch(ctx)
		if err := c.startReturn(ctx, r); err != nil {
			if ctx.Err() == nil {
				c.settle(ctx, r, outcomeFor(r, nil, err))
			}
			return
		}
		if r.State == plan.Running { // it may have told how it stands already
			c.settle(ctx, r, activities.Outcome{Step: r.ID, State: plan.Waiting, Detail: "return begun"})
		}
	}
	_ = workflow.Await(ctx, r.State.Ended)
}

// startReturn starts DeviceReturn as a process of its own, which outlives this run. One that is there already
// (an earlier run started it) is the same one.
func (c *offboard) startReturn(ctx workflow.Context, r *StepRecord) error {
	c.busy++
	defer func() { c.busy-- }()
	id := DeviceReturnID(c.Ref.Employee, r.ID.Object()).String()
	// A rescind cancels this case's work, and must not cancel the return with it: it is told, and ends by itself.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: activities.QueueLifecycle, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, StaticSummary: "return of " + r.ID.Object(),
		TypedSearchAttributes: temporal.NewSearchAttributes(attrEmployee.ValueSet(string(c.Ref.Employee)), attrProcess.ValueSet(string(ProcessDeviceReturn))),
	})
	settings := c.Settings
	settings.Return = settings.Return.Of(*r.Device)
	child := workflow.ExecuteChildWorkflow(ctx, string(ProcessDeviceReturn), DeviceReturnInput{Request: DeviceReturnRequest{
		Employee: c.Ref.Employee, ProfileID: c.Person.ProfileID, Device: *r.Device, Settings: settings, Person: c.Person,
		Actor: c.Ref.Actor, Reason: "offboarding", Parent: c.Ref.Case, ParentRun: c.Ref.Run, Heir: c.Heir,
	}})
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}

// onShipmentMoved takes up what a device's return tells.
func (c *offboard) onShipmentMoved(ctx workflow.Context, in ShipmentMove) {
	c.showReturn(in.View)
	if off := c.record(actCancelReturn.For(in.View.Serial)); in.GivenUp && off != nil && !off.State.Ended() {
		c.settle(ctx, off, activities.Outcome{Step: off.ID, State: in.State, Detail: in.Text, Problem: in.Problem, Mend: in.Mend, Account: in.View.Order})
		return
	}
	r := c.record(plan.DeviceReturn.For(in.View.Serial))
	if r == nil || r.State.Ended() || in.GivenUp { // given up for the case before this one
		c.touch(ctx)
		return
	}
	o := activities.Outcome{Step: r.ID, State: in.State, Detail: in.Text, Problem: in.Problem, Mend: in.Mend, Account: in.View.Order}
	if in.State.Proved() {
		o.Executed, o.Verified, o.ReadBack = workflow.Now(ctx), workflow.Now(ctx), "checked in and in stock"
	}
	switch {
	case in.State != r.State:
		c.settle(ctx, r, o)
	case in.Text != "":
		r.Outcome.Detail = in.Text
		kind := activities.EntryInfo
		if in.Failure {
			kind = activities.EntryFailure
		}
		c.say(ctx, kind, r.ID, "Laptop %s: %s", in.View.Serial, in.Text)
	default:
		c.touch(ctx)
	}
}

func (c *caseCore) showReturn(v activities.ReturnView) {
	for i := range c.Returns {
		if c.Returns[i].Serial == v.Serial {
			c.Returns[i] = v
			return
		}
	}
	c.Returns = append(c.Returns, v)
}
