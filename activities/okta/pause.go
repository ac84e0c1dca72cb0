package okta

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
)

// unsuspend lets somebody in again whom this case had suspended. An account that somebody else suspended is theirs.
func (c *convergence) unsuspend(ctx context.Context, w *work) error {
	if !c.in.Paused {
		return &activities.Problem{Type: activities.Conflict, Text: "somebody suspended this account, and not Tenure",
			Mend: "ask who suspended it and why; unsuspend it in Okta's admin console when it may be open"}
	}
	refused, err := c.turn(ctx, w, "unsuspended", func(ctx context.Context) error {
		resp, err := c.api.User.UnsuspendUser(ctx, c.user.Id)
		return check(resp, err)
	})
	switch {
	case err != nil:
		return err
	case c.user.Status == deprovisioned:
		return comesBack(c.user)
	case c.user.Status != suspended:
		w.verified(statusText(c.user))
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted and the account is suspended still", statusText(c.user))
	}
	return nil
}

// resume ends a leave of absence.
func (c *convergence) resume(ctx context.Context, w *work) error {
	if err := c.settled(ctx); err != nil {
		return err
	}
	switch c.user.Status {
	case suspended:
		return c.unsuspend(ctx, w)
	case deprovisioned:
		return comesBack(c.user)
	case staged:
		w.spared("the account was never opened", statusText(c.user))
		return nil
	}
	if c.openedHere(w) {
		if err := c.still(ctx, c.mayOpen, c.shut); err != nil {
			return err
		}
	}
	w.there("not suspended already: "+openWords(c.user.Status), statusText(c.user))
	return nil
}

func comesBack(u *sdk.User) error {
	return &activities.Problem{Type: activities.Conflict, Text: "the account is " + u.Status + ", not suspended: coming back from leave does not activate it",
		Mend: "find out who deactivated it; start `tenure onboard` for the person if they are back"}
}

// pause suspends the account for a leave of absence and ends its sessions. Groups and apps stay.
func (c *convergence) pause(ctx context.Context, w *work) error {
	if c.user == nil {
		w.already("the account does not exist", "user not found")
		return nil
	}
	if err := c.settled(ctx); err != nil {
		return err
	}
	if w.began() && c.user.Status != suspended {
		c.progress.forget(w.out.Step) // it was meant to be suspended, and is not
	}
	switch c.user.Status {
	case deprovisioned:
		w.already("the account is deactivated already", statusText(c.user))
	case staged:
		w.already("the account was never opened", statusText(c.user))
	case suspended:
		return c.isPaused(ctx, w)
	case active, lockedOut:
		return c.suspend(ctx, w)
	default:
		return c.cannotPause(ctx, w)
	}
	return nil
}

// suspendedHere begins what is told of a suspension that is this case's.
const suspendedHere = "suspended"

// isPaused ends the step of an account that was suspended before, once its sessions were ended since then. When an attempt
// before this one suspended it and was cut off, the suspension is this case's.
func (c *convergence) isPaused(ctx context.Context, w *work) error {
	detail := "the account is suspended already"
	switch before := c.progress.of(w.out.Step); {
	case w.began() && strings.HasPrefix(before.Detail, suspendedHere):
		w.out.Executed, detail = before.Executed, suspendedHere
	case w.began():
		c.progress.forget(w.out.Step) // it could only end the sessions, and somebody else suspended the account
	}
	left, err := w.countTokens(ctx)
	if err != nil {
		return err
	}
	since := w.now().Add(-90 * 24 * time.Hour) // as long as the System Log lasts
	if c.user.StatusChanged != nil {
		since = c.user.StatusChanged.Add(-time.Second)
	}
	cleared, err := w.logged(ctx, "user.session.clear", since)
	if err != nil {
		return err
	}
	if left == 0 && cleared {
		w.there(detail, statusText(c.user)+", 0 tokens")
		return nil
	}
	return c.endSessions(ctx, w, detail)
}

// suspend blocks sign-in. Okta suspends active accounts only, so one that is locked out is unlocked first.
func (c *convergence) suspend(ctx context.Context, w *work) error {
	if c.user.Status == lockedOut {
		resp, err := c.api.User.UnlockUser(ctx, c.user.Id)
		if err := check(resp, err); passing(err) {
			return err
		} // any other answer shows in what comes next
	}
	w.acted(suspendedHere)
	c.progress.note(*w.out) // so that whoever goes on from here knows whose suspension it is
	resp, err := c.api.User.SuspendUser(ctx, c.user.Id)
	refused := check(resp, err)
	if err := c.settle(ctx); err != nil {
		return err
	}
	switch {
	case c.user.Status == suspended:
		return c.endSessions(ctx, w, suspendedHere)
	case c.user.Status == deprovisioned:
		w.already("the account was deactivated meanwhile", statusText(c.user))
	case c.user.Status != active:
		return c.cannotPause(ctx, w)
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted the suspension and the account is not suspended", statusText(c.user))
	}
	return nil
}

// endSessions ends sessions and tokens, with the proof of okta.sessions. It changes nothing of who suspended the account.
func (c *convergence) endSessions(ctx context.Context, w *work, detail string) error {
	suspendedAt := w.out.Executed
	err := clearSessions(ctx, w)
	w.out.Executed = suspendedAt
	w.out.Detail = strings.Trim(fmt.Sprintf("%s; %s", detail, w.out.Detail), "; ")
	if w.out.ReadBack != "" {
		w.out.ReadBack = statusText(c.user) + ", " + w.out.ReadBack
	}
	return err
}

// cannotPause does what can be done for an account that Okta does not suspend: it can be signed in to after a new
// password was chosen, so somebody must decide. Deactivating it would take its apps away, and a leave is not to.
func (c *convergence) cannotPause(ctx context.Context, w *work) error {
	w.acted("its sessions were ended")
	resp, err := c.api.User.ClearUserSessions(ctx, c.user.Id, query.NewQueryParams(query.WithOauthTokens(true)))
	if err := check(resp, err); err != nil {
		return err
	}
	if err := c.reread(ctx); err != nil {
		return err
	}
	if slices.Contains([]string{active, suspended}, c.user.Status) {
		return activities.Problemf(activities.Unavailable, "the account turned %s meanwhile", c.user.Status)
	}
	return &activities.Problem{Type: activities.Conflict, Text: "okta does not suspend an account in status " + c.user.Status + " (" + openWords(c.user.Status) + "); its sessions were ended",
		Mend: "have the person finish signing in and try the step again, or deactivate the account in Okta's admin console: it is activated again on the return"}
}
