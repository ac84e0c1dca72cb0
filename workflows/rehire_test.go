package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// rehired tells the case, when so much time has passed, that a person let its leaver in again.
func (s *stage) rehired(at time.Duration) {
	s.after(at, func() {
		by := says("kim", "signed again")
		s.env.SignalWorkflow(workflows.EmployeeChanged.Name, workflows.EmployeeChange{Confirmed: &by,
			Event: employee.Event{Kind: employee.Returned, Employee: s.person().ID, Detected: s.env.Now()}})
	})
}

func TestRehire_DuringTheLease_WindsTheCaseDown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(5 * day)
	s.rehired(20 * day)
	for _, task := range []plan.StepID{plan.Action("jamf.unlock").For(s.laptop().Serial), "google.untransfer"} {
		s.ask(22*day, workflows.SkipStep.Name, about(task, "seen to"))
	}
	v := s.play()
	if v.Outcome != "rehired" {
		t.Errorf("outcome %q", v.Outcome)
	}
	if st := s.account(s.leaver.Email).Status; st != oktasim.Deprovisioned {
		t.Errorf("the Okta account is %s before the onboarding opens it", st)
	}
	g := s.googleUser()
	if g.Suspended || slices.Contains(s.delegates(), s.manager().Email) {
		t.Errorf("Google %s, lent to %v", g.State(), s.delegates())
	}
	if st := step(v, "google.restore").State; !st.Proved() {
		t.Errorf("google.restore is %s", st)
	}
	if at := v.ClosedAt; at.After(opening.Add(30 * day)) {
		t.Errorf("closed %s: it went on to the end of the lease", at)
	}
}

func TestRehire_BeforeTheLastDay_EndsTheCaseWithoutACall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	r.EffectiveAt = opening.Add(10 * day)
	s.rehired(2 * day)
	out := s.playRequest(r)
	for _, system := range []string{"okta", "google", "jamf", "retriever"} {
		if n := len(s.changes(system)); n != 0 {
			t.Errorf("%d changes in %s", n, system)
		}
	}
	if out.View.Outcome != "rescinded" {
		t.Errorf("outcome %q", out.View.Outcome)
	}
}

func TestRehire_BoxUnderWay_BecomesSomebodysTask(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.rehired(2 * day)
	seen := s.see(3 * day)
	s.ask(4*day, workflows.SkipStep.Name, about(plan.Action("device.cancel").For(s.laptop().Serial), "they keep the laptop"))
	for _, task := range []plan.StepID{plan.Action("jamf.unlock").For(s.laptop().Serial), "google.untransfer"} {
		s.ask(4*day, workflows.SkipStep.Name, about(task, "seen to"))
	}
	v := s.play()
	if v.Outcome != "rehired" {
		t.Errorf("outcome %q", v.Outcome)
	}
	if off := step(*seen, plan.Action("device.cancel").For(s.laptop().Serial)); !off.State.AsksForPerson() && !off.State.Ended() {
		t.Errorf("the box: %+v", off)
	}
	if seen.Phase != "rehired" || !strings.Contains(strings.Join(seen.WaitsFor, " "), "unlock") {
		t.Errorf("on the third day: %s, waits for %v", seen.Phase, seen.WaitsFor)
	}
}

func TestRehire_RescindAfterwards_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(5 * day)
	s.rehired(20 * day)
	no := s.ask(21*day, workflows.Rescind.Name, says("kim", "too late"))
	for _, task := range []plan.StepID{plan.Action("jamf.unlock").For(s.laptop().Serial), "google.untransfer"} {
		s.ask(22*day, workflows.SkipStep.Name, about(task, "seen to"))
	}
	s.play()
	s.refused(no, activities.Conflict, "ending already")
}
