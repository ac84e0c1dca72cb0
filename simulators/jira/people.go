package jirasim

import (
	"fmt"
	"net/http"
	"strings"
)

// AddUser adds somebody who can be assigned and can act in the console. Empty ids are made up.
func (s *Simulator) AddUser(u User) User {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	u = s.st.addUser(u)
	s.keep()
	return u
}

func (st *state) addUser(u User) User {
	if known, found := st.user(or(u.AccountID, or(u.Name, u.Email))); found {
		return known
	}
	n := len(st.Users) + 1
	u.AccountID = or(u.AccountID, fmt.Sprintf("712020:00000000-0000-4000-8000-%012d", n))
	u.Name = or(u.Name, fmt.Sprintf("user%d", n))
	u.DisplayName = or(u.DisplayName, u.Name)
	st.Users = append(st.Users, u)
	return u
}

// AddProject adds a project; empty Types and Workflow take the defaults. A project with the same key is replaced,
// so that a test can change [DefaultProject].
func (s *Simulator) AddProject(p Project) {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.st.project(p.Key); old != nil {
		p.ID, p.Issues = old.ID, old.Issues
		kept := s.st.Projects[:0]
		for _, have := range s.st.Projects {
			if have != old {
				kept = append(kept, have)
			}
		}
		s.st.Projects = kept
	}
	s.st.addProject(p)
	s.keep()
}

// keep saves what a person did in the console. There is nobody to tell when it fails.
func (s *Simulator) keep() { _ = s.Save("jira", &s.st) }

// Transition moves an issue to the status with this name, as a person does in the console: the screen's
// resolution is filled in. byUser is a login, an address or an account id; an unknown one becomes a new user.
func (s *Simulator) Transition(key, status, byUser string) error {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	issue := s.st.issue(key)
	if issue == nil {
		return fmt.Errorf("no issue %q: use a key like %s-1", key, DefaultProject)
	}
	flow := s.st.project(issue.Project).Workflow
	to, known := flow.status(status)
	if !known {
		return fmt.Errorf("no status %q in project %s: it has %s", status, issue.Project, names(flow.Statuses))
	}
	if issue.Status.ID == to.ID {
		return nil
	}
	for _, way := range s.ways(issue) {
		if way.To == to.Name {
			s.move(issue, to, s.person(byUser), or(first(flow.Resolutions), "Done"))
			s.keep()
			return nil
		}
	}
	return fmt.Errorf("%s cannot go from %q to %q", key, issue.Status.Name, to.Name)
}

// Comment writes a comment as a person does in the console.
func (s *Simulator) Comment(key, text, byUser string) error {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	issue := s.st.issue(key)
	if issue == nil {
		return fmt.Errorf("no issue %q: use a key like %s-1", key, DefaultProject)
	}
	s.comment(issue, s.person(byUser), text, nil)
	s.keep()
	return nil
}

// Clone copies an issue as a person does in the console, and returns the new key. Labels are copied; entity properties
// as well when an app in the site does so.
func (s *Simulator) Clone(key, byUser string, properties bool) (string, error) {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	issue := s.st.issue(key)
	if issue == nil {
		return "", fmt.Errorf("no issue %q: use a key like %s-1", key, DefaultProject)
	}
	copied := issue.clone()
	if !properties {
		clear(copied.Properties)
	}
	made := s.store(s.person(byUser), s.st.project(issue.Project), issue.Type, s.st.issue(issue.Parent), copied.Fields, copied.Properties)
	s.keep()
	return made.Key, nil
}

func (s *Simulator) person(who string) User { return s.st.addUser(User{Name: who}) }

func names(statuses []Status) string {
	out := make([]string, 0, len(statuses))
	for _, s := range statuses {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// Site is a copy of everything, for the console page and for tests.
type Site struct {
	Flavour   Flavour    `json:"flavour"`
	Projects  []Project  `json:"projects"`
	Users     []User     `json:"users"`
	Issues    []Issue    `json:"issues"` // oldest first
	Pending   []Delivery `json:"pending"`
	Delivered []Delivery `json:"delivered"`
}

// Snapshot copies the site as it stands.
func (s *Simulator) Snapshot() Site {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	site := Site{Flavour: Flavour(or(string(s.Flavour), string(Cloud))), Users: append([]User(nil), s.st.Users...)}
	for _, p := range s.st.Projects {
		site.Projects = append(site.Projects, *p)
	}
	for _, i := range s.st.Issues {
		site.Issues = append(site.Issues, i.clone())
	}
	for _, d := range s.st.Pending {
		site.Pending = append(site.Pending, *d)
	}
	site.Delivered = append(site.Delivered, s.st.Delivered...)
	return site
}

// Issue copies one issue, found by key or id.
func (s *Simulator) Issue(key string) (Issue, bool) {
	s.setup()
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.st.issue(key); i != nil {
		return i.clone(), true
	}
	return Issue{}, false
}

func (s *Simulator) findUsers(c *call) answer {
	q := strings.ToLower(c.URL.Query().Get("query"))
	if !s.cloud() {
		q = strings.ToLower(c.URL.Query().Get("username"))
	}
	if q == "" {
		return failed(http.StatusBadRequest, "A query parameter is required.")
	}
	found := []any{}
	for _, u := range s.st.Users {
		if strings.Contains(strings.ToLower(u.Name+" "+u.Email+" "+u.DisplayName), q) {
			found = append(found, s.userJSON(c, u))
		}
	}
	return ok(found)
}
