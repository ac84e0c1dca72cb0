package slackdoor

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	helloWithin = 10 * time.Second
	// pingWithin is how long a line may be silent: Slack pings at least every 30 s.
	pingWithin = 40 * time.Second
	// goodbye is how long a line that is asked to go may still bring something.
	goodbye     = 20 * time.Second
	writeWithin = 2 * time.Second
	maxFrame    = 1 << 20
	maxAck      = 20 << 10 // Slack passes over an acknowledgement of this size or more
)

// envelope is a frame from Slack.
type envelope struct {
	Type    string          `json:"type"`
	Reason  string          `json:"reason"` // of a disconnect
	ID      string          `json:"envelope_id"`
	Accepts bool            `json:"accepts_response_payload"`
	Payload json.RawMessage `json:"payload"`
}

// line is one Socket Mode connection.
type line struct {
	ws      *websocket.Conn
	writing sync.Mutex
	work    sync.WaitGroup // payloads that are looked at
	leaving chan struct{}  // closed when another line should be opened
	leave   sync.Once

	mu     sync.Mutex // of what follows
	ending bool       // nothing may be read any more
	last   bool       // asked to go: silence ends it at a fixed time
}

func newLine(ws *websocket.Conn) *line {
	c := &line{ws: ws, leaving: make(chan struct{})}
	ws.SetReadLimit(maxFrame)
	c.listenFor(helloWithin)
	ws.SetPingHandler(func(data string) error {
		c.listenFor(pingWithin)
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeWithin)) // a dead line ends in its reader
		return nil
	})
	return c
}

// listenFor lets the line be silent for so long from now on.
func (c *line) listenFor(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ending && !c.last {
		_ = c.ws.SetReadDeadline(time.Now().Add(d))
	}
}

// stop ends reading at once, for good.
func (c *line) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	_ = c.ws.SetReadDeadline(time.Unix(1, 0))
}

// goSoon gives the line its last time to be read from.
func (c *line) goSoon() {
	c.listenFor(goodbye)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = true
}

func (c *line) replace() { c.leave.Do(func() { close(c.leaving) }) }

// serve reads the line until it ends or ctx does, finishes what came by it, and closes it.
func (d *Door) serve(ctx context.Context, c *line) {
	stop := context.AfterFunc(ctx, c.stop)
	defer stop()
	d.read(ctx, c)
	c.replace()
	c.work.Wait()
	_ = c.write(func() error {
		return c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	})
	_ = c.ws.Close()
}

func (d *Door) read(ctx context.Context, c *line) {
	var counted bool
	uncount := func() {
		if counted {
			d.live.Add(-1)
			counted = false
		}
	}
	defer uncount()
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			if ctx.Err() == nil {
				d.log.Info("slack: Socket Mode connection ended", "error", err)
			}
			return
		}
		var e envelope
		if json.Unmarshal(frame, &e) != nil {
			d.log.Warn("slack: a frame could not be read", "bytes", len(frame))
			continue
		}
		switch e.Type {
		case "hello":
			counted = true
			d.live.Add(1)
			d.greeted.Store(true)
			c.listenFor(pingWithin)
			d.log.Info("slack: Socket Mode connection open", "connections", d.Connected())
		case "disconnect":
			d.log.Info("slack: Socket Mode connection is to go", "reason", e.Reason)
			uncount()
			if e.Reason == "link_disabled" || e.Reason == "too_many_websockets" {
				return // a new one at once would be sent away too
			}
			c.goSoon()
			c.replace()
		default:
			d.start(ctx, c, e)
		}
	}
}

// start looks at a payload beside others, when there is room.
func (d *Door) start(ctx context.Context, c *line, e envelope) {
	if e.ID == "" {
		return
	}
	select {
	case d.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	c.work.Go(func() {
		defer func() { <-d.slots }()
		d.handle(context.WithoutCancel(ctx), c, e)
	})
}

// handle takes one payload in and acknowledges it on the line it came by. It ends by its own deadlines, not with ctx:
// what was taken in is acknowledged.
func (d *Door) handle(ctx context.Context, c *line, e envelope) {
	out, err := d.outcomeOf(ctx, e)
	if err != nil {
		d.log.Warn("slack: a payload could not be read", "envelope", e.ID, "type", e.Type)
		return
	}
	if err := c.acknowledge(e, out); err != nil {
		d.log.Warn("slack: an envelope could not be acknowledged", "envelope", e.ID, "error", err)
	}
	out.finish(ctx)
}

func (d *Door) outcomeOf(ctx context.Context, e envelope) (outcome, error) {
	switch e.Type {
	case "slash_commands":
		c, err := readCommand(e.Payload)
		if err != nil {
			return outcome{}, err
		}
		return d.command(ctx, c, e.ID), nil
	case "interactive":
		in, err := readInteraction(e.Payload)
		if err != nil {
			return outcome{}, err
		}
		return d.interaction(ctx, in, e.ID), nil
	}
	return outcome{}, nil // events: Tenure asks for none
}

// acknowledge answers an envelope, with a body where Slack takes one.
func (c *line) acknowledge(e envelope, out outcome) error {
	ack := map[string]any{"envelope_id": e.ID}
	if out.body != nil && e.Accepts {
		ack["payload"] = out.body
	}
	frame, err := json.Marshal(ack)
	if err != nil {
		return err
	}
	if len(frame) >= maxAck {
		return errors.New("the acknowledgement is longer than Slack takes")
	}
	return c.write(func() error { return c.ws.WriteMessage(websocket.TextMessage, frame) })
}

func (c *line) write(do func() error) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	return do()
}
