package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/workflows"
)

// Two doors are not two people.
func TestGate_OnePersonAtTwoDoors_CountsOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(2))
	r := s.request()
	r.Actor, r.ActorEmployee = "cli:kim", "E9001"
	s.receive(5 * day)
	asker := s.known(time.Hour, "slack:UKIM", "E9001")
	subject := s.known(2*time.Hour, "slack:USELF", r.Employee)
	first := s.known(3*time.Hour, "slack:UPAT", "E9002")
	again := s.known(4*time.Hour, "cli:pat", "E9002")
	s.after(5*time.Hour, func() { s.untouched() })
	second := s.known(6*time.Hour, "cli:lee", "E9003")
	v := s.playRequest(r).View
	s.refused(asker, activities.Forbidden, "asked for this case")
	s.refused(subject, activities.Forbidden, "is the person this case is about")
	s.agreed(first)
	s.refused(again, activities.Conflict, "has approved already", "2 different people")
	s.agreed(second)
	s.proved(v)
}

func hurry(by string) workflows.RescheduleRequest {
	return workflows.RescheduleRequest{PersonSays: workflows.PersonSays{By: by, Reason: "lost trust"}, At: opening, Emergency: true}
}

// An emergency meets the case that waits for its day: the same case, now.
func TestGate_Emergency_BringsAScheduledCaseForward(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(9 * day)
	s.receive(10 * day)
	sooner := s.ask(day, workflows.Reschedule.Name, hurry("slack:U1"))
	soon := s.see(day + time.Minute)
	v := s.playRequest(r).View
	s.agreed(sooner)
	if soon.ContainedAt.IsZero() || soon.Urgency != "emergency" {
		t.Errorf("a minute into the emergency: %s (%s)", soon.Headline, soon.Urgency)
	}
	s.proved(v)
	s.once()
}

func TestGate_Emergency_PassesApprovalByOnlyForThoseThePolicyNames(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(2), func(s *stage) { s.policy.Approvals.EmergencyFrom = []string{"slack:UBOSS"} })
	s.receive(5 * day)
	anybody := s.ask(time.Hour, workflows.Reschedule.Name, hurry("slack:U1"))
	s.after(2*time.Hour, func() { s.untouched() })
	boss := s.ask(3*time.Hour, workflows.Reschedule.Name, hurry("slack:UBOSS"))
	soon := s.see(3*time.Hour + time.Minute)
	v := s.play()
	s.refused(anybody, activities.Forbidden, "may not make this case an emergency", "approvals.emergency_from")
	s.agreed(boss)
	if soon.ContainedAt.IsZero() {
		t.Errorf("a minute into the emergency: %s", soon.Headline)
	}
	s.proved(v)
}

// The tracker's own news is read at once, not at the next poll; and it is read from the tracker, so that a nudge that
// comes late says nothing old.
func TestReturn_TrackerHasNews_IsReadAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, func(s *stage) { s.policy.Devices.Poll = s.policy.Offboard.Delegation.Lasts })
	reads := func() int {
		n := 0
		for _, c := range s.world.Kits()["easypost"].Calls() {
			if c.Method == "GET" && strings.Contains(c.Path, "/trackers/") {
				n++
			}
		}
		return n
	}
	s.receive(30 * day)
	var before, after int
	nudge := func() {
		before = reads()
		s.must(s.env.SignalWorkflowByID(s.returnID(), workflows.ShipmentMoved.Name, workflows.ShipmentMove{}))
	}
	s.after(12*day, nudge)
	s.after(12*day+time.Minute, func() { after = reads() })
	s.play()
	if after != before+1 {
		t.Errorf("the tracker was read %d times before and %d after the nudge", before, after)
	}
}

// Who speaks at the command line is only said: two approvals from there can be one person's.
func TestGate_TwoVoicesOfTheCommandLine_AreNotTwoPeople(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(2), func(s *stage) { s.policy.Access.CLIDecides = policy.CLIOne })
	s.receive(5 * day)
	first := s.known(time.Hour, "cli:pat", "E9002")
	second := s.known(2*time.Hour, "cli:lee", "E9003")
	s.after(3*time.Hour, func() { s.untouched() })
	proved := s.known(4*time.Hour, "slack:ULEE", "E9003")
	v := s.play()
	s.agreed(first)
	s.refused(second, activities.Conflict, "command line", "cli_decides")
	s.agreed(proved)
	s.proved(v)
}
