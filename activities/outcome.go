package activities

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// CaseRef says for which case, on whose word and since when an activity acts. Every input that changes something
// embeds it; the evidence interceptor copies it into each record.
type CaseRef struct {
	Case     string      `json:"case"` // workflow id: "offboard/E1042"
	Run      string      `json:"run"`  // first run id of the case: tells a second offboarding of a rehire from the first
	Employee employee.ID `json:"employee"`
	// Actor is who caused it: "namely", "cli:jo", "slack:U123". Never a mail address.
	Actor     string    `json:"actor"`
	Opened    time.Time `json:"opened"` // when the case began; nothing of ours is older
	HREdited  time.Time `json:"hrEdited,omitzero"`
	Effective time.Time `json:"effective"`
	Detected  time.Time `json:"detected"`
}

// CaseOf returns the reference itself; it makes every input that embeds a CaseRef a [CaseBound].
func (r CaseRef) CaseOf() CaseRef { return r }

// CaseBound is an input that knows its case.
type CaseBound interface{ CaseOf() CaseRef }

// Outcome is what came of one step.
type Outcome struct {
	Step  plan.StepID `json:"step"`
	State plan.State  `json:"state"`
	// Account is the vendor's id of what was acted on: an Okta user id, a Jamf device id. Never a name.
	Account string `json:"account,omitempty"`
	// Detail says in plain words what was done or why not: "3 factors reset". No secrets; ids rather than names.
	Detail string `json:"detail,omitempty"`
	// ReadBack is what the separate read after the act said: "status DEPROVISIONED", "0 tokens".
	ReadBack string `json:"readBack,omitempty"`
	// Problem is the error type (see errors.go) when State is needs_attention.
	Problem string `json:"problem,omitempty"`
	// Mend says what a person can do about it.
	Mend     string    `json:"mend,omitempty"`
	Executed time.Time `json:"executed,omitzero"`
	Verified time.Time `json:"verified,omitzero"`
	// Items lists ids that a rescind or a person will need: removed groups, removed delegates.
	Items []string `json:"items,omitempty"`
}

// Evidenced is a result that says what came of each step.
type Evidenced interface{ StepOutcomes() []Outcome }

// Outcomes is the result of an activity that performs steps, one outcome per step asked for, in order.
type Outcomes struct {
	Steps []Outcome `json:"steps"`
}

// StepOutcomes returns the outcomes.
func (o Outcomes) StepOutcomes() []Outcome { return o.Steps }

// Perform asks a system to perform some steps on one account, in the given order. An implementation is
// ensure-style: read; already there? say so; act; on error read again; confirm by a separate read. It performs
// every step it can: a step refused for good (Forbidden, InvalidInput, Unsupported) becomes an outcome with state
// needs_attention and the rest go on; a passing fault (RateLimited, Unavailable) is returned as the activity's
// error, and the retry finds the finished steps already done.
type Perform struct {
	CaseRef
	Account string        `json:"account"` // the vendor's immutable id of the account
	Login   string        `json:"login"`   // login or primary address, for vendors that want it
	Steps   []plan.StepID `json:"steps"`
}

// Identity is how an account is looked up. Account wins when it is known (from the identity ledger); mail
// addresses are a hint, and more than one hit is [Ambiguous].
type Identity struct {
	CaseRef
	Account string `json:"account,omitempty"`
	Email   string `json:"email"`
	// EmployeeNumber confirms a hit found by mail address: an account with another number is not this person's.
	EmployeeNumber string `json:"employeeNumber,omitempty"`
}
