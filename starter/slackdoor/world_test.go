package slackdoor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/store"
	slacksim "tenure/simulators/slack"
	"tenure/starter/slackdoor"
)

// letters is an inbox on the real store. A test can let it fail, or hold it up.
type letters struct {
	t     *testing.T
	store *store.Store

	mu    sync.Mutex
	fails error
	held  chan struct{} // while not nil, Accept waits for it or its deadline
	taken chan struct{} // gets one value for each Accept that begins to wait
}

func newLetters(t *testing.T) *letters {
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return &letters{t: t, store: s, taken: make(chan struct{}, 64)}
}

func (l *letters) Accept(ctx context.Context, ask activities.Ask) (bool, error) {
	l.mu.Lock()
	fails, held := l.fails, l.held
	l.mu.Unlock()
	if fails != nil {
		return false, fails
	}
	if held != nil {
		l.taken <- struct{}{}
		select {
		case <-held:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return false, err
	}
	return l.store.PutLetter(ctx, ask.Key, string(body), ask.Emergency)
}

func (l *letters) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fails = err
}

// hold makes Accept wait until the returned function is called.
func (l *letters) hold() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gate := make(chan struct{})
	l.held = gate
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.held = nil
		close(gate)
	})
}

// asks are those that are kept, oldest first.
func (l *letters) asks() []activities.Ask {
	kept, err := l.store.NextLetters(context.Background(), 1000)
	slices.SortFunc(kept, func(a, b store.Letter) int { return int(a.Seq - b.Seq) }) // as they came in, not by urgency
	require.NoError(l.t, err)
	var out []activities.Ask
	for _, k := range kept {
		var a activities.Ask
		require.NoError(l.t, json.Unmarshal([]byte(k.Body), &a))
		require.Equal(l.t, k.Key, a.Key)
		out = append(out, a)
	}
	return out
}

// world is a Slack workspace with a door to it, and an inbox behind the door.
type world struct {
	*testing.T
	sim     *slacksim.Simulator
	srv     *httptest.Server
	api     *slackapi.Client
	inbox   *letters
	ida     slacksim.User
	channel slacksim.Channel
	now     time.Time
	door    *slackdoor.Door
	end     func() error // ends Socket Mode and gives what RunSocket returned
}

// newWorld makes everything but runs nothing.
func newWorld(t *testing.T) *world {
	w := &world{T: t, sim: &slacksim.Simulator{}, inbox: newLetters(t), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	w.sim.Clock = func() time.Time { return w.now }
	w.sim.AckWithin = 30 * time.Second // a busy machine is not what is tested
	w.srv = httptest.NewServer(w.sim)
	t.Cleanup(w.srv.Close)
	t.Cleanup(w.sim.Close)
	w.sim.PublicURL = w.srv.URL
	w.ida = w.sim.AddUser(slacksim.User{Email: "ida@example.com", RealName: "Ida Sole"})
	w.channel = w.sim.AddChannel(slacksim.Channel{Name: "it-offboarding", Private: true, Members: []string{slacksim.BotUser, w.ida.ID}})
	w.api = slackapi.New(slacksim.DefaultBotToken, slackapi.OptionAPIURL(w.srv.URL+"/api/"))
	var err error
	w.door, err = slackdoor.New(w.config())
	require.NoError(t, err)
	return w
}

func (w *world) config() slackdoor.Config {
	return slackdoor.Config{BaseURL: w.srv.URL, BotToken: slacksim.DefaultBotToken, AppToken: slacksim.DefaultAppToken,
		SigningSecret: slacksim.DefaultSigningSecret, Inbox: w.inbox, Now: func() time.Time { return w.now }}
}

// patient is a connected world whose door waits for its inbox.
func patient(t *testing.T) *world {
	w := newWorld(t)
	w.door.BePatient()
	return w.connect()
}

// connected is a world whose door has its Socket Mode connections.
func connected(t *testing.T) *world { return newWorld(t).connect() }

func (w *world) connect() *world {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.door.RunSocket(ctx) }()
	w.end = sync.OnceValue(func() error { cancel(); return <-ended })
	w.Cleanup(func() { _ = w.end() })
	w.eventually(func() bool { return w.door.Connected() == 2 && w.sim.Connections() == 2 })
	return w
}

// overHTTP is a world whose Slack sends signed requests to the door.
func overHTTP(t *testing.T) *world {
	w := newWorld(t)
	app := httptest.NewServer(w.door.Handler())
	t.Cleanup(app.Close)
	w.sim.Endpoints = slacksim.Endpoints{Commands: app.URL + slackdoor.PathCommands, Interactions: app.URL + slackdoor.PathInteractions,
		Events: app.URL + slackdoor.PathEvents}
	return w
}

// eventually polls for something another goroutine does.
func (w *world) eventually(holds func() bool) {
	w.Helper()
	require.Eventually(w, holds, 20*time.Second, 2*time.Millisecond)
}

// types runs a slash command as Ida.
func (w *world) types(command, text string) slacksim.Response {
	w.Helper()
	got, err := w.sim.RunCommand(w.ida.ID, w.channel.ID, command, text)
	require.NoError(w, err)
	return got
}

// presses draws a button on a card and presses it as Ida.
func (w *world) presses(p activities.Press) (slacksim.Response, string) {
	w.Helper()
	return w.pressesRaw(activities.PressPrefix+string(p.Verb), p.Value())
}

func (w *world) pressesRaw(actionID, value string) (slacksim.Response, string) {
	w.Helper()
	button := slackapi.NewButtonBlockElement(actionID, value, slackapi.NewTextBlockObject("plain_text", "Press", false, false))
	_, ts, err := w.api.PostMessage(w.channel.ID, slackapi.MsgOptionText("card", false), slackapi.MsgOptionBlocks(slackapi.NewActionBlock("", button)))
	require.NoError(w, err)
	got, err := w.sim.PressButton(w.ida.ID, w.channel.ID, ts, actionID, "")
	require.NoError(w, err)
	return got, ts
}

// submits fills inputs of a form and submits it.
func (w *world) submits(view string, inputs map[string]any) slacksim.Response {
	w.Helper()
	state := map[string]map[string]any{}
	for block, v := range inputs {
		state[block] = map[string]any{"v": v}
	}
	got, err := w.sim.SubmitView(w.ida.ID, view, state)
	require.NoError(w, err)
	return got
}

func typedIn(s string) map[string]any {
	return map[string]any{"type": "plain_text_input", "value": s}
}

func chosen(s string) map[string]any {
	return map[string]any{"type": "radio_buttons", "selected_option": map[string]any{"value": s}}
}

// answered waits for what came by the response URL.
func (w *world) answered(id string) string {
	w.Helper()
	var text string
	w.eventually(func() bool {
		in, ok := w.sim.Interaction(id)
		if !ok || len(in.Answers) == 0 {
			return false
		}
		text = in.Answers[len(in.Answers)-1].Text
		return true
	})
	return text
}

// one is the only ask that is kept.
func (w *world) one() activities.Ask {
	w.Helper()
	asks := w.inbox.asks()
	require.Len(w, asks, 1)
	return asks[0]
}

// nobodyRuns waits until no goroutine of the door's is left.
func nobodyRuns(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		stacks := make([]byte, 1<<20)
		return !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("slackdoor.(*"))
	}, 10*time.Second, 5*time.Millisecond)
}
