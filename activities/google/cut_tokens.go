package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

// leftovers is what still opens the account without its password.
type leftovers struct {
	tokens []*directory.Token
	asps   []*directory.Asp
	codes  int // backup verification codes
}

func (l leftovers) none() bool { return len(l.tokens) == 0 && len(l.asps) == 0 && l.codes == 0 }

func (l leftovers) String() string {
	return fmt.Sprintf("%d tokens, %d app passwords, %d backup codes", len(l.tokens), len(l.asps), l.codes)
}

func (s *System) leftovers(ctx context.Context, u *directory.User) (leftovers, error) {
	api, err := s.directory(ctx, accountsFamily)
	if err != nil {
		return leftovers{}, err
	}
	tokens, err := api.Tokens.List(u.Id).Context(ctx).Do()
	if err != nil {
		return leftovers{}, err
	}
	out := leftovers{tokens: tokens.Items}
	asps, err := api.Asps.List(u.Id).Context(ctx).Do()
	if err == nil {
		out.asps = asps.Items
	} else if !withoutTwoStep(u, err) {
		return leftovers{}, err
	}
	codes, err := api.VerificationCodes.List(u.Id).Context(ctx).Do()
	if err == nil {
		out.codes = len(codes.Items)
	} else if !withoutTwoStep(u, err) {
		return leftovers{}, err
	}
	return out, nil
}

// withoutTwoStep says whether a refusal only means that there is nothing to list: app passwords and backup codes
// exist with two-step verification only, and what Google answers for an account without it is not documented.
func withoutTwoStep(u *directory.User, err error) bool {
	return !u.IsEnrolledIn2Sv && isStatus(err, http.StatusBadRequest, http.StatusNotFound)
}

// revoke takes away every token, app password and backup code there is. It goes on after a failure, so that one
// stubborn token does not keep the others, and gives what it found.
func (c *cut) revoke(ctx context.Context, o *activities.Outcome) (leftovers, error) {
	found, err := c.s.leftovers(ctx, c.user)
	if err != nil || found.none() {
		o.Items = c.memory.items(o.Step, nil)
		return found, err
	}
	var apps []string
	for _, t := range found.tokens {
		apps = append(apps, "token:"+t.ClientId)
	}
	o.Items = c.memory.items(o.Step, apps)
	c.memory.keep(ctx, *o)
	api, err := c.s.directory(ctx, accountsFamily)
	if err != nil {
		return found, err
	}
	var failures []error
	for _, t := range found.tokens {
		failures = append(failures, unlessGone(api.Tokens.Delete(c.user.Id, t.ClientId).Context(ctx).Do()))
	}
	for _, a := range found.asps {
		failures = append(failures, unlessGone(api.Asps.Delete(c.user.Id, a.CodeId).Context(ctx).Do()))
	}
	if found.codes > 0 {
		failures = append(failures, unlessGone(api.VerificationCodes.Invalidate(c.user.Id).Context(ctx).Do()))
	}
	return found, passingFirst(failures)
}

func unlessGone(err error) error {
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// passingFirst picks the error that decides: one that a retry can mend before one that it cannot.
func passingFirst(errs []error) error {
	for _, err := range errs {
		if err != nil && problem(err).Retryable() {
			return err
		}
	}
	return errors.Join(errs...)
}

// proveTokens reads everything once more after the last sign-out, and removes what came in between.
func (c *cut) proveTokens(ctx context.Context, o activities.Outcome, removed leftovers) (activities.Outcome, error) {
	var left leftovers
	gone, err := confirm(ctx, c.quick, func() (bool, error) {
		var err error
		left, err = c.s.leftovers(ctx, c.user)
		if err == nil && !left.none() {
			if _, err = c.revoke(ctx, &o); err == nil {
				left, err = c.s.leftovers(ctx, c.user)
			}
		}
		return left.none(), err
	})
	switch {
	case err != nil:
		return c.codesOfSuspended(o, err)
	case !gone:
		return unverified(o, "Google accepted the removal of "+removed.String(), left.String()+" are still listed"), nil
	}
	if _, removedBefore := c.memory[o.Step]; removed.none() && !removedBefore {
		o = c.s.absent(o, "no application, app password or backup code")
		o.ReadBack = left.String()
		return o, nil
	}
	detail := "removed " + removed.String()
	if removed.none() {
		detail = "removed by an earlier attempt"
	}
	return c.s.verified(o, detail, left.String()+" after the last sign-out"), nil
}

// codesOfSuspended explains the refusal that Google gives for backup codes of a suspended account.
func (c *cut) codesOfSuspended(o activities.Outcome, err error) (activities.Outcome, error) {
	if c.user.Suspended && !problem(err).Retryable() {
		return attention(o, activities.Conflict, "the account is suspended, and Google takes back no backup codes of a suspended account",
			"unsuspend it, try the step again at once, and suspend it when the lease has ended"), nil
	}
	return o, err
}
