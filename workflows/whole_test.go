package workflows_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/simulators/world"
)

// whole plays the demo's leaver from HR's word to the end of the lease; the laptop comes back on the 20th day.
func whole(t *testing.T) (*stage, activities.CaseView) {
	t.Helper()
	s := newStage(t)
	s.receive(20 * day)
	return s, s.play()
}

func TestOffboard_WholeCase_EveryCriticalStepIsProvedAndNothingHappensTwice(t *testing.T) {
	t.Parallel()
	s, v := whole(t)
	s.proved(v)
	s.once()
	if u := s.oktaUser(); u.Status != "DEPROVISIONED" || len(u.Sessions)+len(u.Factors)+len(u.Tokens) != 0 {
		t.Errorf("Okta: %s with %d sessions, %d factors, %d tokens", u.Status, len(u.Sessions), len(u.Factors), len(u.Tokens))
	}
	if u := s.googleUser(); !u.Suspended || len(u.Sessions)+len(u.Tokens)+len(u.Mail.Delegates) != 0 || u.OrgUnitPath != world.LeaversUnit {
		t.Errorf("Google: %s in %s with %d sessions, %d tokens, delegates %v", u.State(), u.OrgUnitPath, len(u.Sessions), len(u.Tokens), s.delegates())
	}
	if _, tasks := s.tickets(); len(tasks) != 0 {
		t.Errorf("a case without trouble asks for %d tasks", len(tasks))
	}
}

// ordered checks that calls with these path endings were made, each after the one before.
func (s *stage) ordered(system string, endings ...string) {
	s.Helper()
	calls, at := s.changes(system), 0
	for _, want := range endings {
		method, ending, _ := strings.Cut(want, " ")
		i := slices.IndexFunc(calls[at:], func(c kit.Call) bool { return c.Method == method && strings.HasSuffix(c.Path, ending) })
		if i < 0 {
			var got []string
			for _, c := range calls {
				got = append(got, c.Method+" "+c.Path)
			}
			s.Errorf("%s: no %s behind %v in\n%s", system, want, endings, strings.Join(got, "\n"))
			return
		}
		at += i + 1
	}
}

func TestOffboard_WholeCase_CallsComeInTheRightOrder(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	s.ordered("okta", "POST /lifecycle/suspend", "DELETE /sessions", "POST /lifecycle/reset_factors", "POST /lifecycle/deactivate")
	user := "/users/" + s.googleUser().ID
	s.ordered("google", "PUT "+user, "POST "+user+"/signOut", "DELETE /tokens/calendar-sync.apps.example.com", "POST "+user+"/signOut",
		"POST /settings/delegates", "DELETE /settings/delegates/"+s.manager().Email, "PUT "+user)
}

func TestOffboard_WholeCase_GoogleIsSuspendedOnlyAfterTheLease(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	for _, d := range []time.Duration{time.Hour, 30 * day, 59 * day} {
		s.after(d, func() {
			u := s.googleUser()
			if u.Suspended || !slices.Equal(s.delegates(), []string{s.manager().Email}) || !s.world.Google.CanOpen(s.manager().Email, s.leaver.Email) {
				t.Errorf("after %v the account is %s and lent to %v", d, u.State(), s.delegates())
			}
		})
	}
	v := s.play()
	var removed, suspended time.Time
	for _, c := range s.changes("google") {
		switch {
		case c.Method == "DELETE" && strings.HasSuffix(c.Path, "/delegates/"+s.manager().Email):
			removed = c.At
		case c.Method == "PUT" && strings.Contains(c.Body, `"suspended":true`):
			suspended = c.At
		}
	}
	ends := opening.Add(60 * day)
	if removed.Before(ends) || suspended.Before(removed) || suspended.After(ends.Add(time.Minute)) {
		t.Errorf("delegate removed %s, account suspended %s, lease ends %s", removed, suspended, ends)
	}
	if undelegated, susp := step(v, "google.undelegate"), step(v, "google.suspend"); susp.Executed.Before(undelegated.Verified) {
		t.Errorf("suspended at %s, the delegate was gone at %s", susp.Executed, undelegated.Verified)
	}
}

func TestOffboard_WholeCase_MacHasTheVaultsPINAndNobodyElseSeesIt(t *testing.T) {
	t.Parallel()
	s, v := whole(t)
	pin, err := s.store.KnownPIN(t.Context(), v.Case, s.laptop().Serial)
	s.must(err)
	if _, pins := s.locks(); !slices.Equal(pins, []string{pin}) || s.mac().LockPIN != pin {
		t.Fatalf("the laptop does not have the vault's PIN")
	}
	leaks := func(where, text string) {
		if strings.Contains(text, pin) {
			t.Errorf("the PIN stands in %s", where)
		}
	}
	text := func(x any) string {
		body, err := json.Marshal(x)
		s.must(err)
		return string(body)
	}
	leaks("the view", text(v))
	for name, k := range s.world.Kits() {
		for _, c := range k.Calls() {
			if name != "jamf" {
				leaks("a call to "+name+" "+c.Path, c.Path+" "+c.Query+" "+c.Body)
			}
		}
	}
	for _, r := range s.records() {
		leaks("evidence of "+string(r.Step), r.Detail+" "+r.ReadBack+" "+strings.Join(r.Items, " ")+" "+r.Account)
	}
	leaks("Slack", text(s.cards()))
	leaks("Jira", text(s.world.Jira.Snapshot().Issues))
}

func TestOffboard_WholeCase_RemindsAWeekAndADayBeforeTheLeaseEnds(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	var at []time.Time
	for _, m := range s.cards()[0].Thread {
		if strings.Contains(m.Text, "is taken back on 2027-01-22") {
			at = append(at, m.PostedAt.Truncate(time.Minute))
		}
	}
	if want := []time.Time{opening.Add(53 * day), opening.Add(59 * day)}; !slices.EqualFunc(at, want, time.Time.Equal) {
		t.Errorf("reminded at %v, want %v", at, want)
	}
}

func TestOffboard_WholeCase_FiveTimestampsAreKept(t *testing.T) {
	t.Parallel()
	s, v := whole(t)
	if v.Effective.Before(v.HREdited) || v.HREdited.IsZero() || v.Detected.IsZero() || v.ContainedAt.Sub(v.Began()) > time.Minute {
		t.Errorf("edited %s, effective %s, detected %s, contained %s", v.HREdited, v.Effective, v.Detected, v.ContainedAt)
	}
	for _, r := range s.records() {
		if r.State != plan.Verified || r.Case != v.Case {
			continue
		}
		if !r.HREdited.Equal(v.HREdited) || !r.Effective.Equal(v.Effective) || !r.Detected.Equal(v.Detected) || r.Executed.IsZero() || r.Verified.Before(r.Executed) {
			t.Errorf("%s: edited %s, effective %s, detected %s, executed %s, verified %s", r.Step, r.HREdited, r.Effective, r.Detected, r.Executed, r.Verified)
		}
	}
}

// What the case itself ends without an activity (policy's own presets, accounts that do not exist) is in the closing
// record. The test environment shows the interceptor no outcomes of local activities, so decisions are looked for in
// the tests of the store and of the end-to-end run.
func TestOffboard_WholeCase_EvidenceHasARowForEveryEndedStep(t *testing.T) {
	t.Parallel()
	s, v := whole(t)
	for _, st := range v.Steps {
		if st.State != plan.IgnoredByPolicy && st.ID.Action() != plan.DeviceReturn && !s.recorded(st.ID, st.State) {
			t.Errorf("no evidence that %s ended %s", st.ID, st.State)
		}
	}
	serial := s.laptop().Serial
	for _, id := range []plan.StepID{plan.StepID("retriever.order:" + serial), plan.StepID("jamf.stock:" + serial)} {
		if !s.recorded(id, plan.Verified) {
			t.Errorf("no evidence of %s", id)
		}
	}
}

func TestOffboard_WholeCase_PeopleSeeTheSameEndEverywhere(t *testing.T) {
	t.Parallel()
	s, v := whole(t)
	tickets, _ := s.tickets()
	if card := s.cards()[0].Text; !strings.Contains(card, "Closed: completed") {
		t.Errorf("the card says %q", card)
	}
	if tickets[0].Status.Category != "done" || v.JiraKey != tickets[0].Key {
		t.Errorf("ticket %s is %s; the view names %s", tickets[0].Key, tickets[0].Status.Name, v.JiraKey)
	}
	last := s.cards()[0].Thread[len(s.cards()[0].Thread)-1].Text
	if !strings.Contains(last, "Case completed after 60 days") || !strings.Contains(last, "sealed with") {
		t.Errorf("the final report says %q", last)
	}
	if v.Headline != "Closed: completed" || len(v.WaitsFor) != 0 || !v.NextWake.IsZero() {
		t.Errorf("the closed case says %q, waits for %v, wakes at %s", v.Headline, v.WaitsFor, v.NextWake)
	}
}
