package show

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
)

// Screen is what a live view is drawn on.
type Screen struct {
	Width, Height int // in columns and lines
	Color         bool
	// Notice is shown when the view is not fresh: why, and since when.
	Notice string
}

// The least that anything is drawn on.
const (
	leastWidth  = 20
	leastHeight = 5
)

// Frame is a case as a live view draws it: exactly as many lines as it needs and never more than the screen has, each
// never wider. What must be known stays (whose case, how it stands, who is waited for, what fires next); where there
// is no room, phases that have ended are one line each, then the log and the end of the steps give way.
func Frame(v activities.CaseView, log []Change, now time.Time, s Screen) []string {
	s.Width, s.Height = max(s.Width, leastWidth), max(s.Height, leastHeight)
	p := painter{Screen: s}
	top, bottom := p.top(v, now), p.bottom(v, now)
	room := s.Height - len(top) - len(bottom)
	middle := p.steps(v, false)
	if len(middle)+len(p.log(log, 3)) > room {
		middle = p.steps(v, true)
	}
	middle = p.shorten(middle, room)
	if len(middle) == 0 && len(bottom) > 0 {
		bottom = bottom[1:] // its blank line
	}
	lines := slices.Concat(top, middle, p.log(log, room-len(middle)), bottom)
	return lines[:min(len(lines), s.Height)]
}

// painter writes lines that fit.
type painter struct{ Screen }

// The colours, as ECMA-48 numbers them.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// line is one line that fits, in a colour if there is one.
func (p painter) line(color, format string, args ...any) string {
	return p.paint(color, fit1(fmt.Sprintf(format, args...), p.Width))
}

func (p painter) paint(color, text string) string {
	if !p.Color || color == "" || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// fit1 is fit for a text whose blanks line things up and stay.
func fit1(s string, columns int) string {
	s = strings.TrimRight(Plain(s), " ")
	if Cells(s) <= columns {
		return s
	}
	indent := len(s) - len(strings.TrimLeft(s, " "))
	n, end := 0, 0
	for i, r := range s {
		if n+cells(r) > columns-1 {
			break
		}
		n, end = n+cells(r), i+len(string(r))
	}
	return s[:max(end, min(indent, columns-1))] + "…"
}

func (p painter) top(v activities.CaseView, now time.Time) []string {
	lines := []string{p.line(bold, "%s of %s", v.Process, person(v.Name, v.Employee)), p.line("", "%s%s", v.Headline, emergency(v))}
	if p.Notice != "" {
		lines = append(lines, p.line(yellow, "! %s", p.Notice))
	}
	return append(lines, p.progress(v, now), "")
}

// progress is a bar of the steps that have ended, and for how long the case has been running.
func (p painter) progress(v activities.CaseView, now time.Time) string {
	ended, asks := 0, 0
	for _, s := range v.Steps {
		switch {
		case s.State.Ended():
			ended++
		case s.State.AsksForPerson():
			asks++
		}
	}
	words := "phase " + underscores(cmp.Or(v.Phase, "open"))
	if len(v.Steps) > 0 {
		words = fmt.Sprintf("%d of %d steps, %s", ended, len(v.Steps), words)
	}
	until := now
	if v.Closed {
		until = v.ClosedAt
	}
	if !began(v).IsZero() && until.After(began(v)) {
		words += ", +" + Ago(until.Sub(began(v)))
	}
	if asks > 0 {
		words += fmt.Sprintf(", %d for a person", asks)
	}
	return p.bar(ended, len(v.Steps)) + p.line("", "%s", fit(words, p.Width-p.barWidth()-3))
}

func (p painter) barWidth() int { return min(24, max(0, p.Width-50)) }

// bar is empty where the screen is too narrow for one.
func (p painter) bar(part, all int) string {
	columns := p.barWidth()
	if columns < 5 {
		return ""
	}
	full := 0
	if all > 0 {
		full = columns * part / all
	}
	return "[" + p.paint(green, strings.Repeat("█", full)) + strings.Repeat("·", columns-full) + "] "
}

// phases are the steps by phase, in the order of the case.
func phases(v activities.CaseView) [][]activities.StepView {
	var all [][]activities.StepView
	for _, s := range v.Steps {
		if n := len(all); n > 0 && all[n-1][0].Phase == s.Phase {
			all[n-1] = append(all[n-1], s)
			continue
		}
		all = append(all, []activities.StepView{s})
	}
	return all
}

// steps are the steps by phase, each with its state, how long it took and what was said of it. When short, a phase of
// which nothing matters now is one line, and of the others what has ended is only counted.
func (p painter) steps(v activities.CaseView, short bool) []string {
	ids, states := 0, 0
	for _, s := range v.Steps {
		ids, states = max(ids, Cells(string(s.ID))), max(states, Cells(string(s.State)))
	}
	ids = min(ids, max(12, p.Width/3))
	var lines []string
	for _, phase := range phases(v) {
		name := underscores(string(phase[0].Phase))
		if one, ok := p.inShort(v, name, phase); short && ok {
			lines = append(lines, one)
			continue
		}
		shown := phase
		if short {
			shown = open(phase)
		}
		if ended := len(phase) - len(shown); ended > 0 {
			name += fmt.Sprintf("  ✓ %d ended", ended)
		}
		lines = append(lines, p.line(bold, "%s", name))
		for _, s := range shown {
			lines = append(lines, p.step(v, s, ids, states))
		}
	}
	return lines
}

// open are the steps that have not ended, those that wait for a person first.
func open(steps []activities.StepView) []activities.StepView {
	var asks, others []activities.StepView
	for _, s := range steps {
		switch {
		case s.State.AsksForPerson():
			asks = append(asks, s)
		case !s.State.Ended():
			others = append(others, s)
		}
	}
	return append(asks, others...)
}

// roomy is the width from which on a step shows how long it took.
const roomy = 70

func (p painter) step(v activities.CaseView, s activities.StepView, ids, states int) string {
	text := fmt.Sprintf("  %s %s  %s  ", marks[s.State], pad(fit(string(s.ID), ids), ids), pad(underscores(string(s.State)), states))
	if p.Width >= roomy {
		text += pad(took(v, s), 7) + "  "
	}
	return p.line(tone(s.State), "%s", text+oneLine(said(s)))
}

// inShort is a phase on one line, if it is one of which no step matters now.
func (p painter) inShort(v activities.CaseView, name string, steps []activities.StepView) (string, bool) {
	ended, pending := 0, 0
	last := ""
	for _, s := range steps {
		switch {
		case s.State.Ended():
			ended++
			last = cmp.Or(took(v, s), last)
		case s.State == plan.Pending:
			pending++
		}
	}
	switch len(steps) {
	case ended:
		return p.line(green, "%s  ✓ all %d %s", name, ended, last), true
	case pending:
		return p.line(dim, "%s  · %d to come", name, pending), true
	}
	return "", false
}

// tone is the colour of a state. The word is always there: the colour only helps to find it.
func tone(s plan.State) string {
	switch s {
	case plan.Verified, plan.AlreadyAbsent:
		return green
	case plan.Running, plan.Waiting, plan.Delegated:
		return yellow
	case plan.NeedsAttention, plan.Unverified:
		return red
	case plan.Pending, plan.NotApplicable, plan.IgnoredByPolicy, plan.Skipped:
		return dim
	}
	return ""
}

// shorten leaves out the end of what does not fit, and says how much.
func (p painter) shorten(lines []string, room int) []string {
	if len(lines) <= room {
		return lines
	}
	if room < 1 {
		return nil
	}
	return append(slices.Clone(lines[:room-1]), p.line(dim, "  … and %d more lines; see all with: tenure explain", len(lines)-room+1))
}

// log is the end of what has happened, in so many lines with its heading.
func (p painter) log(log []Change, room int) []string {
	const heading = 2
	if room <= heading || len(log) == 0 {
		return nil
	}
	lines := []string{"", p.line(bold, "log")}
	for _, c := range log[max(0, len(log)-min(room-heading, mostLog)):] {
		lines = append(lines, p.line("", "  %s  %s", c.At.UTC().Format(time.TimeOnly), c))
	}
	return lines
}

// mostLog is how many lines of the log are shown where there is room for more.
const mostLog = 10

// mostWaits is how many of those who are waited for are named.
const mostWaits = 4

// bottom says who is waited for, and what fires next.
func (p painter) bottom(v activities.CaseView, now time.Time) []string {
	var lines []string
	if a := v.Approvals; a != nil {
		lines = append(lines, p.line(yellow, "needs approval, %d of %d given: tenure approve %s   or   tenure deny %s --reason ...", len(a.By), a.Needed, v.Employee, v.Employee))
	}
	for i, w := range v.WaitsFor {
		if i == mostWaits-1 && len(v.WaitsFor) > mostWaits {
			lines = append(lines, p.line(yellow, "waits for %d more", len(v.WaitsFor)-i))
			break
		}
		lines = append(lines, p.line(yellow, "waits for %s", w))
	}
	for _, r := range v.Returns {
		lines = append(lines, p.line("", "laptop %s: %s", r.Serial, returnLine(r)))
	}
	if v.OnHold {
		lines = append(lines, p.line(yellow, "on hold: %s", v.HoldWhy))
	}
	if !v.NextWake.IsZero() {
		lines = append(lines, p.line(dim, "next in %s: %s (%s)", Ago(v.NextWake.Sub(now).Round(time.Second)), v.NextWakeWhy, instant(v.NextWake)))
	}
	if !v.Then.IsZero() {
		lines = append(lines, p.line(dim, "then in %s: %s (%s)", Ago(v.Then.Sub(now).Round(time.Second)), v.ThenWhy, instant(v.Then)))
	}
	if len(lines) > 0 {
		lines = slices.Insert(lines, 0, "")
	}
	return lines
}
