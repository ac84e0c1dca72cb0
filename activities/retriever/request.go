package retriever

import (
	"strings"
	"unicode/utf8"

	"tenure/activities"
)

const (
	nameLimit      = 25 // what fits on the label
	referenceLimit = 50
	boxFromCanada  = "canada_laptop"
)

// Bodies of a new order, by the vendor's names.
type newOrder struct {
	Device    string      `json:"device"`
	Charger   bool        `json:"request_charger"`
	Phone     bool        `json:"request_cell_phone"`
	Serial    string      `json:"serial_number"`
	Ticket    string      `json:"ticket_id"`
	Employee  employeeTo  `json:"employee_info"`
	Recipient companyInfo `json:"company_info"`
}

type employeeTo struct {
	Email   string `json:"email,omitempty"`
	Name    string `json:"name"`
	Line1   string `json:"address_line_1"`
	Line2   string `json:"address_line_2,omitempty"`
	City    string `json:"address_city,omitempty"`
	State   string `json:"address_state,omitempty"`
	Zip     string `json:"address_zip,omitempty"`
	Country string `json:"address_country"`
}

type companyInfo struct {
	Recipient     string   `json:"return_recipient_name"`
	Company       string   `json:"return_address_company,omitempty"`
	Line1         string   `json:"return_address_line_1"`
	Line2         string   `json:"return_address_line_2,omitempty"`
	City          string   `json:"return_address_city"`
	State         string   `json:"return_address_state,omitempty"`
	Zip           string   `json:"return_address_zip"`
	Country       string   `json:"return_address_country"`
	DisplayName   string   `json:"display_name"`
	Notifications []string `json:"notification_emails"`
	Instructions  string   `json:"additional_instructions,omitempty"`
}

// request makes the body of an order, or says which field cannot be right. Retriever does not check addresses: what
// is sent is printed on a label.
func (s *System) request(in activities.OrderBox) (newOrder, error) {
	country, known := countryName(in.From.Country)
	device := in.Settings.Device
	if device == "" {
		device = usualBox[country]
	}
	switch {
	case strings.TrimSpace(in.Reference) == "":
		return newOrder{}, wrong("reference is empty", "report this as a fault of Tenure: without a reference an order cannot be found again")
	case utf8.RuneCountInString(in.Reference) > referenceLimit:
		return newOrder{}, wrong("reference is longer than 50 characters", "report this as a fault of Tenure")
	case strings.TrimSpace(in.Name) == "":
		return newOrder{}, wrong("the person's name is empty", "enter it in HR and retry the step")
	case strings.TrimSpace(in.From.Line1) == "" || strings.TrimSpace(in.From.City) == "" || strings.TrimSpace(in.From.Zip) == "":
		return newOrder{}, wrong("the home address lacks a street, city or zip", "complete it in HR and retry the step")
	case !known || device == "":
		return newOrder{}, &activities.Problem{Type: activities.Unsupported, Text: "Retriever sends no box to country \"" + in.From.Country + "\"",
			Mend: "arrange the return by hand, or set a box for the country in the policy"}
	}
	c := s.cfg.Company
	back, _ := countryName(c.Country)
	if device == boxFromCanada && back != unitedStates {
		return newOrder{}, &activities.Problem{Type: activities.Unsupported, Text: "a box from Canada travels to the United States only",
			Mend: "give Retriever a return address in the United States, or arrange the return by hand"}
	}
	return newOrder{
		Device: device, Charger: in.Settings.Charger, Serial: in.Device.Serial, Ticket: in.Reference,
		Employee: employeeTo{Email: in.Email, Name: cut(in.Name, nameLimit), Line1: in.From.Line1, Line2: in.From.Line2, City: in.From.City,
			State: in.From.State, Zip: in.From.Zip, Country: country},
		Recipient: companyInfo{Recipient: cut(c.Recipient, nameLimit), Company: c.Company, Line1: c.Line1, Line2: c.Line2, City: c.City,
			State: c.State, Zip: c.Zip, Country: back, DisplayName: c.DisplayName, Notifications: append([]string{}, c.Notifications...),
			Instructions: c.Instructions},
	}, nil
}

func wrong(text, mend string) error {
	return &activities.Problem{Type: activities.InvalidInput, Text: text, Mend: mend}
}

// cut keeps the first n characters: a name that is too long is shortened on the label, not refused.
func cut(s string, n int) string {
	runes := []rune(strings.TrimSpace(s))
	if len(runes) <= n {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:n]), " -,")
}

const (
	unitedStates  = "United States"
	canada        = "Canada"
	unitedKingdom = "United Kingdom"
)

// usualBox is the kind of box from a country when the policy names none: the two that Retriever documents.
var usualBox = map[string]string{unitedStates: "laptop", canada: boxFromCanada}

var countryNames = map[string]string{"US": unitedStates, "USA": unitedStates, "CA": canada, "CAN": canada,
	"GB": unitedKingdom, "UK": unitedKingdom, "GBR": unitedKingdom}

// countryName expands an ISO code: Retriever's examples write the full name, and codes are untested there.
func countryName(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if name, ok := countryNames[strings.ToUpper(s)]; ok {
		return name, true
	}
	for _, name := range []string{unitedStates, canada, unitedKingdom} {
		if strings.EqualFold(s, name) {
			return name, true
		}
	}
	return "", false
}
