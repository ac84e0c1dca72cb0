package jamfsim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	cookieName  = "jpro-ingress"
	upgradePage = "<!DOCTYPE html>\n<html><head><title>Jamf Pro</title></head><body><h1>Jamf Pro is starting up</h1></body></html>\n"
)

// Privileges a call needs, by their names in an API role.
const (
	readComputers   = "Read Computers"
	updateComputers = "Update Computers"
	readMobile      = "Read Mobile Devices"
	updateMobile    = "Update Mobile Devices"
	viewCommands    = "View MDM command information in Jamf Pro API"
	viewLockPIN     = "View Computer Device Lock Pin"
)

// commandPrivileges are checked by the server per command and device type, though the schema does not say so.
var commandPrivileges = map[string]map[Kind]string{
	"DEVICE_LOCK":      {Computer: "Send Computer Remote Lock Command", Mobile: "Send Mobile Device Remote Lock Command"},
	"ERASE_DEVICE":     {Computer: "Send Computer Remote Wipe Command", Mobile: "Send Mobile Device Remote Wipe Command"},
	"ENABLE_LOST_MODE": {Mobile: "Send Mobile Device Lost Mode Command"},
}

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	for _, p := range []string{"/api/v1/oauth/token", "/api/oauth/token"} {
		mux.HandleFunc("POST "+p, s.token)
	}
	api := func(pattern, privilege string, h handler) { mux.HandleFunc(pattern, s.guarded(privilege, h)) }
	api("GET /api/v1/jamf-pro-version", "", s.showVersion)
	api("GET /api/v1/auth", "", s.showAuth)
	for v, n := range map[string]int{"v3": 3, "v4": 4} {
		inventory := func(h func(int) handler) handler { return s.versioned(n, h(n)) }
		api("GET /api/"+v+"/computers-inventory", readComputers, inventory(s.listComputers))
		api("GET /api/"+v+"/computers-inventory/{id}", readComputers, inventory(s.oneComputer))
		api("GET /api/"+v+"/computers-inventory-detail/{id}", readComputers, inventory(s.oneComputer))
		api("PATCH /api/"+v+"/computers-inventory-detail/{id}", updateComputers, s.versioned(n, s.patchComputer))
		api("GET /api/"+v+"/computers-inventory/{id}/view-device-lock-pin", viewLockPIN, s.versioned(n, s.showLockPIN))
	}
	api("GET /api/v2/mobile-devices/detail", readMobile, s.listMobile)
	api("PATCH /api/v2/mobile-devices/{id}", updateMobile, s.patchMobile)
	api("POST /api/v2/mdm/commands", viewCommands, s.postCommand)
	api("GET /api/v2/mdm/commands", viewCommands, s.listCommands)
	api("POST /api/v2/mdm/blank-push", viewCommands, s.blankPush)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound) })
	return mux
}

// handler answers with the state held; node is the cluster node that the caller talks to.
type handler func(w http.ResponseWriter, r *http.Request, node string) (changed bool)

// guarded checks token and privilege, keeps the caller on its node, and saves before it answers.
func (s *Simulator) guarded(privilege string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := newHeld(w)
		err := s.locked(func() bool {
			node, assigned := s.node(rec, r)
			if !s.validToken(r) {
				refuse(rec, http.StatusUnauthorized)
				return assigned
			}
			if privilege != "" && s.state.Denied[privilege] {
				deny(rec, privilege)
				return assigned
			}
			return h(rec, r, node) || assigned
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		rec.release()
	}
}

// held keeps an answer back until the state is saved.
type held struct {
	http.ResponseWriter
	status int
	body   strings.Builder
}

func newHeld(w http.ResponseWriter) *held { return &held{ResponseWriter: w, status: http.StatusOK} }

func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
func (h *held) release() {
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write([]byte(h.body.String()))
}

func (s *Simulator) versioned(n int, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, node string) bool {
		if !s.hasInventory(n) {
			refuse(w, http.StatusNotFound)
			return false
		}
		return h(w, r, node)
	}
}

// node is the cluster node of this caller: the one its cookie names, or the next one, handed out by cookie.
func (s *Simulator) node(w http.ResponseWriter, r *http.Request) (name string, assigned bool) {
	if c, err := r.Cookie(cookieName); err == nil {
		return c.Value, false
	}
	name = []string{"node-a", "node-b"}[s.state.Nodes%2]
	s.state.Nodes++
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: name, Path: "/", HttpOnly: true})
	return name, true
}

// visible says whether a write on one node at a time can be seen from another.
func (s *Simulator) visible(from, wroteOn string, at time.Time) bool {
	return from == wroteOn || !at.Add(s.Lag).After(s.Now())
}

func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	rec := newHeld(w)
	err := s.locked(func() bool {
		want, known := s.state.Secrets[r.FormValue("client_id")]
		switch {
		case r.FormValue("grant_type") != "client_credentials":
			oauthError(rec, "unsupported_grant_type", "Only client_credentials is supported")
			return false
		case !known || want != r.FormValue("client_secret"):
			oauthError(rec, "invalid_client", "Client authentication failed")
			return false
		}
		life := s.TokenLife
		if life == 0 {
			life = DefaultTokenLife
		}
		for t, end := range s.state.Tokens {
			if !end.After(s.Now()) {
				delete(s.state.Tokens, t)
			}
		}
		raw := make([]byte, 16)
		_, _ = rand.Read(raw)
		access := "jamf." + hex.EncodeToString(raw)
		s.state.Tokens[access] = s.Now().Add(life)
		reply(rec, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer",
			"expires_in": max(int(life.Seconds())-1, 1), "scope": "api-role:2"})
		return true
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	rec.release()
}

func (s *Simulator) validToken(r *http.Request) bool {
	access, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	end, known := s.state.Tokens[access]
	return ok && known && end.After(s.Now())
}

func (s *Simulator) showVersion(w http.ResponseWriter, _ *http.Request, _ string) bool {
	reply(w, http.StatusOK, map[string]string{"version": s.version()})
	return false
}

// showAuth tells the caller its own privileges.
func (s *Simulator) showAuth(w http.ResponseWriter, _ *http.Request, _ string) bool {
	if s.HidePrivileges {
		reply(w, http.StatusOK, map[string]any{"account": nil, "accountGroups": []any{}, "sites": []any{}, "authenticationType": "CLIENT"})
		return false
	}
	held := []string{}
	for _, p := range privileges() {
		if !s.state.Denied[p] {
			held = append(held, p)
		}
	}
	reply(w, http.StatusOK, map[string]any{"accountGroups": []any{}, "sites": []any{}, "authenticationType": "CLIENT",
		"account": map[string]any{"id": "1", "username": DefaultClientID, "accessLevel": "FullAccess", "privilegeSet": "CUSTOM",
			"privilegesBySite": map[string][]string{"-1": held}}})
	return false
}

// privileges lists every privilege this server knows, sorted.
func privileges() []string {
	all := []string{readComputers, updateComputers, readMobile, updateMobile, viewCommands, viewLockPIN}
	for _, kinds := range commandPrivileges {
		for _, p := range kinds {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

type apiError struct {
	Code        string  `json:"code"`
	Field       string  `json:"field"`
	Description string  `json:"description"`
	ID          *string `json:"id"`
}

func fail(w http.ResponseWriter, status int, errs ...apiError) {
	if errs == nil {
		errs = []apiError{}
	}
	reply(w, status, map[string]any{"httpStatus": status, "errors": errs})
}

// refuse answers with the form that Jamf uses for a status.
func refuse(w http.ResponseWriter, status int) {
	body, contentType := faultBody(status)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func deny(w http.ResponseWriter, what string) {
	fail(w, http.StatusForbidden, apiError{Code: "INVALID_PRIVILEGE", Description: "Client is not privileged for [" + what + "]"})
}

func oauthError(w http.ResponseWriter, code, text string) {
	reply(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": text,
		"error_uri": "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"})
}

// faultBody is the vendor's body per status: JSON from the application, a page from the load balancer.
func faultBody(status int) (body, contentType string) {
	if status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout {
		return upgradePage, "text/html"
	}
	codes := map[int]string{400: "INVALID_FIELD", 403: "INVALID_PRIVILEGE", 404: "INVALID_ID", 409: "OPTIMISTIC_LOCK_FAILED", 500: "SYSTEM_EXCEPTION"}
	errs := []apiError{}
	if code := codes[status]; code != "" {
		errs = append(errs, apiError{Code: code, Description: http.StatusText(status)})
	}
	b, _ := json.Marshal(map[string]any{"httpStatus": status, "errors": errs})
	return string(b), "application/json"
}

func throttled(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "2")
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte("<html><body><h1>429 Too Many Requests</h1></body></html>"))
}

var secretParts = regexp.MustCompile(`("pin"\s*:\s*")[^"]*|(client_secret=)[^&]*`)

// redact keeps PINs and client secrets out of the call log.
func redact(_, body string) string { return secretParts.ReplaceAllString(body, "${1}${2}redacted") }
