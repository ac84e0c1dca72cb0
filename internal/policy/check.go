package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	hostShape    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	mailShape    = regexp.MustCompile(`^[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$`)
	personShape  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	countryShape = regexp.MustCompile(`^[A-Z]{2}$`)
	regionShape  = regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)
	projectShape = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	digitsShape  = regexp.MustCompile(`^\d+$`)
	webShape     = regexp.MustCompile(`^https?://[^\s/]+[^\s]*$`)
)

// checker goes through a policy that has the right shape and finds what cannot be meant.
type checker struct {
	policy Policy
	*survey
}

func (c checker) everything() {
	c.head()
	c.zones()
	c.offboard()
	c.lease()
	c.order()
	c.approvals()
	c.access()
	c.apps()
	c.devices()
	c.routes()
	c.massGuard()
	c.feed()
	c.mirrors()
	c.onboard()
	c.moves()
	c.maps()
}

// refuse notes a fault when bad holds.
func (c checker) refuse(bad bool, field, text, mend string) {
	if bad {
		c.add(field, text, mend)
	}
}

// shape notes a fault when a text that is given does not have the wanted shape.
func (c checker) shape(value string, shape *regexp.Regexp, field, what, example string) {
	c.refuse(value != "" && !shape.MatchString(value), field,
		fmt.Sprintf("%q is not %s", value, what), "write it like "+example)
}

// oneOf notes a fault when value is none of the known words.
func (c checker) oneOf(value, field string, known ...string) {
	c.refuse(!slices.Contains(known, value), field, fmt.Sprintf("%q is not known here", value),
		"use one of "+strings.Join(known, ", "))
}

// long is how long a span is on real days. A policy is judged as it is written: one that is good stays good when a
// demonstration shortens the day.
func long(s Span) time.Duration { return s.Of(24 * time.Hour) }

// between notes a fault when a span is outside its bounds, both included.
func (c checker) between(s Span, least, most time.Duration, field string) {
	d := long(s)
	c.refuse(d < least || d > most, field,
		fmt.Sprintf("%s is out of range", s), fmt.Sprintf("choose something between %s and %s", whole(least), whole(most)))
}

// whole writes a duration in days where it is that long.
func whole(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return Real(d).String()
}

const (
	fiveYears = 5 * 366 * 24 * time.Hour
	instantly = time.Millisecond
)

func (c checker) head() {
	p := c.policy
	c.refuse(p.Version == 0, "version", "it is missing", fmt.Sprintf("write version: %d at the top", Version))
	c.refuse(p.Version != 0 && p.Version != Version, "version", fmt.Sprintf("%d is not the form this build reads", p.Version),
		fmt.Sprintf("write version: %d", Version))
	c.refuse(p.ADayLasts.Days != 0, "a_day_lasts", "a day cannot be measured in days", "write 24h")
	c.refuse(p.Day() < instantly || p.Day() > 24*time.Hour, "a_day_lasts", fmt.Sprintf("a day of %s is no day", p.ADayLasts),
		"write 24h, or something shorter for a demonstration")
	c.refuse(strings.TrimSpace(p.Company.Name) == "", "company.name", "the company has no name", "write it as people know it")
	c.refuse(p.Company.Domain == "", "company.domain", "it is missing", "write the mail domain, for example example.com")
	c.shape(p.Company.Domain, hostShape, "company.domain", "a mail domain", "example.com, without @ or https://")
	c.shape(p.TemporalUI, webShape, "temporal_ui", "a web address", "http://127.0.0.1:8233")
}

func (c checker) zones() {
	z := c.policy.TimeZones
	c.refuse(z.Default == "", "time_zones.default", "it is missing", "write an IANA name, for example America/New_York")
	c.zone(z.Default, "time_zones.default")
	for _, office := range slices.Sorted(maps.Keys(z.Offices)) {
		c.zone(z.Offices[office], "time_zones.offices."+office)
	}
	for _, country := range slices.Sorted(maps.Keys(z.Countries)) {
		field := "time_zones.countries." + country
		c.shape(country, regionShape, field, "a country or region code", "DE or US-CA")
		c.zone(z.Countries[country], field)
	}
}

func (c checker) zone(name, field string) {
	_, err := time.LoadLocation(name)
	c.refuse(name != "" && (err != nil || name == "Local"), field, fmt.Sprintf("%q is not a time zone", name),
		"write an IANA name, for example Europe/Berlin")
}

func (c checker) offboard() {
	o := c.policy.Offboard
	c.between(o.ContainedWithin, time.Second, time.Hour, "offboard.contained_within")
	c.refuse(len(o.Transfer.Apps) == 0, "offboard.transfer.apps", "nothing is transferred", "list drive, calendar or both")
	for i, app := range o.Transfer.Apps {
		c.oneOf(app, fmt.Sprintf("offboard.transfer.apps[%d]", i), "drive", "calendar")
		c.refuse(slices.Index(o.Transfer.Apps, app) < i, "offboard.transfer.apps", app+" is listed twice", "list it once")
	}
	most := long(o.Transfer.PollAtMost)
	c.between(o.Transfer.Deadline, instantly, fiveYears, "offboard.transfer.deadline")
	c.between(o.Transfer.PollAtMost, instantly, max(instantly, long(o.Transfer.Deadline)), "offboard.transfer.poll_at_most")
	c.between(o.Transfer.Poll, instantly, max(instantly, most), "offboard.transfer.poll")
	c.template(o.AutoReply.Subject, "offboard.auto_reply.subject", Placeholders()...)
	c.template(o.AutoReply.Body, "offboard.auto_reply.body", Placeholders()...)
	c.refuse(strings.ContainsAny(o.AutoReply.Subject, "\r\n"), "offboard.auto_reply.subject", "it has more than one line", "write one line")
	c.refuse(o.OrgUnit != "" && (!strings.HasPrefix(o.OrgUnit, "/") || o.OrgUnit == "/" || strings.HasSuffix(o.OrgUnit, "/")),
		"offboard.org_unit", fmt.Sprintf("%q is not the path of an organisational unit", o.OrgUnit), "write it like /Leavers")
	c.between(o.Watch.Lasts, instantly, fiveYears, "offboard.watch.lasts")
	c.between(o.Watch.Every, instantly, max(instantly, long(o.Watch.Lasts)), "offboard.watch.every")
	c.shape(o.Custodian, mailShape, "offboard.custodian", "a mail address", "it@example.com")
	c.between(o.Tasks.Due, instantly, fiveYears, "offboard.tasks.due")
}

func (c checker) lease() {
	d := c.policy.Offboard.Delegation
	lasts := long(d.Lasts)
	c.between(d.Lasts, instantly, fiveYears, "offboard.delegation.lasts")
	for i, before := range d.RemindBefore {
		c.refuse(long(before) >= lasts || before.IsZero(), fmt.Sprintf("offboard.delegation.remind_before[%d]", i),
			fmt.Sprintf("a reminder %s before the end does not fit into %s", before, d.Lasts), "choose something shorter than the delegation, and more than nothing")
	}
	c.refuse(d.Renewals < 0 || d.Renewals > 12, "offboard.delegation.renewals", fmt.Sprintf("%d renewals cannot be meant", d.Renewals), "choose 0 to 12")
	if d.Renewals > 0 {
		c.between(d.Renewal, instantly, fiveYears, "offboard.delegation.renewal")
	}
}

func (c checker) order() {
	for _, m := range c.policy.checkOrder() {
		field := "offboard.order." + m.phase
		if m.index >= 0 {
			field = fmt.Sprintf("%s[%d]", field, m.index)
		}
		c.add(field, m.text, m.mend)
	}
}

func (c checker) approvals() {
	a := c.policy.Approvals
	for i, who := range a.Protected {
		field := fmt.Sprintf("approvals.protected[%d]", i)
		c.refuse(!mailShape.MatchString(who) && !personShape.MatchString(who), field,
			fmt.Sprintf("%q is neither an employee id nor a mail address", who), "write it like E1042 or kim@example.com")
		c.refuse(slices.Index(a.Protected, who) < i, field, who+" is listed twice", "list it once")
	}
	c.refuse(a.Needed != 1 && a.Needed != 2, "approvals.needed", fmt.Sprintf("%d approvals cannot be asked for", a.Needed), "write 1 or 2")
	c.between(a.Expire, instantly, fiveYears, "approvals.expire")
	for i, who := range a.EmergencyFrom {
		door, _, _ := strings.Cut(who, ":")
		field := fmt.Sprintf("approvals.emergency_from[%d]", i)
		c.refuse(!personShape.MatchString(door) || strings.HasSuffix(who, ":"), field,
			fmt.Sprintf("%q is not an actor", who), "write a door (cli, slack) or one actor of it (slack:U012AB3CD)")
	}
}

func (c checker) apps() {
	c.app(c.policy.Apps.Unlisted, "apps.unlisted")
	folded := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.policy.Apps.Listed)) {
		field := "apps.listed." + name
		c.app(c.policy.Apps.Listed[name], field)
		twin := folded[strings.ToLower(name)]
		c.refuse(twin != "", field, fmt.Sprintf("%s and %s are the same application", twin, name), "keep one of the two")
		folded[strings.ToLower(name)] = name
	}
}

func (c checker) app(a App, field string) {
	c.oneOf(a.Method, field+".method", Automatic, Delegate, Ignore)
	c.shape(a.Owner, mailShape, field+".owner", "a mail address", "it@example.com")
	asked := a.Owner != "" || c.policy.Apps.Unlisted.Owner != "" || c.policy.Offboard.Custodian != ""
	c.refuse(a.Method == Delegate && !asked, field+".owner", "nobody is named who could be asked",
		"name an owner here, in apps.unlisted.owner or in offboard.custodian")
}
