package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/plan"
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
	if in.Ask.Case == "" && in.Person.ID != "" { // of several records, cases run under the id of the main one
		main, err := d.main(ctx, in.Person)
		if err != nil {
			return activities.CarriedAsk{}, err
		}
		in.Person = main
	}
	switch in.Ask.Verb {
	case activities.VerbOffboard:
		return d.offboard(ctx, in)
	case activities.VerbReturnLaptop:
		return d.bringBack(ctx, in)
	case activities.VerbOnboard:
		return d.takeUp(ctx, in, workflows.ProcessOnboard)
	case activities.VerbMove:
		return d.takeUp(ctx, in, workflows.ProcessMove)
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
		_, err := d.Client.ExecuteWorkflow(ctx, caseOptions(in, id, workflows.ProcessDeviceReturn), string(workflows.ProcessDeviceReturn), workflows.DeviceReturnInput{Request: workflows.DeviceReturnRequest{
			Employee: in.Person.ID, ProfileID: in.Person.ProfileID, Person: in.Person, Device: device, Settings: in.Settings,
			Actor: in.Ask.Actor, Reason: cmp.Or(in.Ask.Reason, "asked for"),
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

// call is one update on its way to a case.
type call struct {
	id, key string
	// run is the first run of the very case that is meant, where the asker was shown it.
	run string
	// patience is how long the result is waited for once the case has agreed; zero is as long as it takes.
	patience time.Duration
}

// errUnderWay says that a case has agreed and that what it does takes longer than anybody waits.
var errUnderWay = errors.New("it is being tried")

// update asks a case once: the ask's key names the update, so that an attempt whose answer was lost is answered again
// and not done again.
func update[In any](ctx context.Context, d *Dispatcher, to call, u workflows.Update[In], in In) (activities.CaseView, error) {
	var v activities.CaseView
	opts := client.UpdateWorkflowOptions{WorkflowID: to.id, FirstExecutionRunID: to.run, UpdateID: to.key, UpdateName: u.Name, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted}
	if to.patience > 0 {
		opts.WaitForStage = client.WorkflowUpdateStageAccepted
	}
	h, err := d.Client.UpdateWorkflow(ctx, opts)
	if err != nil {
		return v, told(to.id, err)
	}
	wait, enough := ctx, context.CancelFunc(func() {})
	if to.patience > 0 {
		wait, enough = context.WithTimeout(ctx, to.patience)
	}
	defer enough()
	err = h.Get(wait, &v)
	switch {
	case err == nil:
		return v, nil
	case wait.Err() != nil && ctx.Err() == nil:
		return v, errUnderWay
	}
	return v, told(to.id, err)
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
	to := call{id: id, key: in.Ask.Key}
	if id == in.Ask.Case {
		to.run = in.Ask.Run
	}
	v, err := d.put(ctx, in, to)
	if missing := new(activities.Problem); to.run != "" && errors.As(err, &missing) && missing.Type == activities.NotFound {
		// A case that was taken up anew within its predecessor's chain of runs goes by a name of its own.
		if err := d.fresh(ctx, in, id); err != nil {
			return out, err
		}
		to.run = ""
		v, err = d.put(ctx, in, to)
	}
	switch {
	case errors.Is(err, errUnderWay):
		out.Text = fmt.Sprintf("%s of %s: accepted, and being tried; see the card for what comes of it", in.Ask.Verb, id)
	case err != nil:
		return out, err
	case in.By.OnlyAsHeir: // who sees the mailbox does not see the case
		out.Text = fmt.Sprintf("%s of %s: done. The mailbox is lent until %s", in.Ask.Verb, id, v.LeaseEnds.Format(time.DateOnly))
	default:
		out.View, out.Text = &v, fmt.Sprintf("%s of %s: done. %s", in.Ask.Verb, id, v.Headline)
	}
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
// Whoever is no heir learns nothing of the case, not even whether there is one.
func (d *Dispatcher) fresh(ctx context.Context, in activities.CarryAsk, id string) error {
	if in.Ask.Run == "" && !in.By.OnlyAsHeir {
		return nil
	}
	// The button of a case can stand for the way back of a device; then it is the case whose run it names.
	v, err := d.status(ctx, in.Ask.Case)
	var missing *activities.Problem
	gone := errors.As(err, &missing) && missing.Type == activities.NotFound
	switch {
	case in.By.OnlyAsHeir && (gone || err == nil && (v.HeirID == "" || v.HeirID != in.By.Employee)):
		return no(activities.Forbidden, "ask somebody of the IT team", "%s may not ask for %s", in.Ask.Actor, in.Ask.Verb)
	case gone && id != in.Ask.Case:
		return nil // a return can outlive its case
	case err != nil:
		return err
	case in.Ask.Run != "" && v.Run != in.Ask.Run:
		return no(activities.Conflict, "use the card of the case that runs now", "this button belongs to an earlier case of %s", v.Employee)
	case v.Closed && id == in.Ask.Case:
		return no(activities.Conflict, "", "this button is out of date: the case is closed (%s)", v.Outcome)
	}
	return nil
}

// longWait is how long a result is waited for where nobody says.
const longWait = 20 * time.Second

// put sends the update that the verb stands for.
func (d *Dispatcher) put(ctx context.Context, in activities.CarryAsk, to call) (activities.CaseView, error) {
	p, slow := says(in), to
	slow.patience = cmp.Or(d.Patience, longWait)
	step := workflows.StepRequest{PersonSays: p, Step: in.Ask.Step}
	switch in.Ask.Verb { //nolint:exhaustive // the others do not come here
	case activities.VerbApprove:
		return update(ctx, d, to, workflows.Approve, workflows.ApproveRequest{PersonSays: p, Nonce: in.Ask.Nonce})
	case activities.VerbDeny:
		return update(ctx, d, to, workflows.Deny, p)
	case activities.VerbRescind:
		return update(ctx, d, to, workflows.Rescind, p)
	case activities.VerbHold:
		return update(ctx, d, to, workflows.Hold, p)
	case activities.VerbRelease:
		return update(ctx, d, to, workflows.Release, p)
	case activities.VerbExtend:
		return update(ctx, d, to, workflows.ExtendDelegation, p)
	case activities.VerbRetry:
		return update(ctx, d, slow, workflows.RetryStep, step)
	case activities.VerbDone:
		return update(ctx, d, slow, workflows.CompleteStep, step)
	case activities.VerbSkip:
		return update(ctx, d, to, workflows.SkipStep, step)
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
	receipt := workflows.LaptopReceipt{By: in.Ask.Actor, Serial: serial, At: time.Now().UTC()}
	if in.Ask.Ticket != "" { // the serial number is the ticket's own: nobody has read the device
		receipt.ByWord, receipt.Note = true, "ticket "+in.Ask.Ticket+" was moved"
	}
	err = d.Client.SignalWorkflow(ctx, id, "", workflows.LaptopReceived.Name, receipt)
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
