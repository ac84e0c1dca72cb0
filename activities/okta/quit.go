package okta

import (
	"context"
	"net/http"
	"slices"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
)

// quit leaves the groups that the role gave and gives no more. Of a deactivated account it leaves every group beyond the
// role, whoever gave it: they outlive the deactivation, and would come back with all they give.
func (c *convergence) quit(ctx context.Context, w *work) error {
	if c.user == nil {
		w.already("the account does not exist", "user not found")
		return nil
	}
	return c.leave(ctx, w, c.surplus)
}

// surplus says whether a group of Okta's own that no rule makes is to be left.
func (c *convergence) surplus(name string) bool {
	if c.gives(name) || slices.Contains(c.in.Keep, name) {
		return false
	}
	return slices.Contains(c.in.Given.Groups, name) || c.user.Status == deprovisioned
}

// leave takes the account out of the groups that are too many, and reads back.
func (c *convergence) leave(ctx context.Context, w *work, tooMany func(name string) bool) error {
	gone, err := c.sort(ctx, tooMany)
	if err != nil {
		return err
	}
	var ids, asked []string
	for _, g := range gone {
		ids, asked = append(ids, g.Id), append(asked, groupName(g))
	}
	if len(gone) == 0 {
		w.already("no group to leave"+c.stays(), "0 groups too many")
		return nil
	}
	w.acted("left %s", quoted(asked))
	refused := c.leaveThese(ctx, ids)
	left, err := c.sort(ctx, tooMany)
	if err != nil {
		return err
	}
	for _, g := range gone {
		if !slices.ContainsFunc(left, func(l *sdk.Group) bool { return l.Id == g.Id }) {
			c.progress.made.Quit = add(c.progress.made.Quit, groupName(g))
			w.out.Items = add(w.out.Items, g.Id)
		}
	}
	switch {
	case len(left) == 0:
		w.verified("0 groups too many")
		w.out.Detail += c.stays()
	case refused != nil:
		p := *activities.ProblemOf(refused)
		p.Text += "; still in " + quoted(groupNames(left))
		p.Mend = "remove the account from these groups in Okta's admin console"
		return &p
	default:
		w.doubted("okta accepted the removal and still lists "+quoted(groupNames(left)), count(len(left), "group")+" too many")
	}
	return nil
}

// sort finds the groups that are to be left, and lists those that stay though the role does not give them: made by a
// rule, or by hand. A group that any rule assigns is taken for one the rule made, as Okta does not tell them apart.
func (c *convergence) sort(ctx context.Context, tooMany func(name string) bool) ([]*sdk.Group, error) {
	held, err := c.heldGroups(ctx)
	if err != nil {
		return nil, err
	}
	beyond := slices.DeleteFunc(slices.Clone(held), func(g *sdk.Group) bool { return g.Type != oktaGroup || c.gives(groupName(g)) && !tooMany(groupName(g)) })
	c.manual, c.byRule = nil, nil
	if len(beyond) == 0 {
		return nil, nil
	}
	rules, err := c.groupRules(ctx)
	if err != nil {
		return nil, err
	}
	byRule := ruleMade(rules, c.user.Id)
	var gone []*sdk.Group
	for _, g := range beyond {
		switch name := groupName(g); {
		case byRule[g.Id]:
			c.byRule = append(c.byRule, name)
		case tooMany(name):
			gone = append(gone, g)
		case !slices.Contains(c.in.Given.Groups, name):
			c.manual = append(c.manual, name)
		}
	}
	return gone, nil
}

// stays says which groups of the earlier role are left alone, and why.
func (c *convergence) stays() string {
	var out strings.Builder
	var ruled, kept []string
	for _, name := range c.in.Given.Groups {
		switch {
		case slices.Contains(c.byRule, name):
			ruled = append(ruled, name)
		case slices.Contains(c.in.Keep, name) && !c.gives(name) && slices.Contains(c.namesHeld(), name):
			kept = append(kept, name)
		}
	}
	if len(kept) > 0 {
		out.WriteString("; kept for now: " + quoted(kept))
	}
	if len(ruled) > 0 {
		out.WriteString("; left, because a group rule makes them (removing the person would exclude them from the rule for good): " + quoted(ruled))
	}
	return out.String()
}

func groupNames(groups []*sdk.Group) []string {
	var out []string
	for _, g := range groups {
		out = append(out, groupName(g))
	}
	return out
}

// discard ends an account that is not needed after all, and leaves what the role gave.
func (c *convergence) discard(ctx context.Context, w *work) error {
	if c.user == nil {
		w.already("the account does not exist", "user not found")
		return nil
	}
	if err := deactivate(ctx, w); err != nil || !w.out.State.Proved() {
		return err
	}
	ended := *w.out
	if err := c.reread(ctx); err != nil {
		if isGone(err) {
			return nil
		}
		return err
	}
	if err := c.leave(ctx, w, func(name string) bool { return c.gives(name) || slices.Contains(c.in.Given.Groups, name) }); err != nil {
		return err
	}
	if w.out.State == plan.AlreadyAbsent {
		w.out.State = ended.State // nothing to leave: what is told is the account's end
		w.out.Detail = ended.Detail
	} else {
		w.out.Detail = ended.Detail + "; " + w.out.Detail
	}
	w.out.ReadBack = strings.Join([]string{ended.ReadBack, w.out.ReadBack}, ", ")
	return nil
}

// isGone says whether an error means that the account is not there any more.
func isGone(err error) bool {
	return activities.ProblemOf(err).Type == activities.NotFound && !isStatus(err, http.StatusNotFound)
}
