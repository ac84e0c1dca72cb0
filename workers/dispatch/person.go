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

// person looks at somebody by one of their records.
func (d *Dispatcher) person(ctx context.Context, p policy.Policy, id employee.ID) (person, error) {
	main, err := d.Outbox.MainID(ctx, id)
	if err != nil {
		return person{}, err
	}
	records, err := d.Outbox.Records(ctx, id)
	if err != nil {
		return person{}, err
	}
	who := person{records: records}
	if who.main, err = d.oneOf(ctx, records, main); err != nil {
		return person{}, err
	}
	if who.record, err = d.oneOf(ctx, records, id); err != nil {
		return person{}, err
	}
	now := d.now()
	who.stand = casefile.Stand(p, records, now)
	who.other = works(p, without(records, id), now)
	who.ends = endOf(p, records, now)
	return who, nil
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
