package googlesim

import "time"

// state is everything the organisation remembers; it is saved before an answer that changed something.
type state struct {
	Key       string           `json:"key"` // PEM, PKCS #8
	KeyID     string           `json:"keyId"`
	Audiences []string         `json:"audiences"` // token endpoints named in key files
	Seeded    bool             `json:"seeded,omitempty"`
	Scopes    []string         `json:"scopes,omitempty"` // authorised for the client; nil means every one
	Grants    map[string]grant `json:"grants"`           // by access token
	NextID    int64            `json:"nextId"`

	Users       map[string]*User   `json:"users"`            // by id
	Coming      []provision        `json:"coming,omitempty"` // accounts that another system is about to make
	Groups      map[string]*Group  `json:"groups"`           // by id
	OrgUnits    map[string]OrgUnit `json:"orgUnits"`
	Assignments []RoleAssignment   `json:"assignments,omitempty"`
	Devices     []MobileDevice     `json:"devices,omitempty"`
	Transfers   []*Transfer        `json:"transfers,omitempty"`
	FailApps    map[string]bool    `json:"failApps,omitempty"` // application ids whose transfers fail
	NoApps      map[string]bool    `json:"noApps,omitempty"`   // application ids that are not installed
}

// grant is one access token. Its times are those of the wall clock, because its client cannot be moved.
type grant struct {
	Subject string    `json:"subject"` // user id; empty when the service account acts as itself
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires"`
}

// User is one account with everything that hangs on it. Seeds fill in what they need: an empty ID, OrgUnitPath or
// creation time gets the vendor's default.
type User struct {
	ID             string `json:"id"`
	PrimaryEmail   string `json:"primaryEmail"`
	GivenName      string `json:"givenName"`
	FamilyName     string `json:"familyName"`
	OrgUnitPath    string `json:"orgUnitPath"`
	EmployeeNumber string `json:"employeeNumber,omitempty"`
	// Title, Department and CostCenter are those of the primary entry of organizations.
	Title      string `json:"title,omitempty"`
	Department string `json:"department,omitempty"`
	CostCenter string `json:"costCenter,omitempty"`
	Manager    string `json:"manager,omitempty"` // address
	// Extra are the entries of the lists that the fields above do not hold: a relation that is no manager, an external id
	// that is no employee number, a second organization, and what else an administrator wrote into the primary one.
	Extra Extra `json:"extra,omitzero"`
	// Password is taken from a seed and kept as a digest only.
	Password string `json:"-"`

	Suspended         bool      `json:"suspended,omitempty"`
	SuspensionReason  string    `json:"suspensionReason,omitempty"` // ADMIN, ABUSE
	Archived          bool      `json:"archived,omitempty"`
	ChangePassword    bool      `json:"changePassword,omitempty"` // changePasswordAtNextLogin
	Hidden            bool      `json:"hidden,omitempty"`         // not in the global address list
	RecoveryEmail     string    `json:"recoveryEmail,omitempty"`
	RecoveryPhone     string    `json:"recoveryPhone,omitempty"`
	IsAdmin           bool      `json:"isAdmin,omitempty"`
	Aliases           []string  `json:"aliases,omitempty"`
	TwoStep           bool      `json:"twoStep,omitempty"`
	TwoStepEnforced   bool      `json:"twoStepEnforced,omitempty"`
	NoMailbox         bool      `json:"noMailbox,omitempty"`
	ReadyAt           time.Time `json:"readyAt,omitzero"` // until then 412
	Visible           time.Time `json:"visible,omitzero"` // until then 404, though the address is taken
	Created           time.Time `json:"created"`
	Deleted           time.Time `json:"deleted,omitzero"`
	LastLogin         time.Time `json:"lastLogin,omitzero"`
	PasswordDigest    string    `json:"passwordDigest,omitempty"`
	PasswordChangedAt time.Time `json:"passwordChangedAt,omitzero"`
	PasswordChanges   int       `json:"passwordChanges,omitempty"`

	Sessions    []Session `json:"sessions,omitempty"`
	SignOuts    int       `json:"signOuts,omitempty"` // how often the account was signed out
	Tokens      []Token   `json:"tokens,omitempty"`
	ASPs        []ASP     `json:"asps,omitempty"`
	BackupCodes []string  `json:"backupCodes,omitempty"`
	Mail        Mailbox   `json:"mail"`
	Files       []File    `json:"files,omitempty"`
}

// Extra are entries of an account's lists, as they are on the wire. Primary are further fields of the primary
// organization.
type Extra struct {
	Organizations []map[string]any `json:"organizations,omitempty"`
	Primary       map[string]any   `json:"primary,omitempty"`
	Relations     []map[string]any `json:"relations,omitempty"`
	ExternalIDs   []map[string]any `json:"externalIds,omitempty"`
}

// Session is one place where the person is signed in.
type Session struct {
	ID     string    `json:"id"`
	Device string    `json:"device"`
	Since  time.Time `json:"since"`
}

// Token is one application the person let in.
type Token struct {
	ClientID    string   `json:"clientId"`
	DisplayText string   `json:"displayText"`
	Scopes      []string `json:"scopes"`
}

// ASP is an application-specific password.
type ASP struct {
	CodeID  int       `json:"codeId"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

// Mailbox is a person's Gmail settings.
type Mailbox struct {
	Delegates           []Delegate          `json:"delegates,omitempty"`
	Forwarding          Forwarding          `json:"forwarding"`
	ForwardingAddresses []ForwardingAddress `json:"forwardingAddresses,omitempty"`
	Filters             []Filter            `json:"filters,omitempty"`
	Vacation            Vacation            `json:"vacation"`
}

// Delegate is somebody let into a mailbox.
type Delegate struct {
	Email   string    `json:"email"`
	Status  string    `json:"status"` // accepted, pending
	Visible time.Time `json:"visible,omitzero"`
}

// Forwarding is auto-forwarding of the whole mailbox.
type Forwarding struct {
	Enabled     bool   `json:"enabled,omitempty"`
	Email       string `json:"email,omitempty"`
	Disposition string `json:"disposition,omitempty"`
}

// ForwardingAddress is an address that mail may be forwarded to.
type ForwardingAddress struct {
	Email  string `json:"email"`
	Status string `json:"status"`
}

// Filter is one mail filter; Forward is empty when it forwards nothing.
type Filter struct {
	ID      string   `json:"id"`
	From    string   `json:"from,omitempty"`
	Query   string   `json:"query,omitempty"`
	Forward string   `json:"forward,omitempty"`
	Add     []string `json:"add,omitempty"`
	Remove  []string `json:"remove,omitempty"`
}

// Vacation is the automatic reply.
type Vacation struct {
	Enabled    bool   `json:"enableAutoReply"`
	Subject    string `json:"responseSubject,omitempty"`
	Text       string `json:"responseBodyPlainText,omitempty"`
	HTML       string `json:"responseBodyHtml,omitempty"`
	Contacts   bool   `json:"restrictToContacts"`
	DomainOnly bool   `json:"restrictToDomain"`
	Start      int64  `json:"startTime,omitempty,string"`
	End        int64  `json:"endTime,omitempty,string"`
}

// File is one file in My Drive.
type File struct {
	Name   string `json:"name"`
	Shared bool   `json:"shared,omitempty"`
	From   string `json:"from,omitempty"` // whose it was before a transfer
}

// Group is one group with its direct members.
type Group struct {
	ID      string   `json:"id"`
	Email   string   `json:"email"`
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
	Dynamic bool     `json:"dynamic,omitempty"` // membership by query: changes by hand are refused
	Members []Member `json:"members,omitempty"`
}

// Member is one direct membership.
type Member struct {
	ID    string `json:"id"` // user or group id
	Email string `json:"email"`
	Role  string `json:"role"` // OWNER, MANAGER, MEMBER
	Type  string `json:"type"` // USER, GROUP
}

// OrgUnit is one organisational unit and which services are off in it and below it.
type OrgUnit struct {
	Path          string `json:"path"`
	GmailOff      bool   `json:"gmailOff,omitempty"`
	DelegationOff bool   `json:"delegationOff,omitempty"`
}

// RoleAssignment is a delegated admin role given to a user or a group.
type RoleAssignment struct {
	ID         string `json:"id"`
	RoleID     string `json:"roleId"`
	AssignedTo string `json:"assignedTo"` // user or group id
	Type       string `json:"type"`       // user, group
}

// MobileDevice is one phone or tablet with the person's work account.
type MobileDevice struct {
	ResourceID string   `json:"resourceId"`
	DeviceID   string   `json:"deviceId"`
	Email      []string `json:"email"`
	Status     string   `json:"status"` // APPROVED, WIPING, ACCOUNT_WIPE, ...
	Type       string   `json:"type"`
	Model      string   `json:"model"`
	Serial     string   `json:"serialNumber"`
}

// Transfer is one data transfer job.
type Transfer struct {
	ID        string        `json:"id"`
	From      string        `json:"from"` // user ids
	To        string        `json:"to"`
	Requested time.Time     `json:"requested"`
	Status    string        `json:"status"` // new, inProgress, completed, failed
	Apps      []TransferApp `json:"apps"`
	Settled   bool          `json:"settled,omitempty"`
}

// TransferApp is one application's part of a job.
type TransferApp struct {
	ID     string              `json:"id"`
	Params map[string][]string `json:"params,omitempty"`
	Status string              `json:"status"`
}
