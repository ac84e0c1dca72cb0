package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time as a policy writes it: policy days, which last what a_day_lasts says, and real hours,
// minutes and seconds. "60d", "36h", "1d12h", "30m", "2s", "500ms".
type Span struct {
	Days int
	Rest time.Duration
}

// Days is a span of n policy days.
func Days(n int) Span { return Span{Days: n} }

// Real is a span of real time, which a_day_lasts does not stretch or shrink.
func Real(d time.Duration) Span { return Span{Rest: d} }

// Of is the real duration of the span when a policy day lasts day.
func (s Span) Of(day time.Duration) time.Duration { return time.Duration(s.Days)*day + s.Rest }

// IsZero says whether the span has no length.
func (s Span) IsZero() bool { return s == Span{} }

// String is the span as a policy writes it.
func (s Span) String() string {
	if s.IsZero() {
		return "0s"
	}
	var b strings.Builder
	write := func(n int64, unit string) {
		if n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit)
		}
	}
	write(int64(s.Days), "d")
	rest := s.Rest
	for _, u := range []struct {
		length time.Duration
		name   string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		write(int64(rest/u.length), u.name)
		rest %= u.length
	}
	return b.String()
}

// MarshalText writes what [ParseSpan] reads.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [ParseSpan] reads.
func (s *Span) UnmarshalText(b []byte) error {
	parsed, err := ParseSpan(string(b))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

var spanShape = regexp.MustCompile(`^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$`)

// ParseSpan reads a length of time: whole numbers with the units d, h, m, s and ms, largest first.
func ParseSpan(text string) (Span, error) {
	text = strings.TrimSpace(text)
	m := spanShape.FindStringSubmatch(text)
	if m == nil || text == "" {
		return Span{}, fmt.Errorf("%q is not a length of time; write whole numbers with d, h, m or s, for example 60d, 36h, 30m or 2s", text)
	}
	s := Span{Days: int(number(m[1]))}
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond} {
		s.Rest += time.Duration(number(m[i+2])) * unit
	}
	return s, nil
}

// number reads digits that a pattern has already bounded; nothing is zero.
func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// Clock is an hour of the day without a zone: "17:00".
type Clock struct {
	Hour   int
	Minute int
}

// String is HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// MarshalText writes HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads HH:MM, 00:00 to 23:59.
func (c *Clock) UnmarshalText(b []byte) error {
	t, err := time.Parse("15:04", strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("%q is not an hour of the day; write it as HH:MM, for example 17:00", b)
	}
	*c = Clock{t.Hour(), t.Minute()}
	return nil
}
