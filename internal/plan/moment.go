package plan

import (
	"fmt"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// MomentShape says how a moment is written, for errors and help.
const MomentShape = "write 2026-11-30 (the policy's hour on that day), \"2026-11-30 17:00\" (both where the person is) or 2026-11-30T17:00:00-05:00"

// ParseMoment reads when a case is to begin: empty and "now" are the zero time; a day, or a day with an hour, is meant
// where the person is; RFC 3339 is an instant. A day is written as ISO 8601 has it: 03/04 is in March in one office
// and in April in another. A moment before now is refused: with a mistyped year it would begin at once.
func ParseMoment(p policy.Policy, e employee.Employee, text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.EqualFold(text, "now") {
		return time.Time{}, nil
	}
	at, err := moment(p, e, text)
	if err == nil && at.Before(now) {
		return time.Time{}, fmt.Errorf("%q is past (%s): leave it out to begin at once, or %s", text, at.Format(time.RFC3339), MomentShape)
	}
	return at, err
}

func moment(p policy.Policy, e employee.Employee, text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day, hour, hasHour := strings.Cut(strings.Replace(text, "T", " ", 1), " ")
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a moment: %s", text, MomentShape)
	}
	date := employee.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	if !hasHour {
		return EffectiveAt(p, e, date), nil
	}
	clock, err := time.Parse("15:04", strings.TrimSpace(hour))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q: %q is not an hour of the day: %s", text, hour, MomentShape)
	}
	return policy.Instant(date, policy.Clock{Hour: clock.Hour(), Minute: clock.Minute()}, p.Zone(e)), nil
}
