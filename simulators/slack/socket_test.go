package slacksim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	slacksim "tenure/simulators/slack"
)

// listen connects the real Socket Mode client and hands every request to handle. It returns once Slack said hello.
func (w *world) listen(t *testing.T, handle func(*socketmode.Client, socketmode.Event)) *socketmode.Client {
	t.Helper()
	client := socketmode.New(w.api)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	hello := make(chan struct{}, 8)
	go func() {
		_ = client.RunContext(ctx) // ends with the context
		close(done)
	}()
	go func() {
		for {
			select {
			case e := <-client.Events:
				if e.Type == socketmode.EventTypeHello {
					hello <- struct{}{}
				}
				if e.Request != nil && e.Request.EnvelopeID != "" {
					handle(client, e)
				}
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); w.sim.Close(); <-done })
	wait(t, hello)
	return client
}

func wait(t *testing.T, ready <-chan struct{}) {
	t.Helper()
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came in 10 s")
	}
}

func TestSocketMode_CommandIsAnsweredByItsAck(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		cmd := e.Data.(slack.SlashCommand)
		_ = c.Ack(*e.Request, map[string]any{"text": cmd.Command + " " + cmd.Text + " by " + cmd.UserID})
	})
	got, err := w.sim.RunCommand("ida@example.com", "it-offboarding", "/offboard", "status @ida")
	want := "/offboard status <@" + w.person.ID + "|ida> by " + w.person.ID
	if err != nil || got.Text != want || got.Type != "ephemeral" {
		t.Fatalf("response %+v, %v; want %q", got, err, want)
	}
	if shown := w.sim.Snapshot().Ephemerals; len(shown) != 1 || shown[0].User != w.person.ID || shown[0].Text != want {
		t.Fatalf("ephemerals: %+v", shown)
	}
}

func TestSocketMode_ButtonModalAndLaterAnswers(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		in := e.Data.(slack.InteractionCallback)
		switch in.Type {
		case slack.InteractionTypeBlockActions:
			_ = c.Ack(*e.Request)
			_, err := c.OpenView(in.TriggerID, reasonModal())
			if err != nil {
				t.Errorf("views.open: %v", err)
			}
			for range 6 { // the sixth use is refused
				_ = slack.PostWebhook(in.ResponseURL, &slack.WebhookMessage{Text: "noted " + in.ActionCallback.BlockActions[0].Value})
			}
		case slack.InteractionTypeViewSubmission:
			if in.View.State.Values["why"]["text"].Value == "" {
				_ = c.Ack(*e.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "say why"}))
				return
			}
			_ = c.Ack(*e.Request)
		default:
			t.Errorf("unexpected interaction %s", in.Type)
		}
	})
	button := slack.NewButtonBlockElement("retry", "v1|offboard/E1", slack.NewTextBlockObject("plain_text", "Retry", false, false))
	ts := w.post(t, text("card"), slack.MsgOptionBlocks(slack.NewActionBlock("row", button)))
	pressed, err := w.sim.PressButton("ida", w.channel.ID, ts, "retry", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.PressButton("ida", w.channel.ID, ts, "other", ""); err == nil {
		t.Fatal("a button that is not there was pressed")
	}
	var view *slacksim.View
	eventually(t, func() bool {
		in, _ := w.sim.Interaction(pressed.ID)
		for _, v := range w.sim.Snapshot().Views {
			view = &v
		}
		return len(in.Answers) == 5 && in.Answers[0].Text == "noted v1|offboard/E1" && view != nil &&
			w.sim.CallsTo(http.MethodPost, "/response/*") == 6
	})
	got, err := w.sim.SubmitView("ida", view.ID, map[string]map[string]any{"why": {"text": map[string]string{"type": "plain_text_input", "value": ""}}})
	if err != nil || got.Errors["why"] != "say why" || got.View == nil {
		t.Fatalf("refused submission: %+v, %v", got, err)
	}
	got, err = w.sim.SubmitView("ida", view.ID, map[string]map[string]any{"why": {"text": map[string]string{"type": "plain_text_input", "value": "left"}}})
	if err != nil || got.View != nil {
		t.Fatalf("submission closes the modal: %+v, %v", got, err)
	}
}

func reasonModal() slack.ModalViewRequest {
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	return slack.ModalViewRequest{Type: slack.VTModal, Title: plain("Retry"), Submit: plain("Retry"), Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewInputBlock("why", plain("Why"), nil, slack.NewPlainTextInputBlockElement(nil, "text"))}}}
}

// eventually polls for something another goroutine does.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to hold in 10 s")
		}
		<-tick.C
	}
}

func TestTriggerIDsWorkOnceAndShortly(t *testing.T) {
	w := newWorld(t, nil)
	triggers := make(chan string, 2)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		triggers <- e.Data.(slack.SlashCommand).TriggerID
		_ = c.Ack(*e.Request)
	})
	run := func() string {
		if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); err != nil {
			t.Fatal(err)
		}
		return <-triggers
	}
	id := run()
	if _, err := w.api.OpenView(id, reasonModal()); err != nil {
		t.Fatal(err)
	}
	_, err := w.api.OpenView(id, reasonModal())
	wantCode(t, err, "exchanged_trigger_id")
	late := run()
	w.clock.Advance(4 * time.Second)
	_, err = w.api.OpenView(late, reasonModal())
	wantCode(t, err, "expired_trigger_id")
	_, err = w.api.OpenView("1.2.x", reasonModal())
	wantCode(t, err, "invalid_trigger_id")
}

func TestSocketMode_EachPayloadGoesToOneConnection(t *testing.T) {
	w := newWorld(t, nil)
	took := make(chan int, 8)
	for i := range 2 {
		w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
			took <- i
			_ = c.Ack(*e.Request)
		})
	}
	if w.sim.Connections() != 2 {
		t.Fatalf("connections = %d", w.sim.Connections())
	}
	for range 4 {
		if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); err != nil {
			t.Fatal(err)
		}
	}
	count := map[int]int{}
	for range 4 {
		count[<-took]++
	}
	if len(took) != 0 || count[0] != 2 || count[1] != 2 {
		t.Fatalf("payloads per connection: %v and %d more", count, len(took))
	}
}

func TestSocketMode_ReconnectsAfterDisconnect(t *testing.T) {
	w := newWorld(t, nil)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) { _ = c.Ack(*e.Request) })
	if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); err != nil {
		t.Fatal(err)
	}
	w.sim.Disconnect("refresh_requested")
	eventually(t, func() bool { return w.sim.Connections() == 1 })
	if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); err != nil {
		t.Fatal(err)
	}
	if n := w.sim.CallsTo(http.MethodPost, "/api/apps.connections.open"); n != 2 {
		t.Fatalf("%d connections were opened, want a second after the first was told to go", n)
	}
}

func TestNobodyListens_IsSeenByThePerson(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, text("x"))
	if _, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", ""); !errors.Is(err, slacksim.ErrNobodyListens) {
		t.Fatalf("err = %v", err)
	}
}

func TestSocketMode_EventIsRepeatedUntilAcknowledged(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.AckWithin = 50 * time.Millisecond })
	attempts := make(chan int, 8)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		if e.Data.(slackevents.EventsAPIEvent).InnerEvent.Type != "app_home_opened" {
			t.Errorf("event %+v", e.Data)
		}
		attempts <- e.Request.RetryAttempt
		if e.Request.RetryAttempt > 0 {
			_ = c.Ack(*e.Request)
		}
	})
	if err := w.sim.OpenHome("ida"); err != nil {
		t.Fatal(err)
	}
	if first, second := <-attempts, <-attempts; first != 0 || second != 1 {
		t.Fatalf("attempts %d, %d", first, second)
	}
}

func TestSocketMode_NoAckInTimeIsSeenByThePerson(t *testing.T) {
	w := newWorld(t, func(s *slacksim.Simulator) { s.AckWithin = 20 * time.Millisecond })
	w.listen(t, func(*socketmode.Client, socketmode.Event) {})
	got, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", "")
	if !errors.Is(err, slacksim.ErrNoAnswer) {
		t.Fatalf("err = %v", err)
	}
	if in, _ := w.sim.Interaction(got.ID); !strings.Contains(in.Error, "operation_timeout") {
		t.Fatalf("interaction %+v", in)
	}
}

func TestHTTPDeliveryIsSigned(t *testing.T) {
	var kinds []string
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		verifier, err := slack.NewSecretsVerifier(r.Header, slacksim.DefaultSigningSecret)
		if err != nil {
			t.Errorf("verifier: %v", err)
			return
		}
		r.Body = http.MaxBytesReader(rw, teeBody(r, &verifier), 1<<20)
		if strings.HasSuffix(r.URL.Path, "/commands") {
			cmd, err := slack.SlashCommandParse(r)
			if err != nil || verifier.Ensure() != nil {
				t.Errorf("command: %v", err)
			}
			kinds = append(kinds, cmd.Command)
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(`{"response_type":"in_channel","text":"on it"}`))
			return
		}
		in, err := slack.InteractionCallbackParse(r)
		if err != nil || verifier.Ensure() != nil {
			t.Errorf("interaction: %v", err)
		}
		kinds = append(kinds, in.ActionCallback.BlockActions[0].ActionID)
	}))
	defer app.Close()
	w := newWorld(t, func(s *slacksim.Simulator) {
		s.Clock = nil // the verifier looks at the real clock
		s.Endpoints = slacksim.Endpoints{Commands: app.URL + "/commands", Interactions: app.URL + "/interactions"}
	})
	w.sim.PublicURL = w.srv.URL
	got, err := w.sim.RunCommand("ida", "it-offboarding", "/offboard", "help")
	if err != nil || got.Type != "in_channel" || got.Text != "on it" {
		t.Fatalf("response %+v, %v", got, err)
	}
	button := slack.NewButtonBlockElement("go", "1", slack.NewTextBlockObject("plain_text", "Go", false, false))
	ts := w.post(t, text("card"), slack.MsgOptionBlocks(slack.NewActionBlock("", button)))
	if _, err := w.sim.PressButton("ida", "it-offboarding", ts, "go", "1"); err != nil {
		t.Fatal(err)
	}
	if strings.Join(kinds, " ") != "/offboard go" {
		t.Fatalf("the app got %v", kinds)
	}
}

func TestSocketMode_EventGoesToAnotherConnectionWhenOneDies(t *testing.T) {
	w := newWorld(t, nil)
	attempts := make(chan int, 2)
	w.listen(t, func(c *socketmode.Client, e socketmode.Event) {
		attempts <- e.Request.RetryAttempt
		_ = c.Ack(*e.Request)
	})
	_, url, err := w.api.StartSocketModeContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dying, resp, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	go func() {
		for range 2 { // the hello, and the event it dies of
			_, _, _ = dying.ReadMessage()
		}
		_ = dying.Close()
	}()
	eventually(t, func() bool { return w.sim.Connections() == 2 })
	if err := w.sim.OpenHome("ida"); err != nil {
		t.Fatal(err)
	}
	if a := <-attempts; a != 1 {
		t.Fatalf("attempt %d reached the living connection, want the repeat", a)
	}
	if _, again, err := websocket.DefaultDialer.Dial(url, nil); err == nil {
		t.Fatal("a ticket worked twice")
	} else if again != nil {
		_ = again.Body.Close()
	}
}

func TestHTTPDelivery_EventIsRepeatedWithItsHeaders(t *testing.T) {
	var seen []string
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("X-Slack-Retry-Num")+r.Header.Get("X-Slack-Retry-Reason"))
		if len(seen) == 1 {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer app.Close()
	w := newWorld(t, func(s *slacksim.Simulator) { s.Endpoints.Events = app.URL })
	w.sim.PublicURL = w.srv.URL
	if err := w.sim.OpenHome("ida"); err != nil {
		t.Fatal(err)
	}
	if strings.Join(seen, "|") != "|1http_error" {
		t.Fatalf("deliveries %q", seen)
	}
}
