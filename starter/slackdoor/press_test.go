package slackdoor_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/simulators/kit"
)

func press(v activities.Verb) activities.Press {
	return activities.Press{Verb: v, Case: "offboard/E1042", Run: "run-1", Nonce: "n-7", Step: "okta.deactivate", Batch: "b-3"}
}

// filled is what a person puts into the form of a verb that needs one, and the ask that comes of it.
var filled = map[activities.Verb]struct {
	inputs map[string]any
	ask    activities.Ask
}{
	activities.VerbReceived: {map[string]any{"serial": typedIn(" c02xy9 ")}, activities.Ask{Serial: "C02XY9"}},
}

// Every verb's button either is an ask at once, or opens a form whose submission is one.
func TestPress_EveryVerb(t *testing.T) {
	w := connected(t)
	for _, v := range activities.Verbs() {
		if v.Fact() || v == activities.VerbOffboard || v == activities.VerbReturnLaptop { // below
			continue
		}
		t.Run(string(v), func(t *testing.T) {
			w.T = t
			before := len(w.inbox.asks())
			got, ts := w.presses(press(v))
			want := activities.Ask{Verb: v, Key: "slack:" + got.ID, Actor: "slack:" + w.ida.ID, Case: "offboard/E1042", Run: "run-1", Nonce: "n-7",
				Step: "okta.deactivate", Batch: "b-3", Received: w.now, Reply: activities.Reply{Channel: w.channel.ID, User: w.ida.ID, Thread: ts}}
			if v.NeedsReason() || v == activities.VerbReceived {
				inputs := map[string]any{"reason": typedIn(" because\nof this ")}
				want.Reason = "because of this"
				if f, ok := filled[v]; ok {
					inputs, want.Reason, want.Serial = f.inputs, "", f.ask.Serial
				}
				require.NotNil(t, got.View, "a form opens")
				require.Len(t, w.inbox.asks(), before, "and nothing is asked yet")
				require.Nil(t, w.submits(got.View.ID, inputs).View)
			} else {
				require.Nil(t, got.View)
				require.Contains(t, w.answered(got.ID), "Received: "+string(v))
			}
			asks := w.inbox.asks()
			require.Len(t, asks, before+1)
			last := asks[before]
			require.Regexp(t, `^slack:[A-Za-z0-9._:-]+$`, last.Key)
			want.Key = last.Key
			require.Equal(t, want, last)
		})
	}
}

func TestPress_OffboardAndReturn_AskForWhomInAForm(t *testing.T) {
	w := connected(t)
	for _, v := range []activities.Verb{activities.VerbOffboard, activities.VerbReturnLaptop} {
		got, _ := w.presses(activities.Press{Verb: v})
		require.Nil(t, w.submits(got.View.ID, map[string]any{"who": typedIn("dana@example.com")}).View)
		asks := w.inbox.asks()
		require.Equal(t, v, asks[len(asks)-1].Verb)
		require.Equal(t, "dana@example.com", asks[len(asks)-1].Who)
	}
}

func TestPress_AFormSaysWhatItBelongsTo_AndCarriesThePress(t *testing.T) {
	w := connected(t)
	got, ts := w.presses(press(activities.VerbSkip))
	var form struct {
		Metadata string `json:"private_metadata"`
		Blocks   []struct {
			Text struct {
				Text string `json:"text"`
			} `json:"text"`
		} `json:"blocks"`
	}
	require.NoError(t, json.Unmarshal(got.View.Body, &form))
	require.Contains(t, form.Blocks[0].Text.Text, "*Case* `offboard/E1042` · *Step* `okta.deactivate`")
	require.JSONEq(t, `{"f":"press","c":"`+w.channel.ID+`","t":"`+ts+`","p":`+press(activities.VerbSkip).Value()+`}`, form.Metadata)
}

func TestPress_Links_AreAcknowledgedOnly(t *testing.T) {
	w := connected(t)
	link := slackapi.NewButtonBlockElement("open_ticket", "", slackapi.NewTextBlockObject("plain_text", "Open", false, false)).WithURL("https://jira.example.com/ITOFF-7")
	_, ts, err := w.api.PostMessage(w.channel.ID, slackapi.MsgOptionText("card", false), slackapi.MsgOptionBlocks(slackapi.NewActionBlock("", link)))
	require.NoError(t, err)
	got, err := w.sim.PressButton(w.ida.ID, w.channel.ID, ts, "open_ticket", "")
	require.NoError(t, err)
	require.NoError(t, w.end()) // whatever would still be answered has been
	in, _ := w.sim.Interaction(got.ID)
	require.Empty(t, in.Answers)
	require.Empty(t, w.inbox.asks())
}

func TestPress_ButtonsOfOtherVersionsExplainThemselves(t *testing.T) {
	w := connected(t)
	for id, value := range map[string]string{
		"approve":                            "v1|offboard/E1042|n",
		activities.PressPrefix + "x":         "v1|offboard/E1042|n",
		activities.PressPrefix + "teleport":  `{"v":"teleport"}`,
		activities.PressPrefix + "moved":     `{"v":"ticket-moved"}`,
		activities.PressPrefix + "nothing":   "",
		"other." + activities.PressPrefix:    activities.Press{Verb: activities.VerbApprove}.Value(),
		activities.PressPrefix + "something": "[]",
	} {
		got, _ := w.pressesRaw(id, value)
		require.Contains(t, w.answered(got.ID), "belongs to another version of Tenure", "%s %s", id, value)
	}
	require.Empty(t, w.inbox.asks())
}

func TestPress_FormCannotBeOpened_ThePersonHearsIt(t *testing.T) {
	w := connected(t)
	w.sim.Inject(kit.Fault{Path: "/api/views.open", Status: http.StatusOK, Body: `{"ok":false,"error":"expired_trigger_id"}`})
	got, _ := w.presses(press(activities.VerbDeny))
	require.Contains(t, w.answered(got.ID), "the form could not be opened")
	require.Contains(t, w.types("/offboard", "").Text, "`/offboard dana@example.com resigned`")
}

func TestPress_OfWhatOnlyOnePersonSees_HasNoThread(t *testing.T) {
	w := connected(t)
	value := press(activities.VerbApprove).Value()
	button := slackapi.NewButtonBlockElement("tenure.approve", value, slackapi.NewTextBlockObject("plain_text", "Approve", false, false))
	ts, err := w.api.PostEphemeral(w.channel.ID, w.ida.ID, slackapi.MsgOptionText("x", false), slackapi.MsgOptionBlocks(slackapi.NewActionBlock("", button)))
	require.NoError(t, err)
	_, err = w.sim.PressButton(w.ida.ID, w.channel.ID, ts, "tenure.approve", "")
	require.NoError(t, err)
	require.Equal(t, activities.Reply{Channel: w.channel.ID, User: w.ida.ID}, w.one().Reply)
}

// formCase is one way to fill a form.
type formCase struct {
	inputs map[string]any
	errs   map[string]string // by block, a part of the text
	want   activities.Ask    // without what every ask has
}

func (w *world) fills(open func() string, cases map[string]formCase) {
	for name, c := range cases {
		w.Run(name, func(t *testing.T) {
			w := *w
			w.T = t
			before := len(w.inbox.asks())
			got := w.submits(open(), c.inputs)
			require.Len(t, got.Errors, len(c.errs), "%v", got.Errors)
			for block, text := range c.errs {
				require.Contains(t, got.Errors[block], text)
				require.NotContains(t, got.Errors[block], "`")
			}
			asks := w.inbox.asks()
			if len(c.errs) > 0 {
				require.NotNil(t, got.View)
				require.Len(t, asks, before)
				return
			}
			require.Len(t, asks, before+1)
			a := asks[before]
			a.Key, a.Actor, a.Received, a.Reply = "", "", time.Time{}, activities.Reply{}
			require.Equal(t, c.want, a)
		})
	}
}

func TestForm_BatchRelease_NamesPeople(t *testing.T) {
	w := connected(t)
	release := activities.Press{Verb: activities.VerbBatchRelease, Batch: "b-3"}
	ask := activities.Ask{Verb: activities.VerbBatchRelease, Batch: "b-3", Reason: "they left"}
	only, except := ask, ask
	only.Only, except.Except = []employee.ID{"E1", "E2", "E3"}, []employee.ID{"E9"}
	reason := typedIn("they left")
	w.fills(func() string { got, _ := w.presses(release); return got.View.ID }, map[string]formCase{
		"only":       {map[string]any{"which": chosen("only"), "ids": typedIn("E1, E2\nE3;E1"), "reason": reason}, nil, only},
		"except":     {map[string]any{"which": chosen("except"), "ids": typedIn("E9"), "reason": reason}, nil, except},
		"no choice":  {map[string]any{"ids": typedIn("E9"), "reason": reason}, map[string]string{"which": "Choose whether"}, activities.Ask{}},
		"no names":   {map[string]any{"which": chosen("except"), "reason": reason}, map[string]string{"ids": "nobody is named"}, activities.Ask{}},
		"no id":      {map[string]any{"which": chosen("only"), "ids": typedIn("dana@example.com"), "reason": reason}, map[string]string{"ids": "is not an employee id"}, activities.Ask{}},
		"no reason":  {map[string]any{"which": chosen("only"), "ids": typedIn("E9"), "reason": typedIn(" ")}, map[string]string{"reason": "it is missing"}, activities.Ask{}},
		"everything": {nil, map[string]string{"ids": "nobody is named", "reason": "it is missing"}, activities.Ask{}},
	})
}

func TestForm_BatchReject_EverybodyUnlessNamed(t *testing.T) {
	w := connected(t)
	all := activities.Ask{Verb: activities.VerbBatchReject, Batch: "b-3", Reason: "HR's mistake"}
	some := all
	some.Only = []employee.ID{"E1"}
	w.fills(func() string {
		got, _ := w.presses(activities.Press{Verb: activities.VerbBatchReject, Batch: "b-3"})
		return got.View.ID
	}, map[string]formCase{
		"all":  {map[string]any{"reason": typedIn("HR's mistake")}, nil, all},
		"some": {map[string]any{"ids": typedIn("E1"), "reason": typedIn("HR's mistake")}, nil, some},
	})
}

func TestForm_Raise_CountsAndLasts(t *testing.T) {
	w := connected(t)
	w.fills(func() string {
		got, _ := w.presses(activities.Press{Verb: activities.VerbRaise})
		return got.View.ID
	}, map[string]formCase{
		"good": {map[string]any{"count": typedIn("40"), "hours": typedIn("2"), "reason": typedIn("reorganisation")}, nil,
			activities.Ask{Verb: activities.VerbRaise, Count: 40, Lasts: 2 * time.Hour, Reason: "reorganisation"}},
		"bad": {map[string]any{"count": typedIn("all"), "hours": typedIn("73"), "reason": typedIn("x")},
			map[string]string{"count": "from 1 to 100000", "hours": "from 1 to 72"}, activities.Ask{}},
	})
}

func TestForm_Received_WantsTheSerialAsReadOff(t *testing.T) {
	w := connected(t)
	w.fills(func() string {
		got, _ := w.presses(activities.Press{Verb: activities.VerbReceived, Case: "offboard/E1042", Serial: "C02XY"})
		return got.View.ID
	}, map[string]formCase{
		"another": {map[string]any{"serial": typedIn("c02zz")}, nil, activities.Ask{Verb: activities.VerbReceived, Case: "offboard/E1042", Serial: "C02ZZ"}},
		"empty":   {nil, map[string]string{"serial": "is not a serial number"}, activities.Ask{}},
		"a story": {map[string]any{"serial": typedIn("the grey one")}, map[string]string{"serial": "is not a serial number"}, activities.Ask{}},
	})
}

func TestForm_OfAnotherVersion_SaysSo(t *testing.T) {
	w := connected(t)
	for _, metadata := range []string{"", "{}", `{"f":"other"}`, `{"f":"press"}`, `{"f":"press","p":{"v":"approve"}}`} {
		in := w.types("/tenure", "explain")
		view := slackapi.ModalViewRequest{Type: slackapi.VTModal, CallbackID: "tenure", PrivateMetadata: metadata, Title: plain("Old"), Submit: plain("Send"),
			Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{slackapi.NewInputBlock("old", plain("Old"), nil, slackapi.NewPlainTextInputBlockElement(nil, "v"))}}}
		_, err := w.api.UpdateView(view, "", "", in.View.ID)
		require.NoError(t, err)
		require.Contains(t, w.submits(in.View.ID, nil).Errors["old"], "belongs to another version")
	}
	require.Empty(t, w.inbox.asks())
}

func plain(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject("plain_text", s, false, false)
}

// A step that asks a question is answered yes by done and no by skip, and the form says what that means.
func TestPress_OfAQuestion_SaysWhatYesAndNoMean(t *testing.T) {
	w := connected(t)
	for step, want := range map[string]map[activities.Verb]string{
		"identity.match:E55": {activities.VerbDone: "are one person", activities.VerbSkip: "another person"},
		"identity.rehire":    {activities.VerbDone: "works here again", activities.VerbSkip: "not let in again"},
		"okta.deactivate":    {activities.VerbDone: "reads it back", activities.VerbSkip: "without being done"},
	} {
		for verb, words := range want {
			p := activities.Press{Verb: verb, Case: "onboard/E1042", Step: plan.StepID(step)}
			got, _ := w.presses(p)
			require.Contains(t, string(got.View.Body), words, "%s of %s", verb, step)
		}
	}
}
