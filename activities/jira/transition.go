package jira

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tenure/activities"
)

// goal is where an issue is to be moved: into a status of category done, or out of it. Names are preferences, the
// best first; the category decides.
type goal struct {
	done        bool
	statuses    []string
	resolutions []string
}

// The goals. Workflows name their ends differently; these are the names seen most.
var (
	finished   = goal{done: true, statuses: []string{"Done", "Closed", "Resolved"}, resolutions: []string{"Done", "Fixed", "Completed"}}
	abandoned  = goal{done: true, statuses: []string{"Won't Do", "Declined", "Cancelled", "Canceled", "Rejected", "Closed", "Done"}, resolutions: []string{"Won't Do", "Declined", "Cancelled", "Canceled", "Won't Fix"}}
	duplicated = goal{done: true, statuses: []string{"Duplicate", "Closed", "Done"}, resolutions: []string{"Duplicate"}}
	reopened   = goal{statuses: []string{"To Do", "Open", "Reopened"}}
)

// way is a transition that is open to an issue.
type way struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	To     status `json:"to"`
	Fields map[string]struct {
		Required      bool    `json:"required"`
		AllowedValues []named `json:"allowedValues"`
	} `json:"fields"`
}

// move brings an issue to the goal, ensure-style: it reads the status, moves it, and reads it again. A transition
// that was overtaken by somebody else's is tried once more from where the issue is then.
func (s *System) move(ctx context.Context, key string, g goal) error {
	for try := 0; ; try++ {
		at, err := s.status(ctx, key)
		if err != nil || at.done() == g.done {
			return err
		}
		if err := s.step(ctx, key, g); err != nil {
			if try == 0 && overtaken(err) {
				continue
			}
			return err
		}
		return s.confirm(ctx, key, g)
	}
}

func (s *System) status(ctx context.Context, key string) (status, error) {
	var i issue
	err := s.do(ctx, http.MethodGet, issuePath(key, "?fields=status"), nil, &i)
	return i.Fields.Status, err
}

func (s *System) confirm(ctx context.Context, key string, g goal) error {
	at, err := s.status(ctx, key)
	if err == nil && at.done() != g.done {
		return activities.Problemf(activities.Unavailable, "Jira took the transition of %s, but its status is still %q", key, at.Name)
	}
	return err
}

func overtaken(err error) bool {
	r := refusalOf(err)
	return r.Status == http.StatusConflict || r.Status == http.StatusBadRequest && r.says("not valid for the current state")
}

// step makes one transition. Its metadata can hide a resolution that is required and list one that is refused, so
// that a complaint about the resolution is answered once, with the opposite.
func (s *System) step(ctx context.Context, key string, g goal) error {
	w, err := s.choose(ctx, key, g)
	if err != nil {
		return err
	}
	resolution := w.resolution(g)
	err = s.transit(ctx, key, w.ID, resolution)
	if _, complained := refusalOf(err).Fields["resolution"]; complained {
		if resolution == "" && g.done {
			return s.transit(ctx, key, w.ID, g.resolutions[0])
		}
		return s.transit(ctx, key, w.ID, "")
	}
	return err
}

func (s *System) transit(ctx context.Context, key, id, resolution string) error {
	body := object{"transition": object{"id": id}}
	if resolution != "" {
		body["fields"] = object{"resolution": object{"name": resolution}}
	}
	resp, err := s.api.Issue.DoTransitionWithPayloadWithContext(ctx, key, body)
	return s.outcome(ctx, http.MethodPost, issuePath(key, "/transitions"), resp, err)
}

// choose picks the transition whose target has the right category and the best name.
func (s *System) choose(ctx context.Context, key string, g goal) (way, error) {
	var list struct {
		Transitions []way `json:"transitions"`
	}
	if err := s.do(ctx, http.MethodGet, issuePath(key, "/transitions?expand=transitions.fields"), nil, &list); err != nil {
		return way{}, err
	}
	fits := slices.DeleteFunc(list.Transitions, func(w way) bool { return w.To.done() != g.done })
	if len(fits) == 0 {
		return way{}, noWay(key, g)
	}
	return slices.MinFunc(fits, func(a, b way) int { return rank(g.statuses, a.To.Name) - rank(g.statuses, b.To.Name) }), nil
}

// noWay is a list without the wanted transition. A missing permission gives an empty list, not an error.
func noWay(key string, g goal) error {
	where := "to a status of category Done"
	if !g.done {
		where = "back to an open status"
	}
	return &activities.Problem{Type: activities.Conflict, Text: fmt.Sprintf("Jira offers no transition of %s %s", key, where),
		Mend: "give the API user the permission Transition Issues, and the project's workflow a transition " + where}
}

func rank(names []string, name string) int {
	at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if at < 0 {
		return len(names)
	}
	return at
}

// resolution is the best allowed one; empty when the screen has none.
func (w way) resolution(g goal) string {
	field, listed := w.Fields["resolution"]
	if !listed || !g.done {
		return ""
	}
	if len(field.AllowedValues) == 0 {
		return g.resolutions[0]
	}
	best := slices.MinFunc(field.AllowedValues, func(a, b named) int { return rank(g.resolutions, a.Name) - rank(g.resolutions, b.Name) })
	return best.Name
}
