package jirasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const stampLayout = "2006-01-02T15:04:05.000-0700"

func stamp(t time.Time) string { return t.Format(stampLayout) }

// userJSON is a user as this flavour shows people: Cloud hides the address, Data Center has names.
func (s *Simulator) userJSON(c *call, u User) any {
	if u.AccountID == "" {
		return nil
	}
	if s.cloud() {
		return map[string]any{"self": c.self + "/rest/api/2/user?accountId=" + u.AccountID, "accountId": u.AccountID,
			"accountType": "atlassian", "displayName": u.DisplayName, "active": true}
	}
	return map[string]any{"self": c.self + "/rest/api/2/user?username=" + u.Name, "name": u.Name, "key": u.Name,
		"emailAddress": u.Email, "displayName": u.DisplayName, "active": true}
}

func (s *Simulator) byID(c *call, accountID string) any {
	u, _ := s.st.user(accountID)
	return s.userJSON(c, u)
}

func statusJSON(st Status) map[string]any {
	titles := map[string]string{"new": "To Do", "indeterminate": "In Progress", "done": "Done"}
	ids := map[string]int{"new": 2, "indeterminate": 4, "done": 3}
	return map[string]any{"id": st.ID, "name": st.Name, "statusCategory": map[string]any{
		"id": ids[st.Category], "key": st.Category, "name": titles[st.Category]}}
}

// issueJSON is an issue with the wanted fields; f is passed apart, because a search answers with what its index
// remembers.
func (s *Simulator) issueJSON(c *call, i *Issue, f Fields, wanted []string) map[string]any {
	return map[string]any{"id": i.ID, "key": i.Key, "self": c.self + "/rest/api/2/issue/" + i.ID,
		"fields": s.fieldsJSON(c, i, f, wanted)}
}

func (s *Simulator) fieldsJSON(c *call, i *Issue, f Fields, wanted []string) map[string]any {
	all := s.allFields(c, i, f)
	if slices.Contains(wanted, "*all") {
		return all
	}
	out := map[string]any{}
	navigable := slices.Contains(wanted, "*navigable")
	for name, v := range all {
		heavy := name == "comment" || name == "attachment"
		if slices.Contains(wanted, name) || navigable && !heavy && !slices.Contains(wanted, "-"+name) {
			out[name] = v
		}
	}
	return out
}

func (s *Simulator) allFields(c *call, i *Issue, f Fields) map[string]any {
	p := s.st.project(i.Project)
	out := map[string]any{
		"summary": f.Summary, "description": textOrNil(f.Description), "labels": append([]string{}, f.Labels...),
		"status": statusJSON(f.Status), "priority": map[string]string{"name": f.Priority},
		"duedate": textOrNil(f.DueDate), "assignee": s.byID(c, f.Assignee), "reporter": s.byID(c, i.Reporter),
		"creator": s.byID(c, i.Reporter), "created": stamp(i.Created), "updated": stamp(i.Updated),
		"project": map[string]string{"id": p.ID, "key": p.Key, "name": p.Name}, "issuetype": typeJSON(i.Type),
		"resolution": nil, "resolutiondate": nil, "subtasks": s.childrenJSON(i), "attachment": s.attachmentsJSON(c, i),
		"comment": s.commentsJSON(c, i, i.Comments, false),
	}
	if f.Resolution != "" {
		out["resolution"] = map[string]string{"id": resolutionID(p, f.Resolution), "name": f.Resolution}
		out["resolutiondate"] = stamp(f.Resolved)
	}
	if parent := s.st.issue(i.Parent); parent != nil {
		out["parent"] = s.childJSON(parent)
	}
	for name, raw := range f.Custom {
		out[name] = raw
	}
	return out
}

func textOrNil(t string) any {
	if t == "" {
		return nil
	}
	return t
}

func typeJSON(t IssueType) map[string]any {
	return map[string]any{"id": t.ID, "name": t.Name, "subtask": t.Subtask}
}

func (s *Simulator) childrenJSON(i *Issue) []any {
	out := []any{}
	for _, key := range i.Subtasks {
		if child := s.st.issue(key); child != nil {
			out = append(out, s.childJSON(child))
		}
	}
	return out
}

func (s *Simulator) childJSON(i *Issue) map[string]any {
	return map[string]any{"id": i.ID, "key": i.Key, "fields": map[string]any{
		"summary": i.Summary, "status": statusJSON(i.Status), "issuetype": typeJSON(i.Type),
		"priority": map[string]string{"name": i.Priority}}}
}

func (s *Simulator) changelogJSON(c *call, i *Issue) map[string]any {
	histories := []any{}
	for _, h := range i.History {
		histories = append(histories, map[string]any{"id": h.ID, "author": s.byID(c, h.By), "created": stamp(h.At),
			"items": []any{changeJSON(h)}})
	}
	return map[string]any{"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}
}

func changeJSON(h Change) map[string]any {
	return map[string]any{"field": h.Field, "fieldId": h.Field, "fieldtype": "jira",
		"from": h.From, "fromString": h.From, "to": h.To, "toString": h.To}
}

func (s *Simulator) getProject(c *call) answer {
	p := s.st.project(c.PathValue("key"))
	if p == nil || p.Forbidden {
		return failed(http.StatusNotFound, "No project could be found with key '"+c.PathValue("key")+"'.")
	}
	types := []any{}
	for _, t := range p.Types {
		types = append(types, typeJSON(t))
	}
	return ok(map[string]any{"id": p.ID, "key": p.Key, "name": p.Name, "projectTypeKey": "software", "issueTypes": types})
}

// projectStatuses lists the statuses of each type's workflow.
func (s *Simulator) projectStatuses(c *call) answer {
	p := s.st.project(c.PathValue("key"))
	if p == nil || p.Forbidden {
		return failed(http.StatusNotFound, "No project could be found with key '"+c.PathValue("key")+"'.")
	}
	out := []any{}
	for _, t := range p.Types {
		statuses := []any{}
		for _, st := range p.Workflow.Statuses {
			statuses = append(statuses, statusJSON(st))
		}
		one := typeJSON(t)
		one["statuses"] = statuses
		out = append(out, one)
	}
	return ok(out)
}

// myPermissions answers for the permissions that are asked about.
func (s *Simulator) myPermissions(c *call) answer {
	asked := c.URL.Query().Get("permissions")
	if asked == "" {
		return failed(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	p := s.st.project(c.URL.Query().Get("projectKey"))
	if p == nil || p.Forbidden {
		return failed(http.StatusNotFound, "No project could be found with key '"+c.URL.Query().Get("projectKey")+"'.")
	}
	out := map[string]any{}
	for _, key := range strings.Split(asked, ",") {
		out[key] = map[string]any{"id": "1", "key": key, "name": key, "type": "PROJECT", "havePermission": !slices.Contains(s.WithoutPermissions, key)}
	}
	return ok(map[string]any{"permissions": out})
}

// createMeta lists the types that can be created. The two flavours name the list differently.
func (s *Simulator) createMeta(_ *call, project string) answer {
	p := s.st.project(project)
	if p == nil || p.Forbidden {
		return failed(http.StatusNotFound, "No project could be found with key '"+project+"'.")
	}
	types := []any{}
	for _, t := range p.Types {
		types = append(types, typeJSON(t))
	}
	name := "issueTypes"
	if !s.cloud() {
		name = "values"
	}
	return ok(map[string]any{name: types, "startAt": 0, "maxResults": 50, "total": len(types), "isLast": true})
}

func resolutionID(p *Project, name string) string {
	for n, r := range p.Workflow.Resolutions {
		if strings.EqualFold(r, name) {
			return itoa(10000 + n)
		}
	}
	return "10099"
}
