package okta

import (
	"context"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
)

// FindLogin says which of the wanted logins are taken by somebody else; see [activities.OktaFindLogin]. Deactivated
// accounts keep their logins, and reading by login finds them. An address that is somebody's mail address is taken too.
func (s *System) FindLogin(ctx context.Context, in activities.FindLogin) (activities.TakenLogins, error) {
	out, err := s.takenLogins(ctx, in)
	return out, activities.Ended(ctx, err)
}

func (s *System) takenLogins(ctx context.Context, in activities.FindLogin) (activities.TakenLogins, error) {
	var out activities.TakenLogins
	wanted := slices.DeleteFunc(slices.Clone(in.Wanted), func(login string) bool { return strings.TrimSpace(login) == "" })
	if len(wanted) == 0 {
		return out, nil
	}
	users := make([]*sdk.User, len(wanted))
	errs := each(ctx, indexes(wanted), func(ctx context.Context, i int) (err error) {
		users[i], err = s.byLogin(ctx, wanted[i])
		return err
	})
	if err := worst(errs); err != nil {
		return out, err
	}
	mails, err := s.byMails(ctx, wanted)
	if err != nil {
		return out, err
	}
	if len(mails) == 0 && !slices.ContainsFunc(users, func(u *sdk.User) bool { return u != nil }) {
		return out, s.Check(ctx) // "nobody has it" is believed only of an org that shows us people
	}
	for i, login := range wanted {
		u := users[i]
		if u == nil || mine(u, in.Identity) {
			u = mailOf(mails, login, in.Identity)
		}
		if u != nil {
			out.Taken = append(out.Taken, activities.TakenLogin{Login: login, Account: u.Id, Status: u.Status, Number: text(u, numberAttribute)})
		}
	}
	return out, nil
}

// byMails finds the accounts that have one of these as their mail address.
func (s *System) byMails(ctx context.Context, wanted []string) ([]*sdk.User, error) {
	var terms []string
	for _, login := range wanted {
		if strings.Contains(login, "@") {
			terms = add(terms, "profile.email eq "+strconv.Quote(login), "profile.email eq "+strconv.Quote(strings.ToLower(login)))
		}
	}
	if len(terms) == 0 {
		return nil, nil
	}
	page, resp, err := s.api.User.ListUsers(ctx, query.NewQueryParams(query.WithFilter(strings.Join(terms, " or "))))
	return rest(ctx, s, page, resp, err)
}

// mine says whether an account is the asker's own.
func mine(u *sdk.User, who activities.Identity) bool {
	return who.Account != "" && u.Id == who.Account || who.EmployeeNumber != "" && text(u, numberAttribute) == who.EmployeeNumber
}

func mailOf(users []*sdk.User, login string, who activities.Identity) *sdk.User {
	i := slices.IndexFunc(users, func(u *sdk.User) bool {
		return strings.EqualFold(text(u, mailAttribute), login) && !mine(u, who)
	})
	if i < 0 {
		return nil
	}
	return users[i]
}
