package show

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/role"
	"tenure/workflows"
)

// Role is what a person's role gives them: where they stand and why, attributes and groups with the rule that caused
// each, what HR must say, what they may be called, and how their account differs from all that. r is a look that asked
// for a role and a comparison.
func Role(r workflows.LookResult) string {
	var b strings.Builder
	now := *r.Role
	stand(&b, now)
	if !now.Settings.Role.On {
		b.WriteString("\nThe policy has no mapping: nobody's accounts are made or changed by what HR's record says.\n")
		return tidy(b.String())
	}
	attributes(&b, now)
	groups(&b, now)
	faults(&b, now.Role.Faults)
	candidates(&b, now.Matches)
	logins(&b, r)
	difference(&b, r)
	for _, s := range r.Silent {
		fmt.Fprintf(&b, "\n%s gave no answer: %s%s\n", s.System, s.Text, then(s.Mend))
	}
	return tidy(b.String())
}

// standing is a stand in words, and what it means for the accounts.
var standing = map[role.Stand]struct{ word, meaning string }{
	role.Gone:     {"gone", "nothing of what follows is given"},
	role.Away:     {"on leave", "what follows is kept, and shut until the return"},
	role.Expected: {"expected", "what follows is got ready, and opened on the first day"},
	role.Here:     {"works here", "what follows is how the accounts are to be"},
}

// stand says who it is and where they stand.
func stand(b *strings.Builder, now activities.RoleNow) {
	who := person(now.Person.Name(), now.Person.ID)
	for _, more := range []string{now.Person.Email, now.Person.Title, now.Person.Country()} {
		if more != "" {
			who += ", " + more
		}
	}
	words := standing[now.Stand]
	fmt.Fprintf(b, "%s\n%s", who, cmp.Or(words.word, string(now.Stand)))
	if now.Settings.Role.On {
		b.WriteString(": " + words.meaning)
	}
	b.WriteString("\n\n")
	t := table(b)
	t.row("why", now.Why)
	t.row("access ended by", now.ShutBy)
	if len(now.Records) > 1 {
		t.row("HR's records", joined(now.Records)+", the first leads; their cases run under "+string(now.Main))
	}
	if now.Manager != nil {
		t.row("manager", person(now.Manager.Name, now.Manager.Employee))
	}
	t.row("accounts ready", local(now.Prepare, now.Zone))
	t.row("opened", local(now.Starts, now.Zone))
	t.row("shut", local(now.Leaves, now.Zone))
	t.row("organisational unit", now.Role.OrgUnit)
	t.end()
}

// local is a time where the person is, and in UTC; nothing for a time that never comes.
func local(at time.Time, zone string) string {
	place, err := time.LoadLocation(zone)
	if at.IsZero() || err != nil || zone == "" {
		return instant(at)
	}
	return at.In(place).Format("Mon 2006-01-02 15:04") + " in " + zone + " (" + instant(at) + ")"
}

func attributes(b *strings.Builder, now activities.RoleNow) {
	t := section(b, "Attributes", len(now.Role.Attributes), "the role gives none")
	for _, a := range now.Role.Attributes {
		t.cells(a.Name, Clip(value(a.Value), 60), a.Rule, from(now, a.Record))
	}
	t.end()
}

func groups(b *strings.Builder, now activities.RoleNow) {
	t := section(b, "Groups", len(now.Role.Groups), "the role gives none")
	for _, g := range now.Role.Groups {
		kept := ""
		if g.Overlap > 0 {
			kept = "kept for " + Ago(g.Overlap) + " when the role ends"
		}
		t.cells(g.Group, g.Rule, from(now, g.Record), kept)
	}
	t.end()
}

// from names the record, where the person has several.
func from(now activities.RoleNow, id employee.ID) string {
	if len(now.Records) < 2 || id == "" {
		return ""
	}
	return "record " + string(id)
}

// value is an attribute's value for people.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "(cleared)"
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return strings.Join(v, ", ")
	case []any: // a list that came through JSON
		words := make([]string, len(v))
		for i, one := range v {
			words[i] = value(one)
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(v)
}

func faults(b *strings.Builder, all []role.Fault) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\nFor HR to fill in\n")
	for _, f := range all {
		fmt.Fprintf(b, "  ! %s: %s\n", f.Rule, oneLine(f.Text))
		if f.Mend != "" {
			fmt.Fprintf(b, "    do    %s\n", oneLine(f.Mend))
		}
	}
}

func candidates(b *strings.Builder, all []activities.Candidate) {
	if len(all) == 0 {
		return
	}
	t := section(b, "May be the same person as", len(all), "")
	for _, c := range all {
		sure := "to be confirmed by a person"
		if c.Sure {
			sure = "taken for the same person by the policy"
		}
		t.cells(person(c.Name, c.Employee), "the same "+underscores(c.By), string(c.Status), sure)
	}
	t.end()
}

// logins are what somebody without an account may be called, as far as the first that nobody has, and who has those
// before it.
func logins(b *strings.Builder, r workflows.LookResult) {
	known := r.Role.Accounts[activities.QueueOkta] != "" || r.Comparison != nil && r.Comparison.Exists
	if len(r.Role.Logins) == 0 || known {
		return
	}
	t := section(b, "Login, the first that is free", len(r.Role.Logins), "")
	defer t.end()
	for i, login := range r.Role.Logins {
		whose := "made by the policy"
		if i == 0 && r.Role.FromHR {
			whose = "HR's address"
		}
		by := taken(r.Taken, login)
		t.cells(login, whose, by)
		if rest := len(r.Role.Logins) - i - 1; by == "" && rest > 0 {
			t.cells(fmt.Sprintf("and %d more", rest))
			return
		}
	}
}

func taken(all []workflows.TakenAt, login string) string {
	var by []string
	for _, t := range all {
		if strings.EqualFold(t.Login, login) {
			by = append(by, fmt.Sprintf("%s account %s%s, %s", t.System, t.Account, number(t.Number), t.Status))
		}
	}
	if len(by) == 0 {
		return ""
	}
	return "taken: " + strings.Join(by, "; ")
}

func number(n string) string {
	if n == "" {
		return ""
	}
	return " of " + n
}

// difference is how the account in Okta differs from the role.
func difference(b *strings.Builder, r workflows.LookResult) {
	c := r.Comparison
	switch {
	case c == nil:
		return
	case !c.Exists:
		b.WriteString("\nOkta has no account of theirs: it is made as stands above\n")
		c = &activities.Comparison{Unknown: c.Unknown}
	default:
		fmt.Fprintf(b, "\nOkta: %s, %s (%s)\n", c.Login, c.Status, c.Account)
	}
	t := table(b)
	for _, e := range c.Change {
		t.cells("to change", e.Name+": "+change(e), e.Rule)
	}
	for _, l := range []struct {
		what   string
		groups []string
		note   string
	}{{"to join", c.Join, ""}, {"to leave", c.Quit, "the role gave it, and does no longer"}, {"left alone", c.Manual, "given by hand"},
		{"left alone", c.ByRule, "a rule of Okta's gives it"}, {"unknown", c.Unknown, "Okta has no such group: make it there, or correct the policy"}} {
		for _, g := range slices.Sorted(slices.Values(l.groups)) {
			t.cells(l.what, g, l.note)
		}
	}
	if c.Exists && len(c.Change)+len(c.Join)+len(c.Quit)+len(c.Unknown) == 0 {
		t.cells("as it is to be", "", "")
	}
	t.end()
}

func change(e activities.Edit) string {
	return fmt.Sprintf("%s -> %s", cmp.Or(Clip(e.Was, 40), "(nothing)"), cmp.Or(Clip(e.Now, 40), "(nothing)"))
}

func then(mend string) string {
	if mend == "" {
		return ""
	}
	return "; " + mend
}

// rows is a table below a heading, or below nothing.
type rows struct{ w *tabwriter.Writer }

func table(b *strings.Builder) rows { return rows{tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)} }

// section begins a table of n lines with its heading; where there is none, empty says so.
func section(b *strings.Builder, heading string, n int, empty string) rows {
	fmt.Fprintf(b, "\n%s\n", heading)
	if n == 0 {
		fmt.Fprintf(b, "  %s\n", empty)
	}
	return table(b)
}

// row is a name and a value; nothing where there is no value.
func (l rows) row(name, value string) {
	if value != "" {
		l.cells(name, value)
	}
}

func (l rows) cells(cells ...string) {
	for i, c := range cells {
		cells[i] = oneLine(c)
	}
	_, _ = fmt.Fprintf(l.w, "  %s\n", strings.Join(cells, "\t"))
}

func (l rows) end() { _ = l.w.Flush() }
