package retriever

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// ReadOrder reads an order from a sweep of the list that all cases share: of this worker, or with [Config.Shared] of
// all of them. A sweep that is younger than MaxAge is used as it is; when the day's reads are used up, an older one
// is, and the outcome says so. The outcome waits: a device is back when a person has checked it in.
func (s *System) ReadOrder(ctx context.Context, in activities.ReadOrder) (activities.BoxState, error) {
	if in.Order == "" {
		return activities.BoxState{}, activities.Classify(wrong("order is empty", "report this as a fault of Tenure: there is nothing to read"))
	}
	s.sweep.follow(in.Order, in.Opened.Add(-s.cfg.Margin))
	found, ok, err := s.sweep.find(ctx, in.Order, in.MaxAge)
	if err == nil && !ok {
		// Not among the recent ones: an order that is older than the case, adopted by its serial number.
		found, err = s.one(ctx, in.Order)
	}
	asOf := ""
	if used := (*usedUp)(nil); errors.As(err, &used) {
		found, asOf, err = s.sweep.lastKnown(ctx, in.Order, err)
	}
	if err != nil {
		return activities.BoxState{}, activities.Ended(ctx, err)
	}
	st := found.state(s.base)
	st.Outcome = arrival(activities.Outcome{Step: in.Step, Account: found.ID}, st)
	st.Outcome.Detail += asOf
	if !found.open() {
		s.sweep.forget(found.ID)
	}
	return st, nil
}

// arrival is what an order's state means for the device. Retriever's word that it arrived is not a check-in.
func arrival(o activities.Outcome, st activities.BoxState) activities.Outcome {
	o.State, o.ReadBack = plan.Waiting, "order "+st.Order+" is "+st.Status
	switch st.Milestone {
	case activities.Deactivated:
		why := st.Why
		if why == "" {
			why = "no reason given"
		}
		return activities.NeedsPerson(o, &activities.Problem{Type: activities.Conflict, Text: "Retriever gave the order up: " + why,
			Mend: "ask the employee where the device is, then record it as received, or retry the step to order another box"})
	case activities.DeviceArrived:
		o.Detail = "the device has arrived; it waits for check-in"
	case activities.Ordered, activities.BoxShipped, activities.BoxDelivered, activities.DeviceShipped, activities.DeviceCheckedIn, activities.InStock:
		o.Detail = "on its way: " + string(st.Milestone)
	}
	return o
}

// row is an entry of a list of orders.
type row[T any] interface {
	id() string
	created() time.Time
	// open says whether anything may yet become of it.
	open() bool
	// bare leaves out what people type into it: it may hold a name.
	bare() T
}

// sweeper reads one list of orders once for everybody who waits for an order. One sweep runs at a time; whoever comes
// while it runs takes its result.
type sweeper[T row[T]] struct {
	read  func(context.Context, string) (page[T], error)
	now   func() time.Time
	shelf shelf[T]
	// pace is how old a sweep of so many pages must be before another may follow, however fresh it is wanted.
	pace func(pages int) time.Duration
	slot chan struct{} // held by the one who sweeps, in this process

	mu       sync.Mutex
	followed map[string]interest
}

// shelf is where the last sweep lies.
type shelf[T row[T]] interface {
	// last is the newest sweep; zero when there is none.
	last(context.Context) (swept[T], error)
	// claim makes the caller the only one to sweep, until its turn ends. It is an error that somebody else's has not.
	claim(context.Context) (turn[T], error)
}

// turn is somebody's turn to sweep.
type turn[T row[T]] interface {
	// keep puts a new sweep on the shelf.
	keep(context.Context, swept[T]) error
	// end ends the turn; err is why nothing was kept, or nil.
	end(ctx context.Context, err error)
}

// interest is why a sweep goes back as far as it does.
type interest struct {
	NotBefore time.Time `json:"notBefore"` // the order cannot have been created earlier
	Asked     time.Time `json:"asked"`     // when somebody last asked for it
}

// lostInterest is how long after the last question an order no longer makes sweeps longer: its case is over.
const lostInterest = 7 * 24 * time.Hour

// swept is the newest part of the list, as far back as it was read. It holds nothing about a person: neither names nor
// addresses were read, and what people may have typed into an order is left out.
type swept[T row[T]] struct {
	At       time.Time           `json:"at"`
	Orders   map[string]T        `json:"orders"`
	Next     string              `json:"next"` // where the list goes on
	Back     time.Time           `json:"back"` // every order created since then is here; zero: the whole list
	Pages    int                 `json:"pages"`
	Followed map[string]interest `json:"followed,omitempty"` // what the sweeper followed, whoever it was
}

// follow makes sweeps go back as far as this order needs.
func (w *sweeper[T]) follow(id string, notBefore time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followed == nil {
		w.followed = map[string]interest{}
	}
	if known, ok := w.followed[id]; ok {
		notBefore = known.NotBefore
	}
	w.followed[id] = interest{NotBefore: notBefore, Asked: w.now()}
}

// forget is for an order that has ended.
func (w *sweeper[T]) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.followed, id)
}

// find gives an order from a sweep no older than maxAge, sweeping if there is none. ok is false when the list does
// not hold it as far back as it can be.
func (w *sweeper[T]) find(ctx context.Context, id string, maxAge time.Duration) (found T, ok bool, err error) {
	asked := w.now()
	select {
	case w.slot <- struct{}{}:
		defer func() { <-w.slot }()
	case <-ctx.Done():
		return found, false, ctx.Err()
	}
	last, _, settled, err := w.look(ctx, id, maxAge, asked)
	if err != nil || settled {
		return last.Orders[id], last.has(id), err
	}
	mine, err := w.shelf.claim(ctx)
	if err != nil {
		return found, false, err
	}
	defer func() { mine.end(ctx, err) }()
	// Another worker may have swept before the turn was ours.
	last, fresh, settled, err := w.look(ctx, id, maxAge, asked)
	if err != nil || settled {
		return last.Orders[id], last.has(id), err
	}
	w.takeUp(last.Followed)
	if !fresh {
		last = swept[T]{At: w.now(), Orders: map[string]T{}, Back: w.now()}
	}
	if last, err = w.extend(ctx, last, fresh); err == nil {
		last.Followed = w.wanted(last.Orders)
		err = mine.keep(ctx, last)
	}
	return last.Orders[id], last.has(id), err
}

// look takes the last sweep down and says whether it is fresh enough, and whether it settles the question: it holds
// the order, or goes back far enough to say that there is none.
func (w *sweeper[T]) look(ctx context.Context, id string, maxAge time.Duration, asked time.Time) (last swept[T], fresh, settled bool, err error) {
	if last, err = w.shelf.last(ctx); err != nil || last.Orders == nil {
		return last, false, false, err
	}
	// A sweep that ended while we waited for our turn is fresh, whatever its age in our clock's small steps.
	fresh = w.now().Sub(last.At) <= max(maxAge, w.pace(last.Pages)) || last.At.After(asked)
	w.mu.Lock()
	need := w.followed[id].NotBefore
	w.mu.Unlock()
	return last, fresh, fresh && (last.has(id) || !last.Back.After(need)), nil
}

func (s swept[T]) has(id string) bool {
	_, ok := s.Orders[id]
	return ok
}

// extend reads on until every followed order is found, or the page is older than the oldest of them can be.
func (w *sweeper[T]) extend(ctx context.Context, s swept[T], begun bool) (swept[T], error) {
	s.Orders = maps.Clone(s.Orders)
	for pages := 0; !begun || s.Next != ""; pages++ {
		if begun = true; pages == maxPages {
			return swept[T]{}, errEndless
		}
		p, err := w.read(ctx, s.Next)
		if err != nil {
			return swept[T]{}, err
		}
		s.Pages++
		for _, o := range p.Results {
			s.Orders[o.id()] = o.bare()
			if at := o.created(); !at.IsZero() && at.Before(s.Back) {
				s.Back = at
			}
		}
		s.Next = p.Next
		missing, oldest := w.missing(s.Orders)
		if !missing || len(p.Results) > 0 && olderThan(p.Results, oldest) {
			return s, nil
		}
	}
	s.Back = time.Time{}
	return s, nil
}

// missing says whether a followed order is not among those read, and how far back the missing ones can be.
func (w *sweeper[T]) missing(orders map[string]T) (bool, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var oldest time.Time
	missing := false
	for id, wanted := range w.followed {
		if _, ok := orders[id]; ok {
			continue
		}
		if w.now().Sub(wanted.Asked) > lostInterest {
			delete(w.followed, id)
			continue
		}
		if !missing || wanted.NotBefore.Before(oldest) {
			oldest = wanted.NotBefore
		}
		missing = true
	}
	return missing, oldest
}

// takeUp follows what other workers follow: their sweep is ours.
func (w *sweeper[T]) takeUp(others map[string]interest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followed == nil {
		w.followed = map[string]interest{}
	}
	for id, o := range others {
		if own, known := w.followed[id]; !known || o.Asked.After(own.Asked) {
			w.followed[id] = o
		}
	}
}

// wanted is what is followed and has not ended.
func (w *sweeper[T]) wanted(orders map[string]T) map[string]interest {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.followed {
		if o, read := orders[id]; read && !o.open() {
			delete(w.followed, id)
		}
	}
	return maps.Clone(w.followed)
}

// lastKnown is an order as the last sweep had it, however old, with the words that say so. Without one it is the given
// error.
func (w *sweeper[T]) lastKnown(ctx context.Context, id string, why error) (o T, asOf string, err error) {
	last, err := w.shelf.last(ctx)
	if err != nil || !last.has(id) {
		return o, "", why
	}
	return last.Orders[id], "; as of " + last.At.UTC().Format("2006-01-02 15:04 UTC") + ", because " + activities.ProblemOf(why).Text, nil
}

// own is the shelf of a worker that shares with nobody.
type own[T row[T]] struct{ sweep swept[T] }

func (o *own[T]) last(context.Context) (swept[T], error) { return o.sweep, nil }
func (o *own[T]) claim(context.Context) (turn[T], error) { return o, nil }

func (o *own[T]) keep(_ context.Context, s swept[T]) error {
	o.sweep = s
	return nil
}

func (o *own[T]) end(context.Context, error) {}
