package slackdoor_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
	"tenure/starter/slackdoor"
)

var errDisk = errors.New("the disk is full")

func TestSocket_ACommandIsOneAsk_AnsweredAtOnce(t *testing.T) {
	w := connected(t)
	got := w.types("/offboard", "dana@example.com 2026-11-30 17:00 resigned")
	require.Equal(t, "ephemeral", got.Type)
	require.Contains(t, got.Text, "Received: offboard `dana@example.com`, on 2026-11-30 17:00 where the person is, reason “resigned”")
	require.Equal(t, activities.Ask{Key: "slack:" + got.ID, Verb: activities.VerbOffboard, Actor: "slack:" + w.ida.ID, Who: "dana@example.com",
		When: "2026-11-30 17:00", Reason: "resigned", Received: w.now, Reply: activities.Reply{Channel: w.channel.ID, User: w.ida.ID}}, w.one())
}

func TestSocket_TwoConnectionsTakeTurns(t *testing.T) {
	w := connected(t)
	for range 4 {
		w.types("/tenure", "explain dana@example.com")
	}
	require.Len(t, w.inbox.asks(), 4)
	require.Equal(t, 2, w.sim.CallsTo(http.MethodPost, "/api/apps.connections.open"))
}

func TestSocket_OneIsRefreshed_NothingIsLost(t *testing.T) {
	w := connected(t)
	const refreshes = 3
	for range refreshes {
		require.True(t, w.sim.DisconnectOne("refresh_requested"))
		for range 3 {
			w.types("/offboard", "status dana@example.com") // an error would say that nobody listens
		}
		w.eventually(func() bool { return w.door.Connected() == 2 && w.sim.Connections() == 2 })
	}
	require.Len(t, w.inbox.asks(), 3*refreshes)
}

func TestSocket_WarnedConnection_TakesWhatStillComesByIt(t *testing.T) {
	w := connected(t)
	require.True(t, w.sim.WarnOne())
	w.eventually(func() bool { return w.door.Connected() == 2 && w.sim.Connections() == 3 }) // its successor is there
	for range 3 {                                                                            // one by each of them
		w.types("/offboard", "status dana@example.com")
	}
	require.Len(t, w.inbox.asks(), 3)
	require.True(t, w.sim.CutOne())
	w.eventually(func() bool { return w.door.Connected() == 2 && w.sim.Connections() == 2 })
}

func TestSocket_WhatCameByARefreshedConnectionIsAcknowledgedOnIt(t *testing.T) {
	w := patient(t)
	release := w.inbox.hold()
	answers := make(chan error, 2)
	for range 2 { // one on each connection
		go func() {
			_, err := w.sim.RunCommand(w.ida.ID, w.channel.ID, "/offboard", "dana@example.com")
			answers <- err
		}()
		<-w.inbox.taken
	}
	w.sim.Disconnect("warning")
	w.eventually(func() bool { return w.sim.Connections() == 2 }) // their successors are there already
	release()
	require.NoError(t, <-answers)
	require.NoError(t, <-answers)
	require.Len(t, w.inbox.asks(), 2)
}

func TestSocket_OneDies_TheOtherTakesWhatComes(t *testing.T) {
	w := connected(t)
	require.True(t, w.sim.CutOne())
	w.types("/offboard", "dana@example.com")
	w.eventually(func() bool { return w.door.Connected() == 2 && w.sim.Connections() == 2 })
	require.Len(t, w.inbox.asks(), 1)
}

func TestSocket_ItsConnectionDiesBeforeTheAcknowledgement_TheAskIsKept(t *testing.T) {
	w := patient(t)
	release := w.inbox.hold()
	ended := make(chan error, 1)
	go func() {
		_, err := w.sim.RunCommand(w.ida.ID, w.channel.ID, "/offboard", "dana@example.com")
		ended <- err
	}()
	<-w.inbox.taken
	w.sim.CutOne()
	w.sim.CutOne()
	require.ErrorIs(t, <-ended, slacksim.ErrNoAnswer, "Slack tells the person that nobody answered")
	release()
	w.eventually(func() bool { return len(w.inbox.asks()) == 1 })
}

func TestSocket_SwitchedOffAndOnAgain_ComesBack(t *testing.T) {
	w := connected(t)
	remove := w.sim.Inject(kit.Fault{Path: "/api/apps.connections.open", Status: http.StatusOK, Body: `{"ok":false,"error":"socket_mode_not_enabled"}`})
	w.sim.Disconnect("link_disabled")
	w.eventually(func() bool { return w.door.Connected() == 0 })
	remove()
	w.eventually(func() bool { return w.door.Connected() == 2 })
	w.types("/offboard", "dana@example.com")
}

func TestSocket_TokenRefusedAtTheBeginning_SaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	c := w.config()
	c.AppToken = "xapp-wrong"
	door, err := slackdoor.New(c)
	require.NoError(t, err)
	err = door.RunSocket(t.Context())
	require.ErrorContains(t, err, "invalid_auth")
	require.ErrorContains(t, err, "connections:write")
	require.NotContains(t, err.Error(), "xapp-wrong")
	nobodyRuns(t)
}

func TestSocket_TokenRefusedLater_IsTriedAgain(t *testing.T) {
	w := connected(t)
	w.sim.Inject(kit.Fault{Path: "/api/apps.connections.open", Times: 2, Status: http.StatusOK, Body: `{"ok":false,"error":"invalid_auth"}`})
	w.sim.CutOne()
	w.sim.CutOne()
	w.eventually(func() bool { return w.door.Connected() == 2 })
}

func TestSocket_RateLimited_WaitsAsLongAsSlackSays(t *testing.T) {
	w := connected(t)
	w.sim.Inject(kit.Fault{Path: "/api/apps.connections.open", Times: 1, Throttle: true})
	w.sim.CutOne()
	w.eventually(func() bool {
		return w.door.Connected() == 2 && w.sim.CallsTo(http.MethodPost, "/api/apps.connections.open") == 4
	})
}

func TestSocket_WithoutAppToken_DoesNotRun(t *testing.T) {
	w := newWorld(t)
	c := w.config()
	c.AppToken = ""
	door, err := slackdoor.New(c)
	require.NoError(t, err)
	require.ErrorContains(t, door.RunSocket(t.Context()), "slack app token is empty")
}

func TestSocket_RedeliveredOnTheOtherConnection_IsOneAsk(t *testing.T) {
	w := connected(t)
	command := w.types("/offboard", "dana@example.com now resigned")
	pressed, _ := w.presses(activities.Press{Verb: activities.VerbApprove, Case: "offboard/E1042", Run: "r", Nonce: "n"})
	opened, _ := w.presses(activities.Press{Verb: activities.VerbDeny, Case: "offboard/E1042", Run: "r", Nonce: "n"})
	submitted := w.submits(opened.View.ID, map[string]any{"reason": typedIn("not hers to ask")})
	require.Len(t, w.inbox.asks(), 3)
	w.answered(pressed.ID)
	for _, id := range []string{command.ID, pressed.ID, opened.ID, submitted.ID} {
		again, err := w.sim.Repeat(id)
		require.NoError(t, err)
		require.Empty(t, again.Errors)
	}
	require.Len(t, w.inbox.asks(), 3)
	in, _ := w.sim.Interaction(pressed.ID)
	require.Len(t, in.Answers, 1, "a redelivered press is not answered twice")
	in, _ = w.sim.Interaction(opened.ID)
	require.Empty(t, in.Answers, "a form that is open already is no trouble")
}

func TestSocket_InboxFails_ThePersonHearsThatNothingWasDone(t *testing.T) {
	w := connected(t)
	opened, _ := w.presses(activities.Press{Verb: activities.VerbSkip, Case: "offboard/E1042", Step: "okta.deactivate"})
	w.inbox.fail(errDisk)

	got := w.types("/offboard", "dana@example.com")
	require.Contains(t, got.Text, "could not take this in; nothing was done")
	require.NotContains(t, got.Text, "Received")

	pressed, _ := w.presses(activities.Press{Verb: activities.VerbRetry, Case: "offboard/E1042", Step: "okta.deactivate"})
	require.Contains(t, w.answered(pressed.ID), "could not take this in; nothing was done")

	sent := w.submits(opened.View.ID, map[string]any{"reason": typedIn("no such account")})
	require.Contains(t, sent.Errors["reason"], "could not take this in; nothing was done")
	require.NotNil(t, sent.View, "what was typed is still there")
	require.Empty(t, w.inbox.asks())

	w.inbox.fail(nil)
	require.Nil(t, w.submits(opened.View.ID, map[string]any{"reason": typedIn("no such account")}).View)
	require.Equal(t, "no such account", w.one().Reason)
}

func TestSocket_InboxHangs_ThePersonIsAnsweredWithinSlacksTime(t *testing.T) {
	w := connected(t)
	defer w.inbox.hold()()
	got := w.types("/offboard", "dana@example.com")
	require.Contains(t, got.Text, "could not take this in; nothing was done")
	require.Empty(t, w.inbox.asks())
}

func TestSocket_EndsWithItsContext_FinishingWhatItTook(t *testing.T) {
	w := patient(t)
	release := w.inbox.hold()
	answer := make(chan string, 1)
	go func() {
		got, err := w.sim.RunCommand(w.ida.ID, w.channel.ID, "/offboard", "dana@example.com")
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- got.Text
	}()
	<-w.inbox.taken
	ended := make(chan error, 1)
	go func() { ended <- w.end() }()
	w.eventually(func() bool { return w.door.Connected() == 0 }) // it reads no more
	release()
	require.Contains(t, <-answer, "Received")
	require.NoError(t, <-ended)
	require.Len(t, w.inbox.asks(), 1)
	nobodyRuns(t)
	w.eventually(func() bool { // Slack sees a moment later that the connection is gone
		_, err := w.sim.RunCommand(w.ida.ID, w.channel.ID, "/offboard", "dana@example.com")
		return errors.Is(err, slacksim.ErrNobodyListens)
	})
}

func TestSocket_EventsAreAcknowledgedAndIgnored(t *testing.T) {
	w := connected(t)
	require.NoError(t, w.sim.OpenHome(w.ida.ID))
	require.Empty(t, w.inbox.asks())
}

func TestNew_SaysWhichSettingIsWrong(t *testing.T) {
	good := newWorld(t).config()
	for want, spoil := range map[string]func(*slackdoor.Config){
		"slack base URL":                     func(c *slackdoor.Config) { c.BaseURL = "slack.example.com" },
		"ends in /api":                       func(c *slackdoor.Config) { c.BaseURL = "https://slack.example.com/api/" },
		"no inbox":                           func(c *slackdoor.Config) { c.Inbox = nil },
		"bot token does not begin with xoxb": func(c *slackdoor.Config) { c.BotToken = "xoxp-x" },
		"app token does not begin with xapp": func(c *slackdoor.Config) { c.AppToken = "xoxb-x" },
		"both empty":                         func(c *slackdoor.Config) { c.AppToken, c.SigningSecret = "", "" },
	} {
		c := good
		spoil(&c)
		_, err := slackdoor.New(c)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "xoxp-x")
	}
}
