package namely_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/namely"
	"tenure/internal/employee"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
)

var details = map[string]namely.FieldSource{
	"level":      {Field: "job_level"},
	"since":      {Field: "level_since"},
	"tags":       {Field: "tags"},
	"costCenter": {Group: "cost center"},
	"place":      {Group: "Office Locations"},
	"nowhere":    {Field: "no_such_field"},
	"noGroup":    {Group: "No Such Type"},
}

func TestScanDirectory_FurtherFields(t *testing.T) {
	b := newBench(t, 2)
	b.cfg.Fields = details
	b.sim.AddField(namelysim.Field{Name: "level_since", Type: "date"})
	b.sim.Edit("p-0000", func(p *namelysim.Profile) {
		p.Office, p.Department = "Berlin", "Design"
		p.Groups = map[string][]string{"Cost Center": {"200", "100"}, "Clubs": {"Chess"}}
		p.Custom = map[string]any{"job_level": map[string]any{"id": "u", "title": "L4"}, "level_since": "11/30/2020", "tags": []any{"b", "a"}, "shirt_size": "M"}
	})
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	want := employee.Custom{"level": {"L4"}, "since": {"2020-11-30"}, "tags": {"a", "b"}, "costCenter": {"100", "200"}, "place": {"Berlin"}}
	if got := b.directory.people[0].Custom; !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	if got := b.directory.people[1].Custom; got != nil {
		t.Errorf("of blanks it read %v", got)
	}
	if b.directory.people[0].Department != "Design" {
		t.Errorf("the department is %q", b.directory.people[0].Department)
	}
}

// Who has a value is counted by the source, also where nobody ever had one: only so is it seen that a field vanishes.
func TestScanDirectory_FurtherFields_AreCounted(t *testing.T) {
	b := newBench(t, 3)
	b.cfg.Fields = details
	for _, p := range []string{"p-0000", "p-0002"} {
		b.sim.SetField(p, "job_level", "L4")
	}
	for _, c := range []struct {
		hidden []string
		want   int
	}{{nil, 2}, {[]string{"job_level"}, 0}} {
		b.sim.Hidden = c.hidden
		if _, err := b.scan(); err != nil {
			t.Fatal(err)
		}
		scan := b.directory.last
		for source, want := range map[string]int{"the field job_level": c.want, "the field no_such_field": 0, "the group of the type No Such Type": 0, "email": 3} {
			if got, there := scan.Filled[source]; !there || got != want {
				t.Errorf("%s: %d have one (counted: %v), want %d", source, got, there, want)
			}
		}
		if len(scan.Sources) != len(details) || scan.Sources["level"] != "the field job_level" || scan.Sources["costCenter"] != "the group of the type cost center" {
			t.Errorf("sources %v", scan.Sources)
		}
	}
}

// What the policy names may change while Tenure runs: each scan asks.
func TestScanDirectory_Details_AreAskedForEachTime(t *testing.T) {
	b := newBench(t, 1)
	b.sim.SetField("p-0000", "job_level", "L4")
	b.sim.SetLeave("p-0000", "Parental leave")
	var now namely.Details
	b.cfg.Details = func() namely.Details { return now }
	sys := b.system()
	for _, c := range []struct {
		details namely.Details
		custom  employee.Custom
		away    bool
	}{
		{namely.Details{}, nil, false},
		{namely.Details{Fields: map[string]namely.FieldSource{"level": {Field: "job_level"}}}, employee.Custom{"level": {"L4"}}, false},
		{namely.Details{Leave: namely.Leave{Field: namelysim.LeaveField, Values: []string{"parental leave"}}}, nil, true},
	} {
		now = c.details
		people, err := sys.People(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := people[0]; !reflect.DeepEqual(got.Custom, c.custom) || got.OnLeave != c.away {
			t.Errorf("%+v read %v, on leave %v", c.details, got.Custom, got.OnLeave)
		}
	}
}

func TestListFields(t *testing.T) {
	b := newBench(t, 1)
	b.sim.AddField(namelysim.Field{Name: "job_level", Label: "Level", Type: "select"})
	b.sim.Edit("p-0000", func(p *namelysim.Profile) { p.Groups = map[string][]string{"Cost Center": {"100"}} })
	got, err := b.fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []activities.Field{
		{Name: "start_date", Label: "Start date", Type: "date"},
		{Name: "job_level", Label: "Level", Type: "select"},
		{Name: "office"}, // in profiles alone
	} {
		if !slices.Contains(got.Fields, want) {
			t.Errorf("%+v is not among the fields", want)
		}
	}
	names := map[string]bool{}
	for _, f := range got.Fields {
		if names[f.Name] || f.Name == "links" {
			t.Errorf("%s is listed", f.Name)
		}
		names[f.Name] = true
	}
	if fmt.Sprint(got.GroupTypes) != "[Departments Office Locations Cost Center]" {
		t.Errorf("types of groups %v", got.GroupTypes)
	}
}

func TestListFields_ShapesOfTheLists(t *testing.T) {
	for _, c := range []struct {
		name, fields, types, want string // want "" is an error
	}{
		{"under their plurals", `{"fields":[{"name":"level","type":"text"}],"meta":{}}`, `{"group_types":[{"id":7,"title":"Clubs"}]}`, "level text Clubs"},
		{"bare", `[{"name":"level","type":"text"}]`, `[{"id":7,"title":"Clubs"}]`, "level text Clubs"},
		{"without names", `{"fields":[{"name":null},{},{"name":"level","type":"text"}]}`, `{"group_types":[{"id":7},{"title":"Clubs"}]}`, "level text Clubs"},
		{"no fields", `{"meta":{}}`, `[]`, ""},
		{"a null", `{"fields":null}`, `[]`, ""},
		{"no types", `[]`, `{"message":"?"}`, ""},
		{"text", `"fields"`, `[]`, ""},
		{"a page for people", `<html>`, `[]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 0)
			b.sim.Inject(kit.Fault{Path: "/api/v1/profiles/fields", Status: 200, Body: c.fields})
			b.sim.Inject(kit.Fault{Path: "/api/v1/group_types", Status: 200, Body: c.types})
			got, err := b.fields()
			if c.want == "" {
				_ = problem(t, err, activities.Unavailable, "Namely's answer to")
				return
			}
			if err != nil || len(got.Fields) != 1 || strings.Join([]string{got.Fields[0].Name, got.Fields[0].Type, got.GroupTypes[0]}, " ") != c.want {
				t.Errorf("fields %+v, %v", got, err)
			}
		})
	}
}

func TestListFields_Refused_SaysTheMend(t *testing.T) {
	b := newBench(t, 1)
	b.sim.OwnerDeactivated = true
	_, err := b.fields()
	_ = problem(t, err, activities.Forbidden, "administrator profile")
}
