package slacksim

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// window is the part of a history that was asked for. Timestamps of one workspace have the same length, so they
// compare as text; numbers of another form are filled up first.
type window struct {
	oldest, latest string
	inclusive      bool
	limit          int
	after          string // continue behind this ts
}

func readWindow(c *call, fallback int) (window, *refusal) {
	w := window{inclusive: c.yes("inclusive"), limit: fallback}
	var ok bool
	if w.oldest, ok = padTS(c.arg("oldest")); !ok {
		return w, refuse("invalid_ts_oldest")
	}
	if w.latest, ok = padTS(c.arg("latest")); !ok {
		return w, refuse("invalid_ts_latest")
	}
	if n, err := strconv.Atoi(c.arg("limit")); err == nil && n > 0 {
		w.limit = min(n, 999)
	}
	if cursor := c.arg("cursor"); cursor != "" {
		b, err := base64.StdEncoding.DecodeString(cursor)
		after, found := strings.CutPrefix(string(b), "next_ts:")
		if err != nil || !found {
			return w, refuse("invalid_cursor")
		}
		w.after = after
	}
	return w, nil
}

// padTS brings "1700000000", "1700000000.5" and "1700000000.000100" to one form; empty stays empty.
func padTS(ts string) (string, bool) {
	if ts == "" || ts == "0" {
		return "", true
	}
	seconds, fraction, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n < 0 || len(fraction) > 6 {
		return "", false
	}
	if _, err := strconv.Atoi("0" + fraction); err != nil {
		return "", false
	}
	return strings.Repeat("0", max(0, 10-len(seconds))) + seconds + "." + fraction + strings.Repeat("0", 6-len(fraction)), true
}

func (w window) holds(ts string) bool {
	if w.inclusive && (ts == w.oldest || ts == w.latest) {
		return true
	}
	return (w.oldest == "" || ts > w.oldest) && (w.latest == "" || ts < w.latest)
}

func cursorBehind(ts string) result {
	return result{"next_cursor": base64.StdEncoding.EncodeToString([]byte("next_ts:" + ts))}
}

// readable says whether a message has reached history yet.
func (s *Simulator) readable(m *Message) bool { return !m.PostedAt.Add(s.HistoryLag).After(s.Now()) }

// conversationsHistory lists the channel's own messages and broadcast replies, newest first.
func conversationsHistory(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.readableChannel(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	w, bad := readWindow(c, 100)
	if bad != nil {
		return nil, bad
	}
	page := []result{}
	out := result{"has_more": false}
	all := s.st.Messages[ch.ID]
	for i := len(all) - 1; i >= 0; i-- {
		m := all[i]
		if m.ThreadTS != "" && !m.Broadcast || !w.holds(m.TS) || !s.readable(m) || w.after != "" && m.TS >= w.after {
			continue
		}
		if len(page) == w.limit {
			out["has_more"] = true
			out["response_metadata"] = cursorBehind(page[len(page)-1]["ts"].(string))
			break
		}
		page = append(page, s.wire(ch.ID, m, c.yes("include_all_metadata")))
	}
	out["messages"] = page
	return out, nil
}

// conversationsReplies lists a thread: the root first (on every page), then the replies oldest first.
func conversationsReplies(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.readableChannel(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	w, bad := readWindow(c, 1000)
	if bad != nil {
		return nil, bad
	}
	root := s.st.message(ch.ID, c.arg("ts"))
	if root == nil || !s.readable(root) {
		return nil, refuse("thread_not_found")
	}
	if root.ThreadTS != "" {
		root = s.st.message(ch.ID, root.ThreadTS)
	}
	meta := c.yes("include_all_metadata")
	page := []result{s.wire(ch.ID, root, meta)}
	out := result{"has_more": false}
	for _, m := range s.st.replies(ch.ID, root.TS) {
		if !w.holds(m.TS) || !s.readable(m) || w.after != "" && m.TS <= w.after {
			continue
		}
		if len(page) == max(2, w.limit) {
			out["has_more"] = true
			out["response_metadata"] = cursorBehind(page[len(page)-1]["ts"].(string))
			break
		}
		page = append(page, s.wire(ch.ID, m, meta))
	}
	out["messages"] = page
	return out, nil
}

func (s *Simulator) readableChannel(ref string) (*Channel, *refusal) {
	ch, bad := s.visible(ref)
	if bad != nil {
		return nil, bad
	}
	if !ch.has(BotUser) {
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

func conversationsInfo(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.visible(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	out := wireChannel(ch)
	if c.yes("include_num_members") {
		out["num_members"] = len(ch.Members)
	}
	return result{"channel": out}, nil
}

func wireChannel(ch *Channel) result {
	return result{"id": ch.ID, "name": ch.Name, "name_normalized": ch.Name, "is_channel": !ch.Private && !ch.IM, "is_group": ch.Private,
		"is_private": ch.Private || ch.IM, "is_im": ch.IM, "is_archived": ch.Archived, "is_ext_shared": ch.Shared,
		"is_shared": ch.Shared, "is_member": ch.has(BotUser), "context_team_id": TeamID}
}

func conversationsMembers(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.visible(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	page, next, bad := paginate(ch.Members, c, 100)
	if bad != nil {
		return nil, bad
	}
	return result{"members": page, "response_metadata": result{"next_cursor": next}}, nil
}

// paginate cuts a list into pages; the cursor is the number of items before the page.
func paginate[T any](all []T, c *call, fallback int) (page []T, next string, bad *refusal) {
	from, limit := 0, fallback
	if cursor := c.arg("cursor"); cursor != "" {
		b, err := base64.StdEncoding.DecodeString(cursor)
		n, convErr := strconv.Atoi(string(b))
		if err != nil || convErr != nil || n < 0 || n > len(all) {
			return nil, "", refuse("invalid_cursor")
		}
		from = n
	}
	if n, err := strconv.Atoi(c.arg("limit")); err == nil && n > 0 {
		limit = n
	}
	end := min(len(all), from+limit)
	if end < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	return append([]T{}, all[from:end]...), next, nil
}

// conversationsOpen gives the direct message with a person: always the same one.
func conversationsOpen(s *Simulator, c *call) (result, *refusal) {
	id := c.arg("users")
	if id == "" {
		return nil, refuse("users_list_not_supplied")
	}
	u := s.st.user(id)
	switch {
	case u == nil:
		return nil, refuse("user_not_found")
	case u.Deleted:
		return nil, refuse("user_disabled")
	}
	return result{"channel": result{"id": s.direct(u).ID}}, nil
}

// direct finds or makes the direct message between the bot and a person.
func (s *Simulator) direct(u *User) *Channel {
	for _, c := range s.st.Channels {
		if c.IM && c.has(u.ID) {
			return c
		}
	}
	c := &Channel{ID: s.st.nextID("D"), IM: true, Members: []string{BotUser, u.ID}}
	s.st.Channels = append(s.st.Channels, c)
	return c
}

func conversationsJoin(s *Simulator, c *call) (result, *refusal) {
	ch := s.st.channel(c.arg("channel"))
	switch {
	case ch == nil || ch.Private || ch.IM:
		return nil, refuse("channel_not_found")
	case ch.Archived:
		return nil, refuse("is_archived")
	}
	ch.add(BotUser)
	return result{"channel": wireChannel(ch)}, nil
}

func conversationsInvite(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.writable(c.arg("channel"))
	if bad != nil {
		return nil, bad
	}
	for _, id := range strings.Split(c.arg("users"), ",") {
		switch {
		case s.st.user(id) == nil:
			return nil, refuse("user_not_found")
		case ch.has(id):
			return nil, refuse("already_in_channel")
		}
		ch.add(id)
	}
	return result{"channel": wireChannel(ch)}, nil
}

func conversationsKick(s *Simulator, c *call) (result, *refusal) {
	ch, bad := s.writable(c.arg("channel"))
	switch {
	case bad != nil:
		return nil, bad
	case c.arg("user") == BotUser:
		return nil, refuse("cant_kick_self")
	case !ch.has(c.arg("user")):
		return nil, refuse("not_in_channel")
	}
	ch.drop(c.arg("user"))
	return result{}, nil
}

func (c *Channel) add(user string) {
	if !c.has(user) {
		c.Members = append(c.Members, user)
	}
}

func (c *Channel) drop(user string) {
	kept := c.Members[:0:0]
	for _, m := range c.Members {
		if m != user {
			kept = append(kept, m)
		}
	}
	c.Members = kept
}
