package workflows_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/workflows"
)

// guarded makes the leaver a protected person whose case needs so many approvals.
func guarded(needed int) func(*stage) {
	return func(s *stage) {
		s.policy.Approvals.Protected = []string{s.leaver.Email}
		s.policy.Approvals.Needed, s.policy.Access.CLIDecides = needed, policy.CLIAny
	}
}

// approve approves the request that is shown at that moment.
func (s *stage) approve(at time.Duration, by string) *answer { return s.known(at, by, "") }

// known is an approval by somebody of whom the front door found out who it is.
func (s *stage) known(at time.Duration, by string, who employee.ID) *answer {
	a := &answer{what: "Approve by " + by}
	s.after(at, func() {
		found, err := s.env.QueryWorkflow(workflows.Status.Name)
		s.must(err)
		var v activities.CaseView
		s.must(found.Get(&v))
		in := workflows.ApproveRequest{PersonSays: workflows.PersonSays{By: by, Employee: who, Reason: "agreed with HR"}}
		if v.Approvals != nil {
			in.Nonce = v.Approvals.Nonce
		}
		s.env.UpdateWorkflow(workflows.Approve.Name, "", a.callback(), in)
	})
	return a
}

// untouched checks that no system in which the person has anything was called, not even to read.
func (s *stage) untouched() {
	s.Helper()
	for _, system := range []string{"okta", "google", "jamf", "retriever", "easypost"} {
		for _, c := range s.world.Kits()[system].Calls() {
			s.Errorf("%s was called: %s %s", system, c.Method, c.Path)
		}
	}
}

func TestGate_ProtectedPerson_WaitsForApprovalAndThenGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(1))
	s.receive(5 * day)
	waiting := s.see(20 * time.Hour)
	s.after(20*time.Hour, func() { s.untouched() })
	yes := s.approve(24*time.Hour, "cli:pat")
	v := s.play()
	s.agreed(yes)
	if a := waiting.Approvals; a == nil || a.Needed != 1 || a.Nonce == "" || a.Why == "" || !a.Expires.Equal(opening.Add(3*day)) {
		t.Errorf("the view asks for %+v", a)
	}
	if !strings.Contains(waiting.Headline, "Waiting for approval, 0 of 1") || len(waiting.WaitsFor) != 1 {
		t.Errorf("headline %q, waits for %v", waiting.Headline, waiting.WaitsFor)
	}
	s.proved(v)
	s.once()
}

func TestGate_TwoPeople_WhoAskedTheSubjectAndOnePersonTwiceDoNotCount(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(2))
	r := s.request()
	r.Actor, r.ActorEmployee = "cli:kim", "E9001"
	s.receive(5 * day)
	asker := s.approve(time.Hour, "cli:kim")
	subject := s.approve(2*time.Hour, "cli:"+strings.ToUpper(s.leaver.Email))
	subjectByID := s.approve(3*time.Hour, "cli:"+string(r.Employee))
	stale := s.ask(4*time.Hour, workflows.Approve.Name, workflows.ApproveRequest{PersonSays: says("pat", ""), Nonce: "of-before"})
	nobody := s.approve(5*time.Hour, "pat")
	first := s.approve(6*time.Hour, "cli:pat")
	halfway := s.see(7 * time.Hour)
	again := s.approve(8*time.Hour, "cli:pat")
	s.after(9*time.Hour, func() { s.untouched() })
	second := s.approve(10*time.Hour, "slack:U777")
	late := s.approve(20*time.Hour, "cli:lee")
	v := s.playRequest(r).View
	s.refused(asker, activities.Forbidden, "cli:kim asked for this case", "somebody else must")
	s.refused(subject, activities.Forbidden, "is the person this case is about")
	s.refused(subjectByID, activities.Forbidden, "is the person this case is about")
	s.refused(stale, activities.Conflict, "another or an earlier request", "approve the one shown now")
	s.refused(nobody, activities.InvalidInput, `by "pat"`, "<door>:<id>", "cli:jo")
	s.agreed(first)
	if halfway.Approvals == nil || len(halfway.Approvals.By) != 1 || !strings.Contains(halfway.Headline, "1 of 2") {
		t.Errorf("with one approval of two: %s", halfway.Headline)
	}
	s.refused(again, activities.Conflict, "cli:pat has approved already", "2 different people")
	s.agreed(second)
	s.refused(late, activities.Conflict, "does not wait for an approval")
	s.proved(v)
}

func TestGate_NobodyApproves_ClosesWithNothingDone(t *testing.T) {
	t.Parallel()
	s := newStage(t, guarded(1))
	v := s.play()
	s.untouched()
	s.onceShown()
	if v.Outcome != "denied" || v.ClosedAt.Sub(v.Opened) > 3*day+time.Minute {
		t.Errorf("%s after %v", v.Headline, v.ClosedAt.Sub(v.Opened))
	}
}

func TestGate_Denied_ClosesWithNothingDone(t *testing.T) {
	t.Parallel()
	s := newStage(t, guarded(1))
	without := s.ask(time.Hour, workflows.Deny.Name, says("pat", " "))
	no := s.ask(2*time.Hour, workflows.Deny.Name, says("pat", "wrong person"))
	v := s.play()
	s.refused(without, activities.InvalidInput, "reason is missing")
	s.agreed(no)
	s.untouched()
	if v.Outcome != "denied" || v.ClosedAt.Sub(v.Opened) > 3*time.Hour {
		t.Errorf("%s after %v", v.Headline, v.ClosedAt.Sub(v.Opened))
	}
}

func TestGate_Emergency_DoesNotWait(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, guarded(2))
	r := s.request()
	r.Actor, r.Emergency = "cli:jo", true
	s.receive(4 * day)
	soon := s.see(time.Minute)
	v := s.playRequest(r).View
	if soon.ContainedAt.IsZero() || soon.Urgency != "emergency" {
		t.Errorf("a minute into an emergency: %s", soon.Headline)
	}
	s.proved(v)
}

func TestGate_EmergencyFromSomebodyWhoMayNot_IsNoCase(t *testing.T) {
	t.Parallel()
	s := newStage(t, guarded(1))
	r := s.request()
	r.Actor, r.Emergency = "slack:U123", true
	err := s.try(r)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.Forbidden {
		t.Errorf("refused with %v", err)
	}
	s.untouched()
	s.nothingChanged()
}

func TestGate_Scheduled_BeginsAtItsMomentAndNotBefore(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	s.receive(10 * day)
	before := s.see(5*day - time.Minute)
	s.after(5*day-time.Minute, func() { s.untouched() })
	after := s.see(5*day + time.Minute)
	v := s.playRequest(r).View
	if before.Phase != "scheduled" || !before.NextWake.Equal(r.EffectiveAt) || !strings.Contains(before.Headline, "Scheduled for 2026-11-28") {
		t.Errorf("the minute before: %s, %s, wakes %s for %s", before.Phase, before.Headline, before.NextWake, before.NextWakeWhy)
	}
	if after.ContainedAt.IsZero() || after.ContainedAt.Sub(r.EffectiveAt) > time.Minute {
		t.Errorf("the minute after: %s", after.Headline)
	}
	s.proved(v)
}

func TestGate_Reschedule_MovesTheMoment(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	move := func(at time.Duration, to time.Time, why string) *answer {
		return s.ask(at, workflows.Reschedule.Name, workflows.RescheduleRequest{PersonSays: says("kim", why), At: to})
	}
	s.receive(10 * day)
	nowhere := move(time.Hour, time.Time{}, "sooner")
	mute := move(2*time.Hour, opening.Add(2*day), "")
	later := move(day, opening.Add(8*day), "one week more")
	s.after(6*day, func() { s.untouched() })
	sooner := move(6*day, opening.Add(6*day+time.Hour), "now after all")
	contained := s.see(6*day + 2*time.Hour)
	tooLate := move(7*day, opening.Add(9*day), "never mind")
	v := s.playRequest(r).View
	s.refused(nowhere, activities.InvalidInput, "at is missing", "RFC 3339", "2026-11-30T17:00:00-05:00")
	s.refused(mute, activities.InvalidInput, "reason is missing")
	s.agreed(later)
	s.agreed(sooner)
	if at := contained.ContainedAt; at.IsZero() || at.Sub(opening.Add(6*day+time.Hour)) > time.Minute {
		t.Errorf("contained at %s", at)
	}
	s.refused(tooLate, activities.Conflict, "containment has begun already", "rescinded")
	s.proved(v)
}

func TestGate_HRMovesTheDepartureDate_TheCaseFollows(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	s.receive(12 * day)
	s.hears(day, employee.Departing, opening.Add(9*day))
	s.after(8*day, func() { s.untouched() })
	contained := s.see(9*day + time.Minute)
	s.proved(s.playRequest(r).View)
	if contained.ContainedAt.IsZero() || !contained.Effective.Equal(opening.Add(9*day)) {
		t.Errorf("effective %s: %s", contained.Effective, contained.Headline)
	}
}

func TestGate_HRMakesThePersonInactiveBeforeTheDay_ContainedAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	s.receive(6 * day)
	s.hears(day, employee.Left, time.Time{})
	contained := s.see(day + time.Minute)
	s.proved(s.playRequest(r).View)
	if contained.ContainedAt.IsZero() {
		t.Errorf("a minute after HR's word: %s", contained.Headline)
	}
}

func TestGate_HRClearsTheDepartureDate_RescindedWithoutASingleCall(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	r.EffectiveAt = opening.Add(5 * day)
	s.hears(day, employee.Staying, time.Time{})
	v := s.playRequest(r).View
	s.untouched()
	if v.Outcome != "rescinded" || v.ClosedAt.Sub(opening) > 2*day {
		t.Errorf("%s at %s", v.Headline, v.ClosedAt)
	}
}

func TestGate_RescindBeforeTheStart_WithoutASingleCall(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]func(*stage){"scheduled": brisk, "waiting for approval": guarded(1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, shape)
			r := s.request()
			r.EffectiveAt = opening.Add(5 * day)
			mute := s.ask(time.Hour, workflows.Rescind.Name, says("kim", ""))
			stop := s.ask(day, workflows.Rescind.Name, says("kim", "stays after all"))
			v := s.playRequest(r).View
			s.refused(mute, activities.InvalidInput, "reason is missing")
			s.agreed(stop)
			s.untouched()
			s.onceShown()
			if v.Outcome != "rescinded" || v.ClosedAt.Sub(opening) > day+time.Minute {
				t.Errorf("%s at %s", v.Headline, v.ClosedAt)
			}
			for _, st := range v.Steps {
				if st.State != plan.Skipped && st.State != plan.IgnoredByPolicy {
					t.Errorf("step %s ended %s", st.ID, st.State)
				}
			}
		})
	}
}
