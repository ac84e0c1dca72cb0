package policy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MassGuard holds a burst of leavers (or of people who come back) until two different people say which of them are
// meant. It cannot be switched off: [checker.massGuard] bounds every value, and internal/guard caps what they add up
// to at a quarter of the company.
type MassGuard struct {
	Together  Limit `yaml:"together"`
	SameCause Limit `yaml:"same_cause"`
	Window    Span  `yaml:"window"`
	Expire    Span  `yaml:"expire"`
}

// Feed is when a reading of the HR system is not believed, and where it shows what it has no field for.
type Feed struct {
	MaxDrop Limit `yaml:"max_drop"`
	Leave   Leave `yaml:"leave"`
}

// Limit is a number of people and a share of the company. It is reached when both are.
type Limit struct {
	Count int   `yaml:"count"`
	Share Share `yaml:"share"`
}

// Least is the smallest number of people that reaches the limit in a company of so many.
func (l Limit) Least(company int) int { return max(l.Count, l.Share.Of(company)) }

// Leave says how the HR system shows that somebody is on leave: a field of the profile and the values that say so.
// Without a field nobody is known to be on leave.
type Leave struct {
	Field  string   `yaml:"field"`
	Values []string `yaml:"values"`
}

// Share is a part of the company, in thousandths of a percent. It is written "0.5%".
type Share int

// wholeCompany is the share of everybody.
const wholeCompany = 100_000

// Percent makes a share of so many percent.
func Percent(p float64) Share { return Share(math.Round(p * wholeCompany / 100)) }

// Of is the smallest number of people that is at least this share of n.
func (s Share) Of(n int) int {
	return int((int64(s)*int64(n) + wholeCompany - 1) / wholeCompany)
}

// String is the share as a policy writes it.
func (s Share) String() string {
	return strconv.FormatFloat(float64(s)*100/wholeCompany, 'f', -1, 64) + "%"
}

// MarshalText writes what UnmarshalText reads.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a share with its percent sign, to a thousandth of a percent.
func (s *Share) UnmarshalText(b []byte) error {
	digits, ok := strings.CutSuffix(strings.TrimSpace(string(b)), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if !ok || err != nil || math.IsNaN(percent) || percent < 0 || percent > 100 {
		return fmt.Errorf("%q is not a share of the company; write it with a percent sign, for example 0.5%%", b)
	}
	*s = Percent(percent)
	return nil
}

// The bounds within which a company may choose. Above them a guard would let through what it is there for; below them
// it would stop every second leaver, and people would learn to release without looking.
const (
	leastBurst   = 2
	mostBurst    = 50
	mostShare    = Share(5_000)  // 5 %
	mostDrop     = Share(10_000) // 10 %
	leastWindow  = 15 * time.Minute
	mostWindow   = 24 * time.Hour
	leastHolding = 10 * time.Minute
	mostHolding  = 7 * 24 * time.Hour
)

func (c checker) massGuard() {
	g := c.policy.MassGuard
	const off = "; the guard cannot be switched off, it can only be raised for one batch (`tenure watch raise`)"
	c.limit(g.Together, leastBurst, mostShare, "mass_guard.together", off)
	c.limit(g.SameCause, leastBurst, mostShare, "mass_guard.same_cause", off)
	c.refuse(g.SameCause.Count > g.Together.Count, "mass_guard.same_cause.count",
		fmt.Sprintf("%d is more than together.count (%d): a common cause would make no difference", g.SameCause.Count, g.Together.Count),
		"choose at most together.count")
	c.refuse(g.SameCause.Share > g.Together.Share, "mass_guard.same_cause.share",
		fmt.Sprintf("%s is more than together.share (%s): a common cause would make no difference", g.SameCause.Share, g.Together.Share),
		"choose at most together.share")
	c.between(g.Window, leastWindow, mostWindow, "mass_guard.window")
	c.between(g.Expire, leastHolding, mostHolding, "mass_guard.expire")
}

func (c checker) feed() {
	f := c.policy.Feed
	c.limit(f.MaxDrop, 1, mostDrop, "feed.max_drop", "")
	c.refuse(f.Leave.Field != "" && len(f.Leave.Values) == 0, "feed.leave.values", "no value says that somebody is on leave",
		"list the values of the field, for example [On leave]")
	c.refuse(f.Leave.Field == "" && len(f.Leave.Values) > 0, "feed.leave.field", "there are values without a field",
		"name the field of the profile as the HR system's API spells it, for example leave_status")
}

// limit notes a pair of count and share that would never be reached, or always.
func (c checker) limit(l Limit, least int, most Share, field, why string) {
	c.refuse(l.Count < least || l.Count > mostBurst, field+".count", fmt.Sprintf("a count of %d cannot be meant", l.Count),
		fmt.Sprintf("choose %d to %d%s", least, mostBurst, why))
	c.refuse(l.Share <= 0 || l.Share > most, field+".share", fmt.Sprintf("a share of %s cannot be meant", l.Share),
		fmt.Sprintf("choose something above 0%% and up to %s%s", most, why))
}
