package casefile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/store"
)

// decidedWords say what came of a decision.
func decidedWords(in activities.DecideBatch, got store.Decided) string {
	b := got.Batch
	if !got.Done {
		p := b.Proposal
		text := fmt.Sprintf("%s: %s asks to %s %d of %d: %s. A second, different person must confirm exactly this list (nonce %s).",
			b.ID, p.By, p.Verb, len(p.People), len(b.Held()), dated(b, p.People), p.Nonce)
		if p.Verb == employee.ReleaseBatch {
			text += notReleased(b, p.People)
		}
		if got.Replaced != nil {
			text += fmt.Sprintf(" This takes the place of what %s asked for (%s %d people), which cannot be confirmed any more.", got.Replaced.By, got.Replaced.Verb, len(got.Replaced.People))
		}
		return text
	}
	released, rejected := inState(b, employee.PersonReleased), inState(b, employee.PersonRejected)
	if in.Verb == employee.RejectBatch {
		text := fmt.Sprintf("%s: %d rejected; nothing is done for %s", b.ID, len(rejected), list(rejected))
		if left := b.Held(); len(left) > 0 {
			text += fmt.Sprintf("; %d are held still", len(left))
		}
		return text + "."
	}
	text := fmt.Sprintf("%s: %d released", b.ID, len(released))
	if len(rejected) > 0 {
		text += fmt.Sprintf(", %d rejected (%s)", len(rejected), list(rejected))
	}
	if back := inState(b, employee.PersonCorrected); len(back) > 0 {
		text += fmt.Sprintf(", %d taken back by HR meanwhile (%s)", len(back), list(back))
	}
	return text + ". The cases of those released begin now."
}

func notReleased(b employee.Batch, meant []employee.ID) string {
	others := slices.DeleteFunc(b.Held(), func(id employee.ID) bool { return slices.Contains(meant, id) })
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf(" Nothing is ever done for the others then: %s.", list(others))
}

func inState(b employee.Batch, state employee.PersonState) []employee.ID {
	var out []employee.ID
	for _, p := range b.People {
		if p.State == state {
			out = append(out, p.Employee)
		}
	}
	return out
}

// mostNamed bounds how many people one message names.
const mostNamed = 100

func list(ids []employee.ID) string {
	var names []string
	for _, id := range ids[:min(len(ids), mostNamed)] {
		names = append(names, string(id))
	}
	text := strings.Join(names, ", ")
	if more := len(ids) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// dated is a list with the last day of those who have one: a date that people agreed upon must have been shown.
func dated(b employee.Batch, ids []employee.ID) string {
	days := map[employee.ID]employee.Date{}
	for _, p := range b.People {
		days[p.Employee] = p.Departure
	}
	named := make([]employee.ID, len(ids))
	for i, id := range ids {
		named[i] = id
		if day := days[id]; !day.IsZero() {
			named[i] += employee.ID(" (" + day.String() + ")")
		}
	}
	return list(named)
}

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
