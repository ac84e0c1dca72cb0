package plan

import (
	"time"

	"tenure/internal/employee"
)

// Facts is what was read about the person before anything was changed. It is kept with the case so that a
// rescind can restore it. A system that could not be read is nil, which is not the same as an account that does
// not exist.
type Facts struct {
	Okta     *OktaFacts   `json:"okta,omitempty"`
	Google   *GoogleFacts `json:"google,omitempty"`
	Devices  *DeviceFacts `json:"devices,omitempty"`
	Managers []Heir       `json:"managers,omitempty"` // who may inherit, best first, already filtered
}

// Heir is somebody who may be lent a mailbox and handed files: an active employee of the company, not the leaver.
type Heir struct {
	Employee employee.ID `json:"employee"`
	Email    string      `json:"email"`
	Name     string      `json:"name"`
	Why      string      `json:"why"` // "manager", "manager's manager", "head of department", "custodian"
}

// OktaFacts is an Okta account as found.
type OktaFacts struct {
	Exists bool   `json:"exists"`
	UserID string `json:"userId,omitempty"`
	Login  string `json:"login,omitempty"`
	Status string `json:"status,omitempty"` // ACTIVE, SUSPENDED, DEPROVISIONED, ...

	Roles   []string     `json:"roles,omitempty"` // admin role types
	Groups  []OktaGroup  `json:"groups,omitempty"`
	Apps    []OktaApp    `json:"apps,omitempty"`
	Devices []OktaDevice `json:"devices,omitempty"`
	// CascadesToGoogle is set when the Google app in Okta has PUSH_USER_DEACTIVATION: deactivating the user would
	// suspend the Google account on day 0 and kill the mailbox delegation.
	CascadesToGoogle bool `json:"cascadesToGoogle,omitempty"`
}

// MayWait says whether the deactivation can wait until the mailbox is no longer lent: it would suspend the Google
// account, and the Okta account can be kept shut by suspending it meanwhile. An account in any other state
// (LOCKED_OUT, PASSWORD_EXPIRED, RECOVERY, PROVISIONED) cannot be suspended; leaving it open for the length of a
// lease would be worse than losing the mailbox, so it is deactivated at once.
func (f OktaFacts) MayWait() bool {
	return f.CascadesToGoogle && (f.Status == "ACTIVE" || f.Status == "SUSPENDED" || f.Status == "")
}

// OktaGroup is one membership. ByRule marks one that a group rule made: removing it by hand would put the person
// on the rule's exclusion list.
type OktaGroup struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"` // OKTA_GROUP, APP_GROUP, BUILT_IN
	ByRule bool   `json:"byRule,omitempty"`
}

// OktaApp is one application assignment. Scope is USER for a direct one, GROUP for one that comes from a group.
type OktaApp struct {
	ID    string `json:"id"`
	Name  string `json:"name"` // Okta's key for the app, for example "google"
	Label string `json:"label"`
	Scope string `json:"scope"`
}

// OktaDevice is one registered device and how many people share it.
type OktaDevice struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Serial string `json:"serial,omitempty"`
	Users  int    `json:"users"`
}

// GoogleFacts is a Google Workspace account as found.
type GoogleFacts struct {
	Exists        bool     `json:"exists"`
	UserID        string   `json:"userId,omitempty"` // numeric, immutable
	PrimaryEmail  string   `json:"primaryEmail,omitempty"`
	Suspended     bool     `json:"suspended,omitempty"`
	SuperAdmin    bool     `json:"superAdmin,omitempty"`
	OrgUnit       string   `json:"orgUnit,omitempty"`
	Hidden        bool     `json:"hidden,omitempty"` // not in the global address list
	Aliases       []string `json:"aliases,omitempty"`
	Delegates     []string `json:"delegates,omitempty"`  // whom the leaver had already let in
	Forwarding    string   `json:"forwarding,omitempty"` // auto-forward target, if on
	OwnedGroups   []string `json:"ownedGroups,omitempty"`
	RecoveryMail  string   `json:"recoveryMail,omitempty"`
	RecoveryPhone string   `json:"recoveryPhone,omitempty"`
	MailboxReady  bool     `json:"mailboxReady,omitempty"`
	// Unread names the parts that could not be read and are empty for that reason: "groups", "mailbox". The account
	// itself was read: containment does not wait for the rest.
	Unread []string `json:"unread,omitempty"`
}

// DeviceFacts is every managed device assigned to the person.
type DeviceFacts struct {
	Devices []Device `json:"devices"`
}

// Device is one managed device.
type Device struct {
	ID           string     `json:"id"` // Jamf inventory id
	ManagementID string     `json:"managementId"`
	Serial       string     `json:"serial"`
	Name         string     `json:"name,omitempty"`
	Model        string     `json:"model,omitempty"`
	AssetTag     string     `json:"assetTag,omitempty"`
	Kind         DeviceKind `json:"kind"`
	Managed      bool       `json:"managed"`
	AppleSilicon bool       `json:"appleSilicon,omitempty"`
	OSVersion    string     `json:"osVersion,omitempty"`
	LastContact  time.Time  `json:"lastContact,omitzero"`
	LastEnrolled time.Time  `json:"lastEnrolled,omitzero"`
}

// DeviceKind tells computers, which can be locked with a PIN, from phones and tablets.
type DeviceKind string

// The kinds of device.
const (
	Computer DeviceKind = "computer"
	Mobile   DeviceKind = "mobile"
)
