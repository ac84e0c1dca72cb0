package jirasim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// searchRequest is a search in any of its forms.
type searchRequest struct {
	JQL             string   `json:"jql"`
	Fields          []string `json:"fields"`
	Properties      []string `json:"properties"`
	MaxResults      int      `json:"maxResults"`
	StartAt         int      `json:"startAt"`
	NextPageToken   string   `json:"nextPageToken"`
	ReconcileIssues []int    `json:"reconcileIssues"`
}

const (
	defaultPage  = 50
	maxPage      = 5000
	maxReconcile = 50
)

func (c *call) search() (searchRequest, error) {
	var r searchRequest
	if c.Method == http.MethodPost {
		return r, json.Unmarshal(c.body, &r)
	}
	q := c.URL.Query()
	r = searchRequest{JQL: q.Get("jql"), Fields: list(q["fields"], ""), Properties: list(q["properties"], ""), NextPageToken: q.Get("nextPageToken")}
	var err error
	for name, into := range map[string]*int{"maxResults": &r.MaxResults, "startAt": &r.StartAt} {
		if v := q.Get(name); v != "" && err == nil {
			*into, err = strconv.Atoi(v)
		}
	}
	for _, id := range list(q["reconcileIssues"], "") {
		n, bad := strconv.Atoi(id)
		if bad != nil {
			err = bad
		}
		r.ReconcileIssues = append(r.ReconcileIssues, n)
	}
	return r, err
}

// hit is a found issue with its fields as the index knows them.
type hit struct {
	issue *Issue
	Fields
}

// find runs a query over the index.
func (s *Simulator) find(r searchRequest) ([]hit, error) {
	q, err := parseJQL(r.JQL)
	if err != nil {
		return nil, err
	}
	for n := range q.clauses {
		if err := q.clauses[n].moment(s.Now()); err != nil {
			return nil, err
		}
	}
	for _, c := range q.clauses {
		for _, v := range c.values {
			if p := s.st.project(v); c.field == "project" && (p == nil || p.Forbidden) {
				return nil, fmt.Errorf("The value '%s' does not exist for the field 'project'.", v) //nolint:staticcheck // Jira's own words
			}
		}
	}
	var hits []hit
	for _, i := range s.st.Issues {
		id, _ := strconv.Atoi(i.ID)
		f, updated, found := s.indexed(i, slices.Contains(r.ReconcileIssues, id))
		if !found || s.st.project(i.Project).Forbidden {
			continue
		}
		if !slices.ContainsFunc(q.clauses, func(c clause) bool { return !c.matches(i, f, updated) }) {
			hits = append(hits, hit{i, f})
		}
	}
	arrange(hits, q.order)
	return hits, nil
}

// arrange sorts as asked; unasked, the newest issue is first.
func arrange(hits []hit, by []order) {
	if len(by) == 0 {
		by = []order{{field: "key", desc: true}}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		for _, o := range by {
			n := compare(o.field, a, b)
			if o.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

func compare(field string, a, b hit) int {
	switch field {
	case "created":
		return a.issue.Created.Compare(b.issue.Created)
	case "updated":
		return a.issue.Updated.Compare(b.issue.Updated)
	case "status":
		return strings.Compare(a.Status.Name, b.Status.Name)
	case "summary":
		return strings.Compare(a.Summary, b.Summary)
	case "duedate":
		return strings.Compare(a.DueDate, b.DueDate)
	}
	x, _ := strconv.Atoi(a.issue.ID)
	y, _ := strconv.Atoi(b.issue.ID)
	return x - y
}

// oldSearch is the search of Data Center. Cloud has removed it.
func (s *Simulator) oldSearch(c *call) answer {
	if s.cloud() {
		return failed(http.StatusGone, removedAPI)
	}
	r, err := c.search()
	if err != nil {
		return badBody()
	}
	hits, err := s.find(r)
	if err != nil {
		return failed(http.StatusBadRequest, err.Error())
	}
	size := r.MaxResults
	if size <= 0 || size > 1000 {
		size = defaultPage
	}
	start := min(max(r.StartAt, 0), len(hits))
	fields := r.Fields
	if len(fields) == 0 {
		fields = []string{"*navigable"}
	}
	issues := []any{}
	for _, h := range hits[start:min(start+size, len(hits))] {
		issues = append(issues, s.issueJSON(c, h.issue, h.Fields, fields))
	}
	return ok(map[string]any{"startAt": start, "maxResults": size, "total": len(hits), "issues": issues})
}

// searchJQL is the search of Cloud: bounded queries only, pages by token, and nothing but ids unless asked for.
func (s *Simulator) searchJQL(c *call) answer {
	r, err := c.search()
	if err != nil {
		return badBody()
	}
	if len(r.ReconcileIssues) > maxReconcile {
		return failed(http.StatusBadRequest, "The maximum number of issues to reconcile is 50.")
	}
	if q, err := parseJQL(r.JQL); err == nil && len(q.clauses) == 0 {
		return failed(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	start, err := pageStart(r)
	if err != nil {
		return failed(http.StatusBadRequest, err.Error())
	}
	hits, err := s.find(r)
	if err != nil {
		return failed(http.StatusBadRequest, err.Error())
	}
	size := r.MaxResults
	if size <= 0 || size > maxPage {
		size = defaultPage
	}
	start = min(start, len(hits))
	end := min(start+size, len(hits))
	issues := []any{}
	for _, h := range hits[start:end] {
		issues = append(issues, s.hitJSON(c, r, h))
	}
	out := map[string]any{"issues": issues, "isLast": end == len(hits)}
	if end < len(hits) {
		out["nextPageToken"] = pageToken(r.JQL, end)
	}
	return ok(out)
}

func (s *Simulator) hitJSON(c *call, r searchRequest, h hit) map[string]any {
	onlyID := len(r.Fields) == 0 || len(r.Fields) == 1 && r.Fields[0] == "id"
	out := map[string]any{"id": h.issue.ID}
	if !onlyID {
		out = s.issueJSON(c, h.issue, h.Fields, r.Fields)
	}
	if len(r.Properties) > 0 {
		out["properties"] = pick(h.issue.Properties, r.Properties)
	}
	return out
}

func (s *Simulator) approximateCount(c *call) answer {
	r, err := c.search()
	if err != nil {
		return badBody()
	}
	hits, err := s.find(r)
	if err != nil {
		return failed(http.StatusBadRequest, err.Error())
	}
	return ok(map[string]int{"count": len(hits)})
}

// pageToken is opaque to clients and bound to its query.
func pageToken(jql string, start int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("%x:%d", fingerprint(jql), start)))
}

func fingerprint(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

func pageStart(r searchRequest) (int, error) {
	if r.NextPageToken == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(r.NextPageToken)
	mark, start, found := strings.Cut(string(b), ":")
	n, bad := strconv.Atoi(start)
	if err != nil || !found || bad != nil || mark != fmt.Sprintf("%x", fingerprint(r.JQL)) {
		return 0, fmt.Errorf("The provided next page token is invalid or has expired.") //nolint:staticcheck // Jira's own words
	}
	return n, nil
}
