package oktasim

import (
	"fmt"
	"strings"
	"unicode"
)

// filter is a parsed filter or search expression of Okta's SCIM-like language.
type filter interface {
	match(get func(attribute string) []string) bool
}

type (
	anyOf   []filter
	allOf   []filter
	negated struct{ inner filter }
	compare struct{ attribute, op, value string }
)

func (f anyOf) match(get func(string) []string) bool {
	for _, part := range f {
		if part.match(get) {
			return true
		}
	}
	return false
}

func (f allOf) match(get func(string) []string) bool {
	for _, part := range f {
		if !part.match(get) {
			return false
		}
	}
	return true
}

func (f negated) match(get func(string) []string) bool { return !f.inner.match(get) }

func (f compare) match(get func(string) []string) bool {
	values := get(f.attribute)
	if f.op == "ne" {
		return !compare{f.attribute, "eq", f.value}.match(get)
	}
	for _, v := range values {
		if f.holds(v) {
			return true
		}
	}
	return false
}

func (f compare) holds(v string) bool {
	switch f.op {
	case "pr":
		return v != ""
	case "eq":
		return v == f.value
	case "sw":
		return strings.HasPrefix(v, f.value)
	case "ew":
		return strings.HasSuffix(v, f.value)
	case "co":
		return strings.Contains(v, f.value)
	case "gt":
		return v > f.value
	case "ge":
		return v >= f.value
	case "lt":
		return v < f.value
	case "le":
		return v <= f.value
	}
	return false
}

// parseFilter reads an expression; allowed says which attributes the endpoint knows.
func parseFilter(text string, allowed func(attribute string) bool) (filter, error) {
	p := &filterParser{words: filterWords(text), allowed: allowed}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if len(p.words) > 0 {
		return nil, fmt.Errorf("unexpected %q", p.words[0])
	}
	return f, nil
}

type filterParser struct {
	words   []string
	allowed func(string) bool
}

func (p *filterParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *filterParser) next() string {
	w := p.peek()
	if len(p.words) > 0 {
		p.words = p.words[1:]
	}
	return w
}

func (p *filterParser) or() (filter, error) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	out := anyOf{first}
	for strings.EqualFold(p.peek(), "or") {
		p.next()
		part, err := p.and()
		if err != nil {
			return nil, err
		}
		out = append(out, part)
	}
	return out, nil
}

func (p *filterParser) and() (filter, error) {
	first, err := p.term()
	if err != nil {
		return nil, err
	}
	out := allOf{first}
	for strings.EqualFold(p.peek(), "and") {
		p.next()
		part, err := p.term()
		if err != nil {
			return nil, err
		}
		out = append(out, part)
	}
	return out, nil
}

func (p *filterParser) term() (filter, error) {
	switch w := p.next(); {
	case w == "(":
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.next() != ")" {
			return nil, fmt.Errorf("missing )")
		}
		return inner, nil
	case strings.EqualFold(w, "not"):
		inner, err := p.term()
		return negated{inner}, err
	default:
		return p.comparison(w)
	}
}

func (p *filterParser) comparison(attribute string) (filter, error) {
	if attribute == "" || !p.allowed(attribute) {
		return nil, fmt.Errorf("attribute %q cannot be filtered on", attribute)
	}
	op := strings.ToLower(p.next())
	if op == "pr" {
		return compare{attribute, op, ""}, nil
	}
	if !contains([]string{"eq", "ne", "sw", "ew", "co", "gt", "ge", "lt", "le"}, op) {
		return nil, fmt.Errorf("operator %q", op)
	}
	value := p.next()
	if value == "" {
		return nil, fmt.Errorf("missing value")
	}
	return compare{attribute, op, unquoted(value)}, nil
}

// filterWords splits an expression into words, quoted values (with their quotes) and parentheses.
func filterWords(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case unicode.IsSpace(rune(ch)):
			i++
		case ch == '(' || ch == ')':
			out = append(out, string(ch))
			i++
		case ch == '"':
			end := quoteEnd(text, i)
			out = append(out, text[i:end])
			i = end
		default:
			end := strings.IndexAny(text[i:], " ()\"")
			if end < 0 {
				end = len(text) - i
			}
			out = append(out, text[i:i+end])
			i += end
		}
	}
	return out
}

// quoteEnd is where the quoted value ends that begins at i. A backslash takes the meaning from what follows.
func quoteEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// unquoted is a value without its quotes.
func unquoted(value string) string {
	inner, ok := strings.CutPrefix(value, `"`)
	if !ok {
		return value
	}
	return unescaped.Replace(strings.TrimSuffix(inner, `"`))
}

var unescaped = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
