package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

const (
	whyCards  = "no card shows how an offboarding stands, and nobody is asked in Slack"
	whyTell   = "a manager is not told in Slack what is ready for somebody who joins"
	whyGroups = "whoever is let in by it is refused: rights fail closed"
	mendScope = "add it under OAuth & Permissions, Bot Token Scopes, of the app (or take the manifest of this version), then reinstall the app"
)

// scope is one that the bot token needs, and what does not work without it.
type scope struct {
	name     string
	severity activities.Severity
	why      string
}

// groupsScope is needed where the policy lets people in by user group.
const groupsScope = "usergroups:read"

var botScopes = []scope{
	{"chat:write", activities.FindingFailure, whyCards},
	{"groups:read", activities.FindingFailure, "whether the channel is private cannot be seen, so that no card is posted there"},
	{"groups:history", activities.FindingFailure, "a card could not be found again after a crash, and would be posted twice"},
	{"users:read", activities.FindingWarning, "who presses a button cannot be looked up: every press is refused"},
	{"users:read.email", activities.FindingWarning, "people in Slack could not be matched with employees by their address"},
	{"im:write", activities.FindingWarning, whyTell},
	{"im:history", activities.FindingWarning, whyTell + ": whether they were told already could not be seen"},
	{"commands", activities.FindingWarning, "slash commands do not reach Tenure"},
}

// Examine looks over the connection to Slack by reading only; see [activities.SlackExamine]. Slack's reads are POSTs.
// The app-level token is not looked at: opening a connection would take one of the ten there are. Whether Socket Mode
// stands, tenure serve tells.
func (s *System) Examine(ctx context.Context, in activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("slack")}
	if x.token(ctx, len(in.SlackGroups) > 0) {
		x.room(ctx, firstOf(in.SlackChannel, s.channel))
		x.groups(ctx, in.SlackGroups)
		x.account(ctx)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// token asks Slack whose token it is, and reads from the answer's header what it may do.
func (x examination) token(ctx context.Context, groups bool) bool {
	who, err := x.api.AuthTestContext(ctx)
	if err != nil {
		x.Refused("let-in", activities.FindingFailure, problem(ctx, "auth.test", err), whyCards)
		return false
	}
	if who.BotID == "" {
		x.Fail("let-in", "the bot token does not belong to an app's bot", whyCards, mendToken)
		return false
	}
	x.OK("let-in", "Slack takes the bot token, in the workspace at %s", who.URL)
	x.Clock(who.Header, time.Now())
	x.scopes(who.Header, groups)
	return true
}

func (x examination) scopes(h http.Header, groups bool) {
	told := h.Get("X-OAuth-Scopes")
	if told == "" {
		x.OK("scopes", "Slack does not tell the token's scopes: one that is missing is named when it is needed")
		return
	}
	held := strings.FieldsFunc(told, func(r rune) bool { return r == ',' || r == ' ' })
	wanted := botScopes
	if groups {
		wanted = append(slices.Clone(botScopes), scope{groupsScope, activities.FindingWarning, "the policy lets people in by user group, and its members cannot be read: they are refused"})
	}
	missing := 0
	for _, s := range wanted {
		if slices.Contains(held, s.name) {
			continue
		}
		missing++
		text := "the bot token lacks the scope " + s.name
		if s.severity == activities.FindingFailure {
			x.Fail("scope."+s.name, text, s.why, mendScope)
			continue
		}
		x.Warn("scope."+s.name, text, s.why, mendScope)
	}
	if missing == 0 {
		x.OK("scopes", "the bot token has every scope that Tenure uses")
	}
}

// room looks at the private IT channel of the policy.
func (x examination) room(ctx context.Context, channel string) {
	if channel == "" {
		x.OK("channel", "the policy names no Slack channel: there are no cards")
		return
	}
	if err := x.CheckChannel(ctx, channel); err != nil {
		x.Refused("channel", activities.FindingFailure, err, whyCards)
		return
	}
	x.OK("channel", "%s is private, in use, and has the app in it", channel)
}

// groups looks for the user groups by which the policy lets people in.
func (x examination) groups(ctx context.Context, wanted []string) {
	if len(wanted) == 0 {
		return
	}
	all, err := x.api.GetUserGroupsContext(ctx, slackapi.GetUserGroupsOptionIncludeUsers(true))
	if err != nil {
		x.Unread("groups", "the user groups", problem(ctx, "usergroups.list", err), whyGroups)
		return
	}
	trouble := false
	for _, name := range wanted {
		i := slices.IndexFunc(all, func(g slackapi.UserGroup) bool {
			return g.DateDelete == 0 && (g.ID == name || strings.EqualFold(g.Handle, strings.TrimPrefix(name, "@")))
		})
		switch {
		case i < 0:
			trouble = true
			x.Warn("group."+name, fmt.Sprintf("there is no user group %s in use", name), whyGroups,
				"correct access in the policy (the id begins with S), or enable the group in Slack")
		case len(all[i].Users) == 0:
			trouble = true
			x.Warn("group."+name, fmt.Sprintf("the user group %s is empty", name), "nobody is let in by it", "put people into it in Slack, or name another in access of the policy")
		}
	}
	if !trouble {
		x.OK("groups", "each of the %d user groups of the policy is there and has members", len(wanted))
	}
}

// account tries the admin token, where the policy's plan has a way to end an account.
func (x examination) account(ctx context.Context) {
	const why = "Slack accounts and sessions of leavers are left to the identity provider, against what was configured"
	var err error
	switch x.mode {
	case AccountOff:
		x.OK("account", "Slack accounts are left to the identity provider")
		return
	case AccountEnterprise:
		err = x.callAdmin(ctx, "auth.test", url.Values{}, nil)
	case AccountSCIM:
		_, err = x.scim.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: "/scim/v2/Users", Query: url.Values{"count": {"1"}}})
	}
	if err != nil {
		x.Refused("account", activities.FindingWarning, adminProblem(ctx, err), why)
		return
	}
	x.OK("account", "Slack takes the admin token (%s)", x.mode)
}

// adminProblem points at the admin token where a refusal would point at the bot's.
func adminProblem(ctx context.Context, err error) error {
	p := activities.ProblemOf(problem(ctx, "the admin call", err))
	if p.Type == activities.Forbidden {
		p.Mend = mendAdmin
	}
	return p
}
