package activities

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Activities on Tenure's own store. They are local activities.
var (
	// CaseOpen loads the person, applies the policy and says whether the case needs approval.
	CaseOpen = define[OpenCase, OpenedCase](QueueLifecycle, "case.Open", Local)
	// CaseBuildPlan builds the plan from the facts, once.
	CaseBuildPlan = define[BuildPlan, plan.Plan](QueueLifecycle, "case.BuildPlan", Local)
	// CaseRecheck reads the facts a parked case must wake up to: was the person rehired, did the heir leave.
	CaseRecheck = define[Recheck, Rechecked](QueueLifecycle, "case.Recheck", Local)
	// CaseLink remembers which account of a system belongs to the person, in the identity ledger.
	CaseLink = define[LinkAccounts, Nothing](QueueLifecycle, "case.LinkAccounts", Local)
	// CaseRecordDecision writes what a person decided (approval, skip, hold, rescind, extension) as evidence.
	CaseRecordDecision = define[Decision, Outcomes](QueueLifecycle, "case.RecordDecision", Local)
	// CaseSeal closes the evidence of a case with a record that counts and hashes what came before.
	CaseSeal = define[SealCase, Sealed](QueueLifecycle, "case.Seal", Local)
	// CaseAlarm words what IT must be told of a case that cannot begin, and says where. It needs no store, which may be
	// what is missing.
	CaseAlarm = define[CaseTrouble, Announcement](QueueLifecycle, "case.Alarm", Local)
	// OutboxDispatch starts or updates the workflows that the outbox asks for. It is the single activity that
	// does so.
	OutboxDispatch = define[DispatchOutbox, Dispatched](QueueLifecycle, "outbox.Dispatch", Change)
)

// Nothing is an empty result.
type Nothing struct{}

// OpenCase asks for what a case needs to begin.
type OpenCase struct {
	CaseRef
	ProfileID string    `json:"profileId,omitempty"`
	At        time.Time `json:"at"`
	Emergency bool      `json:"emergency,omitempty"`
	Process   string    `json:"process"` // "Offboard", "DeviceReturn"
}

// OpenedCase is the person and the rules that hold for this case.
type OpenedCase struct {
	Person   employee.Employee `json:"person"`
	Accounts Accounts          `json:"accounts"` // what the identity ledger knows
	// Contain is the part of the plan that needs no facts: containment does not wait for any.
	Contain  []plan.Step   `json:"contain"`
	Settings plan.Settings `json:"settings"`
	Managers []plan.Heir   `json:"managers,omitempty"`
	Zone     string        `json:"zone"` // IANA name of the person's zone
	HRLate   bool          `json:"hrLate,omitempty"`
}

// CaseTrouble is why a case cannot begin.
type CaseTrouble struct {
	Case     string      `json:"case"`
	Run      string      `json:"run"`
	Employee employee.ID `json:"employee"`
	Actor    string      `json:"actor"`
	Problem  string      `json:"problem"` // the type of the refusal
	Text     string      `json:"text"`
	Mend     string      `json:"mend,omitempty"`
}

// Accounts maps a system to the vendor's immutable account id.
type Accounts map[string]string

// BuildPlan asks for the whole plan.
type BuildPlan struct {
	CaseRef
	Person employee.Employee `json:"person"`
	Facts  plan.Facts        `json:"facts"`
	At     time.Time         `json:"at"`
}

// Recheck asks what changed around a parked case.
type Recheck struct {
	CaseRef
	Heir employee.ID `json:"heir,omitempty"`
	// As is why it was the heir, [plan.Heir.Why]: who was lent the mailbox as the manager hands it on to the next manager.
	// Empty asks only whether the heir is in the chain still.
	As string `json:"as,omitempty"`
}

// Rechecked is what changed.
type Rechecked struct {
	Status employee.Status `json:"status"` // of the leaver, in HR now, by whichever of their records is the most alive
	// HeirGone says that somebody else must be the heir: this one is leaving, left, is on leave, or is not whom HR has
	// above the leaver any more. Why says which, in words that go on from the name: "is on leave".
	HeirGone bool        `json:"heirGone,omitempty"`
	Why      string      `json:"why,omitempty"`
	Managers []plan.Heir `json:"managers,omitempty"` // the chain as it is now
}

// LinkAccounts carries account ids into the ledger.
type LinkAccounts struct {
	CaseRef
	Accounts Accounts `json:"accounts"`
	Method   string   `json:"method"` // "login", "email+number"
}

// Decision is what a person decided.
type Decision struct {
	CaseRef
	What   string      `json:"what"` // "approve", "deny", "skip", "done", "retry", "hold", "release", "rescind", "extend"
	By     string      `json:"by"`
	Reason string      `json:"reason,omitempty"`
	Step   plan.StepID `json:"step,omitempty"`
	At     time.Time   `json:"at"`
	State  plan.State  `json:"state,omitempty"`
}

// SealCase closes a case's evidence.
type SealCase struct {
	CaseRef
	Outcome string    `json:"outcome"`
	At      time.Time `json:"at"`
	Steps   []Outcome `json:"steps"`
}

// Sealed names the closing record.
type Sealed struct {
	Records int    `json:"records"`
	Hash    string `json:"hash"`
}

// DispatchOutbox asks to work the outbox off.
type DispatchOutbox struct{}

// Dispatched counts what was done.
type Dispatched struct {
	Started int `json:"started"`
	Updated int `json:"updated"`
	Skipped int `json:"skipped"`
}
