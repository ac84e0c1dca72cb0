package jirasim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User is somebody with a login. Cloud knows people by AccountID, Data Center by Name.
type User struct {
	AccountID   string `json:"accountId"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	DisplayName string `json:"displayName"`
}

// Project is one project with its types and its workflow.
type Project struct {
	ID    string      `json:"id"`
	Key   string      `json:"key"`
	Name  string      `json:"name"`
	Types []IssueType `json:"types"`
	// Workflow of every type; the zero Workflow is [DefaultWorkflow].
	Workflow Workflow `json:"workflow"`
	// OffScreen are fields that are on no screen of the project: setting one is refused.
	OffScreen []string `json:"offScreen,omitempty"`
	// Custom are the ids of the custom fields that can be set.
	Custom []string `json:"custom,omitempty"`
	// Required are fields that a create must set, beside summary, project and type.
	Required []string `json:"required,omitempty"`
	// Forbidden refuses to show the project to the API user, as a missing Browse permission does.
	Forbidden bool `json:"forbidden,omitempty"`
	Issues    int  `json:"issues"` // the highest issue number used
}

// IssueType is a type as one project has it; type names differ from project to project.
type IssueType struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Subtask bool   `json:"subtask,omitempty"`
}

// Status is one status. Category is "new", "indeterminate" or "done".
type Status struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category string `json:"category"`
}

// Workflow is the statuses and the ways between them. New issues begin in the first status.
type Workflow struct {
	Statuses    []Status `json:"statuses"`
	Transitions []Way    `json:"transitions"`
	// Resolutions are the values that a screen offers.
	Resolutions []string `json:"resolutions"`
}

// Way is a transition.
type Way struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	From []string `json:"from,omitempty"` // names of statuses; empty is from anywhere else
	To   string   `json:"to"`             // name of the status
	// Screen says what the transition asks for.
	Screen Screen `json:"screen,omitempty"`
	// NeedsChildrenDone hides the transition while a sub-task is open.
	NeedsChildrenDone bool `json:"needsChildrenDone,omitempty"`
}

// Screen is what a transition asks for and whether its metadata says so.
type Screen string

// The screens that have been seen. Metadata can under-report and over-report.
const (
	NoScreen           Screen = ""           // no field may be sent
	ResolutionRequired Screen = "required"   // resolution is listed and required
	ResolutionUnlisted Screen = "unlisted"   // resolution is required but not listed
	ResolutionRefused  Screen = "overlisted" // resolution is listed but refused
)

// DefaultWorkflow is To Do, In Progress, Done; done asks for a resolution on its screen.
func DefaultWorkflow() Workflow {
	return Workflow{
		Statuses: []Status{{"10000", "To Do", "new"}, {"3", "In Progress", "indeterminate"}, {"10002", "Done", "done"}},
		Transitions: []Way{{ID: "11", Name: "To Do", To: "To Do"}, {ID: "21", Name: "In Progress", To: "In Progress"},
			{ID: "31", Name: "Done", To: "Done", Screen: ResolutionRequired}},
		Resolutions: []string{"Done", "Won't Do", "Duplicate", "Cannot Reproduce"},
	}
}

func (w Workflow) status(name string) (Status, bool) {
	for _, s := range w.Statuses {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Status{}, false
}

// Fields are those of an issue that can be searched.
type Fields struct {
	Summary     string                     `json:"summary"`
	Description string                     `json:"description,omitempty"`
	Labels      []string                   `json:"labels,omitempty"`
	Status      Status                     `json:"status"`
	Resolution  string                     `json:"resolution,omitempty"`
	Resolved    time.Time                  `json:"resolved,omitzero"`
	Priority    string                     `json:"priority"`
	DueDate     string                     `json:"dueDate,omitempty"`
	Assignee    string                     `json:"assignee,omitempty"` // account id
	Custom      map[string]json.RawMessage `json:"custom,omitempty"`
}

func (f Fields) clone() Fields {
	f.Labels = slices.Clone(f.Labels)
	custom := make(map[string]json.RawMessage, len(f.Custom))
	for k, v := range f.Custom {
		custom[k] = v
	}
	f.Custom = custom
	return f
}

// Issue is one issue with everything on it.
type Issue struct {
	ID      string    `json:"id"`
	Key     string    `json:"key"`
	Project string    `json:"project"` // key
	Type    IssueType `json:"type"`
	Parent  string    `json:"parent,omitempty"` // key
	Fields
	Reporter    string                     `json:"reporter"` // account id
	Created     time.Time                  `json:"created"`
	Updated     time.Time                  `json:"updated"`
	Subtasks    []string                   `json:"subtasks,omitempty"` // keys
	Comments    []Comment                  `json:"comments,omitempty"`
	History     []Change                   `json:"history,omitempty"`
	Properties  map[string]json.RawMessage `json:"properties,omitempty"`
	Links       []Link                     `json:"links,omitempty"`
	Attachments []Attachment               `json:"attachments,omitempty"`
	Watchers    []string                   `json:"watchers,omitempty"` // account ids

	Index []revision `json:"index,omitempty"` // what the search knows; see index.go
}

// Comment is one comment.
type Comment struct {
	ID         string                     `json:"id"`
	Author     string                     `json:"author"` // account id
	Body       string                     `json:"body"`
	Created    time.Time                  `json:"created"`
	Properties map[string]json.RawMessage `json:"properties,omitempty"`
}

// Change is one line of an issue's history.
type Change struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	By    string    `json:"by"` // account id
	Field string    `json:"field"`
	From  string    `json:"from"`
	To    string    `json:"to"`
}

// Link is a remote link.
type Link struct {
	ID       int             `json:"id"`
	GlobalID string          `json:"globalId,omitempty"`
	Body     json.RawMessage `json:"body"` // the whole request: an update leaves nothing of what was there
}

// Attachment is a file on an issue.
type Attachment struct {
	ID       string    `json:"id"`
	Filename string    `json:"filename"`
	MimeType string    `json:"mimeType"`
	Author   string    `json:"author"`
	Created  time.Time `json:"created"`
	Content  []byte    `json:"content"`
}

func (i *Issue) clone() Issue {
	c := *i
	c.Fields = i.Fields.clone()
	c.Subtasks, c.Comments, c.History = slices.Clone(i.Subtasks), slices.Clone(i.Comments), slices.Clone(i.History)
	c.Links, c.Attachments, c.Watchers = slices.Clone(i.Links), slices.Clone(i.Attachments), slices.Clone(i.Watchers)
	c.Properties = make(map[string]json.RawMessage, len(i.Properties))
	for k, v := range i.Properties {
		c.Properties[k] = v
	}
	c.Index = nil
	return c
}

// state is what survives a restart.
type state struct {
	Projects  []*Project  `json:"projects"`
	Users     []User      `json:"users"` // the first is the API user
	Issues    []*Issue    `json:"issues"`
	LastID    int         `json:"lastId"`
	Hooks     []Webhook   `json:"hooks,omitempty"` // registered over REST
	Pending   []*Delivery `json:"pending,omitempty"`
	Delivered []Delivery  `json:"delivered,omitempty"`
}

// fill gives a fresh site its API user and its project.
func (st *state) fill() {
	if len(st.Users) == 0 {
		st.Users = append([]User(nil), User{AccountID: "712020:00000000-0000-4000-8000-000000000001",
			Name: DefaultUsername, Email: DefaultEmail, DisplayName: "Tenure"})
	}
	if len(st.Projects) == 0 {
		st.addProject(Project{Key: DefaultProject, Name: "Offboarding"})
	}
	st.LastID = max(st.LastID, 10000)
}

func (st *state) addProject(p Project) {
	if len(p.Types) == 0 {
		p.Types = []IssueType{{ID: "10001", Name: "Task"}, {ID: "10003", Name: "Sub-task", Subtask: true}}
	}
	if len(p.Workflow.Statuses) == 0 {
		p.Workflow = DefaultWorkflow()
	}
	p.ID = or(p.ID, strconv.Itoa(10000+len(st.Projects)))
	st.Projects = append(st.Projects, &p)
}

func (st *state) nextID() string {
	st.LastID++
	return strconv.Itoa(st.LastID)
}

func (st *state) bot() User { return st.Users[0] }

func (st *state) project(key string) *Project {
	for _, p := range st.Projects {
		if strings.EqualFold(p.Key, key) || p.ID == key {
			return p
		}
	}
	return nil
}

// issue finds by key or id.
func (st *state) issue(key string) *Issue {
	for _, i := range st.Issues {
		if strings.EqualFold(i.Key, key) || i.ID == key {
			return i
		}
	}
	return nil
}

// user finds by account id, name or address.
func (st *state) user(who string) (User, bool) {
	for _, u := range st.Users {
		if who != "" && (u.AccountID == who || u.Name == who || strings.EqualFold(u.Email, who)) {
			return u, true
		}
	}
	return User{}, false
}

// visible finds an issue the API user may see.
func (st *state) visible(key string) *Issue {
	i := st.issue(key)
	if i == nil || st.project(i.Project).Forbidden {
		return nil
	}
	return i
}
