package slack

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// LookUpMember says who a Slack user is and which of the groups asked about hold the user, as Slack has it now:
// nothing is remembered from an earlier call, because a right is weighed at the moment it is used.
//
// Whoever is not beyond doubt a living, full member of this workspace comes back with Full unset and in no group.
// A member whose mail address Slack does not show is an error, for nobody could tell who that is. A group that does not
// exist or is disabled holds nobody; a workspace without user groups is an error (Unsupported).
func (s *System) LookUpMember(ctx context.Context, in activities.LookUpMember) (activities.Member, error) {
	m, err := s.member(ctx, in)
	if err != nil {
		return activities.Member{}, classified(ctx, err)
	}
	return m, nil
}

func (s *System) member(ctx context.Context, in activities.LookUpMember) (activities.Member, error) {
	m := activities.Member{User: in.User}
	if err := checkUserID(in.User); err != nil {
		return m, err
	}
	us, err := s.whoAmI(ctx)
	if err != nil {
		return m, err
	}
	u, err := s.account(ctx, in.User)
	if err != nil || u == nil {
		return m, err
	}
	m.Name, m.Email = oneLine(firstOf(u.Profile.RealName, u.RealName, u.Name)), u.Profile.Email
	if m.Full = u.full() && u.of(us); !m.Full {
		return m, nil
	}
	if m.Email == "" {
		return m, &activities.Problem{Type: activities.Forbidden,
			Text: fmt.Sprintf("Slack shows no mail address of user %s, so nobody can tell who it is: the token lacks the scope users:read.email", in.User),
			Mend: "add users:read.email to the app's bot token scopes and reinstall the app"}
	}
	m.In, err = s.groupsOf(ctx, in)
	return m, err
}

func checkUserID(id string) error {
	if userID.MatchString(id) {
		return nil
	}
	return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("user %q is not a Slack user id", id),
		Mend: "a Slack user id is U or W, then capitals and digits: it is in the person's Slack profile, behind the three dots"}
}

// account is a user object with what slack-go cannot tell: an address that is expressly not confirmed from one of
// which Slack says nothing.
type account struct {
	slackapi.User
	Confirmed *bool `json:"is_email_confirmed"`
}

// account asks for a user; nil is one that Slack does not show to this app.
func (s *System) account(ctx context.Context, id string) (*account, error) {
	var answer struct {
		User account `json:"user"`
	}
	err := call(ctx, s.bot, "users.info", url.Values{"user": {id}}, &answer)
	switch c := code(err); {
	case c == "user_not_found" || c == "user_not_visible":
		return nil, nil
	case err != nil:
		return nil, err
	case answer.User.ID != id:
		return nil, activities.Problemf(activities.Unavailable, "Slack answered users.info with another account")
	}
	return &answer.User, nil
}

// slackbot is a user that is no bot by its flags.
const slackbot = "USLACKBOT"

// full says whether the account is alive and neither a bot nor a guest.
func (a *account) full() bool {
	return !a.Deleted && !a.IsBot && !a.IsWorkflowBot && !a.IsConnectorBot && a.ID != slackbot &&
		!a.IsRestricted && !a.IsUltraRestricted && !a.IsInvitedUser && (a.Confirmed == nil || *a.Confirmed)
}

// of says whether the account is of the app's own workspace. In an Enterprise organisation team_id may name another
// workspace of it or the organisation itself; there the account must be a member of ours.
func (a *account) of(us identity) bool {
	switch {
	case a.IsStranger || us.team == "":
		return false
	case a.TeamID == us.team:
		return true
	}
	return us.organisation != "" && a.Enterprise.EnterpriseID == us.organisation && slices.Contains(a.Enterprise.Teams, us.team)
}

var groupID = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)

// groupsOf says which of the groups asked about hold the user, in the words they were asked in.
func (s *System) groupsOf(ctx context.Context, in activities.LookUpMember) ([]string, error) {
	var held []string
	var handles map[string]string // of group ids; read when first needed
	for _, ref := range in.Groups {
		id := ref
		if !groupID.MatchString(ref) {
			if handles == nil {
				var err error
				if handles, err = s.handles(ctx); err != nil {
					return nil, err
				}
			}
			if id = handles[strings.ToLower(strings.TrimPrefix(ref, "@"))]; id == "" {
				continue
			}
		}
		holds, err := s.holds(ctx, id, in.User)
		if err != nil {
			return nil, err
		}
		if holds && !slices.Contains(held, ref) {
			held = append(held, ref)
		}
	}
	return held, nil
}

// holds says whether a user group that is in use holds the user.
func (s *System) holds(ctx context.Context, group, user string) (bool, error) {
	users, err := s.api.GetUserGroupMembersContext(ctx, group)
	if code(err) == "no_such_subteam" {
		return false, nil
	}
	return slices.Contains(users, user), problem(ctx, "usergroups.users.list", err)
}

// handles maps the handles of the user groups in use to their ids.
func (s *System) handles(ctx context.Context) (map[string]string, error) {
	groups, err := s.api.GetUserGroupsContext(ctx)
	if err != nil {
		return nil, problem(ctx, "usergroups.list", err)
	}
	ids := map[string]string{}
	for _, g := range groups {
		if g.DateDelete == 0 && !g.IsExternal { // another organisation's group may have the same handle
			ids[strings.ToLower(g.Handle)] = g.ID
		}
	}
	return ids, nil
}
