package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with a policy file.
type Fault struct {
	File  string
	Line  int    // 0 when the fault belongs to no line
	Field string // "offboard.delegation.lasts"
	Text  string // what is wrong
	Mend  string // what to write instead
}

// Error is "policy file NAME line N: field: what is wrong; mend".
func (f Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy file %s", f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, " line %d", f.Line)
	}
	if f.Field != "" {
		b.WriteString(": " + f.Field)
	}
	b.WriteString(": " + f.Text)
	if f.Mend != "" {
		b.WriteString("; " + f.Mend)
	}
	return b.String()
}

// Faults is everything wrong with a policy file, in the order of its lines.
type Faults []Fault

// Error is one line per fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// err is nil without faults.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return a.Line - b.Line })
	return f
}
