package google

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

// find reads an account by id or address. A missing account is no error.
func (s *System) find(ctx context.Context, key string) (*directory.User, bool, error) {
	if key == "" {
		return nil, false, &activities.Problem{Type: activities.InvalidInput, Text: "neither account id nor address is known",
			Mend: "link the person to the Google account in the identity ledger"}
	}
	api, err := s.directory(ctx, accountsFamily)
	if err != nil {
		return nil, false, err
	}
	u, err := api.Users.Get(key).Context(ctx).Do()
	if isStatus(err, http.StatusNotFound) {
		return nil, false, nil
	}
	if err == nil && u.Id == "" {
		err = &activities.Problem{Type: activities.Unavailable, Text: "Google answered without an account"}
	}
	return u, err == nil, err
}

// check is a read-back of an account: one that is gone satisfies nothing.
func (s *System) check(ctx context.Context, id string, holds func(*directory.User) bool) func() (bool, error) {
	return func() (bool, error) {
		u, found, err := s.find(ctx, id)
		return err == nil && found && holds(u), err
	}
}

// update writes fields of an account. Only what is set, or named in ForceSendFields, is sent.
func (s *System) update(ctx context.Context, id string, change *directory.User) error {
	api, err := s.directory(ctx, accountsFamily)
	if err != nil {
		return err
	}
	_, err = api.Users.Update(id, change).Context(ctx).Do()
	return err
}

// identify finds the person's account. A known account id wins; an address that leads to an account with another
// employee number is somebody else's.
func (s *System) identify(ctx context.Context, in activities.Identity) (*directory.User, bool, error) {
	u, found, err := s.find(ctx, cmpOr(in.Account, in.Email))
	if err != nil || !found || in.Account != "" {
		return u, found, err
	}
	number := organizationID(u)
	if number != "" && in.EmployeeNumber != "" && number != in.EmployeeNumber {
		return nil, false, &activities.Problem{Type: activities.Ambiguous,
			Text: "the account at the person's address carries employee number " + number + ", not " + in.EmployeeNumber,
			Mend: "correct the employee id on the Google account, or link the right account in the identity ledger"}
	}
	return u, true, nil
}

// organizationID is the employee number that the account carries, if any.
func organizationID(u *directory.User) string {
	raw, err := json.Marshal(u.ExternalIds) // the SDK leaves this field untyped
	if err != nil {
		return ""
	}
	var ids []directory.UserExternalId
	if json.Unmarshal(raw, &ids) != nil {
		return ""
	}
	for _, id := range ids {
		if id.Type == "organization" {
			return id.Value
		}
	}
	return ""
}

// isAdmin says whether this is the administrator in whose name Tenure acts.
func (s *System) isAdmin(u *directory.User) bool {
	if strings.EqualFold(u.PrimaryEmail, s.config.Admin) {
		return true
	}
	for _, alias := range u.Aliases {
		if strings.EqualFold(alias, s.config.Admin) {
			return true
		}
	}
	return false
}

const (
	passwordLength  = 64
	passwordLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// randomPassword is a password nobody will ever know: it is sent once and kept nowhere.
func randomPassword() string {
	var b [passwordLength]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand panics instead
	for i := range b {
		b[i] = passwordLetters[int(b[i])%len(passwordLetters)]
	}
	return string(b[:])
}
