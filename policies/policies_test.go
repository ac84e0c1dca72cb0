package policies_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/policy"
	"tenure/policies"
)

func load(t testing.TB, name string) policy.Policy {
	t.Helper()
	body, err := policies.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse(name+".yaml", body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// leaver and facts exercise every phase of a plan.
var leaver = employee.Employee{
	ID: "E1", Email: "leaver@example.com", FullName: "The Leaver", Status: employee.Inactive,
	Home: employee.Address{Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207", Country: "US"},
}

func facts(cascades bool) plan.Facts {
	return plan.Facts{
		Okta: &plan.OktaFacts{Exists: true, Status: "ACTIVE", CascadesToGoogle: cascades,
			Apps: []plan.OktaApp{{ID: "0oa1", Name: "google", Label: "Google Workspace", Scope: "GROUP"}}},
		Google:   &plan.GoogleFacts{Exists: true, MailboxReady: true, OwnedGroups: []string{"g@example.com"}},
		Devices:  &plan.DeviceFacts{Devices: []plan.Device{{ID: "1", Serial: "S1", Kind: plan.Computer, Managed: true}}},
		Managers: []plan.Heir{{Employee: "E2", Email: "heir@example.com", Name: "The Heir", Why: "manager"}},
	}
}

func TestEveryPolicy_LoadsAndPlans(t *testing.T) {
	if got, want := policies.Names(), []string{"default", "demo", "mapping", "strict"}; !reflect.DeepEqual(got, want) {
		t.Fatalf("policies %v, want %v", got, want)
	}
	for _, name := range policies.Names() {
		for _, cascades := range []bool{false, true} {
			if _, err := plan.Build(load(t, name), leaver, facts(cascades), time.Unix(0, 0)); err != nil {
				t.Errorf("%s, cascading %v: %v", name, cascades, err)
			}
		}
	}
}

func TestRead_UnknownName_SaysWhichThereAre(t *testing.T) {
	_, err := policies.Read("nothing")
	if err == nil || err.Error() != `there is no example policy "nothing": choose one of default, demo, mapping, strict, or give the path of a file` {
		t.Error(err)
	}
}

// The default file promises that leaving its keys out changes nothing.
func TestDefault_SaysWhatHoldsWithoutIt(t *testing.T) {
	full := load(t, "default")
	bare, err := policy.Parse("bare.yaml", []byte("version: 1\ncompany: {name: Example Company, domain: example.com}\n"+
		"time_zones: {default: America/New_York}\noffboard: {custodian: it@example.com}\n"))
	if err != nil {
		t.Fatal(err)
	}
	// These differ, and the file's comments say so.
	full.Source, full.TimeZones, full.Offboard.AutoReply = bare.Source, bare.TimeZones, bare.Offboard.AutoReply
	full.Offboard.OrgUnit, full.Approvals.EmergencyFrom, full.Apps = "", nil, bare.Apps
	full.Slack.Channel, full.Jira.Project, full.Approvals.Protected = "", "", nil
	// As text: an empty list and none are the same rule.
	if got, want := fmt.Sprintf("%+v", full), fmt.Sprintf("%+v", bare); got != want {
		t.Errorf("default.yaml does not say what holds without it:\n%s\n%s", got, want)
	}
}

func TestDemo_ACaseTakesAboutAMinute(t *testing.T) {
	s := plan.SettingsFor(load(t, "demo"), leaver, nil)
	if s.Day != time.Second || s.Lease != time.Minute || s.Watch != 30*time.Second || s.Containment != time.Minute {
		t.Errorf("day %s, lease %s, watch %s, containment %s", s.Day, s.Lease, s.Watch, s.Containment)
	}
	for what, poll := range map[string]time.Duration{"transfer": s.TransferMaxPoll, "lock": s.LockPoll, "return": s.Return.Poll} {
		if poll > 2*time.Second {
			t.Errorf("%s is polled every %s", what, poll)
		}
	}
}

func TestStrict_SuspendsAtOnceAndLendsNothing(t *testing.T) {
	p := load(t, "strict")
	got, err := plan.Build(p, leaver, facts(true), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	where := map[plan.StepID]plan.Step{}
	for _, s := range got.Steps {
		where[s.ID] = s
	}
	if s := where["google.suspend"]; s.Phase != plan.Contain || s.Preset != "" {
		t.Errorf("google.suspend: %+v", s)
	}
	if s := where["google.delegate"]; s.Preset != plan.IgnoredByPolicy {
		t.Errorf("google.delegate: %+v", s)
	}
	if got.Settings.Lease != 0 {
		t.Errorf("lease %s", got.Settings.Lease)
	}
	ceo := leaver
	ceo.Email = "CEO@example.com"
	if n, why := p.Approval(ceo); n != 2 || why == "" {
		t.Errorf("approval of a protected person: %d, %q", n, why)
	}
}
