package employee

import (
	"fmt"
	"strings"
	"time"
)

// Date is a calendar day without a zone: HR says "leaves on the 30th", not at which instant. The zero Date is
// "no date".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD, and MM/DD/YYYY, which older Namely answers use; blank is the zero Date.
func ParseDate(s string) (Date, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Date{}, nil
	}
	for _, layout := range []string{time.DateOnly, "01/02/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Date{t.Year(), t.Month(), t.Day()}, nil
		}
	}
	return Date{}, fmt.Errorf("date %q is not a calendar day: write it as YYYY-MM-DD, for example 2026-11-30", s)
}

// IsZero says whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD, or empty for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// At is the instant of this day at hour:minute in zone.
func (d Date) At(hour, minute int, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, zone)
}

// Before says whether this day comes before another.
func (d Date) Before(other Date) bool { return d.At(0, 0, time.UTC).Before(other.At(0, 0, time.UTC)) }

// earliest is the zone whose days end last: when a day is over there it is over everywhere.
var earliest = time.FixedZone("UTC-12", -12*60*60)

// Over says whether the day was over everywhere on earth at an instant. No date is never over.
func (d Date) Over(at time.Time) bool { return !d.IsZero() && !at.Before(d.At(24, 0, earliest)) }

// latest is the zone in which a day begins first.
var latest = time.FixedZone("UTC+14", 14*60*60)

// Come says whether the day had begun anywhere on earth at an instant. No date never comes.
func (d Date) Come(at time.Time) bool { return !d.IsZero() && !at.Before(d.At(0, 0, latest)) }

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDate] reads.
func (d *Date) UnmarshalText(b []byte) error {
	parsed, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
