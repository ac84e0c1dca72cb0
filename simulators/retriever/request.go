package retrieversim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// request is the body of a new order. Pointers tell a missing field from an empty one.
type request struct {
	Device       string   `json:"device"`
	Charger      *bool    `json:"request_charger"`
	Phone        *bool    `json:"request_cell_phone"`
	Disposal     bool     `json:"request_disposal"`
	Warehouse    bool     `json:"request_for_warehouse"`
	Serial       *string  `json:"serial_number"`
	Ticket       *string  `json:"ticket_id"`
	LegalHold    *int     `json:"legal_hold"`
	Note1        string   `json:"note_1"`
	Note2        string   `json:"note_2"`
	EmployeeInfo *Person  `json:"employee_info"`
	CompanyInfo  *Company `json:"company_info"`
}

// problems mirrors the request: field to messages, nested as the request is.
type problems map[string]any

func (p problems) add(field, text string) {
	list, _ := p[field].([]string)
	p[field] = append(list, text)
}

const (
	required = "This field is required."
	blank    = "This field may not be blank."
)

// countries are the names the vendor's examples use; codes ("US") are not among them.
var countries = []string{"United States", "Canada", "United Kingdom"}

var usZip = regexp.MustCompile(`^\d{5}(-\d{4})?$`)

func (r request) check() problems {
	out := problems{}
	switch {
	case r.Device == "":
		out.add("device", blank)
	case !slices.Contains(devices, r.Device):
		out.add("device", `"`+r.Device+`" is not a valid choice.`)
	}
	if r.Charger == nil {
		out.add("request_charger", required)
	}
	if r.Phone == nil {
		out.add("request_cell_phone", required)
	}
	if r.LegalHold != nil && *r.LegalHold < 0 {
		out.add("legal_hold", "Ensure this value is greater than or equal to 0.")
	}
	limit(out, "serial_number", orEmpty(r.Serial), 50)
	limit(out, "ticket_id", orEmpty(r.Ticket), 50)
	nest(out, "employee_info", r.checkPerson())
	nest(out, "company_info", r.checkCompany())
	return out
}

func nest(out problems, field string, inner problems) {
	if len(inner) > 0 {
		out[field] = inner
	}
}

func (r request) checkPerson() problems {
	out := problems{}
	if r.EmployeeInfo == nil {
		out.add("non_field_errors", required)
		return out
	}
	p := *r.EmployeeInfo
	need(out, "name", p.Name, 25)
	need(out, "address_line_1", p.Line1, 128)
	checkCountry(out, "address_country", p.Country)
	limit(out, "address_city", p.City, 128)
	limit(out, "address_state", orEmpty(p.State), 32)
	checkZip(out, "address_zip", p.Zip, p.Country)
	if email := orEmpty(p.Email); email != "" && !strings.Contains(email, "@") {
		out.add("email", "Enter a valid email address.")
	}
	return out
}

func (r request) checkCompany() problems {
	out := problems{}
	if r.CompanyInfo == nil {
		out.add("non_field_errors", required)
		return out
	}
	c := *r.CompanyInfo
	need(out, "display_name", c.DisplayName, 64)
	limit(out, "additional_instructions", orEmpty(c.Instructions), 500)
	if r.Disposal || r.Warehouse {
		return out // it goes to Retriever: no address of ours is needed
	}
	need(out, "return_recipient_name", c.Recipient, 25)
	need(out, "return_address_line_1", c.Line1, 128)
	limit(out, "return_address_company", orEmpty(c.Company), 64)
	checkCountry(out, "return_address_country", c.Country)
	checkZip(out, "return_address_zip", c.Zip, c.Country)
	if r.Device == "canada_laptop" && c.Country != "United States" {
		out.add("return_address_country", "The return address must be in the United States.")
	}
	return out
}

func need(out problems, field, value string, most int) {
	if strings.TrimSpace(value) == "" {
		out.add(field, blank)
		return
	}
	limit(out, field, value, most)
}

func limit(out problems, field, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		out.add(field, "Ensure this field has no more than "+strconv.Itoa(most)+" characters.")
	}
}

func checkCountry(out problems, field, value string) {
	switch {
	case strings.TrimSpace(value) == "":
		out.add(field, blank)
	case !slices.Contains(countries, value):
		out.add(field, "Unknown country: "+value)
	}
}

func checkZip(out problems, field, zip, country string) {
	if country == "United States" && zip != "" && !usZip.MatchString(zip) {
		out.add(field, "Invalid ZIP code: "+zip)
	}
}

func (r request) order() Order {
	return Order{Device: r.Device, Serial: orEmpty(r.Serial), Ticket: orEmpty(r.Ticket), Charger: *r.Charger, Phone: *r.Phone,
		LegalHold: r.LegalHold, Note1: r.Note1, Note2: r.Note2, Disposal: r.Disposal, Warehouse: r.Warehouse,
		Person: *r.EmployeeInfo, Company: *r.CompanyInfo, ByAPI: true}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
