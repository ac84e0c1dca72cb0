package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tenure/internal/employee"
)

// The bounds of a raise: it is for a day that people know of, and never for everybody.
const (
	LeastRaise  = 2 // people
	ShortRaise  = 5 * time.Minute
	LongRaise   = 72 * time.Hour
	raiseAnswer = 24 * time.Hour // within which the second person must confirm
)

// RaiseAsk asks for one batch of up to People people to be let through within Lasts from its confirmation. With a nonce
// alone it confirms the one that showed the nonce.
type RaiseAsk struct {
	People int
	Lasts  time.Duration
	By     string
	Person employee.ID
	Reason string
	Nonce  string
	At     time.Time
	// OneCLIVoice is that of a [Decision].
	OneCLIVoice bool
}

// Raise takes what one person says about raising the mass guard: the first asks, a second, different person who says the
// same (or gives the nonce) opens it. The first batch it lets through uses it up. done says that it is open now.
func (s *Store) Raise(ctx context.Context, in RaiseAsk) (r employee.Raise, done bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		standing, seq, err := currentRaise(ctx, tx, in.At)
		if err != nil {
			return err
		}
		if r = standing; in.opened(standing) {
			done = true
			return nil
		}
		if err := in.check(ctx, tx, standing); err != nil {
			return err
		}
		if standing.State == employee.RaiseAsked && in.same(standing) {
			if employee.SamePerson(in.By, in.Person, standing.Asked.By, standing.Asked.Person) {
				if in.Nonce != "" {
					return refused(RefusedPerson, "a second, different person must confirm it", "%s asked for this and cannot confirm it", in.By)
				}
				return nil
			}
			if err := sameVoice(in.By, standing.Asked.By); err != nil && in.OneCLIVoice {
				return err
			}
			done = true
			r, err = s.openRaise(ctx, tx, seq, standing, in)
			return err
		}
		r, err = s.askRaise(ctx, tx, seq, standing, in)
		return err
	})
	return r, done, err
}

// opened says whether this very word was heard already.
func (in RaiseAsk) opened(r employee.Raise) bool {
	return r.State == employee.RaiseOpen && r.Asked.Confirmed == in.By && r.Asked.ConfirmedAt.Equal(in.At)
}

func (in RaiseAsk) same(r employee.Raise) bool {
	return in.Nonce != "" && in.People == 0 && in.Lasts == 0 || in.People == r.People && in.Lasts == r.Lasts
}

func (in RaiseAsk) check(ctx context.Context, q querier, standing employee.Raise) error {
	if in.By == "" {
		return refused(RefusedInput, "say who asks", "raising the mass guard lacks who asks for it")
	}
	if standing.State == employee.RaiseOpen {
		return refused(RefusedConflict, "wait until it is used or over", "%s is open until %s, for up to %d people", standing.ID, standing.Until.UTC().Format(time.RFC3339), standing.People)
	}
	if in.Nonce != "" && (standing.State != employee.RaiseAsked || standing.Asked.Nonce != in.Nonce) {
		return refused(RefusedConflict, "ask for it again", "what was asked for when %s was shown is not asked for any more", in.Nonce)
	}
	if in.Nonce != "" && in.same(standing) {
		return nil
	}
	company, err := working(ctx, q)
	most := max(LeastRaise, company/2)
	switch {
	case err != nil:
		return err
	case in.People < LeastRaise || in.People > most:
		return refused(RefusedInput, fmt.Sprintf("choose %d to %d", LeastRaise, most), "the mass guard cannot be raised to %d people: %d work here, and it is for half of them at most", in.People, company)
	case in.Lasts < ShortRaise || in.Lasts > LongRaise:
		return refused(RefusedInput, fmt.Sprintf("choose %s to %s", ShortRaise, LongRaise), "the mass guard cannot be raised for %s", in.Lasts)
	}
	return nil
}

// working is how many people are not inactive and not missing.
func working(ctx context.Context, q querier) (int, error) {
	people, err := bodies[employee.Employee](ctx, q, `SELECT record FROM person WHERE missing_since IS NULL`)
	n := 0
	for _, e := range people {
		if e.Status != employee.Inactive {
			n++
		}
	}
	return n, err
}

func (s *Store) askRaise(ctx context.Context, tx *sql.Tx, seq int64, standing employee.Raise, in RaiseAsk) (employee.Raise, error) {
	if standing.State == employee.RaiseAsked {
		standing.State = employee.RaiseReplaced
		if err := putBody(ctx, tx, putRaise, seq, standing.ID, string(standing.State), standing); err != nil {
			return standing, err
		}
	}
	last, err := maxSeq(ctx, tx, `SELECT COALESCE(MAX(seq), 0) FROM raise`)
	if err != nil {
		return standing, err
	}
	nonce, err := newNonce()
	if err != nil {
		return standing, err
	}
	r := employee.Raise{ID: fmt.Sprintf("R%d", last+1), People: in.People, Lasts: in.Lasts, State: employee.RaiseAsked,
		Asked: employee.Proposal{By: in.By, Person: in.Person, Reason: in.Reason, Nonce: nonce, At: in.At}}
	if err := putBody(ctx, tx, putRaise, last+1, r.ID, string(r.State), r); err != nil {
		return r, err
	}
	detail := fmt.Sprintf("one batch of up to %d people within %s asked for by %s", in.People, in.Lasts, in.By)
	return r, s.guardNote(ctx, tx, "raise/"+r.ID, "asked", in.By, detail+because(in.Reason), nil)
}

func (s *Store) openRaise(ctx context.Context, tx *sql.Tx, seq int64, r employee.Raise, in RaiseAsk) (employee.Raise, error) {
	r.State, r.Until = employee.RaiseOpen, in.At.Add(r.Lasts)
	r.Asked.Confirmed, r.Asked.ConfirmedPerson, r.Asked.ConfirmedAt = in.By, in.Person, in.At
	if err := putBody(ctx, tx, putRaise, seq, r.ID, string(r.State), r); err != nil {
		return r, err
	}
	detail := fmt.Sprintf("open for up to %d people until %s: confirmed by %s, asked for by %s", r.People, r.Until.UTC().Format(time.RFC3339), in.By, r.Asked.By)
	return r, s.guardNote(ctx, tx, "raise/"+r.ID, "confirmed", in.By, detail+because(in.Reason), nil)
}

// currentRaise is the raise that is asked for or open at an instant; zero when there is none.
func currentRaise(ctx context.Context, q querier, at time.Time) (employee.Raise, int64, error) {
	all, err := bodies[employee.Raise](ctx, q, `SELECT body FROM raise WHERE state IN ('asked', 'open') ORDER BY seq DESC LIMIT 1`)
	if err != nil || len(all) == 0 {
		return employee.Raise{}, 0, err
	}
	r := all[0]
	if r.State == employee.RaiseOpen && !at.Before(r.Until) || r.State == employee.RaiseAsked && !at.Before(r.Asked.At.Add(raiseAnswer)) {
		return employee.Raise{}, 0, nil
	}
	seq, err := maxSeq(ctx, q, `SELECT COALESCE(MAX(seq), 0) FROM raise WHERE state IN ('asked', 'open')`)
	return r, seq, err
}

// CurrentRaise is the raise that is asked for or open at an instant, or nil.
func (s *Store) CurrentRaise(ctx context.Context, at time.Time) (*employee.Raise, error) {
	r, _, err := currentRaise(ctx, s.db, at)
	if err != nil || r.ID == "" {
		return nil, err
	}
	return &r, nil
}

// letThrough uses an open raise for a burst that is small enough.
func (c scan) letThrough(ctx context.Context, v employee.Verdict, burst []queued) (bool, error) {
	r, seq, err := currentRaise(ctx, c.tx, c.at)
	if err != nil || r.State != employee.RaiseOpen || v.People > r.People {
		return false, err
	}
	r.State, r.Used, r.UsedAt = employee.RaiseUsed, v.People, c.at
	if err := putBody(ctx, c.tx, putRaise, seq, r.ID, string(r.State), r); err != nil {
		return false, err
	}
	if err := updateAll(ctx, c.tx, numbers(burst), `UPDATE outbox SET batch = $1 WHERE seq IN`, r.ID); err != nil {
		return false, wrap("mark events", err)
	}
	var people []employee.BatchPerson
	for _, q := range burst {
		people = withKind(people, q.Event)
	}
	ids := employee.Batch{People: people}.Held()
	return true, c.store.guardNote(ctx, c.tx, "raise/"+r.ID, "used", guardActor, "let through: "+v.Cause, ids)
}
