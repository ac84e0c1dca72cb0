package show

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
)

// Device is one device on its way back.
type Device struct {
	Case     string      `json:"case"`
	Serial   string      `json:"serial"`
	Model    string      `json:"model,omitempty"`
	Employee employee.ID `json:"employee"`
	Name     string      `json:"name,omitempty"`
	Phase    string      `json:"phase"`
	Route    string      `json:"route,omitempty"`
	// Milestone is how far it has come; empty when it has not begun or nobody could say.
	Milestone activities.Milestone `json:"milestone,omitempty"`
	LastSeen  string               `json:"lastSeen,omitempty"`
	WaitsFor  []string             `json:"waitsFor,omitempty"`
	Started   time.Time            `json:"started"`
	Updated   time.Time            `json:"updated,omitzero"`
}

// Tell takes up what the return's own case says.
func (d *Device) Tell(v activities.CaseView) {
	d.Name, d.Phase, d.WaitsFor = v.Name, v.Phase, v.WaitsFor
	for _, r := range v.Returns {
		if r.Serial == d.Serial {
			d.Model, d.Route, d.Milestone, d.LastSeen, d.Updated = r.Model, r.Route, r.Milestone, r.LastSeen, r.Updated
		}
	}
}

// Devices is a table of devices on their way back, the longest under way first.
func Devices(rows []Device, now time.Time) string {
	rows = slices.SortedFunc(slices.Values(rows), func(a, b Device) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Case, b.Case))
	})
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SERIAL\tPERSON\tROUTE\tMILESTONE\tLAST SEEN\tWAITS FOR\tSTARTED")
	for _, r := range rows {
		waits := "-"
		if len(r.WaitsFor) > 0 {
			waits = "a person"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s ago\n", r.Serial, person(r.Name, r.Employee), dash(underscores(r.Route)),
			dash(underscores(cmp.Or(string(r.Milestone), r.Phase))), dash(Clip(r.LastSeen, 40)), waits, Ago(now.Sub(r.Started)))
	}
	_ = w.Flush()
	return tidy(b.String())
}

// person names somebody by name and id, or by the id alone.
func person(name string, id employee.ID) string {
	if name == "" {
		return string(id)
	}
	return fmt.Sprintf("%s (%s)", Plain(name), id)
}

func dash(s string) string { return cmp.Or(s, "-") }
