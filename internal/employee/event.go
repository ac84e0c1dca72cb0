package employee

import "time"

// EventKind says what happened to a person in the HR system.
type EventKind string

// The events the directory watch can tell apart.
const (
	Left      EventKind = "left"      // user_status turned inactive
	Departing EventKind = "departing" // a departure date was set or moved
	Staying   EventKind = "staying"   // the departure date was cleared
	Returned  EventKind = "returned"  // inactive turned active or pending
	Joining   EventKind = "joining"   // a new profile
	Changed   EventKind = "changed"   // another field changed
)

// Event is one change of one HR record, found by comparing two snapshots of the directory.
type Event struct {
	Key      string    `json:"key"` // the same for the same change however often it is found
	Kind     EventKind `json:"kind"`
	Employee ID        `json:"employee"`
	Fields   []string  `json:"fields,omitempty"` // names of the changed fields, never their values
	HREdited time.Time `json:"hrEdited"`         // Namely's updated_at
	Detected time.Time `json:"detected"`         // when the poll saw it
}
