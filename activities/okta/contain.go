package okta

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
	"tenure/internal/plan"
)

// CutAccess performs okta.roles, okta.suspend and okta.sessions; see [activities.OktaCutAccess]. Before the first cut the
// fence goes up, so that nothing on its way gives the access back. A fence that cannot be put up keeps no access open: the
// cuts are made, and its fault is the activity's, for the retry to put it up.
func (s *System) CutAccess(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	unfenced := s.shutFirst(ctx, in.CaseRef)
	out, err := s.perform(ctx, in.Account, in.Steps, map[plan.Action]step{
		plan.OktaRoles: stripRoles, plan.OktaSuspend: suspend, plan.OktaSessions: clearSessions,
	})
	if unfenced != nil && err == nil {
		return activities.Outcomes{}, activities.Classify(unfenced)
	}
	return out, err
}

// stripRoles takes the admin roles given to the person. A role that a group carries goes with the group only.
func stripRoles(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil || w.gone(u) {
		return err
	}
	own, carried, err := w.splitRoles(ctx)
	if err != nil {
		return err
	}
	if len(own) > 0 {
		w.acted("%s removed", count(len(own), "admin role"))
		for _, r := range own {
			w.out.Items = append(w.out.Items, r.Type)
		}
		refused := worst(each(ctx, own, func(ctx context.Context, r *sdk.Role) error {
			resp, err := w.api.User.RemoveRoleFromUser(ctx, w.account, r.Id)
			return notFoundIsDone(check(resp, err))
		}))
		if own, carried, err = w.splitRoles(ctx); err != nil {
			return err
		}
		if len(own) > 0 && refused != nil {
			return refused
		}
	}
	switch {
	case len(own) > 0:
		w.doubted("okta accepted the removal and still lists the roles", count(len(own), "role"))
	case len(carried) > 0:
		return &activities.Problem{Type: activities.Conflict, Text: "a group carries " + strings.Join(roleTypes(carried), ", ") + " to the account",
			Mend: "take the account out of the group that carries the role, or the role off the group"}
	case w.out.Executed.IsZero():
		w.already("no admin roles", "0 roles")
	default:
		w.verified("0 roles")
	}
	return nil
}

func (w *work) splitRoles(ctx context.Context) (own, carried []*sdk.Role, err error) {
	all, err := w.roles(ctx, w.account)
	for _, r := range all {
		if r.AssignmentType == byGroup {
			carried = append(carried, r)
		} else {
			own = append(own, r)
		}
	}
	return own, carried, err
}

func roleTypes(roles []*sdk.Role) []string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		out = append(out, r.Type)
	}
	return out
}

// suspend blocks sign-in. Okta suspends ACTIVE accounts only; any other state ends with the deactivation, and until
// then the password is expired.
func suspend(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil || w.gone(u) {
		return err
	}
	if u.Status == suspended {
		w.already("the account was suspended already", statusText(u))
		return nil
	}
	if u.TransitioningToStatus == deprovisioned {
		w.spared("the account is being deactivated", statusText(u))
		return nil
	}
	if u.Status != active {
		return w.expire(ctx, u)
	}
	w.acted("sign-in blocked")
	resp, err := w.api.User.SuspendUser(ctx, w.account)
	refused := check(resp, err)
	// Whatever the answer was, the read decides: an answer may be lost, and somebody else may have been quicker.
	if u, err = w.System.account(ctx, w.account); err != nil {
		return err
	}
	switch {
	case u == nil || u.Status == deprovisioned:
		w.gone(u)
	case u.Status == suspended:
		w.verified(statusText(u))
	case refused != nil && u.Status != active:
		w.out.Executed = time.Time{}
		return w.expire(ctx, u)
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted the suspension and the account is not suspended", statusText(u))
	}
	return nil
}

// expire does what can be done for an account that cannot be suspended.
func (w *work) expire(ctx context.Context, u *sdk.User) error {
	detail := "an account in status " + u.Status + " cannot be suspended; deactivation ends it"
	if u.Status != staged && u.Status != expired {
		_, resp, err := w.api.User.ExpirePassword(ctx, w.account)
		switch err := check(resp, err); {
		case passing(err):
			return err
		case err != nil:
			detail += "; okta would not expire its password"
		default:
			w.out.Executed = w.now()
			detail += "; its password was expired"
		}
	}
	w.spared(detail, statusText(u))
	return nil
}

// clearSessions ends the sessions and the OAuth tokens behind them. Okta has no list of sessions, so the proof is
// in two other reads: no OAuth client holds a token, and the System Log shows the clearing.
func clearSessions(ctx context.Context, w *work) error {
	u, asked, err := w.userAndTime(ctx)
	if err != nil || w.gone(u) {
		return err
	}
	w.acted("sessions and their tokens cleared")
	resp, err := w.api.User.ClearUserSessions(ctx, w.account, query.NewQueryParams(query.WithOauthTokens(true)))
	if err := check(resp, err); err != nil {
		return err // clearing again is harmless, so a lost answer is simply retried
	}
	left, err := w.countTokens(ctx)
	if err != nil {
		return err
	}
	if left > 0 {
		w.doubted("okta accepted the clearing and OAuth tokens are still there", count(left, "token"))
		return nil
	}
	seen, err := w.until(ctx, w.progress, func() (bool, error) { return w.logged(ctx, "user.session.clear", asked) })
	if err != nil {
		return err
	}
	if !seen {
		w.doubted("okta accepted the clearing and its System Log does not show it", "0 tokens, no user.session.clear in the log")
		return nil
	}
	w.verified("0 tokens, user.session.clear in the System Log")
	return nil
}

// userAndTime reads the account and Okta's own time, from the answer's Date.
func (w *work) userAndTime(ctx context.Context) (*sdk.User, time.Time, error) {
	u, resp, err := w.api.User.GetUser(ctx, w.account)
	if err := check(resp, err); err != nil {
		if isStatus(err, http.StatusNotFound) {
			err = w.Check(ctx)
		}
		return nil, time.Time{}, err
	}
	if u == nil || u.Status == "" {
		return nil, time.Time{}, activities.Problemf(activities.Unavailable, "okta answered a user without status")
	}
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		at = w.now().Add(-time.Minute)
	}
	return u, at, nil
}

// logged says whether the System Log has an event of this type about the account since then.
func (w *work) logged(ctx context.Context, event string, since time.Time) (bool, error) {
	filter := fmt.Sprintf(`eventType eq %q and target.id eq %q`, event, w.account)
	events, resp, err := w.api.LogEvent.GetLogs(ctx, query.NewQueryParams(query.WithSince(since.UTC().Format(time.RFC3339)),
		query.WithFilter(filter), query.WithLimit(1)))
	if err := check(resp, err); err != nil {
		return false, err
	}
	return len(events) > 0, nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func notFoundIsDone(err error) error {
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
