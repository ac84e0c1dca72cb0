package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"tenure/internal/employee"
	"tenure/internal/mapping"
)

// Version is the only form of policy file this build reads.
const Version = 1

// Policy is a whole policy file with the defaults filled in. Every key is explained in policies/default.yaml.
type Policy struct {
	Version    int       `yaml:"version"`
	ADayLasts  Span      `yaml:"a_day_lasts"`
	Company    Company   `yaml:"company"`
	TemporalUI string    `yaml:"temporal_ui"`
	TimeZones  TimeZones `yaml:"time_zones"`
	Offboard   Offboard  `yaml:"offboard"`
	// Mapping is what a role gives; Onboard, Move and Leave are how. Without a mapping they are no rules: see [Policy.Hash].
	Mapping   mapping.Section `yaml:"mapping" json:",omitzero"`
	Onboard   Onboard         `yaml:"onboard" json:",omitzero"`
	Move      Move            `yaml:"move" json:",omitzero"`
	Leave     Absence         `yaml:"leave" json:",omitzero"`
	Approvals Approvals       `yaml:"approvals"`
	Access    Access          `yaml:"access"`
	Apps      Apps            `yaml:"apps"`
	Devices   Devices         `yaml:"devices"`
	MassGuard MassGuard       `yaml:"mass_guard"`
	Feed      Feed            `yaml:"feed"`
	Slack     Slack           `yaml:"slack"`
	Jira      Jira            `yaml:"jira"`

	// Source is the name of the file, for people. It is no part of the rules.
	Source string `yaml:"-" json:"-"`
}

// Company is who uses Tenure.
type Company struct {
	Name   string `yaml:"name"`
	Domain string `yaml:"domain"` // mail domain: "example.com"
}

// TimeZones says where people's clocks stand. The most telling match wins: office, then region or country.
type TimeZones struct {
	Default   string            `yaml:"default"`
	Offices   map[string]string `yaml:"offices"`
	Countries map[string]string `yaml:"countries"` // "DE", or a region of a country: "US-CA"
}

// Offboard is how somebody leaves.
type Offboard struct {
	At              Clock      `yaml:"at"`
	ContainedWithin Span       `yaml:"contained_within"`
	Order           Lists      `yaml:"order"`
	Delegation      Delegation `yaml:"delegation"`
	Transfer        Transfer   `yaml:"transfer"`
	AutoReply       AutoReply  `yaml:"auto_reply"`
	OrgUnit         string     `yaml:"org_unit"` // empty: nobody is moved
	Watch           Watch      `yaml:"watch"`
	Custodian       string     `yaml:"custodian"`
	Tasks           Tasks      `yaml:"tasks"`
}

// Lists are the actions of each phase. A phase that is not given keeps its default; see [Policy.Order].
type Lists struct {
	Contain  []string `yaml:"contain"`
	HandOver []string `yaml:"hand_over"`
	Apps     []string `yaml:"apps"`
	Devices  []string `yaml:"devices"`
	LeaseEnd []string `yaml:"lease_end"`
}

// Delegation is the lease of the leaver's mailbox to the manager.
type Delegation struct {
	Lasts        Span   `yaml:"lasts"`
	RemindBefore []Span `yaml:"remind_before"`
	Renewals     int    `yaml:"renewals"`
	Renewal      Span   `yaml:"renewal"`
}

// Transfer is the hand-over of files and calendars.
type Transfer struct {
	Apps       []string `yaml:"apps"` // drive, calendar
	Poll       Span     `yaml:"poll"`
	PollAtMost Span     `yaml:"poll_at_most"`
	Deadline   Span     `yaml:"deadline"`
}

// AutoReply is what the leaver's mailbox answers. Placeholders: see [Placeholders].
type AutoReply struct {
	Subject string `yaml:"subject"`
	Body    string `yaml:"body"`
}

// Watch is the look-out for access that comes back.
type Watch struct {
	Lasts Span `yaml:"lasts"`
	Every Span `yaml:"every"`
}

// Tasks is what holds for a step that became somebody's job.
type Tasks struct {
	Due Span `yaml:"due"`
}

// Approvals is the gate before some cases.
type Approvals struct {
	Protected []string `yaml:"protected"` // employee ids or work addresses
	Needed    int      `yaml:"needed"`    // 1 or 2 different people
	Expire    Span     `yaml:"expire"`
	// EmergencyFrom lists who may open an emergency case that does not wait: a whole actor ("slack:U012AB3CD") or
	// a door ("cli").
	EmergencyFrom []string `yaml:"emergency_from"`
}

// Apps is how applications are taken away.
type Apps struct {
	Unlisted App            `yaml:"unlisted"`
	Listed   map[string]App `yaml:"listed"` // by Okta's key or label of the app, whatever the case
}

// App is how one application is taken away.
type App struct {
	Method string `yaml:"method"` // automatic, delegate, ignore
	Owner  string `yaml:"owner"`  // whom to ask, for delegate
}

// The methods of an [App].
const (
	Automatic = "automatic"
	Delegate  = "delegate"
	Ignore    = "ignore"
)

// Devices is how computers are locked and come back.
type Devices struct {
	Lock          Lock             `yaml:"lock"`
	ReturnCountry string           `yaml:"return_country"` // where the company receives devices
	Countries     map[string]Route `yaml:"countries"`      // by country of the leaver, ISO 3166-1 alpha-2
	Elsewhere     Route            `yaml:"elsewhere"`
	Charger       bool             `yaml:"charger"`
	Poll          Span             `yaml:"poll"`
	Reminders     []Reminder       `yaml:"reminders"`
	CancelWindow  Span             `yaml:"cancel_window"`
	OnReturn      string           `yaml:"on_return"` // stock, erase
	Stock         Stock            `yaml:"stock"`
}

// Lock is the lock of a computer.
type Lock struct {
	Message  string `yaml:"message"`
	Poll     Span   `yaml:"poll"`
	Deadline Span   `yaml:"deadline"`
}

// Route is how a device travels from one country.
type Route struct {
	Route  string `yaml:"route"`  // box, in_person
	Device string `yaml:"device"` // Retriever's kind of device, for box
	Where  string `yaml:"where"`  // where and to whom, for in_person
}

// The values of [Route.Route] and [Devices.OnReturn].
const (
	Box      = "box"
	InPerson = "in_person"
	ToStock  = "stock"
	ToErase  = "erase"
)

// Reminder is one rung of the ladder, counted from the start of the return.
type Reminder struct {
	After Span   `yaml:"after"`
	Whom  string `yaml:"whom"` // employee, manager, hr
}

// Stock is how Jamf shows that a device is in stock.
type Stock struct {
	Attribute string `yaml:"attribute"` // extension attribute definition id; empty: none is written
	Value     string `yaml:"value"`
}

// Slack is where the card is shown. No channel: no Slack mirror.
type Slack struct {
	Channel   string `yaml:"channel"`
	Every     Span   `yaml:"every"`      // least time between two updates of one card
	CutAccess bool   `yaml:"cut_access"` // the workspace's plan has an API for ending an account
	// HRChannel is where HR is told who is ready and what HR must say. Empty: the IT channel only.
	HRChannel string `yaml:"hr_channel" json:",omitzero"`
}

// Jira is where the ticket is kept. No project: no Jira mirror.
type Jira struct {
	Project string `yaml:"project"`
	Type    string `yaml:"type"`
	Subtask string `yaml:"subtask"`
	Every   Span   `yaml:"every"` // least time between two updates of one ticket
	// Done and Received are the statuses that mean, on a sub-task, that its step was done, and on the sub-task or the
	// ticket of a device, that the device is in the hands of IT. Poll is how often moved tickets are looked for.
	Done     []string `yaml:"done"`
	Received []string `yaml:"received"`
	Poll     Span     `yaml:"poll"`
}

// Day is how long a policy day lasts.
func (p Policy) Day() time.Duration { return p.ADayLasts.Rest }

// Long is the real duration of a span under this policy.
func (p Policy) Long(s Span) time.Duration { return s.Of(p.Day()) }

// Hash names the rules: the same rules have the same hash, whatever the comments and the order of keys in the
// file. It is kept with every plan, so that an auditor can tell under which rules a case ran. Where the Temporal UI is
// found is a link and no rule. Without a mapping nobody is let in or moved, so what says how is no rule either.
func (p Policy) Hash() string {
	p.TemporalUI = ""
	if !p.Maps() {
		p.Mapping, p.Onboard, p.Move, p.Leave, p.Slack.HRChannel = mapping.Section{}, Onboard{}, Move{}, Absence{}, ""
	}
	body, err := json.Marshal(p)
	if err != nil { // a Policy holds only strings, numbers, lists and maps with string keys
		panic("policy: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// LendsMailbox says whether the mailbox is lent at all: an order may leave out google.delegate together with
// google.undelegate.
func (p Policy) LendsMailbox() bool {
	for _, s := range p.Order() {
		for _, a := range s.Actions {
			if a == "google.delegate" {
				return true
			}
		}
	}
	return false
}

// Approval says how many people must approve a case of this person, and why. 0 means that none need to.
func (p Policy) Approval(e employee.Employee) (needed int, why string) {
	for _, who := range p.Approvals.Protected {
		if strings.EqualFold(who, string(e.ID)) || (e.Email != "" && strings.EqualFold(who, e.Email)) {
			return p.Approvals.Needed, "the policy lists this person as protected"
		}
	}
	if why := p.Access.Untouchable(e); why != "" { // no front door may; HR's word waits for people
		return p.Approvals.Needed, why
	}
	return 0, ""
}

// MayHurry says whether an emergency case from this actor ("cli:jo", "slack:U012AB3CD") goes ahead without
// waiting for approval.
func (p Policy) MayHurry(actor string) bool {
	door, _, _ := strings.Cut(actor, ":")
	for _, who := range p.Approvals.EmergencyFrom {
		if actor != "" && (who == actor || who == door) {
			return true
		}
	}
	return false
}

// AppRule is what holds for one application, looked up by any of its names (Okta's key, its label). An owner
// that is not given falls back to the owner for unlisted applications, then to the custodian.
func (p Policy) AppRule(names ...string) App {
	rule, listed := p.listedApp(names)
	if !listed {
		rule = p.Apps.Unlisted
	}
	if rule.Method != Delegate {
		return rule
	}
	for _, owner := range []string{p.Apps.Unlisted.Owner, p.Offboard.Custodian} {
		if rule.Owner == "" {
			rule.Owner = owner
		}
	}
	return rule
}

func (p Policy) listedApp(names []string) (App, bool) {
	for _, name := range names {
		for key, rule := range p.Apps.Listed {
			if strings.EqualFold(key, name) {
				return rule, true
			}
		}
	}
	return App{}, false
}

// RouteFrom is how a device travels from a country. listed is false where the rule for elsewhere was taken.
func (p Policy) RouteFrom(country string) (route Route, listed bool) {
	if r, ok := p.Devices.Countries[strings.ToUpper(country)]; ok {
		return r, true
	}
	return p.Devices.Elsewhere, false
}
