package namely_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/namely"
	"tenure/internal/employee"
	"tenure/simulators/kit"
	namelysim "tenure/simulators/namely"
)

// noted asserts that the last look was kept as this, with these words, and nothing of it applied.
func (b *bench) noted(how employee.PollOutcome, cause employee.PollCause, words ...string) {
	b.t.Helper()
	if len(b.directory.failed) != 1 {
		b.t.Fatalf("noted %+v", b.directory.failed)
	}
	p := b.directory.failed[0]
	if p.Outcome != how || p.Distrust.Cause != cause || !p.At.Equal(now) {
		b.t.Errorf("noted as %s for %s at %s, want %s for %s", p.Outcome, p.Distrust.Cause, p.At, how, cause)
	}
	if p.Distrust.What == "" || p.Distrust.Why == "" || p.Distrust.Mend == "" {
		b.t.Errorf("noted without what, why or mend: %+v", p.Distrust)
	}
	text := p.Distrust.Error()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Errorf("%q does not say %q", text, word)
		}
	}
	if strings.Contains(text, namelysim.DefaultToken) {
		b.t.Errorf("the note holds the token: %s", text)
	}
}

// Every way in which a look at Namely gives nothing to apply, and what is kept of it.
func TestScanDirectory_WhyThereIsNothing_IsKept(t *testing.T) {
	row := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"user_status":"active","start_date":"","departure_date":"","reports_to":[]}`, id)
	}
	page := func(total int, rows ...string) string {
		return fmt.Sprintf(`{"profiles":[%s],"meta":{"count":%d,"total_count":%d}}`, strings.Join(rows, ","), len(rows), total)
	}
	answer := func(b *bench, bodies ...string) {
		for _, body := range bodies {
			b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: 200, Body: body, Times: 1})
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*bench)
		how   employee.PollOutcome
		cause employee.PollCause
		words []string
	}{
		{"no answer", func(b *bench) { b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Status: 503}) }, employee.PollFailed, employee.Unreachable, []string{"not available", "again by itself"}},
		{"throttled", func(b *bench) { b.sim.Inject(kit.Fault{Path: "/api/v1/profiles", Throttle: true}) }, employee.PollFailed, employee.Unreachable, []string{"406"}},
		{"wrong token", func(b *bench) { b.cfg.Token = "wrong" }, employee.PollFailed, employee.Refused, []string{"personal access token"}},
		{"owner signs in by SSO", func(b *bench) { b.sim.OwnerUsesSSO = true }, employee.PollFailed, employee.Refused, []string{"SSO", "integrations"}},
		{"owner left", func(b *bench) { b.sim.OwnerDeactivated = true }, employee.PollFailed, employee.Refused, []string{"deactivated"}},
		{"a hidden field", func(b *bench) { b.sim.Hidden = []string{"departure_date"} }, employee.PollDiscarded, employee.HiddenFields, []string{"departure_date (of 120 in 120 people)", "cleared", "role"}},
		{"nobody", func(b *bench) { b.sim.EmptyFrom = 1 }, employee.PollDiscarded, employee.ShortFeed, nil},
		{"page 2 is empty", func(b *bench) { b.sim.EmptyFrom = 2 }, employee.PollDiscarded, employee.ShortFeed, []string{"counts 120", "showed 50"}},
		{"a date that is none", func(b *bench) { b.sim.Edit("p-0003", func(p *namelysim.Profile) { p.Departure = "soon" }) }, employee.PollDiscarded, employee.Unreadable, []string{"p-0003", "departure_date", "in Namely"}},
		{"a page for people", func(b *bench) { answer(b, "<html>Sign in</html>") }, employee.PollDiscarded, employee.Unreadable, []string{"not the expected JSON"}},
		{"no list", func(b *bench) { answer(b, `{"meta":{}}`) }, employee.PollDiscarded, employee.Unreadable, []string{"no list"}},
		{"a profile that is none", func(b *bench) { answer(b, `{"profiles":["p-0001"]}`) }, employee.PollDiscarded, employee.Unreadable, []string{"cannot be read"}},
		{"one profile twice on a page", func(b *bench) { answer(b, page(2, row("a"), row("a"))) }, employee.PollDiscarded, employee.DuplicateRows, []string{"twice"}},
		{"the total shrinks", func(b *bench) { answer(b, page(3, row("a")), page(2, row("b"))) }, employee.PollDiscarded, employee.ChangedWhileRead, []string{"counted 3", "then 2"}},
		{"the same page for ever", func(b *bench) { answer(b, page(0, row("a")), page(0, row("a")), page(0, row("a")), page(0, row("a"))) }, employee.PollDiscarded, employee.EndlessFeed, nil},
		{"the disk is full", func(b *bench) { b.directory.broken = errors.New("disk is full") }, employee.PollDiscarded, employee.NotKept, []string{"disk is full"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 120)
			c.spoil(b)
			if _, err := b.scan(); err == nil {
				t.Fatal("scanned")
			}
			b.noted(c.how, c.cause, c.words...)
			if b.directory.scans != 0 {
				t.Error("a bad scan was kept")
			}
		})
	}
}

// What the directory does not believe it notes itself; the activity ends for good, with all that is to be known.
func TestScanDirectory_NotBelieved_IsAConflict(t *testing.T) {
	b := newBench(t, 3)
	b.directory.broken = &employee.Distrust{Cause: employee.HeadcountDrop, What: "200 people are missing", Why: "a hole hides leavers", Mend: "look at the role"}
	_, err := b.scan()
	if app := problem(t, err, activities.Conflict, "200 people are missing", "a hole hides leavers", "look at the role"); !app.NonRetryable() {
		t.Error("it is tried again")
	}
	if len(b.directory.failed) != 0 {
		t.Errorf("noted twice: %+v", b.directory.failed)
	}
}

func TestScanDirectory_SaysWhoseTokenItIs(t *testing.T) {
	b := newBench(t, 3)
	for _, c := range []struct {
		owner string
		spoil func()
		want  employee.TokenOwner
	}{
		{"p-0001", func() {}, employee.TokenOwner{ProfileID: "p-0001", Status: employee.Active}},
		{"p-0002", func() { b.sim.SetStatus("p-0002", "inactive") }, employee.TokenOwner{ProfileID: "p-0002", Status: employee.Inactive}},
		{"nobody", func() {}, employee.TokenOwner{}}, // 404: not known, and no fault
	} {
		b.sim.Owner = c.owner
		c.spoil()
		if _, err := b.scan(); err != nil {
			t.Fatal(err)
		}
		if got := b.directory.last.Owner; got != c.want {
			t.Errorf("owner %+v, want %+v", got, c.want)
		}
	}
}

func TestScanDirectory_CountsWhatIsFilledIn(t *testing.T) {
	b := newBench(t, 120)
	b.sim.SetDeparture("p-0001", "2026-12-01")
	scan := func() map[string]int {
		if _, err := b.scan(); err != nil {
			t.Fatal(err)
		}
		return b.directory.last.Filled
	}
	if got := scan(); got["email"] != 120 || got["departure_date"] != 1 || got["employee_id"] != 120 || got["personal_email"] != 0 {
		t.Errorf("filled %v", got)
	}
	b.sim.Blank = []string{"email", "departure_date", "employee_id"}
	if got := scan(); got["email"] != 0 || got["departure_date"] != 0 || got["employee_id"] != 0 || got["first_name"] != 120 {
		t.Errorf("filled %v", got)
	}
}

// Departments and offices are found by the type of their group, whatever the customer called it, and never by what a
// profile's list happens to hold besides.
func TestScanDirectory_DepartmentsAndOffices_AreGroupsOfTheirType(t *testing.T) {
	b := newBench(t, 0)
	b.sim.SetOffice("Albany", namelysim.Address{Line1: "9 Elm Street", City: "Albany", State: "NY", Zip: "12207", Country: "US"})
	b.sim.AddProfile(namelysim.Profile{ID: "p1", Email: "a@example.com", FirstName: "A", LastName: "B", Department: "Sales", Office: "Albany"})
	b.sim.AddProfile(namelysim.Profile{ID: "p2", Email: "c@example.com", FirstName: "C", LastName: "D", Department: "Albany", Office: "Sales"})
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	p := b.directory.people
	if p[0].Department != "Sales" || p[0].Office != "Albany" || p[0].OfficeAddress.City != "Albany" || p[1].Department != "Albany" || p[1].Office != "Sales" {
		t.Errorf("%+v", p)
	}
	if n := b.sim.CallsTo("GET", "/api/v1/group_types"); n != 0 {
		t.Errorf("the types came with the groups and were read %d times besides", n)
	}
}

// Where the types do not come along with the groups, they are read by themselves.
func TestScanDirectory_GroupTypesApart_AreRead(t *testing.T) {
	b := newBench(t, 0)
	b.sim.AddProfile(namelysim.Profile{ID: "p1", Email: "a@example.com", FirstName: "A", LastName: "B", Department: "Sales", Office: "Albany"})
	var list []string
	for _, g := range b.sim.Groups() {
		list = append(list, fmt.Sprintf(`{"id":%q,"title":%q,"type":%q}`, g.ID, g.Title, map[string]string{"department": "Departments", "office location": "Office Locations"}[g.Type]))
	}
	b.sim.Inject(kit.Fault{Path: "/api/v1/groups", Status: 200, Body: `{"groups":[` + strings.Join(list, ",") + `]}`})
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	if p := b.directory.people[0]; p.Department != "Sales" || p.Office != "Albany" || b.sim.CallsTo("GET", "/api/v1/group_types") != 1 {
		t.Errorf("%+v", p)
	}
}

// Namely has no field for leave of absence: the customer says where it stands.
func TestScanDirectory_Leave_IsReadWhereTheCustomerKeepsIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave namely.Leave
		value any
		want  bool
	}{
		{"text", namely.Leave{Field: "leave_status", Values: []string{"On leave", "Parental"}}, "on leave ", true},
		{"another text", namely.Leave{Field: "leave_status", Values: []string{"On leave"}}, "none", false},
		{"an object", namely.Leave{Field: "leave_status", Values: []string{"On leave"}}, map[string]any{"title": "On Leave"}, true},
		{"a list", namely.Leave{Field: "leave_status", Values: []string{"On leave"}}, []any{"part time", "On leave"}, true},
		{"an empty list", namely.Leave{Field: "leave_status", Values: []string{"On leave"}}, []any{}, false},
		{"null", namely.Leave{Field: "leave_status", Values: []string{"On leave"}}, nil, false},
		{"a number", namely.Leave{Field: "leave_status", Values: []string{"1"}}, 1, true},
		{"a field that is not there", namely.Leave{Field: "absence", Values: []string{"On leave"}}, "On leave", false},
		{"nowhere", namely.Leave{}, "On leave", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 0)
			b.cfg.Leave = c.leave
			p := person(1)
			p.Custom = map[string]any{"leave_status": c.value}
			b.sim.AddProfile(p)
			if _, err := b.scan(); err != nil {
				t.Fatal(err)
			}
			if got := b.directory.people[0].OnLeave; got != c.want {
				t.Errorf("on leave %v, want %v", got, c.want)
			}
		})
	}
}

// Somebody goes on leave and comes back: two changes of the record, told apart from all others.
func TestScanDirectory_LeaveAndReturn_AreEvents(t *testing.T) {
	b := newBench(t, 3)
	b.cfg.Leave = namely.Leave{Field: "employee_type", Values: []string{"On leave"}}
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"On Leave", "Full Time"} {
		b.sim.Edit("p-0001", func(p *namelysim.Profile) { p.EmployeeType = kind })
		if _, err := b.scan(); err != nil {
			t.Fatal(err)
		}
	}
	if e := b.directory.events; len(e) != 2 || !e[0].Is(employee.LeaveBegan) || !e[1].Is(employee.LeaveEnded) {
		t.Errorf("events %+v", e)
	}
}
