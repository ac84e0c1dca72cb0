package okta

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tenure/internal/vendorhttp"
)

// guard stands between the SDK and the network and hands the SDK only what it handles well. A connection closed
// without an answer would make the SDK repeat the request at once and for ever; a 429 would lose its headers; a
// redirect would count as success; a page that is not JSON would lose its status.
type guard struct {
	next http.RoundTripper
	room *headroom
}

// rateLimited is a 429 with what its headers say.
type rateLimited struct {
	reset, date, limit string
	// wait is set when the call was not made at all, to leave the rest of the limit to others.
	wait time.Duration
}

func (r *rateLimited) Error() string { return "okta answered 429" }

// astray is an answer that does not come from Okta's API: a redirect or a page for people.
type astray struct{ call, what string }

func (a *astray) Error() string { return fmt.Sprintf("okta answered %s with %s", a.call, a.what) }

// RoundTrip sends one request, once.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	call := r.Method + " " + r.URL.Path
	if err := g.room.takes(r); err != nil {
		return nil, err
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // any other error is final to the SDK; io.EOF is not
		}
		return nil, &vendorhttp.TransportError{System: "okta", Call: call, Cause: err}
	}
	g.room.note(r, resp.Header)
	if err := refuse(resp, call); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	resp.Body = bounded{io.LimitReader(resp.Body, vendorhttp.MaxBody), resp.Body}
	return resp, nil
}

func refuse(resp *http.Response, call string) error {
	kind := resp.Header.Get("Content-Type")
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		h := resp.Header
		return &rateLimited{reset: h.Get("X-Rate-Limit-Reset"), date: h.Get("Date"), limit: h.Get("X-Rate-Limit-Limit")}
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return &astray{call, "a redirect"}
	case resp.StatusCode < 300 && resp.ContentLength != 0 && !strings.Contains(kind, "application/json"):
		return &astray{call, "a body that is not JSON"}
	}
	return nil
}

// bounded cuts an answer off at the size limit; the JSON decoder then fails on it.
type bounded struct {
	io.Reader
	io.Closer
}
