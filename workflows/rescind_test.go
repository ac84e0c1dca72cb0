package workflows_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// before is what the leaver had when nothing was done yet.
type before struct {
	groups, apps []string
	delegates    []string
	orgUnit      string
}

func (s *stage) had() before {
	s.Helper()
	all := s.world.Okta.Snapshot()
	i := slices.IndexFunc(all, func(p oktasim.Person) bool { return p.Login == s.leaver.Email })
	b := before{groups: all[i].Groups, apps: all[i].Apps, delegates: s.delegates(), orgUnit: s.googleUser().OrgUnitPath}
	slices.Sort(b.groups)
	slices.Sort(b.apps)
	return b
}

// skipAll ends, at a moment, every step that asks for a person, as people do who have seen to it.
func (s *stage) skipAll(at time.Duration) {
	s.after(at, func() {
		found, err := s.env.QueryWorkflow(workflows.Status.Name)
		s.must(err)
		var v activities.CaseView
		s.must(found.Get(&v))
		for _, st := range v.Steps {
			if st.State.AsksForPerson() {
				a := &answer{}
				s.env.UpdateWorkflow(workflows.SkipStep.Name, "skip "+string(st.ID), a.callback(), about(st.ID, "seen to by hand"))
			}
		}
	})
}

func TestRescind_AfterContainment_AccountsAreAsTheyWereAndPeopleSeeToTheRest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	was := s.had()
	stop := s.ask(2*day, workflows.Rescind.Name, says("kim", "wrong person"))
	asked := s.see(2*day + 3*time.Hour)
	s.skipAll(3 * day)
	v := s.play()
	s.agreed(stop)
	// A deactivation takes the password away for good: the account lives again, and its owner must be sent a new start.
	if u := s.oktaUser(); u.Status != "PROVISIONED" {
		t.Errorf("Okta: %s", u.Status)
	}
	now := s.had()
	if !slices.Equal(now.groups, was.groups) || !slices.Equal(now.apps, was.apps) {
		t.Errorf("Okta groups %v, were %v; apps %v, were %v", now.groups, was.groups, now.apps, was.apps)
	}
	u := s.googleUser()
	if u.Suspended || u.OrgUnitPath != was.orgUnit || u.Hidden || u.Mail.Vacation.Enabled || u.RecoveryEmail != s.leaver.Personal || slices.Contains(s.delegates(), s.manager().Email) {
		t.Errorf("Google: %s in %s, hidden %v, auto-reply %v, recovery %q, lent to %v", u.State(), u.OrgUnitPath, u.Hidden, u.Mail.Vacation.Enabled, u.RecoveryEmail, s.delegates())
	}
	serial := s.laptop().Serial
	for id, word := range map[plan.StepID]string{
		plan.StepID("jamf.unlock:" + serial): "PIN", plan.StepID("device.cancel:" + serial): "portal", "google.untransfer": "give them back",
	} {
		if got := step(*asked, id); got.State != plan.NeedsAttention || !strings.Contains(got.Detail+got.Mend, word) {
			t.Errorf("%s is %q: %s; %s", id, got.State, got.Detail, got.Mend)
		}
		if _, ok := s.taskFor(id); !ok {
			t.Errorf("no sub-task for %s", id)
		}
	}
	if got := step(*asked, "okta.restore"); got.State != plan.NeedsAttention || !strings.Contains(got.Mend, "activation mail") {
		t.Errorf("okta.restore is %s: %s", got.State, got.Mend)
	}
	s.want(*asked, "google.restore", plan.Verified)
	if v.Outcome != "rescinded" || v.ClosedAt.Sub(opening) < 3*day {
		t.Errorf("%s at %s", v.Headline, v.ClosedAt)
	}
	s.once()
	s.must(s.env.GetWorkflowErrorByID(s.returnID()))
}

func TestRescind_Twice_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.ask(2*day, workflows.Rescind.Name, says("kim", "wrong person"))
	twice := s.ask(2*day+time.Hour, workflows.Rescind.Name, says("kim", "wrong person"))
	s.skipAll(3 * day)
	s.play()
	s.refused(twice, activities.Conflict, "ending already")
}

func TestRescind_InTheMidstOfContainment_RestoresWhatWasDone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	was := s.had()
	// The deactivation does not get through: the person is suspended, and the case still tries.
	s.spoil(&s.world.Okta.Kit, 0, 2*time.Hour, kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: http.StatusServiceUnavailable})
	s.ask(3*time.Minute, workflows.Rescind.Name, says("kim", "wrong person"))
	s.skipAll(day)
	v := s.play()
	if v.Outcome != "rescinded" || s.oktaUser().Status != "ACTIVE" || !slices.Equal(s.had().groups, was.groups) {
		t.Errorf("%s; Okta %s in %v, was in %v", v.Headline, s.oktaUser().Status, s.had().groups, was.groups)
	}
	if n := s.world.Okta.CallsTo("POST", "/api/v1/users/*/lifecycle/deactivate"); n == 0 {
		t.Error("the deactivation was never tried")
	}
}

func TestRescind_OktaAwayMeanwhile_IsTriedAgainOnRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.spoil(&s.world.Okta.Kit, 2*day-time.Hour, 2*day+6*time.Hour, kit.Fault{Status: http.StatusServiceUnavailable})
	s.ask(2*day, workflows.Rescind.Name, says("kim", "wrong person"))
	stuck := s.see(2*day + 5*time.Hour)
	again := s.ask(2*day+7*time.Hour, workflows.RetryStep.Name, about("okta.restore", "Okta is back"))
	s.skipAll(3 * day)
	s.play()
	if got := step(*stuck, "okta.restore"); got.State != plan.NeedsAttention || got.Problem != activities.Unavailable {
		t.Errorf("while Okta is away okta.restore is %s (%s)", got.State, got.Problem)
	}
	s.agreed(again)
	if got := s.oktaUser().Status; got != "PROVISIONED" {
		t.Errorf("Okta: %s", got)
	}
}
