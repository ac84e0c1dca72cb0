package jamf

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"tenure/internal/vendorhttp"
)

// client makes authorised calls to one Jamf Pro server.
type client struct {
	api    *vendorhttp.Client
	tokens *tokens

	mu        sync.Mutex
	inventory string // "v4" or "v3" once known
}

func newClient(cfg Config, base string, web *http.Client) *client {
	t := &tokens{cfg: cfg, api: &vendorhttp.Client{System: "jamf", Base: base, HTTP: web}}
	return &client{tokens: t, api: &vendorhttp.Client{System: "jamf", Base: base, HTTP: web, Authorize: t.authorize}}
}

// do makes one call. need is the privilege that Jamf wants for it, named in the error when it is missing. A 401 on
// a token that was cut short is answered with a fresh token and the same call once more: Jamf has not looked at it.
func (c *client) do(ctx context.Context, need string, r vendorhttp.Request) (vendorhttp.Answer, error) {
	used, err := c.tokens.current(ctx)
	if err != nil {
		return vendorhttp.Answer{}, err
	}
	answer, err := c.api.Do(ctx, r)
	if statusOf(err) == http.StatusUnauthorized {
		c.tokens.drop(used)
		answer, err = c.api.Do(ctx, r)
	}
	return answer, problemOf(err, need)
}

// read makes one call and decodes its answer.
func (c *client) read(ctx context.Context, need string, r vendorhttp.Request, into any) error {
	answer, err := c.do(ctx, need, r)
	if err != nil {
		return err
	}
	return unreadable(answer.Decode(into))
}

// inventoryCall makes a call whose path begins behind the version: "/computers-inventory". A server that says it
// is new enough but does not know v4 is asked by v3.
func (c *client) inventoryCall(ctx context.Context, need string, r vendorhttp.Request) (vendorhttp.Answer, error) {
	version, err := c.inventoryVersion(ctx)
	if err != nil {
		return vendorhttp.Answer{}, err
	}
	rest := r.Path
	r.Path = "/api/" + version + rest
	answer, err := c.do(ctx, need, r)
	if version != "v4" || statusOf(err) != http.StatusNotFound {
		return answer, err
	}
	r.Path = "/api/v3" + rest
	older, olderErr := c.do(ctx, need, r)
	if statusOf(olderErr) == http.StatusNotFound {
		return answer, err
	}
	if olderErr != nil {
		return older, olderErr
	}
	c.mu.Lock()
	c.inventory = "v3"
	c.mu.Unlock()
	return older, nil
}

// inventoryVersion is v4 from Jamf Pro 11.30, v3 before. It is asked once per process.
func (c *client) inventoryVersion(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inventory != "" {
		return c.inventory, nil
	}
	var v struct {
		Version string `json:"version"`
	}
	err := c.read(ctx, "", vendorhttp.Request{Method: http.MethodGet, Path: "/api/v1/jamf-pro-version"}, &v)
	switch {
	case err == nil:
		c.inventory = inventoryFor(v.Version)
	case statusOf(err) == http.StatusNotFound:
		c.inventory = "v3"
	default:
		return "", err
	}
	return c.inventory, nil
}

func inventoryFor(version string) string {
	if olderThan(version, 11, 30) {
		return "v3"
	}
	return "v4"
}

// olderThan compares the first two numbers of a version ("11.30.1-t178"). A version that is not readable counts as
// new.
func olderThan(version string, major, minor int) bool {
	parts := strings.SplitN(version, ".", 3)
	a, err := strconv.Atoi(strings.TrimSpace(parts[0]))
	if err != nil {
		return false
	}
	b := 0
	if len(parts) > 1 {
		if b, err = strconv.Atoi(parts[1]); err != nil {
			return false
		}
	}
	return a < major || a == major && b < minor
}

func statusOf(err error) int {
	var se *vendorhttp.StatusError
	if errors.As(err, &se) {
		return se.Status
	}
	return 0
}

// tokens fetches and keeps the access token of the API client.
type tokens struct {
	cfg Config
	api *vendorhttp.Client

	mu      sync.Mutex
	token   string
	refresh time.Time
}

func (t *tokens) authorize(ctx context.Context, r *http.Request) error {
	token, err := t.current(ctx)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// current is the token, fetched anew at 80 % of its life: Jamf's tokens often live for a minute only.
func (t *tokens) current(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.cfg.Now()
	if t.token != "" && now.Before(t.refresh) {
		return t.token, nil
	}
	answer, err := t.api.Do(ctx, vendorhttp.Request{Method: http.MethodPost, Path: t.cfg.TokenPath, Form: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {t.cfg.ClientID}, "client_secret": {t.cfg.ClientSecret}}})
	if err != nil {
		return "", tokenProblem(err)
	}
	var got struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	// The answer is not quoted when it cannot be read: it may hold a token.
	if answer.Decode(&got) != nil || got.AccessToken == "" {
		return "", errNoToken
	}
	t.token = got.AccessToken
	t.refresh = now.Add(time.Duration(got.ExpiresIn) * time.Second * 8 / 10)
	return t.token, nil
}

// drop forgets a token that was refused, unless somebody else has fetched a new one meanwhile.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}
