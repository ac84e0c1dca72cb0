package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// What people see when the app does not answer.
var (
	// ErrNobodyListens means that no Socket Mode connection is open and no endpoint is set.
	ErrNobodyListens = errors.New("dispatch_failed: the app is not connected (no Socket Mode connection and no request URL)")
	// ErrNoAnswer means that the app did not acknowledge in time.
	ErrNoAnswer = errors.New("operation_timeout: the app did not respond in time")
)

// Interaction is one thing a person did that went to the app, with everything the app answered.
type Interaction struct {
	ID       string          `json:"id"` // its trigger id
	Kind     string          `json:"kind"`
	User     string          `json:"user"`
	Channel  string          `json:"channel,omitempty"`
	Command  string          `json:"command,omitempty"`
	Text     string          `json:"text,omitempty"`
	Message  string          `json:"message,omitempty"` // ts of the message with the button
	ActionID string          `json:"actionId,omitempty"`
	Value    string          `json:"value,omitempty"`
	View     string          `json:"view,omitempty"`
	At       time.Time       `json:"at"`
	Ack      json.RawMessage `json:"ack,omitempty"`
	Error    string          `json:"error,omitempty"` // what the person saw instead of an answer
	Answers  []Answer        `json:"answers,omitempty"`
}

// Answer is one message that came back for an [Interaction], by its acknowledgement or its response URL.
type Answer struct {
	TS     string          `json:"ts,omitempty"` // of the message it made or replaced
	Type   string          `json:"type"`         // "ephemeral", "in_channel", "replace_original", "delete_original"
	Text   string          `json:"text,omitempty"`
	Blocks json.RawMessage `json:"blocks,omitempty"`
	At     time.Time       `json:"at"`
}

// Response is what a person sees at once after a command, a button or a submitted modal. What comes later by the
// response URL is in [Simulator.Interaction].
type Response struct {
	ID     string          `json:"id"` // see [Simulator.Interaction]
	Type   string          `json:"type,omitempty"`
	Text   string          `json:"text,omitempty"`
	Blocks json.RawMessage `json:"blocks,omitempty"`
	// Errors are shown beside the inputs of a modal, by block id.
	Errors map[string]string `json:"errors,omitempty"`
	// View is the modal the person sees afterwards, if one is open.
	View *View `json:"view,omitempty"`
}

// begin records an interaction and hands out its trigger id and response URL; the caller holds the lock.
func (s *Simulator) begin(in Interaction, messageTS string, ephemeral bool) (*Interaction, string) {
	s.st.Serial++
	in.At = s.Now()
	in.ID = fmt.Sprintf("%d.%d.%s", s.st.Serial, in.At.UnixMilli(), strings.ToLower(s.st.nextID("")))
	kept := &in
	s.st.Interactions = append(s.st.Interactions, kept)
	s.st.Triggers[in.ID] = &trigger{User: in.User, At: in.At, View: in.View}
	id := s.st.nextID("R")
	s.st.ResponseURLs[id] = &responseURL{Interaction: in.ID, Channel: in.Channel, User: in.User, MessageTS: messageTS,
		Ephemeral: ephemeral, At: in.At}
	return kept, s.public() + "/response/" + id
}

// person finds who acts, by id, handle or mail address.
func (s *Simulator) person(ref string) (*User, error) {
	u := s.st.who(ref)
	switch {
	case s.public() == "":
		return nil, errors.New("no app has called yet, so the response URL has no host: set PublicURL")
	case u == nil:
		return nil, fmt.Errorf("user %q is not in the workspace: give an id, a handle or a mail address", ref)
	case u.Deleted:
		return nil, fmt.Errorf("user %q is deactivated and can do nothing in Slack", ref)
	}
	return u, nil
}

// place finds where somebody acts.
func (s *Simulator) place(u *User, ref string) (*Channel, error) {
	c := s.st.channel(ref)
	if c == nil || (c.Private || c.IM) && !c.has(u.ID) {
		return nil, fmt.Errorf("channel %q is not one %s can see: give an id or a name", ref, u.Name)
	}
	return c, nil
}

// RunCommand types a slash command ("/offboard", "status") as user (id, handle or mail address) in channel (id or
// name). It waits for the app's acknowledgement and returns what the person sees at once.
func (s *Simulator) RunCommand(user, channel, command, text string) (Response, error) {
	unlock := s.lock()
	u, c, err := s.actor(user, channel)
	if err != nil {
		unlock()
		return Response{}, err
	}
	text = s.escapeText(text)
	in, url := s.begin(Interaction{Kind: "slash_command", User: u.ID, Channel: c.ID, Command: command, Text: text}, "", false)
	payload := map[string]string{"token": "legacy", "team_id": TeamID, "team_domain": "stand-in", "channel_id": c.ID, "channel_name": c.Name,
		"user_id": u.ID, "user_name": u.Name, "command": command, "text": text, "api_app_id": AppID, "is_enterprise_install": "false",
		"response_url": url, "trigger_id": in.ID}
	s.sent[in.ID] = sent{slashCommand, payload}
	s.mustCommit()
	unlock()
	ack, err := s.deliver(slashCommand, payload)
	return s.finish(in, ack, err)
}

func (s *Simulator) actor(user, channel string) (*User, *Channel, error) {
	u, err := s.person(user)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.place(u, channel)
	return u, c, err
}

var (
	typedUser = regexp.MustCompile(`(^|\s)@([A-Za-z0-9._-]+)`)
	typedMail = regexp.MustCompile(`[^\s<>|:]+@[^\s<>|]+\.[^\s<>|]+`)
)

// escapeText turns mentions into ids, as should_escape does, and mail addresses into links where clients do.
func (s *Simulator) escapeText(text string) string {
	text = typedUser.ReplaceAllStringFunc(text, func(hit string) string {
		at := strings.IndexByte(hit, '@')
		if u := s.st.who(hit[at:]); u != nil {
			return hit[:at] + "<@" + u.ID + "|" + u.Name + ">"
		}
		return hit
	})
	if s.MailtoLinks {
		text = typedMail.ReplaceAllString(text, "<mailto:$0|$0>")
	}
	return text
}

// PressButton presses a button of a message, also of an ephemeral one, as user. ts names the message, actionID the
// button; value tells buttons with the same action id apart and may be empty.
func (s *Simulator) PressButton(user, channel, ts, actionID, value string) (Response, error) {
	unlock := s.lock()
	u, c, err := s.actor(user, channel)
	if err != nil {
		unlock()
		return Response{}, err
	}
	source, err := s.pressable(u, c, ts)
	if err != nil {
		unlock()
		return Response{}, err
	}
	action, err := findAction(source.blocks, actionID, value)
	if err != nil {
		unlock()
		return Response{}, err
	}
	in, url := s.begin(Interaction{Kind: "block_actions", User: u.ID, Channel: c.ID, Message: ts, ActionID: actionID, Value: action["value"]},
		ts, source.ephemeral)
	payload := s.actionPayload(u, c, source, action, in.ID, url)
	s.sent[in.ID] = sent{interactive, payload}
	s.mustCommit()
	unlock()
	ack, err := s.deliver(interactive, payload)
	return s.finish(in, ack, err)
}

// source is a message that carries buttons.
type source struct {
	ts        string
	blocks    json.RawMessage
	wire      result // nil for an ephemeral one: Slack sends no message then
	ephemeral bool
}

func (s *Simulator) pressable(u *User, c *Channel, ts string) (source, error) {
	if m := s.st.message(c.ID, ts); m != nil {
		return source{ts: ts, blocks: m.Blocks, wire: s.wire(c.ID, m, true)}, nil
	}
	for _, e := range s.st.Ephemerals {
		if e.TS == ts && e.User == u.ID && e.Channel == c.ID {
			return source{ts: ts, blocks: e.Blocks, ephemeral: true}, nil
		}
	}
	return source{}, fmt.Errorf("there is no message %s in %s", ts, c.ID)
}

// findAction looks for a button in blocks and gives its action as payloads carry it.
func findAction(blocks json.RawMessage, actionID, value string) (map[string]string, error) {
	var list []node
	_ = json.Unmarshal(blocks, &list)
	for _, b := range list {
		elements, _ := b["elements"].([]any)
		if accessory, ok := b["accessory"]; ok {
			elements = append(elements, accessory)
		}
		for _, e := range elements {
			el := asNode(e)
			have, _ := el["value"].(string)
			if el["type"] != "button" || el["action_id"] != actionID || value != "" && have != value {
				continue
			}
			block, _ := b["block_id"].(string)
			return map[string]string{"type": "button", "action_id": actionID, "block_id": block, "value": have}, nil
		}
	}
	return nil, fmt.Errorf("the message has no button with action id %q and that value", actionID)
}

func (s *Simulator) actionPayload(u *User, c *Channel, from source, action map[string]string, trigger, url string) result {
	action["action_ts"] = s.st.nextTS(s.Now())
	out := result{"type": "block_actions", "team": result{"id": TeamID, "domain": "stand-in"},
		"user": result{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": TeamID}, "api_app_id": AppID, "token": "legacy",
		"trigger_id": trigger, "response_url": url, "is_enterprise_install": false, "channel": result{"id": c.ID, "name": c.Name},
		"container": result{"type": "message", "message_ts": from.ts, "channel_id": c.ID, "is_ephemeral": from.ephemeral},
		"actions":   []map[string]string{action}}
	if from.wire != nil {
		out["message"] = from.wire
	}
	return out
}

// SubmitView presses the submit button of a modal. values holds the state of its inputs as Slack sends it: by
// block id, then by action id. Inputs that are not in it are sent as they were drawn, with their initial values or
// empty, as Slack sends them.
func (s *Simulator) SubmitView(user, viewID string, values map[string]map[string]any) (Response, error) {
	unlock := s.lock()
	u, err := s.person(user)
	v := s.findView(viewID, "")
	if err == nil && (v == nil || !v.Open || v.User != u.ID) {
		err = fmt.Errorf("view %q is not open for %s", viewID, user)
	}
	if err != nil {
		unlock()
		return Response{}, err
	}
	in, _ := s.begin(Interaction{Kind: "view_submission", User: u.ID, View: v.ID}, "", false)
	payload := result{"type": "view_submission", "team": result{"id": TeamID, "domain": "stand-in"}, "api_app_id": AppID, "token": "legacy",
		"user":       result{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": TeamID},
		"trigger_id": in.ID, "view": s.wireView(v, v.state(values)), "response_urls": []any{}, "enterprise": nil, "is_enterprise_install": false}
	s.sent[in.ID] = sent{interactive, payload}
	s.mustCommit()
	unlock()
	ack, err := s.deliver(interactive, payload)
	return s.finish(in, ack, err)
}

// Repeat brings a command, a press or a submission of this run of the stand-in to the app once more, under a new
// envelope id and with everything else as it was: what an app must take for the same thing, whichever of its
// connections it comes by.
func (s *Simulator) Repeat(id string) (Response, error) {
	unlock := s.lock()
	again, known := s.sent[id]
	in := s.interaction(id)
	unlock()
	if !known {
		return Response{}, fmt.Errorf("interaction %q was not sent to the app since the stand-in began: give the id of a Response", id)
	}
	ack, err := s.deliver(again.kind, again.payload)
	return s.finish(in, ack, err)
}

// sent is what went to the app, for [Simulator.Repeat]. It is not kept beyond this run.
type sent struct {
	kind    string
	payload any
}

// OpenHome opens the app's home tab as user: an app_home_opened event goes to the app.
func (s *Simulator) OpenHome(user string) error {
	unlock := s.lock()
	u, err := s.person(user)
	unlock()
	if err != nil {
		return err
	}
	return s.SendEvent(map[string]any{"type": "app_home_opened", "user": u.ID, "tab": "home", "channel": ""})
}

// Say posts a message as a person; threadTS is empty outside threads. It returns the message's ts.
func (s *Simulator) Say(user, channel, text, threadTS string) (ts string, err error) {
	defer s.lock()()
	u, c, err := s.actor(user, channel)
	if err != nil {
		return "", err
	}
	if !c.has(u.ID) {
		return "", fmt.Errorf("%s is not in %s", u.Name, c.Name)
	}
	m := s.post(c, Message{User: u.ID, Text: text, ThreadTS: threadTS})
	s.mustCommit()
	return m.TS, nil
}
