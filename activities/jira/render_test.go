package jira

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/plan"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

var day = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// whole is a case with everything on it.
func whole() activities.CaseView {
	return activities.CaseView{
		Case: "offboard/E1042", Run: "7d3c", Process: "Offboard", Employee: "E1042", Name: "Kim Lee", Email: "kim.lee@example.com",
		Title: "Engineer", Country: "US", Phase: "hand_over", Headline: "Contained and verified in 3.1 s; waiting for the laptop",
		Actor: "cli:jo", Reason: "see {code}rm -rf{code} [~all] *now*", Urgency: "emergency", HRLate: true,
		Opened: day, Effective: day.Add(-time.Hour), HREdited: day.Add(-time.Minute), Detected: day.Add(-time.Second),
		ContainedAt: day.Add(3100 * time.Millisecond), LeaseEnds: day.Add(60 * 24 * time.Hour), WatchEnds: day.Add(30 * 24 * time.Hour),
		NextWake: day.Add(24 * time.Hour), NextWakeWhy: "daily check", Heir: "Sam Cho", OnHold: true, HoldWhy: "legal",
		Approvals: &activities.Approvals{Needed: 2, By: []string{"cli:ana"}, Why: "emergency", Expires: day.Add(time.Hour), Nonce: "n0nce"},
		WaitsFor:  []string{"IT: Okta factors reset (okta.factors)", "carrier: laptop C02XY"},
		Steps: []activities.StepView{
			{ID: "okta.suspend", Phase: plan.Contain, Title: "Sign-in to Okta blocked", State: plan.Verified, Critical: true, ReadBack: "status SUSPENDED",
				Executed: day.Add(1200 * time.Millisecond), Verified: day.Add(3100 * time.Millisecond)},
			{ID: "okta.factors", Phase: plan.Contain, Title: "Okta factors reset", State: plan.NeedsAttention, Critical: true, Problem: "Forbidden",
				Detail: "Okta refused: scope okta.users.manage | missing", Mend: "grant the scope, then retry", Owner: "IT", Due: day.Add(24 * time.Hour)},
			{ID: "jamf.lock:C02XY", Phase: plan.Contain, Title: "Mac C02XY locked", State: plan.Waiting, Detail: "the computer is offline"},
			{ID: "google.delegate", Phase: plan.HandOver, Title: "Mailbox lent to Sam Cho", State: plan.Running},
			{ID: "app.revoke:figma", Phase: plan.Apps, Title: "Figma", State: plan.Skipped, By: "slack:U1", Detail: "kept until Friday"},
			{ID: "device.return:C02XY", Phase: plan.Devices, Title: "Laptop C02XY back", State: plan.Waiting},
		},
		Returns: []activities.ReturnView{{Serial: "C02XY", Model: "MacBook Pro", Route: "box", Milestone: activities.BoxShipped, Order: "R-17",
			OrderURL: "https://retriever.example.com/o/R-17", CancelBy: day.Add(30 * time.Minute), Tracking: "1Z999", TrackURL: "https://track.example.com/1Z999",
			Carrier: "UPS", LastSeen: "Departed facility, Reno", Updated: day.Add(20 * time.Hour)}},
		Version: 7, SlackURL: "https://slack.example.com/archives/C1/p1", WorkflowURL: "https://temporal.example.com/wf",
	}
}

var statuses = plan.MirrorSettings{JiraDone: []string{"Done", "Erledigt"}, JiraReceived: []string{"Received"}}

func (p Page) golden() string {
	return "summary: " + p.Summary + "\npriority: " + p.Priority + "\ndue: " + p.DueDate + "\n\n" + p.Description + "\n"
}

func TestRender_AgreesWithTheGoldens(t *testing.T) {
	done := activities.CaseView{Case: "offboard/E7", Run: "r", Process: "Offboard", Employee: "E7", Name: "Jo", Phase: "closed", Headline: "Closed: completed",
		Urgency: "normal", Opened: day, Effective: day, Closed: true, Outcome: "completed", ClosedAt: day.Add(time.Hour)}
	join, moved, away := roles()
	calledOff := join
	calledOff.Closed, calledOff.Outcome, calledOff.ClosedAt, calledOff.Headline = true, "rescinded", day.Add(time.Hour), "The offer was withdrawn"
	for name, got := range map[string]string{
		"onboard":          Render(join, Cloud).golden(),
		"move":             Render(moved, Cloud).golden(),
		"leave":            Render(away, Cloud).golden(),
		"task-identity":    renderTask(join, join.Steps[0], statuses).golden(),
		"task-rehire":      renderTask(join, activities.StepView{ID: plan.StepID(plan.IdentityRehire), Title: "Hired again, to be let in", State: plan.NeedsAttention}, statuses).golden(),
		"task-manager":     renderTask(join, join.Steps[3], statuses).golden(),
		"case-called-off":  renderClosed(calledOff, nil) + "\n",
		"whole-cloud":      Render(whole(), Cloud).golden(),
		"whole-datacenter": Render(whole(), DataCenter).golden(),
		"closed-cloud":     Render(done, Cloud).golden(),
		"task":             renderTask(whole(), whole().Steps[1], statuses).golden(),
		"task-device":      renderTask(whole(), whole().Steps[5], statuses).golden(),
		"task-no-status":   renderTask(whole(), whole().Steps[1], plan.MirrorSettings{}).golden(),
		"move-refused": renderRefusal(activities.AnswerMove{Move: activities.Move{Status: "Done"},
			Refusal: activities.Refusal{Text: "step okta.factors is being tried right now", Mend: "wait for *its* result"}}) + "\n",
		"task-ended":  renderEnd(whole(), whole().Steps[0]) + "\n",
		"task-again":  renderAgain(whole().Steps[1]) + "\n",
		"case-closed": renderClosed(done, []string{"ITOFF-9"}) + "\n",
	} {
		file := filepath.Join("testdata", name+".golden")
		if *rewrite {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; got:\n%s", file, got)
		}
	}
}

func TestRender_IsPure(t *testing.T) {
	a, b := Render(whole(), Cloud), Render(whole(), Cloud)
	if a != b {
		t.Error("the same view gave two pages")
	}
	v := whole()
	v.Version, v.JiraKey, v.JiraURL = 99, "ITOFF-1", "https://jira.example.com"
	if Render(v, Cloud) != a {
		t.Error("the version or the ticket's own key are on the page: it would be written for nothing")
	}
}

func TestRender_KeepsTheNonceToItself(t *testing.T) {
	if strings.Contains(Render(whole(), Cloud).Description, "n0nce") {
		t.Error("the approval's nonce is on the page")
	}
}

func TestRender_ManySteps_LoseDetailsBeforeSteps(t *testing.T) {
	v := whole()
	for range 120 {
		v.Steps = append(v.Steps, activities.StepView{ID: "app.revoke:x", Phase: plan.Apps, Title: "App", State: plan.Verified, Detail: strings.Repeat("d", 300)})
	}
	p := Render(v, Cloud)
	if n := utf8.RuneCountInString(p.Description); n > maxDescription {
		t.Errorf("%d characters", n)
	}
	if got := strings.Count(p.Description, "{{app.revoke:x}}"); got != 120 {
		t.Errorf("%d of 120 steps are left", got)
	}
	for range 2000 {
		v.Steps = append(v.Steps, v.Steps[10])
	}
	if n := utf8.RuneCountInString(Render(v, Cloud).Description); n != maxDescription {
		t.Errorf("%d characters, want the limit", n)
	}
}

func TestSummary_IsOneLineWithinTheLimit(t *testing.T) {
	v := whole()
	v.Name = "Kim\nLee " + strings.Repeat("é", 400)
	s := Render(v, Cloud).Summary
	if strings.Contains(s, "\n") || utf8.RuneCountInString(s) > maxSummary {
		t.Errorf("summary has %d characters: %q", utf8.RuneCountInString(s), s)
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, nothing to do": "plain text, nothing to do",
		"{code}x{code}":             `\{code\}x\{code\}`,
		"[~all] and [a|b]":          `\[\~all\] and \[a\|b\]`,
		"*bold* a*b _i_ x_y":        `\*bold\* a*b \_i\_ x_y`,
		"-gone- well-known +new+":   `\-gone\- well-known \+new\+`,
		"!image.png!":               `\!image.png\!`,
		"h1. Heading":               "h1\u2060. Heading",
		"bq. quoted":                "bq\u2060. quoted",
		"# list, issue #5":          `\# list, issue \#5`,
		"a :) b (x) c (/)":          "a :\u2060) b \\(x) c \\(/)",
		"jamf.lock:D12 (E1042)":     "jamf.lock:D12 (E1042)",
		`C:\dir`:                    "C:&#92;dir",
		"two\nlines\tand a\x00nul":  "two lines and anul",
		"??cite?? ^up^ ~down~":      `\?\?cite\?\? \^up\^ \~down\~`,
		"E-1042 日本-語":               "E-1042 日本-語",
		"----":                      `\-\-\-\-`,
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLink_OddAddress_IsShownAsText(t *testing.T) {
	for _, address := range []string{"", "javascript:alert(1)", "https://x.example.com/a|b", "https://x.example.com/a]b"} {
		if got := link("title", address); got != "title" {
			t.Errorf("link(%q) = %q", address, got)
		}
	}
	if got := link("a|b", "https://x.example.com/"); got != `[a\|b|https://x.example.com/]` {
		t.Errorf("link is %q", got)
	}
}

func TestParseMark(t *testing.T) {
	for body, want := range map[string]mark{
		"text\nref: offboard/E1/3-7":               {From: 3, To: 7},
		"text\nref: offboard/E1/closed\n":          {Notice: "closed"},
		"ref: offboard/E1/okta.factors/ended-ab12": {Notice: "okta.factors/ended-ab12"},
		"ref: offboard/E1/3-7\nthanks":             {},
		"ref: offboard/E2/3-7":                     {},
		"ref: offboard/E1/":                        {},
		"":                                         {},
	} {
		got, ours := parseMark(body, "offboard/E1")
		if got != want || ours != (want != mark{}) {
			t.Errorf("parseMark(%q) = %+v, %v", body, got, ours)
		}
	}
	for _, m := range []mark{{From: 1, To: 2}, {Notice: "closed"}} {
		if got, _ := parseMark("x\n"+m.line("c/1"), "c/1"); got != m {
			t.Errorf("%+v came back as %+v", m, got)
		}
	}
}
