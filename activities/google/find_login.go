package google

import (
	"context"
	"net/http"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

// FindLogin says which of the wanted addresses somebody else has: an account as its own or as an alias, a group, or an
// account that was deleted so lately that it can be brought back. Status is active, suspended, archived, alias, group or
// deleted.
func (s *System) FindLogin(ctx context.Context, in activities.FindLogin) (activities.TakenLogins, error) {
	var out activities.TakenLogins
	if len(in.Wanted) == 0 {
		return out, nil
	}
	deleted, err := s.deletedUsers(ctx)
	if err != nil {
		return out, ended(ctx, err)
	}
	for _, login := range in.Wanted {
		by, taken, err := s.holder(ctx, in.Identity, login, deleted)
		if err != nil {
			return activities.TakenLogins{}, ended(ctx, err)
		}
		if taken {
			out.Taken = append(out.Taken, by)
		}
	}
	return out, nil
}

// holder finds who has an address.
func (s *System) holder(ctx context.Context, who activities.Identity, login string, deleted []*directory.User) (activities.TakenLogin, bool, error) {
	u, found, err := s.find(ctx, login)
	if err != nil {
		return activities.TakenLogin{}, false, err
	}
	if found {
		return activities.TakenLogin{Login: login, Account: u.Id, Status: statusOf(u, login), Number: organizationID(u)}, !same(u, who), nil
	}
	g, found, err := s.findGroup(ctx, login)
	if err != nil || found {
		return activities.TakenLogin{Login: login, Account: idOf(g), Status: "group"}, found, err
	}
	for _, u := range deleted {
		if strings.EqualFold(u.PrimaryEmail, login) && !same(u, who) {
			return activities.TakenLogin{Login: login, Account: u.Id, Status: "deleted", Number: organizationID(u)}, true, nil
		}
	}
	return activities.TakenLogin{}, false, nil
}

// same says whether an account is the person's own.
func same(u *directory.User, who activities.Identity) bool {
	number := organizationID(u)
	return u.Id == who.Account || number != "" && number == who.EmployeeNumber
}

func statusOf(u *directory.User, login string) string {
	switch {
	case !strings.EqualFold(u.PrimaryEmail, login):
		return "alias"
	case u.Archived:
		return "archived"
	case u.Suspended:
		return "suspended"
	}
	return "active"
}

// deletedPage is how many deleted accounts are read at a time: as many as Google gives.
const deletedPage = 500

// deletedUsers lists the accounts that were deleted in the last 20 days. Whether they can be searched is not documented,
// so that all of them are read.
func (s *System) deletedUsers(ctx context.Context) ([]*directory.User, error) {
	api, err := s.directory(ctx, accountsFamily)
	if err != nil {
		return nil, err
	}
	var out []*directory.User
	call := api.Users.List().Customer(s.config.Customer).ShowDeleted("true").MaxResults(deletedPage)
	err = call.Pages(ctx, func(page *directory.Users) error {
		out = append(out, page.Users...)
		return nil
	})
	return out, err
}

// findGroup reads a group by its address or by one of its aliases.
func (s *System) findGroup(ctx context.Context, address string) (*directory.Group, bool, error) {
	api, err := s.directory(ctx, groupsFamily)
	if err != nil {
		return nil, false, err
	}
	g, err := api.Groups.Get(address).Context(ctx).Do()
	if isStatus(err, http.StatusNotFound) {
		return nil, false, nil
	}
	return g, err == nil, err
}

func idOf(g *directory.Group) string {
	if g == nil {
		return ""
	}
	return g.Id
}
