package plan

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Describe is the plan as a table for people, for `tenure preview`. A step marked * is critical.
func Describe(p Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan of %s under policy %s\n", p.BuiltAt.UTC().Format("2006-01-02 15:04 MST"), short(p.PolicyHash))
	if p.Heir != nil {
		fmt.Fprintf(&b, "Takes over: %s <%s> (%s)\n", p.Heir.Name, p.Heir.Email, p.Heir.Why)
	} else {
		b.WriteString("Takes over: nobody\n")
	}
	if n := p.Settings.ApprovalsNeeded; n > 0 {
		fmt.Fprintf(&b, "Waits for:  %d to approve (%s)\n", n, p.Settings.ApprovalWhy)
	}
	if p.Settings.Lease > 0 {
		fmt.Fprintf(&b, "Mailbox:    lent for %s\n", inDays(p.Settings.Lease, p.Settings.Day))
	}
	fmt.Fprintf(&b, "Devices:    %s (%s)\n", strings.ReplaceAll(string(p.Settings.Return.Route), "_", " "), p.Settings.Return.RouteWhy)
	width := widest(p.Steps)
	for _, phase := range Phases() {
		describePhase(&b, phase, p.In(phase), width)
	}
	b.WriteString("\n* critical: the case is no success until it is proved\n")
	return b.String()
}

func describePhase(b *strings.Builder, phase Phase, steps []Step, width int) {
	if len(steps) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", strings.ReplaceAll(string(phase), "_", " "))
	for _, s := range steps {
		mark := " "
		if s.Critical {
			mark = "*"
		}
		fmt.Fprintf(b, "  %s %s%s  %s\n", mark, s.ID, strings.Repeat(" ", width-utf8.RuneCountInString(string(s.ID))), describeStep(s))
		for _, n := range s.Needs {
			fmt.Fprintf(b, "    %s  after %s\n", strings.Repeat(" ", width), n)
		}
		if s.Note != "" {
			fmt.Fprintf(b, "    %s  %s\n", strings.Repeat(" ", width), s.Note)
		}
	}
}

func describeStep(s Step) string {
	if s.Preset == "" {
		return s.Title
	}
	return s.Title + " [" + strings.ReplaceAll(string(s.Preset), "_", " ") + "]"
}

func widest(steps []Step) int {
	width := 0
	for _, s := range steps {
		width = max(width, utf8.RuneCountInString(string(s.ID)))
	}
	return width
}

// inDays is a length in policy days, with the real time beside it where a policy day is no day.
func inDays(d, day time.Duration) string {
	if day <= 0 || d%day != 0 {
		return d.String()
	}
	text := fmt.Sprintf("%d days", d/day)
	if day != 24*time.Hour {
		text += fmt.Sprintf(" (%s: a day lasts %s here)", d, day)
	}
	return text
}

func short(hash string) string {
	kind, sum, ok := strings.Cut(hash, ":")
	if !ok {
		return hash
	}
	return kind + ":" + sum[:min(12, len(sum))]
}
