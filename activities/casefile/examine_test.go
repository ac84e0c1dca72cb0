package casefile_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"tenure/activities"
	"tenure/activities/casefile"
	"tenure/activities/examinetest"
	"tenure/internal/employee"
	"tenure/internal/evidence"
	"tenure/internal/policy"
	"tenure/internal/store"
)

// today is an office whose directory was read this minute.
func today(t *testing.T, change func(*policy.Policy)) (*office, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tenure.db")
	s, err := store.Open(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p, err := policy.Parse("p.yaml", []byte(policyText))
	if err != nil {
		t.Fatal(err)
	}
	change(&p)
	o := &office{store: s, policy: p}
	if o.Casefile, err = casefile.New(s, func() policy.Policy { return o.policy }); err != nil {
		t.Fatal(err)
	}
	o.read(t, company(), 0)
	return o, path
}

// read reads the directory so long ago.
func (o *office) read(t *testing.T, people []employee.Employee, ago time.Duration) {
	t.Helper()
	if _, err := o.store.Apply(t.Context(), people, time.Now().Add(-ago)); err != nil {
		t.Fatal(err)
	}
}

// examine looks the office over: everything that is not well says why it matters and what to do.
func (o *office) examine(t *testing.T) (map[string]activities.Finding, activities.Examine) {
	t.Helper()
	out, err := o.Examine(t.Context(), activities.Examine{})
	if err != nil || out.Rules == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	found := examinetest.ByCheck(t, "tenure", out.Findings)
	return found, *out.Rules
}

func asItIs(*policy.Policy) {}

func TestExamine_HealthyOffice_IsToldWhatWasLookedAt(t *testing.T) {
	o, _ := today(t, func(p *policy.Policy) {
		p.Slack.Channel, p.Jira.Project = "C012AB3CD", "ITOFF"
		p.Access.SlackUsers, p.Access.SlackGroups = []string{"U012AB3CD"}, []string{"S2", "S1"}
		p.Access.Approvers.SlackGroups = []string{"S1"}
		p.Access.Identities = map[string]string{"cli:jo": "e2@example.com"}
		p.Access.BreakGlass, p.Access.ServiceAccounts = []string{"glass@example.com"}, []string{"E2"}
		p.Feed.Leave.Field = "leave_status"
	})
	found, rules := o.examine(t)
	examinetest.Only(t, found)
	for _, check := range []string{"policy", "people", "store", "evidence", "outbox", "inbox", "batches", "poll"} {
		examinetest.Want(t, found, "tenure."+check, activities.FindingOK)
	}
	examinetest.Want(t, found, "tenure.policy", activities.FindingOK, o.policy.Hash())
	want := activities.Examine{LeaveField: "leave_status", OrgUnit: o.policy.Offboard.OrgUnit, SlackChannel: "C012AB3CD", JiraProject: "ITOFF",
		JiraType: "Task", JiraSubtask: "Sub-task", PolicyHash: o.policy.Hash()}
	if !slices.Equal(rules.SlackGroups, []string{"S1", "S2"}) || !slices.Equal(rules.JiraStatuses, []string{"Done", "Received"}) {
		t.Errorf("rules %+v", rules)
	}
	rules.SlackGroups, rules.JiraStatuses = nil, nil
	if got := rules; got.LeaveField != want.LeaveField || got.OrgUnit != want.OrgUnit || got.SlackChannel != want.SlackChannel ||
		got.JiraProject != want.JiraProject || got.JiraType != want.JiraType || got.JiraSubtask != want.JiraSubtask || got.PolicyHash != want.PolicyHash {
		t.Errorf("rules %+v, want %+v", got, want)
	}
}

func TestExamine_Policy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*policy.Policy)
		check  string
		words  []string
	}{
		"nobody may use Slack":     {func(p *policy.Policy) { p.Slack.Channel = "C012AB3CD" }, "tenure.access", []string{"nobody may use Tenure in Slack", "access.slack_groups"}},
		"one approver, two needed": {func(p *policy.Policy) { p.Access.Approvers.Actors = []string{"cli:jo"} }, "tenure.approvers", []string{"names one"}},
		"no custodian":             {func(p *policy.Policy) { p.Offboard.Custodian = "" }, "tenure.custodian", []string{"goes to nobody"}},
		"protected by a slip":      {func(p *policy.Policy) { p.Approvals.Protected = []string{"E1", "E77"} }, "tenure.person.approvals.protected[1]", []string{"E77", "nobody is protected"}},
		"an identity nobody has":   {func(p *policy.Policy) { p.Access.Identities = map[string]string{"cli:jo": "jo@example.com"} }, "tenure.person.access.identities.cli:jo", []string{"count as two people"}},
		"a break-glass number":     {func(p *policy.Policy) { p.Access.BreakGlass = []string{"E88"} }, "tenure.person.access.break_glass[0]", []string{"E88"}},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := today(t, c.change)
			found, _ := o.examine(t)
			examinetest.Only(t, found, c.check)
			examinetest.Want(t, found, c.check, activities.FindingWarning, c.words...)
		})
	}
	t.Run("people who have left or leave", func(t *testing.T) {
		o, _ := today(t, func(p *policy.Policy) {
			p.Offboard.Custodian = "e2@example.com"
			p.Apps.Listed = map[string]policy.App{"figma": {Method: policy.Delegate, Owner: "e3@example.com"}}
		})
		people := company()
		people[1].Status = employee.Inactive
		soon, err := employee.ParseDate(time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
		if err != nil {
			t.Fatal(err)
		}
		people[2].DepartureDate = soon
		o.read(t, people, 0)
		found, _ := o.examine(t)
		examinetest.Only(t, found, "tenure.person.apps.listed.figma.owner", "tenure.person.offboard.custodian")
		examinetest.Want(t, found, "tenure.person.offboard.custodian", activities.FindingWarning, "who has left")
		examinetest.Want(t, found, "tenure.person.apps.listed.figma.owner", activities.FindingWarning, "who leaves on")
	})
}

func TestExamine_Backlogs(t *testing.T) {
	for ago, want := range map[time.Duration]activities.Severity{time.Minute: activities.FindingOK, 20 * time.Minute: activities.FindingWarning, 2 * time.Hour: activities.FindingFailure} {
		o, path := today(t, asItIs)
		people := company()
		people[2].Status = employee.Inactive
		o.read(t, people, ago)
		o.read(t, people, 0) // the poll itself is recent
		if _, err := o.store.PutLetter(t.Context(), "slack:1", "{}", false); err != nil {
			t.Fatal(err)
		}
		spoil(t, path, `UPDATE inbox SET received_at = $1`, time.Now().Add(-ago/10).UTC().Format("2006-01-02T15:04:05.000000Z"))
		found, _ := o.examine(t)
		examinetest.Want(t, found, "tenure.outbox", want, "1 wait in the outbox")
		examinetest.Want(t, found, "tenure.inbox", want, "1 wait in the inbox")
	}
}

func spoil(t *testing.T, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestExamine_Evidence(t *testing.T) {
	o, path := today(t, asItIs)
	for _, key := range []string{"a", "b", "c"} {
		if _, _, err := o.store.AppendEvidence(t.Context(), key, evidence.Record{Personal: evidence.Personal{Detail: "made-up " + key}}); err != nil {
			t.Fatal(err)
		}
	}
	found, _ := o.examine(t)
	examinetest.Want(t, found, "tenure.evidence", activities.FindingOK, "of 3 records verify")
	spoil(t, path, `UPDATE evidence SET record = REPLACE(record, 'made-up b', 'made-up x')`)
	found, _ = o.examine(t)
	examinetest.Only(t, found, "tenure.evidence")
	examinetest.Want(t, found, "tenure.evidence", activities.FindingFailure, "record 2", "tenure evidence verify")
}

func TestExamine_NewerSchema(t *testing.T) {
	o, path := today(t, asItIs)
	spoil(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	found, _ := o.examine(t)
	examinetest.Only(t, found, "tenure.store")
	examinetest.Want(t, found, "tenure.store", activities.FindingWarning, "schema 999", "newer Tenure")
}

func TestExamine_Poll(t *testing.T) {
	t.Run("never", func(t *testing.T) {
		o, path := today(t, asItIs)
		spoil(t, path, `DELETE FROM watch`)
		found, _ := o.examine(t)
		examinetest.Want(t, found, "tenure.poll", activities.FindingWarning, "has not been read yet")
	})
	t.Run("long ago", func(t *testing.T) {
		o, _ := today(t, asItIs)
		o.read(t, company(), 45*time.Minute)
		found, _ := o.examine(t)
		examinetest.Only(t, found, "tenure.poll")
		examinetest.Want(t, found, "tenure.poll", activities.FindingWarning, "45m0s ago", "watch-directory")
	})
	for ago, want := range map[time.Duration]activities.Severity{time.Minute: activities.FindingWarning, time.Hour: activities.FindingFailure} {
		o, _ := today(t, asItIs)
		directory := o.store.Directory(nil)
		why := employee.Distrust{Cause: employee.HiddenFields, What: "departure_date is hidden", Mend: "give the token's role the right"}
		if err := directory.Fail(t.Context(), time.Now().Add(-ago), 3, employee.PollDiscarded, why); err != nil {
			t.Fatal(err)
		}
		found, _ := o.examine(t)
		examinetest.Only(t, found, "tenure.poll")
		examinetest.Want(t, found, "tenure.poll", want, "discarded", "departure_date is hidden", "give the token's role the right")
	}
}

// stern holds whatever happens.
type stern struct{}

func (stern) Believe(employee.Feed) []employee.Distrust { return nil }
func (stern) Weigh(b employee.Burst) employee.Verdict {
	v := employee.Verdict{People: len(b.Fresh), Cause: "everybody at once"}
	for i := range b.Fresh {
		v.Hold = append(v.Hold, i)
	}
	return v
}
func (stern) Window() time.Duration  { return time.Hour }
func (stern) Holding() time.Duration { return time.Hour }

func TestExamine_HeldBatch(t *testing.T) {
	o, _ := today(t, asItIs)
	people := company()
	people[1].Status, people[2].Status = employee.Inactive, employee.Inactive
	if _, err := o.store.Directory(stern{}).Apply(t.Context(), employee.Scan{At: time.Now(), People: people}); err != nil {
		t.Fatal(err)
	}
	batches, err := o.store.Batches(t.Context(), employee.BatchHeld)
	if err != nil || len(batches) != 1 {
		t.Fatalf("%+v, %v", batches, err)
	}
	found, _ := o.examine(t)
	examinetest.Only(t, found, "tenure.batch."+batches[0].ID)
	examinetest.Want(t, found, "tenure.batch."+batches[0].ID, activities.FindingWarning, "holds 2 people", "everybody at once", "tenure batch show "+batches[0].ID)
}
