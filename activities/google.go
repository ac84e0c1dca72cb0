package activities

import (
	"time"

	"tenure/internal/plan"
)

// Activities of Google Workspace.
var (
	// GoogleReadUser reads an account: state, organisational unit, aliases, delegates, forwarding, owned groups.
	// What only the mailbox can tell (delegates, forwarding) is left empty when the account is suspended or has
	// no mailbox. An account that does not exist is Facts.Exists == false, not an error.
	GoogleReadUser = reads[Identity, plan.GoogleFacts](QueueGoogle, "ReadUser")
	// GoogleCutAccess performs google.roles, google.password, google.sessions, google.tokens in that order, then
	// signs out once more. It never suspends: the mailbox is to be lent.
	GoogleCutAccess = evidenced[Perform, Outcomes](QueueGoogle, "CutAccess", Contain)
	// GoogleCloseLeaks performs google.forwarding: auto-forwarding off, forwarding filters and the leaver's own
	// delegates removed (all but Keep), each recorded in Items.
	GoogleCloseLeaks = evidenced[CloseLeaks, Outcomes](QueueGoogle, "CloseLeaks", Change)
	// GoogleDelegateMailbox performs google.delegate and verifies it by reading the delegate back.
	GoogleDelegateMailbox = evidenced[DelegateMailbox, Outcomes](QueueGoogle, "DelegateMailbox", Change)
	// GoogleRemoveDelegate performs google.undelegate and verifies by listing.
	GoogleRemoveDelegate = evidenced[DelegateMailbox, Outcomes](QueueGoogle, "RemoveDelegate", Change)
	// GoogleSetAutoReply performs google.autoreply.
	GoogleSetAutoReply = evidenced[SetAutoReply, Outcomes](QueueGoogle, "SetAutoReply", Change)
	// GoogleStartTransfer starts the Drive and Calendar transfer, or adopts one for the same two owners that is
	// younger than the case. It never makes a second job.
	GoogleStartTransfer = evidenced[StartTransfer, TransferState](QueueGoogle, "StartTransfer", Change)
	// GoogleReadTransfer reads a transfer's state.
	GoogleReadTransfer = evidenced[ReadTransfer, TransferState](QueueGoogle, "ReadTransfer", Read)
	// GoogleMoveGroups performs google.groups: the heir becomes owner of every group only the leaver owned.
	GoogleMoveGroups = evidenced[MoveGroups, Outcomes](QueueGoogle, "MoveGroups", Change)
	// GoogleHideUser performs google.hide.
	GoogleHideUser = evidenced[Perform, Outcomes](QueueGoogle, "HideUser", Change)
	// GoogleMoveOrgUnit performs google.orgunit and reads the delegate back after the move, because an
	// organisational unit without Gmail would end the delegation.
	GoogleMoveOrgUnit = evidenced[MoveOrgUnit, Outcomes](QueueGoogle, "MoveOrgUnit", Change)
	// GoogleSuspendUser performs google.suspend.
	GoogleSuspendUser = evidenced[Perform, Outcomes](QueueGoogle, "SuspendUser", Change)
	// GoogleProbeAccess reads whether the person has any way in again (sign-in since, new tokens).
	GoogleProbeAccess = reads[ProbeGoogle, Residue](QueueGoogle, "ProbeAccess")
	// GoogleRestoreUser brings an account back: unsuspended, unit, address list and recovery data as found, a new
	// random password to be changed at next login, delegate removed.
	GoogleRestoreUser = evidenced[RestoreGoogle, Outcomes](QueueGoogle, "RestoreUser", Change)
)

// CloseLeaks names the mailbox and the delegate that is to stay.
type CloseLeaks struct {
	Perform
	Keep string `json:"keep,omitempty"`
}

// DelegateMailbox names the mailbox (Perform.Login) and the delegate's primary address.
type DelegateMailbox struct {
	Perform
	Delegate string `json:"delegate"`
}

// SetAutoReply names the mailbox and the answer.
type SetAutoReply struct {
	Perform
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// StartTransfer hands files and calendars from one account to another.
type StartTransfer struct {
	Perform
	To   string   `json:"to"`   // the heir's primary address; the implementation finds the numeric id
	Apps []string `json:"apps"` // "drive", "calendar"
}

// ReadTransfer names a transfer.
type ReadTransfer struct {
	Perform
	Transfer string `json:"transfer"`
}

// TransferState is a transfer as it stands. Outcome.State is waiting while it runs, verified when every
// application completed, needs_attention when one failed.
type TransferState struct {
	Transfer string   `json:"transfer"`
	Adopted  bool     `json:"adopted,omitempty"`
	Failed   []string `json:"failed,omitempty"`
	Outcome  Outcome  `json:"outcome"`
}

// StepOutcomes returns the one outcome.
func (t TransferState) StepOutcomes() []Outcome { return []Outcome{t.Outcome} }

// MoveGroups names the groups and the new owner's address.
type MoveGroups struct {
	Perform
	Groups []string `json:"groups"`
	To     string   `json:"to"`
}

// MoveOrgUnit names the organisational unit and the delegate that must survive the move ("" for none).
type MoveOrgUnit struct {
	Perform
	OrgUnit  string `json:"orgUnit"`
	Delegate string `json:"delegate,omitempty"`
}

// ProbeGoogle asks for access gained since an instant.
type ProbeGoogle struct {
	Identity
	Since time.Time `json:"since"`
}

// RestoreGoogle undoes containment from the snapshot.
type RestoreGoogle struct {
	CaseRef
	Facts    plan.GoogleFacts `json:"facts"`
	Done     []plan.StepID    `json:"done"`
	Delegate string           `json:"delegate,omitempty"`
}
