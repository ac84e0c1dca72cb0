package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
)

const (
	scimUserSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimListSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	scimErrorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"
	scimPatchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// scimFilter is the one filter this stand-in reads: an exact match of one attribute.
var scimFilter = regexp.MustCompile(`(?i)^\s*(email|userName)\s+eq\s+"([^"]*)"\s*$`)

// scimAllowed checks token, plan and rate limit of a SCIM call; the caller holds the lock.
func (s *Simulator) scimAllowed(w http.ResponseWriter, r *http.Request) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	key, t := "scim/read", scimRead
	if r.Method != http.MethodGet {
		key, t = "scim/write", scimWrite
	}
	switch {
	case token != s.AdminToken:
		writeSCIMError(w, http.StatusUnauthorized, "invalid_authentication")
		return false
	case s.Plan != Business && s.Plan != Enterprise:
		writeSCIMError(w, http.StatusForbidden, "plan_not_supported")
		return false
	}
	if wait := s.take(key, t); wait > 0 {
		writeThrottled(w, wait)
		return false
	}
	return true
}

func (s *Simulator) serveSCIMList(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.scimAllowed(w, r) {
		return
	}
	if r.Method != http.MethodGet {
		writeSCIMError(w, http.StatusMethodNotAllowed, "method_not_allowed")
		return
	}
	found := []result{}
	filter := r.URL.Query().Get("filter")
	parts := scimFilter.FindStringSubmatch(filter)
	if filter != "" && parts == nil {
		writeSCIMError(w, http.StatusBadRequest, "invalid_filter")
		return
	}
	for _, u := range s.st.Users {
		if !u.Bot && (parts == nil || scimMatches(u, parts[1], parts[2])) {
			found = append(found, scimUser(u))
		}
	}
	writeJSON(w, http.StatusOK, result{"schemas": []string{scimListSchema}, "totalResults": len(found), "itemsPerPage": len(found),
		"startIndex": 1, "Resources": found})
}

func scimMatches(u *User, attribute, value string) bool {
	if strings.EqualFold(attribute, "email") {
		return strings.EqualFold(u.Email, value)
	}
	return strings.EqualFold(u.Name, value)
}

func (s *Simulator) serveSCIMUser(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.scimAllowed(w, r) {
		return
	}
	u := s.st.user(r.PathValue("id"))
	if u == nil || u.Bot {
		writeSCIMError(w, http.StatusNotFound, "user_not_found")
		return
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodDelete:
		s.scimSetActive(w, u, false)
		return
	case http.MethodPatch:
		active, ok := readPatch(r.Body)
		if !ok {
			writeSCIMError(w, http.StatusBadRequest, "invalid_patch")
			return
		}
		s.scimSetActive(w, u, active)
		return
	default:
		writeSCIMError(w, http.StatusMethodNotAllowed, "method_not_allowed")
		return
	}
	writeJSON(w, http.StatusOK, scimUser(u))
}

// scimSetActive never deletes: Slack keeps deactivated people.
func (s *Simulator) scimSetActive(w http.ResponseWriter, u *User, active bool) {
	if u.Owner && !active {
		writeSCIMError(w, http.StatusForbidden, "cannot_modify_primary_owner")
		return
	}
	if active {
		u.Deleted = false
	} else {
		s.deactivate(u)
	}
	if err := s.commit(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, scimUser(u))
}

// readPatch reads a PatchOp that replaces active (RFC 7644 section 3.5.2.3).
func readPatch(body io.Reader) (active, ok bool) {
	var patch struct {
		Schemas    []string `json:"schemas"`
		Operations []struct {
			Op    string          `json:"op"`
			Path  string          `json:"path"`
			Value json.RawMessage `json:"value"`
		} `json:"Operations"`
	}
	if json.NewDecoder(io.LimitReader(body, maxRequest)).Decode(&patch) != nil || len(patch.Operations) != 1 ||
		len(patch.Schemas) != 1 || patch.Schemas[0] != scimPatchSchema {
		return false, false
	}
	op := patch.Operations[0]
	if !strings.EqualFold(op.Op, "replace") || op.Path != "active" || json.Unmarshal(op.Value, &active) != nil {
		return false, false
	}
	return active, true
}

func scimUser(u *User) result {
	return result{"schemas": []string{scimUserSchema}, "id": u.ID, "userName": u.Name, "displayName": u.RealName, "active": !u.Deleted,
		"emails": []result{{"value": u.Email, "primary": true}}}
}

func writeSCIMError(w http.ResponseWriter, status int, detail string) {
	writeJSON(w, status, result{"schemas": []string{scimErrorSchema}, "detail": detail, "status": status})
}
