package activities

import "tenure/internal/plan"

// Activities of Jamf Pro.
var (
	// JamfFindDevices lists computers and mobile devices assigned to the person by mail address or user name,
	// compared again in code. Somebody else's device is never returned.
	JamfFindDevices = reads[Identity, plan.DeviceFacts](QueueJamf, "FindDevices")
	// JamfLockComputer performs jamf.lock for one computer: its PIN is decided once, kept encrypted in the PIN
	// vault before anything is sent, and reused on every retry; a lock command of this case that is already
	// queued is adopted. The PIN never leaves the vault: not into the result, the error, or a log.
	JamfLockComputer = evidenced[LockComputer, LockState](QueueJamf, "LockComputer", Contain)
	// JamfReadLock reads the state of a lock command, and wakes the computer by a blank push when asked.
	JamfReadLock = evidenced[ReadLock, LockState](QueueJamf, "ReadLock", Read)
	// JamfReturnToStock unassigns a device and marks it as stock, and reads it back. It refuses when the device
	// was re-enrolled or assigned to somebody else since the case began.
	JamfReturnToStock = evidenced[ReturnToStock, Outcomes](QueueJamf, "ReturnToStock", Change)
	// JamfEraseComputer queues one erase (adopting one of this case that is queued) with DoNotObliterate.
	JamfEraseComputer = evidenced[LockComputer, LockState](QueueJamf, "EraseComputer", Change)
)

// LockComputer names a computer to be locked or erased.
type LockComputer struct {
	CaseRef
	Step    plan.StepID `json:"step"`
	Device  plan.Device `json:"device"`
	Message string      `json:"message"` // shown on the locked screen
}

// ReadLock names a command.
type ReadLock struct {
	CaseRef
	Step    plan.StepID `json:"step"`
	Device  plan.Device `json:"device"`
	Command string      `json:"command"` // uuid
	Wake    bool        `json:"wake"`
}

// LockState is an MDM command as it stands. Outcome.State is waiting while the computer has not answered (it may
// be offline for weeks), verified when it acknowledged and the stored PIN is ours.
type LockState struct {
	Command string  `json:"command"`
	Adopted bool    `json:"adopted,omitempty"`
	Outcome Outcome `json:"outcome"`
}

// StepOutcomes returns the one outcome.
func (l LockState) StepOutcomes() []Outcome { return []Outcome{l.Outcome} }

// ReturnToStock names a device that came back.
type ReturnToStock struct {
	CaseRef
	Step       plan.StepID `json:"step"`
	Device     plan.Device `json:"device"`
	Email      string      `json:"email"`               // who it was assigned to
	Attribute  string      `json:"attribute,omitempty"` // extension attribute definition id
	StockValue string      `json:"stockValue,omitempty"`
}
