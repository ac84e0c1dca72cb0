package jamf

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// Defaults of the optional settings.
const (
	DefaultTokenPath  = "/api/v1/oauth/token"
	DefaultPollEvery  = 2 * time.Second
	DefaultPollFor    = 15 * time.Second
	DefaultSettle     = 4 * time.Second
	DefaultClockSkew  = 5 * time.Second
	DefaultEraseQuiet = 15 * time.Minute
)

// PINVault decides and keeps the lock PIN of each computer of a case.
type PINVault interface {
	// PIN gets or creates the six-digit PIN of one computer. It is kept, encrypted, before PIN returns, so that
	// whatever is sent can be revealed later; every call for the same case and serial gives the same PIN. Errors
	// never hold it.
	PIN(ctx context.Context, caseID, serial string) (string, error)
}

// Config is how Jamf Pro is reached.
type Config struct {
	BaseURL      string // scheme, host, optional port and prefix: https://acme.jamfcloud.com
	ClientID     string // of an API client
	ClientSecret string
	// TokenPath is where tokens are fetched; empty is [DefaultTokenPath]. Servers before 11.20 know
	// /api/oauth/token.
	TokenPath string
	// UserDomain completes a bare user name in the inventory: with "example.com", the user name "jo" is
	// jo@example.com. Empty: a bare user name belongs to nobody.
	UserDomain string
	// Phone is shown on a locked screen, for whoever finds the Mac.
	Phone string

	PollEvery time.Duration // between two looks at a command just sent; 0 is [DefaultPollEvery]
	PollFor   time.Duration // how long such looks go on inside one attempt; 0 is [DefaultPollFor]
	// Settle is how long a retry looks for a command of the attempt before it, which another node of Jamf's
	// cluster may not show yet; 0 is [DefaultSettle].
	Settle time.Duration
	// ClockSkew is how far Jamf's clock may be behind ours; 0 is [DefaultClockSkew].
	ClockSkew time.Duration
	// EraseQuiet is how long an erased Mac must be silent before the erase counts as done; 0 is
	// [DefaultEraseQuiet].
	EraseQuiet time.Duration

	Transport http.RoundTripper // nil is Go's default
	Now       func() time.Time  // nil is time.Now
}

// System performs the activities of Jamf Pro. It is safe for concurrent use.
type System struct {
	cfg   Config
	api   *client
	vault PINVault
}

// New checks the settings. It calls nobody.
func New(cfg Config, vault PINVault) (*System, error) {
	base, err := vendorhttp.ParseBase("jamf base URL", cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.ClientID == "":
		return nil, errors.New("jamf client id is empty: create an API client in Jamf Pro (Settings, API roles and clients) and set its id")
	case cfg.ClientSecret == "":
		return nil, errors.New("jamf client secret is empty: generate one for the API client in Jamf Pro and set it")
	case vault == nil:
		return nil, errors.New("jamf needs a PIN vault: a lock PIN must be kept before it is sent")
	case cfg.TokenPath != "" && !strings.HasPrefix(cfg.TokenPath, "/"):
		return nil, errors.New("jamf token path must begin with a slash, for example " + DefaultTokenPath)
	}
	cfg = withDefaults(cfg)
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	web := vendorhttp.NewHTTPClient(cfg.Transport)
	// Jamf Cloud is a cluster: the cookie keeps us on the node that has seen our writes.
	web.Jar = jar
	return &System{cfg: cfg, vault: vault, api: newClient(cfg, base, web)}, nil
}

func withDefaults(cfg Config) Config {
	if cfg.TokenPath == "" {
		cfg.TokenPath = DefaultTokenPath
	}
	for at, value := range map[*time.Duration]time.Duration{&cfg.PollEvery: DefaultPollEvery, &cfg.PollFor: DefaultPollFor,
		&cfg.Settle: DefaultSettle, &cfg.ClockSkew: DefaultClockSkew, &cfg.EraseQuiet: DefaultEraseQuiet} {
		if *at == 0 {
			*at = value
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}

// Bindings lists the activities, ready to be registered.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.JamfFindDevices.Bind(s.FindDevices),
		activities.JamfLockComputer.Bind(s.LockComputer),
		activities.JamfReadLock.Bind(s.ReadLock),
		activities.JamfReturnToStock.Bind(s.ReturnToStock),
		activities.JamfEraseComputer.Bind(s.EraseComputer),
		activities.JamfExamine.Bind(s.Examine),
	}
}

// settled makes an outcome of a refusal for good, and an error of everything that can pass.
func settled(ctx context.Context, o activities.Outcome, err error) (activities.Outcome, error) {
	if ctx.Err() != nil || activities.ProblemOf(err).Retryable() {
		return activities.Outcome{}, activities.Ended(ctx, err)
	}
	return activities.NeedsPerson(o, err), nil
}

// pause waits between two looks, and tells Temporal that the activity is alive.
func pause(ctx context.Context, d time.Duration) error {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
