package show

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// Batches is a table of batches.
func Batches(all []employee.Batch, now time.Time) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "BATCH\tPEOPLE\tSTATE\tOPENED\tEXPIRES\tPROPOSED\tCAUSE")
	for _, x := range all {
		expires, proposed := "-", "-"
		if x.State == employee.BatchHeld {
			expires = "in " + Ago(x.Expires.Sub(now))
		}
		if p := x.Proposal; p != nil && x.State == employee.BatchHeld {
			proposed = fmt.Sprintf("%s %d by %s", p.Verb, len(p.People), p.By)
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s ago\t%s\t%s\t%s\n", x.ID, len(x.People), x.State, Ago(now.Sub(x.Opened)), expires, proposed, Clip(x.Cause, 60))
	}
	_ = w.Flush()
	return tidy(b.String())
}

// Batch is one batch: why it is held, its people, what is proposed or decided, and the command that comes next.
func Batch(x employee.Batch, known map[employee.ID]activities.PersonBrief, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Batch %s: %s, %s\n%s\n\n", x.ID, people(len(x.People)), x.State, x.Cause)
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(w, "  %s\t%s\n", name, value)
		}
	}
	row("opened", instant(x.Opened))
	if x.State == employee.BatchHeld {
		row("expires", instant(x.Expires)+" (in "+Ago(x.Expires.Sub(now))+"); then nobody in it is offboarded by it")
	}
	row("closed", instant(x.Closed))
	_ = w.Flush()
	batchPeople(&b, x, known)
	proposal(&b, "Proposed", x.Proposal, len(x.People))
	proposal(&b, "Decided", x.Decided, len(x.People))
	if next := NextOnBatch(x); next != "" {
		fmt.Fprintf(&b, "\n%s\n", next)
	}
	return tidy(b.String())
}

func batchPeople(b *strings.Builder, x employee.Batch, known map[employee.ID]activities.PersonBrief) {
	b.WriteString("\n")
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tNAME\tEVENT\tHR EDITED\tSTATE")
	for _, p := range x.People {
		var kinds []string
		for _, k := range p.Kinds {
			kinds = append(kinds, underscores(string(k)))
		}
		if !p.Departure.IsZero() {
			kinds = append(kinds, "last day "+p.Departure.String())
		}
		state := string(p.State)
		if p.Note != "" {
			state += ": " + Clip(p.Note, 60)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Employee, dash(Plain(known[p.Employee].Name)), strings.Join(kinds, ", "), dash(instant(known[p.Employee].HREdited)), state)
	}
	_ = w.Flush()
}

func proposal(b *strings.Builder, word string, p *employee.Proposal, all int) {
	if p == nil {
		return
	}
	fmt.Fprintf(b, "\n%s by %s at %s: %s %d of %d%s\n", word, p.By, instant(p.At), p.Verb, len(p.People), all, reason(p.Reason))
	if len(p.People) > 0 && len(p.People) < all {
		fmt.Fprintf(b, "  %s\n", joined(p.People))
	}
	if p.Confirmed != "" {
		fmt.Fprintf(b, "  confirmed by %s at %s\n", p.Confirmed, instant(p.ConfirmedAt))
	}
}

// people counts persons.
func people(n int) string { return counted(n, "person", "people") }

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func joined(ids []employee.ID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, ", ")
}

// NextOnBatch is what somebody has to type next; empty when the batch is decided.
func NextOnBatch(x employee.Batch) string {
	switch {
	case x.State != employee.BatchHeld:
		return ""
	case x.Proposal != nil:
		return fmt.Sprintf("A second person, not %s, confirms with:\n  tenure batch %s %s --nonce %s --reason ...", x.Proposal.By, x.Proposal.Verb, x.ID, x.Proposal.Nonce)
	default:
		return fmt.Sprintf("Say which of them leave, or that nobody does:\n  tenure batch release %s --all | --only ID,... | --except ID,... --reason ...\n  tenure batch reject %s --reason ...", x.ID, x.ID)
	}
}
