package jamfsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// fields gives a record's value of a filter field; ok is false for a field that cannot be filtered by.
type fields func(name string) (value string, ok bool)

// matcher is a parsed filter.
type matcher func(fields) (bool, error)

// parseRSQL reads the part of RSQL that Jamf documents: comparisons joined by ";" (and) and "," (or), with
// parentheses. "and" binds tighter than "or".
func parseRSQL(text string) (matcher, error) {
	p := &parser{rest: text}
	m, err := p.or()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("unexpected %q", p.rest)
	}
	return m, err
}

type parser struct{ rest string }

func (p *parser) or() (matcher, error) {
	return p.joined(",", p.and, func(a, b bool) bool { return a || b })
}

func (p *parser) and() (matcher, error) {
	return p.joined(";", p.term, func(a, b bool) bool { return a && b })
}

func (p *parser) joined(by string, next func() (matcher, error), join func(a, b bool) bool) (matcher, error) {
	left, err := next()
	for err == nil && strings.HasPrefix(p.rest, by) {
		p.rest = p.rest[len(by):]
		var right matcher
		if right, err = next(); err == nil {
			left = both(left, right, join)
		}
	}
	return left, err
}

func both(left, right matcher, join func(a, b bool) bool) matcher {
	return func(f fields) (bool, error) {
		a, err := left(f)
		if err != nil {
			return false, err
		}
		b, err := right(f)
		return join(a, b), err
	}
}

var operators = []string{"==", "!=", "=in=", "=out=", "=gt=", "=ge=", "=lt=", "=le="}

func (p *parser) term() (matcher, error) {
	if inner, ok := strings.CutPrefix(p.rest, "("); ok {
		p.rest = inner
		m, err := p.or()
		if err != nil {
			return nil, err
		}
		var closed bool
		if p.rest, closed = strings.CutPrefix(p.rest, ")"); !closed {
			return nil, fmt.Errorf("missing )")
		}
		return m, nil
	}
	end := strings.IndexAny(p.rest, "=!")
	if end <= 0 {
		return nil, fmt.Errorf("no comparison in %q", p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(p.rest, op); ok {
			p.rest = rest
			values, err := p.values(op)
			return compare(name, op, values), err
		}
	}
	return nil, fmt.Errorf("unknown operator in %q", p.rest)
}

func (p *parser) values(op string) ([]string, error) {
	if op != "=in=" && op != "=out=" {
		v, err := p.value()
		return []string{v}, err
	}
	var ok bool
	if p.rest, ok = strings.CutPrefix(p.rest, "("); !ok {
		return nil, fmt.Errorf("a list in parentheses must follow %s", op)
	}
	var out []string
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if rest, more := strings.CutPrefix(p.rest, ","); more {
			p.rest = rest
			continue
		}
		if p.rest, ok = strings.CutPrefix(p.rest, ")"); !ok {
			return nil, fmt.Errorf("list is not closed")
		}
		return out, nil
	}
}

func (p *parser) value() (string, error) {
	if p.rest == "" {
		return "", fmt.Errorf("missing value")
	}
	quote := p.rest[0]
	if quote != '"' && quote != '\'' {
		end := strings.IndexAny(p.rest, ";,)")
		if end < 0 {
			end = len(p.rest)
		}
		v := p.rest[:end]
		p.rest = p.rest[end:]
		return v, nil
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == quote:
			p.rest = p.rest[i+1:]
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("quote is not closed")
}

func compare(name, op string, values []string) matcher {
	return func(f fields) (bool, error) {
		got, ok := f(name)
		if !ok {
			return false, fmt.Errorf("field %q cannot be filtered by", name)
		}
		switch op {
		case "==", "=in=":
			return slices.ContainsFunc(values, func(v string) bool { return like(v, got) }), nil
		case "!=", "=out=":
			return !slices.ContainsFunc(values, func(v string) bool { return like(v, got) }), nil
		}
		return ordered(op, got, values[0])
	}
}

func ordered(op, got, want string) (bool, error) {
	w, err := time.Parse(time.RFC3339Nano, want)
	if err != nil {
		return false, fmt.Errorf("%q is not a date", want)
	}
	g, err := time.Parse(time.RFC3339Nano, got)
	if err != nil {
		return false, nil
	}
	switch op {
	case "=gt=":
		return g.After(w), nil
	case "=ge=":
		return !g.Before(w), nil
	case "=lt=":
		return g.Before(w), nil
	default:
		return !g.After(w), nil
	}
}

// like compares as the usual database collation does: without case, with * for anything.
func like(pattern, s string) bool {
	pattern, s = strings.ToLower(pattern), strings.ToLower(s)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
