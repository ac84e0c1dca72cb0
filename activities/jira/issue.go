package jira

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tenure/activities"
)

// issue is what Tenure reads of a ticket. go-jira's type drops the properties.
type issue struct {
	ID         string                     `json:"id"`
	Key        string                     `json:"key"`
	Fields     issueFields                `json:"fields"`
	Properties map[string]json.RawMessage `json:"properties"`
}

type issueFields struct {
	Summary    string  `json:"summary"`
	Status     status  `json:"status"`
	Resolution *named  `json:"resolution"`
	Assignee   *person `json:"assignee"`
	Creator    *person `json:"creator"`
	Created    string  `json:"created"`
	Subtasks   []issue `json:"subtasks"`
}

type status struct {
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"` // new, indeterminate, done
	} `json:"statusCategory"`
}

// done says whether the work is over. Status names differ from workflow to workflow; categories do not.
func (s status) done() bool { return s.Category.Key == "done" }

type named struct {
	Name string `json:"name"`
}

const readFields = "summary,status,resolution,assignee,creator,created,subtasks"

// number is the issue's id, by which the older of two is told.
func (i issue) number() int {
	n, err := strconv.Atoi(i.ID)
	if err != nil {
		return int(^uint(0) >> 1)
	}
	return n
}

// createdAt is when the issue was made; zero when Jira's stamp cannot be read.
func (i issue) createdAt() time.Time { return jiraTime(i.Fields.Created) }

// jiraTime reads Jira's stamp; one that cannot be read is zero.
func jiraTime(stamp string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05.000-0700", stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// property reads one of the issue's properties into v; an absent or foreign one leaves v as it is.
func (i issue) property(key string, v any) {
	if raw, there := i.Properties[key]; there {
		_ = json.Unmarshal(raw, v)
	}
}

func issuePath(key, rest string) string { return "rest/api/2/issue/" + url.PathEscape(key) + rest }

// read reads a ticket with one of its properties. Reads of single issues are consistent, unlike searches.
func (s *System) read(ctx context.Context, key, propertyKey string) (issue, error) {
	q := url.Values{"fields": {readFields}, "properties": {propertyKey}}
	var i issue
	err := s.do(ctx, http.MethodGet, issuePath(key, "?"+q.Encode()), nil, &i)
	return i, err
}

// update is the body of a create or an edit.
type update struct {
	Fields     object     `json:"fields,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

// optional are fields a ticket can do without: a project that has not got one on its screens still gets its ticket.
var optional = []string{"priority", "duedate", "assignee"}

// send creates or edits, and once more without the optional fields that Jira refused. Both are safe: a refused
// request had no effect.
func (s *System) send(ctx context.Context, method, path string, u update, out any) error {
	err := s.do(ctx, method, path, u, out)
	lean, can := u.without(refusalOf(err))
	if err == nil || !can {
		return err
	}
	return s.do(ctx, method, path, lean, out)
}

// without leaves out the fields complained about, if all of them are optional.
func (u update) without(r *refusal) (update, bool) {
	if r.Status != http.StatusBadRequest || len(r.Fields) == 0 {
		return u, false
	}
	fields := maps.Clone(u.Fields)
	for name := range r.Fields {
		if _, sent := fields[name]; !sent || !slices.Contains(optional, name) {
			return u, false
		}
		delete(fields, name)
	}
	u.Fields = fields
	return u, true
}

// create makes an issue and reads it back: the property that says whose it is must be there.
func (s *System) create(ctx context.Context, u update) (issue, error) {
	var made issue
	if err := s.send(ctx, http.MethodPost, "rest/api/2/issue", u, &made); err != nil {
		return issue{}, err
	}
	mark := u.Properties[0]
	got, err := s.read(ctx, made.Key, mark.Key)
	if err != nil {
		return made, err
	}
	if _, there := got.Properties[mark.Key]; !there {
		err = s.putProperty(ctx, made.Key, mark)
		got.Properties = map[string]json.RawMessage{mark.Key: mark.Value}
	}
	return got, err
}

func (s *System) putProperty(ctx context.Context, key string, p property) error {
	return s.do(ctx, http.MethodPut, issuePath(key, "/properties/"+url.PathEscape(p.Key)), p.Value, nil)
}

// unclear says whether a request that failed may have taken effect all the same.
func unclear(err error) bool {
	if err == nil {
		return false
	}
	r := refusalOf(err)
	return r.Status < 300 || r.Status >= 500 || r.Status == http.StatusRequestTimeout
}

// Task is a ticket's standing, for those who ask whether a person has done what a sub-task asks for.
type Task struct {
	Key        string
	Status     string // the project's own word
	Done       bool   // the status is of category done
	Resolution string // the project's own word; empty while open
	Assignee   string // display name; empty when nobody has it
}

// ReadTask reads how a ticket stands, from Jira's database and not from its index. A ticket that is gone is a
// NotFound problem.
func (s *System) ReadTask(ctx context.Context, key string) (Task, error) {
	if key == "" {
		return Task{}, &activities.Problem{Type: activities.InvalidInput, Text: "no ticket key was given", Mend: "pass a key such as ITOFF-7", Cause: errors.New("empty key")}
	}
	i, err := s.read(ctx, key, taskProperty)
	if err != nil {
		return Task{}, err
	}
	t := Task{Key: i.Key, Status: i.Fields.Status.Name, Done: i.Fields.Status.done()}
	if i.Fields.Resolution != nil {
		t.Resolution = i.Fields.Resolution.Name
	}
	if i.Fields.Assignee != nil {
		t.Assignee = i.Fields.Assignee.DisplayName
	}
	return t, nil
}
