package retriever

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

func TestOrderBox_OrdersWhatWasAsked(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	in := boxFor("C02XY")
	in.Name = "Maximiliane Größenberger-Ångström"
	st := r.order(in)
	wantState(t, st.Outcome, plan.Verified)
	got, ok := r.sim.Order(st.Order)
	if !ok || st.Adopted || st.Milestone != activities.Ordered || st.Status != retrieversim.BoxPending || !st.Created.Equal(r.clock()) {
		t.Fatalf("%+v", st)
	}
	if st.URL != r.url+"/orders/"+st.Order {
		t.Errorf("portal page: %s", st.URL)
	}
	if got.Device != "laptop" || got.Serial != "C02XY" || got.Ticket != in.Reference || !got.Charger || got.Phone {
		t.Errorf("order: %+v", got)
	}
	p, c := got.Person, got.Company
	if p.Name != "Maximiliane Größenberger" || utf8.RuneCountInString(p.Name) > 25 || *p.Email != in.Email || p.Country != "United States" || p.Zip != "12207" {
		t.Errorf("employee: %+v", p)
	}
	if c.Recipient != "IT Department, fifth floo" || *c.Company != "Acme" || c.Line1 != "9 Elm St" || *c.Line2 != "Ste 1" || c.City != "New York" ||
		*c.State != "NY" || c.Zip != "10001" || c.Country != "United States" || c.DisplayName != "Acme IT" ||
		!slices.Equal(c.Notifications, theCompany.Notifications) || *c.Instructions != "Take the charger too" {
		t.Errorf("company: %+v", c)
	}
}

func TestOrderBox_CountryChoosesTheBox(t *testing.T) {
	for country, want := range map[string]string{"US": "laptop", "us": "laptop", "United States": "laptop", "CA": "canada_laptop", "canada": "canada_laptop"} {
		r := newRig(t, new(retrieversim.Simulator))
		in := boxFor("C02XY")
		in.From.Country = country
		if st := r.order(in); st.Order == "" || r.sim.Orders()[0].Device != want {
			t.Errorf("%s: %+v", country, st)
		}
	}
	r := newRig(t, new(retrieversim.Simulator), func(c *Config) { c.Company.Country = "CA" })
	in := boxFor("C02XY")
	in.From.Country, in.Settings.Device = "CA", "canada_canada_laptop"
	if st := r.order(in); st.Order == "" {
		t.Errorf("a box inside Canada, as the policy says: %+v", st)
	}
	in = boxFor("C03XY")
	in.From.Country = "CA"
	wantState(t, r.order(in).Outcome, plan.NeedsAttention)
}

func TestOrderBox_WhatCannotBeRight_IsNotSent(t *testing.T) {
	cases := []struct {
		name, typ, text string
		change          func(*activities.OrderBox)
	}{
		{"no reference", activities.InvalidInput, "reference is empty", func(in *activities.OrderBox) { in.Reference = " " }},
		{"long reference", activities.InvalidInput, "50 characters", func(in *activities.OrderBox) { in.Reference = strings.Repeat("x", 51) }},
		{"no name", activities.InvalidInput, "name is empty", func(in *activities.OrderBox) { in.Name = "" }},
		{"no street", activities.InvalidInput, "home address", func(in *activities.OrderBox) { in.From.Line1 = "" }},
		{"no city", activities.InvalidInput, "home address", func(in *activities.OrderBox) { in.From.City = "" }},
		{"no zip", activities.InvalidInput, "home address", func(in *activities.OrderBox) { in.From.Zip = "" }},
		{"other country", activities.Unsupported, `country "KR"`, func(in *activities.OrderBox) { in.From.Country = "KR" }},
		{"no country", activities.Unsupported, "country", func(in *activities.OrderBox) { in.From.Country = "" }},
		{"Britain without a box in the policy", activities.Unsupported, "country", func(in *activities.OrderBox) { in.From.Country = "GB" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(retrieversim.Simulator))
			in := boxFor("C02XY")
			c.change(&in)
			o := r.order(in).Outcome
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ || !strings.Contains(o.Detail, c.text) {
				t.Errorf("%+v", o)
			}
			if len(r.sim.Calls()) != 0 {
				t.Error("Retriever was called")
			}
		})
	}
}

func TestOrderBox_Repeated_OrdersOnce(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	first := r.order(boxFor("C02XY"))
	for range 3 {
		r.pass(time.Hour)
		again := r.order(boxFor("C02XY"))
		if again.Order != first.Order || !again.Adopted {
			t.Errorf("%+v", again)
		}
		wantState(t, again.Outcome, plan.Verified)
	}
	if r.posts() != 1 {
		t.Errorf("%d orders were placed", r.posts())
	}
}

func TestOrderBox_UnclearAnswer_IsLookedForBeforeAnythingIsOrdered(t *testing.T) {
	cases := []struct {
		name  string
		fault kit.Fault
		posts int
	}{
		{"cut before the effect", kit.Fault{Drop: kit.DropBefore}, 2},
		{"cut after the effect", kit.Fault{Drop: kit.DropAfter}, 1},
		{"500 without effect", kit.Fault{Status: 500}, 2},
		{"201 without a name", kit.Fault{Status: 201, Body: `{}`}, 2},
		{"201 with a page", kit.Fault{Status: 201, Body: `<html>`}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(retrieversim.Simulator))
			c.fault.Method, c.fault.Times = http.MethodPost, 1
			r.sim.Inject(c.fault)
			_, err := run(r, activities.RetrieverOrderBox, boxFor("C02XY"))
			wantProblem(t, err, activities.Unavailable, "")
			r.pass(45 * time.Second)
			st := r.order(boxFor("C02XY"))
			wantState(t, st.Outcome, plan.Verified)
			if n := len(r.sim.Orders()); n != 1 || r.posts() != c.posts {
				t.Errorf("%d boxes, %d posts", n, r.posts())
			}
		})
	}
}

func TestOrderBox_ListCannotBeRead_NothingIsOrdered(t *testing.T) {
	for _, f := range []kit.Fault{{Status: 502}, {Drop: kit.DropBefore}, {Status: 200, Body: "<html>"}} {
		r := newRig(t, new(retrieversim.Simulator))
		f.Method, f.Path = http.MethodGet, listPath
		r.sim.Inject(f)
		_, err := run(r, activities.RetrieverOrderBox, boxFor("C02XY"))
		wantProblem(t, err, activities.Unavailable, "")
		if r.posts() != 0 {
			t.Error("ordered blindly")
		}
	}
}

func TestOrderBox_Adoption(t *testing.T) {
	recently := theCase.Opened.Add(-10 * time.Minute)
	cases := []struct {
		name  string
		there retrieversim.Order
		adopt bool
	}{
		{"our reference", retrieversim.Order{Ticket: "tenure r1 C02XY", Created: theCase.Opened}, true},
		{"our reference, typed in the portal before the case", retrieversim.Order{Ticket: "tenure r1 C02XY", Created: recently}, true},
		{"our reference, come back already", retrieversim.Order{Ticket: "tenure r1 C02XY", Status: retrieversim.ReturnComplete, Created: recently}, true},
		{"our reference, cancelled", retrieversim.Order{Ticket: "tenure r1 C02XY", Status: retrieversim.Deactivated, Created: recently}, false},
		{"same serial, open", retrieversim.Order{Serial: "c02xy", Ticket: "desk 77", Created: recently}, true},
		{"same serial, status unknown to us", retrieversim.Order{Serial: "C02XY", Status: "held_at_customs", Created: recently}, true},
		{"same serial, come back", retrieversim.Order{Serial: "C02XY", Status: retrieversim.ReturnComplete, Created: recently}, false},
		{"same serial, cancelled", retrieversim.Order{Serial: "C02XY", Status: retrieversim.Deactivated, Created: recently}, false},
		{"another person's", retrieversim.Order{Serial: "OTHER", Ticket: "tenure r2 OTHER", Created: recently}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(retrieversim.Simulator))
			there := r.sim.AddOrder(c.there)
			st := r.order(boxFor("C02XY"))
			if st.Adopted != c.adopt || (st.Order == there.ID) != c.adopt || r.posts() == 1 == c.adopt {
				t.Errorf("adopted %v, %d posts: %+v", st.Adopted, r.posts(), st)
			}
		})
	}
}

func TestOrderBox_OurReferenceWinsOverTheSerial_AlsoOnALaterPage(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	ours := r.sim.AddOrder(retrieversim.Order{Ticket: "tenure r1 C02XY", Serial: "C02XY", Created: theCase.Opened})
	for i := range 60 {
		r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.Add(time.Duration(i+1) * time.Second)})
	}
	r.sim.AddOrder(retrieversim.Order{Serial: "C02XY", Created: theCase.Opened.Add(2 * time.Minute)})
	if st := r.order(boxFor("C02XY")); st.Order != ours.ID {
		t.Errorf("%+v, want %s", st, ours.ID)
	}
	if r.lists() != 2 {
		t.Errorf("%d pages were read", r.lists())
	}
}

func TestOrderBox_StopsAtOrdersOlderThanTheCase(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	for i := range 300 {
		r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.Add(-2*time.Hour - time.Duration(i)*time.Minute)})
	}
	r.order(boxFor("C02XY"))
	if r.lists() != 1 {
		t.Errorf("%d pages were read of six", r.lists())
	}
}

func TestOrderBox_ListLags_TheOrderIsKnownButNotYetProved(t *testing.T) {
	r := newRig(t, &retrieversim.Simulator{ListLag: 30 * time.Second})
	st := r.order(boxFor("C02XY"))
	wantState(t, st.Outcome, plan.Waiting)
	if st.Order == "" || st.Outcome.Account != st.Order {
		t.Errorf("%+v", st)
	}
}

func TestOrderBox_RefusedByRetriever_AsksForAPerson(t *testing.T) {
	cases := []struct {
		name, typ, text string
		prepare         func(r *rig, in *activities.OrderBox)
	}{
		{"no credit left", activities.Conflict, "prepaid", func(r *rig, _ *activities.OrderBox) { r.sim.SetBalance("laptop", 0) }},
		{"bad zip", activities.InvalidInput, "employee_info.address_zip (Invalid ZIP code)", func(_ *rig, in *activities.OrderBox) { in.From.Zip = "10001-321" }},
		{"key revoked", activities.Forbidden, "API key", func(r *rig, _ *activities.OrderBox) { r.sim.RevokeKey(retrieversim.DefaultKey) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(retrieversim.Simulator))
			in := boxFor("C02XY")
			c.prepare(r, &in)
			o := r.order(in).Outcome
			wantState(t, o, plan.NeedsAttention)
			if o.Problem != c.typ || !strings.Contains(o.Detail, c.text) || strings.Contains(o.Detail, "10001-321") {
				t.Errorf("%+v", o)
			}
		})
	}
	r := newRig(t, new(retrieversim.Simulator))
	r.sim.SetBalance("laptop", 0)
	r.order(boxFor("C02XY"))
	r.sim.SetBalance("laptop", 1)
	wantState(t, r.order(boxFor("C02XY")).Outcome, plan.Verified)
}

func TestOrderBox_Throttled_WaitsAsLongAsRetrieverSays(t *testing.T) {
	r := newRig(t, &retrieversim.Simulator{RateLimits: true})
	for range 60 {
		r.mustReadAnything()
	}
	_, err := run(r, activities.RetrieverOrderBox, boxFor("C02XY"))
	wantProblem(t, err, activities.RateLimited, "quota")
	r.pass(time.Minute)
	wantState(t, r.order(boxFor("C02XY")).Outcome, plan.Verified)
}

func (r *rig) mustReadAnything() {
	r.t.Helper()
	if _, err := r.sys.page(r.t.Context(), ""); err != nil {
		r.t.Fatal(err)
	}
}

func TestNew_RefusesBadSettings(t *testing.T) {
	good := Config{APIKey: "hunter2", Company: theCompany}
	cases := []struct {
		want   string
		change func(*Config)
	}{
		{"retriever base URL", func(c *Config) { c.BaseURL = "app.example.com" }},
		{"API key is empty", func(c *Config) { c.APIKey = "" }},
		{"return recipient is empty", func(c *Config) { c.Company.Recipient = " " }},
		{"return display name is empty", func(c *Config) { c.Company.DisplayName = "" }},
		{"display name has 65 characters", func(c *Config) { c.Company.DisplayName = strings.Repeat("x", 65) }},
		{"return address line 1 is empty", func(c *Config) { c.Company.Line1 = "" }},
		{"return city is empty", func(c *Config) { c.Company.City = "" }},
		{"return zip is empty", func(c *Config) { c.Company.Zip = "" }},
		{`return country "Atlantis"`, func(c *Config) { c.Company.Country = "Atlantis" }},
		{"instructions has 501", func(c *Config) { c.Company.Instructions = strings.Repeat("x", 501) }},
		{`notification address "it"`, func(c *Config) { c.Company.Notifications = []string{"it"} }},
	}
	for _, c := range cases {
		cfg := good
		c.change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
	if s, err := New(good); err != nil || s.base != DefaultBaseURL {
		t.Errorf("good settings: %v", err)
	}
}
