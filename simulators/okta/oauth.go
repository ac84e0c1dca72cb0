package oktasim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const (
	accessLifetime    = time.Hour
	assertionLifetime = time.Hour + time.Minute
)

// ServiceApp is an API Services app: it gets access tokens by client credentials with a signed assertion.
type ServiceApp struct {
	ClientID string         `json:"clientId"`
	Key      *rsa.PublicKey `json:"-"`
	DER      []byte         `json:"key"`
	Scopes   []string       `json:"scopes"` // granted, for example okta.users.manage
	// AdminRole says whether an admin role is assigned to the app. Without one its tokens look fine and see nobody.
	AdminRole bool `json:"adminRole"`
	// Roles are the admin roles; none means SUPER_ADMIN where AdminRole says that there is one.
	Roles []Role `json:"roles,omitempty"`
	// DPoP requires a proof with every request, as apps made since 2024 do unless the box is unticked.
	DPoP bool `json:"dpop,omitempty"`
}

type access struct {
	ClientID string    `json:"clientId"`
	Scopes   string    `json:"scopes"`
	Expires  time.Time `json:"expires"`
}

// AddServiceApp registers a service app with its public key and returns its client id.
func (s *Simulator) AddServiceApp(app ServiceApp) string {
	s.locked(func() {
		if app.ClientID == "" {
			app.ClientID = s.id("0oa")
		}
		app.DER = x509.MarshalPKCS1PublicKey(app.Key)
		s.state.Services[app.ClientID] = &app
		s.dirty = true
	})
	return app.ClientID
}

// token is POST /oauth2/v1/token. Okta takes the parameters from the form or, as SDK v2 sends them, the query.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r}
	s.mu.Lock()
	c.issue()
	if err := s.commit(); err != nil {
		c.fail(http.StatusInternalServerError, "E0000009", "Internal Server Error: "+err.Error())
	}
	s.mu.Unlock()
	c.write()
}

func (c *call) issue() {
	if err := c.r.ParseForm(); err != nil || c.r.Form.Get("grant_type") != "client_credentials" {
		c.refuseToken(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
		return
	}
	app, ok := c.s.verifyAssertion(c.r.Form.Get("client_assertion"))
	if !ok {
		c.refuseToken(http.StatusUnauthorized, "invalid_client", "The client_assertion signature is invalid.")
		return
	}
	if app.DPoP {
		c.refuseToken(http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
		return
	}
	asked := c.r.Form.Get("scope")
	for _, scope := range strings.Fields(asked) {
		if !contains(app.Scopes, scope) {
			c.refuseToken(http.StatusBadRequest, "invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
			return
		}
	}
	token := rand.Text()
	c.s.state.Access[token] = &access{ClientID: app.ClientID, Scopes: asked, Expires: c.s.Now().Add(accessLifetime)}
	c.changed()
	c.ok(map[string]any{"token_type": "Bearer", "expires_in": int(accessLifetime.Seconds()), "access_token": token, "scope": asked})
}

func (c *call) refuseToken(status int, code, description string) {
	c.status, c.body = status, map[string]string{"error": code, "error_description": description}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// verifyAssertion checks an RS256 assertion: signature, issuer and subject, audience and lifetime.
func (s *Simulator) verifyAssertion(jwt string) (*ServiceApp, bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, false
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return nil, false
	}
	app, ok := s.state.Services[claims.Issuer]
	if !ok || claims.Subject != claims.Issuer || !strings.HasSuffix(claims.Audience, "/oauth2/v1/token") {
		return nil, false
	}
	left := time.Unix(claims.Expires, 0).Sub(s.Now())
	if left <= 0 || left > assertionLifetime {
		return nil, false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	key, kerr := x509.ParsePKCS1PublicKey(app.DER)
	if err != nil || kerr != nil {
		return nil, false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return app, rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
}
