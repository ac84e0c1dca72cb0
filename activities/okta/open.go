package okta

import (
	"context"
	"slices"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/plan"
)

// open makes the account one that can be signed in to.
func (c *convergence) open(ctx context.Context, w *work) error {
	if err := c.settled(ctx); err != nil {
		return err
	}
	switch c.user.Status {
	case suspended:
		return c.unsuspend(ctx, w)
	case deprovisioned:
		return c.reuse(ctx, w)
	case staged:
		return c.activate(ctx, w, c.in.Mail)
	}
	return c.isOpen(ctx, w)
}

// isOpen ends the step of an account that was open before. When an attempt before this one opened it and was cut off, the
// gate is asked the second time, and what was to follow follows.
func (c *convergence) isOpen(ctx context.Context, w *work) error {
	if c.openedHere(w) {
		if err := c.still(ctx, c.mayOpen, c.shut); err != nil {
			return err
		}
		if c.progress.made.Reusing {
			w.out.Detail = "activated"
			return c.welcome(ctx, w, true)
		}
	}
	w.there("open already: "+openWords(c.user.Status), statusText(c.user))
	return nil
}

// openWords says how open an account is.
func openWords(status string) string {
	switch status {
	case active:
		return "it is active"
	case provisioned:
		return "it is activated, and the person has not chosen a password yet"
	case recovery:
		return "the person's password is being reset"
	case expired:
		return "the person's password has run out: they choose a new one at the next sign-in"
	case lockedOut:
		return "it is locked out after failed sign-ins, until it is unlocked"
	}
	return "its status is " + status
}

// clocksApart is how far Okta's clock and ours may differ.
const clocksApart = 2 * time.Minute

// openedHere says whether an attempt before this one opened the account, and was cut off: it left word of it, or the
// account changed its status since this activity was asked for.
func (c *convergence) openedHere(w *work) bool {
	if before := c.progress.of(w.out.Step); c.progress.made.Reusing || !before.Executed.IsZero() {
		return c.progress.made.Reusing || before.State == "" // otherwise the step had ended
	}
	if !activity.IsActivity(c.progress.ctx) {
		return false
	}
	info := activity.GetInfo(c.progress.ctx)
	return info.Attempt > 1 && changedSince(c.user, info.ScheduledTime)
}

// changedSince says whether the status of an account may have changed since the activity was asked for.
func changedSince(u *sdk.User, scheduled time.Time) bool {
	return u.StatusChanged == nil || u.StatusChanged.After(scheduled.Add(-clocksApart))
}

// activate opens a staged or deactivated account.
func (c *convergence) activate(ctx context.Context, w *work, mail bool) error {
	refused, err := c.turn(ctx, w, "activated", func(ctx context.Context) error {
		_, resp, err := c.api.User.ActivateUser(ctx, c.user.Id, query.NewQueryParams(query.WithSendEmail(mail)))
		return check(resp, err)
	})
	switch {
	case err != nil:
		return err
	case c.user.Status == staged || c.user.Status == deprovisioned || c.user.Status == suspended:
		if refused != nil {
			w.out.Executed = time.Time{}
			return refused
		}
		w.doubted("okta accepted the activation and the account is not open", statusText(c.user))
		return nil
	}
	if mail && c.user.Status == provisioned {
		w.out.Detail += "; okta wrote to the person"
	}
	w.verified(statusText(c.user))
	return nil
}

// turn makes a call that lets somebody in: the gate is asked right before, and right after whatever the answer was. It
// gives back Okta's refusal, for the account's status, read again, to be judged with.
func (c *convergence) turn(ctx context.Context, w *work, what string, call func(context.Context) error) (refused, err error) {
	if err := c.mayOpen(ctx); err != nil {
		return nil, err
	}
	w.acted("%s", what)
	c.progress.note(*w.out)
	refused = call(ctx)
	if err := c.still(ctx, c.mayOpen, c.shut); err != nil {
		return refused, err
	}
	if err := c.settle(ctx); err != nil {
		return refused, err
	}
	if passing(refused) && (c.user.Status == staged || c.user.Status == deprovisioned || c.user.Status == suspended) {
		return nil, refused
	}
	return refused, nil
}

// shut closes an account that was opened a moment too late: suspended, or where Okta does not suspend it, deactivated.
func (c *convergence) shut(ctx context.Context) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	switch c.user.Status {
	case staged, deprovisioned:
		return nil
	case active:
		resp, err := c.api.User.SuspendUser(ctx, c.user.Id)
		refused := check(resp, err)
		if err := c.settle(ctx); err != nil {
			return err
		}
		if passing(refused) && c.user.Status == active {
			return refused
		}
	}
	if c.user.Status != suspended && c.user.Status != deprovisioned {
		if err := c.end(ctx); err != nil {
			return err
		}
	}
	resp, err := c.api.User.ClearUserSessions(ctx, c.user.Id, query.NewQueryParams(query.WithOauthTokens(true)))
	return notFoundIsDone(check(resp, err))
}

// reuse opens a deactivated account for somebody who comes back; see [System.ConvergeUser] for the order.
func (c *convergence) reuse(ctx context.Context, w *work) error {
	if err := c.mayOpen(ctx); err != nil {
		return err
	}
	if err := c.clean(ctx); err != nil {
		return err
	}
	if err := c.activate(ctx, w, false); err != nil || w.out.State != plan.Verified {
		return err
	}
	c.aside(w, plan.OktaQuit.For(""))
	c.sawHeld = false // rules have worked on what they could not before
	return c.welcome(ctx, w, false)
}

// clean leaves what the earlier time gave, and refuses to go on while a group is held that neither the role nor a rule of
// Okta's explains.
func (c *convergence) clean(ctx context.Context) error {
	if err := c.do(ctx, plan.OktaQuit.For("")); err != nil {
		return err
	}
	left, err := c.sort(ctx, c.surplus)
	if err != nil || len(left) == 0 {
		return err
	}
	return &activities.Problem{Type: activities.Conflict, Text: "the account still has groups of an earlier time, and opening it would give them back: " + quoted(groupNames(left)),
		Mend: "take the person out of these groups in Okta's admin console, then try the step again"}
}

// welcome does what follows when a deactivated account was opened: its attributes and groups, and only then the mail, by
// which the person gets in. resumed says that an attempt before this one was cut off on the way.
func (c *convergence) welcome(ctx context.Context, w *work, resumed bool) error {
	opened := statusText(c.user)
	for _, a := range []plan.Action{plan.OktaProfile, plan.OktaJoin} {
		id := a.For("")
		delete(c.outcomes, id)
		if err := c.do(ctx, id); err != nil {
			return err
		}
		if o := c.outcomes[id]; wasOvertaken(o) {
			return c.stopped(ctx, o)
		}
		c.aside(w, id)
	}
	if c.in.Mail && c.user.Status == provisioned {
		if err := c.invite(ctx, w, resumed); err != nil {
			return err
		}
	}
	c.progress.made.Reusing = false
	c.progress.beat()
	w.out.Detail = strings.Replace(w.out.Detail, "activated", "activated again", 1)
	w.verified(opened)
	return nil
}

// invite has Okta write to the person, once: whether the mail of an attempt that was cut off had gone out is in the
// System Log.
func (c *convergence) invite(ctx context.Context, w *work, resumed bool) error {
	if resumed && c.user.StatusChanged != nil {
		sent, err := w.logged(ctx, eventReactivate, c.user.StatusChanged.Add(-time.Second))
		if err != nil {
			return err
		}
		if sent {
			w.out.Detail += "; okta wrote to the person"
			return nil
		}
	}
	if err := c.still(ctx, c.mayOpen, c.shut); err != nil {
		return err
	}
	_, resp, err := c.api.User.ReactivateUser(ctx, c.user.Id, query.NewQueryParams(query.WithSendEmail(true)))
	err = check(resp, err)
	if passing(err) {
		return err
	}
	if err != nil {
		p := activities.ProblemOf(err)
		return &activities.Problem{Type: p.Type, Text: "the account is open, and okta did not write to the person: " + p.Text,
			Mend: "send the person the activation mail from Okta's admin console", Cause: err}
	}
	w.out.Detail += "; okta wrote to the person"
	return nil
}

// aside tells of a step that was done on the way of this one, where nobody asked for it by itself.
func (c *convergence) aside(w *work, id plan.StepID) {
	o := c.outcomes[id]
	if slices.Contains(c.in.Steps, id) || o.Executed.IsZero() && !o.State.AsksForPerson() {
		return
	}
	w.out.Detail += "; " + o.Detail
	w.out.Items = add(w.out.Items, o.Items...)
}

// stopped shuts an account that was opened and then overtaken on the way to its groups.
func (c *convergence) stopped(ctx context.Context, o activities.Outcome) error {
	refused := &overtaken{&activities.Problem{Type: activities.Conflict, Text: strings.TrimPrefix(o.Detail, overtakenBy), Mend: o.Mend}}
	return c.still(ctx, func(context.Context) error { return refused }, c.shut)
}
