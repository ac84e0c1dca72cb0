package slack

import (
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"tenure/activities"
	"tenure/internal/plan"
)

// density is how much of a checklist is written out.
type density int

const (
	full        density = iota // everything with its detail
	brief                      // ended steps without detail
	foldPhases                 // phases that have ended are counted
	foldEnded                  // every step that ended is counted
	foldWaiting                // only steps that need a person are written out
	bare                       // and those with little detail
	barest                     // and those by title only
)

// checklist is the steps by phase, as fully as they fit into so many characters.
func checklist(steps []activities.StepView, room int) []slackapi.Block {
	groups := byPhase(steps)
	var lines []string
	for d := full; d <= barest; d++ {
		lines = nil
		for _, g := range groups {
			lines = append(lines, g.lines(d)...)
		}
		if size(lines) <= room {
			return sections(lines)
		}
	}
	return sections(cutLines(lines, room))
}

// cutLines is the last resort, for more steps waiting for people than a card can hold: it says how many are left out.
func cutLines(lines []string, room int) []string {
	const note = 60
	for i := range lines {
		if size(lines[:i+1]) > room-note {
			left := 0
			for _, l := range lines[i:] {
				if !strings.HasPrefix(l, "*") {
					left++
				}
			}
			return append(slices.Clone(lines[:i]), fmt.Sprintf(":raised_hand: *… and %d more*: the ticket lists them all", left))
		}
	}
	return lines
}

func size(lines []string) int {
	n := 0
	for _, l := range lines {
		n += runes(l) + 1
	}
	return n
}

// group is the steps of one phase.
type group struct {
	phase plan.Phase
	steps []activities.StepView
}

// byPhase groups steps by phase, the known phases in their order.
func byPhase(steps []activities.StepView) []group {
	order := append(plan.Phases(), plan.RolePhases()...)
	for _, s := range steps {
		if !slices.Contains(order, s.Phase) {
			order = append(order, s.Phase)
		}
	}
	var out []group
	for _, p := range order {
		g := group{phase: p}
		for _, s := range steps {
			if s.Phase == p {
				g.steps = append(g.steps, s)
			}
		}
		if len(g.steps) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func (g group) ended() int {
	n := 0
	for _, s := range g.steps {
		if s.State.Ended() {
			n++
		}
	}
	return n
}

// lines is the group's heading, its steps, and a count of those that are folded.
func (g group) lines(d density) []string {
	out := []string{fmt.Sprintf("*%s* · %d of %d ended", phaseTitle(g.phase), g.ended(), len(g.steps))}
	folded := map[plan.State]int{}
	for _, s := range g.steps {
		if g.folds(s, d) {
			folded[s.State]++
			continue
		}
		out = append(out, stepLine(s, d))
	}
	if len(folded) > 0 {
		out = append(out, foldLine(folded))
	}
	return out
}

// folds says whether a step is counted instead of written out. One that needs a person never is.
func (g group) folds(s activities.StepView, d density) bool {
	switch {
	case s.State.AsksForPerson():
		return false
	case d >= foldWaiting:
		return true
	case d >= foldEnded:
		return s.State.Ended()
	case d >= foldPhases:
		return g.ended() == len(g.steps)
	}
	return false
}

// foldLine counts folded steps by state, in a fixed order.
func foldLine(folded map[plan.State]int) string {
	var parts []string
	for _, state := range []plan.State{plan.Verified, plan.AlreadyAbsent, plan.NotApplicable, plan.IgnoredByPolicy, plan.Skipped, plan.Running,
		plan.Waiting, plan.Pending} {
		if n := folded[state]; n > 0 {
			s := signOf(state)
			parts = append(parts, fmt.Sprintf("%s %d %s", s.emoji, n, s.word))
		}
	}
	return strings.Join(parts, " · ")
}

// stepLine is one step: emoji, the state in a word, what it is, and what is to be known about it.
func stepLine(s activities.StepView, d density) string {
	mark := signOf(s.State)
	line := fmt.Sprintf("%s *%s* · %s", mark.emoji, mark.word, escape(oneLine(s.Title), titleRoom(d)))
	if s.Critical && !s.State.Proved() {
		line += " (critical)"
	}
	if d == barest || d >= brief && s.State.Ended() {
		return line
	}
	if detail := stepDetail(s, d); detail != "" {
		line += ": " + detail
	}
	return line
}

func titleRoom(d density) int {
	if d >= bare {
		return 50
	}
	return 120
}

func stepDetail(s activities.StepView, d density) string {
	room := 160
	if d >= bare {
		room = 50
	}
	var parts []string
	add := func(format, value string) {
		if value = oneLine(value); value != "" {
			parts = append(parts, fmt.Sprintf(format, escape(value, room)))
		}
	}
	add("%s", firstOf(s.Detail, s.Problem))
	if s.State.AsksForPerson() {
		add("to do: %s", s.Mend)
		add("for %s", s.Owner)
		if !s.Due.IsZero() {
			parts = append(parts, "due "+date(s.Due))
		}
		parts = append(parts, stepCode(s.ID))
		return strings.Join(parts, " · ")
	}
	if d == full {
		add("read back: %s", s.ReadBack)
	}
	if s.By != "" {
		parts = append(parts, "by "+actor(s.By))
	}
	return strings.Join(parts, " · ")
}
