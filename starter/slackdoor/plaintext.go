package slackdoor

import (
	"regexp"
	"strings"
	"unicode"
)

// escaped is what Slack writes between angle brackets: links, addresses, mentions. A person's own angle brackets come
// as entities.
var escaped = regexp.MustCompile(`<([^<>]*)>`)

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// plainText is what a person typed, without what Slack's clients and word processors make of it: links are what they
// show, addresses are addresses, invisible characters are gone, and every space is a plain one.
func plainText(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = escaped.ReplaceAllStringFunc(text, func(s string) string { return unescape(s[1 : len(s)-1]) })
	text = entities.Replace(text)
	return strings.TrimSpace(strings.Map(visible, text))
}

// unescape reads one of Slack's escapes. A mention stays one (it begins with @), so that it is refused as a person
// rather than taken for a name.
func unescape(inner string) string {
	target, label, labelled := strings.Cut(inner, "|")
	switch {
	case strings.HasPrefix(target, "mailto:"):
		address, _, _ := strings.Cut(strings.TrimPrefix(target, "mailto:"), "?")
		return address
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return target[:1] + strings.TrimLeft(either(label, target[1:]), "@#")
	case strings.HasPrefix(target, "!"):
		return "@" + strings.TrimLeft(either(label, target[1:]), "@")
	case labelled && label != "":
		return label
	}
	return target
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// visible turns every kind of space into a plain one and drops what cannot be seen but would make two texts differ
// (zero-width characters, marks of direction).
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.Is(unicode.Zs, r), r == '\u2028', r == '\u2029':
		return ' '
	case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
		return -1
	}
	return r
}

// word is one word of a command, or what stands between quotes.
type word struct {
	text   string
	quoted bool
	from   int // where it begins in the text
}

// closers are the marks that end what each opening mark begins, as keyboards and word processors set them.
var closers = map[rune]string{'"': "\"”“", '“': "”\"“", '„': "“”\"", '”': "”\"", '«': "»", '\'': "'’", '‘': "’'", '‚': "‘’'"}

// split takes a command's text apart. A quotation begins at the beginning of a word and ends at the end of one; any
// other mark is a letter like others ("don't").
func split(text string) []word {
	var words []word
	for at := 0; at < len(text); {
		if text[at] == ' ' {
			at++
			continue
		}
		w, end := quotation(text, at)
		if end == 0 {
			if end = strings.IndexByte(text[at:], ' '); end < 0 {
				end = len(text) - at
			}
			end += at
			w = word{text: text[at:end], from: at}
		}
		words, at = append(words, w), end
	}
	return words
}

// quotation reads what is quoted from at on; end is 0 when nothing is.
func quotation(text string, at int) (w word, end int) {
	runes := []rune(text[at:])
	closing, ok := closers[runes[0]]
	if !ok {
		return word{}, 0
	}
	offset := at + len(string(runes[0]))
	for i := 1; i < len(runes); i++ {
		next := offset + len(string(runes[i]))
		if strings.ContainsRune(closing, runes[i]) && (i+1 == len(runes) || runes[i+1] == ' ') {
			return word{text: strings.TrimSpace(text[at+len(string(runes[0])) : offset]), quoted: true, from: at}, next
		}
		offset = next
	}
	return word{}, 0
}

// rest is the text from a word on, in single spaces. If it is one quotation, it is what the quotation says.
func rest(text string, words []word) string {
	switch {
	case len(words) == 0:
		return ""
	case len(words) == 1 && words[0].quoted:
		return words[0].text
	}
	return strings.Join(strings.Fields(text[words[0].from:]), " ")
}
