package policy

import (
	"fmt"
	"strings"
	"time"
)

// Onboard is how somebody is let in.
type Onboard struct {
	Prepare Span  `yaml:"prepare"` // before the first day
	At      Clock `yaml:"at"`      // on the first day
	// ActivationMail has Okta write to the person when their account is opened.
	ActivationMail bool   `yaml:"activation_mail"`
	Google         string `yaml:"google"` // who makes Google accounts: okta, direct, none
	GooglePoll     Span   `yaml:"google_poll"`
	GoogleDeadline Span   `yaml:"google_deadline"`
	// Rehire is for somebody who comes back under the record they left under: auto, ask.
	Rehire string `yaml:"rehire"`
	// Match is for a new record that shares something with somebody who is known.
	Match       Match      `yaml:"match"`
	TellManager bool       `yaml:"tell_manager"`
	Equipment   *Equipment `yaml:"equipment"` // nil: none is ordered
}

// Match says what a new HR record is that shares something with another: ask, same (the same person), apart (somebody
// else).
type Match struct {
	Email         string `yaml:"email"`
	PersonalEmail string `yaml:"personal_email"`
	Number        string `yaml:"number"`
}

// Equipment is the device that is ordered for a joiner from Retriever's warehouse.
type Equipment struct {
	Models   []string `yaml:"models"` // in the order in which they are wanted; none: whichever there is
	OS       string   `yaml:"os"`
	Speed    string   `yaml:"speed"`
	Notify   []string `yaml:"notify"`
	Before   Span     `yaml:"before"` // the first day
	Poll     Span     `yaml:"poll"`
	Deadline Span     `yaml:"deadline"`
}

// Move is how somebody changes their place in the company.
type Move struct {
	Overlap Span   `yaml:"overlap"` // how long a group is kept that the new role does not give
	Show    string `yaml:"show"`    // which moves have a card and a ticket: changes, problems, always
}

// Absence is what a leave of absence does.
type Absence struct {
	Google string `yaml:"google"` // keep, sign_out, suspend
}

// The values of [Onboard.Google], [Onboard.Rehire], [Match], [Move.Show] and [Absence.Google].
const (
	GoogleByOkta = "okta"
	GoogleDirect = "direct"
	GoogleNone   = "none"

	RehireAuto = "auto"
	RehireAsk  = "ask"

	MatchAsk   = "ask"
	MatchSame  = "same"
	MatchApart = "apart"

	ShowChanges  = "changes"
	ShowProblems = "problems"
	ShowAlways   = "always"

	LeaveKeep    = "keep"
	LeaveSignOut = "sign_out"
	LeaveSuspend = "suspend"
)

// settle fills in what an order does not say.
func (e *Equipment) settle() {
	if e == nil {
		return
	}
	if e.OS == "" {
		e.OS = "macos"
	}
	if e.Speed == "" {
		e.Speed = "2nd_day"
	}
	for _, d := range []struct {
		span  *Span
		usual Span
	}{{&e.Before, Days(10)}, {&e.Poll, Real(6 * time.Hour)}, {&e.Deadline, Days(14)}} {
		if d.span.IsZero() {
			*d.span = d.usual
		}
	}
}

// half a year: nobody prepares for longer, and a slip of the pen does.
const halfYear = 183 * 24 * time.Hour

func (c checker) onboard() {
	o := c.policy.Onboard
	c.between(o.Prepare, 0, halfYear, "onboard.prepare")
	c.oneOf(o.Google, "onboard.google", GoogleByOkta, GoogleDirect, GoogleNone)
	c.between(o.GoogleDeadline, instantly, halfYear, "onboard.google_deadline")
	c.between(o.GooglePoll, instantly, max(instantly, long(o.GoogleDeadline)), "onboard.google_poll")
	c.oneOf(o.Rehire, "onboard.rehire", RehireAuto, RehireAsk)
	for _, m := range []struct{ value, field string }{
		{o.Match.Email, "email"}, {o.Match.PersonalEmail, "personal_email"}, {o.Match.Number, "number"},
	} {
		c.oneOf(m.value, "onboard.match."+m.field, MatchAsk, MatchSame, MatchApart)
	}
	if o.Equipment != nil {
		c.equipment(*o.Equipment)
	}
}

func (c checker) equipment(e Equipment) {
	c.oneOf(e.OS, "onboard.equipment.os", "macos", "windows", "linux", "other")
	c.oneOf(e.Speed, "onboard.equipment.speed", "standard_shipping", "2nd_day", "next_day")
	for i, model := range e.Models {
		c.refuse(strings.TrimSpace(model) == "", fmt.Sprintf("onboard.equipment.models[%d]", i), "it is empty",
			"write a model as Retriever's warehouse names it")
	}
	for i, who := range e.Notify {
		field := fmt.Sprintf("onboard.equipment.notify[%d]", i)
		c.refuse(!mailShape.MatchString(who), field, fmt.Sprintf("%q is not a mail address", who), "write it like it@example.com")
	}
	c.between(e.Before, instantly, halfYear, "onboard.equipment.before")
	c.between(e.Deadline, instantly, halfYear, "onboard.equipment.deadline")
	c.between(e.Poll, instantly, max(instantly, long(e.Deadline)), "onboard.equipment.poll")
}

func (c checker) moves() {
	c.between(c.policy.Move.Overlap, 0, longestOverlap, "move.overlap")
	c.oneOf(c.policy.Move.Show, "move.show", ShowChanges, ShowProblems, ShowAlways)
	c.oneOf(c.policy.Leave.Google, "leave.google", LeaveKeep, LeaveSignOut, LeaveSuspend)
	hr := c.policy.Slack.HRChannel
	c.refuse(strings.ContainsAny(hr, " \t"), "slack.hr_channel", fmt.Sprintf("%q is not a channel", hr),
		"write its id (C0123ABCD) or its name without spaces")
}
