package slacksim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxConnections = 10
	maxAck         = 20 << 10 // Slack passes over an acknowledgement of this size or more
	writeWithin    = 5 * time.Second
)

// hub holds the Socket Mode connections and the envelopes that wait for an acknowledgement.
type hub struct {
	mu      sync.Mutex
	conns   []*socket
	next    int
	waiting map[string]*pending
}

// pending is one envelope on its way.
type pending struct {
	via    *socket
	answer chan ackResult // buffered, one value
}

type ackResult struct {
	payload json.RawMessage
	gone    bool // the connection ended before the acknowledgement
}

// socket is one connection.
type socket struct {
	ws      *websocket.Conn
	writing sync.Mutex
	done    chan struct{}
	closing sync.Once
}

// envelope is a frame from Slack to the app.
type envelope struct {
	ID           string `json:"envelope_id"`
	Type         string `json:"type"`
	Accepts      bool   `json:"accepts_response_payload"`
	RetryAttempt int    `json:"retry_attempt,omitempty"`
	RetryReason  string `json:"retry_reason,omitempty"`
	Payload      any    `json:"payload"`
}

func appsConnectionsOpen(s *Simulator, _ *call) (result, *refusal) {
	ticket := s.st.nextID("T")
	s.st.Tickets[ticket] = true
	return result{"url": "ws" + strings.TrimPrefix(s.public(), "http") + "/link/?ticket=" + ticket + "&app_id=" + AppID}, nil
}

// serveSocket turns a ticket, once, into a WebSocket.
func (s *Simulator) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	good := s.st.Tickets[ticket]
	delete(s.st.Tickets, ticket)
	s.mu.Unlock()
	if !good {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // slack-go says it comes from api.slack.com
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &socket{ws: ws, done: make(chan struct{})}
	if !s.hub.greet(c) {
		c.close()
		return
	}
	go c.ping(s.PingEvery)
	go func() {
		s.hub.read(c)
		s.hub.remove(c)
		c.close()
	}()
}

func (c *socket) write(v any) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	return c.ws.WriteJSON(v)
}

// ping keeps the link alive: slack-go drops it when no ping has come for 30 s.
func (c *socket) ping(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
			c.close()
			return
		}
		select {
		case <-ticker.C:
		case <-c.done:
			return
		}
	}
}

func (c *socket) close() {
	c.closing.Do(func() {
		close(c.done)
		_ = c.ws.Close()
	})
}

// greet admits a connection and says hello before any payload can reach it, or sends it away.
func (h *hub) greet(c *socket) (admitted bool) {
	c.writing.Lock()
	defer c.writing.Unlock()
	h.mu.Lock()
	admitted = len(h.conns) < maxConnections
	if admitted {
		h.conns = append(h.conns, c)
	}
	count := len(h.conns)
	h.mu.Unlock()
	frame := result{"type": "hello", "num_connections": count, "connection_info": result{"app_id": AppID},
		"debug_info": result{"host": "stand-in", "build_number": 1, "approximate_connection_time": 18060}}
	if !admitted {
		frame = disconnect("too_many_websockets")
	}
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	_ = c.ws.WriteJSON(frame) // a connection that cannot be written to ends in its reader
	return admitted
}

func disconnect(reason string) result {
	return result{"type": "disconnect", "reason": reason, "debug_info": result{"host": "stand-in"}}
}

// read takes acknowledgements until the connection ends.
func (h *hub) read(c *socket) {
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if len(frame) < maxAck && json.Unmarshal(frame, &ack) == nil {
			h.resolve(ack.EnvelopeID, ackResult{payload: ack.Payload})
		}
	}
}

func (h *hub) resolve(id string, r ackResult) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.waiting[id]; p != nil {
		delete(h.waiting, id)
		p.answer <- r
	}
}

// remove forgets a connection; what it had not acknowledged will not be acknowledged by it.
func (h *hub) remove(c *socket) {
	h.retire(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, p := range h.waiting {
		if p.via == c {
			delete(h.waiting, id)
			p.answer <- ackResult{gone: true}
		}
	}
}

// retire gives a connection no further payloads.
func (h *hub) retire(c *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, other := range h.conns {
		if other == c {
			h.conns = append(h.conns[:i:i], h.conns[i+1:]...)
			return
		}
	}
}

func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

func (h *hub) all() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*socket(nil), h.conns...)
}

func (h *hub) closeAll() {
	for _, c := range h.all() {
		h.retire(c)
		c.close()
	}
}

// choose picks the connection that gets the next payload: each payload goes to one, in turn.
func (h *hub) choose(id string) *pending {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.conns) == 0 {
		return nil
	}
	h.next++
	p := &pending{via: h.conns[h.next%len(h.conns)], answer: make(chan ackResult, 1)}
	if h.waiting == nil {
		h.waiting = map[string]*pending{}
	}
	h.waiting[id] = p
	return p
}

func (h *hub) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting, id)
}

// errGone is a connection that ended before it acknowledged.
var errGone = errors.New("the app's connection ended before it acknowledged")

// send delivers an envelope to one connection and waits for its acknowledgement.
func (h *hub) send(e envelope, within time.Duration) (json.RawMessage, error) {
	p := h.choose(e.ID)
	if p == nil {
		return nil, ErrNobodyListens
	}
	if p.via.write(e) != nil {
		h.forget(e.ID)
		h.retire(p.via)
		p.via.close()
		return nil, errGone
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case r := <-p.answer:
		if r.gone {
			return nil, errGone
		}
		return r.payload, nil
	case <-timer.C:
		h.forget(e.ID)
		return nil, ErrNoAnswer
	}
}

// Connections says how many Socket Mode connections are open.
func (s *Simulator) Connections() int { return s.hub.count() }

// Disconnect tells every open connection to go and come back, as Slack does for maintenance ("refresh_requested",
// "warning") or when Socket Mode is switched off ("link_disabled"). They get no further payloads.
func (s *Simulator) Disconnect(reason string) {
	for _, c := range s.hub.all() {
		s.hub.retire(c)
		_ = c.write(disconnect(reason))
	}
}

// DisconnectOne tells the connection that is open longest to go and come back, and leaves the others alone: as a
// rule Slack refreshes one at a time. It gets no further payloads. False means that none is open.
func (s *Simulator) DisconnectOne(reason string) bool {
	all := s.hub.all()
	if len(all) == 0 {
		return false
	}
	s.hub.retire(all[0])
	_ = all[0].write(disconnect(reason))
	return true
}

// CutOne ends the connection that is open longest without a word. False means that none is open.
func (s *Simulator) CutOne() bool {
	all := s.hub.all()
	if len(all) == 0 {
		return false
	}
	s.hub.retire(all[0])
	all[0].close()
	return true
}

// WarnOne tells the connection that is open longest that it will end, and goes on giving it payloads until it does
// ([Simulator.CutOne]). False means that none is open.
func (s *Simulator) WarnOne() bool {
	all := s.hub.all()
	if len(all) == 0 {
		return false
	}
	_ = all[0].write(disconnect("warning"))
	return true
}
