package slacksim

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Slack's limits on the plain text of a message.
const (
	maxText       = 40_000 // longer is cut off
	maxUpdateText = 4_000
)

// visible finds a channel as the bot sees it: a private one it is not in does not exist for it.
func (s *Simulator) visible(ref string) (*Channel, *refusal) {
	c := s.st.channel(ref)
	if c == nil || (c.Private || c.IM) && !c.has(BotUser) {
		return nil, refuse("channel_not_found")
	}
	return c, nil
}

// writable finds a channel the bot may post in. A user id opens the direct message with that person.
func (s *Simulator) writable(ref string) (*Channel, *refusal) {
	if u := s.st.user(ref); u != nil && !u.Bot {
		return s.direct(u), nil
	}
	c, bad := s.visible(ref)
	if bad != nil {
		return nil, bad
	}
	switch {
	case c.Archived:
		return nil, refuse("is_archived")
	case !c.has(BotUser):
		return nil, refuse("not_in_channel")
	}
	return c, nil
}

// content is the part of a message that text, blocks and metadata arguments make.
type content struct {
	text     string
	blocks   json.RawMessage
	hasText  bool
	hasBlock bool
	metadata *Metadata
	hasMeta  bool
}

func readContent(c *call) (content, *refusal) {
	var out content
	_, out.hasText = c.args["text"]
	out.text = c.arg("text")
	raw, hasBlocks := c.args["blocks"]
	if hasBlocks && raw[0] != "" && raw[0] != "null" {
		if bad := checkBlocks(raw[0], messageSurface); bad != nil {
			return out, bad
		}
		out.hasBlock = true
		out.blocks = compact(raw[0])
	}
	if meta, ok := c.args["metadata"]; ok && meta[0] != "" {
		m, bad := readMetadata(meta[0])
		if bad != nil {
			return out, bad
		}
		out.metadata, out.hasMeta = m, true
	}
	return out, nil
}

func (c content) empty() bool { return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 }

func compact(raw string) json.RawMessage {
	if raw == "[]" {
		return nil
	}
	return json.RawMessage(raw)
}

func chatPostMessage(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.writable(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	body, bad := readContent(c)
	if bad != nil {
		return nil, bad
	}
	if body.empty() {
		return nil, refuse("no_text")
	}
	m := s.post(ch, Message{User: BotUser, BotID: BotID, Text: cut(body.text, maxText), Blocks: body.blocks,
		Metadata: body.metadata, ThreadTS: c.arg("thread_ts"), Broadcast: c.yes("reply_broadcast")})
	return result{"channel": ch.ID, "ts": m.TS, "message": s.wire(ch.ID, m, true)}, nil
}

// post stores a message. A reply to a root that is gone goes into the channel un-threaded, as at Slack; a reply to
// a reply joins the thread of its root.
func (s *Simulator) post(ch *Channel, m Message) *Message {
	if m.ThreadTS != "" {
		m.ThreadTS = s.rootOf(ch.ID, m.ThreadTS)
	}
	if m.ThreadTS == "" {
		m.Broadcast = false
	}
	if m.Broadcast {
		m.Subtype = "thread_broadcast"
	}
	m.PostedAt = s.Now()
	m.TS = s.st.nextTS(m.PostedAt)
	stored := &m
	s.st.Messages[ch.ID] = append(s.st.Messages[ch.ID], stored)
	return stored
}

func (s *Simulator) rootOf(channel, ts string) string {
	m := s.st.message(channel, ts)
	switch {
	case m == nil || m.Subtype == "tombstone":
		return ""
	case m.ThreadTS != "":
		return m.ThreadTS
	}
	return m.TS
}

func chatUpdate(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.writable(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	m := s.st.message(ch.ID, c.arg("ts"))
	if m == nil || m.Subtype == "tombstone" {
		return nil, refuse("message_not_found")
	}
	if m.BotID != BotID {
		return nil, refuse("cant_update_message")
	}
	body, bad := readContent(c)
	switch {
	case bad != nil:
		return nil, bad
	case !body.hasText && !body.hasBlock:
		return nil, refuse("no_text")
	case utf8.RuneCountInString(body.text) > maxUpdateText:
		return nil, refuse("msg_too_long")
	}
	s.edit(m, body)
	return result{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": s.wire(ch.ID, m, true)}, nil
}

// edit follows chat.update: old blocks survive only when no text is given; old metadata survives unless given.
func (s *Simulator) edit(m *Message, body content) {
	if body.hasText || body.hasBlock {
		m.Blocks = body.blocks
	}
	if body.hasText {
		m.Text = body.text
	}
	if body.hasMeta {
		m.Metadata = body.metadata
	}
	m.Edits++
	m.EditedAt = s.Now()
}

func chatDelete(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.visible(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	m := s.st.message(ch.ID, c.arg("ts"))
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, refuse("message_not_found")
	case m.BotID != BotID:
		return nil, refuse("cant_delete_message")
	}
	s.remove(ch.ID, m)
	return result{"channel": ch.ID, "ts": m.TS}, nil
}

// remove deletes a message. A root with replies leaves a tombstone, because the thread stays.
func (s *Simulator) remove(channel string, m *Message) {
	if len(s.st.replies(channel, m.TS)) > 0 {
		*m = Message{TS: m.TS, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted.", PostedAt: m.PostedAt}
		return
	}
	kept := s.st.Messages[channel][:0:0]
	for _, other := range s.st.Messages[channel] {
		if other.TS != m.TS {
			kept = append(kept, other)
		}
	}
	s.st.Messages[channel] = kept
}

func chatPostEphemeral(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.writable(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	if !ch.has(c.arg("user")) {
		return nil, refuse("user_not_in_channel")
	}
	body, bad := readContent(c)
	switch {
	case bad != nil:
		return nil, bad
	case body.empty():
		return nil, refuse("no_text")
	case utf8.RuneCountInString(body.text) > maxUpdateText:
		return nil, refuse("msg_too_long")
	}
	e := s.whisper(Ephemeral{Channel: ch.ID, User: c.arg("user"), ThreadTS: c.arg("thread_ts"), Text: body.text, Blocks: body.blocks})
	return result{"message_ts": e.TS}, nil
}

func (s *Simulator) whisper(e Ephemeral) *Ephemeral {
	e.At = s.Now()
	e.TS = s.st.nextTS(e.At)
	stored := &e
	s.st.Ephemerals = append(s.st.Ephemerals, stored)
	return stored
}

func chatGetPermalink(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.visible(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	m := s.st.message(ch.ID, c.arg("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return result{"channel": ch.ID, "permalink": s.permalink(ch.ID, m)}, nil
}

func (s *Simulator) permalink(channel string, m *Message) string {
	link := s.workspace() + "/archives/" + channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + channel
	}
	return link
}

// wire is a message as the Web API shows it. Metadata is left out unless asked for.
func (s *Simulator) wire(channel string, m *Message, withMetadata bool) result {
	out := result{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text, "team": TeamID}
	if m.BotID != "" {
		out["bot_id"], out["app_id"] = m.BotID, AppID
	}
	if m.Subtype != "" {
		out["subtype"] = m.Subtype
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if m.Metadata != nil && withMetadata {
		out["metadata"] = m.Metadata
	}
	if m.Edits > 0 {
		out["edited"] = result{"user": m.User, "ts": stamp(m.EditedAt)}
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if replies := s.st.replies(channel, m.TS); len(replies) > 0 {
		out["thread_ts"], out["reply_count"] = m.TS, len(replies)
		out["latest_reply"] = replies[len(replies)-1].TS
	}
	if len(m.Files) > 0 {
		files := make([]result, 0, len(m.Files))
		for _, id := range m.Files {
			files = append(files, result{"id": id})
		}
		out["files"] = files
	}
	return out
}

func stamp(t time.Time) string {
	var st state
	return st.nextTS(t)
}

// cut shortens text to n runes.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
