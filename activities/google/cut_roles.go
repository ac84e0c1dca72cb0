package google

import (
	"context"
	"fmt"
	"net/http"
	"time"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

func (c *cut) patienceAfter(actErr error) time.Duration {
	if actErr != nil {
		return 0
	}
	return c.quick
}

// roles strips super administrator and every delegated role given to the account itself. A role that comes through
// a group is told to a person: taking it away means changing the group.
func (c *cut) roles(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	if done := c.memory[o.Step]; done.State == plan.Verified {
		return done, nil
	}
	if c.s.isAdmin(c.user) {
		return attention(o, activities.Conflict, "this is the administrator in whose name Tenure acts",
			"name another administrator in google.admin, then try the step again"), nil
	}
	direct, viaGroups, err := c.s.assignments(ctx, c.user.Id)
	if err != nil {
		return o, err
	}
	o.Items = c.memory.items(o.Step, roleItems(c.user, direct))
	if len(o.Items) == 0 && len(viaGroups) == 0 {
		return c.s.absent(o, "no administrator role"), nil
	}
	c.memory.keep(ctx, o)
	o.Executed = c.s.now()
	gone, err := ensure(ctx, c.quick, func() error { return c.strip(ctx, direct) }, func() (bool, error) { return c.stripped(ctx) })
	switch {
	case err != nil:
		return o, err
	case !gone:
		return unverified(o, "Google accepted the removal of administrator roles", "the account still has one"), nil
	case len(viaGroups) > 0:
		return attention(o, activities.Unsupported, fmt.Sprintf("%d administrator roles come through groups", len(viaGroups)),
			fmt.Sprintf("take the person out of these groups in the admin console: %v", viaGroups)), nil
	}
	o = c.s.verified(o, fmt.Sprintf("%d administrator roles removed", len(o.Items)), "no administrator, no role assignment")
	c.memory.keep(ctx, o)
	return o, nil
}

func roleItems(u *directory.User, direct []*directory.RoleAssignment) []string {
	var out []string
	if u.IsAdmin {
		out = append(out, "super_admin")
	}
	for _, a := range direct {
		out = append(out, fmt.Sprintf("role:%d", a.RoleId))
	}
	return out
}

func (c *cut) strip(ctx context.Context, direct []*directory.RoleAssignment) error {
	if c.user.IsAdmin {
		api, err := c.s.directory(ctx, accountsFamily)
		if err != nil {
			return err
		}
		status := &directory.UserMakeAdmin{ForceSendFields: []string{"Status"}}
		if err := api.Users.MakeAdmin(c.user.Id, status).Context(ctx).Do(); err != nil {
			return err
		}
	}
	api, err := c.s.directory(ctx, rolesFamily)
	if err != nil {
		return err
	}
	for _, a := range direct {
		err := api.RoleAssignments.Delete(c.s.config.Customer, fmt.Sprint(a.RoleAssignmentId)).Context(ctx).Do()
		if err != nil && !isStatus(err, http.StatusNotFound) {
			return err
		}
	}
	return nil
}

// stripped reads account and assignments again, and keeps the account as it is now.
func (c *cut) stripped(ctx context.Context) (bool, error) {
	u, found, err := c.s.find(ctx, c.user.Id)
	if err != nil || !found {
		return false, err
	}
	c.user = u
	direct, _, err := c.s.assignments(ctx, u.Id)
	return err == nil && !u.IsAdmin && len(direct) == 0, err
}

// assignments lists the roles given to the account itself, and the ids of groups through which it has others.
func (s *System) assignments(ctx context.Context, id string) (direct []*directory.RoleAssignment, viaGroups []string, err error) {
	api, err := s.directory(ctx, rolesFamily)
	if err != nil {
		return nil, nil, err
	}
	list := api.RoleAssignments.List(s.config.Customer).UserKey(id).IncludeIndirectRoleAssignments(true)
	err = list.Pages(ctx, func(page *directory.RoleAssignments) error {
		for _, a := range page.Items {
			if a.AssignedTo == id {
				direct = append(direct, a)
			} else {
				viaGroups = append(viaGroups, a.AssignedTo)
			}
		}
		return nil
	})
	return direct, viaGroups, err
}
