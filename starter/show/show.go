// Package show renders a case for a terminal. It is pure: the same view gives the same text.
package show

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/policy"
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
	fmt.Fprintf(&b, "%s  %s (%s)\n%s\n", v.Case, v.Name, v.Employee, v.Headline)
	fmt.Fprintf(&b, "phase %s · started by %s%s · %s\n\n", v.Phase, v.Actor, reason(v.Reason), timestamps(v))
	Steps(&b, v)
	for _, r := range v.Returns {
		fmt.Fprintf(&b, "\ndevice %s: %s", r.Serial, returnLine(r))
	}
	if v.Approvals != nil {
		fmt.Fprintf(&b, "\nneeds approval (%d of %d): %s; nonce %s", len(v.Approvals.By), v.Approvals.Needed, v.Approvals.Why, v.Approvals.Nonce)
	}
	for _, w := range v.WaitsFor {
		fmt.Fprintf(&b, "\nwaits for %s", w)
	}
	if !v.NextWake.IsZero() {
		fmt.Fprintf(&b, "\nnext: %s at %s", v.NextWakeWhy, v.NextWake.Format(time.RFC3339))
	}
	for _, link := range []string{v.JiraURL, v.SlackURL, v.WorkflowURL} {
		if link != "" {
			fmt.Fprintf(&b, "\n%s", link)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func reason(r string) string {
	if r == "" {
		return ""
	}
	return " (" + r + ")"
}

// timestamps are those of the five that the case itself has; executed and verified are each step's own.
func timestamps(v activities.CaseView) string {
	var parts []string
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"hr_edited", v.HREdited}, {"effective", v.Effective}, {"detected", v.Detected}, {"contained", v.ContainedAt}} {
		if !t.at.IsZero() {
			parts = append(parts, t.name+" "+t.at.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(parts, " · ")
}

// Steps is the table of the steps.
func Steps(b *strings.Builder, v activities.CaseView) {
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	for _, s := range v.Steps {
		_, _ = fmt.Fprintf(w, "  %s %s\t%s\t%s\t%s\n", marks[s.State], s.ID, words(s.State), took(v, s), Clip(said(s), 90))
	}
	_ = w.Flush()
}

func words(s plan.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// took is how long after the beginning of containment the step was verified.
func took(v activities.CaseView, s activities.StepView) string {
	if s.Verified.IsZero() || v.Began().IsZero() {
		return ""
	}
	return "+" + Ago(s.Verified.Sub(v.Began()))
}

// Ago is a duration as people say it.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	case d < 72*time.Hour:
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func said(s activities.StepView) string {
	switch {
	case s.State.AsksForPerson() && s.Mend != "":
		return s.Detail + " → " + s.Mend
	case s.ReadBack != "":
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
	parts := []string{strings.ReplaceAll(r.Route, "_", " ")}
	if r.Milestone != "" {
		parts = append(parts, strings.ReplaceAll(string(r.Milestone), "_", " "))
	}
	if r.Order != "" {
		parts = append(parts, "order "+r.Order)
	}
	if r.Tracking != "" {
		parts = append(parts, r.Carrier+" "+r.Tracking)
	}
	if r.LastSeen != "" {
		parts = append(parts, r.LastSeen)
	}
	return strings.Join(parts, ", ")
}

// Plan is a plan before anything is done: each phase with its steps, and why some would not run.
func Plan(v activities.CaseView, p plan.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s), %s\n", v.Name, v.Employee, v.Email)
	if p.Heir != nil {
		fmt.Fprintf(&b, "mailbox and files go to %s (%s)\n", p.Heir.Name, p.Heir.Why)
	}
	b.WriteString("\n" + plan.Describe(p))
	return strings.TrimRight(b.String(), "\n")
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
