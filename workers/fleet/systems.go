package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"tenure/activities"
	"tenure/activities/google"
	"tenure/activities/jamf"
	"tenure/activities/jira"
	"tenure/activities/namely"
	"tenure/activities/okta"
	"tenure/activities/retriever"
	"tenure/activities/slack"
	"tenure/activities/tracking"
	"tenure/internal/connections"
	"tenure/internal/employee"
	"tenure/internal/policy"
)

// Shared is what the systems need of Tenure itself.
type Shared struct {
	Vault     jamf.PINVault
	Directory namely.Directory
	// Trackers keeps which case follows a parcel, for the webhooks that name the parcel alone; nil keeps nothing.
	Trackers Trackers
	// Reads lets all workers share what one of them read at Retriever, and keep to one budget; nil shares nothing.
	Reads retriever.Shared
	// Gate is asked by whatever gives access; nil refuses nobody, which is for looking and never for acting.
	Gate activities.Gate
	// Owners is the identity ledger, by which nobody's account is taken for somebody else's; nil knows of none.
	Owners Owners
	// Policy names the Slack channel and the Jira project that the start-up checks look at.
	Policy policy.Policy
	// Rules is the policy as it is at the time: which fields of a profile are read follows an edited file. Nil is Policy.
	Rules  func() policy.Policy
	Getenv func(string) string
}

// Trackers remembers whose parcels are followed; *store.Store is one.
type Trackers interface {
	RememberTracker(ctx context.Context, tracker, trackingCode, caseID string) error
}

// Owners says whose an account is, by the id under which that person's cases run; *store.Store is one.
type Owners interface {
	AccountPerson(ctx context.Context, system, account string) (employee.ID, error)
}

// owner asks the ledger about the accounts of one system.
func (sh Shared) owner(system string) func(context.Context, string) (employee.ID, error) {
	if sh.Owners == nil {
		return nil
	}
	return func(ctx context.Context, account string) (employee.ID, error) {
		return sh.Owners.AccountPerson(ctx, system, account)
	}
}

// Systems are the vendors, connected.
type Systems struct {
	all []named
}

// system is what every vendor's package offers.
type system interface {
	Bindings() []activities.Binding
	// Check looks, by reading only, whether we are let in.
	Check(context.Context) error
}

type named struct {
	name string
	system
}

// Connect builds a client of every vendor. Every setting that is missing or wrong is named in one error.
func Connect(c connections.File, sh Shared) (*Systems, error) {
	r := &connections.Reader{Getenv: sh.Getenv}
	s := &Systems{}
	var wrong []error
	add := func(name string, sys system, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
			return
		}
		s.all = append(s.all, named{name, sys})
	}
	builders := []struct {
		name  string
		build func(connections.File, Shared, *connections.Reader) (system, error)
	}{
		{"namely", connectNamely}, {"okta", connectOkta}, {"google", connectGoogle}, {"jamf", connectJamf},
		{"retriever", connectRetriever}, {"tracking", connectTracking}, {"slack", connectSlack}, {"jira", connectJira},
	}
	for _, b := range builders {
		before := len(r.Missing)
		sys, err := b.build(c, sh, r)
		if len(r.Missing) > before {
			continue // the missing secret says it better than what follows from it
		}
		add(b.name, sys, err)
	}
	return s, errors.Join(append(r.Missing, wrong...)...)
}

func connectNamely(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	domain := c.Namely.Domain
	if c.Namely.URL != "" {
		domain = c.Namely.URL
	}
	rules := sh.Rules
	if rules == nil {
		rules = func() policy.Policy { return sh.Policy }
	}
	return namely.New(namely.Config{Domain: domain, Token: r.Secret("namely.token", c.Namely.Token),
		Details: func() namely.Details { return detailsOf(rules()) }}, sh.Directory)
}

// detailsOf are what a policy reads of every profile beyond what each has.
func detailsOf(p policy.Policy) namely.Details {
	d := namely.Details{Leave: namely.Leave{Field: p.Feed.Leave.Field, Values: p.Feed.Leave.Values}}
	for name, f := range p.Mapping.Fields {
		if d.Fields == nil {
			d.Fields = map[string]namely.FieldSource{}
		}
		d.Fields[name] = namely.FieldSource{Field: f.Field, Group: f.Group}
	}
	return d
}

func connectOkta(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	o := c.Okta
	cfg := okta.Config{BaseURL: o.URL, ClientID: o.ClientID, KeyID: o.KeyID, Gate: sh.Gate, Owner: sh.owner("okta")}
	if o.ClientID != "" {
		cfg.PrivateKey = r.Secret("okta.private_key", o.PrivateKey)
	} else {
		cfg.Token = r.Secret("okta.token", o.Token)
	}
	return okta.New(cfg)
}

func connectGoogle(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	return google.New(google.Config{KeyJSON: []byte(r.Secret("google.key", c.Google.Key)), Admin: c.Google.Admin, BaseURL: c.Google.URL,
		Gate: sh.Gate, Owner: sh.owner("google")})
}

func connectJamf(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	j := c.Jamf
	return jamf.New(jamf.Config{BaseURL: j.URL, ClientID: j.ClientID, ClientSecret: r.Secret("jamf.client_secret", j.Secret),
		UserDomain: j.UserDomain, Phone: j.Phone}, sh.Vault)
}

func connectRetriever(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	to := c.Retriever.ReturnTo
	return retriever.New(retriever.Config{BaseURL: c.Retriever.URL, APIKey: r.Secret("retriever.key", c.Retriever.Key), Shared: sh.Reads, ReadsPerDay: c.Retriever.ReadsPerDay, Company: retriever.Company{
		Recipient: to.Recipient, Company: to.Company, Line1: to.Line1, Line2: to.Line2, City: to.City, State: to.State, Zip: to.Zip,
		Country: to.Country, DisplayName: to.DisplayName, Notifications: to.Notify, Instructions: to.Instructions,
	}})
}

func connectTracking(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	cfg := tracking.Config{BaseURL: c.Tracking.URL, APIKey: r.Secret("tracking.key", c.Tracking.Key)}
	if sh.Trackers != nil {
		cfg.Remember = sh.Trackers.RememberTracker
	}
	return tracking.New(cfg)
}

func connectSlack(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	s := c.Slack
	return slack.New(slack.Config{BaseURL: s.URL, BotToken: r.Secret("slack.bot_token", s.BotToken),
		AdminToken: r.Optional("slack.admin_token", s.AdminToken), Mode: slack.AccountMode(s.AccountMode), Channel: sh.Policy.Slack.Channel})
}

func connectJira(c connections.File, sh Shared, r *connections.Reader) (system, error) {
	j, p := c.Jira, sh.Policy.Jira
	return jira.New(jira.Config{BaseURL: j.URL, BrowseURL: j.Browse, Flavour: jira.Flavour(j.Flavour), Email: j.Email,
		Token: r.Secret("jira.token", j.Token), TaskAssignee: j.Assignee, IndexWait: j.IndexWait, Project: p.Project, IssueType: p.Type, SubtaskType: p.Subtask})
}

// Bindings lists every activity of every vendor.
func (s *Systems) Bindings() []activities.Binding {
	var out []activities.Binding
	for _, n := range s.all {
		out = append(out, n.Bindings()...)
	}
	return out
}

// Check asks every vendor by a read-only call, and says all that is wrong at once: a refused credential is better
// known at the start than in the middle of a case. A vendor that is only away is a warning in the log.
func (s *Systems) Check(ctx context.Context) error {
	results := make(chan error, len(s.all))
	for _, n := range s.all {
		go func() { results <- n.check(ctx) }()
	}
	var wrong []error
	for range s.all {
		wrong = append(wrong, <-results)
	}
	return errors.Join(wrong...)
}

// check reports a refusal. A vendor that is only away is no reason not to start: cases wait for it.
func (n named) check(ctx context.Context) error {
	err := n.Check(ctx)
	if err == nil {
		return nil
	}
	p := activities.ProblemOf(err)
	if p.Retryable() {
		slog.Warn("vendor does not answer; its steps wait for it", "System", n.name, "Problem", p.Type, "error", p.Text)
		return nil
	}
	if p.Type == activities.Forbidden {
		return fmt.Errorf("%s: %w; the setting is %s", n.name, err, credentials[n.name])
	}
	return fmt.Errorf("%s: %w", n.name, err)
}

// credentials names the settings by which a vendor knows us.
var credentials = map[string]string{
	"namely": "namely.token", "okta": "okta.token or okta.private_key", "google": "google.key and google.admin",
	"jamf": "jamf.client_id and jamf.client_secret", "retriever": "retriever.key", "tracking": "tracking.key",
	"slack": "slack.bot_token", "jira": "jira.email and jira.token",
}
