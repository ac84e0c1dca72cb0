package activities

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// What people and systems ask through the front doors. An [Ask] is taken in by starter, kept in the inbox, and
// carried by one Request workflow: it is weighed (may this actor ask this, now?), carried out, kept as evidence,
// announced and answered.
var (
	// CaseWeighAsk decides from the policy, the directory and the identity ledger whether an ask may go ahead, and
	// resolves whom and when it means. It fails closed.
	CaseWeighAsk = define[WeighAsk, WeighedAsk](QueueLifecycle, "case.WeighAsk", Local)
	// AskCarry starts, tells or asks the case that an ask is about. It lives beside outbox.Dispatch, in the one
	// package whose activities reach workflows.
	AskCarry = define[CarryAsk, CarriedAsk](QueueLifecycle, "ask.Carry", Contain)
	// AskStanding says whether somebody who asks is being offboarded themselves.
	AskStanding = define[StandingOf, Standing](QueueLifecycle, "ask.Standing", Read)
	// SlackLookUpMember says who a Slack user is and which of the groups asked about hold the user.
	SlackLookUpMember = reads[LookUpMember, Member](QueueSlack, "LookUpMember")
	// SlackAnswer answers one person, visible to that person only.
	SlackAnswer = define[Answer, Nothing](QueueSlack, "slack.Answer", Mirror)
	// SlackAnnounce posts to the private IT channel, once for each key.
	SlackAnnounce = define[Announcement, Nothing](QueueSlack, "slack.Announce", Mirror)
	// OktaFindAdmins and GoogleFindAdmins say live who holds the highest administrator role, so that the last one is
	// not locked out.
	OktaFindAdmins   = reads[Identity, Admins](QueueOkta, "FindAdmins")
	GoogleFindAdmins = reads[Identity, Admins](QueueGoogle, "FindAdmins")
)

// Verb is what is asked.
type Verb string

// The verbs. Those of a case are the case's updates in small letters.
const (
	VerbOffboard     Verb = "offboard"
	VerbReturnLaptop Verb = "return-laptop"
	VerbExplain      Verb = "explain" // read-only: how does the case stand
	VerbApprove      Verb = "approve"
	VerbDeny         Verb = "deny"
	VerbRescind      Verb = "rescind"
	VerbHold         Verb = "hold"
	VerbRelease      Verb = "release"
	VerbExtend       Verb = "extend"
	VerbRetry        Verb = "retry"
	VerbDone         Verb = "done"
	VerbSkip         Verb = "skip"
	VerbReceived     Verb = "received" // a laptop is in the hands of IT
	VerbBatchRelease Verb = "batch-release"
	VerbBatchReject  Verb = "batch-reject"
	VerbRaise        Verb = "raise"          // raise the mass guard for one batch
	VerbAccept       Verb = "accept-reading" // believe a reading of the directory that was discarded
	VerbOnboard      Verb = "onboard"        // let somebody in whom HR has as working here, or to come; again, after a case ended their access
	VerbMove         Verb = "move"           // bring somebody's accounts to what their role gives now
	// Facts that systems report. They are told on, neither announced nor answered.
	VerbShipmentMoved Verb = "shipment-moved"
	VerbTicketMoved   Verb = "ticket-moved"
)

// Verbs lists every verb.
func Verbs() []Verb {
	return []Verb{VerbOffboard, VerbReturnLaptop, VerbExplain, VerbApprove, VerbDeny, VerbRescind, VerbHold, VerbRelease, VerbExtend,
		VerbRetry, VerbDone, VerbSkip, VerbReceived, VerbBatchRelease, VerbBatchReject, VerbRaise, VerbAccept, VerbOnboard, VerbMove,
		VerbShipmentMoved, VerbTicketMoved}
}

// Fact says whether the verb reports what a system saw, rather than what somebody wants.
func (v Verb) Fact() bool { return v == VerbShipmentMoved || v == VerbTicketMoved }

// NeedsReason says whether a person must say why.
func (v Verb) NeedsReason() bool {
	switch v {
	case VerbDeny, VerbRescind, VerbHold, VerbRelease, VerbDone, VerbSkip, VerbBatchRelease, VerbBatchReject, VerbRaise, VerbAccept,
		VerbOnboard:
		return true
	default:
		return false
	}
}

// Ask is one thing that is asked of Tenure, as a front door understood it from its form alone: nothing in it has been
// looked up or believed yet.
type Ask struct {
	// Key is the door's own id of it, the same however often it is delivered: "slack:<trigger or envelope>",
	// "easypost:<event>", "jira:<change>", "okta:<event>", "cli:<random>". Letters, digits and "._:-" only.
	Key  string `json:"key"`
	Verb Verb   `json:"verb"`
	// Actor is "<door>:<id>": "slack:U012AB3CD", "cli:jo", "jira:5b10ac8d", "okta:hook", "easypost:webhook".
	Actor string `json:"actor"`
	// Who is the person it is about, as typed: a work address or an employee id.
	Who string `json:"who,omitempty"`
	// Case and Run are the case a button belongs to; Nonce is the one its gate or batch showed.
	Case  string `json:"case,omitempty"`
	Run   string `json:"run,omitempty"`
	Nonce string `json:"nonce,omitempty"`

	Step   plan.StepID `json:"step,omitempty"`
	Serial string      `json:"serial,omitempty"` // as read off the device
	// When is a moment as typed: empty or "now", 2026-11-30, "2026-11-30 17:00", or RFC 3339.
	When      string `json:"when,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Emergency bool   `json:"emergency,omitempty"`

	Batch  string        `json:"batch,omitempty"`
	Only   []employee.ID `json:"only,omitempty"`   // of a batch: these
	Except []employee.ID `json:"except,omitempty"` // of a batch: all but these
	Count  int           `json:"count,omitempty"`  // of VerbRaise: up to so many people
	// Lasts is how long a raise holds.
	Lasts time.Duration `json:"lasts,omitempty"`

	Tracker string `json:"tracker,omitempty"` // the package tracker's id of a shipment
	Ticket  string `json:"ticket,omitempty"`  // a Jira key
	Account string `json:"account,omitempty"` // the vendor's id of the account an event hook reports
	// OSUser is who is signed in at the machine of a command line. Actor may be another by --as; both are kept.
	OSUser string `json:"osUser,omitempty"`

	Received time.Time `json:"received"`
	Reply    Reply     `json:"reply,omitzero"`
}

// Reply is where the asker can be answered. It holds no secret: Slack's response_url is a credential and stays out.
type Reply struct {
	Channel string `json:"channel,omitempty"`
	User    string `json:"user,omitempty"`
	Thread  string `json:"thread,omitempty"`
}

// WeighAsk asks whether an ask may go ahead.
type WeighAsk struct {
	Ask    Ask       `json:"ask"`
	Member *Member   `json:"member,omitempty"` // who the Slack user is, once looked up
	At     time.Time `json:"at"`
}

// WeighedAsk is the answer.
type WeighedAsk struct {
	// LookUp is set when it cannot be decided before this member was looked up; nothing else is set then.
	LookUp *LookUpMember `json:"lookUp,omitempty"`
	// Refusal is set when it may not go ahead.
	Refusal *Refusal `json:"refusal,omitempty"`
	By      Asker    `json:"by"`
	// Person is whom it is about; zero for a batch.
	Person employee.Employee `json:"person"`
	// EffectiveAt is when an offboarding is to begin; zero means now.
	EffectiveAt time.Time `json:"effectiveAt,omitzero"`
	// Settings hold for what stands alone: a laptop that comes back outside an offboarding.
	Settings plan.Settings `json:"settings"`
	// Channel is the private IT channel in which every use is announced; empty without Slack.
	Channel string `json:"channel,omitempty"`
	// Accounts are what the identity ledger knows of the person.
	Accounts Accounts `json:"accounts,omitempty"`
}

// Refusal says why something is not done, and what can be done instead.
type Refusal struct {
	Type string `json:"type"` // an error type of errors.go
	Text string `json:"text"`
	Mend string `json:"mend,omitempty"`
	// Stranger is set when it was refused for who asks, before anything else of it was looked at. Such refusals are
	// announced once in a while, so that a stranger cannot fill the channel; each is answered and kept.
	Stranger bool `json:"stranger,omitempty"`
}

// Asker is who asks: the door's id, and the person behind it where that is known. Two doors of one person are one
// person.
type Asker struct {
	Actor    string      `json:"actor"`
	Employee employee.ID `json:"employee,omitempty"`
	Name     string      `json:"name,omitempty"`
	// OnlyAsHeir is set when they may ask only if the case's mailbox was lent to them.
	OnlyAsHeir bool `json:"onlyAsHeir,omitempty"`
}

// CarryAsk is an ask that may go ahead.
type CarryAsk struct {
	Ask         Ask               `json:"ask"`
	By          Asker             `json:"by"`
	Person      employee.Employee `json:"person"`
	EffectiveAt time.Time         `json:"effectiveAt,omitzero"`
	Settings    plan.Settings     `json:"settings"`
	// Devices are the computers that a return is to bring back.
	Devices []plan.Device `json:"devices,omitempty"`
}

// CarriedAsk is what came of it.
type CarriedAsk struct {
	Text    string    `json:"text"` // one sentence for the asker and the channel
	Case    string    `json:"case,omitempty"`
	View    *CaseView `json:"view,omitempty"`
	Refusal *Refusal  `json:"refusal,omitempty"` // the case said no
}

// StandingOf asks how somebody stands who asks for something.
type StandingOf struct {
	Employee employee.ID `json:"employee"`
}

// Standing is the answer.
type Standing struct {
	// Leaving says that a case has begun to take their access away, and that it was not called off.
	Leaving bool   `json:"leaving"`
	Case    string `json:"case,omitempty"`
}

// LookUpMember asks who a Slack user is.
type LookUpMember struct {
	User   string   `json:"user"`
	Groups []string `json:"groups,omitempty"` // user group ids ("S...") or handles
}

// Member is a Slack user as Slack knows it now.
type Member struct {
	User  string `json:"user"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	// Full says that it is a living, full member of this workspace: no bot, no guest, not deactivated, no stranger
	// from a shared channel.
	Full bool `json:"full"`
	// In lists those of the groups asked about that hold the user.
	In []string `json:"in,omitempty"`
}

// Answer is for one person's eyes.
type Answer struct {
	Key     string    `json:"key"`
	Reply   Reply     `json:"reply"`
	Text    string    `json:"text"`
	Refused bool      `json:"refused,omitempty"`
	View    *CaseView `json:"view,omitempty"` // shown below the text, without buttons
}

// Announcement is one message in the private IT channel.
type Announcement struct {
	Key     string `json:"key"` // the same key is posted once
	Channel string `json:"channel"`
	Title   string `json:"title"`
	Text    string `json:"text"` // plain; lines are kept
	// Alarm makes it stand out: a refusal, a held batch, a discarded poll.
	Alarm   bool    `json:"alarm,omitempty"`
	Presses []Press `json:"presses,omitempty"` // buttons below it
}

// Admins is who holds the highest administrator role of a system.
type Admins struct {
	// Holds says whether the person asked about does, actively.
	Holds bool `json:"holds"`
	// Others counts the living, unsuspended others who do.
	Others int `json:"others"`
}

// Press is what a button means. Value and ParsePress are the two ends of the wire: the card draws, the Slack door reads.
type Press struct {
	Verb   Verb        `json:"v"`
	Label  string      `json:"l,omitempty"` // what the button says; not part of its value
	Danger bool        `json:"x,omitempty"` // pressing it asks once more; not part of its value
	Case   string      `json:"c,omitempty"`
	Run    string      `json:"r,omitempty"`
	Nonce  string      `json:"n,omitempty"`
	Step   plan.StepID `json:"s,omitempty"`
	Serial string      `json:"d,omitempty"`
	Batch  string      `json:"b,omitempty"`
}

// PressPrefix begins the action id of every button that means a [Press]; what follows makes it unique in its message.
const PressPrefix = "tenure."

// maxPress is how long Slack lets a button's value be.
const maxPress = 2000

// Value is the press as a button carries it.
func (p Press) Value() string {
	p.Label, p.Danger = "", false
	b, err := json.Marshal(p)
	if err != nil { // strings alone
		panic("activities: " + err.Error())
	}
	return string(b)
}

// ParsePress reads a button's value. Whatever is not a press of ours is an error.
func ParsePress(value string) (Press, error) {
	if len(value) > maxPress {
		return Press{}, fmt.Errorf("a button's value of %d characters is not ours", len(value))
	}
	var p Press
	if err := json.Unmarshal([]byte(value), &p); err != nil {
		return Press{}, errors.New("the button's value cannot be read; it was drawn by another program or version")
	}
	p.Label, p.Danger = "", false
	if !slices.Contains(Verbs(), p.Verb) || p.Verb.Fact() {
		return Press{}, fmt.Errorf("the button means %q, which this version does not know", p.Verb)
	}
	return p, nil
}
