package slack_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/activities/slack"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

// slackReads are the methods that change nothing; Slack's reads are POSTs too.
var slackReads = []string{"/api/auth.test", "/api/conversations.info", "/api/usergroups.list", "/scim/v2/Users"}

// examine looks the workspace over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func (w *world) examine(in activities.Examine) map[string]activities.Finding {
	w.t.Helper()
	if in.SlackChannel == "" {
		in.SlackChannel = w.channel
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	for _, b := range w.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	var out activities.Findings
	value, err := env.ExecuteActivity(activities.SlackExamine.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range w.sim.Calls() {
		if !slices.Contains(slackReads, c.Path) {
			w.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(w.t, "slack", out.Findings)
	for _, f := range found {
		if strings.Contains(f.Text+f.Why+f.Mend, slacksim.DefaultBotToken) {
			w.t.Errorf("the token stands in %s", f.Check)
		}
	}
	return found
}

func TestExamine_HealthyWorkspace_IsToldWhatWasLookedAt(t *testing.T) {
	w := newWorld(t, slack.AccountOff, nil)
	it := w.sim.AddGroup(slacksim.Group{Handle: "it-team", Users: []string{w.leaver.ID}})
	found := w.examine(activities.Examine{SlackGroups: []string{it.ID, "@IT-team"}})
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "clock", "scopes", "channel", "groups", "account"} {
		examinetest.Want(t, found, "slack."+check, activities.FindingOK)
	}
}

func TestExamine_ScopeMissing_IsNamed(t *testing.T) {
	for scope, want := range map[string]activities.Severity{
		"chat:write": activities.FindingFailure, "groups:history": activities.FindingFailure, "commands": activities.FindingWarning,
		"users:read": activities.FindingWarning, "users:read.email": activities.FindingWarning,
	} {
		t.Run(scope, func(t *testing.T) {
			w := newWorld(t, slack.AccountOff, func(s *slacksim.Simulator) { s.WithoutScopes = []string{scope} })
			found := w.examine(activities.Examine{})
			examinetest.Only(t, found, "slack.scope."+scope)
			examinetest.Want(t, found, "slack.scope."+scope, want, scope, "reinstall the app")
		})
	}
	t.Run("usergroups:read, where the policy names groups", func(t *testing.T) {
		w := newWorld(t, slack.AccountOff, func(s *slacksim.Simulator) { s.WithoutScopes = []string{"usergroups:read"} })
		examinetest.Only(t, w.examine(activities.Examine{}))
		found := w.examine(activities.Examine{SlackGroups: []string{"S012AB3CD"}})
		examinetest.Only(t, found, "slack.groups", "slack.scope.usergroups:read")
	})
	t.Run("Slack does not tell", func(t *testing.T) {
		w := newWorld(t, slack.AccountOff, func(s *slacksim.Simulator) { s.HideScopes = true })
		found := w.examine(activities.Examine{})
		examinetest.Only(t, found)
		examinetest.Want(t, found, "slack.scopes", activities.FindingOK, "does not tell")
	})
}

func TestExamine_Channel(t *testing.T) {
	w := newWorld(t, slack.AccountOff, nil)
	public := w.sim.AddChannel(slacksim.Channel{Name: "general", Members: []string{slacksim.BotUser}})
	apart := w.sim.AddChannel(slacksim.Channel{Name: "apart", Private: true})
	for channel, words := range map[string]string{public.ID: "is public", apart.ID: "/invite", "it-offboarding": "is not a channel id", "C0NOWHERE1": "no such channel"} {
		found := w.examine(activities.Examine{SlackChannel: channel})
		examinetest.Only(t, found, "slack.channel")
		examinetest.Want(t, found, "slack.channel", activities.FindingFailure, words)
	}
}

func TestExamine_UserGroups(t *testing.T) {
	w := newWorld(t, slack.AccountOff, nil)
	empty := w.sim.AddGroup(slacksim.Group{Handle: "empty"})
	off := w.sim.AddGroup(slacksim.Group{Handle: "off", Users: []string{w.leaver.ID}, Disabled: true})
	found := w.examine(activities.Examine{SlackGroups: []string{empty.ID, off.ID, "S0NOWHERE1"}})
	examinetest.Want(t, found, "slack.group."+empty.ID, activities.FindingWarning, "is empty")
	examinetest.Want(t, found, "slack.group."+off.ID, activities.FindingWarning, "no user group")
	examinetest.Want(t, found, "slack.group.S0NOWHERE1", activities.FindingWarning, "no user group")
	free := newWorld(t, slack.AccountOff, func(s *slacksim.Simulator) { s.Plan = slacksim.Free })
	found = free.examine(activities.Examine{SlackGroups: []string{"S012AB3CD"}})
	examinetest.Only(t, found, "slack.groups")
	examinetest.Want(t, found, "slack.groups", activities.FindingWarning, "plan", "fail closed")
}

func TestExamine_AdminToken(t *testing.T) {
	for _, mode := range []slack.AccountMode{slack.AccountSCIM, slack.AccountEnterprise} {
		w := newWorld(t, mode, func(s *slacksim.Simulator) { s.Plan = slacksim.Enterprise })
		examinetest.Only(t, w.examine(activities.Examine{}))
		w.sys = w.system(slack.Config{Mode: mode, AdminToken: "xoxp-another"})
		found := w.examine(activities.Examine{})
		examinetest.Only(t, found, "slack.account")
		examinetest.Want(t, found, "slack.account", activities.FindingWarning, "workspace owner")
	}
}

func TestExamine_NotLetIn(t *testing.T) {
	t.Run("token revoked", func(t *testing.T) {
		w := newWorld(t, slack.AccountOff, nil)
		w.sys = w.system(slack.Config{BotToken: "xoxb-another"})
		found := w.examine(activities.Examine{})
		examinetest.Only(t, found, "slack.let-in")
		examinetest.Want(t, found, "slack.let-in", activities.FindingFailure, "invalid_auth", "reinstall the app")
	})
	for name, fault := range map[string]kit.Fault{"down": {Status: http.StatusServiceUnavailable}, "throttled": {Throttle: true}, "cut": {Drop: kit.DropBefore}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, slack.AccountOff, nil)
			w.sim.Inject(fault)
			examinetest.Only(t, w.examine(activities.Examine{}), "slack.let-in")
		})
	}
}

func TestExamine_SlackHangs_IsAFindingBeforeTheTimeIsUp(t *testing.T) {
	w := newWorld(t, slack.AccountOff, nil)
	w.sim.Inject(kit.Fault{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	out, err := w.sys.Examine(ctx, activities.Examine{})
	if err != nil || len(out.Findings) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if f := out.Findings[0]; f.Check != "slack.let-in" || f.Severity != activities.FindingFailure || f.Text != "slack did not answer in time" || f.Mend == "" {
		t.Errorf("%+v", f)
	}
}
