package google

import (
	"context"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// password sets a random password, asks for no change of it, and clears the recovery data that would lead to
// another.
//
// A password cannot be read back. What can be is another field of the same write, and Google takes a write whole
// or not at all: so a write is proved when a field it carries has visibly changed. Recovery data that was there
// and is gone is such a field. Where nothing would change visibly, the write is preceded by one that makes the
// account ask for a change of password, so that the real one visibly takes that back.
func (c *cut) password(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if done := c.memory[o.Step]; done.State == plan.Verified {
		return done, nil
	}
	o.Executed = c.s.now()
	visible, armErr := recoverable(c.user) || c.user.ChangePasswordAtNextLogin, error(nil)
	what := "recovery data cleared"
	if !visible {
		visible, armErr = c.arm(ctx)
		what = "the mark set just before was taken back"
	}
	actErr := c.s.update(ctx, c.user.Id, &directory.User{
		Password: randomPassword(), ForceSendFields: []string{"ChangePasswordAtNextLogin", "RecoveryEmail", "RecoveryPhone"},
	})
	cleared, err := confirm(ctx, c.patienceAfter(actErr), c.s.check(ctx, c.user.Id, func(u *directory.User) bool {
		return !recoverable(u) && !u.ChangePasswordAtNextLogin
	}))
	switch {
	case cleared && visible:
		o = c.s.verified(o, "password set to a random one that nobody knows, recovery address and phone cleared",
			"the password itself cannot be read; "+what+" by the same write")
		c.memory.keep(ctx, o)
		return o, nil
	case actErr != nil:
		return o, actErr
	case err != nil:
		return o, err
	case armErr != nil:
		return o, armErr
	}
	return unverified(o, "Google accepted the new password, but nothing that it shows has changed",
		"recovery data and the change mark stand as before"), nil
}

// arm makes the account ask for a change of password, together with a random one, and says whether that shows.
func (c *cut) arm(ctx context.Context) (bool, error) {
	return ensure(ctx, c.quick, func() error {
		return c.s.update(ctx, c.user.Id, &directory.User{Password: randomPassword(), ChangePasswordAtNextLogin: true})
	}, c.s.check(ctx, c.user.Id, func(u *directory.User) bool { return u.ChangePasswordAtNextLogin }))
}

func recoverable(u *directory.User) bool { return u.RecoveryEmail != "" || u.RecoveryPhone != "" }
