package google

import (
	"context"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

// Bounds of the search for other administrators: after a few it no longer matters how many there are.
const (
	enoughAdmins = 10
	adminPage    = 100
)

// FindAdmins says live whether the person is an active super administrator, and how many others there are; see
// [activities.GoogleFindAdmins]. Others are counted only where the person holds the role, and no further than ten.
// The search may lag behind, so that everybody it shows is read again before being counted.
func (s *System) FindAdmins(ctx context.Context, who activities.Identity) (activities.Admins, error) {
	u, found, err := s.identify(ctx, who)
	if err != nil {
		return activities.Admins{}, ended(ctx, err)
	}
	if !found || !livingSuper(u) {
		return activities.Admins{}, nil
	}
	others, err := s.otherAdmins(ctx, u.Id)
	if err != nil {
		return activities.Admins{}, ended(ctx, err)
	}
	return activities.Admins{Holds: true, Others: others}, nil
}

func livingSuper(u *directory.User) bool { return u.IsAdmin && !u.Suspended && !u.Archived }

// otherAdmins counts the living super administrators but one.
func (s *System) otherAdmins(ctx context.Context, except string) (int, error) {
	api, err := s.directory(ctx, accountsFamily)
	if err != nil {
		return 0, err
	}
	call := api.Users.List().Customer(s.config.Customer).Query("isAdmin=true").MaxResults(adminPage).Context(ctx)
	others, token := 0, ""
	for {
		page, err := call.Do()
		if err != nil {
			return 0, err
		}
		for _, shown := range page.Users {
			if others == enoughAdmins {
				return others, nil
			}
			is, err := s.stillSuper(ctx, shown, except)
			if err != nil {
				return 0, err
			}
			if is {
				others++
			}
		}
		if page.NextPageToken == "" || page.NextPageToken == token {
			return others, nil
		}
		token = page.NextPageToken
		call.PageToken(token)
	}
}

// stillSuper reads again an administrator that the search showed.
func (s *System) stillSuper(ctx context.Context, shown *directory.User, except string) (bool, error) {
	own := strings.EqualFold(shown.PrimaryEmail, s.config.Admin) // Tenure's own account is nobody who could mend anything
	if shown.Id == except || own || !livingSuper(shown) {
		return false, nil
	}
	u, found, err := s.find(ctx, shown.Id)
	return err == nil && found && livingSuper(u), err
}
