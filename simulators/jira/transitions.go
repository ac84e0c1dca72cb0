package jirasim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ways lists the transitions that are open to an issue as it stands.
func (s *Simulator) ways(i *Issue) []Way {
	var out []Way
	for _, w := range s.st.project(i.Project).Workflow.Transitions {
		here := len(w.From) == 0 && w.To != i.Status.Name || slices.Contains(w.From, i.Status.Name)
		if here && !(w.NeedsChildrenDone && s.openChildren(i)) {
			out = append(out, w)
		}
	}
	return out
}

func (s *Simulator) openChildren(i *Issue) bool {
	for _, key := range i.Subtasks {
		if child := s.st.issue(key); child != nil && child.Status.Category != "done" {
			return true
		}
	}
	return false
}

func (s *Simulator) listTransitions(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	p := s.st.project(issue.Project)
	withFields := slices.Contains(list(c.URL.Query()["expand"], ""), "transitions.fields")
	out := []any{}
	for _, w := range s.ways(issue) {
		to, _ := p.Workflow.status(w.To)
		one := map[string]any{"id": w.ID, "name": w.Name, "hasScreen": w.Screen != NoScreen, "isAvailable": true, "to": statusJSON(to)}
		if withFields {
			one["fields"] = screenJSON(p, w)
		}
		out = append(out, one)
	}
	return ok(map[string]any{"expand": "transitions", "transitions": out})
}

func screenJSON(p *Project, w Way) map[string]any {
	if w.Screen != ResolutionRequired && w.Screen != ResolutionRefused {
		return map[string]any{}
	}
	values := []any{}
	for _, r := range p.Workflow.Resolutions {
		values = append(values, map[string]string{"id": resolutionID(p, r), "name": r})
	}
	return map[string]any{"resolution": map[string]any{"required": true, "name": "Resolution", "key": "resolution",
		"operations": []string{"set"}, "allowedValues": values}}
}

func (s *Simulator) transitionIssue(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	var req updateRequest
	if c.decode(&req) != nil || req.Transition.ID == "" {
		return badBody()
	}
	p := s.st.project(issue.Project)
	at := slices.IndexFunc(s.ways(issue), func(w Way) bool { return w.ID == req.Transition.ID })
	if at < 0 {
		return failed(http.StatusBadRequest, "It seems that you have tried to perform a workflow operation ("+req.Transition.ID+
			") that is not valid for the current state of this issue ("+issue.Key+"). The likely cause is that somebody has changed the issue recently, please look at the issue history for details.")
	}
	way := s.ways(issue)[at]
	resolution, wrong := screenFields(p, way, req.Fields)
	f := issue.Fields.clone()
	comments, wrongUpdates := s.operate(p, &f, req.Update)
	for name, complaint := range wrongUpdates {
		wrong[name] = complaint
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	issue.Fields = f
	to, _ := p.Workflow.status(way.To)
	s.move(issue, to, c.user, resolution)
	// A comment travels with a transition only where the transition has a screen; otherwise it is lost in silence.
	if way.Screen != NoScreen {
		for _, text := range comments {
			s.comment(issue, c.user, text, nil)
		}
	}
	return answer{status: http.StatusNoContent, changed: true}
}

// screenFields checks the fields sent with a transition against its screen and returns the resolution.
func screenFields(p *Project, w Way, fields map[string]json.RawMessage) (string, map[string]string) {
	wrong, resolution := map[string]string{}, "Done"
	sent := false
	for name, raw := range fields {
		if name != "resolution" || w.Screen == NoScreen || w.Screen == ResolutionRefused {
			wrong[name] = notOnScreen(name)
			continue
		}
		sent = true
		var r named
		_ = json.Unmarshal(raw, &r)
		known := slices.IndexFunc(p.Workflow.Resolutions, func(have string) bool {
			return strings.EqualFold(have, r.Name) || resolutionID(p, have) == r.ID
		})
		if known < 0 {
			wrong[name] = "Could not find valid 'id' or 'name' for resolution."
			continue
		}
		resolution = p.Workflow.Resolutions[known]
	}
	required := w.Screen == ResolutionRequired || w.Screen == ResolutionUnlisted
	if required && !sent {
		wrong["resolution"] = "Resolution is required."
	}
	return resolution, wrong
}

// move changes the status. A status that is done sets the resolution, any other clears it.
func (s *Simulator) move(i *Issue, to Status, by User, resolution string) {
	changes := []Change{{Field: "status", From: i.Status.Name, To: to.Name}}
	before := i.Resolution
	i.Status, i.Resolution = to, ""
	if to.Category == "done" {
		i.Resolution, i.Resolved = resolution, s.Now()
	}
	if before != i.Resolution {
		changes = append(changes, Change{Field: "resolution", From: before, To: i.Resolution})
	}
	changes = s.record(i, by, changes)
	s.touch(i)
	s.announce("jira:issue_updated", i, by, changes)
}
