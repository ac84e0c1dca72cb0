package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// reportsUnheard says that somebody's own cases have heard an event, and that those of a report of theirs have not.
type reportsUnheard struct{ err error }

func (r *reportsUnheard) Error() string { return "their reports: " + r.err.Error() }
func (r *reportsUnheard) Unwrap() error { return r.err }

// tellReports has everybody who reports to a record look at their manager anew, and says how many that were. The event
// counts as delivered when all of them were reached: after a crash in the middle everybody is told again, which is
// harmless.
func (d *Dispatcher) tellReports(ctx context.Context, p policy.Policy, e employee.Event, manager employee.Employee) (int, error) {
	reports, err := d.Outbox.Reports(ctx, manager.ProfileID)
	if err != nil {
		return 0, &reportsUnheard{err}
	}
	reports, err = d.onePerPerson(ctx, reports)
	if err != nil {
		return 0, &reportsUnheard{err}
	}
	var heard atomic.Int64
	errs := make([]error, len(reports))
	side(abreast, len(reports), func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = d.tellReport(ctx, p, e, reports[i].ID)
		}
		if errs[i] == nil {
			heard.Add(1)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return int(heard.Load()), &reportsUnheard{err}
	}
	return len(reports), nil
}

// onePerPerson leaves one record of everybody, whoever reports to a manager in two positions.
func (d *Dispatcher) onePerPerson(ctx context.Context, all []employee.Employee) ([]employee.Employee, error) {
	seen := map[employee.ID]bool{}
	var out []employee.Employee
	for _, e := range all {
		main, err := d.Outbox.MainID(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		if !seen[main] {
			seen[main] = true
			out = append(out, e)
		}
	}
	return out, nil
}

// tellReport brings to a report what a change of manager would: their own record did not change.
func (d *Dispatcher) tellReport(ctx context.Context, p policy.Policy, e employee.Event, id employee.ID) error {
	changed := employee.Event{Key: e.Key + "/" + string(id), Kind: employee.Changed, What: []employee.Class{employee.ManagerChanged},
		Employee: id, HREdited: e.HREdited, Detected: e.Detected}
	who, err := d.person(ctx, p, changed)
	if err != nil {
		return err
	}
	w := word{Dispatcher: d, event: changed, person: who, route: routeOf(changed, who, true), reason: fmt.Sprintf("manager %s %s", e.Employee, became(e))}
	_, err = w.carry(ctx)
	return err
}

// became says what happened to a manager.
func became(e employee.Event) string {
	switch {
	case e.Kind == employee.Left:
		return "left"
	case e.Kind == employee.Returned, e.Kind == employee.Staying, e.Kind == employee.Departing: // whose last day was over
		return "came back"
	case e.Is(employee.Started):
		return "started"
	case e.Is(employee.EmailChanged):
		return "has another address"
	}
	return "has another name"
}
