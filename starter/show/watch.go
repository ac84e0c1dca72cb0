package show

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

// Watch is the watch over the HR system: what Temporal knows of its schedule, and what a worker knows of the rest.
type Watch struct {
	Every   time.Duration `json:"every"` // in nanoseconds
	Paused  bool          `json:"paused"`
	Note    string        `json:"note,omitempty"`
	Running bool          `json:"running"`
	Next    time.Time     `json:"next,omitzero"`
	Runs    []WatchRun    `json:"runs"` // the newest first
	// State is missing when no worker answered.
	State *activities.WatchState `json:"state,omitempty"`
}

// WatchRun is one run of the schedule.
type WatchRun struct {
	At       time.Time                       `json:"at"`
	Workflow string                          `json:"workflow,omitempty"`
	Run      string                          `json:"run,omitempty"`
	Status   string                          `json:"status"`
	Result   *workflows.WatchDirectoryResult `json:"result,omitempty"`
}

// WatchStatus says how the watch stands.
func WatchStatus(w Watch, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", pace(w, now))
	if len(w.Runs) > 0 {
		b.WriteString("\nLast runs\n")
		t := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
		for _, r := range w.Runs {
			said := ""
			if r.Result != nil {
				said = oneLine(inShort(*r.Result))
			}
			_, _ = fmt.Fprintf(t, "  %s\t%s\t%s\n", instant(r.At), r.Status, said)
		}
		_ = t.Flush()
	}
	if w.State != nil {
		watchState(&b, *w.State, now)
	}
	return tidy(b.String())
}

func pace(w Watch, now time.Time) string {
	switch {
	case w.Paused:
		return strings.TrimSpace("The HR system is NOT looked at: the watch is paused. "+w.Note) + "\nResume it with: tenure watch resume --reason ..."
	case w.Running:
		return fmt.Sprintf("The HR system is looked at every %s; a look is under way.", whole(w.Every))
	case w.Next.IsZero():
		return fmt.Sprintf("The HR system is looked at every %s.", whole(w.Every))
	}
	return fmt.Sprintf("The HR system is looked at every %s; next in %s.", whole(w.Every), Ago(w.Next.Sub(now)))
}

func watchState(b *strings.Builder, s activities.WatchState, now time.Time) {
	b.WriteString("\n")
	t := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	if s.Accepted.At.IsZero() {
		row("believed last", "nothing yet")
	} else {
		row("believed last", "%s (%s ago), %d people", instant(s.Accepted.At), Ago(now.Sub(s.Accepted.At)), s.Accepted.Profiles)
	}
	row("waiting", "%s to be dispatched", counted(s.Waiting, "event is", "events are"))
	row("held", "%s in %s", counted(s.Held, "event", "events"), counted(len(s.Batches), "batch", "batches"))
	_ = t.Flush()
	poll(b, s.Poll)
	if len(s.Gone) > 0 {
		fmt.Fprintf(b, "\nGone from Namely, and not offboarded: %s. Absence is never taken for leaving; whoever left: tenure offboard ID\n", joined(s.Gone))
	}
	for _, x := range s.Batches {
		fmt.Fprintf(b, "\nBatch %s, %s, expires in %s: %s\n  tenure batch show %s\n", x.ID, people(len(x.People)), Ago(x.Expires.Sub(now)), x.Cause, x.ID)
	}
	if r := s.Raise; r != nil {
		fmt.Fprintf(b, "\nRaise %s: one batch of up to %d people, %s%s\n", r.ID, r.People, r.State, until(*r))
		if next := NextOnRaise(*r); next != "" {
			fmt.Fprintf(b, "%s\n", next)
		}
	}
}

// poll says why the last reading was not believed.
func poll(b *strings.Builder, p employee.Poll) {
	if p.Distrust == nil {
		return
	}
	d := p.Distrust
	fmt.Fprintf(b, "\nThe last look was %s (%s), as since %s: %s\n  why it matters  %s\n  what to do      %s\n", p.Outcome, d.Cause, instant(p.Since), d.What, d.Why, d.Mend)
	if d.Acceptable {
		b.WriteString("  if it is meant  tenure watch accept --reason ...\n")
	}
}

func until(r employee.Raise) string {
	if r.Until.IsZero() {
		return ""
	}
	return " until " + instant(r.Until)
}

// NextOnRaise is what somebody has to type next; empty when nothing waits.
func NextOnRaise(r employee.Raise) string {
	if r.State != employee.RaiseAsked {
		return ""
	}
	return fmt.Sprintf("A second person, not %s, confirms with:\n  tenure watch raise --nonce %s --reason ...", r.Asked.By, r.Asked.Nonce)
}

// WatchResult says what one look at the HR system saw, and what followed.
func WatchResult(r workflows.WatchDirectoryResult) string {
	return seen(r) + dispatched(r.Dispatched)
}

func seen(r workflows.WatchDirectoryResult) string {
	switch d := r.Poll.Distrust; {
	case d != nil:
		return fmt.Sprintf("%s (%s): %s; %s; %s", r.Poll.Outcome, d.Cause, d.What, d.Why, d.Mend)
	case r.Scan.Baseline:
		return people(r.Scan.Profiles) + ": the baseline, from which later changes are told; nothing is started by it"
	case r.Scan.Batch != "":
		return fmt.Sprintf("%s, %s, %d of them HELD in batch %s", people(r.Scan.Profiles), counted(r.Scan.Events, "event", "events"), r.Scan.Held, r.Scan.Batch)
	case r.Scan.Held > 0:
		return fmt.Sprintf("%s, %s, %d of them held", people(r.Scan.Profiles), counted(r.Scan.Events, "event", "events"), r.Scan.Held)
	}
	return people(r.Scan.Profiles) + ", " + counted(r.Scan.Events, "event", "events")
}

// inShort is for a table: why a reading was not believed is told below it.
func inShort(r workflows.WatchDirectoryResult) string {
	if d := r.Poll.Distrust; d != nil {
		return fmt.Sprintf("%s (%s)%s", r.Poll.Outcome, d.Cause, dispatched(r.Dispatched))
	}
	return WatchResult(r)
}

// dispatched says what was started; nothing, where nothing was.
func dispatched(d activities.Dispatched) string {
	if d == (activities.Dispatched{}) {
		return ""
	}
	return fmt.Sprintf("; dispatched: %d started, %d told, %d passed over", d.Started, d.Updated, d.Skipped)
}
