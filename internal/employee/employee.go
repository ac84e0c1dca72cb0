package employee

import (
	"strings"
	"time"
)

// ID is the company's own number for a person ("E1042"). It is chosen once, when the person is first seen, and
// kept in the identity ledger: workflow ids, search attributes, logs and metrics carry it and nothing else.
type ID string

// Status is where a person stands in the HR system. The values are Namely's user_status.
type Status string

// The states of a Namely profile. Pending is a hire whose onboarding has begun.
const (
	Active   Status = "active"
	Pending  Status = "pending"
	Inactive Status = "inactive"
)

// WorkerType is the kind of working relation, as Namely's employee_type.title names it in lower case.
type WorkerType string

// The worker types Namely ships with.
const (
	FullTime   WorkerType = "full time"
	PartTime   WorkerType = "part time"
	Intern     WorkerType = "intern"
	Contractor WorkerType = "contractor"
	Freelance  WorkerType = "freelance"
)

// External says whether the person is not an employee of the company. External people never inherit a mailbox.
func (t WorkerType) External() bool { return t == Contractor || t == Freelance }

// Address is a postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	Line1   string `json:"line1,omitempty"`
	Line2   string `json:"line2,omitempty"`
	City    string `json:"city,omitempty"`
	State   string `json:"state,omitempty"`
	Zip     string `json:"zip,omitempty"`
	Country string `json:"country,omitempty"`
}

// Employee is the current HR record of one person: only the fields Tenure uses, never the whole profile (Namely
// may send pay and health data).
type Employee struct {
	ID        ID     `json:"id"`
	ProfileID string `json:"profileId"` // Namely's immutable profile id (UUID)
	Email     string `json:"email"`     // work address
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	FullName  string `json:"fullName"`

	Status     Status     `json:"status"`
	WorkerType WorkerType `json:"workerType,omitempty"`
	Title      string     `json:"title,omitempty"`
	Department string     `json:"department,omitempty"`
	Office     string     `json:"office,omitempty"`

	ManagerProfileID string `json:"managerProfileId,omitempty"`
	StartDate        Date   `json:"startDate,omitzero"`
	DepartureDate    Date   `json:"departureDate,omitzero"`
	// OnLeave says that the person is on leave of absence, where the policy says how HR shows it.
	OnLeave bool `json:"onLeave,omitempty"`

	PersonalEmail string  `json:"personalEmail,omitempty"`
	Home          Address `json:"home,omitzero"`
	OfficeAddress Address `json:"officeAddress,omitzero"`

	// Custom are the further fields of the record that the policy names (mapping.fields), by the policy's names for
	// them. A field that HR leaves blank, or that the token may not see, is not in it.
	Custom Custom `json:"custom,omitempty"`

	UpdatedAt time.Time `json:"updatedAt,omitzero"` // Namely's updated_at: when HR last edited the record
}

// Custom are further fields of an HR record. A field of one value has a list of one; dates are YYYY-MM-DD.
type Custom map[string][]string

// Country is where the person works and keeps the laptop: the home address if HR has one, else the office's.
func (e Employee) Country() string {
	if e.Home.Country != "" {
		return strings.ToUpper(e.Home.Country)
	}
	return strings.ToUpper(e.OfficeAddress.Country)
}

// Name is how people call the person: the full name, or what of it is known.
func (e Employee) Name() string {
	if e.FullName != "" {
		return e.FullName
	}
	return strings.TrimSpace(e.FirstName + " " + e.LastName)
}
