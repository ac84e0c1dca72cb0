package show

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Row is one case in a list, as Temporal's search attributes tell it: ids and codes. Name is looked up apart.
type Row struct {
	Case      string    `json:"case"` // workflow id
	Employee  string    `json:"employee"`
	Name      string    `json:"name,omitempty"`
	Process   string    `json:"process"`
	Phase     string    `json:"phase"`
	BlockedOn string    `json:"blockedOn,omitempty"` // "none", "approval", "person:<step>"
	Urgency   string    `json:"urgency,omitempty"`
	Status    string    `json:"status"` // "running", "completed", "failed", ...
	Started   time.Time `json:"started"`
}

const nobody = "none"

// waiting says for whom a row waits, in words.
func (r Row) waiting() string {
	step, person := strings.CutPrefix(r.BlockedOn, "person:")
	switch {
	case r.Status != running, r.BlockedOn == "", r.BlockedOn == nobody:
		return "-"
	case person:
		return "a person: " + step
	}
	return r.BlockedOn
}

const running = "running"

// urgency ranks rows: emergencies first, then those that wait for somebody, then the newest.
func urgency(a, b Row) int {
	rank := func(r Row) int {
		switch {
		case r.Status != running:
			return 3
		case r.Urgency == "emergency":
			return 0
		case r.waiting() != "-":
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Started.Compare(a.Started), cmp.Compare(a.Case, b.Case))
}

// List is a table of cases, the most pressing first.
func List(rows []Row, now time.Time) string {
	rows = slices.SortedFunc(slices.Values(rows), urgency)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "CASE\tPERSON\tPHASE\tWAITS FOR\tSTARTED")
	for _, r := range rows {
		phase := underscores(r.Phase)
		if r.Status != running {
			phase = r.Status
		}
		if r.Urgency == "emergency" {
			phase += ", emergency"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s ago\n", r.Case, cmp.Or(Plain(r.Name), "-"), phase, r.waiting(), Ago(now.Sub(r.Started)))
	}
	_ = w.Flush()
	return strings.TrimRight(b.String(), "\n")
}
