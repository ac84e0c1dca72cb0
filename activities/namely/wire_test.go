package namely

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// Every form in which the vendor sends a field, by its documents and by recordings.
func TestProfile_FormsOfEveryField(t *testing.T) {
	known := groups{"g1": {"Sales", department, "Departments"}, "g2": {"Albany", office, "Office Locations"}, "g3": {"Runners", other, "Clubs"}}
	cases := []struct {
		name string
		json string
		want func(*employee.Employee)
	}{
		{"nothing but what is always there", `{}`, nil},
		{"nulls everywhere", `{"email":null,"job_title":null,"employee_type":null,"reports_to":null,"start_date":null,"departure_date":null,
			"employee_id":null,"personal_email":null,"home":null,"office":null,"links":null,"updated_at":null}`, nil},
		{"blanks everywhere", `{"email":"","job_title":"","employee_type":"","reports_to":"","start_date":"","departure_date":"",
			"employee_id":" ","home":"","office":"","links":"","updated_at":""}`, nil},
		{"empty lists and objects", `{"job_title":{},"employee_type":{},"reports_to":[],"home":{},"links":{"groups":null},"personal_email":[]}`, nil},
		{"manager in a list", `{"reports_to":[{"id":"m1"}]}`, func(e *employee.Employee) { e.ManagerProfileID = "m1" }},
		{"manager as an object", `{"reports_to":{"id":"m1"}}`, func(e *employee.Employee) { e.ManagerProfileID = "m1" }},
		{"nobody is the manager", `{"reports_to":[{"id":"no_guid","first_name":"Nobody","email":"None"}]}`, nil},
		{"nobody, then somebody", `{"reports_to":[{"id":"no_guid"},{"id":"m2"}]}`, func(e *employee.Employee) { e.ManagerProfileID = "m2" }},
		{"type as an object", `{"employee_type":{"title":"Full Time"}}`, func(e *employee.Employee) { e.WorkerType = employee.FullTime }},
		{"type as text", `{"employee_type":"Contractor"}`, func(e *employee.Employee) { e.WorkerType = employee.Contractor }},
		{"title", `{"job_title":{"id":"t","title":"VP, Client Services"}}`, func(e *employee.Employee) { e.Title = "VP, Client Services" }},
		{"dates of today", `{"departure_date":"2026-11-30"}`, func(e *employee.Employee) { e.DepartureDate = employee.Date{Year: 2026, Month: time.November, Day: 30} }},
		{"dates of 2014", `{"start_date":"01/15/2011"}`, func(e *employee.Employee) { e.StartDate = employee.Date{Year: 2011, Month: time.January, Day: 15} }},
		{"number as a number", `{"employee_id":1011}`, func(e *employee.Employee) { e.ID = "1011" }},
		{"epoch as a number", `{"updated_at":1415905802}`, func(e *employee.Employee) { e.UpdatedAt = time.Unix(1415905802, 0).UTC() }},
		{"epoch as text", `{"updated_at":"1415905802"}`, func(e *employee.Employee) { e.UpdatedAt = time.Unix(1415905802, 0).UTC() }},
		{"address with nulls", `{"home":{"address1":"1 Main St","address2":null,"city":"Albany","state_id":"NY","country_id":"us","zip":12207}}`,
			func(e *employee.Employee) {
				e.Home = employee.Address{Line1: "1 Main St", City: "Albany", State: "NY", Country: "US", Zip: "12207"}
			}},
		{"groups", `{"links":{"groups":[{"id":"g3","name":"Runners"},{"id":"g1","name":"old name"},{"id":"g2"},{"id":"g9"}]}}`,
			func(e *employee.Employee) { e.Department, e.Office = "Sales", "Albany" }},
		{"status in capitals", `{"user_status":"Inactive"}`, func(e *employee.Employee) { e.Status = employee.Inactive }},
		{"odd custom fields", `{"asset_management":[],"shirt_size":{"a":1},"salary":"lots","ssn":7}`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := profile{ID: text{Value: "p1", Seen: true}, UserStatus: text{Value: "active", Seen: true}}
			if err := json.Unmarshal([]byte(c.json), &p); err != nil {
				t.Fatal(err)
			}
			got, err := p.vocabulary(known)
			if err != nil {
				t.Fatal(err)
			}
			want := employee.Employee{ProfileID: "p1", Status: employee.Active}
			if c.want != nil {
				c.want(&want)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestProfile_BlankIsSeen_AbsentIsNot(t *testing.T) {
	for body, want := range map[string]bool{`{"start_date":"","reports_to":null}`: true, `{"start_date":null,"reports_to":[]}`: true, `{}`: false} {
		var p profile
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Fatal(err)
		}
		if p.StartDate.Seen != want || p.ReportsTo.Seen != want {
			t.Errorf("%s: seen %v %v, want %v", body, p.StartDate.Seen, p.ReportsTo.Seen, want)
		}
	}
}

// A departure date that cannot be read must not pass for one that was cleared.
func TestProfile_NotUnderstood_NamesProfileAndField(t *testing.T) {
	for field, value := range map[string]string{"departure_date": "30.11.2026", "start_date": "soon", "user_status": "terminated"} {
		p := profile{ID: text{Value: "p1"}, UserStatus: text{Value: "active"}}
		if err := json.Unmarshal([]byte(`{"`+field+`":"`+value+`"}`), &p); err != nil {
			t.Fatal(err)
		}
		_, err := p.vocabulary(nil)
		if err == nil {
			t.Errorf("%s %q was taken", field, value)
			continue
		}
		got := activities.ProblemOf(err)
		if got.Type != activities.InvalidInput || got.Mend == "" {
			t.Errorf("%s: %v", field, err)
		}
		for _, word := range []string{"p1", field, value} {
			if !contains(got.Text, word) {
				t.Errorf("%q does not say %q", got.Text, word)
			}
		}
	}
}

func TestKindOf_GoesByTypeNotByTitle(t *testing.T) {
	for typ, want := range map[string]kind{"department": department, "Department": department, "office location": office, "office_location": office, "custom": other, "": other} {
		if got := kindOf(wireGroupType{Title: text{Value: "Departments"}, Type: text{Value: typ}}); got != want {
			t.Errorf("kindOf(%q) = %d, want %d", typ, got, want)
		}
	}
}
