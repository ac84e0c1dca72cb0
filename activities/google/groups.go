package google

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

const owner = "OWNER"

// ownedGroups lists the groups, by address, that the account owns directly.
func (s *System) ownedGroups(ctx context.Context, id string) ([]string, error) {
	api, err := s.directory(ctx, groupsFamily)
	if err != nil {
		return nil, err
	}
	var all, owned []string
	err = api.Groups.List().UserKey(id).MaxResults(200).Pages(ctx, func(page *directory.Groups) error {
		for _, g := range page.Groups {
			all = append(all, g.Email)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		m, err := api.Members.Get(g, id).Context(ctx).Do()
		if err != nil && !isStatus(err, http.StatusNotFound) { // left or deleted since it was listed
			return nil, err
		}
		if err == nil && m.Role == owner {
			owned = append(owned, g)
		}
	}
	return owned, nil
}

// MoveGroups makes the heir an owner of every named group that has no other active owner. The leaver stays a member:
// taking memberships away is the policy's business.
func (s *System) MoveGroups(ctx context.Context, in activities.MoveGroups) (activities.Outcomes, error) {
	return one(ctx, stepOr(in.Steps, plan.GoogleGroups), in.Account, func(o activities.Outcome) (activities.Outcome, error) {
		leaver, found, err := s.find(ctx, keyOf(in.Perform))
		if err != nil {
			return o, err
		}
		if !found {
			return s.notApplicable(o, "the person has no Google account"), nil
		}
		o.Account = leaver.Id
		if len(in.Groups) == 0 { // the snapshot may have failed to read them
			if in.Groups, err = s.ownedGroups(ctx, leaver.Id); err != nil || len(in.Groups) == 0 {
				return s.absent(o, "the person owns no group"), err
			}
		}
		heir, err := s.heir(ctx, leaver, in.To)
		if err != nil {
			return o, err
		}
		return s.moveGroups(ctx, in.Groups, leaver, heir, o)
	})
}

// moveGroups takes each group on its own: one that refuses becomes part of a person's task, the others go on.
func (s *System) moveGroups(ctx context.Context, groups []string, leaver, heir *directory.User, o activities.Outcome) (activities.Outcome, error) {
	remembered := recall(ctx)
	o.Items, o.Executed = remembered.items(o.Step, nil), remembered[o.Step].Executed
	var refused, unshown []string
	var why *activities.Problem
	for _, g := range groups {
		moved, shown, err := s.moveGroup(ctx, g, leaver, heir)
		switch {
		case err != nil && problem(err).Retryable():
			return o, err
		case err != nil:
			refused, why = append(refused, g), problem(err)
		case moved && !shown:
			unshown = append(unshown, g)
		case moved:
			o.Items, o.Executed = append(o.Items, g), s.now()
			remembered.keep(ctx, o)
		}
	}
	return s.endGroups(o, refused, unshown, why), nil
}

func (s *System) endGroups(o activities.Outcome, refused, unshown []string, why *activities.Problem) activities.Outcome {
	switch {
	case len(refused) > 0:
		return attention(o, why.Type, fmt.Sprintf("%d groups could not be handed over: %s", len(refused), why.Text),
			"give these groups another owner in the admin console: "+strings.Join(refused, ", "))
	case len(unshown) > 0:
		return unverified(o, "Google accepted the new owner", "not shown as owner in: "+strings.Join(unshown, ", "))
	case len(o.Items) == 0:
		return s.absent(o, "every group has another owner")
	}
	return s.verified(o, fmt.Sprintf("%d groups handed over", len(o.Items)), "the heir is owner of each")
}

// moveGroup says whether the heir was made an owner, and whether that shows. A group that is gone needs no owner.
func (s *System) moveGroup(ctx context.Context, group string, leaver, heir *directory.User) (moved, shown bool, err error) {
	api, err := s.directory(ctx, groupsFamily)
	if err != nil {
		return false, false, err
	}
	others, err := otherOwners(ctx, api, group, leaver.Id)
	if isStatus(err, http.StatusNotFound) || err == nil && others > 0 {
		return false, true, nil
	}
	if err != nil {
		return false, false, err
	}
	shown, err = ensure(ctx, s.config.Settle, func() error { return makeOwner(ctx, api, group, heir) }, func() (bool, error) {
		m, err := api.Members.Get(group, heir.Id).Context(ctx).Do()
		if isStatus(err, http.StatusNotFound) {
			return false, nil
		}
		return err == nil && m.Role == owner, err
	})
	return true, shown, err
}

func otherOwners(ctx context.Context, api *directory.Service, group, leaver string) (int, error) {
	n := 0
	err := api.Members.List(group).Roles(owner).MaxResults(200).Pages(ctx, func(page *directory.Members) error {
		for _, m := range page.Members {
			if m.Id != leaver && !strings.EqualFold(m.Status, "SUSPENDED") {
				n++
			}
		}
		return nil
	})
	return n, err
}

// makeOwner adds the heir, or raises the role of one who is a member already.
func makeOwner(ctx context.Context, api *directory.Service, group string, heir *directory.User) error {
	_, err := api.Members.Insert(group, &directory.Member{Email: heir.PrimaryEmail, Role: owner}).Context(ctx).Do()
	if isStatus(err, http.StatusConflict) {
		_, err = api.Members.Update(group, heir.Id, &directory.Member{Role: owner}).Context(ctx).Do()
	}
	return err
}
