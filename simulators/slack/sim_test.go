package slacksim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slacksim "tenure/simulators/slack"
)

// world is a stand-in on a server, with a private channel the app is in, and the real SDK pointed at it.
type world struct {
	sim     *slacksim.Simulator
	srv     *httptest.Server
	api     *slack.Client
	channel slacksim.Channel
	person  slacksim.User
	clock   *clock
}

// clock is a settable time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) Advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func newWorld(t *testing.T, set func(*slacksim.Simulator)) *world {
	t.Helper()
	w := &world{sim: &slacksim.Simulator{}, clock: &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}
	w.sim.Clock = w.clock.Now
	if set != nil {
		set(w.sim)
	}
	w.srv = httptest.NewServer(w.sim)
	t.Cleanup(w.srv.Close)
	t.Cleanup(w.sim.Close)
	w.person = w.sim.AddUser(slacksim.User{Email: "ida@example.com", RealName: "Ida Sole"})
	w.channel = w.sim.AddChannel(slacksim.Channel{Name: "it-offboarding", Private: true, Members: []string{slacksim.BotUser, w.person.ID}})
	w.api = slack.New(slacksim.DefaultBotToken, slack.OptionAPIURL(w.srv.URL+"/api/"), slack.OptionAppLevelToken(slacksim.DefaultAppToken))
	return w
}

func (w *world) post(t *testing.T, opts ...slack.MsgOption) string {
	t.Helper()
	_, ts, err := w.api.PostMessage(w.channel.ID, opts...)
	if err != nil {
		t.Fatalf("post: %v", err)
	}
	return ts
}

func text(s string) slack.MsgOption { return slack.MsgOptionText(s, false) }

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || err.Error() != code {
		t.Fatalf("error = %v, want %s", err, code)
	}
}

func TestZeroValueAnswersAuthTest(t *testing.T) {
	var sim slacksim.Simulator
	srv := httptest.NewServer(&sim)
	defer srv.Close()
	who, err := slack.New(slacksim.DefaultBotToken, slack.OptionAPIURL(srv.URL+"/api/")).AuthTest()
	if err != nil || who.BotID != slacksim.BotID || who.TeamID != slacksim.TeamID {
		t.Fatalf("auth.test = %+v, %v", who, err)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.WithoutScopes = []string{"chat:write"} })
	for name, c := range map[string]struct{ token, method, code string }{
		"none":       {"", "auth.test", "not_authed"},
		"unknown":    {"xoxb-other", "auth.test", "invalid_auth"},
		"wrong kind": {slacksim.DefaultBotToken, "admin.users.session.reset", "not_allowed_token_type"},
		"no scope":   {slacksim.DefaultBotToken, "chat.postMessage", "missing_scope"},
		"no method":  {slacksim.DefaultBotToken, "chat.shout", "unknown_method"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, style := range []string{"form", "bearer"} {
				if code := rawCode(t, w.srv.URL, c.method, c.token, style); code != c.code {
					t.Errorf("%s style: error %q, want %q", style, code, c.code)
				}
			}
		})
	}
}

func TestTokensStayOutOfTheCallLog(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, text("hello"))
	for _, c := range w.sim.Calls() {
		if strings.Contains(c.Body+c.Query, slacksim.DefaultBotToken) {
			t.Fatalf("the token is in the call log: %s", c.Body)
		}
	}
}

func TestPrivateChannelIsInvisibleWithoutMembership(t *testing.T) {
	w := newWorld(t, nil)
	w.sim.Kick(w.channel.ID, slacksim.BotUser)
	_, _, err := w.api.PostMessage(w.channel.ID, text("x"))
	wantCode(t, err, "channel_not_found")
	public := w.sim.AddChannel(slacksim.Channel{Name: "general"})
	_, _, err = w.api.PostMessage(public.ID, text("x"))
	wantCode(t, err, "not_in_channel")
	w.sim.Invite(public.ID, slacksim.BotUser)
	w.sim.Archive(public.ID, true)
	_, _, err = w.api.PostMessage(public.ID, text("x"))
	wantCode(t, err, "is_archived")
}

func TestTimestampsAreUniqueAndGrow(t *testing.T) {
	w := newWorld(t, nil)
	last := ""
	for range 5 { // the clock stands still
		ts := w.post(t, text("x"))
		if len(ts) != 17 || ts[10] != '.' || ts <= last {
			t.Fatalf("ts %q after %q", ts, last)
		}
		last = ts
	}
}

func TestHistoryIsNewestFirstAndPaged(t *testing.T) {
	w := newWorld(t, nil)
	var posted []string
	for range 5 {
		posted = append(posted, w.post(t, text("x")))
		w.clock.Advance(time.Second)
	}
	var seen []string
	cursor := ""
	for {
		h, err := w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.channel.ID, Limit: 2, Cursor: cursor,
			Oldest: posted[0]})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range h.Messages {
			seen = append(seen, m.Timestamp)
		}
		if cursor = h.ResponseMetaData.NextCursor; cursor == "" {
			break
		}
	}
	want := []string{posted[4], posted[3], posted[2], posted[1]} // oldest is exclusive
	if strings.Join(seen, " ") != strings.Join(want, " ") {
		t.Fatalf("history %v, want %v", seen, want)
	}
}

func TestThreads(t *testing.T) {
	w := newWorld(t, nil)
	root := w.post(t, text("root"))
	first := w.post(t, text("one"), slack.MsgOptionTS(root))
	shown := w.post(t, text("two"), slack.MsgOptionTS(first), slack.MsgOptionBroadcast())
	thread, _, _, err := w.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: w.channel.ID, Timestamp: root})
	if err != nil || len(thread) != 3 || thread[0].Timestamp != root || thread[1].Timestamp != first || thread[2].ThreadTimestamp != root {
		t.Fatalf("thread = %+v, %v", thread, err)
	}
	h, err := w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.channel.ID})
	if err != nil || len(h.Messages) != 2 || h.Messages[0].Timestamp != shown || h.Messages[1].ReplyCount != 2 {
		t.Fatalf("only the root and the broadcast reply belong to the channel's history: %+v, %v", h, err)
	}
	if _, _, err := w.api.DeleteMessage(w.channel.ID, root); err != nil {
		t.Fatal(err)
	}
	_, _, m, err := w.api.PostMessageWithResponse(w.channel.ID, text("late"), slack.MsgOptionTS(root))
	if err != nil || m.ThreadTimestamp != "" {
		t.Fatalf("a reply to a deleted root is posted un-threaded: %+v, %v", m, err)
	}
}

func TestUpdateKeepsAndRemovesAsDocumented(t *testing.T) {
	w := newWorld(t, nil)
	meta := slack.SlackMetadata{EventType: "note", EventPayload: map[string]any{"key": "a"}}
	block := slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "hi", false, false), nil, nil)
	ts := w.post(t, text("x"), slack.MsgOptionBlocks(block), slack.MsgOptionMetadata(meta))
	if _, _, _, err := w.api.UpdateMessage(w.channel.ID, ts, text("y")); err != nil {
		t.Fatal(err)
	}
	m := w.message(t, ts)
	if m.Text != "y" || m.Blocks != nil || m.Metadata == nil || m.Edits != 1 {
		t.Fatalf("text without blocks removes the blocks and keeps the metadata: %+v", m)
	}
	_, _, _, err := w.api.UpdateMessage(w.channel.ID, "1.000001", text("y"))
	wantCode(t, err, "message_not_found")
	theirs, err := w.sim.Say(w.person.ID, w.channel.ID, "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, err = w.api.UpdateMessage(w.channel.ID, theirs, text("y"))
	wantCode(t, err, "cant_update_message")
	_, _, _, err = w.api.UpdateMessage(w.channel.ID, ts, text(strings.Repeat("x", 4001)))
	wantCode(t, err, "msg_too_long")
}

func (w *world) message(t *testing.T, ts string) slacksim.Post {
	t.Helper()
	room, _ := w.sim.Channel(w.channel.ID)
	for _, m := range room.Messages {
		if m.TS == ts {
			return m
		}
	}
	t.Fatalf("no message %s", ts)
	return slacksim.Post{}
}

func TestMetadataIsShownOnlyWhenAskedFor(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, text("x"), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "note", EventPayload: map[string]any{"key": "a"}}))
	for _, ask := range []bool{false, true} {
		h, err := w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.channel.ID, IncludeAllMetadata: ask})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Messages[0].Metadata.EventType == "note"; got != ask {
			t.Errorf("include_all_metadata=%v: metadata shown = %v", ask, got)
		}
	}
}

func TestMetadataRules(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		meta slack.SlackMetadata
		code string
	}{
		"array of scalars": {slack.SlackMetadata{EventType: "n", EventPayload: map[string]any{"a": []int{1}}}, "invalid_metadata_schema"},
		"deep":             {slack.SlackMetadata{EventType: "n", EventPayload: map[string]any{"a": map[string]any{"b": map[string]any{}}}}, "invalid_metadata_schema"},
		"bad type":         {slack.SlackMetadata{EventType: "a-b", EventPayload: map[string]any{}}, "invalid_metadata_format"},
		"too large":        {slack.SlackMetadata{EventType: "n", EventPayload: map[string]any{"a": strings.Repeat("x", 20_000)}}, "metadata_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.api.PostMessage(w.channel.ID, text("x"), slack.MsgOptionMetadata(c.meta))
			wantCode(t, err, c.code)
		})
	}
}

func TestOneMessageASecondPerChannel(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.RateLimits = true })
	for range 4 { // a short burst is tolerated
		w.post(t, text("x"))
	}
	_, _, err := w.api.PostMessage(w.channel.ID, text("x"))
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Fatalf("fifth message at once: %v", err)
	}
	w.clock.Advance(time.Second)
	w.post(t, text("x"))
}

func TestDropAfterTheEffectLeavesTheMessage(t *testing.T) {
	w := newWorld(t, nil)
	w.sim.Inject(slacksimDrop())
	if _, _, err := w.api.PostMessage(w.channel.ID, text("x")); err == nil {
		t.Fatal("the answer was to be lost")
	}
	if room, _ := w.sim.Channel("it-offboarding"); len(room.Messages) != 1 {
		t.Fatalf("messages = %d, want the one whose answer was lost", len(room.Messages))
	}
}

func TestStateSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, func(s *slacksim.Simulator) { s.Dir = dir })
	ts := w.post(t, text("x"), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "n", EventPayload: map[string]any{"k": "v"}}))
	again := newWorld(t, func(s *slacksim.Simulator) { s.Dir = dir }) // seeds once more
	if again.channel.ID != w.channel.ID || again.person.ID != w.person.ID {
		t.Fatal("seeding again made second accounts")
	}
	if m := again.message(t, ts); m.Metadata == nil || m.Metadata.EventPayload["k"] != "v" {
		t.Fatalf("message after restart: %+v", m)
	}
	if again.sim.CallsTo(http.MethodPost, "/api/chat.postMessage") != 1 {
		t.Fatal("the call log did not survive")
	}
}

func TestUploadIsSharedLater(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.ShareDelay = 2 * time.Second })
	f, err := w.api.UploadFileContext(context.Background(), slack.UploadFileParameters{Content: "a,b\n1,2\n", FileSize: 8, Filename: "r.csv",
		Title: "Report", Channel: w.channel.ID, InitialComment: "here"})
	if err != nil {
		t.Fatal(err)
	}
	info, _, _, err := w.api.GetFileInfo(f.ID, 0, 0)
	if err != nil || len(info.Shares.Private) != 0 {
		t.Fatalf("shared at once: %+v, %v", info, err)
	}
	w.clock.Advance(2 * time.Second)
	info, _, _, err = w.api.GetFileInfo(f.ID, 0, 0)
	if err != nil || len(info.Shares.Private[w.channel.ID]) != 1 {
		t.Fatalf("not shared: %+v, %v", info, err)
	}
}

func TestUserGroupsNeedAPlan(t *testing.T) {
	w := newWorld(t, nil)
	g := w.sim.AddGroup(slacksim.Group{Handle: "it", Users: []string{w.person.ID}})
	users, err := w.api.GetUserGroupMembers(g.ID)
	if err != nil || len(users) != 1 {
		t.Fatalf("members = %v, %v", users, err)
	}
	free := newWorld(t, func(s *slacksim.Simulator) { s.Plan = slacksim.Free })
	_, err = free.api.GetUserGroupMembers(g.ID)
	wantCode(t, err, "plan_upgrade_required")
}

func TestDirectMessages_AreReadWithTheirOwnScope(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.WithoutScopes = []string{"im:history"} })
	if got := w.sim.DirectMessages("ida@example.com"); got != nil {
		t.Fatalf("messages before the first: %+v", got)
	}
	ch, _, _, err := w.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{w.person.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.api.PostMessage(ch.ID, slack.MsgOptionText("hello", false)); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"ida@example.com", w.person.ID, "@ida"} {
		if got := w.sim.DirectMessages(ref); len(got) != 1 || got[0].Text != "hello" {
			t.Errorf("messages to %s: %+v", ref, got)
		}
	}
	var refused slack.SlackErrorResponse
	_, err = w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch.ID})
	if !errors.As(err, &refused) || refused.Err != "missing_scope" || refused.Needed != "im:history" {
		t.Errorf("history of a direct message: %v", err)
	}
	if _, err := w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.channel.ID}); err != nil {
		t.Errorf("history of a private channel needs another scope: %v", err)
	}
}
