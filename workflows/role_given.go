package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/role"
)

// expectGroups remembers the groups of the role before they are joined: an attempt that never returns has joined them all
// the same. What turns out not to be held is dropped by the next answer.
func (c *roleCase) expectGroups(ctx workflow.Context) {
	before := len(c.Now.Given.Groups)
	for _, g := range c.Now.Role.Groups {
		c.Now.Given.Groups = union(c.Now.Given.Groups, []string{g.Group})
	}
	if len(c.Now.Given.Groups) > before {
		c.keepGiven(ctx)
	}
}

// keepGiven remembers what the role has given.
func (c *roleCase) keepGiven(ctx workflow.Context) {
	_, err := call(ctx, activities.CaseGiven, activities.RoleGiven{CaseRef: c.Ref, Given: c.Now.Given}, "remember what the role gave", lane{})
	if err != nil {
		c.say(ctx, activities.EntryFailure, "", "What the role gave could not be kept: %s", troubleOf(err).Text)
	}
}

// withOverlap keeps for how long each group is to be kept once the role no longer gives it: as its rule says now, or
// said when it gave it.
func withOverlap(now, before role.Given, r role.Role) role.Given {
	now.Overlap = nil
	put := func(group string, d time.Duration) {
		if slices.Contains(now.Groups, group) {
			if now.Overlap == nil {
				now.Overlap = map[string]time.Duration{}
			}
			now.Overlap[group] = d
		}
	}
	for _, g := range before.Groups {
		if d, said := before.Overlap[g]; said {
			put(g, d)
		}
	}
	for _, g := range r.Groups {
		put(g.Group, g.Overlap)
	}
	return now
}

// keep lists the groups of the earlier role that are kept at a moment. A group that the role no longer gives is noticed
// here, and its time begins. Somebody who is only let in keeps nothing of an earlier time.
func (c *roleCase) keep(now time.Time) []string {
	if c.Process == ProcessOnboard && !c.Begun {
		c.Kept = nil
		return slices.DeleteFunc(slices.Clone(c.Now.Given.Groups), func(g string) bool { return !c.Now.Role.Keeps(g) })
	}
	given := func(group string) bool {
		return slices.ContainsFunc(c.Now.Role.Groups, func(g role.Grant) bool { return g.Group == group })
	}
	c.Kept = slices.DeleteFunc(c.Kept, func(k KeptGroup) bool { return given(k.Group) || !slices.Contains(c.Now.Given.Groups, k.Group) })
	var out []string
	for _, g := range c.Now.Given.Groups {
		switch {
		case given(g):
			continue
		case c.Now.Role.Keeps(g): // its rule could not be worked out, which is not to say that it no longer gives the group
			out = append(out, g)
			continue
		}
		i := slices.IndexFunc(c.Kept, func(k KeptGroup) bool { return k.Group == g })
		if i < 0 {
			d, own := c.Now.Given.Overlap[g]
			if !own {
				d = c.Settings.Role.Overlap
			}
			c.Kept, i = append(c.Kept, KeptGroup{Group: g, Until: now.Add(d)}), len(c.Kept)
		}
		if now.Before(c.Kept[i].Until) {
			out = append(out, g)
		}
	}
	return out
}
