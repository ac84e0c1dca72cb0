package okta

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// ConvergeUser brings one account to what a role says; see [activities.ConvergeOkta].
//
// A deactivated account is the one that is used again when somebody comes back. Okta lets neither its attributes nor
// its groups be set before it is active, and groups outlive a deactivation: they would spring back with all they give.
// So opening it means, whatever else is asked for: groups that today's role does not give are left first; it is
// activated without a word to its owner, who has no password then; attributes and groups are brought to the role; and
// only then Okta writes to the person. Access after a return is today's role, nothing else.
func (s *System) ConvergeUser(ctx context.Context, in activities.ConvergeOkta) (activities.ConvergedOkta, error) {
	c := s.convergence(ctx, in)
	if err := c.begin(ctx); passing(err) {
		return activities.ConvergedOkta{}, activities.Ended(ctx, err)
	}
	var faults []error
	for _, id := range in.Steps {
		if len(faults) > 0 && !shuts(id.Action()) {
			continue // the next attempt does it, in order
		}
		if err := c.do(ctx, id); err != nil {
			faults = append(faults, err)
		}
	}
	if err := worst(faults); err != nil {
		return activities.ConvergedOkta{}, activities.Ended(ctx, err)
	}
	return c.result(), nil
}

// convergence is one account on its way to what a role says.
type convergence struct {
	*System
	in       activities.ConvergeOkta
	user     *sdk.User // as it was last read; nil: there is none
	held     []*sdk.Group
	ruled    []*sdk.GroupRule
	sawHeld  bool
	sawRules bool
	looking  bool  // nothing is done: an account of somebody else's is no account
	created  bool  // by this attempt
	none     error // why there is no account to work on
	outcomes map[plan.StepID]activities.Outcome
	progress *progress

	manual, byRule []string
}

// move is the way of performing an action; nil for none of this activity's.
func move(a plan.Action) func(*convergence, context.Context, *work) error {
	switch a {
	case plan.OktaCreate:
		return (*convergence).create
	case plan.OktaProfile:
		return (*convergence).profile
	case plan.OktaJoin:
		return (*convergence).join
	case plan.OktaQuit:
		return (*convergence).quit
	case plan.OktaOpen:
		return (*convergence).open
	case plan.OktaPause:
		return (*convergence).pause
	case plan.OktaResume:
		return (*convergence).resume
	case plan.OktaDiscard:
		return (*convergence).discard
	default:
		return nil
	}
}

// shuts says whether an action takes access away: it is done whatever happened to the steps before it.
func shuts(a plan.Action) bool {
	return a == plan.OktaPause || a == plan.OktaDiscard || a == plan.OktaQuit
}

func (s *System) convergence(ctx context.Context, in activities.ConvergeOkta) *convergence {
	return &convergence{System: s, in: in, progress: recall(ctx), outcomes: map[plan.StepID]activities.Outcome{}}
}

func (c *convergence) asked(a plan.Action) bool {
	return slices.ContainsFunc(c.in.Steps, func(id plan.StepID) bool { return id.Action() == a })
}

// begin finds the account. Its error, when it is no passing one, is what every step says.
func (c *convergence) begin(ctx context.Context) error {
	c.user, c.none = c.own(ctx)
	if c.user != nil && c.user.Status == deprovisioned && c.asked(plan.OktaOpen) {
		// The first heartbeat of an attempt is sent at once and the others late: this one must not be lost.
		c.progress.made.Reusing = true
		c.progress.beat()
	}
	return c.none
}

// do performs one step, unless it was done on the way of another. Its error is a passing fault.
func (c *convergence) do(ctx context.Context, id plan.StepID) error {
	if _, done := c.outcomes[id]; done {
		return nil
	}
	account := ""
	if c.user != nil {
		account = c.user.Id
	}
	how := move(id.Action())
	perform := func(ctx context.Context, w *work) error {
		err := c.none
		if err == nil {
			err = how(c, ctx, w)
		}
		if c.user != nil {
			w.out.Account = c.user.Id
		}
		return w.unlessOvertaken(err)
	}
	if how == nil {
		perform = nil
	}
	o, err := c.run(ctx, c.progress, account, id, perform)
	if err == nil {
		c.outcomes[id] = o
	}
	return err
}

func (c *convergence) result() activities.ConvergedOkta {
	made := c.progress.made
	out := activities.ConvergedOkta{Given: c.given(), Changed: made.Changed, Joined: made.Joined, Quit: made.Quit, Manual: c.manual, ByRule: c.byRule}
	if c.user != nil {
		out.Account, out.Login, out.Status = c.user.Id, text(c.user, "login"), c.user.Status
	}
	for _, id := range c.in.Steps {
		out.Steps = append(out.Steps, c.outcomes[id])
	}
	return out
}

// given is what is to be remembered: groups of the role, and of what it gave before, that the account is in. What was
// not looked at is as it was.
func (c *convergence) given() role.Given {
	g := c.in.Given
	if c.user == nil && c.none == nil {
		return role.Given{At: c.now(), GooglePaused: g.GooglePaused}
	}
	if c.sawHeld {
		g.Groups = nil
		for _, name := range c.namesHeld() {
			if c.gives(name) || slices.Contains(c.in.Given.Groups, name) {
				g.Groups = append(g.Groups, name)
			}
		}
		g.At = c.now()
	}
	if _, looked := c.outcomes[plan.OktaProfile.For("")]; looked && c.user != nil && c.none == nil {
		g.Attributes = nil
		for _, a := range c.in.Role.Attributes {
			if same(a.Name, a.Value, attribute(c.user, a.Name)) {
				g.Attributes = append(g.Attributes, a.Name)
			}
		}
		g.At = c.now()
	}
	return g
}

// gives says whether the role gives a group.
func (c *convergence) gives(group string) bool {
	return slices.ContainsFunc(c.in.Role.Groups, func(g role.Grant) bool { return g.Group == group })
}

// reread reads the account again, by its id: Okta's consistent read.
func (c *convergence) reread(ctx context.Context) error {
	u, err := c.account(ctx, c.user.Id)
	if err != nil {
		return err
	}
	if u == nil {
		c.user = nil
		return noAccount()
	}
	c.user = u
	return nil
}

// settled waits until Okta works on the account no more.
func (c *convergence) settled(ctx context.Context) error {
	if c.user == nil {
		return noAccount()
	}
	if c.user.TransitioningToStatus == "" {
		return nil
	}
	return c.settle(ctx)
}

// settle reads the account until no change of its status is under way, at least once.
func (c *convergence) settle(ctx context.Context) error {
	done, err := c.until(ctx, c.progress, func() (bool, error) {
		err := c.reread(ctx)
		return err == nil && c.user.TransitioningToStatus == "", err
	})
	if err == nil && !done {
		err = activities.Problemf(activities.Unavailable, "okta is still working on the account (%s)", statusText(c.user))
	}
	return err
}

func noAccount() error {
	return &activities.Problem{Type: activities.NotFound, Text: "the person has no Okta account", Mend: "have the account made first: see what became of okta.create"}
}

// there ends a step that found what it was to bring about. When an attempt before this one brought it about, it says so.
func (w *work) there(detail, readBack string) {
	if before := w.progress.of(w.out.Step); !before.Executed.IsZero() && before.Detail != "" {
		detail = before.Detail
	}
	w.verified(readBack)
	w.out.Detail = detail
}

// heldGroups are the groups the account is in, read once and again after a change.
func (c *convergence) heldGroups(ctx context.Context) ([]*sdk.Group, error) {
	if c.sawHeld {
		return c.held, nil
	}
	held, err := c.groups(ctx, c.user.Id)
	if err != nil {
		return nil, err
	}
	c.held, c.sawHeld = held, true
	return held, nil
}

func (c *convergence) groupRules(ctx context.Context) ([]*sdk.GroupRule, error) {
	if c.sawRules {
		return c.ruled, nil
	}
	rules, err := c.rules(ctx)
	if err != nil {
		return nil, err
	}
	c.ruled, c.sawRules = rules, true
	return rules, nil
}

func (c *convergence) namesHeld() []string {
	var out []string
	for _, g := range c.held {
		if name := groupName(g); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func groupName(g *sdk.Group) string {
	if g.Profile == nil {
		return ""
	}
	return g.Profile.Name
}

// add puts names into a list of what was done, each once.
func add(list []string, names ...string) []string {
	for _, n := range names {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }
