package slacksim

import (
	"cmp"
	"slices"
	"strings"
)

// wireUser is a user object. The mail address is there only when the bot has users:read.email.
func (s *Simulator) wireUser(u *User) result {
	profile := result{"real_name": u.RealName, "display_name": u.Name}
	if u.Email != "" && !slices.Contains(s.WithoutScopes, "users:read.email") {
		profile["email"] = u.Email
	}
	out := result{"id": u.ID, "team_id": cmp.Or(u.Team, TeamID), "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted, "is_bot": u.Bot,
		"is_restricted": u.Restricted || u.UltraRestricted, "is_ultra_restricted": u.UltraRestricted, "is_primary_owner": u.Owner,
		"is_owner": u.Owner, "tz": u.TZ, "profile": profile}
	if !u.Bot {
		out["is_email_confirmed"] = !u.Unconfirmed
	}
	if u.Invited {
		out["is_invited_user"] = true
	}
	if u.Stranger {
		out["is_stranger"] = true
	}
	if s.Organisation != "" && !u.Stranger {
		out["enterprise_user"] = result{"id": u.ID, "enterprise_id": s.Organisation, "enterprise_name": "Stand-in", "teams": u.Teams}
	}
	return out
}

// usersLookupByEmail finds an active account; a deactivated one is not found.
func usersLookupByEmail(s *Simulator, c *call) (result, *refusal) {
	for _, u := range s.st.Users {
		if u.Email != "" && strings.EqualFold(u.Email, c.arg("email")) && !u.Deleted {
			return result{"user": s.wireUser(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func usersInfo(s *Simulator, c *call) (result, *refusal) {
	u := s.st.user(c.arg("user"))
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return result{"user": s.wireUser(u)}, nil
}

func usersList(s *Simulator, c *call) (result, *refusal) {
	page, next, bad := paginate(s.st.Users, c, 1000)
	if bad != nil {
		return nil, bad
	}
	members := make([]result, 0, len(page))
	for _, u := range page {
		members = append(members, s.wireUser(u))
	}
	return result{"members": members, "response_metadata": result{"next_cursor": next}}, nil
}

func usergroupsList(s *Simulator, c *call) (result, *refusal) {
	if s.Plan == Free {
		return nil, refuse("plan_upgrade_required")
	}
	groups := []result{}
	for _, g := range s.st.Groups {
		if g.Disabled && !c.yes("include_disabled") {
			continue
		}
		out := result{"id": g.ID, "team_id": TeamID, "is_usergroup": true, "handle": g.Handle, "name": g.Name, "is_external": g.External}
		if c.yes("include_users") {
			out["users"] = s.live(g.Users)
		}
		groups = append(groups, out)
	}
	return result{"usergroups": groups}, nil
}

func usergroupsUsersList(s *Simulator, c *call) (result, *refusal) {
	if s.Plan == Free {
		return nil, refuse("plan_upgrade_required")
	}
	for _, g := range s.st.Groups {
		if g.ID == c.arg("usergroup") && (!g.Disabled || c.yes("include_disabled")) {
			return result{"users": s.live(g.Users)}, nil
		}
	}
	return nil, refuse("no_such_subteam")
}

// live leaves out people whose account is deactivated: they fall out of user groups.
func (s *Simulator) live(ids []string) []string {
	out := []string{}
	for _, id := range ids {
		if u := s.st.user(id); u != nil && !u.Deleted {
			out = append(out, id)
		}
	}
	return out
}

// admin finds the user an admin.* call is about; these calls exist on the Enterprise plan only.
func (s *Simulator) admin(c *call) (*User, *refusal) {
	if s.Plan != Enterprise {
		return nil, refuse("feature_not_enabled")
	}
	u := s.st.user(c.arg("user_id"))
	if u == nil {
		return nil, refuse("user_not_found")
	}
	return u, nil
}

func adminSessionList(s *Simulator, c *call) (result, *refusal) {
	u, bad := s.admin(c)
	if bad != nil {
		return nil, bad
	}
	switch {
	case u.Bot:
		return nil, refuse("bots_not_allowed")
	case u.Sessions == 0:
		return nil, refuse("no_active_sessions")
	}
	sessions := []result{}
	for i := range u.Sessions {
		sessions = append(sessions, result{"user_id": u.ID, "team_id": TeamID, "session_id": 1000 + i})
	}
	return result{"active_sessions": sessions, "response_metadata": result{"next_cursor": ""}}, nil
}

func adminSessionReset(s *Simulator, c *call) (result, *refusal) {
	u, bad := s.admin(c)
	switch {
	case bad != nil:
		return nil, bad
	case u.Bot:
		return nil, refuse("cannot_reset_bot")
	case u.Owner:
		return nil, refuse("cannot_reset_primary_owner")
	}
	u.Sessions = 0
	return result{}, nil
}

func adminRemove(s *Simulator, c *call) (result, *refusal) {
	u, bad := s.admin(c)
	switch {
	case bad != nil:
		return nil, bad
	case u.Owner:
		return nil, refuse("cannot_modify_primary_owner")
	case u.Deleted:
		return nil, refuse("user_already_deleted")
	}
	s.deactivate(u)
	return result{}, nil
}

// deactivate ends a person's access: signed out everywhere and out of sight.
func (s *Simulator) deactivate(u *User) {
	u.Deleted = true
	u.Sessions = 0
}
