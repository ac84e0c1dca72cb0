package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// Mends that more than one row gives.
const (
	mendToken = "make a new API token as an administrator who stays, or check the service app's client id and key; tokens die after 30 idle days and with their creator"
	mendRight = "give the token's administrator, or the service app's admin role and scopes, the right for this call"
	mendBug   = "this is a fault of Tenure: report it with the step's name"
	mendState = "look at the account in Okta's admin console and finish the step there"
)

// row says what an Okta error code means to us.
type row struct {
	typ, text, mend string
}

// codes is Okta's error table (developer.okta.com/docs/reference/error-codes), as far as these calls can meet it.
var codes = map[string]row{
	"E0000001": {activities.InvalidInput, "okta refused the request as not valid", mendState},
	"E0000003": {activities.InvalidInput, "okta could not read the request", mendBug},
	"E0000004": {activities.Forbidden, "okta refused the credential", mendToken},
	"E0000006": {activities.Forbidden, "okta refused for lack of permission", mendRight},
	"E0000007": {activities.NotFound, "okta has no such thing, or it is deactivated already", mendState},
	"E0000009": {activities.Unavailable, "okta had an internal error", ""},
	"E0000010": {activities.Unavailable, "okta is in maintenance and read-only", ""},
	"E0000011": {activities.Forbidden, "okta does not know the API token", mendToken},
	"E0000014": {activities.Conflict, "okta could not change the credentials", mendState},
	"E0000015": {activities.Unsupported, "this Okta org does not have the feature", "enable the feature in Okta or leave the step out of the policy"},
	"E0000016": {activities.Conflict, "the account is active already", ""},
	"E0000022": {activities.InvalidInput, "okta does not know the endpoint with this method", mendBug},
	"E0000023": {activities.Conflict, "the profile is mastered by another system", "make the change in the system that owns the profile"},
	"E0000032": {activities.Conflict, "the account is not locked out", ""},
	"E0000038": {activities.Conflict, "okta does not allow this in the account's present status", mendState},
	"E0000047": {activities.RateLimited, "okta's rate limit is used up", ""},
	"E0000060": {activities.Unsupported, "okta does not support the operation", mendState},
	"E0000062": {activities.Conflict, "the user has the app already", ""},
	"E0000077": {activities.Conflict, "the attribute is read-only", "give the attribute the permission Read-Write in Okta's profile editor"},
	"E0000078": {activities.Conflict, "the attribute cannot be changed", "take the attribute out of the policy's mapping"},
	"E0000093": {activities.InvalidInput, "too many groups in one request", mendBug},
	"E0000112": {activities.Unavailable, "the account is still being activated", ""},
	"E0000195": {activities.Unavailable, "somebody else changed it at the same time", ""},
}

// statuses are for answers without an error code: OAuth refusals, proxies.
var statuses = map[int]row{
	http.StatusBadRequest:          codes["E0000001"],
	http.StatusUnauthorized:        codes["E0000004"],
	http.StatusForbidden:           codes["E0000006"],
	http.StatusNotFound:            codes["E0000007"],
	http.StatusMethodNotAllowed:    codes["E0000022"],
	http.StatusRequestTimeout:      {activities.Unavailable, "okta gave up on the request", ""},
	http.StatusConflict:            {activities.Conflict, "okta saw a conflict", mendState},
	http.StatusTooManyRequests:     codes["E0000047"],
	http.StatusNotImplemented:      codes["E0000060"],
	http.StatusServiceUnavailable:  codes["E0000010"],
	http.StatusInternalServerError: codes["E0000009"],
}

// tokens is for refusals of the token endpoint, by OAuth error.
var tokens = map[string]row{
	"invalid_client":     {activities.Forbidden, "okta refused the service app's signed assertion", "check client id, key id and private key, and this machine's clock"},
	"invalid_scope":      {activities.Forbidden, "okta did not grant the scopes", "grant the service app these scopes: " + strings.Join(Scopes(), " ")},
	"invalid_dpop_proof": {activities.Forbidden, "okta wants DPoP proofs, which the SDK cannot make", "untick \"Require Demonstrating Proof of Possession\" on the service app, or use an API token"},
}

// answered is an error answer of Okta: the cause of a Problem, so that callers can branch on status and code.
type answered struct {
	status int
	code   string
	about  []string // summary and causes: they name what was refused
}

func (a *answered) Error() string { return strings.TrimSpace(strconv.Itoa(a.status) + " " + a.code) }

// check turns what an SDK call returned into nil or an *activities.Problem. The text holds Okta's code, and the
// causes of a validation failure, but no body: bodies may hold names.
func check(resp *sdk.Response, err error) error {
	if err == nil {
		return nil
	}
	var limited *rateLimited
	var lost *vendorhttp.TransportError
	var wrong *astray
	var refused *sdk.Error
	var onTheWay *url.Error
	switch {
	case errors.As(err, &limited):
		return &activities.Problem{Type: activities.RateLimited, Text: codes["E0000047"].text, Delay: limited.delay(), Cause: limited}
	case errors.As(err, &wrong):
		return &activities.Problem{Type: activities.Unavailable, Text: wrong.Error(), Mend: "check the okta base URL: it must be the org's own address", Cause: wrong}
	case errors.As(err, &lost):
		return &activities.Problem{Type: activities.Unavailable, Text: lost.Error(), Cause: lost}
	case errors.As(err, &refused):
		return refusal(resp, refused)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &activities.Problem{Type: activities.Unavailable, Text: "the call to okta was not finished in time"}
	case errors.As(err, &onTheWay):
		// Its text holds the whole URL, and the token endpoint's URL holds the signed assertion.
		return &activities.Problem{Type: activities.Unavailable, Text: "okta could not be reached: " + onTheWay.Err.Error()}
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "okta's answer could not be read: " + err.Error(), Cause: err}
}

func refusal(resp *sdk.Response, e *sdk.Error) error {
	status := 0
	if resp != nil && resp.Response != nil {
		status = resp.StatusCode
	}
	cause := &answered{status: status, code: e.ErrorCode, about: append([]string{e.ErrorSummary}, reasons(e)...)}
	found, ok := codes[e.ErrorCode]
	if !ok {
		found, ok = statuses[status]
	}
	if !ok && e.ErrorMessage != "" {
		found, ok = tokens[e.ErrorMessage]
		cause.code = e.ErrorMessage
		if !ok {
			found = row{activities.Forbidden, "okta's token endpoint refused", mendToken}
			ok = true
		}
	}
	if !ok {
		found = row{activities.Unavailable, "okta answered with an error", ""}
	}
	text := found.text
	if about := cause.Error(); about != "0" {
		text += " (" + about + ")"
	}
	if e.ErrorCode == "E0000001" {
		text += causes(e)
	}
	return &activities.Problem{Type: found.typ, Text: text, Mend: found.mend, Cause: cause}
}

// causes are the reasons of a validation failure: names of fields, not their values.
func causes(e *sdk.Error) string {
	out := reasons(e)
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, "; ")
}

func reasons(e *sdk.Error) []string {
	var out []string
	for _, c := range e.ErrorCauses {
		if s, ok := c["errorSummary"].(string); ok {
			out = append(out, vendorhttp.Excerpt([]byte(s)))
		}
	}
	return out
}

// Bounds of a rate limit's delay: Okta's window is a minute; anything longer is a wrong clock.
const (
	shortestDelay = time.Second
	longestDelay  = 2 * time.Minute
	usualDelay    = 30 * time.Second
)

// delay is how long to wait, by Okta's own clock: reset minus date, and a second for rounding.
func (r *rateLimited) delay() time.Duration {
	if r.wait > 0 {
		return min(r.wait+time.Second, longestDelay)
	}
	if r.limit == "0" {
		return shortestDelay // too many calls at once, which passes as soon as some have ended
	}
	reset, err := strconv.ParseInt(r.reset, 10, 64)
	date, derr := http.ParseTime(r.date)
	if err != nil || derr != nil {
		return usualDelay
	}
	return min(max(time.Unix(reset, 0).Sub(date)+time.Second, shortestDelay), longestDelay)
}

// isStatus says whether err is an answer with this HTTP status.
func isStatus(err error, status int) bool {
	var a *answered
	return errors.As(err, &a) && a.status == status
}

// isCode says whether err is an answer with this Okta error code.
func isCode(err error, code string) bool {
	var a *answered
	return errors.As(err, &a) && a.code == code
}

// passing says whether err may go away by itself.
func passing(err error) bool { return err != nil && activities.ProblemOf(err).Retryable() }

func invalid(format string, args ...any) error {
	return &activities.Problem{Type: activities.InvalidInput, Text: fmt.Sprintf(format, args...), Mend: mendBug}
}
