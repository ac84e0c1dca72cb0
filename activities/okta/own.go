package okta

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"golang.org/x/text/unicode/norm"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
)

// own finds the person's account; nil means that there is none. The id of the identity ledger wins. Otherwise it is the
// account with the person's employee number: read by login first, because that is Okta's consistent read, then searched
// for. A deactivated account is the person's own as much as a living one. An account of another number is never theirs,
// nor is one that the ledger links to somebody else; and one of no number hardly ever, see [convergence.resembles].
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
	if err != nil {
		return nil, err
	}
	found := named
	if named == nil || !c.numbered(named) {
		if found, err = c.byNumber(ctx, c.in.EmployeeNumber); err != nil {
			return nil, err
		}
	}
	switch {
	case found != nil:
		err = c.unowned(ctx, found)
	case named != nil:
		found, err = named, c.resembles(ctx, named)
	case !c.asked(plan.OktaCreate): // a credential that is shown nobody may not create anybody either
		err = c.Check(ctx)
	}
	switch {
	case err == nil:
		return found, nil
	case c.looking && activities.ProblemOf(err).Type == activities.Ambiguous:
		return nil, nil
	}
	return nil, err // an account that is not known to be theirs is not even named as theirs
}

// numbered says whether an account carries the person's employee number.
func (c *convergence) numbered(u *sdk.User) bool {
	return c.in.EmployeeNumber != "" && text(u, numberAttribute) == c.in.EmployeeNumber
}

// resembles refuses an account that has the person's login and not their number, unless it must be theirs: it carries no
// number at all, as those of people who were there before Tenure may, and both their names. HR types a colleague's address
// now and then, and a login that was chosen for a joiner may be somebody's by the time it is used. A name is never enough
// to make an account, or to end one.
func (c *convergence) resembles(ctx context.Context, u *sdk.User) error {
	if c.asked(plan.OktaCreate) {
		return taken(u)
	}
	if err := c.unowned(ctx, u); err != nil {
		return err
	}
	if err := confirm(u, c.in.EmployeeNumber); err != nil {
		return err
	}
	why := ""
	switch {
	case text(u, numberAttribute) != "":
		why = "carries employee number " + text(u, numberAttribute)
	case c.asked(plan.OktaDiscard):
		why = "carries no employee number, and only the person's own may be ended"
	case !c.sameName(u, "firstName") || !c.sameName(u, "lastName"):
		why = "carries no employee number, nor the person's first and last name"
	default:
		return nil
	}
	return &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("okta account %s (%s) has the person's login and %s", u.Id, text(u, loginAttribute), why),
		Mend: mendOwner}
}

// mendOwner makes an account one that is known to be somebody's.
const mendOwner = "find out whose account it is: if it is this person's, write their employee number on it in Okta, or link it to them in the identity ledger; otherwise correct the address in HR"

// sameName says whether an account has one of the person's names as the role gives it. Accents and case do not count.
func (c *convergence) sameName(u *sdk.User, name string) bool {
	i := slices.IndexFunc(c.in.Role.Attributes, func(a role.Attribute) bool { return a.Name == name })
	if i < 0 {
		return false
	}
	given, _ := c.in.Role.Attributes[i].Value.(string)
	given = bare(given)
	return given != "" && given == bare(text(u, name))
}

// bare is a name without accents, case and superfluous space.
func bare(name string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(name))
	return strings.Join(strings.Fields(letters), " ")
}

// unowned refuses an account that the identity ledger has as somebody else's, whatever it carries.
func (c *convergence) unowned(ctx context.Context, u *sdk.User) error {
	if c.owner == nil {
		return nil
	}
	owner, err := c.owner(ctx, u.Id)
	if err != nil {
		return &activities.Problem{Type: activities.Unavailable, Text: "whose account this is could not be looked up: " + err.Error(), Cause: err}
	}
	if owner == "" || owner == c.in.Employee {
		return nil
	}
	return &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("okta account %s (%s) is %s's in the identity ledger", u.Id, text(u, loginAttribute), owner),
		Mend: "find out whose account it is, and correct the address in HR or the employee number on the account"}
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
