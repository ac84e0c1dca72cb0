package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

const (
	// lately is how long ago a first or last day may be that reports have not been told of: those of the years before
	// Tenure was there, or had a mapping, are no news.
	lately = 14 * 24 * time.Hour
	// page is how many people are read at a time.
	page = 500
)

// daysCome has the reports of everybody whose first or last day has come look at their manager anew. The clock alone
// makes and unmakes a manager, and HR need not say anything on that day. The directory is gone through once an hour.
func (d *Dispatcher) daysCome(ctx context.Context, p policy.Policy) error {
	now := d.now()
	hour := "reports/looked/" + now.UTC().Truncate(time.Hour).Format(time.RFC3339)
	if looked, err := d.Outbox.Told(ctx, []string{hour}); err != nil || looked[hour] {
		return err
	}
	var errs []error
	for after, more := "", true; more; {
		people, err := d.Outbox.People(ctx, after, page)
		if err != nil {
			return fmt.Errorf("read whose day has come: %w", err)
		}
		for _, e := range people {
			after = e.ProfileID
			if e.Status != employee.Inactive { // else HR's word of it told them
				errs = append(errs, d.dayCome(ctx, p, e, e.StartDate, plan.StartsAt(p, e, e.StartDate), employee.Changed, employee.Started),
					d.dayCome(ctx, p, e, e.DepartureDate, plan.EffectiveAt(p, e, e.DepartureDate), employee.Left, employee.Leaver))
			}
		}
		more = len(people) == page && ctx.Err() == nil
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return fmt.Errorf("tell the reports of those whose day has come: %w", err)
	}
	return d.Outbox.Tell(ctx, []string{hour}, now)
}

// dayCome tells the reports of a manager, once, that a day of theirs has come.
func (d *Dispatcher) dayCome(ctx context.Context, p policy.Policy, e employee.Employee, day employee.Date, at time.Time, kind employee.EventKind, what employee.Class) error {
	now := d.now()
	if day.IsZero() || at.After(now) || now.Sub(at) > lately || ctx.Err() != nil {
		return nil
	}
	key := fmt.Sprintf("reports/%s/%s/%s", e.ProfileID, what, day)
	told, err := d.Outbox.Told(ctx, []string{key})
	if err != nil || told[key] {
		return err
	}
	happened := employee.Event{Key: key, Kind: kind, What: []employee.Class{what}, Employee: e.ID, HREdited: e.UpdatedAt, Detected: now}
	if _, err := d.tellReports(ctx, p, happened, e); err != nil {
		return err
	}
	return d.Outbox.Tell(ctx, []string{key}, now)
}
