package retriever

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/vendorhttp"
)

// Defaults of the optional settings.
const (
	DefaultBaseURL = "https://app.helloretriever.com"
	// DefaultMargin is how far before the case began an order may have been created to count as recent.
	DefaultMargin = time.Hour
)

// Company is where devices are sent back to, and who is told. Country is a code or a name.
type Company struct {
	Recipient     string // printed on the label, at most 25 characters: cut, not refused
	Company       string
	Line1         string
	Line2         string
	City          string
	State         string
	Zip           string
	Country       string
	DisplayName   string   // how mail to the employee calls the company
	Notifications []string // mail addresses that are told of every order
	Instructions  string   // for the employee, at most 500 characters
}

// Config is how Retriever is reached, and the company's side of every order.
type Config struct {
	BaseURL string // empty is [DefaultBaseURL]
	APIKey  string // of a portal user; it dies when that user is removed
	Company Company
	// Margin: 0 is [DefaultMargin].
	Margin time.Duration
	// Shared lets all workers read the list of orders once and keep to one budget; nil is a worker by itself, which
	// keeps to none.
	Shared Shared
	// ReadsPerDay is what Retriever allows this account: 0 is [DefaultReadsPerDay].
	ReadsPerDay int

	Transport http.RoundTripper // nil is Go's default
	Now       func() time.Time  // nil is time.Now
}

// System performs the activities of Retriever. It is safe for concurrent use.
type System struct {
	cfg  Config
	base string
	api  *vendorhttp.Client
	// The sweeps of the two lists.
	sweep    sweeper[order]
	deployed sweeper[deployment]
}

// New checks the settings. It calls nobody.
func New(cfg Config) (*System, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := vendorhttp.ParseBase("retriever base URL", cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.APIKey == "" {
		return nil, errors.New("retriever API key is empty: an administrator makes one in Retriever's portal")
	}
	if err := cfg.Company.check(); err != nil {
		return nil, err
	}
	if cfg.Margin == 0 {
		cfg.Margin = DefaultMargin
	}
	if cfg.ReadsPerDay == 0 {
		cfg.ReadsPerDay = DefaultReadsPerDay
	}
	if err := cfg.checkShare(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &System{cfg: cfg, base: base}
	s.api = &vendorhttp.Client{System: "retriever", Base: base, HTTP: vendorhttp.NewHTTPClient(cfg.Transport), Authorize: s.authorize}
	newSweeper(&s.sweep, cfg, s.page, sharedOrders, sweepShare)
	newSweeper(&s.deployed, cfg, s.deployments, sharedDeployments, deployShare)
	return s, nil
}

// newSweeper readies the sweeper of one list, which all workers call by a name.
func newSweeper[T row[T]](w *sweeper[T], cfg Config, read func(context.Context, string) (page[T], error), name string, share float64) {
	w.read, w.now, w.pace, w.slot = read, cfg.Now, cfg.pace(share), make(chan struct{}, 1)
	w.shelf = new(own[T])
	if cfg.Shared != nil {
		w.shelf = &shared[T]{Shared: cfg.Shared, name: name, rest: w.pace(1)}
	}
}

// authorize is on the way of every call, so that no read escapes the count.
func (s *System) authorize(ctx context.Context, r *http.Request) error {
	if r.Method == http.MethodGet {
		if err := s.spend(ctx); err != nil {
			return err
		}
	}
	r.Header.Set("Authorization", "Bearer "+s.cfg.APIKey)
	return nil
}

// check refuses a company address that Retriever would refuse, or would ship to unread.
func (c Company) check() error {
	for _, f := range []struct {
		name, value string
		most        int
		needed      bool
	}{
		{"recipient", c.Recipient, 0, true}, {"display name", c.DisplayName, 64, true}, {"company", c.Company, 64, false},
		{"address line 1", c.Line1, 128, true}, {"address line 2", c.Line2, 128, false}, {"city", c.City, 128, true},
		{"state", c.State, 32, false}, {"zip", c.Zip, 32, true}, {"instructions", c.Instructions, 500, false},
	} {
		n := utf8.RuneCountInString(strings.TrimSpace(f.value))
		if f.needed && n == 0 {
			return fmt.Errorf("retriever return %s is empty: every order needs the company's whole return address", f.name)
		}
		if f.most > 0 && n > f.most {
			return fmt.Errorf("retriever return %s has %d characters: Retriever takes at most %d", f.name, n, f.most)
		}
	}
	if _, ok := countryName(c.Country); !ok {
		return fmt.Errorf("retriever return country %q is not known: write US, CA or GB", c.Country)
	}
	for _, mail := range c.Notifications {
		if !strings.Contains(mail, "@") {
			return fmt.Errorf("retriever notification address %q is no mail address", mail)
		}
	}
	return nil
}

// Bindings lists the activities, ready to be registered.
func (s *System) Bindings() []activities.Binding {
	return []activities.Binding{
		activities.RetrieverOrderBox.Bind(s.OrderBox),
		activities.RetrieverReadOrder.Bind(s.ReadOrder),
		activities.RetrieverDeployDevice.Bind(s.DeployDevice),
		activities.RetrieverReadDeployment.Bind(s.ReadDeployment),
		activities.RetrieverExamine.Bind(s.Examine),
	}
}

const (
	listPath      = "/api/v2/device_returns/"
	deployPath    = "/api/v2/deployments/"
	warehousePath = "/api/v2/warehouse/"
	// maxPages bounds one walk through the list: 10,000 orders, and a day's quota of reads is 500.
	maxPages = 200
)

var errEndless = &activities.Problem{Type: activities.Unavailable, Text: "Retriever's list of orders does not come to an end"}

type page[T any] struct {
	Next    string `json:"next"`
	Results []T    `json:"results"`
}

// page reads one page of the returns; next is empty for the newest.
func (s *System) page(ctx context.Context, next string) (page[order], error) {
	return readPage[order](ctx, s, listPath, next)
}

// deployments reads one page of the deployments.
func (s *System) deployments(ctx context.Context, next string) (page[deployment], error) {
	return readPage[deployment](ctx, s, deployPath, next)
}

// readPage reads one page of a list; next is empty for its first. A link to another host is refused: the key would
// travel there.
func readPage[T any](ctx context.Context, s *System, path, next string) (p page[T], err error) {
	var query url.Values
	if next != "" {
		if path, query, err = s.follow(next); err != nil {
			return p, err
		}
	}
	err = s.get(ctx, path, query, &p)
	return p, err
}

func (s *System) follow(next string) (path string, query url.Values, err error) {
	home, err := url.Parse(s.base)
	if err != nil {
		return "", nil, err
	}
	u, err := url.Parse(next)
	if err == nil {
		u = home.ResolveReference(u)
	}
	path, under := "", false
	if err == nil {
		path, under = strings.CutPrefix(u.EscapedPath(), home.EscapedPath())
	}
	// Only path and query are taken over, so a proxy that makes Retriever write http:// does no harm.
	if err != nil || u.Host != home.Host || u.User != nil || !under || !strings.HasPrefix(path, "/") {
		return "", nil, &activities.Problem{Type: activities.Forbidden, Text: "Retriever's list leads to another address; it was not followed",
			Mend: "check the Retriever base URL: it must be the address that Retriever uses itself"}
	}
	return path, u.Query(), nil
}

func (s *System) get(ctx context.Context, path string, query url.Values, into any) error {
	answer, err := s.api.Do(ctx, vendorhttp.Request{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return problemOf(err)
	}
	if err := answer.Decode(into); err != nil {
		return &activities.Problem{Type: activities.Unavailable, Text: "Retriever's answer could not be read", Cause: err}
	}
	return nil
}

// one reads one order.
func (s *System) one(ctx context.Context, id string) (order, error) {
	var o order
	err := s.get(ctx, listPath+url.PathEscape(id)+"/", nil, &o)
	return o, err
}
