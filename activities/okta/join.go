package okta

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
)

// join puts the account into every group of the role. A group that cannot be joined keeps none of the others back.
func (c *convergence) join(ctx context.Context, w *work) error {
	if c.user == nil {
		return noAccount()
	}
	held, err := c.heldGroups(ctx)
	if err != nil {
		return err
	}
	missing := c.missingGroups(held)
	if len(missing) == 0 {
		if err := c.secondLook(ctx, w); err != nil {
			return err
		}
		w.there("in every group of the role already", count(len(c.in.Role.Groups), "group"))
		return nil
	}
	if c.user.Status == deprovisioned {
		w.spared("the account is deactivated: it joins groups when it is opened again", statusText(c.user))
		return nil
	}
	f, err := c.lookUp(ctx, missing)
	if err != nil {
		return err
	}
	if len(f.ids) > 0 {
		if err := c.joinThese(ctx, w, f); err != nil {
			return err
		}
	}
	return c.joined(ctx, w, f)
}

func (c *convergence) missingGroups(held []*sdk.Group) []string {
	var out []string
	for _, g := range c.in.Role.Groups {
		if !slices.ContainsFunc(held, func(h *sdk.Group) bool { return groupName(h) == g.Group }) {
			out = add(out, g.Group)
		}
	}
	return out
}

// joinThese puts the account into the groups that were found and reads them back.
func (c *convergence) joinThese(ctx context.Context, w *work, f found) error {
	if err := c.mayGive(ctx); err != nil {
		return err
	}
	before := c.progress.of(w.out.Step).Items
	asked := sortedKeys(f.ids)
	var ids []string
	for _, name := range asked {
		ids = append(ids, f.ids[name])
	}
	w.acted("joined %s", quoted(asked))
	w.out.Items = add(slices.Clone(before), ids...)
	c.progress.note(*w.out) // so that whoever goes on from here knows what to take back
	errs := each(ctx, ids, func(ctx context.Context, id string) error {
		resp, err := c.api.Group.AddUserToGroup(ctx, id, c.user.Id)
		return check(resp, err)
	})
	if err := c.still(ctx, c.mayGive, c.takeBack(w, w.out.Items)); err != nil {
		return err
	}
	for i, err := range errs {
		if isStatus(err, http.StatusNotFound) {
			c.names.forget(asked[i]) // the group of that name is another by now
		}
	}
	c.sawHeld = false
	held, err := c.heldGroups(ctx)
	if err != nil {
		return err
	}
	if err := c.strays(ctx, held, f); err != nil {
		return err
	}
	left := c.missingGroups(held)
	var failed []error
	for i, name := range asked {
		if !slices.Contains(left, name) {
			c.progress.made.Joined = add(c.progress.made.Joined, name)
		} else if errs[i] != nil {
			p := *activities.ProblemOf(errs[i])
			p.Text = fmt.Sprintf("the group %q was not joined: %s", name, p.Text)
			failed = append(failed, &p)
		}
	}
	return worst(failed)
}

// takeBack leaves the groups that this activity joined.
func (c *convergence) takeBack(w *work, ids []string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := c.leaveThese(ctx, ids)
		if err == nil {
			w.out.Items = nil
		}
		return err
	}
}

// secondLook asks the gate about groups that an attempt before this one joined, and was cut off before it asked again.
func (c *convergence) secondLook(ctx context.Context, w *work) error {
	before := c.progress.of(w.out.Step)
	if before.State != "" || len(before.Items) == 0 {
		return nil
	}
	return c.still(ctx, c.mayGive, c.takeBack(w, before.Items))
}

// strays leaves a group that was joined under a name it no longer has: what was remembered of the name was old. The next
// attempt finds the right one.
func (c *convergence) strays(ctx context.Context, held []*sdk.Group, f found) error {
	for name, id := range f.ids {
		i := slices.IndexFunc(held, func(g *sdk.Group) bool { return g.Id == id })
		if i < 0 || groupName(held[i]) == name {
			continue
		}
		c.names.forget(name)
		c.sawHeld = false
		if err := c.leaveThese(ctx, []string{id}); err != nil {
			return err
		}
		return activities.Problemf(activities.Unavailable, "the group %q was renamed %q meanwhile", name, groupName(held[i]))
	}
	return nil
}

// joined says what came of it.
func (c *convergence) joined(ctx context.Context, w *work, f found) error {
	left := c.missingGroups(c.held)
	trap := c.exclusions(ctx)
	if len(left) == 0 {
		w.verified("in all " + count(len(c.in.Role.Groups), "group") + " of the role")
		w.out.Detail += trap
		return nil
	}
	var texts []string
	problem := &activities.Problem{}
	if len(f.unknown) > 0 {
		texts = append(texts, "okta has no group "+quoted(f.unknown))
		problem.Type, problem.Mend = activities.NotFound, "create the group in Okta, or correct its name in the policy's mapping; a group made in the last minutes shows by itself"
	}
	if foreign := sortedKeys(f.foreign); len(foreign) > 0 {
		texts = append(texts, "an application, or Okta itself, fills "+quoted(foreign))
		problem.Type, problem.Mend = activities.Unsupported, "give the person the group in the application that owns it, or name a group of Okta's own in the policy's mapping"
	}
	if len(texts) == 0 {
		w.doubted("okta accepted the membership and does not show it: "+quoted(left), count(len(left), "missing group"))
		return nil
	}
	problem.Text = strings.Join(texts, "; ")
	if done := len(f.ids); done > 0 {
		problem.Text += fmt.Sprintf("; the other %s joined", count(done, "group"))
	}
	problem.Text += trap
	return problem
}

// exclusions says which rules never give the person their group again: whoever was once taken out of a rule's group is
// excluded from the rule for good. It is a remark, so a list that cannot be read costs the remark alone.
func (c *convergence) exclusions(ctx context.Context) string {
	if c.created {
		return ""
	}
	rules, err := c.groupRules(ctx)
	if err != nil {
		return ""
	}
	var out []string
	for _, r := range rules {
		if excludes(r, c.user.Id) {
			out = append(out, r.Name)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "; excluded from the group rule " + quoted(out) + ": it gives the person its groups only after the exclusion is removed in Okta"
}

// leaveThese takes the account out of groups, by id.
func (c *convergence) leaveThese(ctx context.Context, ids []string) error {
	c.sawHeld = false
	return worst(each(ctx, ids, func(ctx context.Context, id string) error {
		resp, err := c.api.Group.RemoveUserFromGroup(ctx, id, c.user.Id)
		return notFoundIsDone(check(resp, err))
	}))
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
