package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/plan"
)

var update = flag.Bool("update", false, "write the goldens anew")

func at(minute int) time.Time {
	return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
}

func baseView() activities.CaseView {
	return activities.CaseView{
		Case: "offboard/E1042", Run: "run-1", Process: "Offboard", Employee: "E1042", Name: "Dana Reed", Email: "dana@example.com",
		Title: "Account Executive", Country: "US", Phase: "contain", Headline: "Containing: 1 critical step not verified yet",
		Actor: "namely", Reason: "resigned", Urgency: "normal", Opened: at(0), Effective: at(0), Detected: at(0),
		JiraKey: "ITOFF-7", JiraURL: "https://jira.example.com/browse/ITOFF-7",
		WorkflowURL: "http://127.0.0.1:8233/namespaces/default/workflows/offboard%2FE1042", Version: 3,
	}
}

func step(id plan.StepID, phase plan.Phase, title string, state plan.State) activities.StepView {
	return activities.StepView{ID: id, Phase: phase, Title: title, State: state, Started: at(0)}
}

// everyState is one step in each state.
func everyState() []activities.StepView {
	attention := step("google.sessions", plan.Contain, "Signed out of Google", plan.NeedsAttention)
	attention.Critical, attention.Detail, attention.Problem = true, "Google refused: not authorised", "Forbidden"
	attention.Mend, attention.Owner, attention.Due = "grant the service account the security scope", "IT", at(480)
	suspended := step("okta.suspend", plan.Contain, "Sign-in blocked", plan.Verified)
	suspended.Critical, suspended.Detail, suspended.ReadBack, suspended.Verified = true, "suspended", "status SUSPENDED", at(1)
	skipped := step("google.hide", plan.HandOver, "Hidden from the directory", plan.Skipped)
	skipped.By, skipped.Detail = "slack:U0S000001", "a customer still looks her up"
	return []activities.StepView{
		suspended, attention,
		step("okta.roles", plan.Contain, "Admin roles stripped", plan.AlreadyAbsent),
		step("slack.account", plan.Contain, "Slack access ended", plan.NotApplicable),
		step("jamf.lock:C02XY", plan.Contain, "MacBook Pro C02XY locked", plan.Waiting),
		step("google.delegate", plan.HandOver, "Mailbox lent to Kim Lee", plan.Running), skipped,
		step("app.revoke:figma", plan.Apps, "Figma access revoked", plan.Delegated),
		step("app.revoke:wiki", plan.Apps, "Wiki access revoked", plan.IgnoredByPolicy),
		step("app.revoke:crm", plan.Apps, "CRM access revoked", plan.Unverified),
		step("google.suspend", plan.LeaseEnd, "Google account suspended", plan.Pending),
	}
}

func views() map[string]activities.CaseView {
	running := baseView()
	running.Steps = everyState()
	running.WaitsFor = []string{"IT: Signed out of Google (google.sessions)"}
	running.NextWake, running.NextWakeWhy = at(30), "look whether the Mac came online"
	running.Heir = "Kim Lee"
	running.Returns = []activities.ReturnView{{Serial: "C02XY", Model: "MacBook Pro", Route: "box", Milestone: activities.DeviceShipped,
		Carrier: "UPS", Tracking: "1Z999", TrackURL: "https://track.example.com/1Z999", LastSeen: "Departed, Columbus OH", Order: "123",
		OrderURL: "https://boxes.example.com/123", Updated: at(12)}}

	emergency := baseView()
	emergency.Urgency, emergency.Actor, emergency.OnHold, emergency.HoldWhy = "emergency", "slack:U0S000009", true, "legal asked"
	emergency.Approvals = &activities.Approvals{Needed: 2, By: []string{"slack:U0S000001"}, Why: "protected person", Expires: at(240), Nonce: "n1"}
	emergency.Headline = "Waiting for approval, 1 of 2: protected person"
	emergency.Name, emergency.JiraKey, emergency.JiraURL, emergency.WorkflowURL = `Ann "A&B" <Lee>`, "", "", ""

	closed := baseView()
	closed.Closed, closed.Outcome, closed.ClosedAt, closed.ContainedAt, closed.LeaseEnds = true, "completed", at(90000), at(1), at(86400)
	closed.Headline, closed.Phase = "Closed: completed", "closed"
	for _, s := range everyState() {
		if s.State.Ended() {
			closed.Steps = append(closed.Steps, s)
		}
	}

	long := baseView()
	long.Steps = everyState()
	for i := range 120 {
		s := step(plan.AppRevoke.For(fmt.Sprint("app", i)), plan.Apps, fmt.Sprintf("Application number %d: access revoked", i), plan.Verified)
		s.Detail, s.ReadBack = "assignment removed", "not assigned"
		long.Steps = append(long.Steps, s)
	}
	all := map[string]activities.CaseView{"running": running, "emergency": emergency, "closed": closed, "long": long, "bare": baseView()}
	maps.Copy(all, roleViews())
	return all
}

func TestRender_Goldens(t *testing.T) {
	for name, v := range views() {
		t.Run(name, func(t *testing.T) {
			text, blocks := slack.Render(v)
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(map[string]any{"text": text, "blocks": blocks}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the card differs from %s (run with -update to see the difference in git):\n%s", file, got.Bytes())
			}
		})
	}
}

// cardText is all text of a card, as JSON walks it.
func cardText(t *testing.T, v activities.CaseView) string {
	t.Helper()
	_, blocks := slack.Render(v)
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	return allText(t, raw)
}

// textOf is every text of a decoded JSON.
func textOf(tree any) string {
	var b strings.Builder
	var walk func(any)
	walk = func(n any) {
		switch n := n.(type) {
		case []any:
			for _, x := range n {
				walk(x)
			}
		case map[string]any:
			for k, x := range n {
				if s, ok := x.(string); ok && k == "text" {
					b.WriteString(s + "\n")
				} else {
					walk(x)
				}
			}
		}
	}
	walk(tree)
	return b.String()
}

func TestRender_LongListsAreCompressedButNeverHideAPerson(t *testing.T) {
	for _, n := range []int{0, 20, 60, 200, 1000} {
		v := baseView()
		for i := range n {
			s := step(plan.AppRevoke.For(fmt.Sprint("app", i)), plan.Apps, fmt.Sprintf("App %d %s", i, strings.Repeat("name ", 40)), plan.Verified)
			if i%10 == 0 && i < 300 {
				s.State, s.Title = plan.NeedsAttention, fmt.Sprintf("Mark-%d-here", i)
				s.Detail, s.Mend = strings.Repeat("because & ", 60), strings.Repeat("do < this ", 60)
			}
			v.Steps = append(v.Steps, s)
		}
		text := cardText(t, v)
		if length := utf8.RuneCountInString(text); length > 8000 {
			t.Errorf("%d steps: %d characters", n, length)
		}
		for i := 0; i < min(n, 300); i += 10 {
			if !strings.Contains(text, fmt.Sprintf("Mark-%d-here", i)) {
				t.Errorf("%d steps: step %d needs a person and is not on the card", n, i)
			}
		}
	}
}

func TestRender_SaysHowManyAreLeftOutWhenNothingElseHelps(t *testing.T) {
	v := baseView()
	for i := range 500 {
		v.Steps = append(v.Steps, step(plan.AppRevoke.For(fmt.Sprint(i)), plan.Apps, fmt.Sprintf("Application %d revoked", i), plan.NeedsAttention))
	}
	text := cardText(t, v)
	shown := strings.Count(text, "needs attention*")
	if want := fmt.Sprintf("… and %d more", 500-shown); shown < 80 || !strings.Contains(text, want) {
		t.Errorf("%d shown, and the card does not say %q", shown, want)
	}
	if n := utf8.RuneCountInString(text); n > 8000 {
		t.Errorf("%d characters", n)
	}
}

func TestRender_EscapesWhatPeopleTyped(t *testing.T) {
	v := baseView()
	v.Headline, v.Reason = "<!channel> & <@U1>", "a > b"
	text := cardText(t, v)
	for _, bad := range []string{"<!channel>", "<@U1>", "a > b"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q went through unescaped", bad)
		}
	}
	if !strings.Contains(text, "&lt;!channel&gt; &amp; &lt;@U1&gt;") {
		t.Errorf("the headline is not escaped: %s", text)
	}
}

func TestRender_EveryStateHasItsWord(t *testing.T) {
	v := baseView()
	v.Steps = everyState()
	text := cardText(t, v)
	for _, s := range v.Steps {
		if word := strings.ReplaceAll(string(s.State), "_", " "); !strings.Contains(text, "*"+word+"*") {
			t.Errorf("the card does not say %q", word)
		}
	}
}
