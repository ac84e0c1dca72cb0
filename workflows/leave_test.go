package workflows_test

import (
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

func onLeave(p *namelysim.Profile)   { p.Custom = map[string]any{"leave_status": "On leave"} }
func backAgain(p *namelysim.Profile) { p.Custom = map[string]any{"leave_status": ""} }

func TestLeave_PausesAndComesBackWithWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	groups := len(s.groupsOf(p.Email))
	s.after(30*day, func() {
		u := s.account(p.Email)
		if u.Status != oktasim.Suspended || len(u.Sessions) != 0 {
			t.Errorf("on leave: %s, %d sessions", u.Status, len(u.Sessions))
		}
		if n := len(s.groupsOf(p.Email)); n != groups {
			t.Errorf("%d groups, had %d", n, groups)
		}
		if g, _ := s.world.Google.User(p.Email); g.Suspended {
			t.Error("mail is lost: the Google account is suspended")
		}
	})
	s.edits(40*day+time.Hour, employee.Changed, p.ProfileID, func(p *namelysim.Profile) { p.JobTitle = "Principal Engineer" })
	s.after(41*day, func() {
		if st := s.account(p.Email).Status; st != oktasim.Suspended {
			t.Errorf("after an edit on leave: %s", st)
		}
	})
	s.edits(60*day+time.Hour, employee.Changed, p.ProfileID, backAgain)
	v := s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	u := s.account(p.Email)
	if u.Status != oktasim.Active || u.Profile.Title != "Principal Engineer" {
		t.Errorf("back: %s, %s", u.Status, u.Profile.Title)
	}
	s.inGroup(p.Email, "on-call", true)
	s.stood(v, plan.StepID(plan.OktaResume), plan.Verified)
}

func TestLeave_BecomesTermination_WithoutAMomentOfAccess(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	s.edits(30*day+time.Hour, employee.Left, p.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	v := s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID))
	s.ended(v, "overtaken")
	if st := s.account(p.Email).Status; st != oktasim.Suspended {
		t.Errorf("left to the offboarding: %s", st)
	}
}

func TestLeave_AccountThatSomebodyElseSuspended_IsNotOpened(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Okta.SetStatus(p.Email, oktasim.Suspended) // by an administrator, before Tenure knew of any leave
	skip := s.ask(day, workflows.SkipStep.Name, about(plan.StepID(plan.OktaResume), "under investigation"))
	v := s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID))
	s.agreed(skip)
	s.ended(v, "completed")
	if st := s.account(p.Email).Status; st != oktasim.Suspended {
		t.Errorf("the account is %s", st)
	}
}

func TestLeave_Suspending_SuspendsGoogleToo(t *testing.T) {
	t.Parallel()
	s := newRoles(t, func(s *stage) { s.policy.Leave.Google = "suspend" })
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	s.after(10*day, func() {
		if g, _ := s.world.Google.User(p.Email); !g.Suspended {
			t.Error("Google is open")
		}
	})
	s.edits(20*day+time.Hour, employee.Changed, p.ProfileID, backAgain)
	s.ended(s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID)), "completed")
	if g, _ := s.world.Google.User(p.Email); g.Suspended {
		t.Error("Google is still suspended")
	}
}

// A word of HR's that never arrived is heard at the next daily look.
func TestLeave_ReturnThatNobodyTold_IsSeenWithinADay(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	s.after(20*day, func() { s.world.Namely.Edit(p.ProfileID, backAgain); s.scan() })
	v := s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	if at := step(v, plan.StepID(plan.OktaResume)).Executed; at.Before(opening.Add(20*day)) || at.After(opening.Add(21*day+time.Hour)) {
		t.Errorf("back at %s", at)
	}
}
