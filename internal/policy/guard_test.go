package policy

import (
	"strings"
	"testing"
)

func TestShare_ReadsWhatItWrites(t *testing.T) {
	for _, text := range []string{"0.5%", "1%", "0.001%", "12.345%", "100%", "0%"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != text {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "0.5", "%", "-1%", "101%", "x%", "NaN%", "1 percent"} {
		var s Share
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, s)
		}
	}
}

func TestLimit_IsReachedByCountAndShare(t *testing.T) {
	l := Limit{Count: 5, Share: Percent(0.5)}
	for company, want := range map[int]int{0: 5, 20: 5, 250: 5, 1000: 5, 1001: 6, 2000: 10, 20_000: 100, 20_001: 101} {
		if got := l.Least(company); got != want {
			t.Errorf("of %d people: %d, want %d", company, got, want)
		}
	}
}

// The mass guard can be tuned and cannot be switched off: neither by nothing nor by too much.
func TestParse_RefusesAGuardThatIsNone(t *testing.T) {
	for _, c := range []struct{ text, field, says string }{
		{"mass_guard: {together: {count: 0}}", "mass_guard.together.count", "cannot be switched off"},
		{"mass_guard: {together: {count: 1}}", "mass_guard.together.count", "choose 2 to 50"},
		{"mass_guard: {together: {count: -1}}", "mass_guard.together.count", "cannot be meant"},
		{"mass_guard: {together: {count: 100000}}", "mass_guard.together.count", "tenure watch raise"},
		{"mass_guard: {together: {share: 0%}}", "mass_guard.together.share", "cannot be switched off"},
		{"mass_guard: {together: {share: 100%}}", "mass_guard.together.share", "up to 5%"},
		{"mass_guard: {together: {share: 0.5}}", "mass_guard.together.share", "not a share of the company"},
		{"mass_guard: {same_cause: {count: 0}}", "mass_guard.same_cause.count", "cannot be switched off"},
		{"mass_guard: {same_cause: {count: 6}}", "mass_guard.same_cause.count", "at most together.count"},
		{"mass_guard: {same_cause: {share: 0.6%}}", "mass_guard.same_cause.share", "at most together.share"},
		{"mass_guard: {same_cause: {share: 6%}}", "mass_guard.same_cause.share", "up to 5%"},
		{"mass_guard: {window: 0s}", "mass_guard.window", "between 15m and 24h"},
		{"mass_guard: {window: 2d}", "mass_guard.window", "between 15m and 24h"},
		{"mass_guard: {expire: 0s}", "mass_guard.expire", "out of range"},
		{"mass_guard: {expire: 8d}", "mass_guard.expire", "out of range"},
		{"mass_guard: {off: true}", "mass_guard.off", `no key "off"`},
		{"feed: {max_drop: {count: 0}}", "feed.max_drop.count", "choose 1 to 50"},
		{"feed: {max_drop: {share: 50%}}", "feed.max_drop.share", "up to 10%"},
		{"feed: {leave: {field: leave_status}}", "feed.leave.values", "no value says"},
		{"feed: {leave: {values: [On leave]}}", "feed.leave.field", "values without a field"},
	} {
		t.Run(c.text, func(t *testing.T) {
			for _, f := range faultsOf(t, least+withCustodian+c.text+"\n") {
				if f.Field == c.field && strings.Contains(f.Error(), c.says) {
					return
				}
			}
			t.Errorf("%s is not refused with %q: %v", c.field, c.says, faultsOf(t, least+withCustodian+c.text+"\n"))
		})
	}
}
