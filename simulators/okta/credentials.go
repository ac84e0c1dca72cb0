package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

const assigneesPage = 100

func (s *Simulator) credentialRoutes(add func(family, pattern string, h handler)) {
	const user = "/api/v1/users/{id}"
	add("users", "DELETE "+user+"/sessions", s.user(s.clearSessions))
	add("users", "GET "+user+"/factors", s.user(s.listFactors))
	add("users", "DELETE "+user+"/factors/{factor}", s.user(s.deleteFactor))
	add("users", "GET "+user+"/grants", s.user(s.listGrants))
	add("users", "DELETE "+user+"/grants", s.user(s.revokeGrants))
	add("users", "GET "+user+"/clients", s.user(s.listClients))
	add("users", "GET "+user+"/clients/{client}/tokens", s.user(s.listTokens))
	add("users", "DELETE "+user+"/clients/{client}/tokens", s.user(s.revokeTokens))
	add("users", "DELETE "+user+"/clients/{client}/grants", s.user(s.revokeClientGrants))
	add("roles", "GET "+user+"/roles", s.user(s.listRoles))
	add("roles", "POST "+user+"/roles", s.user(s.assignRole))
	add("roles", "DELETE "+user+"/roles/{role}", s.user(s.removeRole))
	add("roles", "GET /api/v1/iam/assignees/users", s.listAssignees)
	s.ownRoutes(add)
}

func (s *Simulator) clearSessions(c *call, u *User) {
	u.Sessions = nil
	if c.query("oauthTokens") == "true" {
		u.Tokens = nil
	}
	s.record("user.session.clear", c.actor(), u.party())
	c.noContent()
}

func (s *Simulator) listFactors(c *call, u *User) {
	out := make([]map[string]any, 0, len(u.Factors))
	for _, f := range u.Factors {
		out = append(out, map[string]any{"id": f.ID, "factorType": f.Type, "provider": f.Provider, "vendorName": f.Provider, "status": "ACTIVE"})
	}
	c.ok(out)
}

func (s *Simulator) deleteFactor(c *call, u *User) {
	if u.Status == Deprovisioned {
		c.wrongStatus() // factors of a deactivated user cannot be unenrolled
		return
	}
	id := c.r.PathValue("factor")
	n := len(u.Factors)
	u.Factors = slices.DeleteFunc(u.Factors, func(f Factor) bool { return f.ID == id })
	if len(u.Factors) == n {
		c.missing(id, "UserFactor")
		return
	}
	s.record("user.mfa.factor.deactivate", c.actor(), u.party())
	c.noContent()
}

func (s *Simulator) resetFactors(c *call, u *User) {
	if u.Status == Deprovisioned || s.FactorsNeedActive && u.Status != Active {
		c.wrongStatus()
		return
	}
	u.Factors = nil
	s.record("user.mfa.factor.reset_all", c.actor(), u.party())
	c.ok(struct{}{})
}

func (s *Simulator) listGrants(c *call, u *User) {
	out := make([]map[string]any, 0, len(u.Grants))
	for _, g := range u.Grants {
		out = append(out, map[string]any{"id": g.ID, "clientId": g.ClientID, "scopeId": g.Scope, "status": "ACTIVE", "userId": u.ID})
	}
	page(c, out, func(m map[string]any) string { return m["id"].(string) }, 20, 200)
}

func (s *Simulator) revokeGrants(c *call, u *User) {
	u.Grants = nil
	s.record("app.oauth2.as.consent.revoke.user", c.actor(), u.party())
	c.noContent()
}

// listClients names every OAuth client with a grant or a token of the user.
func (s *Simulator) listClients(c *call, u *User) {
	clients := map[string]bool{}
	for _, g := range u.Grants {
		clients[g.ClientID] = true
	}
	for _, t := range u.Tokens {
		clients[t.ClientID] = true
	}
	out := []map[string]any{}
	for _, id := range sortedKeys(clients) {
		out = append(out, map[string]any{"client_id": id, "client_name": id})
	}
	c.ok(out)
}

func (s *Simulator) listTokens(c *call, u *User) {
	out := []map[string]any{}
	for _, t := range u.Tokens {
		if t.ClientID == c.r.PathValue("client") {
			out = append(out, map[string]any{"id": t.ID, "clientId": t.ClientID, "status": "ACTIVE", "userId": u.ID})
		}
	}
	page(c, out, func(m map[string]any) string { return m["id"].(string) }, 20, 200)
}

func (s *Simulator) revokeTokens(c *call, u *User) {
	client := c.r.PathValue("client")
	u.Tokens = slices.DeleteFunc(u.Tokens, func(t Token) bool { return t.ClientID == client })
	s.record("app.oauth2.token.revoke", c.actor(), u.party())
	c.noContent()
}

func (s *Simulator) revokeClientGrants(c *call, u *User) {
	client := c.r.PathValue("client")
	u.Grants = slices.DeleteFunc(u.Grants, func(g Grant) bool { return g.ClientID == client })
	s.record("app.oauth2.as.consent.revoke.user.client", c.actor(), u.party())
	c.noContent()
}

func (r Role) wire() map[string]any {
	out := map[string]any{"id": r.ID, "type": r.Type, "label": r.Label, "status": "ACTIVE", "assignmentType": r.AssignmentType}
	if r.Custom != "" {
		out["role"] = r.Custom
	}
	return out
}

func (s *Simulator) listRoles(c *call, u *User) {
	out := make([]map[string]any, 0, len(u.Roles))
	for _, r := range u.Roles {
		out = append(out, r.wire())
	}
	for _, g := range s.memberships(u.ID) {
		for _, r := range g.Roles {
			r.AssignmentType = "GROUP"
			shown := r.wire()
			shown["_links"] = map[string]any{"assignee": map[string]any{"href": "http://" + c.r.Host + "/api/v1/groups/" + g.ID}}
			out = append(out, shown)
		}
	}
	c.ok(out)
}

// listAssignees is GET /api/v1/iam/assignees/users: the people with any role, a page at a time, with the next page
// named in the body. Whether it names people who hold a role through a group is not documented; see
// [Simulator.AssigneesByGroup].
func (s *Simulator) listAssignees(c *call) {
	after, limit := c.query("after"), assigneesPage
	if n, err := strconv.Atoi(c.query("limit")); err == nil && n > 0 {
		limit = min(n, limit)
	}
	if s.PageSize > 0 {
		limit = min(limit, s.PageSize)
	}
	value, links := []map[string]any{}, map[string]any{}
	for _, id := range sortedKeys(s.state.Users) {
		if id <= after || !s.hasRole(s.state.Users[id]) {
			continue
		}
		if len(value) == limit {
			last := value[limit-1]["id"].(string)
			links["next"] = map[string]any{"href": fmt.Sprintf("http://%s/api/v1/iam/assignees/users?after=%s&limit=%d", c.r.Host, last, limit)}
			break
		}
		value = append(value, map[string]any{"id": id, "orn": "orn:okta:directory:00osimulated:users:" + id})
	}
	c.ok(map[string]any{"value": value, "_links": links})
}

func (s *Simulator) hasRole(u *User) bool {
	if len(u.Roles) > 0 {
		return true
	}
	return s.AssigneesByGroup && slices.ContainsFunc(s.memberships(u.ID), func(g *Group) bool { return len(g.Roles) > 0 })
}

func (s *Simulator) assignRole(c *call, u *User) {
	var in struct {
		Type string `json:"type"`
	}
	if !c.read(&in) {
		return
	}
	for _, r := range u.Roles {
		if r.Type == in.Type {
			c.fail(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
			return
		}
	}
	r := Role{ID: s.id("ra1"), Type: in.Type, Label: in.Type, AssignmentType: "USER"}
	u.Roles = append(u.Roles, r)
	s.record("user.account.privilege.grant", c.actor(), u.party())
	c.status, c.body = http.StatusCreated, r.wire()
}

// removeRole takes a role from the person; one that a group carries is not the person's to lose.
func (s *Simulator) removeRole(c *call, u *User) {
	id := c.r.PathValue("role")
	for i, r := range u.Roles {
		if r.ID != id {
			continue
		}
		if r.AssignmentType == "GROUP" {
			c.forbidden()
			return
		}
		u.Roles = slices.Delete(u.Roles, i, i+1)
		s.record("user.account.privilege.revoke", c.actor(), u.party())
		c.noContent()
		return
	}
	if slices.ContainsFunc(s.memberships(u.ID), func(g *Group) bool { return slices.ContainsFunc(g.Roles, func(r Role) bool { return r.ID == id }) }) {
		c.forbidden()
		return
	}
	c.missing(id, "Role")
}
