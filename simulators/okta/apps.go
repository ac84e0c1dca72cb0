package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// pushDeactivation is the app feature by which Okta deactivates the account in the app too.
// The features of an app that reach Google.
const (
	pushDeactivation = "PUSH_USER_DEACTIVATION"
	pushNewUsers     = "PUSH_NEW_USERS"
)

func (s *Simulator) appRoutes(add func(family, pattern string, h handler)) {
	add("apps", "GET /api/v1/apps", s.listApps)
	add("apps", "GET /api/v1/apps/{id}", s.app(func(c *call, a *App) { c.ok(a.wire()) }))
	add("apps", "GET /api/v1/apps/{id}/users", s.app(s.appUsers))
	add("apps", "POST /api/v1/apps/{id}/users", s.app(s.assignUser))
	add("apps", "GET /api/v1/apps/{id}/users/{user}", s.assigned(func(c *call, a *App, u *User) { c.ok(s.assignment(a, u)) }))
	add("apps", "DELETE /api/v1/apps/{id}/users/{user}", s.assigned(s.unassign))
}

func (s *Simulator) app(h func(*call, *App)) handler {
	return func(c *call) {
		a, ok := s.state.Apps[c.r.PathValue("id")]
		if !ok {
			c.missing(c.r.PathValue("id"), "AppInstance")
			return
		}
		h(c, a)
	}
}

// assigned finds an assignment, direct or by group, before the handler runs.
func (s *Simulator) assigned(h func(*call, *App, *User)) handler {
	return s.app(func(c *call, a *App) {
		u, ok := s.state.Users[c.r.PathValue("user")]
		if !ok || s.scope(a, u) == "" {
			c.missing(c.r.PathValue("user"), "AppUser")
			return
		}
		h(c, a, u)
	})
}

func (a *App) wire() map[string]any {
	features := a.Features
	if features == nil {
		features = []string{}
	}
	return map[string]any{"id": a.ID, "name": a.Name, "label": a.Label, "status": a.Status, "features": features,
		"signOnMode": "SAML_2_0", "created": a.Created.Format(wireTime), "lastUpdated": a.Created.Format(wireTime)}
}

// scope says how a user has an app: USER, GROUP, or "" for not at all. A deactivated user has no app by group.
func (s *Simulator) scope(a *App, u *User) string {
	if _, direct := a.Users[u.ID]; direct {
		return "USER"
	}
	if u.Status == Deprovisioned {
		return ""
	}
	for _, id := range a.Groups {
		if g, ok := s.state.Groups[id]; ok {
			if _, in := g.Members[u.ID]; in {
				return "GROUP"
			}
		}
	}
	return ""
}

func (s *Simulator) assignment(a *App, u *User) map[string]any {
	return map[string]any{"id": u.ID, "scope": s.scope(a, u), "status": "ACTIVE", "created": a.Created.Format(wireTime),
		"profile": map[string]any{}, "credentials": map[string]any{"userName": u.Profile.Login}}
}

// pushedApps are the Google apps of a user that would pass a deactivation on.
func (s *Simulator) pushedApps(u *User) []*App { return s.googleApps(u, pushDeactivation) }

// googleApps are the Google apps of a user that have a feature.
func (s *Simulator) googleApps(u *User, feature string) []*App {
	var out []*App
	for _, a := range s.state.Apps {
		if a.Name == "google" && a.Status == Active && contains(a.Features, feature) && s.scope(a, u) != "" {
			out = append(out, a)
		}
	}
	return out
}

// listApps answers GET /apps with Okta's filters; "user.id" filters by assignment and, with expand=user/{id}, shows
// the assignment within each app.
func (s *Simulator) listApps(c *call) {
	var want filter = allOf{}
	text := c.query("filter")
	if text != "" {
		f, err := parseFilter(text, func(a string) bool { return contains([]string{"id", "status", "name", "user.id", "group.id"}, a) })
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000031", "Invalid search criteria.")
			return
		}
		want = f
	}
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Apps) {
		a := s.state.Apps[id]
		if !want.match(s.appAttribute(a, filterWords(text))) {
			continue
		}
		w := a.wire()
		if user, ok := s.expandedUser(c); ok && s.scope(a, user) != "" {
			w["_embedded"] = map[string]any{"user": s.assignment(a, user)}
		}
		out = append(out, w)
	}
	page(c, out, wireID, 20, 200)
}

func (s *Simulator) expandedUser(c *call) (*User, bool) {
	const prefix = "user/"
	text := c.query("expand")
	if len(text) <= len(prefix) || text[:len(prefix)] != prefix {
		return nil, false
	}
	u, ok := s.state.Users[text[len(prefix):]]
	return u, ok
}

// appAttribute gives an app's attributes. Of the users only those whom the filter's words name are looked at: an org
// may have many.
func (s *Simulator) appAttribute(a *App, words []string) func(string) []string {
	return func(name string) []string {
		switch name {
		case "id":
			return []string{a.ID}
		case "status":
			return []string{a.Status}
		case "name":
			return []string{a.Name}
		case "group.id":
			return a.Groups
		case "user.id":
			var out []string
			for _, word := range words {
				id := strings.Trim(word, `"`)
				if u, ok := s.state.Users[id]; ok && s.scope(a, u) != "" {
					out = append(out, id)
				}
			}
			return out
		}
		return nil
	}
}

func (s *Simulator) appUsers(c *call, a *App) {
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Users) {
		if u := s.state.Users[id]; s.scope(a, u) != "" {
			out = append(out, s.assignment(a, u))
		}
	}
	page(c, out, wireID, 50, 500)
}

func (s *Simulator) assignUser(c *call, a *App) {
	var in struct {
		ID      string         `json:"id"`
		Profile map[string]any `json:"profile"`
	}
	if !c.read(&in) {
		return
	}
	u, ok := s.state.Users[in.ID]
	if !ok || u.Status == Deprovisioned {
		c.missing(in.ID, "User")
		return
	}
	a.Users[u.ID] = Assignment{Created: s.Now(), Profile: in.Profile}
	s.record("application.user_membership.add", c.actor(), u.party(), a.party())
	c.ok(s.assignment(a, u))
}

// unassign takes a direct assignment away. One that comes by a group is back before anybody looks.
func (s *Simulator) unassign(c *call, a *App, u *User) {
	before := s.pushedApps(u)
	delete(a.Users, u.ID)
	s.record("application.user_membership.remove", c.actor(), u.party(), a.party())
	if len(before) > 0 && len(s.pushedApps(u)) == 0 {
		s.cascade(c, u)
	}
	c.noContent()
}

func (s *Simulator) appLinks(c *call, u *User) {
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Apps) {
		if a := s.state.Apps[id]; a.Status == Active && s.scope(a, u) != "" {
			out = append(out, map[string]any{"appName": a.Name, "appInstanceId": a.ID, "appAssignmentId": "0ua" + a.ID[3:], "label": a.Label, "hidden": false})
		}
	}
	c.ok(out)
}

// SetFeatures changes what Okta pushes into the apps with this id or name; "google" with PUSH_USER_DEACTIVATION is
// the one that suspends mailboxes.
func (s *Simulator) SetFeatures(app string, features ...string) {
	s.locked(func() {
		for _, a := range s.state.Apps {
			if a.ID == app || a.Name == app {
				a.Features = slices.Clone(features)
				s.dirty = true
			}
		}
	})
}
