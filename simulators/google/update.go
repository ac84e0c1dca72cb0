package googlesim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// apply changes only the fields that are in the body, as PUT does here too: a field that a client left out
// because it was zero changes nothing, and the vendor still answers 200.
func (s *Simulator) apply(u *User, fields map[string]json.RawMessage) *answer {
	if fields["primaryEmail"] != nil && fields["suspended"] != nil {
		return refusedBecause(invalid("Invalid Input"))
	}
	for _, step := range []func(*User, map[string]json.RawMessage) *answer{
		s.applyUnit, s.applyAddress, s.applyPassword, s.applyRecovery, s.applySuspension, s.applyName, s.applyLists,
	} {
		if refused := step(u, fields); refused != nil {
			return refused
		}
	}
	flag(fields, "changePasswordAtNextLogin", &u.ChangePassword)
	flag(fields, "archived", &u.Archived)
	listed := !u.Hidden
	flag(fields, "includeInGlobalAddressList", &listed)
	u.Hidden = !listed
	return nil
}

func (s *Simulator) applyUnit(u *User, fields map[string]json.RawMessage) *answer {
	raw, present := fields["orgUnitPath"]
	if !present {
		return nil
	}
	unit, known := s.unit(text(raw))
	if !known {
		return refusedBecause(invalid("Invalid Input: INVALID_OU_ID"))
	}
	u.OrgUnitPath = unit.Path
	return nil
}

// applyAddress renames; the old address stays as an alias.
func (s *Simulator) applyAddress(u *User, fields map[string]json.RawMessage) *answer {
	email := text(fields["primaryEmail"])
	if email == "" || strings.EqualFold(email, u.PrimaryEmail) {
		return nil
	}
	own := containsFold(u.Aliases, email)
	if !own && s.taken(email) || own && s.AliasBlocksRename {
		return refusedBecause(refuse(http.StatusConflict, "duplicate", "Entity already exists."))
	}
	kept := slices.DeleteFunc(slices.Clone(u.Aliases), func(a string) bool { return strings.EqualFold(a, email) })
	u.Aliases = append(kept, u.PrimaryEmail)
	u.PrimaryEmail = email
	return nil
}

func (s *Simulator) applyPassword(u *User, fields map[string]json.RawMessage) *answer {
	raw, present := fields["password"]
	if !present {
		return nil
	}
	password := text(raw)
	if text(fields["hashFunction"]) == "" && (len(password) < 8 || len(password) > 100) {
		return refusedBecause(invalid("Invalid Password"))
	}
	u.PasswordDigest, u.PasswordChangedAt = digest(password), s.Now()
	u.PasswordChanges++
	return nil
}

func (s *Simulator) applyRecovery(u *User, fields map[string]json.RawMessage) *answer {
	if raw, present := fields["recoveryPhone"]; present {
		phone := text(raw)
		if phone != "" && !e164.MatchString(phone) {
			return refusedBecause(invalid("Invalid recovery phone."))
		}
		u.RecoveryPhone = phone
	}
	if raw, present := fields["recoveryEmail"]; present {
		u.RecoveryEmail = text(raw)
	}
	return nil
}

func (s *Simulator) applySuspension(u *User, fields map[string]json.RawMessage) *answer {
	if fields["suspended"] == nil {
		return nil
	}
	want := u.Suspended
	flag(fields, "suspended", &want)
	if !want && u.Suspended && u.SuspensionReason == "ABUSE" {
		return refusedBecause(refuse(http.StatusBadRequest, "adminCannotUnsuspend", "Cannot unsuspend a user suspended for abuse."))
	}
	if want && !u.Suspended {
		suspend(u, "ADMIN")
	}
	if !want {
		u.Suspended, u.SuspensionReason = false, ""
	}
	return nil
}

// suspend ends the sessions too; files, delegates and tokens stay where they are.
func suspend(u *User, reason string) {
	u.Suspended, u.SuspensionReason, u.Sessions = true, reason, nil
}

func text(raw json.RawMessage) string {
	var v string
	_ = json.Unmarshal(raw, &v) // null and absent are the empty string
	return v
}

func flag(fields map[string]json.RawMessage, name string, to *bool) {
	if raw, present := fields[name]; present {
		var v bool
		_ = json.Unmarshal(raw, &v) // null is false
		*to = v
	}
}
