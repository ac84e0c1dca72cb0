package plan

import (
	"slices"
	"strings"

	"tenure/internal/policy"
)

// The scopes of an Okta app assignment.
const (
	scopeUser  = "USER"
	scopeGroup = "GROUP"
)

// apps is one step per application assigned in Okta, or one line that says that it was looked for. Assignments
// that come from groups stand last, because they wait for okta.groups.
func (b builder) apps(phase Phase) []Step {
	o := b.facts.Okta
	switch {
	case o == nil:
		s := b.appStep(AppStep{Label: "Applications in Okta", Method: Automatic}, phase)
		s.Preset, s.Note = NeedsAttention, "Okta could not be read, so nobody knows which applications the person has: read them in Okta and remove them"
		return []Step{s}
	case len(o.Apps) == 0:
		s := b.appStep(AppStep{Label: "Applications in Okta", Method: Automatic}, phase)
		s.Preset, s.Note = NotApplicable, "no application is assigned in Okta"
		return []Step{s}
	}
	var direct, grouped []Step
	for _, app := range o.Apps {
		s := b.app(app, appKey(app, o.Apps), phase)
		if app.Scope == scopeGroup {
			grouped = append(grouped, s)
			continue
		}
		direct = append(direct, s)
	}
	return append(direct, grouped...)
}

// app is the step of one assigned application, by the policy's method for it.
func (b builder) app(app OktaApp, key string, phase Phase) Step {
	o, rule := b.facts.Okta, b.policy.AppRule(app.Name, app.Label)
	label := app.Label
	if label == "" {
		label = key
	}
	s := b.appStep(AppStep{Key: key, OktaID: app.ID, Label: label, Scope: app.Scope, Method: AppMethod(rule.Method), Owner: rule.Owner}, phase)
	switch AppMethod(rule.Method) {
	case Ignore:
		s.Preset, s.Note = IgnoredByPolicy, "the policy leaves this application as it is"
	case Delegate:
		s.Preset, s.Note = Delegated, rule.Owner+" is asked to remove the person"
		if app.Name == googleApp && o.CascadesToGoogle && b.facts.googleIsLive() {
			s.Note += ", but not while the mailbox is lent: Okta would suspend the Google account with it"
		}
	case Automatic:
		if app.Scope == scopeGroup {
			s.Note = "assigned through a group: it goes when the group goes"
		}
	}
	return s
}

func (b builder) appStep(app AppStep, phase Phase) Step {
	s := b.step(AppRevoke, app.Key, phase)
	s.Title = policy.Fill(s.Title, "{app}", app.Label)
	s.App = &app
	return s
}

// appKey is the object of the application's step id: Okta's key of the application, with its id where the person
// has it more than once.
func appKey(app OktaApp, all []OktaApp) string {
	key := slug(app.Name)
	if key == "" {
		key = slug(app.Label)
	}
	if key == "" {
		return app.ID
	}
	same := func(other OktaApp) bool {
		return other.ID != app.ID && (slug(other.Name) == key || slug(other.Name) == "" && slug(other.Label) == key)
	}
	if slices.ContainsFunc(all, same) {
		return key + "-" + app.ID
	}
	return key
}

// slug keeps letters, digits, dots and underscores, in lower case; everything between becomes one dash.
func slug(s string) string {
	parts := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '_'
	})
	return strings.Join(parts, "-")
}
