package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"tenure/starter/show"
)

// screen is a terminal that is drawn on in place.
type screen struct {
	out  io.Writer
	size func() (width, height int)
	// color is off where NO_COLOR is set.
	color bool

	last          []string // what stands there, line by line
	width, height int
}

// ECMA-48 and xterm sequences. Terminals that do not know synchronized output pass it by.
const (
	enterAlternate = "\x1b[?1049h\x1b[?25l" // another screen, no cursor
	leaveAlternate = "\x1b[?25h\x1b[?1049l"
	beginUpdate    = "\x1b[?2026h"
	endUpdate      = "\x1b[?2026l"
	clearScreen    = "\x1b[2J"
	clearLine      = "\x1b[K"
	clearBelow     = "\x1b[J"
)

// terminal is the screen behind a writer; nil when it is none that can be drawn on.
func terminal(out io.Writer, getenv func(string) string) *screen {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || getenv("TERM") == "dumb" {
		return nil
	}
	return &screen{out: out, color: getenv("NO_COLOR") == "", size: func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 80, 24
		}
		return width, height
	}}
}

// begin goes to a screen of its own, so that what stood there comes back afterwards.
func (s *screen) begin() { s.write(enterAlternate + clearScreen) }

// end gives the terminal back as it was.
func (s *screen) end() { s.write(leaveAlternate) }

// draw shows lines. Only those that changed are written, in one go, so that nothing flickers; a terminal that was
// resized is drawn whole.
func (s *screen) draw(frame func(show.Screen) []string) {
	width, height := s.size()
	lines := frame(show.Screen{Width: width, Height: height, Color: s.color})
	var b strings.Builder
	b.WriteString(beginUpdate)
	if width != s.width || height != s.height {
		b.WriteString(clearScreen)
		s.last, s.width, s.height = nil, width, height
	}
	for i, line := range lines {
		if i >= len(s.last) || s.last[i] != line {
			fmt.Fprintf(&b, "\x1b[%d;1H%s%s", i+1, line, clearLine)
		}
	}
	if len(lines) < len(s.last) {
		fmt.Fprintf(&b, "\x1b[%d;1H%s", len(lines)+1, clearBelow)
	}
	b.WriteString(endUpdate)
	s.last = lines
	s.write(b.String())
}

func (s *screen) write(text string) { _, _ = io.WriteString(s.out, text) }
