package oktasim

import (
	"encoding/json"
	"slices"
	"time"
)

// The states of a user.
const (
	Staged          = "STAGED"
	Provisioned     = "PROVISIONED"
	Active          = "ACTIVE"
	Recovery        = "RECOVERY"
	PasswordExpired = "PASSWORD_EXPIRED"
	LockedOut       = "LOCKED_OUT"
	Suspended       = "SUSPENDED"
	Deprovisioned   = "DEPROVISIONED"
)

// The types of a group.
const (
	OktaGroup = "OKTA_GROUP"
	AppGroup  = "APP_GROUP"
	BuiltIn   = "BUILT_IN"
)

// How a membership came about, beside the id of the rule that made it.
const (
	ByHand = "direct"
	ByApp  = "app"
)

// User is one account. Seeds may leave everything but Profile.Login empty: the status becomes ACTIVE, the mail
// address the login.
type User struct {
	ID            string    `json:"id"`
	Status        string    `json:"status"`
	Transitioning string    `json:"transitioning,omitempty"` // where an unfinished lifecycle call leads
	SettlesAt     time.Time `json:"settlesAt,omitzero"`      // when it arrives there

	Created         time.Time `json:"created"`
	Activated       time.Time `json:"activated,omitzero"`
	StatusChanged   time.Time `json:"statusChanged,omitzero"`
	LastLogin       time.Time `json:"lastLogin,omitzero"`
	LastUpdated     time.Time `json:"lastUpdated"`
	PasswordChanged time.Time `json:"passwordChanged,omitzero"`
	NoPassword      bool      `json:"noPassword,omitempty"`
	// ActivationMails is how many mails with a link to a first password Okta has sent.
	ActivationMails int `json:"activationMails,omitempty"`

	Profile  Profile   `json:"profile"`
	Roles    []Role    `json:"roles,omitempty"`
	Factors  []Factor  `json:"factors,omitempty"`
	Sessions []Session `json:"sessions,omitempty"`
	Grants   []Grant   `json:"grants,omitempty"`
	Tokens   []Token   `json:"tokens,omitempty"`

	// Indexed is what search still shows until ChangedAt plus the search lag; nil means not there yet.
	Indexed   *indexed  `json:"indexed,omitempty"`
	ChangedAt time.Time `json:"changedAt,omitzero"`
}

type indexed struct {
	Status  string  `json:"status"`
	Profile Profile `json:"profile"`
}

// Profile holds the attributes of the default user schema that the stand-in knows by name; Extra holds any other.
type Profile struct {
	Login          string
	Email          string
	FirstName      string
	LastName       string
	EmployeeNumber string
	Department     string
	Title          string
	ManagerID      string
	Extra          map[string]any
}

func (p *Profile) named() map[string]*string {
	return map[string]*string{
		"login": &p.Login, "email": &p.Email, "firstName": &p.FirstName, "lastName": &p.LastName,
		"employeeNumber": &p.EmployeeNumber, "department": &p.Department, "title": &p.Title, "managerId": &p.ManagerID,
	}
}

// nullable are the attributes Okta shows as null when they are not set.
var nullable = []string{
	"secondEmail", "mobilePhone", "displayName", "title", "department", "division", "organization", "costCenter",
	"employeeNumber", "userType", "manager", "managerId", "city", "state", "countryCode", "zipCode", "streetAddress",
	"timezone", "locale",
}

// MarshalJSON writes the profile as Okta shows it: unset attributes of the default schema are null.
func (p Profile) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(nullable)+len(p.Extra)+4)
	for _, name := range nullable {
		out[name] = nil
	}
	for name, v := range p.Extra {
		out[name] = v
	}
	for name, v := range p.named() {
		if *v != "" {
			out[name] = *v
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON merges attributes into the profile: an attribute that is not named stays, null clears it.
func (p *Profile) UnmarshalJSON(b []byte) error {
	var in map[string]any
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	p.merge(in)
	return nil
}

func (p *Profile) merge(in map[string]any) {
	named := p.named()
	for name, v := range in {
		s, isText := v.(string)
		field, known := named[name]
		switch {
		case known && (isText || v == nil):
			*field = s
		case v == nil:
			delete(p.Extra, name)
		default:
			if p.Extra == nil {
				p.Extra = map[string]any{}
			}
			p.Extra[name] = v
		}
	}
}

// attribute is one attribute as text, "" when unset.
func (p *Profile) attribute(name string) string {
	if field, ok := p.named()[name]; ok {
		return *field
	}
	s, _ := p.Extra[name].(string)
	return s
}

// Role is an admin role. AssignmentType is USER for one given to the person, GROUP for one that a group carries.
type Role struct {
	ID             string `json:"id"`
	Type           string `json:"type"` // SUPER_ADMIN, USER_ADMIN, ...
	Label          string `json:"label"`
	AssignmentType string `json:"assignmentType"`
	Custom         string `json:"custom,omitempty"` // the custom role's id, with Type CUSTOM
}

// Factor is an enrolled factor.
type Factor struct {
	ID       string `json:"id"`
	Type     string `json:"type"`     // push, token:software:totp, webauthn, ...
	Provider string `json:"provider"` // OKTA, GOOGLE, FIDO
}

// Session is a live sign-in.
type Session struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Grant is a consent a person gave to an OAuth client.
type Grant struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
	Scope    string `json:"scope"`
}

// Token is a refresh token an OAuth client holds for a person.
type Token struct {
	ID       string `json:"id"`
	ClientID string `json:"clientId"`
}

// Group is a group with its members. Members maps a user id to how the membership came about: [ByHand], [ByApp] or
// the id of a rule.
type Group struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created"`
	// ChangedAt is when the API made or renamed the group, which search shows late; a seed is in the index already.
	ChangedAt time.Time         `json:"changedAt,omitzero"`
	Members   map[string]string `json:"members,omitempty"`
	Roles     []Role            `json:"roles,omitempty"` // admin roles that its members have
}

// Rule puts everybody whose attributes match into groups. Expression understands comparisons of the form
// user.department=="Sales" and user.userType!="Contractor", joined by && or AND.
type Rule struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Status     string    `json:"status"` // ACTIVE or INACTIVE
	Expression string    `json:"expression"`
	Groups     []string  `json:"groups"`
	Exclude    []string  `json:"exclude,omitempty"` // user ids the rule never adds again
	Created    time.Time `json:"created"`
}

// App is an application instance. Users are direct assignments; members of Groups are assigned through the group.
type App struct {
	ID       string                `json:"id"`
	Name     string                `json:"name"` // the catalogue key, for example "google"
	Label    string                `json:"label"`
	Status   string                `json:"status"`
	Features []string              `json:"features,omitempty"`
	Created  time.Time             `json:"created"`
	Users    map[string]Assignment `json:"users,omitempty"`
	Groups   []string              `json:"groups,omitempty"`
}

// Assignment is one direct assignment of an application.
type Assignment struct {
	Created time.Time      `json:"created"`
	Profile map[string]any `json:"profile,omitempty"`
}

// Device is a registered device and the people linked to it.
type Device struct {
	ID       string    `json:"id"`
	Status   string    `json:"status"` // ACTIVE, SUSPENDED, DEACTIVATED
	Name     string    `json:"name"`
	Serial   string    `json:"serial,omitempty"`
	Platform string    `json:"platform"` // MACOS, WINDOWS, IOS, ANDROID
	Users    []string  `json:"users,omitempty"`
	Created  time.Time `json:"created"`
}

// state is everything that survives a crash.
type state struct {
	Next     int                    `json:"next"`
	Users    map[string]*User       `json:"users"`
	Groups   map[string]*Group      `json:"groups"`
	Rules    map[string]*Rule       `json:"rules"`
	Apps     map[string]*App        `json:"apps"`
	Devices  map[string]*Device     `json:"devices"`
	Log      []Event                `json:"log"`
	Hooks    map[string]*Hook       `json:"hooks"`
	Services map[string]*ServiceApp `json:"services"`
	Access   map[string]*access     `json:"access"` // issued access tokens
	Everyone string                 `json:"everyone"`
	// Attributes are the custom ones of the user schema, and base ones that were changed.
	Attributes map[string]Attribute `json:"attributes,omitempty"`
}

func (u *User) clone() User {
	c := *u
	c.Roles, c.Factors = slices.Clone(u.Roles), slices.Clone(u.Factors)
	c.Sessions, c.Grants, c.Tokens = slices.Clone(u.Sessions), slices.Clone(u.Grants), slices.Clone(u.Tokens)
	c.Indexed = nil
	c.Profile.Extra = cloneMap(u.Profile.Extra)
	return c
}

func cloneMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return nil
	}
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
