package slacksim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// everyInput is a modal with one of each input that has a value of its own form.
func everyInput() slack.ModalViewRequest {
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	option := slack.NewOptionBlockObject("one", plain("One"), nil)
	day := slack.NewDatePickerBlockElement("v")
	day.InitialDate = "2026-11-30"
	radio := slack.NewRadioButtonsBlockElement("v", option)
	radio.InitialOption = option
	modal := reasonModal()
	modal.Blocks.BlockSet = append(modal.Blocks.BlockSet,
		slack.NewInputBlock("day", plain("Day"), nil, day),
		slack.NewInputBlock("hour", plain("Hour"), nil, slack.NewTimePickerBlockElement("v")),
		slack.NewInputBlock("which", plain("Which"), nil, radio),
		slack.NewInputBlock("ticks", plain("Ticks"), nil, slack.NewCheckboxGroupsBlockElement("v", option)))
	return modal
}

func TestSubmitView_SendsUntouchedInputsAsTheyWereDrawn(t *testing.T) {
	w := newWorld(t, nil)
	states := make(chan string, 1)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		if in, ok := e.Data.(slack.InteractionCallback); ok {
			var raw struct {
				View struct {
					State struct{ Values json.RawMessage }
				}
			}
			if err := json.Unmarshal(e.Request.Payload, &raw); err != nil || in.View.State == nil {
				t.Errorf("payload: %v", err)
			}
			states <- string(raw.View.State.Values)
		}
		_ = c.Ack(*e.Request)
	})
	view, err := w.api.OpenView(w.trigger(t), everyInput())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.SubmitView("ida", view.ID, map[string]map[string]any{"why": {"text": map[string]string{"type": "plain_text_input", "value": "left"}}}); err != nil {
		t.Fatal(err)
	}
	want := `{"day":{"v":{"selected_date":"2026-11-30","type":"datepicker"}},"hour":{"v":{"selected_time":null,"type":"timepicker"}},` +
		`"ticks":{"v":{"selected_options":[],"type":"checkboxes"}},` +
		`"which":{"v":{"selected_option":{"text":{"emoji":false,"text":"One","type":"plain_text"},"value":"one"},"type":"radio_buttons"}},` +
		`"why":{"text":{"type":"plain_text_input","value":"left"}}}`
	if got := <-states; got != want {
		t.Fatalf("state\n%s\nwant\n%s", got, want)
	}
}

func TestSubmitView_ErrorsForAnUnknownBlockAreAGeneralFailure(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		if _, ok := e.Data.(slack.InteractionCallback); ok {
			_ = c.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"other": "say why"}))
			return
		}
		_ = c.Ack(*e.Request)
	})
	view, err := w.api.OpenView(w.trigger(t), reasonModal())
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.sim.SubmitView("ida", view.ID, nil)
	in, _ := w.sim.Interaction(got.ID)
	if err != nil || got.Errors != nil || got.View == nil || !strings.Contains(in.Error, "other") {
		t.Fatalf("response %+v, interaction %+v, %v", got, in, err)
	}
}

func TestViews_AModalWithInputsNeedsSubmit(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, ackAll)
	modal := reasonModal()
	modal.Submit = nil
	_, err := w.api.OpenView(w.trigger(t), modal)
	wantCode(t, err, "invalid_arguments")
	modal.Submit = slack.NewTextBlockObject("plain_text", strings.Repeat("x", 25), false, false)
	_, err = w.api.OpenView(w.trigger(t), modal)
	wantCode(t, err, "invalid_arguments")
}

func TestRepeat_IsTheSamePayloadInAnotherEnvelope(t *testing.T) {
	w := newWorld(t, nil)
	type delivery struct{ envelope, payload string }
	seen := make(chan delivery, 2)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		seen <- delivery{e.Request.EnvelopeID, string(e.Request.Payload)}
		_ = c.Ack(*e.Request)
	})
	got, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", "status")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.Repeat(got.ID); err != nil {
		t.Fatal(err)
	}
	first, second := <-seen, <-seen
	if first.payload != second.payload || first.envelope == second.envelope {
		t.Fatalf("deliveries %+v and %+v", first, second)
	}
	if _, err := w.sim.Repeat("1.2.unknown"); err == nil {
		t.Fatal("what was never sent was repeated")
	}
}

func TestDisconnectOneAndCutOne_LeaveTheOtherConnection(t *testing.T) {
	w := newWorld(t, nil)
	if w.sim.DisconnectOne("warning") || w.sim.CutOne() {
		t.Fatal("no connection is open")
	}
	for range 2 {
		w.listen(t, ackAll)
	}
	for _, end := range []func() bool{func() bool { return w.sim.DisconnectOne("refresh_requested") }, w.sim.CutOne} {
		if !end() {
			t.Fatal("no connection was open")
		}
		if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); err != nil {
			t.Fatalf("the other connection: %v", err)
		}
		eventually(t, func() bool { return w.sim.Connections() == 2 })
	}
}
