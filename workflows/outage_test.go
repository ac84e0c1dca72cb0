package workflows_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

func TestOutage_OktaAwayForTwentyMinutes_OthersAreContainedMeanwhileAndOktaIsCaughtUp(t *testing.T) {
	t.Parallel()
	for name, person := range map[string]bool{"by the daily check": false, "by a person": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, brisk)
			s.receive(4 * day)
			s.spoil(&s.world.Okta.Kit, 0, 20*time.Minute, kit.Fault{Status: http.StatusServiceUnavailable})
			soon := s.see(time.Minute)
			stuck := s.see(19 * time.Minute)
			if person {
				for _, id := range []plan.StepID{"okta.suspend", "okta.sessions"} {
					s.ask(time.Hour, workflows.RetryStep.Name, about(id, "Okta is back"))
				}
			}
			hour := s.see(time.Hour + time.Minute)
			v := s.play()
			for _, id := range []plan.StepID{"google.password", "google.tokens", plan.JamfLock.For(s.laptop().Serial)} {
				s.want(*soon, id, plan.Verified)
			}
			if got := step(*stuck, "okta.suspend"); got.State != plan.NeedsAttention || got.Problem != activities.Unavailable || got.Mend == "" {
				t.Errorf("after 19 minutes okta.suspend is %s (%s): %s", got.State, got.Problem, got.Mend)
			}
			if !soon.ContainedAt.IsZero() || !stuck.ContainedAt.IsZero() {
				t.Error("called contained while nobody has been shut out of Okta")
			}
			if person {
				s.want(*hour, "okta.suspend", plan.Verified)
			}
			s.proved(v)
			s.once()
			if u := s.oktaUser(); u.Status != "DEPROVISIONED" {
				t.Errorf("Okta: %s", u.Status)
			}
			// What Okta could not tell when the plan was made is in it now.
			for _, id := range []plan.StepID{"okta.groups", "app.revoke:figma", "app.revoke:vpn"} {
				if got := step(v, id); !got.State.Proved() {
					t.Errorf("%s is %q", id, got.State)
				}
			}
			if at := step(v, "okta.deactivate").Executed; at.Sub(opening) > 2*day {
				t.Errorf("deactivated at %s: nothing asked to wait for the end of the lease", at)
			}
		})
	}
}

func TestOutage_JamfAway_NothingIsCalledContainedBeforeTheComputersAreSeen(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.spoil(&s.world.Jamf.Kit, 0, 40*time.Minute, kit.Fault{Status: http.StatusServiceUnavailable})
	soon, stuck := s.see(20*time.Second), s.see(30*time.Minute)
	v := s.play()
	if !soon.ContainedAt.IsZero() || strings.HasPrefix(soon.Headline, "Contained") {
		t.Errorf("before Jamf has answered: %s", soon.Headline)
	}
	s.want(*soon, "okta.deactivate", plan.Verified)
	s.want(*stuck, "jamf.lock", plan.NeedsAttention)
	s.proved(v)
	s.once()
}

func TestOutage_GoogleAway_IsCaughtUpByTheDailyCheck(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.spoil(&s.world.Google.Kit, 0, 3*time.Hour, kit.Fault{Status: http.StatusServiceUnavailable})
	soon := s.see(time.Minute)
	v := s.play()
	s.want(*soon, "okta.deactivate", plan.Verified)
	s.proved(v)
	s.once()
}

func TestOutage_CredentialsRefused_ASystemNeedsAttentionAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"okta", "jamf"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, brisk)
			s.receive(6 * day)
			s.spoil(s.world.Kits()[system], 0, 2*day, kit.Fault{Status: http.StatusUnauthorized})
			soon := s.see(time.Minute)
			s.after(2*day+time.Hour, func() { s.retryAll() })
			s.after(2*day+2*time.Hour, func() { s.retryAll() })
			v := s.play()
			refused := 0
			for _, st := range soon.Steps {
				switch {
				case st.ID.System() == system && st.State == plan.NeedsAttention:
					refused++
					if st.Problem != activities.Forbidden || st.Mend == "" {
						t.Errorf("%s: %s, mend %q", st.ID, st.Problem, st.Mend)
					}
				case st.ID.System() == "google" && st.Phase == plan.Contain && !st.State.Proved():
					t.Errorf("%s is %s because %s refuses", st.ID, st.State, system)
				}
			}
			if refused == 0 || !soon.ContainedAt.IsZero() {
				t.Errorf("%d steps of %s need attention: %s", refused, system, soon.Headline)
			}
			s.proved(v)
			s.once()
		})
	}
}

// retryAll tries again, as a person does, whatever asks for one now.
func (s *stage) retryAll() {
	found, err := s.env.QueryWorkflow(workflows.Status.Name)
	s.must(err)
	var v activities.CaseView
	s.must(found.Get(&v))
	for _, st := range v.Steps {
		if st.State.AsksForPerson() {
			a := &answer{}
			s.env.UpdateWorkflow(workflows.RetryStep.Name, "", a.callback(), about(st.ID, "mended"))
		}
	}
}

func TestOutage_MacOfflineForAWeek_WaitsThenAsksThenIsProved(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	id := plan.JamfLock.For(s.laptop().Serial)
	s.world.Jamf.SetOnline(s.mac().ID, false)
	waiting, late := s.see(day), s.see(4*day)
	asked := false
	s.after(4*day, func() { _, asked = s.taskFor(id) })
	s.after(7*day, func() { s.world.Jamf.SetOnline(s.mac().ID, true) })
	done := s.see(8 * day)
	v := s.play()
	if got := step(*waiting, id); got.State != plan.Waiting || !strings.Contains(got.Detail, "next online") {
		t.Errorf("on the first day the lock is %s: %s", got.State, got.Detail)
	}
	if got := step(*late, id); got.State != plan.NeedsAttention || !asked || !strings.Contains(got.Mend, "Tenure keeps asking") {
		t.Errorf("after the deadline the lock is %s, a task is there: %v; %s", got.State, asked, got.Mend)
	}
	s.want(*done, id, plan.Verified)
	if task, _ := s.taskFor(id); task.Status.Category != "done" {
		t.Errorf("the task is %s", task.Status.Name)
	}
	if at := done.ContainedAt; at.Sub(opening) < 7*day || at.Sub(opening) > 8*day {
		t.Errorf("contained at %s", at)
	}
	s.proved(v)
	s.once()
}

func TestOutage_LockCancelledInJamf_IsSentAgainWithTheSamePIN(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	id := plan.JamfLock.For(s.laptop().Serial)
	s.world.Jamf.SetOnline(s.mac().ID, false)
	s.after(day, func() { s.world.Jamf.CancelCommand(s.world.Jamf.Commands(s.mac().ID)[0].UUID) })
	asked := s.see(2 * day)
	again := s.ask(3*day, workflows.RetryStep.Name, about(id, "cancelled by mistake"))
	s.after(4*day, func() { s.world.Jamf.SetOnline(s.mac().ID, true) })
	v := s.play()
	s.want(*asked, id, plan.NeedsAttention)
	s.agreed(again)
	s.proved(v)
	pin, err := s.store.KnownPIN(t.Context(), v.Case, s.laptop().Serial)
	s.must(err)
	if _, pins := s.locks(); !slices.Equal(pins, []string{pin}) || s.mac().Stranded {
		t.Errorf("%d PINs were sent", len(pins))
	}
}

// cascading lets Okta push its deactivations into Google.
func cascading(s *stage) { s.config.Cascade = true }

func TestCascade_OktaStaysSuspendedUntilGoogleIsSuspendedByUs(t *testing.T) {
	t.Parallel()
	s := newStage(t, cascading)
	s.receive(20 * day)
	s.after(30*day, func() {
		if u, g := s.oktaUser(), s.googleUser(); u.Status != "SUSPENDED" || g.Suspended || !slices.Contains(s.delegates(), s.manager().Email) {
			t.Errorf("on the 30th day: Okta %s, Google %s, lent to %v", u.Status, g.State(), s.delegates())
		}
	})
	early := s.ask(10*day, workflows.RetryStep.Name, about("okta.deactivate", "now, please"))
	contained := s.see(time.Minute)
	v := s.play()
	if contained.ContainedAt.IsZero() {
		t.Errorf("suspended and without sessions is contained: %s", contained.Headline)
	}
	if early.refusal == nil {
		t.Error("a deactivation in the midst of the lease was not refused")
	}
	if g, o := step(v, "google.suspend"), step(v, "okta.deactivate"); o.State != plan.Verified || o.Executed.Before(g.Verified) {
		t.Errorf("Google suspended at %s, Okta deactivated at %s (%s)", g.Verified, o.Executed, o.State)
	}
	s.proved(v)
	s.once()
}

func TestCascade_LockedOutUser_IsDeactivatedAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, cascading, brisk)
	s.receive(4 * day)
	s.world.Okta.SetStatus(s.oktaUser().ID, "LOCKED_OUT")
	soon := s.see(time.Minute)
	s.after(time.Minute, func() {
		if got := s.oktaUser().Status; got != "DEPROVISIONED" {
			t.Errorf("after a minute the account, which cannot be suspended, is %s", got)
		}
	})
	s.skipAll(day)
	s.skipAll(8 * day)
	v := s.play()
	s.want(*soon, "okta.deactivate", plan.Verified)
	if !v.Closed {
		t.Error(v.Headline)
	}
}

// With Okta away nobody knows whether it pushes into Google; once it answers, the case knows.
func TestCascade_OktaAwayAtContainment_MailboxIsNotCutOff(t *testing.T) {
	t.Parallel()
	s := newStage(t, cascading)
	s.receive(20 * day)
	s.spoil(&s.world.Okta.Kit, 0, 20*time.Minute, kit.Fault{Status: http.StatusServiceUnavailable})
	early := s.ask(time.Hour, workflows.RetryStep.Name, about("okta.deactivate", "Okta is back"))
	s.after(30*day, func() {
		if u, g := s.oktaUser(), s.googleUser(); u.Status != "SUSPENDED" || g.Suspended {
			t.Errorf("on the 30th day: Okta %s, Google %s", u.Status, g.State())
		}
	})
	v := s.play()
	_ = early
	s.proved(v)
	s.once()
}
