package show

import (
	"fmt"
	"strings"

	"tenure/workflows"
)

// PolicyFault is one thing wrong with a policy file, or between it and what there is in a system.
type PolicyFault struct {
	Line  int    `json:"line,omitempty"` // of the file; 0 when it belongs to none
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
	Mend  string `json:"mend,omitempty"`
}

// Fit says how a policy's mapping fits the systems it was compared with, fault by fault, and who gave no answer.
func Fit(compared []string, faults []PolicyFault, silent []workflows.Silence) string {
	var b strings.Builder
	switch {
	case len(faults) > 0:
		fmt.Fprintf(&b, "Its mapping does not fit, %s\n", counted(len(faults), "fault", "faults"))
	case len(compared) > 0:
		fmt.Fprintf(&b, "Its mapping fits %s.\n", strings.Join(compared, " and "))
	}
	for _, f := range faults {
		where := "  " + pad("", lineWidth)
		if f.Line > 0 {
			where = "  " + pad(fmt.Sprintf("line %d", f.Line), lineWidth)
		}
		folded(&b, where, f.Field+": "+f.Text)
		if f.Mend != "" {
			folded(&b, "  "+pad("", lineWidth), "what to do: "+f.Mend)
		}
	}
	for _, s := range silent {
		folded(&b, "! ", fmt.Sprintf("It was not compared with %s, which gave no answer: %s%s", s.System, s.Text, then(s.Mend)))
	}
	return tidy(b.String())
}

const lineWidth = 11
