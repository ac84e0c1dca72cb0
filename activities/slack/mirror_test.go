package slack_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

func TestMirrorCase_PostsOneCardAndKeepsUpdatingIt(t *testing.T) {
	w := newWorld(t, "", nil)
	v := baseView()
	v.Version = 1
	ref := w.must(activities.MirrorCase{View: v, Entries: entries(1, 2)})
	if ref.Channel != w.channel || ref.Key == "" || ref.URL == "" || ref.Seq != 2 || ref.Version != 1 {
		t.Fatalf("ref %+v", ref)
	}
	v.Version, v.Headline = 2, "Contained and verified in 3 s"
	ref = w.must(activities.MirrorCase{Ref: ref, View: v, Entries: entries(3, 3)})
	c := w.card()
	if c.Edits != 1 || !strings.Contains(c.Text, v.Headline) || !strings.Contains(string(c.Blocks), v.Headline) || ref.Version != 2 || ref.Seq != 3 {
		t.Fatalf("card %+v, ref %+v", c.Message, ref)
	}
	w.wantTold(3)
}

func TestMirrorCase_ClearCardUpdateIsOneCall(t *testing.T) {
	w := newWorld(t, "", nil)
	v := baseView()
	ref := w.must(activities.MirrorCase{View: v})
	before := len(w.sim.Calls())
	v.Version++
	w.must(activities.MirrorCase{Ref: ref, View: v})
	if calls := w.sim.Calls()[before:]; len(calls) != 1 || calls[0].Path != "/api/chat.update" {
		t.Fatalf("calls %+v", calls)
	}
}

func TestMirrorCase_LostAnswers_NothingTwiceNothingOutOfOrder(t *testing.T) {
	for _, lost := range []struct {
		name  string
		fault kit.Fault
		after int // calls of the faulty method that go well before
	}{
		{"card, before the effect", drop("chat.postMessage", kit.DropBefore), 0},
		{"card, after the effect", drop("chat.postMessage", kit.DropAfter), 0},
		{"history", drop("conversations.history", kit.DropBefore), 0},
		{"info", drop("conversations.info", kit.DropBefore), 0},
		{"auth", drop("auth.test", kit.DropBefore), 0},
		{"permalink is no reason to fail", drop("chat.getPermalink", kit.DropBefore), 0},
	} {
		t.Run(lost.name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			w.sim.Inject(lost.fault)
			in := activities.MirrorCase{View: baseView(), Entries: entries(1, 2)}
			if _, err := w.mirror(in); err != nil {
				_ = wantType(t, err, activities.Unavailable, true)
			}
			in.Unclear = true
			w.must(in)
			w.card()
			w.wantTold(2)
		})
	}
}

func TestMirrorCase_LostThreadPost_IsFoundByItsMark(t *testing.T) {
	w := newWorld(t, "", nil)
	ref := w.must(activities.MirrorCase{View: baseView()})
	w.sim.Inject(drop("chat.postMessage", kit.DropAfter)) // entry 1 arrives, its answer does not
	in := activities.MirrorCase{Ref: ref, View: baseView(), Entries: entries(1, 3)}
	_, err := w.mirror(in)
	_ = wantType(t, err, activities.Unavailable, true)
	w.wantTold(1)
	if ref = w.must(in); ref.Seq != 3 {
		t.Fatalf("ref %+v", ref)
	}
	w.wantTold(3)
}

func TestMirrorCase_SeveralCards_TheOldestStays(t *testing.T) {
	w := newWorld(t, "", nil)
	in := activities.MirrorCase{View: baseView(), Entries: entries(1, 1)}
	first := w.must(in)
	hide := w.sim.Inject(kit.Fault{Path: "/api/conversations.history", Status: 200, Body: `{"ok":true,"messages":[],"has_more":false}`})
	w.must(in) // an attempt that could not see the first card
	hide()
	if len(w.posts()) != 2 {
		t.Fatalf("%d cards, want two for this test", len(w.posts()))
	}
	again := w.must(in)
	if again.Key != first.Key || w.card().TS != first.Key {
		t.Fatalf("kept %s, want the oldest, %s", again.Key, first.Key)
	}
	w.wantTold(1)
}

func TestMirrorCase_OlderViewIsNotRenderedOverANewerOne(t *testing.T) {
	w := newWorld(t, "", nil)
	v := baseView()
	v.Version = 5
	w.must(activities.MirrorCase{View: v})
	v.Version, v.Headline = 4, "yesterday's news"
	ref := w.must(activities.MirrorCase{View: v, Unclear: true})
	if c := w.card(); c.Edits != 0 || strings.Contains(c.Text, v.Headline) || ref.Version != 5 {
		t.Fatalf("card %q edited %d times, ref %+v", c.Text, c.Edits, ref)
	}
}

func TestMirrorCase_SecondCaseOfARehire_GetsItsOwnCard(t *testing.T) {
	w := newWorld(t, "", nil)
	v := baseView()
	first := w.must(activities.MirrorCase{View: v})
	v.Run = "run-2"
	if second := w.must(activities.MirrorCase{View: v}); second.Key == first.Key || len(w.posts()) != 2 {
		t.Fatalf("second case took %s", second.Key)
	}
}

func TestMirrorCase_CardOfAnotherCase_IsLeftAlone(t *testing.T) {
	w := newWorld(t, "", nil)
	v := baseView()
	v.Case = "offboard/E7"
	other := w.must(activities.MirrorCase{View: v})
	if mine := w.must(activities.MirrorCase{View: baseView()}); mine.Key == other.Key || len(w.posts()) != 2 {
		t.Fatalf("cards %s %s", mine.Key, other.Key)
	}
}

func TestMirrorCase_MarksOfAnotherApp_AreNotBelieved(t *testing.T) {
	w := newWorld(t, "", nil)
	copied := w.sim.Plant(w.channel, slacksim.Message{User: "U0OTHER", BotID: "B0OTHER", Text: "copy", Metadata: &slacksim.Metadata{
		EventType: "tenure_case", EventPayload: map[string]any{"key": "offboard/E1042/run-1", "version": 99}}})
	ref := w.must(activities.MirrorCase{View: baseView()})
	w.sim.Plant(w.channel, slacksim.Message{User: "U0OTHER", BotID: "B0OTHER", Text: "copy", ThreadTS: ref.Key, Metadata: &slacksim.Metadata{
		EventType: "tenure_entries", EventPayload: map[string]any{"key": "offboard/E1042/run-1", "first": 1, "last": 99}}})
	again := w.must(activities.MirrorCase{Ref: ref, View: baseView(), Entries: entries(1, 1), Unclear: true})
	if ref.Key == copied.TS || again.Key != ref.Key || len(w.posts()) != 2 {
		t.Fatalf("refs %+v %+v", ref, again)
	}
	if told := w.told(); len(told) != 2 || told[1] != "Done: "+entryText(1) {
		t.Fatalf("thread %v", told)
	}
}

func TestMirrorCase_DeletedCard_IsMadeAnew(t *testing.T) {
	for name, withThread := range map[string]bool{"bare": false, "with a thread": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			in := activities.MirrorCase{View: baseView()}
			if withThread {
				in.Entries = entries(1, 2)
			}
			ref := w.must(in)
			w.sim.DeleteMessage(w.channel, ref.Key)
			in.Ref, in.Entries = ref, entries(3, 3)
			in.View.Version++
			fresh := w.must(in)
			if fresh.Key == ref.Key || fresh.URL == ref.URL || fresh.Seq != 3 {
				t.Fatalf("ref %+v after %+v", fresh, ref)
			}
			posts := w.posts()
			last := posts[len(posts)-1]
			if last.TS != fresh.Key || len(last.Thread) != 1 || last.Thread[0].Text != "Done: "+entryText(3) {
				t.Fatalf("new card %+v", last)
			}
			for _, p := range posts[:len(posts)-1] {
				if p.Subtype != "tombstone" {
					t.Errorf("a stray is left in the channel: %+v", p.Message)
				}
			}
		})
	}
}

func TestMirrorCase_CardDeletedBetweenUpdateAndEntries_LeavesNoStray(t *testing.T) {
	w := newWorld(t, "", nil)
	ref := w.must(activities.MirrorCase{View: baseView()})
	w.sim.DeleteMessage(w.channel, ref.Key)
	// Slack still shows the card to this reader, and has it no more when the entry comes.
	w.sim.Inject(kit.Fault{Path: "/api/conversations.replies", Times: 1, Status: 200, Body: `{"ok":true,"messages":[{"type":"message","ts":"` + ref.Key +
		`","bot_id":"` + slacksim.BotID + `","metadata":{"event_type":"tenure_case","event_payload":{"key":"offboard/E1042/run-1","version":3}}}]}`})
	fresh := w.must(activities.MirrorCase{Ref: ref, View: baseView(), Entries: entries(1, 1)})
	if c := w.card(); c.TS != fresh.Key || fresh.Key == ref.Key {
		t.Fatalf("card %s, ref %+v", c.TS, fresh)
	}
	w.wantTold(1)
}

func TestMirrorCase_CatchingUpAfterAnOutage_NeitherFloodsNorRepeats(t *testing.T) {
	w := newWorld(t, "", func(s *slacksim.Simulator) { s.RateLimits = true })
	ref := w.must(activities.MirrorCase{View: baseView()})
	down := w.sim.Inject(kit.Fault{Status: 503})
	in := activities.MirrorCase{Ref: ref, View: baseView(), Entries: entries(1, 24)}
	in.Entries = append(in.Entries, activities.Entry{Seq: 25, At: at(25), Kind: activities.EntryReport, Text: "All done\nsecond line"})
	_, err := w.mirror(in)
	_ = wantType(t, err, activities.Unavailable, true)
	down()
	in.Unclear, in.View.Version = true, 9
	if ref = w.must(in); ref.Seq != 25 || ref.Version != 9 {
		t.Fatalf("ref %+v", ref)
	}
	thread := w.card().Thread
	if len(thread) != 2 || !thread[1].Broadcast || thread[0].Broadcast {
		t.Fatalf("%d messages for 25 entries, want one and the broadcast report: %+v", len(thread), thread)
	}
	lines := strings.Split(thread[0].Text, "\n")
	if len(lines) != 24 || lines[0] != "Done: entry A" || lines[23] != "Done: entry X" {
		t.Fatalf("entries %v", lines)
	}
	w.must(in) // once more changes nothing
	if n := len(w.card().Thread); n != 2 {
		t.Fatalf("%d messages after a repeat", n)
	}
}

func TestMirrorCase_RateLimited_CarriesSlacksDelayAndGoesOn(t *testing.T) {
	w := newWorld(t, "", nil)
	ref := w.must(activities.MirrorCase{View: baseView(), Entries: entries(1, 1)})
	w.sim.Inject(kit.Fault{Path: "/api/chat.postMessage", Times: 1, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}})
	in := activities.MirrorCase{Ref: ref, View: baseView(), Entries: entries(2, 3)}
	_, err := w.mirror(in)
	if app := wantType(t, err, activities.RateLimited, true); app.NextRetryDelay() != 7*time.Second {
		t.Fatalf("delay %s", app.NextRetryDelay())
	}
	in.Unclear = true
	w.must(in)
	w.wantTold(3)
}

func TestMirrorCase_HeartbeatBeatsALateHistory(t *testing.T) {
	w := newWorld(t, "", nil)
	in := activities.MirrorCase{View: baseView(), Entries: entries(1, 2)}
	ref := w.must(in)
	w.sim.HistoryLag = time.Hour // Slack does not show the card yet
	w.beat = map[string]any{"channel": ref.Channel, "key": ref.Key, "seq": 2}
	in.Entries = entries(1, 3)
	if again := w.must(in); again.Key != ref.Key || again.Seq != 3 {
		t.Fatalf("ref %+v, want the card of the heartbeat, %s", again, ref.Key)
	}
	w.card()
	w.wantTold(3)
}

func TestMirrorCase_PersonalDataIsNotInTheMarks(t *testing.T) {
	w := newWorld(t, "", nil)
	w.must(activities.MirrorCase{View: baseView(), Entries: entries(1, 1)})
	c := w.card()
	for _, m := range []slacksim.Message{c.Message, c.Thread[0]} {
		for k, v := range m.Metadata.EventPayload {
			if s, ok := v.(string); ok && s != "offboard/E1042/run-1" || k == "email" || k == "name" {
				t.Errorf("mark holds %s=%v", k, v)
			}
		}
	}
}

func TestMirrorCase_UnfitChannels_AreRefusedBeforeAnythingIsPosted(t *testing.T) {
	w := newWorld(t, "", nil)
	public := w.sim.AddChannel(slacksim.Channel{Name: "general", Members: []string{slacksim.BotUser}})
	shared := w.sim.AddChannel(slacksim.Channel{Name: "partners", Private: true, Shared: true, Members: []string{slacksim.BotUser}})
	closed := w.sim.AddChannel(slacksim.Channel{Name: "old", Private: true, Archived: true, Members: []string{slacksim.BotUser}})
	strange := w.sim.AddChannel(slacksim.Channel{Name: "board", Private: true})
	for name, c := range map[string]struct{ channel, kind, says string }{
		"public":     {public.ID, activities.Forbidden, "public"},
		"shared":     {shared.ID, activities.Forbidden, "another organisation"},
		"archived":   {closed.ID, activities.Forbidden, "archived"},
		"not inside": {strange.ID, activities.NotFound, "/invite"},
		"a name":     {"#it-offboarding", activities.InvalidInput, "channel id"},
	} {
		t.Run(name, func(t *testing.T) {
			in := activities.MirrorCase{View: baseView()}
			in.Settings.SlackChannel = c.channel
			_, err := w.mirror(in)
			_ = wantType(t, err, c.kind, false)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
			if n := w.sim.CallsTo(http.MethodPost, "/api/chat.postMessage"); n != 0 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

func TestMirrorCase_BadInput_NamesTheField(t *testing.T) {
	w := newWorld(t, "", nil)
	for name, spoil := range map[string]func(*activities.CaseView){
		"view.run":    func(v *activities.CaseView) { v.Run = "" },
		"view.case":   func(v *activities.CaseView) { v.Case = "" },
		"view.opened": func(v *activities.CaseView) { v.Opened = time.Time{} },
	} {
		v := baseView()
		spoil(&v)
		_, err := w.mirror(activities.MirrorCase{View: v})
		_ = wantType(t, err, activities.InvalidInput, false)
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

func TestMirrorCase_CancelledEndsAsCancelled(t *testing.T) {
	w := newWorld(t, "", nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := w.sys.MirrorCase(ctx, activities.MirrorCase{View: baseView()})
	if err == nil {
		t.Fatal("a cancelled call succeeded")
	}
	in := activities.MirrorCase{View: baseView()}
	in.Settings.SlackChannel = w.channel
	if _, err = w.sys.MirrorCase(ctx, in); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

func TestMirrorCase_EveryCardAndEntryIsWithinSlacksLimits(t *testing.T) {
	w := newWorld(t, "", nil) // the stand-in enforces Block Kit's limits
	cases := views()
	hostile := baseView()
	hostile.Name, hostile.Headline = strings.Repeat("&<>", 500), strings.Repeat("<>&", 2000)
	hostile.Reason, hostile.HoldWhy, hostile.OnHold, hostile.Heir = hostile.Headline, hostile.Headline, true, hostile.Headline
	hostile.JiraURL, hostile.WorkflowURL = "not a url", "https://x.example.com/"+strings.Repeat("a", 5000)
	hostile.WaitsFor = strings.Split(strings.Repeat(hostile.Name+"|", 30), "|")
	for range 40 {
		hostile.Returns = append(hostile.Returns, activities.ReturnView{Serial: hostile.Name, Model: hostile.Name, LastSeen: hostile.Name, Tracking: hostile.Name,
			TrackURL: hostile.WorkflowURL, Order: hostile.Name, OrderURL: "https://x.example.com/o"})
	}
	cases["hostile"] = hostile
	for name, v := range cases {
		v.Run = name
		report := activities.Entry{Seq: 2, At: at(2), Kind: activities.EntryReport, Text: strings.Repeat(strings.Repeat("<&>", 1500)+"\n", 4)}
		long := activities.Entry{Seq: 1, At: at(1), Kind: activities.EntryTask, Step: "okta.suspend", Text: strings.Repeat("<&>", 3000)}
		if _, err := w.mirror(activities.MirrorCase{View: v, Entries: []activities.Entry{long, report}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	w := newWorld(t, "", nil)
	public := w.sim.AddChannel(slacksim.Channel{Name: "general", Members: []string{slacksim.BotUser}})
	for name, c := range map[string]struct {
		cfg  slack.Config
		says string // empty: all is well
	}{
		"well":        {slack.Config{Channel: w.channel}, ""},
		"no channel":  {slack.Config{}, ""},
		"wrong token": {slack.Config{BotToken: "xoxb-other"}, "bot token"},
		"unknown":     {slack.Config{Channel: "C0NOTHERE"}, "/invite"},
		"public":      {slack.Config{Channel: public.ID}, "private"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.system(c.cfg).Check(t.Context())
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Fatalf("check: %v, want %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "xoxb-other") {
				t.Fatal("the token is in the error")
			}
		})
	}
	outside := w.sim.Inject(kit.Fault{Path: "/api/conversations.info", Status: 200, Body: `{"ok":true,"channel":{"id":"` + w.channel + `","is_private":true}}`})
	if err := w.system(slack.Config{Channel: w.channel}).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "/invite") {
		t.Fatalf("not a member: %v", err)
	}
	outside()
	w.sim.WithoutScopes = []string{"groups:read"}
	if err := w.system(slack.Config{Channel: w.channel}).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "add groups:read") {
		t.Fatalf("missing scope: %v", err)
	}
}

// The retry policy of a real workflow drives the attempts here.
func TestMirrorCase_RetriesOfAWorkflow_FindWhatEarlierAttemptsPosted(t *testing.T) {
	w := newWorld(t, "", nil)
	for range 2 { // the card's post and then the first entry's lose their answers
		w.sim.Inject(drop("chat.postMessage", kit.DropAfter))
	}
	w.sim.Inject(refusing("chat.getPermalink", "internal_error"))
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestWorkflowEnvironment()
	b := activities.SlackMirrorCase.Bind(w.sys.MirrorCase)
	env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	in := activities.MirrorCase{View: baseView(), Entries: entries(1, 3)}
	in.Settings.SlackChannel = w.channel
	env.ExecuteWorkflow(func(ctx workflow.Context) (activities.MirrorRef, error) {
		var ref activities.MirrorRef
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		err := workflow.ExecuteActivity(ctx, b.Name, in).Get(ctx, &ref)
		return ref, err
	})
	var ref activities.MirrorRef
	if err := env.GetWorkflowResult(&ref); err != nil {
		t.Fatal(err)
	}
	if c := w.card(); c.TS != ref.Key || ref.Seq != 3 {
		t.Fatalf("ref %+v, card %s", ref, c.TS)
	}
	w.wantTold(3)
}
