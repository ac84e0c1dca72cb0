package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/internal/store"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

func toSales(p *namelysim.Profile) { p.Department, p.JobTitle = "Sales", "Account Executive" }

// shutBy puts up the fence of an earlier offboarding.
func (s *stage) shutBy(id employee.ID, run string, at time.Time) {
	s.Helper()
	s.must(s.store.RaiseFence(s.Context(), store.Fence{Employee: id, Case: "offboard/" + string(id), Run: run, Actor: "namely:watch", At: at}))
}

func TestMove_GroupThatARuleGivesToo_IsLeftAndAskedForOnce(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	g, _ := s.world.Okta.GroupNamed("on-call")
	s.world.Okta.AddRule(oktasim.Rule{Name: "escalation", Expression: `user.department=="Nowhere"`, Groups: []string{g.ID}})
	s.world.Namely.Edit(p.ProfileID, toSales)
	s.scan()
	s.ended(s.run(workflows.ProcessMove, s.recordOf(p.ProfileID)), "completed")
	if n := len(s.world.Okta.Calls()); n > 40 {
		t.Errorf("%d calls of Okta", n)
	}
}

func TestMove_GroupThatCannotBeLeft_IsSomebodysJobAndNotAskedForAllDay(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	s.world.Okta.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/groups/**", Status: 403})
	s.world.Namely.Edit(p.ProfileID, toSales)
	s.scan()
	skip := s.ask(7*day+time.Hour, workflows.SkipStep.Name, about(plan.StepID(plan.OktaQuit), "taken out by hand"))
	s.ended(s.run(workflows.ProcessMove, s.recordOf(p.ProfileID)), "completed")
	s.agreed(skip)
	if n := len(s.world.Okta.Calls()); n > 60 {
		t.Errorf("%d calls of Okta", n)
	}
}

func TestMove_SecondPositionThatBeginsLater_TakesEffectOnItsFirstDay(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	first := s.recordOf(p.ProfileID)
	second := s.hire(namelysim.Profile{Email: p.Email, FirstName: p.First, LastName: p.Last, Status: "active", EmployeeID: "E9002",
		JobTitle: "Sales Manager", Department: "Sales", EmployeeType: "Part Time", Start: firstDay, Office: "New York"})
	s.must(s.store.JoinRecords(s.Context(), second.ID, first.ID, "cli:kim", "two positions", opening))
	s.after(starts.Sub(opening)-time.Hour, func() { s.inGroup(p.Email, "managers", false) })
	v := s.run(workflows.ProcessMove, first)
	s.ended(v, "completed")
	s.inGroup(p.Email, "managers", true)
}

func TestMove_MappingTakenOutOfThePolicy_TakesNothingAway(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	s.world.Namely.Edit(p.ProfileID, toSales)
	s.scan()
	with := s.policy
	s.after(2*day, func() { s.policy.Mapping = policy.Policy{}.Mapping })
	s.after(20*day, func() { s.inGroup(p.Email, "vpn-users", true); s.inGroup(p.Email, "on-call", true) })
	s.after(21*day, func() { s.policy = with })
	s.ended(s.run(workflows.ProcessMove, s.recordOf(p.ProfileID)), "completed")
	s.inGroup(p.Email, "vpn-users", true)
	s.inGroup(p.Email, "on-call", false)
}

func TestOnboard_OktaAwayOnTheFirstMorning_OpensWhenItIsBack(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	morning := starts.Sub(opening)
	s.spoil(&s.world.Okta.Kit, morning-time.Minute, morning+3*time.Hour, kit.Fault{Status: 503})
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if u := s.account(who.Email); u.Status != oktasim.Provisioned || u.Activated.After(starts.Add(2*day)) {
		t.Errorf("%s since %s", u.Status, u.Activated)
	}
}

func TestOnboard_CalledOffAndOktaRefuses_StaysSomebodysJob(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	s.edits(10*day+time.Hour, employee.Left, who.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	s.after(10*day, func() {
		s.world.Okta.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 403})
	})
	later := s.see(30 * day)
	s.ask(31*day, workflows.SkipStep.Name, about(plan.StepID(plan.OktaDiscard), "deactivated by hand"))
	s.ended(s.run(workflows.ProcessOnboard, who), "overtaken")
	if later.Closed || !strings.Contains(strings.Join(later.WaitsFor, " "), "okta.discard") {
		t.Errorf("twenty days later: %s, waits for %v", later.Headline, later.WaitsFor)
	}
}

func TestOnboard_WithoutAFirstDay_AsksHR(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(""))
	seen := s.see(5 * day)
	s.edits(6*day+time.Hour, employee.Changed, who.ProfileID, func(p *namelysim.Profile) { p.Start = firstDay })
	s.ended(s.run(workflows.ProcessOnboard, who), "completed")
	if st := step(*seen, plan.StepID(plan.IdentityHR)); st.State != plan.NeedsAttention || !strings.Contains(st.Detail, "first day") {
		t.Errorf("%+v", st)
	}
}

func TestOnboard_FirstDayPutOffAfterTheAccountWasOpened_AsksAPerson(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := newcomer("2026-11-16")
	p.Status, p.JobTitle = "active", ""
	for i, a := range s.policy.Mapping.Attributes { // keeps the case open
		s.policy.Mapping.Attributes[i].Required = a.Name == "title"
	}
	who := s.hire(p)
	s.edits(2*day+time.Hour, employee.Changed, who.ProfileID, func(p *namelysim.Profile) { p.Start, p.JobTitle = "2027-01-11", "Engineer" })
	asked := s.see(4 * day)
	s.ask(5*day, workflows.SkipStep.Name, about(plan.OktaPause.For("early"), "works already"))
	s.ended(s.run(workflows.ProcessOnboard, who), "completed")
	if st := step(*asked, plan.OktaPause.For("early")); st.State != plan.NeedsAttention {
		t.Errorf("%+v", st)
	}
}

func TestOnboard_RehiredWhileTheOldLastDayStands_WindsNothingDown(t *testing.T) {
	t.Parallel()
	s := newRoles(t, func(s *stage) { s.policy.Onboard.Rehire = policy.RehireAuto })
	old := s.gone(s.worker("Engineering"))
	s.world.Namely.Edit(old.ProfileID, func(p *namelysim.Profile) { p.Status, p.Departure = "active", "2026-11-10" })
	s.scan()
	who := s.recordOf(old.ProfileID)
	s.shutBy(who.ID, "r1", opening.Add(-day))
	s.leaving = func() bool { return true }
	s.hears(0, employee.Returned, time.Time{})
	s.ended(s.run(workflows.ProcessOnboard, who), "overtaken")
	if len(s.heard) != 0 {
		t.Errorf("told %v", s.heard)
	}
}

func TestOnboard_SamePersonWithMonthsInBetween_LeavesTheOffboardingAlone(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.worker("Engineering")
	s.world.Namely.Edit(old.ProfileID, func(p *namelysim.Profile) { p.Departure = "2026-12-03" })
	s.scan()
	main := s.recordOf(old.ProfileID)
	p := newcomer("2027-01-15")
	p.Email, p.Personal, p.FirstName, p.LastName = "", old.Personal, old.First, old.Last
	who := s.hire(p)
	s.leaving = func() bool { return false }
	same := s.ask(day, workflows.CompleteStep.Name, about(plan.IdentityMatch.For(string(main.ID)), "HR says so"))
	s.ended(s.run(workflows.ProcessOnboard, who), "overtaken")
	s.agreed(same)
	if len(s.heard) != 0 {
		t.Errorf("told %v, and nothing shuts the account on the last day", s.heard)
	}
}

// Whoever confirmed a rehire did not know of an offboarding that came after.
func TestOnboard_ConfirmedBeforeALaterOffboarding_IsNotLetInPastIt(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.gone(s.worker("Engineering"))
	s.world.Namely.SetStatus(old.ProfileID, "active")
	s.scan()
	who := s.recordOf(old.ProfileID)
	s.shutBy(who.ID, "r1", opening.Add(-day))
	s.leaving = func() bool { return s.env.Now().Before(opening.Add(5 * day)) }
	s.hears(0, employee.Returned, time.Time{})
	s.ask(time.Hour, workflows.CompleteStep.Name, about(plan.StepID(plan.IdentityRehire), "signed on Friday"))
	s.after(2*day, func() { s.shutBy(who.ID, "r2", s.env.Now()) })
	s.ended(s.run(workflows.ProcessOnboard, who), "overtaken")
	if _, stands, err := s.store.Fence(t.Context(), who.ID); err != nil || !stands || s.account(old.Email).Status != oktasim.Deprovisioned {
		t.Errorf("fence %v, %v; the account is %s", stands, err, s.account(old.Email).Status)
	}
}

// Where Okta would suspend Google with a deactivation, a leaver's account is only suspended while the mailbox is lent.
func TestOnboard_RehiredWhileTheOffboardingHasOnlySuspended_IsOpened(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.worker("Engineering")
	who := s.recordOf(old.ProfileID)
	s.world.Okta.SetStatus(old.Email, oktasim.Suspended)
	s.shutBy(who.ID, "r1", opening.Add(-day))
	s.hears(0, employee.Returned, time.Time{})
	in := s.ask(time.Hour, workflows.CompleteStep.Name, about(plan.StepID(plan.IdentityRehire), "signed again"))
	s.ended(s.run(workflows.ProcessOnboard, who), "completed")
	s.agreed(in)
	if st := s.account(old.Email).Status; st != oktasim.Active {
		t.Errorf("the account is %s", st)
	}
}

func TestOnboard_KnownPersonMayNotSayThatTheNewRecordIsTheirs(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.worker("Engineering")
	p := newcomer("2026-11-16")
	p.Status, p.Personal = "active", old.Personal
	who := s.hire(p)
	main := s.recordOf(old.ProfileID).ID
	in := about(plan.IdentityMatch.For(string(main)), "that is me")
	in.Employee = main
	own := s.ask(day, workflows.CompleteStep.Name, in)
	s.ask(2*day, workflows.SkipStep.Name, about(plan.IdentityMatch.For(string(main)), "two people"))
	s.ended(s.run(workflows.ProcessOnboard, who), "completed")
	s.refused(own, activities.Forbidden, "somebody else must decide")
}

func TestLeave_MovedMeanwhile_LeavesTheOldGroupsToo(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	s.edits(10*day+time.Hour, employee.Changed, p.ProfileID, toSales)
	s.edits(20*day+time.Hour, employee.Changed, p.ProfileID, backAgain)
	s.ended(s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID)), "completed")
	s.inGroup(p.Email, "on-call", false)
}

// The pause is remembered beyond the case that made it.
func TestLeave_EndedByMistakeAndTakenBack_StillLetsThemInAgain(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, onLeave)
	s.scan()
	s.edits(10*day+time.Hour, employee.Left, p.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	s.ended(s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID)), "overtaken")
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Status = "active"; backAgain(p) })
	s.scan()
	s.again()
	s.ended(s.run(workflows.ProcessLeave, s.recordOf(p.ProfileID)), "completed")
	if st := s.account(p.Email).Status; st != oktasim.Active {
		t.Errorf("the account is %s", st)
	}
}

// An account that is made later is kept shut too.
func TestOffboard_BeforeThereIsAnAccount_PutsTheFenceUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	id := s.person().ID
	s.receive(4 * day)
	var stands bool
	s.after(time.Hour, func() { _, stands, _ = s.store.Fence(s.Context(), id) })
	s.world.Okta.Inject(kit.Fault{Status: 503, Times: 40}) // Okta's own lane cannot put it up yet
	s.play()
	if !stands {
		t.Error("nothing keeps the person out")
	}
}
