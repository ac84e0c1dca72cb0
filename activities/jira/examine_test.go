package jira_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/activities/jira"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

var lookFor = activities.Examine{JiraProject: jirasim.DefaultProject, JiraType: "Task", JiraSubtask: "Sub-task", JiraStatuses: []string{"Done"}}

// examine looks the site over. Whatever it finds, it only reads, and everything that is not well says why it matters
// and what to do.
func (w *world) examine(in activities.Examine) map[string]activities.Finding {
	w.Helper()
	var out activities.Findings
	value, err := w.env.ExecuteActivity(activities.JiraExamine.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range w.sim.Calls() {
		if c.Method != http.MethodGet {
			w.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(w.T, "jira", out.Findings)
	for _, f := range found {
		if strings.Contains(f.Text+f.Why+f.Mend, w.cfg.Token) {
			w.Errorf("the token stands in %s", f.Check)
		}
	}
	return found
}

func TestExamine_HealthySite_IsToldWhatWasLookedAt(t *testing.T) {
	for flavour, search := range map[jirasim.Flavour]string{jirasim.Cloud: "/search/jql", jirasim.DataCenter: "/search"} {
		w := newWorld(t, &jirasim.Simulator{Flavour: flavour, BasicAuthOff: true})
		found := w.examine(lookFor)
		examinetest.Only(t, found)
		for _, check := range []string{"let-in", "flavour", "clock", "project", "types", "permissions", "statuses", "search", "webhook"} {
			examinetest.Want(t, found, "jira."+check, activities.FindingOK)
		}
		examinetest.Want(t, found, "jira.search", activities.FindingOK, "at "+search+" answers")
	}
}

func TestExamine_NoProject_NothingIsMissed(t *testing.T) {
	w := newWorld(t, &jirasim.Simulator{})
	cfg := w.config()
	cfg.Project, cfg.IssueType, cfg.SubtaskType = "", "", ""
	w.start(cfg)
	found := w.examine(activities.Examine{})
	examinetest.Only(t, found)
	examinetest.Want(t, found, "jira.project", activities.FindingOK, "no Jira project")
}

func TestExamine_Permissions_EachIsNamed(t *testing.T) {
	for key, check := range map[string]struct {
		name string
		want activities.Severity
	}{
		"CREATE_ISSUES":     {"create-issues", activities.FindingFailure},
		"EDIT_ISSUES":       {"edit-issues", activities.FindingFailure},
		"TRANSITION_ISSUES": {"transition-issues", activities.FindingWarning},
		"ADD_COMMENTS":      {"add-comments", activities.FindingWarning},
	} {
		t.Run(key, func(t *testing.T) {
			w := newWorld(t, &jirasim.Simulator{WithoutPermissions: []string{key}})
			found := w.examine(lookFor)
			examinetest.Only(t, found, "jira.permission."+check.name)
			examinetest.Want(t, found, "jira.permission."+check.name, check.want, "permission scheme")
		})
	}
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("the search was removed on Cloud", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		cfg := w.config()
		cfg.Flavour, cfg.Email = jira.DataCenter, ""
		w.start(cfg)
		found := w.examine(lookFor)
		examinetest.Want(t, found, "jira.flavour", activities.FindingFailure, "set jira.flavour to cloud", "the old search was removed")
	})
	t.Run("and when the server does not say what it is", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{Flavour: jirasim.DataCenter})
		w.sim.Inject(kit.Fault{Path: "/rest/api/2/search", Status: http.StatusGone})
		found := w.examine(lookFor)
		examinetest.Only(t, found, "jira.search")
		examinetest.Want(t, found, "jira.search", activities.FindingFailure, "410", "set jira.flavour to cloud", "made twice")
	})
	t.Run("the policy's statuses are in no workflow", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		in := lookFor
		in.JiraStatuses = []string{"done", "Back in stock"}
		found := w.examine(in)
		examinetest.Only(t, found, "jira.statuses")
		examinetest.Want(t, found, "jira.statuses", activities.FindingWarning, "Back in stock", "In Progress")
	})
	t.Run("types of another spelling", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		in := lookFor
		in.JiraSubtask = "Subtask"
		found := w.examine(in)
		examinetest.Only(t, found, "jira.subtask")
		examinetest.Want(t, found, "jira.subtask", activities.FindingFailure, "Sub-task")
	})
	t.Run("a project that is hidden or not there", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		in := lookFor
		in.JiraProject = "NOPE"
		found := w.examine(in)
		examinetest.Only(t, found, "jira.project")
		examinetest.Want(t, found, "jira.project", activities.FindingFailure, "Browse Projects")
	})
	t.Run("a webhook that somebody switched off", func(t *testing.T) {
		hook := jirasim.Webhook{Name: "tenure", URL: "http://127.0.0.1:1/jira", Events: []string{"jira:issue_updated"}}
		w := newWorld(t, &jirasim.Simulator{Hooks: []jirasim.Webhook{hook}})
		found := w.examine(lookFor)
		examinetest.Only(t, found)
		examinetest.Want(t, found, "jira.webhook", activities.FindingOK, "1 webhooks tell")
		hook.Off = true
		w = newWorld(t, &jirasim.Simulator{Hooks: []jirasim.Webhook{hook}})
		found = w.examine(lookFor)
		examinetest.Only(t, found, "jira.webhook")
		examinetest.Want(t, found, "jira.webhook", activities.FindingWarning, "tenure", "switched off")
	})
	t.Run("no administrator", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{NoAdmin: true})
		examinetest.Only(t, w.examine(lookFor))
	})
	t.Run("our clock is wrong", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		cfg := w.config()
		cfg.Now = func() time.Time { return w.time().Add(-time.Minute) }
		w.start(cfg)
		found := w.examine(lookFor)
		examinetest.Only(t, found, "jira.clock")
	})
}

func TestExamine_NotLetIn(t *testing.T) {
	t.Run("token revoked", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		cfg := w.config()
		cfg.Token = "wr0ng-t0ken"
		w.start(cfg)
		found := w.examine(lookFor)
		examinetest.Only(t, found, "jira.let-in")
		examinetest.Want(t, found, "jira.let-in", activities.FindingFailure, "make a new one and set jira.token")
	})
	for name, fault := range map[string]kit.Fault{"down": {Status: http.StatusServiceUnavailable}, "throttled": {Throttle: true}, "cut": {Drop: kit.DropBefore}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &jirasim.Simulator{})
			w.sim.Inject(fault)
			examinetest.Only(t, w.examine(lookFor), "jira.let-in")
		})
	}
	t.Run("in part", func(t *testing.T) {
		w := newWorld(t, &jirasim.Simulator{})
		w.sim.Inject(kit.Fault{Path: "/rest/api/2/mypermissions", Status: http.StatusServiceUnavailable})
		w.sim.Inject(kit.Fault{Path: "/rest/api/2/project/*/statuses", Status: http.StatusForbidden})
		examinetest.Only(t, w.examine(lookFor), "jira.permissions", "jira.statuses")
	})
}
