// Package connections reads the file that says how each vendor is reached. Workers act through it; the front doors
// take from it what proves that a message comes from the vendor.
package connections

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// File says how each vendor is reached. Addresses stand in the file itself; secrets never do: they are named
// by an environment variable or by a file of their own.
type File struct {
	Namely    Namely    `yaml:"namely"`
	Okta      Okta      `yaml:"okta"`
	Google    Google    `yaml:"google"`
	Jamf      Jamf      `yaml:"jamf"`
	Retriever Retriever `yaml:"retriever"`
	Tracking  Tracking  `yaml:"tracking"`
	Slack     Slack     `yaml:"slack"`
	Jira      Jira      `yaml:"jira"`
}

// Secret names where a secret is.
type Secret struct {
	Env  string `yaml:"env,omitempty"`
	File string `yaml:"file,omitempty"`
	// Value is set by programs that make their own secrets (the simulated vendors); a file cannot set it.
	Value string `yaml:"-"`
}

// UnmarshalYAML reads {env: NAME} or {file: PATH}. A secret that was typed in instead is refused and not repeated.
func (s *Secret) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a secret is never written here: name where it is, {env: NAME} or {file: /path}", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch key.Value {
		case "env":
			s.Env = value.Value
		case "file":
			s.File = value.Value
		default:
			return fmt.Errorf("line %d: field %s not found in a secret: name where it is, {env: NAME} or {file: /path}", key.Line, key.Value)
		}
	}
	return nil
}

// Namely is the HR system. URL is for stand-ins; Domain is the company's own: "acme.namely.com".
type Namely struct {
	Domain string `yaml:"domain"`
	URL    string `yaml:"url,omitempty"`
	Token  Secret `yaml:"token"`
}

// Okta is the Okta org, by an API token or an API Services app.
type Okta struct {
	URL        string `yaml:"url"`
	Token      Secret `yaml:"token"`
	ClientID   string `yaml:"client_id,omitempty"`
	PrivateKey Secret `yaml:"private_key,omitempty"`
	KeyID      string `yaml:"key_id,omitempty"`
	// HookSecret is what Okta's event hook puts into its Authorization header; without it that door stays shut.
	HookSecret Secret `yaml:"hook_secret,omitempty"`
	// OwnActors are the Okta ids in whose name Tenure acts: events they caused are echoes.
	OwnActors []string `yaml:"own_actors,omitempty"`
}

// Google is Google Workspace: a service account with domain-wide delegation, acting as Admin.
type Google struct {
	Key   Secret `yaml:"key"` // the service account's key file
	Admin string `yaml:"admin"`
	URL   string `yaml:"url,omitempty"`
}

// Jamf is Jamf Pro, by an API client.
type Jamf struct {
	URL        string `yaml:"url"`
	ClientID   string `yaml:"client_id"`
	Secret     Secret `yaml:"client_secret"`
	UserDomain string `yaml:"user_domain,omitempty"`
	Phone      string `yaml:"phone,omitempty"`
}

// Retriever is Retriever, and where its boxes come back to.
type Retriever struct {
	URL      string        `yaml:"url,omitempty"`
	Key      Secret        `yaml:"key"`
	ReturnTo ReturnAddress `yaml:"return_to"`
	// ReadsPerDay is how many reads a day Retriever allows this account; zero is its usual 500.
	ReadsPerDay int `yaml:"reads_per_day,omitempty"`
}

// ReturnAddress is where the company receives devices.
type ReturnAddress struct {
	Recipient    string   `yaml:"recipient"`
	Company      string   `yaml:"company"`
	DisplayName  string   `yaml:"display_name"`
	Line1        string   `yaml:"line1"`
	Line2        string   `yaml:"line2,omitempty"`
	City         string   `yaml:"city"`
	State        string   `yaml:"state"`
	Zip          string   `yaml:"zip"`
	Country      string   `yaml:"country"`
	Notify       []string `yaml:"notify,omitempty"`
	Instructions string   `yaml:"instructions,omitempty"`
}

// Tracking is EasyPost.
type Tracking struct {
	URL string `yaml:"url,omitempty"`
	Key Secret `yaml:"key"`
	// WebhookSecret signs EasyPost's webhooks; without it that door stays shut.
	WebhookSecret Secret `yaml:"webhook_secret,omitempty"`
}

// Slack is the Slack app.
type Slack struct {
	URL         string `yaml:"url,omitempty"`
	BotToken    Secret `yaml:"bot_token"`
	AdminToken  Secret `yaml:"admin_token,omitempty"`
	AccountMode string `yaml:"account_mode,omitempty"` // off, scim, enterprise
	// AppToken (xapp-) opens Socket Mode: commands and buttons without an inbound port.
	AppToken Secret `yaml:"app_token,omitempty"`
	// SigningSecret proves requests that Slack sends over HTTP instead.
	SigningSecret Secret `yaml:"signing_secret,omitempty"`
}

// Jira is Jira Cloud or Data Center.
type Jira struct {
	URL     string `yaml:"url"`
	Browse  string `yaml:"browse_url,omitempty"`
	Flavour string `yaml:"flavour"` // cloud, datacenter
	Email   string `yaml:"email,omitempty"`
	Token   Secret `yaml:"token"`
	// WebhookSecret proves Jira's webhooks; without it tickets are polled only.
	WebhookSecret Secret `yaml:"webhook_secret,omitempty"`
	Assignee      string `yaml:"task_assignee,omitempty"`
	// IndexWait is how long an unclear create is searched for before a ticket may be made again: longer than the
	// site's search index is ever behind. Zero takes the default.
	IndexWait time.Duration `yaml:"index_wait,omitempty"`
}

// Load reads a connections file, strictly: an unknown key is an error that names its line.
func Load(path string) (File, error) {
	body, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return File{}, fmt.Errorf("connections file: %w; give the path of a file like deploy/connections.example.yaml", err)
	}
	var c File
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return File{}, fmt.Errorf("connections file %s: %w; see deploy/connections.example.yaml for every key", path, err)
	}
	return c, nil
}

// Reader resolves secrets, and collects what is missing so that all of it is said at once.
type Reader struct {
	Getenv  func(string) string
	Missing []error
}

// Secret reads a secret. field names it in an error; the secret itself is never printed.
func (r *Reader) Secret(field string, s Secret) string {
	value := s.Value
	switch {
	case value != "":
	case s.Env != "":
		if value = strings.TrimSpace(r.Getenv(s.Env)); value == "" {
			r.Missing = append(r.Missing, fmt.Errorf("%s: the environment variable %s is empty; export it", field, s.Env))
		}
	case s.File != "":
		b, err := os.ReadFile(filepath.Clean(s.File))
		if value = strings.TrimSpace(string(b)); err != nil {
			r.Missing = append(r.Missing, fmt.Errorf("%s: %w; put the secret into that file, readable by Tenure alone", field, err))
		} else if value == "" {
			r.Missing = append(r.Missing, fmt.Errorf("%s: the file %s is empty; put the secret into it", field, s.File))
		}
	default:
		r.Missing = append(r.Missing, fmt.Errorf("%s is missing: write {env: NAME} or {file: /path}", field))
	}
	return value
}

// Optional is [Reader.Secret] for one that may be left out.
func (r *Reader) Optional(field string, s Secret) string {
	if s == (Secret{}) {
		return ""
	}
	return r.Secret(field, s)
}
