// Package dispatch is the one place from which workflows are started and messaged by activities: it works the outbox
// off, turning the events that a directory scan committed into cases, and it carries what was asked through a front
// door to the case it is about. Everything else that acts only returns a value.
package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/internal/temporalclient"
	"tenure/workflows"
)

// batch is how many events one read of the outbox takes.
const batch = 100

// Outbox is what the dispatcher needs of the store.
type Outbox interface {
	DueEvents(ctx context.Context, kinds []employee.EventKind, after int64, limit int) ([]store.OutboxEvent, error)
	MarkDispatched(ctx context.Context, seq int64, note string) error
	MarkUnused(ctx context.Context, alike map[string][]int64) error
	Person(ctx context.Context, id employee.ID) (employee.Employee, error)
}

// watchActor is on whose word the directory watch starts cases.
const watchActor = "namely:watch"

// Dispatcher turns events into workflows.
type Dispatcher struct {
	Client client.Client
	Outbox Outbox
	// Policy gives the policy in force.
	Policy func() policy.Policy
	// Trackers finds the case of a shipment; nil when nobody remembers trackers.
	Trackers Trackers
	// Patience is how long the result of trying a step again is waited for, once the case has agreed to try it. Zero is
	// twenty seconds, which is shorter than the time of the activity that waits.
	Patience time.Duration
}

// Trackers is what of the store knows which case waits for which shipment.
type Trackers interface {
	// CaseOfTracker is the workflow id of the return that follows a tracker; empty when none does.
	CaseOfTracker(ctx context.Context, tracker string) (string, error)
}

// Bindings lists the dispatcher's activities, the only ones that reach workflows.
func (d *Dispatcher) Bindings() []activities.Binding {
	return []activities.Binding{activities.OutboxDispatch.Bind(d.Dispatch), activities.AskCarry.Bind(d.Carry), activities.AskStanding.Bind(d.Standing)}
}

// Dispatch delivers every event that may be, oldest first: those that a process acts on, and then, so that nobody who
// leaves waits for a thousand who were renamed, those that are only marked. What is held in a batch is not shown to it.
//
// An event that cannot be delivered keeps back the later ones of its person and nobody else's; the error, at the end, is
// that of all of them. Delivering one twice (a crash between the delivery and the mark) is harmless: all events of a
// person meet in one case.
func (d *Dispatcher) Dispatch(ctx context.Context, _ activities.DispatchOutbox) (activities.Dispatched, error) {
	var sum activities.Dispatched
	failed := errors.Join(d.deliverAll(ctx, &sum), d.markUnused(ctx, &sum))
	if failed == nil {
		return sum, nil
	}
	return sum, undelivered(ctx, failed)
}

// attempts is how often the whole outbox is gone through again at once because something could not be delivered. The next
// poll goes through it anyway, and must not be kept waiting by one event.
const attempts = 3

func undelivered(ctx context.Context, err error) error {
	err = activities.Ended(ctx, err)
	var app *temporal.ApplicationError
	if !activity.IsActivity(ctx) || activity.GetInfo(ctx).Attempt < attempts || !errors.As(err, &app) || app.NonRetryable() {
		return err
	}
	return temporal.NewNonRetryableApplicationError(app.Message(), app.Type(), app)
}

// hopeless is how many people in a row cannot be reached before Temporal, and not their events, is what is wrong.
const hopeless = 10

// deliverAll delivers the events that a process acts on.
func (d *Dispatcher) deliverAll(ctx context.Context, sum *activities.Dispatched) error {
	failed := failures{people: map[employee.ID]bool{}}
	for after := int64(0); ; {
		events, err := d.Outbox.DueEvents(ctx, actedOn, after, batch)
		if err != nil {
			return errors.Join(failed.all(), fmt.Errorf("read the outbox: %w", err))
		}
		if len(events) == 0 {
			return failed.all()
		}
		for _, e := range events {
			after = e.Seq
			if failed.people[e.Event.Employee] {
				continue
			}
			failed.note(e.Event.Employee, d.one(ctx, e, sum))
			if failed.inARow == hopeless || ctx.Err() != nil {
				return failed.all()
			}
		}
	}
}

// failures is what could not be delivered in one go through the outbox.
type failures struct {
	people map[employee.ID]bool
	inARow int // people who could not be reached, with nobody in between who could
	errs   []error
}

func (f *failures) note(id employee.ID, err error) {
	if err == nil {
		f.inARow = 0
		return
	}
	if !ofTheEvent(err) {
		f.inARow++
	}
	f.people[id] = true
	if len(f.errs) < mostNamed {
		f.errs = append(f.errs, err)
	}
}

// mostNamed bounds how many failures an error tells of.
const mostNamed = 20

func (f *failures) all() error {
	if more := len(f.people) - len(f.errs); more > 0 {
		return errors.Join(append(f.errs, fmt.Errorf("and the events of %d more people", more))...)
	}
	return errors.Join(f.errs...)
}

// ofTheEvent says whether it is the event that is wrong, and no other need fail for it.
func ofTheEvent(err error) bool {
	var invalid *serviceerror.InvalidArgument
	return errors.Is(err, store.ErrNotFound) || errors.As(err, &invalid)
}

func (d *Dispatcher) one(ctx context.Context, e store.OutboxEvent, sum *activities.Dispatched) error {
	note, err := d.deliver(ctx, e.Event, sum)
	if err != nil {
		return fmt.Errorf("deliver event %d of %s: %w", e.Seq, e.Event.Employee, err)
	}
	if err := d.Outbox.MarkDispatched(ctx, e.Seq, note); err != nil {
		return fmt.Errorf("mark event %d: %w", e.Seq, err)
	}
	return nil
}

// markUnused marks the events on which no process acts, so that the process that will finds what it missed.
func (d *Dispatcher) markUnused(ctx context.Context, sum *activities.Dispatched) error {
	for {
		events, err := d.Outbox.DueEvents(ctx, ignored, 0, batch)
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		alike := map[string][]int64{} // events by what is said of them
		for _, e := range events {
			note := "no process acts on this yet: " + strings.Join(words(e.Event), ", ")
			alike[note] = append(alike[note], e.Seq)
		}
		if err := d.Outbox.MarkUnused(ctx, alike); err != nil {
			return fmt.Errorf("mark events: %w", err)
		}
		sum.Skipped += len(events)
	}
}

// actedOn is the kinds of event on which a process acts, ignored the others.
var (
	actedOn = []employee.EventKind{employee.Left, employee.Departing, employee.Staying, employee.Returned}
	ignored = []employee.EventKind{employee.Joining, employee.Changed}
)

// deliver starts or signals the case an event belongs to, and says what it did.
func (d *Dispatcher) deliver(ctx context.Context, e employee.Event, sum *activities.Dispatched) (string, error) {
	switch e.Kind {
	case employee.Left, employee.Departing:
		return d.startOffboard(ctx, e, sum)
	case employee.Staying, employee.Returned:
		return d.tellOffboard(ctx, e, sum)
	case employee.Joining, employee.Changed: // markUnused
	}
	return "", fmt.Errorf("no process acts on an event of kind %q", e.Kind)
}

// words are the event's classes, or its kind where an older version did not know any.
func words(e employee.Event) []string {
	if len(e.What) == 0 {
		return []string{string(e.Kind)}
	}
	out := make([]string, len(e.What))
	for i, c := range e.What {
		out[i] = string(c)
	}
	return out
}

func (d *Dispatcher) startOffboard(ctx context.Context, e employee.Event, sum *activities.Dispatched) (string, error) {
	person, err := d.Outbox.Person(ctx, e.Employee)
	if err != nil {
		return "", err
	}
	if note := overtaken(e, person); note != "" {
		sum.Skipped++
		return note, nil
	}
	change := workflows.EmployeeChange{Event: e}
	if e.Kind == employee.Departing {
		change.EffectiveAt = plan.EffectiveAt(d.Policy(), person, person.DepartureDate)
	}
	id := workflows.OffboardID(e.Employee).String()
	in := workflows.OffboardInput{Request: workflows.OffboardRequest{
		Employee: e.Employee, ProfileID: person.ProfileID, Actor: watchActor, Reason: reason(e),
		EffectiveAt: change.EffectiveAt, HREdited: e.HREdited, Detected: e.Detected,
	}}
	_, err = d.Client.SignalWithStartWorkflow(ctx, id, workflows.EmployeeChanged.Name, change, temporalclient.CaseOptions(id, string(e.Employee), string(workflows.ProcessOffboard), activities.QueueLifecycle),
		string(workflows.ProcessOffboard), in)
	if err != nil {
		return "", err
	}
	sum.Started++
	return "started or told " + id, nil
}

// overtaken says that HR took an event back while it waited (Temporal was down, or it was held): what it says is not so
// any more, and the event that says so waits behind it.
func overtaken(e employee.Event, now employee.Employee) string {
	switch {
	case e.Kind == employee.Left && now.Status != employee.Inactive:
		return "HR took it back before it was dispatched: the person is " + string(now.Status)
	case e.Kind == employee.Departing && now.DepartureDate.IsZero():
		return "HR took it back before it was dispatched: there is no departure date"
	}
	return ""
}

func reason(e employee.Event) string {
	text := "HR set a departure date"
	switch {
	case e.Is(employee.HireCalledOff):
		text = "HR called the hire off"
	case e.Kind == employee.Left:
		text = "HR made the person inactive"
	}
	if e.Is(employee.Backdated) {
		text += ", after the day itself"
	}
	return text
}

func (d *Dispatcher) tellOffboard(ctx context.Context, e employee.Event, sum *activities.Dispatched) (string, error) {
	id := workflows.OffboardID(e.Employee).String()
	err := d.Client.SignalWorkflow(ctx, id, "", workflows.EmployeeChanged.Name, workflows.EmployeeChange{Event: e})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		sum.Skipped++
		return "no case to tell", nil
	}
	if err != nil {
		return "", err
	}
	sum.Updated++
	return "told " + id, nil
}
