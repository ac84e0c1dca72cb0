package slackdoor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/starter/intake"
)

// DefaultBaseURL is Slack itself.
const DefaultBaseURL = "https://slack.com"

// Config is how the door stands in the wall.
type Config struct {
	// BaseURL is what stands before /api/: scheme, host, and optionally port and prefix. Empty means Slack.
	BaseURL string
	// BotToken (xoxb-...) opens forms.
	BotToken string
	// AppToken (xapp-...) opens Socket Mode; without it [Door.RunSocket] does not run.
	AppToken string
	// SigningSecret proves HTTP requests; without it [Door.Handler] answers 404 to everybody.
	SigningSecret string
	// Inbox keeps what is asked until Temporal has taken it.
	Inbox intake.Inbox
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Logger gets ids and codes, never what somebody typed; nil means none.
	Logger *slog.Logger
	// Transport carries calls to Slack; nil means one like the standard one. It must not retry.
	Transport http.RoundTripper
}

// Slack waits 3 s for an acknowledgement, and a form can be opened for 3 s. What is left over is for the wire.
const (
	acceptWithin = 2 * time.Second
	openWithin   = 2 * time.Second
	laterWithin  = 3 * time.Second
)

// atOnce is how many payloads are looked at at the same time on all Socket Mode connections together. More wait at
// Slack's side of the wire.
const atOnce = 16

// Door is the front door in Slack. It is safe for concurrent use.
type Door struct {
	inbox    intake.Inbox
	now      func() time.Time
	log      *slog.Logger
	base     *url.URL
	api      *slackapi.Client
	http     *http.Client
	appToken string
	secret   []byte
	seen     seen
	pace     pace
	slots    chan struct{}
	live     atomic.Int64
	greeted  atomic.Bool // Slack has said hello once: the token is good
	patience time.Duration
}

// New checks the configuration and makes the door. It calls nobody. Errors name the setting and hold no secret.
func New(c Config) (*Door, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: openWithin, IdleConnTimeout: time.Minute,
			MaxIdleConnsPerHost: connections, ForceAttemptHTTP2: true}
	}
	d := &Door{inbox: c.Inbox, now: c.Now, log: c.Logger, base: base, appToken: c.AppToken, secret: []byte(c.SigningSecret),
		http: &http.Client{Transport: c.Transport, Timeout: laterWithin}, slots: make(chan struct{}, atOnce), patience: acceptWithin}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.api = slackapi.New(c.BotToken, slackapi.OptionAPIURL(base.String()+"/api/"), slackapi.OptionAppLevelToken(c.AppToken),
		slackapi.OptionHTTPClient(d.http))
	return d, nil
}

// Connected says how many Socket Mode connections are open and in use; two are meant to be.
func (d *Door) Connected() int { return int(d.live.Load()) }

func parseBase(raw string) (*url.URL, error) {
	if raw == "" {
		raw = DefaultBaseURL
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("slack base URL %q is not an address: write scheme and host, optionally port and prefix, for example %s", raw, DefaultBaseURL)
	case strings.HasSuffix(u.Path, "/api"):
		return nil, fmt.Errorf("slack base URL %q ends in /api: write what stands before it, for example %s", raw, DefaultBaseURL)
	}
	return u, nil
}

func (c Config) check() error {
	switch {
	case c.Inbox == nil:
		return errors.New("the Slack door has no inbox: give it one that keeps what is asked")
	case !strings.HasPrefix(c.BotToken, "xoxb-"):
		return errors.New("slack bot token does not begin with xoxb-: take the Bot User OAuth Token from the app's OAuth & Permissions page")
	case c.AppToken == "" && c.SigningSecret == "":
		return errors.New("slack app token and signing secret are both empty: set the app token (xapp-...) for Socket Mode, or the signing secret for HTTP")
	case c.AppToken != "" && !strings.HasPrefix(c.AppToken, "xapp-"):
		return errors.New("slack app token does not begin with xapp-: make an app-level token with the scope connections:write on the app's Basic Information page")
	}
	return nil
}

// post answers at a response URL, which Slack sent with the payload. It is a credential: used here and kept nowhere.
func (d *Door) post(ctx context.Context, address, text string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != d.base.Scheme || u.Host != d.base.Host && u.Host != hooksHost {
		d.log.Warn("slack: the payload has no usable response URL, so a person was not answered at once")
		return
	}
	err = slackapi.PostWebhookCustomHTTPContext(ctx, address, d.http, &slackapi.WebhookMessage{Text: text, ResponseType: slackapi.ResponseTypeEphemeral})
	if err != nil {
		d.log.Warn("slack: the response URL took no answer", "error", redacted(err))
	}
}

// hooksHost is where Slack's own response URLs are.
const hooksHost = "hooks.slack.com"

// redacted is an error without the address that an [url.Error] repeats.
func redacted(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
