package slack

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"
)

// Block Kit's limits, in characters, less a little air.
const (
	maxSection = 2990
	maxHeader  = 150
	maxURL     = 3000
)

func runes(s string) int { return utf8.RuneCountInString(s) }

// escape makes a text safe for Slack's markup and no longer than most characters.
func escape(s string, most int) string {
	whole := escapeChunks(s, most)
	switch len(whole) {
	case 0:
		return ""
	case 1:
		return whole[0]
	}
	return escapeChunks(s, most-1)[0] + "…"
}

// escapeChunks makes a text safe for Slack's markup, in pieces of at most so many characters. Slack wants exactly
// these three characters escaped; a piece ends between characters, never inside an escape.
func escapeChunks(s string, most int) []string {
	var out []string
	var b strings.Builder
	n := 0
	for _, r := range s {
		c := escapeRune(r)
		if n+runes(c) > most && n > 0 {
			out = append(out, b.String())
			b.Reset()
			n = 0
		}
		b.WriteString(c)
		n += runes(c)
	}
	if n > 0 {
		out = append(out, b.String())
	}
	return out
}

func escapeRune(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return string(r)
}

// shorten cuts plain text, which Slack does not interpret, to most characters.
func shorten(s string, most int) string {
	if runes(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// date is a moment in the reader's own zone, with UTC for clients that cannot.
func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// clock is a date with seconds, for the log.
func clock(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time_secs}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// link is a link with a label; without a usable address the label alone.
func link(address, label string) string {
	label = escape(oneLine(label), 200)
	if !linkable(address) {
		return label
	}
	return "<" + strings.ReplaceAll(address, "&", "&amp;") + "|" + label + ">"
}

// linkable says whether Slack takes the address in a link or a button.
func linkable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(address) <= maxURL/2 &&
		!strings.ContainsAny(address, "|<> \n")
}

var (
	slackUser = regexp.MustCompile(`^slack:([UW][A-Z0-9]+)$`)
	spokenOf  = regexp.MustCompile(`\bslack:([UW][A-Z0-9]{2,})\b`)
)

// people mentions the Slack users of a text that is escaped already. It never makes the text longer.
func people(s string) string { return spokenOf.ReplaceAllString(s, "<@$1>") }

// actor shows who caused something; a Slack user is mentioned.
func actor(a string) string {
	if m := slackUser.FindStringSubmatch(a); m != nil {
		return "<@" + m[1] + ">"
	}
	return escape(oneLine(a), 100)
}

func mrkdwn(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, s, false, false)
}

func plain(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, s, true, false)
}

func section(s string) slackapi.Block { return slackapi.NewSectionBlock(mrkdwn(s), nil, nil) }

// sections puts lines into as few blocks as they fit.
func sections(lines []string) []slackapi.Block {
	var out []slackapi.Block
	text := ""
	for _, line := range lines {
		if text != "" && runes(text)+1+runes(line) > maxSection {
			out = append(out, section(text))
			text = ""
		}
		if text != "" {
			text += "\n"
		}
		text += line
	}
	if strings.TrimSpace(text) != "" {
		out = append(out, section(text))
	}
	return out
}
