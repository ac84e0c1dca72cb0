package show

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/plan"
)

// underway is a case of which something has ended, something runs, and somebody is waited for.
func underway() activities.CaseView {
	v := anybody()
	v.Steps = everyState()
	v.WaitsFor = []string{"IT: Google signed out (google.sessions)", "design@example.com: Figma taken away (app.revoke:figma)"}
	v.Returns = []activities.ReturnView{{Serial: "C02XY", Route: "box", Milestone: activities.Ordered, Order: "4711"}}
	v.NextWake, v.NextWakeWhy = after(36*time.Hour), "reminder to design@example.com"
	return v
}

func happened(n int) []Change {
	var log []Change
	for i := range n {
		log = append(log, Change{At: after(time.Duration(i) * time.Second), Kind: ChangeStep, Step: plan.StepID(fmt.Sprintf("app.revoke:app%02d", i)), To: "verified", Text: "removed"})
	}
	return log
}

func TestFrame(t *testing.T) {
	long := underway()
	for i := range 12 {
		long.Steps = append(long.Steps, activities.StepView{ID: plan.StepID(fmt.Sprintf("app.revoke:app%02d", i)), Phase: plan.Apps, State: plan.Running})
	}
	done := activities.StepView{ID: "google.suspend", Phase: plan.LeaseEnd, State: plan.Verified, ReadBack: "suspended", Verified: after(time.Hour)}
	short := underway()
	short.Steps = append(short.Steps, done, activities.StepView{ID: "okta.watch", Phase: "watch", State: plan.Pending})
	approval := anybody()
	approval.Phase, approval.Headline = "approval", "Waiting for approval, 1 of 2: a protected person"
	approval.Approvals = &activities.Approvals{Needed: 2, By: []string{"cli:jo"}, Why: "a protected person", Nonce: "1f2e3d4c"}
	approval.OnHold, approval.HoldWhy = true, "legal asks for the mailbox"
	for name, c := range map[string]struct {
		v      activities.CaseView
		log    []Change
		screen Screen
	}{
		"frame":          {underway(), happened(4), Screen{Width: 100, Height: 40}},
		"frame_color":    {underway(), happened(2), Screen{Width: 100, Height: 40, Color: true}},
		"frame_narrow":   {underway(), happened(2), Screen{Width: 44, Height: 40}},
		"frame_short":    {short, happened(9), Screen{Width: 100, Height: 26}},
		"frame_cut":      {long, happened(2), Screen{Width: 80, Height: 20}},
		"frame_silent":   {underway(), nil, Screen{Width: 100, Height: 40, Notice: "no answer for 12s: Temporal or the workers are away"}},
		"frame_approval": {approval, nil, Screen{Width: 100, Height: 24}},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, strings.Join(Frame(c.v, c.log, after(90*time.Second), c.screen), "\n"))
		})
	}
}

// However small the terminal, a frame fits: a line that is too wide would wrap and push the others away.
func TestFrame_FitsEveryTerminal(t *testing.T) {
	v := underway()
	v.Name, v.Headline = "山田太郎 Example\x1b[2J", strings.Repeat("long ", 60)
	for width := range 130 {
		for _, height := range []int{0, 1, 5, 7, 10, 24, 60} {
			lines := Frame(v, happened(30), after(time.Hour), Screen{Width: width, Height: height, Notice: "no answer"})
			require.LessOrEqual(t, len(lines), max(height, leastHeight))
			for _, line := range lines {
				require.LessOrEqual(t, Cells(line), max(width, leastWidth), "%d: %q", width, line)
				require.NotContains(t, line, "\x1b")
			}
		}
	}
}

// What must be known is on every screen that has room for it at all.
func TestFrame_KeepsWhoIsWaitedForAndWhatIsNext(t *testing.T) {
	for _, height := range []int{12, 16, 24, 50} {
		text := strings.Join(Frame(underway(), happened(30), after(time.Hour), Screen{Width: 100, Height: height}), "\n")
		for _, want := range []string{"Robin Example", "Containing: 2 critical steps", "waits for IT: Google signed out", "next in 35h"} {
			require.Contains(t, text, want, "%d lines", height)
		}
	}
}

func TestFrame_EveryStateHasATone(t *testing.T) {
	for _, s := range everyState() {
		require.NotEmpty(t, tone(s.State), s.State)
	}
}

func TestPlain_LeavesNothingThatPaints(t *testing.T) {
	require.Equal(t, "[31mred[0m", Plain("\x1b[31mred\x1b[0m"))
	require.Equal(t, "a\tb\nc", Plain("a\tb\nc\a\b\r"))
	require.Equal(t, "exe.cod", Plain("\u202eexe.cod\u2066"))
	require.Equal(t, "山田", Plain("山田"))
}

func TestCells(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "山田": 4, "e\u0301": 1, "ﾔﾏ": 2, "…": 1, "✓": 1} {
		require.Equal(t, want, Cells(text), text)
	}
	require.Equal(t, "山…", fit("山田太郎", 4))
	require.Equal(t, "山田太郎", fit("山田太郎", 8))
	require.Equal(t, "  ab…", fit1("  abcdef", 5), "blanks that line things up stay")
}
