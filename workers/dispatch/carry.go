package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/temporalclient"
	"tenure/workflows"
)

// Carry takes an ask that was weighed to the case it is about: it starts the case, tells it, or asks it. What the case
// refuses is a result; an error means that Temporal did not answer, and is tried again. Carrying twice is harmless: a
// person has one case, an update is known by the ask's key, and a fact is a fact however often it is told.
func (d *Dispatcher) Carry(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	out, err := d.carry(ctx, in)
	var no *activities.Problem
	if errors.As(err, &no) && !no.Retryable() {
		out.Refusal = &activities.Refusal{Type: no.Type, Text: no.Text, Mend: no.Mend}
		return out, nil
	}
	return out, activities.Ended(ctx, err)
}

func (d *Dispatcher) carry(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	switch in.Ask.Verb {
	case activities.VerbOffboard:
		return d.offboard(ctx, in)
	case activities.VerbReturnLaptop:
		return d.bringBack(ctx, in)
	case activities.VerbExplain:
		return d.explain(ctx, in)
	case activities.VerbReceived:
		return d.received(ctx, in)
	case activities.VerbShipmentMoved:
		return d.shipmentMoved(ctx, in)
	default:
		return d.tell(ctx, in)
	}
}

func no(typ, mend, format string, args ...any) error {
	p := activities.Problemf(typ, format, args...)
	p.Mend = mend
	return p
}

// offboard starts the person's one case, or meets the one that runs.
func (d *Dispatcher) offboard(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id := workflows.OffboardID(in.Person.ID).String()
	opts := temporalclient.CaseOptions(id, string(in.Person.ID), string(workflows.ProcessOffboard), activities.QueueLifecycle)
	opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	opts.WorkflowExecutionErrorWhenAlreadyStarted = true
	_, err := d.Client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessOffboard), workflows.OffboardInput{Request: workflows.OffboardRequest{
		Employee: in.Person.ID, ProfileID: in.Person.ProfileID, Actor: in.Ask.Actor, ActorEmployee: in.By.Employee, Reason: in.Ask.Reason,
		EffectiveAt: in.EffectiveAt, Emergency: in.Ask.Emergency, Detected: in.Ask.Received,
	}})
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &running):
		return d.meet(ctx, in, id)
	case err != nil:
		return activities.CarriedAsk{}, err
	}
	return activities.CarriedAsk{Case: id, Text: fmt.Sprintf("offboarding of %s begins %s (%s)", in.Person.ID, beginning(in.EffectiveAt), id)}, nil
}

func beginning(at time.Time) string {
	if at.IsZero() {
		return "now"
	}
	return "at " + at.Format(time.RFC3339)
}

// meet brings a case that has not begun forward or moves it, and shows one that has.
func (d *Dispatcher) meet(ctx context.Context, in activities.CarryAsk, id string) (activities.CarriedAsk, error) {
	v, err := d.status(ctx, id)
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	out := activities.CarriedAsk{Case: id, View: &v}
	waiting := v.Phase == "scheduled" || v.Phase == "approval"
	if !waiting || v.Phase == "approval" && !in.Ask.Emergency {
		out.Text = fmt.Sprintf("%s is being offboarded already (%s): %s", in.Person.ID, id, v.Headline)
		return out, nil
	}
	at := in.EffectiveAt
	if at.IsZero() {
		at = time.Now()
	}
	v, err = update(ctx, d, id, in.Ask.Key, workflows.Reschedule, workflows.RescheduleRequest{PersonSays: says(in), At: at, Emergency: in.Ask.Emergency})
	if err != nil {
		return out, err
	}
	out.View, out.Text = &v, fmt.Sprintf("%s waited already (%s) and begins %s", in.Person.ID, id, beginning(in.EffectiveAt))
	return out, nil
}

// says is who asks and why, as a case keeps it.
func says(in activities.CarryAsk) workflows.PersonSays {
	reason := strings.TrimSpace(in.Ask.Reason)
	if reason == "" && in.Ask.Verb == activities.VerbOffboard {
		reason = "asked for again"
	}
	return workflows.PersonSays{By: in.Ask.Actor, Employee: in.By.Employee, Reason: reason}
}

// bringBack starts the return of each device that stands alone.
func (d *Dispatcher) bringBack(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	out := activities.CarriedAsk{}
	for _, device := range in.Devices {
		id := workflows.DeviceReturnID(in.Person.ID, device.Serial).String()
		opts := temporalclient.CaseOptions(id, string(in.Person.ID), string(workflows.ProcessDeviceReturn), activities.QueueLifecycle)
		opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
		opts.WorkflowExecutionErrorWhenAlreadyStarted = true
		_, err := d.Client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessDeviceReturn), workflows.DeviceReturnInput{Request: workflows.DeviceReturnRequest{
			Employee: in.Person.ID, ProfileID: in.Person.ProfileID, Person: in.Person, Device: device, Settings: in.Settings,
			Actor: in.Ask.Actor, Reason: firstOf(in.Ask.Reason, "asked for"),
		}})
		var running *serviceerror.WorkflowExecutionAlreadyStarted
		switch {
		case errors.As(err, &running):
			out.Text = fmt.Sprintf("%s of %s is on its way back already (%s)", device.Serial, in.Person.ID, id)
		case err != nil:
			return out, err
		default:
			out.Text = fmt.Sprintf("return of %s of %s begins (%s)", device.Serial, in.Person.ID, id)
		}
		out.Case = id
	}
	return out, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// explain asks the case how it stands.
func (d *Dispatcher) explain(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id := in.Ask.Case
	if id == "" {
		id = workflows.OffboardID(in.Person.ID).String()
	}
	v, err := d.status(ctx, id)
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	return activities.CarriedAsk{Case: id, View: &v, Text: fmt.Sprintf("%s: %s", in.Person.ID, v.Headline)}, nil
}

// status asks a case how it stands; one that there is not is a refusal.
func (d *Dispatcher) status(ctx context.Context, id string) (activities.CaseView, error) {
	var v activities.CaseView
	answer, err := d.Client.QueryWorkflow(ctx, id, "", workflows.Status.Name)
	if err != nil {
		return v, told(id, err)
	}
	return v, answer.Get(&v)
}

// told turns what Temporal or a case answers into a refusal with words, and leaves alone what can be tried again.
func told(id string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return no(activities.NotFound, "see what there is with: tenure list --all", "there is no running case %s", id)
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		p := activities.Problemf(app.Type(), "%s", app.Message())
		var detail activities.ProblemDetail
		if app.HasDetails() && app.Details(&detail) == nil && detail.Text != "" {
			p.Text, p.Mend = detail.Text, detail.Mend
		}
		return p
	}
	return err
}

// update asks a case once: the ask's key names the update, so that an attempt whose answer was lost is answered again
// and not done again.
func update[In any](ctx context.Context, d *Dispatcher, id, key string, u workflows.Update[In], in In) (activities.CaseView, error) {
	var v activities.CaseView
	h, err := d.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateID: key, UpdateName: u.Name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = h.Get(ctx, &v)
	}
	if err != nil {
		return v, told(id, err)
	}
	return v, nil
}

// tell asks a case that runs.
func (d *Dispatcher) tell(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id, err := d.caseOf(ctx, &in.Ask)
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	out := activities.CarriedAsk{Case: id}
	if err := d.fresh(ctx, in, id); err != nil {
		return out, err
	}
	v, err := d.put(ctx, in, id)
	if err != nil {
		return out, err
	}
	out.View, out.Text = &v, fmt.Sprintf("%s of %s: done. %s", in.Ask.Verb, id, v.Headline)
	return out, nil
}

// caseOf is the case an ask is about: named by the button or the person, and for what belongs to the way back of a
// device the return's own.
func (d *Dispatcher) caseOf(ctx context.Context, ask *activities.Ask) (string, error) {
	id := ask.Case
	if id == "" {
		return "", no(activities.InvalidInput, "press the button on the card, or name the case", "it is missing which case is meant")
	}
	parsed, err := workflows.ParseID(id)
	if err != nil {
		return "", no(activities.InvalidInput, "press the button on the card, or name the case", "%w", err)
	}
	if parsed.Process != workflows.ProcessOffboard || ask.Step == "" {
		return id, nil
	}
	own := workflows.DeviceReturnID(parsed.Employee, ask.Step.Object()).String()
	switch {
	case ask.Step.Action() == plan.DeviceReturn && ask.Verb == activities.VerbSkip:
		if _, err := d.status(ctx, own); err == nil {
			ask.Step = plan.Action("device.checkin").For(ask.Step.Object())
			return own, nil
		}
	case workflows.StepOfReturn(ask.Step):
		return own, nil
	}
	return id, nil
}

// fresh refuses a button of an earlier case of the same person, and lets an heir ask for nothing but their own loan.
func (d *Dispatcher) fresh(ctx context.Context, in activities.CarryAsk, id string) error {
	if in.Ask.Run == "" && !in.By.OnlyAsHeir {
		return nil
	}
	v, err := d.status(ctx, id)
	switch {
	case err != nil:
		return err
	case in.Ask.Run != "" && id == in.Ask.Case && v.Run != in.Ask.Run:
		return no(activities.Conflict, "use the card of the case that runs now", "this button belongs to an earlier case of %s", v.Employee)
	case v.Closed:
		return no(activities.Conflict, "", "this button is out of date: the case is closed (%s)", v.Outcome)
	case in.By.OnlyAsHeir && (v.HeirID == "" || v.HeirID != in.By.Employee):
		return no(activities.Forbidden, "ask somebody of the IT team", "%s may not ask for %s", in.Ask.Actor, in.Ask.Verb)
	}
	return nil
}

// put sends the update that the verb stands for.
func (d *Dispatcher) put(ctx context.Context, in activities.CarryAsk, id string) (activities.CaseView, error) {
	key, p := in.Ask.Key, says(in)
	step := workflows.StepRequest{PersonSays: p, Step: in.Ask.Step}
	switch in.Ask.Verb { //nolint:exhaustive // the others do not come here
	case activities.VerbApprove:
		return update(ctx, d, id, key, workflows.Approve, workflows.ApproveRequest{PersonSays: p, Nonce: in.Ask.Nonce})
	case activities.VerbDeny:
		return update(ctx, d, id, key, workflows.Deny, p)
	case activities.VerbRescind:
		return update(ctx, d, id, key, workflows.Rescind, p)
	case activities.VerbHold:
		return update(ctx, d, id, key, workflows.Hold, p)
	case activities.VerbRelease:
		return update(ctx, d, id, key, workflows.Release, p)
	case activities.VerbExtend:
		return update(ctx, d, id, key, workflows.ExtendDelegation, p)
	case activities.VerbRetry:
		return update(ctx, d, id, key, workflows.RetryStep, step)
	case activities.VerbDone:
		return update(ctx, d, id, key, workflows.CompleteStep, step)
	case activities.VerbSkip:
		return update(ctx, d, id, key, workflows.SkipStep, step)
	}
	return activities.CaseView{}, no(activities.Unsupported, "", "%q cannot be carried to a case", in.Ask.Verb)
}

// received tells a device's return that the device is here. The serial that was read off it is compared there.
func (d *Dispatcher) received(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id, err := d.returnOf(ctx, in.Ask)
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	parsed, err := workflows.ParseID(id)
	if err != nil {
		return activities.CarriedAsk{}, no(activities.InvalidInput, "", "%w", err)
	}
	serial := strings.TrimSpace(in.Ask.Serial)
	if !strings.EqualFold(serial, parsed.Discriminator) {
		return activities.CarriedAsk{Case: id}, no(activities.Conflict, "read the serial number again; if it is right, another device came back",
			"the serial number %q is not that of the device that is waited for (%s); nothing was checked in", serial, parsed.Discriminator)
	}
	err = d.Client.SignalWorkflow(ctx, id, "", workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: in.Ask.Actor, Serial: serial, At: time.Now().UTC()})
	if err != nil {
		return activities.CarriedAsk{Case: id}, told(id, err)
	}
	return activities.CarriedAsk{Case: id, Text: parsed.Discriminator + " is received (" + id + ")"}, nil
}

// returnOf finds the return a receipt is for: by the card's step, by the return's own card, or by the serial number.
func (d *Dispatcher) returnOf(ctx context.Context, ask activities.Ask) (string, error) {
	if parsed, err := workflows.ParseID(ask.Case); err == nil {
		switch {
		case parsed.Process == workflows.ProcessDeviceReturn:
			return ask.Case, nil
		case ask.Step.Object() != "":
			return workflows.DeviceReturnID(parsed.Employee, ask.Step.Object()).String(), nil
		case ask.Serial != "":
			return workflows.DeviceReturnID(parsed.Employee, strings.TrimSpace(ask.Serial)).String(), nil
		}
	}
	return "", no(activities.InvalidInput, "press the button on the card, or use: tenure device received SERIAL", "it is missing which device is meant")
}

// shipmentMoved nudges the return whose parcel has news. A tracker nobody waits for is no error.
func (d *Dispatcher) shipmentMoved(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	if d.Trackers == nil {
		return activities.CarriedAsk{Text: "no tracker is known"}, nil
	}
	id, err := d.Trackers.CaseOfTracker(ctx, in.Ask.Tracker)
	if err != nil {
		return activities.CarriedAsk{}, err
	}
	if id == "" {
		return activities.CarriedAsk{Text: "no case waits for " + in.Ask.Tracker}, nil
	}
	err = d.Client.SignalWorkflow(ctx, id, "", workflows.ShipmentMoved.Name, workflows.ShipmentMove{})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return activities.CarriedAsk{Text: id + " has ended"}, nil
	}
	return activities.CarriedAsk{Case: id, Text: "told " + id}, err
}
