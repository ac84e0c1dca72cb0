package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// view is the case as people see it now.
func (c *caseCore) view(ctx workflow.Context) activities.CaseView {
	v := activities.CaseView{
		Case: c.Ref.Case, Run: c.Ref.Run, Process: string(c.Process), Employee: c.Ref.Employee,
		Name: c.Person.Name(), Email: c.Person.Email, Title: c.Person.Title, Country: c.Person.Country(),
		Phase: c.Phase, Actor: c.Ref.Actor, Reason: c.Reason, Urgency: c.urgency(), HRLate: c.HRLate,
		Opened: c.Ref.Opened, Effective: c.Ref.Effective, HREdited: c.Ref.HREdited, Detected: c.Ref.Detected,
		ContainedAt: c.shownContainment(), ClosedAt: c.ClosedAt, NextWake: c.clock.next, NextWakeWhy: c.clock.why,
		OnHold: c.Hold, HoldWhy: c.HoldWhy, Returns: slices.Clone(c.Returns),
		Version: c.Version, Closed: c.Outcome != "", Outcome: c.Outcome,
		SlackURL: c.Slack.Ref.URL, JiraKey: c.Jira.Ref.Key, JiraURL: c.Jira.Ref.URL, WorkflowURL: c.workflowURL(ctx),
	}
	for _, r := range c.Steps {
		v.Steps = append(v.Steps, r.view())
		if r.State.AsksForPerson() {
			v.WaitsFor = append(v.WaitsFor, fmt.Sprintf("%s: %s (%s)", r.Owner, r.Title, r.ID))
		}
	}
	if v.Closed {
		v.NextWake, v.NextWakeWhy = time.Time{}, ""
	} else {
		v.Then, v.ThenWhy = c.clock.then(workflow.Now(ctx))
	}
	if c.describe != nil {
		c.describe(&v)
	}
	v.Headline = headline(v)
	return v
}

func (c *caseCore) workflowURL(ctx workflow.Context) string {
	base := c.Settings.Mirror.TemporalUI
	if base == "" {
		return ""
	}
	info := workflow.GetInfo(ctx)
	return fmt.Sprintf("%s/namespaces/%s/workflows/%s", strings.TrimSuffix(base, "/"), info.Namespace,
		strings.ReplaceAll(info.WorkflowExecution.ID, "/", "%2F"))
}

// containedAt is the moment the last critical containment step was proved; zero while one is not, or not even known
// (no lock is planned before the computers are found).
func (c *caseCore) containedAt() time.Time {
	var last time.Time
	if c.surveyed != nil && !c.surveyed() {
		return last
	}
	for _, r := range c.Steps {
		if r.Phase != plan.Contain || !r.Critical {
			continue
		}
		if !r.State.Proved() {
			return time.Time{}
		}
		if r.Outcome.Verified.After(last) {
			last = r.Outcome.Verified
		}
	}
	return last
}

// shownContainment is when containment was first proved, while it holds.
func (c *caseCore) shownContainment() time.Time {
	if c.containedAt().IsZero() {
		return time.Time{}
	}
	return c.FirstContained
}

// headline says the case in one sentence.
func headline(v activities.CaseView) string {
	switch {
	case v.Closed:
		return closedHeadline(v)
	case v.Approvals != nil:
		return fmt.Sprintf("Waiting for approval, %d of %d: %s", len(v.Approvals.By), v.Approvals.Needed, v.Approvals.Why)
	case v.Process == string(ProcessOnboard), v.Process == string(ProcessMove), v.Process == string(ProcessLeave):
		return roleHeadline(v)
	case v.Phase == phaseScheduled:
		return "Scheduled for " + v.Effective.Format(time.RFC3339)
	}
	parts := []string{containment(v)}
	if len(v.WaitsFor) > 0 {
		parts = append(parts, fmt.Sprintf("%d %s for a person", len(v.WaitsFor), plural(len(v.WaitsFor), "step waits", "steps wait")))
	}
	for _, r := range v.Returns {
		if r.Milestone != activities.InStock {
			parts = append(parts, fmt.Sprintf("laptop %s: %s", r.Serial, milestoneWord(r.Milestone)))
		}
	}
	if v.Phase == phaseLease && !v.LeaseEnds.IsZero() {
		parts = append(parts, "mailbox lent to "+v.Heir+" until "+v.LeaseEnds.Format(time.DateOnly))
	}
	if v.OnHold {
		parts = append(parts, "on hold: "+v.HoldWhy)
	}
	return strings.Join(parts, "; ")
}

func closedHeadline(v activities.CaseView) string {
	skipped := 0
	for _, s := range v.Steps {
		if s.State == plan.Skipped && s.By != "" {
			skipped++
		}
	}
	text := "Closed: " + v.Outcome
	if v.Why != "" {
		text += " (" + v.Why + ")"
	}
	if skipped > 0 {
		text += fmt.Sprintf(", %d %s skipped by a person", skipped, plural(skipped, "step", "steps"))
	}
	return text
}

func containment(v activities.CaseView) string {
	if !v.ContainedAt.IsZero() {
		return "Contained and verified in " + activities.Lasting(v.ContainedAt.Sub(v.Began()))
	}
	open := 0
	for _, s := range v.Steps {
		if s.Phase == plan.Contain && s.Critical && !s.State.Proved() {
			open++
		}
	}
	if v.Process != string(ProcessOffboard) {
		return "Device return under way"
	}
	if open == 0 {
		return "Beginning"
	}
	return fmt.Sprintf("Containing: %d critical %s not verified yet", open, plural(open, "step", "steps"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// stateWord is a state in words for people.
func stateWord(s plan.State) string { return strings.ReplaceAll(string(s), "_", " ") }

func milestoneWord(m activities.Milestone) string {
	if m == "" {
		return "not begun"
	}
	return strings.ReplaceAll(string(m), "_", " ")
}

// markdown is the case for the Temporal page: a headline and a table of the steps.
func markdown(v activities.CaseView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s of %s\n\n**%s**\n\n", v.Process, v.Employee, v.Headline)
	fmt.Fprintf(&b, "Phase **%s** · started by %s", v.Phase, v.Actor)
	if !v.NextWake.IsZero() {
		fmt.Fprintf(&b, " · wakes %s for: %s", v.NextWake.Format(time.RFC3339), v.NextWakeWhy)
	}
	b.WriteString("\n\n| step | state | what was done, what was read back |\n| --- | --- | --- |\n")
	for _, s := range v.Steps {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.ID, stateWord(s.State), cell(spoken(activities.Outcome{Detail: s.Detail, ReadBack: s.ReadBack})))
	}
	for _, w := range v.WaitsFor {
		fmt.Fprintf(&b, "\n- waits for %s", w)
	}
	return b.String()
}

func cell(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "|", "\\|")), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return s
}
