package slacksim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxRequest = 1 << 20

// call is one Web API call, whichever way its arguments came.
type call struct {
	method string
	args   url.Values
}

// arg is one argument as text; an object of a JSON body is its JSON.
func (c *call) arg(name string) string { return c.args.Get(name) }

// yes reads a boolean argument: slack-go writes 1 for some and true for others.
func (c *call) yes(name string) bool { return c.arg(name) == "1" || c.arg(name) == "true" }

// refusal is an answer with ok false.
type refusal struct {
	code     string
	messages []string
	needed   string
}

func refuse(code string, messages ...string) *refusal {
	return &refusal{code: code, messages: messages}
}

// result is an answer's fields, without ok.
type result map[string]any

// serveMethod answers /api/<method>.
func (s *Simulator) serveMethod(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	m, known := methods[name]
	if !known {
		writeRefusal(w, refuse("unknown_method"))
		return
	}
	c, token, bad := readCall(name, r)
	if bad == nil {
		bad = s.authorize(m, m.scopeFor(c), token)
	}
	s.showScopes(w, token)
	if bad != nil {
		writeRefusal(w, bad)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := s.throttle(name, m, c); wait > 0 {
		writeThrottled(w, wait)
		return
	}
	s.settle()
	out, bad := m.do(s, c)
	if bad != nil {
		writeRefusal(w, bad)
		return
	}
	if m.changes {
		if err := s.commit(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if out == nil {
		out = result{}
	}
	out["ok"] = true
	writeJSON(w, http.StatusOK, out)
}

// readCall takes the arguments from query, form or JSON, and the token from the header or the form.
func readCall(name string, r *http.Request) (*call, string, *refusal) {
	c := &call{method: name, args: r.URL.Query()}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		return nil, "", refuse("invalid_form_data")
	}
	contentType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) == 0:
	case contentType == "application/json":
		if !readJSONArgs(body, c.args) {
			return nil, "", refuse("invalid_json")
		}
	case contentType == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, "", refuse("invalid_form_data")
		}
		for k, v := range form {
			c.args[k] = v
		}
	default:
		return nil, "", refuse("invalid_post_type")
	}
	if t := c.args.Get("token"); token == "" && r.URL.Query().Get("token") == "" {
		token = t // a token in the query string is not accepted
	}
	c.args.Del("token")
	return c, token, nil
}

func readJSONArgs(body []byte, into url.Values) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return false
	}
	for k, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		into.Set(k, text)
	}
	return true
}

// botScopes are what the app's manifest asks for, and the bot token so has.
var botScopes = []string{"commands", "chat:write", "users:read", "users:read.email", "usergroups:read", "files:write", "files:read",
	"channels:history", "groups:history", "channels:read", "groups:read", "im:write", "im:history"}

// showScopes tells the bot token's scopes, as Slack does with every answer.
func (s *Simulator) showScopes(w http.ResponseWriter, token string) {
	if token != s.BotToken || s.HideScopes {
		return
	}
	held := slices.DeleteFunc(slices.Clone(botScopes), func(scope string) bool { return slices.Contains(s.WithoutScopes, scope) })
	w.Header().Set("X-OAuth-Scopes", strings.Join(held, ","))
}

// scopeFor is the scope that a call wants: it may depend on the kind of channel, which the first letter of its id tells.
func (m method) scopeFor(c *call) string {
	if m.direct != "" && strings.HasPrefix(c.arg("channel"), "D") {
		return m.direct
	}
	return m.scope
}

// authorize checks the token, its kind and its scope.
func (s *Simulator) authorize(m method, scope, token string) *refusal {
	if token == "" {
		return refuse("not_authed")
	}
	kinds := map[string]tokenKind{s.BotToken: botToken, s.AppToken: appToken, s.AdminToken: adminToken}
	kind, known := kinds[token]
	switch {
	case !known:
		return refuse("invalid_auth")
	case kind != m.token && m.token != anyToken:
		return refuse("not_allowed_token_type")
	case kind == botToken && scope != "" && slices.Contains(s.WithoutScopes, scope):
		return &refusal{code: "missing_scope", needed: scope}
	}
	return nil
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	body := result{"ok": false, "error": r.code}
	if r.messages != nil {
		body["response_metadata"] = result{"messages": r.messages}
	}
	if r.needed != "" {
		body["needed"] = r.needed
		body["provided"] = "commands"
	}
	writeJSON(w, http.StatusOK, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
