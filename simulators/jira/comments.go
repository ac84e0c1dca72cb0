package jirasim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxComments is how many comments Cloud lets one issue have.
const maxComments = 5000

func (s *Simulator) addComment(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	var req struct {
		Body       json.RawMessage `json:"body"`
		Properties []property      `json:"properties"`
	}
	if c.decode(&req) != nil {
		return badBody()
	}
	var text string
	switch err := json.Unmarshal(req.Body, &text); {
	case err != nil:
		return invalid(map[string]string{"comment": "Comment body is not valid!"})
	case strings.TrimSpace(text) == "":
		return invalid(map[string]string{"comment": "Comment body can not be empty!"})
	case len([]rune(text)) > maxText:
		return invalid(map[string]string{"comment": tooLong})
	}
	limit := s.MaxComments
	if limit == 0 {
		limit = maxComments
	}
	if len(issue.Comments) >= limit {
		return failed(http.StatusRequestEntityTooLarge, "The issue has reached the maximum number of comments.")
	}
	props := map[string]json.RawMessage{}
	if complaint := s.sentProperties(props, req.Properties); complaint != "" {
		return failed(http.StatusBadRequest, complaint)
	}
	added := s.comment(issue, c.user, text, props)
	return answer{status: http.StatusCreated, changed: true, body: s.commentJSON(c, issue, added, false)}
}

func (s *Simulator) comment(i *Issue, by User, text string, props map[string]json.RawMessage) Comment {
	added := Comment{ID: s.st.nextID(), Author: by.AccountID, Body: text, Created: s.Now(), Properties: props}
	i.Comments = append(i.Comments, added)
	s.touch(i)
	s.announceComment(i, by, added)
	return added
}

func (s *Simulator) listComments(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	q := c.URL.Query()
	start, _ := strconv.Atoi(q.Get("startAt"))
	size, err := strconv.Atoi(q.Get("maxResults"))
	if err != nil || size <= 0 || size > 5000 {
		size = 5000
	}
	all := slices.Clone(issue.Comments)
	if q.Get("orderBy") == "-created" {
		slices.Reverse(all)
	}
	start = min(max(start, 0), len(all))
	page := all[start:min(start+size, len(all))]
	out := s.commentsJSON(c, issue, page, slices.Contains(list(q["expand"], ""), "properties"))
	out["startAt"], out["maxResults"], out["total"] = start, size, len(all)
	return ok(out)
}

func (s *Simulator) commentsJSON(c *call, i *Issue, comments []Comment, withProperties bool) map[string]any {
	out := []any{}
	for _, one := range comments {
		out = append(out, s.commentJSON(c, i, one, withProperties))
	}
	return map[string]any{"comments": out, "startAt": 0, "maxResults": len(out), "total": len(i.Comments)}
}

func (s *Simulator) commentJSON(c *call, i *Issue, one Comment, withProperties bool) map[string]any {
	out := map[string]any{"self": c.self + "/rest/api/2/issue/" + i.ID + "/comment/" + one.ID, "id": one.ID,
		"author": s.byID(c, one.Author), "updateAuthor": s.byID(c, one.Author), "body": one.Body,
		"created": stamp(one.Created), "updated": stamp(one.Created)}
	if withProperties {
		list := []any{}
		for _, k := range sortedKeys(one.Properties) {
			list = append(list, map[string]any{"key": k, "value": one.Properties[k]})
		}
		out["properties"] = list
	}
	return out
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
