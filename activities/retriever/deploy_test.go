package retriever

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

var theJoiner = employee.Employee{ID: "E2001", FullName: "Sam Cho", Email: "sam.cho@example.com", PersonalEmail: "sam@home.example.com",
	Home: employee.Address{Line1: "1 Main St", Line2: "Apt 2", City: "Albany", State: "NY", Zip: "12207", Country: "US"}}

// laptopFor orders a laptop for somebody who joins; ticket is our mark.
func laptopFor(ticket string) activities.DeployDevice {
	ref := theCase
	ref.Case, ref.Employee = "onboard/E2001", "E2001"
	return activities.DeployDevice{CaseRef: ref, Step: plan.StepID(plan.RetrieverDeploy), Person: theJoiner, Ticket: ticket,
		Models: []string{"MacBook Pro 14", "MacBook Air 13"}, OS: "macos", Speed: "2nd_day", Notify: []string{"hr@example.com", "IT@example.com"}}
}

// stocked is a warehouse with some devices of the models wanted.
func stocked(t *testing.T, sim *retrieversim.Simulator, pros, airs int, change ...func(*Config)) *rig {
	t.Helper()
	r := newRig(t, sim, change...)
	sim.Stock(airs, retrieversim.Device{Manufacturer: "Apple", Model: "MacBook Air 13"})
	sim.Stock(pros, retrieversim.Device{Manufacturer: "Apple", Model: "MacBook Pro 14"})
	return r
}

// markFor is our mark on an order.
func markFor(t *testing.T, in activities.DeployDevice) string {
	t.Helper()
	mark, err := markOf(in)
	if err != nil {
		t.Fatal(err)
	}
	return mark
}

func (r *rig) deploy(in activities.DeployDevice) activities.Deployment {
	r.t.Helper()
	st, err := run(r, activities.RetrieverDeployDevice, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) deployPosts() int { return r.sim.CallsTo(http.MethodPost, deployPath) }
func (r *rig) allReads() int    { return r.sim.CallsTo(http.MethodGet, "/api/**") }

func TestDeployDevice_OrdersWhatWasAsked(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 1, 3)
	in := laptopFor("onboard/E2001")
	in.Person.FullName = "Maximiliane Größenberger-Ångström"
	st := r.deploy(in)
	wantState(t, st.Outcome, plan.Waiting)
	got, ok := r.sim.Deployment(st.Order)
	if !ok || got.Ticket != markFor(t, in) || got.Speed != "2nd_day" || got.ReturnLabel || got.DisplayName != "Acme IT" || !got.ByAPI {
		t.Fatalf("%+v", got)
	}
	device, _ := r.sim.Device(got.DeviceID)
	if device.Model != "MacBook Pro 14" || st.Serial != device.Serial || st.Outcome.Account != st.Order || st.Outcome.Executed.IsZero() {
		t.Errorf("device %+v, %+v", device, st)
	}
	p := got.Person
	if p.Name != "Maximiliane Größenberger" || utf8.RuneCountInString(p.Name) > 25 || *p.Email != "sam@home.example.com" || p.Country != "United States" ||
		p.Line1 != "1 Main St" || *p.Line2 != "Apt 2" || p.City != "Albany" || *p.State != "NY" || p.Zip != "12207" {
		t.Errorf("person: %+v", p)
	}
	if !slices.Equal(got.Notifications, []string{"it@example.com", "desk@example.com", "hr@example.com"}) {
		t.Errorf("told: %v", got.Notifications)
	}
	if n := r.allReads(); n != 2 {
		t.Errorf("%d of the day's reads for one order, want the list and the warehouse", n)
	}
}

func TestDeployDevice_Chooses(t *testing.T) {
	type devices = []retrieversim.Device
	before := theCase.Opened.AddDate(-1, 0, 0)
	for name, c := range map[string]struct {
		there devices
		edit  func(*activities.DeployDevice)
		want  string // serial number; empty: nothing fits
	}{
		"the first model that there is":   {devices{{Serial: "A", Model: "MacBook Air 13"}, {Serial: "P", Model: "MacBook Pro 14"}}, nil, "P"},
		"the next where the first is out": {devices{{Serial: "A", Model: "MacBook Air 13"}, {Serial: "P", Model: "MacBook Pro 14", Status: retrieversim.InRepair}}, nil, "A"},
		"of another model":                {devices{{Serial: "T", Model: "ThinkPad"}}, nil, ""},
		"a longer model is another":       {devices{{Serial: "P", Model: "MacBook Pro 14 Max"}}, nil, ""},
		"with the manufacturer's name":    {devices{{Serial: "P", Manufacturer: "Apple", Model: "Laptop 9"}}, func(in *activities.DeployDevice) { in.Models = []string{"apple  laptop 9"} }, "P"},
		"by the series":                   {devices{{Serial: "P", Model: "X1", Series: "ThinkPad X1"}}, func(in *activities.DeployDevice) { in.Models = []string{"ThinkPad X1"} }, "P"},
		"of another system":               {devices{{Serial: "W", Model: "MacBook Pro 14", OS: "windows"}}, nil, ""},
		"any model of the system":         {devices{{Serial: "W", Model: "ThinkPad", OS: "windows"}, {Serial: "M", Model: "Mac mini"}}, func(in *activities.DeployDevice) { in.Models = nil }, "M"},
		"any at all":                      {devices{{Serial: "W", Model: "ThinkPad", OS: "windows"}}, func(in *activities.DeployDevice) { in.Models, in.OS = nil, "" }, "W"},
		"an empty warehouse":              {nil, nil, ""},
		"the newest row of a serial, ready": {devices{{Serial: "P", Model: "MacBook Pro 14", Status: retrieversim.Deployed, Deployed: before},
			{Serial: "p", Model: "MacBook Pro 14", Deployed: before.AddDate(0, 6, 0)}}, nil, "p"},
		"the newest row of a serial, out again": {devices{{Serial: "P", Model: "MacBook Pro 14", Status: retrieversim.Deployed, Deployed: before.AddDate(0, 6, 0)},
			{Serial: "P", Model: "MacBook Pro 14", Deployed: before}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, new(retrieversim.Simulator))
			for _, d := range c.there {
				r.sim.AddDevice(d)
			}
			in := laptopFor("t")
			if c.edit != nil {
				c.edit(&in)
			}
			st := r.deploy(in)
			if st.Serial != c.want {
				t.Errorf("took %q, want %q: %+v", st.Serial, c.want, st.Outcome)
			}
			if c.want == "" {
				wantState(t, st.Outcome, plan.NeedsAttention)
				if r.deployPosts() != 0 {
					t.Error("something was ordered")
				}
			}
		})
	}
}

func TestDeployDevice_NothingReady_SaysWhatWasLookedForAndWhatThereIs(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	r.sim.Stock(2, retrieversim.Device{Model: "ThinkPad", OS: "windows"})
	r.sim.AddDevice(retrieversim.Device{Model: "MacBook Pro 14", Status: retrieversim.InRepair})
	o := r.deploy(laptopFor("t")).Outcome
	wantState(t, o, plan.NeedsAttention)
	for _, want := range []string{"MacBook Pro 14 or MacBook Air 13 with macos", "2 of ThinkPad with windows"} {
		if o.Problem != activities.Conflict || !strings.Contains(o.Detail, want) {
			t.Errorf("%+v does not say %q", o, want)
		}
	}
}

func TestDeployDevice_ReadsNoFurtherThanTheFirstModel(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	r.sim.Stock(120, retrieversim.Device{Model: "MacBook Air 13"})
	r.sim.Stock(10, retrieversim.Device{Model: "MacBook Pro 14"}) // on the first page: newest first
	r.deploy(laptopFor("t"))
	if n := r.sim.CallsTo(http.MethodGet, warehousePath); n != 1 {
		t.Errorf("%d pages of the warehouse", n)
	}
	in := laptopFor("u")
	in.Models = []string{"Mac Studio", "MacBook Air 13"}
	if st := r.deploy(in); st.Order == "" || r.sim.CallsTo(http.MethodGet, warehousePath) != 4 {
		t.Errorf("%d pages for a model that is nowhere: %+v", r.sim.CallsTo(http.MethodGet, warehousePath)-1, st)
	}
}

func TestDeployDevice_WhatCannotBeRight_IsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		typ, text string
		change    func(*activities.DeployDevice)
	}{
		"no run":          {activities.InvalidInput, "case or run", func(in *activities.DeployDevice) { in.Run = "" }},
		"no case":         {activities.InvalidInput, "case or run", func(in *activities.DeployDevice) { in.Case = "" }},
		"no name":         {activities.InvalidInput, "name is empty", func(in *activities.DeployDevice) { in.Person.FullName = "" }},
		"no street":       {activities.InvalidInput, "street (line 1) is missing", func(in *activities.DeployDevice) { in.Person.Home.Line1 = "" }},
		"no city":         {activities.InvalidInput, "city is missing", func(in *activities.DeployDevice) { in.Person.Home.City = "" }},
		"a state in full": {activities.InvalidInput, "two-letter", func(in *activities.DeployDevice) { in.Person.Home.State = "New York" }},
		"bad zip":         {activities.InvalidInput, "zip is not a US zip code", func(in *activities.DeployDevice) { in.Person.Home.Zip = "10001-321" }},
		"bad zip of a country in full": {activities.InvalidInput, "zip is not a US zip code", func(in *activities.DeployDevice) {
			in.Person.Home.Zip, in.Person.Home.Country = "1", "united states"
		}},
		"no country":    {activities.InvalidInput, "country is missing", func(in *activities.DeployDevice) { in.Person.Home.Country = "" }},
		"other country": {activities.Unsupported, `country "KR"`, func(in *activities.DeployDevice) { in.Person.Home.Country = "KR" }},
		"no such speed": {activities.InvalidInput, "onboard.equipment.speed", func(in *activities.DeployDevice) { in.Speed = "overnight" }},
	} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 1, 0)
			in := laptopFor("t")
			c.change(&in)
			o := r.deploy(in).Outcome
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ || !strings.Contains(o.Detail+o.Mend, c.text) || strings.Contains(o.Detail, "10001-321") {
				t.Errorf("%+v", o)
			}
			if len(r.sim.Calls()) != 0 {
				t.Error("Retriever was called")
			}
		})
	}
}

func TestDeployDevice_CountriesAndMissingMail(t *testing.T) {
	for _, c := range []struct{ country, state, zip, want string }{{"us", "NY", "12207", "United States"}, {"CA", "ON", "K1A 0B1", "Canada"}, {"GB", "", "SW1A 1AA", "United Kingdom"}} {
		r := stocked(t, new(retrieversim.Simulator), 1, 0)
		in := laptopFor("t")
		in.Person.Home.Country, in.Person.Home.State, in.Person.Home.Zip, in.Person.PersonalEmail = c.country, c.state, c.zip, ""
		st := r.deploy(in)
		got, ok := r.sim.Deployment(st.Order)
		if !ok || got.Person.Country != c.want || got.Person.Email != nil || !strings.Contains(st.Outcome.Detail, "private address") {
			t.Errorf("%s: %+v %+v", c.country, st.Outcome, got.Person)
		}
	}
}

func TestDeployDevice_Mark_IsOneForEachTicketAndRun(t *testing.T) {
	seen := map[string]bool{}
	for _, ticket := range []string{"onboard/E2001", "onboard/E2002", "", "onboard/" + strings.Repeat("é", 60)} {
		for _, run := range []string{"r1", "r2", "r1"} {
			in := laptopFor(ticket)
			in.Run = run
			mark, err := markOf(in)
			if err != nil || utf8.RuneCountInString(mark) > referenceLimit || !strings.Contains(mark, "tenure ") || len(ticket) < 40 && !strings.HasPrefix(mark, ticket) {
				t.Errorf("%q: %v", mark, err)
			}
			seen[mark] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("marks %v for two runs of four tickets", seen)
	}
}

func TestDeployDevice_RefusedByRetriever_AsksForAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		typ     string
		says    []string
		prepare func(*rig)
	}{
		"no credit left": {activities.Conflict, []string{"no prepaid deployment is left: 0 of device_deployment", "top up"},
			func(r *rig) { r.sim.SetBalance(retrieversim.DeploymentCredits, 0) }},
		"no credit left, balances unread": {activities.Conflict, []string{"no prepaid deployment is left"}, func(r *rig) {
			r.sim.SetBalance(retrieversim.DeploymentCredits, 0)
			r.sim.Inject(kit.Fault{Path: "/api/v2/prepaid_balances/", Status: 503})
		}},
		"a field": {activities.InvalidInput, []string{"employee_info.email (Enter a valid email address)"}, func(r *rig) {
			r.sim.Inject(kit.Fault{Method: http.MethodPost, Status: 400, Body: `{"employee_info":{"email":["Enter a valid email address."]}}`})
		}},
		"key revoked": {activities.Forbidden, []string{"API key"}, func(r *rig) { r.sim.RevokeKey(retrieversim.DefaultKey) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 1, 0)
			c.prepare(r)
			o := r.deploy(laptopFor("t")).Outcome
			wantState(t, o, plan.NeedsAttention)
			for _, want := range c.says {
				if o.Problem != c.typ || !strings.Contains(o.Detail+" "+o.Mend, want) {
					t.Errorf("%+v does not say %q", o, want)
				}
			}
		})
	}
	r := stocked(t, new(retrieversim.Simulator), 1, 0)
	r.sim.SetBalance(retrieversim.DeploymentCredits, 0)
	r.deploy(laptopFor("t"))
	r.sim.SetBalance(retrieversim.DeploymentCredits, 1)
	if st := r.deploy(laptopFor("t")); st.Order == "" {
		t.Errorf("after it was topped up: %+v", st)
	}
}
