package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Examination collects what the examination of one system finds. A check that could not be made is a finding too: an
// examination never ends with an error because the vendor is away.
type Examination struct {
	system   string
	findings []Finding
}

// ExamineWithin bounds the examination of a system. What was not answered by then is a finding, and so is told: an
// activity that runs out of its own time tells nothing.
const ExamineWithin = 25 * time.Second

// NewExamination begins an examination; system is the word before the dot in the names of its checks.
func NewExamination(system string) *Examination { return &Examination{system: system} }

func (e *Examination) add(check string, s Severity, text, why, mend string) {
	e.findings = append(e.findings, Finding{System: e.system, Check: e.system + "." + check, Severity: s, Text: text, Why: why, Mend: mend})
}

// OK notes that something was looked at and is well.
func (e *Examination) OK(check, format string, args ...any) {
	e.add(check, FindingOK, fmt.Sprintf(format, args...), "", "")
}

// Warn notes something that will not work, or not for long: what is so, why it matters, what to do.
func (e *Examination) Warn(check, text, why, mend string) {
	e.add(check, FindingWarning, text, why, mend)
}

// Fail notes something for which leavers would not be contained, or nobody would know.
func (e *Examination) Fail(check, text, why, mend string) {
	e.add(check, FindingFailure, text, why, mend)
}

// Refused notes that a check was refused or could not be made, in the words of the error.
func (e *Examination) Refused(check string, s Severity, err error, why string) {
	p := e.problem(err)
	e.add(check, s, p.Text, why, mendOf(p))
}

// Unread warns that a part could not be read; what is its name.
func (e *Examination) Unread(check, what string, err error, why string) {
	p := e.problem(err)
	e.add(check, FindingWarning, what+" cannot be read: "+p.Text, why, mendOf(p))
}

// problem is err in words for people, also when it is no more than the end of the examination's time.
func (e *Examination) problem(err error) *Problem {
	var p *Problem
	if !errors.As(err, &p) && errors.Is(err, context.DeadlineExceeded) {
		return &Problem{Type: Unavailable, Text: e.system + " did not answer in time", Cause: err}
	}
	return ProblemOf(err)
}

func mendOf(p *Problem) string {
	if p.Mend == "" && p.Retryable() {
		return "ask again in a few minutes; if it lasts, look at the vendor's status page and at the network between"
	}
	return p.Mend
}

// The bounds of a clock that is wrong. Signed requests are refused from five minutes on.
const (
	skewNoted   = 30 * time.Second
	skewRefused = 4 * time.Minute
)

// Clock compares the vendor's clock, as its answer's Date header tells it, with ours at the moment the answer came.
func (e *Examination) Clock(h http.Header, ours time.Time) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return // a proxy took the header away: nothing was seen
	}
	e.ClockAt(theirs, ours)
}

// ClockAt is [Examination.Clock] for a vendor that tells its time otherwise.
func (e *Examination) ClockAt(theirs, ours time.Time) {
	const why = "tokens and signatures carry the time: they are refused when the clocks differ by minutes, and the times in evidence are wrong"
	const mend = "set the clock of the worker's machine by NTP (timedatectl set-ntp true), and look at it again"
	off := ours.Sub(theirs).Round(time.Second)
	text := fmt.Sprintf("its clock and ours differ by %s", off.Abs())
	if off > 0 {
		text += " (ours is ahead)"
	} else if off < 0 {
		text += " (ours is behind)"
	}
	switch {
	case off.Abs() >= skewRefused:
		e.Fail("clock", text, why, mend)
	case off.Abs() >= skewNoted:
		e.Warn("clock", text, why, mend)
	default:
		e.OK("clock", "its clock and ours agree")
	}
}

// Findings ends the examination.
func (e *Examination) Findings() Findings { return Findings{Findings: e.findings} }

// rank orders severities, worst first.
func (s Severity) rank() int {
	return slices.Index([]Severity{FindingFailure, FindingWarning, FindingOK}, s)
}

// SortFindings puts findings in the order in which they are shown: by system, the worst first, each kind in the order
// in which it was looked at.
func SortFindings(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int {
		if c := strings.Compare(a.System, b.System); c != 0 {
			return c
		}
		return a.Severity.rank() - b.Severity.rank()
	})
}
