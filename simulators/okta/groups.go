package oktasim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

func (s *Simulator) groupRoutes(add func(family, pattern string, h handler)) {
	add("groups", "GET /api/v1/groups", s.listGroups)
	add("groups", "POST /api/v1/groups", s.createGroup)
	add("groups", "GET /api/v1/groups/{id}", s.group(func(c *call, g *Group) { c.ok(g.wire()) }))
	add("groups", "GET /api/v1/groups/{id}/{part}", s.groupPart)
	add("groups", "PUT /api/v1/groups/{id}/users/{user}", s.group(s.addMember))
	add("groups", "DELETE /api/v1/groups/{id}/users/{user}", s.group(s.removeMember))
	add("groups", "GET /api/v1/groups/rules", s.listRules)
	add("groups", "POST /api/v1/groups/rules", s.createRule)
	add("groups", "PUT /api/v1/groups/rules/{id}", s.rule(s.updateRule))
	add("groups", "POST /api/v1/groups/rules/{id}/lifecycle/activate", s.rule(s.activateRule))
	add("groups", "POST /api/v1/groups/rules/{id}/lifecycle/deactivate", s.rule(func(c *call, r *Rule) {
		r.Status = "INACTIVE" // members stay
		c.changed()
		c.noContent()
	}))
}

// groupPart answers GET /groups/{group}/users and GET /groups/rules/{rule}, which one pattern has to cover.
func (s *Simulator) groupPart(c *call) {
	first, part := c.r.PathValue("id"), c.r.PathValue("part")
	switch {
	case first == "rules":
		c.r.SetPathValue("id", part)
		s.rule(func(c *call, r *Rule) { c.ok(r.wire()) })(c)
	case part == "users":
		s.group(s.groupMembers)(c)
	default:
		c.missing(c.r.URL.Path, "Resource")
	}
}

func (s *Simulator) group(h func(*call, *Group)) handler {
	return func(c *call) {
		g, ok := s.state.Groups[c.r.PathValue("id")]
		if !ok {
			c.missing(c.r.PathValue("id"), "UserGroup")
			return
		}
		h(c, g)
	}
}

func (g *Group) wire() map[string]any {
	return map[string]any{
		"id": g.ID, "type": g.Type, "created": g.Created.Format(wireTime), "objectClass": []string{"okta:user_group"},
		"profile": map[string]any{"name": g.Name, "description": textOrNull(g.Description)},
	}
}

func wireID(m map[string]any) string { return m["id"].(string) }

func (s *Simulator) listGroups(c *call) {
	keep := func(*Group) bool { return true }
	if text := c.query("search"); text != "" {
		f, err := parseFilter(text, func(a string) bool { return contains([]string{"id", "type", "profile.name"}, a) })
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000031", "Invalid search criteria.")
			return
		}
		keep = func(g *Group) bool {
			if s.Now().Before(g.ChangedAt.Add(s.SearchLag)) {
				return false
			}
			return f.match(func(a string) []string {
				return []string{map[string]string{"id": g.ID, "type": g.Type, "profile.name": g.Name}[a]}
			})
		}
	}
	if q := c.query("q"); q != "" {
		keep = func(g *Group) bool { return strings.HasPrefix(strings.ToLower(g.Name), strings.ToLower(q)) }
	}
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Groups) {
		if g := s.state.Groups[id]; keep(g) {
			out = append(out, g.wire())
		}
	}
	page(c, out, wireID, 10000, 10000)
}

func (s *Simulator) createGroup(c *call) {
	var in struct {
		Profile struct{ Name, Description string } `json:"profile"`
	}
	if !c.read(&in) {
		return
	}
	g := &Group{ID: s.id("00g"), Type: OktaGroup, Name: in.Profile.Name, Description: in.Profile.Description, Created: s.Now(), ChangedAt: s.Now(), Members: map[string]string{}}
	s.state.Groups[g.ID] = g
	s.record("group.lifecycle.create", c.actor(), g.party())
	c.ok(g.wire())
}

func (s *Simulator) groupMembers(c *call, g *Group) {
	out := []map[string]any{}
	for _, id := range sortedKeys(g.Members) {
		if u, ok := s.state.Users[id]; ok {
			out = append(out, u.wire())
		}
	}
	page(c, out, wireID, 1000, 1000)
}

func (s *Simulator) groupsOfUser(c *call, u *User) {
	out := []map[string]any{}
	for _, g := range s.memberships(u.ID) {
		out = append(out, g.wire())
	}
	page(c, out, wireID, 200, 200)
}

func (s *Simulator) memberships(user string) []*Group {
	var out []*Group
	for _, id := range sortedKeys(s.state.Groups) {
		if _, ok := s.state.Groups[id].Members[user]; ok {
			out = append(out, s.state.Groups[id])
		}
	}
	return out
}

// addMember is idempotent.
func (s *Simulator) addMember(c *call, g *Group) {
	u, ok := s.state.Users[c.r.PathValue("user")]
	if !ok {
		c.missing(c.r.PathValue("user"), "User")
		return
	}
	if g.Type != OktaGroup {
		c.fail(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		return
	}
	if _, in := g.Members[u.ID]; !in {
		g.Members[u.ID] = ByHand
		s.record("group.user_membership.add", c.actor(), u.party(), g.party())
		s.provision(c, u)
	}
	c.noContent()
}

// removeMember is idempotent. Taking out somebody whom a rule put in excludes that person from the rule for good.
func (s *Simulator) removeMember(c *call, g *Group) {
	id := c.r.PathValue("user")
	u, ok := s.state.Users[id]
	if !ok {
		c.missing(id, "User")
		return
	}
	if g.Type != OktaGroup {
		c.fail(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
		return
	}
	if _, in := g.Members[id]; !in {
		c.noContent()
		return
	}
	before := s.pushedApps(u)
	s.takeOut(g, u, c.actor())
	if len(before) > 0 && len(s.pushedApps(u)) == 0 {
		s.cascade(c, u)
	}
	c.noContent()
}

// takeOut ends a membership.
func (s *Simulator) takeOut(g *Group, u *User, by Party) {
	how := g.Members[u.ID]
	delete(g.Members, u.ID)
	s.record("group.user_membership.remove", by, u.party(), g.party())
	if r, byRule := s.state.Rules[how]; byRule && !contains(r.Exclude, u.ID) {
		r.Exclude = append(r.Exclude, u.ID)
		s.record("group.user_membership.rule.add_exclusion", by, u.party(), g.party())
	}
}

func (s *Simulator) rule(h func(*call, *Rule)) handler {
	return func(c *call) {
		r, ok := s.state.Rules[c.r.PathValue("id")]
		if !ok {
			c.missing(c.r.PathValue("id"), "GroupRule")
			return
		}
		h(c, r)
	}
}

type ruleBody struct {
	Name       string `json:"name"`
	Conditions struct {
		People struct {
			Users struct {
				Exclude []string `json:"exclude"`
			} `json:"users"`
		} `json:"people"`
		Expression struct {
			Value string `json:"value"`
		} `json:"expression"`
	} `json:"conditions"`
	Actions struct {
		AssignUserToGroups struct {
			GroupIDs []string `json:"groupIds"`
		} `json:"assignUserToGroups"`
	} `json:"actions"`
}

func (r *Rule) wire() map[string]any {
	exclude := r.Exclude
	if exclude == nil {
		exclude = []string{}
	}
	return map[string]any{
		"id": r.ID, "type": "group_rule", "name": r.Name, "status": r.Status, "created": r.Created.Format(wireTime),
		"conditions": map[string]any{
			"people":     map[string]any{"users": map[string]any{"exclude": exclude}, "groups": map[string]any{"exclude": []string{}}},
			"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": r.Expression},
		},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": r.Groups}},
	}
}

func (s *Simulator) listRules(c *call) {
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Rules) {
		r := s.state.Rules[id]
		if text := strings.ToLower(c.query("search")); text == "" || strings.Contains(strings.ToLower(r.Name), text) {
			out = append(out, r.wire())
		}
	}
	page(c, out, wireID, 50, 200)
}

func (s *Simulator) createRule(c *call) {
	var in ruleBody
	if !c.read(&in) {
		return
	}
	r := &Rule{ID: s.id("0pr"), Name: in.Name, Status: "INACTIVE", Expression: in.Conditions.Expression.Value,
		Groups: in.Actions.AssignUserToGroups.GroupIDs, Exclude: in.Conditions.People.Users.Exclude, Created: s.Now()}
	s.state.Rules[r.ID] = r
	c.changed()
	c.ok(r.wire())
}

// updateRule changes an inactive rule; its actions never change.
func (s *Simulator) updateRule(c *call, r *Rule) {
	var in ruleBody
	if !c.read(&in) {
		return
	}
	if r.Status == Active {
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: groupRule", "Cannot update an active group rule.")
		return
	}
	r.Name, r.Expression, r.Exclude = in.Name, in.Conditions.Expression.Value, in.Conditions.People.Users.Exclude
	c.changed()
	c.ok(r.wire())
}

func (s *Simulator) activateRule(c *call, r *Rule) {
	r.Status = Active
	for _, id := range sortedKeys(s.state.Users) {
		s.applyRules(s.state.Users[id])
	}
	c.changed()
	c.noContent()
}

// applyRules puts a user into the groups of every active rule that fits and takes the user out of those of rules
// that no longer do. Rules leave deactivated people alone.
func (s *Simulator) applyRules(u *User) {
	if u.Status == Deprovisioned {
		return
	}
	for _, id := range sortedKeys(s.state.Rules) {
		r := s.state.Rules[id]
		if r.Status != Active {
			continue
		}
		fits := !contains(r.Exclude, u.ID) && r.fits(u)
		for _, gid := range r.Groups {
			g, ok := s.state.Groups[gid]
			if !ok {
				continue
			}
			how, in := g.Members[u.ID]
			switch {
			case fits && !in:
				g.Members[u.ID] = r.ID
				s.record("group.user_membership.add", system, u.party(), g.party())
			case !fits && in && how == r.ID:
				delete(g.Members, u.ID)
				s.record("group.user_membership.remove", system, u.party(), g.party())
			}
		}
	}
}

var (
	comparison  = regexp.MustCompile(`^\s*user\.(\w+)\s*(==|!=)\s*"([^"]*)"\s*$`)
	conjunction = regexp.MustCompile(`(?i)\s+and\s+|&&`)
)

func (r *Rule) fits(u *User) bool {
	parts := conjunction.Split(r.Expression, -1)
	return !slices.ContainsFunc(parts, func(part string) bool {
		m := comparison.FindStringSubmatch(part)
		return m == nil || (u.Profile.attribute(m[1]) == m[3]) != (m[2] == "==")
	})
}
