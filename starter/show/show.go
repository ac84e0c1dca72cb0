// Package show renders a case for a terminal. It is pure: the same view gives the same text.
package show

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/workflows"
)

// marks go before the word of a state. The word is always there: nobody needs to know the marks.
var marks = map[plan.State]string{
	plan.Pending: "·", plan.Running: "…", plan.Waiting: "…", plan.Verified: "✓", plan.AlreadyAbsent: "✓",
	plan.NotApplicable: "–", plan.IgnoredByPolicy: "–", plan.Delegated: "→", plan.Skipped: "»",
	plan.NeedsAttention: "!", plan.Unverified: "!",
}

// Case is a whole case: headline, steps, devices, who is waited for, what fires next.
func Case(v activities.CaseView) string {
	var b strings.Builder
	head(&b, v)
	Steps(&b, v)
	for _, r := range v.Returns {
		fmt.Fprintf(&b, "\ndevice %s: %s\n", r.Serial, returnLine(r))
	}
	gate(&b, v)
	waits(&b, v)
	if v.OnHold {
		fmt.Fprintf(&b, "\nOn hold: %s\n", v.HoldWhy)
	}
	if !v.NextWake.IsZero() {
		fmt.Fprintf(&b, "\nNext: %s at %s\n", v.NextWakeWhy, instant(v.NextWake))
	}
	if !v.Then.IsZero() {
		fmt.Fprintf(&b, "Then: %s at %s\n", v.ThenWhy, instant(v.Then))
	}
	links(&b, v)
	return tidy(b.String())
}

// head says whose case it is, how it stands in one sentence, and since when.
func head(b *strings.Builder, v activities.CaseView) {
	who := fmt.Sprintf("%s of %s (%s)", v.Process, v.Name, v.Employee)
	for _, more := range []string{v.Title, v.Country} {
		if more != "" {
			who += ", " + more
		}
	}
	fmt.Fprintf(b, "%s\n%s\n\n", who, v.Headline)
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(w, "  %s\t%s\n", name, value)
		}
	}
	row("case", v.Case)
	row("phase", underscores(v.Phase)+emergency(v))
	row("started by", v.Actor+reason(v.Reason))
	row("HR edited", instant(v.HREdited)+late(v))
	row("detected", instant(v.Detected))
	row("effective", instant(v.Effective))
	row("contained", instant(v.ContainedAt))
	row("mailbox", mailbox(v))
	row("closed", instant(v.ClosedAt))
	_ = w.Flush()
}

func emergency(v activities.CaseView) string {
	if v.Urgency == "emergency" {
		return ", emergency"
	}
	return ""
}

func late(v activities.CaseView) string {
	if v.HRLate && !v.HREdited.IsZero() {
		return " (later than the leaving itself)"
	}
	return ""
}

func mailbox(v activities.CaseView) string {
	if v.Heir == "" || v.LeaseEnds.IsZero() {
		return ""
	}
	return "lent to " + v.Heir + " until " + instant(v.LeaseEnds)
}

func reason(r string) string {
	if r == "" {
		return ""
	}
	return " (" + r + ")"
}

// instant is a time in UTC to the second; nothing for a time that never came.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// Steps is the table of the steps, phase by phase.
func Steps(b *strings.Builder, v activities.CaseView) {
	var ids, states, times int // widths, the same for every phase
	for _, s := range v.Steps {
		ids, states, times = max(ids, runes(string(s.ID))), max(states, runes(string(s.State))), max(times, runes(took(v, s)))
	}
	var phase plan.Phase
	for _, s := range v.Steps {
		if s.Phase != phase {
			phase = s.Phase
			fmt.Fprintf(b, "\n%s\n", underscores(string(phase)))
		}
		line := fmt.Sprintf("  %s %-*s  %-*s  %-*s  %s", marks[s.State], ids, s.ID, states, underscores(string(s.State)), times, took(v, s), Clip(said(s), 90))
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
}

func runes(s string) int { return utf8.RuneCountInString(s) }

func underscores(s string) string { return strings.ReplaceAll(s, "_", " ") }

// took is how long after the case began to act the step was verified.
func took(v activities.CaseView, s activities.StepView) string {
	if s.Verified.IsZero() || began(v).IsZero() {
		return ""
	}
	return "+" + Ago(s.Verified.Sub(began(v)))
}

// began is when the case began to act. One of joining, moving or leave acts before the day it is about.
func began(v activities.CaseView) time.Time {
	switch workflows.Process(v.Process) {
	case workflows.ProcessOnboard, workflows.ProcessMove, workflows.ProcessLeave:
		return v.Opened
	default:
		return v.Began()
	}
}

// Ago is a duration as people say it.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return whole(d.Round(time.Second))
	case d < 72*time.Hour:
		return whole(d.Round(time.Minute))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// whole leaves out the parts of a duration that are nought: 1h, not 1h0m0s.
func whole(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func said(s activities.StepView) string {
	if s.ReadBack != "" && !s.State.AsksForPerson() {
		return s.ReadBack
	}
	return s.Detail
}

// Clip cuts a text for one line.
func Clip(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func returnLine(r activities.ReturnView) string {
	parts := []string{underscores(r.Route)}
	if r.Milestone != "" {
		parts = append(parts, underscores(string(r.Milestone)))
	}
	if r.Order != "" {
		parts = append(parts, "order "+r.Order)
	}
	if r.Tracking != "" {
		parts = append(parts, strings.TrimSpace(r.Carrier+" "+r.Tracking))
	}
	if r.LastSeen != "" {
		parts = append(parts, r.LastSeen)
	}
	return strings.Join(parts, ", ")
}

// gate says what an approval is needed for, and how to give or refuse it.
func gate(b *strings.Builder, v activities.CaseView) {
	a := v.Approvals
	if a == nil {
		return
	}
	fmt.Fprintf(b, "\nNeeds approval, %d of %d given%s: %s\n", len(a.By), a.Needed, by(a.By), a.Why)
	fmt.Fprintf(b, "  tenure approve %s    or    tenure deny %s --reason ...    before %s\n", v.Employee, v.Employee, instant(a.Expires))
}

func by(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " by " + strings.Join(names, ", ")
}

// waits says who is waited for, why, what they can do, and how to say that it is done.
func waits(b *strings.Builder, v activities.CaseView) {
	if len(v.WaitsFor) == 0 {
		return
	}
	b.WriteString("\nWaits for\n")
	for _, w := range v.WaitsFor {
		fmt.Fprintf(b, "  %s\n", w)
		for _, s := range v.Steps {
			if s.State.AsksForPerson() && strings.HasSuffix(w, "("+string(s.ID)+")") {
				task(b, v, s)
			}
		}
	}
}

func task(b *strings.Builder, v activities.CaseView, s activities.StepView) {
	for _, line := range []struct{ name, text string }{{"why", s.Detail}, {"do", s.Mend}, {"due", instant(s.Due)}} {
		if line.text != "" {
			fmt.Fprintf(b, "    %-5s %s\n", line.name, strings.Join(strings.Fields(line.text), " "))
		}
	}
	fmt.Fprintf(b, "    %-5s %s\n", "then", answers(v.Case, s.ID))
}

// answers is what somebody types when they have done, or decided, what a step waits for.
func answers(id string, s plan.StepID) string {
	switch s.Action() {
	case plan.IdentityMatch:
		return fmt.Sprintf("tenure step done %s %s --reason ...   they are one person; skip: they are two", id, s)
	case plan.IdentityRehire:
		return fmt.Sprintf("tenure step done %s %s --reason ...   let them in; skip: leave them out", id, s)
	default:
		return fmt.Sprintf("tenure step retry|done|skip %s %s", id, s)
	}
}

func links(b *strings.Builder, v activities.CaseView) {
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	first := "\n"
	for _, l := range []struct{ name, url string }{{"Jira", v.JiraURL}, {"Slack", v.SlackURL}, {"Temporal", v.WorkflowURL}} {
		if l.url != "" {
			_, _ = fmt.Fprintf(w, "%s%s\t%s\n", first, l.name, l.url)
			first = ""
		}
	}
	_ = w.Flush()
}

// Plan is a plan before anything is done: who it is about, and each phase with its steps.
func Plan(v activities.CaseView, p plan.Plan) string {
	return fmt.Sprintf("%s (%s), %s\n\n%s", v.Name, v.Employee, v.Email, strings.TrimRight(plan.Describe(p), "\n"))
}

// Actions are the actions of one phase under a policy, in order.
func Actions(p policy.Policy, phase plan.Phase) []string {
	for _, s := range p.Order() {
		if string(phase) == s.Phase {
			return s.Actions
		}
	}
	return nil
}
