package jira

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wiki markup, as version 2 of the API takes it on both flavours. Text that people wrote is escaped, so that a
// reason such as "see {code}" or "[~all]" is shown and not obeyed.

// always begin markup wherever they stand: macros, links and mentions, table cells, images.
const always = `{}[]|!`

// phrase marks are markup only at the edge of a word: "*bold*" is, "a*b" is not. Inside words they stay readable.
const phrase = `*_-+^~?#`

var (
	smile   = regexp.MustCompile(`^[:;][()DPp]`)
	icon    = regexp.MustCompile(`^\((?:[!?/xiyn+*-]|on|off|\*[rgby]|flagoff|flag)\)`)
	heading = regexp.MustCompile(`^(h[1-6]|bq)\.`)
)

// escape makes one line of plain text safe inside markup; line breaks become spaces.
func escape(text string) string {
	text = strings.Join(strings.Fields(strings.Map(printable, text)), " ")
	var b strings.Builder
	before := ' '
	for i, r := range text {
		rest := text[i:]
		after, _ := utf8.DecodeRuneInString(rest[utf8.RuneLen(r):])
		switch {
		case r == '\\':
			// A doubled backslash would be a line break.
			b.WriteString("&#92;")
		case (r == ':' || r == ';') && !wordy(before) && smile.MatchString(rest):
			b.WriteString(string(r) + joiner) // a colon cannot be escaped
		case strings.ContainsRune(always, r), r == '(' && icon.MatchString(rest),
			strings.ContainsRune(phrase, r) && !(wordy(before) && wordy(after)):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return unheaded(b.String())
}

// joiner is a character nobody sees: it parts what together would be markup.
const joiner = "\u2060"

// unheaded keeps a line from becoming a heading or a quotation.
func unheaded(line string) string {
	if m := heading.FindString(line); m != "" {
		return strings.TrimSuffix(m, ".") + joiner + "." + line[len(m):]
	}
	return line
}

// escapeLines escapes text of several lines, line by line.
func escapeLines(text string) string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	for i, l := range lines {
		lines[i] = escape(l)
	}
	return strings.Join(lines, "\n")
}

func printable(r rune) rune {
	if unicode.IsControl(r) && !unicode.IsSpace(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// plain is one line without markup, for a summary.
func plain(text string, limit int) string {
	text = strings.Join(strings.Fields(strings.Map(printable, text)), " ")
	return cut(text, limit)
}

// cut shortens text to a number of characters and shows that it did.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// code shows an id in a fixed-width font.
func code(id string) string { return "{{" + escape(id) + "}}" }

// link is a named link; an address that is not one of the web's is shown as text.
func link(title, address string) string {
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || strings.ContainsAny(address, "|][{} \n") {
		return escape(title)
	}
	return "[" + escape(title) + "|" + address + "]"
}

// tableRow is one line of a table; an empty cell needs a space.
func tableRow(cells ...string) string {
	for i, c := range cells {
		if c == "" {
			cells[i] = " "
		}
	}
	return "|" + strings.Join(cells, "|") + "|"
}

func tableHead(cells ...string) string { return "||" + strings.Join(cells, "||") + "||" }
