package employee

import "time"

// Traits are what a changed person may have in common with others who changed too: a bulk mistake leaves the same mark
// on everybody it hits. They are read from the record as it was before the change.
type Traits struct {
	Department string     `json:"department,omitempty"`
	Office     string     `json:"office,omitempty"`
	Manager    string     `json:"manager,omitempty"` // profile id
	WorkerType WorkerType `json:"workerType,omitempty"`
	// Announced says that the leaving was known: a departure date that came within the last days, and was dispatched
	// after whatever else was heard of the person's coming and going.
	Announced bool `json:"announced,omitempty"`
	// Scheduled says of a departure date that was moved that the one before it was dispatched: a case waits for it.
	Scheduled bool `json:"scheduled,omitempty"`
}

// TraitsOf are a record's traits.
func TraitsOf(e Employee) Traits {
	return Traits{Department: e.Department, Office: e.Office, Manager: e.ManagerProfileID, WorkerType: e.WorkerType}
}

// Sighting is an event with the traits of its person.
type Sighting struct {
	Event  Event
	Traits Traits
}

// Burst is what the mass guard judges: the events of one scan beside those of the time before it.
type Burst struct {
	At time.Time
	// Company is everybody who is not inactive and not missing, before the scan.
	Company []Traits
	Fresh   []Sighting
	// Recent are guarded events of the window that ran through unasked, or are held still. What people decided upon is
	// not among them.
	Recent []Sighting
}

// Verdict is the mass guard's.
type Verdict struct {
	// Hold lists the fresh events to be held, by their place; none when nothing is held.
	Hold []int
	// People is how many people they are of.
	People int
	// Cause says in words what made the guard hold them.
	Cause string
}

// BatchState is how a batch of held events stands.
type BatchState string

// The states of a batch.
const (
	BatchHeld      BatchState = "held"
	BatchReleased  BatchState = "released" // the list that two people named runs, the others do not
	BatchRejected  BatchState = "rejected"
	BatchExpired   BatchState = "expired"   // nobody decided
	BatchWithdrawn BatchState = "withdrawn" // HR took back all of it
)

// Batch is a burst of events that is held until two people decide.
type Batch struct {
	ID      string        `json:"id"` // "B7"
	Cause   string        `json:"cause"`
	State   BatchState    `json:"state"`
	Opened  time.Time     `json:"opened"`
	Expires time.Time     `json:"expires"`
	Closed  time.Time     `json:"closed,omitzero"`
	People  []BatchPerson `json:"people"` // by id
	// Proposal is what one person has asked for and a second has not confirmed yet.
	Proposal *Proposal `json:"proposal,omitempty"`
	// Decided is what two people agreed upon, once they have.
	Decided *Proposal `json:"decided,omitempty"`
}

// Held is the people of the batch whose events are held still.
func (b Batch) Held() []ID {
	var ids []ID
	for _, p := range b.People {
		if p.State == PersonHeld {
			ids = append(ids, p.Employee)
		}
	}
	return ids
}

// BatchPerson is one person of a batch.
type BatchPerson struct {
	Employee ID          `json:"employee"`
	Kinds    []EventKind `json:"kinds"`
	// Departure is the last day that HR's record names, as it was held; zero for none.
	Departure Date        `json:"departure,omitzero"`
	State     PersonState `json:"state"`
	Note      string      `json:"note,omitempty"`
}

// PersonState is what became of one person's events in a batch.
type PersonState string

// The states of a person in a batch.
const (
	PersonHeld      PersonState = "held"
	PersonReleased  PersonState = "released"
	PersonRejected  PersonState = "rejected"
	PersonExpired   PersonState = "expired"
	PersonCorrected PersonState = "corrected" // HR took it back while it was held
)

// BatchVerb is what can be asked of a batch.
type BatchVerb string

// The verbs.
const (
	ReleaseBatch BatchVerb = "release"
	RejectBatch  BatchVerb = "reject"
)

// Proposal is a decision that one person has asked for.
type Proposal struct {
	Verb   BatchVerb `json:"verb"`
	By     string    `json:"by"`               // "cli:jo"
	Person ID        `json:"person,omitempty"` // who stands behind it, where known
	People []ID      `json:"people"`           // the named list, by id
	Reason string    `json:"reason"`
	Nonce  string    `json:"nonce"`
	At     time.Time `json:"at"`
	// Confirmed is by whom and when, once somebody else has.
	Confirmed       string    `json:"confirmed,omitempty"`
	ConfirmedPerson ID        `json:"confirmedPerson,omitempty"`
	ConfirmedAt     time.Time `json:"confirmedAt,omitzero"`
}

// RaiseState is how a raise of the mass guard stands.
type RaiseState string

// The states of a raise.
const (
	RaiseAsked    RaiseState = "asked" // by one person
	RaiseOpen     RaiseState = "open"  // confirmed by a second
	RaiseUsed     RaiseState = "used"  // it let one batch through
	RaiseExpired  RaiseState = "expired"
	RaiseReplaced RaiseState = "replaced"
)

// Raise lets one batch of up to so many people through until a moment.
type Raise struct {
	ID     string        `json:"id"` // "R2"
	People int           `json:"people"`
	Lasts  time.Duration `json:"lasts"`
	State  RaiseState    `json:"state"`
	Asked  Proposal      `json:"asked"` // without a list
	Until  time.Time     `json:"until,omitzero"`
	// Used is how many people it let through.
	Used   int       `json:"used,omitempty"`
	UsedAt time.Time `json:"usedAt,omitzero"`
}

// SamePerson says whether two askers are one: the people behind them where both are known, else the doors' ids.
func SamePerson(by string, person ID, otherBy string, otherPerson ID) bool {
	if by == otherBy {
		return true
	}
	return person != "" && person == otherPerson
}
