package jirasim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (s *Simulator) listProperties(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	keys := []any{}
	for _, k := range sortedKeys(issue.Properties) {
		keys = append(keys, map[string]string{"key": k, "self": c.self + "/rest/api/2/issue/" + issue.ID + "/properties/" + url.PathEscape(k)})
	}
	return ok(map[string]any{"keys": keys})
}

func (s *Simulator) getProperty(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	v, there := issue.Properties[c.PathValue("property")]
	if !there {
		return failed(http.StatusNotFound, "The property with key "+c.PathValue("property")+" does not exist.")
	}
	return ok(map[string]any{"key": c.PathValue("property"), "value": v})
}

func (s *Simulator) putProperty(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	key := c.PathValue("property")
	_, there := issue.Properties[key]
	if complaint := properties(issue.Properties, []property{{Key: key, Value: c.body}}); complaint != "" {
		return failed(http.StatusBadRequest, complaint)
	}
	if there {
		return answer{status: http.StatusOK, changed: true, body: map[string]any{}}
	}
	return answer{status: http.StatusCreated, changed: true, body: map[string]any{}}
}

func (s *Simulator) deleteProperty(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	if _, there := issue.Properties[c.PathValue("property")]; !there {
		return failed(http.StatusNotFound, "The property with key "+c.PathValue("property")+" does not exist.")
	}
	delete(issue.Properties, c.PathValue("property"))
	return answer{status: http.StatusNoContent, changed: true}
}

func (s *Simulator) listLinks(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	wanted := c.URL.Query().Get("globalId")
	out := []any{}
	for _, l := range issue.Links {
		if wanted != "" && l.GlobalID != wanted {
			continue
		}
		one := map[string]any{}
		_ = json.Unmarshal(l.Body, &one)
		one["id"], one["self"] = l.ID, linkSelf(c, issue, l)
		if wanted != "" {
			return ok(one)
		}
		out = append(out, one)
	}
	if wanted != "" {
		return failed(http.StatusNotFound, "The remote issue link with global id '"+wanted+"' does not exist.")
	}
	return ok(out)
}

func linkSelf(c *call, i *Issue, l Link) string {
	return c.self + "/rest/api/2/issue/" + i.Key + "/remotelink/" + itoa(l.ID)
}

// upsertLink creates a link, or replaces the one with the same globalId whole.
func (s *Simulator) upsertLink(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	if s.LinkingOff {
		return failed(http.StatusForbidden, "Issue linking is currently disabled.")
	}
	var req struct {
		GlobalID string `json:"globalId"`
		Object   struct {
			URL   string `json:"url"`
			Title string `json:"title"`
		} `json:"object"`
	}
	if c.decode(&req) != nil {
		return badBody()
	}
	wrong := map[string]string{}
	if req.Object.URL == "" {
		wrong["url"] = "'url' is required."
	}
	if req.Object.Title == "" {
		wrong["title"] = "'title' is required."
	}
	if len(req.GlobalID) > 255 {
		wrong["globalId"] = "The globalId is longer than 255 characters."
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	status := http.StatusCreated
	link := Link{GlobalID: req.GlobalID, Body: slices.Clone(c.body)}
	at := slices.IndexFunc(issue.Links, func(l Link) bool { return req.GlobalID != "" && l.GlobalID == req.GlobalID })
	if at >= 0 {
		status, link.ID = http.StatusOK, issue.Links[at].ID
		issue.Links[at] = link
	} else {
		s.st.LastID++
		link.ID = s.st.LastID
		issue.Links = append(issue.Links, link)
	}
	return answer{status: status, changed: true, body: map[string]any{"id": link.ID, "self": linkSelf(c, issue, link)}}
}

const maxFiles = 60

// attach takes files. Without X-Atlassian-Token it is refused, as every form post from a browser would be.
func (s *Simulator) attach(c *call) answer {
	token := strings.ToLower(c.Header.Get("X-Atlassian-Token"))
	if token != "no-check" && (token != "nocheck" || s.StrictXSRF) {
		return answer{status: http.StatusForbidden, body: "XSRF check failed"}
	}
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	c.Body = io.NopCloser(strings.NewReader(string(c.body)))
	if err := c.ParseMultipartForm(maxBody); err != nil {
		return badBody()
	}
	files := c.MultipartForm.File["file"]
	if len(files) == 0 {
		return badBody()
	}
	if len(files) > maxFiles {
		return failed(http.StatusRequestEntityTooLarge, "Too many attachments in one request.")
	}
	out := []any{}
	for _, h := range files {
		f, err := h.Open()
		if err != nil {
			return badBody()
		}
		content, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return badBody()
		}
		a := Attachment{ID: s.st.nextID(), Filename: h.Filename, MimeType: h.Header.Get("Content-Type"),
			Author: c.user.AccountID, Created: s.Now(), Content: content}
		issue.Attachments = append(issue.Attachments, a)
		out = append(out, s.attachmentJSON(c, a))
	}
	s.touch(issue)
	return answer{status: http.StatusOK, changed: true, body: out}
}

func (s *Simulator) attachmentJSON(c *call, a Attachment) map[string]any {
	return map[string]any{"id": a.ID, "filename": a.Filename, "size": len(a.Content), "mimeType": a.MimeType,
		"author": s.byID(c, a.Author), "created": stamp(a.Created), "content": c.self + "/rest/api/2/attachment/content/" + a.ID}
}

func (s *Simulator) attachmentsJSON(c *call, i *Issue) []any {
	out := []any{}
	for _, a := range i.Attachments {
		out = append(out, s.attachmentJSON(c, a))
	}
	return out
}

func (s *Simulator) listWatchers(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	watchers := []any{}
	for _, id := range issue.Watchers {
		watchers = append(watchers, s.byID(c, id))
	}
	return ok(map[string]any{"watchCount": len(watchers), "watchers": watchers})
}

// addWatcher takes a JSON string: an account id on Cloud, a user name on Data Center.
func (s *Simulator) addWatcher(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	var who string
	if c.decode(&who) != nil {
		return badBody()
	}
	return s.watch(issue, who, true)
}

// removeWatcher takes the person from the query; a body is not looked at.
func (s *Simulator) removeWatcher(c *call) answer {
	issue := s.st.visible(c.PathValue("key"))
	if issue == nil {
		return noIssue()
	}
	name := "username"
	if s.cloud() {
		name = "accountId"
	}
	return s.watch(issue, c.URL.Query().Get(name), false)
}

func (s *Simulator) watch(i *Issue, who string, on bool) answer {
	u, found := s.st.user(who)
	if !found || s.cloud() && u.AccountID != who || !s.cloud() && u.Name != who {
		return failed(http.StatusNotFound, "The user does not exist.")
	}
	i.Watchers = slices.DeleteFunc(i.Watchers, func(id string) bool { return id == u.AccountID })
	if on {
		i.Watchers = append(i.Watchers, u.AccountID)
	}
	return answer{status: http.StatusNoContent, changed: true}
}
