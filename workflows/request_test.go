package workflows_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/simulators/company"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
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
	s.bind(&elsewhere{})
	return s.handOn(ask)
}

// handOn is carried with what is elsewhere bound already, or not needed.
func (s *stage) handOn(ask activities.Ask) workflows.RequestResult {
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

// elsewhere stands for Temporal's side of an ask, which e2e shows: what is carried, and how whoever asks stands.
type elsewhere struct {
	carried []activities.CarryAsk
	leaving bool
	silent  time.Duration // for so long no question is answered
	now     func() time.Time
	err     error // what is answered instead of how they stand
}

func (e *elsewhere) carry(_ context.Context, in activities.CarryAsk) (activities.CarriedAsk, error) {
	e.carried = append(e.carried, in)
	return activities.CarriedAsk{Text: "carried", Case: "offboard/" + string(in.Person.ID)}, nil
}

func (e *elsewhere) standing(ctx context.Context, in activities.StandingOf) (activities.Standing, error) {
	if e.now().Before(opening.Add(e.silent)) {
		return activities.Standing{}, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_HEARTBEAT, nil)
	}
	return activities.Standing{Leaving: e.leaving, Case: "offboard/" + string(in.Employee)}, e.err
}

func (s *stage) bind(e *elsewhere) {
	e.now = s.config.Clock
	s.env.RegisterActivityWithOptions(e.carry, activity.RegisterOptions{Name: activities.AskCarry.Name})
	s.env.RegisterActivityWithOptions(e.standing, activity.RegisterOptions{Name: activities.AskStanding.Name})
}

// team lets the leaver's manager ask for everything in Slack, and is that manager's user.
func (s *stage) team() string {
	user := s.slackUser(s.manager().Email)
	s.policy.Access = policy.Access{SlackUsers: []string{user}, Systems: []string{"okta", "jira"}}
	return user
}

// Until Slack is shut, whoever is being offboarded is still in every group that the policy names.
func TestRequest_FromSomebodyWhoIsBeingOffboarded_IsRefused(t *testing.T) {
	t.Parallel()
	for _, verb := range []activities.Verb{activities.VerbOffboard, activities.VerbBatchRelease, activities.VerbExplain} {
		s := newStage(t)
		e := &elsewhere{leaving: true}
		s.bind(e)
		ask := s.slackAsk(s.team(), verb, s.leaver.Email)
		if verb == activities.VerbBatchRelease {
			ask.Who, ask.Batch, ask.Reason = "", "B1", "meant"
		}
		out := s.handOn(ask)
		if refused := out.Refusal != nil && strings.Contains(out.Refusal.Text, "being offboarded themselves"); refused != (verb != activities.VerbExplain) {
			t.Errorf("%s: %+v", verb, out)
		}
		if verb != activities.VerbExplain {
			s.posted("Refused", "being offboarded themselves")
		}
	}
}

// What cannot be checked is a no to a person; what a system reports is so whoever is asked.
func TestRequest_StandingCannotBeChecked_FailsClosedForPeopleAlone(t *testing.T) {
	t.Parallel()
	no := temporal.NewNonRetryableApplicationError("no answer", activities.Unavailable, nil)
	s := newStage(t)
	e := &elsewhere{err: no}
	s.bind(e)
	if out := s.handOn(s.slackAsk(s.team(), activities.VerbOffboard, s.leaver.Email)); out.Refusal == nil || !strings.Contains(out.Refusal.Text, "could not be checked whether") {
		t.Errorf("%+v", out)
	}
	s = newStage(t)
	e = &elsewhere{err: no}
	s.bind(e)
	s.team()
	s.policy.Access.Identities = map[string]string{"okta:hook": s.manager().Email}
	if out := s.handOn(s.oktaAsk()); out.Refusal != nil || len(e.carried) != 1 {
		t.Errorf("%+v", out)
	}
}

func (s *stage) oktaAsk() activities.Ask {
	return activities.Ask{Key: "okta:1", Verb: activities.VerbOffboard, Actor: "okta:hook", Who: s.leaver.Email, Received: opening}
}

// Nobody is there who could ask again when Google comes back.
func TestRequest_OktaReports_WhileGoogleIsAway_WaitsForIt(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	e := &elsewhere{}
	s.bind(e)
	s.team()
	s.spoil(&s.world.Google.Kit, 0, 10*time.Hour, kit.Fault{Status: 503})
	s.spoil(&s.world.Okta.Kit, 0, 0, kit.Fault{Status: 503}) // where the person is shut already
	if out := s.handOn(s.oktaAsk()); out.Refusal != nil || len(e.carried) != 1 {
		t.Errorf("%+v", out)
	}
	if waited := s.env.Now().Sub(opening); waited < 10*time.Hour {
		t.Errorf("carried after %s", waited)
	}
}

// A person who waits is told no, and not kept waiting.
func TestRequest_APersonAsks_WhileGoogleIsAway_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	e := &elsewhere{}
	s.bind(e)
	s.spoil(&s.world.Google.Kit, 0, 0, kit.Fault{Status: 503})
	if out := s.handOn(s.slackAsk(s.team(), activities.VerbOffboard, s.leaver.Email)); out.Refusal == nil || len(e.carried) != 0 {
		t.Errorf("%+v", out)
	}
}

// HR need not know an address for somebody to be the last administrator of a known account.
func TestRequest_LastAdministrator_WithoutAddress_IsSpared(t *testing.T) {
	t.Parallel()
	last := company.LastSuperAdmin()
	s := newStage(t, func(s *stage) {
		if _, ok := company.Find(s.config.People, last.ProfileID); !ok {
			s.config.People = append(s.config.People, last)
		}
	})
	e := &elsewhere{}
	s.bind(e)
	user := s.team()
	p, err := s.store.PersonByProfile(s.Context(), last.ProfileID)
	s.must(err)
	account, ok := s.world.Google.User(last.Email)
	if !ok {
		t.Fatalf("%s is not in Google", last.Email)
	}
	s.must(s.store.Link(s.Context(), p.ID, "google", account.ID, "test", opening))
	s.world.Namely.Edit(last.ProfileID, func(p *namelysim.Profile) { p.Email = "" })
	s.scan()
	out := s.handOn(s.slackAsk(user, activities.VerbOffboard, string(p.ID)))
	if out.Refusal == nil || !strings.Contains(out.Refusal.Text, "last super administrator of Google") {
		t.Errorf("%+v", out)
	}
}

// A worker that was restarted in the middle of a question is no reason for a no.
func TestRequest_AQuestionThatGotNoAnswer_IsAskedOnceMore(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	e := &elsewhere{silent: 25 * time.Second}
	s.bind(e)
	if out := s.handOn(s.slackAsk(s.team(), activities.VerbOffboard, s.leaver.Email)); out.Refusal != nil || len(e.carried) != 1 {
		t.Errorf("%+v", out)
	}
}

// Nothing is left untold because Slack was away when it happened.
func TestRequest_SlackIsAwayForADay_TheRefusalIsAnnouncedAfterwards(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.spoil(&s.world.Slack.Kit, 0, 26*time.Hour, kit.Fault{Path: "/api/*", Status: 503})
	out := s.handOn(activities.Ask{Key: "cli:1", Verb: activities.VerbBatchRelease, Actor: "cli:nobody", OSUser: "root", Received: opening})
	if out.Refusal == nil {
		t.Errorf("%+v", out)
	}
	s.posted("Refused", "cli:nobody (in the session of root)")
}

// A stranger who asks and asks is one announcement, and is answered each time.
func TestRequest_Stranger_IsAnnouncedOnceInTenMinutes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ask := s.slackAsk(s.slackUser(s.manager().Email), activities.VerbOffboard, s.leaver.Email)
	s.env.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: string(workflows.ProcessRequest)})
	s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		for i, rest := range []time.Duration{0, time.Minute, time.Minute, 10 * time.Minute} {
			if err := workflow.Sleep(ctx, rest); err != nil {
				return err
			}
			ask.Key = fmt.Sprintf("slack:%d", i)
			ctx := workflow.WithWorkflowID(ctx, workflows.RequestID(ask.Key))
			if err := workflow.ExecuteChildWorkflow(ctx, string(workflows.ProcessRequest), workflows.RequestInput{Ask: ask}).Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}, workflow.RegisterOptions{Name: "insist"})
	s.env.ExecuteWorkflow("insist")
	s.must(s.env.GetWorkflowError())
	announced, answered := 0, 0
	for _, room := range s.world.Slack.Snapshot().Channels {
		for _, m := range room.Messages {
			switch text := m.Text + string(m.Blocks); {
			case strings.Contains(text, "Refused:"):
				announced++
			case strings.Contains(text, "may not ask for offboard"):
				answered++
			}
		}
	}
	if announced != 2 || answered != 4 {
		t.Errorf("%d announcements and %d answers", announced, answered)
	}
}
