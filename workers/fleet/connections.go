package fleet

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

// Connections says how each vendor is reached. Addresses stand in the file itself; secrets never do: they are named
// by an environment variable or by a file of their own.
type Connections struct {
	Namely    NamelyConnection    `yaml:"namely"`
	Okta      OktaConnection      `yaml:"okta"`
	Google    GoogleConnection    `yaml:"google"`
	Jamf      JamfConnection      `yaml:"jamf"`
	Retriever RetrieverConnection `yaml:"retriever"`
	Tracking  TrackingConnection  `yaml:"tracking"`
	Slack     SlackConnection     `yaml:"slack"`
	Jira      JiraConnection      `yaml:"jira"`
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

// NamelyConnection is the HR system. URL is for stand-ins; Domain is the company's own: "acme.namely.com".
type NamelyConnection struct {
	Domain string `yaml:"domain"`
	URL    string `yaml:"url,omitempty"`
	Token  Secret `yaml:"token"`
}

// OktaConnection is the Okta org, by an API token or an API Services app.
type OktaConnection struct {
	URL        string `yaml:"url"`
	Token      Secret `yaml:"token"`
	ClientID   string `yaml:"client_id,omitempty"`
	PrivateKey Secret `yaml:"private_key,omitempty"`
	KeyID      string `yaml:"key_id,omitempty"`
}

// GoogleConnection is Google Workspace: a service account with domain-wide delegation, acting as Admin.
type GoogleConnection struct {
	Key   Secret `yaml:"key"` // the service account's key file
	Admin string `yaml:"admin"`
	URL   string `yaml:"url,omitempty"`
}

// JamfConnection is Jamf Pro, by an API client.
type JamfConnection struct {
	URL        string `yaml:"url"`
	ClientID   string `yaml:"client_id"`
	Secret     Secret `yaml:"client_secret"`
	UserDomain string `yaml:"user_domain,omitempty"`
	Phone      string `yaml:"phone,omitempty"`
}

// RetrieverConnection is Retriever, and where its boxes come back to.
type RetrieverConnection struct {
	URL      string        `yaml:"url,omitempty"`
	Key      Secret        `yaml:"key"`
	ReturnTo ReturnAddress `yaml:"return_to"`
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

// TrackingConnection is EasyPost.
type TrackingConnection struct {
	URL string `yaml:"url,omitempty"`
	Key Secret `yaml:"key"`
}

// SlackConnection is the Slack app.
type SlackConnection struct {
	URL         string `yaml:"url,omitempty"`
	BotToken    Secret `yaml:"bot_token"`
	AdminToken  Secret `yaml:"admin_token,omitempty"`
	AccountMode string `yaml:"account_mode,omitempty"` // off, scim, enterprise
}

// JiraConnection is Jira Cloud or Data Center.
type JiraConnection struct {
	URL      string `yaml:"url"`
	Browse   string `yaml:"browse_url,omitempty"`
	Flavour  string `yaml:"flavour"` // cloud, datacenter
	Email    string `yaml:"email,omitempty"`
	Token    Secret `yaml:"token"`
	Assignee string `yaml:"task_assignee,omitempty"`
	// IndexWait is how long an unclear create is searched for before a ticket may be made again: longer than the
	// site's search index is ever behind. Zero takes the default.
	IndexWait time.Duration `yaml:"index_wait,omitempty"`
}

// LoadConnections reads a connections file, strictly: an unknown key is an error that names its line.
func LoadConnections(path string) (Connections, error) {
	body, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return Connections{}, fmt.Errorf("connections file: %w; give the path of a file like deploy/connections.example.yaml", err)
	}
	var c Connections
	dec := yaml.NewDecoder(bytes.NewReader(body))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Connections{}, fmt.Errorf("connections file %s: %w; see deploy/connections.example.yaml for every key", path, err)
	}
	return c, nil
}

// reader resolves secrets, and collects what is missing so that all of it is said at once.
type reader struct {
	getenv  func(string) string
	missing []error
}

// secret reads a secret. field names it in an error; the secret itself is never printed.
func (r *reader) secret(field string, s Secret) string {
	value := s.Value
	switch {
	case value != "":
	case s.Env != "":
		if value = strings.TrimSpace(r.getenv(s.Env)); value == "" {
			r.missing = append(r.missing, fmt.Errorf("%s: the environment variable %s is empty; export it", field, s.Env))
		}
	case s.File != "":
		b, err := os.ReadFile(filepath.Clean(s.File))
		if value = strings.TrimSpace(string(b)); err != nil {
			r.missing = append(r.missing, fmt.Errorf("%s: %w; put the secret into that file, readable by Tenure alone", field, err))
		} else if value == "" {
			r.missing = append(r.missing, fmt.Errorf("%s: the file %s is empty; put the secret into it", field, s.File))
		}
	default:
		r.missing = append(r.missing, fmt.Errorf("%s is missing: write {env: NAME} or {file: /path}", field))
	}
	return value
}

// optional is secret for one that may be left out.
func (r *reader) optional(field string, s Secret) string {
	if s == (Secret{}) {
		return ""
	}
	return r.secret(field, s)
}
