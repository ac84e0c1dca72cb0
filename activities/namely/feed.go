package namely

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tenure/activities"
	"tenure/internal/employee"
)

// flaw is a problem for which a reading was thrown away, or there was none.
type flaw struct {
	cause   employee.PollCause
	problem *activities.Problem
}

// Error is the problem's.
func (f *flaw) Error() string { return f.problem.Error() }

// Unwrap gives the problem.
func (f *flaw) Unwrap() error { return f.problem }

func flawed(cause employee.PollCause, typ, mend, format string, args ...any) error {
	return &flaw{cause, &activities.Problem{Type: typ, Text: fmt.Sprintf(format, args...), Mend: mend}}
}

// unreadable is a flaw that the next reading may not have.
func unreadable(cause employee.PollCause, format string, args ...any) error {
	return flawed(cause, activities.Unavailable, "if this lasts, ask Namely's support", format, args...)
}

// notApplied is why the directory did not take a reading.
func notApplied(err error) error {
	var d *employee.Distrust
	if errors.As(err, &d) {
		return &flaw{d.Cause, &activities.Problem{Type: activities.Conflict, Text: d.What + ": " + d.Why + "; the scan is discarded", Mend: d.Mend, Cause: d}}
	}
	if errors.Is(err, employee.ErrOvertaken) {
		return &activities.Problem{Type: activities.Unavailable, Text: err.Error() + "; the scan is discarded", Cause: err}
	}
	return &flaw{employee.NotKept, &activities.Problem{Type: activities.Unavailable, Text: "keep the directory: " + err.Error(), Cause: err}}
}

// whys say why it matters, where the directory has not said so itself.
var whys = map[employee.PollCause]string{
	employee.Unreachable:      "nobody's departure is seen while Namely does not answer",
	employee.Refused:          "nobody's departure is seen without a token that Namely takes",
	employee.Unreadable:       "what cannot be understood must not pass for a change",
	employee.HiddenFields:     "a field that is not shown looks like one that HR has cleared",
	employee.EmptyFeed:        "an empty company is a failed read",
	employee.ShortFeed:        "whoever is not shown cannot be seen leaving",
	employee.EndlessFeed:      "whoever is not shown cannot be seen leaving",
	employee.ChangedWhileRead: "rows that move up while pages are read are passed over",
	employee.DuplicateRows:    "where one row stands twice another may be missing",
	employee.NotKept:          "what is not kept is not acted upon",
}

// note keeps how a look at Namely ended. That nobody can be told is no reason to end it otherwise; and what the directory
// did not believe, it has noted itself. A look that was broken off, or was overtaken, says nothing about Namely.
func (s *System) note(ctx context.Context, err error) {
	var own *employee.Distrust
	if ctx.Err() != nil || errors.As(err, &own) || errors.Is(err, employee.ErrOvertaken) {
		return
	}
	p := activities.ProblemOf(err)
	how, cause := employee.PollFailed, employee.Refused
	if p.Retryable() {
		cause = employee.Unreachable
	}
	var f *flaw
	if errors.As(err, &f) {
		how, cause = employee.PollDiscarded, f.cause
	}
	_ = s.directory.Fail(ctx, s.now().UTC(), 0, how, employee.Distrust{Cause: cause, What: p.Text, Why: whys[cause], Mend: mendOf(p)})
}

func mendOf(p *activities.Problem) string {
	if p.Mend == "" {
		return "nothing yet: it is tried again by itself"
	}
	return p.Mend
}

// checkFeed refuses a feed that must not be believed. Fields that the token's role may not see are missing without a
// word, and a departure date that is not shown looks like one that was cleared.
func checkFeed(profiles []profile) error {
	if len(profiles) == 0 {
		return flawed(employee.EmptyFeed, activities.InvalidInput, "give the token's owner a role that may see every profile", "Namely shows the token nobody at all")
	}
	hidden := map[string]int{}
	for _, p := range profiles {
		for field, seen := range map[string]bool{"start_date": p.StartDate.Seen, "departure_date": p.Departure.Seen, "reports_to": p.ReportsTo.Seen} {
			if !seen {
				hidden[field]++
			}
		}
	}
	var names []string
	for _, field := range []string{"start_date", "departure_date", "reports_to"} {
		if n := hidden[field]; n > 0 {
			names = append(names, fmt.Sprintf("%s (of %d in %d people)", field, n, len(profiles)))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return flawed(employee.HiddenFields, activities.InvalidInput, "let the role of the token's owner see these fields for everybody",
		"Namely does not show the token %s; the scan is discarded", strings.Join(names, ", "))
}

// filled counts who has a value in each field that Tenure rests on, by Namely's name of it. A further field that nobody
// has is counted too: as 0.
func filled(people []employee.Employee, profiles []profile, sources map[string]string) map[string]int {
	n := map[string]int{}
	for name, source := range sources {
		n[source] = 0
		for _, e := range people {
			if len(e.Custom[name]) > 0 {
				n[source]++
			}
		}
	}
	add := func(field string, has bool) {
		if has {
			n[field]++
		}
	}
	for i, e := range people {
		add("employee_id", profiles[i].Number.Value != "")
		add("email", e.Email != "")
		add("first_name", e.FirstName != "")
		add("last_name", e.LastName != "")
		add("personal_email", e.PersonalEmail != "")
		add("employee_type", e.WorkerType != "")
		add("job_title", e.Title != "")
		add("reports_to", e.ManagerProfileID != "")
		add("start_date", !e.StartDate.IsZero())
		add("departure_date", !e.DepartureDate.IsZero())
		add("home", e.Home != employee.Address{})
		add("office", e.OfficeAddress != employee.Address{})
		add("the group of the department", e.Department != "")
		add("the group of the office location", e.Office != "")
		add("updated_at", !e.UpdatedAt.IsZero())
	}
	return n
}
