package namelysim

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestFields_AreListedWithTheirSections(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	seed(&sim, 1)
	sim.AddField(Field{Name: "cost_center", Type: "select", Section: "Pay"})
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com", Custom: map[string]any{"tags": []any{"a"}, "level": "L4", "grade": 4}})
	a := c.get("/profiles/fields")
	sections := map[any]any{}
	for _, sec := range a.Linked["sections"] {
		sections[sec["id"]] = sec["title"]
	}
	found := map[string]string{}
	for _, f := range a.Fields {
		found[fmt.Sprint(f["name"])] = fmt.Sprint(f["type"], " in ", sections[f["links"].(map[string]any)["section"]], ", default ", f["default"])
	}
	for name, want := range map[string]string{
		"start_date": "date in Job, default true", "cost_center": "select in Pay, default false",
		"tags": "checkboxes in Company, default false", "level": "text in Company, default false", "grade": "number in Company, default false",
	} {
		if found[name] != want {
			t.Errorf("%s is %q, want %q", name, found[name], want)
		}
	}
}

// A field of the company's own is in every profile, blank in the form of its type, and hidden like any other.
func TestAddField_IsInEveryProfile(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	for _, kind := range []string{"text", "date", "select", "checkboxes"} {
		sim.AddField(Field{Name: "my_" + kind, Type: kind})
	}
	sim.AddField(Field{Name: "my_text", Label: "Mine", Type: "text"}) // the same again, renamed
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com"})
	sim.SetField("p1", "my_date", "2026-11-30")
	p := c.get("/profiles/p1").Profiles[0]
	for key, want := range map[string]string{"my_text": `""`, "my_date": `"2026-11-30"`, "my_select": "<nil>", "my_checkboxes": "[]interface {}{}"} {
		if got, there := p[key]; !there || fmt.Sprintf("%#v", got) != want {
			t.Errorf("%s is %#v (there: %v), want %s", key, got, there, want)
		}
	}
	sim.SetField("p1", "my_date", nil)
	sim.Hidden = []string{"my_text"}
	p = c.get("/profiles/p1").Profiles[0]
	if _, there := p["my_text"]; there || p["my_date"] != "" {
		t.Errorf("profile %v", p)
	}
	if n := len(slices.DeleteFunc(sim.Fields(), func(f Field) bool { return !f.Own })); n != 4 {
		t.Errorf("%d fields of the company's own", n)
	}
}

func TestGroups_OfTheCompanysOwnTypes(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com", Department: "Design", Groups: map[string][]string{"Cost Center": {"100"}, "Clubs": {"Chess", "Design"}}})
	sim.AddProfile(Profile{ID: "p2", Email: "sam@example.com"})
	sim.Edit("p2", func(p *Profile) { p.Groups = map[string][]string{"Cost Center": {"200"}} })
	a := c.get("/groups")
	types := map[any]string{}
	for _, g := range a.Linked["group_types"] {
		types[g["id"]] = fmt.Sprint(g["title"], "/", g["type"])
	}
	got := map[string]string{}
	for _, g := range a.Groups {
		members := c.get("/groups/" + g["id"].(string)).Groups[0]["links"].(map[string]any)["profiles"]
		got[types[g["links"].(map[string]any)["group_type"]]+": "+fmt.Sprint(g["title"])] = fmt.Sprint(members)
	}
	want := map[string]string{"Departments/department: Design": "[p1]", "Cost Center/other: 100": "[p1]", "Cost Center/other: 200": "[p2]",
		"Clubs/other: Chess": "[p1]", "Clubs/other: Design": "[p1]"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("groups %v, want %v", got, want)
	}
	if links := c.get("/profiles/p1").Profiles[0]["links"].(map[string]any)["groups"].([]any); len(links) != 4 {
		t.Errorf("links %v", links)
	}
	if n := len(c.get("/group_types").GroupTypes); n != 4 {
		t.Errorf("%d types of group", n)
	}
}

func TestHire_IsPendingAndEditedNow(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	var sim Simulator
	sim.Clock = func() time.Time { return at }
	c := serve(t, &sim)
	seed(&sim, 2)
	at = at.Add(time.Hour)
	kept := sim.Hire(Profile{Email: "new@example.com", FirstName: "New", Start: "2027-02-01"})
	p := c.get("/profiles/" + kept.ID).Profiles[0]
	if p["user_status"] != "pending" || p["start_date"] != "2027-02-01" || p["updated_at"] != float64(at.Unix()) {
		t.Errorf("hired as %v", p)
	}
	if a := c.get("/profiles?sort=created_at"); a.Profiles[len(a.Profiles)-1]["id"] != kept.ID {
		t.Error("a hire is not the newest profile")
	}
}

func TestSetLeave_IsASelection(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com"})
	sim.AddProfile(Profile{ID: "p2", Email: "sam@example.com"})
	sim.SetLeave("p1", "Parental leave")
	a := c.get("/profiles")
	if a.Profiles[0][LeaveField] != "Parental leave" || a.Profiles[1][LeaveField] != nil {
		t.Errorf("on leave: %v, %v", a.Profiles[0][LeaveField], a.Profiles[1][LeaveField])
	}
	sim.SetLeave("p1", "")
	if got, there := c.get("/profiles/p1").Profiles[0][LeaveField]; !there || got != nil {
		t.Errorf("back from leave: %v", got)
	}
}

func TestOwnFieldsAndGroups_SurviveARestart(t *testing.T) {
	dir := t.TempDir()
	var before Simulator
	before.Dir = dir
	before.AddProfile(Profile{ID: "p1", Email: "jo@example.com", Groups: map[string][]string{"Cost Center": {"100"}}})
	before.AddField(Field{Name: "level", Type: "text"})
	before.SetField("p1", "level", "L4")
	var after Simulator
	after.Dir = dir
	c := serve(t, &after)
	if p, ok := after.Profile("p1"); !ok || p.Custom["level"] != "L4" || fmt.Sprint(p.Groups) != "map[Cost Center:[100]]" {
		t.Errorf("profile %+v", p)
	}
	if n := len(c.get("/group_types").GroupTypes); n != 3 {
		t.Errorf("%d types of group", n)
	}
}
