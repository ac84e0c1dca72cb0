package namelysim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Profile is one person in Namely.
type Profile struct {
	ID            string    `json:"id"` // UUID
	Email         string    `json:"email"`
	FirstName     string    `json:"firstName"`
	LastName      string    `json:"lastName"`
	PreferredName string    `json:"preferredName,omitempty"`
	Status        string    `json:"status"` // active, pending, inactive
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`

	JobTitle     string `json:"jobTitle,omitempty"`
	ReportsTo    string `json:"reportsTo,omitempty"`    // profile id of the manager
	EmployeeType string `json:"employeeType,omitempty"` // "Full Time"
	EmployeeID   string `json:"employeeId,omitempty"`   // the company's own number
	Start        string `json:"start,omitempty"`        // YYYY-MM-DD
	Departure    string `json:"departure,omitempty"`    // YYYY-MM-DD
	Personal     string `json:"personal,omitempty"`     // private address

	Home Address `json:"home,omitzero"`
	// Department and Office are titles of groups; they are made when they are not there. The office's address is
	// the group's.
	Department string `json:"department,omitempty"`
	Office     string `json:"office,omitempty"`
	// Groups are the groups of further types that the person is in, by the title of the type: {"Cost Center": {"100"}}.
	// Types and groups are made when they are not there.
	Groups map[string][]string `json:"groups,omitempty"`
	// Custom are the customer's own fields, by their keys: text, nil, a list or an object. [Simulator.AddField] makes a
	// field for everybody, and says what type it is of.
	Custom map[string]any `json:"custom,omitempty"`
}

// Address is a postal address with its phone, as Namely keeps them for homes and offices.
type Address struct {
	Line1   string `json:"line1,omitempty"`
	Line2   string `json:"line2,omitempty"`
	City    string `json:"city,omitempty"`
	State   string `json:"state,omitempty"` // two letters in the US
	Zip     string `json:"zip,omitempty"`
	Country string `json:"country,omitempty"` // ISO alpha-2
	Phone   string `json:"phone,omitempty"`
}

func (p *Profile) copy() Profile {
	out := *p
	out.Custom = maps.Clone(p.Custom)
	out.Groups = maps.Clone(p.Groups)
	for kind, titles := range out.Groups {
		out.Groups[kind] = slices.Clone(titles)
	}
	return out
}

func (p *Profile) fullName() string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

// always are the fields that no role hides.
var always = []string{"id", "email", "first_name", "last_name", "user_status", "updated_at", "created_at",
	"preferred_name", "full_name", "job_title"}

// short are the fields of profile_format=short.
var short = append([]string{"reports_to", "start_date", "links"}, always...)

// show renders a profile as the API does. Text and dates without a value are "", selections are null.
func (s *Simulator) show(p *Profile, date func(string) string, only []string) map[string]any {
	office, _ := s.state.group(typeOffice, p.Office)
	title, _ := s.state.title(p.JobTitle)
	out := map[string]any{
		"id": p.ID, "email": p.Email, "first_name": p.FirstName, "last_name": p.LastName, "full_name": p.fullName(),
		"preferred_name": p.PreferredName, "user_status": p.Status,
		"created_at": p.CreatedAt.Unix(), "updated_at": p.UpdatedAt.Unix(),
		"job_title":  map[string]any{"id": title.ID, "title": title.Title},
		"reports_to": []any{s.manager(p)}, "employee_type": s.employeeType(p), "access_role": "Employee",
		"start_date": date(p.Start), "departure_date": date(p.Departure),
		"terminated_reason": nil, "job_change_reason": nil,
		"employee_id": p.EmployeeID, "personal_email": p.Personal,
		"home": showAddress(p.Home, false), "office": showAddress(office.Address, true),
		"mobile_phone": "", "home_phone": "", "office_direct_dial": "", "office_phone": "", "office_company_mobile": "",
		"laptop_asset_number": "", "asset_management": []any{}, "key_tag_number": "", "image": nil, "bio": "",
		"linkedin_url": nil, "gender": nil, "marital_status": nil, "ethnicity": nil,
		// What Tenure has no business with arrives all the same when the token's role may see it.
		"ssn": "900-00-0000", "dob": date("1990-01-01"),
		"salary": map[string]any{"currency_type": "USD", "yearly_amount": 1, "date": date("2020-01-01")},
		"links": map[string]any{
			"job_title": map[string]any{"id": title.ID, "title": title.Title},
			"groups":    s.groupLinks(p), "teams": []any{},
		},
	}
	for _, f := range s.state.Fields {
		out[f.Name] = f.blank()
	}
	for key, value := range p.Custom {
		out[key] = value
	}
	for _, key := range s.Blank {
		if _, there := out[key]; there {
			out[key] = ""
		}
	}
	for key := range out {
		hidden := slices.Contains(s.Hidden, key) && !slices.Contains(always, key)
		if hidden || only != nil && !slices.Contains(only, key) {
			delete(out, key)
		}
	}
	return out
}

// manager is who the person reports to; for nobody the vendor sends a sentinel rather than an empty list.
func (s *Simulator) manager(p *Profile) map[string]any {
	if m := s.state.profile(p.ReportsTo); m != nil {
		return map[string]any{"id": m.ID, "first_name": m.FirstName, "last_name": m.LastName, "email": m.Email}
	}
	return map[string]any{"id": "no_guid", "first_name": "Nobody", "last_name": "Nobody", "email": "None"}
}

func (s *Simulator) employeeType(p *Profile) any {
	switch {
	case p.EmployeeType == "":
		return nil
	case s.PlainType:
		return p.EmployeeType
	}
	return map[string]any{"title": p.EmployeeType}
}

func (s *Simulator) groupLinks(p *Profile) []any {
	links := []any{}
	for _, g := range s.state.Groups {
		if p.in(g) {
			links = append(links, map[string]any{"id": g.ID, "name": g.Title})
		}
	}
	return links
}

// in says whether the person is in a group.
func (p *Profile) in(g Group) bool {
	switch g.Type {
	case typeDepartment:
		return g.Title == p.Department
	case typeOffice:
		return g.Title == p.Office
	}
	return slices.Contains(p.Groups[g.Type], g.Title)
}

// showAddress renders an address; one that is not known has null in every member.
func showAddress(a Address, phone bool) map[string]any {
	out := map[string]any{"address1": a.Line1, "address2": a.Line2, "city": a.City, "state_id": a.State, "country_id": a.Country, "zip": a.Zip}
	if phone {
		out["phone"] = a.Phone
	}
	if a == (Address{}) {
		for key := range out {
			out[key] = nil
		}
	}
	return out
}

func isoDate(d string) string { return d }

// oldDate is MM/DD/YYYY.
func oldDate(d string) string {
	t, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return d
	}
	return t.Format("01/02/2006")
}
