package retriever

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// OrderBox orders one box, at most once. It reads the recent orders before every POST and adopts one that carries
// our reference, or that is open for the same serial number. An answer that was lost is an error: the next attempt
// comes late enough for Retriever to show the order, and reads before it orders.
func (s *System) OrderBox(ctx context.Context, in activities.OrderBox) (activities.BoxState, error) {
	o := activities.Outcome{Step: in.Step}
	body, err := s.request(in)
	if err != nil {
		return s.settled(ctx, o, err)
	}
	found, adopted, err := s.recent(ctx, in)
	if err == nil && !adopted {
		found, err = s.place(ctx, body)
		o.Executed = s.cfg.Now().UTC()
	}
	if err != nil {
		return s.settled(ctx, o, err)
	}
	s.sweep.follow(found.ID, found.Created.Time)
	st := found.state(s.base)
	st.Adopted = adopted
	st.Outcome = s.readBack(ctx, o, found, adopted)
	return st, nil
}

// settled makes an outcome of a refusal for good, and an error of everything that can pass.
func (s *System) settled(ctx context.Context, o activities.Outcome, err error) (activities.BoxState, error) {
	if ctx.Err() != nil || activities.ProblemOf(err).Retryable() {
		return activities.BoxState{}, activities.Ended(ctx, err)
	}
	return activities.BoxState{Outcome: activities.NeedsPerson(o, err)}, nil
}

// recent looks for the order among those created since shortly before the case began, newest first.
func (s *System) recent(ctx context.Context, in activities.OrderBox) (order, bool, error) {
	from := in.Opened.Add(-s.cfg.Margin)
	var sameSerial *order
	for pages, next := 0, ""; ; pages++ {
		if pages == maxPages {
			return order{}, false, errEndless
		}
		p, err := s.page(ctx, next)
		if err != nil {
			return order{}, false, err
		}
		for _, o := range p.Results {
			m := o.shipment().reached()
			if o.Ticket == in.Reference && m != activities.Deactivated {
				return o, true, nil
			}
			if sameSerial == nil && in.Device.Serial != "" && strings.EqualFold(o.Serial, in.Device.Serial) && o.open() {
				sameSerial = &o
			}
		}
		if p.Next == "" || len(p.Results) > 0 && olderThan(p.Results, from) {
			break
		}
		next = p.Next
	}
	if sameSerial != nil {
		return *sameSerial, true, nil
	}
	return order{}, false, nil
}

// olderThan says whether every order of a page is older than an instant. An order without a date is not.
func olderThan[T row[T]](orders []T, t time.Time) bool {
	for _, o := range orders {
		if o.created().IsZero() || !o.created().Before(t) {
			return false
		}
	}
	return true
}

// place orders. After it nothing may order again without reading.
func (s *System) place(ctx context.Context, body newOrder) (order, error) {
	answer, err := s.api.Do(ctx, vendorhttp.Request{Method: http.MethodPost, Path: listPath, JSON: body})
	if err != nil {
		return order{}, problemOf(err)
	}
	var o order
	if err := answer.Decode(&o); err != nil || o.ID == "" {
		return order{}, activities.Problemf(activities.Unavailable, "Retriever accepted the order but did not name it; the next attempt looks for it")
	}
	return o, nil
}

// readBack proves the order by a separate read: an adopted one was read from the list, a new one is read by its id.
// When it cannot be read yet the step waits; the order itself is known.
func (s *System) readBack(ctx context.Context, o activities.Outcome, found order, adopted bool) activities.Outcome {
	o.Account = found.ID
	o.Detail = "box ordered"
	if adopted {
		o.Detail, o.Executed = "adopted an order that was there already", found.Created.Time
	}
	seen := found
	if !adopted {
		var err error
		if seen, err = s.one(ctx, found.ID); err != nil || seen.ID != found.ID {
			o.State = plan.Waiting
			o.Detail = "box ordered; Retriever does not show the order yet"
			return o
		}
	}
	o.State, o.Verified = plan.Verified, s.cfg.Now().UTC()
	o.ReadBack = "order " + seen.ID + " is " + seen.shipment().Status
	return o
}
