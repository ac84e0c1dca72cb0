package namely

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// profile is what is read of a profile, and nothing else of it is. Namely sends blanks as "", as null or not at all,
// depending on field, age and role; every type here takes all forms.
type profile struct {
	ID         text    `json:"id"`
	Email      text    `json:"email"`
	FirstName  text    `json:"first_name"`
	LastName   text    `json:"last_name"`
	FullName   text    `json:"full_name"`
	UserStatus text    `json:"user_status"`
	UpdatedAt  text    `json:"updated_at"` // epoch seconds
	JobTitle   titled  `json:"job_title"`
	Type       titled  `json:"employee_type"`
	ReportsTo  manager `json:"reports_to"`
	StartDate  text    `json:"start_date"`
	Departure  text    `json:"departure_date"`
	Number     text    `json:"employee_id"`
	Personal   text    `json:"personal_email"`
	Home       address `json:"home"`
	Office     address `json:"office"`
	Links      links   `json:"links"`
	Further    further `json:"-"` // from the customer's own fields, see [Details]
}

// text is a string in any of the vendor's forms. Seen tells a blank field from one the token's role may not see.
type text struct {
	Value string
	Seen  bool
}

// UnmarshalJSON takes strings, numbers and null; a list or an object is blank.
func (t *text) UnmarshalJSON(b []byte) error {
	t.Seen = true
	switch b[0] {
	case '"':
		if err := json.Unmarshal(b, &t.Value); err != nil {
			return err
		}
		t.Value = strings.TrimSpace(t.Value)
	case 'n', '[', '{':
	default:
		t.Value = string(b)
	}
	return nil
}

// titled is {"title": "..."} today and was plain text.
type titled struct{ Title string }

// UnmarshalJSON takes both forms and null.
func (t *titled) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		var object struct {
			Title text `json:"title"`
		}
		err := json.Unmarshal(b, &object)
		t.Title = object.Title.Value
		return err
	}
	var plain text
	err := plain.UnmarshalJSON(b)
	t.Title = plain.Value
	return err
}

// nobody is the id of the manager whom people without one report to.
const nobody = "no_guid"

// manager is the profile id of the first manager in the list, if there is one.
type manager struct {
	ID   string
	Seen bool
}

// UnmarshalJSON takes a list, one object and null.
func (m *manager) UnmarshalJSON(b []byte) error {
	m.Seen = true
	type ref struct {
		ID text `json:"id"`
	}
	var list []ref
	switch b[0] {
	case '[':
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
	case '{':
		var one ref
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		list = []ref{one}
	}
	for _, r := range list {
		if r.ID.Value != "" && r.ID.Value != nobody {
			m.ID = r.ID.Value
			return nil
		}
	}
	return nil
}

// address is a postal address.
type address struct {
	Line1   text `json:"address1"`
	Line2   text `json:"address2"`
	City    text `json:"city"`
	State   text `json:"state_id"`
	Country text `json:"country_id"`
	Zip     text `json:"zip"`
}

// UnmarshalJSON takes an object; anything else is no address.
func (a *address) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return nil
	}
	type plain address
	return json.Unmarshal(b, (*plain)(a))
}

func (a address) vocabulary() employee.Address {
	return employee.Address{Line1: a.Line1.Value, Line2: a.Line2.Value, City: a.City.Value, State: a.State.Value,
		Zip: a.Zip.Value, Country: strings.ToUpper(a.Country.Value)}
}

// links are the groups a profile is in.
type links struct {
	Groups []struct {
		ID   text `json:"id"`
		Name text `json:"name"`
	}
}

// UnmarshalJSON takes an object with a list of groups; anything else is no groups.
func (l *links) UnmarshalJSON(b []byte) error {
	var object struct {
		Groups json.RawMessage `json:"groups"`
	}
	if b[0] != '{' || json.Unmarshal(b, &object) != nil || len(object.Groups) == 0 || object.Groups[0] != '[' {
		return nil
	}
	return json.Unmarshal(object.Groups, &l.Groups)
}

// vocabulary turns the profile into an HR record. What cannot be understood and matters is an InvalidInput problem:
// a date that is not one must not look like a date that was cleared.
func (p profile) vocabulary(groups groups) (employee.Employee, error) {
	start, err := p.date("start_date", p.StartDate)
	if err != nil {
		return employee.Employee{}, err
	}
	departure, err := p.date("departure_date", p.Departure)
	if err != nil {
		return employee.Employee{}, err
	}
	status := statusOf(p.UserStatus)
	switch status {
	case employee.Active, employee.Pending, employee.Inactive:
	default:
		return employee.Employee{}, p.odd("user_status", fmt.Sprintf("%q is none of active, pending, inactive", p.UserStatus.Value))
	}
	e := employee.Employee{
		ID: employee.ID(p.Number.Value), ProfileID: p.ID.Value, Email: p.Email.Value,
		FirstName: p.FirstName.Value, LastName: p.LastName.Value, FullName: p.FullName.Value,
		Status: status, WorkerType: employee.WorkerType(strings.ToLower(p.Type.Title)), Title: p.JobTitle.Title,
		ManagerProfileID: p.ReportsTo.ID, StartDate: start, DepartureDate: departure,
		PersonalEmail: p.Personal.Value, OnLeave: p.Further.onLeave, Home: p.Home.vocabulary(), OfficeAddress: p.Office.vocabulary(),
	}
	for _, g := range p.Links.Groups {
		switch groups[g.ID.Value].kind {
		case department:
			e.Department = groups[g.ID.Value].title
		case office:
			e.Office = groups[g.ID.Value].title
		case other: // teams, clubs, what the customer likes to count
		}
	}
	if seconds, err := strconv.ParseInt(p.UpdatedAt.Value, 10, 64); err == nil && seconds > 0 {
		e.UpdatedAt = time.Unix(seconds, 0).UTC()
	}
	return e, nil
}

func statusOf(t text) employee.Status { return employee.Status(strings.ToLower(t.Value)) }

func (p profile) date(field string, t text) (employee.Date, error) {
	d, err := employee.ParseDate(t.Value)
	if err != nil {
		return employee.Date{}, p.odd(field, err.Error())
	}
	return d, nil
}

func (p profile) odd(field, why string) error {
	return flawed(employee.Unreadable, activities.InvalidInput, "correct the field in Namely",
		"Namely's profile %s: %s: %s; the scan is discarded", p.ID.Value, field, why)
}
