package okta

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
)

// System Log event types the watch reads.
const (
	eventSuspend    = "user.lifecycle.suspend"
	eventDeactivate = "user.lifecycle.deactivate"
	eventActivate   = "user.lifecycle.activate"
	eventReactivate = "user.lifecycle.reactivate"
	eventUnsuspend  = "user.lifecycle.unsuspend"
	eventJoined     = "group.user_membership.add"
	eventSignIn     = "user.session.start"
)

const logPage = 1000

// ProbeAccess reads whether a leaver has any way in again; see [activities.OktaProbeAccess]. The status says whether,
// the System Log why.
func (s *System) ProbeAccess(ctx context.Context, who activities.Identity) (activities.Residue, error) {
	u, err := s.find(ctx, who)
	if err != nil || u == nil {
		return activities.Residue{}, activities.Classify(err)
	}
	events, err := s.history(ctx, u.Id, who.Opened)
	if err != nil {
		return activities.Residue{}, activities.Classify(err)
	}
	var r activities.Residue
	since := sinceContained(events)
	if u.Status != suspended && u.Status != deprovisioned {
		r.Found = append(r.Found, "user is "+u.Status)
		r.Cause = cause(since)
	}
	r.Found = append(r.Found, signIns(since, u.Id, who.Effective, len(since) < len(events))...)
	joined, err := s.joined(ctx, u.Id, events)
	if err != nil {
		return activities.Residue{}, activities.Classify(err)
	}
	for _, e := range joined {
		r.Found = append(r.Found, "member of group "+targetOf(e, "UserGroup"))
		if r.Cause == "" {
			r.Cause = "added to the group " + by(e)
		}
	}
	r.Any = len(r.Found) > 0
	return r, nil
}

// history is the System Log about one person since the case began, oldest first. A query without an end would be
// answered with a next link for ever, so it has one, a day ahead in case the clocks differ.
func (s *System) history(ctx context.Context, id string, since time.Time) ([]*sdk.LogEvent, error) {
	types := []string{eventSuspend, eventDeactivate, eventActivate, eventReactivate, eventUnsuspend, eventJoined}
	for i, t := range types {
		types[i] = fmt.Sprintf("eventType eq %q", t)
	}
	filter := fmt.Sprintf("(target.id eq %q and (%s)) or (actor.id eq %q and eventType eq %q)", id, strings.Join(types, " or "), id, eventSignIn)
	options := []query.ParamOptions{query.WithFilter(filter), query.WithLimit(logPage), query.WithSortOrder("ASCENDING"),
		query.WithUntil(s.now().Add(24 * time.Hour).Format(time.RFC3339))}
	if !since.IsZero() {
		options = append(options, query.WithSince(since.UTC().Format(time.RFC3339)))
	}
	page, resp, err := s.api.LogEvent.GetLogs(ctx, query.NewQueryParams(options...))
	return rest(ctx, s, page, resp, err)
}

// sinceContained is what happened after the account was last shut; all of it when the log shows no shutting.
func sinceContained(events []*sdk.LogEvent) []*sdk.LogEvent {
	for i, e := range slices.Backward(events) {
		if e.EventType == eventSuspend || e.EventType == eventDeactivate {
			return events[i+1:]
		}
	}
	return events
}

// cause is the last event that opened the account again.
func cause(events []*sdk.LogEvent) string {
	words := map[string]string{eventActivate: "activated ", eventReactivate: "reactivated ", eventUnsuspend: "unsuspended "}
	for _, e := range slices.Backward(events) {
		if word, ok := words[e.EventType]; ok {
			return word + by(e)
		}
	}
	return ""
}

// by says who did it, by id: "by import from app 0oa1", "by user 00u1".
func by(e *sdk.LogEvent) string {
	if app := targetOf(e, "AppInstance"); app != "" {
		return "by import from app " + app
	}
	if e.Actor == nil {
		return "by somebody unknown"
	}
	switch e.Actor.Type {
	case "User":
		return "by user " + e.Actor.Id
	case "SystemPrincipal":
		return "by okta itself"
	}
	return "by " + e.Actor.Type + " " + e.Actor.Id
}

func targetOf(e *sdk.LogEvent, kind string) string {
	for _, t := range e.Target {
		if t.Type == kind {
			return t.Id
		}
	}
	return ""
}

// signIns lists the person's sign-ins since the account was shut. When the log does not show the shutting, the
// effective time of the case stands in for it.
func signIns(events []*sdk.LogEvent, id string, effective time.Time, shut bool) []string {
	var out []string
	for _, e := range events {
		if e.EventType != eventSignIn || e.Actor == nil || e.Actor.Id != id || e.Published == nil {
			continue
		}
		if e.Outcome != nil && e.Outcome.Result == "FAILURE" {
			continue // a refused attempt is the containment at work
		}
		if shut || !effective.IsZero() && e.Published.After(effective) {
			out = append(out, "signed in at "+e.Published.UTC().Format(time.RFC3339))
		}
	}
	return out
}

// joined are the additions to groups that still hold: added since the case began, and a direct member now. A
// membership that a rule makes follows from the person's attributes and is left alone by the steps, so by this too.
func (s *System) joined(ctx context.Context, id string, events []*sdk.LogEvent) ([]*sdk.LogEvent, error) {
	latest := map[string]*sdk.LogEvent{}
	for _, e := range events {
		if e.EventType == eventJoined {
			latest[targetOf(e, "UserGroup")] = e
		}
	}
	if len(latest) == 0 {
		return nil, nil
	}
	m, err := s.memberships(ctx, id)
	var out []*sdk.LogEvent
	for _, group := range m.direct {
		if e, ok := latest[group]; ok {
			out = append(out, e)
		}
	}
	return out, err
}
