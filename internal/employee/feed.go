package employee

import (
	"errors"
	"time"
)

// Scan is one whole reading of the HR system: the people, and what else tells whether to believe it.
type Scan struct {
	// Began is when the reading began, At when it was whole. Began may be zero where nothing reads for minutes.
	Began  time.Time
	At     time.Time
	People []Employee
	// Owner is whose token read it; zero when HR does not say.
	Owner TokenOwner
	// Filled says how many of the people have a value, by HR's own name of the field. Further fields are in it with 0 too.
	Filled map[string]int
	// Sources says where each further field was read, by its name in [Custom]: in HR's own name, as in Filled. A field
	// that another reading did not read, or read elsewhere, is not compared with it: it is the policy that changed.
	Sources map[string]string
}

// ErrOvertaken says that a reading began before the last one that was applied: it may show what has changed since, and
// is not applied. Reading anew mends it.
var ErrOvertaken = errors.New("a newer reading of the HR system was applied meanwhile")

// TokenOwner is the profile behind the token that reads the HR system.
type TokenOwner struct {
	ProfileID string `json:"profileId,omitempty"`
	Status    Status `json:"status,omitempty"`
}

// Mark is what is remembered of the last reading that was believed.
type Mark struct {
	At       time.Time      `json:"at"`
	Began    time.Time      `json:"began,omitzero"`
	Owner    TokenOwner     `json:"owner,omitzero"`
	Profiles int            `json:"profiles"`
	Filled   map[string]int `json:"filled,omitempty"`
	// Sources are those of [Scan].
	Sources map[string]string `json:"sources,omitempty"`
}

// Mark is what is remembered of this reading.
func (s Scan) Mark() Mark {
	return Mark{At: s.At, Began: s.Began, Owner: s.Owner, Profiles: len(s.People), Filled: s.Filled, Sources: s.Sources}
}

// Feed is a reading beside the last one that was believed.
type Feed struct {
	Before Mark // zero before the first
	Now    Mark
	// Known is how many people the last reading showed, Missing how many of those this one does not.
	Known, Missing int
}

// PollCause says, in one word that stays the same, why a reading was not believed or there was none.
type PollCause string

// The causes.
const (
	Unreachable      PollCause = "unreachable"        // HR does not answer, or asks for fewer calls
	Refused          PollCause = "refused"            // HR refuses the token or the request
	Unreadable       PollCause = "unreadable"         // a profile or an answer cannot be understood
	HiddenFields     PollCause = "hidden-fields"      // the token's role may not see what Tenure needs
	EmptyFeed        PollCause = "empty"              // nobody at all
	ShortFeed        PollCause = "short"              // fewer people than HR itself counts
	EndlessFeed      PollCause = "endless"            // the list of pages does not end
	ChangedWhileRead PollCause = "changed-while-read" // rows vanished while pages were read
	DuplicateRows    PollCause = "duplicates"         // one profile twice on one page
	SchemaDrift      PollCause = "schema"             // a field that had values is blank for everybody
	OwnerChanged     PollCause = "token-owner"        // the token belongs to somebody else than before
	OwnerInactive    PollCause = "token-owner-inactive"
	HeadcountDrop    PollCause = "drop"     // too many people are missing
	NotKept          PollCause = "not-kept" // the reading was good, and Tenure's own store could not keep it
)

// Distrust is a reason not to believe a reading.
type Distrust struct {
	Cause PollCause `json:"cause"`
	What  string    `json:"what"` // what was seen
	Why   string    `json:"why"`  // why it matters
	Mend  string    `json:"mend"`
	// Acceptable says that it may be meant, and that a person can say so.
	Acceptable bool `json:"acceptable,omitempty"`
	// Subject is the new owner of the token; Missing how many people are gone. An acceptance is for these.
	Subject string `json:"subject,omitempty"`
	Missing int    `json:"missing,omitempty"`
}

// Error is what was seen, why it matters and the mend.
func (d *Distrust) Error() string { return d.What + ": " + d.Why + " (" + d.Mend + ")" }

// PollOutcome is how a look at the HR system ended.
type PollOutcome string

// The outcomes.
const (
	PollAccepted  PollOutcome = "accepted"
	PollDiscarded PollOutcome = "discarded" // there was a reading, and it was thrown away whole
	PollFailed    PollOutcome = "failed"    // there was none
)

// Mended is how many polls in a row must be accepted before a trouble is over.
const Mended = 2

// Poll is how the last look at the HR system ended.
type Poll struct {
	Outcome PollOutcome `json:"outcome"`
	At      time.Time   `json:"at"`
	// Profiles is how many people it showed.
	Profiles int `json:"profiles"`
	// Distrust is set unless it was accepted.
	Distrust *Distrust `json:"distrust,omitempty"`
	// Since is when polls began to end like this, for this cause.
	Since time.Time `json:"since"`
	// Streak is how many polls in a row were accepted, with this one.
	Streak int `json:"streak,omitempty"`
	// Broken is when the trouble began of which this poll is part, for whatever cause. It lasts until [Mended] polls in
	// a row are accepted: a connection that comes and goes is one trouble.
	Broken time.Time `json:"broken,omitzero"`
}
