package okta

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
)

// began says whether an attempt before this one began to do what the step is for, and was cut off.
func (w *work) began() bool {
	before := w.progress.of(w.out.Step)
	return before.State == "" && !before.Executed.IsZero()
}

// suspendAgain brings a deactivated account back to the suspension in which the case found it: nobody can end a leave of
// absence by lifting a suspension that is not there any more. Okta takes neither groups nor apps for a deactivated account
// and suspends active ones only, so it is activated without a word to its owner, and suspended at once. One that came back
// without a password is not active: it stays as it is, for nobody can sign in to it, and somebody must know of it.
func (r *restoring) suspendAgain(ctx context.Context, w *work, u *sdk.User) error {
	w.acted("activated again")
	w.progress.note(*w.out) // so that whoever goes on from here knows that an open account is not open to stay
	var err error
	if u.Status == deprovisioned || u.TransitioningToStatus != "" {
		if u, err = w.reopen(ctx, u); err != nil {
			return err
		}
	}
	if u.Status == active {
		if u, err = w.suspendNow(ctx); err != nil {
			return err
		}
	}
	if u.Status == deprovisioned {
		w.doubted("okta accepted and the account is still deactivated", statusText(u))
		return nil
	}
	if err := r.appsAgain(ctx, w); err != nil {
		return err
	}
	if u.Status != suspended {
		return &activities.Problem{Type: activities.Unsupported,
			Text: "the account was suspended before the case, and is activated again (" + statusText(u) + ") without a password: okta does not suspend it so",
			Mend: "send the person the activation mail from Okta's admin console when they may sign in again, and not before"}
	}
	w.verified(statusText(u))
	w.out.Detail = "activated, and suspended again as it was before the case"
	return nil
}

// suspendNow suspends an active account and reads it back.
func (w *work) suspendNow(ctx context.Context) (*sdk.User, error) {
	resp, err := w.api.User.SuspendUser(ctx, w.account)
	refused := check(resp, err)
	u, err := w.System.account(ctx, w.account)
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		return nil, noAccount()
	case u.Status != active:
		return u, nil
	case refused == nil:
		refused = activities.Problemf(activities.Unavailable, "okta accepted the suspension and the account is not suspended")
	}
	p := *activities.ProblemOf(refused)
	p.Text = "the account was suspended before the case and is open: " + p.Text
	p.Mend = "suspend the account in Okta's admin console now"
	return nil, &p
}
