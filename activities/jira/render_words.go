package jira

import (
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// stateWord is a state as people read it: the fixed word, spaced.
func stateWord(s plan.State) string { return spaced(string(s)) }

func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }

// stateIcon never stands without its word.
func stateIcon(s plan.State) string {
	switch s {
	case plan.Verified, plan.AlreadyAbsent:
		return "(/)"
	case plan.NeedsAttention:
		return "(x)"
	case plan.Unverified, plan.Delegated:
		return "(!)"
	case plan.NotApplicable, plan.IgnoredByPolicy, plan.Skipped:
		return "(-)"
	case plan.Pending, plan.Running, plan.Waiting:
		return "(i)"
	}
	return "(i)"
}

func entryIcon(k activities.EntryKind) string {
	switch k {
	case activities.EntrySuccess:
		return "(/)"
	case activities.EntryFailure:
		return "(x)"
	case activities.EntryTask:
		return "(!)"
	case activities.EntryReport:
		return "(*)"
	case activities.EntryInfo:
		return "(i)"
	}
	return "(i)"
}

// renderEntry is one log entry as part of a comment.
func renderEntry(e activities.Entry) string {
	text := entryIcon(e.Kind) + " " + instant(e.At) + "  " + escapeLines(e.Text)
	if e.Step != "" {
		text += " " + code(string(e.Step))
	}
	return cut(text, maxComment)
}

const instantLayout = "2006-01-02 15:04:05 UTC"

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(instantLayout)
}

// clock is an instant and how long after the case began it was; hours and days say nothing beside a date.
func clock(v activities.CaseView, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	began := v.Began()
	if d := t.Sub(began); !began.IsZero() && d >= 0 && d < time.Hour {
		return instant(t) + " (+" + activities.Lasting(d) + ")"
	}
	return instant(t)
}

func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ": ")
}

// renderTask draws the sub-task of a step that a person must do.
func renderTask(v activities.CaseView, s activities.StepView, m plan.MirrorSettings) Page {
	p := Page{Summary: plain(taskPrefix(s.ID)+" "+s.Title, maxSummary)}
	if !s.Due.IsZero() {
		p.DueDate = s.Due.UTC().Format(time.DateOnly)
	}
	if s.Critical || v.Urgency == "emergency" {
		p.Priority = "High"
	}
	out := []string{"*" + escape(s.Title) + "*, for " + escape(v.Name) + " (" + escape(string(v.Employee)) + ").", ""}
	add := func(name, value string) {
		if value != "" {
			out = append(out, "||"+name+tableRow(value))
		}
	}
	add("Stands at", stateIcon(s.State)+" "+stateWord(s.State))
	add("Why", joined(escape(s.Problem), escape(s.Detail)))
	add("Read back", escape(s.ReadBack))
	add("Owner", escape(s.Owner))
	add("Due", instant(s.Due))
	add("Step", code(string(s.ID))+" of "+code(v.Case))
	out = append(out, "", "h3. What to do")
	switch {
	case s.Mend != "":
		out = append(out, escapeLines(s.Mend))
	case isReceipt(s.ID):
		out = append(out, "Take the device in, and compare its serial number.")
	case isQuestion(s.ID):
		out = append(out, questions[s.ID.Action()].look)
	default:
		out = append(out, "Look at the system named above, and do by hand what the step says.")
	}
	out = append(out, "", sayDone(s, m))
	p.Description = cut(strings.Join(out, "\n"), maxDescription)
	return p
}

// question is what a step asks that wants an answer rather than work: done is yes, and skip is no.
type question struct{ look, yes, no string }

var questions = map[plan.Action]question{
	plan.IdentityMatch:  {"Compare the two records in HR: are they one person's?", "If both records are one person's", "If they are two people's"},
	plan.IdentityRehire: {"See in HR that the person works here again.", "If the person is to be let in again", "If not"},
}

func isQuestion(id plan.StepID) bool { return questions[id.Action()].yes != "" }

// isReceipt says whether a person's word on the step is that a device is here.
func isReceipt(id plan.StepID) bool {
	return id.Action() == plan.DeviceReturn || id.Action() == "device.checkin"
}

// sayDone says how a person tells Tenure that the work is done: each way does the same.
func sayDone(s activities.StepView, m plan.MirrorSettings) string {
	if isReceipt(s.ID) {
		return "When the device is here and its serial number is " + code(s.ID.Object()) + ", say so: " + moveTo(m.JiraReceived) +
			"on the case's Slack card, or with {{tenure device received}}. Tenure checks it in and ends this sub-task itself."
	}
	if q := questions[s.ID.Action()]; q.yes != "" {
		return q.yes + ", say so: " + moveTo(m.JiraDone) + "on the case's Slack card, or with {{tenure step done}}. " + q.no +
			", say that on the case's Slack card, or with {{tenure step skip}}. Tenure remembers the answer and ends this sub-task itself."
	}
	return "Then say that it is done: " + moveTo(m.JiraDone) + "on the case's Slack card, or with {{tenure step done}}. Tenure reads the system again and " +
		"ends this sub-task itself; when what it reads disagrees, it asks again here."
}

// moveTo is the way by which the ticket itself says it; nothing where no status means anything.
func moveTo(statuses []string) string {
	if len(statuses) == 0 {
		return ""
	}
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = "*" + escape(s) + "*"
	}
	return "move this sub-task to " + strings.Join(words, " or ") + ", "
}

// renderRefusal says why nothing came of moving a ticket.
func renderRefusal(in activities.AnswerMove) string {
	text := "(!) "
	if in.Move.Status != "" {
		text += "Moved to *" + escape(in.Move.Status) + "*, but nothing came of it: "
	}
	text += escapeLines(in.Refusal.Text)
	if in.Refusal.Mend != "" {
		text += "\nTo do: " + escapeLines(in.Refusal.Mend)
	}
	return text
}

// renderEnd says how a step ended that a person was asked for.
func renderEnd(v activities.CaseView, s activities.StepView) string {
	how := stateIcon(s.State) + " The step ended: *" + stateWord(s.State) + "*"
	if !s.State.Ended() {
		how = "(-) No longer needed: the case was closed (" + escape(v.Outcome) + ")"
	}
	if s.By != "" {
		how += " by " + escape(s.By)
	}
	how += "."
	for _, line := range []string{escape(s.Detail), prefixed("Read back: ", escape(s.ReadBack)), prefixed("Verified: ", instant(s.Verified))} {
		if line != "" {
			how += "\n" + line
		}
	}
	return how
}

// renderAgain says why a sub-task is opened once more.
func renderAgain(s activities.StepView) string {
	text := stateIcon(s.State) + " A person is needed again: *" + stateWord(s.State) + "*."
	for _, line := range []string{joined(escape(s.Problem), escape(s.Detail)), prefixed("Read back: ", escape(s.ReadBack)),
		prefixed("To do: ", escapeLines(s.Mend)), prefixed("Due: ", instant(s.Due))} {
		if line != "" {
			text += "\n" + line
		}
	}
	return text
}

// renderClosed is the last comment on a case.
func renderClosed(v activities.CaseView, open []string) string {
	words := map[string]string{
		"completed": "(/) The case is *completed*: every step has ended.",
		"rescinded": "(-) The case was *rescinded*: the person stays, and what could be restored was.",
		"denied":    "(-) The case was *denied*: nothing was done.",
		"overtaken": "(-) The case was *overtaken*: another case of the person's goes on.",
	}
	text := words[v.Outcome]
	if v.OfRole() && v.Outcome == "rescinded" {
		text = "(-) The case was *called off*: what had been given was taken back."
	}
	if text == "" {
		text = "(i) The case is closed: *" + escape(v.Outcome) + "*."
	}
	if v.Headline != "" {
		text += "\n" + escape(v.Headline)
	}
	if !v.ClosedAt.IsZero() {
		text += "\nClosed " + instant(v.ClosedAt)
	}
	if len(open) > 0 {
		text += "\n(!) Sub-tasks still open: " + strings.Join(open, ", ") + ". Close this ticket after the last of them."
	}
	return text
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
