package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/starter/show"
)

// play is a case that answers one question after the other; an error stands for nobody who answers.
type play struct{ scenes []any }

func (p *play) ask(context.Context) (activities.CaseView, error) {
	scene := p.scenes[0]
	if len(p.scenes) > 1 {
		p.scenes = p.scenes[1:]
	}
	if err, ok := scene.(error); ok {
		return activities.CaseView{}, err
	}
	return scene.(activities.CaseView), nil
}

func (p *play) follower() *follower {
	return &follower{ask: p.ask, ended: func(context.Context) error { return nil }, id: "offboard/E1042", every: time.Microsecond,
		now: func() time.Time { return time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC) }}
}

func scene(phase string, state plan.State) activities.CaseView {
	return activities.CaseView{Case: "offboard/E1042", Process: "Offboard", Employee: "E1042", Name: "Robin Example", Phase: phase, Headline: "in phase " + phase,
		Steps: []activities.StepView{{ID: "okta.suspend", Phase: plan.Contain, State: state}}}
}

func closed() activities.CaseView {
	v := scene("closed", plan.Verified)
	v.Closed, v.Outcome, v.Headline = true, "completed", "Closed: completed"
	return v
}

func TestFollow_InLines_TellsEachChangeOnceAndEndsWithTheCase(t *testing.T) {
	p := &play{scenes: []any{scene("contain", plan.Running), scene("contain", plan.Verified), scene("contain", plan.Verified), closed()}}
	var out bytes.Buffer
	a := &app{Streams: Streams{Out: &out}}
	require.NoError(t, p.follower().inLines(t.Context(), scene("contain", plan.Pending), a.tell))
	require.Equal(t, `2026-11-30 22:00:00 UTC  == contain
2026-11-30 22:00:00 UTC  -- in phase contain
2026-11-30 22:00:00 UTC  okta.suspend running
2026-11-30 22:00:00 UTC  okta.suspend verified
2026-11-30 22:00:00 UTC  == closed
2026-11-30 22:00:00 UTC  -- Closed: completed
`, out.String())
}

func TestFollow_JSON_IsOneObjectALine(t *testing.T) {
	p := &play{scenes: []any{closed()}}
	var out bytes.Buffer
	a := &app{Streams: Streams{Out: &out}, asJSON: true}
	require.NoError(t, p.follower().inLines(t.Context(), scene("contain", plan.Pending), a.tell))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var last show.Change
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	require.Equal(t, show.ChangeClosed, last.Kind)
	require.Equal(t, "completed", last.To)
	for _, line := range lines {
		require.True(t, json.Valid([]byte(line)), line)
	}
}

// A Temporal that is away for a while is said once, and what happened meanwhile is told afterwards.
func TestFollow_NobodyAnswers_GoesOnWhenSomebodyDoes(t *testing.T) {
	away := serviceerror.NewUnavailable("away")
	p := &play{scenes: []any{away, away, away, scene("contain", plan.Verified), away, closed()}}
	var out bytes.Buffer
	a := &app{Streams: Streams{Out: &out}}
	require.NoError(t, p.follower().inLines(t.Context(), scene("contain", plan.Pending), a.tell))
	require.Equal(t, 2, strings.Count(out.String(), "! no answer: Temporal or the workers are away; asked again until there is one"), out.String())
	require.Contains(t, out.String(), "okta.suspend verified")
}

func TestFollow_CaseEndedFromOutside_EndsWithItsError(t *testing.T) {
	p := &play{scenes: []any{serviceerror.NewUnavailable("no worker")}}
	f := p.follower()
	f.ended = func(context.Context) error {
		return failf(ExitFailed, "offboard/E1042 was ended in Temporal (terminated)")
	}
	err := f.inLines(t.Context(), scene("contain", plan.Pending), func(show.Change) error { return nil })
	require.ErrorContains(t, err, "terminated")
}

func TestFollow_Interrupted_SaysThatTheCaseGoesOn(t *testing.T) {
	p := &play{scenes: []any{scene("contain", plan.Pending)}}
	ctx, stop := context.WithCancel(t.Context())
	told := 0
	err := p.follower().inLines(ctx, scene("contain", plan.Pending), func(show.Change) error {
		told++
		stop()
		return nil
	})
	require.Equal(t, ExitFailed, codeOf(err))
	require.ErrorContains(t, err, "no longer followed; offboard/E1042 goes on")
	require.Positive(t, told)
}

// A reader that has gone (head, a closed pipe) ends the following.
func TestFollow_NobodyReads_Ends(t *testing.T) {
	p := &play{scenes: []any{scene("contain", plan.Pending)}}
	gone := errors.New("broken pipe")
	require.Same(t, gone, p.follower().inLines(t.Context(), scene("contain", plan.Pending), func(show.Change) error { return gone }))
}

// canvas is a screen whose size can be changed.
func canvas(out *bytes.Buffer, width, height *int) *screen {
	return &screen{out: out, size: func() (int, int) { return *width, *height }}
}

func TestScreen_WritesWhatChangedAndNoMore(t *testing.T) {
	var out bytes.Buffer
	width, height := 40, 10
	s := canvas(&out, &width, &height)
	drawn := func(lines ...string) string {
		out.Reset()
		s.draw(func(size show.Screen) []string {
			require.Equal(t, width, size.Width)
			require.Equal(t, height, size.Height)
			return lines
		})
		return out.String()
	}
	require.Equal(t, beginUpdate+clearScreen+"\x1b[1;1Ha"+clearLine+"\x1b[2;1Hb"+clearLine+endUpdate, drawn("a", "b"))
	require.Equal(t, beginUpdate+"\x1b[2;1Hc"+clearLine+endUpdate, drawn("a", "c"))
	require.Equal(t, beginUpdate+endUpdate, drawn("a", "c"), "nothing flickers that did not change")
	require.Equal(t, beginUpdate+"\x1b[2;1H"+clearBelow+endUpdate, drawn("a"))
	width = 20
	require.Equal(t, beginUpdate+clearScreen+"\x1b[1;1Ha"+clearLine+endUpdate, drawn("a"), "a resized terminal is drawn whole")
}

// Whatever ends the following, the terminal is given back and the case as it was seen last stays readable.
func TestFollow_OnScreen_GivesTheTerminalBack(t *testing.T) {
	for name, p := range map[string]*play{
		"the case ends":        {scenes: []any{closed()}},
		"it ended in Temporal": {scenes: []any{serviceerror.NewUnavailable("away")}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			width, height := 80, 24
			f := p.follower()
			f.ended = func(context.Context) error { return failf(ExitFailed, "terminated") }
			_ = f.onScreen(t.Context(), canvas(&out, &width, &height), scene("contain", plan.Running), &out)
			text := out.String()
			require.True(t, strings.HasPrefix(text, enterAlternate))
			_, after, ok := strings.Cut(text, leaveAlternate)
			require.True(t, ok, "the screen is left")
			require.Contains(t, after, "Offboard of Robin Example (E1042)")
			require.NotContains(t, after, "\x1b")
		})
	}
}

func TestTerminal_OnlyWhereItCanBeDrawnOn(t *testing.T) {
	require.Nil(t, terminal(&bytes.Buffer{}, func(string) string { return "" }))
}
