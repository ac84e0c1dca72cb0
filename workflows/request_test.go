package workflows_test

import (
	"strings"
	"testing"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/simulators/company"
	"tenure/workflows"
)

// slackAsk is what somebody in the IT channel asks for.
func (s *stage) slackAsk(user string, v activities.Verb, who string) activities.Ask {
	return activities.Ask{Key: "slack:" + user + "-" + string(v), Verb: v, Actor: "slack:" + user, Who: who, Received: opening,
		Reply: activities.Reply{Channel: "C0TENUREIT", User: user}}
}

// request plays one ask to its end.
func (s *stage) carried(ask activities.Ask) workflows.RequestResult {
	s.Helper()
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.RequestID(ask.Key), TaskQueue: activities.QueueLifecycle})
	s.env.ExecuteWorkflow(workflows.Request, workflows.RequestInput{Ask: ask})
	s.must(s.env.GetWorkflowError())
	var out workflows.RequestResult
	s.must(s.env.GetWorkflowResult(&out))
	return out
}

// slackUser is the Slack id of somebody of the company.
func (s *stage) slackUser(email string) string {
	s.Helper()
	u, ok := s.world.Slack.User(email)
	if !ok {
		s.Fatalf("%s is not in Slack", email)
	}
	return u.ID
}

// A refusal is told to the asker and to the channel, and changes nothing anywhere. (That it is kept as evidence is seen
// in e2e: the SDK's environment runs local activities past the interceptor.)
func TestRequest_Refused_IsAnnouncedAndAnswered(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	user := s.slackUser(s.manager().Email)
	out := s.carried(s.slackAsk(user, activities.VerbOffboard, s.leaver.Email))
	if out.Refusal == nil || out.Refusal.Type != activities.Forbidden {
		t.Fatalf("%+v", out)
	}
	s.untouchedByAsk()
	s.posted("Refused", "may not ask for offboard")
	s.posted("<@" + user + "> may not ask for offboard") // to the asker alone, who is not in the channel
}

func TestRequest_SlackDoesNotSayWhoAsks_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(s *stage) { s.policy.Access.SlackUsers = []string{"UNOBODY"} })
	out := s.carried(s.slackAsk("UNOBODY", activities.VerbOffboard, s.leaver.Email))
	if out.Refusal == nil {
		t.Fatalf("%+v", out)
	}
	s.untouchedByAsk()
}

// Whoever alone could administer Okta is not locked out, whoever asks.
func TestRequest_LastAdministrator_IsSpared(t *testing.T) {
	t.Parallel()
	last := company.LastSuperAdmin()
	s := newStage(t, func(s *stage) {
		if _, ok := company.Find(s.config.People, last.ProfileID); !ok {
			s.config.People = append(s.config.People, last)
		}
	})
	user := s.slackUser(s.manager().Email)
	s.policy.Access = policy.Access{SlackUsers: []string{user}}
	out := s.carried(s.slackAsk(user, activities.VerbOffboard, last.Email))
	if out.Refusal == nil || !strings.Contains(out.Refusal.Text, "last super administrator of Google") {
		t.Fatalf("%+v", out)
	}
	s.untouchedByAsk()
	s.posted("Refused", "last super administrator of Google")
}

// untouchedByAsk checks that no vendor was changed, but for what was said in Slack.
func (s *stage) untouchedByAsk() {
	s.Helper()
	for _, system := range []string{"okta", "google", "jamf", "retriever", "easypost", "jira"} {
		for _, c := range s.changes(system) {
			s.Errorf("%s was changed: %s %s", system, c.Method, c.Path)
		}
	}
}

// posted checks that one message of the IT channel says all the words.
func (s *stage) posted(words ...string) {
	s.Helper()
	var texts []string
	for _, room := range s.world.Slack.Snapshot().Channels {
		for _, m := range room.Messages {
			texts = append(texts, m.Text+string(m.Blocks))
		}
	}
	for _, text := range texts {
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			return
		}
	}
	s.Errorf("nothing in the channel says %v", words)
}
