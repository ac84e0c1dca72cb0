package okta

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
)

// RemoveGroups performs okta.groups; see [activities.OktaRemoveGroups]. Groups outlive deactivation, so it works on
// a deactivated account too: on a rehire they would come back with all they give.
func (s *System) RemoveGroups(ctx context.Context, in activities.Perform) (activities.Outcomes, error) {
	return s.perform(ctx, in.Account, in.Steps, map[plan.Action]step{plan.OktaGroups: removeGroups})
}

func removeGroups(ctx context.Context, w *work) error {
	u, err := w.System.account(ctx, w.account)
	if err != nil {
		return err
	}
	if u == nil {
		w.gone(u)
		return nil
	}
	m, err := w.memberships(ctx, w.account)
	if err != nil {
		return err
	}
	if len(m.direct) == 0 {
		w.already("no direct group memberships"+m.left(), "0 direct groups")
		return nil
	}
	w.acted("removed from %s", count(len(m.direct), "group"))
	errs := each(ctx, m.direct, func(ctx context.Context, group string) error {
		resp, err := w.api.Group.RemoveUserFromGroup(ctx, group, w.account)
		return notFoundIsDone(check(resp, err))
	})
	after, err := w.memberships(ctx, w.account)
	if err != nil {
		w.out.Items = removed(m.direct, errs)
		return err
	}
	w.out.Items = without(m.direct, after.direct)
	refused := worst(errs)
	switch {
	case len(after.direct) == 0:
		w.out.Detail += after.left()
		w.verified("0 direct groups")
	case refused != nil:
		p := activities.ProblemOf(refused)
		return &activities.Problem{Type: p.Type, Text: p.Text + "; still in " + join(after.direct), Mend: "remove the account from these groups in Okta's admin console", Delay: p.Delay, Cause: refused}
	default:
		w.doubted("okta accepted the removal and still lists "+join(after.direct), count(len(after.direct), "direct group"))
	}
	return nil
}

func removed(ids []string, errs []error) []string {
	var out []string
	for i, id := range ids {
		if errs[i] == nil {
			out = append(out, id)
		}
	}
	return out
}

// membership is a person's groups by how they can be taken away: direct ones here, rule-made ones by changing the
// attribute that feeds the rule, the others by the app that owns them.
type membership struct{ direct, byRule, byApp []string }

// left says what was left and why.
func (m membership) left() string {
	var out strings.Builder
	if len(m.byRule) > 0 {
		out.WriteString("; left, because a group rule made them (removing them would exclude the person from the rule for good): " + join(m.byRule))
	}
	if len(m.byApp) > 0 {
		out.WriteString("; left, because an app owns them: " + join(m.byApp))
	}
	return out.String()
}

func (s *System) memberships(ctx context.Context, id string) (membership, error) {
	groups, err := s.groups(ctx, id)
	if err != nil {
		return membership{}, err
	}
	rules, err := s.rules(ctx)
	if err != nil {
		return membership{}, err
	}
	byRule := ruleMade(rules, id)
	var m membership
	for _, g := range groups {
		switch {
		case g.Type == oktaGroup && byRule[g.Id]:
			m.byRule = append(m.byRule, g.Id)
		case g.Type == oktaGroup:
			m.direct = append(m.direct, g.Id)
		case g.Type == "APP_GROUP":
			m.byApp = append(m.byApp, g.Id)
		}
	}
	return m, nil
}

// ruleMade says which groups a rule may have put the person into. Okta does not mark such memberships. A group any
// rule assigns counts, unless the rule excludes the person: leaving one too many is listed for people to see, while
// removing one too many would shut a rehire out without a word. Members stay when a rule is switched off, so its
// status does not matter.
func ruleMade(rules []*sdk.GroupRule, user string) map[string]bool {
	out := map[string]bool{}
	for _, r := range rules {
		if r.Actions == nil || r.Actions.AssignUserToGroups == nil || excludes(r, user) {
			continue
		}
		for _, g := range r.Actions.AssignUserToGroups.GroupIds {
			out[g] = true
		}
	}
	return out
}

func excludes(r *sdk.GroupRule, user string) bool {
	c := r.Conditions
	return c != nil && c.People != nil && c.People.Users != nil && slices.Contains(c.People.Users.Exclude, user)
}

func join(ids []string) string { return strings.Join(ids, ", ") }
