package google

import (
	"context"
	"net/http"
	"strings"
	"time"

	directory "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/gmail/v1"

	"tenure/activities"
	"tenure/internal/plan"
)

// account sees that the account is there and not suspended.
func (c *convergence) account(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	switch {
	case c.user == nil && !c.in.Create:
		return c.awaited(ctx, o), nil
	case c.user == nil:
		return c.create(ctx, o)
	case c.user.Archived:
		return archived(o), nil
	case c.user.Suspended:
		return c.reopen(ctx, o)
	case c.begun(o.Step):
		return c.resumed(ctx, o, "made or opened by an earlier attempt")
	}
	return c.s.verified(o, "already there", "active"), nil
}

func archived(o activities.Outcome) activities.Outcome {
	return attention(o, activities.Conflict, "the account is archived",
		"take it out of the archive in the admin console, which needs a licence, then try the step again")
}

// awaited: another system makes the account. One that was deleted and has the address keeps it from doing so.
func (c *convergence) awaited(ctx context.Context, o activities.Outcome) activities.Outcome {
	o.State, o.Detail = plan.Waiting, "Okta has not made it yet"
	if c.lost {
		o.Detail = "the account linked to the person is gone, and Okta has not made another yet"
	}
	if gone, found, err := c.deletedBefore(ctx); err == nil && found {
		o.Detail += "; " + saidDeleted(gone)
		o.Mend = mendDeleted
	}
	return o
}

// appearsWithin is how long after an attempt to make an account it may still appear. Google documents no figure; people
// have seen minutes.
const appearsWithin = 10 * time.Minute

const mendDeleted = "bring it back in the admin console within 20 days of the deletion (Users, Recently deleted), or have the person get another address"

func saidDeleted(u *directory.User) string {
	day, _, _ := strings.Cut(u.DeletionTime, "T")
	return "account " + u.Id + " of this address was deleted on " + day
}

// deletedBefore finds an account that was deleted in the last days and was the person's, or has their address.
func (c *convergence) deletedBefore(ctx context.Context) (*directory.User, bool, error) {
	gone, err := c.s.deletedUsers(ctx)
	for _, u := range gone {
		if u.Id == c.in.Account || strings.EqualFold(u.PrimaryEmail, c.in.Email) {
			return u, true, nil
		}
	}
	return nil, false, err
}

// create makes the account, unless something stands in the way.
func (c *convergence) create(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	c.unsure = c.begun(o.Step) && c.s.now().Sub(c.memory[o.Step].Executed) < appearsWithin
	why, err := c.obstacle(ctx)
	switch {
	case err != nil:
		return o, err
	case why != nil:
		return o, why
	}
	return c.giving(ctx, o, mayGive, c.insert, c.shut)
}

// obstacle says why no account is made: HR does not say enough, a deleted one could be brought back, or the person has
// one elsewhere.
func (c *convergence) obstacle(ctx context.Context) (*activities.Problem, error) {
	if words(c.in.Person.FirstName) == "" || words(c.in.Person.LastName) == "" {
		return &activities.Problem{Type: activities.InvalidInput, Text: "HR gives no first or no last name, and Google makes no account without both",
			Mend: "have HR fill in both names"}, nil
	}
	gone, found, err := c.deletedBefore(ctx)
	if err != nil {
		return nil, err
	}
	if found {
		return &activities.Problem{Type: activities.Conflict, Text: saidDeleted(gone), Mend: mendDeleted}, nil
	}
	other, found, err := c.numbered(ctx)
	if err != nil || !found {
		return nil, err
	}
	return &activities.Problem{Type: activities.Ambiguous, Text: "account " + other.Id + " carries employee number " + c.in.EmployeeNumber + " and has another address",
		Mend: "link that account to the person in the identity ledger, or correct the employee id on it"}, nil
}

// numbered searches for an account with the person's employee number. The search may lag behind, so that what it shows
// is read again.
func (c *convergence) numbered(ctx context.Context) (*directory.User, bool, error) {
	if c.in.EmployeeNumber == "" || strings.ContainsAny(c.in.EmployeeNumber, `'"\ `) {
		return nil, false, nil
	}
	api, err := c.s.directory(ctx, accountsFamily)
	if err != nil {
		return nil, false, err
	}
	page, err := api.Users.List().Customer(c.s.config.Customer).Query("externalId='" + c.in.EmployeeNumber + "'").Context(ctx).Do()
	if err != nil {
		return nil, false, err
	}
	for _, shown := range page.Users {
		u, found, err := c.s.find(ctx, shown.Id)
		if err != nil {
			return nil, false, err
		}
		elsewhere := found && !strings.EqualFold(u.PrimaryEmail, c.in.Email) // else it has appeared this moment
		if elsewhere && organizationID(u) == c.in.EmployeeNumber {
			return u, true, nil
		}
	}
	return nil, false, nil
}

// fresh is the account to be made. Its password is one that nobody knows, and no change of it is asked for: people come
// in through the company's identity provider, where Google asks for none, and an administrator who sets a password
// says so themselves. On an account that waits for a change no mailbox may be lent.
func (c *convergence) fresh() *directory.User {
	p := c.in.Person
	u := &directory.User{PrimaryEmail: c.in.Email, Name: &directory.UserName{GivenName: name(p.FirstName), FamilyName: name(p.LastName)},
		Password: randomPassword(), OrgUnitPath: c.in.OrgUnit, ForceSendFields: []string{"ChangePasswordAtNextLogin"}}
	if c.in.EmployeeNumber != "" {
		u.ExternalIds = []entry{{"type": numberType, "value": c.in.EmployeeNumber}}
	}
	return u
}

// insert makes the account and reads it. An answer that was lost, and one that says that the address is taken, are
// decided by what is there.
func (c *convergence) insert(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	api, err := c.s.directory(ctx, accountsFamily)
	if err != nil {
		return o, err
	}
	o.Executed = c.s.now()
	_, actErr := api.Users.Insert(c.fresh()).Context(ctx).Do()
	taken := isStatus(actErr, http.StatusConflict)
	if actErr != nil && !taken && !unclear(actErr) {
		return o, c.unitProblem(actErr)
	}
	c.unsure = true
	patience := c.s.config.Settle
	if actErr != nil {
		patience = 0
	}
	shown, err := confirm(ctx, patience, func() (bool, error) {
		u, found, err := c.s.find(ctx, c.in.Email)
		if err != nil || !found {
			return false, err
		}
		return true, c.adopt(ctx, u)
	})
	switch {
	case err != nil:
		return o, err
	case shown:
		return c.s.verified(o, "account made, with a password that nobody knows", "active, in "+c.user.OrgUnitPath), nil
	case taken:
		return o, c.takenBy(ctx, actErr)
	case actErr != nil:
		return o, actErr
	}
	return o, &activities.Problem{Type: activities.Unavailable, Text: "Google has made the account and does not show it yet"}
}

// takenBy says who has the address, where it is no account that can be read.
func (c *convergence) takenBy(ctx context.Context, taken error) error {
	if g, found, err := c.s.findGroup(ctx, c.in.Email); err == nil && found {
		return &activities.Problem{Type: activities.Conflict, Text: "group " + g.Id + " has the person's address",
			Mend: "rename the group, or have the person get another address", Cause: taken}
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "Google says that the address is taken, and does not show by whom", Cause: taken}
}

// unitProblem names the organisational unit where Google does not know it.
func (c *convergence) unitProblem(err error) error {
	if !unitUnknown(err) {
		return err
	}
	return c.noUnit(err)
}

// reopen lets somebody in again whose account is suspended: a rehire. The old password is gone in the same write, so
// that the account is at no moment open with it.
func (c *convergence) reopen(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
	out, err := c.giving(ctx, o, mayOpen, func(ctx context.Context, o activities.Outcome) (activities.Outcome, error) {
		return c.unsuspend(ctx, o, change{
			fields: &directory.User{Password: randomPassword(), ChangePasswordAtNextLogin: true, IncludeInGlobalAddressList: true,
				ForceSendFields: []string{"Suspended"}},
			holds: func(u *directory.User) bool {
				return !u.Suspended && u.ChangePasswordAtNextLogin && u.IncludeInGlobalAddressList
			},
			detail:   "unsuspended, with a new password that nobody knows, and shown in the directory",
			readBack: "active, password to be changed at next sign-in"})
	}, c.shut)
	switch {
	case err != nil:
		return out, err
	case out.State == plan.Verified:
		out.Detail += c.silence(ctx)
	case out.Problem == activities.Conflict && out.Executed.IsZero() && c.ask(ctx, mayGive) == nil:
		out.State, out.Problem = plan.Waiting, ""
		out.Detail = "the account is there and suspended: " + strings.TrimPrefix(out.Detail, "overtaken: ")
	}
	return out, nil
}

// unsuspend opens the account and keeps it as it is then.
func (c *convergence) unsuspend(ctx context.Context, o activities.Outcome, ch change) (activities.Outcome, error) {
	done, err := c.s.bring(ctx, c.user, ch, o)
	if err == nil && done.State == plan.Verified {
		if u, found, readErr := c.s.find(ctx, c.user.Id); readErr == nil && found {
			c.user = u
		}
	}
	return done, err
}

// silence turns off the automatic reply that said that the person has left. Google can take an hour to serve a mailbox
// again, which nobody waits for.
func (c *convergence) silence(ctx context.Context) string {
	const left = "; the automatic reply could not be looked at yet, and is the person's to turn off"
	if closed(c.user) != nil {
		return ""
	}
	o, err := c.s.reply(ctx, c.user, &gmail.VacationSettings{}, activities.Outcome{})
	switch {
	case err != nil || o.State != plan.Verified:
		return left
	case o.Executed.IsZero():
		return ""
	}
	return "; automatic reply turned off"
}
