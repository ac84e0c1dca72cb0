package jirasim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"tenure/simulators/kit"
)

// What a Simulator lets in and holds when nothing else was set.
const (
	DefaultEmail    = "tenure-bot@example.com" // Cloud: the user name of Basic authentication
	DefaultToken    = "jira-stand-in-token"    // Cloud: API token; Data Center: personal access token
	DefaultUsername = "tenure-bot"             // Data Center: the user name of Basic authentication
	DefaultPassword = "jira-stand-in-password" // Data Center: its password
	DefaultProject  = "ITOFF"                  // Task and Sub-task, To Do -> In Progress -> Done
	DefaultCloudID  = "11111111-2222-4333-8444-555555555555"

	// DefaultIndexDelay is how far the search index is behind when [Simulator.IndexDelay] is zero.
	DefaultIndexDelay = 3 * time.Second
	// NoIndexDelay makes the index follow at once.
	NoIndexDelay = time.Duration(-1)
)

// Flavour is the product that is stood in for.
type Flavour string

// The flavours. The zero Flavour is Cloud.
const (
	Cloud      Flavour = "cloud"
	DataCenter Flavour = "datacenter"
)

// ThrottleForm is the body of a 429: all three have been seen in the wild.
type ThrottleForm string

// The forms. The zero form is JSON on Cloud and HTML on Data Center.
const (
	ThrottleJSON  ThrottleForm = "json"
	ThrottleEmpty ThrottleForm = "empty"
	ThrottleHTML  ThrottleForm = "html"
)

// Simulator is one Jira site. Set the fields before the first call; the zero value works.
type Simulator struct {
	kit.Kit

	Flavour Flavour
	// ContextPath is the path under which Jira lives: "/jira", or "/ex/jira/<cloud id>" for scoped tokens.
	ContextPath string
	// SiteURL is the site's own address in answers; empty takes it from the request.
	SiteURL string
	// Email and Token are what Cloud accepts as Basic; Token alone is what Data Center accepts as Bearer.
	// Username and Password are what Data Center accepts as Basic. Empty fields take the defaults.
	Email, Token, Username, Password string
	// BasicAuthOff refuses Basic on Data Center, as version 11 does out of the box.
	BasicAuthOff bool
	// IndexDelay is how far the search index is behind: 0 is [DefaultIndexDelay], negative is none.
	IndexDelay time.Duration
	// RateLimits enforces the burst limits and the per-issue write limits.
	RateLimits bool
	Throttle   ThrottleForm
	// StrictXSRF refuses the header value "nocheck", which Jira has accepted so far but does not document.
	StrictXSRF bool
	// LinkingOff switches issue linking off: remote links are refused.
	LinkingOff bool
	// PropertiesIgnored drops the properties sent with an issue or a comment, without a word; those that are put
	// by themselves are kept.
	PropertiesIgnored bool
	// MaxComments is how many comments one issue takes before it answers 413; 0 is Cloud's 5,000.
	MaxComments int
	// WithoutPermissions are keys of permissions (TRANSITION_ISSUES) that GET /mypermissions says the API user lacks.
	WithoutPermissions []string
	// NoAdmin makes the API user no administrator: webhooks are not listed.
	NoAdmin bool
	// Client delivers webhooks; nil is http.DefaultClient.
	Client *http.Client
	// Hooks are admin webhooks set up in the console, beside those registered over REST.
	Hooks []Webhook

	once    sync.Once
	handler http.Handler
	broken  error // the state could not be read: every call says so

	mu     sync.Mutex
	st     state
	pace   pace
	wakeup chan struct{}
}

// ServeHTTP answers as Jira.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.setup()
	if s.broken != nil {
		http.Error(w, s.broken.Error(), http.StatusInternalServerError)
		return
	}
	s.handler.ServeHTTP(w, r)
}

func (s *Simulator) setup() {
	s.once.Do(func() {
		s.wakeup = make(chan struct{}, 1)
		if s.ThrottleAnswer == nil {
			s.ThrottleAnswer = func(w http.ResponseWriter, _ *http.Request) {
				s.throttled(1, "jira-burst-based").write(w)
			}
		}
		if s.FaultBody == nil {
			s.FaultBody = faultBody
		}
		if s.broken = s.Load("jira", &s.st); s.broken != nil {
			return
		}
		if s.broken = s.OpenLog("jira"); s.broken != nil {
			return
		}
		s.st.fill()
		s.handler = s.Wrap("jira", s.routes())
	})
}

// call is one request as a handler sees it.
type call struct {
	*http.Request
	body []byte
	user User // who is calling
	self string
}

// answer is what a handler returns. A nil body is an empty one.
type answer struct {
	status  int
	body    any
	header  map[string]string
	changed bool // the state is saved before the answer goes out
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func (a answer) write(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	switch body := a.body.(type) {
	case nil:
		w.WriteHeader(a.status)
	case string:
		w.Header().Set("Content-Type", "text/html;charset=UTF-8")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, body)
	default:
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

const maxBody = 12 << 20

// handle puts authentication, limits, the lock and the save around one route.
func (s *Simulator) handle(open bool, h func(*call) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		c := &call{Request: r, body: body, self: s.site(r)}
		if a, refused := s.authenticate(c); refused && !open {
			a.write(w)
			return
		}
		if a, refused := s.limit(c); refused {
			a.write(w)
			return
		}
		a := h(c)
		if a.changed {
			if err := s.Save("jira", &s.st); err != nil {
				a = failed(http.StatusInternalServerError, "Internal server error")
			}
		}
		a.write(w)
	}
}

func (s *Simulator) site(r *http.Request) string {
	if s.SiteURL != "" {
		return strings.TrimRight(s.SiteURL, "/")
	}
	return "http://" + r.Host + strings.TrimRight(s.ContextPath, "/")
}

func (s *Simulator) cloud() bool { return s.Flavour != DataCenter }

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, h func(*call) answer) {
		mux.HandleFunc(strings.Replace(pattern, " ", " /rest/api/2", 1), s.handle(false, h))
	}
	mux.HandleFunc("GET /rest/api/2/serverInfo", s.handle(true, s.serverInfo))
	mux.HandleFunc("GET /_edge/tenant_info", s.handle(true, s.tenantInfo))
	on("GET /myself", func(c *call) answer { return ok(s.userJSON(c, c.user)) })
	on("GET /user/search", s.findUsers)
	on("GET /project/{key}", s.getProject)
	on("GET /project/{key}/statuses", s.projectStatuses)
	on("GET /mypermissions", s.myPermissions)
	on("POST /issue", s.createIssue)
	on("GET /issue/{key}", s.getIssue)
	on("PUT /issue/{key}", s.editIssue)
	on("DELETE /issue/{key}", s.deleteIssue)
	on("PUT /issue/{key}/assignee", s.assign)
	on("GET /issue/{key}/transitions", s.listTransitions)
	on("POST /issue/{key}/transitions", s.transitionIssue)
	on("GET /issue/{key}/comment", s.listComments)
	on("POST /issue/{key}/comment", s.addComment)
	on("GET /issue/{key}/properties", s.listProperties)
	// One pattern for /issue/createmeta/{project}/issuetypes too: ServeMux cannot tell the two apart.
	on("GET /issue/{key}/{kind}/{property}", func(c *call) answer {
		switch {
		case c.PathValue("key") == "createmeta" && c.PathValue("property") == "issuetypes":
			return s.createMeta(c, c.PathValue("kind"))
		case c.PathValue("kind") == "properties":
			return s.getProperty(c)
		}
		return noResource()
	})
	on("PUT /issue/{key}/properties/{property}", s.putProperty)
	on("DELETE /issue/{key}/properties/{property}", s.deleteProperty)
	on("GET /issue/{key}/remotelink", s.listLinks)
	on("POST /issue/{key}/remotelink", s.upsertLink)
	on("POST /issue/{key}/attachments", s.attach)
	on("GET /issue/{key}/watchers", s.listWatchers)
	on("POST /issue/{key}/watchers", s.addWatcher)
	on("DELETE /issue/{key}/watchers", s.removeWatcher)
	s.searchRoutes(mux)
	mux.HandleFunc("GET /rest/webhooks/1.0/webhook", s.handle(false, s.listHooks))
	mux.HandleFunc("POST /rest/webhooks/1.0/webhook", s.handle(false, s.addHook))
	mux.HandleFunc("/", s.handle(false, func(*call) answer { return noResource() }))
	if s.ContextPath == "" {
		return mux
	}
	return http.StripPrefix(strings.TrimRight(s.ContextPath, "/"), mux)
}

func (s *Simulator) searchRoutes(mux *http.ServeMux) {
	versions := []string{"2"}
	if s.cloud() {
		versions = append(versions, "3")
	}
	for _, v := range versions {
		for _, method := range []string{"GET", "POST"} {
			mux.HandleFunc(method+" /rest/api/"+v+"/search", s.handle(false, s.oldSearch))
			if s.cloud() {
				mux.HandleFunc(method+" /rest/api/"+v+"/search/jql", s.handle(false, s.searchJQL))
			}
		}
		if s.cloud() {
			mux.HandleFunc("POST /rest/api/"+v+"/search/approximate-count", s.handle(false, s.approximateCount))
		}
	}
	if s.cloud() {
		mux.HandleFunc("GET /rest/api/3/serverInfo", s.handle(true, s.serverInfo))
	}
}

func (s *Simulator) serverInfo(c *call) answer {
	info := map[string]any{"baseUrl": c.self, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0},
		"deploymentType": "Cloud", "serverTitle": "Jira", "serverTime": stamp(s.Now())}
	if !s.cloud() {
		info["version"], info["versionNumbers"], info["deploymentType"] = "10.3.2", []int{10, 3, 2}, "Server"
		if s.BasicAuthOff {
			info["version"], info["versionNumbers"] = "11.0.0", []int{11, 0, 0}
		}
	}
	return ok(info)
}

func (s *Simulator) tenantInfo(*call) answer {
	if !s.cloud() {
		return noResource()
	}
	return ok(map[string]string{"cloudId": DefaultCloudID})
}

func (c *call) decode(v any) error {
	if err := json.Unmarshal(c.body, v); err != nil {
		return fmt.Errorf("unexpected body: %w", err)
	}
	return nil
}
