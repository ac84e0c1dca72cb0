package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	sdk "github.com/andygrunwald/go-jira"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// refusal is Jira's own answer outside 2xx, kept as the cause of a problem for those who must look closer.
type refusal struct {
	Status   int
	Messages []string
	Fields   map[string]string // complaints by field
}

// Error names the status; the words are in the problem around it.
func (r *refusal) Error() string { return fmt.Sprintf("jira answered %d", r.Status) }

// refusalOf finds Jira's own answer in err.
func refusalOf(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return &refusal{}
}

// row is one line of the error table: what Jira answered, what it means here, and the way out.
type row struct {
	status int
	says   string // part of a message, or a field's name followed by "="; empty is any
	typ    string
	mend   string
}

// table is Jira's error table: the first row that fits decides. 409 is retried, because the next attempt reads the
// issue again; a missing permission often comes as 404, or as 400 about the project.
var table = []row{
	{400, "project=", activities.InvalidInput, "check jira.project in the policy, and give the API user the permissions Browse Projects and Create Issues in it"},
	{400, "issuetype=", activities.InvalidInput, "set jira.type and jira.subtask in the policy to names the project has (Sub-task in one project, Subtask in another)"},
	{400, "parent=", activities.InvalidInput, "set jira.subtask in the policy to one of the project's sub-task types"},
	{400, "cannot be set", activities.InvalidInput, "put the field on the project's create and edit screens"},
	{400, "not valid for the current state", activities.Conflict, "somebody moved the ticket meanwhile; look at its history"},
	{400, "does not exist for the field 'project'", activities.InvalidInput, "check jira.project in the policy, and give the API user the permission Browse Projects in it"},
	{400, "", activities.InvalidInput, "compare the project's screens and required fields with what Jira complains about"},
	{401, "", activities.Forbidden, ""}, // see credentialMend
	{403, "Connect Session", activities.Forbidden, "this is Jira Cloud: set jira.flavour to cloud, with jira.email and an API token"},
	{403, "Basic Authentication has been disabled", activities.Forbidden, "this is Jira Data Center: set jira.flavour to datacenter, with a personal access token"},
	{403, "", activities.Forbidden, "give the API user the missing permission in the project (Create, Edit and Transition Issues, Add Comments, Link Issues)"},
	{404, "", activities.NotFound, "it was deleted or moved, or the API user may not see it: check the key, and the permission Browse Projects"},
	{408, "", activities.Unavailable, ""},
	{409, "", activities.Unavailable, ""},
	{410, "", activities.Unsupported, "this path was removed from Jira Cloud: set jira.flavour to cloud"},
	{413, "", activities.Unsupported, "the issue has reached a limit of Jira (comments, size): close it and go on in a new one"},
	{422, "", activities.InvalidInput, "compare the project's configuration with what Jira complains about"},
	{425, "", activities.Unavailable, ""},
	{429, "", activities.RateLimited, ""},
}

// problem turns what go-jira returned into a problem with a type, words and a way out.
func (c *Config) problem(call string, resp *sdk.Response, err error) *activities.Problem {
	if resp == nil || resp.Response == nil {
		t := &vendorhttp.TransportError{System: "Jira", Call: call, Cause: withoutURL(err)}
		return &activities.Problem{Type: activities.Unavailable, Text: t.Error(), Mend: "check that jira.url is right and can be reached from the worker", Cause: t}
	}
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return &activities.Problem{Type: activities.Unavailable, Text: fmt.Sprintf("Jira's answer to %s could not be read", call),
			Mend: "a proxy or a sign-in page may be in the way of jira.url", Cause: errors.New("answer is not the expected JSON")}
	}
	r := readRefusal(resp, err)
	p := &activities.Problem{Text: fmt.Sprintf("Jira answered %d to %s%s", r.Status, call, r.words()), Cause: r,
		Delay: retryDelay(resp.Header, c.Now())}
	p.Type, p.Mend = r.class()
	if r.Status == http.StatusUnauthorized {
		p.Mend = c.credentialMend()
	}
	return p
}

// class looks the answer up in the table.
func (r *refusal) class() (typ, mend string) {
	for _, row := range table {
		if row.status == r.Status && r.says(row.says) {
			return row.typ, row.mend
		}
	}
	switch {
	case r.Status >= 500:
		return activities.Unavailable, ""
	case r.Status >= 300 && r.Status < 400:
		return activities.InvalidInput, "jira.url redirects: set it to Jira's own base URL, not to a sign-in page or an old address"
	}
	return activities.InvalidInput, "Jira does not take this request; the reason is in its own words"
}

func (r *refusal) says(part string) bool {
	if field, isField := strings.CutSuffix(part, "="); isField {
		_, there := r.Fields[field]
		return there
	}
	match := func(text string) bool { return strings.Contains(text, part) }
	if part == "" || slices.ContainsFunc(r.Messages, match) {
		return true
	}
	for _, text := range r.Fields {
		if match(text) {
			return true
		}
	}
	return false
}

func (c *Config) credentialMend() string {
	if c.Flavour == Cloud {
		return "the API token is wrong, revoked or expired (tokens live a year at most): make a new one and set jira.token; " +
			"a scoped token works with jira.url https://api.atlassian.com/ex/jira/<cloud id> only"
	}
	return "the personal access token is wrong, revoked or expired: make a new one and set jira.token"
}

// readRefusal reads Jira's words: its own error form, that of the gateways in front of it, or a short line of text.
// go-jira's service methods have read the body already and hand its words over in their error.
func readRefusal(resp *sdk.Response, err error) *refusal {
	r := &refusal{Status: resp.StatusCode}
	var own *sdk.Error
	if errors.As(err, &own) {
		r.Messages, r.Fields = own.ErrorMessages, own.Errors
		return r
	}
	body, _ := io.ReadAll(resp.Body) // what could be read is enough for words
	var form struct {
		ErrorMessages []string          `json:"errorMessages"`
		Errors        map[string]string `json:"errors"`
		Message       string            `json:"message"`
		Error         string            `json:"error"`
	}
	if json.Unmarshal(body, &form) != nil {
		if text := strings.TrimSpace(string(body)); text != "" && !strings.Contains(text, "<") {
			r.Messages = []string{text}
		}
		return r
	}
	r.Messages, r.Fields = form.ErrorMessages, form.Errors
	for _, text := range []string{form.Message, form.Error} {
		if text != "" {
			r.Messages = append(r.Messages, text)
		}
	}
	return r
}

// withoutURL drops the address from a failure on the way: its query may hold what was searched for.
func withoutURL(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

var mailAddress = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+`)

// words is what Jira said, on one bounded line, without mail addresses: Jira repeats what it was sent.
func (r *refusal) words() string {
	parts := slices.Clone(r.Messages)
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		parts = append(parts, name+": "+r.Fields[name])
	}
	if len(parts) == 0 {
		return ""
	}
	text := vendorhttp.Excerpt([]byte(strings.Join(parts, "; ")))
	return ": " + mailAddress.ReplaceAllString(text, "(address)")
}

// retryDelay is Jira's own delay: Retry-After, or the instant in X-RateLimit-Reset.
func retryDelay(h http.Header, now time.Time) time.Duration {
	if d := vendorhttp.RetryAfter(h, now); d > 0 {
		return d
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, h.Get("X-RateLimit-Reset")); err == nil && t.After(now) {
			return t.Sub(now)
		}
	}
	return 0
}

// permanent says whether trying the same again cannot help.
func permanent(err error) bool {
	var p *activities.Problem
	return errors.As(err, &p) && !p.Retryable()
}

// isNotFound says whether Jira answered that there is no such thing.
func isNotFound(err error) bool { return refusalOf(err).Status == http.StatusNotFound }
