package vendorhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of one call.
const (
	DefaultTimeout = 30 * time.Second
	MaxBody        = 16 << 20
	excerpt        = 300
)

// Client calls one vendor. The zero value of every optional field works.
type Client struct {
	System string // "jamf": names the vendor in errors
	Base   string // scheme://host[:port][/prefix], checked by [ParseBase]
	HTTP   *http.Client
	// Authorize adds credentials to a request; nil adds none.
	Authorize func(context.Context, *http.Request) error
}

// Request is one call.
type Request struct {
	Method string
	Path   string // already escaped where needed, joined to Base as text
	Query  url.Values
	JSON   any        // encoded as the body; nil for none
	Form   url.Values // or a form body
	Header http.Header
}

// Answer is a vendor's 2xx answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads the answer's JSON into v, ignoring fields v does not have.
func (a Answer) Decode(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("answer is not the expected JSON (%s): %w", Excerpt(a.Body), err)
	}
	return nil
}

// Do makes the call, once. An answer outside 2xx is a *StatusError; a failure on the way is a *TransportError.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return Answer{}, &TransportError{System: c.System, Call: r.call(), Cause: redactURL(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err == nil && len(body) > MaxBody {
		err = fmt.Errorf("answer is larger than %d bytes", MaxBody)
	}
	if err != nil {
		return Answer{}, &TransportError{System: c.System, Call: r.call(), Cause: err}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return Answer{}, &StatusError{System: c.System, Call: r.call(), Status: resp.StatusCode,
			Header: resp.Header, Body: body, RetryAfter: RetryAfter(resp.Header, time.Now())}
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// call names the request in errors: method and path, without a query that the caller wrote into the path.
func (r Request) call() string {
	path, _, _ := strings.Cut(r.Path, "?")
	return r.Method + " " + path
}

// client is the caller's HTTP client, made to follow no redirect if it says nothing about them.
func (c *Client) client() *http.Client {
	if c.HTTP == nil {
		return defaultClient
	}
	if c.HTTP.CheckRedirect != nil {
		return c.HTTP
	}
	guarded := *c.HTTP
	guarded.CheckRedirect = stay
	return &guarded
}

var defaultClient = NewHTTPClient(nil)

// NewHTTPClient is an HTTP client with the default timeout that follows no redirect: a credential must not travel
// to another host. transport may be nil.
func NewHTTPClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		Timeout:       DefaultTimeout,
		CheckRedirect: stay,
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	var body io.Reader
	contentType := ""
	switch {
	case r.JSON != nil:
		b, err := json.Marshal(r.JSON)
		if err != nil {
			return nil, fmt.Errorf("encode request to %s: %w", c.System, err)
		}
		body, contentType = bytes.NewReader(b), "application/json"
	case r.Form != nil:
		body, contentType = strings.NewReader(r.Form.Encode()), "application/x-www-form-urlencoded"
	}
	u := strings.TrimSuffix(c.Base, "/") + r.Path
	if len(r.Query) > 0 {
		u += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u, body)
	if err != nil {
		return nil, fmt.Errorf("build request to %s: %w", c.System, redactURL(err))
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "tenure")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if c.Authorize != nil {
		if err := c.Authorize(ctx, req); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// ParseBase checks a vendor's base URL and drops a trailing slash. field names the setting in the error.
// https is required unless the host is a loopback address, where stand-ins live. The error never repeats a part
// that may hold a secret: a user, a query, or text that is no URL at all.
func ParseBase(field, raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http":
		return "", fmt.Errorf("%s: %s is not a base URL: write scheme and host, for example https://example.com", field, shape(raw))
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", fmt.Errorf("%s: a base URL has no user, query or fragment; secrets go into their own setting", field)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return "", fmt.Errorf("%s: %q must begin with https:// (http is allowed on loopback addresses only)", field, u.String())
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// shape describes a value that is no URL: quoted when it cannot hold a secret, by its length otherwise.
func shape(raw string) string {
	if strings.ContainsAny(raw, "@?#") || len(raw) > 100 {
		return fmt.Sprintf("a text of %d characters", utf8.RuneCountInString(raw))
	}
	return strconv.Quote(raw)
}

// IsLoopback says whether host is this machine. A name that merely begins like a loopback address
// ("127.0.0.1.example.com") is not.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// redactURL drops the query from a *url.Error: it may carry a token or a mail address.
func redactURL(err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	if i := strings.IndexByte(ue.URL, '?'); i >= 0 {
		ue.URL = ue.URL[:i]
	}
	return err
}
