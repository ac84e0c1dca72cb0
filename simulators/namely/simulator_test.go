package namelysim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/simulators/kit"
)

type answered struct {
	Status   int
	Profiles []map[string]any `json:"profiles"`
	Groups   []map[string]any `json:"groups"`
	Fields   []map[string]any `json:"fields"`

	GroupTypes []map[string]any `json:"group_types"`

	Meta struct {
		Count int `json:"count"`
		Total int `json:"total_count"`
	} `json:"meta"`
	Linked  map[string][]map[string]any `json:"linked"`
	Message string                      `json:"message"`
	Error   *string                     `json:"error"`
	Errors  []string                    `json:"errors"`
	raw     string
}

type client struct {
	t     *testing.T
	base  string
	token string
}

func serve(t *testing.T, sim *Simulator) client {
	t.Helper()
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	return client{t, srv.URL + root, DefaultToken}
}

func (c client) call(method, path, body string) answered {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answered{raw: string(b)}
	if len(b) > 0 && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(b, &a); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	a.Status = resp.StatusCode
	return a
}

func (c client) get(path string) answered { c.t.Helper(); return c.call("GET", path, "") }

func seed(sim *Simulator, n int) {
	profiles := make([]Profile, n)
	for i := range profiles {
		profiles[i] = Profile{ID: fmt.Sprintf("p%03d", i), Email: fmt.Sprintf("p%d@example.com", i), FirstName: fmt.Sprintf("F%03d", n-i), LastName: "L"}
	}
	sim.AddProfiles(profiles...)
}

func ids(a answered) (out []string) {
	for _, p := range a.Profiles {
		out = append(out, p["id"].(string))
	}
	return out
}

func TestZeroValue_Works(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.AddProfile(Profile{Email: "jo@example.com", FirstName: "Jo", LastName: "Fernkettle"})
	if a := c.get("/profiles"); a.Status != 200 || a.Meta.Count != 1 || a.Profiles[0]["full_name"] != "Jo Fernkettle" {
		t.Errorf("answer %s", a.raw)
	}
}

func TestPaging(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	seed(&sim, 120)
	cases := []struct {
		query string
		count int
		first string
	}{
		{"", 30, "p000"}, {"?page=2", 30, "p030"}, {"?per_page=50&page=3", 20, "p100"}, {"?per_page=500", 50, "p000"},
		{"?per_page=500&page=2", 50, "p050"}, {"?page=9", 0, ""}, {"?limit=10&after=p004", 10, "p005"}, {"?limit=all", 30, "p000"},
	}
	for _, x := range cases {
		a := c.get("/profiles" + x.query)
		if a.Status != 200 || a.Meta.Count != x.count || a.Meta.Total != 120 || len(a.Profiles) != x.count {
			t.Errorf("%q: status %d, %+v", x.query, a.Status, a.Meta)
		}
		if x.first != "" && ids(a)[0] != x.first {
			t.Errorf("%q begins with %s", x.query, ids(a)[0])
		}
	}
}

func TestSortAndFilters(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	seed(&sim, 3)
	sim.Edit("p002", func(p *Profile) { p.Status, p.ReportsTo, p.JobTitle = "inactive", "p000", "Designer" })
	for query, want := range map[string]string{
		"?sort=first_name":              "[p002 p001 p000]",
		"?sort=-first_name":             "[p000 p001 p002]",
		"?sort=colour":                  "[p000 p001 p002]",
		"?filter[user_status]=inactive": "[p002]",
		"?filter[status]=inactive":      "[p000 p001 p002]",
		"?filter[email]=p1@example.com": "[p001]",
		"?filter[reports_to]=p000":      "[p002]",
		"?filter[job_title]=Designer":   "[p002]",
		"?filter[email]=nobody":         "[]",
	} {
		if got := fmt.Sprint(ids(c.get("/profiles" + query))); got != want {
			t.Errorf("%s gave %s, want %s", query, got, want)
		}
	}
}

func TestProfile_Forms(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.Clock = func() time.Time { return time.Unix(1_800_000_000, 0) }
	sim.AddProfile(Profile{ID: "boss", Email: "boss@example.com", FirstName: "Max"})
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com", ReportsTo: "boss", Start: "2026-11-30", EmployeeType: "Intern", JobTitle: "Designer",
		Department: "Design", Custom: map[string]any{"shirt_size": "M"}})
	a := c.get("/profiles/p1.json").Profiles[0]
	for key, want := range map[string]string{
		"updated_at": "1.8e+09", "start_date": "2026-11-30", "departure_date": "", "terminated_reason": "<nil>", "shirt_size": "M",
		"employee_type": "map[title:Intern]", "reports_to": "[map[email:boss@example.com first_name:Max id:boss last_name:]]",
		"home": "map[address1:<nil> address2:<nil> city:<nil> country_id:<nil> state_id:<nil> zip:<nil>]",
	} {
		if got := fmt.Sprint(a[key]); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	boss := c.get("/profiles/boss")
	if got := fmt.Sprint(boss.Profiles[0]["reports_to"]); !strings.Contains(got, "no_guid") || !strings.Contains(got, "Nobody") {
		t.Errorf("no manager is %s", got)
	}
	sim.OldDates, sim.PlainType = true, true
	a = c.get("/profiles/p1").Profiles[0]
	if a["start_date"] != "11/30/2026" || a["employee_type"] != "Intern" {
		t.Errorf("old forms: %v %v", a["start_date"], a["employee_type"])
	}
	list := c.get("/profiles")
	if got := list.Profiles[1]["start_date"]; got != "2026-11-30" {
		t.Errorf("old dates in the list: %v", got)
	}
	if titles := list.Linked["job_titles"]; len(titles) != 1 || fmt.Sprintf("%T", titles[0]["id"]) != "float64" || titles[0]["guid"] == "" {
		t.Errorf("linked job titles %v", titles)
	}
	if got := c.get("/profiles?profile_format=short").Profiles[0]; got["home"] != nil || got["email"] == nil {
		t.Errorf("short form %v", got)
	}
}

func TestHidden_FieldsAreMissing_TenNever(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	seed(&sim, 1)
	sim.Hidden = []string{"departure_date", "email"}
	p := c.get("/profiles").Profiles[0]
	if _, there := p["departure_date"]; there || p["email"] == nil || p["start_date"] == nil {
		t.Errorf("profile %v", p)
	}
}

func TestGroups_TellDepartmentsFromOffices(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.SetOffice("Berlin", Address{City: "Berlin", Country: "DE"})
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com", Department: "Design", Office: "Berlin"})
	a := c.get("/groups")
	types := map[any]any{}
	for _, g := range a.Linked["group_types"] {
		types[g["id"]] = g["type"]
	}
	found := map[any]any{}
	for _, g := range a.Groups {
		found[g["title"]] = types[g["links"].(map[string]any)["group_type"]]
	}
	if found["Design"] != "department" || found["Berlin"] != "office location" {
		t.Errorf("groups %v", found)
	}
	p := c.get("/profiles/p1").Profiles[0]
	if office := p["office"].(map[string]any); office["city"] != "Berlin" {
		t.Errorf("office %v", office)
	}
	id := a.Groups[0]["id"].(string)
	if got := c.get("/groups/" + id).Groups[0]["links"].(map[string]any)["profiles"]; fmt.Sprint(got) != "[p1]" {
		t.Errorf("members %v", got)
	}
}

func TestCredentials(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	seed(&sim, 1)
	wrong := c
	wrong.token = "wrong"
	if a := wrong.get("/profiles/me"); a.Status != 401 || a.Error == nil || *a.Error != "" {
		t.Errorf("wrong token: %d %s", a.Status, a.raw)
	}
	if a := wrong.get("/companies/info"); a.Status != 200 {
		t.Errorf("the company's info wants a token: %d", a.Status)
	}
	if a := c.get("/profiles/me"); a.Status != 200 || len(a.Profiles) != 1 {
		t.Errorf("me: %d", a.Status)
	}
	sim.OwnerDeactivated = true
	if a := c.get("/groups"); a.Status != 403 {
		t.Errorf("owner left: %d", a.Status)
	}
	sim.OwnerUsesSSO = true
	if a := c.get("/groups"); a.Status != 401 || !strings.Contains(a.raw, "Invalid access token provided.") {
		t.Errorf("owner signs in by SSO: %d %s", a.Status, a.raw)
	}
}

func TestThrottle_A101stRequestInAMinuteIs406(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	sim := Simulator{RateLimits: true}
	sim.Clock = func() time.Time { return at }
	c := serve(t, &sim)
	seed(&sim, 1)
	for i := range ProfilesPerMinute {
		if a := c.get("/profiles"); a.Status != 200 {
			t.Fatalf("request %d: %d", i+1, a.Status)
		}
	}
	if a := c.get("/profiles"); a.Status != 406 {
		t.Errorf("request 101: %d", a.Status)
	}
	if a := c.get("/groups"); a.Status != 200 {
		t.Errorf("groups are throttled too: %d", a.Status)
	}
	at = at.Add(time.Minute)
	if a := c.get("/profiles"); a.Status != 200 {
		t.Errorf("a minute later: %d", a.Status)
	}
}

func TestUpdate(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	var sim Simulator
	sim.Clock = func() time.Time { return at }
	c := serve(t, &sim)
	seed(&sim, 2)
	sim.Edit("p001", func(p *Profile) { p.JobTitle = "Designer" })
	at = at.Add(time.Hour)
	a := c.call("PUT", "/profiles/p000", `{"profiles":[{"departure_date":"2026-12-01","reports_to":"p001","job_title":{"title":"Designer"}}]}`)
	p, _ := sim.Profile("p000")
	if a.Status != 200 || p.Departure != "2026-12-01" || p.ReportsTo != "p001" || p.JobTitle != "Designer" || !p.UpdatedAt.Equal(at) || p.FirstName == "" {
		t.Errorf("status %d, %+v", a.Status, p)
	}
	refused := map[string]string{
		`{"profiles":[{"user_status":"inactive"}]}`:                                                             "user_status",
		`{"profiles":[{"departure_date":"1.12.2026"}]}`:                                                         "departure_date",
		`{"profiles":[{"reports_to":"nobody"}]}`:                                                                "reports_to",
		`{"profiles":[{"job_title":"Astronaut"}]}`:                                                              "job_title",
		`{"profiles":[{"home":{"address1":"1 Main Street","city":"Albany","country_id":"US","zip":"twelve"}}]}`: "home",
		`{"profiles":[]}`: "profiles",
		`not JSON`:        "profiles",
	}
	for body, field := range refused {
		a := c.call("PUT", "/profiles/p000", body)
		if a.Status != 422 || !strings.Contains(strings.Join(a.Errors, " "), field) {
			t.Errorf("%s: %d %s", body, a.Status, a.raw)
		}
	}
	if again, _ := sim.Profile("p000"); again.UpdatedAt != p.UpdatedAt {
		t.Error("a refused update changed something")
	}
	if a := c.call("PUT", "/profiles/nobody", `{"profiles":[{"first_name":"X"}]}`); a.Status != 404 || a.Message != "Profile not found" {
		t.Errorf("unknown profile: %d %s", a.Status, a.raw)
	}
	if a := c.call("DELETE", "/profiles/p000", ""); a.Status/100 == 2 {
		t.Errorf("a profile was deleted: %d", a.Status)
	}
}

func TestCreate_TwiceIsTwoPeople(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	body := `{"profiles":[{"first_name":"Jo","last_name":"L","user_status":"pending","start_date":"2026-12-01","email":"jo@example.com","personal_email":"jo@example.org"}]}`
	for range 2 {
		if a := c.call("POST", "/profiles", body); a.Status != 201 || len(a.Profiles) != 1 {
			t.Errorf("create: %d %s", a.Status, a.raw)
		}
	}
	if got := c.get("/profiles?filter[email]=jo@example.com"); got.Meta.Total != 2 {
		t.Errorf("%d people", got.Meta.Total)
	}
	a := c.call("POST", "/profiles", `{"profiles":[{"first_name":"Jo"}]}`)
	if a.Status != 422 || !slices.Contains(a.Errors, "email is a required field") || len(a.Errors) != 5 {
		t.Errorf("incomplete: %d %s", a.Status, a.raw)
	}
}

func TestHR_WritesMoveUpdatedAt(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	var sim Simulator
	sim.Clock = func() time.Time { return at }
	seed(&sim, 1)
	at = at.Add(time.Hour)
	sim.SetStatus("p0@example.com", "inactive")
	sim.SetDeparture("p000", "2026-11-30")
	if p, _ := sim.Profile("p000"); p.Status != "inactive" || p.Departure != "2026-11-30" || !p.UpdatedAt.Equal(at) {
		t.Errorf("profile %+v", p)
	}
}

func TestDir_SurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	first := Simulator{Kit: kit.Kit{Dir: dir}}
	c := serve(t, &first)
	seed(&first, 2)
	first.SetStatus("p000", "inactive")
	c.get("/profiles")
	second := Simulator{Kit: kit.Kit{Dir: dir}}
	seed(&second, 3) // the same seed again, and one more
	if p, _ := second.Profile("p000"); p.Status != "inactive" || len(second.Profiles()) != 3 {
		t.Errorf("after a restart %+v of %d", p, len(second.Profiles()))
	}
	if second.CallsTo("GET", "/api/v1/profiles") != 1 {
		t.Errorf("call log %+v", second.Calls())
	}
}

func TestSnapshots_AreCopies(t *testing.T) {
	var sim Simulator
	sim.AddProfile(Profile{ID: "p1", Email: "jo@example.com", Custom: map[string]any{"a": 1}})
	p, _ := sim.Profile("p1")
	p.Custom["a"] = 2
	sim.Profiles()[0].Custom["a"] = 3
	if again, _ := sim.Profile("p1"); again.Custom["a"] != 1 {
		t.Errorf("a copy reaches into the simulator: %v", again.Custom)
	}
}

func TestFaults_SpeakTheVendorsForm(t *testing.T) {
	var sim Simulator
	c := serve(t, &sim)
	sim.Inject(kit.Fault{Path: "/api/v1/profiles", Times: 1, Throttle: true})
	if a := c.get("/profiles"); a.Status != 406 {
		t.Errorf("throttle: %d", a.Status)
	}
	sim.Inject(kit.Fault{Path: "/api/v1/profiles", Times: 1, Status: 504})
	if a := c.get("/profiles"); a.Status != 504 || !strings.HasPrefix(a.raw, "<html>") {
		t.Errorf("gateway: %d %s", a.Status, a.raw)
	}
}
