package workflows_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/employee"
	namelysim "tenure/simulators/namely"
	"tenure/simulators/world"
	"tenure/workflows"
)

// twin gives somebody else the leaver's address, as HR's system has it, and gives back how it is mended.
func (s *stage) twin() (mend func()) {
	s.Helper()
	other := s.bystander()
	set := func(address string) {
		s.world.Namely.Edit(other.ProfileID, func(p *namelysim.Profile) { p.Email = address })
	}
	set(s.leaver.Email)
	s.scan()
	return func() { set(other.Email); s.scan() }
}

// alarms are the messages in the channel that say a case cannot begin.
func (s *stage) alarms() (out []string) {
	room, _ := s.world.Slack.Channel(world.ITChannel)
	for _, m := range room.Messages {
		if strings.Contains(m.Text, "cannot begin") {
			out = append(out, m.Text)
		}
	}
	return out
}

// Nobody looks at a case that HR's word began. When it cannot be told whose accounts are meant, IT is told, once, and the
// case begins as soon as that is mended: at HR's next word, or by itself the next day.
func TestOpen_RefusedForTheWatch_ITIsToldAndTheCaseStays(t *testing.T) {
	t.Parallel()
	for name, word := range map[string]bool{"HR's next word": true, "the next day": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, brisk)
			r := s.request()
			mend := s.twin()
			waiting := s.see(3*day + time.Hour)
			var told []string
			s.after(3*day+time.Hour, func() { told = s.alarms(); s.untouched(); mend() })
			if word {
				s.hears(3*day+2*time.Hour, employee.Changed, time.Time{})
			}
			soon := s.see(3*day + 2*time.Hour + time.Minute)
			next := s.see(4*day + time.Minute)
			s.receive(9 * day)
			v := s.playRequest(r).View
			if len(told) != 1 || !strings.Contains(told[0], string(r.Employee)) {
				t.Errorf("after three days the channel says %q", told)
			}
			if waiting.Phase != "open" || len(waiting.WaitsFor) != 1 || !strings.Contains(waiting.WaitsFor[0], "same work address") {
				t.Errorf("meanwhile: %s, waits for %v", waiting.Phase, waiting.WaitsFor)
			}
			if soon.ContainedAt.IsZero() == word || next.ContainedAt.IsZero() {
				t.Errorf("after the mend %s, the next day %s", soon.Headline, next.Headline)
			}
			s.proved(v)
		})
	}
}

func TestOpen_RefusedForTheWatchAndRescinded_EndsWithNothingDone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	s.twin()
	stop := s.ask(2*day, workflows.Rescind.Name, says("kim", "a test record"))
	v := s.playRequest(r).View
	s.agreed(stop)
	s.untouched()
	if v.Outcome != "rescinded" || v.ClosedAt.Sub(opening) > 2*day+time.Minute {
		t.Errorf("%s at %s", v.Headline, v.ClosedAt)
	}
}

// Whoever asks at a terminal reads the refusal there, and the case ends with it.
func TestOpen_RefusedForAPerson_IsNoCase(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	r.Actor = "cli:kim"
	s.twin()
	err := s.try(r)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.Ambiguous {
		t.Errorf("refused with %v", err)
	}
	if got := s.alarms(); len(got) != 0 {
		t.Errorf("the channel says %q", got)
	}
	s.untouched()
}

// An emergency meets a case that cannot begin yet: it takes effect when it can, for those whom the policy names.
func TestOpen_EmergencyMeanwhile_TakesEffectForWhomThePolicyNames(t *testing.T) {
	t.Parallel()
	for who, may := range map[string]bool{"slack:UBOSS": true, "slack:U1": false} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, brisk, guarded(1), func(s *stage) { s.policy.Approvals.EmergencyFrom = []string{"slack:UBOSS"} })
			r := s.request()
			r.EffectiveAt = opening.Add(9 * day)
			mend := s.twin()
			hurried := s.ask(time.Hour, workflows.Reschedule.Name, hurry(who))
			s.after(2*time.Hour, mend)
			soon := s.see(day + time.Minute)
			if !may {
				s.approve(day+time.Hour, "cli:pat")
			}
			s.receive(20 * day)
			v := s.playRequest(r).View
			s.agreed(hurried)
			if soon.ContainedAt.IsZero() == may || may == (soon.Phase == "approval") {
				t.Errorf("once it could begin: %s, %s", soon.Phase, soon.Headline)
			}
			if !may {
				s.told(who + " may not make this case an emergency")
			}
			s.proved(v)
		})
	}
}
