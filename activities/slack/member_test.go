package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/simulators/kit"
	slacksim "tenure/simulators/slack"
)

// run executes one activity as a worker would.
func run[In, Out any](w *world, b activities.Binding, in In) (Out, error) {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	var out Out
	got, err := env.ExecuteActivity(b.Name, in)
	if err != nil {
		return out, err
	}
	return out, got.Get(&out)
}

func (w *world) lookUp(user string, groups ...string) (activities.Member, error) {
	w.t.Helper()
	return run[activities.LookUpMember, activities.Member](w, activities.SlackLookUpMember.Bind(w.sys.LookUpMember), activities.LookUpMember{User: user, Groups: groups})
}

// it adds a user group of IT with one member, and gives both.
func (w *world) it() (slacksim.User, slacksim.Group) {
	u := w.sim.AddUser(slacksim.User{Email: "ida@example.com"})
	return u, w.sim.AddGroup(slacksim.Group{Handle: "it", Users: []string{u.ID}})
}

func TestLookUpMember_FullMemberWithGroups(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, it := w.it()
	other := w.sim.AddGroup(slacksim.Group{Handle: "legal", Users: []string{w.leaver.ID}})
	gone := w.sim.AddGroup(slacksim.Group{Handle: "old-it", Users: []string{ida.ID}, Disabled: true})
	theirs := w.sim.AddGroup(slacksim.Group{Handle: "partners", Users: []string{ida.ID}, External: true})
	m, err := w.lookUp(ida.ID, it.ID, "@IT", "it", other.ID, gone.ID, gone.Handle, theirs.Handle, "S0NOSUCH", "nobody-knows", it.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := activities.Member{User: ida.ID, Name: "Ida Sole", Email: "ida@example.com", Full: true, In: []string{it.ID, "@IT", "it"}}
	if m.User != want.User || m.Name != want.Name || m.Email != want.Email || !m.Full || !slices.Equal(m.In, want.In) {
		t.Fatalf("%+v, want %+v", m, want)
	}
}

func TestLookUpMember_AsksSlackEachTime(t *testing.T) {
	w := newWorld(t, "", nil)
	ida, it := w.it()
	for range 2 {
		if _, err := w.lookUp(ida.ID, it.ID); err != nil {
			t.Fatal(err)
		}
	}
	n := map[string]int{}
	for _, c := range w.sim.Calls() {
		n[c.Path]++
	}
	if n["/api/users.info"] != 2 || n["/api/usergroups.users.list"] != 2 {
		t.Fatalf("calls %v: a right must not come from memory", n)
	}
}

func TestLookUpMember_WhoIsNotAFullMember(t *testing.T) {
	for name, u := range map[string]slacksim.User{
		"deactivated":                       {Deleted: true},
		"bot":                               {Bot: true},
		"guest":                             {Restricted: true},
		"guest of one channel":              {UltraRestricted: true},
		"invited, not arrived":              {Invited: true},
		"address not confirmed":             {Unconfirmed: true},
		"stranger from a shared channel":    {Stranger: true},
		"stranger with a team of its own":   {Stranger: true, Team: "T0OTHER"},
		"member of another team":            {Team: "T0OTHER"},
		"another team, no organisation":     {Team: "T0OTHER", Teams: []string{slacksim.TeamID}},
		"Slackbot, which says it is no bot": {ID: "USLACKBOT"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			u.Email = "somebody@example.com"
			got := w.sim.AddUser(u)
			g := w.sim.AddGroup(slacksim.Group{Handle: "it", Users: []string{got.ID}})
			m, err := w.lookUp(got.ID, g.ID)
			if err != nil || m.Full || len(m.In) > 0 || m.User != got.ID {
				t.Fatalf("%+v, %v", m, err)
			}
		})
	}
}

func TestLookUpMember_EnterpriseOrganisation(t *testing.T) {
	for name, c := range map[string]struct {
		user slacksim.User
		full bool
	}{
		"home is another workspace, member of ours": {slacksim.User{Team: "T0HOME", Teams: []string{"T0HOME", slacksim.TeamID}}, true},
		"home is the organisation, member of ours":  {slacksim.User{Team: "E0ORG", Teams: []string{slacksim.TeamID}}, true},
		"in the organisation, not in our workspace": {slacksim.User{Team: "E0ORG", Teams: []string{"T0HOME"}}, false},
		"stranger":      {slacksim.User{Team: "E0OTHER", Stranger: true, Teams: []string{slacksim.TeamID}}, false},
		"our workspace": {slacksim.User{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", func(s *slacksim.Simulator) { s.Organisation = "E0ORG" })
			c.user.ID, c.user.Email = "W0SOMEBODY", "somebody@example.com"
			m, err := w.lookUp(w.sim.AddUser(c.user).ID)
			if err != nil || m.Full != c.full {
				t.Fatalf("%+v, %v; want full %t", m, err, c.full)
			}
		})
	}
}

func TestLookUpMember_UnknownToSlack_IsNobody(t *testing.T) {
	w := newWorld(t, "", nil)
	if m, err := w.lookUp("U0NOBODY"); err != nil || m.Full || m.User != "U0NOBODY" {
		t.Fatalf("%+v, %v", m, err)
	}
	w.sim.Inject(refusing("users.info", "user_not_visible"))
	if m, err := w.lookUp(w.leaver.ID); err != nil || m.Full {
		t.Fatalf("%+v, %v", m, err)
	}
}

func TestLookUpMember_DoubtIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		user  string
		spoil func(*slacksim.Simulator)
		kind  string
		retry bool
		says  string
	}{
		"an id of another form": {user: "ida", kind: activities.InvalidInput, says: "U or W"},
		"no mail address": {spoil: func(s *slacksim.Simulator) { s.WithoutScopes = []string{"users:read.email"} }, kind: activities.Forbidden,
			says: "users:read.email"},
		"no users:read":      {spoil: func(s *slacksim.Simulator) { s.WithoutScopes = []string{"users:read"} }, kind: activities.Forbidden, says: "add users:read"},
		"no usergroups:read": {spoil: func(s *slacksim.Simulator) { s.WithoutScopes = []string{"usergroups:read"} }, kind: activities.Forbidden, says: "add usergroups:read"},
		"free plan":          {spoil: func(s *slacksim.Simulator) { s.Plan = slacksim.Free }, kind: activities.Unsupported, says: "user ids in the policy"},
		"another account answers": {spoil: func(s *slacksim.Simulator) {
			s.Inject(kit.Fault{Path: "/api/users.info", Status: 200, Body: `{"ok":true,"user":{"id":"U0OTHER"}}`})
		}, kind: activities.Unavailable, retry: true, says: "another account"},
		"no reason given": {spoil: func(s *slacksim.Simulator) {
			s.Inject(kit.Fault{Path: "/api/users.info", Status: 200, Body: `{"ok":false}`})
		},
			kind: activities.Unavailable, retry: true, says: "without a reason"},
		"no answer":         {spoil: func(s *slacksim.Simulator) { s.Inject(drop("usergroups.users.list", kit.DropBefore)) }, kind: activities.Unavailable, retry: true},
		"groups not listed": {spoil: func(s *slacksim.Simulator) { s.Inject(refusing("usergroups.list", "internal_error")) }, kind: activities.Unavailable, retry: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "", nil)
			ida, it := w.it()
			if c.user == "" {
				c.user = ida.ID
			}
			if c.spoil != nil {
				c.spoil(w.sim)
			}
			_, err := w.lookUp(c.user, it.ID, it.Handle)
			if app := wantType(t, err, c.kind, c.retry); !strings.Contains(app.Error(), c.says) {
				t.Fatalf("%v does not say %q", app, c.says)
			}
		})
	}
}

func TestLookUpMember_Throttled_IsRetriedAfterSlacksDelay(t *testing.T) {
	w := newWorld(t, "", func(s *slacksim.Simulator) { s.RateLimits = true })
	ida, it := w.it()
	for range 20 {
		if _, err := w.lookUp(ida.ID, it.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.lookUp(ida.ID, it.ID)
	if app := wantType(t, err, activities.RateLimited, true); app.NextRetryDelay() != 3*time.Second { // 20 a minute
		t.Fatalf("delay %v", app.NextRetryDelay())
	}
}
