package tracking

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// rule is one row of the error table. text, if set, must be part of EasyPost's message.
type rule struct {
	from, to int
	contains string
	typ      string
	text     string
	mend     string
}

// table maps EasyPost's answers to problems; the first row that fits wins.
var table = []rule{
	{400, 499, "in-flight", activities.Unavailable, "EasyPost is creating the same tracker right now", ""},
	{300, 399, "", activities.InvalidInput, "EasyPost redirects elsewhere", "set the EasyPost base URL to the address that answers, with its /v2"},
	{401, 401, "", activities.Forbidden, "EasyPost refused the API key", "copy a production key that is active from EasyPost's dashboard"},
	{402, 402, "", activities.Forbidden, "EasyPost asks for payment", "settle the bill in EasyPost's dashboard"},
	{403, 403, "", activities.Forbidden, "EasyPost refused the API key", "copy a production key that is active from EasyPost's dashboard"},
	{404, 404, "", activities.NotFound, "EasyPost has no such tracker", "it was deleted, or belongs to the other mode: check that the key is a production key"},
	{408, 408, "", activities.Unavailable, "EasyPost answered too late", ""},
	{429, 429, "", activities.RateLimited, "EasyPost asks for fewer calls", ""},
	{400, 499, "", activities.InvalidInput, "EasyPost refused the tracker", "check the tracking number and its carrier in Retriever's portal"},
	{500, 599, "", activities.Unavailable, "EasyPost is not available", ""},
}

// problemOf classifies an error of a call.
func problemOf(err error) error {
	var p *activities.Problem
	if err == nil || errors.As(err, &p) {
		return err
	}
	var se *vendorhttp.StatusError
	if !errors.As(err, &se) {
		return &activities.Problem{Type: activities.Unavailable, Text: err.Error(), Cause: err}
	}
	code, message := vendorMessage(se.Body)
	for _, r := range table {
		if se.Status < r.from || se.Status > r.to || !strings.Contains(strings.ToLower(message), r.contains) {
			continue
		}
		out := &activities.Problem{Type: r.typ, Text: r.text + ": " + se.Error(), Mend: r.mend, Cause: se}
		if said := strings.TrimSpace(code + " " + message); said != "" {
			out.Text += " (" + said + ")"
		}
		if r.typ == activities.RateLimited {
			out.Delay = se.RetryAfter
		}
		return out
	}
	return &activities.Problem{Type: activities.Unavailable, Text: se.Error(), Cause: se}
}

// maxMessage bounds how much of the vendor's words goes into an error.
const maxMessage = 160

// longNumber is what could be a tracking number in a message.
var longNumber = regexp.MustCompile(`[A-Z0-9]{9,}`)

// vendorMessage reads EasyPost's error, whose message may be text, a list or a map. Tracking numbers are taken out.
func vendorMessage(body []byte) (code, message string) {
	var e struct {
		Error struct {
			Code    string `json:"code"`
			Message any    `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	if e.Error.Message != nil {
		message = longNumber.ReplaceAllString(fmt.Sprint(e.Error.Message), "...")
	}
	if runes := []rune(message); len(runes) > maxMessage {
		message = string(runes[:maxMessage]) + "..."
	}
	return e.Error.Code, message
}
