package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// row is one line of the error table: the first whose status, reason and words fit decides.
type row struct {
	status  int
	reasons []string // any of these; empty fits all
	words   string   // must occur in the message; empty fits all
	typ     string
	text    string
	mend    string
}

const (
	mendScopes = "in the admin console under API controls, domain-wide delegation, authorise these scopes for the service account's numeric client id: "
	mendAdmin  = "see that the address is of this organisation; else give the administrator in google.admin the rights for users, groups, roles and data transfer, or name another"
	mendBox    = "see that the account is active, has a mailbox, and that Gmail is on in its organisational unit; then try the step again"
)

// table is what Google's answers mean (vendor document, errors and quotas). Throttling is told from refusal by the
// reason: both are 403.
var table = []row{
	{400, []string{"adminCannotUnsuspend"}, "", activities.Conflict, "Google suspended the account itself", "clear the cause in the admin console and unsuspend it there"},
	{400, nil, "INVALID_OU_ID", activities.InvalidInput, "the organisational unit does not exist", "create it in the admin console, or correct offboard.org_unit in the policy"},
	{400, nil, "Domain not found", activities.InvalidInput, "the address is in no domain of this Workspace", "have HR give an address in one of its domains, or add the domain in the admin console"},
	{400, nil, "any more delegates", activities.Conflict, "the mailbox has as many delegates as Google allows", "remove a delegate of this mailbox, then try the step again"},
	{400, []string{"failedPrecondition"}, "", activities.Conflict, "Google does not serve this mailbox", mendBox},
	{400, []string{"invalidArgument"}, "delegate", activities.InvalidInput, "Google does not accept this delegate", "choose an active account of the same organisation, by its primary address"},
	{400, nil, "", activities.InvalidInput, "Google refused the request as invalid", "look up the account in the admin console and do the step by hand if it is right"},
	{401, nil, "", activities.Forbidden, "Google refused the access token, and a new one too", "see that the service account and its key are enabled"},
	{403, []string{"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"}, "", activities.RateLimited, "Google is throttling", ""},
	{403, []string{"accessNotConfigured"}, "", activities.Forbidden, "the API is not enabled in the service account's project", "enable the Admin SDK and Gmail APIs there"},
	{403, []string{"insufficientPermissions"}, "scopes", activities.Forbidden, "the access token lacks a scope", mendScopes + strings.Join(Scopes(), " ")},
	{403, []string{"insufficientPermissions"}, "", activities.Forbidden, "Google does not allow this for the account", "see that Gmail and mail delegation are on in the account's organisational unit"},
	{403, nil, "", activities.Forbidden, "the administrator may not do this", mendAdmin},
	{404, nil, "", activities.NotFound, "Google knows no such thing", ""},
	{409, []string{"conflict"}, "", activities.Unavailable, "somebody else is changing it at this moment", ""},
	{409, nil, "", activities.Conflict, "it exists already", ""},
	{412, []string{"insufficientArchivedUserLicenses"}, "", activities.Unsupported, "there is no licence for archived users left", "buy one, or leave the account suspended"},
	{412, nil, "user limit", activities.Unsupported, "there is no licence left for another user", "buy one in the admin console, then try the step again"},
	{412, nil, "", activities.Unavailable, "Google is not done with an earlier change of the account", ""},
	{429, nil, "", activities.RateLimited, "Google is throttling", ""},
}

// tokenTable is the same for refusals of the token endpoint. They come before any call is made.
var tokenTable = []row{
	{400, []string{"invalid_grant"}, "Invalid email or User ID", activities.Conflict, "Google lets nobody act as this account: it is missing or suspended", "if it is the administrator in google.admin, name another; else look at the account"},
	{400, []string{"invalid_grant"}, "deleted", activities.NotFound, "the account has been deleted", ""},
	{400, []string{"invalid_grant"}, "short-lived", activities.Forbidden, "Google found the time of our request wrong", "set this machine's clock"},
	{400, nil, "", activities.Forbidden, "Google refused the service account's key", "make a new key for the service account and put it into google.key"},
	{401, nil, "", activities.Forbidden, "a scope is not authorised for the service account", mendScopes},
	{403, []string{"rateLimitExceeded", "quotaExceeded"}, "", activities.RateLimited, "Google is throttling token requests", ""},
	{403, nil, "", activities.Forbidden, "Google refused the service account", "see that the service account and its key are enabled"},
	{429, nil, "", activities.RateLimited, "Google is throttling token requests", ""},
}

func (r row) fits(status int, reason, message string) bool {
	return r.status == status && (len(r.reasons) == 0 || slices.Contains(r.reasons, reason)) &&
		strings.Contains(strings.ToLower(message), strings.ToLower(r.words))
}

// signInError is a token that could not be had.
type signInError struct {
	family family
	cause  error
}

func (e *signInError) Error() string { return "no access token for " + string(e.family) }
func (e *signInError) Unwrap() error { return e.cause }

// problem turns any error of a call into one with a type, a text and a mend. It quotes Google's reason, and of the
// message only what holds no address.
func problem(err error) *activities.Problem {
	var p *activities.Problem
	if errors.As(err, &p) {
		return p
	}
	var refused *googleapi.Error
	if errors.As(err, &refused) {
		return fromTable(table, refused.Code, reasonOf(refused), refused.Message, refused.Header, err)
	}
	var signIn *signInError
	if errors.As(err, &signIn) {
		return signInProblem(signIn, err)
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "Google could not be reached: " + withoutURL(err), Cause: err}
}

func signInProblem(e *signInError, err error) *activities.Problem {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return &activities.Problem{Type: activities.Unavailable, Text: "Google's token endpoint could not be reached", Cause: err}
	}
	var body struct { // the library leaves its own fields empty in this flow
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(refused.Body, &body) // a body of another form has no code, and the status decides
	p := fromTable(tokenTable, refused.Response.StatusCode, body.Code, body.Description, refused.Response.Header, err)
	if p.Mend == mendScopes {
		p.Mend += strings.Join(e.family.scopes(), " ")
	}
	return p
}

func fromTable(rows []row, status int, reason, message string, header http.Header, cause error) *activities.Problem {
	p := &activities.Problem{Type: activities.Unavailable, Text: "Google is not well", Cause: cause}
	for _, r := range rows {
		if r.fits(status, reason, message) {
			p.Type, p.Text, p.Mend = r.typ, r.text, r.mend
			break
		}
	}
	p.Text += " (" + strings.TrimSpace(http.StatusText(status)+" "+reason+said(message)) + ")"
	if p.Type == activities.RateLimited {
		p.Delay = vendorhttp.RetryAfter(header, time.Now())
	}
	return p
}

// said quotes a message for people, with addresses masked.
func said(message string) string {
	words := strings.Fields(message)
	for i, w := range words {
		if strings.Contains(w, "@") {
			words[i] = "<address>"
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + vendorhttp.Excerpt([]byte(strings.Join(words, " ")))
}

// reasonOf is Google's own code: the reason of the first cause, or the canonical status of newer backends.
func reasonOf(e *googleapi.Error) string {
	if len(e.Errors) > 0 && e.Errors[0].Reason != "" {
		return e.Errors[0].Reason
	}
	var body struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(e.Body), &body) // no status, no reason
	return map[string]string{
		"FAILED_PRECONDITION": "failedPrecondition", "INVALID_ARGUMENT": "invalidArgument", "ALREADY_EXISTS": "alreadyExists",
		"PERMISSION_DENIED": "insufficientPermissions", "RESOURCE_EXHAUSTED": "rateLimitExceeded", "ABORTED": "conflict",
	}[body.Error.Status]
}

// withoutURL is an error's text without the address of the call, which holds people's addresses.
func withoutURL(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err.Error()
	}
	return err.Error()
}

func isStatus(err error, codes ...int) bool {
	var refused *googleapi.Error
	return errors.As(err, &refused) && slices.Contains(codes, refused.Code)
}

// unclear says whether a call may have taken effect although it failed.
func unclear(err error) bool {
	var refused *googleapi.Error
	var signIn *signInError
	switch {
	case err == nil || errors.As(err, &signIn):
		return false
	case errors.As(err, &refused):
		return refused.Code >= http.StatusInternalServerError
	}
	return true
}
