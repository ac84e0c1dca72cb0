package okta

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const customRole = "CUSTOM"

// What the steps need of a role, as people read it behind "does not let Tenure".
const (
	canSuspend     = "suspend and deactivate people"
	canCredentials = "end sessions and reset factors"
	canGroups      = "change group memberships"
	canApps        = "take applications away"
	canDevices     = "deactivate devices"
	canRoles       = "take administrator roles away"
	canLog         = "read the System Log"
)

// needed lists the rights in the order in which they are told.
var needed = []string{canSuspend, canCredentials, canGroups, canApps, canDevices, canRoles, canLog}

// standardRoles is what Okta's standard roles allow (help.okta.com, comparison of administrator roles). Only a super
// administrator touches administrators. Roles that are not here allow none of it.
var standardRoles = map[string][]string{
	superAdmin:               needed,
	"ORG_ADMIN":              {canSuspend, canCredentials, canGroups, canApps, canDevices, canLog},
	"USER_ADMIN":             {canSuspend, canCredentials, canGroups},
	"GROUP_MEMBERSHIP_ADMIN": {canGroups},
	"APP_ADMIN":              {canApps},
	"HELP_DESK_ADMIN":        {canCredentials},
	"MOBILE_ADMIN":           {canDevices},
	"REPORT_ADMIN":           {canLog},
	"READ_ONLY_ADMIN":        {canLog},
}

// permissions are what a custom role must hold for a right: one of these, or a narrower one whose name goes on behind
// it. No custom role can touch administrators.
var permissions = map[string][]string{
	canSuspend:     {"okta.users.manage", "okta.users.lifecycle."},
	canCredentials: {"okta.users.manage", "okta.users.credentials."},
	canGroups:      {"okta.groups.manage", "okta.groups.members."},
	canApps:        {"okta.apps.manage", "okta.apps.assignment."},
	canDevices:     {"okta.devices.manage", "okta.devices.lifecycle."},
	canLog:         {"okta.logs."},
}

// missing lists the rights that none of the roles gives. unclear says that a custom role could not be looked into;
// then nothing is said to be missing.
func (x examination) missing(ctx context.Context, roles []oktaRole) (missing []string, unclear bool) {
	has := map[string]bool{}
	for _, r := range roles {
		rights := standardRoles[r.Type]
		if r.Type == customRole {
			held, err := x.customRights(ctx, r)
			if err != nil {
				unclear = true
			}
			rights = held
		}
		for _, right := range rights {
			has[right] = true
		}
	}
	for _, right := range needed {
		if !has[right] && !unclear {
			missing = append(missing, right)
		}
	}
	return missing, unclear
}

func (x examination) customRights(ctx context.Context, r oktaRole) ([]string, error) {
	id := r.Custom
	if id == "" {
		id = r.Label
	}
	var answer struct {
		Permissions []struct {
			Label string `json:"label"`
		} `json:"permissions"`
	}
	if _, err := x.raw(ctx, http.MethodGet, "/api/v1/iam/roles/"+url.PathEscape(id)+"/permissions", nil, &answer); err != nil {
		return nil, err
	}
	var out []string
	for _, right := range needed {
		if slices.ContainsFunc(permissions[right], func(prefix string) bool {
			for _, p := range answer.Permissions {
				if strings.HasPrefix(p.Label, prefix) {
					return true
				}
			}
			return false
		}) {
			out = append(out, right)
		}
	}
	return out, nil
}
