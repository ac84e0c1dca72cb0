package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// least is the least a policy must say.
const least = `version: 1
company:
  name: Example Company
  domain: example.com
time_zones:
  default: America/New_York
`

func parse(t *testing.T, more string) Policy {
	t.Helper()
	p, err := Parse("p.yaml", []byte(least+more))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// withCustodian is the least policy under which an application can be delegated to somebody.
const withCustodian = "offboard: {custodian: it@example.com}\n"

func TestParse_LeastPolicy_HasDefaults(t *testing.T) {
	p := parse(t, withCustodian)
	if p.Long(p.Offboard.Delegation.Lasts) != 60*24*time.Hour || p.Offboard.At.String() != "17:00" || p.Day() != 24*time.Hour {
		t.Errorf("%+v", p)
	}
	if r, listed := p.RouteFrom("ca"); r.Device != "canada_laptop" || !listed {
		t.Errorf("from CA: %+v", r)
	}
	if r, listed := p.RouteFrom("KR"); r.Route != InPerson || listed {
		t.Errorf("from KR: %+v", r)
	}
}

func TestParse_DayMultipliesDaysAndNothingElse(t *testing.T) {
	p := parse(t, withCustodian+"a_day_lasts: 1s\n")
	if got := p.Long(p.Offboard.Delegation.Lasts); got != time.Minute {
		t.Errorf("60d is %s, want 1m", got)
	}
	if got := p.Long(p.Offboard.Transfer.Poll); got != time.Minute {
		t.Errorf("1m is %s, want 1m", got)
	}
}

// Each row is one mistake in an otherwise good file, and the whole error.
func TestParse_Refuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key with a slip", least + "offboard:\n  delegation:\n    lastss: 60d\n",
			`policy file p.yaml line 9: offboard.delegation.lastss: there is no key "lastss" under offboard.delegation (there: lasts, remind_before, renewals, renewal); did you mean lasts?`},
		{"key in the wrong place", least + "custodian: it@example.com\n",
			`policy file p.yaml line 7: custodian: there is no key "custodian" at the top of the file (there: version, a_day_lasts, company, temporal_ui, time_zones, offboard, mapping, onboard, move, leave, approvals, access, apps, devices, mass_guard, feed, slack, jira); it belongs under offboard`},
		{"slip in the wrong place", least + "lock:\n  mesage: x\ndevices: {mesage: x}\n",
			`policy file p.yaml line 7: lock: there is no key "lock" at the top of the file (there: version, a_day_lasts, company, temporal_ui, time_zones, offboard, mapping, onboard, move, leave, approvals, access, apps, devices, mass_guard, feed, slack, jira); it belongs under devices
policy file p.yaml line 9: devices.mesage: there is no key "mesage" under devices (there: lock, return_country, countries, elsewhere, charger, poll, reminders, cancel_window, on_return, stock); did you mean message? it belongs under devices.lock`},
		{"key given twice", least + "slack: {every: 2s, every: 3s}\n",
			`policy file p.yaml line 7: slack.every: it is given twice; keep one of the two`},
		{"length without unit", least + "offboard: {delegation: {lasts: 60}}\n",
			`policy file p.yaml line 7: offboard.delegation.lasts: "60" is not a length of time; write whole numbers with d, h, m or s, for example 60d, 36h, 30m or 2s`},
		{"negative length", least + "offboard: {delegation: {lasts: -3d}}\n",
			`policy file p.yaml line 7: offboard.delegation.lasts: "-3d" is not a length of time; write whole numbers with d, h, m or s, for example 60d, 36h, 30m or 2s`},
		{"hour that is none", least + "offboard: {at: 25:00}\n",
			`policy file p.yaml line 7: offboard.at: "25:00" is not an hour of the day; write it as HH:MM, for example 17:00`},
		{"text where a number belongs", least + "approvals: {needed: two}\n",
			`policy file p.yaml line 7: approvals.needed: "two" is not a whole number; write a whole number`},
		{"nothing where a value belongs", least + "slack:\n  channel:\n",
			`policy file p.yaml line 8: slack.channel: it has no value; write a text or leave the key out`},
		{"a value where a list belongs", least + "approvals: {protected: E1}\n",
			`policy file p.yaml line 7: approvals.protected: it is not a list; write the values as [a, b] or one per line, each after a dash`},
		{"a value where keys belong", least + "jira: IT\n",
			`policy file p.yaml line 7: jira: it does not hold keys; write the keys below it, indented: project, type, subtask, every, done, received, poll`},
		{"keys where a value belongs", least + "temporal_ui: {a: b}\n",
			`policy file p.yaml line 7: temporal_ui: it is not a single value; write a text; one that has a colon and a space in it stands in quotes`},
		{"no YAML", "version: 1\n  company: [\n",
			`policy file p.yaml line 2: it is not YAML (mapping values are not allowed in this context); check indentation, quotes and colons near this line`},
		{"empty", "# nothing\n", `policy file p.yaml: it is empty; start from policies/default.yaml`},
		{"two documents", least + "---\nversion: 1\n", `policy file p.yaml line 7: it holds a second document; keep one document in a policy file`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("p.yaml", []byte(c.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if err.Error() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", err, c.want)
			}
		})
	}
}

// Each row is a value that cannot be meant, with the field and a part of what is said about it.
func TestParse_RefusesValues(t *testing.T) {
	for _, c := range []struct{ text, field, says string }{
		{"version: 2", "version", "not the form this build reads"},
		{"a_day_lasts: 1d", "a_day_lasts", "cannot be measured in days"},
		{"a_day_lasts: 25h", "a_day_lasts", "no day"},
		{"a_day_lasts: 0s", "a_day_lasts", "no day"},
		{"company: {domain: https://example.com}", "company.domain", "not a mail domain"},
		{"company: {name: ' '}", "company.name", "no name"},
		{"temporal_ui: localhost", "temporal_ui", "not a web address"},
		{"time_zones: {default: EST5}", "time_zones.default", "not a time zone"},
		{"time_zones: {default: Local}", "time_zones.default", "not a time zone"},
		{"time_zones: {countries: {Germany: Europe/Berlin}}", "time_zones.countries.Germany", "country or region code"},
		{"time_zones: {offices: {St. Louis: Chicago}}", "time_zones.offices.St. Louis", "not a time zone"},
		{"offboard: {contained_within: 2h}", "offboard.contained_within", "between 1s and 1h"},
		{"offboard: {delegation: {lasts: 0d}}", "offboard.delegation.lasts", "out of range"},
		{"offboard: {delegation: {lasts: 5d}}", "offboard.delegation.remind_before", "does not fit into 5d"},
		{"offboard: {delegation: {renewals: 13}}", "offboard.delegation.renewals", "cannot be meant"},
		{"offboard: {transfer: {apps: [mail]}}", "offboard.transfer.apps", "drive, calendar"},
		{"offboard: {transfer: {apps: [drive, drive]}}", "offboard.transfer.apps", "listed twice"},
		{"offboard: {transfer: {apps: []}}", "offboard.transfer.apps", "nothing is transferred"},
		{"offboard: {transfer: {poll: 1h}}", "offboard.transfer.poll", "between 1ms and 15m"},
		{"offboard: {auto_reply: {body: 'ask {manager}'}}", "offboard.auto_reply.body", "nothing fills the placeholder {manager}"},
		{"offboard: {auto_reply: {subject: 'ask {heir_nam}'}}", "offboard.auto_reply.subject", "did you mean {heir_name}?"},
		{"offboard: {auto_reply: {subject: \"a\\nb\"}}", "offboard.auto_reply.subject", "more than one line"},
		{"offboard: {org_unit: Leavers}", "offboard.org_unit", "like /Leavers"},
		{"offboard: {org_unit: /}", "offboard.org_unit", "like /Leavers"},
		{"offboard: {watch: {every: 31d}}", "offboard.watch.every", "out of range"},
		{"offboard: {custodian: IT}", "offboard.custodian", "not a mail address"},
		{"approvals: {needed: 0}", "approvals.needed", "write 1 or 2"},
		{"approvals: {needed: 3}", "approvals.needed", "write 1 or 2"},
		{"approvals: {protected: ['Kim Lee']}", "approvals.protected", "neither an employee id nor a mail address"},
		{"approvals: {protected: [E1, E1]}", "approvals.protected", "listed twice"},
		{"approvals: {emergency_from: ['slack:']}", "approvals.emergency_from", "not an actor"},
		{"apps: {unlisted: {method: auto}}", "apps.unlisted.method", "automatic, delegate, ignore"},
		{"apps: {listed: {figma: {owner: it@example.com}}}", "apps.listed.figma.method", "automatic, delegate, ignore"},
		{"apps: {listed: {figma: {method: ignore}, Figma: {method: ignore}}}", "apps.listed.figma", "the same application"},
		{"devices: {lock: {message: 'return to {name}'}}", "devices.lock.message", "{name}"},
		{"devices: {lock: {message: ''}}", "devices.lock.message", "would read nothing"},
		{"devices: {lock: {poll: 4d}}", "devices.lock.poll", "out of range"},
		{"devices: {on_return: sell}", "devices.on_return", "stock, erase"},
		{"devices: {countries: {USA: {route: box}}}", "devices.countries.USA", "not a country code"},
		{"devices: {countries: {US: {route: post}}}", "devices.countries.US.route", "box, in_person"},
		{"devices: {countries: {DE: {route: box}}}", "devices.countries.DE.device", "kind of box from DE is not given"},
		{"devices: {countries: {DE: {route: box, device: laptop}}}", "devices.countries.DE.device", "sent from US, not from DE"},
		{"devices: {countries: {US: {route: box, device: laptopp}}}", "devices.countries.US.device", "did you mean laptop?"},
		{"devices: {return_country: CA, countries: {CA: {route: box, device: canada_laptop}}}", "devices.countries.CA.device", "goes to US only"},
		{"devices: {countries: {DE: {route: in_person, device: laptop, where: here}}}", "devices.countries.DE.device", "needs no box"},
		{"devices: {countries: {US: {route: box, where: here}}}", "devices.countries.US.where", "not handed over"},
		{"devices: {elsewhere: {route: in_person, where: ' '}}", "devices.elsewhere.where", "where to bring the device"},
		{"devices: {elsewhere: {route: box}}", "devices.elsewhere.route", "no box can be sent from everywhere"},
		{"devices: {reminders: [{after: 5d, whom: boss}]}", "devices.reminders.whom", "employee, manager, hr"},
		{"devices: {reminders: [{after: 5d, whom: hr}, {after: 5d, whom: hr}]}", "devices.reminders.after", "in order"},
		{"devices: {stock: {attribute: stock}}", "devices.stock.attribute", "extension attribute"},
		{"slack: {every: 500ms}", "slack.every", "between 1s"},
		{"slack: {channel: 'people ops'}", "slack.channel", "not a channel"},
		{"jira: {project: it}", "jira.project", "not a project key"},
		{"jira: {project: IT, type: ''}", "jira.type", "not both given"},
	} {
		t.Run(c.text, func(t *testing.T) {
			f := faultsOf(t, merge(c.text))
			for _, one := range f {
				if one.Field == c.field && strings.Contains(one.Error(), c.says) && one.Line > 0 && one.Mend != "" {
					return
				}
			}
			t.Errorf("no fault at %s that says %q:\n%v", c.field, c.says, f)
		})
	}
}

// merge is the least policy with one top-level key replaced or added.
func merge(text string) string {
	key, _, _ := strings.Cut(text, ":")
	keys := map[string]string{
		"version": "version: 1", "company": "company: {name: Example Company, domain: example.com}",
		"time_zones": "time_zones: {default: America/New_York}", "apps": "apps: {unlisted: {owner: it@example.com}}",
	}
	var b strings.Builder
	for _, k := range []string{"version", "company", "time_zones", "apps"} {
		if k != key {
			b.WriteString(keys[k] + "\n")
		}
	}
	return b.String() + text + "\n"
}

func faultsOf(t *testing.T, text string) Faults {
	t.Helper()
	_, err := Parse("p.yaml", []byte(text))
	var f Faults
	if !errors.As(err, &f) {
		t.Fatalf("accepted, or another error: %v", err)
	}
	return f
}

func TestParse_NothingGiven_NamesEveryMissingField(t *testing.T) {
	f := faultsOf(t, "slack: {}\n")
	var fields []string
	for _, one := range f {
		fields = append(fields, one.Field)
	}
	want := "version company.name company.domain time_zones.default apps.unlisted.owner"
	if got := strings.Join(fields, " "); got != want {
		t.Errorf("missing: %s, want %s", got, want)
	}
}

func TestParse_ReportsSeveralErrors_InTheOrderOfLines(t *testing.T) {
	f := faultsOf(t, least+"slack: {every: 1ms}\noffboard:\n  watch: {every: 90d}\n  org_unit: x\napps: {unlisted: {method: ignore}}\n")
	if len(f) != 3 || f[0].Line != 7 || f[1].Line != 9 || f[2].Line != 10 {
		t.Errorf("%v", f)
	}
}

func TestParse_DelegateWithoutAnybodyToAsk_IsRefused(t *testing.T) {
	f := faultsOf(t, least)
	if len(f) != 1 || f[0].Field != "apps.unlisted.owner" {
		t.Errorf("%v", f)
	}
}

func TestLoad_NoSuchFile_SaysSo(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if err == nil || !strings.Contains(err.Error(), "it cannot be read (no such file or directory); give the path of a policy file") {
		t.Error(err)
	}
}

func TestHash_IsOfTheRulesNotOfTheText(t *testing.T) {
	a, b := parse(t, withCustodian), parse(t, "# a comment\noffboard:\n  custodian: it@example.com\n  at: \"17:00\"\n")
	if a.Hash() != b.Hash() || !strings.HasPrefix(a.Hash(), "sha256:") {
		t.Errorf("%s, %s", a.Hash(), b.Hash())
	}
	if c := parse(t, "offboard: {custodian: it@example.com, at: '16:59'}\n"); c.Hash() == a.Hash() {
		t.Error("another hour has the same hash")
	}
}

func TestFile_BrokenLater_KeepsTheLastGoodPolicyAndSaysSoOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(least + withCustodian)
	var said []error
	f, err := Open(path, func(err error) { said = append(said, err) })
	if err != nil {
		t.Fatal(err)
	}
	write(least + "offboard: {custodian: it@example.com, at: '16:00'}\n")
	if got := f.Policy().Offboard.At.Hour; got != 16 {
		t.Errorf("the edited file is not read: %d", got)
	}
	write("version: 1\nbroken: true\n")
	for range 2 {
		if got := f.Policy().Offboard.At.Hour; got != 16 {
			t.Errorf("the last good policy does not hold: %d", got)
		}
	}
	write(least + "offboard: {custodian: it@example.com, at: '15:00'}\n")
	if got := f.Policy().Offboard.At.Hour; got != 15 {
		t.Errorf("the mended file is not read: %d", got)
	}
	if len(said) != 2 || said[0] == nil || !strings.Contains(said[0].Error(), `no key "broken"`) || said[1] != nil {
		t.Errorf("said %v", said)
	}
}

func TestOpen_BrokenAtTheStart_IsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, nil); err == nil {
		t.Error("accepted")
	}
}

// Whatever is in the file, Parse answers with a policy or with faults, and does not panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(least + "offboard: {order: {contain: [okta.roles]}}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("version: 1\n<<: {version: 2}\n"))
	f.Add([]byte("- 1\n- 2\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := Parse("p.yaml", body)
		var faults Faults
		if err != nil && (!errors.As(err, &faults) || len(faults) == 0) {
			t.Errorf("another error: %v", err)
		}
		if err == nil && p.Version != Version {
			t.Errorf("accepted %+v", p)
		}
	})
}
