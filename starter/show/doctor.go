package show

import (
	"fmt"
	"strings"

	"tenure/activities"
)

// Checkup is what an examination found.
type Checkup struct {
	OK       int `json:"ok"`
	Warnings int `json:"warnings"`
	Failures int `json:"failures"`
	// Accepted counts warnings that are known and accepted: they are shown, and count for nothing.
	Accepted int                  `json:"accepted,omitempty"`
	Findings []activities.Finding `json:"findings"`
	// PolicyHash is the hash of the policy by which the workers work.
	PolicyHash string `json:"policyHash,omitempty"`

	accepted map[string]bool
}

// NewCheckup counts findings. A warning about one of the accepted checks counts for nothing; a failure always counts.
func NewCheckup(findings []activities.Finding, policyHash string, accepted []string) Checkup {
	c := Checkup{Findings: findings, PolicyHash: policyHash, accepted: map[string]bool{}}
	for _, check := range accepted {
		c.accepted[check] = true
	}
	for _, f := range findings {
		switch {
		case f.Severity == activities.FindingOK:
			c.OK++
		case f.Severity == activities.FindingFailure:
			c.Failures++
		case c.accepted[f.Check]:
			c.Accepted++
		default:
			c.Warnings++
		}
	}
	return c
}

// signs are for eyes; the word beside each is for everybody else.
var signs = map[activities.Severity]string{activities.FindingOK: "✔ ok", activities.FindingWarning: "! warning", activities.FindingFailure: "✘ failure"}

const (
	signWidth  = 11
	linesWidth = 100
)

// Doctor shows what was found, by system: what is so, and of everything that is not well, why it matters and what to
// do about it.
func Doctor(c Checkup) string {
	var b strings.Builder
	system := ""
	for _, f := range c.Findings {
		if f.System != system {
			if system != "" {
				b.WriteString("\n")
			}
			system = f.System
			b.WriteString(system + "\n")
		}
		sign := signs[f.Severity]
		if f.Severity == activities.FindingWarning && c.accepted[f.Check] {
			sign = "- accepted"
		}
		folded(&b, "  "+pad(sign, signWidth), f.Check+": "+f.Text)
		if f.Severity == activities.FindingOK {
			continue
		}
		told(&b, "why it matters: ", f.Why)
		told(&b, "what to do: ", f.Mend)
	}
	b.WriteString("\n" + c.Sum() + "\n")
	return tidy(b.String())
}

func told(b *strings.Builder, what, text string) {
	if text != "" {
		folded(b, strings.Repeat(" ", signWidth+2), what+text)
	}
}

// folded writes a text behind a lead, and goes on below its beginning where a line is full. A word that is longer than
// a line stays whole: it is to be copied.
func folded(b *strings.Builder, lead, text string) {
	indent := strings.Repeat(" ", Cells(lead)+2)
	line := lead
	room := false
	for _, word := range strings.Fields(Plain(text)) {
		if room && Cells(line)+1+Cells(word) > linesWidth {
			b.WriteString(line + "\n")
			line, room = indent, false
		}
		if room {
			line += " "
		}
		line += word
		room = true
	}
	b.WriteString(line + "\n")
}

// Sum is the examination in one line.
func (c Checkup) Sum() string {
	sum := fmt.Sprintf("%s: %d ok, %s, %s", counted(len(c.Findings), "check", "checks"), c.OK, counted(c.Warnings, "warning", "warnings"), counted(c.Failures, "failure", "failures"))
	if c.Accepted > 0 {
		sum += fmt.Sprintf(", %d accepted", c.Accepted)
	}
	return sum + "."
}
