package retriever

import (
	"context"
	"sync"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// ReadOrder reads an order from a sweep of the list that all cases of this worker share. A sweep that is younger
// than MaxAge is used as it is. The outcome waits: a device is back when a person has checked it in.
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
	if err != nil {
		return activities.BoxState{}, activities.Ended(ctx, err)
	}
	st := found.state(s.base)
	st.Outcome = arrival(activities.Outcome{Step: in.Step, Account: found.ID}, st)
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

// sweeper reads the order list once for everybody who waits for an order. One sweep runs at a time; whoever comes
// while it runs takes its result.
type sweeper struct {
	read func(context.Context, string) (page, error)
	now  func() time.Time
	slot chan struct{} // held by the one who sweeps

	mu       sync.Mutex
	followed map[string]interest
	last     swept
}

// interest is why a sweep goes back as far as it does.
type interest struct {
	notBefore time.Time // the order cannot have been created earlier
	asked     time.Time // when somebody last asked for it
}

// lostInterest is how long after the last question an order no longer makes sweeps longer: its case is over.
const lostInterest = 7 * 24 * time.Hour

// swept is the newest part of the list, as far back as it was read.
type swept struct {
	at     time.Time
	orders map[string]order
	next   string    // where the list goes on
	back   time.Time // every order created since then is here; zero: the whole list
}

// follow makes sweeps go back as far as this order needs.
func (w *sweeper) follow(id string, notBefore time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followed == nil {
		w.followed = map[string]interest{}
	}
	if known, ok := w.followed[id]; ok {
		notBefore = known.notBefore
	}
	w.followed[id] = interest{notBefore: notBefore, asked: w.now()}
}

// forget is for an order that has ended.
func (w *sweeper) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.followed, id)
}

// find gives an order from a sweep no older than maxAge, sweeping if there is none. ok is false when the list does
// not hold it as far back as it can be.
func (w *sweeper) find(ctx context.Context, id string, maxAge time.Duration) (order, bool, error) {
	asked := w.now()
	select {
	case w.slot <- struct{}{}:
		defer func() { <-w.slot }()
	case <-ctx.Done():
		return order{}, false, ctx.Err()
	}
	w.mu.Lock()
	last, need := w.last, w.followed[id].notBefore
	w.mu.Unlock()
	// A sweep that ended while we waited for our turn is fresh, whatever its age in our clock's small steps.
	fresh := last.orders != nil && (w.now().Sub(last.at) <= maxAge || last.at.After(asked))
	if !fresh {
		last = swept{at: w.now(), orders: map[string]order{}, back: w.now()}
	}
	if o, ok := last.orders[id]; ok {
		return o, true, nil
	}
	if fresh && !last.back.After(need) {
		return order{}, false, nil
	}
	last, err := w.extend(ctx, last, fresh)
	if err != nil {
		return order{}, false, err
	}
	w.mu.Lock()
	w.last = last
	w.mu.Unlock()
	o, ok := last.orders[id]
	return o, ok, nil
}

// extend reads on until every followed order is found, or the page is older than the oldest of them can be.
func (w *sweeper) extend(ctx context.Context, s swept, begun bool) (swept, error) {
	orders := map[string]order{}
	for id, o := range s.orders {
		orders[id] = o
	}
	s.orders = orders
	for pages := 0; !begun || s.next != ""; pages++ {
		if begun = true; pages == maxPages {
			return swept{}, errEndless
		}
		p, err := w.read(ctx, s.next)
		if err != nil {
			return swept{}, err
		}
		for _, o := range p.Results {
			s.orders[o.ID] = o
			if !o.Created.IsZero() && o.Created.Before(s.back) {
				s.back = o.Created.Time
			}
		}
		s.next = p.Next
		missing, oldest := w.missing(s.orders)
		if !missing || len(p.Results) > 0 && olderThan(p.Results, oldest) {
			return s, nil
		}
	}
	s.back = time.Time{}
	return s, nil
}

// missing says whether a followed order is not among those read, and how far back the missing ones can be.
func (w *sweeper) missing(orders map[string]order) (bool, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var oldest time.Time
	missing := false
	for id, wanted := range w.followed {
		if _, ok := orders[id]; ok {
			continue
		}
		if w.now().Sub(wanted.asked) > lostInterest {
			delete(w.followed, id)
			continue
		}
		if !missing || wanted.notBefore.Before(oldest) {
			oldest = wanted.notBefore
		}
		missing = true
	}
	return missing, oldest
}
