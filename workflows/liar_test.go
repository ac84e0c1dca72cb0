package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

// lies are targets that say yes and do nothing, one step each. A lie lasts from its beginning until a person has
// looked; long is how long the step's turn takes to come.
func lies() []lie {
	return []lie{
		{step: "okta.sessions", vendor: "okta", overtaken: true, fault: kit.Fault{Method: "DELETE", Path: "/api/v1/users/*/sessions", Status: 204}},
		{step: "okta.factors", vendor: "okta", overtaken: true, fault: kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/reset_factors", Status: 200}},
		{step: "okta.deactivate", vendor: "okta", fault: kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"}},
		{step: "okta.groups", vendor: "okta", fault: kit.Fault{Method: "DELETE", Path: "/api/v1/groups/*/users/*", Status: 204}},
		{step: "google.tokens", vendor: "google", fault: kit.Fault{Method: "DELETE", Path: "/admin/directory/v1/users/*/tokens/*", Status: 204}},
		{step: "google.forwarding", vendor: "google", fault: kit.Fault{Method: "PUT", Path: "/gmail/v1/users/me/settings/autoForwarding", Status: 200, Body: "{}"}},
		{step: "google.delegate", vendor: "google", fault: kit.Fault{Method: "POST", Path: "/gmail/v1/users/me/settings/delegates", Status: 200, Body: "{}"}},
		{step: "google.autoreply", vendor: "google", fault: kit.Fault{Method: "PUT", Path: "/gmail/v1/users/me/settings/vacation", Status: 200, Body: "{}"}},
		{step: "google.undelegate", vendor: "google", turn: 60 * day, fault: kit.Fault{Method: "DELETE", Path: "/gmail/v1/users/me/settings/delegates/*", Status: 204}},
		{step: "google.suspend", vendor: "google", turn: 60 * day, fault: kit.Fault{Method: "PUT", Path: "/admin/directory/v1/users/*", Status: 200, Body: "{}"}},
	}
}

type lie struct {
	step   plan.StepID
	vendor string
	fault  kit.Fault
	turn   time.Duration
	// overtaken steps come true meanwhile, because a later one did their work: whoever is deactivated has no session.
	overtaken bool
}

func TestOffboard_TargetThatSaysYesAndDoesNothing_IsUnverifiedUntilItIsTrue(t *testing.T) {
	t.Parallel()
	for _, l := range lies() {
		t.Run(string(l.step), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.receive(20 * day)
			from := max(0, l.turn-time.Hour)
			if l.turn > 0 {
				l.turn += time.Hour // reminders and read-backs
			}
			s.spoil(s.world.Kits()[l.vendor], from, l.turn+5*time.Hour, l.fault)
			lying := s.see(l.turn + 2*time.Hour)
			task := false
			s.after(l.turn+2*time.Hour, func() { _, task = s.taskFor(l.step) })
			early := s.ask(l.turn+3*time.Hour, workflows.CompleteStep.Name, about(l.step, "looked at it, seems fine"))
			stillLying := s.see(l.turn + 4*time.Hour)
			s.ask(l.turn+6*time.Hour, workflows.CompleteStep.Name, about(l.step, "done by hand"))
			v := s.play()
			s.agreed(early)
			s.asksForPerson(*lying, l.step)
			if !l.overtaken {
				s.asksForPerson(*stillLying, l.step)
			}
			if !task {
				t.Error("no sub-task asks a person to look")
			}
			if got := step(v, l.step); !got.State.Proved() {
				t.Errorf("once it is true the step is %s: %s", got.State, got.Detail)
			}
			s.proved(v)
			s.once()
		})
	}
}

// asksForPerson checks that a step is called unverified, on the card's headline too, and names what to do.
func (s *stage) asksForPerson(v activities.CaseView, id plan.StepID) {
	s.Helper()
	got := step(v, id)
	if got.State != plan.Unverified || got.Mend == "" || got.Owner == "" || got.Due.IsZero() {
		s.Errorf("step %s is %q (%s), mend %q, owner %q, due %s", id, got.State, got.Detail, got.Mend, got.Owner, got.Due)
	}
	if !strings.Contains(v.Headline, "for a person") {
		s.Errorf("the headline %q does not say that a person is waited for", v.Headline)
	}
	if got.Critical && got.Phase == plan.Contain && !v.ContainedAt.IsZero() {
		s.Errorf("contained at %s although %s is not verified", v.ContainedAt, id)
	}
}

func TestOffboard_RetryOfAStepThatLied_ProvesIt(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.spoil(&s.world.Okta.Kit, 0, time.Hour, kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"})
	again := s.ask(2*time.Hour, workflows.RetryStep.Name, about("okta.deactivate", "Okta is well again"))
	v := s.play()
	s.agreed(again)
	s.want(v, "okta.deactivate", plan.Verified)
	s.proved(v)
	if task, ok := s.taskFor("okta.deactivate"); !ok || task.Status.Category != "done" {
		t.Errorf("the task of the step ended as %q", task.Status.Name)
	}
}
