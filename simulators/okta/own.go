package oktasim

import (
	"net/http"
	"time"
)

const operatorLogin = "tenure.operator@example.com"

// tokenWindow is how long an API token lives on after it was used.
const tokenWindow = 30 * 24 * time.Hour

// ownRoutes are what a caller can ask about itself: whose token it calls with, which roles stand behind it, when it
// ends.
func (s *Simulator) ownRoutes(add func(family, pattern string, h handler)) {
	add("apiTokens", "GET /api/v1/api-tokens", s.listAPITokens)
	add("roles", "GET /oauth2/v1/clients/{client}/roles", s.listClientRoles)
	add("roles", "GET /api/v1/iam/roles/{role}/permissions", s.listPermissions)
}

// operator is the administrator behind API tokens, as GET /users/me and /users/{its id} show it. Seeded or not, it
// can be read; it is changed like any other user only when it was seeded.
func (s *Simulator) operator(c *call) *User {
	id := c.r.PathValue("id")
	if id == "me" && !c.by.oauth() {
		id = OperatorID
	}
	if id != OperatorID || c.r.Method != http.MethodGet {
		return nil
	}
	if u := s.state.Users[OperatorID]; u != nil {
		return u
	}
	roles := s.OperatorRoles
	if roles == nil {
		roles = superAdmin
	}
	return &User{ID: OperatorID, Status: Active, Profile: Profile{Login: operatorLogin, Email: operatorLogin, FirstName: "Tenure", LastName: "Operator"}, Roles: roles}
}

var superAdmin = []Role{{ID: "ra1simulatedoperator", Type: "SUPER_ADMIN", Label: "Super Administrator", AssignmentType: "USER"}}

func (s *Simulator) listAPITokens(c *call) {
	ends := s.TokenEnds
	if ends.IsZero() {
		ends = s.Now().Add(tokenWindow)
	}
	made := ends.Add(-tokenWindow)
	c.ok([]map[string]any{{"id": "00Tsimulatedtoken", "name": "tenure", "userId": OperatorID, "clientName": "Okta API", "tokenWindow": "P30D",
		"created": made.UTC().Format(wireTime), "lastUpdated": made.UTC().Format(wireTime), "expiresAt": ends.UTC().Format(wireTime)}})
}

func (s *Simulator) listClientRoles(c *call) {
	app, ok := s.state.Services[c.r.PathValue("client")]
	if !ok {
		c.missing(c.r.PathValue("client"), "Client")
		return
	}
	roles := app.Roles
	if roles == nil && app.AdminRole {
		roles = superAdmin
	}
	out := make([]map[string]any, 0, len(roles))
	for _, r := range roles {
		r.AssignmentType = "CLIENT"
		out = append(out, r.wire())
	}
	c.ok(out)
}

func (s *Simulator) listPermissions(c *call) {
	held, ok := s.CustomRoles[c.r.PathValue("role")]
	if !ok {
		c.missing(c.r.PathValue("role"), "Role")
		return
	}
	out := make([]map[string]any, 0, len(held))
	for _, label := range held {
		out = append(out, map[string]any{"label": label})
	}
	c.ok(map[string]any{"permissions": out})
}
