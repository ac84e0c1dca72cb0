package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/slack"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// buttonJSON is a button that means a press.
type buttonJSON struct {
	Type     string    `json:"type"`
	ActionID string    `json:"action_id"`
	Value    string    `json:"value"`
	Style    string    `json:"style"`
	Text     textJSON  `json:"text"`
	Confirm  *struct{} `json:"confirm"`
}

type textJSON struct{ Text string }

// buttonsOf lists the buttons that mean a press.
func buttonsOf(t *testing.T, blocks json.RawMessage) []buttonJSON {
	t.Helper()
	var list []struct {
		Type     string
		Elements []json.RawMessage
	}
	if err := json.Unmarshal(blocks, &list); err != nil {
		t.Fatal(err)
	}
	var out []buttonJSON
	for _, b := range list {
		for _, raw := range b.Elements {
			var e buttonJSON // a context's texts are no buttons, and of another form
			if json.Unmarshal(raw, &e) == nil && e.Type == "button" && strings.HasPrefix(e.ActionID, activities.PressPrefix) {
				out = append(out, e)
			}
		}
	}
	return out
}

// presses are the buttons of a card, by label.
func presses(t *testing.T, v activities.CaseView) map[string]activities.Press {
	t.Helper()
	_, blocks := slack.Render(v)
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]activities.Press{}
	for _, b := range buttonsOf(t, raw) {
		p, err := activities.ParsePress(b.Value)
		if err != nil {
			t.Fatalf("button %s: %v", b.ActionID, err)
		}
		if p.Case != v.Case || p.Run != v.Run {
			t.Errorf("button %s is for case %s, run %s", b.ActionID, p.Case, p.Run)
		}
		label := b.Text.Text
		if p.Step != "" && p.Verb != activities.VerbReceived {
			label += " " + string(p.Step)
		}
		out[label] = p
	}
	return out
}

func labels(p map[string]activities.Press) string {
	var out []string
	for _, want := range []string{"Approve (1 of 2)", "Approve (2 of 2)", "Deny", "Extend the mailbox loan", "Put on hold", "Release the hold", "Rescind", "Call off"} {
		if _, ok := p[want]; ok {
			out = append(out, want)
		}
	}
	return strings.Join(out, ", ")
}

func TestPresses_WhatCanBeDecidedNow(t *testing.T) {
	gate := &activities.Approvals{Needed: 2, Nonce: "n1"}
	half := &activities.Approvals{Needed: 2, By: []string{"cli:jo"}, Nonce: "n1"}
	for name, c := range map[string]struct {
		edit func(*activities.CaseView)
		want string
	}{
		"scheduled":            {func(v *activities.CaseView) { v.Phase = "scheduled" }, "Put on hold, Rescind"},
		"containing":           {func(*activities.CaseView) {}, "Put on hold, Rescind"},
		"on hold":              {func(v *activities.CaseView) { v.OnHold = true }, "Release the hold, Rescind"},
		"first approval":       {func(v *activities.CaseView) { v.Phase, v.Approvals = "approval", gate }, "Approve (1 of 2), Deny"},
		"second approval":      {func(v *activities.CaseView) { v.Phase, v.Approvals = "approval", half }, "Approve (2 of 2), Deny"},
		"approval on hold":     {func(v *activities.CaseView) { v.Approvals, v.OnHold = half, true }, "Approve (2 of 2), Deny, Release the hold"},
		"lease runs":           {func(v *activities.CaseView) { v.Phase, v.LeaseEnds = "lease", at(9000) }, "Extend the mailbox loan, Put on hold, Rescind"},
		"nothing was lent":     {func(v *activities.CaseView) { v.Phase = "lease" }, "Put on hold, Rescind"},
		"watch after the loan": {func(v *activities.CaseView) { v.Phase, v.LeaseEnds = "watch", at(9000) }, "Put on hold, Rescind"},
		"being rescinded":      {func(v *activities.CaseView) { v.Phase = "rescind" }, ""},
		"closing":              {func(v *activities.CaseView) { v.Phase = "close" }, ""},
		"a laptop's return":    {func(v *activities.CaseView) { v.Process = "DeviceReturn" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := baseView()
			c.edit(&v)
			if got := labels(presses(t, v)); got != c.want {
				t.Fatalf("buttons: %s; want %s", got, c.want)
			}
		})
	}
}

func TestPresses_ApprovalCarriesTheNonceOfItsGate(t *testing.T) {
	v := baseView()
	v.Approvals = &activities.Approvals{Needed: 2, Nonce: "n7"}
	for _, label := range []string{"Approve (1 of 2)", "Deny"} {
		if p := presses(t, v)[label]; p.Nonce != "n7" {
			t.Errorf("%s carries %q", label, p.Nonce)
		}
	}
}

func TestPresses_StepsThatAskForAPerson(t *testing.T) {
	v := baseView()
	v.Steps = everyState()
	got := presses(t, v)
	for _, s := range v.Steps {
		for label, verb := range map[string]activities.Verb{"Retry": activities.VerbRetry, "Done by hand": activities.VerbDone, "Skip": activities.VerbSkip} {
			p, shown := got[label+" "+string(s.ID)]
			if shown != s.State.AsksForPerson() || shown && (p.Verb != verb || p.Step != s.ID) {
				t.Errorf("%s of %s, which is %s: shown %t, %+v", label, s.ID, s.State, shown, p)
			}
		}
	}
}

func TestPresses_CriticalStepsComeFirst_TheRestIsForTheCommandLine(t *testing.T) {
	v := baseView()
	for i := range 8 {
		s := step(plan.AppRevoke.For(fmt.Sprint(i)), plan.Apps, "App", plan.NeedsAttention)
		s.Critical = i == 7
		v.Steps = append(v.Steps, s)
	}
	got := presses(t, v)
	for i, want := range []bool{true, true, true, true, false, false, false, true} {
		if _, shown := got["Retry app.revoke:"+fmt.Sprint(i)]; shown != want {
			t.Errorf("step %d shown %t", i, shown)
		}
	}
	if text := cardText(t, v); !strings.Contains(text, "3 more steps without buttons here: `tenure step retry`, `done` or `skip`, with `E1042`") {
		t.Errorf("the card does not say how the others are done:\n%s", text)
	}
}

func TestPresses_Laptops(t *testing.T) {
	v := baseView()
	v.Steps = []activities.StepView{step("device.return:CDONE", plan.Devices, "back", plan.Skipped), step("device.return:CTASK", plan.Devices, "back", plan.NeedsAttention)}
	for serial, m := range map[string]activities.Milestone{"CNEW": "", "CSHIP": activities.DeviceShipped, "CARR": activities.DeviceArrived, "COFF": activities.Deactivated,
		"CIN": activities.DeviceCheckedIn, "CSTOCK": activities.InStock, "CDONE": activities.BoxDelivered} {
		v.Returns = append(v.Returns, activities.ReturnView{Serial: serial, Milestone: m})
	}
	got := presses(t, v)
	for serial, want := range map[string]bool{"CNEW": true, "CSHIP": true, "CARR": true, "COFF": true, "CIN": false, "CSTOCK": false, "CDONE": false} {
		p, shown := got["Laptop "+serial+" received"]
		if shown != want || shown && (p.Verb != activities.VerbReceived || p.Step != plan.DeviceReturn.For(serial) || p.Serial != "") {
			t.Errorf("%s: shown %t, %+v", serial, shown, p)
		}
	}
	if _, shown := got["Done by hand device.return:CTASK"]; shown {
		t.Error("a return can be called done without its serial number")
	}
	if _, shown := got["Skip device.return:CTASK"]; !shown {
		t.Error("a return that never ends cannot be skipped")
	}
}

func TestPresses_AClosedCardHasNone(t *testing.T) {
	v := baseView()
	v.Steps, v.Closed, v.OnHold = everyState(), true, true
	v.Approvals = &activities.Approvals{Needed: 1}
	v.Returns = []activities.ReturnView{{Serial: "C02XY", Milestone: activities.DeviceShipped}}
	if got := presses(t, v); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	if text := cardText(t, v); !strings.Contains(text, "Open ticket") {
		t.Error("the links are gone too")
	}
}

// TestPresses_HugeCasesStayWithinSlacksLimits posts absurd cases to the stand-in, which enforces Block Kit's limits.
func TestPresses_HugeCasesStayWithinSlacksLimits(t *testing.T) {
	long := strings.Repeat("ä<&>\"", 700)
	for name, edit := range map[string]func(*activities.CaseView){
		"long texts": func(v *activities.CaseView) {
			v.Name, v.Headline, v.Title, v.Reason, v.HoldWhy, v.Heir, v.NextWakeWhy = long, long, long, long, long, long, long
			v.OnHold, v.Employee, v.NextWake = true, employee.ID(long), at(1)
		},
		"long case id": func(v *activities.CaseView) { v.Case = "offboard/" + strings.Repeat("%20", 900) },
		"long step ids": func(v *activities.CaseView) {
			for i := range 60 {
				v.Steps = append(v.Steps, step(plan.AppRevoke.For(fmt.Sprint(i)+strings.Repeat("é", 200+20*i)), plan.Apps, long, plan.NeedsAttention))
			}
		},
		"many devices": func(v *activities.CaseView) {
			for i := range 60 {
				v.Returns = append(v.Returns, activities.ReturnView{Serial: fmt.Sprint(i, long), Model: long, Milestone: activities.DeviceShipped})
			}
		},
		"everything": func(v *activities.CaseView) {
			*v = views()["running"]
			v.Phase, v.LeaseEnds, v.OnHold = "lease", at(9000), true
			for i := range 300 {
				v.Steps = append(v.Steps, step(plan.AppRevoke.For(fmt.Sprint(i)), plan.Apps, long, plan.Unverified))
				v.Returns = append(v.Returns, activities.ReturnView{Serial: fmt.Sprint("S", i)})
				v.WaitsFor = append(v.WaitsFor, long)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			v := baseView()
			edit(&v)
			v.Run = "run-1"
			if name == "long case id" { // the mark holds it too; the card alone is looked at
				_, blocks := slack.Render(v)
				raw, _ := json.Marshal(blocks) // made of strings
				if n := len(buttonsOf(t, raw)); n != 0 {
					t.Fatalf("%d buttons with values that Slack refuses", n)
				}
				return
			}
			w.must(activities.MirrorCase{View: v})
			ids := map[string]bool{}
			for _, b := range buttonsOf(t, w.card().Blocks) {
				if ids[b.ActionID] {
					t.Errorf("two buttons are %s", b.ActionID)
				}
				ids[b.ActionID] = true
			}
			answer := activities.Answer{Reply: activities.Reply{Channel: w.channel, User: w.leaver.ID}, Text: long, View: &v}
			if err := w.answer(answer); err != nil {
				t.Fatal(err)
			}
		})
	}
}
