package slackdoor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	slacksim "tenure/simulators/slack"
	"tenure/starter/slackdoor"
)

// request is a signed request that a test may spoil.
type request struct {
	method, path, contentType, secret, body string
	at                                      time.Time
	spoil                                   func(*http.Request)
}

func commandBody(w *world) string {
	return url.Values{"command": {"/offboard"}, "text": {"dana@example.com"}, "user_id": {w.ida.ID}, "channel_id": {w.channel.ID},
		"trigger_id": {"1.2.abc"}}.Encode()
}

func signed(w *world) request {
	return request{method: http.MethodPost, path: slackdoor.PathCommands, contentType: "application/x-www-form-urlencoded",
		secret: slacksim.DefaultSigningSecret, body: commandBody(w), at: w.now}
}

func (r request) send(w *world) *httptest.ResponseRecorder {
	req := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	stamp := strconv.FormatInt(r.at.Unix(), 10)
	req.Header.Set("Content-Type", r.contentType)
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", slacksim.Signature(r.secret, stamp, []byte(r.body)))
	if r.spoil != nil {
		r.spoil(req)
	}
	rec := httptest.NewRecorder()
	w.door.Handler().ServeHTTP(rec, req)
	return rec
}

func TestHTTP_CommandPressAndForm_OverSlacksSignedRequests(t *testing.T) {
	w := overHTTP(t)
	got := w.types("/offboard", "dana@example.com emergency laptop stolen")
	require.Contains(t, got.Text, "as an emergency, now")
	pressed, ts := w.presses(activities.Press{Verb: activities.VerbApprove, Case: "offboard/E1042", Run: "r1", Nonce: "n1"})
	require.Contains(t, w.answered(pressed.ID), "Received: approve")
	opened := w.types("/return-laptop", "")
	require.Nil(t, w.submits(opened.View.ID, map[string]any{"who": typedIn("E1042"), "serial": typedIn("c02xy")}).View)
	asks := w.inbox.asks()
	require.Len(t, asks, 3)
	require.True(t, asks[0].Emergency)
	require.Equal(t, activities.Ask{Key: "slack:" + pressed.ID, Verb: activities.VerbApprove, Actor: "slack:" + w.ida.ID, Case: "offboard/E1042", Run: "r1",
		Nonce: "n1", Received: w.now, Reply: activities.Reply{Channel: w.channel.ID, User: w.ida.ID, Thread: ts}}, asks[1])
	require.Equal(t, "E1042", asks[2].Who)
	require.Equal(t, "C02XY", asks[2].Serial)
}

func TestHTTP_KnownSignature(t *testing.T) {
	w := newWorld(t)
	c := w.config()
	c.SigningSecret = "test-signing-secret"
	w.now = time.Unix(1700000000, 0)
	c.Now = func() time.Time { return w.now }
	door, err := slackdoor.New(c)
	require.NoError(t, err)
	req := httptest.NewRequest(http.MethodPost, slackdoor.PathCommands, strings.NewReader("command=%2Foffboard&text=jane%40x.com"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("X-Slack-Request-Timestamp", "1700000000")
	req.Header.Set("X-Slack-Signature", "v0=8d0ac0c6e9566801ee4dc99e9488312397d636c7bb58158c135dbf9690c17d09")
	rec := httptest.NewRecorder()
	door.Handler().ServeHTTP(rec, req)
	require.Equal(t, http.StatusBadRequest, rec.Code, "proven; but nobody is said to have typed it")
}

func TestHTTP_StrangersAreRefusedWithoutDetail(t *testing.T) {
	w := newWorld(t)
	cases := map[string]struct {
		want  int
		spoil func(*request)
	}{
		"another secret": {401, func(r *request) { r.secret = "guessed" }},
		"another body": {401, func(r *request) {
			r.spoil = func(q *http.Request) { q.Body = io.NopCloser(strings.NewReader("command=x")) }
		}},
		"too old":              {401, func(r *request) { r.at = w.now.Add(-5*time.Minute - time.Second) }},
		"too far ahead":        {401, func(r *request) { r.at = w.now.Add(5*time.Minute + time.Second) }},
		"no time stamp":        {401, func(r *request) { r.spoil = without("X-Slack-Request-Timestamp") }},
		"a time stamp in hex":  {401, func(r *request) { r.spoil = with("X-Slack-Request-Timestamp", "0x65e") }},
		"an endless stamp":     {401, func(r *request) { r.spoil = with("X-Slack-Request-Timestamp", strings.Repeat("9", 4096)) }},
		"no signature":         {401, func(r *request) { r.spoil = without("X-Slack-Signature") }},
		"another version":      {401, func(r *request) { r.spoil = with("X-Slack-Signature", "v1="+strings.Repeat("0", 64)) }},
		"a short signature":    {401, func(r *request) { r.spoil = with("X-Slack-Signature", "v0=00") }},
		"no hexadecimal":       {401, func(r *request) { r.spoil = with("X-Slack-Signature", "v0="+strings.Repeat("x", 64)) }},
		"GET":                  {405, func(r *request) { r.method = http.MethodGet }},
		"PUT":                  {405, func(r *request) { r.method = http.MethodPut }},
		"JSON":                 {415, func(r *request) { r.contentType = "application/json" }},
		"no content type":      {415, func(r *request) { r.contentType = "" }},
		"declared too long":    {413, func(r *request) { r.body = strings.Repeat("a", 256<<10+1) }},
		"undeclared, too long": {413, func(r *request) { r.body = strings.Repeat("a", 256<<10+1); r.spoil = undeclared }},
		"another path":         {404, func(r *request) { r.path = "/slack/other" }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := signed(w)
			c.spoil(&r)
			rec := r.send(w)
			require.Equal(t, c.want, rec.Code)
			require.LessOrEqual(t, rec.Body.Len(), 64)
			require.NotContains(t, rec.Body.String(), "signature")
		})
	}
	require.Empty(t, w.inbox.asks())
	require.Equal(t, http.StatusOK, signed(w).send(w).Code)
}

func with(header, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(header, value) }
}

func without(header string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(header) }
}

func undeclared(r *http.Request) { r.ContentLength = -1 }

// unread is a body that fails the test when somebody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of an unproven request was read")
	return 0, io.EOF
}

func (unread) Close() error { return nil }

func TestHTTP_WhatCannotBeSlackIsRefusedBeforeItsBodyIsRead(t *testing.T) {
	w := newWorld(t)
	for _, spoil := range []func(*http.Request){without("X-Slack-Signature"), with("X-Slack-Request-Timestamp", "1"), with("Content-Type", "text/plain")} {
		r := signed(w)
		r.spoil = func(q *http.Request) { spoil(q); q.Body = unread{t} }
		require.GreaterOrEqual(t, r.send(w).Code, 400)
	}
}

func TestHTTP_Replay_IsRefused(t *testing.T) {
	w := newWorld(t)
	r := signed(w)
	require.Equal(t, http.StatusOK, r.send(w).Code)
	require.Equal(t, http.StatusUnauthorized, r.send(w).Code)
	w.now = w.now.Add(5 * time.Minute)
	require.Equal(t, http.StatusUnauthorized, r.send(w).Code, "at the end of the window")
	w.now = w.now.Add(time.Hour)
	require.Equal(t, http.StatusUnauthorized, r.send(w).Code, "too old by now")
	require.Len(t, w.inbox.asks(), 1)
}

func TestHTTP_SameCommandSignedAnew_IsOneAsk(t *testing.T) {
	w := newWorld(t)
	r := signed(w)
	require.Equal(t, http.StatusOK, r.send(w).Code)
	r.at = w.now.Add(time.Second)
	require.Equal(t, http.StatusOK, r.send(w).Code)
	require.Len(t, w.inbox.asks(), 1)
}

func TestHTTP_InboxFails_ThePersonHearsThatNothingWasDone(t *testing.T) {
	w := overHTTP(t)
	w.inbox.fail(errDisk)
	require.Contains(t, w.types("/offboard", "dana@example.com").Text, "nothing was done")
}

func TestHTTP_WithoutSigningSecret_NothingIsThere(t *testing.T) {
	w := newWorld(t)
	c := w.config()
	c.SigningSecret = ""
	var err error
	w.door, err = slackdoor.New(c)
	require.NoError(t, err)
	r := signed(w)
	r.secret = ""
	require.Equal(t, http.StatusNotFound, r.send(w).Code)
}

func TestHTTP_AddressIsVerified_AndEventsAreIgnored(t *testing.T) {
	w := overHTTP(t)
	r := signed(w)
	r.path, r.contentType, r.body = slackdoor.PathEvents, "application/json", `{"type":"url_verification","challenge":"3eZbrw1a"}`
	rec := r.send(w)
	require.Equal(t, http.StatusOK, rec.Code)
	require.JSONEq(t, `{"challenge":"3eZbrw1a"}`, rec.Body.String())
	r.secret = "guessed"
	require.Equal(t, http.StatusUnauthorized, r.send(w).Code)
	require.NoError(t, w.sim.OpenHome(w.ida.ID))
	r = signed(w)
	r.body = "ssl_check=1&token=legacy"
	require.Equal(t, http.StatusOK, r.send(w).Code)
	require.Empty(t, w.inbox.asks())
}

func TestHTTP_ProvenButUnreadable_IsRefused(t *testing.T) {
	w := newWorld(t)
	for path, bodies := range map[string][]string{
		slackdoor.PathCommands:     {"", "%zz", "command=%2Foffboard&text=x", "command=%2Foffboard&user_id=not+an+id"},
		slackdoor.PathInteractions: {"", "payload=", "payload={", "payload=[]", `payload={"type":"block_actions"}`, `payload={"type":"block_actions","user":{"id":"me"}}`},
	} {
		for _, body := range bodies {
			w.now = w.now.Add(time.Second) // an empty body signed twice in a second is a replay
			r := signed(w)
			r.path, r.body = path, body
			require.Equal(t, http.StatusBadRequest, r.send(w).Code, "%s %s", path, body)
		}
	}
}
