package jira

import (
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// roles is one case of each process that brings accounts to a person's role.
func roles() (join, moved, away activities.CaseView) {
	of := func(process, phase, headline string, steps ...activities.StepView) activities.CaseView {
		return activities.CaseView{Case: strings.ToLower(process) + "/E2001", Run: "9f2b", Process: process, Employee: "E2001", Name: "Sam Cho",
			Email: "sam.cho@example.com", Title: "Designer", Country: "CA", Phase: phase, Headline: headline, Actor: "namely:watch", Urgency: "normal",
			Opened: day, Effective: day.Add(7 * 24 * time.Hour), HREdited: day.Add(-time.Minute), Detected: day, Steps: steps, Version: 3}
	}
	verified := func(id plan.Action, phase plan.Phase, title, detail, readBack string) activities.StepView {
		return activities.StepView{ID: plan.StepID(id), Phase: phase, Title: title, State: plan.Verified, Detail: detail, ReadBack: readBack,
			Executed: day.Add(time.Minute), Verified: day.Add(time.Minute)}
	}
	join = of("Onboard", "prepare", "Prepared but for one question; begins on 2026-11-09",
		activities.StepView{ID: plan.IdentityMatch.For("E0007"), Phase: plan.Identify, Title: "The same person as Sam Cho (E0007)?", State: plan.NeedsAttention,
			Detail: "both have the same private address; E0007 left on 2025-03-31", Owner: "HR", Due: day.Add(48 * time.Hour)},
		verified(plan.OktaCreate, plan.Prepare, "Okta account made", "staged", "status STAGED"),
		activities.StepView{ID: plan.StepID(plan.GoogleAccount), Phase: plan.Prepare, Title: "Google account there", State: plan.Waiting, Detail: "Okta has not made it yet"},
		activities.StepView{ID: plan.StepID(plan.TellManager), Phase: plan.Settle, Title: "Manager told", State: plan.NeedsAttention, Problem: "Forbidden",
			Detail: "Slack refused conversations.open: the token lacks the scope im:write (missing_scope)", Mend: "add im:write to the app's scopes and reinstall the app",
			Owner: "IT", Due: day.Add(24 * time.Hour)})
	moved = of("Move", "overlap", "Moved to Marketing; two groups of before end on 2026-11-16",
		verified(plan.OktaProfile, plan.Adjust, "Attributes of the role", "department: Sales -> Marketing", "2 attributes agree"),
		verified(plan.OktaJoin, plan.Adjust, "Groups of the role", "joined Marketing", "1 of 1 groups"),
		activities.StepView{ID: plan.StepID(plan.OktaQuit), Phase: plan.Overlap, Title: "Groups of before", State: plan.Waiting, Detail: "until 2026-11-16"})
	moved.NextWake, moved.NextWakeWhy = day.Add(14*24*time.Hour), "the overlap ends"
	away = of("Leave", "pause", "On leave; comes back when HR says so",
		verified(plan.OktaPause, plan.Pause, "Okta account suspended", "suspended, sessions cleared", "status SUSPENDED"),
		activities.StepView{ID: plan.StepID(plan.OktaResume), Phase: plan.Resume, Title: "Okta account open again", State: plan.Pending})
	away.Approvals = &activities.Approvals{Needed: 1, Why: "somebody with admin rights", Expires: day.Add(time.Hour), Nonce: "n"}
	return join, moved, away
}

func TestRender_OfRole_NobodyIsContainedAndNothingLent(t *testing.T) {
	join, moved, away := roles()
	for _, v := range []activities.CaseView{join, moved, away} {
		v.ContainedAt, v.LeaseEnds, v.Heir, v.WatchEnds = day, day, "Kim Lee", day
		for _, word := range []string{"||Contained", "||Mailbox", "||Watched until"} {
			if strings.Contains(Render(v, Cloud).Description, word) {
				t.Errorf("%s has %s", v.Process, word)
			}
		}
	}
}

func TestRender_OfRole_StepsStandInTheOrderOfThePhases(t *testing.T) {
	v, last := activities.CaseView{Process: "Onboard"}, -1
	for _, p := range []plan.Phase{plan.CleanUp, plan.Settle, plan.Resume, plan.Pause, plan.Overlap, plan.Adjust, plan.Begin, plan.Prepare, plan.Identify} {
		v.Steps = append(v.Steps, activities.StepView{ID: plan.StepID("okta." + string(p)), Phase: p, Title: "x"})
	}
	text := Render(v, Cloud).Description
	for _, p := range plan.RolePhases() {
		here := strings.Index(text, "{{okta."+string(p)+"}}")
		if here <= last || phaseWords[p] == "" {
			t.Errorf("%s, in words %q, stands at %d after %d", p, phaseWords[p], here, last)
		}
		last = here
	}
}
