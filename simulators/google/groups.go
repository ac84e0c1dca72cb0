package googlesim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// member is the index of a direct member by id or address, or -1.
func (g *Group) member(key string) int {
	return slices.IndexFunc(g.Members, func(m Member) bool { return m.ID == key || strings.EqualFold(m.Email, key) })
}

func (s *Simulator) group(key string) *Group {
	for _, g := range s.state.Groups {
		if g.ID == key || strings.EqualFold(g.Email, key) || containsFold(g.Aliases, key) {
			return g
		}
	}
	return nil
}

func showGroup(g *Group) map[string]string {
	return map[string]string{"kind": "admin#directory#group", "id": g.ID, "email": g.Email, "name": g.Name,
		"directMembersCount": strconv.Itoa(len(g.Members))}
}

func (s *Simulator) listGroups(c *call) answer {
	q := c.r.URL.Query()
	key := q.Get("userKey")
	if key == "" && q.Get("customer") == "" && q.Get("domain") == "" || key != "" && q.Get("customer") != "" {
		return refuse(http.StatusBadRequest, "badRequest", "Bad Request")
	}
	memberID := ""
	if key != "" {
		u := s.user(key)
		if u == nil {
			return notFound("userKey")
		}
		memberID = u.ID
	}
	var out []map[string]string
	for _, g := range s.sortedGroups() {
		if memberID == "" || g.member(memberID) >= 0 {
			out = append(out, showGroup(g))
		}
	}
	part, next := page(c.r, out, 200, 200)
	return listing("groups", part, next)
}

func (s *Simulator) getGroup(c *call) answer {
	g := s.group(c.path("groupKey"))
	if g == nil {
		return notFound("groupKey")
	}
	return ok(showGroup(g))
}

func (s *Simulator) showMember(m Member) map[string]string {
	status := "ACTIVE"
	if u := s.state.Users[m.ID]; u != nil && u.Suspended {
		status = "SUSPENDED"
	}
	return map[string]string{"kind": "admin#directory#member", "id": m.ID, "email": m.Email, "role": m.Role,
		"type": m.Type, "status": status}
}

func (s *Simulator) listMembers(c *call) answer {
	g := s.group(c.path("groupKey"))
	if g == nil {
		return notFound("groupKey")
	}
	roles := strings.Split(c.r.URL.Query().Get("roles"), ",")
	var out []map[string]string
	for _, m := range g.Members {
		if roles[0] == "" || slices.Contains(roles, m.Role) {
			out = append(out, s.showMember(m))
		}
	}
	part, next := page(c.r, out, 200, 200)
	return listing("members", part, next)
}

// groupMember finds the group and the member of a call, or the vendor's refusal.
func (s *Simulator) groupMember(c *call) (*Group, int, *answer) {
	g := s.group(c.path("groupKey"))
	if g == nil {
		return nil, 0, refusedBecause(notFound("groupKey"))
	}
	key := c.path("memberKey")
	if u := s.user(key); u != nil {
		key = u.ID
	}
	i := g.member(key)
	if i < 0 {
		return nil, 0, refusedBecause(notFound("memberKey"))
	}
	return g, i, nil
}

func (s *Simulator) getMember(c *call) answer {
	g, i, refused := s.groupMember(c)
	if refused != nil {
		return *refused
	}
	return ok(s.showMember(g.Members[i]))
}

func dynamicGroup() answer {
	return refuse(http.StatusBadRequest, "invalid", "Cannot change members of a dynamic group.")
}

func (s *Simulator) insertMember(c *call) answer {
	g := s.group(c.path("groupKey"))
	var m Member
	if g == nil {
		return notFound("groupKey")
	}
	if !c.body(&m) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	u := s.user(m.Email)
	switch {
	case u == nil:
		return notFound("memberKey")
	case g.Dynamic:
		return dynamicGroup()
	case g.member(u.ID) >= 0:
		return refuse(http.StatusConflict, "duplicate", "Member already exists.")
	}
	m = Member{ID: u.ID, Email: u.PrimaryEmail, Role: strings.ToUpper(m.Role), Type: "USER"}
	if m.Role == "" {
		m.Role = "MEMBER"
	}
	g.Members = append(g.Members, m)
	return changed(s.showMember(m))
}

func (s *Simulator) updateMember(c *call) answer {
	g, i, refused := s.groupMember(c)
	if refused != nil {
		return *refused
	}
	var body Member
	switch {
	case !c.body(&body):
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	case g.Dynamic:
		return dynamicGroup()
	case body.Role != "":
		g.Members[i].Role = strings.ToUpper(body.Role)
	}
	return changed(s.showMember(g.Members[i]))
}

func (s *Simulator) deleteMember(c *call) answer {
	g, i, refused := s.groupMember(c)
	switch {
	case refused != nil:
		return *refused
	case g.Dynamic:
		return dynamicGroup()
	}
	g.Members = slices.Delete(g.Members, i, i+1)
	return emptied()
}
