package slack_test

import (
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
)

// roleView is a case that brings accounts to a person's role.
func roleView(process, phase, headline string, steps ...activities.StepView) activities.CaseView {
	v := baseView()
	v.Process, v.Phase, v.Headline, v.Steps = process, phase, headline, steps
	v.Case = strings.ToLower(process) + "/E1042"
	v.Reason, v.JiraURL, v.WorkflowURL = "", "", ""
	return v
}

func done(id plan.StepID, phase plan.Phase, title, detail, readBack string) activities.StepView {
	s := step(id, phase, title, plan.Verified)
	s.Detail, s.ReadBack, s.Executed, s.Verified = detail, readBack, at(1), at(1)
	return s
}

// sameOne asks whether a new record is somebody known.
func sameOne(state plan.State) activities.StepView {
	s := step(plan.IdentityMatch.For("E0007"), plan.Identify, "The same person as Dana Reed (E0007)?", state)
	s.Detail, s.Mend, s.Owner = "both have the same private address; E0007 left on 2025-03-31", "compare the two records in HR", "HR"
	return s
}

func roleViews() map[string]activities.CaseView {
	login := step(plan.StepID(plan.IdentityLogin), plan.Identify, "A login that nobody else has", plan.NotApplicable)
	account := step(plan.StepID(plan.GoogleAccount), plan.Prepare, "Google account there", plan.Waiting)
	account.Detail = "Okta has not made it yet"
	device := step(plan.StepID(plan.RetrieverDeploy), plan.Prepare, "A laptop on its way", plan.Waiting)
	device.Detail, device.ReadBack = "ordered: MacBook Pro 14, 2nd_day", "deployment 6YUUQIW1 is awaiting_shipment"
	join := roleView("Onboard", "prepare", "Prepared but for the Google account; begins on 2026-11-09", sameOne(plan.NeedsAttention), login,
		done("okta.create", plan.Prepare, "Okta account made", "staged", "status STAGED"),
		done("okta.join", plan.Prepare, "Groups of the role", "joined Everyone, Sales", "2 of 2 groups"),
		account, device, step("okta.open", plan.Begin, "Okta account open", plan.Pending), step("tell.manager", plan.Settle, "Manager told", plan.Pending))
	join.Effective, join.NextWake, join.NextWakeWhy = at(7*24*60), at(7*24*60), "the first morning"
	join.WaitsFor = []string{"HR: The same person as Dana Reed (E0007)? (identity.match:E0007)"}

	moved := roleView("Move", "overlap", "Moved to Marketing; two groups of before end on 2026-11-16",
		done("okta.profile", plan.Adjust, "Attributes of the role", "department: Sales -> Marketing", "2 attributes agree"),
		done("okta.join", plan.Adjust, "Groups of the role", "joined Marketing", "1 of 1 groups"),
		step("okta.quit", plan.Overlap, "Groups of before", plan.Waiting))
	moved.NextWake, moved.NextWakeWhy = at(14*24*60), "the overlap ends"

	refused := step("okta.pause", plan.Pause, "Okta account suspended", plan.NeedsAttention)
	refused.Critical, refused.Problem, refused.Detail, refused.Mend = true, "Forbidden", "Okta refused: the token may not suspend", "give the token's owner the right"
	away := roleView("Leave", "pause", "On leave; one account is not paused yet", refused,
		done("google.pause", plan.Pause, "Signed out of Google", "signed out", "0 tokens"), step("okta.resume", plan.Resume, "Okta account open again", plan.Pending))
	away.Approvals = &activities.Approvals{Needed: 1, Why: "a leave of somebody with admin rights", Expires: at(240), Nonce: "n2"}

	off := roleView("Onboard", "closed", "Called off: the offer was withdrawn", done("okta.discard", plan.CleanUp, "Okta account shut", "deactivated", "status DEPROVISIONED"))
	off.Closed, off.Outcome, off.ClosedAt = true, "rescinded", at(60)
	return map[string]activities.CaseView{"onboard": join, "move": moved, "leave": away, "called-off": off}
}

func TestRender_OfRole_NobodyIsContainedAndNothingLent(t *testing.T) {
	for name, v := range roleViews() {
		v.LeaseEnds, v.Heir = at(9000), "Kim Lee"
		text := cardText(t, v)
		for _, word := range []string{"Contain", "Lease", "lent"} {
			if strings.Contains(text, word) {
				t.Errorf("%s speaks of %q:\n%s", name, word, text)
			}
		}
	}
}

func TestRender_OfRole_StepsStandInTheOrderOfThePhases(t *testing.T) {
	v := roleView("Onboard", "begin", "x")
	for _, p := range []plan.Phase{plan.CleanUp, plan.Settle, plan.Resume, plan.Pause, plan.Overlap, plan.Adjust, plan.Begin, plan.Prepare, plan.Identify} {
		v.Steps = append(v.Steps, step(plan.StepID("okta."+string(p)), p, "Mark of "+string(p), plan.Pending))
	}
	text, last := cardText(t, v), -1
	for _, p := range plan.RolePhases() {
		here := strings.Index(text, "Mark of "+string(p))
		if here < last {
			t.Errorf("%s stands before the phase that comes before it", p)
		}
		last = here
		if strings.Contains(text, "*"+string(p)+"*") {
			t.Errorf("%s has no title in words", p)
		}
	}
}

func TestPresses_OfRole(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*activities.CaseView)
		want string
	}{
		"preparing":    {func(*activities.CaseView) {}, "Call off"},
		"begun":        {func(v *activities.CaseView) { v.Phase = "begin" }, "Call off"},
		"approval":     {func(v *activities.CaseView) { v.Approvals = &activities.Approvals{Needed: 2, Nonce: "n"} }, "Approve (1 of 2), Deny"},
		"settling":     {func(v *activities.CaseView) { v.Phase = string(plan.Settle) }, ""},
		"cleaning up":  {func(v *activities.CaseView) { v.Phase = string(plan.CleanUp) }, ""},
		"called off":   {func(v *activities.CaseView) { v.Phase = "rescind" }, ""},
		"closing":      {func(v *activities.CaseView) { v.Phase = "close" }, ""},
		"closed":       {func(v *activities.CaseView) { v.Closed = true }, ""},
		"a move":       {func(v *activities.CaseView) { v.Process = "Move" }, ""},
		"a leave":      {func(v *activities.CaseView) { v.Process = "Leave" }, ""},
		"a leave held": {func(v *activities.CaseView) { v.Process, v.OnHold = "Leave", true }, "Release the hold"},
	} {
		t.Run(name, func(t *testing.T) {
			v := roleView("Onboard", "prepare", "x")
			c.edit(&v)
			if got := labels(presses(t, v)); got != c.want {
				t.Errorf("buttons: %q, want %q", got, c.want)
			}
		})
	}
	v := roleView("Onboard", "prepare", "x")
	if p := presses(t, v)["Call off"]; p.Verb != activities.VerbRescind {
		t.Errorf("calling off means %q", p.Verb)
	}
}

func TestPresses_Rehire_IsAnsweredInWords(t *testing.T) {
	v := roleView("Onboard", "identify", "x", step(plan.StepID(plan.IdentityRehire), plan.Identify, "Hired again, to be let in", plan.NeedsAttention))
	got := presses(t, v)
	for label, verb := range map[string]activities.Verb{"Let in again identity.rehire": activities.VerbDone, "Leave out identity.rehire": activities.VerbSkip, "Call off": activities.VerbRescind} {
		if got[label].Verb != verb || len(got) != 3 {
			t.Errorf("%s: %+v", label, got)
		}
	}
}

func TestPresses_WhoSomebodyIs_IsAnsweredInWords(t *testing.T) {
	for state, shown := range map[plan.State]bool{plan.NeedsAttention: true, plan.Waiting: true, plan.Verified: false, plan.Skipped: false} {
		v := roleView("Onboard", "identify", "x", sameOne(state), step("okta.create", plan.Prepare, "Okta account", plan.Waiting))
		got := presses(t, v)
		want := map[string]activities.Verb{}
		if shown {
			want["Same person identity.match:E0007"], want["Somebody else identity.match:E0007"] = activities.VerbDone, activities.VerbSkip
		}
		delete(got, "Call off")
		if len(got) != len(want) {
			t.Errorf("%s: buttons %v", state, got)
		}
		for label, verb := range want {
			if p := got[label]; p.Verb != verb || p.Step != plan.IdentityMatch.For("E0007") {
				t.Errorf("%s: %s is %+v", state, label, p)
			}
		}
	}
}
