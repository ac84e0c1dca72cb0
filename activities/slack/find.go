package slack

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
)

// Our marks: message metadata, which every app and member of the workspace can read, so they hold ids only.
const (
	cardEvent     = "tenure_case"         // payload: key, version
	entriesEvent  = "tenure_entries"      // payload: key, first, last
	announceEvent = "tenure_announcement" // payload: key
	tellEvent     = "tenure_message"      // payload: key
)

// pageSize is how many messages are read at once: Slack's maximum.
const pageSize = 999

// searchBefore is how much older than the case's opening a card may be: the clocks may differ.
const searchBefore = time.Minute

func cardMark(key string, version int) slackapi.SlackMetadata {
	return slackapi.SlackMetadata{EventType: cardEvent, EventPayload: map[string]any{"key": key, "version": version}}
}

func entriesMark(key string, first, last int) slackapi.SlackMetadata {
	return slackapi.SlackMetadata{EventType: entriesEvent, EventPayload: map[string]any{"key": key, "first": first, "last": last}}
}

func announceMark(key string) slackapi.SlackMetadata {
	return slackapi.SlackMetadata{EventType: announceEvent, EventPayload: map[string]any{"key": key}}
}

func tellMark(key string) slackapi.SlackMetadata {
	return slackapi.SlackMetadata{EventType: tellEvent, EventPayload: map[string]any{"key": key}}
}

// postedAt is when a message was posted, by its timestamp; zero for one of another form.
func postedAt(ts string) time.Time {
	seconds, _, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// room is a channel as this app sees it.
type room struct {
	*System
	channel string
	self    string                // our own bot id
	turned  func(context.Context) // called between two pages
}

// notShown is the version of a card that Slack does not show: older than any.
const notShown = -1

// card is a card as found in the channel.
type card struct {
	ts      string
	version int
	told    []span // entries that stand in its thread
}

// span is a range of entries that one message tells.
type span struct{ first, last int }

func (c *card) tells(seq int) bool {
	return slices.ContainsFunc(c.told, func(s span) bool { return s.first <= seq && seq <= s.last })
}

// find gives the card there is, or nil. What the caller knows is believed only where nothing is unclear and
// nothing is to be posted.
func (j *job) find(ctx context.Context) (*card, error) {
	if j.ref.Key != "" && !j.unclear && len(j.untold(nil)) == 0 {
		return &card{ts: j.ref.Key, version: j.ref.Version}, nil
	}
	if j.ref.Key != "" {
		c, err := j.read(ctx, j.ref.Key)
		if err != nil || c != nil {
			return c, err
		}
	}
	return j.search(ctx)
}

// read reads a card and its thread. It gives nil when the message is no longer ours: Slack leaves a tombstone where
// a message with replies was deleted. A message that Slack does not show is taken as an old card, because a new
// message may be late in history: the update that follows says for certain whether it exists.
func (j *job) read(ctx context.Context, ts string) (*card, error) {
	thread, err := j.thread(ctx, ts)
	if code(err) == "thread_not_found" || code(err) == "message_not_found" {
		return &card{ts: ts, version: notShown}, nil
	}
	if err != nil {
		return nil, problem(ctx, "conversations.replies", err)
	}
	var c *card
	var told []span
	for _, m := range thread {
		switch {
		case !j.ours(m):
		case m.Timestamp == ts:
			c = &card{ts: ts, version: number(m, "version")}
		case m.Metadata.EventType == entriesEvent && mark(m) == j.key:
			told = append(told, span{number(m, "first"), number(m, "last")})
		}
	}
	if c != nil {
		c.told = told
	}
	return c, nil
}

// thread reads a message and its replies.
func (r room) thread(ctx context.Context, ts string) ([]slackapi.Message, error) {
	var all []slackapi.Message
	cursor := ""
	for {
		if err := r.reads.wait(ctx, "conversations.replies"); err != nil {
			return nil, err
		}
		page, more, next, err := r.api.GetConversationRepliesContext(ctx, &slackapi.GetConversationRepliesParameters{
			ChannelID: r.channel, Timestamp: ts, Cursor: cursor, Limit: pageSize, IncludeAllMetadata: true})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 { // a thread has its root at least: an answer that is not ok and gives no reason
			return nil, activities.Problemf(activities.Unavailable, "Slack answered conversations.replies without the thread")
		}
		all = append(all, page...)
		if cursor = next; cursor == "" || !more {
			return all, nil
		}
		r.turned(ctx)
	}
}

// search looks through the channel's history, from a little before the case was opened, for cards with our mark.
// The oldest stays; the others, which an attempt with a lost answer left behind, are deleted with their threads.
func (j *job) search(ctx context.Context) (*card, error) {
	found, err := j.marked(ctx, cardEvent, j.key, j.view.Opened.Add(-searchBefore))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if err := j.keepFirst(ctx, found); err != nil {
		return nil, err
	}
	return j.read(ctx, found[0])
}

// marked lists our messages of the channel that carry a mark, oldest first.
func (r room) marked(ctx context.Context, event, key string, since time.Time) ([]string, error) {
	var found []string
	cursor := ""
	oldest := fmt.Sprintf("%d.000000", since.Unix())
	for {
		if err := r.reads.wait(ctx, "conversations.history"); err != nil {
			return nil, err
		}
		h, err := r.api.GetConversationHistoryContext(ctx, &slackapi.GetConversationHistoryParameters{
			ChannelID: r.channel, Oldest: oldest, Cursor: cursor, Limit: pageSize, IncludeAllMetadata: true})
		if err != nil {
			return nil, problem(ctx, "conversations.history", err)
		}
		if !h.Ok {
			return nil, activities.Problemf(activities.Unavailable, "Slack answered conversations.history without a reason or a list")
		}
		for _, m := range h.Messages {
			if r.ours(m) && m.Metadata.EventType == event && mark(m) == key {
				found = append(found, m.Timestamp)
			}
		}
		if cursor = h.ResponseMetaData.NextCursor; cursor == "" || !h.HasMore {
			break
		}
		r.turned(ctx)
	}
	slices.SortFunc(found, strings.Compare) // timestamps have a fixed form
	return found, nil
}

// keepFirst deletes all of several messages with one mark but the first.
func (r room) keepFirst(ctx context.Context, found []string) error {
	for _, ts := range found[1:] {
		if err := r.removeThread(ctx, ts); err != nil {
			return err
		}
	}
	return nil
}

// removeThread deletes a message with our replies in its thread: a root with replies would leave a tombstone.
func (r room) removeThread(ctx context.Context, ts string) error {
	thread, err := r.thread(ctx, ts)
	if err != nil {
		return problem(ctx, "conversations.replies", err)
	}
	for _, m := range slices.Backward(thread) { // the root last
		if !r.ours(m) {
			continue
		}
		if err := r.remove(ctx, m.Timestamp); err != nil {
			return err
		}
	}
	return nil
}

func (r room) remove(ctx context.Context, ts string) error {
	_, _, err := r.api.DeleteMessageContext(ctx, r.channel, ts)
	if code(err) == "message_not_found" {
		return nil
	}
	return problem(ctx, "chat.delete", err)
}

// ours says whether this app wrote the message: anybody can copy a mark.
func (r room) ours(m slackapi.Message) bool { return m.BotID != "" && m.BotID == r.self }

func mark(m slackapi.Message) string {
	key, _ := m.Metadata.EventPayload["key"].(string)
	return key
}

// number reads a number of a mark; JSON makes them floats.
func number(m slackapi.Message, name string) int {
	n, _ := m.Metadata.EventPayload[name].(float64)
	return int(n)
}

// whoAmI asks, once per process, who this app is and where.
func (s *System) whoAmI(ctx context.Context) (identity, error) {
	s.mu.Lock()
	known := s.self
	s.mu.Unlock()
	if known.bot != "" {
		return known, nil
	}
	who, err := s.api.AuthTestContext(ctx)
	if err != nil {
		return identity{}, problem(ctx, "auth.test", err)
	}
	if who.BotID == "" {
		return identity{}, &activities.Problem{Type: activities.Forbidden, Text: "Slack's bot token does not belong to an app's bot", Mend: mendToken}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.self = identity{bot: who.BotID, team: who.TeamID, organisation: who.EnterpriseID}
	return s.self, nil
}

// identity is this app and the workspace it is installed in.
type identity struct {
	bot          string
	team         string
	organisation string // empty outside an Enterprise organisation
}
