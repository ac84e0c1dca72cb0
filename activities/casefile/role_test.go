package casefile_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/role"
	"tenure/internal/store"
)

// roleOffice is an office whose policy maps roles.
func roleOffice(t *testing.T, people ...employee.Employee) *office {
	t.Helper()
	o := newOffice(t, people...)
	o.policy = rolePolicy(t)
	return o
}

var noon = instant("2026-11-02T12:00:00Z")

func (o *office) roleOf(t *testing.T, id string, at time.Time) activities.RoleNow {
	t.Helper()
	c := ref(id)
	c.Case = "onboard/" + id
	got, err := o.Role(t.Context(), activities.AskRole{CaseRef: c, At: at})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (o *office) join(t *testing.T, record, to string) {
	t.Helper()
	if err := o.store.JoinRecords(t.Context(), employee.ID(record), employee.ID(to), "cli:jo", "one person", scanned); err != nil {
		t.Fatal(err)
	}
}

func (o *office) shut(t *testing.T, id, caseID, run string, at time.Time) {
	t.Helper()
	if err := o.store.RaiseFence(t.Context(), store.Fence{Employee: employee.ID(id), Case: caseID, Run: run, Actor: "namely:watch", At: at}); err != nil {
		t.Fatal(err)
	}
}

func groupsOf(r role.Role) string {
	var names []string
	for _, g := range r.Groups {
		names = append(names, g.Group)
	}
	return strings.Join(names, " ")
}

func attributeOf(r role.Role, name string) any {
	for _, a := range r.Attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

func TestRole_SaysWhereSomebodyStandsAndWhatTheirRoleGives(t *testing.T) {
	sam := with(somebody("E3", "p-E2"), is(employee.Pending), starts("2026-12-01"), inDepartment("Sales"), called("Sam", "Lake"))
	o := roleOffice(t, somebody("E1", ""), somebody("E2", "p-E1"), sam)
	if err := o.store.Link(t.Context(), "E3", "okta", "00u3", "login", scanned); err != nil {
		t.Fatal(err)
	}
	got := o.roleOf(t, "E3", noon)
	if got.Main != "E3" || got.Person.ID != "E3" || !slices.Equal(got.Records, []employee.ID{"E3"}) {
		t.Errorf("whose: %+v", got)
	}
	if got.Stand != role.Expected || got.Why != "the first day is 2026-12-01 (2026-12-01 07:00 EST)" || got.ShutBy != "" {
		t.Errorf("%s: %s, %s", got.Stand, got.Why, got.ShutBy)
	}
	first := instant("2026-12-01T12:00:00Z")
	if !got.Starts.Equal(first) || !got.Next.Equal(first) || !got.Prepare.Equal(first.Add(-7*24*time.Hour)) || !got.Leaves.IsZero() {
		t.Errorf("moments %s %s %s %s", got.Prepare, got.Starts, got.Leaves, got.Next)
	}
	if groupsOf(got.Role) != "dept-sales staff" || attributeOf(got.Role, "department") != "Sales" || attributeOf(got.Role, "manager") != "e2@example.com" || len(got.Role.Faults) != 0 {
		t.Errorf("%+v", got.Role)
	}
	if !got.FromHR || !slices.Equal(got.Logins[:3], []string{"e3@example.com", "sam.lake@example.com", "sam.lake2@example.com"}) {
		t.Errorf("logins %v", got.Logins)
	}
	if got.Manager == nil || got.Manager.Employee != "E2" || got.Accounts["okta"] != "00u3" || got.Zone != "America/New_York" || !got.Settings.Role.On || len(got.Matches) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestRole_WithoutAMapping_TellsAllElse(t *testing.T) {
	o := newOffice(t)
	got := o.roleOf(t, "E3", noon)
	if got.Settings.Role.On || got.Role.Groups != nil || got.Role.Attributes != nil || got.Role.Faults != nil {
		t.Errorf("a role without a mapping: %+v", got.Role)
	}
	if got.Stand != role.Here || got.Manager == nil || got.Manager.Employee != "E2" || !slices.Equal(got.Logins, []string{"e3@example.com"}) || got.Settings.Lease == 0 {
		t.Errorf("%+v", got)
	}
}

func TestRole_Refuses(t *testing.T) {
	o := roleOffice(t)
	for _, c := range []struct {
		name string
		in   activities.AskRole
		typ  string
	}{
		{"nobody named", activities.AskRole{}, activities.InvalidInput},
		{"unknown", activities.AskRole{CaseRef: ref("E99")}, activities.NotFound},
		{"unknown profile", activities.AskRole{ProfileID: "p-E99"}, activities.NotFound},
		{"somebody else's profile", activities.AskRole{CaseRef: ref("E3"), ProfileID: "p-E2"}, activities.NotFound},
	} {
		_, err := o.Role(t.Context(), c.in)
		if typ, text, mend := problemOf(t, err); typ != c.typ || text == "" || mend == "" {
			t.Errorf("%s: %s %s (%s)", c.name, typ, text, mend)
		}
	}
}

func TestRole_ByProfile(t *testing.T) {
	got, err := roleOffice(t).Role(t.Context(), activities.AskRole{ProfileID: "p-E3", At: noon})
	if err != nil || got.Main != "E3" || got.Stand != role.Here {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whom a case has shut out is gone, whatever HR says, until somebody lets them in again.
func TestRole_ShutOutByACase_IsGone(t *testing.T) {
	o := roleOffice(t)
	o.shut(t, "E3", "offboard/E3", "run-0", scanned)
	got := o.roleOf(t, "E3", noon)
	if got.Stand != role.Gone || got.ShutBy != "offboard/E3" || !strings.Contains(got.Why, "offboard/E3 ended the access on the word of namely:watch") {
		t.Errorf("%s: %s", got.Stand, got.Why)
	}
	if groupsOf(got.Role) != "staff" {
		t.Errorf("what the role would give is not told: %+v", got.Role)
	}
	mine := activities.AskRole{CaseRef: ref("E3"), At: noon}
	mine.Run = "run-0"
	if own, err := o.Role(t.Context(), mine); err != nil || own.Stand != role.Here {
		t.Errorf("to the case itself: %s, %v", own.Stand, err)
	}
}

// Ending one record takes away what only that record gave.
func TestRole_OfTwoPositions(t *testing.T) {
	job := with(somebody("E3", "p-E2"), inDepartment("Sales"), starts("2020-01-01"))
	side := with(somebody("E4", "p-E1"), inDepartment("Support"), contractor, starts("2024-01-01"))
	for _, c := range []struct {
		name      string
		job, side employee.Employee
		lead      string
		groups    string
		manager   employee.ID
	}{
		{"both", job, side, "E3", "contractors dept-sales dept-support staff", "E2"},
		{"the second ended", job, with(side, is(employee.Inactive)), "E3", "dept-sales staff", "E2"},
		{"the first ended", with(job, leaves("2026-10-30")), side, "E4", "contractors dept-support", "E1"},
		{"the second to come", job, with(side, starts("2026-12-01")), "E3", "dept-sales staff", "E2"},
		{"both over", with(job, leaves("2026-10-30")), with(side, is(employee.Inactive), leaves("2025-10-30")), "E3", "", "E2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, somebody("E1", ""), somebody("E2", "p-E1"), c.job, c.side)
			o.join(t, "E4", "E3")
			for _, id := range []string{"E3", "E4"} {
				got := o.roleOf(t, id, noon)
				if got.Main != "E3" || string(got.Person.ID) != c.lead || got.Records[0] != got.Person.ID || len(got.Records) != 2 || groupsOf(got.Role) != c.groups ||
					got.Manager == nil || got.Manager.Employee != c.manager {
					t.Errorf("asked about %s: led by %s %v, groups %q, manager %+v", id, got.Person.ID, got.Records, groupsOf(got.Role), got.Manager)
				}
			}
		})
	}
}

// The clock alone changes what is said at no moment but those that are named.
func TestRole_HoldsUntilNext(t *testing.T) {
	job := with(somebody("E3", ""), inDepartment("Sales"), leaves("2026-11-10"))
	side := with(somebody("E4", ""), inDepartment("Support"), contractor, starts("2026-11-05"), leaves("2026-11-20"), worksIn("KR"))
	o := roleOffice(t, job, side)
	o.join(t, "E4", "E3")
	var told []string
	for at := noon; !at.IsZero(); {
		now := o.roleOf(t, "E3", at)
		told = append(told, fmt.Sprintf("%s %s %s", at.UTC().Format("02T15"), now.Stand, groupsOf(now.Role)))
		if !now.Next.IsZero() {
			before := o.roleOf(t, "E3", now.Next.Add(-time.Second))
			if before.Stand != now.Stand || groupsOf(before.Role) != groupsOf(now.Role) {
				t.Errorf("before %s it changes from %s %s to %s %s", now.Next, now.Stand, groupsOf(now.Role), before.Stand, groupsOf(before.Role))
			}
		}
		at = now.Next
	}
	want := []string{"02T12 here dept-sales staff", "04T22 here contractors dept-sales dept-support staff", "10T22 here contractors dept-support", "20T08 gone "}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if end := o.roleOf(t, "E3", noon).Leaves; !end.Equal(instant("2026-11-20T08:00:00Z")) {
		t.Errorf("leaves %s", end)
	}
}

// The hierarchy is HR's, but nobody reports to somebody who does not work here.
func TestRole_Manager(t *testing.T) {
	boss := somebody("E1", "")
	for _, c := range []struct {
		name    string
		manager []employee.Employee
		shut    bool
		want    employee.ID
	}{
		{"as HR has it", []employee.Employee{somebody("E2", "p-E1")}, false, "E2"},
		{"on leave", []employee.Employee{with(somebody("E2", "p-E1"), onLeave)}, false, "E2"},
		{"external", []employee.Employee{with(somebody("E2", "p-E1"), contractor)}, false, "E2"},
		{"leaving next month", []employee.Employee{with(somebody("E2", "p-E1"), leaves("2026-12-24"))}, false, "E2"},
		{"whose last day is over", []employee.Employee{with(somebody("E2", "p-E1"), leaves("2026-10-30"))}, false, "E1"},
		{"inactive", []employee.Employee{with(somebody("E2", "p-E1"), is(employee.Inactive))}, false, "E1"},
		{"not begun", []employee.Employee{with(somebody("E2", "p-E1"), is(employee.Pending), starts("2026-12-01"))}, false, "E1"},
		{"shut out by a case", []employee.Employee{somebody("E2", "p-E1")}, true, "E1"},
		{"without an address", []employee.Employee{with(somebody("E2", "p-E1"), reachedAt(""))}, false, "E1"},
		{"on under another record", []employee.Employee{with(somebody("E2", "p-E1"), is(employee.Inactive)), somebody("E5", "p-E1")}, false, "E5"},
		{"not in HR", nil, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, append(c.manager, boss, somebody("E3", "p-E2"))...)
			if len(c.manager) == 2 {
				o.join(t, "E5", "E2")
			}
			if c.shut {
				o.shut(t, "E2", "offboard/E2", "r", scanned)
			}
			got := o.roleOf(t, "E3", noon)
			var who employee.ID
			if got.Manager != nil {
				who = got.Manager.Employee
			}
			if who != c.want {
				t.Errorf("manager %s, want %s", who, c.want)
			}
			if want := strings.ToLower(string(c.want)) + "@example.com"; c.want != "" && attributeOf(got.Role, "manager") != want {
				t.Errorf("the mapping was given %v", attributeOf(got.Role, "manager"))
			}
		})
	}
}

// Somebody moved in spring, before there was a mapping, and moves again in autumn: what is taken away is what they had until
// autumn, for people have seen to spring by hand.
func TestRole_GivenBefore_IsByTheRecordBeforeTheChangeThatIsActedOn(t *testing.T) {
	boss, sam := somebody("E1", ""), with(somebody("E3", ""), inDepartment("Sales"))
	o := newOffice(t, boss, sam)
	o.scan(t, []employee.Employee{boss, with(sam, inDepartment("Support"))})
	waits, err := o.store.NextEvents(t.Context(), 10)
	if err != nil || len(waits) != 1 {
		t.Fatalf("%+v, %v", waits, err)
	}
	if err := o.store.MarkUnused(t.Context(), map[string][]int64{"no mapping": {waits[0].Seq}}); err != nil {
		t.Fatal(err)
	}
	o.policy = rolePolicy(t)
	support := groupsOf(o.roleOf(t, "E3", noon).Role)
	o.scan(t, []employee.Employee{boss, with(sam, inDepartment("Engineering"))})
	got := o.roleOf(t, "E3", noon)
	if given := strings.Join(got.Given.Groups, " "); given != support || given == groupsOf(got.Role) {
		t.Errorf("given %q, by the record before %q, by the one now %q", given, support, groupsOf(got.Role))
	}
}

func TestRole_PausedByALeave_IsKnownUntilItIsOver(t *testing.T) {
	o := roleOffice(t)
	for _, want := range []role.Given{{Groups: []string{"vpn"}, Paused: true, GooglePaused: true}, {Groups: []string{"vpn"}}} {
		if _, err := o.Given(t.Context(), activities.RoleGiven{CaseRef: ref("E3"), Given: want}); err != nil {
			t.Fatal(err)
		}
		if got := o.roleOf(t, "E3", noon).Given; !reflect.DeepEqual(got, want) {
			t.Errorf("given %+v, want %+v", got, want)
		}
	}
}

func TestRole_Matches_ByWhatThePolicySaysOfEach(t *testing.T) {
	former := with(somebody("E2", ""), is(employee.Inactive))
	cousin := with(somebody("E5", ""), privatelyAt("home@example.org"))
	fresh := with(somebody("E9", ""), is(employee.Pending), reachedAt("E2@example.com"), privatelyAt("home@example.org"))
	o := roleOffice(t, former, cousin)
	o.scan(t, []employee.Employee{former, cousin, fresh})
	want := []activities.Candidate{
		{Employee: "E2", Name: "Name E2", By: employee.ByEmail, Status: employee.Inactive, Email: "e2@example.com", Sure: true},
		{Employee: "E5", Name: "Name E5", By: employee.ByPersonalEmail, Status: employee.Active, Email: "e5@example.com"},
	}
	if got := o.roleOf(t, "E9", noon).Matches; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	o.policy.Onboard.Match.PersonalEmail = policy.MatchApart
	if got := o.roleOf(t, "E9", noon).Matches; !reflect.DeepEqual(got, want[:1]) {
		t.Errorf("the policy takes them for two: %+v", got)
	}
	o.join(t, "E9", "E2")
	if got := o.roleOf(t, "E9", noon); len(got.Matches) != 0 || got.Main != "E2" || got.Stand != role.Expected {
		t.Errorf("once joined: %+v %s", got.Matches, got.Main)
	}
}

func TestRole_Logins_LeaveOutWhatHRGaveToOthers(t *testing.T) {
	taken := with(somebody("E1", ""), reachedAt("Sam.Lake@example.com"), is(employee.Inactive))
	sam := with(somebody("E3", ""), reachedAt(""), called("Sam", "Lake"), inDepartment("Sales"))
	o := roleOffice(t, taken, sam)
	got := o.roleOf(t, "E3", noon)
	if got.FromHR || got.Logins[0] != "sam.lake2@example.com" {
		t.Errorf("%v", got.Logins)
	}
	// The login that was chosen is what the role is made of until HR has it.
	in := activities.AskRole{CaseRef: ref("E3"), At: noon, Login: "sam.lake2@example.com"}
	chosen, err := o.Role(t.Context(), in)
	if err != nil || attributeOf(chosen.Role, "email") != "sam.lake2@example.com" || chosen.Person.Email != "" || attributeOf(got.Role, "email") != nil {
		t.Errorf("%+v, %v", chosen.Role, err)
	}
	// HR's own word stands, though somebody else has the address: whose it is must be asked.
	o.scan(t, []employee.Employee{taken, with(sam, reachedAt("sam.lake@example.com"))})
	if got := o.roleOf(t, "E3", noon); !got.FromHR || got.Logins[0] != "sam.lake@example.com" {
		t.Errorf("%v", got.Logins)
	}
}

func TestRole_Given_IsWhatWasKept_ElseWhatTheRecordBeforeGave(t *testing.T) {
	sam := with(somebody("E3", "p-E2"), inDepartment("Sales"))
	boss, manager := somebody("E1", ""), somebody("E2", "p-E1")
	for _, c := range []struct {
		name   string
		before employee.Employee
		want   string
	}{
		{"moved since", sam, "dept-sales staff"},
		{"was a contractor", with(sam, contractor), "contractors dept-sales"},
		{"was to come", with(sam, is(employee.Pending)), ""},
		{"had left", with(sam, is(employee.Inactive)), ""},
		{"has not changed", with(sam, inDepartment("Support")), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := roleOffice(t, boss, manager, c.before)
			o.scan(t, []employee.Employee{boss, manager, with(sam, inDepartment("Support"))})
			got := o.roleOf(t, "E3", noon)
			if strings.Join(got.Given.Groups, " ") != c.want || !got.Given.At.IsZero() {
				t.Errorf("given %v", got.Given)
			}
			if c.want == "" {
				return
			}
			if !slices.Equal(got.Given.Attributes, []string{"department", "email", "manager"}) || slices.Contains(got.Given.Groups, "contractors") != (got.Given.Overlap["contractors"] == 3*24*time.Hour) {
				t.Errorf("given %+v", got.Given)
			}
			kept := role.Given{Groups: []string{"dept-support", "staff"}, At: noon}
			if _, err := o.Given(t.Context(), activities.RoleGiven{CaseRef: ref("E3"), Given: kept}); err != nil {
				t.Fatal(err)
			}
			if again := o.roleOf(t, "E3", noon).Given; !slices.Equal(again.Groups, kept.Groups) || !again.At.Equal(noon) {
				t.Errorf("after it was kept: %+v", again)
			}
		})
	}
}

// Whatever HR did on the way, what is said in the end is what the last records say: events that were lost, repeated or
// out of order change nothing.
func TestRole_IsAFunctionOfTheLastRecords(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 2))
		company := func() []employee.Employee {
			people := []employee.Employee{anyRecord(r, "E1"), anyRecord(r, "E2"), anyRecord(r, "E3"), anyRecord(r, "E4")}
			people[2].ManagerProfileID, people[1].ManagerProfileID = "p-E2", "p-E1"
			people[3].ManagerProfileID = "p-E1"
			return people
		}
		last := company()
		long, short := roleOffice(t, company()...), roleOffice(t, last...)
		for range 1 + r.IntN(6) {
			long.scan(t, company())
			if r.IntN(3) == 0 {
				long.roleOf(t, "E3", noon)
			}
		}
		long.scan(t, last)
		long.join(t, "E4", "E3")
		short.join(t, "E4", "E3")
		for _, id := range []string{"E1", "E2", "E3", "E4"} {
			for range 4 {
				at := instant("2026-11-01T00:00:00Z").Add(time.Duration(r.IntN(14*24)) * time.Hour)
				got, want := long.roleOf(t, id, at), short.roleOf(t, id, at)
				got.Given, want.Given = role.Given{}, role.Given{} // what was given is what happened
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, %s at %s:\n%+v\nwant\n%+v", seed, id, at, got, want)
				}
			}
		}
	}
}
