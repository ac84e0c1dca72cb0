package okta

import (
	"context"
	"net/http"
	"net/url"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
	"tenure/internal/plan"
)

// noMail keeps Okta from writing to people by itself.
func noMail() *query.Params { return query.NewQueryParams(query.WithSendEmail(false)) }

// DeactivateUser performs okta.deactivate; see [activities.OktaDeactivateUser].
func (s *System) DeactivateUser(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	return s.perform(ctx, in.Account, in.Steps, map[plan.Action]step{plan.OktaDeactivate: deactivate})
}

// deactivate ends the account. Okta answers a second deactivation as it answers an id that never existed, so only
// the read tells. Large ones go on in the background after Okta has said yes.
func deactivate(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil || w.gone(u) {
		return err
	}
	var refused error
	if u.TransitioningToStatus != deprovisioned {
		resp, err := w.api.User.DeactivateUser(ctx, w.account, noMail())
		refused = check(resp, err)
	}
	w.acted("deactivated")
	_, err = w.until(ctx, w.progress, func() (bool, error) {
		u, err = w.System.account(ctx, w.account)
		return err == nil && (u == nil || u.TransitioningToStatus != deprovisioned), err
	})
	switch {
	case err != nil:
		return err
	case u == nil || u.Status == deprovisioned && u.TransitioningToStatus == "":
		w.verified(readBack(u))
	case u.TransitioningToStatus == deprovisioned:
		return activities.Problemf(activities.Unavailable, "okta is still deactivating the account")
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted the deactivation and the account is not deactivated", statusText(u))
	}
	return nil
}

func readBack(u *sdk.User) string {
	if u == nil {
		return "user not found"
	}
	return statusText(u)
}

// UnassignApp takes one directly assigned app away; see [activities.OktaUnassignApp].
func (s *System) UnassignApp(ctx context.Context, in activities.UnassignApp) (activities.Outcomes, error) {
	return s.perform(ctx, in.Account, []plan.StepID{in.Step}, map[plan.Action]step{
		plan.AppRevoke: func(ctx context.Context, w *work) error { return unassign(ctx, w, in.App.OktaID) },
	})
}

func unassign(ctx context.Context, w *work, app string) error {
	if app == "" {
		return invalid("app.oktaId is empty: it must be the id of the app in Okta")
	}
	scope, err := w.scope(ctx, app)
	switch {
	case err != nil:
		return err
	case scope == "":
		w.already("the app is not assigned", "no assignment")
		return nil
	case scope == byGroup:
		w.spared("the app comes from a group and goes with it", "scope GROUP")
		return nil
	}
	w.acted("direct assignment removed")
	resp, err := w.api.Application.DeleteApplicationUser(ctx, url.PathEscape(app), w.account, noMail())
	refused := notFoundIsDone(check(resp, err))
	scope, err = w.scope(ctx, app)
	switch {
	case err != nil:
		return err
	case scope == "":
		w.verified("no assignment")
	case scope == byGroup:
		w.out.Detail += "; a group still gives the app, which goes with the group"
		w.verified("scope GROUP, no direct assignment")
	case refused != nil:
		return refused
	default:
		w.doubted("okta accepted the removal and the app is still assigned", "scope "+scope)
	}
	return nil
}

// scope says how the account has an app: USER, GROUP, or "" for not at all. Not found is believed only when Okta
// knows the account, or shows us anybody at all.
func (w *work) scope(ctx context.Context, app string) (string, error) {
	a, resp, err := w.api.Application.GetApplicationUser(ctx, url.PathEscape(app), w.account, nil)
	err = check(resp, err)
	switch {
	case isStatus(err, http.StatusNotFound):
		_, err := w.System.account(ctx, w.account)
		return "", err
	case err != nil:
		return "", err
	case a == nil || a.Scope == "":
		return "", activities.Problemf(activities.Unavailable, "okta answered an assignment without scope")
	}
	return a.Scope, nil
}
