package retriever

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/plan"
)

// newDeployment is the body of a new deployment, by the vendor's names.
type newDeployment struct {
	Device        string     `json:"device_id"`
	Ticket        string     `json:"ticket_id"`
	Speed         string     `json:"shipping_speed,omitempty"`
	ReturnLabel   bool       `json:"include_return_label"`
	Employee      employeeTo `json:"employee_info"`
	DisplayName   string     `json:"display_name"`
	Notifications []string   `json:"notification_emails"`
}

// speeds are those that Retriever offers; empty is its own choice.
var speeds = []string{"", "standard_shipping", "2nd_day", "next_day"}

// codes are the countries that Retriever's carriers reach, as addresses are checked by.
var codes = map[string]string{unitedStates: "US", canada: "CA", unitedKingdom: "GB"}

// deployRequest makes the body of a deployment but for its device, or says which field cannot be right.
func (s *System) deployRequest(in activities.DeployDevice) (newDeployment, error) {
	ticket, err := markOf(in)
	if err != nil {
		return newDeployment{}, err
	}
	home, name := in.Person.Home, in.Person.Name()
	country, known := countryName(home.Country)
	if known {
		home.Country = codes[country]
	}
	faults := plan.CheckAddress(home)
	switch {
	case !slices.Contains(speeds, in.Speed):
		return newDeployment{}, wrong("shipping speed \""+in.Speed+"\" is not one of Retriever's",
			"write standard_shipping, 2nd_day or next_day for onboard.equipment.speed in the policy")
	case strings.TrimSpace(name) == "":
		return newDeployment{}, wrong("the person's name is empty", "enter it in HR and retry the step")
	case !known && strings.TrimSpace(home.Country) != "":
		return newDeployment{}, &activities.Problem{Type: activities.Unsupported, Text: "Retriever sends no device to country \"" + home.Country + "\"",
			Mend: "buy the device where the person is, or hand it over, then say done"}
	case len(faults) > 0:
		return newDeployment{}, wrong("the home address cannot be right: "+strings.Join(faults, ", "), "correct it in HR and retry the step")
	}
	return newDeployment{
		Ticket: ticket, Speed: in.Speed, DisplayName: s.cfg.Company.DisplayName, Notifications: told(s.cfg.Company.Notifications, in.Notify),
		Employee: employeeTo{Email: in.Person.PersonalEmail, Name: cut(name, nameLimit), Line1: home.Line1, Line2: home.Line2, City: home.City,
			State: home.State, Zip: home.Zip, Country: country},
	}, nil
}

// markOf is our mark on the order: the same for every attempt, another for every other run of a case, whatever ticket the
// caller names it by. People read the ticket in Retriever's portal, so it stands in the mark where there is room.
func markOf(in activities.DeployDevice) (string, error) {
	ticket := strings.TrimSpace(in.Ticket)
	if in.Case == "" || in.Run == "" {
		return "", wrong("case or run is empty", "report this as a fault of Tenure: without a mark of its own an order cannot be found again")
	}
	sum := sha256.Sum256([]byte(in.Case + "/" + in.Run + "/" + ticket))
	mark := strings.TrimSpace(ticket + " tenure " + hex.EncodeToString(sum[:4]))
	if ticket == "" || utf8.RuneCountInString(mark) > referenceLimit {
		mark = "tenure " + hex.EncodeToString(sum[:16])
	}
	return mark, nil
}

// told joins the addresses that are told of every order with those of this one, each once.
func told(always, now []string) []string {
	out := []string{}
	for _, mail := range slices.Concat(always, now) {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, mail) }) {
			out = append(out, mail)
		}
	}
	return out
}
