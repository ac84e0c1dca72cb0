package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxGroupsOnCreate is how many groups a create may name. Okta does not publish its figure.
const maxGroupsOnCreate = 20

func (s *Simulator) userRoutes(add func(family, pattern string, h handler)) {
	add("users", "GET /api/v1/users", s.listUsers)
	add("users", "POST /api/v1/users", s.createUser)
	add("users", "GET /api/v1/users/{id}", s.user(func(c *call, u *User) { c.ok(u.wire()) }))
	add("users", "POST /api/v1/users/{id}", s.user(s.updateUser))
	add("users", "PUT /api/v1/users/{id}", s.user(s.replaceUser))
	add("users", "DELETE /api/v1/users/{id}", s.user(s.deleteUser))
	add("users", "GET /api/v1/users/{id}/groups", s.user(s.groupsOfUser))
	add("users", "GET /api/v1/users/{id}/appLinks", s.user(s.appLinks))
	for name, h := range map[string]func(*call, *User){
		"activate": s.activate, "reactivate": s.reactivate, "suspend": s.suspend, "unsuspend": s.unsuspend,
		"deactivate": s.deactivate, "unlock": s.unlock, "expire_password": s.expirePassword, "reset_factors": s.resetFactors,
	} {
		add("users", "POST /api/v1/users/{id}/lifecycle/"+name, s.user(h))
	}
}

// user finds the user of the path, by id or login, before the handler runs.
func (s *Simulator) user(h func(*call, *User)) handler {
	return func(c *call) {
		u := s.find(c.r.PathValue("id"))
		if u == nil {
			u = s.operator(c)
		}
		if u == nil {
			c.missing(c.r.PathValue("id"), "User")
			return
		}
		h(c, u)
	}
}

// find looks a user up by id, by login (whatever its case), or by the part of the login before the @ when that
// belongs to one user only.
func (s *Simulator) find(key string) *User {
	if u, ok := s.state.Users[key]; ok {
		return u
	}
	var short []*User
	for _, u := range s.state.Users {
		if strings.EqualFold(u.Profile.Login, key) {
			return u
		}
		if name, _, _ := strings.Cut(u.Profile.Login, "@"); strings.EqualFold(name, key) {
			short = append(short, u)
		}
	}
	if len(short) == 1 {
		return short[0]
	}
	return nil
}

func wireOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(wireTime)
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (u *User) wire() map[string]any {
	return map[string]any{
		"id": u.ID, "status": u.Status, "transitioningToStatus": textOrNull(u.Transitioning),
		"created": wireOrNull(u.Created), "activated": wireOrNull(u.Activated), "statusChanged": wireOrNull(u.StatusChanged),
		"lastLogin": wireOrNull(u.LastLogin), "lastUpdated": wireOrNull(u.LastUpdated), "passwordChanged": wireOrNull(u.PasswordChanged),
		"type": map[string]any{"id": "oty1"}, "profile": u.Profile,
		"credentials": map[string]any{"provider": map[string]any{"type": "OKTA", "name": "OKTA"}},
		"_links":      map[string]any{"self": map[string]any{"href": "/api/v1/users/" + u.ID}},
	}
}

// listUsers answers GET /users: plain (without DEPROVISIONED), filter (exact and at once), search (late) or q.
func (s *Simulator) listUsers(c *call) {
	keep := func(u *User) bool { return u.Status != Deprovisioned }
	def := 200
	switch {
	case c.query("filter") != "":
		f, err := parseFilter(c.query("filter"), func(a string) bool {
			return contains([]string{"status", "lastUpdated", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"}, a)
		})
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000031", "Invalid search criteria.")
			return
		}
		keep = func(u *User) bool { return f.match(u.attribute) }
	case c.query("search") != "":
		f, err := parseFilter(c.query("search"), func(string) bool { return true })
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000031", "Invalid search criteria.")
			return
		}
		keep = func(u *User) bool {
			seen := s.searchView(u)
			return seen != nil && f.match(seen.attribute)
		}
	case c.query("q") != "":
		def = 10
		keep = func(u *User) bool { return u.Status != Deprovisioned && u.startsWith(c.query("q")) }
	}
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Users) {
		if u := s.state.Users[id]; keep(u) {
			out = append(out, u.wire())
		}
	}
	page(c, out, func(m map[string]any) string { return m["id"].(string) }, def, 200)
}

func (u *User) startsWith(prefix string) bool {
	for _, v := range []string{u.Profile.Login, u.Profile.Email, u.Profile.FirstName, u.Profile.LastName} {
		if strings.HasPrefix(strings.ToLower(v), strings.ToLower(prefix)) {
			return true
		}
	}
	return false
}

func (u *User) attribute(name string) []string {
	switch name {
	case "id":
		return []string{u.ID}
	case "status":
		return []string{u.Status}
	case "lastUpdated":
		return []string{u.LastUpdated.UTC().Format(wireTime)}
	}
	if attr, ok := strings.CutPrefix(name, "profile."); ok {
		return []string{u.Profile.attribute(attr)}
	}
	return nil
}

// searchView is the user as search sees it: late by SearchLag.
func (s *Simulator) searchView(u *User) *User {
	if !s.Now().Before(u.ChangedAt.Add(s.SearchLag)) {
		return u
	}
	if u.Indexed == nil {
		return nil
	}
	return &User{ID: u.ID, Status: u.Indexed.Status, Profile: u.Indexed.Profile, LastUpdated: u.LastUpdated}
}

// touch notes that a user is about to change, so that search can go on showing what was.
func (s *Simulator) touch(u *User) {
	now := s.Now()
	if u.ChangedAt.IsZero() || !now.Before(u.ChangedAt.Add(s.SearchLag)) {
		copied := u.clone()
		u.Indexed = &indexed{Status: copied.Status, Profile: copied.Profile}
		if u.ChangedAt.IsZero() {
			u.Indexed = nil
		}
	}
	u.ChangedAt, u.LastUpdated = now, now
	s.dirty = true
}

type userBody struct {
	Profile     map[string]any `json:"profile"`
	Credentials *struct {
		Password *struct {
			Value string `json:"value"`
		} `json:"password"`
	} `json:"credentials"`
	GroupIDs []string `json:"groupIds"`
}

func (s *Simulator) createUser(c *call) {
	var in userBody
	if !c.read(&in) {
		return
	}
	if s.refuses(c, in.Profile, nil) {
		return
	}
	u := &User{}
	u.Profile.merge(in.Profile)
	if len(in.GroupIDs) > maxGroupsOnCreate {
		c.fail(http.StatusBadRequest, "E0000093", "Target count limit exceeded")
		return
	}
	u.NoPassword = in.Credentials == nil || in.Credentials.Password == nil
	u.Status = Staged
	if c.query("activate") != "false" {
		u.Status = Active
		if u.NoPassword {
			u.Status = Provisioned
			s.mail(c, u, c.query("sendEmail") != "false")
		}
	}
	s.insert(u)
	for _, id := range in.GroupIDs {
		if g, ok := s.state.Groups[id]; ok && g.Type == OktaGroup {
			g.Members[u.ID] = ByHand
		}
	}
	s.record("user.lifecycle.create", c.actor(), u.party())
	c.ok(u.wire())
}

// insert puts a new user into the org: an id, the dates, the group of everybody, and the groups of the rules.
func (s *Simulator) insert(u *User) {
	if u.ID == "" {
		u.ID = s.id("00u")
	}
	now := s.Now()
	u.Created, u.StatusChanged = now, now
	if u.Status == Active {
		u.Activated = now
	}
	s.touch(u)
	s.state.Users[u.ID] = u
	s.state.Groups[s.state.Everyone].Members[u.ID] = ByApp
	s.applyRules(u)
}

func (s *Simulator) updateUser(c *call, u *User) {
	var in userBody
	if !c.read(&in) {
		return
	}
	if u.Status == Deprovisioned && !s.EditDeactivated {
		c.missing(u.ID, "User")
		return
	}
	if s.refuses(c, in.Profile, u) {
		return
	}
	s.touch(u)
	u.Profile.merge(in.Profile)
	s.applyRules(u)
	s.record("user.account.update_profile", c.actor(), u.party())
	c.ok(u.wire())
}

// replaceUser is the full update: what the body does not name is gone.
func (s *Simulator) replaceUser(c *call, u *User) {
	login := u.Profile.Login
	u.Profile = Profile{Login: login}
	s.updateUser(c, u)
}

// deleteUser deactivates a live user and destroys a deactivated one.
func (s *Simulator) deleteUser(c *call, u *User) {
	if u.Status != Deprovisioned {
		s.beginDeactivation(c, u)
		c.noContent()
		return
	}
	s.record("user.lifecycle.delete.initiated", c.actor(), u.party())
	delete(s.state.Users, u.ID)
	for _, g := range s.state.Groups {
		delete(g.Members, u.ID)
	}
	for _, a := range s.state.Apps {
		delete(a.Users, u.ID)
	}
	for _, d := range s.state.Devices {
		d.Users = slices.DeleteFunc(d.Users, func(id string) bool { return id == u.ID })
	}
	c.noContent()
}
