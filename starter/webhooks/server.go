package webhooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"tenure/starter/intake"
)

// The bounds of the server. A vendor waits 3 s (Okta, Slack) to 7 s (EasyPost) for an answer.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	writeTimeout   = 15 * time.Second
	idleTimeout    = time.Minute
	maxHeader      = 16 << 10
	maxConnections = 512
	shutdownWithin = 10 * time.Second
	// keepWithin is how long the inbox may take before the vendor is told to deliver again.
	keepWithin = 2 * time.Second
	// healthFor is how long an answer about health is given again without asking.
	healthFor = time.Second
)

// minSecret is the least length of a secret that cannot be guessed, in bytes.
const minSecret = 16

// Config is what the server lets in. A door whose secret is empty stays shut and answers as if it were not there.
type Config struct {
	// Inbox keeps what came in. Required.
	Inbox intake.Inbox
	// EasyPostSecret is the webhook_secret that the webhook was created with.
	EasyPostSecret string
	// OktaSecret is the value of the Authorization header that the event hook was created with, and OktaOwnActors
	// are the Okta ids in whose name Tenure itself acts: the owner of its API token, its OAuth app.
	OktaSecret    string
	OktaOwnActors []string
	// JiraSecret is the secret of Jira's admin webhook.
	JiraSecret string
	// Slack answers below /slack/; nil shuts it. It proves its requests itself.
	Slack http.Handler
	// Health says whether work can be taken in now; nil is always. It is asked at most once a second.
	Health func() error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger gets what an operator must know; nil is slog.Default.
	Logger *slog.Logger
}

// Server is the HTTP server of the front doors.
type Server struct {
	cfg     Config
	handler http.Handler
	health  health
	// slots are the deliveries that each door reads at once.
	slots map[string]chan struct{}
}

// New checks the configuration. It opens nothing; see [Server.Serve].
func New(cfg Config) (*Server, error) {
	if cfg.Inbox == nil {
		return nil, errors.New("webhooks: Inbox is nil: a door must keep what it takes in")
	}
	var wrong []error
	for _, s := range []struct{ name, value string }{
		{"tracking.webhook_secret", cfg.EasyPostSecret}, {"okta.hook_secret", cfg.OktaSecret}, {"jira.webhook_secret", cfg.JiraSecret},
	} {
		wrong = append(wrong, checkSecret(s.name, s.value))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Server{cfg: cfg}
	s.handler = s.routes()
	return s, nil
}

// checkSecret refuses a secret that would let strangers in. The secret itself is never repeated.
func checkSecret(name, secret string) error {
	switch {
	case secret == "":
		return nil
	case strings.TrimSpace(secret) != secret:
		return fmt.Errorf("%s begins or ends with white space: remove it (a line break at the end of the file, perhaps)", name)
	case len(secret) < minSecret:
		return fmt.Errorf("%s has %d characters: a secret that stands between strangers and the front door needs at least %d; make one with openssl rand -hex 32 and give it to the vendor too",
			name, len(secret), minSecret)
	}
	return nil
}

// Handler is everything the server answers.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK) })
	mux.HandleFunc("GET /readyz", s.ready)
	open := func(name, secret string, d vendor, paths ...string) {
		if secret == "" {
			return
		}
		h := s.door(name, d)
		for _, p := range paths {
			mux.Handle(p, h)
		}
	}
	open("easypost", s.cfg.EasyPostSecret, newEasyPost(s.cfg.EasyPostSecret), "POST /easypost")
	hook := newOkta(s.cfg.OktaSecret, s.cfg.OktaOwnActors)
	open("okta", s.cfg.OktaSecret, hook, "POST /okta")
	if s.cfg.OktaSecret != "" {
		mux.HandleFunc("GET /okta", hook.verify)
	}
	open("jira", s.cfg.JiraSecret, newJira(s.cfg.JiraSecret), "POST /jira", "POST /jira/{token}")
	if s.cfg.Slack != nil {
		mux.Handle("/slack/", bounded(s.cfg.Slack))
	}
	return plain(mux)
}

// plain answers every path and method that is not served in the same words, whether a door is shut, the method is
// wrong or nothing was ever there.
func plain(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if _, pattern := mux.Handler(r); pattern == "" || r.URL.Path == "" {
			say(w, http.StatusNotFound)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// say answers with a status and its name, and nothing else.
func say(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, http.StatusText(status))
}

// health remembers the last answer for a moment, so that asking costs a stranger's target nothing.
type health struct {
	mu   sync.Mutex
	at   time.Time
	last error
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.cfg.Health == nil {
		say(w, http.StatusOK)
		return
	}
	if err := s.askHealth(); err != nil {
		say(w, http.StatusServiceUnavailable)
		return
	}
	say(w, http.StatusOK)
}

func (s *Server) askHealth() error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	now := s.cfg.Now()
	if age := now.Sub(s.health.at); s.health.at.IsZero() || age < 0 || age >= healthFor {
		was := s.health.last
		s.health.at, s.health.last = now, s.cfg.Health()
		if s.health.last != nil && was == nil {
			s.cfg.Logger.Warn("the front doors are not ready", "error", s.health.last)
		}
	}
	return s.health.last
}

// Serve answers on the listener until ctx ends, then lets the requests under way finish. It closes the listener.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{Handler: s.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug)}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(limit(ln, maxConnections)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("webhooks: serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		_ = srv.Close()
		return fmt.Errorf("webhooks: requests were still under way %s after the end: %w", shutdownWithin, err)
	}
	return nil
}
