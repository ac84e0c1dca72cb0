package namely

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// rule is one row of the error table: what a status means.
type rule struct {
	from, to int // status codes, inclusive
	body     string
	typ      string
	text     string
	mend     string
}

// table maps Namely's answers to problems; the first row that fits wins. The vendor documents no error bodies, so
// only one row looks at one, and no row needs it.
var table = []rule{
	{300, 399, "", activities.InvalidInput, "Namely sends the request elsewhere", "check the Namely domain: it is what stands before .namely.com"},
	{401, 403, "Invalid access token provided", activities.Forbidden, "Namely refused the token as invalid",
		"a token whose owner signs in by SSO does not work: create it with a profile that signs in by password, best a profile kept for integrations"},
	{401, 401, "", activities.Forbidden, "Namely refused the token",
		"create a new personal access token (they end after two years) with a profile that signs in by password, not by SSO"},
	{403, 403, "", activities.Forbidden, "Namely refuses every call of this token, or this one",
		"the token's owner was deactivated or its role lacks the right: create the token with an active administrator profile kept for integrations"},
	{404, 404, "", activities.NotFound, "Namely has nothing at this address", "check the Namely domain: it is what stands before .namely.com"},
	{406, 406, "", activities.RateLimited, "Namely asks for fewer calls (406 is its throttle)", ""},
	{408, 408, "", activities.Unavailable, "Namely took too long", ""},
	{422, 422, "", activities.InvalidInput, "Namely refused the request", "report this as a fault of Tenure"},
	{429, 429, "", activities.RateLimited, "Namely asks for fewer calls", ""},
	{400, 499, "", activities.InvalidInput, "Namely refused the request", "check the Namely domain"},
	{500, 599, "", activities.Unavailable, "Namely is not available", ""},
}

// problemOf classifies an error of a call at time now.
func problemOf(err error, now time.Time) error {
	var se *vendorhttp.StatusError
	if !errors.As(err, &se) {
		return &activities.Problem{Type: activities.Unavailable, Text: err.Error(), Cause: err}
	}
	for _, r := range table {
		if se.Status < r.from || se.Status > r.to || !bytes.Contains(se.Body, []byte(r.body)) {
			continue
		}
		p := &activities.Problem{Type: r.typ, Text: r.text + ": " + se.Error(), Mend: r.mend, Cause: se}
		if id := se.Header.Get("X-Request-Id"); id != "" {
			p.Text += " (request " + id + ")"
		}
		if r.typ == activities.RateLimited {
			p.Delay = throttleDelay(se, now)
		}
		return p
	}
	return &activities.Problem{Type: activities.Unavailable, Text: se.Error(), Cause: se}
}

// throttleDelay is what the vendor named; it names nothing with 406, where the limit is one of the minute: then it is
// the time to the next one.
func throttleDelay(se *vendorhttp.StatusError, now time.Time) time.Duration {
	if se.Status == http.StatusTooManyRequests && se.RetryAfter > 0 {
		return se.RetryAfter
	}
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}
