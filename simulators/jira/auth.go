package jirasim

import (
	"net/http"
	"strings"
)

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// authenticate finds the caller. Cloud knows Basic (address and API token) only; Data Center knows Bearer
// (personal access token) and, unless switched off, Basic.
func (s *Simulator) authenticate(c *call) (answer, bool) {
	if token, bearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer "); bearer {
		return s.bearer(c, token)
	}
	user, password, basic := c.BasicAuth()
	if !basic {
		return unauthorized(), true
	}
	if s.cloud() {
		if user != or(s.Email, DefaultEmail) || password != or(s.Token, DefaultToken) {
			return unauthorized(), true
		}
		c.user = s.st.bot()
		return answer{}, false
	}
	if s.BasicAuthOff {
		return answer{status: http.StatusForbidden,
			body: map[string]string{"message": "Basic Authentication has been disabled on this instance."}}, true
	}
	if user != or(s.Username, DefaultUsername) || password != or(s.Password, DefaultPassword) {
		return unauthorized(), true
	}
	c.user = s.st.bot()
	return answer{}, false
}

func (s *Simulator) bearer(c *call, token string) (answer, bool) {
	if s.cloud() {
		return answer{status: http.StatusForbidden,
			body: map[string]string{"error": "Failed to parse Connect Session Auth Token"}}, true
	}
	if token != or(s.Token, DefaultToken) {
		return unauthorized(), true
	}
	c.user = s.st.bot()
	return answer{}, false
}

// unauthorized is HTML, as Jira's is: a client must not expect JSON.
func unauthorized() answer {
	return answer{status: http.StatusUnauthorized,
		header: map[string]string{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": `OAuth realm="jira"`},
		body:   "<html><head><title>Unauthorized (401)</title></head><body>Client must be authenticated to access this resource.</body></html>"}
}
