package policy

import (
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/mapping"
)

// mapped is the least policy with a mapping.
const mapped = least + `offboard: {custodian: it@example.com}
mapping:
  attributes:
    - {name: department, value: hr.department}
  groups:
    - name: staff
      when: '!hr.external'
    - names: prefixed("dept-", slug(hr.department))
      overlap: 2d
`

// Each row is one mistake in a mapping, and the whole error: with its line, as for every other key.
func TestParse_RefusesAMapping(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"expression", "hr.department}", "hr.departmnt}",
			"policy file p.yaml line 10: mapping.attributes.value: hr.departmnt: the record has no field departmnt (at character 3); did you mean department?"},
		{"condition", "'!hr.external'", "hr.title",
			`policy file p.yaml line 13: mapping.groups.when: the expression gives a text, where yes or no is wanted; write a condition, such as hr.country == "DE"`},
		{"overlap", "2d", "2 weeks",
			`policy file p.yaml line 15: mapping.groups.overlap: "2 weeks" is not a length of time; write whole numbers with d, h, m or s, for example 60d, 36h, 30m or 2s`},
		{"overlap of years", "2d", "900d",
			"policy file p.yaml line 15: mapping.groups.overlap: 900d is out of range; choose something up to 366 days"},
		{"unknown key", "value:", "valu:",
			`policy file p.yaml line 10: mapping.attributes.valu: there is no key "valu" under mapping.attributes (there: name, value, when, type, default, required, clear); did you mean value?`},
		{"key of elsewhere", "overlap: 2d", "required: true",
			`policy file p.yaml line 15: mapping.groups.required: there is no key "required" under mapping.groups (there: name, names, when, overlap); it belongs under mapping.attributes or under mapping.sets.attributes`},
		{"a choice without quotes", "hr.department}", "{a: b}}",
			"policy file p.yaml line 10: mapping.attributes.value: it is not a single value; write a text; one that has a colon and a space in it stands in quotes"},
		{"not a truth value", "value: hr.department", "value: hr.department, required: sometimes",
			`policy file p.yaml line 10: mapping.attributes.required: "sometimes" is not true or false; write true or false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(mapped, c.old, c.new, 1)
			if text == mapped {
				t.Fatal("nothing was replaced")
			}
			_, err := Parse("p.yaml", []byte(text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

// Each row is a value of the sections of joining, moving and leave that cannot be meant.
func TestParse_RefusesValuesOfOnboardMoveAndLeave(t *testing.T) {
	for _, c := range []struct{ text, field, says string }{
		{"onboard: {prepare: 200d}", "onboard.prepare", "between 0s and 183 days"},
		{"onboard: {at: noon}", "onboard.at", "not an hour of the day"},
		{"onboard: {google: gsuite}", "onboard.google", "okta, direct, none"},
		{"onboard: {google_deadline: 0s}", "onboard.google_deadline", "out of range"},
		{"onboard: {google_poll: 3d}", "onboard.google_poll", "between 1ms and 2 days"},
		{"onboard: {rehire: always}", "onboard.rehire", "auto, ask"},
		{"onboard: {match: {email: yes}}", "onboard.match.email", "ask, same, apart"},
		{"onboard: {match: {personal_email: no}}", "onboard.match.personal_email", "ask, same, apart"},
		{"onboard: {match: {number: ''}}", "onboard.match.number", "ask, same, apart"},
		{"onboard: {match: {phone: ask}}", "onboard.match.phone", "; use one of email, personal_email, number"},
		{"onboard: {match: {Emails: ask}}", "onboard.match.Emails", "; did you mean email?"},
		{"onboard: {equipment: laptop}", "onboard.equipment", "models, os, speed, notify, before, poll, deadline"},
		{"onboard: {equipment: {os: beos}}", "onboard.equipment.os", "macos, windows, linux, other"},
		{"onboard: {equipment: {speed: fast}}", "onboard.equipment.speed", "standard_shipping, 2nd_day, next_day"},
		{"onboard: {equipment: {models: [' ']}}", "onboard.equipment.models", "it is empty"},
		{"onboard: {equipment: {notify: [IT]}}", "onboard.equipment.notify", "not a mail address"},
		{"onboard: {equipment: {before: 300d}}", "onboard.equipment.before", "out of range"},
		{"onboard: {equipment: {deadline: 1h}}", "onboard.equipment.poll", "between 1ms and 1h"},
		{"onboard: {equipment: {model: x}}", "onboard.equipment.model", "did you mean models?"},
		{"move: {overlap: 400d}", "move.overlap", "between 0s and 366 days"},
		{"move: {show: never}", "move.show", "changes, problems, always"},
		{"leave: {google: lock}", "leave.google", "keep, sign_out, suspend"},
		{"slack: {hr_channel: 'people ops'}", "slack.hr_channel", "not a channel"},
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

// Cases that run under a policy without a mapping keep its hash as evidence: what came with the mapping must not change
// it.
func TestHash_WithoutAMapping_IsWhatItWas(t *testing.T) {
	const before = "sha256:6ee1e30c7058605ca6f1a54d7ab01c44ae3a9fb701f1e9e47fe066af5ad74117"
	p := parse(t, withCustodian)
	if p.Hash() != before {
		t.Errorf("the hash of a policy without a mapping is %s now", p.Hash())
	}
	if p = parse(t, withCustodian+"onboard: {at: '09:00'}\nmove: {overlap: 3d}\nleave: {google: keep}\nslack: {hr_channel: hr}\n"); p.Hash() != before {
		t.Error("without a mapping the sections around it are no rules, and yet the hash is another")
	}
	with := parse(t, strings.TrimPrefix(mapped, least))
	if with.Hash() == before {
		t.Error("a mapping does not change the hash")
	}
	later := with
	later.Onboard.At = Clock{Hour: 9}
	if later.Hash() == with.Hash() {
		t.Error("with a mapping another hour is another rule, and yet the hash is the same")
	}
}

func TestRules_AreMadeOnceForEachMapping(t *testing.T) {
	a, b := parse(t, strings.TrimPrefix(mapped, least)), parse(t, "# the same\n"+strings.TrimPrefix(mapped, least))
	if a.Rules() == nil || a.Rules() != b.Rules() {
		t.Error("the same mapping was made twice")
	}
	for what, change := range map[string]func(*Policy){
		"domain":  func(p *Policy) { p.Company.Domain = "example.org" },
		"overlap": func(p *Policy) { p.Move.Overlap = Days(1) },
		"day":     func(p *Policy) { p.ADayLasts = Real(time.Second) },
		"rule":    func(p *Policy) { p.Mapping.OrgUnit = `"/Staff"` },
	} {
		other := a
		change(&other)
		if other.Rules() == nil || other.Rules() == a.Rules() {
			t.Errorf("with another %s the rules are the same", what)
		}
	}
	broken := a
	broken.Mapping.OrgUnit = "nonsense"
	if broken.Rules() != nil {
		t.Error("a mapping at fault has rules")
	}
}

func TestRules_TakeTheCompanyAndTheOverlapOfThePolicy(t *testing.T) {
	p := parse(t, strings.TrimPrefix(mapped, least)+"move: {overlap: 1d}\na_day_lasts: 1h\n")
	someone := []mapping.Person{{Record: employee.Employee{ID: "E1", FirstName: "Jo", LastName: "Lee", Department: "Sales"}}}
	got := p.Rules().Role(someone)
	if len(got.Groups) != 2 || got.Groups[0].Group != "dept-sales" || got.Groups[0].Overlap != 2*time.Hour || got.Groups[1].Overlap != time.Hour {
		t.Errorf("%+v", got.Groups)
	}
	if logins := p.Rules().Logins(someone); logins.Wanted[0] != "jo.lee@example.com" {
		t.Errorf("%+v", logins)
	}
}

func TestMaps_WithAttributesSetsOrGroups(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "mapping: {}\n": false, "mapping: {org_unit: '\"/Staff\"', login: {taken: number}}\n": false,
		"mapping: {attributes: [{name: a, value: hr.title}]}\n":                                         true,
		"mapping: {groups: [{name: a}]}\n":                                                              true,
		"mapping: {sets: [{name: a, when: hr.external, attributes: [{name: a, value: hr.title}]}]}\n":   true,
		"mapping: {attributes: [], sets: [], groups: [], fields: {level: {field: x}}, leading: 'true'}": false,
	} {
		if got := parse(t, withCustodian+text).Maps(); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestEquipment_IsOrderedOnlyWhereThePolicyNamesIt_WithItsDefaults(t *testing.T) {
	if e := parse(t, withCustodian).Onboard.Equipment; e != nil {
		t.Errorf("%+v", e)
	}
	want := Equipment{OS: "macos", Speed: "2nd_day", Before: Days(10), Poll: Real(6 * time.Hour), Deadline: Days(14)}
	got := parse(t, withCustodian+"onboard: {equipment: {}}\n").Onboard.Equipment
	if got == nil || len(got.Models)+len(got.Notify) > 0 || got.OS != want.OS || got.Speed != want.Speed ||
		got.Before != want.Before || got.Poll != want.Poll || got.Deadline != want.Deadline {
		t.Errorf("%+v", got)
	}
	if got = parse(t, withCustodian+"onboard: {equipment: {speed: next_day, before: 3d}}\n").Onboard.Equipment; got.Speed != "next_day" || got.Before != Days(3) {
		t.Errorf("%+v", got)
	}
}

// What a comparison with Namely and Okta finds stands on the lines of the file.
func TestLocate_NamesTheLines(t *testing.T) {
	got := Locate("p.yaml", []byte(mapped), []mapping.Fault{
		{Field: "mapping.groups[1].names", Text: "b", Mend: "m"}, {Field: "mapping.attributes[0].name", Text: "a", Mend: "m"},
		{Field: "mapping.groups[0].when", Text: "c", Mend: "m"}, {Field: "mapping.sets[4].name", Text: "d", Mend: "m"}})
	want := `policy file p.yaml line 8: mapping.sets.name: d; m
policy file p.yaml line 10: mapping.attributes.name: a; m
policy file p.yaml line 13: mapping.groups.when: c; m
policy file p.yaml line 14: mapping.groups.names: b; m`
	if got.Error() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
