package policies_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tenure/internal/employee"
	"tenure/internal/mapping"
	"tenure/internal/policy"
	"tenure/internal/role"
)

var update = flag.Bool("update", false, "write the golden files anew")

// example is one file of testdata/people: somebody as HR has them, with every record of theirs.
type example struct {
	About  string `json:"about"`
	People []struct {
		Record  employee.Employee  `json:"record"`
		Manager *employee.Employee `json:"manager"`
	} `json:"people"`
}

func (e example) people() []mapping.Person {
	var out []mapping.Person
	for _, p := range e.People {
		out = append(out, mapping.Person{Record: p.Record, Manager: p.Manager})
	}
	return out
}

// examples are the example people by the names of their files.
func examples(t testing.TB) map[string]example {
	t.Helper()
	files, err := filepath.Glob("testdata/people/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files of example people, %v", len(files), err)
	}
	out := map[string]example{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e example
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = e
	}
	return out
}

// Each person of testdata/people has, by policies/mapping.yaml, what the file beside theirs says.
func TestMapping_GivesTheExamplePeopleWhatTheGoldenFilesSay(t *testing.T) {
	rules := load(t, "mapping").Rules()
	for name, e := range examples(t) {
		t.Run(name, func(t *testing.T) {
			got := written(e, rules)
			path := filepath.Join("testdata/people", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("go test ./policies -run Mapping -update writes it anew. Got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// written is a role as a person reads it: what, and by which rule of whose record.
func written(e example, rules *mapping.Rules) string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	got, logins := rules.Role(e.people()), rules.Logins(e.people())
	line("%s", e.About)
	whose := "made"
	if logins.FromHR {
		whose = "HR's, then made"
	}
	line("\nlogin (%s)\n  %s", whose, strings.Join(logins.Wanted[:min(4, len(logins.Wanted))], "\n  "))
	line("\nattributes")
	for _, a := range got.Attributes {
		value, err := json.Marshal(a.Value)
		if err != nil {
			value = []byte(err.Error())
		}
		line("  %-13s %-34s %s %s", a.Name, value, a.Rule, a.Record)
	}
	line("\ngroups")
	for _, g := range got.Groups {
		overlap := ""
		if g.Overlap > 0 {
			overlap = fmt.Sprintf(", kept for %s", g.Overlap)
		}
		line("  %-26s %s %s%s", g.Group, g.Rule, g.Record, overlap)
	}
	line("\norganisational unit\n  %s", got.OrgUnit)
	for _, f := range append(got.Faults, logins.Faults...) {
		line("\nfault at %s\n  %s\n  %s", f.Rule, f.Text, f.Mend)
	}
	if len(got.Undecided) > 0 {
		line("\nundecided\n  %s", strings.Join(got.Undecided, "\n  "))
	}
	return b.String()
}

// The order in which records come, and the order of what they hold, change nothing.
func TestMapping_TheSameRecordsGiveTheSameRole_InWhateverOrderTheyCome(t *testing.T) {
	rules := load(t, "mapping").Rules()
	for name, e := range examples(t) {
		people := e.people()
		want, logins := rules.Role(people), rules.Logins(people)
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 1))
			r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
			for i := range people {
				people[i].Record.Custom = remade(people[i].Record.Custom, r)
			}
			if got := rules.Role(people); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, seed %d: %+v, want %+v", name, seed, got, want)
			}
			if got := rules.Logins(people); !reflect.DeepEqual(got, logins) {
				t.Fatalf("%s, seed %d: %+v, want %+v", name, seed, got, logins)
			}
		}
	}
}

// remade is a map that was filled in another order.
func remade(custom employee.Custom, r *rand.Rand) employee.Custom {
	var names []string
	for name := range custom {
		names = append(names, name)
	}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	out := employee.Custom{}
	for _, name := range names {
		out[name] = custom[name]
	}
	return out
}

// Ending one of two positions takes away exactly what no other position grants.
func TestMapping_WithoutOnePosition_WhatTheOtherGrantsStays(t *testing.T) {
	rules := load(t, "mapping").Rules()
	both := examples(t)["two-countries"].people()
	groups := func(people []mapping.Person) map[string]bool {
		out := map[string]bool{}
		for _, g := range rules.Role(people).Groups {
			out[g.Group] = true
		}
		return out
	}
	all, first, second := groups(both), groups(both[:1]), groups(both[1:])
	for g := range all {
		if !first[g] && !second[g] {
			t.Errorf("%s is granted by neither position", g)
		}
	}
	if len(all) <= len(first) || len(all) <= len(second) || len(all) >= len(first)+len(second) {
		t.Errorf("the positions should share some groups and not all: %v, %v, %v", all, first, second)
	}
	for g := range second {
		if !all[g] {
			t.Errorf("both positions together do not give %s", g)
		}
	}
}

// What the manual shows can be copied.
func TestManual_ItsExamplesAreMappings(t *testing.T) {
	text, err := os.ReadFile("../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("the manual shows nothing")
	}
	head := "version: 1\ncompany: {name: Example Company, domain: example.com}\ntime_zones: {default: UTC}\noffboard: {custodian: it@example.com}\n"
	for _, b := range blocks {
		if p, err := policy.Parse("manual", []byte(head+b[1])); err != nil || !p.Maps() {
			t.Errorf("%v", err)
		}
	}
	shown := regexp.MustCompile("`((?:plain|slug|titled|initial)\\(\"[^`]*\"\\))` is \"([^\"]*)\"").FindAllStringSubmatch(string(text), -1)
	if len(shown) < 4 {
		t.Errorf("the manual shows what %d functions give", len(shown))
	}
	for _, c := range shown {
		p, err := policy.Parse("manual", []byte(head+"mapping: {attributes: [{name: x, value: '"+strings.ReplaceAll(c[1], "'", "''")+"'}]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := p.Rules().Role([]mapping.Person{{}})
		if len(got.Attributes) != 1 || got.Attributes[0].Value != c[2] {
			t.Errorf("%s is %v, the manual says %q", c[1], got.Attributes, c[2])
		}
	}
}

func BenchmarkRole(b *testing.B) {
	people := examples(b)["germany"].people()
	rules := load(b, "mapping").Rules()
	var got role.Role
	b.ReportAllocs()
	for b.Loop() {
		got = rules.Role(people)
	}
	if len(got.Attributes) < 15 {
		b.Fatalf("%+v", got)
	}
}

func BenchmarkRules(b *testing.B) { // of a policy that was compiled before
	p := load(b, "mapping")
	b.ReportAllocs()
	for b.Loop() {
		if p.Rules() == nil {
			b.Fatal("no rules")
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b, "mapping")
	}
}
