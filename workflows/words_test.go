package workflows_test

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

func TestPreview_ShowsThePlanAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.request()
	r.DryRun, r.Actor = true, "cli:kim"
	out := s.playRequest(r)
	s.nothingChanged()
	if out.Plan == nil {
		t.Fatal("no plan")
	}
	planned := map[plan.StepID]bool{}
	for _, st := range out.Plan.Steps {
		planned[st.ID] = true
	}
	for _, id := range []plan.StepID{"okta.suspend", "okta.deactivate", "google.delegate", "google.suspend", "app.revoke:figma",
		plan.JamfLock.For(s.laptop().Serial), plan.DeviceReturn.For(s.laptop().Serial)} {
		if !planned[id] {
			t.Errorf("the plan lacks %s", id)
		}
	}
	for _, st := range out.View.Steps {
		if st.State == plan.Verified || st.State == plan.Running {
			t.Errorf("%s is %s in a preview", st.ID, st.State)
		}
	}
	if out.View.Heir != s.manager().Name() {
		t.Errorf("heir %q", out.View.Heir)
	}
	if n := len(s.cards()); n != 0 {
		t.Errorf("%d cards", n)
	}
	if tickets, _ := s.tickets(); len(tickets) != 0 {
		t.Errorf("%d tickets", len(tickets))
	}
	if _, err := s.store.KnownPIN(t.Context(), out.View.Case, s.laptop().Serial); err == nil {
		t.Error("a preview decided a PIN")
	}
	if n := len(s.records()); n != 0 {
		t.Errorf("%d records of evidence", n)
	}
}

func TestPreview_OfAProtectedPersonWhoLeavesLater_WaitsForNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, guarded(2))
	r := s.request()
	r.DryRun, r.EffectiveAt = true, opening.Add(10*day)
	if out := s.playRequest(r); out.Plan == nil || s.env.Now().Sub(opening) > time.Minute {
		t.Errorf("the preview took until %s", s.env.Now())
	}
	s.nothingChanged()
}

// What a case is told about its steps, and the words in which it refuses.
func TestWords_RequestsAboutSteps_AreRefusedWithWhatToDoInstead(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	deactivate := kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"}
	s.spoil(&s.world.Okta.Kit, 0, day, deactivate)
	by := func(who string) workflows.StepRequest {
		return workflows.StepRequest{PersonSays: workflows.PersonSays{By: who, Reason: "because"}, Step: "okta.deactivate"}
	}
	lockID := plan.JamfLock.For(s.laptop().Serial)
	cases := []struct {
		name  string
		what  string
		in    workflows.StepRequest
		typ   string
		words []string
	}{
		{"unknown step", workflows.RetryStep.Name, about("okta.dance", ""), activities.NotFound, []string{`step "okta.dance" is not part of this case`, "okta.suspend", "google.delegate"}},
		{"unknown step done", workflows.CompleteStep.Name, about("okta.dance", "did"), activities.NotFound, []string{"not part of this case"}},
		{"nobody asks", workflows.RetryStep.Name, by(""), activities.InvalidInput, []string{`by ""`, "<door>:<id>"}},
		{"a name without a door", workflows.SkipStep.Name, by("kim"), activities.InvalidInput, []string{`by "kim"`, "cli:jo"}},
		{"a door without a name", workflows.CompleteStep.Name, by("cli:"), activities.InvalidInput, []string{`by "cli:"`}},
		{"skip without a reason", workflows.SkipStep.Name, about("okta.deactivate", " "), activities.InvalidInput, []string{"reason is missing", "kept as evidence"}},
		{"done without a reason", workflows.CompleteStep.Name, about("okta.deactivate", ""), activities.InvalidInput, []string{"reason is missing"}},
		{"retry of what has ended", workflows.RetryStep.Name, about("okta.suspend", ""), activities.Conflict, []string{"okta.suspend has ended (verified)", "nothing to try again"}},
		{"done of what has ended", workflows.CompleteStep.Name, about(lockID, "did"), activities.Conflict, []string{"has ended already: verified"}},
		{"skip of what has ended", workflows.SkipStep.Name, about("okta.suspend", "no need"), activities.Conflict, []string{"has ended already: verified"}},
		{"retry before its turn", workflows.RetryStep.Name, about("google.suspend", ""), activities.Conflict, []string{"not been tried yet", "its turn comes"}},
	}
	answers := make([]*answer, len(cases))
	for i, c := range cases {
		answers[i] = s.ask(time.Hour+time.Duration(i)*time.Minute, c.what, c.in)
	}
	s.ask(2*day, workflows.RetryStep.Name, about("okta.deactivate", "mended"))
	s.proved(s.play())
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			there := &stage{T: t}
			there.refused(answers[i], c.typ, c.words...)
		})
	}
}

func TestWords_RetryOfARunningStep_IsAskedToWait(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.spoil(&s.world.Okta.Kit, 0, 0, kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Times: 6, Status: 503})
	early := s.ask(3*time.Second, workflows.RetryStep.Name, about("okta.deactivate", "hurry"))
	skip := s.ask(3*time.Second, workflows.SkipStep.Name, about("okta.deactivate", "hurry"))
	s.proved(s.play())
	s.refused(early, activities.Conflict, "being tried right now", "wait for its result")
	s.refused(skip, activities.Conflict, "being tried right now")
}

func TestWords_SkippedStep_EndsUnderThePersonsNameAndIsNeverCalledVerified(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.receive(4 * day)
	s.spoil(&s.world.Okta.Kit, 0, 0, kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/deactivate", Status: 200, Body: "{}"})
	skip := s.ask(day, workflows.SkipStep.Name, about("okta.deactivate", "the account is needed for an audit"))
	v := s.play()
	s.agreed(skip)
	got := step(v, "okta.deactivate")
	if got.State != plan.Skipped || got.By != "cli:kim" || !strings.Contains(got.Detail, "the account is needed for an audit") {
		t.Errorf("%s by %q: %s", got.State, got.By, got.Detail)
	}
	if !v.ContainedAt.IsZero() || !strings.Contains(v.Headline, "1 step skipped by a person") {
		t.Errorf("a case with a waived critical step says %q, contained %s", v.Headline, v.ContainedAt)
	}
}

func TestWords_AppOfAnOwner_IsHisJobUntilHeSaysDone(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk, func(s *stage) {
		s.policy.Apps.Unlisted.Method, s.policy.Apps.Unlisted.Owner = "delegate", "owner@example.com"
	})
	s.receive(4 * day)
	asked := s.see(time.Hour)
	done := s.ask(day, workflows.CompleteStep.Name, about("app.revoke:figma", "removed in Figma's console"))
	s.skipAll(2 * day)
	v := s.play()
	if got := step(*asked, "app.revoke:figma"); got.State != plan.Delegated || got.Owner != "owner@example.com" || got.Due.IsZero() {
		t.Errorf("app.revoke:figma is %s, owner %q, due %s", got.State, got.Owner, got.Due)
	}
	s.agreed(done)
	if got := step(v, "app.revoke:figma"); got.State.Proved() && got.ReadBack == "" || got.By != "cli:kim" {
		t.Errorf("app.revoke:figma ended %s by %q: %s; %s", got.State, got.By, got.Detail, got.ReadBack)
	}
}

func TestWords_ParsedIDsAreThoseThatWereBuilt(t *testing.T) {
	t.Parallel()
	for _, id := range []workflows.ID{workflows.OffboardID("E1042"), workflows.OffboardID("A/7 %"), workflows.DeviceReturnID("E1", "C02/X Y")} {
		if got, err := workflows.ParseID(id.String()); err != nil || got != id {
			t.Errorf("%s was parsed as %+v: %v", id, got, err)
		}
	}
	for text, words := range map[string]string{"E1042": "<process>/<employee-id>", "dance/E1": "not a process", "offboard/": "no readable employee id",
		"offboard/%zz": "no readable employee id", "device-return/E1/%zz": "third part"} {
		if _, err := workflows.ParseID(text); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
