package jira

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/plan"
)

// Jira's bounds on text, in characters.
const (
	maxSummary     = 254
	maxDescription = 32767
)

// Page is a case as its ticket shows it.
type Page struct {
	Summary     string
	Description string // wiki markup
	Priority    string // empty: as the project has it
	DueDate     string // YYYY-MM-DD in UTC: the first thing that is due from a person; empty: nothing is
}

// Render draws a case. It is pure: the same view gives the same page, so that a page is only written when something
// on it changed. Times of day are UTC.
func Render(v activities.CaseView, f Flavour) Page {
	p := Page{Summary: summary(v), DueDate: dueDate(v)}
	if v.Urgency == "emergency" {
		p.Priority = "High"
	}
	// A case with very many steps loses its details before it loses its steps.
	for _, full := range []bool{true, false} {
		p.Description = describe(v, f, full)
		if utf8.RuneCountInString(p.Description) <= maxDescription {
			return p
		}
	}
	p.Description = cut(p.Description, maxDescription)
	return p
}

func summary(v activities.CaseView) string {
	return plain(fmt.Sprintf("%s %s (%s)", processTitle(v.Process), v.Name, v.Employee), maxSummary)
}

func dueDate(v activities.CaseView) string {
	var first time.Time
	for _, s := range v.Steps {
		if s.State.AsksForPerson() && !s.Due.IsZero() && (first.IsZero() || s.Due.Before(first)) {
			first = s.Due
		}
	}
	if first.IsZero() {
		return ""
	}
	return first.UTC().Format(time.DateOnly)
}

func describe(v activities.CaseView, f Flavour, full bool) string {
	sections := [][]string{headline(v, f), facts(v), waiting(v), steps(v, full), devices(v), evidence(v)}
	var out []string
	for _, s := range sections {
		if len(s) > 0 {
			out = append(out, strings.Join(s, "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}

// headline is a panel on Data Center. Cloud turns wiki markup into its own format and draws a panel around a
// paragraph only, so there it is a quotation.
func headline(v activities.CaseView, f Flavour) []string {
	text := "*" + escape(v.Headline) + "*"
	if v.Headline == "" {
		text = "*" + escape(spaced(v.Phase)) + "*"
	}
	if f == DataCenter {
		return []string{"{panel}", text, "{panel}"}
	}
	return []string{"{quote}", text, "{quote}"}
}

func facts(v activities.CaseView) []string {
	out := []string{}
	add := func(name, value string) {
		if value != "" {
			out = append(out, "||"+name+tableRow(value))
		}
	}
	person := escape(v.Name) + " (" + escape(string(v.Employee)) + ")"
	if v.Title != "" {
		person += ", " + escape(v.Title)
	}
	if v.Country != "" {
		person += ", " + escape(v.Country)
	}
	add("Person", person)
	add("Account", escape(v.Email))
	add("Case", code(v.Case)+" run "+code(v.Run))
	add("Phase", escape(spaced(v.Phase)))
	add("Urgency", escape(v.Urgency))
	add("Started by", joined(escape(v.Actor), escape(v.Reason)))
	add("Times", times(v))
	if v.HRLate {
		add("HR", "(!) The change reached the HR system after the day it was effective.")
	}
	if !v.OfRole() {
		add("Contained", contained(v))
		add("Mailbox", mailbox(v))
		add("Watched until", instant(v.WatchEnds))
	}
	add("Approval", approval(v.Approvals))
	if v.OnHold {
		add("On hold", "(!) "+escape(v.HoldWhy))
	}
	add("Next", joined(instant(v.NextWake), escape(v.NextWakeWhy)))
	add("Closed", joined(instant(v.ClosedAt), escape(v.Outcome)))
	add("Also at", places(v))
	return out
}

func times(v activities.CaseView) string {
	var parts []string
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"edited in HR", v.HREdited}, {effectiveWord(v.Process), v.Effective}, {"detected", v.Detected}, {"opened", v.Opened}} {
		if !t.at.IsZero() {
			parts = append(parts, t.name+" "+instant(t.at))
		}
	}
	return strings.Join(parts, ", ")
}

func contained(v activities.CaseView) string {
	if v.ContainedAt.IsZero() {
		return ""
	}
	return "(/) " + instant(v.ContainedAt) + ", " + activities.Lasting(v.ContainedAt.Sub(v.Began())) + " after it began"
}

func mailbox(v activities.CaseView) string {
	if v.Heir == "" {
		return ""
	}
	if v.LeaseEnds.IsZero() {
		return "goes to " + escape(v.Heir)
	}
	return "lent to " + escape(v.Heir) + " until " + instant(v.LeaseEnds)
}

func approval(a *activities.Approvals) string {
	if a == nil {
		return ""
	}
	text := fmt.Sprintf("%d of %d", len(a.By), a.Needed)
	if len(a.By) > 0 {
		text += " (" + escape(strings.Join(a.By, ", ")) + ")"
	}
	return text + ": " + escape(a.Why) + "; expires " + instant(a.Expires)
}

func places(v activities.CaseView) string {
	var out []string
	if v.SlackURL != "" {
		out = append(out, link("Slack thread", v.SlackURL))
	}
	if v.WorkflowURL != "" {
		out = append(out, link("workflow", v.WorkflowURL))
	}
	return strings.Join(out, ", ")
}

func waiting(v activities.CaseView) []string {
	if len(v.WaitsFor) == 0 {
		return nil
	}
	out := []string{"h3. Waiting for"}
	for _, w := range v.WaitsFor {
		out = append(out, "* "+escape(w))
	}
	return out
}

func steps(v activities.CaseView, full bool) []string {
	if len(v.Steps) == 0 {
		return nil
	}
	out := []string{"h3. Steps"}
	phases := append(plan.Phases(), plan.RolePhases()...)
	for _, s := range v.Steps {
		if !slices.Contains(phases, s.Phase) {
			phases = append(phases, s.Phase)
		}
	}
	for _, phase := range phases {
		rows := phaseRows(v, phase, full)
		if len(rows) == 0 {
			continue
		}
		word := phaseWords[phase]
		if word == "" {
			word = escape(string(phase))
		}
		out = append(out, "", "h4. "+word, tableHead("State", "Step", "Executed", "Verified", "Read back", "Detail"))
		out = append(out, rows...)
	}
	return out
}

func phaseRows(v activities.CaseView, phase plan.Phase, full bool) []string {
	var rows []string
	for _, s := range v.Steps {
		if s.Phase != phase {
			continue
		}
		title := escape(s.Title)
		if s.Critical {
			title = "*" + title + "*"
		}
		readBack, detail := "", ""
		if full {
			readBack, detail = escape(s.ReadBack), stepDetail(s)
		}
		rows = append(rows, tableRow(stateIcon(s.State)+" "+stateWord(s.State), title+" "+code(string(s.ID)),
			clock(v, s.Executed), clock(v, s.Verified), readBack, detail))
	}
	return rows
}

// stepDetail says what came of a step, and what a person is asked when one is.
func stepDetail(s activities.StepView) string {
	parts := []string{}
	add := func(prefix, text string) {
		if text != "" {
			parts = append(parts, prefix+escape(text))
		}
	}
	add("", s.Detail)
	if s.State.AsksForPerson() {
		add("Problem: ", s.Problem)
		add("To do: ", s.Mend)
		add("Owner: ", s.Owner)
		if !s.Due.IsZero() {
			parts = append(parts, "Due: "+instant(s.Due))
		}
	}
	add("By: ", s.By)
	return strings.Join(parts, ". ")
}

func devices(v activities.CaseView) []string {
	if len(v.Returns) == 0 {
		return nil
	}
	out := []string{"h3. Devices on their way back", tableHead("Device", "Route", "Where it is", "Order", "Parcel", "Last seen")}
	for _, r := range v.Returns {
		order := link(r.Order, r.OrderURL)
		if !r.CancelBy.IsZero() && r.Order != "" {
			order += ", can be cancelled until " + instant(r.CancelBy)
		}
		parcel := strings.TrimSpace(escape(r.Carrier) + " " + link(r.Tracking, r.TrackURL))
		seen := joined(escape(r.LastSeen), instant(r.Updated))
		out = append(out, tableRow(code(r.Serial)+" "+escape(r.Model), escape(spaced(r.Route)), escape(spaced(string(r.Milestone))), order, parcel, seen))
	}
	return out
}

func evidence(v activities.CaseView) []string {
	return []string{"h3. Evidence",
		"The record of this case is Tenure's evidence store: one hash-chained row per step of " + code(v.Case) +
			", with its five timestamps and its read-back. This ticket is a copy for people.",
		"Tenure rewrites this description when the case changes: please comment instead of editing it."}
}
