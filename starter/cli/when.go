package cli

import (
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

const whenShape = "write 2026-11-30 (the policy's hour that day), \"2026-11-30 17:00\" (the person's zone) or 2026-11-30T17:00:00-05:00"

// when reads --at. Empty and "now" are the zero time. A day or an hour without a zone is meant where the person is.
func (c *connection) when(text string, person employee.Employee) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "now") {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day, hour, hasHour := strings.Cut(strings.Replace(text, "T", " ", 1), " ")
	date, err := employee.ParseDate(day)
	if err != nil {
		return time.Time{}, failf(ExitUsage, "--at %q is not a moment: %s", text, whenShape)
	}
	p, err := c.policy()
	if err != nil {
		return time.Time{}, err
	}
	if !hasHour {
		return plan.EffectiveAt(p, person, date), nil
	}
	clock, err := time.Parse("15:04", strings.TrimSpace(hour))
	if err != nil {
		return time.Time{}, failf(ExitUsage, "--at %q: %q is not an hour of the day: %s", text, hour, whenShape)
	}
	return date.At(clock.Hour(), clock.Minute(), p.Zone(person)), nil
}
