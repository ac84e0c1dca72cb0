package jirasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func (s *Simulator) createIssue(c *call) answer {
	var req updateRequest
	if c.decode(&req) != nil {
		return badBody()
	}
	p, typ, parent, wrong := s.place(req.Fields)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	f := Fields{Status: p.Workflow.Statuses[0], Priority: "Medium"}
	rest := map[string]json.RawMessage{}
	for name, raw := range req.Fields {
		if !slices.Contains([]string{"project", "issuetype", "parent"}, name) {
			rest[name] = raw
		}
	}
	wrong = s.apply(p, &f, rest)
	if f.Summary == "" && wrong["summary"] == "" {
		wrong["summary"] = "You must specify a summary of the issue."
	}
	for _, name := range p.Required {
		if _, sent := rest[name]; !sent {
			wrong[name] = name + " is required."
		}
	}
	comments, wrongUpdates := s.operate(p, &f, req.Update)
	for name, complaint := range wrongUpdates {
		wrong[name] = complaint
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	props := map[string]json.RawMessage{}
	if complaint := s.sentProperties(props, req.Properties); complaint != "" {
		return failed(http.StatusBadRequest, complaint)
	}
	issue := s.store(c.user, p, typ, parent, f, props)
	for _, text := range comments {
		s.comment(issue, c.user, text, nil)
	}
	return answer{status: http.StatusCreated, changed: true, body: map[string]string{
		"id": issue.ID, "key": issue.Key, "self": c.self + "/rest/api/2/issue/" + issue.ID}}
}

// place reads where a new issue goes: project, type and parent.
func (s *Simulator) place(fields map[string]json.RawMessage) (*Project, IssueType, *Issue, map[string]string) {
	var project, typ, parent named
	_ = json.Unmarshal(fields["project"], &project)
	_ = json.Unmarshal(fields["issuetype"], &typ)
	_ = json.Unmarshal(fields["parent"], &parent)
	p := s.st.project(or(project.Key, project.ID))
	if p == nil || p.Forbidden {
		return nil, IssueType{}, nil, map[string]string{"project": "project is required"}
	}
	for _, t := range p.Types {
		if t.Name != typ.Name && t.ID != typ.ID {
			continue
		}
		over, complaint := s.parentOf(p, t, or(parent.Key, parent.ID))
		if complaint != "" {
			return p, t, nil, map[string]string{"parent": complaint}
		}
		return p, t, over, nil
	}
	return p, IssueType{}, nil, map[string]string{"issuetype": "Specify a valid issue type"}
}

func (s *Simulator) parentOf(p *Project, t IssueType, key string) (*Issue, string) {
	if !t.Subtask {
		if key != "" {
			return nil, "Given parent issue does not belong to appropriate hierarchy."
		}
		return nil, ""
	}
	if key == "" {
		return nil, "Issue type is a sub-task but parent issue key or id not specified."
	}
	over := s.st.visible(key)
	if over == nil {
		return nil, "Could not find issue by id or key."
	}
	if over.Type.Subtask || over.Project != p.Key {
		return nil, "Given parent issue does not belong to appropriate hierarchy."
	}
	return over, ""
}

func (s *Simulator) store(by User, p *Project, typ IssueType, parent *Issue, f Fields, props map[string]json.RawMessage) *Issue {
	p.Issues++
	issue := &Issue{ID: s.st.nextID(), Key: fmt.Sprintf("%s-%d", p.Key, p.Issues), Project: p.Key, Type: typ, Fields: f,
		Reporter: by.AccountID, Created: s.Now(), Properties: props}
	if parent != nil {
		issue.Parent = parent.Key
		parent.Subtasks = append(parent.Subtasks, issue.Key)
		s.touch(parent)
	}
	s.st.Issues = append(s.st.Issues, issue)
	s.touch(issue)
	s.announce("jira:issue_created", issue, by, nil)
	return issue
}

// touch notes that an issue changed, for its date and for the index.
func (s *Simulator) touch(i *Issue) {
	i.Updated = s.Now()
	s.index(i)
}

func (s *Simulator) getIssue(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	q := c.URL.Query()
	out := s.issueJSON(c, issue, issue.Fields, list(q["fields"], "*all"))
	if wanted := list(q["properties"], ""); len(wanted) > 0 {
		out["properties"] = pick(issue.Properties, wanted)
	}
	if slices.Contains(list(q["expand"], ""), "changelog") {
		out["changelog"] = s.changelogJSON(c, issue)
	}
	return ok(out)
}

// list reads a query parameter that may be repeated, comma-separated, or both.
func list(values []string, fallback string) []string {
	out := []string{}
	for _, v := range values {
		for _, part := range strings.Split(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	if len(out) == 0 && fallback != "" {
		out = append(out, fallback)
	}
	return out
}

func pick(from map[string]json.RawMessage, wanted []string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, k := range wanted {
		if v, there := from[k]; there {
			out[k] = v
		}
		if k == "*all" {
			return from
		}
	}
	return out
}

func (s *Simulator) editIssue(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	var req updateRequest
	if c.decode(&req) != nil {
		return badBody()
	}
	p := s.st.project(issue.Project)
	f := issue.Fields.clone()
	wrong := s.apply(p, &f, req.Fields)
	comments, wrongUpdates := s.operate(p, &f, req.Update)
	for name, complaint := range wrongUpdates {
		wrong[name] = complaint
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	props := map[string]json.RawMessage{}
	if complaint := s.sentProperties(props, req.Properties); complaint != "" {
		return failed(http.StatusBadRequest, complaint)
	}
	for k, v := range props {
		issue.Properties[k] = v
	}
	changes := s.record(issue, c.user, difference(issue.Fields, f))
	issue.Fields = f
	s.touch(issue)
	for _, text := range comments {
		s.comment(issue, c.user, text, nil)
	}
	if len(changes) > 0 {
		s.announce("jira:issue_updated", issue, c.user, changes)
	}
	return answer{status: http.StatusNoContent, changed: true}
}

// difference lists what an edit changed, as an issue's history shows it.
func difference(a, b Fields) []Change {
	var out []Change
	add := func(field, from, to string) {
		if from != to {
			out = append(out, Change{Field: field, From: from, To: to})
		}
	}
	add("summary", a.Summary, b.Summary)
	add("description", a.Description, b.Description)
	add("labels", strings.Join(a.Labels, " "), strings.Join(b.Labels, " "))
	add("priority", a.Priority, b.Priority)
	add("duedate", a.DueDate, b.DueDate)
	add("assignee", a.Assignee, b.Assignee)
	return out
}

func (s *Simulator) record(i *Issue, by User, changes []Change) []Change {
	id := s.st.nextID()
	for n := range changes {
		changes[n].ID, changes[n].At, changes[n].By = id, s.Now(), by.AccountID
	}
	i.History = append(i.History, changes...)
	return changes
}

func (s *Simulator) deleteIssue(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	if len(issue.Subtasks) > 0 && c.URL.Query().Get("deleteSubtasks") != "true" {
		return failed(http.StatusBadRequest, "The issue '"+issue.Key+"' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.")
	}
	s.st.Issues = slices.DeleteFunc(s.st.Issues, func(i *Issue) bool { return i == issue || i.Parent == issue.Key })
	if parent := s.st.issue(issue.Parent); parent != nil {
		parent.Subtasks = slices.DeleteFunc(parent.Subtasks, func(k string) bool { return k == issue.Key })
	}
	return answer{status: http.StatusNoContent, changed: true}
}

func (s *Simulator) assign(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	f := issue.Fields.clone()
	if wrong := s.apply(s.st.project(issue.Project), &f, map[string]json.RawMessage{"assignee": c.body}); len(wrong) > 0 {
		return invalid(wrong)
	}
	changes := s.record(issue, c.user, difference(issue.Fields, f))
	issue.Fields = f
	s.touch(issue)
	if len(changes) > 0 {
		s.announce("jira:issue_updated", issue, c.user, changes)
	}
	return answer{status: http.StatusNoContent, changed: true}
}
