package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/temporalclient"
	"tenure/workflows"
)

// The priorities of cases that a door starts (1 is served first): an emergency overtakes a batch in progress, and what
// somebody waits for overtakes what nobody does.
const (
	firstOfAll = 1
	soon       = 2
)

// caseOptions are how a case is started that must not be there yet.
func caseOptions(in activities.CarryAsk, id string, process workflows.Process) client.StartWorkflowOptions {
	opts := temporalclient.CaseOptions(id, string(in.Person.ID), string(process), activities.QueueLifecycle)
	opts.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL
	opts.WorkflowExecutionErrorWhenAlreadyStarted = true
	opts.Priority = temporal.Priority{PriorityKey: soon}
	if in.Ask.Emergency {
		opts.Priority.PriorityKey = firstOfAll
	}
	return opts
}

// offboard starts the person's one case, or meets the one that runs.
func (d *Dispatcher) offboard(ctx context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	id := workflows.OffboardID(in.Person.ID).String()
	_, err := d.Client.ExecuteWorkflow(ctx, caseOptions(in, id, workflows.ProcessOffboard), string(workflows.ProcessOffboard), workflows.OffboardInput{Request: workflows.OffboardRequest{
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

// meet brings a case that has not begun forward, has one that is over or was called off take its leaver up anew, and
// shows one that is at work.
func (d *Dispatcher) meet(ctx context.Context, in activities.CarryAsk, id string) (activities.CarriedAsk, error) {
	v, err := d.status(ctx, id)
	if err != nil {
		return activities.CarriedAsk{}, vanished(id, err)
	}
	out := activities.CarriedAsk{Case: id, View: &v}
	switch {
	case !waits(v): // a case that was called off a moment ago does not show it before what is under way has ended
		out.Text = fmt.Sprintf("the case of %s was ending (%s) and is taken up anew; it begins %s", in.Person.ID, id, beginning(in.EffectiveAt))
	case v.Phase == "scheduled" && v.Actor == watchActor && !in.Ask.Emergency && in.EffectiveAt.After(v.Effective):
		return out, no(activities.Conflict, "have HR move the departure date, or rescind the case", "%s is to leave %s: no front door puts that off", in.Person.ID, beginning(v.Effective))
	case v.Phase == "scheduled", in.Ask.Emergency:
		out.Text = fmt.Sprintf("%s waited already (%s) and begins %s", in.Person.ID, id, beginning(in.EffectiveAt))
	default:
		return already(in, out), nil
	}
	return d.bringForward(ctx, in, out)
}

// over says that nothing is taken away any more: the case is closed or was called off, and only shows its end or gives
// back what it took.
func over(v activities.CaseView) bool {
	return v.Closed || v.Phase == "rescind" || v.Phase == "rehired" || v.Phase == "closed"
}

// waits says that nothing has been taken away yet.
func waits(v activities.CaseView) bool {
	return v.Phase == "" || v.Phase == "open" || v.Phase == "approval" || v.Phase == "scheduled"
}

func already(in activities.CarryAsk, out activities.CarriedAsk) activities.CarriedAsk {
	out.Text = fmt.Sprintf("%s is being offboarded already (%s): %s", in.Person.ID, out.Case, out.View.Headline)
	return out
}

// bringForward asks the case for another moment. A case that says no has not done as it was asked, and so that is what
// the asker hears, unless it says no because it is at work.
func (d *Dispatcher) bringForward(ctx context.Context, in activities.CarryAsk, out activities.CarriedAsk) (activities.CarriedAsk, error) {
	at := in.EffectiveAt
	if at.IsZero() {
		at = time.Now()
	}
	v, err := update(ctx, d, call{id: out.Case, key: in.Ask.Key}, workflows.Reschedule, workflows.RescheduleRequest{PersonSays: says(in), At: at, Emergency: in.Ask.Emergency})
	if err == nil {
		out.View = &v
		return out, nil
	}
	if p := new(activities.Problem); errors.As(err, &p) && p.Type == activities.Conflict {
		if now, err := d.status(ctx, out.Case); err == nil && !over(now) && !waits(now) {
			out.View = &now
			return already(in, out), nil
		}
	}
	return activities.CarriedAsk{Case: out.Case}, vanished(out.Case, err)
}

// vanished says of a case that was there a moment ago and is not any more that it is to be tried again: then there is room
// for a new one.
func vanished(id string, err error) error {
	if p := new(activities.Problem); errors.As(err, &p) && p.Type == activities.NotFound {
		return activities.Problemf(activities.Unavailable, "the case %s ended while it was asked", id)
	}
	return err
}

// Standing says whether somebody is being offboarded: a case of theirs is at work, and was not called off.
func (d *Dispatcher) Standing(ctx context.Context, in activities.StandingOf) (activities.Standing, error) {
	main, err := d.main(ctx, employee.Employee{ID: in.Employee})
	if err != nil {
		return activities.Standing{}, activities.Ended(ctx, err)
	}
	id := workflows.OffboardID(main.ID).String()
	v, open, err := d.running(ctx, id)
	if err != nil || !open || over(v) || waits(v) {
		return activities.Standing{}, activities.Ended(ctx, err)
	}
	return activities.Standing{Leaving: true, Case: id}, nil
}

// running asks a case how it stands, if it runs. One that there is not, or not any more, is no error.
func (d *Dispatcher) running(ctx context.Context, id string) (v activities.CaseView, open bool, err error) {
	answer, err := d.Client.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: id, QueryType: workflows.Status.Name, QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return v, false, nil
	case err != nil:
		return v, false, err
	case answer.QueryRejected != nil:
		return v, false, nil
	}
	return v, true, answer.QueryResult.Get(&v)
}
