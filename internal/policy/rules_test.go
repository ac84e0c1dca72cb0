package policy

import (
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
)

func TestOrder_Refuses(t *testing.T) {
	const contain = "okta.roles, okta.suspend, okta.sessions, okta.factors, okta.grants, okta.devices, google.roles, google.password, google.sessions, google.tokens, jamf.lock"
	for _, c := range []struct{ name, order, want string }{
		{"suspend before delegate", "{contain: [" + contain + ", okta.deactivate, google.suspend]}",
			"offboard.order.contain: google.suspend stands before google.delegate, which needs the Google account active; move google.suspend to lease_end"},
		{"suspend before undelegate", "{lease_end: [google.suspend, google.undelegate]}",
			"offboard.order.lease_end: google.suspend stands before google.undelegate, which needs the Google account active; put google.suspend after google.undelegate"},
		{"deactivate before factors", "{contain: [okta.roles, okta.suspend, okta.sessions, okta.deactivate, okta.factors, okta.grants, okta.devices, google.roles, google.password, google.sessions, google.tokens, jamf.lock]}",
			"offboard.order.contain: okta.deactivate stands before okta.factors, which needs the Okta account not deactivated; put okta.deactivate after okta.factors"},
		{"sessions before suspend", "{contain: [okta.roles, okta.sessions, okta.suspend, okta.factors, okta.grants, okta.devices, google.roles, google.password, google.sessions, google.tokens, jamf.lock, okta.deactivate]}",
			"offboard.order.contain: okta.sessions stands before okta.suspend, but while sign-in is open a new session can begin at once; put okta.suspend first"},
		{"orgunit before delegate", "{hand_over: [google.forwarding, google.orgunit, google.delegate, google.transfer]}",
			"offboard.order.hand_over: google.orgunit stands before google.delegate, but the delegate must be verified before the move and once more after it; put google.delegate first"},
		{"critical left out", "{contain: [" + strings.Replace(contain, ", jamf.lock", "", 1) + ", okta.deactivate]}",
			"offboard.order.contain: the order leaves out jamf.lock, without which a leaver keeps access or property; add jamf.lock to contain"},
		{"delegate without undelegate", "{lease_end: [google.suspend]}",
			"offboard.order.lease_end: google.delegate is in the order without google.undelegate, so the mailbox would be lent for ever; add google.undelegate to lease_end, before google.suspend"},
		{"unknown action", "{apps: [okta.group, app.revoke]}",
			"offboard.order.apps: okta.group is no action; did you mean okta.groups?"},
		{"twice", "{apps: [okta.groups, app.revoke, okta.groups]}",
			"offboard.order.apps: okta.groups stands in the order twice (also in apps); leave one of the two out"},
		{"containment put off", "{hand_over: [okta.suspend, google.forwarding, google.transfer, google.delegate]}",
			"offboard.order.hand_over: okta.suspend cannot be done in hand_over; move it to contain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := faultsOf(t, least+"offboard:\n  custodian: it@example.com\n  order: "+c.order+"\n")
			for _, one := range f {
				if strings.Contains(one.Error(), "policy file p.yaml line 9: "+c.want) {
					return
				}
			}
			t.Errorf("want %s\ngot  %v", c.want, f)
		})
	}
}

func TestOrder_ListedPhaseReplacesAndMovesActions(t *testing.T) {
	p := parse(t, "offboard: {custodian: it@example.com, order: {apps: [app.revoke], lease_end: [google.undelegate, google.suspend, google.groups, okta.deactivate]}}\n")
	where := map[string]string{}
	for _, s := range p.Order() {
		for _, a := range s.Actions {
			where[a] = s.Phase
		}
	}
	if where["google.groups"] != PhaseLeaseEnd || where["okta.deactivate"] != PhaseLeaseEnd || where["okta.roles"] != PhaseContain {
		t.Errorf("%v", where)
	}
	if left := p.LeftOut(); len(left) != 1 || left[0] != "okta.groups" {
		t.Errorf("left out: %v", left)
	}
}

func TestOrder_Default_HasEveryActionOnce(t *testing.T) {
	p := parse(t, withCustodian)
	var got []string
	for _, s := range p.Order() {
		got = append(got, s.Actions...)
	}
	if strings.Join(got, " ") != strings.Join(Actions(), " ") || len(p.LeftOut()) > 0 {
		t.Errorf("%v\n%v", got, Actions())
	}
}

func TestLendsMailbox(t *testing.T) {
	if !parse(t, withCustodian).LendsMailbox() {
		t.Error("by default the mailbox is lent")
	}
	p := parse(t, "offboard: {custodian: it@example.com, order: {hand_over: [google.forwarding, google.transfer], lease_end: [google.suspend]}}\n")
	if p.LendsMailbox() {
		t.Error("an order without google.delegate lends nothing")
	}
}

func TestSpan_ReadsWhatItWrites(t *testing.T) {
	for _, text := range []string{"60d", "36h", "1d12h", "30m", "2s", "500ms", "1d2h3m4s5ms", "0s"} {
		s, err := ParseSpan(text)
		if err != nil || s.String() != text {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "d", "1.5d", "1y", "2s1d", "1 d", "999999999999d", "+1d"} {
		if s, err := ParseSpan(text); err == nil {
			t.Errorf("%q is read as %s", text, s)
		}
	}
}

func at(t *testing.T, zone, day, clock string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d, err := employee.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	var c Clock
	if err := c.UnmarshalText([]byte(clock)); err != nil {
		t.Fatal(err)
	}
	return Instant(d, c, loc)
}

func TestInstant_FollowsTheClocksOfTheZone(t *testing.T) {
	for _, c := range []struct{ what, zone, day, clock, want string }{
		{"winter", "America/New_York", "2026-11-30", "17:00", "2026-11-30T17:00:00-05:00"},
		{"summer", "America/New_York", "2026-07-30", "17:00", "2026-07-30T17:00:00-04:00"},
		{"east of the date line", "Asia/Seoul", "2026-11-30", "17:00", "2026-11-30T17:00:00+09:00"},
		{"the hour that is skipped", "America/New_York", "2026-03-08", "02:30", "2026-03-08T03:30:00-04:00"},
		{"the hour that comes twice", "America/New_York", "2026-11-01", "01:30", "2026-11-01T01:30:00-04:00"},
		{"the day the clocks change, later", "America/New_York", "2026-11-01", "17:00", "2026-11-01T17:00:00-05:00"},
		{"skipped in Berlin", "Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T03:00:00+02:00"},
		{"half an hour of summer time", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-04T02:45:00+11:00"},
		{"midnight", "Asia/Kolkata", "2026-01-01", "00:00", "2026-01-01T00:00:00+05:30"},
	} {
		if got := at(t, c.zone, c.day, c.clock).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestZoneName_OfficeThenHomeThenOfficesCountryThenDefault(t *testing.T) {
	p := parse(t, withCustodian)
	p.TimeZones.Offices = map[string]string{"Austin": "America/Chicago"}
	p.TimeZones.Countries = map[string]string{"US": "America/New_York", "US-CA": "America/Los_Angeles", "DE": "Europe/Berlin"}
	us := func(state string) employee.Address { return employee.Address{Country: "us", State: state} }
	for _, c := range []struct {
		who  employee.Employee
		want string
	}{
		{employee.Employee{Office: "austin", Home: us("CA")}, "America/Chicago"},
		{employee.Employee{Office: "Remote", Home: us("CA")}, "America/Los_Angeles"},
		{employee.Employee{Home: us("NY")}, "America/New_York"},
		{employee.Employee{OfficeAddress: employee.Address{Country: "DE"}}, "Europe/Berlin"},
		{employee.Employee{Home: employee.Address{Country: "KR"}, OfficeAddress: employee.Address{Country: "DE"}}, "Europe/Berlin"},
		{employee.Employee{}, "America/New_York"},
	} {
		if got := p.ZoneName(c.who); got != c.want {
			t.Errorf("%+v: %s, want %s", c.who, got, c.want)
		}
	}
}

func TestApproval_ProtectedByIDOrAddress(t *testing.T) {
	p := parse(t, withCustodian+"approvals: {protected: [E1, boss@example.com], needed: 2}\n"+
		"access: {break_glass: [E8], service_accounts: [robot@example.com]}\n")
	for _, c := range []struct {
		who  employee.Employee
		want int
	}{
		{employee.Employee{ID: "E1"}, 2},
		{employee.Employee{ID: "E2", Email: "Boss@Example.com"}, 2},
		{employee.Employee{ID: "E3", Email: "kim@example.com"}, 0},
		{employee.Employee{ID: "E8"}, 2}, // no front door takes it; when HR does, people decide
		{employee.Employee{ID: "E9", Email: "robot@example.com"}, 2},
		{employee.Employee{}, 0},
	} {
		if got, why := p.Approval(c.who); got != c.want || (why == "") != (c.want == 0) {
			t.Errorf("%+v: %d, %q", c.who, got, why)
		}
	}
}

func TestMayHurry_ByDoorOrActor(t *testing.T) {
	p := parse(t, withCustodian+"approvals: {emergency_from: [cli, 'slack:U1']}\n")
	for actor, want := range map[string]bool{"cli:jo": true, "slack:U1": true, "slack:U2": false, "slack": false, "clip:jo": false, "": false} {
		if got := p.MayHurry(actor); got != want {
			t.Errorf("%q: %v, want %v", actor, got, want)
		}
	}
}

func TestAppRule_ListedByKeyOrLabel_OwnerFallsBack(t *testing.T) {
	p := parse(t, withCustodian+"apps: {listed: {Figma: {method: automatic}, crm: {method: delegate}, Wiki Pages: {method: ignore}}}\n")
	for _, c := range []struct {
		names []string
		want  App
	}{
		{[]string{"figma", "Figma Design"}, App{Automatic, ""}},
		{[]string{"x", "wiki pages"}, App{Ignore, ""}},
		{[]string{"crm"}, App{Delegate, "it@example.com"}},
		{[]string{"unheard of"}, App{Delegate, "it@example.com"}},
	} {
		if got := p.AppRule(c.names...); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.names, got, c.want)
		}
	}
}
