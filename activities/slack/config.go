package slack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// AccountMode says how slack.account is performed.
type AccountMode string

// The modes. Which one works depends on the workspace's plan.
const (
	// AccountOff leaves the account to the identity provider; the step is not applicable. The default.
	AccountOff AccountMode = "off"
	// AccountSCIM deactivates the account (Business+ and Enterprise plans).
	AccountSCIM AccountMode = "scim"
	// AccountEnterprise signs the person out everywhere (Enterprise plan); signing in again is up to the identity
	// provider.
	AccountEnterprise AccountMode = "enterprise"
)

// Slack's own addresses and the pace it asks for.
const (
	DefaultBaseURL     = "https://slack.com"
	DefaultSCIMBaseURL = "https://api.slack.com"
	// DefaultPostEvery is the least time between two posts to one channel: "about one message per second".
	DefaultPostEvery = time.Second
)

// Config is how Slack is reached.
type Config struct {
	// BaseURL is what stands before /api/: scheme, host, and optionally port and prefix. Empty means Slack.
	BaseURL string
	// SCIMBaseURL is what stands before /scim/v2/. Empty means Slack's own where BaseURL is
	// Slack's, else BaseURL.
	SCIMBaseURL string
	// BotToken is the app's bot token (xoxb-...).
	BotToken string
	// AdminToken is a user token (xoxp-...) of a workspace owner, for the modes scim and enterprise.
	AdminToken string
	// Mode says how slack.account is performed; empty means off.
	Mode AccountMode
	// Channel is the private channel [System.Check] looks at; empty checks the token only.
	Channel string
	// PostEvery is the least time between two posts to one channel; zero means DefaultPostEvery.
	PostEvery time.Duration
	// Transport carries the calls; nil means the standard one. It must not retry.
	Transport http.RoundTripper
}

// System is Slack as the activities see it. It is safe for concurrent use.
type System struct {
	mode    AccountMode
	channel string
	api     *slackapi.Client
	bot     *vendorhttp.Client // methods of which slack-go does not tell all, with the bot token
	web     *vendorhttp.Client // methods slack-go has no call for, with the admin token
	scim    *vendorhttp.Client
	pace    *pacer
	reads   *pacer // of histories and threads, by method

	mu       sync.Mutex
	self     identity        // who we are, once asked
	admitted map[string]bool // channels that were looked at and are fit for cards
}

// New checks the configuration and makes the system. It calls nobody; see [System.Check]. Errors name the setting
// and never hold a token.
func New(c Config) (*System, error) {
	base, scim, err := c.bases()
	if err != nil {
		return nil, err
	}
	if err := c.checkTokens(); err != nil {
		return nil, err
	}
	if c.PostEvery == 0 {
		c.PostEvery = DefaultPostEvery
	}
	hc := vendorhttp.NewHTTPClient(bounded{c.Transport})
	bearer := func(token string) func(context.Context, *http.Request) error {
		return func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		}
	}
	admin := bearer(c.AdminToken)
	return &System{
		mode:     c.mode(),
		channel:  c.Channel,
		api:      slackapi.New(c.BotToken, slackapi.OptionAPIURL(base+"/api/"), slackapi.OptionHTTPClient(hc)),
		bot:      &vendorhttp.Client{System: "slack", Base: base, HTTP: hc, Authorize: bearer(c.BotToken)},
		web:      &vendorhttp.Client{System: "slack", Base: base, HTTP: hc, Authorize: admin},
		scim:     &vendorhttp.Client{System: "slack", Base: scim, HTTP: hc, Authorize: admin},
		pace:     newPacer(c.PostEvery),
		reads:    newPacer(c.PostEvery * readsToPosts / 10),
		admitted: map[string]bool{},
	}, nil
}

// Bindings are the activities this system performs.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.SlackMirrorCase.Bind(s.MirrorCase),
		activities.SlackCutAccess.Bind(s.CutAccess),
		activities.SlackLookUpMember.Bind(s.LookUpMember),
		activities.SlackAnswer.Bind(s.Answer),
		activities.SlackAnnounce.Bind(s.Announce),
		activities.SlackTell.Bind(s.Tell),
		activities.SlackExamine.Bind(s.Examine),
	}
}

func (c Config) mode() AccountMode {
	if c.Mode == "" {
		return AccountOff
	}
	return c.Mode
}

func (c Config) bases() (web, scim string, err error) {
	if web, err = vendorhttp.ParseBase("slack base URL", firstOf(c.BaseURL, DefaultBaseURL)); err != nil {
		return "", "", err
	}
	if strings.HasSuffix(web, "/api") {
		return "", "", fmt.Errorf("slack base URL: %q ends in /api: write what stands before it, for example %s", c.BaseURL, DefaultBaseURL)
	}
	switch {
	case c.SCIMBaseURL != "":
		scim, err = vendorhttp.ParseBase("slack SCIM base URL", c.SCIMBaseURL)
		return web, scim, err
	case web == DefaultBaseURL: // Slack serves SCIM on another host
		return web, DefaultSCIMBaseURL, nil
	}
	return web, web, nil
}

func (c Config) checkTokens() error {
	switch {
	case c.BotToken == "":
		return fmt.Errorf("slack bot token is empty: put in the Bot User OAuth Token of the app (it begins with xoxb-)")
	case !strings.HasPrefix(c.BotToken, "xoxb-"):
		return fmt.Errorf("slack bot token does not begin with xoxb-: take the Bot User OAuth Token from the app's OAuth & Permissions page, not an app-level, user or legacy token")
	}
	switch c.mode() {
	case AccountOff:
		return nil
	case AccountSCIM, AccountEnterprise:
	default:
		return fmt.Errorf("slack account mode %q is not known: write off, scim or enterprise", c.Mode)
	}
	if !strings.HasPrefix(c.AdminToken, "xoxp-") {
		return fmt.Errorf("slack account mode %s needs an admin token that begins with xoxp-: a user token of a workspace owner (scope admin for scim, admin.users:write and admin.users:read for enterprise); or set the mode to off", c.Mode)
	}
	return nil
}

// bounded caps the size of answers: slack-go decodes whatever comes.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, vendorhttp.MaxBody+1), resp.Body}
	return resp, nil
}
