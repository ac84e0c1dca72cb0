package okta

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"golang.org/x/sync/errgroup"

	"tenure/activities"
	"tenure/internal/plan"
)

// ReadUser reads an account as it stands; see [activities.OktaReadUser]. One call finds the account, five more run
// side by side, and one per device follows.
func (s *System) ReadUser(ctx context.Context, who activities.Identity) (plan.OktaFacts, error) {
	u, err := s.find(ctx, who)
	if err != nil || u == nil {
		return plan.OktaFacts{}, activities.Classify(err)
	}
	f := plan.OktaFacts{Exists: true, UserID: u.Id, Login: text(u, "login"), Status: u.Status}
	var groups []*sdk.Group
	var rules []*sdk.GroupRule
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		roles, err := s.roles(gctx, u.Id)
		f.Roles = roleTypes(roles)
		return err
	})
	g.Go(func() (err error) { groups, err = s.groups(gctx, u.Id); return err })
	g.Go(func() (err error) { rules, err = s.rules(gctx); return err })
	g.Go(func() error { return s.readApps(gctx, u.Id, &f) })
	g.Go(func() (err error) { f.Devices, err = s.readDevices(gctx, u.Id); return err })
	if err := g.Wait(); err != nil {
		return plan.OktaFacts{}, activities.Classify(err)
	}
	f.Groups = groupFacts(groups, ruleMade(rules, u.Id))
	return f, nil
}

func groupFacts(groups []*sdk.Group, byRule map[string]bool) []plan.OktaGroup {
	var out []plan.OktaGroup
	for _, g := range groups {
		name := ""
		if g.Profile != nil {
			name = g.Profile.Name
		}
		out = append(out, plan.OktaGroup{ID: g.Id, Name: name, Type: g.Type, ByRule: g.Type == oktaGroup && byRule[g.Id]})
	}
	return out
}

// The Google app in Okta's catalogue, and the feature by which Okta deactivates accounts in an app.
const (
	googleApp        = "google"
	pushDeactivation = "PUSH_USER_DEACTIVATION"
)

// readApps lists the assignments. A deactivation cascades only into apps the person has, so the Google app's
// features are read from this list and want no call of their own.
func (s *System) readApps(ctx context.Context, id string, f *plan.OktaFacts) error {
	apps, err := s.apps(ctx, id)
	for _, a := range apps {
		scope := a.Embedded.User.Scope
		if scope == "" {
			scope = byGroup // unknown: never taken away as a direct one
		}
		f.Apps = append(f.Apps, plan.OktaApp{ID: a.ID, Name: a.Name, Label: a.Label, Scope: scope})
		if a.Name == googleApp && a.Status == active && slices.Contains(a.Features, pushDeactivation) {
			f.CascadesToGoogle = true
		}
	}
	return err
}

// readDevices lists the devices with how many people share each. An org on the Classic Engine has no such API, and
// a credential may lack the right to it: both are an empty list, as the okta.devices step reads again and tells.
func (s *System) readDevices(ctx context.Context, id string) ([]plan.OktaDevice, error) {
	found, err := s.devices(ctx, id)
	if lacksDevices(err) || isStatus(err, http.StatusForbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]plan.OktaDevice, len(found))
	errs := each(ctx, indexes(found), func(ctx context.Context, i int) error {
		d := found[i].Device
		users, err := s.usersOfDevice(ctx, d.ID)
		out[i] = plan.OktaDevice{ID: d.ID, Name: d.Profile.DisplayName, Serial: d.Profile.SerialNumber, Users: len(users)}
		return err
	})
	return out, worst(errs)
}

// find looks an account up: by its immutable id when that is known, else by login, else by the exact mail address.
// nil means that there is none.
func (s *System) find(ctx context.Context, who activities.Identity) (*sdk.User, error) {
	if who.Account != "" {
		return s.account(ctx, who.Account)
	}
	if !strings.Contains(who.Email, "@") {
		// Without the @ Okta would match the first half of anybody's login.
		return nil, &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf("email %q is not an address", who.Email),
			Mend: "give the whole work address, for example jo@example.com"}
	}
	u, err := s.user(ctx, who.Email)
	if isStatus(err, http.StatusNotFound) {
		u, err = s.byMail(ctx, who.Email)
	}
	if err != nil || u == nil {
		return nil, err
	}
	return u, confirm(u, who.EmployeeNumber)
}

func (s *System) byMail(ctx context.Context, email string) (*sdk.User, error) {
	terms := []string{"profile.email eq " + strconv.Quote(email)}
	if lower := strings.ToLower(email); lower != email {
		terms = append(terms, "profile.email eq "+strconv.Quote(lower)) // the filter tells upper from lower case
	}
	page, resp, err := s.api.User.ListUsers(ctx, query.NewQueryParams(query.WithFilter(strings.Join(terms, " or "))))
	users, err := rest(ctx, s, page, resp, err)
	switch {
	case err != nil:
		return nil, err
	case len(users) == 0:
		return nil, s.Check(ctx)
	case len(users) > 1:
		return nil, &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("%d okta accounts have this mail address", len(users)),
			Mend: "say which account is meant by recording its okta user id for the employee"}
	}
	return users[0], nil
}

// confirm refuses an account that carries another person's employee number.
func confirm(u *sdk.User, number string) error {
	found := text(u, "employeeNumber")
	if number == "" || found == "" || found == number {
		return nil
	}
	return &activities.Problem{Type: activities.Ambiguous, Text: fmt.Sprintf("okta account %s has employee number %s, not %s", u.Id, found, number),
		Mend: "correct the employee number in Okta or HR, or record the right okta user id for the employee"}
}
