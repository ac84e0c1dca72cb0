package google

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"golang.org/x/oauth2/jwt"

	"tenure/internal/vendorhttp"
)

const (
	// tokenTimeout bounds a token request, which the OAuth library sends without the caller's context.
	tokenTimeout = 15 * time.Second
	// doorLife bounds how long a client is kept: Gmail clients act as leavers, who do not come back.
	doorLife = time.Hour
	// idleConnections is how many connections to Google are kept for the next call.
	idleConnections = 32
	// tokenSlack is how long before its end a token is no longer used.
	tokenSlack = 30 * time.Second
)

// door is one way into Google: as one account, for one family of scopes. It is the transport that puts the access
// token on each request.
type door struct {
	family family
	config *jwt.Config
	wire   http.RoundTripper
	turn   chan struct{} // holds one element while nobody fetches a token
	token  *oauth2.Token // owned by whoever took the turn
}

// doors keeps the clients in use.
type doors struct {
	key  []byte
	wire http.RoundTripper

	mu   sync.Mutex
	open map[doorKey]*http.Client
	born map[doorKey]time.Time
}

type doorKey struct {
	subject string
	family  family
}

func newDoors(key []byte) *doors {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = idleConnections
	return &doors{key: key, wire: wire, open: map[doorKey]*http.Client{}, born: map[doorKey]time.Time{}}
}

// client returns the HTTP client that acts as subject. Its lifetime is its own: nothing of a caller's context
// stays in it.
func (d *doors) client(subject string, f family) (*http.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for k, born := range d.born {
		if now.Sub(born) > doorLife {
			delete(d.open, k)
			delete(d.born, k)
		}
	}
	k := doorKey{subject, f}
	if c := d.open[k]; c != nil {
		return c, nil
	}
	config, err := google.JWTConfigFromJSON(d.key, f.scopes()...)
	if err != nil {
		return nil, err
	}
	config.Subject = subject
	c := vendorhttp.NewHTTPClient(&door{family: f, config: config, wire: d.wire, turn: makeTurn()})
	d.open[k], d.born[k] = c, now
	return c, nil
}

func makeTurn() chan struct{} {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return turn
}

// RoundTrip sends the request once. A 401 says that the token was refused before anything was done: then, and only
// then, it is sent once more with a new token.
func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := d.access(req.Context(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := d.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	fresh, err := d.access(req.Context(), token)
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the 401 itself is the answer when the request cannot be sent again
		}
	}
	_ = resp.Body.Close()
	return d.send(again, fresh)
}

func (d *door) send(req *http.Request, token *oauth2.Token) (*http.Response, error) {
	out := req.Clone(req.Context())
	token.SetAuthHeader(out)
	resp, err := d.wire.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, vendorhttp.MaxBody)
	if code, watched := req.Context().Value(statusKey{}).(*int); watched {
		*code = resp.StatusCode
	}
	return resp, nil
}

// access returns a token that is not the refused one, fetching it if need be. Only one caller fetches at a time;
// the others wait no longer than their own context allows.
func (d *door) access(ctx context.Context, refused *oauth2.Token) (*oauth2.Token, error) {
	select {
	case <-d.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { d.turn <- struct{}{} }()
	if d.token != nil && d.token != refused && time.Until(d.token.Expiry) > tokenSlack {
		return d.token, nil
	}
	token, err := d.fetch(ctx)
	if err != nil {
		return nil, &signInError{family: d.family, cause: err}
	}
	d.token = token
	return token, nil
}

// fetch asks for one token. The OAuth library sends that request without a context, so the context is put on
// below it, with a bound of its own.
func (d *door) fetch(ctx context.Context) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	client := vendorhttp.NewHTTPClient(bound{ctx, d.wire})
	return d.config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)).Token()
}

// bound sends requests within its own context.
type bound struct {
	ctx  context.Context
	wire http.RoundTripper
}

func (b bound) RoundTrip(req *http.Request) (*http.Response, error) {
	return b.wire.RoundTrip(req.Clone(b.ctx))
}

type statusKey struct{}

// watchStatus lets the caller see the status of a call that the SDK reports as a mere success.
func watchStatus(ctx context.Context) (context.Context, *int) {
	code := new(int)
	return context.WithValue(ctx, statusKey{}, code), code
}
