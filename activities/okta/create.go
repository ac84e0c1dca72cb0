package okta

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tenure/activities"
)

// create sees to it that the account is there. A new one is staged: nobody can sign in to it, and what is missing can be
// brought about first. It joins no groups by this, so nothing depends on how many Okta takes at once.
func (c *convergence) create(ctx context.Context, w *work) error {
	if c.user != nil {
		detail := "the account is there already"
		if c.user.Status == deprovisioned {
			detail = "the account of an earlier time is used again"
		}
		w.there(detail, statusText(c.user))
		return nil
	}
	if err := c.mayGive(ctx); err != nil {
		c.none = err
		return err
	}
	refused := c.post(ctx, w)
	switch {
	case c.user != nil:
	case refused == nil:
		c.none = noAccount()
		w.doubted("okta accepted the new account and does not show it", "user not found")
		return nil
	default:
		if !passing(refused) {
			c.none = refused
		}
		return refused
	}
	c.created = true
	if err := c.still(ctx, c.mayGive, func(ctx context.Context) error { return c.end(ctx) }); err != nil {
		c.none = err
		return err
	}
	w.verified(statusText(c.user))
	return nil
}

// post makes the account and reads it. Whatever the answer was, the read decides: the account of an answer that was lost
// is ours by its employee number, and a login that somebody took meanwhile is theirs.
func (c *convergence) post(ctx context.Context, w *work) error {
	w.acted("made, staged")
	id, refused := c.postWithout(ctx, w, c.wanted(nil))
	var err error
	if refused == nil {
		if c.user, err = c.System.user(ctx, id); isStatus(err, http.StatusNotFound) {
			c.user, err = nil, nil
		}
		return err
	}
	u, err := c.byLogin(ctx, c.in.Login)
	switch {
	case err != nil:
		return err
	case u != nil && text(u, "employeeNumber") == c.in.EmployeeNumber:
		c.user = u
		return nil
	case u != nil:
		refused = taken(u)
	}
	if !passing(refused) {
		w.out.Executed = time.Time{}
	}
	return refused
}

// postWithout makes the account with as many of the attributes as Okta takes: those it names in a refusal are left out,
// and where it names none, all but those without which there is no account. okta.profile tells of them.
func (c *convergence) postWithout(ctx context.Context, w *work, some []wish) (id string, err error) {
	for {
		var made struct {
			ID string `json:"id"`
		}
		_, err := c.raw(ctx, http.MethodPost, "/api/v1/users?activate=false", profileBody(some, false), &made)
		if err == nil || !aboutAttributes(err) {
			return made.ID, err
		}
		left := slices.DeleteFunc(slices.Clone(some), func(x wish) bool { return blamed(err, x) })
		if len(left) == len(some) {
			left = slices.DeleteFunc(slices.Clone(some), func(x wish) bool { return !essential(x.name) })
		}
		if len(left) == len(some) || slices.ContainsFunc(some, func(x wish) bool {
			return essential(x.name) && !slices.ContainsFunc(left, func(l wish) bool { return l.name == x.name })
		}) {
			return "", err
		}
		w.out.Detail = "made, staged, without attributes that okta refused"
		some = left
	}
}

// essential says whether an account cannot be made, or not be known again, without an attribute.
func essential(name string) bool {
	return slices.Contains([]string{"login", "email", "firstName", "lastName", numberAttribute}, name)
}

// end deactivates the account: what is left to do where nothing milder shuts it.
func (c *convergence) end(ctx context.Context) error {
	resp, err := c.api.User.DeactivateUser(ctx, c.user.Id, noMail())
	refused := check(resp, err)
	if err := c.settle(ctx); err != nil {
		return err
	}
	if c.user.Status == deprovisioned {
		return nil
	}
	if refused == nil {
		refused = activities.Problemf(activities.Unavailable, "okta accepted the deactivation and the account is %s", c.user.Status)
	}
	return refused
}
