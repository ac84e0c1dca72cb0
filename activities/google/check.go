package google

import (
	"context"

	"tenure/activities"
)

// Check reads the administrator's own account, and says what is wrong with the key, its delegation or the
// administrator.
func (s *System) Check(ctx context.Context) error {
	admin, found, err := s.find(ctx, s.config.Admin)
	switch {
	case err != nil:
		return problem(err)
	case !found:
		return &activities.Problem{Type: activities.NotFound, Text: "google.admin names an account that does not exist", Mend: mendAdmin}
	case admin.Suspended:
		return &activities.Problem{Type: activities.Forbidden, Text: "the administrator in google.admin is suspended", Mend: mendAdmin}
	}
	return nil
}
