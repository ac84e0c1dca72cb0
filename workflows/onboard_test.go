package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

// starts is the first morning of somebody who starts on 2026-12-07 in New York.
var starts = time.Date(2026, 12, 7, 12, 0, 0, 0, time.UTC)

const firstDay = "2026-12-07"

func TestOnboard_Pending_StagedDaysBeforeAndOpenOnTheFirstMorning(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	login := who.Email
	s.after(starts.Sub(opening)-7*day-time.Hour, func() {
		if n := len(s.changes("okta")) + len(s.changes("google")); n != 0 {
			t.Errorf("%d changes before accounts are prepared", n)
		}
	})
	s.after(starts.Sub(opening)-time.Minute, func() {
		if st := s.account(login).Status; st != oktasim.Staged {
			t.Errorf("before the first morning the account is %q", st)
		}
	})
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	u := s.account(login)
	if u.Status != oktasim.Provisioned || u.Activated.Before(starts) || u.Activated.After(starts.Add(5*time.Minute)) {
		t.Errorf("%s, activated %s, want at %s", u.Status, u.Activated, starts)
	}
	if u.Profile.Title != "Software Engineer" || u.Profile.Department != "Engineering" || u.Profile.EmployeeNumber != "E9001" {
		t.Errorf("profile %+v", u.Profile)
	}
	s.inGroup(login, "vpn-users", true)
	s.inGroup(login, "on-call", true)
	s.inGroup(login, "managers", false)
	g, ok := s.world.Google.User(login)
	if !ok || g.Suspended {
		t.Errorf("Google: there %v, %s", ok, g.State())
	}
	for _, id := range []plan.StepID{"okta.create", "okta.profile", "okta.join", "okta.open", "google.account", "google.profile"} {
		if st := step(v, id); !st.State.Proved() || st.Verified.IsZero() {
			t.Errorf("%s is %s", id, st.State)
		}
	}
	if len(s.cards()) != 1 {
		t.Errorf("%d cards", len(s.cards()))
	}
}

func TestOnboard_StartDateMoved_OpensOnTheNewDay(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	s.edits(10*day+time.Hour, employee.Changed, who.ProfileID, func(p *namelysim.Profile) { p.Start = "2026-12-14" })
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if at := s.account(who.Email).Activated; at.Before(starts.Add(7*day)) || at.After(starts.Add(7*day+5*time.Minute)) {
		t.Errorf("activated %s", at)
	}
}

func TestOnboard_LateStarter_BeginsAtOnce(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := newcomer("2026-11-16")
	p.Status = "active"
	who := s.hire(p)
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if at := s.account(who.Email).Activated; at.After(opening.Add(5 * time.Minute)) {
		t.Errorf("activated %s", at)
	}
}

func TestOnboard_CalledOffBeforeAnythingWasMade_CallsNobody(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	s.edits(day+time.Hour, employee.Left, who.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "overtaken")
	if n := len(s.changes("okta")) + len(s.changes("google")); n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestOnboard_CalledOffAfterAccountsWereMade_DiscardsThem(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	s.edits(10*day+time.Hour, employee.Left, who.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "overtaken")
	if st := s.account(who.Email).Status; st != oktasim.Deprovisioned {
		t.Errorf("Okta account is %s", st)
	}
	s.inGroup(who.Email, "vpn-users", false)
	if g, _ := s.world.Google.User(who.Email); !g.Suspended {
		t.Errorf("Google account is %s", g.State())
	}
}

func TestOnboard_RescindedByAPerson_DiscardsTheAccounts(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	off := s.ask(10*day, workflows.Rescind.Name, says("kim", "took another job"))
	v := s.run(workflows.ProcessOnboard, who)
	s.agreed(off)
	s.ended(v, "rescinded")
	if st := s.account(who.Email).Status; st != oktasim.Deprovisioned {
		t.Errorf("Okta account is %s", st)
	}
}

func TestOnboard_Held_WaitsForTheRelease(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.hire(newcomer(firstDay))
	held := s.ask(day, workflows.Hold.Name, says("kim", "no work permit yet"))
	release := s.ask(20*day, workflows.Release.Name, says("kim", "it is there"))
	v := s.run(workflows.ProcessOnboard, who)
	s.agreed(held)
	s.agreed(release)
	s.ended(v, "completed")
	if at := s.account(who.Email).Activated; at.Before(opening.Add(20 * day)) {
		t.Errorf("activated %s", at)
	}
}

func TestOnboard_AddressOfSomebodyWhoLeft_IsAskedAboutAndNeverReused(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.worker("Engineering")
	s.world.Okta.SetStatus(old.Email, oktasim.Deprovisioned)
	s.world.Namely.SetStatus(old.ProfileID, "inactive")
	s.scan()
	was := s.account(old.Email)
	p := newcomer(firstDay)
	p.Email, p.FirstName, p.LastName = old.Email, "Bea", "Other"
	who := s.hire(p)
	apart := s.ask(day, workflows.SkipStep.Name, about(plan.IdentityMatch.For(string(s.recordOf(old.ProfileID).ID)), "two people"))
	next := s.ask(2*day, workflows.SkipStep.Name, about(plan.StepID(plan.IdentityLogin), "take the next"))
	v := s.run(workflows.ProcessOnboard, who)
	s.agreed(apart)
	s.agreed(next)
	s.ended(v, "completed")
	if u := s.account(old.Email); u.ID != was.ID || u.Status != oktasim.Deprovisioned || u.Profile.EmployeeNumber != was.Profile.EmployeeNumber {
		t.Errorf("the leaver's account was touched: %+v", u)
	}
	if u := s.account("bea.other@example.com"); u.Status != oktasim.Provisioned {
		t.Errorf("the joiner's account: %+v", u)
	}
}

func TestOnboard_NoAddressFromHR_OneIsMade(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := newcomer(firstDay)
	p.Email = ""
	who := s.hire(p)
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if u := s.account("ada.newcomer@example.com"); u.Status != oktasim.Provisioned {
		t.Errorf("%+v", u)
	}
}

func TestOnboard_NewRecordOfSomebodyWhoLeft_IsTheSamePersonOnAPersonsWord(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.gone(s.worker("Engineering"))
	p := newcomer("2026-11-16")
	p.Status, p.Email, p.Personal, p.FirstName, p.LastName, p.JobTitle, p.Department = "active", old.Email, old.Personal, old.First, old.Last, "Account Executive", "Sales"
	who := s.hire(p)
	main := s.recordOf(old.ProfileID).ID
	was := s.account(old.Email)
	same := s.ask(day, workflows.CompleteStep.Name, about(plan.IdentityMatch.For(string(main)), "HR says so"))
	v := s.run(workflows.ProcessOnboard, who)
	s.agreed(same)
	s.ended(v, "overtaken")
	u := s.account(old.Email)
	if u.ID != was.ID || u.Status != oktasim.Provisioned || u.Profile.Department != "Sales" {
		t.Errorf("the account: %+v", u)
	}
	s.inGroup(old.Email, "on-call", false) // of the earlier role
}

func TestOnboard_Rehire_WaitsForAPersonAndGivesTodaysRole(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.gone(s.worker("Engineering"))
	s.world.Namely.Edit(old.ProfileID, func(p *namelysim.Profile) {
		p.Status, p.Department, p.JobTitle = "active", "Sales", "Account Executive"
	})
	s.scan()
	who := s.recordOf(old.ProfileID)
	s.hears(0, employee.Returned, time.Time{})
	s.after(day, func() {
		if st := s.account(old.Email).Status; st != oktasim.Deprovisioned {
			t.Errorf("before anybody said so the account is %s", st)
		}
	})
	in := s.ask(2*day, workflows.CompleteStep.Name, about(plan.StepID(plan.IdentityRehire), "signed on Friday"))
	v := s.run(workflows.ProcessOnboard, who)
	s.agreed(in)
	s.ended(v, "completed")
	if st := s.account(old.Email).Status; st != oktasim.Provisioned {
		t.Errorf("the account is %s", st)
	}
	s.inGroup(old.Email, "on-call", false)
	s.inGroup(old.Email, "vpn-users", true)
}

func TestOnboard_RehireRefused_LeavesThemOut(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.gone(s.worker("Engineering"))
	s.world.Namely.SetStatus(old.ProfileID, "active")
	s.scan()
	s.hears(0, employee.Returned, time.Time{})
	no := s.ask(2*day, workflows.SkipStep.Name, about(plan.StepID(plan.IdentityRehire), "a mistake of HR's"))
	v := s.run(workflows.ProcessOnboard, s.recordOf(old.ProfileID))
	s.agreed(no)
	s.ended(v, "overtaken")
	if n := len(s.changes("okta")); n != 0 {
		t.Errorf("%d changes in Okta", n)
	}
}

func TestOnboard_SubjectMayNotLetThemselvesIn(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	old := s.gone(s.worker("Engineering"))
	s.world.Namely.SetStatus(old.ProfileID, "active")
	s.scan()
	s.hears(0, employee.Returned, time.Time{})
	in := about(plan.StepID(plan.IdentityRehire), "me")
	in.By = "cli:" + old.Email
	own := s.ask(day, workflows.CompleteStep.Name, in)
	s.ask(2*day, workflows.SkipStep.Name, about(plan.StepID(plan.IdentityRehire), "no"))
	s.run(workflows.ProcessOnboard, s.recordOf(old.ProfileID))
	s.refused(own, activities.Forbidden, "is the person this case is about")
}

func TestOnboard_HRSaysTooLittle_AsksHRAndGivesTheRest(t *testing.T) {
	t.Parallel()
	s := newRoles(t, func(s *stage) {
		for i, a := range s.policy.Mapping.Attributes {
			s.policy.Mapping.Attributes[i].Required = a.Name == "title"
		}
	})
	p := newcomer("2026-11-16")
	p.Status, p.JobTitle = "active", ""
	who := s.hire(p)
	seen := s.see(time.Hour)
	s.edits(3*day+time.Hour, employee.Changed, who.ProfileID, func(p *namelysim.Profile) { p.JobTitle = "Engineer" })
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if st := step(*seen, plan.StepID(plan.IdentityHR)); st.State != plan.NeedsAttention || st.Owner != "HR" || !strings.Contains(st.Detail, "title") {
		t.Errorf("%+v", st)
	}
	if !slices.ContainsFunc(seen.Steps, func(st activities.StepView) bool { return st.ID == "okta.open" && st.State.Proved() }) {
		t.Error("the account waited for HR")
	}
	if got := s.account(who.Email).Profile.Title; got != "Engineer" {
		t.Errorf("title %q", got)
	}
}

// Without a last name Okta makes no account: it is made as soon as HR has filled it in.
func TestOnboard_AccountCannotBeMadeYet_IsMadeWhenHRHasSaidEnough(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := newcomer("2026-11-16")
	p.Status, p.LastName = "active", ""
	who := s.hire(p)
	s.edits(3*day+time.Hour, employee.Changed, who.ProfileID, func(p *namelysim.Profile) { p.LastName = "Newcomer" })
	v := s.run(workflows.ProcessOnboard, who)
	s.ended(v, "completed")
	if st := s.account(who.Email).Status; st != oktasim.Provisioned {
		t.Errorf("the account is %q", st)
	}
}
