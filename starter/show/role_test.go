package show

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/workflows"
)

// starts is Robin's first morning in Berlin.
var starts = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)

// joining is somebody who is expected, with what their role is to give.
func joining() workflows.LookResult {
	now := activities.RoleNow{
		Main: "E1042", Person: employee.Employee{ID: "E1042", FirstName: "Robin", LastName: "Example", Email: "robin@example.com", Title: "Account Executive"},
		Stand: role.Expected, Why: "the first day is 2026-12-01", Zone: "Europe/Berlin", Prepare: starts.AddDate(0, 0, -7), Starts: starts,
		Manager: &plan.Heir{Employee: "E7", Name: "Kim Example", Email: "kim@example.com", Why: "manager"},
		Logins:  []string{"robin@example.com", "robin.example@example.com"}, FromHR: true,
		Role: role.Role{OrgUnit: "/Staff/Sales",
			Attributes: []role.Attribute{
				{Name: "city", Value: "Berlin", Rule: "mapping.sets.germany.city", Record: "E1042"},
				{Name: "costCenter", Value: nil, Rule: "mapping.attributes.costCenter"},
				{Name: "level", Value: 7.0, Rule: "mapping.attributes.level"},
				{Name: "partTime", Value: true, Rule: "mapping.attributes.partTime"},
				{Name: "languages", Value: []any{"de", "en"}, Rule: "mapping.attributes.languages"}},
			Groups: []role.Grant{{Group: "dept-sales", Rule: "mapping.groups[0]", Overlap: 14 * 24 * time.Hour}, {Group: "staff", Rule: "mapping.groups[1]"}},
			Faults: []role.Fault{{Rule: "mapping.attributes.division", Text: "division is required, and HR gives none", Mend: "have HR fill in Division on the profile"}}}}
	now.Settings.Role.On = true
	return workflows.LookResult{Role: &now, Comparison: &activities.Comparison{Join: []string{"staff", "dept-sales"}, Unknown: []string{"dept-sales"}},
		Taken: []workflows.TakenAt{
			{System: "okta", TakenLogin: activities.TakenLogin{Login: "Robin@example.com", Account: "00u9", Status: "DEPROVISIONED", Number: "E55"}},
			{System: "google", TakenLogin: activities.TakenLogin{Login: "robin@example.com", Account: "117", Status: "alias"}}}}
}

// moved is somebody with two positions and an account that is behind.
func moved() workflows.LookResult {
	r := joining()
	now := r.Role
	now.Stand, now.Why, now.Records, now.Main = role.Here, "works for the company", []employee.ID{"E1042", "E2000"}, "E2000"
	now.Prepare, now.Starts, now.Role.Faults = time.Time{}, time.Time{}, nil
	now.Role.Groups[0].Record, now.Role.Groups[1].Record = "E1042", "E2000"
	r.Taken = nil
	r.Comparison = &activities.Comparison{Exists: true, Account: "00u1", Login: "robin@example.com", Status: "ACTIVE",
		Change: []activities.Edit{{Name: "city", Was: "Hamburg", Now: "Berlin", Rule: "mapping.sets.germany.city"}, {Name: "costCenter", Was: "4711", Rule: "mapping.attributes.costCenter"}},
		Join:   []string{"dept-sales"}, Quit: []string{"dept-ops"}, Manual: []string{"figma-editors"}, ByRule: []string{"Everyone"}}
	return r
}

func TestRole(t *testing.T) {
	gone := moved()
	gone.Role.Stand, gone.Role.Why, gone.Role.ShutBy = role.Gone, "a case has ended their access", "offboard/E1042"
	gone.Comparison, gone.Silent = nil, []workflows.Silence{{System: "okta", Type: activities.Forbidden, Text: "Okta does not let us in", Mend: "give a new token"}}
	back := joining()
	back.Role.Matches = []activities.Candidate{{Employee: "E55", Name: "Robin Sample", By: "personal_email", Status: employee.Inactive}, {Employee: "E56", Name: "Robin Twin", By: "email", Status: employee.Active, Sure: true}}
	well := moved()
	well.Comparison = &activities.Comparison{Exists: true, Account: "00u1", Login: "robin@example.com", Status: "ACTIVE"}
	off := joining()
	off.Role.Settings.Role.On = false
	for name, r := range map[string]workflows.LookResult{"role_expected": joining(), "role_here": moved(), "role_gone": gone, "role_matches": back, "role_as_it_is": well, "role_off": off} {
		t.Run(name, func(t *testing.T) { golden(t, name, Role(r)) })
	}
}

func TestRole_EveryStandHasWords(t *testing.T) {
	for _, s := range []role.Stand{role.Gone, role.Away, role.Expected, role.Here} {
		require.NotEmpty(t, standing[s], s)
	}
}

// Whatever HR and vendors wrote stays text on one line.
func TestRole_NothingInItPaints(t *testing.T) {
	r := joining()
	r.Role.Role.Attributes[0].Value, r.Role.Why = "\x1b[2JBerlin\nand\tmore", "\x1b[31mred"
	require.NotContains(t, Role(r), "\x1b")
	require.Contains(t, Role(r), "[2JBerlin and more  mapping.sets.germany.city")
}
