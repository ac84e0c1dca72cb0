package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	namelysim "tenure/simulators/namely"
	oktasim "tenure/simulators/okta"
	"tenure/workflows"
)

func TestMove_ToAnotherDepartment_JoinsAtOnceAndLeavesAfterTheOverlap(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")  // what the role gives
	s.joined(p.Email, "managers") // what somebody gave by hand
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Department, p.JobTitle = "Sales", "Account Executive" })
	s.scan()
	s.after(4*day, func() { s.inGroup(p.Email, "on-call", true) })
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	u := s.account(p.Email)
	if u.Profile.Department != "Sales" || u.Profile.Title != "Account Executive" {
		t.Errorf("profile %+v", u.Profile)
	}
	s.inGroup(p.Email, "on-call", false)
	s.inGroup(p.Email, "managers", true)
	s.inGroup(p.Email, "vpn-users", true)
	if st := step(v, plan.StepID(plan.OktaQuit)); st.State != plan.Verified || !strings.Contains(st.Detail, "on-call") {
		t.Errorf("okta.quit: %s, %s", st.State, st.Detail)
	}
	if v.ClosedAt.Before(opening.Add(5 * day)) {
		t.Errorf("closed %s, before the overlap was over", v.ClosedAt)
	}
	if len(s.cards()) != 1 {
		t.Errorf("%d cards", len(s.cards()))
	}
}

func TestMove_OnlyATitle_IsQuietAndPushesNothingElse(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	who := s.recordOf(p.ProfileID)
	s.settled(who)
	before, cards := len(s.changes("okta")), len(s.cards())
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.JobTitle = "Principal Engineer" })
	s.scan()
	s.again()
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	if got := s.changes("okta")[before:]; len(got) != 1 {
		t.Errorf("%d changes in Okta, want the one of the title: %v", len(got), got)
	}
	if n := len(s.cards()) - cards; n != 0 {
		t.Errorf("%d cards for a change of title", n)
	}
}

func TestMove_NothingToDo_ChangesNothing(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	who := s.recordOf(s.worker("Customer Success").ProfileID)
	s.settled(who)
	okta, google := len(s.changes("okta")), len(s.changes("google"))
	s.again()
	v := s.run(workflows.ProcessMove, who)
	s.ended(v, "completed")
	if n := len(s.changes("okta")) - okta + len(s.changes("google")) - google; n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestMove_Renamed_KeepsTheSameIdentityEverywhere(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	was, _ := s.world.Google.User(p.Email)
	account := s.account(p.Email).ID
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.LastName, p.Email = "Newname", "renamed.person@example.com" })
	s.scan()
	s.must(s.store.Link(s.Context(), s.recordOf(p.ProfileID).ID, "okta", account, "test", opening))
	s.must(s.store.Link(s.Context(), s.recordOf(p.ProfileID).ID, "google", was.ID, "test", opening))
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	if u := s.account("renamed.person@example.com"); u.ID != account || u.Profile.LastName != "Newname" {
		t.Errorf("Okta: %+v", u.Profile)
	}
	if g, ok := s.world.Google.User("renamed.person@example.com"); !ok || g.ID != was.ID {
		t.Errorf("Google: %+v", g.PrimaryEmail)
	}
}

func TestMove_ManagerLeft_ReportsGetTheNextInTheChain(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	manager, _ := s.chainUp(p)
	above := s.managerOf(manager)
	s.world.Namely.SetStatus(manager.ProfileID, "inactive")
	s.scan()
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	if got := s.account(p.Email).Profile; got.ManagerID != string(s.recordOf(above.ProfileID).ID) || got.Extra["manager"] != above.Email {
		t.Errorf("manager %q %v, want %s", got.ManagerID, got.Extra["manager"], above.Email)
	}
}

func TestMove_OfSomebodyWhoIsGone_CallsNobody(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Status, p.Department = "inactive", "Sales" })
	s.scan()
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "overtaken")
	if n := len(s.changes("okta")) + len(s.changes("google")); n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestMove_LeaverDuringTheOverlap_EndsTheMove(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.joined(p.Email, "on-call")
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Department, p.JobTitle = "Sales", "Account Executive" })
	s.scan()
	s.edits(2*day+time.Hour, employee.Left, p.ProfileID, func(p *namelysim.Profile) { p.Status = "inactive" })
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "overtaken")
	if v.ClosedAt.After(opening.Add(2*day + time.Hour)) {
		t.Errorf("closed %s", v.ClosedAt)
	}
}

func TestMove_OneOfTwoPositionsEnds_TakesAwayWhatItAloneGave(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	first := s.recordOf(p.ProfileID)
	s.joined(p.Email, "on-call")
	second := s.hire(namelysim.Profile{Email: p.Email, FirstName: p.First, LastName: p.Last, Status: "active", EmployeeID: "E9002",
		JobTitle: "Sales Manager", Department: "Sales", EmployeeType: "Part Time", Start: "2026-11-02", Office: "New York"})
	s.must(s.store.JoinRecords(s.Context(), second.ID, first.ID, "cli:kim", "two positions", opening))
	v := s.run(workflows.ProcessMove, first)
	s.ended(v, "completed")
	s.inGroup(p.Email, "managers", true)
	s.inGroup(p.Email, "on-call", true)
	s.world.Namely.SetStatus(p.ProfileID, "inactive") // the position in Engineering ends
	s.scan()
	s.again()
	v = s.run(workflows.ProcessMove, first)
	s.ended(v, "completed")
	s.inGroup(p.Email, "managers", true)
	s.inGroup(p.Email, "on-call", false)
	if u := s.account(p.Email); u.Status != oktasim.Active || u.Profile.Department != "Sales" {
		t.Errorf("the account: %s in %s", u.Status, u.Profile.Department)
	}
}

func TestMove_GroupThatOktaLacks_IsSomebodysJobAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	s := newRoles(t, func(s *stage) {
		s.policy.Mapping.Groups[0].Name = "vpn-user" // misspelt
	})
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.JobTitle = "Engineering Manager" })
	s.scan()
	skip := s.ask(day, workflows.SkipStep.Name, about(plan.StepID(plan.OktaJoin), "will mend the policy"))
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.agreed(skip)
	s.ended(v, "completed")
	s.inGroup(p.Email, "managers", true)
	if len(s.cards()) != 1 {
		t.Errorf("%d cards for a step that asks for a person", len(s.cards()))
	}
}

// A rule of Okta's that took a person out by hand would never take them in again.
func TestMove_RuleMadeGroups_AreNeverLeftByHand(t *testing.T) {
	t.Parallel()
	s := newRoles(t)
	p := s.worker("Engineering")
	s.world.Namely.Edit(p.ProfileID, func(p *namelysim.Profile) { p.Department, p.JobTitle = "Sales", "Account Executive" })
	s.scan()
	v := s.run(workflows.ProcessMove, s.recordOf(p.ProfileID))
	s.ended(v, "completed")
	s.inGroup(p.Email, "dept-engineering", false)
	s.inGroup(p.Email, "dept-sales", true)
	for _, c := range s.changes("okta") {
		if c.Method == "DELETE" {
			t.Errorf("%s %s", c.Method, c.Path)
		}
	}
}
