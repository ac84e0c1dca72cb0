package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/starter/show"
)

// screen shows a case as it changes: one line for every change, in the order in which they happen, so that the
// same output serves a terminal, a file and a test's log.
type screen struct {
	out    io.Writer
	states map[plan.StepID]plan.State
	phase  string
	head   string
	waits  string
	stone  map[string]activities.Milestone
}

func newScreen(out io.Writer) *screen {
	return &screen{out: out, states: map[plan.StepID]plan.State{}, stone: map[string]activities.Milestone{}}
}

// show prints what is new in v.
func (s *screen) show(v activities.CaseView) {
	if v.Phase != s.phase && v.Phase != "" {
		s.phase = v.Phase
		s.line(v, "== %s", strings.ReplaceAll(v.Phase, "_", " "))
	}
	for _, step := range v.Steps {
		if s.states[step.ID] == step.State || step.State == plan.Pending || step.State == plan.Running {
			continue
		}
		s.states[step.ID] = step.State
		s.line(v, "%-28s %-16s %s", step.ID, strings.ReplaceAll(string(step.State), "_", " "), show.Clip(why(step), 100))
	}
	for _, r := range v.Returns {
		if s.stone[r.Serial] != r.Milestone {
			s.stone[r.Serial] = r.Milestone
			s.line(v, "%-28s %s", "laptop "+r.Serial, strings.ReplaceAll(string(r.Milestone), "_", " "))
		}
	}
	if w := strings.Join(v.WaitsFor, "; "); w != s.waits {
		s.waits = w
		if w != "" {
			s.line(v, "waits for %s", w)
		}
	}
	if v.Headline != s.head {
		s.head = v.Headline
		s.line(v, "-- %s", v.Headline)
	}
}

func why(step activities.StepView) string {
	switch {
	case step.State.AsksForPerson():
		return strings.TrimSpace(step.Detail + " → " + step.Mend)
	case step.ReadBack != "":
		return step.ReadBack
	}
	return step.Detail
}

// note prints a line that is not the case's own.
func (s *screen) note(text string) { _, _ = fmt.Fprintf(s.out, "          %s\n", text) }

// line prints a line with the time since the case began.
func (s *screen) line(v activities.CaseView, format string, args ...any) {
	since := ""
	if began := v.Began(); !began.IsZero() {
		since = "+" + show.Ago(time.Since(began))
	}
	_, _ = fmt.Fprintf(s.out, "%8s  %s\n", since, fmt.Sprintf(format, args...))
}
