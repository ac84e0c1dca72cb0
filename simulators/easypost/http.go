package easypostsim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dedupe is how long a second creation gives the first tracker.
const dedupe = 92 * 24 * time.Hour

const listsPerSecond = 5

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /v2/trackers": s.create, "GET /v2/trackers": s.limited(s.list), "POST /v2/trackers/batch": s.batch,
		"GET /v2/trackers/{id}": s.one, "DELETE /v2/trackers/{id}": s.remove,
		"POST /v2/webhooks": s.createHook, "GET /v2/webhooks": s.limited(s.listHooks), "GET /v2/webhooks/{id}": s.oneHook,
		"PATCH /v2/webhooks/{id}": s.patchHook, "DELETE /v2/webhooks/{id}": s.removeHook,
		"GET /v2/events/{id}": s.oneEvent,
	} {
		mux.HandleFunc(pattern, s.guarded(h))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound) })
	return mux
}

type answer struct {
	status   int
	body     any
	location string
}

// handler answers with the state held; mode is the key's.
type handler func(r *http.Request, mode string) (a answer, changed bool)

func (s *Simulator) guarded(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var a answer
		err := s.locked(func() bool {
			mode := s.state.Keys[key(r)]
			if mode == "" {
				a = failed(http.StatusUnauthorized)
				return false
			}
			var changed bool
			a, changed = h(r, mode)
			return changed
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if a.location != "" {
			w.Header().Set("Location", a.location)
		}
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(a.body)
	}
}

// key is the API key: the user name of Basic authentication, or a bearer token.
func key(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		return user
	}
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer
}

func (s *Simulator) limited(h handler) handler {
	return func(r *http.Request, mode string) (answer, bool) {
		if now := s.Now().Truncate(time.Second); now != s.second {
			s.second, s.lists = now, 0
		}
		if s.lists++; s.RateLimits && s.lists > listsPerSecond {
			return failed(http.StatusTooManyRequests), false
		}
		return h(r, mode)
	}
}

func problem(status int, code, message string, errs ...any) answer {
	if errs == nil {
		errs = []any{}
	}
	return answer{status: status, body: map[string]any{"error": map[string]any{"code": code, "message": message, "errors": errs}}}
}

// failed is the vendor's answer for a status.
func failed(status int) answer {
	codes := map[int]string{401: "APIKEY.INACTIVE", 402: "BILLING.INSUFFICIENT_FUNDS", 404: "NOT_FOUND", 429: "RATE_LIMITED", 500: "INTERNAL_SERVER_ERROR"}
	code := codes[status]
	if code == "" {
		code = strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	}
	return problem(status, code, http.StatusText(status))
}

func faultBody(status int) (body, contentType string) {
	b, _ := json.Marshal(failed(status).body)
	return string(b), "application/json"
}

func refuse(w http.ResponseWriter, status int) {
	body, contentType := faultBody(status)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

var secretPart = regexp.MustCompile(`("webhook_secret"\s*:\s*")[^"]*`)

func redact(_, body string) string { return secretPart.ReplaceAllString(body, "${1}redacted") }

func (s *Simulator) create(r *http.Request, mode string) (answer, bool) {
	var req struct {
		Tracker struct {
			Code    string `json:"tracking_code"`
			Carrier string `json:"carrier"`
		} `json:"tracker"`
		Options struct {
			IsReturn bool `json:"is_return"`
		} `json:"options"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return failed(http.StatusBadRequest), false
	}
	if s.inFlight > 0 {
		s.inFlight--
		return problem(http.StatusConflict, "TRACKER.CREATE.ERROR", "A duplicate request is currently in-flight"), false
	}
	return s.track(req.Tracker.Code, req.Tracker.Carrier, mode, req.Options.IsReturn)
}

// track gives the tracker there is, or makes one.
func (s *Simulator) track(code, carrier, mode string, isReturn bool) (answer, bool) {
	if code == "" {
		return problem(http.StatusUnprocessableEntity, "PARAMETER.REQUIRED", "Missing required parameter.",
			map[string]any{"field": "tracking_code", "message": "cannot be blank", "suggestion": nil}), false
	}
	name, refused := s.carrierOf(code, carrier, mode)
	if refused != "" {
		return problem(http.StatusUnprocessableEntity, "TRACKER.CREATE.ERROR", refused, refused), false
	}
	for _, t := range s.state.Trackers {
		if t.Code == code && t.Carrier == name && t.Mode == mode && !t.Deleted && s.Now().Sub(t.Created) < dedupe {
			return answer{status: http.StatusOK, body: s.trackerJSON(t), location: "/api/v2/trackers/" + t.ID}, false
		}
	}
	t := &Tracker{ID: newID("trk"), Mode: mode, Code: code, Carrier: name, Status: s.statusOf(code, mode), IsReturn: isReturn,
		Created: s.Now(), Updated: s.Now()}
	s.state.Trackers = append(s.state.Trackers, t)
	s.emit("tracker.created", t, "")
	return answer{status: http.StatusCreated, body: s.trackerJSON(t), location: "/api/v2/trackers/" + t.ID}, true
}

func (s *Simulator) statusOf(code, mode string) string {
	if mode == test {
		return sample[code]
	}
	if p := s.parcel(code); p != nil {
		return p.Status
	}
	return Unknown
}

var digits = regexp.MustCompile(`^\d{20,22}$`)

// carrierOf checks the carrier that was named, or detects one.
func (s *Simulator) carrierOf(code, carrier, mode string) (name, refused string) {
	detected := ""
	p := s.parcel(code)
	switch {
	case mode == test && sample[code] == "":
		return "", "Test keys know test tracking codes only"
	case mode == test:
		detected = "USPS"
	case p != nil:
		detected = p.Carrier
	case strings.HasPrefix(code, "1Z"):
		detected = "UPS"
	case digits.MatchString(code):
		detected = "USPS"
	}
	switch {
	case carrier == "" && detected == "":
		return "", "Unable to detect the carrier of this tracking number"
	case carrier == "":
		return detected, ""
	case !known(carrier):
		return "", "The carrier is not supported"
	case detected != "" && carrier != detected:
		return "", "The tracking number does not belong to the carrier"
	}
	return carrier, ""
}

func known(carrier string) bool { return carrier != "" && carrierName(carrier) == carrier }

func (s *Simulator) batch(r *http.Request, mode string) (answer, bool) {
	var req struct {
		Codes []string `json:"tracking_codes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return failed(http.StatusBadRequest), false
	}
	out, changed := []any{}, false
	for _, code := range req.Codes {
		a, made := s.track(code, "", mode, false)
		if a.status >= 400 {
			return a, changed
		}
		out, changed = append(out, a.body), changed || made
	}
	return answer{status: http.StatusOK, body: map[string]any{"trackers": out, "has_more": false}}, changed
}

func (s *Simulator) tracker(r *http.Request, mode string) *Tracker {
	for _, t := range s.state.Trackers {
		if t.ID == r.PathValue("id") && t.Mode == mode && !t.Deleted {
			return t
		}
	}
	return nil
}

func (s *Simulator) one(r *http.Request, mode string) (answer, bool) {
	t := s.tracker(r, mode)
	if t == nil {
		return problem(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found."), false
	}
	return answer{status: http.StatusOK, body: s.trackerJSON(t)}, false
}

func (s *Simulator) remove(r *http.Request, mode string) (answer, bool) {
	t := s.tracker(r, mode)
	if t == nil {
		return problem(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found."), false
	}
	t.Deleted = true
	return answer{status: http.StatusOK, body: map[string]bool{"success": true}}, true
}

// list is one page, newest first; the next one is asked for by before_id.
func (s *Simulator) list(r *http.Request, mode string) (answer, bool) {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("page_size"))
	if err != nil || size <= 0 || size > 100 {
		size = 20
	}
	out, more, skipping := []any{}, false, q.Get("before_id") != ""
	for i := len(s.state.Trackers) - 1; i >= 0; i-- {
		t := s.state.Trackers[i]
		if skipping {
			skipping = t.ID != q.Get("before_id")
			continue
		}
		if t.Mode != mode || t.Deleted || !fits(q.Get("tracking_code"), t.Code) || !fits(q.Get("carrier"), t.Carrier) {
			continue
		}
		if len(out) == size {
			more = true
			break
		}
		out = append(out, s.trackerJSON(t))
	}
	return answer{status: http.StatusOK, body: map[string]any{"trackers": out, "has_more": more}}, false
}

func fits(want, got string) bool { return want == "" || want == got }
