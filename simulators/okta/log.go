package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// keptEvents bounds the System Log; Okta keeps ninety days.
const keptEvents = 20000

const wireTime = "2006-01-02T15:04:05.000Z"

// Event is one line of the System Log.
type Event struct {
	Seq            int       `json:"seq"`
	UUID           string    `json:"uuid"`
	Published      time.Time `json:"published"`
	EventType      string    `json:"eventType"`
	DisplayMessage string    `json:"displayMessage"`
	Actor          Party     `json:"actor"`
	Target         []Party   `json:"target"`
}

// Party is who did something or what it was done to.
type Party struct {
	ID          string `json:"id"`
	Type        string `json:"type"` // User, UserGroup, AppInstance, SystemPrincipal, PublicClientApp
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

// system is the actor of what Okta does by itself, an import for example.
var system = Party{ID: "00usystem", Type: "SystemPrincipal", AlternateID: "system@okta.com", DisplayName: "Okta System"}

func (u *User) party() Party {
	return Party{ID: u.ID, Type: "User", AlternateID: u.Profile.Login, DisplayName: u.Profile.FirstName + " " + u.Profile.LastName}
}

func (g *Group) party() Party {
	return Party{ID: g.ID, Type: "UserGroup", AlternateID: "unknown", DisplayName: g.Name}
}

func (a *App) party() Party {
	return Party{ID: a.ID, Type: "AppInstance", AlternateID: a.Label, DisplayName: a.Label}
}

func (c *call) actor() Party {
	return Party{ID: c.by.id, Type: c.by.kind, AlternateID: "operator@example.com", DisplayName: "API"}
}

// record writes an event and hands it to the event hooks that want it.
func (s *Simulator) record(kind string, actor Party, targets ...Party) {
	s.dirty = true
	seq := 1
	if n := len(s.state.Log); n > 0 {
		seq = s.state.Log[n-1].Seq + 1
	}
	e := Event{Seq: seq, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", seq), Published: s.Now(), EventType: kind,
		DisplayMessage: kind, Actor: actor, Target: targets}
	s.state.Log = append(s.state.Log, e)
	if extra := len(s.state.Log) - keptEvents; extra > 0 {
		s.state.Log = slices.Clone(s.state.Log[extra:])
	}
	s.deliver(e)
}

// Log is the System Log, oldest first.
func (s *Simulator) Log() []Event {
	var out []Event
	s.locked(func() { out = slices.Clone(s.state.Log) })
	return out
}

func (e Event) wire() map[string]any {
	return map[string]any{
		"uuid": e.UUID, "published": e.Published.UTC().Format(wireTime), "eventType": e.EventType, "version": "0",
		"severity": "INFO", "displayMessage": e.DisplayMessage, "actor": e.Actor, "target": e.Target,
		"outcome":      map[string]any{"result": "SUCCESS", "reason": nil},
		"transaction":  map[string]any{"type": "WEB", "id": e.UUID, "detail": map[string]any{}},
		"debugContext": map[string]any{"debugData": map[string]any{}},
	}
}

func (e Event) attribute(name string) []string {
	targets := func(pick func(Party) string) []string {
		var out []string
		for _, t := range e.Target {
			out = append(out, pick(t))
		}
		return out
	}
	switch name {
	case "eventType":
		return []string{e.EventType}
	case "uuid":
		return []string{e.UUID}
	case "published":
		return []string{e.Published.UTC().Format(wireTime)}
	case "actor.id":
		return []string{e.Actor.ID}
	case "actor.type":
		return []string{e.Actor.Type}
	case "actor.alternateId":
		return []string{e.Actor.AlternateID}
	case "target.id":
		return targets(func(p Party) string { return p.ID })
	case "target.type":
		return targets(func(p Party) string { return p.Type })
	case "target.alternateId":
		return targets(func(p Party) string { return p.AlternateID })
	case "outcome.result":
		return []string{"SUCCESS"}
	case "severity":
		return []string{"INFO"}
	}
	return nil
}

func logAttribute(name string) bool { return (Event{Target: []Party{{}}}).attribute(name) != nil }

func (s *Simulator) logRoutes(add func(family, pattern string, h handler)) {
	add("logs", "GET /api/v1/logs", s.listLog)
	s.hookRoutes(add)
}

// listLog answers GET /logs. A poll (ascending, no until) always names a next page, an empty one too: its link stays
// good while the caller polls.
func (s *Simulator) listLog(c *call) {
	since, until, ok := c.logRange()
	if !ok {
		return
	}
	var want filter = allOf{}
	if text := c.query("filter"); text != "" {
		f, err := parseFilter(text, logAttribute)
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000053", "Invalid filter '"+text+"': "+err.Error())
			return
		}
		want = f
	}
	var hits []Event
	for _, e := range s.state.Log {
		visible := !e.Published.Add(s.LogLag).After(s.Now())
		if visible && !e.Published.Before(since) && e.Published.Before(until) && want.match(e.attribute) {
			hits = append(hits, e)
		}
	}
	descending := c.query("sortOrder") == "DESCENDING"
	if descending {
		slices.Reverse(hits)
	}
	s.logPage(c, hits, descending)
}

func (c *call) logRange() (since, until time.Time, ok bool) {
	now := c.s.Now()
	since, until = now.AddDate(0, 0, -7), now.AddDate(1, 0, 0)
	for name, at := range map[string]*time.Time{"since": &since, "until": &until} {
		text := c.query(name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			c.fail(http.StatusBadRequest, "E0000001", "Api validation failed: "+name, "The date format in your query is not recognized.")
			return since, until, false
		}
		*at = t
	}
	return since, until, true
}

func (s *Simulator) logPage(c *call, hits []Event, descending bool) {
	key := func(e Event) string {
		if descending {
			return fmt.Sprintf("%012d", 1_000_000_000-e.Seq)
		}
		return fmt.Sprintf("%012d", e.Seq)
	}
	page(c, hits, key, 100, 1000)
	shown := c.body.([]Event)
	polling := !descending && c.query("until") == ""
	if polling && len(c.w.Header().Values("Link")) == 1 {
		last := c.query("after")
		if len(shown) > 0 {
			last = key(shown[len(shown)-1])
		}
		if last == "" {
			last = strconv.Itoa(0)
		}
		c.link("next", last)
	}
	out := make([]map[string]any, 0, len(shown))
	for _, e := range shown {
		out = append(out, e.wire())
	}
	c.body = out
}
