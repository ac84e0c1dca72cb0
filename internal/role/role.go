// Package role says what somebody's role gives them: the attributes and groups of their accounts, each with the rule
// of the policy that caused it, and how that differs from what is there. It is data and comparisons only: package
// mapping computes it from HR's record and the policy, activities bring accounts to it.
package role

import (
	"slices"
	"time"

	"tenure/internal/employee"
)

// Stand is where a person stands with the company, from all of their HR records together. It decides what their
// accounts should be, whatever event brought it to anybody's notice.
type Stand string

// The stands, in the order of precedence: the first one that fits holds.
const (
	// Gone: every record is inactive, or the last day is over, or a case has ended their access.
	Gone Stand = "gone"
	// Away: on leave of absence.
	Away Stand = "away"
	// Expected: the first day has not come.
	Expected Stand = "expected"
	// Here: works for the company.
	Here Stand = "here"
)

// Attribute is one attribute of the Okta profile as it should be.
type Attribute struct {
	Name string `json:"name"` // Okta's own name: "department"
	// Value is a string, bool, float64 (every number), []string, or nil, which clears the attribute.
	Value any `json:"value"`
	// Rule names what caused it as the policy file has it: "mapping.attributes.department", "mapping.sets.germany.city".
	Rule string `json:"rule"`
	// Record is whose HR record it comes from: of two positions the first one.
	Record employee.ID `json:"record,omitempty"`
}

// Grant is one group that the role gives.
type Grant struct {
	Group string `json:"group"` // the name of the Okta group
	Rule  string `json:"rule"`
	// Record is the HR record that grants it. Ending that record takes away what no other one grants.
	Record employee.ID `json:"record,omitempty"`
	// Overlap is how long the group is kept after the role no longer gives it.
	Overlap time.Duration `json:"overlap,omitempty"`
}

// Fault is something the policy needs and HR does not say: a required attribute without a value. It asks for a person
// and keeps nothing else back.
type Fault struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
	Mend string `json:"mend"`
}

// Role is what a person's accounts should be like, whoever they are now.
type Role struct {
	Attributes []Attribute `json:"attributes,omitempty"` // by name
	Groups     []Grant     `json:"groups,omitempty"`     // by group
	// OrgUnit is the organisational unit in Google; empty where the policy has none.
	OrgUnit string  `json:"orgUnit,omitempty"`
	Faults  []Fault `json:"faults,omitempty"`
	// Undecided are groups of which a rule could not be applied, and that nothing else gives: they are neither joined
	// nor left, so that a field that HR garbles takes nobody's access away.
	Undecided []string `json:"undecided,omitempty"`
	// KeepAll says that it cannot be told which groups those are, because their names are computed: none is left then.
	KeepAll bool `json:"keepAll,omitempty"`
}

// Keeps says whether a group is not to be left although the role does not give it: a rule could not be applied that may
// give it.
func (r Role) Keeps(group string) bool {
	return r.KeepAll || slices.Contains(r.Undecided, group)
}

// Given is what was last known to have been given to a person by their role: what may be taken away again. A group
// that is not in it was given by hand, and is left.
type Given struct {
	Groups []string `json:"groups,omitempty"`
	// Overlap is how long a group is kept once the role no longer gives it, as the rule said that gave it; a group that
	// is not in it has the policy's.
	Overlap map[string]time.Duration `json:"overlap,omitempty"`
	// Attributes are the names of the attributes that were written.
	Attributes []string  `json:"attributes,omitempty"`
	At         time.Time `json:"at,omitzero"`
	// Paused says that the Okta account was suspended by a leave of absence, and by nobody else: whoever comes back may be
	// let in again. GooglePaused says it of the Google account.
	Paused       bool `json:"paused,omitempty"`
	GooglePaused bool `json:"googlePaused,omitempty"`
}
