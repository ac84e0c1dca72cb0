package casefile_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tenure/activities/casefile"
	"tenure/internal/employee"
	"tenure/internal/policy"
	"tenure/internal/role"
)

const roleText = policyText + `mapping:
  login: {make: ['plain(hr.first_name) + "." + plain(hr.last_name)'], taken: ask}
  attributes:
    - {name: department, value: hr.department, required: true}
    - {name: email, value: hr.email}
    - {name: manager, value: manager.email}
  groups:
    - {name: staff, when: "!hr.external"}
    - {name: contractors, when: hr.external, overlap: 3d}
    - {names: '[prefixed("dept-", slug(hr.department))]'}
onboard: {prepare: 7d, at: "07:00", match: {email: same, personal_email: ask, number: apart}}
`

func rolePolicy(t *testing.T) policy.Policy {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte(roleText))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(text string) employee.Date {
	d, err := employee.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// edit changes somebody's record.
type edit func(*employee.Employee)

func with(e employee.Employee, edits ...edit) employee.Employee {
	for _, change := range edits {
		change(&e)
	}
	return e
}

func is(s employee.Status) edit       { return func(e *employee.Employee) { e.Status = s } }
func starts(date string) edit         { return func(e *employee.Employee) { e.StartDate = day(date) } }
func leaves(date string) edit         { return func(e *employee.Employee) { e.DepartureDate = day(date) } }
func onLeave(e *employee.Employee)    { e.OnLeave = true }
func contractor(e *employee.Employee) { e.WorkerType = employee.Contractor }
func worksIn(country string) edit     { return func(e *employee.Employee) { e.Home.Country = country } }
func inDepartment(d string) edit      { return func(e *employee.Employee) { e.Department = d } }
func under(profile string) edit       { return func(e *employee.Employee) { e.ManagerProfileID = profile } }
func called(first, last string) edit {
	return func(e *employee.Employee) { e.FirstName, e.LastName = first, last }
}
func reachedAt(address string) edit { return func(e *employee.Employee) { e.Email = address } }
func privatelyAt(address string) edit {
	return func(e *employee.Employee) { e.PersonalEmail = address }
}

func TestStand(t *testing.T) {
	p := rolePolicy(t)
	one := func(edits ...edit) []employee.Employee {
		return []employee.Employee{with(somebody("E1", ""), edits...)}
	}
	two := func(a, b employee.Employee) []employee.Employee { return []employee.Employee{a, b} }
	e1, e2 := somebody("E1", ""), somebody("E2", "")
	for _, c := range []struct {
		name    string
		records []employee.Employee
		at      string
		want    role.Stand
	}{
		{"works", one(), "2026-11-02T12:00:00Z", role.Here},
		{"inactive", one(is(employee.Inactive)), "2026-11-02T12:00:00Z", role.Gone},
		{"inactive before the last day comes", one(is(employee.Inactive), leaves("2026-12-31")), "2026-11-02T12:00:00Z", role.Gone},
		{"on leave", one(onLeave), "2026-11-02T12:00:00Z", role.Away},
		{"gone while on leave", one(onLeave, is(employee.Inactive)), "2026-11-02T12:00:00Z", role.Gone},

		// The hour of the first day is the person's own: 07:00 in New York is 12:00 UTC in winter and 11:00 in summer.
		{"an hour before the first morning", one(is(employee.Pending), starts("2026-12-01")), "2026-12-01T11:59:59Z", role.Expected},
		{"the first morning", one(is(employee.Pending), starts("2026-12-01")), "2026-12-01T12:00:00Z", role.Here},
		{"the first morning in summer", one(is(employee.Pending), starts("2026-07-01")), "2026-07-01T11:00:00Z", role.Here},
		{"the night before it in summer", one(is(employee.Pending), starts("2026-07-01")), "2026-07-01T10:59:59Z", role.Expected},
		{"the morning on which the clocks go forward", one(starts("2026-03-08")), "2026-03-08T11:00:00Z", role.Here},
		{"before that morning", one(starts("2026-03-08")), "2026-03-08T10:59:59Z", role.Expected},
		{"the morning on which the clocks go back", one(starts("2026-11-01")), "2026-11-01T12:00:00Z", role.Here},
		{"before that one", one(starts("2026-11-01")), "2026-11-01T11:59:59Z", role.Expected},
		{"the first morning in Seoul is the evening before in London", one(starts("2026-12-01"), worksIn("KR")), "2026-11-30T22:00:00Z", role.Here},
		{"before it in Seoul", one(starts("2026-12-01"), worksIn("KR")), "2026-11-30T21:59:59Z", role.Expected},
		{"active in HR long before the first day", one(starts("2026-12-01")), "2026-11-02T12:00:00Z", role.Expected},
		{"a late starter whom HR has not activated", one(is(employee.Pending), starts("2026-10-01")), "2026-11-02T12:00:00Z", role.Here},
		{"pending without a first day", one(is(employee.Pending)), "2026-11-02T12:00:00Z", role.Expected},
		{"on leave before the first day", one(onLeave, starts("2026-12-01")), "2026-11-02T12:00:00Z", role.Expected},
		{"on leave from the first day", one(onLeave, starts("2026-12-01")), "2026-12-01T12:00:00Z", role.Away},

		// The last day ends by the policy's hour, 17:00.
		{"the last afternoon", one(leaves("2026-11-30")), "2026-11-30T21:59:59Z", role.Here},
		{"the end of the last day", one(leaves("2026-11-30")), "2026-11-30T22:00:00Z", role.Gone},
		{"the end of the last day in Seoul", one(leaves("2026-11-30"), worksIn("KR")), "2026-11-30T08:00:00Z", role.Gone},
		{"a first day after the last one", one(starts("2026-12-24"), leaves("2026-12-01")), "2026-12-24T12:00:00Z", role.Gone},

		{"two positions", two(e1, e2), "2026-11-02T12:00:00Z", role.Here},
		{"one of two ended", two(e1, with(e2, is(employee.Inactive))), "2026-11-02T12:00:00Z", role.Here},
		{"the first of two ended", two(with(e1, leaves("2026-10-30")), e2), "2026-11-02T12:00:00Z", role.Here},
		{"both ended", two(with(e1, leaves("2026-10-30")), with(e2, is(employee.Inactive))), "2026-11-02T12:00:00Z", role.Gone},
		{"on leave from one of two", two(with(e1, onLeave), e2), "2026-11-02T12:00:00Z", role.Here},
		{"on leave from the one that goes on", two(with(e1, onLeave), with(e2, is(employee.Inactive))), "2026-11-02T12:00:00Z", role.Away},
		{"on leave, and a second position to come", two(with(e1, onLeave), with(e2, starts("2026-12-01"))), "2026-11-02T12:00:00Z", role.Away},
		{"works, and a second position to come", two(e1, with(e2, starts("2026-12-01"))), "2026-11-02T12:00:00Z", role.Here},
		{"a rehire to come under another record", two(with(e1, is(employee.Inactive)), with(e2, is(employee.Pending), starts("2026-12-01"))), "2026-11-02T12:00:00Z", role.Expected},

		// From contractor to employee: no day lies between, and the night does not count.
		{"hired: the last afternoon as a contractor", two(with(e1, leaves("2026-11-30")), with(e2, is(employee.Pending), starts("2026-12-01"))), "2026-11-30T21:59:59Z", role.Here},
		{"hired: the night", two(with(e1, leaves("2026-11-30")), with(e2, is(employee.Pending), starts("2026-12-01"))), "2026-12-01T03:00:00Z", role.Here},
		{"hired: the night, the old record inactive already", two(with(e1, leaves("2026-11-30"), is(employee.Inactive)), with(e2, starts("2026-12-01"))), "2026-12-01T03:00:00Z", role.Here},
		{"hired: the first morning", two(with(e1, leaves("2026-11-30"), is(employee.Inactive)), with(e2, starts("2026-12-01"))), "2026-12-01T12:00:00Z", role.Here},
		{"ended early, to begin again as agreed", two(with(e1, leaves("2026-11-30"), is(employee.Inactive)), with(e2, starts("2026-12-01"))), "2026-11-20T12:00:00Z", role.Expected},
		{"a weekend between is a leaving", two(with(e1, leaves("2026-11-27")), with(e2, starts("2026-11-30"))), "2026-11-28T12:00:00Z", role.Expected},
		{"what ended years ago is followed by nothing", two(with(e1, starts("2020-01-01"), leaves("2022-01-01")), with(e2, starts("2026-12-01"))), "2026-11-20T12:00:00Z", role.Expected},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := casefile.Stand(p, c.records, instant(c.at)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if len(c.records) == 2 {
				if got := casefile.Stand(p, two(c.records[1], c.records[0]), instant(c.at)); got != c.want {
					t.Errorf("with the records the other way around: %s, want %s", got, c.want)
				}
			}
		})
	}
}

// anyRecord is a record that HR could come to have.
func anyRecord(r *rand.Rand, id string) employee.Employee {
	e := with(somebody(id, ""), inDepartment([]string{"", "Sales", "Support"}[r.IntN(3)]))
	e.Status = []employee.Status{employee.Active, employee.Active, employee.Pending, employee.Inactive}[r.IntN(4)]
	e.OnLeave = r.IntN(4) == 0
	e.Home.Country = []string{"US", "KR"}[r.IntN(2)]
	if r.IntN(3) == 0 {
		e.WorkerType = employee.Contractor
	}
	date := func() employee.Date { return employee.Date{Year: 2026, Month: time.November, Day: 1 + r.IntN(12)} }
	if r.IntN(3) > 0 {
		e.StartDate = date()
	}
	if r.IntN(3) == 0 {
		e.DepartureDate = date()
	}
	return e
}

// Whatever came before, and in whatever order the records are read, where somebody stands is what the records say.
func TestStand_OrderOfRecordsPlaysNoPart(t *testing.T) {
	p := rolePolicy(t)
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var records []employee.Employee
		for i := range 1 + r.IntN(3) {
			records = append(records, anyRecord(r, fmt.Sprintf("E%d", i)))
		}
		at := instant("2026-11-01T00:00:00Z").Add(time.Duration(r.IntN(14*24)) * time.Hour)
		want := casefile.Stand(p, records, at)
		r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		if got := casefile.Stand(p, records, at); got != want {
			t.Fatalf("seed %d: %s, and %s in another order: %+v", seed, want, got, records)
		}
	}
}
