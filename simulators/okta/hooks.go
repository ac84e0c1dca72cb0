package oktasim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// hookPatience is how long Okta waits for a receiver.
const hookPatience = 3 * time.Second

// maxHooks is how many event hooks an org may have.
const maxHooks = 25

// Hook is an event hook.
type Hook struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Status   string    `json:"status"`   // ACTIVE or INACTIVE
	Verified bool      `json:"verified"` // only a verified hook is delivered to
	Events   []string  `json:"events"`
	URI      string    `json:"uri"`
	Key      string    `json:"key"`   // header that carries the secret
	Value    string    `json:"value"` // the secret
	Created  time.Time `json:"created"`
}

type hookBody struct {
	Name   string `json:"name"`
	Events struct {
		Type  string   `json:"type"`
		Items []string `json:"items"`
	} `json:"events"`
	Channel struct {
		Type    string `json:"type"`
		Version string `json:"version"`
		Config  struct {
			URI        string `json:"uri"`
			AuthScheme struct {
				Type  string `json:"type"`
				Key   string `json:"key"`
				Value string `json:"value"`
			} `json:"authScheme"`
		} `json:"config"`
	} `json:"channel"`
}

func (h *Hook) wire() map[string]any {
	verification := "UNVERIFIED"
	if h.Verified {
		verification = "VERIFIED"
	}
	return map[string]any{
		"id": h.ID, "name": h.Name, "status": h.Status, "verificationStatus": verification,
		"created": h.Created.Format(wireTime), "lastUpdated": h.Created.Format(wireTime),
		"events": map[string]any{"type": "EVENT_TYPE", "items": h.Events},
		"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{
			"uri": h.URI, "headers": []any{}, "authScheme": map[string]any{"type": "HEADER", "key": h.Key}}},
	}
}

func (s *Simulator) hookRoutes(add func(family, pattern string, h handler)) {
	one := func(h func(*call, *Hook)) handler {
		return func(c *call) {
			hook, ok := s.state.Hooks[c.r.PathValue("id")]
			if !ok {
				c.missing(c.r.PathValue("id"), "EventHook")
				return
			}
			h(c, hook)
		}
	}
	status := func(to string) handler {
		return one(func(c *call, h *Hook) { h.Status = to; c.changed(); c.ok(h.wire()) })
	}
	add("eventHooks", "GET /api/v1/eventHooks", s.listHooks)
	add("eventHooks", "POST /api/v1/eventHooks", s.createHook)
	add("eventHooks", "GET /api/v1/eventHooks/{id}", one(func(c *call, h *Hook) { c.ok(h.wire()) }))
	add("eventHooks", "POST /api/v1/eventHooks/{id}/lifecycle/activate", status("ACTIVE"))
	add("eventHooks", "POST /api/v1/eventHooks/{id}/lifecycle/deactivate", status("INACTIVE"))
	add("eventHooks", "POST /api/v1/eventHooks/{id}/lifecycle/verify", one(s.verifyHook))
	add("eventHooks", "DELETE /api/v1/eventHooks/{id}", one(func(c *call, h *Hook) {
		if h.Status == "ACTIVE" {
			c.wrongStatus()
			return
		}
		delete(s.state.Hooks, h.ID)
		c.changed()
		c.noContent()
	}))
}

func (s *Simulator) listHooks(c *call) {
	out := make([]map[string]any, 0, len(s.state.Hooks))
	for _, id := range sortedKeys(s.state.Hooks) {
		out = append(out, s.state.Hooks[id].wire())
	}
	c.ok(out)
}

func (s *Simulator) createHook(c *call) {
	var in hookBody
	if !c.read(&in) {
		return
	}
	if in.Name == "" || in.Channel.Config.URI == "" || len(in.Events.Items) == 0 || len(s.state.Hooks) >= maxHooks {
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: eventHook", "name, events and channel.config.uri are required")
		return
	}
	h := &Hook{ID: s.id("who"), Name: in.Name, Status: "ACTIVE", Events: in.Events.Items, URI: in.Channel.Config.URI,
		Key: in.Channel.Config.AuthScheme.Key, Value: in.Channel.Config.AuthScheme.Value, Created: s.Now()}
	s.state.Hooks[h.ID] = h
	c.changed()
	c.ok(h.wire())
}

// verifyHook asks the receiver to echo a challenge, within three seconds.
func (s *Simulator) verifyHook(c *call, h *Hook) {
	if !s.challenge(c.r.Context(), h) {
		c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: verify", "The receiver did not return the verification value.")
		return
	}
	h.Verified = true
	c.changed()
	c.ok(h.wire())
}

func (s *Simulator) challenge(ctx context.Context, h *Hook) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URI, nil)
	if err != nil {
		return false
	}
	want := "challenge-" + h.ID
	req.Header.Set("X-Okta-Verification-Challenge", want)
	if h.Key != "" {
		req.Header.Set(h.Key, h.Value)
	}
	resp, err := s.hookClient().Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Verification string `json:"verification"`
	}
	return resp.StatusCode == http.StatusOK && json.NewDecoder(resp.Body).Decode(&answer) == nil && answer.Verification == want
}

func (s *Simulator) hookClient() *http.Client {
	if s.HookClient != nil {
		return s.HookClient
	}
	return &http.Client{Timeout: hookPatience}
}

// AddHook sets an event hook for deactivations up, as an administrator does in the console, and has it verified. value
// is what its Authorization header carries.
func (s *Simulator) AddHook(ctx context.Context, uri, value string) (string, error) {
	h := &Hook{Name: "leavers", Status: "ACTIVE", Events: []string{"user.lifecycle.deactivate"}, URI: uri, Key: "Authorization", Value: value}
	s.locked(func() { h.ID, h.Created = s.id("who"), s.Now() })
	if !s.challenge(ctx, h) { // outside the lock: the receiver may call
		return "", fmt.Errorf("the receiver at %s did not return the verification value", uri)
	}
	var err error
	s.locked(func() {
		h.Verified = true
		s.state.Hooks[h.ID] = h
		s.dirty = true
		err = s.commit()
	})
	return h.ID, err
}

// HookedTo says whether an event hook delivers to the address.
func (s *Simulator) HookedTo(uri string) (hooked bool) {
	s.locked(func() {
		for _, h := range s.state.Hooks {
			hooked = hooked || h.URI == uri
		}
	})
	return hooked
}

// Dismiss deactivates a user as another administrator does in the console: not in the name of the API token.
func (s *Simulator) Dismiss(user string) error {
	var err error
	s.locked(func() {
		u := s.find(user)
		if u == nil || u.Status == Deprovisioned {
			err = fmt.Errorf("no user %q who could be deactivated", user)
			return
		}
		s.move(u, Deprovisioned)
		s.record("user.lifecycle.deactivate", Party{ID: OperatorID + "2", Type: "User", AlternateID: "admin@example.com", DisplayName: "another administrator"}, u.party())
		err = s.commit()
	})
	return err
}

// deliver sends an event to the hooks that want it, in the background: at least once, in no order.
func (s *Simulator) deliver(e Event) {
	for _, id := range sortedKeys(s.state.Hooks) {
		h := *s.state.Hooks[id]
		if h.Status == "ACTIVE" && h.Verified && contains(h.Events, e.EventType) {
			s.hooks.Add(1)
			go func() {
				defer s.hooks.Done()
				s.post(h, e)
			}()
		}
	}
}

// WaitHooks returns when every delivery under way has ended.
func (s *Simulator) WaitHooks() { s.hooks.Wait() }

// post delivers one event, with the one retry Okta allows itself after a timeout or a 5xx.
func (s *Simulator) post(h Hook, e Event) {
	body, err := json.Marshal(map[string]any{
		"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
		"source": "https://simulated.example.com/api/v1/eventHooks/" + h.ID, "eventId": e.UUID,
		"eventTime": e.Published.UTC().Format(wireTime), "contentType": "application/json",
		"data": map[string]any{"events": []any{e.wire()}},
	})
	if err != nil {
		return
	}
	for range 2 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, h.URI, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		if h.Key != "" {
			req.Header.Set(h.Key, h.Value)
		}
		resp, err := s.hookClient().Do(req)
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode < http.StatusInternalServerError {
			return
		}
	}
}
