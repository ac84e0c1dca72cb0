package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tenure/internal/employee"
)

// happened puts the events of a scan into the outbox and holds those that the judge wants held, before anybody can see
// them.
func (c scan) happened(ctx context.Context, before snapshot, after []employee.Employee, events []employee.Event, sum *employee.ScanSummary) error {
	heard, err := c.history(ctx, events)
	if err != nil {
		return err
	}
	fresh, err := c.enqueue(ctx, events, c.traits(before, after, events, heard))
	if err != nil {
		return err
	}
	sum.Events = len(fresh)
	if len(fresh) == 0 {
		return nil
	}
	joined, fresh, err := c.meetHeld(ctx, fresh)
	if err != nil {
		return err
	}
	sum.Held = joined
	if fresh, err = c.spared(ctx, fresh, heard); err != nil {
		return err
	}
	held, batch, err := c.weigh(ctx, before, fresh)
	sum.Held += held
	sum.Batch = batch
	return err
}

// meetHeld meets fresh events with earlier ones of the same people that are held still: HR took it back, or said it
// again in another way. It returns how many joined the batch of their person, and those that remain to be weighed.
func (c scan) meetHeld(ctx context.Context, fresh []queued) (joined int, rest []queued, err error) {
	all, err := outbox(ctx, c.tx, `WHERE state = 'held' ORDER BY seq`)
	if err != nil || len(all) == 0 {
		return 0, fresh, err
	}
	byPerson := map[employee.ID][]queued{}
	for _, h := range all {
		byPerson[h.Event.Employee] = append(byPerson[h.Event.Employee], h)
	}
	touched := map[string]bool{} // whether somebody left who is in it
	for _, f := range fresh {
		who := f.Event.Employee
		m, err := c.meet(ctx, f, byPerson[who])
		if err != nil {
			return 0, nil, err
		}
		byPerson[who] = m.held
		for _, batch := range m.batches {
			touched[batch] = touched[batch] || m.joined && f.Event.Kind == employee.Left
		}
		if m.weigh {
			rest = append(rest, f)
		}
		if m.joined {
			joined++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if err := c.store.refresh(ctx, c.tx, id, c.at, touched[id]); err != nil {
			return 0, nil, err
		}
	}
	return joined, rest, nil
}

// meeting is what came of an event that met what is held of its person.
type meeting struct {
	held    []queued // of the person, now
	batches []string // that were touched
	joined  bool     // the event is held too
	weigh   bool     // the event is to be weighed like any other
}

// meet meets one event with what is held of its person.
func (c scan) meet(ctx context.Context, f queued, earlier []queued) (meeting, error) {
	m := meeting{held: earlier, weigh: true}
	undone := within(earlier, func(h queued) bool { return takesBack(f.Event, h.Event) })
	if len(undone) > 0 {
		m.held, m.batches, m.weigh = without(earlier, undone), batchesOf(undone), takesMore(f.Event, undone)
		if err := c.takeBack(ctx, f, undone); err != nil {
			return m, err
		}
		if !m.weigh {
			return m, c.looked(ctx, f, m.batches[0])
		}
	}
	again := within(m.held, func(h queued) bool { return saysAgain(f.Event, h.Event) })
	if len(again) == 0 {
		return m, nil
	}
	f.batch = again[len(again)-1].batch
	m.held, m.batches = append(without(m.held, again), f), append(m.batches, batchesOf(again)...)
	m.joined, m.weigh = true, false
	return m, c.join(ctx, f, again)
}

func batchesOf(all []queued) []string {
	var ids []string
	for _, q := range all {
		ids = append(ids, q.batch)
	}
	return ids
}

func without(all, these []queued) []queued {
	return within(all, func(q queued) bool {
		return !slices.ContainsFunc(these, func(t queued) bool { return t.Seq == q.Seq })
	})
}

func within(all []queued, is func(queued) bool) []queued {
	var out []queued
	for _, q := range all {
		if is(q) {
			out = append(out, q)
		}
	}
	return out
}

// takesBack says whether an event undoes an earlier one of the same person.
func takesBack(now, earlier employee.Event) bool {
	switch earlier.Kind {
	case employee.Left:
		return now.Kind == employee.Returned
	case employee.Departing:
		return now.Kind == employee.Staying || now.Kind == employee.Returned && slices.Contains(now.Fields, "departureDate")
	case employee.Returned:
		return now.Kind == employee.Left
	case employee.Staying:
		return now.Kind == employee.Departing || now.Kind == employee.Left
	case employee.Joining, employee.Changed:
	}
	return false
}

// saysAgain says whether an event goes the way of an earlier one of the same person: another date, or the status after
// the date.
func saysAgain(now, earlier employee.Event) bool {
	switch now.Kind {
	case employee.Left, employee.Departing:
		return earlier.Kind == employee.Left || earlier.Kind == employee.Departing
	case employee.Returned, employee.Staying:
		return earlier.Kind == employee.Returned || earlier.Kind == employee.Staying
	case employee.Joining, employee.Changed:
	}
	return false
}

// takesMore says whether an event that takes something back is news beside that, and must be weighed like any other:
// somebody leaves, or is given another day than the one that was taken away. Whatever became of an earlier leaving, the
// person may have access now. An event that only puts things back goes on by itself: a case that somebody opened by hand
// must hear of it.
func takesMore(now employee.Event, undone []queued) bool {
	switch now.Kind {
	case employee.Left:
		return true
	case employee.Departing:
		return now.Departure != undone[0].Event.DepartureWas
	case employee.Returned, employee.Staying, employee.Joining, employee.Changed:
	}
	return false
}

// takeBack closes held events that HR undid.
func (c scan) takeBack(ctx context.Context, f queued, earlier []queued) error {
	for _, h := range earlier {
		note := fmt.Sprintf("taken back by HR (%s) while it was held in %s", f.Event.Kind, h.batch)
		if err := end(ctx, c.tx, h.Seq, corrected, note, stamp(c.at)); err != nil {
			return err
		}
	}
	return nil
}

// join holds an event in the batch in which its person is held, in the place of the earlier ones.
func (c scan) join(ctx context.Context, f queued, earlier []queued) error {
	for _, h := range earlier {
		note := fmt.Sprintf("superseded by event %d while it was held in %s", f.Seq, h.batch)
		if err := end(ctx, c.tx, h.Seq, superseded, note, stamp(c.at)); err != nil {
			return err
		}
	}
	return c.hold(ctx, []queued{f}, f.batch)
}

func (c scan) hold(ctx context.Context, events []queued, batch string) error {
	return wrap("hold events", updateAll(ctx, c.tx, numbers(events), `UPDATE outbox SET state = 'held', batch = $1 WHERE seq IN`, batch))
}

func numbers(events []queued) []int64 {
	out := make([]int64, len(events))
	for i, q := range events {
		out[i] = q.Seq
	}
	return out
}

// weigh asks the judge, and holds what it wants held, or lets it through where two people raised the guard.
func (c scan) weigh(ctx context.Context, before snapshot, fresh []queued) (n int, batch string, err error) {
	recent, err := c.recent(ctx, fresh)
	if err != nil {
		return 0, "", err
	}
	verdict := c.judge.Weigh(employee.Burst{At: c.at, Company: before.company(), Fresh: sightings(fresh), Recent: sightings(recent)})
	if len(verdict.Hold) == 0 {
		return 0, "", nil
	}
	burst := make([]queued, len(verdict.Hold))
	for i, at := range verdict.Hold {
		burst[i] = fresh[at]
	}
	if raised, err := c.letThrough(ctx, verdict, burst); err != nil || raised {
		return 0, "", err
	}
	batch, err = c.open(ctx, verdict, burst)
	if err != nil {
		return 0, "", err
	}
	return len(burst), batch, c.hold(ctx, burst, batch)
}

// recent is the events of the window before this scan that nobody has looked at: those that ran through, and those that
// are held.
func (c scan) recent(ctx context.Context, fresh []queued) ([]queued, error) {
	first := int64(0)
	for _, q := range fresh {
		if first == 0 || q.Seq < first {
			first = q.Seq
		}
	}
	if first == 0 {
		return nil, nil
	}
	return outbox(ctx, c.tx, `WHERE created_at > $1 AND seq < $2 AND (state = 'held' OR state IN ('waiting', 'done') AND batch IS NULL)
		ORDER BY seq`, stamp(c.at.Add(-c.judge.Window())), first)
}

func sightings(all []queued) []employee.Sighting {
	out := make([]employee.Sighting, len(all))
	for i, q := range all {
		out[i] = employee.Sighting{Event: q.Event, Traits: q.traits}
	}
	return out
}

// company is the traits of everybody who is not inactive and not missing.
func (s snapshot) company() []employee.Traits {
	var out []employee.Traits
	for _, p := range s {
		if p.Status != employee.Inactive && !p.missing {
			out = append(out, employee.TraitsOf(p.Employee))
		}
	}
	return out
}
