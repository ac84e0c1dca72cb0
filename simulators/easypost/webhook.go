package easypostsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"
)

const (
	retryFor = 24 * time.Hour
	// firstRetry doubles with every failed delivery.
	firstRetry   = time.Minute
	disableAfter = 10
)

// Webhook is one address that is told of events.
type Webhook struct {
	ID       string    `json:"id"`
	Mode     string    `json:"mode"`
	URL      string    `json:"url"`
	Secret   string    `json:"secret,omitempty"`
	Created  time.Time `json:"created"`
	Disabled time.Time `json:"disabled,omitzero"`
	Failures int       `json:"failures"` // in a row
}

// Event is one thing that happened, with where it is still to be told.
type Event struct {
	ID          string          `json:"id"`
	Mode        string          `json:"mode"`
	Description string          `json:"description"`
	Created     time.Time       `json:"created"`
	Before      string          `json:"before,omitempty"` // status before
	Result      json.RawMessage `json:"result"`
	Deliveries  []Delivery      `json:"deliveries"`
}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	Hook     string    `json:"hook"`
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next"`
	Done     bool      `json:"done,omitempty"` // taken by the receiver
	Lost     bool      `json:"lost,omitempty"` // given up
}

// WebhookMode spoils deliveries as real ones are.
type WebhookMode struct {
	WrongSignature bool
	NoSignature    bool
	Duplicate      bool          // each is sent twice
	OutOfOrder     bool          // the newest first
	Missing        bool          // nothing arrives, and nothing is retried
	Late           time.Duration // after the event
}

// SetWebhookMode spoils deliveries from now on.
func (s *Simulator) SetWebhookMode(m WebhookMode) { s.must(func() bool { s.mode = m; return false }) }

// AddWebhook registers an address in production mode, as [POST /webhooks] does, and returns its id.
func (s *Simulator) AddWebhook(url, secret string) string {
	h := &Webhook{ID: newID("hook"), Mode: production, URL: url, Secret: secret}
	s.must(func() bool { h.Created = s.Now(); s.state.Hooks = append(s.state.Hooks, h); return true })
	return h.ID
}

// Webhooks lists the addresses that are told.
func (s *Simulator) Webhooks() (all []Webhook) {
	s.must(func() bool {
		for _, h := range s.state.Hooks {
			all = append(all, *h)
		}
		return false
	})
	return all
}

// emit records an event for every webhook of its mode that is switched on.
func (s *Simulator) emit(description string, t *Tracker, before string) {
	result, _ := json.Marshal(s.trackerJSON(t))
	e := &Event{ID: newID("evt"), Mode: t.Mode, Description: description, Created: s.Now(), Before: before, Result: result}
	for _, h := range s.state.Hooks {
		if h.Mode == t.Mode && h.Disabled.IsZero() {
			e.Deliveries = append(e.Deliveries, Delivery{Hook: h.ID, Next: s.Now()})
		}
	}
	s.state.Events = append(s.state.Events, e)
}

func (e *Event) json(withResult bool) map[string]any {
	previous := map[string]any{}
	if e.Before != "" {
		previous["status"] = e.Before
	}
	out := map[string]any{"id": e.ID, "object": "Event", "mode": e.Mode, "description": e.Description, "status": "pending",
		"user_id": "user_1", "created_at": stamp(e.Created), "updated_at": stamp(e.Created), "previous_attributes": previous,
		"pending_urls": []string{}, "completed_urls": []string{}}
	if withResult {
		out["result"] = e.Result
	}
	return out
}

// parcelPost is one delivery to be sent.
type parcelPost struct {
	event, hook, url, secret string
	body                     []byte
}

// Deliver sends every delivery that is due, in order, and returns how many were taken.
func (s *Simulator) Deliver(ctx context.Context) int {
	var due []parcelPost
	var mode WebhookMode
	s.must(func() bool { due, mode = s.due(), s.mode; return false })
	if mode.OutOfOrder {
		slices.Reverse(due)
	}
	taken := 0
	for _, d := range due {
		ok := mode.Missing || s.post(ctx, d, mode)
		if ok && mode.Duplicate {
			s.post(ctx, d, mode)
		}
		if ctx.Err() != nil {
			break // not the receiver's failure
		}
		if s.settle(d, ok); ok && !mode.Missing {
			taken++
		}
	}
	return taken
}

func (s *Simulator) due() []parcelPost {
	var out []parcelPost
	for _, e := range s.state.Events {
		for _, d := range e.Deliveries {
			h := s.hook(d.Hook)
			if d.Done || d.Lost || h == nil || d.Next.Add(s.mode.Late).After(s.Now()) {
				continue
			}
			body, err := json.Marshal(e.json(true))
			if err == nil {
				out = append(out, parcelPost{event: e.ID, hook: h.ID, url: h.URL, secret: h.Secret, body: body})
			}
		}
	}
	return out
}

func (s *Simulator) hook(id string) *Webhook {
	for _, h := range s.state.Hooks {
		if h.ID == id {
			return h
		}
	}
	return nil
}

var sender = &http.Client{Timeout: 7 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *Simulator) post(ctx context.Context, d parcelPost, mode WebhookMode) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	if d.secret != "" && !mode.NoSignature {
		secret := d.secret
		if mode.WrongSignature {
			secret += "x"
		}
		req.Header.Set("X-Hmac-Signature", Sign(secret, d.body))
	}
	client := s.HTTP
	if client == nil {
		client = sender
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	_ = resp.Body.Close()
	return resp.StatusCode >= 200 && resp.StatusCode < 300
}

// Sign is the signature header for a body. The secret is decomposed (NFKD) first, as the vendor does.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(norm.NFKD.String(secret)))
	_, _ = mac.Write(body)
	return "hmac-sha256-hex=" + hex.EncodeToString(mac.Sum(nil))
}

// settle records what became of a delivery: taken, to be retried, or given up. A webhook that keeps failing is
// switched off, and what it missed is not told again.
func (s *Simulator) settle(sent parcelPost, ok bool) {
	s.must(func() bool {
		h, d := s.hook(sent.hook), s.delivery(sent)
		if h == nil || d == nil {
			return false
		}
		d.Attempts++
		if ok {
			d.Done, h.Failures = true, 0
			return true
		}
		h.Failures++
		d.Next = s.Now().Add(firstRetry << min(d.Attempts-1, 12))
		d.Lost = d.Next.Sub(s.event(sent.event).Created) > retryFor
		limit := s.DisableAfter
		if limit == 0 {
			limit = disableAfter
		}
		if h.Failures >= limit {
			h.Disabled = s.Now()
			s.loseAll(h.ID)
		}
		return true
	})
}

func (s *Simulator) event(id string) *Event {
	for _, e := range s.state.Events {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (s *Simulator) delivery(sent parcelPost) *Delivery {
	e := s.event(sent.event)
	for i := range e.Deliveries {
		if e.Deliveries[i].Hook == sent.hook {
			return &e.Deliveries[i]
		}
	}
	return nil
}

func (s *Simulator) loseAll(hook string) {
	for _, e := range s.state.Events {
		for i := range e.Deliveries {
			if d := &e.Deliveries[i]; d.Hook == hook && !d.Done {
				d.Lost = true
			}
		}
	}
}

type hookRequest struct {
	URL    string `json:"url"`
	Secret string `json:"webhook_secret"`
}

func (s *Simulator) createHook(r *http.Request, mode string) (answer, bool) {
	var req struct {
		Webhook hookRequest `json:"webhook"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Webhook.URL == "" {
		return problem(http.StatusUnprocessableEntity, "PARAMETER.REQUIRED", "Missing required parameter.",
			map[string]any{"field": "url", "message": "cannot be blank", "suggestion": nil}), false
	}
	h := &Webhook{ID: newID("hook"), Mode: mode, URL: req.Webhook.URL, Secret: req.Webhook.Secret, Created: s.Now()}
	s.state.Hooks = append(s.state.Hooks, h)
	return answer{status: http.StatusCreated, body: h.json()}, true
}

// json never shows the secret.
func (h *Webhook) json() map[string]any {
	return map[string]any{"id": h.ID, "object": "Webhook", "mode": h.Mode, "url": h.URL, "created_at": stamp(h.Created),
		"disabled_at": stamp(h.Disabled), "custom_headers": []any{}}
}

func (s *Simulator) listHooks(_ *http.Request, mode string) (answer, bool) {
	out := []any{}
	for _, h := range s.state.Hooks {
		if h.Mode == mode {
			out = append(out, h.json())
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"webhooks": out}}, false
}

func (s *Simulator) hookOf(r *http.Request, mode string) *Webhook {
	if h := s.hook(r.PathValue("id")); h != nil && h.Mode == mode {
		return h
	}
	return nil
}

func (s *Simulator) oneHook(r *http.Request, mode string) (answer, bool) {
	h := s.hookOf(r, mode)
	if h == nil {
		return failed(http.StatusNotFound), false
	}
	return answer{status: http.StatusOK, body: h.json()}, false
}

// patchHook also switches a webhook on again.
func (s *Simulator) patchHook(r *http.Request, mode string) (answer, bool) {
	h := s.hookOf(r, mode)
	if h == nil {
		return failed(http.StatusNotFound), false
	}
	var req hookRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return failed(http.StatusBadRequest), false
	}
	if req.Secret != "" {
		h.Secret = req.Secret
	}
	h.Disabled, h.Failures = time.Time{}, 0
	return answer{status: http.StatusOK, body: h.json()}, true
}

func (s *Simulator) removeHook(r *http.Request, mode string) (answer, bool) {
	h := s.hookOf(r, mode)
	if h == nil {
		return failed(http.StatusNotFound), false
	}
	s.state.Hooks = slices.DeleteFunc(s.state.Hooks, func(x *Webhook) bool { return x == h })
	return answer{status: http.StatusOK, body: map[string]any{}}, true
}

func (s *Simulator) oneEvent(r *http.Request, mode string) (answer, bool) {
	e := s.event(r.PathValue("id"))
	if e == nil || e.Mode != mode {
		return failed(http.StatusNotFound), false
	}
	return answer{status: http.StatusOK, body: e.json(false)}, false
}
