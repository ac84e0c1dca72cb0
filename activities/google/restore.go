package google

import (
	"context"

	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// undo says how one step is taken back. The account has been unsuspended before.
type undo func(ctx context.Context, s *System, u *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error)

var undoes = map[plan.Action]undo{
	plan.GooglePassword:   restorePassword,
	plan.GoogleHide:       restoreListing,
	plan.GoogleOrgUnit:    restoreUnit,
	plan.GoogleDelegate:   restoreMailbox,
	plan.GoogleAutoReply:  restoreReply,
	plan.GoogleRoles:      restoreRoles,
	plan.GoogleForwarding: nothingToUndo("forwarding, filters and delegates that were removed are not set again: the person does so"),
	plan.GoogleSessions:   nothingToUndo("the person signs in again"),
	plan.GoogleTokens:     nothingToUndo("the person lets applications in again"),
	plan.GoogleGroups:     nothingToUndo("the person still owns the groups, together with the heir"),
	plan.GoogleTransfer:   nothingToUndo("files that were handed over are given back by the heir"),
	plan.GoogleUndelegate: nothingToUndo("the mailbox is not lent any more"),
	plan.GoogleSuspend:    nothingToUndo("unsuspended"),
}

// RestoreUser brings the account back to what the snapshot holds, step by step for what was done: first it is
// unsuspended, because nothing else works before. There is one outcome for being active and one for each step of
// Google in Done, in that order.
func (s *System) RestoreUser(ctx context.Context, in activities.RestoreGoogle) (activities.Outcomes, error) {
	out, err := one(ctx, plan.StepID(plan.GoogleSuspend), in.Facts.UserID, func(o activities.Outcome) (activities.Outcome, error) {
		return s.reactivate(ctx, in, o)
	})
	if err != nil || out.Steps[0].State != plan.Verified {
		return out, err
	}
	u, _, err := s.find(ctx, in.Facts.UserID)
	if err != nil {
		return activities.Outcomes{}, ended(ctx, err)
	}
	for _, id := range in.Done {
		back, known := undoes[id.Action()]
		if !known || id.Action() == plan.GoogleSuspend {
			continue
		}
		step, err := one(ctx, id, in.Facts.UserID, func(o activities.Outcome) (activities.Outcome, error) {
			return back(ctx, s, u, in, o)
		})
		if err != nil {
			return activities.Outcomes{}, err
		}
		out.Steps = append(out.Steps, step.Steps...)
	}
	return out, nil
}

func (s *System) reactivate(ctx context.Context, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	if !in.Facts.Exists {
		return s.notApplicable(o, "the person had no Google account"), nil
	}
	u, found, err := s.find(ctx, in.Facts.UserID)
	switch {
	case err != nil:
		return o, err
	case !found:
		return attention(o, activities.NotFound, "the account has been deleted",
			"undelete it in the admin console within 20 days of the deletion, then try the step again"), nil
	case in.Facts.Suspended:
		return s.verified(o, "left as it was found before the case", "suspended: "+yesNo(u.Suspended)), nil
	}
	return s.bring(ctx, u, suspended(false), o)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func nothingToUndo(why string) undo {
	return func(_ context.Context, s *System, _ *directory.User, _ activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
		return s.notApplicable(o, why), nil
	}
}

// restorePassword gives the recovery data back and a new random password that must be changed: whoever learnt of
// the old one is out. Both are fields of one write, which its recovery data and the change mark prove.
func restorePassword(ctx context.Context, s *System, u *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	want := &directory.User{Password: randomPassword(), ChangePasswordAtNextLogin: true,
		RecoveryEmail: in.Facts.RecoveryMail, RecoveryPhone: in.Facts.RecoveryPhone,
		ForceSendFields: []string{"RecoveryEmail", "RecoveryPhone"}}
	return s.bring(ctx, u, change{fields: want,
		holds: func(u *directory.User) bool {
			return u.ChangePasswordAtNextLogin && u.RecoveryEmail == want.RecoveryEmail && u.RecoveryPhone == want.RecoveryPhone
		},
		detail:   "recovery data given back; a new password must be set for the person in the admin console, unless they sign in through Okta",
		readBack: "recovery data as found, password to be changed at next sign-in"}, o)
}

func restoreListing(ctx context.Context, s *System, u *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	return s.bring(ctx, u, hidden(in.Facts.Hidden), o)
}

func restoreUnit(ctx context.Context, s *System, u *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	return s.bring(ctx, u, inUnit(in.Facts.OrgUnit), o)
}

// restoreMailbox takes the delegate out again, unless the person had let them in before the case.
func restoreMailbox(ctx context.Context, s *System, u *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	if in.Delegate == "" || hasFold(in.Facts.Delegates, in.Delegate) {
		return s.notApplicable(o, "the mailbox was lent to this account before the case, or to nobody"), nil
	}
	return s.inMailbox(ctx, u, o, func() (activities.Outcome, error) { return s.undelegate(ctx, u, in.Delegate, o) })
}

func restoreReply(ctx context.Context, s *System, u *directory.User, _ activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	return s.inMailbox(ctx, u, o, func() (activities.Outcome, error) { return s.reply(ctx, u, &gmail.VacationSettings{}, o) })
}

// inMailbox runs part of a restoration in a mailbox that may have been unsuspended a moment ago: Google can take
// an hour to serve it again, so that its refusal of an active account is worth a retry.
func (s *System) inMailbox(ctx context.Context, u *directory.User, o activities.Outcome, run func() (activities.Outcome, error)) (activities.Outcome, error) {
	out, err := run()
	p := s.mailProblem(ctx, u.Id, err)
	switch {
	case p == nil:
		return out, nil
	case p.Type == activities.Conflict && closed(u) == nil:
		return o, &activities.Problem{Type: activities.Unavailable, Text: "Google does not serve the mailbox again yet", Cause: p}
	}
	return o, p
}

// restoreRoles gives no administrator rights back by itself.
func restoreRoles(_ context.Context, s *System, _ *directory.User, in activities.RestoreGoogle, o activities.Outcome) (activities.Outcome, error) {
	if !in.Facts.SuperAdmin {
		return s.notApplicable(o, "the person was no super administrator; delegated roles that were removed are listed with that step"), nil
	}
	return attention(o, activities.Unsupported, "administrator rights are not given back by a machine",
		"if the person is still to be super administrator, make them one in the admin console"), nil
}
