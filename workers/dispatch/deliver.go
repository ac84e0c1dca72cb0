package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/temporalclient"
	"tenure/workflows"
)

// delivered is what came of an event: the cases that were started or told, and what is noted of it.
type delivered struct {
	started, told []string
	note          string
}

// deliver brings an event to whom it concerns. The person's own cases hear it before those of their reports do.
func (d *Dispatcher) deliver(ctx context.Context, e employee.Event) (delivered, error) {
	p := d.Policy()
	who, err := d.person(ctx, p, e)
	if err != nil {
		return delivered{}, err
	}
	w := word{Dispatcher: d, event: e, person: who, route: routeOf(e, who, p.Maps()), reason: reason(e, who)}
	out, err := w.carry(ctx)
	if err != nil || !w.route.chain {
		return out, err
	}
	n, err := d.tellReports(ctx, p, e, who.record)
	if n > 0 {
		out.note += fmt.Sprintf("; %d of their reports", n)
	}
	return out, err
}

// word is one event on its way to the cases of one person.
type word struct {
	*Dispatcher
	event  employee.Event
	person person
	route  route
	reason string
}

// carry tells or starts the cases that the route names.
func (w word) carry(ctx context.Context) (delivered, error) {
	out := delivered{note: w.route.note}
	done, err := w.instead(ctx, &out)
	if err == nil && !done {
		err = w.begin(ctx, &out)
	}
	if err != nil {
		return out, err
	}
	var parts []string
	if len(out.started) > 0 {
		parts = append(parts, "started or told "+strings.Join(out.started, ", "))
	}
	if len(out.told) > 0 {
		parts = append(parts, "told "+strings.Join(out.told, ", "))
	}
	if out.note != "" || len(parts) == 0 {
		parts = append(parts, orNobody(out.note))
	}
	out.note = strings.Join(parts, "; ")
	return out, nil
}

func orNobody(note string) string {
	if note == "" {
		return "no case to tell"
	}
	return note
}

// instead tells those who hear it alone, and says whether one of them runs.
func (w word) instead(ctx context.Context, out *delivered) (done bool, err error) {
	switch {
	case w.route.calledOff:
		if alone, err := w.preparesAll(ctx); err != nil || !alone {
			return false, err
		}
		if out.told, err = w.tellAll(ctx, w.route.tell); err != nil {
			return false, err
		}
		return slices.Contains(out.told, w.id(onboard)), nil // it may have ended meanwhile
	case len(w.route.instead) > 0:
		out.told, err = w.tellAll(ctx, w.route.instead)
		return len(out.told) > 0, err
	}
	return false, nil
}

func (w word) begin(ctx context.Context, out *delivered) error {
	for _, p := range w.route.start {
		if err := w.start(ctx, p); err != nil {
			return err
		}
		out.started = append(out.started, w.id(p))
	}
	told, err := w.tellAll(ctx, w.route.tell)
	for _, id := range told {
		if !slices.Contains(out.told, id) {
			out.told = append(out.told, id)
		}
	}
	return err
}

func (w word) id(p workflows.Process) string {
	return workflows.ID{Process: p, Employee: w.person.main.ID}.String()
}

// later is the priority of a change of role: nobody waits for one of thousands.
const later = 4

// start starts a process of the person, or tells the one that runs.
func (w word) start(ctx context.Context, p workflows.Process) error {
	main := w.person.main
	change := workflows.EmployeeChange{Event: w.event, EffectiveAt: w.route.at}
	opts := temporalclient.CaseOptions(w.id(p), string(main.ID), string(p), activities.QueueLifecycle)
	var in any = workflows.RoleInput{Request: workflows.RoleRequest{Employee: main.ID, ProfileID: main.ProfileID, Actor: watchActor, Reason: w.reason,
		HREdited: w.event.HREdited, Detected: w.event.Detected}}
	switch p { //nolint:exhaustive // no other is started here
	case offboard:
		if !w.route.at.IsZero() { // a day that is waited for, whatever made it known
			change.Event.Kind, change.Event.What = employee.Departing, w.departing()
		}
		in = workflows.OffboardInput{Request: workflows.OffboardRequest{Employee: main.ID, ProfileID: main.ProfileID, Actor: watchActor, Reason: w.reason,
			EffectiveAt: w.route.at, HREdited: w.event.HREdited, Detected: w.event.Detected}}
	case move:
		opts.Priority = temporal.Priority{PriorityKey: later}
	}
	_, err := w.Client.SignalWithStartWorkflow(ctx, opts.ID, workflows.EmployeeChanged.Name, change, opts, string(p), in)
	return err
}

// departing is the classes of an event as one about a departure date.
func (w word) departing() []employee.Class {
	if w.event.Kind == employee.Departing {
		return w.event.What
	}
	return nil
}

// tellAll tells those of the processes that run, side by side, and says which they were.
func (w word) tellAll(ctx context.Context, all []workflows.Process) ([]string, error) {
	ran, errs := make([]bool, len(all)), make([]error, len(all))
	side(max(1, len(all)), len(all), func(i int) { ran[i], errs[i] = w.tell(ctx, w.id(all[i])) })
	var told []string
	for i, p := range all {
		if ran[i] {
			told = append(told, w.id(p))
		}
	}
	return told, errors.Join(errs...)
}

// tell tells a case, if it runs. One that does not is no error.
func (w word) tell(ctx context.Context, id string) (runs bool, err error) {
	err = w.Client.SignalWorkflow(ctx, id, "", workflows.EmployeeChanged.Name, workflows.EmployeeChange{Event: w.event, EffectiveAt: w.route.at})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}
