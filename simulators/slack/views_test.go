package slacksim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	slacksim "tenure/simulators/slack"
)

// trigger runs a command as Ida and returns its fresh trigger id.
func (w *world) trigger(t *testing.T) string {
	t.Helper()
	got, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", "")
	if err != nil {
		t.Fatal(err)
	}
	return got.ID
}

func ackAll(c *socketmode.Client, e socketmode.Event) { _ = c.Ack(*e.Request) }

func TestViews_UpdateWantsTheNewestHash(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, ackAll)
	modal := reasonModal()
	modal.ExternalID = "offboard-E1"
	opened, err := w.api.OpenView(w.trigger(t), modal)
	if err != nil {
		t.Fatal(err)
	}
	updated, err := w.api.UpdateView(modal, "offboard-E1", opened.Hash, "")
	if err != nil || updated.ID != opened.ID || updated.Hash == opened.Hash {
		t.Fatalf("update: %+v, %v", updated, err)
	}
	_, err = w.api.UpdateView(modal, "", opened.Hash, opened.ID)
	wantCode(t, err, "hash_conflict")
	_, err = w.api.UpdateView(modal, "", "", "V0NOTHERE")
	wantCode(t, err, "not_found")
	_, err = w.api.OpenView(w.trigger(t), modal)
	wantCode(t, err, "duplicate_external_id")
}

func TestViews_StackHoldsThree(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, ackAll)
	_, err := w.api.PushView(w.trigger(t), reasonModal())
	wantCode(t, err, "not_found")
	if _, err := w.api.OpenView(w.trigger(t), reasonModal()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.api.PushView(w.trigger(t), reasonModal()); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.api.PushView(w.trigger(t), reasonModal())
	wantCode(t, err, "push_limit_reached")
}

func TestViews_SubmissionMayUpdatePushAndClear(t *testing.T) {
	w := newWorld(t, nil)
	next := make(chan any, 1)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		if e.Type == socketmode.EventTypeInteractive {
			_ = c.Ack(*e.Request, <-next)
			return
		}
		_ = c.Ack(*e.Request)
	})
	view, err := w.api.OpenView(w.trigger(t), reasonModal())
	if err != nil {
		t.Fatal(err)
	}
	other := reasonModal()
	other.Title = slack.NewTextBlockObject("plain_text", "Really?", false, false)
	submit := func(id string, answer any) *slacksim.View {
		next <- answer
		got, err := w.sim.SubmitView("ida", id, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.View
	}
	shown := submit(view.ID, slack.NewUpdateViewSubmissionResponse(&other))
	if shown == nil || shown.ID != view.ID || !strings.Contains(string(shown.Body), "Really?") {
		t.Fatalf("update: %+v", shown)
	}
	top := submit(view.ID, slack.NewPushViewSubmissionResponse(&other))
	if top == nil || top.Parent != view.ID {
		t.Fatalf("push: %+v", top)
	}
	if left := submit(top.ID, slack.NewClearViewSubmissionResponse()); left != nil {
		t.Fatalf("clear leaves %+v", left)
	}
	if _, err := w.sim.SubmitView("ida", view.ID, nil); err == nil {
		t.Fatal("a closed modal was submitted")
	}
}

func TestViews_LimitsOfAModal(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, ackAll)
	long, meta := reasonModal(), reasonModal()
	long.Title = slack.NewTextBlockObject("plain_text", strings.Repeat("x", 25), false, false)
	meta.PrivateMetadata = strings.Repeat("x", 3001)
	for name, modal := range map[string]slack.ModalViewRequest{"title": long, "private_metadata": meta} {
		if _, err := w.api.OpenView(w.trigger(t), modal); err == nil {
			t.Errorf("%s over its limit was taken", name)
		}
	}
	huge := reasonModal()
	huge.CallbackID = strings.Repeat("x", 251_000)
	_, err := w.api.OpenView(w.trigger(t), huge)
	wantCode(t, err, "view_too_large")
}

func TestViews_HomeIsOnePerPerson(t *testing.T) {
	w := newWorld(t, nil)
	publish := func(text string) *slack.ViewResponse {
		home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, false), nil, nil)}}}
		out, err := w.api.PublishView(w.person.ID, home, "")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, second := publish("one"), publish("two")
	views := w.sim.Snapshot().Views
	if first.ID != second.ID || len(views) != 1 || views[0].Kind != "home" || !strings.Contains(string(views[0].Body), "two") {
		t.Fatalf("homes %+v", views)
	}
}

func TestEphemeralIsForMembersOnly(t *testing.T) {
	w := newWorld(t, nil)
	if _, err := w.api.PostEphemeral(w.channel.ID, w.person.ID, text("psst")); err != nil {
		t.Fatal(err)
	}
	stranger := w.sim.AddUser(slacksim.User{Email: "sam@example.com"})
	_, err := w.api.PostEphemeral(w.channel.ID, stranger.ID, text("psst"))
	wantCode(t, err, "user_not_in_channel")
	snap := w.sim.Snapshot()
	if len(snap.Ephemerals) != 1 || snap.Ephemerals[0].User != w.person.ID || len(snap.Channels[0].Messages) != 0 {
		t.Fatalf("snapshot %+v", snap)
	}
}

func TestDirectMessageIsAlwaysTheSame(t *testing.T) {
	w := newWorld(t, nil)
	var ids []string
	for range 2 {
		c, _, _, err := w.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{w.person.ID}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	posted, _, err := w.api.PostMessage(w.person.ID, text("hi")) // a user id stands for the same conversation
	if err != nil || ids[0] != ids[1] || posted != ids[0] {
		t.Fatalf("conversations %v and %s, %v", ids, posted, err)
	}
	_, _, _, err = w.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0NOTHERE"}})
	wantCode(t, err, "user_not_found")
}

func TestMembershipAndPeople(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 5 {
		u := w.sim.AddUser(slacksim.User{Email: fmt.Sprintf("p%d@example.com", i)})
		if _, err := w.api.InviteUsersToConversation(w.channel.ID, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	cursor := ""
	for {
		page, next, err := w.api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: w.channel.ID, Limit: 3, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	if len(all) != 7 {
		t.Fatalf("members %v", all)
	}
	if err := w.api.KickUserFromConversation(w.channel.ID, all[6]); err != nil {
		t.Fatal(err)
	}
	if room, _ := w.sim.Channel(w.channel.ID); len(room.Members) != 6 {
		t.Fatalf("members after a kick: %v", room.Members)
	}
	u, err := w.api.GetUserByEmail("IDA@example.com")
	if err != nil || u.ID != w.person.ID {
		t.Fatalf("lookup: %+v, %v", u, err)
	}
	if u, err = w.api.GetUserInfo(w.person.ID); err != nil || u.Profile.Email != "ida@example.com" {
		t.Fatalf("info: %+v, %v", u, err)
	}
	users, err := w.api.GetUsers()
	if err != nil || len(users) != 7 {
		t.Fatalf("%d users, %v", len(users), err)
	}
}

func TestSnapshotIsJSON(t *testing.T) {
	w := newWorld(t, nil)
	root := w.post(t, text("card"))
	w.post(t, text("entry"), slack.MsgOptionTS(root))
	b, err := json.Marshal(w.sim.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var back slacksim.Snapshot
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	m := back.Channels[0].Messages[0]
	if m.Author != "tenure" || m.Text != "card" || len(m.Thread) != 1 || m.Thread[0].Text != "entry" || !strings.HasPrefix(m.Permalink, w.srv.URL+"/archives/") {
		t.Fatalf("snapshot %s", b)
	}
}
