package googlesim

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const scopePrefix = "https://www.googleapis.com/auth/"

// The scopes that open each family of calls; any one is enough. They are those of the discovery documents.
var (
	userRead      = []string{"admin.directory.user", "admin.directory.user.readonly"}
	userWrite     = []string{"admin.directory.user"}
	security      = []string{"admin.directory.user.security"}
	groupRead     = []string{"admin.directory.group", "admin.directory.group.readonly"}
	memberRead    = []string{"admin.directory.group", "admin.directory.group.member", "admin.directory.group.member.readonly", "admin.directory.group.readonly"}
	memberWrite   = []string{"admin.directory.group", "admin.directory.group.member"}
	roleRead      = []string{"admin.directory.rolemanagement", "admin.directory.rolemanagement.readonly"}
	roleWrite     = []string{"admin.directory.rolemanagement"}
	unitRead      = []string{"admin.directory.orgunit", "admin.directory.orgunit.readonly"}
	mobile        = []string{"admin.directory.device.mobile", "admin.directory.device.mobile.action"}
	transferRead  = []string{"admin.datatransfer", "admin.datatransfer.readonly"}
	transferWrite = []string{"admin.datatransfer"}
	mailRead      = []string{"gmail.settings.basic", "gmail.readonly", "gmail.modify"}
	mailBasic     = []string{"gmail.settings.basic"}
	mailSharing   = []string{"gmail.settings.sharing"}
)

// call is one request that was let in.
type call struct {
	r       *http.Request
	subject *User // whom the token acts as; nil when the service account acts as itself
	box     *User // for Gmail: the mailbox
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

// body decodes the request into v and says whether it was JSON.
func (c *call) body(v any) bool {
	b, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, 1<<20))
	if err != nil {
		return false
	}
	return json.Unmarshal(b, v) == nil
}

type endpoint func(*Simulator, *call) answer

type route struct {
	pattern string
	scopes  []string
	do      endpoint
	cost    int // Gmail quota units; 0 means 1
}

func directoryRoutes() []route {
	const d, u = "/admin/directory/v1", "/admin/directory/v1/users/{userKey}"
	return []route{
		{"GET " + d + "/users", userRead, (*Simulator).listUsers, 0},
		{"POST " + d + "/users", userWrite, (*Simulator).insertUser, 0},
		{"GET " + u, userRead, (*Simulator).getUser, 0},
		{"PUT " + u, userWrite, (*Simulator).updateUser, 0},
		{"PATCH " + u, userWrite, (*Simulator).updateUser, 0},
		{"DELETE " + u, userWrite, (*Simulator).deleteUser, 0},
		{"POST " + u + "/makeAdmin", userWrite, (*Simulator).makeAdmin, 0},
		{"POST " + u + "/signOut", security, (*Simulator).signOut, 0},
		{"GET " + u + "/aliases", userRead, (*Simulator).listAliases, 0},
		{"DELETE " + u + "/aliases/{alias}", userWrite, (*Simulator).deleteAlias, 0},
		{"GET " + u + "/tokens", security, (*Simulator).listTokens, 0},
		{"DELETE " + u + "/tokens/{clientId}", security, (*Simulator).deleteToken, 0},
		{"GET " + u + "/asps", security, (*Simulator).listASPs, 0},
		{"DELETE " + u + "/asps/{codeId}", security, (*Simulator).deleteASP, 0},
		{"GET " + u + "/verificationCodes", security, (*Simulator).listCodes, 0},
		{"POST " + u + "/verificationCodes/invalidate", security, (*Simulator).invalidateCodes, 0},
		{"POST " + u + "/twoStepVerification/turnOff", security, (*Simulator).turnOffTwoStep, 0},
		{"GET " + d + "/groups", groupRead, (*Simulator).listGroups, 0},
		{"GET " + d + "/groups/{groupKey}", groupRead, (*Simulator).getGroup, 0},
		{"GET " + d + "/groups/{groupKey}/members", memberRead, (*Simulator).listMembers, 0},
		{"POST " + d + "/groups/{groupKey}/members", memberWrite, (*Simulator).insertMember, 0},
		{"GET " + d + "/groups/{groupKey}/members/{memberKey}", memberRead, (*Simulator).getMember, 0},
		{"PUT " + d + "/groups/{groupKey}/members/{memberKey}", memberWrite, (*Simulator).updateMember, 0},
		{"DELETE " + d + "/groups/{groupKey}/members/{memberKey}", memberWrite, (*Simulator).deleteMember, 0},
		{"GET " + d + "/customer/{customer}/orgunits/{path...}", unitRead, (*Simulator).getOrgUnit, 0},
		{"GET " + d + "/customer/{customer}/orgunits", unitRead, (*Simulator).listOrgUnits, 0},
		{"GET " + d + "/customer/{customer}/roleassignments", roleRead, (*Simulator).listAssignments, 0},
		{"DELETE " + d + "/customer/{customer}/roleassignments/{id}", roleWrite, (*Simulator).deleteAssignment, 0},
		{"GET " + d + "/customer/{customer}/devices/mobile", mobile, (*Simulator).listMobile, 0},
		{"POST " + d + "/customer/{customer}/devices/mobile/{resourceId}/action", mobile, (*Simulator).actOnMobile, 0},
		{"GET /admin/datatransfer/v1/applications", transferRead, (*Simulator).listApplications, 0},
		{"GET /admin/datatransfer/v1/transfers", transferRead, (*Simulator).listTransfers, 0},
		{"GET /admin/datatransfer/v1/transfers/{id}", transferRead, (*Simulator).getTransfer, 0},
		{"POST /admin/datatransfer/v1/transfers", transferWrite, (*Simulator).insertTransfer, 0},
	}
}

func gmailRoutes() []route {
	const g = "/gmail/v1/users/{userId}/settings"
	return []route{
		{"GET " + g + "/delegates", mailRead, (*Simulator).listDelegates, 1},
		{"POST " + g + "/delegates", mailSharing, (*Simulator).createDelegate, 100},
		{"GET " + g + "/delegates/{email}", mailRead, (*Simulator).getDelegate, 1},
		{"DELETE " + g + "/delegates/{email}", mailSharing, (*Simulator).deleteDelegate, 5},
		{"GET " + g + "/autoForwarding", mailRead, (*Simulator).getForwarding, 1},
		{"PUT " + g + "/autoForwarding", mailSharing, (*Simulator).updateForwarding, 5},
		{"GET " + g + "/forwardingAddresses", mailRead, (*Simulator).listForwardingAddresses, 1},
		{"POST " + g + "/forwardingAddresses", mailSharing, (*Simulator).createForwardingAddress, 100},
		{"GET " + g + "/filters", mailRead, (*Simulator).listFilters, 1},
		{"DELETE " + g + "/filters/{id}", mailBasic, (*Simulator).deleteFilter, 5},
		{"GET " + g + "/vacation", mailRead, (*Simulator).getVacation, 1},
		{"PUT " + g + "/vacation", mailBasic, (*Simulator).updateVacation, 5},
	}
}

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /token", s.serve(func(c *call) answer { return s.token(c) }))
	for _, rt := range directoryRoutes() {
		mux.Handle(rt.pattern, s.serve(func(c *call) answer { return s.asAdmin(rt, c) }))
	}
	for _, rt := range gmailRoutes() {
		mux.Handle(rt.pattern, s.serve(func(c *call) answer { return s.asOwner(rt, c) }))
	}
	mux.Handle("/", s.serve(func(*call) answer {
		return refuse(http.StatusNotFound, "notFound", "The requested URL was not found on this server.")
	}))
	return mux
}

// serve runs one endpoint on the locked state and commits before it answers.
func (s *Simulator) serve(do func(*call) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := s.commit(&call{r: r}, do)
		a.send(w)
	})
}

func (s *Simulator) commit(c *call, do func(*call) answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	a := do(c)
	if a.changed {
		if err := s.save(); err != nil {
			return refuse(http.StatusInternalServerError, "backendError", err.Error())
		}
	}
	return a
}

// admit finds whom the bearer token acts as and whether its scopes open the route.
func (s *Simulator) admit(rt route, c *call) *answer {
	bearer, found := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	g, known := s.state.Grants[bearer]
	if !found || !known || time.Now().After(g.Expires) {
		a := refuse(http.StatusUnauthorized, "authError", "Request had invalid authentication credentials.")
		return &a
	}
	if !slices.ContainsFunc(rt.scopes, func(sc string) bool { return slices.Contains(g.Scopes, scopePrefix+sc) }) {
		a := refuse(http.StatusForbidden, "insufficientPermissions", "Request had insufficient authentication scopes.")
		return &a
	}
	c.subject = s.state.Users[g.Subject]
	return nil
}

// asAdmin serves Directory and Data Transfer: the token must act as an active administrator.
func (s *Simulator) asAdmin(rt route, c *call) answer {
	if refused := s.admit(rt, c); refused != nil {
		return *refused
	}
	if c.subject == nil || c.subject.Suspended || !s.isAdmin(c.subject) {
		return refuse(http.StatusForbidden, "forbidden", "Not Authorized to access this resource/api")
	}
	if !s.spend("directory/"+c.subject.ID, 1, 2400) {
		return quotaExceeded("quotaExceeded")
	}
	return rt.do(s, c)
}

// asOwner serves Gmail: the token must act as the owner of the mailbox.
func (s *Simulator) asOwner(rt route, c *call) answer {
	if refused := s.admit(rt, c); refused != nil {
		return *refused
	}
	if c.subject == nil {
		return refuse(http.StatusBadRequest, "failedPrecondition", "Precondition check failed.")
	}
	if key := c.path("userId"); key != "me" && s.user(key) != c.subject {
		return refuse(http.StatusForbidden, "insufficientPermissions", "Delegation denied for "+c.subject.PrimaryEmail)
	}
	c.box = c.subject
	if refused := s.mailboxClosed(c.box); refused != nil {
		return *refused
	}
	if !s.spend("gmail/"+c.box.ID, max(rt.cost, 1), 15000) {
		return quotaExceeded("userRateLimitExceeded")
	}
	return rt.do(s, c)
}

// mailboxClosed says why Gmail serves nothing for this user, if it does not.
func (s *Simulator) mailboxClosed(u *User) *answer {
	var a answer
	switch {
	case u.Suspended && s.Suspended == RefuseForbidden:
		a = refuse(http.StatusForbidden, "insufficientPermissions", "Delegation denied for "+u.PrimaryEmail)
	case u.Suspended && s.Suspended == RefuseBackend:
		a = refuse(http.StatusInternalServerError, "backendError", "Internal error encountered.")
	case u.Suspended || u.NoMailbox || s.Now().Before(u.ReadyAt) || s.gmailOff(u.OrgUnitPath):
		a = refuse(http.StatusBadRequest, "failedPrecondition", "Mail service not enabled")
	default:
		return nil
	}
	return &a
}

// quota counts what one caller used in one minute.
type quota struct {
	minute int64
	units  int
}

func (s *Simulator) spend(who string, units, limit int) bool {
	if !s.RateLimits {
		return true
	}
	minute := s.Now().Unix() / 60
	q := s.used[who]
	if q.minute != minute {
		q = quota{minute: minute}
	}
	q.units += units
	s.used[who] = q
	return q.units <= limit
}

// page cuts one page out of items and gives the token of the next.
func page[T any](r *http.Request, items []T, def, most int) (part []T, next string) {
	size := def
	if n, err := strconv.Atoi(r.URL.Query().Get("maxResults")); err == nil && n > 0 {
		size = min(n, most)
	}
	from := 0
	if b, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("pageToken")); err == nil {
		from, _ = strconv.Atoi(string(b)) // a token that is not ours begins again, as the vendor's 400 is not documented
	}
	from = min(max(from, 0), len(items))
	to := min(from+size, len(items))
	if to < len(items) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return items[from:to], next
}

// listing is a list answer: the vendor leaves the field out altogether when there is nothing to list.
func listing[T any](field string, items []T, next string) answer {
	body := map[string]any{}
	if len(items) > 0 {
		body[field] = items
	}
	if next != "" {
		body["nextPageToken"] = next
	}
	return ok(body)
}
