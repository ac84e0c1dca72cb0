package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/internal/nearest"
)

func (c checker) devices() {
	d := c.policy.Devices
	c.template(d.Lock.Message, "devices.lock.message", "{company}")
	c.refuse(strings.TrimSpace(d.Lock.Message) == "", "devices.lock.message", "whoever finds the computer would read nothing", "say to whom it belongs")
	c.between(d.Lock.Deadline, instantly, fiveYears, "devices.lock.deadline")
	c.between(d.Lock.Poll, instantly, max(instantly, long(d.Lock.Deadline)), "devices.lock.poll")
	c.between(d.Poll, instantly, 7*24*time.Hour, "devices.poll")
	c.between(d.CancelWindow, 0, 24*time.Hour, "devices.cancel_window")
	c.oneOf(d.OnReturn, "devices.on_return", ToStock, ToErase)
	c.shape(d.Stock.Attribute, digitsShape, "devices.stock.attribute", "the id of a Jamf extension attribute", `"23"`)
	var last time.Duration
	for i, r := range d.Reminders {
		field := fmt.Sprintf("devices.reminders[%d]", i)
		c.oneOf(r.Whom, field+".whom", "employee", "manager", "hr")
		after := long(r.After)
		c.refuse(after <= last, field+".after", fmt.Sprintf("%s does not come later than the reminder before it", r.After), "list the reminders in order, each later than the last")
		last = max(last, after)
	}
}

func (c checker) routes() {
	d := c.policy.Devices
	c.shape(d.ReturnCountry, countryShape, "devices.return_country", "a country code", "US")
	for _, country := range slices.Sorted(maps.Keys(d.Countries)) {
		field := "devices.countries." + country
		c.shape(country, countryShape, field, "a country code", "US")
		c.route(d.Countries[country], country, field)
	}
	c.refuse(d.Elsewhere.Route == Box, "devices.elsewhere.route", "no box can be sent from everywhere", "write in_person here and list under countries where a box is sent")
	c.route(d.Elsewhere, "", "devices.elsewhere")
}

func (c checker) route(r Route, country, field string) {
	c.oneOf(r.Route, field+".route", Box, InPerson)
	c.refuse(r.Route == InPerson && r.Device != "", field+".device", "a device handed over in person needs no box", "leave device out")
	c.refuse(r.Route == InPerson && strings.TrimSpace(r.Where) == "", field+".where", "nobody would know where to bring the device", "say where and to whom")
	c.refuse(r.Route == Box && r.Where != "", field+".where", "a device that travels in a box is not handed over", "leave where out")
	if r.Route == Box && country != "" {
		c.box(r.Device, country, field+".device")
	}
}

// box checks that Retriever has such a box from the country to the company.
func (c checker) box(device, country, field string) {
	home := c.policy.Devices.ReturnCountry
	kinds := strings.Join(slices.Sorted(maps.Keys(boxes)), ", ")
	way, known := boxes[device]
	switch {
	case device == "":
		c.add(field, "Retriever's kind of box from "+country+" is not given", "write route: in_person, or the kind: "+kinds)
	case !known:
		c.add(field, fmt.Sprintf("%q is not a kind of laptop box", device), nearest.Mend(device, slices.Sorted(maps.Keys(boxes))))
	case way.from != country:
		c.add(field, fmt.Sprintf("%s is sent from %s, not from %s", device, way.from, country), "choose another kind, or route: in_person")
	case way.to != home:
		c.add(field, fmt.Sprintf("%s goes to %s only, and devices.return_country is %s", device, way.to, home), "choose another kind, or route: in_person")
	}
}

func (c checker) mirrors() {
	s, j := c.policy.Slack, c.policy.Jira
	c.refuse(strings.ContainsAny(s.Channel, " \t"), "slack.channel", fmt.Sprintf("%q is not a channel", s.Channel), "write its id (C0123ABCD) or its name without spaces")
	c.between(s.Every, time.Second, time.Hour, "slack.every") // Slack allows one update a second on a message
	c.shape(j.Project, projectShape, "jira.project", "a project key", "IT")
	c.refuse(j.Project != "" && (j.Type == "" || j.Subtask == ""), "jira.type", "the types of ticket are not both given", "write type and subtask as the project names them")
	c.between(j.Every, time.Second, time.Hour, "jira.every")
	c.between(j.Poll, time.Second, 24*time.Hour, "jira.poll")
	for _, list := range []struct {
		field string
		names []string
	}{{"jira.done", j.Done}, {"jira.received", j.Received}} {
		for i, name := range list.names {
			c.refuse(strings.TrimSpace(name) == "", fmt.Sprintf("%s[%d]", list.field, i), "it is empty", "write a status as the project names it, for example Done")
		}
	}
}
