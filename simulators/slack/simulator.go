package slacksim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// The credentials a zero Simulator accepts. They are not secrets: they open nothing but a stand-in.
const (
	DefaultBotToken      = "xoxb-stand-in"
	DefaultAppToken      = "xapp-stand-in"
	DefaultAdminToken    = "xoxp-stand-in"
	DefaultSigningSecret = "stand-in-signing-secret"
)

// The ids of the workspace and of the app in it.
const (
	TeamID  = "T0TENURE"
	AppID   = "A0TENURE"
	BotID   = "B0TENURE"
	BotUser = "U0TENURE"
)

// Plan is what the workspace pays for; it decides which calls exist.
type Plan string

// The plans. The zero value of [Simulator.Plan] means Business.
const (
	Free       Plan = "free"       // no user groups
	Pro        Plan = "pro"        // user groups
	Business   Plan = "business+"  // SCIM too
	Enterprise Plan = "enterprise" // admin.* too
)

// Endpoints are the app's request URLs for HTTP delivery. An empty one means that this kind of payload travels
// over Socket Mode.
type Endpoints struct {
	Commands     string
	Interactions string
	Events       string
}

// Simulator is one workspace. Its zero value works; set the fields before the first request.
type Simulator struct {
	kit.Kit

	// BotToken, AppToken and AdminToken are the accepted tokens; empty means the Default constants. The admin
	// token is a user token of a workspace owner: admin.* and SCIM want it.
	BotToken, AppToken, AdminToken string
	// SigningSecret signs HTTP deliveries; empty means DefaultSigningSecret.
	SigningSecret string
	// Plan is what the workspace pays for; empty means Business.
	Plan Plan
	// Organisation is the id of the Enterprise organisation the workspace belongs to ("E0..."); empty means none.
	Organisation string
	// WithoutScopes lists scopes the bot token does not have; calls that need one get missing_scope.
	WithoutScopes []string
	// HideScopes leaves the header away in which Slack tells a token's scopes.
	HideScopes bool
	// RateLimits enforces Slack's documented limits: tiers per method, and about one message a second per
	// channel with a small burst.
	RateLimits bool
	// PublicURL is scheme, host and prefix under which apps reach this stand-in; empty means as the last
	// request came in.
	PublicURL string
	// WorkspaceURL begins permalinks; empty means PublicURL.
	WorkspaceURL string
	// Endpoints switches single kinds of payload from Socket Mode to signed HTTP.
	Endpoints Endpoints
	// HTTP delivers to Endpoints; nil means a client of its own.
	HTTP *http.Client

	// AckWithin is how long the app may take to acknowledge; zero means Slack's 3 s.
	AckWithin time.Duration
	// TriggerLife is how long a trigger id opens a modal; zero means Slack's 3 s.
	TriggerLife time.Duration
	// ResponseLife is how long a response URL works; zero means Slack's 30 minutes.
	ResponseLife time.Duration
	// PingEvery is the WebSocket ping's period; zero means 10 s (Slack stays under 30 s).
	PingEvery time.Duration
	// ShareDelay is how long an uploaded file takes to appear in its channel.
	ShareDelay time.Duration
	// HistoryLag hides messages younger than this from history and replies.
	HistoryLag time.Duration
	// MailtoLinks writes mail addresses in a command's text as Slack's clients may: <mailto:a@b|a@b>.
	MailtoLinks bool

	once    sync.Once
	initErr error
	handler http.Handler

	mu      sync.Mutex
	st      state
	buckets map[string]*bucket
	base    string // as the last request came in
	sent    map[string]sent
	hub     hub
}

// Start sets the stand-in up, reading its state from Dir, and says what went wrong. Every entry point calls it; a
// program calls it first to see the error.
func (s *Simulator) Start() error {
	s.once.Do(func() { s.initErr = s.setUp() })
	return s.initErr
}

func (s *Simulator) setUp() error {
	setDefault(&s.BotToken, DefaultBotToken)
	setDefault(&s.AppToken, DefaultAppToken)
	setDefault(&s.AdminToken, DefaultAdminToken)
	setDefault(&s.SigningSecret, DefaultSigningSecret)
	setDefault((*string)(&s.Plan), string(Business))
	setDefaultDuration(&s.AckWithin, 3*time.Second)
	setDefaultDuration(&s.TriggerLife, 3*time.Second)
	setDefaultDuration(&s.ResponseLife, 30*time.Minute)
	setDefaultDuration(&s.PingEvery, 10*time.Second)
	if s.HTTP == nil {
		s.HTTP = &http.Client{Timeout: s.AckWithin}
	}
	if s.Redact == nil {
		s.Redact = redactToken
	}
	if s.FaultBody == nil {
		s.FaultBody = faultBody
	}
	if s.ThrottleAnswer == nil {
		s.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) { writeThrottled(w, 1) }
	}
	s.buckets, s.sent = map[string]*bucket{}, map[string]sent{}
	if err := s.Load("slack", &s.st); err != nil {
		return err
	}
	s.st.fill()
	if err := s.OpenLog("slack"); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.serveMethod)
	mux.HandleFunc("/scim/v2/Users", s.serveSCIMList)
	mux.HandleFunc("/scim/v2/Users/{id}", s.serveSCIMUser)
	mux.HandleFunc("POST /upload/v1/{id}", s.serveUpload)
	mux.HandleFunc("POST /response/{id}", s.serveResponseURL)
	mux.HandleFunc("GET /link/", s.serveSocket)
	s.handler = s.Wrap("slack", mux)
	return nil
}

// ServeHTTP answers as Slack's hosts do: slack.com/api, api.slack.com/scim, files.slack.com/upload,
// hooks.slack.com and wss-primary.slack.com, all on this one host.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.Start(); err != nil {
		http.Error(w, "the Slack stand-in could not start: "+err.Error(), http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	s.base = baseOf(r)
	s.mu.Unlock()
	s.handler.ServeHTTP(w, r)
}

// Close ends every Socket Mode connection.
func (s *Simulator) Close() { s.hub.closeAll() }

// lock sets the stand-in up and takes its lock; for the Go methods. It panics when the state cannot be read: a
// test or a demonstration cannot go on without.
func (s *Simulator) lock() func() {
	if err := s.Start(); err != nil {
		panic(fmt.Sprintf("the Slack stand-in could not start: %v", err))
	}
	s.mu.Lock()
	return s.mu.Unlock
}

// commit saves the state; the caller holds the lock.
func (s *Simulator) commit() error { return s.Save("slack", &s.st) }

// mustCommit saves what a Go method changed.
func (s *Simulator) mustCommit() {
	if err := s.commit(); err != nil {
		panic(fmt.Sprintf("the Slack stand-in could not save its state: %v", err))
	}
}

// public is the base of the URLs that are handed out; the caller holds the lock.
func (s *Simulator) public() string {
	if s.PublicURL != "" {
		return strings.TrimRight(s.PublicURL, "/")
	}
	return s.base
}

func (s *Simulator) workspace() string {
	if s.WorkspaceURL != "" {
		return strings.TrimRight(s.WorkspaceURL, "/")
	}
	return s.public()
}

func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

var tokenInForm = regexp.MustCompile(`(^|&)token=[^&]*`)

// redactToken keeps tokens out of the call log: slack-go sends them in the form.
func redactToken(_, body string) string {
	return tokenInForm.ReplaceAllString(body, "${1}token="+url.QueryEscape("(redacted)"))
}

// faultBody is what Slack answers outside 200: an HTML page, not JSON.
func faultBody(status int) (body, contentType string) {
	return fmt.Sprintf("<html><body>%d %s</body></html>", status, http.StatusText(status)), "text/html; charset=utf-8"
}

func setDefault(v *string, d string) {
	if *v == "" {
		*v = d
	}
}

func setDefaultDuration(v *time.Duration, d time.Duration) {
	if *v == 0 {
		*v = d
	}
}
