package namely

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/vendorhttp"
)

// DefaultPerMinute is how many requests a minute are made to /profiles: Namely allows 100 to the whole company, and
// somebody else may want some.
const DefaultPerMinute = 90

// Directory keeps the snapshot; internal/store has one. Apply judges a scan, compares it with the stored snapshot, and
// commits the new one together with the events that follow from it, or neither; a scan that it does not believe is an
// *employee.Distrust. Fail keeps why there was nothing to apply.
type Directory interface {
	Apply(ctx context.Context, scan employee.Scan) (employee.ScanSummary, error)
	Fail(ctx context.Context, at time.Time, profiles int, how employee.PollOutcome, why employee.Distrust) error
}

// Config is how Namely is reached.
type Config struct {
	// Domain is the company's subdomain ("acme"), its host ("acme.namely.com"), its address
	// ("https://acme.namely.com/"), or the base URL of a stand-in.
	Domain string
	// Token is a personal access token. Its owner must stay active and must not sign in by SSO.
	Token string
	// PerMinute bounds the requests to /profiles; 0 is [DefaultPerMinute].
	PerMinute int
	// Leave and Fields are the [Details] that are read of every profile.
	Leave  Leave
	Fields map[string]FieldSource
	// Details is asked for them at the beginning of each scan, so that they follow a policy that is edited while Tenure
	// runs; nil: they stay Leave and Fields.
	Details func() Details

	Transport http.RoundTripper // nil is Go's default
	Now       func() time.Time  // nil is time.Now
	// Pause waits between requests when the minute's share is used up; nil waits on the clock.
	Pause func(context.Context, time.Duration) error
}

// System performs the activities of Namely. It is safe for concurrent use.
type System struct {
	api       *vendorhttp.Client
	directory Directory
	pace      *pace
	details   func() Details
	now       func() time.Time
}

// New checks the settings. It calls nobody.
func New(cfg Config, directory Directory) (*System, error) {
	base, err := ParseDomain(cfg.Domain)
	if err != nil {
		return nil, err
	}
	token := strings.TrimSpace(cfg.Token)
	switch {
	case token == "":
		return nil, errors.New("namely token is empty: create a personal access token in Namely (API, personal access tokens) and set it")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("namely token holds a blank or a control character: copy it again, it is one word")
	case cfg.PerMinute < 0:
		return nil, errors.New("namely requests per minute are negative: give a number above 0, or 0 for the default")
	case directory == nil:
		return nil, errors.New("namely needs a directory to keep the snapshot in")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.PerMinute == 0 {
		cfg.PerMinute = DefaultPerMinute
	}
	if cfg.Pause == nil {
		cfg.Pause = pause
	}
	if cfg.Details == nil {
		cfg.Details = func() Details { return Details{Leave: cfg.Leave, Fields: cfg.Fields} }
	}
	return &System{
		directory: directory, details: cfg.Details, now: cfg.Now,
		pace: &pace{perMinute: cfg.PerMinute, now: cfg.Now, wait: cfg.Pause},
		api: &vendorhttp.Client{
			System: "namely", Base: base, HTTP: vendorhttp.NewHTTPClient(cfg.Transport),
			Authorize: func(_ context.Context, r *http.Request) error {
				r.Header.Set("Authorization", "Bearer "+token)
				return nil
			},
		},
	}, nil
}

// Bindings lists the activities, ready to be registered.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{activities.NamelyScanDirectory.Bind(s.ScanDirectory), activities.NamelyExamine.Bind(s.Examine),
		activities.NamelyListFields.Bind(s.ListFields)}
}

// pause waits on the clock, telling Temporal now and then that the activity is alive.
func pause(ctx context.Context, d time.Duration) error {
	const beat = 5 * time.Second
	for ; d > 0; d -= beat {
		alive(ctx)
		t := time.NewTimer(min(d, beat))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
	return nil
}

func alive(ctx context.Context) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx)
	}
}
