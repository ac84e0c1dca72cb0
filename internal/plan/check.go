package plan

import (
	"errors"

	"tenure/internal/policy"
)

// Check refuses an order in which a step would find its precondition destroyed by an earlier one, or comes before
// one that must precede it. The error names both steps of every such pair and says what to move. Steps that the
// plan already knows not to run (see [Step.Preset]) neither need nor destroy anything.
//
// The rules are package policy's, which holds every policy file against them when it is read. This is the same
// check with the facts of one leaver: in a company whose Okta pushes deactivations into Google, some steps on Okta
// suspend the Google account.
func Check(steps []Step, f Facts) error {
	var order []policy.Placed
	for _, s := range inOrder(steps) {
		if s.Preset.Ended() {
			continue
		}
		order = append(order, policy.Placed{
			ID: string(s.ID), Action: string(s.ID.Action()), Phase: string(s.Phase), CutsGoogle: f.cutsGoogle(s),
		})
	}
	var errs []error
	for _, c := range policy.Clashes(order) {
		errs = append(errs, c)
	}
	return errors.Join(errs...)
}

// inOrder sorts steps by phase and keeps their order within each.
func inOrder(steps []Step) []Step {
	out := make([]Step, 0, len(steps))
	for _, phase := range Phases() {
		for _, s := range steps {
			if s.Phase == phase {
				out = append(out, s)
			}
		}
	}
	return out
}

// googleApp is Okta's key of the Google Workspace application.
const googleApp = "google"

// cutsGoogle says whether a step on Okta suspends the Google account: deactivating the user, and taking the
// Google app away, directly or with the group that gives it. Okta's PUSH_USER_DEACTIVATION acts on "unassign or user
// deactivation". What could not be read is taken to cascade, because the mailbox cannot be lent once it is
// suspended, while a suspended Okta user can wait. An account that is absent or suspended has nothing to lose, and
// a step that a person was asked to do is not done by us.
func (f Facts) cutsGoogle(s Step) bool {
	if s.Preset != "" || !f.googleIsLive() || f.Okta != nil && !f.Okta.MayWait() {
		return false
	}
	switch s.ID.Action() { //nolint:exhaustive // three actions on Okta can reach Google
	case OktaDeactivate:
		return true
	case OktaGroups:
		return f.Okta == nil || f.givesGoogle("GROUP")
	case AppRevoke:
		return s.App != nil && s.App.OktaID != "" && f.isGoogleApp(s.App.OktaID)
	}
	return false
}

// cannotWait says whether the deactivation cuts the Google account off and yet cannot be postponed.
func (f Facts) cannotWait() bool {
	return f.Okta != nil && f.Okta.Exists && f.Okta.CascadesToGoogle && !f.Okta.MayWait() && f.Okta.Status != "DEPROVISIONED" && f.googleIsLive()
}

func (f Facts) givesGoogle(scope string) bool {
	for _, a := range f.Okta.Apps {
		if a.Name == googleApp && a.Scope == scope {
			return true
		}
	}
	return false
}

func (f Facts) isGoogleApp(id string) bool {
	for _, a := range f.Okta.Apps {
		if a.ID == id {
			return a.Name == googleApp
		}
	}
	return false
}

func (f Facts) googleIsLive() bool { return f.Google == nil || f.Google.Exists && !f.Google.Suspended }
