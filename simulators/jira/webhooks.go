package jirasim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Webhook is an admin webhook.
type Webhook struct {
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Events []string `json:"events"` // empty: every event
	Secret string   `json:"secret,omitempty"`
	// Delay is how long after the change the delivery is due (Jira: up to 30 s); Duplicates is how many times it
	// comes again with the same identifier.
	Delay      time.Duration `json:"delay,omitempty"`
	Duplicates int           `json:"duplicates,omitempty"`
	// Off is a webhook that somebody switched off in the console: it is listed, and sends nothing.
	Off bool `json:"off,omitempty"`
}

// Delivery is one webhook call, due or made.
type Delivery struct {
	Identifier string    `json:"identifier"` // the same for repeats and retries
	URL        string    `json:"url"`
	Secret     string    `json:"secret,omitempty"`
	Event      string    `json:"event"`
	Body       []byte    `json:"body"`
	Due        time.Time `json:"due"`
	Retry      int       `json:"retry"`
	Status     int       `json:"status,omitempty"` // of the last try; 0 when nobody answered
}

const maxRetries = 5

func (s *Simulator) announce(event string, i *Issue, by User, changes []Change) {
	body := map[string]any{"timestamp": s.Now().UnixMilli(), "webhookEvent": event, "issue_event_type_name": "issue_generic"}
	if event == "jira:issue_created" {
		body["issue_event_type_name"] = "issue_created"
	}
	if len(changes) > 0 {
		items := []any{}
		for _, ch := range changes {
			items = append(items, changeJSON(ch))
		}
		body["changelog"] = map[string]any{"id": changes[0].ID, "items": items}
	}
	s.enqueue(event, i, by, body)
}

func (s *Simulator) announceComment(i *Issue, by User, added Comment) {
	c := &call{self: s.SiteURL}
	s.enqueue("comment_created", i, by, map[string]any{"timestamp": s.Now().UnixMilli(), "webhookEvent": "comment_created",
		"comment": s.commentJSON(c, i, added, false)})
}

func (s *Simulator) enqueue(event string, i *Issue, by User, body map[string]any) {
	c := &call{self: s.SiteURL}
	hooks := slices.DeleteFunc(slices.Concat(s.Hooks, s.st.Hooks), func(h Webhook) bool { return h.Off })
	for _, hook := range hooks {
		if len(hook.Events) > 0 && !slices.Contains(hook.Events, event) {
			continue
		}
		body["user"] = s.userJSON(c, by)
		body["issue"] = s.issueJSON(c, i, i.Fields, []string{"*navigable"})
		b, err := json.Marshal(body)
		if err != nil {
			continue
		}
		id := fmt.Sprintf("%08x-%s", fingerprint(hook.URL), s.st.nextID())
		for range hook.Duplicates + 1 {
			s.st.Pending = append(s.st.Pending, &Delivery{Identifier: id, URL: hook.URL, Secret: hook.Secret, Event: event,
				Body: b, Due: s.Now().Add(hook.Delay)})
		}
	}
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// Deliver makes every webhook call that is due and returns how many it made. A call answered with 408, 409, 425,
// 429, 5xx or not at all comes again, up to five times; every other answer ends it.
func (s *Simulator) Deliver(ctx context.Context) int {
	s.setup()
	made := 0
	for {
		d := s.takeDue()
		if d == nil {
			return made
		}
		made++
		d.Status = s.post(ctx, d)
		s.mu.Lock()
		if again(d.Status) && d.Retry < maxRetries {
			d.Retry++
			d.Due = s.Now().Add(time.Duration(d.Retry) * 5 * time.Minute)
			s.st.Pending = append(s.st.Pending, d)
		} else {
			s.st.Delivered = append(s.st.Delivered, *d)
		}
		s.keep()
		s.mu.Unlock()
	}
}

// Run delivers webhooks as they fall due, until ctx ends.
func (s *Simulator) Run(ctx context.Context) {
	s.setup()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.Deliver(ctx)
		select {
		case <-ctx.Done():
			return
		case <-s.wakeup:
		case <-tick.C:
		}
	}
}

func again(status int) bool {
	return status == 0 || status >= 500 || slices.Contains([]int{408, 409, 425, 429}, status)
}

func (s *Simulator) takeDue() *Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	at := slices.IndexFunc(s.st.Pending, func(d *Delivery) bool { return !d.Due.After(now) })
	if at < 0 {
		return nil
	}
	d := s.st.Pending[at]
	s.st.Pending = slices.Delete(s.st.Pending, at, at+1)
	return d
}

func (s *Simulator) post(ctx context.Context, d *Delivery) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("User-Agent", "Atlassian Webhook HTTP Client")
	req.Header.Set("X-Atlassian-Webhook-Identifier", d.Identifier)
	req.Header.Set("X-Atlassian-Webhook-Flow", "Primary")
	if d.Retry > 0 {
		req.Header.Set("X-Atlassian-Webhook-Retry", itoa(d.Retry))
	}
	if d.Secret != "" {
		req.Header.Set("X-Hub-Signature", Sign(d.Secret, d.Body))
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	_ = resp.Body.Close()
	return resp.StatusCode
}

// Sign is the X-Hub-Signature of a body.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func (s *Simulator) listHooks(c *call) answer {
	if s.NoAdmin {
		return failed(http.StatusForbidden, "The user does not have permission to access webhooks.")
	}
	out := []any{}
	for n, h := range slices.Concat(s.st.Hooks, s.Hooks) {
		out = append(out, hookJSON(c, n, h))
	}
	return ok(out)
}

func (s *Simulator) addHook(c *call) answer {
	var h Webhook
	if c.decode(&h) != nil || h.Name == "" || h.URL == "" {
		return badBody()
	}
	s.st.Hooks = append(s.st.Hooks, h)
	return answer{status: http.StatusCreated, changed: true, body: hookJSON(c, len(s.st.Hooks)-1, h)}
}

func hookJSON(c *call, n int, h Webhook) map[string]any {
	return map[string]any{"self": c.self + "/rest/webhooks/1.0/webhook/" + itoa(n+1), "name": h.Name, "url": h.URL,
		"events": h.Events, "enabled": !h.Off, "isSigned": h.Secret != ""}
}
