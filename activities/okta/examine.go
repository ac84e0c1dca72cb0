package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
)

// Whys that several checks share.
const (
	whyContain = "nobody who leaves can be shut out of Okta, and so of nothing that is reached through it"
	whyWatch   = "an account that is opened again after somebody left would not be noticed"
)

const (
	examineApps   = "/api/v1/apps?limit=200&filter="
	mastersPages  = 5                  // of applications that are looked through for profile sources
	tokenNearEnd  = 7 * 24 * time.Hour // an API token ends after 30 idle days
	leastHeadroom = 4                  // a quarter of the rate limit
)

// Examine looks over the connection to Okta by reading only; see [activities.OktaExamine].
func (s *System) Examine(ctx context.Context, in activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, askedByAPerson{}, true), activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("okta")}
	if x.letIn(ctx) {
		x.role(ctx)
		x.reads(ctx)
		x.googlePush(ctx)
		x.masters(ctx)
		x.tokenEnd(ctx)
		x.mapping(ctx, in)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// letIn makes the first call. What comes after it would only repeat its refusal.
func (x examination) letIn(ctx context.Context) bool {
	users, resp, err := x.api.User.ListUsers(ctx, query.NewQueryParams(query.WithLimit(1)))
	if err := check(resp, err); err != nil {
		x.Refused("let-in", activities.FindingFailure, err, whyContain)
		if isCode(err, "invalid_scope") {
			x.scopes(ctx)
		}
		return false
	}
	x.OK("let-in", "Okta lets us in as %s", map[bool]string{true: "a service app", false: "the owner of an API token"}[x.oauth])
	x.Clock(resp.Header, x.now())
	x.headroom(resp.Header)
	if len(users) == 0 {
		x.Fail("admin-role", "Okta answers, and shows no users at all", "an OAuth app without an administrator role sees an empty list, and no error: every leaver would look as if they had no account",
			"in Okta's admin console open the service app, Admin roles, and assign Super Administrator (or a role as docs/doctor.md lists)")
		return false
	}
	x.OK("admin-role", "Okta shows people")
	return true
}

func (x examination) headroom(h http.Header) {
	limit, err := strconv.Atoi(h.Get("X-Rate-Limit-Limit"))
	left, lerr := strconv.Atoi(h.Get("X-Rate-Limit-Remaining"))
	switch {
	case err != nil || lerr != nil || limit <= 0:
	case left*leastHeadroom < limit:
		x.Warn("rate-limit", fmt.Sprintf("%d of %d calls a minute are left for lists of users", left, limit),
			"something else uses the org's budget up: containment waits when nothing is left",
			"find the other client in Okta's rate-limit dashboard, or raise this token's share there (Security, API, Tokens)")
	default:
		x.OK("rate-limit", "%d of %d calls a minute are left for lists of users", left, limit)
	}
}

// scopes asks for each scope alone, to name those that are not granted: asked for together, one fails all.
func (x examination) scopes(ctx context.Context) {
	had := x.api.GetConfig()
	for _, scope := range had.Okta.Client.Scopes {
		c := had.Okta.Client
		api, err := newAPI(c.OrgUrl, had.HttpClient, authorize("PrivateKey", "", c.ClientId, c.PrivateKey, c.PrivateKeyId, []string{scope}))
		if err != nil {
			continue
		}
		_, resp, err := api.User.ListUsers(ctx, query.NewQueryParams(query.WithLimit(1)))
		if isCode(check(resp, err), "invalid_scope") {
			x.Fail("scope."+scope, "the service app is not granted the scope "+scope, "one scope that is missing makes Okta refuse every token",
				"in Okta's admin console open the service app, Okta API Scopes, and grant "+scope)
		}
	}
}

// part is a part of Okta that the steps need, and why.
type part struct{ check, path, what, why string }

var parts = []part{
	{"groups", "/api/v1/groups?limit=1", "groups", "memberships, and the access that hangs on them, would stay"},
	{"applications", "/api/v1/apps?limit=1", "applications", "applications would not be taken away, nor the push into Google seen"},
	{"log", "/api/v1/logs?limit=1", "the System Log", whyWatch},
	{"admins", "/api/v1/iam/assignees/users?limit=1", "administrator roles", "the last super administrator could not be told from any other, and an offboarding of one is refused"},
}

// reads tries the parts the steps need, one small call each.
func (x examination) reads(ctx context.Context) {
	for _, r := range parts {
		_, err := x.raw(ctx, http.MethodGet, r.path, nil, nil)
		if err != nil {
			x.Unread(r.check, r.what, err, r.why)
			continue
		}
		x.OK(r.check, "%s can be read", r.what)
	}
	_, err := x.raw(ctx, http.MethodGet, "/api/v1/devices?limit=1", nil, nil)
	switch {
	case lacksDevices(err):
		x.OK("devices", "the org has no Devices API (Classic Engine): the step okta.devices is not applicable")
	case err != nil:
		x.Unread("devices", "registered devices", err, "registered devices of leavers would stay, and with them passwordless sign-in")
	default:
		x.OK("devices", "registered devices can be read")
	}
}

// googlePush looks for the feature by which a deactivation in Okta suspends the Google account.
func (x examination) googlePush(ctx context.Context) {
	apps, err := list[app](ctx, x.System, examineApps+url.QueryEscape(`name eq "`+googleApp+`"`))
	if err != nil {
		return // told by reads
	}
	for _, a := range apps {
		if a.Status == active && slices.Contains(a.Features, pushDeactivation) {
			x.Warn("google-push", fmt.Sprintf("the application %q deactivates Google accounts when Okta deactivates people (%s)", a.Label, pushDeactivation),
				"Google would be suspended on the first day, and the mailbox with it: Tenure keeps the Okta account suspended instead, and deactivates it only after the mailbox's loan has ended",
				"in Okta open the application, Provisioning, To App, and untick Deactivate Users; Tenure suspends Google itself at the end")
			return
		}
	}
	x.OK("google-push", "no application suspends Google accounts behind a deactivation")
}

const (
	masters     = "PROFILE_MASTERING"
	reactivates = "REACTIVATE_USERS"
)

// masters looks for applications that own profiles: an import of theirs can open an account again.
func (x examination) masters(ctx context.Context) {
	var names []string
	var page []app
	resp, err := x.raw(ctx, http.MethodGet, examineApps+url.QueryEscape(`status eq "ACTIVE"`), nil, &page)
	for n := 1; err == nil; n++ {
		for _, a := range page {
			if slices.Contains(a.Features, masters) && slices.Contains(a.Features, reactivates) {
				names = append(names, a.Label)
			}
		}
		if !resp.HasNextPage() || n == mastersPages {
			break
		}
		page = nil
		resp, err = x.raw(ctx, http.MethodGet, strings.TrimPrefix(resp.NextPage, x.prefix), nil, &page)
	}
	switch {
	case err != nil: // told by reads
	case len(names) == 0:
		x.OK("profile-source", "no application owns profiles and reactivates people")
	default:
		x.Warn("profile-source", fmt.Sprintf("%s: owns profiles, and its import reactivates people", strings.Join(names, ", ")),
			"a leaver who is still active there is opened again by the next import; the watch shuts the account again, but hours may lie between",
			"let that system end people before or with HR, or in Okta open the application, Provisioning, To Okta, and do not reactivate on import")
	}
}

// apiToken is what Okta tells of an API token; never the token.
type apiToken struct {
	UserID  string    `json:"userId"`
	Expires time.Time `json:"expiresAt"`
}

// tokenEnd says when the API token ends, if the token may ask that. Of several tokens of one owner it is not known
// which is ours: the one that lasts longest, because using a token moves its end.
func (x examination) tokenEnd(ctx context.Context) {
	if x.oauth {
		return
	}
	me, err := x.user(ctx, "me")
	if err != nil {
		return
	}
	all, err := list[apiToken](ctx, x.System, "/api/v1/api-tokens")
	if err != nil {
		return // documented, but not every role may
	}
	var end time.Time
	for _, t := range all {
		if t.UserID == me.Id && t.Expires.After(end) {
			end = t.Expires
		}
	}
	switch left := end.Sub(x.now()); {
	case end.IsZero():
	case left < tokenNearEnd:
		x.Warn("token-end", "the API token ends on "+end.UTC().Format(time.DateOnly), whyContain,
			"a token that is used lives on: if this one is, make a new one in Okta (Security, API, Tokens) and put it into okta.token")
	default:
		x.OK("token-end", "the API token ends on %s unless it is used before", end.UTC().Format(time.DateOnly))
	}
}

// role looks at what the administrator roles behind the credential allow.
func (x examination) role(ctx context.Context) {
	roles, whose, err := x.ownRoles(ctx)
	if err != nil {
		x.Warn("role", "the administrator roles behind the credential cannot be read: "+activities.ProblemOf(err).Text,
			"whether it may suspend people, end sessions and take roles away shows only when somebody leaves",
			"see that the role is Super Administrator, or one as docs/doctor.md lists")
		return
	}
	missing, unclear := x.missing(ctx, roles)
	text := fmt.Sprintf("%s has the role %s", whose, strings.Join(roleNames(roles), ", "))
	switch {
	case len(roles) == 0:
		x.Fail("role", whose+" has no administrator role", whyContain, "assign Super Administrator, or a role as docs/doctor.md lists")
	case slices.Contains(missing, canSuspend) || slices.Contains(missing, canCredentials):
		x.Fail("role", text+", which does not let Tenure "+strings.Join(missing, ", "), whyContain,
			"use a credential whose role is Super Administrator, or one as docs/doctor.md lists")
	case len(missing) > 0:
		x.Warn("role", text+", which does not let Tenure "+strings.Join(missing, ", "),
			"these steps become tasks for people at every offboarding they are needed in", "widen the role, or use Super Administrator; docs/doctor.md lists what each step needs")
	case unclear:
		x.Warn("role", text+"; what it allows cannot be read", "what is missing shows only when somebody leaves", "compare the role with docs/doctor.md")
	default:
		x.OK("role", "%s", text)
	}
}

// ownRoles are the roles of the service app, or of the administrator who made the token.
func (x examination) ownRoles(ctx context.Context) ([]oktaRole, string, error) {
	if x.oauth {
		client := x.api.GetConfig().Okta.Client.ClientId
		roles, err := list[oktaRole](ctx, x.System, "/oauth2/v1/clients/"+url.PathEscape(client)+"/roles")
		return roles, "the service app", err
	}
	me, err := x.user(ctx, "me")
	if err != nil {
		return nil, "", err
	}
	if me.Status != active {
		return nil, "", errors.New("the token's owner is " + me.Status)
	}
	roles, err := list[oktaRole](ctx, x.System, "/api/v1/users/"+url.PathEscape(me.Id)+"/roles")
	return roles, "the token's owner", err
}

// oktaRole is a role assignment; Custom is the id of a custom role.
type oktaRole struct {
	sdk.Role
	Custom string `json:"role"`
}

func roleNames(roles []oktaRole) []string {
	var out []string
	for _, r := range roles {
		name := r.Type
		if r.Type == customRole && r.Label != "" {
			name = r.Label
		}
		out = append(out, name)
	}
	return out
}
