package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"tenure/internal/employee"
)

// heard is an earlier event of a person's coming or going.
type heard struct {
	kind  employee.EventKind
	state string
	batch string
}

// history is what was heard of people before a scan, oldest first.
type history map[employee.ID][]heard

// history reads what was heard of the people of these events, where it matters.
func (c scan) history(ctx context.Context, events []employee.Event) (history, error) {
	seen := map[employee.ID]bool{}
	var ids []any
	for _, e := range events {
		if e.Kind != employee.Joining && e.Kind != employee.Changed && !seen[e.Employee] {
			seen[e.Employee] = true
			ids = append(ids, string(e.Employee))
		}
	}
	found := history{}
	for part := range slices.Chunk(ids, keysAtOnce) {
		err := each(ctx, c.tx, func(rows *sql.Rows) error {
			var id employee.ID
			var key string
			var h heard
			if err := rows.Scan(&id, &key, &h.state, &h.batch); err != nil {
				return wrap("read event", err)
			}
			kind, _, _ := strings.Cut(key, "/")
			h.kind = employee.EventKind(kind)
			found[id] = append(found[id], h)
			return nil
		}, `SELECT employee_id, event_key, state, COALESCE(batch, '') FROM outbox
			WHERE employee_id IN `+placeholders(1, len(part))+` AND `+comingAndGoing+` ORDER BY seq`, part...)
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// comingAndGoing is the condition on events that begin a case or call it off.
const comingAndGoing = `(event_key LIKE 'left/%' OR event_key LIKE 'departing/%' OR event_key LIKE 'returned/%' OR event_key LIKE 'staying/%')`

// scheduled says whether a case waits for the person's day: the last that was heard is a departure date, and it was
// dispatched. One that was rejected or taken back is not waited for, nor is one that lies before a leaving or a return.
func (p history) scheduled(id employee.ID) bool {
	all := p[id]
	return len(all) > 0 && all[len(all)-1].kind == employee.Departing && all[len(all)-1].state == done
}

// undoing is what an event calls off.
var undoing = map[employee.EventKind]employee.EventKind{employee.Returned: employee.Left, employee.Staying: employee.Departing}

// calledOff is the batch in which the leaving ended that an event calls off: it was rejected, expired or taken back, and
// nothing else begun is left, so that calling it off again can harm nobody. Empty when it is not so.
func (p history) calledOff(e employee.Event) (batch string) {
	begun := false
	for _, h := range p[e.Employee] {
		leaving := h.kind == employee.Left || h.kind == employee.Departing
		if h.state == done || h.state == waiting {
			begun = leaving
		}
		if h.kind == undoing[e.Kind] {
			batch = ""
			if h.state == rejected || h.state == expired || h.state == corrected {
				batch = h.batch
			}
		}
	}
	if begun {
		return ""
	}
	return batch
}

// announcedFor is how long after somebody's day the leaving is still the one that was announced.
const announcedFor = 5 * 24 * time.Hour

// traits are those of each event's person, as the record was before: a bulk mistake may have blanked the new one.
func (c scan) traits(before snapshot, after []employee.Employee, events []employee.Event, heard history) []employee.Traits {
	was := make(map[employee.ID]employee.Employee, len(after))
	for _, e := range after {
		was[e.ID] = e
	}
	for _, p := range before {
		was[p.ID] = p.Employee
	}
	out := make([]employee.Traits, len(events))
	for i, e := range events {
		p := was[e.Employee]
		out[i] = employee.TraitsOf(p)
		out[i].Scheduled = e.Kind == employee.Departing && heard.scheduled(e.Employee)
		out[i].Announced = e.Kind == employee.Left && c.justCome(p.DepartureDate) && !slices.Contains(e.Fields, "departureDate") && heard.scheduled(e.Employee)
	}
	return out
}

// justCome says whether a day has come, and was not over long ago.
func (c scan) justCome(d employee.Date) bool {
	return d.Come(c.at) && c.at.Before(d.At(24, 0, time.UTC).Add(announcedFor))
}

// spared leaves out the events that call off what was never begun. They go on unheld: people have looked at those
// batches, and somebody may have opened a case by hand that must hear of it.
func (c scan) spared(ctx context.Context, fresh []queued, heard history) (rest []queued, err error) {
	for _, f := range fresh {
		batch := ""
		if undoing[f.Event.Kind] != "" {
			batch = heard.calledOff(f.Event)
		}
		if batch == "" {
			rest = append(rest, f)
			continue
		}
		if err := c.looked(ctx, f, batch); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// looked says of an event that goes on by which batch people know of it: it is not weighed, now or later.
func (c scan) looked(ctx context.Context, f queued, batch string) error {
	_, err := c.tx.ExecContext(ctx, `UPDATE outbox SET batch = $1 WHERE seq = $2`, batch, f.Seq)
	return wrap("mark event", err)
}
