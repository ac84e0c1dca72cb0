package google

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// cut is one containment of one account. Its steps have one order whatever order they were asked for in: a role is
// stripped before the password is changed (an administrator could change it back), the password is changed before
// sessions end (else the person signs in again), and the last sign-out comes after everything.
type cut struct {
	s      *System
	in     activities.Perform
	user   *directory.User
	memory memory
	quick  time.Duration // how long a read-back may wait within the containment budget
	out    map[plan.StepID]activities.Outcome
	failed error // the first passing fault; the steps after it are tried all the same
}

// CutAccess destroys the account's credentials. It never suspends: the mailbox is to be lent.
func (s *System) CutAccess(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	c := &cut{s: s, in: in, memory: recall(ctx), quick: s.config.Settle / 4, out: map[plan.StepID]activities.Outcome{}}
	user, found, err := s.find(ctx, keyOf(in))
	switch {
	case err != nil:
		c.each(func(o activities.Outcome) (activities.Outcome, error) { return o, err })
	case !found:
		c.each(func(o activities.Outcome) (activities.Outcome, error) {
			return c.s.notApplicable(o, "the person has no Google account"), nil
		})
	default:
		c.user = user
		c.contain(ctx)
	}
	return c.result(ctx)
}

func (c *cut) contain(ctx context.Context) {
	seen := c.user.LastLoginTime
	c.step(plan.GoogleRoles, func(o activities.Outcome) (activities.Outcome, error) { return c.roles(ctx, o) })
	c.step(plan.GooglePassword, func(o activities.Outcome) (activities.Outcome, error) { return c.password(ctx, o) })
	first := &signOuts{}
	c.step(plan.GoogleSessions, func(o activities.Outcome) (activities.Outcome, error) {
		o.Executed = c.s.now()
		return o, first.one(ctx, c)
	})
	removed := leftovers{}
	c.step(plan.GoogleTokens, func(o activities.Outcome) (out activities.Outcome, err error) {
		o.Executed = c.s.now()
		if removed, err = c.revoke(ctx, &o); err != nil {
			return c.codesOfSuspended(o, err)
		}
		return o, nil
	})
	if !c.asked(plan.GoogleSessions) && !c.asked(plan.GoogleTokens) {
		return
	}
	again := first.one(ctx, c)
	c.prove(plan.GoogleSessions, func(o activities.Outcome) (activities.Outcome, error) {
		if again != nil {
			return o, again
		}
		return first.proof(ctx, c, o, seen)
	})
	c.prove(plan.GoogleTokens, func(o activities.Outcome) (activities.Outcome, error) { return c.proveTokens(ctx, o, removed) })
}

func (c *cut) asked(a plan.Action) bool { return slices.Contains(c.in.Steps, plan.StepID(a)) }

// each gives every step asked for the same end.
func (c *cut) each(run func(activities.Outcome) (activities.Outcome, error)) {
	for _, id := range c.in.Steps {
		c.step(id.Action(), run)
	}
}

// step runs one step, if it was asked for.
func (c *cut) step(a plan.Action, run func(activities.Outcome) (activities.Outcome, error)) {
	if !c.asked(a) {
		return
	}
	o := activities.Outcome{Step: plan.StepID(a), Account: c.in.Account}
	if c.user != nil {
		o.Account = c.user.Id
	}
	c.finish(run(o))
}

// prove ends a step that began earlier, unless it has already failed.
func (c *cut) prove(a plan.Action, run func(activities.Outcome) (activities.Outcome, error)) {
	if o, begun := c.out[plan.StepID(a)]; begun && o.State == "" {
		c.finish(run(o))
	}
}

func (c *cut) finish(o activities.Outcome, err error) {
	if err != nil {
		if o, err = settled(o, err); err != nil {
			if c.failed == nil {
				c.failed = err
			}
			o.State = plan.Running // no later proof: the retry does the step again
		}
	}
	c.out[o.Step] = o
}

// result gives one outcome for each step asked for, in the order of asking, or the passing fault.
func (c *cut) result(ctx context.Context) (activities.Outcomes, error) {
	if c.failed != nil {
		return activities.Outcomes{}, ended(ctx, c.failed)
	}
	var out activities.Outcomes
	for _, id := range c.in.Steps {
		o, done := c.out[id]
		if !done {
			o = attention(activities.Outcome{Step: id, Account: c.in.Account}, activities.Unsupported,
				"containment in Google Workspace has no step "+string(id), "take it out of the policy's order")
		}
		out.Steps = append(out.Steps, o)
	}
	return out, nil
}

// signOuts counts how often the account was signed out and what Google answered.
type signOuts struct {
	times int
	odd   int // an answer that is a success and yet not the documented 204
}

func (n *signOuts) one(ctx context.Context, c *cut) error {
	api, err := c.s.directory(ctx, accountsFamily)
	if err != nil {
		return err
	}
	ctx, status := watchStatus(ctx)
	if err := api.Users.SignOut(c.user.Id).Context(ctx).Do(); err != nil {
		return err
	}
	n.times++
	if *status != http.StatusNoContent {
		n.odd = *status
	}
	return nil
}

// nobodySince says that nobody signed in after the last time. Google writes "never" as the beginning of 1970.
func nobodySince(seen string) string {
	if seen == "" || strings.HasPrefix(seen, "1970-01-01T00:00:00") {
		return "nobody ever signed in"
	}
	return "no sign-in after the one of " + seen
}

// proof is what can be known about sessions. Google lists none; what can be read is whether somebody signed in
// while we were at it, and then the account is signed out once more.
func (n *signOuts) proof(ctx context.Context, c *cut, o activities.Outcome, seen string) (activities.Outcome, error) {
	const rounds = 3
	for range rounds {
		u, found, err := c.s.find(ctx, c.user.Id)
		if err != nil {
			return o, err
		}
		switch {
		case !found:
			return c.s.absent(o, "the account is gone"), nil
		case n.odd != 0:
			return unverified(o, fmt.Sprintf("Google answered %d to a sign-out, where it answers 204 when it has signed somebody out", n.odd),
				"sessions cannot be listed"), nil
		case u.LastLoginTime == seen:
			return c.s.verified(o, fmt.Sprintf("signed out everywhere, %d times", n.times),
				fmt.Sprintf("sessions cannot be listed; %d sign-outs answered 204, and %s", n.times, nobodySince(seen))), nil
		}
		seen = u.LastLoginTime
		if err := n.one(ctx, c); err != nil {
			return o, err
		}
	}
	return unverified(o, "somebody keeps signing in", "last sign-in "+seen), nil
}
