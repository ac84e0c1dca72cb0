package retriever

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// defaultDelay is how long to wait when Retriever throttles without saying how long: its shorter window.
const defaultDelay = time.Minute

// rule is one row of the error table.
type rule struct {
	from, to int // status codes, inclusive
	typ      string
	text     string
	mend     string
}

// table maps Retriever's answers to problems; the first row that fits wins.
var table = []rule{
	{300, 399, activities.InvalidInput, "Retriever redirects elsewhere", "set the Retriever base URL to the address that answers"},
	{400, 400, activities.InvalidInput, "Retriever refused the order", "correct the named fields (in HR for the employee's address, in the configuration for the company's) and retry the step"},
	{401, 401, activities.Forbidden, "Retriever refused the API key", "a key dies when its portal user is removed: make a new one in Retriever's portal"},
	{402, 402, activities.Conflict, "no prepaid return is left", "top up the prepaid balance in Retriever's portal, then retry the step"},
	{403, 403, activities.Forbidden, "Retriever refused the API key", "a key dies when its portal user is removed: make a new one in Retriever's portal"},
	{404, 404, activities.NotFound, "Retriever has no such order", "look for the order in Retriever's portal"},
	{408, 408, activities.Unavailable, "Retriever answered too late", ""},
	{429, 429, activities.RateLimited, "Retriever's quota is used up", ""},
	{400, 499, activities.InvalidInput, "Retriever refused the request", "check the Retriever base URL"},
	{500, 599, activities.Unavailable, "Retriever is not available", ""},
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
	for _, r := range table {
		if se.Status < r.from || se.Status > r.to {
			continue
		}
		out := &activities.Problem{Type: r.typ, Text: r.text + ": " + se.Error(), Mend: r.mend, Cause: se}
		if fields := refusedFields(se.Body); se.Status == http.StatusBadRequest && fields != "" {
			out.Text = r.text + ": " + fields
		}
		if r.typ == activities.RateLimited {
			out.Delay = delayOf(se)
		}
		return out
	}
	return &activities.Problem{Type: activities.Unavailable, Text: se.Error(), Cause: se}
}

var availableIn = regexp.MustCompile(`available in (\d+) second`)

// delayOf is the vendor's own delay: from the header, or from the text that its framework writes.
func delayOf(se *vendorhttp.StatusError) time.Duration {
	if se.RetryAfter > 0 {
		return se.RetryAfter
	}
	if m := availableIn.FindSubmatch(se.Body); m != nil {
		if n, err := strconv.Atoi(string(m[1])); err == nil {
			return min(time.Duration(n)*time.Second, vendorhttp.MaxRetryAfter)
		}
	}
	return defaultDelay
}

// refusedFields names the fields of a 400, whose body mirrors the request, with what is wrong with each. Values
// that Retriever repeats behind a colon are left out: they are parts of somebody's address.
func refusedFields(body []byte) string {
	var tree map[string]any
	if json.Unmarshal(body, &tree) != nil {
		return ""
	}
	var out []string
	walk("", tree, func(field, text string) {
		text, _, _ = strings.Cut(text, ":")
		out = append(out, field+" ("+strings.TrimSuffix(text, ".")+")")
	})
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func walk(field string, node any, found func(field, text string)) {
	switch n := node.(type) {
	case map[string]any:
		for name, inner := range n {
			walk(strings.TrimPrefix(field+"."+name, "."), inner, found)
		}
	case []any:
		for _, inner := range n {
			walk(field, inner, found)
		}
	default:
		found(field, fmt.Sprint(n))
	}
}
