package slackdoor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
)

var errNoNet = errors.New("no net in this test")

// cut is a net that carries nothing.
type cut struct{}

func (cut) RoundTrip(*http.Request) (*http.Response, error) { return nil, errNoNet }

// basket keeps what the door makes of a payload.
type basket struct{ asks []activities.Ask }

func (b *basket) Accept(_ context.Context, ask activities.Ask) (bool, error) {
	b.asks = append(b.asks, ask)
	return true, nil
}

func fuzzed(t testing.TB) (*Door, *basket) {
	b := &basket{}
	d, err := New(Config{BotToken: "xoxb-x", SigningSecret: "s", Inbox: b, Transport: cut{}})
	if err != nil {
		t.Fatal(err)
	}
	return d, b
}

var (
	wholeKey  = regexp.MustCompile(`^slack:[A-Za-z0-9._:-]+$`)
	wholeWhen = regexp.MustCompile(`^(|[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?)$`)
)

// sound fails the test for an ask that should have been a mistake.
func sound(t *testing.T, a activities.Ask) {
	t.Helper()
	_, err := time.Parse(time.RFC3339, a.When)
	switch {
	case strings.ContainsAny(a.Who, " \n<>`") || utf8.RuneCountInString(a.Who) > maxWho:
		t.Errorf("person %q", a.Who)
	case !wholeWhen.MatchString(a.When) && err != nil:
		t.Errorf("moment %q", a.When)
	case a.Emergency && a.When != "":
		t.Errorf("an emergency at %q", a.When)
	case utf8.RuneCountInString(a.Reason) > maxReason || strings.ContainsAny(a.Reason, "\n\r\x00") || !utf8.ValidString(a.Reason):
		t.Errorf("reason %q", a.Reason)
	case a.Serial != "" && a.Verb != activities.VerbReceived && !serialNo.MatchString(a.Serial) && a.Case == "":
		t.Errorf("serial %q", a.Serial)
	}
}

// kept fails the test for what should not have come to the inbox.
func (b *basket) kept(t *testing.T) {
	t.Helper()
	for _, a := range b.asks {
		sound(t, a)
		if !wholeKey.MatchString(a.Key) || !idShape.MatchString(a.Reply.User) || a.Actor != "slack:"+a.Reply.User || a.Received.IsZero() {
			t.Errorf("key %q, actor %q, reply %+v", a.Key, a.Actor, a.Reply)
		}
		if a.Verb.Fact() {
			t.Errorf("a person reports %s", a.Verb)
		}
		if a.Verb.NeedsReason() && a.Reason == "" {
			t.Errorf("%s without a reason", a.Verb)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "help", "status dana@example.com", "dana@example.com 2026-11-30 17:00 left", `E1 "2026-11-30 17:00" x`,
		"<mailto:a@example.com|a@example.com> emergency: x", "<@U1|x> “y", "dana@example.com now ‘it’s’ over", "explain E1", "E1 serial C02XY", "\u00a0\u200b<", "a@example.com 9 <>|&lt;"} {
		for _, name := range Commands() {
			f.Add(name, text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		got, err := parse(name, text)
		shown := mistake(name, err)
		if err == nil {
			sound(t, got.ask)
			shown = received(got.ask)
			if !got.help && got.form == "" && got.ask.Who == "" {
				t.Errorf("nobody is asked about: %+v", got)
			}
		}
		for _, mark := range []string{"<!", "<@", "<#", "<http"} {
			if strings.Contains(strings.ReplaceAll(shown, name, ""), mark) {
				t.Errorf("the answer has markup: %s", shown)
			}
		}
	})
}

func FuzzCommandForm(f *testing.F) {
	f.Add([]byte("command=%2Foffboard&text=E1&user_id=U1&channel_id=C1&trigger_id=1.2.x"))
	f.Add([]byte("command=%2Ftenure&text=&user_id=U1&trigger_id=%00"))
	f.Add([]byte("ssl_check=1"))
	f.Add([]byte("%zz=&;"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, b := fuzzed(t)
		out, err := d.takeCommand(context.Background(), body, "delivery")
		if err == nil && out.body != nil && !json.Valid(out.json()) {
			t.Error("the acknowledgement is no JSON")
		}
		b.kept(t)
	})
}

const fuzzedPress = `{"type":"block_actions","trigger_id":"1.2.x","user":{"id":"U1"},"channel":{"id":"C1"},"container":{"type":"message","message_ts":"1.2","channel_id":"C1"},` +
	`"actions":[{"action_id":"tenure.approve","value":"{\"v\":\"approve\",\"c\":\"offboard/E1\"}"}],"response_url":"https://hooks.slack.com/x"}`

func FuzzInteraction(f *testing.F) {
	f.Add(fuzzedPress)
	f.Add(strings.ReplaceAll(fuzzedPress, "approve", "deny"))
	f.Add(`{"type":"view_closed","user":{"id":"U1"},"team":null,"enterprise":null,"channel":null,"view":null}`)
	f.Add(`{"type":"block_actions","user":{"id":"U1"},"actions":[{}],"container":{"type":"view"}}`)
	f.Fuzz(func(t *testing.T, payload string) {
		d, b := fuzzed(t)
		out, err := d.takeInteraction(context.Background(), []byte(url.Values{"payload": {payload}}.Encode()), "delivery")
		if err == nil {
			out.finish(context.Background())
		}
		b.kept(t)
	})
}

func FuzzSubmission(f *testing.F) {
	f.Add(`{"f":"offboard","c":"C1"}`, `{"who":{"v":{"value":"E1"}},"day":{"v":{"selected_date":"2026-11-30"}},"hour":{"v":{"selected_time":"17:00"}}}`)
	f.Add(`{"f":"press","p":{"v":"batch-release","b":"1"}}`, `{"which":{"v":{"selected_option":{"value":"only"}}},"ids":{"v":{"value":"E1 E2"}},"reason":{"v":{"value":"x"}}}`)
	f.Add(`{"f":"press","p":{"v":"raise"}}`, `{"count":{"v":{"value":"9"}},"hours":{"v":{"value":"1"}},"reason":{"v":{"value":null}}}`)
	f.Add(`{"f":"return"}`, `{"who":{"v":null},"serial":{},"reason":null}`)
	f.Add(`{"f":"status"}`, `{"emergency":{"v":{"selected_options":[{"value":"yes"}]}}}`)
	f.Fuzz(func(t *testing.T, metadata, values string) {
		var in interaction
		in.User.ID, in.View.ID, in.View.Callback, in.View.Metadata = "U1", "V1", callback, metadata
		if json.Unmarshal([]byte(values), &in.View.State.Values) != nil {
			return
		}
		d, b := fuzzed(t)
		out := d.submit(context.Background(), in)
		if out.body != nil && len(b.asks) > 0 {
			t.Error("what is kept is shown as an error")
		}
		b.kept(t)
	})
}

func FuzzPress(f *testing.F) {
	for _, v := range activities.Verbs() {
		f.Add(activities.Press{Verb: v, Case: "offboard/E1", Run: "r", Nonce: "n", Step: "okta.suspend", Serial: "C02XY", Batch: "b"}.Value())
	}
	f.Add(`{"v":"approve"`)
	f.Fuzz(func(t *testing.T, value string) {
		p, err := activities.ParsePress(value)
		if err != nil {
			return
		}
		again, err := activities.ParsePress(p.Value())
		if err == nil && again != p {
			t.Errorf("%+v came back as %+v", p, again)
		}
		m := meta{Form: formFor(p.Verb)}.carrying(p)
		if m.Form == formPress {
			back, err := readMeta(m.view(activities.Ask{}).PrivateMetadata)
			if err != nil && len(p.Value()) <= 2000 || err == nil && back.press != p {
				t.Errorf("the form carries %+v back as %+v (%v)", p, back.press, err)
			}
		}
	})
}
