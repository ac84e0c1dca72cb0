package plan

import (
	"time"
)

// Step is one thing to do, as planned.
type Step struct {
	ID       StepID `json:"id"`
	Phase    Phase  `json:"phase"`
	Title    string `json:"title"` // what people read: "Mailbox lent to Kim Lee"
	Critical bool   `json:"critical,omitempty"`
	// Preset is the state the step starts in when the plan already knows that nothing is to be done
	// (not_applicable, already_absent, ignored_by_policy) or that a person must do it (delegated,
	// needs_attention). Empty means that the step runs.
	Preset State  `json:"preset,omitempty"`
	Note   string `json:"note,omitempty"` // why the preset, in words
	// Needs are steps of the same plan that must be proved or skipped by a person first.
	Needs  []StepID `json:"needs,omitempty"`
	App    *AppStep `json:"app,omitempty"`    // for app.revoke
	Device *Device  `json:"device,omitempty"` // for jamf.lock and device.return
}

// AppStep is how one application's access is taken away.
type AppStep struct {
	Key    string    `json:"key"` // the object of the step id
	OktaID string    `json:"oktaId,omitempty"`
	Label  string    `json:"label"`
	Scope  string    `json:"scope,omitempty"` // USER or GROUP
	Method AppMethod `json:"method"`
	Owner  string    `json:"owner,omitempty"` // whom to ask when delegated
}

// AppMethod is what policy says about an application.
type AppMethod string

// The methods.
const (
	Automatic AppMethod = "automatic"
	Delegate  AppMethod = "delegate"
	Ignore    AppMethod = "ignore"
)

// Plan is everything that will be done for one leaver, in order within each phase.
type Plan struct {
	PolicyHash string    `json:"policyHash"`
	BuiltAt    time.Time `json:"builtAt"`
	Steps      []Step    `json:"steps"`
	Heir       *Heir     `json:"heir,omitempty"` // who is lent the mailbox and handed the files
	Settings   Settings  `json:"settings"`
}

// In lists the steps of one phase, in order.
func (p Plan) In(phase Phase) []Step {
	var out []Step
	for _, s := range p.Steps {
		if s.Phase == phase {
			out = append(out, s)
		}
	}
	return out
}

// Settings is what the workflow needs of the policy, as durations and instants, so that no workflow reads a
// policy file.
type Settings struct {
	Day         time.Duration `json:"day"`         // how long the policy's day lasts: 24h but for demonstrations
	Containment time.Duration `json:"containment"` // the promise: contained within this time

	Lease          time.Duration   `json:"lease"`
	LeaseReminders []time.Duration `json:"leaseReminders"` // before the end
	LeaseRenewal   time.Duration   `json:"leaseRenewal"`   // what one renewal adds
	LeaseRenewals  int             `json:"leaseRenewals"`

	Watch      time.Duration `json:"watch"` // residual-access watch after containment
	WatchEvery time.Duration `json:"watchEvery"`

	TransferFirstPoll time.Duration `json:"transferFirstPoll"`
	TransferMaxPoll   time.Duration `json:"transferMaxPoll"`
	TransferDeadline  time.Duration `json:"transferDeadline"`
	TransferApps      []string      `json:"transferApps"` // "drive", "calendar"

	LockMessage  string        `json:"lockMessage"` // shown on the locked screen
	LockPoll     time.Duration `json:"lockPoll"`
	LockDeadline time.Duration `json:"lockDeadline"` // an offline computer becomes somebody's job after this

	OrgUnit         string        `json:"orgUnit"`
	ReplySubject    string        `json:"replySubject"`
	ReplyBody       string        `json:"replyBody"`
	ApprovalsNeeded int           `json:"approvalsNeeded"` // 0: no gate
	ApprovalWhy     string        `json:"approvalWhy,omitempty"`
	ApprovalExpiry  time.Duration `json:"approvalExpiry"`
	// EmergencyFrom lists the doors and actors whose emergency does not wait, as the policy has it.
	EmergencyFrom []string `json:"emergencyFrom,omitempty"`
	// OneCLIVoice says that of those who approve only one may speak at the command line, where who speaks is only said.
	OneCLIVoice bool          `json:"oneCLIVoice,omitempty"`
	TaskDue     time.Duration `json:"taskDue"` // when a step that became somebody's job is due

	Mirror MirrorSettings `json:"mirror"`
	Return ReturnSettings `json:"return"`
	Role   RoleSettings   `json:"role,omitzero"`
}

// MirrorSettings is where a case is shown.
type MirrorSettings struct {
	SlackChannel string        `json:"slackChannel,omitempty"` // empty: no Slack mirror
	SlackEvery   time.Duration `json:"slackEvery"`             // least time between two card updates
	JiraProject  string        `json:"jiraProject,omitempty"`  // empty: no Jira mirror
	JiraEvery    time.Duration `json:"jiraEvery"`
	JiraType     string        `json:"jiraType"`
	JiraSubtask  string        `json:"jiraSubtask"`
	// JiraDone and JiraReceived are the statuses that mean, on a sub-task, that its step was done, and that the device
	// is here; empty: moving a ticket means nothing.
	JiraDone     []string `json:"jiraDone,omitempty"`
	JiraReceived []string `json:"jiraReceived,omitempty"`
	TemporalUI   string   `json:"temporalUi,omitempty"` // base URL of the Web UI, for links
}

// ReturnSettings is how a device comes back.
type ReturnSettings struct {
	Route          ReturnRoute   `json:"route"`
	RouteWhy       string        `json:"routeWhy"`         // "lives in KR: no box from there"
	Device         string        `json:"device,omitempty"` // Retriever's device kind: laptop, canada_laptop
	Charger        bool          `json:"charger"`
	Poll           time.Duration `json:"poll"`
	Day            time.Duration `json:"day"`
	Reminders      []Reminder    `json:"reminders"`
	CancelWindow   time.Duration `json:"cancelWindow"`             // how long Retriever's portal can still cancel
	OnReturn       string        `json:"onReturn"`                 // "stock" or "erase"
	InPerson       string        `json:"inPerson,omitempty"`       // where and to whom, for a return in person
	StockAttribute string        `json:"stockAttribute,omitempty"` // Jamf extension attribute definition id
	StockValue     string        `json:"stockValue,omitempty"`
}

// ReturnRoute is how the device travels.
type ReturnRoute string

// The routes.
const (
	ByBox    ReturnRoute = "box"
	InPerson ReturnRoute = "in_person"
)

// Reminder is one rung of the reminder ladder, counted from the start of the return.
type Reminder struct {
	After time.Duration `json:"after"`
	Whom  string        `json:"whom"` // "employee", "manager", "hr"
}
