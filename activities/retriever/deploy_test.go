package retriever

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

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

func (r *rig) deploy(in activities.DeployDevice) activities.Deployment {
	r.t.Helper()
	st, err := run(r, activities.RetrieverDeployDevice, in)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

// attempt runs one attempt with what an earlier one said in its heartbeats, and gives what this one says.
func (r *rig) attempt(in activities.DeployDevice, said any) (activities.Deployment, any, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	for _, b := range r.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	if said != nil {
		env.SetHeartbeatDetails(said)
	}
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p progress
		if details.Get(&p) == nil {
			said = p
		}
	})
	var out activities.Deployment
	value, err := env.ExecuteActivity(activities.RetrieverDeployDevice.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, said, err
}

func (r *rig) deployPosts() int { return r.sim.CallsTo(http.MethodPost, deployPath) }
func (r *rig) allReads() int    { return r.sim.CallsTo(http.MethodGet, "/api/**") }

func TestDeployDevice_OrdersWhatWasAsked(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 1, 3)
	in := laptopFor("tenure r1 E2001")
	in.Person.FullName = "Maximiliane Größenberger-Ångström"
	st := r.deploy(in)
	wantState(t, st.Outcome, plan.Waiting)
	got, ok := r.sim.Deployment(st.Order)
	if !ok || got.Ticket != "tenure r1 E2001" || got.Speed != "2nd_day" || got.ReturnLabel || got.DisplayName != "Acme IT" || !got.ByAPI {
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
		"long ticket":     {activities.InvalidInput, "50 characters", func(in *activities.DeployDevice) { in.Ticket = strings.Repeat("x", 51) }},
		"no mark at all":  {activities.InvalidInput, "case or run", func(in *activities.DeployDevice) { in.Ticket, in.Run = "", "" }},
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

func TestDeployDevice_MarkWithoutATicket_IsOneForEachCaseAndRun(t *testing.T) {
	seen := map[string]bool{}
	for _, run := range []string{"r1", "r2", "r1"} {
		in := laptopFor("")
		in.Run = run
		ticket, err := ticketOf(in)
		if err != nil || utf8.RuneCountInString(ticket) > referenceLimit || !strings.HasPrefix(ticket, "tenure ") {
			t.Errorf("%q: %v", ticket, err)
		}
		seen[ticket] = true
	}
	if len(seen) != 2 {
		t.Errorf("marks %v for two runs", seen)
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

func TestDeployDevice_Repeated_OrdersOnce(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 5, 0)
	first := r.deploy(laptopFor("t"))
	for range 3 {
		r.pass(time.Hour)
		again := r.deploy(laptopFor("t"))
		if again.Order != first.Order || again.Serial != first.Serial || !strings.Contains(again.Outcome.Detail, "adopted") {
			t.Errorf("%+v, want %+v", again, first)
		}
		wantState(t, again.Outcome, plan.Waiting)
	}
	if other := r.deploy(laptopFor("u")); other.Order == first.Order || other.Serial == first.Serial {
		t.Errorf("somebody else got the same: %+v", other)
	}
	if r.deployPosts() != 2 {
		t.Errorf("%d orders were placed for two people", r.deployPosts())
	}
}

// Whatever answers are lost at whatever two calls, before or after they took effect, and however late Retriever's list
// shows the order: one order. With a third attempt and a step that is tried once more there are seven calls.
func TestDeployDevice_AnswersLostAtAnyCalls_OrdersOnce(t *testing.T) {
	for _, lag := range []time.Duration{0, 40 * time.Second, 10 * time.Minute} {
		for first := range 7 {
			for second := first; second < 7; second++ {
				for name, when := range map[string]kit.Drop{"before": kit.DropBefore, "after": kit.DropAfter} {
					t.Run(fmt.Sprintf("calls %d and %d, %s their effect, list %s late", first, second, name, lag), func(t *testing.T) {
						r := stocked(t, &retrieversim.Simulator{ListLag: lag}, 5, 5)
						lost := &lossy{at: []int{first, second}, when: when}
						r.sys = r.system(r.url, func(c *Config) { c.Transport = roundTripper(lost.RoundTrip) })
						st := r.untilOrdered(laptopFor("t"))
						if all := r.sim.Deployments(); len(all) != 1 || all[0].ID != st.Order || all[0].Ticket != "t" {
							t.Fatalf("%+v, orders %+v", st, all)
						}
						r.pass(time.Hour)
						if again := r.untilOrdered(laptopFor("t")); again.Order != st.Order || len(r.sim.Deployments()) != 1 {
							t.Errorf("the step tried once more: %+v", again)
						}
					})
				}
			}
		}
	}
}

// untilOrdered tries as Temporal does.
func (r *rig) untilOrdered(in activities.DeployDevice) activities.Deployment {
	r.t.Helper()
	var said any
	for range 20 {
		st, now, err := r.attempt(in, said)
		if err == nil {
			return st
		}
		wantProblem(r.t, err, activities.Unavailable, "")
		said = now
		r.pass(45 * time.Second)
	}
	r.t.Fatal("never ordered")
	return activities.Deployment{}
}

// lossy loses the answers of some calls.
type lossy struct {
	at   []int
	when kit.Drop
	done int
}

func (l *lossy) RoundTrip(req *http.Request) (*http.Response, error) {
	mine := slices.Contains(l.at, l.done)
	l.done++
	if mine && l.when == kit.DropBefore {
		return nil, fmt.Errorf("connection lost")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if mine && err == nil {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("connection lost")
	}
	return resp, err
}

// A worker that dies takes its word with it; the next attempt comes when Retriever's list shows the order.
func TestDeployDevice_WorkerDiedAfterItOrdered_TheListTells(t *testing.T) {
	r := stocked(t, &retrieversim.Simulator{ListLag: 40 * time.Second}, 5, 0)
	r.sim.Inject(kit.Fault{Method: http.MethodPost, Path: deployPath, Drop: kit.DropAfter, Times: 1})
	if _, _, err := r.attempt(laptopFor("t"), nil); err == nil {
		t.Fatal("the answer was not lost")
	}
	r.pass(45 * time.Second)
	st, _, err := r.attempt(laptopFor("t"), nil)
	if err != nil || len(r.sim.Deployments()) != 1 || !strings.Contains(st.Outcome.Detail, "adopted") {
		t.Errorf("%v, %d orders, %+v", err, len(r.sim.Deployments()), st)
	}
}

func TestDeployDevice_UnclearAnswer_TheSameDeviceIsOrderedAgain(t *testing.T) {
	for name, fault := range map[string]kit.Fault{"500 without effect": {Status: 500}, "cut before the effect": {Drop: kit.DropBefore}, "201 without a name": {Status: 201, Body: `{}`},
		"201 with a page": {Status: 201, Body: `<html>`}} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 10, 0)
			fault.Method, fault.Times = http.MethodPost, 1
			r.sim.Inject(fault)
			_, said, err := r.attempt(laptopFor("t"), nil)
			wantProblem(t, err, activities.Unavailable, "")
			r.pass(45 * time.Second)
			st, _, err := r.attempt(laptopFor("t"), said)
			if err != nil || len(r.sim.Deployments()) != 1 || r.sim.Deployments()[0].DeviceID != said.(progress).Device || st.Serial == "" {
				t.Errorf("%v %+v, after %+v", err, st, said)
			}
		})
	}
}

// Ten people join at once and want one model: each gets a device, whoever is faster.
func TestDeployDevice_ManyAtOnce_EachGetsADeviceOfTheirOwn(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 12, 0)
	results := make(chan activities.Deployment)
	for i := range 10 {
		go func() {
			for {
				st, err := r.sys.DeployDevice(t.Context(), laptopFor(fmt.Sprint("t", i)))
				if err == nil {
					results <- st
					return
				}
			}
		}()
	}
	serials := map[string]bool{}
	for range 10 {
		st := <-results
		if st.Order == "" || serials[st.Serial] {
			t.Errorf("%+v", st)
		}
		serials[st.Serial] = true
	}
	if n := len(r.sim.Deployments()); n != 10 {
		t.Errorf("%d orders for ten people", n)
	}
}

func TestDeployDevice_DeviceTakenMeanwhile(t *testing.T) {
	// The warehouse shows a device that is not to be had any more.
	stale := func(r *rig, id, status string) {
		r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: warehousePath, Status: 200, Times: 1,
			Body: `{"results":[{"id":"` + id + `","serial_number":"STALE","model":"MacBook Pro 14","operating_system":"macos","status":"ready_for_deployment"}]}`})
		r.sim.EditDevice(id, func(d *retrieversim.Device) { d.Status = status })
	}
	t.Run("by somebody else, whose order is shown", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 1)
		pro := r.sim.Warehouse()[0]
		r.sim.AddDeployment(retrieversim.Deployment{DeviceID: pro.ID, Ticket: "desk 7", Created: theCase.Opened.Add(-24 * time.Hour)})
		stale(r, pro.ID, retrieversim.DeploymentRequested)
		for i := range 60 { // so that it is on a page that is not read at first
			r.sim.AddDeployment(retrieversim.Deployment{DeviceID: fmt.Sprint("X", i), Created: theCase.Opened.Add(-2 * time.Hour)})
		}
		st := r.deploy(laptopFor("t"))
		if got, _ := r.sim.Deployment(st.Order); got.DeviceID == pro.ID || got.Ticket != "t" {
			t.Errorf("%+v %+v", st, got)
		}
	})
	t.Run("gone to repair", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 1)
		pro := r.sim.Warehouse()[0]
		stale(r, pro.ID, retrieversim.InRepair)
		if st := r.deploy(laptopFor("t")); st.Order == "" || st.Serial == "STALE" {
			t.Errorf("%+v", st)
		}
	})
	t.Run("no longer known", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 0, 1)
		stale(r, "NOSUCH00", "")
		if st := r.deploy(laptopFor("t")); st.Order == "" || st.Serial == "STALE" {
			t.Errorf("%+v", st)
		}
	})
	t.Run("in deployment, and nobody can see for whom", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 5)
		pro := r.sim.Warehouse()[0]
		stale(r, pro.ID, retrieversim.LabelGenerated)
		_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
		wantProblem(t, err, activities.Unavailable, "does not show yet whose it is")
		if n := len(r.sim.Deployments()); n != 0 {
			t.Errorf("%d orders", n)
		}
	})
}

func TestDeployDevice_Adoption(t *testing.T) {
	for name, c := range map[string]struct {
		there retrieversim.Deployment
		state plan.State // empty: not adopted
	}{
		"our mark":                {retrieversim.Deployment{Ticket: "t", Created: theCase.Opened}, plan.Waiting},
		"our mark, sent":          {retrieversim.Deployment{Ticket: "t", Created: theCase.Opened, Status: retrieversim.DeviceShipped}, plan.Waiting},
		"our mark, there already": {retrieversim.Deployment{Ticket: "t", Created: theCase.Opened, Status: retrieversim.Deployed}, plan.Verified},
		"our mark, no shipment":   {retrieversim.Deployment{Ticket: "t", Created: theCase.Opened, NoShipment: true}, plan.Waiting},
		"our mark, given up":      {retrieversim.Deployment{Ticket: "t", Created: theCase.Opened, Status: retrieversim.Deactivated}, ""},
		"somebody else's":         {retrieversim.Deployment{Ticket: "u", Created: theCase.Opened}, ""},
		"without a mark":          {retrieversim.Deployment{Created: theCase.Opened}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 2, 0)
			c.there.DeviceID = "ELSEWHERE"
			there := r.sim.AddDeployment(c.there)
			st := r.deploy(laptopFor("t"))
			if (st.Order == there.ID) != (c.state != "") || r.deployPosts() == 0 != (c.state != "") {
				t.Fatalf("%d posts, %+v", r.deployPosts(), st)
			}
			if c.state != "" {
				wantState(t, st.Outcome, c.state)
			}
		})
	}
}

func TestDeployDevice_ListOrWarehouseCannotBeRead_NothingIsOrdered(t *testing.T) {
	for _, path := range []string{deployPath, warehousePath} {
		for _, f := range []kit.Fault{{Status: 502}, {Drop: kit.DropBefore}, {Status: 200, Body: "<html>"}} {
			r := stocked(t, new(retrieversim.Simulator), 1, 0)
			f.Method, f.Path = http.MethodGet, path
			r.sim.Inject(f)
			_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
			wantProblem(t, err, activities.Unavailable, "")
			if r.deployPosts() != 0 {
				t.Error("ordered blindly")
			}
		}
	}
}

func TestDeployDevice_Throttled_WaitsAsLongAsRetrieverSays(t *testing.T) {
	r := stocked(t, &retrieversim.Simulator{RateLimits: true}, 1, 0)
	for range 60 {
		r.mustReadAnything()
	}
	_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
	wantProblem(t, err, activities.RateLimited, "quota")
	r.pass(time.Minute)
	if st := r.deploy(laptopFor("t")); st.Order == "" {
		t.Errorf("%+v", st)
	}
}

func TestRefusalOf_ReadsWhatIsSaidOfADevice(t *testing.T) {
	for name, fault := range map[string]struct {
		status     int
		body, want string
	}{
		"gone":         {400, `{"detail":"Device with id D1 does not exist."}`, noSuchDevice},
		"taken":        {400, `{"detail":"Device with id D1 is already in deployment process."}`, alreadyDeploying},
		"in capitals":  {400, `{"detail":"DEVICE D1 IS ALREADY IN DEPLOYMENT PROCESS"}`, alreadyDeploying},
		"not ready":    {400, `{"detail":"Device with id D1 is not in ready for deployment state."}`, notReady},
		"another word": {400, `{"detail":"JSON parse error"}`, ""},
		"a field":      {400, `{"device_id":["This field may not be blank."]}`, ""},
		"a page":       {400, `<html>`, ""},
		"another code": {409, `{"detail":"Device with id D1 does not exist."}`, ""},
	} {
		r := stocked(t, new(retrieversim.Simulator), 1, 0)
		r.sim.Inject(kit.Fault{Method: http.MethodPost, Status: fault.status, Body: fault.body})
		body, err := r.sys.deployRequest(laptopFor("t"))
		if err != nil {
			t.Fatal(err)
		}
		p := &shipping{System: r.sys, in: laptopFor("t"), body: body, known: map[string]device{}, taken: map[string]bool{}}
		_, err = p.order(t.Context(), "D1")
		if got := refusalOf(err); err == nil || got != fault.want {
			t.Errorf("%s: %q, want %q (%v)", name, got, fault.want, err)
		}
	}
}

// silent drops the test environment's log.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
