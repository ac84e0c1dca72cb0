package google

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/vendorhttp"
)

// DefaultSettle is how long a read-back waits for a change to show: the vendor says one minute at most for a
// delegate, mostly seconds. What has not shown by then is unverified, and the step can be tried again.
const DefaultSettle = 16 * time.Second

const (
	googleAdminAPI = "https://admin.googleapis.com"
	googleMailAPI  = "https://gmail.googleapis.com"
	myCustomer     = "my_customer"
	scopePrefix    = "https://www.googleapis.com/auth/"
)

// Config is how Tenure reaches Google Workspace.
type Config struct {
	// KeyJSON is the service account's key file. Its token_uri is where access tokens are asked for.
	KeyJSON []byte
	// Admin is the address of the administrator in whose name accounts, groups, roles and transfers are handled.
	// It must be an active account with the rights to do so; its own offboarding is refused.
	Admin string
	// BaseURL serves the Directory and Data Transfer APIs; empty means Google.
	BaseURL string
	// GmailURL serves the Gmail API; empty means BaseURL if that is set, else Google.
	GmailURL string
	// Customer is the customer id; empty means "my_customer", the administrator's own.
	Customer string
	// Gate is asked before anything that gives access, and once more after it; nil refuses nothing.
	Gate activities.Gate
	// Owner says whose an account is in the identity ledger, by the id under which that person's cases run; "" for nobody's.
	// It is asked about an account that was found by its address; nil knows of nobody.
	Owner func(ctx context.Context, account string) (employee.ID, error)
	// Settle is how long a read-back waits for a change to show, in whole; zero means [DefaultSettle].
	Settle time.Duration
	// Now is the clock of Executed and Verified; nil means time.Now.
	Now func() time.Time
}

// checked returns the configuration with its defaults, or an error that names the setting, its shape and the mend.
// It never quotes the key.
func (c Config) checked() (Config, error) {
	if err := checkKey(c.KeyJSON); err != nil {
		return c, err
	}
	if !strings.Contains(c.Admin, "@") {
		return c, fmt.Errorf("google.admin: %q is not a mail address: write the address of the administrator to act as, for example workspace-admin@example.com", c.Admin)
	}
	if c.BaseURL == "" {
		c.BaseURL = googleAdminAPI
		c.GmailURL = cmpOr(c.GmailURL, googleMailAPI)
	}
	c.GmailURL = cmpOr(c.GmailURL, c.BaseURL)
	var err, mailErr error
	c.BaseURL, err = vendorhttp.ParseBase("google.base_url", c.BaseURL)
	c.GmailURL, mailErr = vendorhttp.ParseBase("google.gmail_url", c.GmailURL)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Settle == 0 {
		c.Settle = DefaultSettle
	}
	c.Customer = cmpOr(c.Customer, myCustomer)
	return c, errors.Join(err, mailErr)
}

func cmpOr(v, def string) string {
	if v == "" {
		return def
	}
	return v
}

func checkKey(raw []byte) error {
	const mend = "take the JSON key file of the service account as Google's console downloads it"
	var key struct {
		Type     string `json:"type"`
		Email    string `json:"client_email"`
		Private  string `json:"private_key"`
		TokenURI string `json:"token_uri"`
	}
	if err := json.Unmarshal(raw, &key); err != nil {
		return errors.New("google.key: it is not JSON: " + mend) // the cause could quote the key
	}
	if key.Type != "service_account" {
		return fmt.Errorf("google.key: its type is %q and not service_account: %s", key.Type, mend)
	}
	for name, value := range map[string]string{"client_email": key.Email, "private_key": key.Private} {
		if value == "" {
			return fmt.Errorf("google.key: %s is missing: %s", name, mend)
		}
	}
	if _, err := vendorhttp.ParseBase("google.key: token_uri", key.TokenURI); err != nil {
		return err
	}
	return nil
}

// family is a set of scopes that are asked for together. One scope that is not authorised fails a whole token
// request, so that each purpose asks for its own and a missing one stops that purpose alone.
type family string

const (
	accountsFamily  family = "accounts"
	groupsFamily    family = "groups"
	rolesFamily     family = "roles"
	transfersFamily family = "transfers"
	mailFamily      family = "mail settings"
	sharingFamily   family = "mail sharing"
	unitsFamily     family = "organisational units"
)

var scopesOf = map[family][]string{
	accountsFamily:  {"admin.directory.user", "admin.directory.user.security"},
	groupsFamily:    {"admin.directory.group.readonly", "admin.directory.group.member"},
	rolesFamily:     {"admin.directory.rolemanagement"},
	transfersFamily: {"admin.datatransfer"},
	mailFamily:      {"gmail.settings.basic"},
	sharingFamily:   {"gmail.settings.sharing"},
	unitsFamily:     {"admin.directory.orgunit.readonly"}, // without it Google itself says that a unit is not there
}

func (f family) scopes() []string {
	var out []string
	for _, s := range scopesOf[f] {
		out = append(out, scopePrefix+s)
	}
	return out
}

// Scopes lists every OAuth scope that must be authorised for the service account's numeric client id in the admin
// console, sorted.
func Scopes() []string {
	var out []string
	for f := range scopesOf {
		out = append(out, f.scopes()...)
	}
	slices.Sort(out)
	return out
}
