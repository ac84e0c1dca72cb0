package google

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// ReadUser reads the account and what hangs on it. It changes nothing.
func (s *System) ReadUser(ctx context.Context, in activities.Identity) (plan.GoogleFacts, error) {
	u, found, err := s.identify(ctx, in)
	if err != nil {
		return plan.GoogleFacts{}, ended(ctx, err)
	}
	if !found {
		return plan.GoogleFacts{}, nil
	}
	facts := plan.GoogleFacts{
		Exists: true, UserID: u.Id, PrimaryEmail: u.PrimaryEmail, Suspended: u.Suspended, SuperAdmin: u.IsAdmin,
		OrgUnit: u.OrgUnitPath, Hidden: !u.IncludeInGlobalAddressList, Aliases: u.Aliases,
		RecoveryMail: u.RecoveryEmail, RecoveryPhone: u.RecoveryPhone,
	}
	if facts.OwnedGroups, err = s.ownedGroups(ctx, u.Id); err != nil {
		if !dispensable(ctx, err) {
			return plan.GoogleFacts{}, ended(ctx, err)
		}
		facts.Unread = append(facts.Unread, "groups")
	}
	if err := s.readMailbox(ctx, u, &facts); err != nil {
		if !dispensable(ctx, err) {
			return plan.GoogleFacts{}, ended(ctx, err)
		}
		facts.Unread = append(facts.Unread, "mailbox")
	}
	return facts, nil
}

// insistAttempts is how often a passing fault of a lesser part makes the whole snapshot be read again. After that
// the account alone must do: containment waits for the snapshot.
const insistAttempts = 2

// dispensable says whether the snapshot goes on without the part that failed.
func dispensable(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	return !problem(err).Retryable() || activity.IsActivity(ctx) && activity.GetInfo(ctx).Attempt > insistAttempts
}

// readMailbox reads what only the mailbox can tell. A mailbox that Google does not serve leaves it empty; one that
// could not be read for another reason is taken to be there, so that its steps are tried.
func (s *System) readMailbox(ctx context.Context, u *directory.User, facts *plan.GoogleFacts) error {
	if closed(u) != nil {
		return nil
	}
	facts.MailboxReady = true
	api, err := s.mail(ctx, u.PrimaryEmail, mailFamily)
	if err != nil {
		return err
	}
	delegates, err := listDelegates(ctx, api)
	if p := s.mailProblem(ctx, u.Id, err); p != nil {
		if facts.MailboxReady = p.Type != activities.Conflict; !facts.MailboxReady {
			return nil
		}
		return p
	}
	forwarding, err := api.GetAutoForwarding("me").Context(ctx).Do()
	if err != nil {
		return err
	}
	for _, d := range delegates {
		facts.Delegates = append(facts.Delegates, d.DelegateEmail)
	}
	if forwarding.Enabled {
		facts.Forwarding = forwarding.EmailAddress
	}
	return nil
}

func listDelegates(ctx context.Context, api *gmail.UsersSettingsService) ([]*gmail.Delegate, error) {
	out, err := api.Delegates.List("me").Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	return out.Delegates, nil
}

// ProbeAccess reads whether the person has any way in: a sign-in since the instant, applications or app passwords
// that were let in, an admin role, recovery data that leads to a new password. A suspended account is no way in,
// but a sign-in before it was suspended is told.
func (s *System) ProbeAccess(ctx context.Context, in activities.ProbeGoogle) (activities.Residue, error) {
	u, found, err := s.identify(ctx, in.Identity)
	if err != nil {
		return activities.Residue{}, ended(ctx, err)
	}
	var r activities.Residue
	if !found {
		return r, nil
	}
	if last, err := time.Parse(time.RFC3339, u.LastLoginTime); err == nil && last.After(in.Since) {
		r.Found = append(r.Found, "signed in at "+last.UTC().Format(time.RFC3339))
	}
	if !u.Suspended {
		left, err := s.leftovers(ctx, u)
		if err != nil {
			return activities.Residue{}, ended(ctx, err)
		}
		r.Found = append(r.Found, waysIn(u, left)...)
	}
	r.Any = len(r.Found) > 0
	return r, nil
}

func waysIn(u *directory.User, left leftovers) []string {
	var out []string
	for _, t := range left.tokens {
		out = append(out, "application "+t.ClientId+" has a token")
	}
	if n := len(left.asps); n > 0 {
		out = append(out, fmt.Sprintf("%d app passwords", n))
	}
	if left.codes > 0 {
		out = append(out, fmt.Sprintf("%d backup codes", left.codes))
	}
	if u.IsAdmin || u.IsDelegatedAdmin {
		out = append(out, "administrator role")
	}
	if u.RecoveryEmail != "" || u.RecoveryPhone != "" {
		out = append(out, "recovery address or phone is set")
	}
	return out
}
