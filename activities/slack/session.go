package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// signOut ends every session of the person. Signing in again is for the identity provider to refuse.
func (s *System) signOut(ctx context.Context, in activities.Perform, o activities.Outcome) (activities.Outcome, error) {
	id, err := s.findUser(ctx, in)
	if err != nil {
		return o, err
	}
	if id == "" {
		return absent(o, plan.NotApplicable, "there is no active Slack account with this person's address"), nil
	}
	o.Account = id
	before, err := s.sessions(ctx, id)
	if err != nil {
		return o, err
	}
	if before == 0 {
		o = absent(o, plan.AlreadyAbsent, "the person was signed in nowhere; signing in is refused by the identity provider")
		o.ReadBack = "0 sessions"
		return o, nil
	}
	acted := s.callAdmin(ctx, "admin.users.session.reset", url.Values{"user_id": {id}}, nil)
	after, err := s.sessions(ctx, id)
	switch {
	case acted != nil && (err != nil || after > 0):
		return o, acted
	case err != nil:
		return o, err
	}
	detail := fmt.Sprintf("signed out of %d sessions; signing in again is refused by the identity provider", before)
	return confirmed(o, after == 0, detail, fmt.Sprintf("%d sessions", after)), nil
}

// findUser gives the person's user id, or nothing when there is no active account.
func (s *System) findUser(ctx context.Context, in activities.Perform) (string, error) {
	if in.Account != "" {
		return in.Account, nil
	}
	u, err := s.api.GetUserByEmailContext(ctx, in.Login)
	if code(err) == "users_not_found" {
		return "", nil
	}
	if err != nil {
		return "", problem(ctx, "users.lookupByEmail", err)
	}
	if !strings.EqualFold(u.Profile.Email, in.Login) || u.IsBot || !userID.MatchString(u.ID) {
		return "", &activities.Problem{Type: activities.Ambiguous, Text: "Slack answered the search by mail address with another account",
			Mend: "find the right one in Slack's admin pages and sign it out by hand"}
	}
	return u.ID, nil
}

// sessions counts the person's sessions, up to the first page's worth.
func (s *System) sessions(ctx context.Context, id string) (int, error) {
	var list struct {
		Active []struct{} `json:"active_sessions"`
	}
	err := s.callAdmin(ctx, "admin.users.session.list", url.Values{"user_id": {id}}, &list)
	if code(err) == "no_active_sessions" {
		return 0, nil
	}
	return len(list.Active), err
}

// callAdmin calls a method slack-go has no function for, with the admin token.
func (s *System) callAdmin(ctx context.Context, method string, args url.Values, into any) error {
	err := call(ctx, s.web, method, args, into)
	var p *activities.Problem
	if code(err) != "" && errors.As(err, &p) && p.Type == activities.Forbidden {
		p.Mend = mendAdmin // the table of codes speaks of the bot's token
	}
	return err
}

// call calls a method. Like slack-go it gives an ok:false answer as a SlackErrorResponse, inside the problem; one
// without a reason is a problem too.
func call(ctx context.Context, with *vendorhttp.Client, method string, args url.Values, into any) error {
	answer, err := with.Do(ctx, vendorhttp.Request{Method: http.MethodPost, Path: "/api/" + method, Form: args})
	if err != nil {
		return problem(ctx, method, err)
	}
	var head slackapi.SlackResponse
	if err := answer.Decode(&head); err != nil {
		return activities.Problemf(activities.Unavailable, "the answer to %s is not what Slack sends", method)
	}
	if !head.Ok && head.Error == "" {
		return activities.Problemf(activities.Unavailable, "Slack refused %s without a reason", method)
	}
	if !head.Ok {
		return problem(ctx, method, slackapi.SlackErrorResponse{Err: head.Error, Needed: head.Needed})
	}
	if into == nil {
		return nil
	}
	if err := answer.Decode(into); err != nil {
		return activities.Problemf(activities.Unavailable, "the answer to %s is not what Slack sends", method)
	}
	return nil
}
