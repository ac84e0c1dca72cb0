package slacksim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// The kinds of envelope.
const (
	slashCommand = "slash_commands"
	interactive  = "interactive"
	eventsAPI    = "events_api"
)

// errDispatch is an answer of the app outside 2xx.
var errDispatch = errors.New("dispatch_failed: the app answered outside 2xx")

// deliver brings a command or an interaction to the app, once, and returns the acknowledgement's body. Slack
// repeats neither.
func (s *Simulator) deliver(kind string, payload any) (json.RawMessage, error) {
	if endpoint := s.endpoint(kind); endpoint != "" {
		return s.deliverHTTP(endpoint, kind, payload, nil)
	}
	return s.hub.send(envelope{ID: s.envelopeID(), Type: kind, Accepts: true, Payload: payload}, s.AckWithin)
}

func (s *Simulator) endpoint(kind string) string {
	switch kind {
	case slashCommand:
		return s.Endpoints.Commands
	case interactive:
		return s.Endpoints.Interactions
	}
	return s.Endpoints.Events
}

func (s *Simulator) envelopeID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.nextID("E")
}

// deliverHTTP posts a signed request to the app.
func (s *Simulator) deliverHTTP(endpoint, kind string, payload any, header http.Header) (json.RawMessage, error) {
	body, contentType, err := encodeDelivery(kind, payload)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", contentType)
	s.sign(req, body)
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoAnswer, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRequest))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoAnswer, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, fmt.Errorf("%w: %d", errDispatch, resp.StatusCode)
	}
	return readAckBody(resp.Header, answer), nil
}

// readAckBody takes JSON as it is; a plain text is a message.
func readAckBody(h http.Header, body []byte) json.RawMessage {
	body = bytes.TrimSpace(body)
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if len(body) == 0 || kind == "application/json" {
		return body
	}
	wrapped, err := json.Marshal(map[string]string{"text": string(body)})
	if err != nil {
		return nil
	}
	return wrapped
}

// encodeDelivery writes a command as a form, an interaction as JSON in one form field, an event as JSON.
func encodeDelivery(kind string, payload any) (body []byte, contentType string, err error) {
	const form = "application/x-www-form-urlencoded"
	if command, ok := payload.(map[string]string); ok && kind == slashCommand {
		values := url.Values{}
		for k, v := range command {
			values.Set(k, v)
		}
		return []byte(values.Encode()), form, nil
	}
	b, err := json.Marshal(payload)
	if err != nil || kind == eventsAPI {
		return b, "application/json", err
	}
	return []byte(url.Values{"payload": {string(b)}}.Encode()), form, nil
}

// sign adds Slack's signature: HMAC-SHA256 of "v0:<timestamp>:<body>" with the signing secret.
func (s *Simulator) sign(req *http.Request, body []byte) {
	at := strconv.FormatInt(s.Now().Unix(), 10)
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", Signature(s.SigningSecret, at, body))
}

// Signature is the X-Slack-Signature of a body sent at a Unix time.
func Signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", timestamp, body) // a hash never fails
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// finish records what the app answered and gives what the person sees.
func (s *Simulator) finish(in *Interaction, ack json.RawMessage, err error) (Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.mustCommit()
	if err != nil {
		if errors.Is(err, errGone) {
			err = fmt.Errorf("%w (%w)", ErrNoAnswer, errGone)
		}
		in.Error = err.Error()
		return Response{ID: in.ID}, err
	}
	if len(ack) > 0 && json.Valid(ack) {
		in.Ack = ack
	}
	out := Response{ID: in.ID}
	if in.Kind == "view_submission" {
		out.Errors = s.applyViewAck(in, ack)
	} else {
		s.applyMessageAck(in, ack, &out)
	}
	if v := s.topView(in.User); v != nil {
		copied := *v
		out.View = &copied
	}
	return out, nil
}

// reply is a message in an acknowledgement or at a response URL.
type reply struct {
	Type     string          `json:"response_type"`
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks"`
	ThreadTS string          `json:"thread_ts"`
	Replace  bool            `json:"replace_original"`
	Delete   bool            `json:"delete_original"`
}

func (r reply) empty() bool { return r.Text == "" && len(r.Blocks) == 0 }

// applyMessageAck shows the message in the acknowledgement of a command; that of a button carries none.
func (s *Simulator) applyMessageAck(in *Interaction, ack json.RawMessage, out *Response) {
	var r reply
	if in.Kind != "slash_command" || len(ack) == 0 || json.Unmarshal(ack, &r) != nil || r.empty() {
		return
	}
	if bad := r.check(); bad != nil {
		in.Error = bad.code
		return
	}
	a := s.show(in, r)
	out.Type, out.Text, out.Blocks = a.Type, a.Text, a.Blocks
}

func (r *reply) check() *refusal {
	if string(r.Blocks) == "null" {
		r.Blocks = nil
	}
	if len(r.Blocks) == 0 {
		return nil
	}
	return checkBlocks(string(r.Blocks), messageSurface)
}

// show makes a new message of an answer: an ephemeral one unless the app said in_channel.
func (s *Simulator) show(in *Interaction, r reply) Answer {
	a := Answer{Type: "ephemeral", Text: r.Text, Blocks: r.Blocks, At: s.Now()}
	if ch := s.st.channel(in.Channel); r.Type == "in_channel" && ch != nil {
		a.Type = "in_channel"
		a.TS = s.post(ch, Message{User: BotUser, BotID: BotID, Text: r.Text, Blocks: r.Blocks, ThreadTS: r.ThreadTS}).TS
	} else {
		a.TS = s.whisper(Ephemeral{Channel: in.Channel, User: in.User, ThreadTS: r.ThreadTS, Text: r.Text, Blocks: r.Blocks, From: in.ID}).TS
	}
	in.Answers = append(in.Answers, a)
	return a
}

// applyViewAck follows the acknowledgement of a submitted modal.
func (s *Simulator) applyViewAck(in *Interaction, ack json.RawMessage) map[string]string {
	var r struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	_ = json.Unmarshal(ack, &r) // an empty acknowledgement closes the modal
	v := s.findView(in.View, "")
	switch r.Action {
	case "errors":
		inputs := v.inputs()
		for block := range r.Errors {
			if _, ok := inputs[block]; !ok { // Slack shows a general failure then, and none of the errors
				in.Error = "the errors name " + block + ", which is no input block of the modal"
				return nil
			}
		}
		return r.Errors
	case "clear":
		s.closeViews(in.User)
	case "update", "push":
		fresh, bad := s.readView(string(r.View), "modal", v.ID)
		switch {
		case bad != nil:
			in.Error = bad.code
		case r.Action == "update":
			s.replaceView(v, fresh)
		case s.depth(v) >= maxViewStack:
			in.Error = "push_limit_reached"
		default:
			s.keepView(fresh, in.User, v)
		}
	default:
		v.Open = false
	}
	return nil
}
