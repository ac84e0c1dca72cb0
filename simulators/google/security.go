package googlesim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (s *Simulator) signOut(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	u.Sessions = nil
	u.SignOuts++
	return emptied()
}

func (s *Simulator) makeAdmin(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var body struct {
		Status *bool `json:"status"`
	}
	if !c.body(&body) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	if body.Status != nil {
		u.IsAdmin = *body.Status
	}
	return emptied()
}

func (s *Simulator) listAliases(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var out []map[string]string
	for _, a := range u.Aliases {
		out = append(out, map[string]string{"id": u.ID, "primaryEmail": u.PrimaryEmail, "alias": a})
	}
	return listing("aliases", out, "")
}

func (s *Simulator) deleteAlias(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	i := slices.IndexFunc(u.Aliases, func(a string) bool { return strings.EqualFold(a, c.path("alias")) })
	if i < 0 {
		return notFound("alias")
	}
	u.Aliases = slices.Delete(u.Aliases, i, i+1)
	return emptied()
}

func (s *Simulator) listTokens(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var out []map[string]any
	for _, t := range u.Tokens {
		out = append(out, map[string]any{"kind": "admin#directory#token", "userKey": u.ID,
			"clientId": t.ClientID, "displayText": t.DisplayText, "scopes": t.Scopes})
	}
	return listing("items", out, "")
}

func (s *Simulator) deleteToken(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	i := slices.IndexFunc(u.Tokens, func(t Token) bool { return t.ClientID == c.path("clientId") })
	if i < 0 {
		return notFound("clientId")
	}
	u.Tokens = slices.Delete(u.Tokens, i, i+1)
	return emptied()
}

func (s *Simulator) listASPs(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var out []map[string]any
	for _, a := range u.ASPs {
		out = append(out, map[string]any{"kind": "admin#directory#asp", "userKey": u.ID, "codeId": a.CodeID,
			"name": a.Name, "creationTime": strconv.FormatInt(a.Created.UnixMilli(), 10)})
	}
	return listing("items", out, "")
}

func (s *Simulator) deleteASP(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	i := slices.IndexFunc(u.ASPs, func(a ASP) bool { return strconv.Itoa(a.CodeID) == c.path("codeId") })
	if i < 0 {
		return notFound("codeId")
	}
	u.ASPs = slices.Delete(u.ASPs, i, i+1)
	return emptied()
}

func (s *Simulator) listCodes(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var out []map[string]any
	for _, code := range u.BackupCodes {
		out = append(out, map[string]any{"kind": "admin#directory#verificationCode", "userId": u.ID, "verificationCode": code})
	}
	return listing("items", out, "")
}

// invalidateCodes fails once the account is suspended, which is one more reason to suspend last.
func (s *Simulator) invalidateCodes(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	if u.Suspended {
		return invalid("Invalid Input: userKey")
	}
	u.BackupCodes = nil
	return emptied()
}

func (s *Simulator) turnOffTwoStep(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	if !u.TwoStep || u.TwoStepEnforced {
		return invalid("Invalid Input: userKey")
	}
	u.TwoStep = false
	return emptied()
}

// hasRole says whether a delegated admin role was given to the user directly.
func (s *Simulator) hasRole(userID string) bool {
	return slices.ContainsFunc(s.state.Assignments, func(a RoleAssignment) bool { return a.AssignedTo == userID })
}

func (s *Simulator) isAdmin(u *User) bool { return u.IsAdmin || s.hasRole(u.ID) }

func (s *Simulator) listAssignments(c *call) answer {
	q := c.r.URL.Query()
	userID := ""
	if key := q.Get("userKey"); key != "" {
		u := s.user(key)
		if u == nil {
			return notFound("userKey")
		}
		userID = u.ID
	}
	var out []map[string]string
	for _, a := range s.state.Assignments {
		indirect := q.Get("includeIndirectRoleAssignments") == "true" && s.inGroup(a.AssignedTo, userID)
		if userID != "" && a.AssignedTo != userID && !indirect {
			continue
		}
		out = append(out, map[string]string{"kind": "admin#directory#roleAssignment", "roleAssignmentId": a.ID,
			"roleId": a.RoleID, "assignedTo": a.AssignedTo, "assigneeType": a.Type, "scopeType": "CUSTOMER"})
	}
	part, next := page(c.r, out, 100, 200)
	return listing("items", part, next)
}

func (s *Simulator) inGroup(groupID, userID string) bool {
	g := s.state.Groups[groupID]
	return g != nil && g.member(userID) >= 0
}

func (s *Simulator) deleteAssignment(c *call) answer {
	i := slices.IndexFunc(s.state.Assignments, func(a RoleAssignment) bool { return a.ID == c.path("id") })
	if i < 0 {
		return notFound("roleAssignmentId")
	}
	s.state.Assignments = slices.Delete(s.state.Assignments, i, i+1)
	return emptied()
}
