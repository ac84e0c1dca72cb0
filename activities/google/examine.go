package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	directory "google.golang.org/api/admin/directory/v1"

	"tenure/activities"
)

const (
	whyCut     = "passwords, sessions and tokens of leavers would stay good in Google, and no mailbox could be handed over"
	mendConsul = "in the admin console open Security, API controls, domain-wide delegation, and authorise for the service account's numeric client id: "
)

// whyScope says what does not work without a scope, by its last words. A scope that is not here only serves an
// examination.
var whyScope = map[string]string{
	"admin.directory.user":           whyCut,
	"admin.directory.user.security":  "sessions, tokens, app passwords and backup codes of leavers would stay good",
	"admin.directory.group.readonly": "groups of leavers could not be handed over",
	"admin.directory.group.member":   "groups of leavers could not be handed over",
	"admin.directory.rolemanagement": "administrator roles of leavers would stay",
	"admin.datatransfer":             "files and calendars of leavers would not be handed over",
	"gmail.settings.basic":           "auto-reply and forwarding could not be set, nor a delegate seen",
	"gmail.settings.sharing":         "no mailbox could be lent, and no forwarding ended",
}

// Examine looks over the connection to Google Workspace by reading only; see [activities.GoogleExamine]. Fetching a
// token is a POST that changes nothing.
func (s *System) Examine(ctx context.Context, in activities.Examine) (activities.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, activities.ExamineWithin)
	defer cancel()
	x := examination{System: s, Examination: activities.NewExamination("google")}
	if x.delegation(ctx) && x.admin(ctx) {
		x.gmail(ctx)
		x.transferApps(ctx)
		x.orgUnit(ctx, in.OrgUnit)
	}
	return x.Findings(), nil
}

type examination struct {
	*System
	*activities.Examination
}

// delegation asks for a token of every scope alone: asked for together, one that is missing fails all.
func (x examination) delegation(ctx context.Context) bool {
	scopes := Scopes()
	errs := make([]error, len(scopes))
	var all sync.WaitGroup
	for i, scope := range scopes {
		all.Go(func() { errs[i] = x.ask(ctx, scope) })
	}
	all.Wait()
	var missing []string
	for i, err := range errs {
		switch {
		case err == nil:
		case unauthorised(err):
			missing = append(missing, scopes[i])
		default: // the key, the administrator or the way there: every scope fails alike
			x.Refused("let-in", activities.FindingFailure, problem(&signInError{family: accountsFamily, cause: err}), whyCut)
			return false
		}
	}
	if len(missing) == len(scopes) {
		x.Fail("delegation", "no scope is authorised for the service account", whyCut, mendConsul+strings.Join(scopes, ","))
		return false
	}
	x.OK("let-in", "Google takes the service account's key")
	for _, scope := range missing {
		x.lacks(scope)
	}
	if len(missing) == 0 {
		x.OK("delegation", "each of the %d scopes is authorised", len(scopes))
	}
	return !slices.Contains(missing, scopePrefix+"admin.directory.user")
}

func (x examination) lacks(scope string) {
	short := strings.TrimPrefix(scope, scopePrefix)
	text, mend := "the scope "+scope+" is not authorised for the service account", mendConsul+scope
	if why := whyScope[short]; why != "" {
		x.Fail("scope."+short, text, why, mend)
		return
	}
	x.Warn("scope."+short, text, "whether the organisational unit for leavers is there cannot be looked at", mend)
}

// ask fetches a token for one scope and throws it away.
func (x examination) ask(ctx context.Context, scope string) error {
	config, err := google.JWTConfigFromJSON(x.doors.key, scope)
	if err != nil {
		return err
	}
	config.Subject = x.config.Admin
	_, err = (&door{config: config, wire: x.doors.wire}).fetch(ctx)
	return err
}

// unauthorised says whether Google refused a token because the scope is not authorised, and not for another reason.
func unauthorised(err error) bool {
	var refused *oauth2.RetrieveError
	return errors.As(err, &refused) && refused.Response.StatusCode == http.StatusUnauthorized
}

// admin looks at the administrator in whose name everything is done.
func (x examination) admin(ctx context.Context) bool {
	u, found, err := x.find(ctx, x.config.Admin)
	if err != nil {
		x.Refused("admin", activities.FindingFailure, problem(err), whyCut)
		return false
	}
	switch {
	case !found:
		x.Fail("admin", "google.admin names an account that does not exist", whyCut, mendAdmin)
	case u.Suspended || u.Archived:
		x.Fail("admin", "the administrator in google.admin is suspended", whyCut, mendAdmin)
	case u.IsAdmin:
		x.OK("admin", "the administrator in google.admin is a super administrator")
	case u.IsDelegatedAdmin:
		x.Warn("admin", "the administrator in google.admin has delegated roles only",
			"it cannot reset the password of an administrator who leaves, nor take the roles away",
			"give google.admin the role of a super administrator, or see that people do it when administrators leave")
	default:
		x.Fail("admin", "the account in google.admin has no administrator role", whyCut, mendAdmin)
	}
	if found {
		x.Clock(u.Header, x.now())
	}
	return found
}

// gmail tries the Gmail API on the administrator's own mailbox, where there is one.
func (x examination) gmail(ctx context.Context) {
	const why = "no mailbox could be lent, and no auto-reply set"
	api, err := x.mail(ctx, x.config.Admin, mailFamily)
	if err == nil {
		_, err = listDelegates(ctx, api)
	}
	switch {
	case err == nil:
		x.OK("gmail", "the Gmail API answers")
	case isStatus(err, http.StatusBadRequest):
		x.OK("gmail", "the Gmail API answers; the administrator in google.admin has no mailbox")
	case unauthorised(err): // told by delegation
	default:
		x.Refused("gmail", activities.FindingFailure, problem(err), why)
	}
}

// transferApps looks for the applications whose data can be handed over.
func (x examination) transferApps(ctx context.Context) {
	const why = "files and calendars of leavers would not be handed over"
	api, err := x.transfers(ctx)
	if err != nil {
		x.Unread("transfers", "the applications of Data Transfer", problem(err), why)
		return
	}
	list, err := api.Applications.List().CustomerId(x.config.Customer).MaxResults(500).Context(ctx).Do()
	if unauthorised(err) {
		return // told by delegation
	}
	if err != nil {
		x.Unread("transfers", "the applications of Data Transfer", problem(err), why)
		return
	}
	var missing []string
	for word, app := range transferable {
		there := false
		for _, a := range list.Applications {
			there = there || a.Id == app.id || a.Name == app.name
		}
		if !there {
			missing = append(missing, word)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		x.Warn("transfers", "Google's Data Transfer does not offer "+strings.Join(missing, " and "), why,
			"turn the service on in the admin console (Apps, Google Workspace), or leave it out of offboard.transfer.apps")
		return
	}
	x.OK("transfers", "files and calendars can be handed over")
}

// orgUnit looks for the unit that leavers are moved to. No API says which services are on in a unit; the mailbox of
// somebody who is there tells.
func (x examination) orgUnit(ctx context.Context, path string) {
	if path == "" {
		x.OK("org-unit", "the policy moves leavers to no organisational unit")
		return
	}
	api, err := x.directory(ctx, unitsFamily)
	if err == nil {
		_, err = api.Orgunits.Get(x.config.Customer, strings.TrimPrefix(path, "/")).Context(ctx).Do()
	}
	switch {
	case err == nil:
		x.mailIn(ctx, path)
	case unauthorised(err): // told by delegation
	case isStatus(err, http.StatusNotFound):
		x.Warn("org-unit", fmt.Sprintf("there is no organisational unit %s", path),
			"leavers cannot be moved out of the units of those who work here: the step becomes a task every time",
			"create it in the admin console with Gmail, Drive and Calendar on and mail delegation allowed, or correct offboard.org_unit in the policy")
	default:
		x.Unread("org-unit", "the organisational unit "+path, problem(err), "whether it is there is not known")
	}
}

// mailIn looks whether Gmail serves the mailbox of somebody active in the unit.
func (x examination) mailIn(ctx context.Context, unit string) {
	who, err := x.activeIn(ctx, unit)
	if err != nil {
		x.Unread("org-unit", "who is in "+unit, problem(err), "whether Gmail is on there is not known")
		return
	}
	if who == "" {
		x.OK("org-unit", "%s is there; nobody active is in it yet, so that no API shows whether Gmail and mail delegation are on: look in the admin console", unit)
		return
	}
	api, err := x.mail(ctx, who, mailFamily)
	if err == nil {
		_, err = listDelegates(ctx, api)
	}
	switch {
	case err == nil:
		x.OK("org-unit", "%s is there, and Gmail is on in it", unit)
	case isStatus(err, http.StatusBadRequest):
		x.Warn("org-unit", "Gmail serves no mailbox in "+unit, "a leaver who is moved there loses the mailbox on the same day, and the heir with it: mail bounces",
			"in the admin console open Apps, Google Workspace, Gmail, and turn the service (and mail delegation) on for "+unit)
	default:
		x.Unread("org-unit", "a mailbox in "+unit, problem(err), "whether Gmail is on there is not known")
	}
}

// activeIn is the address of somebody in the unit who has a mailbox and is not suspended; empty for nobody.
func (x examination) activeIn(ctx context.Context, unit string) (string, error) {
	api, err := x.directory(ctx, accountsFamily)
	if err != nil {
		return "", err
	}
	query := "orgUnitPath='" + strings.ReplaceAll(unit, "'", `\'`) + "' isSuspended=false"
	page, err := api.Users.List().Customer(x.config.Customer).Query(query).MaxResults(10).Context(ctx).Do()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(page.Users, func(u *directory.User) bool { return !u.Suspended && u.IsMailboxSetup && sameUnit(u.OrgUnitPath, unit) })
	if i < 0 {
		return "", nil
	}
	return page.Users[i].PrimaryEmail, nil
}
