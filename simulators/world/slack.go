package world

import (
	"strings"

	"tenure/simulators/company"
	slacksim "tenure/simulators/slack"
)

// The Slack workspace's places.
const (
	// ITChannel is the private Slack channel of the IT team, with the app in it.
	ITChannel = "C0TENUREIT"
	// GeneralChannel is the public channel in which everybody is, but not the app.
	GeneralChannel = "C0TENUREGEN"
	// ITGroup is the user group @it of those who may act. Its members are [AuthorisedUser] and [SecondAuthorisedUser].
	ITGroup = "S0TENUREIT"
)

// The Slack users with a part in a demonstration. Everybody else's id is made up by the workspace.
const (
	AuthorisedUser       = "U0TENURE01" // in @it and in the IT channel
	SecondAuthorisedUser = "U0TENURE02" // in @it and in the IT channel
	UnauthorisedUser     = "U0TENURE03" // in the IT channel, but not in @it
	LeaverUser           = "U0TENURE04" // [company.DemoLeaver], in neither
)

// Part is somebody's part in a demonstration.
type Part struct {
	User string `json:"user"` // Slack user id
	Role string `json:"role"`
}

// Cast lists the parts.
func Cast() []Part {
	return []Part{{AuthorisedUser, "may act"}, {SecondAuthorisedUser, "may act too"}, {UnauthorisedUser, "IT, may not act"}, {LeaverUser, "the leaver"}}
}

// seedSlack adds the people to the workspace, with the user group of those who may act, the IT team's private channel
// with the app in it, and a channel for everybody.
func (w *World) seedSlack(people []company.Person) {
	parts := cast(people)
	it, group, everybody := []string{slacksim.BotUser}, []string{}, []string{}
	for _, p := range people {
		u := w.Slack.AddUser(slacksim.User{ID: parts[p.Email], Name: strings.SplitN(p.Email, "@", 2)[0], RealName: p.Name(), Email: p.Email, TZ: p.Office.Zone,
			Restricted: p.WorkerType == "Contractor", Deleted: p.Status == "inactive"})
		if p.Status != "active" {
			continue
		}
		everybody = append(everybody, u.ID)
		if u.ID == AuthorisedUser || u.ID == SecondAuthorisedUser {
			group = append(group, u.ID)
		}
		if p.Department == "IT" {
			it = append(it, u.ID)
		}
	}
	w.Slack.AddGroup(slacksim.Group{ID: ITGroup, Handle: "it", Name: "IT", Users: group})
	w.Slack.AddChannel(slacksim.Channel{ID: ITChannel, Name: "it-offboarding", Private: true, Members: it})
	w.Slack.AddChannel(slacksim.Channel{ID: GeneralChannel, Name: "general", Members: everybody})
}

// cast gives the parts out, by work address: to the leaver, and to the first employees of IT below its head, who is
// somebody to be protected.
func cast(people []company.Person) map[string]string {
	parts := map[string]string{company.DemoLeaver().Email: LeaverUser}
	free := []string{AuthorisedUser, SecondAuthorisedUser, UnauthorisedUser}
	for _, p := range people {
		if len(free) > 0 && p.Department == "IT" && p.Status == "active" && p.WorkerType == "Full Time" && !p.GoogleSuperAdmin {
			parts[p.Email], free = free[0], free[1:]
		}
	}
	return parts
}
