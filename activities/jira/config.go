package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/andygrunwald/go-jira"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// Flavour is the product on the other side. It is configuration, never guessed; [System.Check] compares it with
// what the server says.
type Flavour string

// The flavours.
const (
	Cloud      Flavour = "cloud"
	DataCenter Flavour = "datacenter"
)

// How long Jira's search may be behind, and how an unclear create is looked for.
const (
	// DefaultIndexWait is the longest that new issues have been seen to stay out of the search.
	DefaultIndexWait = 120 * time.Second
	DefaultPollFirst = 2 * time.Second
	// DefaultPollMax keeps the heartbeats of a wait well inside the heartbeat timeout of mirrors.
	DefaultPollMax = 15 * time.Second
)

// Config is how to reach Jira.
type Config struct {
	// BaseURL is scheme, host, port and prefix: "https://acme.example.com/jira". Scoped API tokens and service
	// accounts of Cloud work on "https://api.atlassian.com/ex/jira/<cloud id>" only.
	BaseURL string
	// BrowseURL is where people open tickets; empty is BaseURL. Required with api.atlassian.com.
	BrowseURL string
	Flavour   Flavour
	// Email is the owner of the API token. Cloud only.
	Email string
	// Token is the API token (Cloud) or the personal access token (Data Center).
	Token string
	// TaskAssignee gets every sub-task: an account id on Cloud, a user name on Data Center; empty is nobody.
	TaskAssignee string

	// Project, IssueType and SubtaskType are what [System.Check] looks for, and Project is where moved tickets are looked
	// for; a case brings its own from the policy.
	Project, IssueType, SubtaskType string

	// IndexWait is how long an unclear create is searched for before another may be made. The wait between two
	// searches doubles from PollFirst to PollMax. Zero takes the defaults.
	IndexWait, PollFirst, PollMax time.Duration

	// Transport carries the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Wait passes time between two searches; nil waits on the wall clock.
	Wait func(context.Context, time.Duration) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// System is Jira as Tenure uses it.
type System struct {
	cfg   Config
	api   *sdk.Client
	locks locks
	self  account
}

// New checks the configuration and prepares the client. It calls nobody; see [System.Check].
func New(cfg Config) (*System, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	client := vendorhttp.NewHTTPClient(&transport{next: cfg.Transport, authorize: cfg.authorize})
	api, err := sdk.NewClient(client, cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("jira.url: %w", err)
	}
	return &System{cfg: cfg, api: api}, nil
}

// Bindings lists the activities this system performs.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.JiraMirrorCase.Bind(s.MirrorCase),
		activities.JiraListMoves.Bind(s.ListMoves),
		activities.JiraReadMove.Bind(s.ReadMove),
		activities.JiraAnswerMove.Bind(s.AnswerMove),
		activities.JiraExamine.Bind(s.Examine),
	}
}

// complete checks each setting and fills in the defaults.
func (c *Config) complete() error {
	var errs []error
	base, err := vendorhttp.ParseBase("jira.url", c.BaseURL)
	errs = append(errs, err)
	c.BaseURL = base
	if c.BrowseURL == "" {
		c.BrowseURL = base
		if u, bad := url.Parse(base); bad == nil && u.Hostname() == "api.atlassian.com" {
			errs = append(errs, errors.New("jira.browse_url: api.atlassian.com has no pages for people: set the site's own address, for example https://acme.example.com"))
		}
	} else {
		c.BrowseURL, err = vendorhttp.ParseBase("jira.browse_url", c.BrowseURL)
		errs = append(errs, err)
	}
	errs = append(errs, c.checkCredentials())
	if c.IndexWait < 0 || c.PollFirst < 0 || c.PollMax < 0 {
		errs = append(errs, errors.New("jira.index_wait, poll_first and poll_max: a duration below zero makes no sense: leave them out for the defaults"))
	}
	c.IndexWait = orDuration(c.IndexWait, DefaultIndexWait)
	c.PollFirst = orDuration(c.PollFirst, DefaultPollFirst)
	c.PollMax = orDuration(c.PollMax, DefaultPollMax)
	if c.Wait == nil {
		c.Wait = wallClockWait
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return errors.Join(errs...)
}

func (c *Config) checkCredentials() error {
	switch c.Flavour {
	case Cloud:
		if !strings.Contains(c.Email, "@") {
			return errors.New("jira.email: Jira Cloud signs in with the mail address of the API token's owner: set it, for example bot@example.com")
		}
	case DataCenter:
		if c.Email != "" {
			return errors.New("jira.email: Jira Data Center takes a personal access token alone: leave it out, or set jira.flavour to cloud")
		}
	default:
		return fmt.Errorf("jira.flavour: %q is not a flavour: write cloud or datacenter", c.Flavour)
	}
	if strings.TrimSpace(c.Token) == "" {
		return errors.New("jira.token: empty: set the API token (Cloud) or the personal access token (Data Center) through the environment or a file")
	}
	if strings.TrimSpace(c.Token) != c.Token {
		return errors.New("jira.token: it begins or ends with white space: remove it (a line break at the end of the file, perhaps)")
	}
	return nil
}

func (c *Config) authorize(r *http.Request) {
	if c.Flavour == Cloud {
		r.SetBasicAuth(c.Email, c.Token)
		return
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
}

func orDuration(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

func wallClockWait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
