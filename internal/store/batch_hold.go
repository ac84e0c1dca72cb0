package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenure/internal/employee"
)

// happened puts the events of a scan into the outbox and holds those that the judge wants held, before anybody can see
// them.
func (c scan) happened(ctx context.Context, before snapshot, after []employee.Employee, events []employee.Event, sum *employee.ScanSummary) error {
	traits, err := c.traits(ctx, before, after, events)
	if err != nil {
		return err
	}
	fresh, err := c.enqueue(ctx, events, traits)
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
	held, batch, err := c.weigh(ctx, before, fresh)
	sum.Held += held
	sum.Batch = batch
	return err
}

// traits are those of each event's person, as the record was before: a bulk mistake may have blanked the new one.
func (c scan) traits(ctx context.Context, before snapshot, after []employee.Employee, events []employee.Event) ([]employee.Traits, error) {
	was := make(map[employee.ID]employee.Employee, len(after))
	for _, e := range after {
		was[e.ID] = e
	}
	for _, p := range before {
		was[p.ID] = p.Employee
	}
	var scheduled map[string]bool
	out := make([]employee.Traits, len(events))
	for i, e := range events {
		p := was[e.Employee]
		out[i] = employee.TraitsOf(p)
		// The day had come, and HR did not name it only now.
		if e.Kind != employee.Left || !p.DepartureDate.Come(c.at) || slices.Contains(e.Fields, "departureDate") {
			continue
		}
		if scheduled == nil {
			var err error
			if scheduled, err = c.scheduled(ctx); err != nil {
				return nil, err
			}
		}
		out[i].Announced = scheduled[p.ProfileID]
	}
	return out, nil
}

// scheduled is the profiles whose latest departure date was dispatched: a case waits for its day already.
func (c scan) scheduled(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	err := each(ctx, c.tx, func(rows *sql.Rows) error {
		var key, state string
		if err := rows.Scan(&key, &state); err != nil {
			return wrap("read event", err)
		}
		parts := strings.Split(key, "/") // departing/<profile>/<digest>
		found[strings.Join(parts[1:len(parts)-1], "/")] = state == done
		return nil
	}, `SELECT event_key, state FROM outbox WHERE event_key LIKE 'departing/%' ORDER BY seq`)
	return found, err
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
	touched := map[string]bool{}
	for _, f := range fresh {
		who := f.Event.Employee
		left, met, err := c.meet(ctx, f, byPerson[who])
		if err != nil {
			return 0, nil, err
		}
		byPerson[who] = left
		if met == "" {
			rest = append(rest, f)
			continue
		}
		touched[met] = true
		if len(left) > 0 && left[len(left)-1].Seq == f.Seq {
			joined++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if err := c.store.refresh(ctx, c.tx, id, c.at); err != nil {
			return 0, nil, err
		}
	}
	return joined, rest, nil
}

// meet meets one event with what is held of its person. It returns what is held then, and the batch it met; none when
// the event has nothing to do with what is held.
func (c scan) meet(ctx context.Context, f queued, earlier []queued) (left []queued, batch string, err error) {
	undone := within(earlier, func(h queued) bool { return takesBack(f.Event, h.Event) })
	if len(undone) > 0 {
		return without(earlier, undone), undone[0].batch, c.takeBack(ctx, f, undone)
	}
	again := within(earlier, func(h queued) bool { return saysAgain(f.Event, h.Event) })
	if len(again) == 0 {
		return earlier, "", nil
	}
	f.batch = again[len(again)-1].batch
	return append(without(earlier, again), f), f.batch, c.join(ctx, f, again)
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
		return now.Kind == employee.Departing
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

// takeBack closes held events that HR undid. What undoes them goes on by itself: a case that somebody opened by hand
// must hear of it. But somebody who was to come back and did not was never acted upon, and is where he was.
func (c scan) takeBack(ctx context.Context, f queued, earlier []queued) error {
	for _, h := range earlier {
		note := fmt.Sprintf("taken back by HR (%s) while it was held in %s", f.Event.Kind, h.batch)
		if err := end(ctx, c.tx, h.Seq, corrected, note, stamp(c.at)); err != nil {
			return err
		}
	}
	if f.Event.Kind != employee.Left {
		_, err := c.tx.ExecContext(ctx, `UPDATE outbox SET batch = $1 WHERE seq = $2`, earlier[0].batch, f.Seq)
		return wrap("mark event", err)
	}
	return end(ctx, c.tx, f.Seq, corrected, "HR took back a return that was held in "+earlier[0].batch+": nothing had been done", stamp(c.at))
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

// company is the traits of everybody who is not inactive.
func (s snapshot) company() []employee.Traits {
	var out []employee.Traits
	for _, p := range s {
		if p.Status != employee.Inactive {
			out = append(out, employee.TraitsOf(p.Employee))
		}
	}
	return out
}
