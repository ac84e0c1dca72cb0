package cli

import (
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
)

const whenShape = "write 2026-11-30 (the policy's hour on that day), \"2026-11-30 17:00\" (both where the person is) or 2026-11-30T17:00:00-05:00"

// when reads --at. Empty and "now" are the zero time. A moment that is past is refused: with a mistyped year it would
// begin at once.
func (c *connection) when(text string, person employee.Employee, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "now") {
		return time.Time{}, nil
	}
	at, err := c.moment(text, person)
	if err == nil && at.Before(now) {
		return time.Time{}, failf(ExitUsage, "--at %q is past (%s): leave --at out to begin at once, or %s", text, at.Format(time.RFC3339), whenShape)
	}
	return at, err
}

// moment reads an instant, or a day with or without an hour, which are meant where the person is. A day is written as
// ISO 8601 has it: 03/04 is in March in one office and in April in another.
func (c *connection) moment(text string, person employee.Employee) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day, hour, hasHour := strings.Cut(strings.Replace(text, "T", " ", 1), " ")
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, failf(ExitUsage, "--at %q is not a moment: %s", text, whenShape)
	}
	p, err := c.policy()
	if err != nil {
		return time.Time{}, err
	}
	date := employee.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	if !hasHour {
		return plan.EffectiveAt(p, person, date), nil
	}
	clock, err := time.Parse("15:04", strings.TrimSpace(hour))
	if err != nil {
		return time.Time{}, failf(ExitUsage, "--at %q: %q is not an hour of the day: %s", text, hour, whenShape)
	}
	return policy.Instant(date, policy.Clock{Hour: clock.Hour(), Minute: clock.Minute()}, p.Zone(person)), nil
}
