package google

import (
	"context"
	"fmt"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// change is one field of an account brought to a value.
type change struct {
	fields   *directory.User
	holds    func(*directory.User) bool
	detail   string // what was done, for people
	readBack string // what the account shows then
}

// bring changes the account unless it is so already, and proves it by reading the account.
func (s *System) bring(ctx context.Context, u *directory.User, c change, o activities.Outcome) (activities.Outcome, error) {
	if c.holds(u) {
		return s.verified(o, "already as it should be", c.readBack), nil
	}
	o.Executed = s.now()
	ok, err := ensure(ctx, s.config.Settle, func() error { return s.update(ctx, u.Id, c.fields) }, s.check(ctx, u.Id, c.holds))
	switch {
	case err != nil:
		return o, err
	case !ok:
		return unverified(o, "Google accepted: "+c.detail, "the account stands as before"), nil
	}
	return s.verified(o, c.detail, c.readBack), nil
}

// accountStep runs a step on the account itself.
func (s *System) accountStep(ctx context.Context, in activities.Perform, def plan.Action,
	run func(*directory.User, activities.Outcome) (activities.Outcome, error)) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, def), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		u, found, err := s.find(ctx, keyOf(in))
		if err != nil {
			return o, err
		}
		if !found {
			return s.notApplicable(o, "the person has no Google account"), nil
		}
		o.Account = u.Id
		return run(u, o)
	})
}

func hidden(hide bool) change {
	c := change{fields: &directory.User{IncludeInGlobalAddressList: !hide, ForceSendFields: []string{"IncludeInGlobalAddressList"}},
		holds:  func(u *directory.User) bool { return u.IncludeInGlobalAddressList != hide },
		detail: "taken out of the directory", readBack: "not in the global address list"}
	if !hide {
		c.detail, c.readBack = "shown in the directory again", "in the global address list"
	}
	return c
}

func suspended(suspend bool) change {
	c := change{fields: &directory.User{Suspended: suspend, ForceSendFields: []string{"Suspended"}},
		holds:  func(u *directory.User) bool { return u.Suspended == suspend },
		detail: "account suspended", readBack: "suspended"}
	if !suspend {
		c.detail, c.readBack = "account unsuspended", "active"
	}
	return c
}

func inUnit(path string) change {
	return change{fields: &directory.User{OrgUnitPath: path},
		holds:  func(u *directory.User) bool { return sameUnit(u.OrgUnitPath, path) },
		detail: "moved to " + path, readBack: "in " + path}
}

func sameUnit(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "/"), strings.Trim(b, "/"))
}

// HideUser takes the account out of the global address list.
func (s *System) HideUser(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	return s.accountStep(ctx, in, plan.GoogleHide, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
		return s.bring(ctx, u, hidden(true), o)
	})
}

// SuspendUser suspends the account. Whatever Google answers, the account itself decides whether it is.
func (s *System) SuspendUser(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	return s.accountStep(ctx, in, plan.GoogleSuspend, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
		if s.isAdmin(u) {
			return attention(o, activities.Conflict, "this is the administrator in whose name Tenure acts",
				"name another administrator in google.admin, then try the step again"), nil
		}
		return s.bring(ctx, u, suspended(true), o)
	})
}

// MoveOrgUnit moves the account and then reads the delegate: a unit in which Gmail or delegation is off takes the
// mailbox away from the heir.
func (s *System) MoveOrgUnit(ctx context.Context, in activities.MoveOrgUnit) (activities.Outcomes, error) {
	return s.accountStep(ctx, in.Perform, plan.GoogleOrgUnit, func(u *directory.User, o activities.Outcome) (activities.Outcome, error) {
		if in.OrgUnit == "" {
			return attention(o, activities.InvalidInput, "no organisational unit is named", "name one in offboard.org_unit of the policy, like /Leavers"), nil
		}
		before := u.OrgUnitPath
		moved, err := s.bring(ctx, u, inUnit(in.OrgUnit), o)
		if err != nil || moved.State != plan.Verified {
			return moved, err
		}
		moved.Items = []string{"orgunit:" + before}
		if in.Delegate == "" {
			return moved, nil
		}
		return s.delegateSurvives(ctx, u, in, moved)
	})
}

func (s *System) delegateSurvives(ctx context.Context, u *directory.User, in activities.MoveOrgUnit, o activities.Outcome) (activities.Outcome, error) {
	addresses, err := s.addressesOf(ctx, in.Delegate)
	if err != nil {
		return o, err
	}
	var still []string
	survives, err := confirm(ctx, s.config.Settle, func() (bool, error) {
		var err error
		still, err = s.delegatesAmong(ctx, u, addresses)
		return len(still) > 0, err
	})
	if err != nil && problem(err).Retryable() && closed(u) == nil {
		return o, err
	}
	if !survives {
		lost := attention(o, activities.Conflict, fmt.Sprintf("the account is in %s now, and there the mailbox is no longer lent", in.OrgUnit),
			"turn Gmail and mail delegation on for the unit in offboard.org_unit, or move the account back; then try google.delegate again")
		lost.ReadBack = "the mailbox shows no such delegate"
		return lost, nil
	}
	o.ReadBack += "; the delegate is still there"
	return o, nil
}
