package casefile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
)

// Batches is what of the store the mass guard's activities need; *store.Store is it.
type Batches interface {
	Batches(ctx context.Context, state employee.BatchState) ([]employee.Batch, error)
	Batch(ctx context.Context, id string) (employee.Batch, error)
	DecideBatch(ctx context.Context, id string, d store.Decision) (store.Decided, error)
	ExpireBatches(ctx context.Context, at time.Time) ([]employee.Batch, error)
	BatchesSince(ctx context.Context, at time.Time) ([]employee.Batch, error)
	Raise(ctx context.Context, in store.RaiseAsk) (r employee.Raise, done bool, err error)
	CurrentRaise(ctx context.Context, at time.Time) (*employee.Raise, error)
	Watch(ctx context.Context) (store.Watch, error)
	Accept(ctx context.Context, in store.Acceptance) (what employee.Distrust, nonce string, err error)
	Told(ctx context.Context, keys []string) (map[string]bool, error)
	Tell(ctx context.Context, keys []string, at time.Time) error
	Prune(ctx context.Context, at time.Time) error
}

// guardBindings binds the activities of the mass guard and of the watch.
func (c *Casefile) guardBindings() []activities.Binding {
	return []activities.Binding{
		activities.BatchList.Bind(c.ListBatches),
		activities.BatchShow.Bind(c.ShowBatch),
		activities.BatchDecide.Bind(c.DecideBatch),
		activities.BatchExpire.Bind(c.ExpireBatches),
		activities.GuardRaise.Bind(c.RaiseGuard),
		activities.WatchStatus.Bind(c.WatchStatus),
		activities.WatchAccept.Bind(c.AcceptReading),
		activities.WatchNews.Bind(c.News),
		activities.WatchTold.Bind(c.Told),
	}
}

// ListBatches lists batches, newest first.
func (c *Casefile) ListBatches(ctx context.Context, in activities.ListBatches) (activities.Batches, error) {
	found, err := c.store.Batches(ctx, in.State)
	return activities.Batches{Batches: found}, activities.Classify(err)
}

// ShowBatch is one batch.
func (c *Casefile) ShowBatch(ctx context.Context, in activities.ShowBatch) (employee.Batch, error) {
	b, err := c.store.Batch(ctx, in.Batch)
	return b, refusal(err)
}

// DecideBatch takes what one person says about a batch.
func (c *Casefile) DecideBatch(ctx context.Context, in activities.DecideBatch) (activities.BatchDecided, error) {
	if in.Reason == "" {
		return activities.BatchDecided{}, refuse(activities.InvalidInput, "say why", "a decision about %s lacks its reason", in.Batch)
	}
	got, err := c.store.DecideBatch(ctx, in.Batch, store.Decision{By: in.By.Actor, Person: in.By.Employee, Verb: in.Verb,
		Only: in.Only, Except: in.Except, Reason: in.Reason, Nonce: in.Nonce, At: in.At, OneCLIVoice: c.policy().Access.OneCLIVoice()})
	if err != nil {
		return activities.BatchDecided{}, refusal(err)
	}
	return activities.BatchDecided{Batch: got.Batch, Done: got.Done, Text: decidedWords(in, got)}, nil
}

// ExpireBatches closes what nobody decided upon.
func (c *Casefile) ExpireBatches(ctx context.Context, in activities.ExpireBatches) (activities.Batches, error) {
	over, err := c.store.ExpireBatches(ctx, in.At)
	return activities.Batches{Batches: over}, activities.Classify(err)
}

// RaiseGuard asks for one batch to be let through, or confirms that somebody else asked.
func (c *Casefile) RaiseGuard(ctx context.Context, in activities.RaiseGuard) (activities.GuardRaised, error) {
	if in.Reason == "" {
		return activities.GuardRaised{}, refuse(activities.InvalidInput, "say why", "raising the mass guard lacks its reason")
	}
	r, done, err := c.store.Raise(ctx, store.RaiseAsk{People: in.People, Lasts: in.Lasts, By: in.By.Actor, Person: in.By.Employee,
		Reason: in.Reason, Nonce: in.Nonce, At: in.At, OneCLIVoice: c.policy().Access.OneCLIVoice()})
	if err != nil {
		return activities.GuardRaised{}, refusal(err)
	}
	text := fmt.Sprintf("%s: one batch of up to %d people within %s is asked for by %s. A second, different person must confirm it (nonce %s).",
		r.ID, r.People, r.Lasts, r.Asked.By, r.Asked.Nonce)
	if done {
		text = fmt.Sprintf("%s is open: one batch of up to %d people is let through until %s. Batches that are held already stay held.", r.ID, r.People, r.Until.UTC().Format(time.RFC3339))
	}
	return activities.GuardRaised{Raise: r, Done: done, Text: text}, nil
}

// WatchStatus says how the watch stands.
func (c *Casefile) WatchStatus(ctx context.Context, _ activities.AskWatch) (activities.WatchState, error) {
	w, err := c.store.Watch(ctx)
	if err != nil {
		return activities.WatchState{}, activities.Classify(err)
	}
	out := activities.WatchState{Poll: w.Poll, Accepted: w.Accepted, Waiting: w.Waiting, Held: w.Held}
	for _, g := range w.Gone {
		out.Gone = append(out.Gone, g.Employee)
	}
	if out.Batches, err = c.store.Batches(ctx, employee.BatchHeld); err != nil {
		return activities.WatchState{}, activities.Classify(err)
	}
	out.Raise, err = c.store.CurrentRaise(ctx, c.now())
	return out, activities.Classify(err)
}

// AcceptReading believes a reading that was discarded, on a person's word given twice.
func (c *Casefile) AcceptReading(ctx context.Context, in activities.AcceptReading) (activities.ReadingAccepted, error) {
	if in.Reason == "" {
		return activities.ReadingAccepted{}, refuse(activities.InvalidInput, "say why", "accepting a reading lacks its reason")
	}
	what, nonce, err := c.store.Accept(ctx, store.Acceptance{By: in.By.Actor, Person: in.By.Employee, Reason: in.Reason, Nonce: in.Nonce, At: in.At})
	if err != nil {
		return activities.ReadingAccepted{}, refusal(err)
	}
	if in.Nonce == "" {
		return activities.ReadingAccepted{Distrust: what, Nonce: nonce,
			Text: fmt.Sprintf("%s. Is that meant? Then say so again with the nonce %s, and the next reading is believed.", upper(what.What), nonce)}, nil
	}
	return activities.ReadingAccepted{Distrust: what, Done: true, Text: "The next reading is believed although " + what.What + "."}, nil
}

// refusal turns a refusal of the store into the error people see.
func refusal(err error) error {
	var no *store.Refused
	switch {
	case errors.As(err, &no):
		return refuse(string(no.Kind), no.Mend, "%s", no.Text)
	case errors.Is(err, store.ErrNotFound):
		return refuse(activities.NotFound, "see which there are: `tenure batch list`", "%w", err)
	}
	return activities.Classify(err)
}
