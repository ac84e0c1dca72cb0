package googlesim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// wireUser is a user as the Directory API shows it.
type wireUser struct {
	Kind             string           `json:"kind"`
	ID               string           `json:"id"`
	Etag             string           `json:"etag"`
	PrimaryEmail     string           `json:"primaryEmail"`
	Name             wireName         `json:"name"`
	IsAdmin          bool             `json:"isAdmin"`
	IsDelegatedAdmin bool             `json:"isDelegatedAdmin"`
	LastLogin        string           `json:"lastLoginTime"`
	Created          string           `json:"creationTime"`
	Deleted          string           `json:"deletionTime,omitempty"`
	Suspended        bool             `json:"suspended"`
	SuspensionReason string           `json:"suspensionReason,omitempty"`
	Archived         bool             `json:"archived"`
	ChangePassword   bool             `json:"changePasswordAtNextLogin"`
	TwoStep          bool             `json:"isEnrolledIn2Sv"`
	TwoStepEnforced  bool             `json:"isEnforcedIn2Sv"`
	Listed           bool             `json:"includeInGlobalAddressList"`
	Mailbox          bool             `json:"isMailboxSetup"`
	OrgUnitPath      string           `json:"orgUnitPath"`
	RecoveryEmail    string           `json:"recoveryEmail,omitempty"`
	RecoveryPhone    string           `json:"recoveryPhone,omitempty"`
	CustomerID       string           `json:"customerId"`
	Aliases          []string         `json:"aliases,omitempty"`
	ExternalIDs      []map[string]any `json:"externalIds,omitempty"`
	Organizations    []map[string]any `json:"organizations,omitempty"`
	Relations        []map[string]any `json:"relations,omitempty"`
}

type wireName struct {
	Given  string `json:"givenName"`
	Family string `json:"familyName"`
	Full   string `json:"fullName"`
}

func stamp(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0) // the vendor's "never"
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func (s *Simulator) show(u *User) wireUser {
	w := wireUser{
		Kind: "admin#directory#user", ID: u.ID, Etag: etag(u), PrimaryEmail: u.PrimaryEmail,
		Name:    wireName{u.GivenName, u.FamilyName, strings.TrimSpace(u.GivenName + " " + u.FamilyName)},
		IsAdmin: u.IsAdmin, IsDelegatedAdmin: s.hasRole(u.ID), LastLogin: stamp(u.LastLogin), Created: stamp(u.Created),
		Suspended: u.Suspended, SuspensionReason: u.SuspensionReason, Archived: u.Archived, ChangePassword: u.ChangePassword,
		TwoStep: u.TwoStep, TwoStepEnforced: u.TwoStepEnforced, Listed: !u.Hidden,
		Mailbox:     !u.NoMailbox && !s.Now().Before(u.ReadyAt),
		OrgUnitPath: u.OrgUnitPath, RecoveryEmail: u.RecoveryEmail, RecoveryPhone: u.RecoveryPhone,
		CustomerID: CustomerID, Aliases: u.Aliases,
	}
	if !u.Deleted.IsZero() {
		w.Deleted = stamp(u.Deleted)
	}
	w.ExternalIDs, w.Organizations, w.Relations = u.externalIDs(), u.organizations(), u.relations()
	return w
}

func etag(u *User) string {
	b, err := json.Marshal(u)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func digest(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// user finds an account that is not deleted by id, primary address or alias.
func (s *Simulator) user(key string) *User {
	if u := s.state.Users[key]; u != nil && u.Deleted.IsZero() {
		return u
	}
	for _, u := range s.state.Users {
		if u.Deleted.IsZero() && (strings.EqualFold(u.PrimaryEmail, key) || containsFold(u.Aliases, key)) {
			return u
		}
	}
	return nil
}

func (s *Simulator) deleted(email string) bool {
	for _, u := range s.state.Users {
		if !u.Deleted.IsZero() && strings.EqualFold(u.PrimaryEmail, email) {
			return true
		}
	}
	return false
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

// ours says whether an address is in one of the organisation's domains.
func (s *Simulator) ours(email string) bool {
	_, domain, found := strings.Cut(email, "@")
	return !found || strings.EqualFold(domain, s.Domain)
}

// target finds the user of a call, or the vendor's refusal.
func (s *Simulator) target(c *call) (*User, *answer) {
	key := c.path("userKey")
	u := s.user(key)
	var a answer
	switch {
	case u != nil && s.Now().Before(u.Visible):
		a = notFound("userKey")
	case u == nil && !s.ours(key):
		a = refuse(http.StatusForbidden, "forbidden", "Not Authorized to access this resource/api")
	case u == nil:
		a = notFound("userKey")
	case s.Now().Before(u.ReadyAt) && c.r.Method != http.MethodGet:
		a = refuse(http.StatusPreconditionFailed, "conditionNotMet", "User creation is not complete.")
	default:
		return u, nil
	}
	return nil, &a
}

func (s *Simulator) getUser(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	return ok(s.show(u))
}

func (s *Simulator) listUsers(c *call) answer {
	q := c.r.URL.Query()
	if q.Get("customer") == "" && q.Get("domain") == "" {
		return refuse(http.StatusBadRequest, "badRequest", "Bad Request")
	}
	var found []wireUser
	for _, u := range s.sortedUsers() {
		if !s.listed(u, q.Get("showDeleted") == "true") || !matches(u, q.Get("query")) {
			continue
		}
		found = append(found, s.show(u))
	}
	part, next := page(c.r, found, 100, 500)
	return listing("users", part, next)
}

// undeletable is how long a deleted account can be brought back.
const undeletable = 20 * 24 * time.Hour

// listed says whether the list shows an account: the deleted ones are a list of their own, for as long as they can be
// brought back.
func (s *Simulator) listed(u *User, deleted bool) bool {
	if deleted {
		return s.kept(u)
	}
	return u.Deleted.IsZero() && !s.Now().Before(u.Visible)
}

// kept says whether a deleted account can still be brought back.
func (s *Simulator) kept(u *User) bool {
	return !u.Deleted.IsZero() && s.Now().Sub(u.Deleted) < undeletable
}

// taken says whether an address is somebody's or a group's.
func (s *Simulator) taken(email string) bool {
	if s.user(email) != nil || s.group(email) != nil {
		return true
	}
	for _, u := range s.state.Users {
		if strings.EqualFold(u.PrimaryEmail, email) && s.kept(u) && !s.DeletedFreesAddress {
			return true
		}
	}
	return false
}

// matches knows the query terms email, orgUnitPath, isAdmin, isSuspended and externalId, joined by spaces.
func matches(u *User, query string) bool {
	for _, term := range strings.Fields(query) {
		field, value, found := strings.Cut(strings.Replace(term, ":", "=", 1), "=")
		value = strings.Trim(value, `'"`)
		var hit bool
		switch field {
		case "email":
			hit = strings.EqualFold(u.PrimaryEmail, value) || containsFold(u.Aliases, value)
		case "orgUnitPath":
			hit = strings.EqualFold(u.OrgUnitPath, value)
		case "isAdmin":
			hit = u.IsAdmin == (value == "true")
		case "isSuspended":
			hit = u.Suspended == (value == "true")
		case "externalId":
			hit = u.EmployeeNumber == value
		default:
			hit = !found && strings.HasPrefix(strings.ToLower(u.PrimaryEmail), strings.ToLower(term))
		}
		if !hit {
			return false
		}
	}
	return true
}

func (s *Simulator) insertUser(c *call) answer {
	var fields map[string]json.RawMessage
	if !c.body(&fields) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	email := text(fields["primaryEmail"])
	var name wireName
	_ = json.Unmarshal(fields["name"], &name) // a missing name is refused below
	switch {
	case !strings.Contains(email, "@") || name.Given == "" || name.Family == "" || fields["password"] == nil:
		return invalid("Invalid Input: primary_user_email")
	case !s.ours(email):
		return refuse(http.StatusBadRequest, "invalid", "Domain not found.")
	case s.taken(email):
		return refuse(http.StatusConflict, "duplicate", "Entity already exists.")
	}
	delete(fields, "primaryEmail")
	u := User{PrimaryEmail: email}
	if refused := s.apply(&u, fields); refused != nil {
		return *refused
	}
	if s.CreationTime > 0 {
		u.ReadyAt = s.Now().Add(s.CreationTime)
	}
	if s.VisibleLag > 0 {
		u.Visible = s.Now().Add(s.VisibleLag)
	}
	return changed(s.show(s.addUser(u)))
}

func (s *Simulator) updateUser(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	var fields map[string]json.RawMessage
	if !c.body(&fields) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	after := *u
	if refused := s.apply(&after, fields); refused != nil {
		return *refused
	}
	*u = after
	return changed(s.show(u))
}

func (s *Simulator) deleteUser(c *call) answer {
	u, refused := s.target(c)
	if refused != nil {
		return *refused
	}
	u.Deleted = s.Now()
	u.Sessions, u.Tokens = nil, nil
	return emptied()
}
