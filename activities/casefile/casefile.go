// Package casefile performs the local activities of a case: it opens the case with the person and the policy,
// builds the plan, looks again while the case is parked, remembers accounts in the identity ledger, records what
// people decide, and seals the evidence. It works out where somebody stands and what their role gives, and is the [Gate]
// that whatever gives access must pass. It also weighs what is asked through a front door, keeps the batches that the
// mass guard holds, and says what people must know of the directory watch. It changes nothing at any vendor.
package casefile

import (
	"context"
	"errors"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/internal/store"
)

// Store is what of the store a case needs; *store.Store is one.
type Store interface {
	// Find is everybody whose id, profile id or work address is text.
	Find(ctx context.Context, text string) ([]employee.Employee, error)
	// FindPresent is Find without those whom the HR system no longer has.
	FindPresent(ctx context.Context, text string) ([]employee.Employee, error)
	// Chain is the line of managers above a profile, nearest first.
	Chain(ctx context.Context, profileID string) ([]employee.Employee, error)
	Accounts(ctx context.Context, id employee.ID) (map[string]string, error)
	// AccountOwner is whose account this is; "" when it is nobody's.
	AccountOwner(ctx context.Context, system, account string) (employee.ID, error)
	Link(ctx context.Context, id employee.ID, system, account, method string, at time.Time) error
	CaseEvidence(ctx context.Context, caseID string) ([]evidence.Record, error)
	AppendEvidence(ctx context.Context, key string, r evidence.Record) (evidence.Record, bool, error)
	Identities
	Hierarchy
	Batches
	Examined
}

// Identities is what of the store tells whose records there are, whom they may be taken for, what their role gave, and
// what keeps them out.
type Identities interface {
	Records
	// JoinRecords and KeepApart remember for ever that two records are one person's, or two people's. The error is a
	// *[store.JoinConflict] where that contradicts an earlier decision.
	JoinRecords(ctx context.Context, record, to employee.ID, by, reason string, at time.Time) error
	KeepApart(ctx context.Context, a, b employee.ID, by, reason string, at time.Time) error
	// Matches are those who share something with a record and are not known to be the same person, or another.
	Matches(ctx context.Context, id employee.ID) ([]employee.Match, error)
	Given(ctx context.Context, id employee.ID) (store.GivenRow, error)
	KeepGiven(ctx context.Context, id employee.ID, g role.Given) error
	// Hear puts an event into the outbox that no reading of HR has shown.
	Hear(ctx context.Context, e employee.Event) error
	// AddressHolders is everybody whose work address this is in HR, also those who have left.
	AddressHolders(ctx context.Context, address string) ([]employee.Employee, error)
}

// Casefile performs the local activities. Its methods are safe for concurrent use.
type Casefile struct {
	store  Store
	policy func() policy.Policy
	now    func() time.Time
}

// New makes the activities. policy is asked at every opening of a case and every building of a plan, so that an
// edited file holds from the next case on: give [policy.File.Policy], or a function that always returns the same.
func New(s Store, p func() policy.Policy) (*Casefile, error) {
	if s == nil {
		return nil, errors.New("casefile: the store is missing: give an open store")
	}
	if p == nil {
		return nil, errors.New("casefile: the policy is missing: give a function that returns it, for example policy.File.Policy")
	}
	return &Casefile{store: s, policy: p, now: time.Now}, nil
}

// Bindings binds every activity of the package to its handle.
func (c *Casefile) Bindings() []activities.Binding {
	return append(c.guardBindings(),
		activities.CaseOpen.Bind(c.Open),
		activities.CaseBuildPlan.Bind(c.BuildPlan),
		activities.CaseRecheck.Bind(c.Recheck),
		activities.CaseLink.Bind(c.LinkAccounts),
		activities.CaseRecordDecision.Bind(c.RecordDecision),
		activities.CaseSeal.Bind(c.Seal),
		activities.CaseWeighAsk.Bind(c.WeighAsk),
		activities.CaseAlarm.Bind(c.Alarm),
		activities.CaseFind.Bind(c.Find),
		activities.CaseExamine.Bind(c.Examine),
		activities.CaseRole.Bind(c.Role),
		activities.CaseGiven.Bind(c.Given),
		activities.CaseAdmit.Bind(c.Admit),
		activities.CaseShut.Bind(c.Shut),
		activities.CaseJoinRecords.Bind(c.JoinRecords),
	)
}

// refuse is an error that stays: type, text and mend.
func refuse(typ, mend, format string, args ...any) error {
	p := activities.Problemf(typ, format, args...)
	p.Mend = mend
	return activities.Classify(p)
}
