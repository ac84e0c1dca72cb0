package activities

import (
	"fmt"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Mirrors: the Slack card and the Jira ticket show the same [CaseView]. A mirror call is whole and repeatable: it
// finds or makes the card (ticket), renders the view, and adds those entries that are not there yet, each found
// by its own mark. So a mirror that was down catches up in order with one call, and repeats nothing.
var (
	// SlackMirrorCase keeps one card and its thread in a private channel.
	SlackMirrorCase = define[MirrorCase, MirrorRef](QueueSlack, "slack.MirrorCase", Mirror)
	// JiraMirrorCase keeps one ticket, its comments and its sub-tasks.
	JiraMirrorCase = define[MirrorCase, MirrorRef](QueueJira, "jira.MirrorCase", Mirror)
	// SlackCutAccess performs slack.account where the workspace's plan has an API for it.
	SlackCutAccess = evidenced[Perform, Outcomes](QueueSlack, "CutAccess", Contain)
)

// MirrorCase is what a mirror is to show.
type MirrorCase struct {
	Ref      MirrorRef           `json:"ref"` // what earlier calls returned; zero at first
	View     CaseView            `json:"view"`
	Entries  []Entry             `json:"entries,omitempty"` // those after Ref.Seq, oldest first
	Settings plan.MirrorSettings `json:"settings"`
	// Unclear is set when an earlier call may have taken effect without its answer being kept (a timeout, a
	// cancelled call, a worker that died): look for what is there before posting, even on the first attempt.
	Unclear bool `json:"unclear,omitempty"`
}

// MirrorRef is what a mirror has made so far.
type MirrorRef struct {
	// Key is the ticket key (Jira) or the message timestamp (Slack).
	Key     string `json:"key,omitempty"`
	Channel string `json:"channel,omitempty"`
	URL     string `json:"url,omitempty"` // for people
	// Seq is the last entry that is shown.
	Seq int `json:"seq"`
	// Tasks maps a step to the ticket of its task.
	Tasks map[plan.StepID]string `json:"tasks,omitempty"`
	// Version is the last CaseView.Version that was rendered.
	Version int `json:"version"`
}

// CaseView is a case as people see it, for card, ticket, Temporal page, terminal and `tenure explain`. It names
// the person, so it is only ever sent to the private channel, the ticket and the encrypted history.
type CaseView struct {
	Case     string      `json:"case"` // workflow id
	Run      string      `json:"run"`  // first run id; part of every mark, so that a rehire's second case gets a new card
	Process  string      `json:"process"`
	Employee employee.ID `json:"employee"`
	Name     string      `json:"name"`
	Email    string      `json:"email"`
	Title    string      `json:"title,omitempty"` // the person's job title
	Country  string      `json:"country,omitempty"`
	Phase    string      `json:"phase"`
	Headline string      `json:"headline"` // one sentence: "Contained and verified in 3 s; waiting for the laptop"
	Actor    string      `json:"actor"`
	Reason   string      `json:"reason,omitempty"`
	Urgency  string      `json:"urgency"` // "normal", "emergency"
	HRLate   bool        `json:"hrLate,omitempty"`

	Opened      time.Time `json:"opened"`
	Effective   time.Time `json:"effective"`
	HREdited    time.Time `json:"hrEdited,omitzero"`
	Detected    time.Time `json:"detected,omitzero"`
	ContainedAt time.Time `json:"containedAt,omitzero"` // the moment the last critical containment step was verified
	LeaseEnds   time.Time `json:"leaseEnds,omitzero"`
	WatchEnds   time.Time `json:"watchEnds,omitzero"`
	ClosedAt    time.Time `json:"closedAt,omitzero"`
	NextWake    time.Time `json:"nextWake,omitzero"`
	NextWakeWhy string    `json:"nextWakeWhy,omitempty"`
	// Then is what the case really waits for, where it wakes up sooner only to look whether anything has changed.
	Then    time.Time `json:"then,omitzero"`
	ThenWhy string    `json:"thenWhy,omitempty"`

	Heir      string       `json:"heir,omitempty"` // who has the mailbox
	HeirID    employee.ID  `json:"heirId,omitempty"`
	OnHold    bool         `json:"onHold,omitempty"`
	HoldWhy   string       `json:"holdWhy,omitempty"`
	Approvals *Approvals   `json:"approvals,omitempty"`
	WaitsFor  []string     `json:"waitsFor,omitempty"` // who or what is waited for, in words
	Steps     []StepView   `json:"steps"`
	Returns   []ReturnView `json:"returns,omitempty"`

	// Version grows with every change; a mirror never renders an older view over a newer one.
	Version     int    `json:"version"`
	Closed      bool   `json:"closed,omitempty"`
	Why         string `json:"why,omitempty"`     // why it ended before it had done what it began
	Outcome     string `json:"outcome,omitempty"` // when closed: "completed", "rescinded", "denied"
	SlackURL    string `json:"slackUrl,omitempty"`
	JiraKey     string `json:"jiraKey,omitempty"`
	JiraURL     string `json:"jiraUrl,omitempty"`
	WorkflowURL string `json:"workflowUrl,omitempty"`
}

// StepView is one step as people see it.
type StepView struct {
	ID       plan.StepID `json:"id"`
	Phase    plan.Phase  `json:"phase"`
	Title    string      `json:"title"`
	State    plan.State  `json:"state"`
	Critical bool        `json:"critical,omitempty"`
	Detail   string      `json:"detail,omitempty"`
	ReadBack string      `json:"readBack,omitempty"`
	Problem  string      `json:"problem,omitempty"`
	Mend     string      `json:"mend,omitempty"`
	Owner    string      `json:"owner,omitempty"` // whose job it is, when a person is asked
	Due      time.Time   `json:"due,omitzero"`
	By       string      `json:"by,omitempty"` // who skipped it or said it was done
	Started  time.Time   `json:"started,omitzero"`
	Executed time.Time   `json:"executed,omitzero"`
	Verified time.Time   `json:"verified,omitzero"`
}

// ReturnView is one device's way back as people see it.
type ReturnView struct {
	Serial    string    `json:"serial"`
	Model     string    `json:"model,omitempty"`
	Route     string    `json:"route"`
	Milestone Milestone `json:"milestone,omitempty"`
	Order     string    `json:"order,omitempty"`
	OrderURL  string    `json:"orderUrl,omitempty"`
	CancelBy  time.Time `json:"cancelBy,omitzero"` // until when the portal can cancel the box
	Tracking  string    `json:"tracking,omitempty"`
	TrackURL  string    `json:"trackUrl,omitempty"`
	Carrier   string    `json:"carrier,omitempty"`
	LastSeen  string    `json:"lastSeen,omitempty"`
	Updated   time.Time `json:"updated,omitzero"`
}

// Approvals is the gate as people see it.
type Approvals struct {
	Needed  int       `json:"needed"`
	By      []string  `json:"by,omitempty"`
	Why     string    `json:"why"`
	Expires time.Time `json:"expires"`
	Nonce   string    `json:"nonce"`
}

// EntryKind says how an entry is shown.
type EntryKind string

// The kinds of entry.
const (
	EntryInfo    EntryKind = "info"
	EntrySuccess EntryKind = "success"
	EntryFailure EntryKind = "failure"
	EntryTask    EntryKind = "task"   // a person is asked to do something
	EntryReport  EntryKind = "report" // the final report
)

// Entry is one line of a case's log: a message in the Slack thread, a comment on the Jira ticket.
type Entry struct {
	Seq  int         `json:"seq"` // 1, 2, 3, ... within the case
	At   time.Time   `json:"at"`
	Kind EntryKind   `json:"kind"`
	Step plan.StepID `json:"step,omitempty"`
	Text string      `json:"text"`
	// Quiet entries go to the Slack thread only: Jira limits how often one ticket may be written.
	Quiet bool `json:"quiet,omitempty"`
}

// Began is the moment from which containment is counted: when the case was to begin, or when it was opened if
// that was later (HR entered it late).
func (v CaseView) Began() time.Time {
	if v.Effective.After(v.Opened) {
		return v.Effective
	}
	return v.Opened
}

// Lasting says a duration as people do, to the precision that matters to them: "2.3 s", "45 min", "60 days".
func Lasting(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	}
}

// OfRole says whether the case brings accounts to a person's role, rather than taking everything away: nobody is contained
// in it, and no mailbox is lent.
func (v CaseView) OfRole() bool {
	return v.Process == "Onboard" || v.Process == "Move" || v.Process == "Leave"
}
