package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
)

// tell lets the manager and HR know how far a joiner's accounts are: when they are prepared, when the first day begins,
// when nobody comes after all. IT has the card and the ticket. Nothing waits for it but the end of the case.
func (c *roleCase) tell(ctx workflow.Context, what string) {
	var line []*StepRecord
	if c.Settings.Role.TellManager && c.Now.Manager != nil && c.Now.Manager.Email != "" {
		line = append(line, c.step(plan.Settle, plan.TellManager, what))
	}
	if c.Settings.Role.HRChannel != "" {
		line = append(line, c.step(plan.Settle, plan.TellHR, what))
	}
	for _, r := range line {
		if r.State.Ended() {
			continue
		}
		r.Title = plan.RoleStep(r.ID.Action(), "").Title + toldWhat(what)
		workflow.GoNamed(ctx, string(r.ID), func(ctx workflow.Context) { c.redo(ctx, r) })
	}
}

func toldWhat(what string) string {
	switch what {
	case "prepared":
		return ", before the first day"
	case "begun":
		return ", on the first day"
	default:
		return " that nobody comes"
	}
}

func (c *roleCase) actOnTell(ctx workflow.Context, r *StepRecord) ([]activities.Outcome, error) {
	title, text := c.news(r.ID.Object())
	key := c.Ref.Case + "/" + c.Ref.Run + "/" + string(r.ID)
	if r.ID.Action() == plan.TellManager {
		return outcomes(call(ctx, activities.SlackTell, activities.Tell{CaseRef: c.Ref, Step: r.ID, Key: key, Email: c.Now.Manager.Email,
			Title: title, Text: text}, "tell the manager", lane{}))
	}
	_, err := call(ctx, activities.SlackAnnounce, activities.Announcement{Key: key, Channel: c.Settings.Role.HRChannel, Title: title, Text: text}, "tell HR", lane{})
	if err != nil {
		return nil, err
	}
	now := workflow.Now(ctx)
	return []activities.Outcome{{Step: r.ID, State: plan.Verified, Detail: "told", Executed: now, Verified: now}}, nil
}

// news is what is ready and what is not, in words for somebody outside IT.
func (c *roleCase) news(what string) (title, text string) {
	name := c.Person.Name()
	if what == "off" {
		return name + " does not come", fmt.Sprintf("The hire of %s (%s) was called off.%s", name, c.Ref.Employee, c.discarded())
	}
	ready, open := c.readiness()
	var b strings.Builder
	fmt.Fprintf(&b, "Login: %s\n", c.login())
	if what == "prepared" {
		title = fmt.Sprintf("%s starts on %s", name, c.Person.StartDate.At(0, 0, time.UTC).Format("Monday 2 January 2006"))
		b.WriteString("The account opens on the morning of the first day.\n")
	} else {
		title = name + " has begun: what is ready"
	}
	if len(ready) > 0 {
		fmt.Fprintf(&b, "Ready: %s\n", strings.Join(ready, "; "))
	}
	if len(open) > 0 {
		fmt.Fprintf(&b, "Not ready yet: %s\n", strings.Join(open, "; "))
	} else {
		b.WriteString("Nothing is missing.\n")
	}
	if c.Login != "" && !strings.EqualFold(c.Login, c.Person.Email) {
		fmt.Fprintf(&b, "HR: please enter %s as the work address in Namely.\n", c.Login)
	}
	return title, strings.TrimSuffix(b.String(), "\n")
}

// discarded says what became of the accounts that were prepared.
func (c *roleCase) discarded() string {
	text := ""
	for _, a := range []plan.Action{plan.OktaDiscard, plan.GoogleDiscard} {
		switch r := c.record(plan.StepID(a)); {
		case r == nil:
		case r.State.Proved():
			text += " " + r.Title + "."
		default:
			text += " " + r.Title + ": not done yet, IT sees to it."
		}
	}
	return text
}

// readiness lists what is there and what is not. What was told is no part of it.
func (c *roleCase) readiness() (ready, open []string) {
	for _, r := range c.Steps {
		switch {
		case r.ID.System() == "tell" || r.State == plan.NotApplicable || r.State == plan.Skipped:
		case r.State.Ended():
			ready = append(ready, r.Title)
		case r.State == plan.Pending || r.State == plan.Running:
			open = append(open, r.Title)
		default:
			open = append(open, r.Title+" ("+r.Outcome.Detail+")")
		}
	}
	return ready, open
}

// roleHeadline says one of these cases in one sentence.
func roleHeadline(v activities.CaseView) string {
	var parts []string
	open, done := 0, 0
	for _, s := range v.Steps {
		switch {
		case s.State.Ended():
			done++
		case s.State != plan.NeedsAttention && s.State != plan.Unverified:
			open++
		}
	}
	switch {
	case v.Phase == phaseScheduled && v.Process == string(ProcessOnboard):
		parts = append(parts, "Waits for "+v.Effective.Format(time.RFC3339))
	case v.Phase == phaseOverlap:
		parts = append(parts, "At the new role; groups of the earlier one are kept for a while")
	case v.Phase == phaseAway:
		parts = append(parts, "On leave: sign-in is paused, groups and apps are kept")
	case v.Phase == phaseIdentify:
		parts = append(parts, "Somebody must say who this is")
	case v.Phase == phaseCleanUp:
		parts = append(parts, "Called off: what was made is discarded")
	default:
		parts = append(parts, fmt.Sprintf("%d of %d steps done", done, len(v.Steps)))
	}
	if open > 0 {
		parts = append(parts, fmt.Sprintf("%d under way", open))
	}
	if len(v.WaitsFor) > 0 {
		parts = append(parts, fmt.Sprintf("%d %s for a person", len(v.WaitsFor), plural(len(v.WaitsFor), "step waits", "steps wait")))
	}
	if v.OnHold {
		parts = append(parts, "on hold: "+v.HoldWhy)
	}
	return strings.Join(parts, "; ")
}
