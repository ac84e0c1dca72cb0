package dispatch

import (
	"context"
	"slices"
	"time"

	"tenure/activities/casefile"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/role"
)

// person looks at whom an event is about.
func (d *Dispatcher) person(ctx context.Context, p policy.Policy, e employee.Event) (person, error) {
	id, err := d.Outbox.MainID(ctx, e.Employee)
	if err != nil {
		return person{}, err
	}
	records, err := d.Outbox.Records(ctx, e.Employee)
	if err != nil {
		return person{}, err
	}
	main, err := d.oneOf(ctx, records, id)
	if err != nil {
		return person{}, err
	}
	record, err := d.oneOf(ctx, records, e.Employee)
	if err != nil {
		return person{}, err
	}
	return newPerson(p, main, record, records, e, d.now()), nil
}

func newPerson(p policy.Policy, main, record employee.Employee, records []employee.Employee, e employee.Event, now time.Time) person {
	return person{main: main, record: record, records: records, stand: casefile.Stand(p, records, now),
		other: works(p, without(records, record.ID), now), ends: endOf(p, records, now), back: wasOver(p, record, e)}
}

// wasOver says whether the last day that HR has just moved or cleared was over by then: the person is back.
func wasOver(p policy.Policy, record employee.Employee, e employee.Event) bool {
	return !e.DepartureWas.IsZero() && e.Departure != e.DepartureWas && !plan.EffectiveAt(p, record, e.DepartureWas).After(e.Detected)
}

// oneOf is one of a person's records. HR may not show it any more, while it shows others: then it is as it was last.
func (d *Dispatcher) oneOf(ctx context.Context, records []employee.Employee, id employee.ID) (employee.Employee, error) {
	for _, e := range records {
		if e.ID == id {
			return e, nil
		}
	}
	return d.Outbox.Person(ctx, id)
}

func (d *Dispatcher) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// without is a person's records as if one of them had ended.
func without(records []employee.Employee, id employee.ID) []employee.Employee {
	rest := slices.Clone(records)
	for i := range rest {
		if rest[i].ID == id {
			rest[i].Status = employee.Inactive
		}
	}
	return rest
}

// works says whether somebody works under one of the records at a moment: on leave they do.
func works(p policy.Policy, records []employee.Employee, at time.Time) bool {
	stand := casefile.Stand(p, records, at)
	return stand == role.Here || stand == role.Away
}

// endOf is the first moment from now on at which somebody stops working under any of their records, or will not even
// begin to; of somebody who is gone the last day that HR names, which may be over. It is zero where there is none. A gap
// between two records is an end, unless the one follows the other from one day to the next.
func endOf(p policy.Policy, records []employee.Employee, now time.Time) time.Time {
	var days []time.Time
	for _, e := range records {
		if !e.DepartureDate.IsZero() {
			days = append(days, plan.EffectiveAt(p, e, e.DepartureDate))
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	at := works(p, records, now)
	for _, day := range days {
		if !day.After(now) {
			continue
		}
		if stand := casefile.Stand(p, records, day); stand == role.Gone || at && stand == role.Expected {
			return day
		}
	}
	if len(days) > 0 && casefile.Stand(p, records, now) == role.Gone {
		return days[len(days)-1]
	}
	return time.Time{}
}
