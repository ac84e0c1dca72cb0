package okta

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
)

// RestoreUser brings an account back to what the snapshot says; see [activities.OktaRestoreUser]. It compares the
// account with the snapshot and not with the list of steps done: deactivation takes apps away whether or not a step
// did, and a step may have been cut short before it was noted. The fence of the case comes down first; where it cannot,
// nothing is opened.
func (s *System) RestoreUser(ctx context.Context, in activities.RestoreOkta) (activities.Outcomes, error) {
	if err := s.lift(ctx, in.CaseRef); err != nil {
		return activities.Outcomes{}, activities.Classify(err)
	}
	if !in.Facts.Exists {
		return activities.Outcomes{}, nil // there was no account, so there is none to bring back
	}
	r := &restoring{facts: in.Facts}
	steps := map[plan.Action]step{
		plan.OktaDeactivate: r.status,
		plan.OktaSuspend:    r.status,
		plan.OktaGroups:     r.groups,
		plan.AppRevoke:      r.app,
		plan.OktaRoles:      r.roles,
		plan.OktaFactors:    r.factors,
		plan.OktaDevices:    r.devices,
		plan.OktaSessions:   returns("sessions come back when the person signs in"),
		plan.OktaGrants:     returns("apps ask for consent again when the person uses them"),
	}
	ours := slices.DeleteFunc(r.order(in.Done), func(id plan.StepID) bool { return steps[id.Action()] == nil })
	return s.perform(ctx, in.Facts.UserID, ours, steps)
}

type restoring struct{ facts plan.OktaFacts }

// order puts the account's status first, for groups and apps want an account that lives. Groups are compared in any
// case.
func (r *restoring) order(done []plan.StepID) []plan.StepID {
	rank := func(id plan.StepID) int {
		switch id.Action() {
		case plan.OktaDeactivate:
			return 0
		case plan.OktaSuspend:
			return 1
		case plan.OktaGroups:
			return 2
		default:
			return 3
		}
	}
	ids := slices.Clone(done)
	if !slices.ContainsFunc(ids, func(id plan.StepID) bool { return id.Action() == plan.OktaGroups }) && len(r.direct()) > 0 {
		ids = append(ids, plan.OktaGroups.For(""))
	}
	slices.SortStableFunc(ids, func(a, b plan.StepID) int { return rank(a) - rank(b) })
	return ids
}

// status activates or unsuspends. An account that was shut before the case stays shut; one that was suspended then, as in a
// leave of absence, is suspended again, for whoever suspended it to open.
func (r *restoring) status(ctx context.Context, w *work) error {
	u, err := r.alive(ctx, w)
	if err != nil {
		return err
	}
	if r.facts.Status == suspended && (u.Status == deprovisioned || w.began()) {
		return r.suspendAgain(ctx, w, u)
	}
	if r.facts.Status == suspended || r.facts.Status == deprovisioned {
		w.spared("the account was "+r.facts.Status+" before the case and stays shut", statusText(u))
		return nil
	}
	if u, err = w.reopen(ctx, u); err != nil {
		return err
	}
	if u.Status == suspended || u.Status == deprovisioned {
		w.doubted("okta accepted and the account is still shut", statusText(u))
		return nil
	}
	w.verified(statusText(u))
	if w.out.Step.Action() == plan.OktaSuspend {
		if w.out.Detail == "" {
			w.out.Detail = "not suspended any more"
		}
		return nil
	}
	return r.afterActivation(ctx, w, u)
}

// alive reads the account and refuses when there is none to restore.
func (r *restoring) alive(ctx context.Context, w *work) (*sdk.User, error) {
	u, err := w.System.account(ctx, w.account)
	if err == nil && u == nil {
		err = &activities.Problem{Type: activities.NotFound, Text: "the account does not exist any more", Mend: "create the account anew as for a new hire"}
	}
	return u, err
}

// reopen does what the present status wants and reads again.
func (w *work) reopen(ctx context.Context, u *sdk.User) (*sdk.User, error) {
	var refused error
	switch {
	case u.Status == suspended:
		resp, err := w.api.User.UnsuspendUser(ctx, w.account)
		refused = check(resp, err)
		w.acted("unsuspended")
	case u.Status == deprovisioned && u.TransitioningToStatus == "":
		_, resp, err := w.api.User.ActivateUser(ctx, w.account, noMail())
		refused = check(resp, err)
		w.acted("activated again")
	case u.TransitioningToStatus == "":
		return u, nil
	}
	_, err := w.until(ctx, w.progress, func() (bool, error) {
		again, err := w.user(ctx, w.account)
		if err == nil {
			u = again
		}
		return err == nil && u.TransitioningToStatus == "", err
	})
	switch {
	case err != nil:
		return nil, err
	case u.TransitioningToStatus != "":
		return nil, activities.Problemf(activities.Unavailable, "okta is still working on the account")
	case refused != nil && (u.Status == suspended || u.Status == deprovisioned):
		return nil, refused
	}
	return u, nil
}

// afterActivation assigns the direct apps that the deactivation took, and says what an activation cannot bring back.
func (r *restoring) afterActivation(ctx context.Context, w *work, u *sdk.User) error {
	if err := r.appsAgain(ctx, w); err != nil {
		return err
	}
	if u.Status == provisioned {
		mend := "send the person the activation mail from Okta's admin console"
		if len(w.out.Items) > 0 {
			mend += fmt.Sprintf(", and check the settings of the apps assigned again (%d)", len(w.out.Items))
		}
		return &activities.Problem{Type: activities.Unsupported, Mend: mend,
			Text: fmt.Sprintf("the account is activated again (%s) without a password: deactivation lost it", statusText(u))}
	}
	return nil
}

// appsAgain assigns the direct apps that a deactivation took.
func (r *restoring) appsAgain(ctx context.Context, w *work) error {
	var lost []plan.OktaApp
	for _, a := range r.facts.Apps {
		if a.Scope == byUser {
			lost = append(lost, a)
		}
	}
	errs := each(ctx, lost, func(ctx context.Context, a plan.OktaApp) error { return w.assign(ctx, a.ID) })
	for i, a := range lost {
		if errs[i] == nil {
			w.out.Items = append(w.out.Items, a.ID)
		}
	}
	return worst(errs)
}

// assign gives the app directly, unless the account has it.
func (w *work) assign(ctx context.Context, app string) error {
	scope, err := w.scope(ctx, app)
	if err != nil || scope == byUser {
		return err
	}
	body := sdk.AppUser{Id: w.account, Scope: byUser}
	_, resp, err := w.api.Application.AssignUserToApplication(ctx, url.PathEscape(app), body)
	if err := check(resp, err); err != nil && !isCode(err, "E0000062") {
		return err
	}
	if scope, err = w.scope(ctx, app); err != nil {
		return err
	}
	if scope == "" {
		return &activities.Problem{Type: activities.Conflict, Text: "okta accepted the assignment of app " + app + " and does not show it",
			Mend: "assign the app in Okta's admin console"}
	}
	return nil
}

// direct are the groups of the snapshot that a step may have taken away.
func (r *restoring) direct() []string {
	var out []string
	for _, g := range r.facts.Groups {
		if g.Type == oktaGroup && !g.ByRule {
			out = append(out, g.ID)
		}
	}
	return out
}

func (r *restoring) groups(ctx context.Context, w *work) error {
	if _, err := r.alive(ctx, w); err != nil {
		return err
	}
	missing, err := r.missing(ctx, w)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		w.verified("in every direct group of the snapshot")
		w.out.Detail = "no direct group was missing"
		return nil
	}
	w.acted("added to %s again", count(len(missing), "group"))
	w.out.Items = missing
	refused := worst(each(ctx, missing, func(ctx context.Context, group string) error {
		resp, err := w.api.Group.AddUserToGroup(ctx, group, w.account)
		return check(resp, err)
	}))
	left, err := r.missing(ctx, w)
	switch {
	case err != nil:
		return err
	case len(left) == 0:
		w.verified("in every direct group of the snapshot")
	case refused != nil:
		w.out.Items = without(missing, left)
		return refused
	default:
		w.out.Items = without(missing, left)
		w.doubted("okta accepted the membership and does not show it: "+join(left), count(len(left), "missing group"))
	}
	return nil
}

func (r *restoring) missing(ctx context.Context, w *work) ([]string, error) {
	groups, err := w.System.groups(ctx, w.account)
	if err != nil {
		return nil, err
	}
	var now []string
	for _, g := range groups {
		now = append(now, g.Id)
	}
	return without(r.direct(), now), nil
}

// app restores the one app of an app.revoke step. The object of the step id is made from the app's name, its label
// or its id, whichever tells it apart.
func (r *restoring) app(ctx context.Context, w *work) error {
	object := w.out.Step.Object()
	i := slices.IndexFunc(r.facts.Apps, func(a plan.OktaApp) bool { return strings.HasSuffix(object, a.ID) })
	if i < 0 {
		i = slices.IndexFunc(r.facts.Apps, func(a plan.OktaApp) bool {
			return letters(object) == letters(a.Name) || letters(object) == letters(a.Label)
		})
	}
	switch {
	case i < 0:
		return &activities.Problem{Type: activities.NotFound, Text: "the snapshot has no okta app " + object, Mend: "give the app back by hand if the person needs it"}
	case r.facts.Apps[i].Scope != byUser:
		w.spared("the app comes from a group and comes back with it", "scope "+r.facts.Apps[i].Scope)
		return nil
	}
	if err := w.assign(ctx, r.facts.Apps[i].ID); err != nil {
		return err
	}
	w.acted("assigned again")
	w.out.Items = []string{r.facts.Apps[i].ID}
	w.verified("assigned")
	return nil
}

// letters keeps letters and digits, in lower case: what a step id keeps of a name.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, strings.ToLower(s))
}

// roles are not given back by a machine: an admin right wants a person's decision.
func (r *restoring) roles(_ context.Context, w *work) error {
	if len(r.facts.Roles) == 0 {
		w.spared("the account had no admin roles", "")
		return nil
	}
	return &activities.Problem{Type: activities.Unsupported, Text: "admin roles are not given back by themselves: " + join(r.facts.Roles),
		Mend: "decide whether the person still needs them and assign them in Okta's admin console"}
}

// factors cannot be put back; whether the person has enrolled new ones can be read.
func (r *restoring) factors(ctx context.Context, w *work) error {
	now, err := w.System.factors(ctx, w.account)
	if err != nil {
		return err
	}
	if len(now) > 0 {
		w.verified(count(len(now), "factor"))
		w.out.Detail = "factors are enrolled"
		return nil
	}
	return &activities.Problem{Type: activities.Unsupported, Text: "reset factors cannot be restored", Mend: "ask the person to enrol their factors again at the next sign-in"}
}

func (r *restoring) devices(_ context.Context, w *work) error {
	if !slices.ContainsFunc(r.facts.Devices, func(d plan.OktaDevice) bool { return d.Users <= 1 }) {
		w.spared("no device was removed", "")
		return nil
	}
	return &activities.Problem{Type: activities.Unsupported, Text: "deleted devices cannot be restored", Mend: "ask the person to register Okta Verify on their devices again"}
}

// returns is for what comes back by itself.
func returns(detail string) step {
	return func(_ context.Context, w *work) error {
		w.spared(detail, "")
		return nil
	}
}
