package plan

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

func TestHeirs_ChainThenCustodian(t *testing.T) {
	leaver := leaverFrom("US")
	active := func(id, department string) employee.Employee {
		return employee.Employee{ID: employee.ID(id), Email: strings.ToLower(id) + "@example.com", FullName: "Name " + id,
			Status: employee.Active, WorkerType: employee.FullTime, Department: department}
	}
	but := func(e employee.Employee, edit func(*employee.Employee)) employee.Employee {
		edit(&e)
		return e
	}
	for _, c := range []struct {
		name  string
		chain []employee.Employee
		want  string
	}{
		{"the whole line", []employee.Employee{active("M1", "Sales"), active("M2", "Sales"), active("M3", "Sales"), active("M4", "Board")},
			"M1 manager, M2 manager's manager, M3 head of department, M4 higher manager, custodian"},
		{"nobody", nil, "custodian"},
		{"a manager who left", []employee.Employee{but(active("M1", "Sales"), func(e *employee.Employee) { e.Status = employee.Inactive }), active("M2", "Sales")},
			"M2 manager's manager, custodian"},
		{"a manager who has not begun", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) { e.Status = employee.Pending })}, "custodian"},
		{"a manager who is leaving", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) {
			e.DepartureDate = employee.Date{Year: 2026, Month: time.December, Day: 1}
		})}, "custodian"},
		{"a manager on leave", []employee.Employee{but(active("M1", "Sales"), func(e *employee.Employee) { e.OnLeave = true }), active("M2", "Sales")},
			"M2 manager's manager, custodian"},
		{"a contractor", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) { e.WorkerType = employee.Contractor })}, "custodian"},
		{"no address", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) { e.Email = "" })}, "custodian"},
		{"oneself", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) { e.ID = leaver.ID })}, "custodian"},
		{"oneself by address", []employee.Employee{but(active("M1", ""), func(e *employee.Employee) { e.Email = "LEAVER@example.com" })}, "custodian"},
		{"the same twice", []employee.Employee{active("M1", ""), active("M1", "")}, "M1 manager, custodian"},
	} {
		var got []string
		for _, h := range Heirs(testPolicy(t), c.chain, leaver, employee.Employee{}) {
			got = append(got, strings.TrimSpace(string(h.Employee)+" "+h.Why))
			if h.Email == "" || h.Name == "" {
				t.Errorf("%s: %+v", c.name, h)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestHeirs_Custodian(t *testing.T) {
	leaver := leaverFrom("US")
	known := employee.Employee{ID: "E5", Email: "IT@example.com", FullName: "Service Desk", Status: employee.Active}
	left := known
	left.Status = employee.Inactive
	none := func(p *policy.Policy) { p.Offboard.Custodian = "" }
	self := func(p *policy.Policy) { p.Offboard.Custodian = "Leaver@example.com" }
	for _, c := range []struct {
		name  string
		edit  func(*policy.Policy)
		found employee.Employee
		want  []Heir
	}{
		{"a shared mailbox", func(*policy.Policy) {}, employee.Employee{}, []Heir{{Email: "it@example.com", Name: "Example Company", Why: "custodian"}}},
		{"somebody in the directory", func(*policy.Policy) {}, known, []Heir{{Employee: "E5", Email: "IT@example.com", Name: "Service Desk", Why: "custodian"}}},
		{"somebody who left", func(*policy.Policy) {}, left, nil},
		{"none", none, employee.Employee{}, nil},
		{"the leaver", self, employee.Employee{}, nil},
	} {
		if got := Heirs(testPolicy(t, c.edit), nil, leaver, c.found); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	us := employee.Address{Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207", Country: "us"}
	ca := employee.Address{Line1: "2 Queen St", City: "Toronto", State: "on", Zip: "m5v2t6", Country: "CA"}
	gb := employee.Address{Line1: "3 High St", City: "London", Zip: "SW1A 1AA", Country: "GB"}
	but := func(a employee.Address, edit func(*employee.Address)) employee.Address {
		edit(&a)
		return a
	}
	for _, c := range []struct {
		name string
		a    employee.Address
		want string
	}{
		{"US", us, ""}, {"CA without a space", ca, ""}, {"GB has no state", gb, ""},
		{"ZIP+4", but(us, func(a *employee.Address) { a.Zip = "12207-0001" }), ""},
		{"nothing", employee.Address{}, "street (line 1) is missing; city is missing; country is missing; zip is missing"},
		{"blanks", but(us, func(a *employee.Address) { a.Line1, a.City = " ", "\t" }), "street (line 1) is missing; city is missing"},
		{"short zip", but(us, func(a *employee.Address) { a.Zip = "1220" }), "zip is not a US zip code (12345 or 12345-6789)"},
		{"half a ZIP+4", but(us, func(a *employee.Address) { a.Zip = "10001-321" }), "zip is not a US zip code (12345 or 12345-6789)"},
		{"US zip in Canada", but(ca, func(a *employee.Address) { a.Zip = "12207" }), "zip is not a Canadian postal code (K1A 0B1)"},
		{"letter Canada does not use", but(ca, func(a *employee.Address) { a.Zip = "D5V 2T6" }), "zip is not a Canadian postal code (K1A 0B1)"},
		{"state by name", but(us, func(a *employee.Address) { a.State = "New York" }), "state is not a two-letter code"},
		{"no state", but(us, func(a *employee.Address) { a.State = "" }), "state is missing"},
	} {
		if got := strings.Join(CheckAddress(c.a), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestBuild_NoCountry_AsksAPerson(t *testing.T) {
	e := leaverFrom("US")
	e.Home = employee.Address{}
	s := stepOf(t, build(t, testPolicy(t), e, allFacts()), "device.return:C02XY")
	if s.Preset != NeedsAttention || !strings.Contains(s.Note, "no country") {
		t.Errorf("%+v", s)
	}
}

func TestBuild_HomeElsewhere_DecidesTheRoute(t *testing.T) {
	for country, want := range map[string]ReturnSettings{
		"US": {Route: ByBox, Device: "laptop", RouteWhy: "lives in US: a box is sent"},
		"CA": {Route: ByBox, Device: "canada_laptop", RouteWhy: "lives in CA: a box is sent"},
		"DE": {Route: InPerson, RouteWhy: "lives in DE: handed over in person there", InPerson: "The service desk in Berlin takes it."},
		"KR": {Route: InPerson, RouteWhy: "lives in KR: no box from there", InPerson: "The manager arranges the hand-over with IT."},
	} {
		got := build(t, testPolicy(t), leaverFrom(country), allFacts()).Settings.Return
		if got.Route != want.Route || got.Device != want.Device || got.RouteWhy != want.RouteWhy || got.InPerson != want.InPerson {
			t.Errorf("%s: %+v", country, got)
		}
	}
}
