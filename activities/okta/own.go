package okta

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"tenure/activities"
	"tenure/internal/plan"
)

// own finds the person's account; nil means that there is none. The id of the identity ledger wins. Otherwise it is the
// account with the person's employee number: read by login first, because that is Okta's consistent read, then searched
// for. A deactivated account is the person's own as much as a living one. An account of another number is never theirs.
func (c *convergence) own(ctx context.Context) (*sdk.User, error) {
	if c.asked(plan.OktaCreate) && (c.in.EmployeeNumber == "" || c.in.Login == "") {
		return nil, invalid("login %q or employeeNumber %q is empty: without them the account could not be told from somebody else's", c.in.Login, c.in.EmployeeNumber)
	}
	if c.in.Account != "" {
		if u, err := c.account(ctx, c.in.Account); u != nil || err != nil {
			return u, err
		}
	}
	named, err := c.byLogin(ctx, c.in.Login)
	if err != nil || named != nil && c.in.EmployeeNumber != "" && text(named, "employeeNumber") == c.in.EmployeeNumber {
		return named, err
	}
	numbered, err := c.byNumber(ctx, c.in.EmployeeNumber)
	switch {
	case err != nil || numbered != nil:
		return numbered, err
	case named != nil && c.asked(plan.OktaCreate):
		return nil, taken(named)
	case named != nil && c.looking && confirm(named, c.in.EmployeeNumber) != nil:
		return nil, nil
	case named != nil:
		return named, confirm(named, c.in.EmployeeNumber)
	case c.asked(plan.OktaCreate):
		return nil, nil // a credential that is shown nobody may not create anybody either
	}
	return nil, c.Check(ctx)
}

// byLogin reads an account by its whole login; nil means that nobody has it. Okta would take the first half of somebody's
// login as well.
func (s *System) byLogin(ctx context.Context, login string) (*sdk.User, error) {
	if login == "" {
		return nil, nil
	}
	u, err := s.user(ctx, login)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil || !strings.EqualFold(text(u, "login"), login) {
		return nil, err
	}
	return u, nil
}

// byNumber searches for the account with an employee number; nil means that there is none yet in Okta's index, which is
// late. What it finds is read again: the index may show what was.
func (s *System) byNumber(ctx context.Context, number string) (*sdk.User, error) {
	if number == "" {
		return nil, nil
	}
	page, resp, err := s.api.User.ListUsers(ctx, query.NewQueryParams(query.WithSearch("profile.employeeNumber eq "+strconv.Quote(number))))
	found, err := rest(ctx, s, page, resp, err)
	if err != nil {
		return nil, err
	}
	var mine []*sdk.User
	for _, f := range found {
		u, err := s.user(ctx, f.Id)
		if isStatus(err, http.StatusNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if text(u, "employeeNumber") == number {
			mine = append(mine, u)
		}
	}
	switch len(mine) {
	case 0:
		return nil, nil
	case 1:
		return mine[0], nil
	}
	return nil, &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("%d okta accounts have employee number %s", len(mine), number),
		Mend: "say which account is meant by recording its okta user id for the employee, or clear the number on the others"}
}

// taken says who has a login that was wanted.
func taken(u *sdk.User) error {
	whose := "which carries no employee number"
	if n := text(u, "employeeNumber"); n != "" {
		whose = "which is " + n + "'s"
	}
	return &activities.Problem{Type: activities.Conflict, Text: fmt.Sprintf("the login %s is that of okta account %s (%s), %s", text(u, "login"), u.Id, u.Status, whose),
		Mend: "choose another login; or, if the account is this person's, write their employee number on it in Okta"}
}
