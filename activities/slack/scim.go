package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// scimUser is a SCIM 2.0 user, as far as it matters here.
type scimUser struct {
	ID     string `json:"id"`
	Active *bool  `json:"active"`
	Emails []struct {
		Value string `json:"value"`
	} `json:"emails"`
}

func (u scimUser) active() bool { return u.Active == nil || *u.Active }

// owns says whether the account has this mail address.
func (u scimUser) owns(address string) bool {
	for _, e := range u.Emails {
		if strings.EqualFold(e.Value, address) {
			return true
		}
	}
	return false
}

// deactivate sets the account inactive: find, already inactive?, act, read back.
func (s *System) deactivate(ctx context.Context, in activities.Perform, o activities.Outcome) (activities.Outcome, error) {
	u, err := s.findSCIM(ctx, in)
	if err != nil {
		return o, err
	}
	if u == nil {
		return absent(o, plan.NotApplicable, "there is no Slack account with this person's address"), nil
	}
	o.Account = u.ID
	if !u.active() {
		o = absent(o, plan.AlreadyAbsent, "the Slack account was deactivated already")
		o.ReadBack = "active false"
		return o, nil
	}
	acted := s.patchInactive(ctx, u.ID)
	after, err := s.readSCIM(ctx, u.ID)
	switch {
	case acted != nil && (err != nil || after.active()):
		return o, acted
	case err != nil:
		return o, err
	}
	return confirmed(o, !after.active(), "Slack account deactivated", fmt.Sprintf("active %t", after.active())), nil
}

// findSCIM finds the one account of the person, or nil. Deactivated accounts are found too.
func (s *System) findSCIM(ctx context.Context, in activities.Perform) (*scimUser, error) {
	if in.Account != "" {
		u, err := s.readSCIM(ctx, in.Account)
		var status *vendorhttp.StatusError
		if errors.As(err, &status) && status.Status == http.StatusNotFound {
			return nil, nil
		}
		return &u, err
	}
	var list struct {
		Resources []scimUser `json:"Resources"`
	}
	query := url.Values{"filter": {`email eq "` + strings.ReplaceAll(in.Login, `"`, "") + `"`}}
	if err := s.callSCIM(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/scim/v2/Users", Query: query}, &list); err != nil {
		return nil, err
	}
	switch len(list.Resources) {
	case 0:
		return nil, nil
	case 1:
	default:
		return nil, &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("%d Slack accounts have this person's address", len(list.Resources)),
			Mend: "find the right one in Slack's admin pages and deactivate it by hand"}
	}
	u := list.Resources[0]
	if !u.owns(in.Login) || !userID.MatchString(u.ID) {
		return nil, &activities.Problem{Type: activities.Ambiguous, Text: "Slack answered the search by mail address with another account",
			Mend: "find the right one in Slack's admin pages and deactivate it by hand"}
	}
	return &u, nil
}

func (s *System) readSCIM(ctx context.Context, id string) (scimUser, error) {
	var u scimUser
	err := s.callSCIM(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/scim/v2/Users/" + id}, &u)
	return u, err
}

// patchInactive is a PatchOp as RFC 7644 section 3.5.2 has it.
func (s *System) patchInactive(ctx context.Context, id string) error {
	return s.callSCIM(ctx, vendorhttp.Request{Method: http.MethodPatch, Path: "/scim/v2/Users/" + id, JSON: map[string]any{
		"schemas":    []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"},
		"Operations": []map[string]any{{"op": "replace", "path": "active", "value": false}},
	}}, nil)
}

func (s *System) callSCIM(ctx context.Context, r vendorhttp.Request, into any) error {
	answer, err := s.scim.Do(ctx, r)
	if err != nil {
		return scimProblem(ctx, r.Method, err)
	}
	if into == nil {
		return nil
	}
	if err := answer.Decode(into); err != nil {
		return activities.Problemf(activities.Unavailable, "Slack answered SCIM %s with something that is not JSON", r.Method)
	}
	return nil
}

// scimProblem gives SCIM's statuses their meaning: a refused token or plan is not the bot token's fault.
func scimProblem(ctx context.Context, method string, err error) error {
	what := "SCIM " + method
	var status *vendorhttp.StatusError
	if !errors.As(err, &status) {
		return problem(ctx, what, err)
	}
	p := ofStatus(what, status.Status, status.RetryAfter)
	p.Cause = err
	switch status.Status {
	case http.StatusUnauthorized:
		p.Text, p.Mend = "Slack refused the admin token for SCIM", "put in a user token (xoxp-...) of a workspace owner with the scope admin, or set the Slack account mode to off"
	case http.StatusForbidden, http.StatusPaymentRequired:
		p.Type = activities.Unsupported
		p.Text = "Slack refused to change the account by SCIM: it needs the Business+ or Enterprise plan, an owner's token with the scope admin, and an account that is not the primary owner"
		p.Mend = mendPlan
	case http.StatusNotFound:
		p.Type, p.Text, p.Mend = activities.NotFound, "Slack has no such account, or no SCIM at this address", mendPlan
	}
	return p
}
