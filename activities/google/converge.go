package google

import (
	"context"
	"slices"
	"strings"

	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// convergence brings one account to what HR says.
type convergence struct {
	s    *System
	in   activities.ConvergeGoogle
	user *directory.User // nil while there is none
	// lost says that the account linked to the person is gone.
	lost bool
	// unsure says that an account may have been made that Google does not show.
	unsure bool
	// freed says that an alias of the account was removed to make room for its new address.
	freed  bool
	memory memory
	out    activities.ConvergedGoogle
}

var convergeSteps = map[plan.Action]func(*convergence, context.Context, activities.Outcome) (activities.Outcome, error){
	plan.GoogleAccount: (*convergence).account,
	plan.GoogleProfile: (*convergence).profile,
	plan.GooglePause:   (*convergence).pause,
	plan.GoogleResume:  (*convergence).resume,
	plan.GoogleDiscard: (*convergence).discard,
}

// ConvergeUser brings the account to what HR says, by the steps it is given, in that order; see
// [activities.ConvergeGoogle]. There is one outcome for each step. A passing fault ends the activity with an error,
// and its retry finds done what was done.
func (s *System) ConvergeUser(ctx context.Context, in activities.ConvergeGoogle) (activities.ConvergedGoogle, error) {
	c := &convergence{s: s, in: in, memory: recall(ctx)}
	lookErr := c.locate(ctx)
	for _, id := range in.Steps {
		o, err := c.step(ctx, id, lookErr)
		if err != nil {
			return activities.ConvergedGoogle{}, ended(ctx, err)
		}
		c.out.Steps = append(c.out.Steps, o)
	}
	if c.user != nil {
		c.out.Account, c.out.Email = c.user.Id, c.user.PrimaryEmail
	}
	return c.out, nil
}

// step performs one step, unless it cannot even be said whose account it is about.
func (c *convergence) step(ctx context.Context, id plan.StepID, lookErr error) (activities.Outcome, error) {
	o := activities.Outcome{Step: id, Account: c.in.Account}
	perform, known := convergeSteps[id.Action()]
	err := lookErr
	switch {
	case !known:
		return attention(o, activities.Unsupported, "an account in Google Workspace has no step "+string(id), "take it out of the policy"), nil
	case err == nil:
		if c.user != nil {
			o.Account = c.user.Id
		}
		o, err = perform(c, ctx, o)
	}
	if err != nil {
		if o, err = settled(o, err); err != nil {
			return o, err
		}
	}
	if c.user != nil {
		o.Account = c.user.Id
	}
	return o, nil
}

// locate finds the person's account: the one that is linked to them, or else the one at their address. A missing one is
// no error, and somebody else's is never taken for theirs.
func (c *convergence) locate(ctx context.Context) error {
	if c.in.Account != "" {
		u, found, err := c.s.find(ctx, c.in.Account)
		if err != nil || found {
			c.user = u
			return err
		}
		if c.lost = true; c.in.Email == "" {
			return nil
		}
	}
	u, found, err := c.s.find(ctx, c.in.Email)
	switch {
	case err != nil:
		return err
	case !found:
		return c.locateFormer(ctx)
	}
	return c.adopt(ctx, u)
}

// locateFormer finds the account at the address that the person had until now. It is theirs unless it carries another
// employee number, or the identity ledger links it to somebody else: whoever asks knows that the address was the person's.
func (c *convergence) locateFormer(ctx context.Context) error {
	if c.in.Former == "" {
		return nil
	}
	u, found, err := c.s.find(ctx, c.in.Former)
	if err != nil || !found || !strings.EqualFold(u.PrimaryEmail, c.in.Former) {
		return err
	}
	if number := organizationID(u); number != "" && c.in.EmployeeNumber != "" && number != c.in.EmployeeNumber {
		return nil // somebody else has it by now
	}
	other, err := c.other(ctx, u)
	if err == nil && other == "" {
		c.user = u
	}
	return err
}

// adopt takes an account that was found at the person's address for theirs, unless something says that it is not.
func (c *convergence) adopt(ctx context.Context, u *directory.User) error {
	const mend = "see in the admin console whose account it is: link it to the person in the identity ledger, or have the person get another address"
	number := organizationID(u)
	theirs := number != "" && number == c.in.EmployeeNumber
	other, err := c.other(ctx, u)
	why := ""
	switch {
	case err != nil:
		return err
	case other != "":
		why = "is " + string(other) + "'s in the identity ledger"
	case number != "" && c.in.EmployeeNumber != "" && !theirs:
		why = "carries employee number " + number + ", not " + c.in.EmployeeNumber
	case !theirs && !strings.EqualFold(u.PrimaryEmail, c.in.Email):
		why = "only has it as an alias, and is somebody else's"
	case number == "" && (c.in.Create || c.asked(plan.GoogleDiscard)) && c.stranger(u):
		why = "carries another name, and no employee number"
	}
	if why != "" {
		return &activities.Problem{Type: activities.Ambiguous, Text: "account " + u.Id + " at the person's address " + why, Mend: mend}
	}
	c.user = u
	return nil
}

// other is to whom else the identity ledger links an account; empty when it is the person's, or nobody's.
func (c *convergence) other(ctx context.Context, u *directory.User) (employee.ID, error) {
	if c.s.config.Owner == nil {
		return "", nil
	}
	owner, err := c.s.config.Owner(ctx, u.Id)
	if err != nil {
		return "", &activities.Problem{Type: activities.Unavailable, Text: "whose account this is could not be looked up: " + err.Error(), Cause: err}
	}
	if owner == c.in.Employee {
		return "", nil
	}
	return owner, nil
}

func (c *convergence) asked(a plan.Action) bool {
	return slices.ContainsFunc(c.in.Steps, func(id plan.StepID) bool { return id.Action() == a })
}

// stranger says whether an account bears neither of the person's names. Where Okta makes the accounts, which may write
// names in other letters, that keeps none from being used, but from being suspended for good.
func (c *convergence) stranger(u *directory.User) bool {
	p := c.in.Person
	return u.Name != nil && p.FirstName != "" && p.LastName != "" &&
		!strings.EqualFold(words(u.Name.GivenName), words(p.FirstName)) && !strings.EqualFold(words(u.Name.FamilyName), words(p.LastName))
}

// absentAccount ends a step for which there is no account: it comes when the account does, if that is expected.
func (c *convergence) absentAccount(o activities.Outcome) activities.Outcome {
	for _, before := range c.out.Steps {
		if before.Step.Action() == plan.GoogleAccount {
			o.State, o.Problem, o.Mend = before.State, before.Problem, before.Mend
			o.Detail = "there is no account yet: " + before.Detail
			return o
		}
	}
	if c.lost {
		return attention(o, activities.NotFound, "the account linked to the person is gone", mendDeleted)
	}
	return c.s.notApplicable(o, "the person has no Google account")
}

// own refuses what would shut Tenure out of Google.
func (c *convergence) own(o activities.Outcome) (activities.Outcome, bool) {
	if !c.s.isAdmin(c.user) {
		return o, false
	}
	return attention(o, activities.Conflict, "this is the administrator in whose name Tenure acts",
		"name another administrator in google.admin, then try the step again"), true
}
