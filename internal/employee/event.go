package employee

import "time"

// EventKind says what happened to a person in the HR system, as far as a process acts on it.
type EventKind string

// The events the directory watch can tell apart. Stores and histories hold these words.
const (
	Left      EventKind = "left"      // user_status turned inactive
	Departing EventKind = "departing" // a departure date was set or moved
	Staying   EventKind = "staying"   // the departure date was cleared
	Returned  EventKind = "returned"  // inactive turned active or pending
	Joining   EventKind = "joining"   // a new profile
	Changed   EventKind = "changed"   // another field changed
)

// Class says more closely what an event is. One event can be of several: somebody who moves to another department under
// another manager is both.
type Class string

// The classes, by the kind of event they belong to.
const (
	// Of Left.
	Leaver        Class = "leaver"
	HireCalledOff Class = "hire_called_off" // pending turned inactive: somebody who never started
	// Of Departing and Staying. Backdated is of Left too: the last day was over when HR said so.
	DepartureSet       Class = "departure_set"
	DepartureAdvanced  Class = "departure_advanced"
	DeparturePostponed Class = "departure_postponed"
	DepartureCleared   Class = "departure_cleared"
	FixedTerm          Class = "fixed_term" // a new profile that has an end from the beginning
	Backdated          Class = "backdated"
	// Of Returned: the same profile. A rehire whom HR gave a new one is a Joiner with a [Match].
	Rehire Class = "rehire"
	// Of Joining.
	Joiner          Class = "joiner"
	LikelyRehire    Class = "likely_rehire"    // the new profile shares an address or a number with somebody who left
	LikelyDuplicate Class = "likely_duplicate" // or with somebody who has not: two records of one person, perhaps
	// Of Changed.
	Started        Class = "started" // pending turned active
	Mover          Class = "mover"   // title, department or office
	ManagerChanged Class = "manager_changed"
	Renamed        Class = "renamed"
	EmailChanged   Class = "email_changed"
	Converted      Class = "converted"     // between an employee and somebody external
	WorkerTypeOnly Class = "worker_type"   // another type of worker on the same side of that line
	StartMoved     Class = "start_moved"   // the first day
	LeaveBegan     Class = "leave_began"   // of absence
	LeaveEnded     Class = "leave_ended"   // and back from it
	DetailChanged  Class = "detail"        // a further field that the policy maps (cost centre, level)
	ContactChanged Class = "contact"       // private address, home, the office's address
	AccessChanged  Class = "access"        // a case shut the person out, or let them in again; HR said nothing
	AfterLeaving   Class = "after_leaving" // whatever HR edits in the record of somebody who has left
)

// Event is one change of one HR record, found by comparing two snapshots of the directory.
type Event struct {
	// Key names the change. The outbox adds a number to it when the same change happens once more.
	Key      string    `json:"key"`
	Kind     EventKind `json:"kind"`
	What     []Class   `json:"what,omitempty"`
	Employee ID        `json:"employee"`
	Fields   []string  `json:"fields,omitempty"` // names of the changed fields, never their values; further ones are custom.<name>
	// Matches are people who may be the same person as this new profile. It is a proposal to ask about: nothing is
	// linked because of it.
	Matches []Match `json:"matches,omitempty"`
	// Departure is the departure date in the record now, DepartureWas the one before the change; zero for none.
	Departure    Date      `json:"departure,omitzero"`
	DepartureWas Date      `json:"departureWas,omitzero"`
	HREdited     time.Time `json:"hrEdited"` // Namely's updated_at
	Detected     time.Time `json:"detected"` // when the poll saw it
}

// Match is somebody whose record shares something with a new one.
type Match struct {
	Employee ID     `json:"employee"`
	By       string `json:"by"` // see the constants
	Status   Status `json:"status"`
}

// What a [Match] rests on.
const (
	ByEmail         = "email"
	ByPersonalEmail = "personal email"
	ByNumber        = "employee number"
)

// Is says whether the event is of a class.
func (e Event) Is(c Class) bool {
	for _, w := range e.What {
		if w == c {
			return true
		}
	}
	return false
}
