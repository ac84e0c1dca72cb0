package oktasim

import (
	"net/http"
	"strings"
)

type handler func(*call)

// routes ties paths to handlers. The name behind each is the OAuth scope family the call needs.
func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	add := func(family, pattern string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, family, h) })
	}
	s.userRoutes(add)
	s.credentialRoutes(add)
	s.groupRoutes(add)
	s.appRoutes(add)
	s.deviceRoutes(add)
	s.logRoutes(add)
	s.schemaRoutes(add)
	mux.HandleFunc("POST /oauth2/v1/token", s.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		s.serve(w, r, "", func(c *call) { c.missing(r.URL.Path, "Resource") })
	})
}

// serve answers one call: settle what has come due, check the credential and the rate, act, save, tell others,
// answer.
func (s *Simulator) serve(w http.ResponseWriter, r *http.Request, family string, h handler) {
	c := &call{s: s, w: w, r: r}
	s.mu.Lock()
	s.settle()
	if c.authenticate() && c.allow() && c.permitted(family) {
		h(c)
	}
	if err := s.commit(); err != nil {
		c.fail(http.StatusInternalServerError, "E0000009", "Internal Server Error: "+err.Error())
	}
	s.mu.Unlock()
	for _, tell := range c.after {
		tell()
	}
	c.write()
}

// principal is who calls.
type principal struct {
	id     string // for rate limits and as the System Log's actor
	kind   string // User or PublicClientApp
	scopes string // of an access token; empty means an API token, which may do everything
	noRole bool   // a service app without an admin role sees nobody
}

func (p principal) oauth() bool { return p.kind == "PublicClientApp" }

func (c *call) authenticate() bool {
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch scheme {
	case "SSWS":
		return c.authenticateToken(secret)
	case "Bearer":
		return c.authenticateAccess(secret)
	}
	c.fail(http.StatusUnauthorized, "E0000004", "Authentication failed")
	return false
}

func (c *call) authenticateToken(secret string) bool {
	want := c.s.Token
	if want == "" {
		want = DefaultToken
	}
	if secret != want {
		c.fail(http.StatusUnauthorized, "E0000011", "Invalid token provided")
		return false
	}
	c.by = principal{id: OperatorID, kind: "User"}
	return true
}

func (c *call) authenticateAccess(secret string) bool {
	issued, ok := c.s.state.Access[secret]
	if !ok || !c.s.Now().Before(issued.Expires) {
		c.bearerFault(http.StatusUnauthorized, "invalid_token", "The access token is invalid.")
		return false
	}
	app, ok := c.s.state.Services[issued.ClientID]
	c.by = principal{id: issued.ClientID, kind: "PublicClientApp", scopes: issued.Scopes, noRole: !ok || !app.AdminRole}
	return true
}

// bearerFault is how Okta refuses access tokens: in the header, and with no body.
func (c *call) bearerFault(status int, code, description string) {
	c.w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="http://`+c.r.Host+`/oauth2/v1/authorize", realm="http://`+
		c.r.Host+`", scope="", error="`+code+`", error_description="`+description+`", resource="`+c.r.URL.Path+`"`)
	c.status, c.body = status, nil
}

// permitted checks an access token's scope, and the admin role behind it.
func (c *call) permitted(family string) bool {
	if !c.by.oauth() || family == "" {
		return true
	}
	if !c.hasScope(family) {
		c.bearerFault(http.StatusForbidden, "insufficient_scope", "The access token provided does not contain the required scopes.")
		return false
	}
	if !c.by.noRole {
		return true
	}
	// The list is answered as if nobody existed; one user is not found [not documented], all else is refused.
	switch {
	case c.r.Method == http.MethodGet && c.r.URL.Path == "/api/v1/users":
		c.ok([]any{})
	case c.r.Method == http.MethodGet && family == "users":
		c.missing(c.r.PathValue("id"), "User")
	default:
		c.forbidden()
	}
	return false
}

// hasScope says whether the token has the read scope for a GET, or the manage scope, which includes reading.
func (c *call) hasScope(family string) bool {
	for _, scope := range strings.Fields(c.by.scopes) {
		if scope == "okta."+family+".manage" || c.r.Method == http.MethodGet && scope == "okta."+family+".read" {
			return true
		}
	}
	return false
}
