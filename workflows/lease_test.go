package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/company"
	"tenure/workflows"
)

func TestLease_HeldCase_DoesNotExpireUntilReleased(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	early := s.ask(9*day, workflows.Release.Name, says("legal", "nothing to release"))
	hold := s.ask(10*day, workflows.Hold.Name, says("legal", "case 7 in court"))
	twice := s.ask(11*day, workflows.Hold.Name, says("legal", "again"))
	held := s.see(70 * day)
	s.after(79*day, func() {
		if u := s.googleUser(); u.Suspended || !slices.Contains(s.delegates(), s.manager().Email) {
			t.Errorf("while held: %s, lent to %v", u.State(), s.delegates())
		}
	})
	release := s.ask(80*day, workflows.Release.Name, says("legal", "settled"))
	v := s.play()
	s.refused(early, activities.Conflict, "not on hold")
	s.agreed(hold)
	s.refused(twice, activities.Conflict, "on hold already", "case 7 in court")
	s.agreed(release)
	if !held.OnHold || !strings.Contains(held.Headline, "on hold: case 7 in court") {
		t.Errorf("on the 70th day: %s", held.Headline)
	}
	s.proved(v)
	if at := step(v, "google.suspend").Executed; at.Before(opening.Add(80*day)) || at.After(opening.Add(80*day+time.Hour)) {
		t.Errorf("suspended at %s", at)
	}
}

func TestLease_RenewedOnce_AndNotTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	first := s.ask(50*day, workflows.ExtendDelegation.Name, says("manager", "one more contract"))
	second := s.ask(51*day, workflows.ExtendDelegation.Name, says("manager", "and another"))
	after := s.see(75 * day)
	v := s.play()
	s.agreed(first)
	s.refused(second, activities.Forbidden, "renewed 1 of 1 times", "policy allows no more")
	if !after.LeaseEnds.Equal(opening.Add(90*day)) || after.Phase != "lease" {
		t.Errorf("on the 75th day: %s, lease ends %s", after.Phase, after.LeaseEnds)
	}
	if at := step(v, "google.undelegate").Executed; at.Before(opening.Add(90 * day)) {
		t.Errorf("taken back at %s", at)
	}
	s.proved(v)
}

func TestLease_ExtendedBeforeThereIsOne_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	r := s.request()
	r.EffectiveAt = opening.Add(2 * day)
	s.receive(6 * day)
	none := s.ask(day, workflows.ExtendDelegation.Name, says("manager", "please"))
	s.playRequest(r)
	s.refused(none, activities.Conflict, "no lease to extend")
}

func TestLease_ManagerLeaves_MailboxMovesUpTheChain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	manager := s.manager()
	above := s.managerOf(manager)
	s.after(10*day, func() {
		s.world.Namely.SetStatus(manager.Email, "inactive")
		s.scan()
	})
	s.after(12*day, func() {
		if got := s.delegates(); !slices.Equal(got, []string{above.Email}) {
			t.Errorf("two days after the manager left the mailbox is lent to %v, want %s", got, above.Email)
		}
	})
	later := s.see(12 * day)
	v := s.play()
	if later.Heir != above.Name() {
		t.Errorf("the card names %q", later.Heir)
	}
	s.proved(v)
	if len(s.delegates()) != 0 {
		t.Errorf("at the end the mailbox is lent to %v", s.delegates())
	}
}

// The old delegate stays when Google is away just then; at the end of the lease nobody does.
func TestLease_OldDelegateCannotBeRemoved_IsTakenOutWithTheLease(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	manager := s.manager()
	s.spoil(&s.world.Google.Kit, 9*day, 20*day, lyingRemoval)
	s.after(10*day, func() {
		s.world.Namely.SetStatus(manager.Email, "inactive")
		s.scan()
	})
	v := s.play()
	if len(s.delegates()) != 0 {
		t.Errorf("at the end the mailbox is lent to %v", s.delegates())
	}
	if !slices.ContainsFunc(s.cards()[0].Thread, mentions("could not be taken out of the mailbox")) {
		t.Error("nobody was told that the manager who left still sees the mailbox")
	}
	s.proved(v)
}

func TestHeir_NoManagerWhoCan_CustodianTakesOver(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	for p, ok := s.manager(), true; ok; p, ok = s.chainUp(p) {
		s.world.Namely.SetStatus(p.Email, "inactive")
	}
	s.scan()
	s.after(time.Hour, func() {
		if got := s.delegates(); !slices.Equal(got, []string{company.Custodian().Login}) {
			t.Errorf("lent to %v", got)
		}
	})
	s.proved(s.play())
}

func TestHeir_NobodyAtAll_APersonIsAskedAndTheCaseGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, func(s *stage) { s.policy.Offboard.Custodian = "" })
	s.receive(4 * day)
	for p, ok := s.manager(), true; ok; p, ok = s.chainUp(p) {
		s.world.Namely.SetStatus(p.Email, "inactive")
	}
	s.scan()
	asked := s.see(time.Hour)
	s.skipAll(2 * day)
	v := s.play()
	if asked.ContainedAt.IsZero() {
		t.Errorf("containment waited for an heir: %s", asked.Headline)
	}
	s.want(*asked, "google.delegate", plan.NeedsAttention)
	s.want(*asked, "google.transfer", plan.NeedsAttention)
	s.want(v, "google.suspend", plan.Verified)
	if !v.Closed {
		t.Errorf("%s", v.Headline)
	}
}
