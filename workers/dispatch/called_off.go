package dispatch

import (
	"context"
	"slices"
	"time"

	"tenure/activities"
	"tenure/internal/evidence"
	"tenure/internal/plan"
)

// A hire that is called off is the Onboard's alone to clean up if nobody was ever let in, and everything there is was made
// by an Onboard. Otherwise the person is offboarded besides. So the Onboard hears it alone only if
//
//   - it runs, and has not begun to open the account;
//   - no earlier Onboard of the person has: HR may have put the start off after a first morning;
//   - every account that the ledger has of the person was made by an Onboard of theirs, and not found there, and the one
//     that runs has taken up the step that makes it: what it has not taken up it does not discard.
//
// What was, the evidence says, which outlives the cases. What it does not say, for it was erased, or kept under another
// record of the person, did not happen: then the person is offboarded, which harms nobody who was never here.

// maker is the step that makes the account of a system.
var maker = map[string]plan.Action{"okta": plan.OktaCreate, "google": plan.GoogleAccount}

// preparesAll says whether the Onboard of a person hears alone that the hire is called off.
func (w word) preparesAll(ctx context.Context) (bool, error) {
	v, prepares := w.preparing(ctx)
	if !prepares {
		return false, nil
	}
	accounts, err := w.Outbox.Accounts(ctx, w.person.main.ID)
	if err != nil {
		return false, err
	}
	records, err := w.Outbox.CaseEvidence(ctx, w.id(onboard))
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(records, func(r evidence.Record) bool { return r.Step.Action() == plan.OktaOpen }) {
		return false, nil
	}
	for system, account := range accounts {
		step, known := maker[system]
		if !known || !tried(v, step) || !slices.ContainsFunc(records, makes(step, account)) {
			return false, nil
		}
	}
	return true, nil
}

// makes says of a record whether it is that an account was made. One that was there already has nothing executed.
func makes(step plan.Action, account string) func(evidence.Record) bool {
	return func(r evidence.Record) bool {
		return r.Step.Action() == step && r.Account == account && !r.Executed.IsZero()
	}
}

// tried says whether a case has taken up a step.
func tried(v activities.CaseView, a plan.Action) bool {
	return slices.ContainsFunc(v.Steps, func(s activities.StepView) bool { return s.ID.Action() == a && !s.Started.IsZero() })
}

// aMoment is how long a case is waited for that is asked how far it is.
const aMoment = 5 * time.Second

// preparing is an Onboard of the person that runs and has not begun to open the account. One that does not answer is taken
// for one that has: somebody who left is then offboarded besides.
func (w word) preparing(ctx context.Context) (activities.CaseView, bool) {
	ctx, cancel := context.WithTimeout(ctx, aMoment)
	defer cancel()
	v, open, err := w.running(ctx, w.id(onboard))
	return v, err == nil && open && !v.Closed && !tried(v, plan.OktaOpen)
}
