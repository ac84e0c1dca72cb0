package workflows_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/simulators/kit"
)

func TestOffboard_SlackAndJiraDownForSixHours_ContainedOnTimeAndShownInOrderAfterwards(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	for _, k := range []*kit.Kit{&s.world.Slack.Kit, &s.world.Jira.Kit} {
		s.spoil(k, 0, 6*time.Hour, kit.Fault{Status: http.StatusServiceUnavailable})
	}
	contained := s.see(time.Minute)
	s.after(6*time.Hour-time.Second, func() {
		if tickets, _ := s.tickets(); len(s.cards()) != 0 || len(tickets) != 0 {
			t.Error("a mirror that was down shows something")
		}
	})
	later := s.see(14 * time.Hour)
	v := s.play()
	if contained.ContainedAt.IsZero() || contained.ContainedAt.Sub(contained.Began()) > time.Minute {
		t.Errorf("after a minute: %s", contained.Headline)
	}
	if later.SlackURL == "" || later.JiraKey == "" {
		t.Errorf("eight hours after both were back: Slack %q, Jira %q", later.SlackURL, later.JiraKey)
	}
	s.proved(v)
	s.once()
}

func TestOffboard_SlackRefusesForDays_JiraShowsTheCaseAndSlackCatchesUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.spoil(&s.world.Slack.Kit, 0, 4*day, kit.Fault{Status: http.StatusOK, Body: `{"ok":false,"error":"token_revoked"}`})
	var comments int
	s.after(day, func() {
		tickets, _ := s.tickets()
		comments = len(tickets[0].Comments)
	})
	v := s.play()
	if comments < 2 {
		t.Errorf("Jira showed %d comments while Slack was away", comments)
	}
	s.proved(v)
	s.once()
}

func TestOffboard_CardDeletedBySomebody_IsMadeAnewWithItsThread(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.after(time.Hour, func() { s.world.Slack.DeleteMessage("C0TENUREIT", s.cards()[0].TS) })
	s.play()
	if n := len(s.cards()); n != 1 {
		t.Fatalf("%d cards", n)
	}
	if !strings.Contains(s.cards()[0].Text, "Closed: completed") {
		t.Errorf("the new card says %q", s.cards()[0].Text)
	}
}

func TestOffboard_MirrorsAreNotWrittenFasterThanTheirVendorsAllow(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	gaps := func(system, method, ending string, least time.Duration) {
		var last time.Time
		for _, c := range s.changes(system) {
			if c.Method != method || !strings.HasSuffix(c.Path, ending) {
				continue
			}
			if !last.IsZero() && c.At.Sub(last) < least {
				t.Errorf("%s was written at %s and at %s", system, last, c.At)
			}
			last = c.At
		}
	}
	tickets, _ := s.tickets()
	gaps("slack", "POST", "chat.update", time.Second)
	gaps("jira", "PUT", "/issue/"+tickets[0].Key, 5*time.Second)
}

// Every post takes effect and none is answered: each attempt, and each new call after the last attempt, has to look
// for what the one before has done.
func TestOffboard_MirrorsPostsAreNeverAnsweredForAnHour_NothingIsShownTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.spoil(&s.world.Slack.Kit, 0, time.Hour, kit.Fault{Method: "POST", Path: "/api/chat.postMessage", Drop: kit.DropAfter})
	s.spoil(&s.world.Jira.Kit, 0, time.Hour, kit.Fault{Method: "POST", Path: "/rest/api/2/issue/**", Drop: kit.DropAfter})
	s.proved(s.play())
	s.once()
}

// The last attempt of a call posts, and nobody learns of it: the next call has to look, although it is the first of
// its own attempts. (The test environment gives a call ten attempts.)
func TestOffboard_LastAttemptOfAMirrorPostsUnseen_TheNextCallLooksFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	for k, path := range map[*kit.Kit]string{&s.world.Slack.Kit: "/api/chat.postMessage", &s.world.Jira.Kit: "/rest/api/2/issue/*/comment"} {
		s.spoil(k, 2*time.Hour, 0, kit.Fault{Method: "POST", Path: path, Times: 9, Status: http.StatusServiceUnavailable})
		s.spoil(k, 2*time.Hour, 0, kit.Fault{Method: "POST", Path: path, Times: 1, Drop: kit.DropAfter})
	}
	s.proved(s.play())
	s.once()
}
