package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.temporal.io/api/serviceerror"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
)

// hopeless is how many people in a row cannot be reached before Temporal, and not their events, is what is wrong.
const hopeless = 10

// mostNamed bounds how many failures an error tells of.
const mostNamed = 20

// round is one go through the outbox. Its methods that count are safe for concurrent use.
type round struct {
	*Dispatcher
	mu       sync.Mutex
	sum      activities.Dispatched
	failures failures
}

// deliverAll delivers the events of some kinds, those of so many people side by side.
func (r *round) deliverAll(ctx context.Context, kinds []employee.EventKind, abreast int) error {
	for after := int64(0); !r.over(ctx); {
		events, err := r.Outbox.DueEvents(ctx, kinds, after, batch)
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		if len(events) == 0 {
			return nil
		}
		after = events[len(events)-1].Seq
		r.deliverBatch(ctx, byPerson(events), abreast)
	}
	return nil
}

// byPerson sorts events into those of each person, in their order, the people in the order of their first.
func byPerson(events []store.OutboxEvent) [][]store.OutboxEvent {
	var people [][]store.OutboxEvent
	at := map[employee.ID]int{}
	for _, e := range events {
		i, known := at[e.Event.Employee]
		if !known {
			i = len(people)
			at[e.Event.Employee], people = i, append(people, nil)
		}
		people[i] = append(people[i], e)
	}
	return people
}

func (r *round) deliverBatch(ctx context.Context, people [][]store.OutboxEvent, abreast int) {
	side(abreast, len(people), func(i int) {
		for _, e := range people[i] {
			if r.over(ctx) || r.keptBack(e.Event.Employee) {
				return
			}
			r.note(e.Event.Employee, r.one(ctx, e))
		}
	})
}

// side does n things, at most so many at a time, and begins them in their order.
func side(abreast, n int, do func(int)) {
	var all sync.WaitGroup
	turns := make(chan struct{}, abreast)
	for i := range n {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			do(i)
		})
	}
	all.Wait()
}

func (r *round) one(ctx context.Context, e store.OutboxEvent) error {
	out, err := r.deliver(ctx, e.Event)
	if err != nil {
		return fmt.Errorf("deliver event %d of %s: %w", e.Seq, e.Event.Employee, err)
	}
	if err := r.Outbox.MarkDispatched(ctx, e.Seq, out.note); err != nil {
		return fmt.Errorf("mark event %d: %w", e.Seq, err)
	}
	r.count(out)
	return nil
}

func (r *round) count(out delivered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(out.started) > 0:
		r.sum.Started++
	case len(out.told) > 0:
		r.sum.Updated++
	default:
		r.sum.Skipped++
	}
}

// over says that going on is of no use.
func (r *round) over(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures.inARow >= hopeless || ctx.Err() != nil
}

// keptBack says whether an earlier event of the person could not be delivered.
func (r *round) keptBack(id employee.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures.people[id]
}

func (r *round) note(id employee.ID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures.note(id, err)
}

// failures is what could not be delivered in one go through the outbox.
type failures struct {
	people map[employee.ID]bool
	inARow int // people who could not be reached, with nobody in between who could
	more   int // failures beyond those that are named
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
	// Whose own cases have heard it, and only a report's has not, may hear what came after.
	if unheard := new(reportsUnheard); !errors.As(err, &unheard) {
		f.people[id] = true
	}
	if len(f.errs) == mostNamed {
		f.more++
		return
	}
	f.errs = append(f.errs, err)
}

func (f *failures) all() error {
	if f.more > 0 {
		return errors.Join(append(f.errs, fmt.Errorf("and %d more events", f.more))...)
	}
	return errors.Join(f.errs...)
}

// ofTheEvent says whether it is the event that is wrong, and no other need fail for it.
func ofTheEvent(err error) bool {
	var invalid *serviceerror.InvalidArgument
	return errors.Is(err, store.ErrNotFound) || errors.As(err, &invalid)
}
