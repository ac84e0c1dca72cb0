package show

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Plain takes out of a text what would do something to a terminal rather than be read: escape sequences, and marks
// that turn the direction of writing. Names come from HR and details from vendors; neither may repaint the screen.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, s)
}

// tidy is a table as it is printed: nothing in it paints, and no line ends with blanks.
func tidy(text string) string {
	lines := strings.Split(strings.TrimRight(Plain(text), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// Cells is how many columns of a terminal a text takes.
func Cells(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

func cells(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// fit cuts a text for so many columns, on one line.
func fit(s string, columns int) string {
	s = strings.Join(strings.Fields(Plain(s)), " ")
	if Cells(s) <= columns {
		return s
	}
	n, end := 0, 0
	for i, r := range s {
		if n+cells(r) > columns-1 {
			break
		}
		n, end = n+cells(r), i+len(string(r))
	}
	return s[:end] + "…"
}

// pad fills a text up to so many columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Cells(s)))
}
