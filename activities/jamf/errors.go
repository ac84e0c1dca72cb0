package jamf

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// Privileges of the API role, as Jamf names them. The last ones are checked per command by the server, though the
// schema does not say so.
const (
	readComputers   = "Read Computers"
	updateComputers = "Update Computers"
	readMobile      = "Read Mobile Devices"
	updateMobile    = "Update Mobile Devices"
	viewCommands    = "View MDM command information in Jamf Pro API"
	viewLockPIN     = "View Computer Device Lock Pin"
	sendLock        = "Send Computer Remote Lock Command"
	sendErase       = "Send Computer Remote Wipe Command"
)

// rule is one row of the error table: what a status (and Jamf's code, if the row names one) means.
type rule struct {
	from, to int // status codes, inclusive
	code     string
	typ      string
	text     string
	mend     string
}

// table maps Jamf's answers to problems; the first row that fits wins. Bodies may be HTML (load balancer, upgrade),
// so a row never relies on a code alone.
var table = []rule{
	{300, 399, "", activities.InvalidInput, "Jamf redirects elsewhere", "set the Jamf base URL to the address the server really has"},
	{400, 400, "INVALID_FIELD", activities.InvalidInput, "Jamf refused a field of the request", "look at the named field in Jamf's record of the device"},
	{400, 400, "REQUIRED", activities.InvalidInput, "Jamf misses a field in the request", "report this as a fault of Tenure, with Jamf's version"},
	{400, 400, "", activities.InvalidInput, "Jamf refused the request", "look at the device in Jamf: is it still managed?"},
	{401, 401, "", activities.Forbidden, "Jamf refused a fresh access token", "check that the API client is enabled and its role still exists"},
	{403, 403, "", activities.Forbidden, "Jamf's API role lacks a privilege", "grant it in Jamf (Settings, API roles and clients)"},
	{404, 404, "", activities.NotFound, "Jamf has no such record", "look for the serial number in Jamf: the record may have been deleted or enrolled anew"},
	{408, 408, "", activities.Unavailable, "Jamf answered too late", ""},
	{409, 409, "", activities.Conflict, "somebody else changed the record in Jamf at the same time", "retry the step"},
	{429, 429, "", activities.RateLimited, "Jamf asks for fewer calls", ""},
	{400, 499, "", activities.InvalidInput, "Jamf refused the request", "check the Jamf base URL and the server's version"},
	{500, 500, "SYSTEM_EXCEPTION", activities.Unavailable, "Jamf failed inside", ""},
	{500, 599, "", activities.Unavailable, "Jamf is not available", ""},
}

var errNoToken = &activities.Problem{Type: activities.InvalidInput, Text: "Jamf's token endpoint did not answer with a token",
	Mend: "check the Jamf base URL and the token path"}

// problemOf classifies an error of a call for which Jamf wants the privilege need. A problem stays as it is.
func problemOf(err error, need string) error {
	var p *activities.Problem
	if err == nil || errors.As(err, &p) {
		return err
	}
	var se *vendorhttp.StatusError
	if !errors.As(err, &se) {
		return &activities.Problem{Type: activities.Unavailable, Text: err.Error(), Cause: err}
	}
	code, field := vendorCode(se.Body)
	for _, r := range table {
		if se.Status >= r.from && se.Status <= r.to && (r.code == "" || r.code == code) {
			return problemFrom(r, se, code, field, need)
		}
	}
	return &activities.Problem{Type: activities.Unavailable, Text: se.Error(), Cause: se}
}

func problemFrom(r rule, se *vendorhttp.StatusError, code, field, need string) *activities.Problem {
	p := &activities.Problem{Type: r.typ, Text: r.text + ": " + se.Error(), Mend: r.mend, Cause: se}
	if code != "" {
		p.Text += " (" + strings.TrimSpace(code+" "+field) + ")"
	}
	if r.typ == activities.RateLimited {
		p.Delay = se.RetryAfter
	}
	if se.Status == http.StatusForbidden && need != "" {
		p.Mend = "grant the API role \"" + need + "\" in Jamf (Settings, API roles and clients)"
	}
	return p
}

// vendorCode reads the first error of Jamf's list. A body that is not JSON has none.
func vendorCode(body []byte) (code, field string) {
	var list struct {
		Errors []struct{ Code, Field string } `json:"errors"`
	}
	if json.Unmarshal(body, &list) != nil || len(list.Errors) == 0 {
		return "", ""
	}
	return list.Errors[0].Code, list.Errors[0].Field
}

// tokenProblem classifies an answer of the token endpoint, which speaks OAuth (RFC 6749 section 5.2).
func tokenProblem(err error) error {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return &activities.Problem{Type: activities.Forbidden, Text: "Jamf refused the client id or secret", Cause: err,
			Mend: "check id and secret of the API client in Jamf, and that it is enabled"}
	case http.StatusNotFound:
		return &activities.Problem{Type: activities.InvalidInput, Text: "Jamf has no token endpoint at this path", Cause: err,
			Mend: "set the token path: " + DefaultTokenPath + ", or /api/oauth/token on older servers"}
	}
	return problemOf(err, "")
}

// unreadable classifies an answer that was no JSON: a page from something in front of Jamf.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return &activities.Problem{Type: activities.Unavailable, Text: "Jamf's answer could not be read", Cause: err}
}
