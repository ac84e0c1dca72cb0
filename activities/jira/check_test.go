package jira_test

import (
	"strings"
	"testing"

	"tenure/activities/jira"
	jirasim "tenure/simulators/jira"
)

func TestCheck_EverythingRight_IsSilentAndChangesNothing(t *testing.T) {
	for _, path := range []string{"", "/jira", "/ex/jira/" + jirasim.DefaultCloudID} {
		for _, f := range []jirasim.Flavour{jirasim.Cloud, jirasim.DataCenter} {
			w := newWorld(t, &jirasim.Simulator{Flavour: f, ContextPath: path, BasicAuthOff: true})
			if err := w.system.Check(t.Context()); err != nil {
				t.Errorf("%s under %q: %v", f, path, err)
			}
			if n := w.sim.Mutations(); n != 0 {
				t.Errorf("%d mutating calls", n)
			}
		}
	}
}

func TestCheck_Mistakes_NameTheMend(t *testing.T) {
	for _, c := range []struct {
		fact  string
		sim   *jirasim.Simulator
		spoil func(*jirasim.Simulator, *jira.Config)
		want  string
	}{
		{"WrongFlavour_Cloud", &jirasim.Simulator{}, func(_ *jirasim.Simulator, c *jira.Config) { c.Flavour, c.Email = jira.DataCenter, "" }, "set jira.flavour to cloud"},
		{"WrongFlavour_DataCenter", &jirasim.Simulator{Flavour: jirasim.DataCenter}, func(_ *jirasim.Simulator, c *jira.Config) { c.Flavour, c.Email = jira.Cloud, "a@example.com" }, "set jira.flavour to datacenter"},
		{"WrongToken", &jirasim.Simulator{}, func(_ *jirasim.Simulator, c *jira.Config) { c.Token = "wr0ng-t0ken" }, "make a new one and set jira.token"},
		{"UnknownProject", &jirasim.Simulator{}, func(_ *jirasim.Simulator, c *jira.Config) { c.Project = "NOPE" }, "jira.project"},
		{"HiddenProject", &jirasim.Simulator{}, func(s *jirasim.Simulator, c *jira.Config) {
			s.AddProject(jirasim.Project{Key: "HID", Forbidden: true})
			c.Project = "HID"
		}, "Browse Projects"},
		{"UnknownType", &jirasim.Simulator{}, func(_ *jirasim.Simulator, c *jira.Config) { c.IssueType = "Saga" }, "set it to one of: Task"},
		{"SubtaskSpeltDifferently", &jirasim.Simulator{Flavour: jirasim.DataCenter}, func(_ *jirasim.Simulator, c *jira.Config) { c.SubtaskType = "Subtask" }, "set it to one of: Sub-task"},
		{"OrdinaryTypeForSubtask", &jirasim.Simulator{}, func(_ *jirasim.Simulator, c *jira.Config) { c.SubtaskType = "Task" }, "jira.subtask"},
	} {
		t.Run(c.fact, func(t *testing.T) {
			w := newWorld(t, c.sim)
			cfg := w.config()
			c.spoil(c.sim, &cfg)
			w.start(cfg)
			err := w.system.Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), cfg.Token) {
				t.Errorf("the token is in the error")
			}
		})
	}
}
