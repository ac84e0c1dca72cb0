package okta

import (
	"context"

	"tenure/activities"
)

// CompareUser says how an account differs from what the role says; see [activities.OktaCompareUser]. It only reads.
func (s *System) CompareUser(ctx context.Context, in activities.ConvergeOkta) (activities.Comparison, error) {
	in.Steps = nil
	c := s.convergence(ctx, in)
	c.looking = true
	if err := c.begin(ctx); err != nil {
		return activities.Comparison{}, activities.Ended(ctx, err)
	}
	out := activities.Comparison{Exists: c.user != nil}
	for _, x := range c.differing() {
		out.Change = append(out.Change, edit(c.user, x))
	}
	if err := c.compareGroups(ctx, &out); err != nil {
		return activities.Comparison{}, activities.Ended(ctx, err)
	}
	if c.user != nil {
		out.Account, out.Login, out.Status = c.user.Id, text(c.user, "login"), c.user.Status
	}
	return out, nil
}

func (c *convergence) compareGroups(ctx context.Context, out *activities.Comparison) error {
	if c.user != nil {
		gone, err := c.sort(ctx, c.surplus)
		if err != nil {
			return err
		}
		out.Quit, out.Manual, out.ByRule = groupNames(gone), c.manual, c.byRule
	}
	missing := c.missingGroups(c.held)
	f, err := c.lookUp(ctx, missing)
	if err != nil {
		return err
	}
	for _, name := range missing {
		if f.ids[name] != "" {
			out.Join = append(out.Join, name)
		} else {
			out.Unknown = append(out.Unknown, name)
		}
	}
	return nil
}
