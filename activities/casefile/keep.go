package casefile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
	"tenure/internal/store"
)

// BuildPlan builds the whole plan from the facts. Who takes over is read again, because weeks can lie between the
// opening of a case and its plan.
func (c *Casefile) BuildPlan(ctx context.Context, in activities.BuildPlan) (plan.Plan, error) {
	p := c.policy()
	heirs, err := c.heirs(ctx, p, in.Person)
	if err != nil {
		return plan.Plan{}, activities.Classify(err)
	}
	in.Facts.Managers = heirs
	built, err := plan.Build(p, in.Person, in.Facts, in.At)
	if err != nil {
		return plan.Plan{}, refuse(activities.InvalidInput, "mend the policy file, then retry the step", "%w", err)
	}
	return built, nil
}

// LinkAccounts remembers the accounts in the identity ledger. A link that contradicts it is Ambiguous: it is not
// known whose account it is, and nothing is changed.
func (c *Casefile) LinkAccounts(ctx context.Context, in activities.LinkAccounts) (activities.Nothing, error) {
	for _, system := range slices.Sorted(maps.Keys(in.Accounts)) {
		account := in.Accounts[system]
		if account == "" {
			continue
		}
		err := c.store.Link(ctx, in.Employee, system, account, in.Method, c.now())
		var conflict *store.LinkConflict
		if errors.As(err, &conflict) {
			return activities.Nothing{}, refuse(activities.Ambiguous, "find out whose account it is before going on", "%w", err)
		}
		if err != nil {
			return activities.Nothing{}, activities.Classify(err)
		}
	}
	return activities.Nothing{}, nil
}

// RecordDecision turns what a person decided into an outcome, so that the evidence interceptor keeps it like every
// other: the interceptor is the one writer of evidence about steps, and no decision can be forgotten.
func (c *Casefile) RecordDecision(_ context.Context, in activities.Decision) (activities.Outcomes, error) {
	if in.What == "" || in.By == "" {
		return activities.Outcomes{}, refuse(activities.InvalidInput, "say what was decided and by whom", "a decision lacks what or by")
	}
	o := activities.Outcome{Step: in.Step, State: in.State, Detail: decided(in), Executed: in.At}
	if o.State == plan.Pending || o.State == plan.Running { // no state to keep evidence of; the decision is
		o.State = ""
	}
	return activities.Outcomes{Steps: []activities.Outcome{o}}, nil
}

func decided(in activities.Decision) string {
	text := in.What + " by " + in.By
	if in.Reason != "" {
		text += ": " + in.Reason
	}
	return text
}

// sealActivity marks the closing record.
const sealActivity = "case.Seal"

// Seal closes the evidence of a case with a record that counts what came before and hashes it, so that a record
// taken out later is missed. Sealing again answers with the seal that stands.
func (c *Casefile) Seal(ctx context.Context, in activities.SealCase) (activities.Sealed, error) {
	records, err := c.store.CaseEvidence(ctx, in.Case)
	if err != nil {
		return activities.Sealed{}, activities.Classify(err)
	}
	sealed := seal(records, in.Run)
	closing := evidence.Record{
		Run: in.Run, System: "case", Activity: sealActivity,
		Personal:  evidence.Personal{Case: in.Case, Employee: in.Employee, Actor: in.Actor, Detail: closingWords(in, sealed)},
		HREdited:  in.HREdited,
		Effective: in.Effective, Detected: in.Detected, Executed: in.At,
	}
	if _, _, err := c.store.AppendEvidence(ctx, "seal/"+in.Case+"/"+in.Run, closing); err != nil {
		return activities.Sealed{}, activities.Classify(err)
	}
	return sealed, nil
}

// seal counts and hashes the records of one run of a case, up to its seal if it has one.
func seal(records []evidence.Record, run string) activities.Sealed {
	sum, n := sha256.New(), 0
	for _, r := range records {
		if r.Run != run {
			continue
		}
		if r.Activity == sealActivity {
			break
		}
		_, _ = fmt.Fprintln(sum, r.Hash) // a hash never fails to write
		n++
	}
	return activities.Sealed{Records: n, Hash: "sha256:" + hex.EncodeToString(sum.Sum(nil))}
}

// closingWords say how the case ended and how many of its steps ended how.
func closingWords(in activities.SealCase, s activities.Sealed) string {
	count := map[plan.State]int{}
	for _, o := range in.Steps {
		count[o.State]++
	}
	text := fmt.Sprintf("%s; %d records, %s", in.Outcome, s.Records, s.Hash)
	for _, state := range slices.Sorted(maps.Keys(count)) {
		text += fmt.Sprintf("; %d %s", count[state], state)
	}
	return text
}
