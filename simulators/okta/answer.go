package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one request being answered. Handlers fill status and body; the answer leaves after the state is saved.
type call struct {
	s      *Simulator
	w      http.ResponseWriter
	r      *http.Request
	by     principal
	status int
	body   any
	after  []func() // run without the lock, before the answer: what other systems are told
}

// apiError is Okta's error body.
type apiError struct {
	Code    string  `json:"errorCode"`
	Summary string  `json:"errorSummary"`
	Link    string  `json:"errorLink"`
	ID      string  `json:"errorId"`
	Causes  []cause `json:"errorCauses"`
}

type cause struct {
	Summary string `json:"errorSummary"`
}

func newError(code, summary string, causes ...string) apiError {
	e := apiError{Code: code, Summary: summary, Link: code, ID: "oae" + code, Causes: []cause{}}
	for _, c := range causes {
		e.Causes = append(e.Causes, cause{c})
	}
	return e
}

func (c *call) ok(v any)   { c.status, c.body = http.StatusOK, v }
func (c *call) noContent() { c.status, c.body = http.StatusNoContent, nil }
func (c *call) changed()   { c.s.dirty = true }

func (c *call) fail(status int, code, summary string, causes ...string) {
	c.status, c.body = status, newError(code, summary, causes...)
}

// missing is also the answer to deactivating somebody who is deactivated: Okta does not tell the two apart.
func (c *call) missing(id, kind string) {
	c.fail(http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind))
}

func (c *call) forbidden() {
	c.fail(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
}

func (c *call) wrongStatus() {
	c.fail(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// read decodes the request body and says whether that worked.
func (c *call) read(v any) bool {
	if err := json.NewDecoder(c.r.Body).Decode(v); err != nil {
		c.fail(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
		return false
	}
	return true
}

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// write sends the answer: JSON with its content type, or no body at all.
func (c *call) write() {
	if c.body == nil {
		c.w.WriteHeader(c.status)
		return
	}
	b, err := json.Marshal(c.body)
	if err != nil {
		http.Error(c.w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(c.status)
	_, _ = c.w.Write(b)
}

// page answers one page of items. keys are the items' cursors, in order: the answer begins behind the cursor in
// "after", and "self" and "next" come as separate Link lines.
func page[T any](c *call, items []T, key func(T) string, def, most int) {
	limit := def
	if n, err := strconv.Atoi(c.query("limit")); err == nil && n > 0 {
		limit = min(n, most)
	}
	if c.s.PageSize > 0 {
		limit = min(limit, c.s.PageSize)
	}
	start := 0
	if after := c.query("after"); after != "" {
		for start < len(items) && key(items[start]) <= after {
			start++
		}
	}
	end := min(start+limit, len(items))
	c.link("self", "")
	if end < len(items) {
		c.link("next", key(items[end-1]))
	}
	out := items[start:end]
	if out == nil {
		out = []T{}
	}
	c.ok(out)
}

// link adds one Link line. The address repeats what the caller asked for, so it is right behind a path prefix too.
func (c *call) link(rel, after string) {
	u, err := url.ParseRequestURI(c.r.RequestURI)
	if err != nil {
		u = &url.URL{Path: c.r.URL.Path, RawQuery: c.r.URL.RawQuery}
	}
	q := u.Query()
	if after != "" {
		q.Set("after", after)
	}
	u.Scheme, u.Host, u.RawQuery = "http", c.r.Host, q.Encode()
	if c.r.TLS != nil {
		u.Scheme = "https"
	}
	c.w.Header().Add("Link", fmt.Sprintf("<%s>; rel=%q", u, rel))
}

// faultBody is Okta's body for an injected status.
func faultBody(status int) (body, contentType string) {
	var e apiError
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		return "{}", "application/json"
	case http.StatusNoContent:
		return "", ""
	case http.StatusUnauthorized:
		e = newError("E0000011", "Invalid token provided")
	case http.StatusForbidden:
		e = newError("E0000006", "You do not have permission to perform the requested action")
	case http.StatusNotFound:
		e = newError("E0000007", "Not found: Resource not found: unknown (User)")
	case http.StatusTooManyRequests:
		e = newError("E0000047", "API call exceeded rate limit due to too many requests.")
	case http.StatusNotImplemented:
		e = newError("E0000060", "Unsupported operation.")
	case http.StatusServiceUnavailable:
		e = newError("E0000010", "Service is in read only mode.")
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return "<html><body>upstream unavailable</body></html>", "text/html"
	default:
		e = newError("E0000009", "Internal Server Error")
	}
	b, _ := json.Marshal(e)
	return string(b), "application/json"
}

// redact keeps secrets out of the call log: the secret of an event hook.
func redact(path, body string) string {
	if strings.HasPrefix(path, "/api/v1/eventHooks") {
		return ""
	}
	return body
}
