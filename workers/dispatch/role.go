package dispatch

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/workflows"
)

// takeUp starts a case of somebody's role on a person's word, or has the one that runs look anew. A Move is left to an
// Onboard or a Leave of the person that runs. What the role is, HR's records say, whoever asks.
func (d *Dispatcher) takeUp(ctx context.Context, in activities.CarryAsk, process workflows.Process) (activities.CarriedAsk, error) {
	first := processes(process)
	if process == move {
		first = processes(leave, onboard, move)
	}
	for _, p := range first {
		out, runs, err := d.lookAnew(ctx, in, workflows.ID{Process: p, Employee: in.Person.ID}.String())
		if err != nil || runs {
			return out, err
		}
	}
	return d.begin(ctx, in, process)
}

// main is the record under whose id the person's cases run.
func (d *Dispatcher) main(ctx context.Context, e employee.Employee) (employee.Employee, error) {
	if d.Outbox == nil {
		return e, nil
	}
	id, err := d.Outbox.MainID(ctx, e.ID)
	if err != nil || id == e.ID {
		return e, err
	}
	return d.Outbox.Person(ctx, id)
}

// begin starts the case. Should one have begun in the meantime, the next attempt finds it.
func (d *Dispatcher) begin(ctx context.Context, in activities.CarryAsk, process workflows.Process) (activities.CarriedAsk, error) {
	id := workflows.ID{Process: process, Employee: in.Person.ID}.String()
	_, err := d.Client.ExecuteWorkflow(ctx, caseOptions(in, id, process), string(process), workflows.RoleInput{Request: workflows.RoleRequest{
		Employee: in.Person.ID, ProfileID: in.Person.ProfileID, Actor: in.Ask.Actor, ActorEmployee: in.By.Employee, Reason: in.Ask.Reason,
		Detected: in.Ask.Received, Readmit: process == onboard,
	}})
	var running *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &running):
		return activities.CarriedAsk{}, activities.Problemf(activities.Unavailable, "the case %s began while it was asked for", id)
	case err != nil:
		return activities.CarriedAsk{}, err
	}
	what := "onboarding"
	if process == move {
		what = "a look at the role"
	}
	return activities.CarriedAsk{Case: id, Text: fmt.Sprintf("%s of %s begins now (%s)", what, in.Person.ID, id)}, nil
}

// lookAnew has a case that runs look at HR's records again, and shows it. A rehire that waits for somebody's word has it:
// asking for the onboarding says it.
func (d *Dispatcher) lookAnew(ctx context.Context, in activities.CarryAsk, id string) (out activities.CarriedAsk, runs bool, err error) {
	v, open, err := d.running(ctx, id)
	if err != nil || !open {
		return out, false, err
	}
	out = activities.CarriedAsk{Case: id, View: &v}
	if in.Ask.Verb == activities.VerbOnboard && asksToReadmit(v) {
		v, err = update(ctx, d, call{id: id, key: in.Ask.Key}, workflows.CompleteStep, workflows.StepRequest{PersonSays: says(in), Step: plan.StepID(plan.IdentityRehire)})
		if err != nil {
			return activities.CarriedAsk{Case: id}, true, err
		}
		out.Text = fmt.Sprintf("%s waited for somebody's word (%s) and is let in: %s", in.Person.ID, id, v.Headline)
		return out, true, nil
	}
	change := workflows.EmployeeChange{Event: employee.Event{Key: "ask/" + in.Ask.Key, Kind: employee.Changed, Employee: in.Person.ID, Detected: in.Ask.Received}}
	err = d.Client.SignalWorkflow(ctx, id, "", workflows.EmployeeChanged.Name, change)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return activities.CarriedAsk{}, false, nil // it has just ended
	}
	out.Text = fmt.Sprintf("%s runs already and looks at HR's record anew: %s", id, v.Headline)
	return out, true, err
}

func asksToReadmit(v activities.CaseView) bool {
	for _, s := range v.Steps {
		if s.ID == plan.StepID(plan.IdentityRehire) {
			return s.State.AsksForPerson()
		}
	}
	return false
}
