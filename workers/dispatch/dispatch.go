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

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/policy"
	"tenure/internal/store"
)

// batch is how many events one read of the outbox takes.
const batch = 100

// Outbox is what the dispatcher needs of the store.
type Outbox interface {
	DueEvents(ctx context.Context, kinds []employee.EventKind, after int64, limit int) ([]store.OutboxEvent, error)
	MarkDispatched(ctx context.Context, seq int64, note string) error
	MarkUnused(ctx context.Context, alike map[string][]int64) error
	Person(ctx context.Context, id employee.ID) (employee.Employee, error)
	// MainID is the id under which the cases of a record's person run, Records every record of that person.
	MainID(ctx context.Context, id employee.ID) (employee.ID, error)
	Records(ctx context.Context, id employee.ID) ([]employee.Employee, error)
	// Reports is everybody whose manager this profile is.
	Reports(ctx context.Context, profileID string) ([]employee.Employee, error)
	// Accounts is the accounts the ledger has of a person, by system, CaseEvidence what was done in a case in all its runs.
	Accounts(ctx context.Context, id employee.ID) (map[string]string, error)
	CaseEvidence(ctx context.Context, caseID string) ([]evidence.Record, error)
	// People is the directory by pages, Told and Tell remember whose reports were told of a day that has come.
	People(ctx context.Context, afterProfile string, limit int) ([]employee.Employee, error)
	Told(ctx context.Context, keys []string) (map[string]bool, error)
	Tell(ctx context.Context, keys []string, at time.Time) error
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
	// Now is the clock by which somebody's first and last days have come; nil is [time.Now].
	Now func() time.Time
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

// Dispatch delivers every event that may be, oldest first: those of people who leave, stay or come back, and then, so that
// nobody who leaves waits for a thousand who were renamed, those of people who join and move, several at once. Without a
// mapping in the policy the latter are only marked. What is held in a batch is not shown to it. Last of all it looks whose
// first or last day has come, and tells their reports.
//
// An event that cannot be delivered keeps back the later ones of its person and nobody else's; the error, at the end, is
// that of all of them. Delivering one twice (a crash between the delivery and the mark) is harmless: all events of a
// person meet in the same cases.
func (d *Dispatcher) Dispatch(ctx context.Context, _ activities.DispatchOutbox) (activities.Dispatched, error) {
	r := &round{Dispatcher: d, failures: failures{people: map[employee.ID]bool{}}}
	err := r.deliverAll(ctx, comingAndGoing, 1)
	switch {
	case !d.Policy().Maps():
		err = errors.Join(err, r.failures.all(), d.markUnused(ctx, &r.sum))
	case r.over(ctx):
		err = errors.Join(err, r.failures.all())
	default:
		err = errors.Join(err, r.deliverAll(ctx, atWork, abreast), r.failures.all())
		if !r.over(ctx) {
			err = errors.Join(err, d.daysCome(ctx, d.Policy()))
		}
	}
	if err == nil {
		return r.sum, nil
	}
	return r.sum, undelivered(ctx, err)
}

// comingAndGoing is the kinds of event that take access away or give it back, atWork the others.
var (
	comingAndGoing = []employee.EventKind{employee.Left, employee.Departing, employee.Staying, employee.Returned}
	atWork         = []employee.EventKind{employee.Joining, employee.Changed}
)

// abreast is how many people's events are delivered side by side where a reorganisation touches thousands.
const abreast = 8

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

// markUnused marks the events on which no process acts, so that the process that will finds what it missed.
func (d *Dispatcher) markUnused(ctx context.Context, sum *activities.Dispatched) error {
	for {
		events, err := d.Outbox.DueEvents(ctx, atWork, 0, batch)
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		alike := map[string][]int64{} // events by what is said of them
		for _, e := range events {
			note := "no process acts on this without a mapping in the policy: " + strings.Join(words(e.Event), ", ")
			alike[note] = append(alike[note], e.Seq)
		}
		if err := d.Outbox.MarkUnused(ctx, alike); err != nil {
			return fmt.Errorf("mark events: %w", err)
		}
		sum.Skipped += len(events)
	}
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
