package activities

import (
	"time"

	"tenure/internal/employee"
)

// CaseFind says who is meant by what somebody typed, for a front door that has no store of its own.
var CaseFind = define[FindPeople, FoundPeople](QueueLifecycle, "case.Find", Local)

// FindPeople asks for the people whose work address, employee id or profile id is Text, or for those with these IDs.
type FindPeople struct {
	Text string        `json:"text,omitempty"`
	IDs  []employee.ID `json:"ids,omitempty"` // at most MaxFound
}

// MaxFound is how many people one question finds.
const MaxFound = 500

// FoundPeople are those who are known, in no particular order. Nobody is no error.
type FoundPeople struct {
	People []PersonBrief `json:"people"`
}

// PersonBrief is as much of a person as a front door needs to ask back whether it is the right one.
type PersonBrief struct {
	ID        employee.ID     `json:"id"`
	ProfileID string          `json:"profileId,omitempty"`
	Name      string          `json:"name"`
	Email     string          `json:"email"`
	Status    employee.Status `json:"status"`
	HREdited  time.Time       `json:"hrEdited,omitzero"` // when HR last edited the record
}
