package cli

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/employee"
	"tenure/internal/plan"
	"tenure/internal/store"
	"tenure/workflows"
)

func directory(t *testing.T, people ...employee.Employee) *connection {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "tenure.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	if len(people) > 0 {
		_, err = s.Apply(t.Context(), people, time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC))
		require.NoError(t, err)
	}
	return &connection{store: s, env: func(name string) string { return map[string]string{EnvPolicy: "../../policies/default.yaml"}[name] }}
}

func robin(id employee.ID, profile, email string) employee.Employee {
	return employee.Employee{ID: id, ProfileID: profile, Email: email, FirstName: "Robin", LastName: "Example", Status: employee.Active}
}

func TestPerson(t *testing.T) {
	c := directory(t, robin("E1042", "p1", "robin@example.com"), robin("E1043", "p2", "twin@example.com"), robin("E1044", "p3", "twin@example.com"))
	for _, text := range []string{"E1042", "robin@example.com", "Robin@Example.com", "p1"} {
		found, err := c.person(t.Context(), text)
		require.NoError(t, err, text)
		require.Equal(t, employee.ID("E1042"), found.ID)
	}
	_, err := c.person(t.Context(), "nobody@example.com")
	require.Equal(t, ExitUnknown, codeOf(err))
	require.ErrorContains(t, err, `nobody is known as "nobody@example.com"`)
	_, err = c.person(t.Context(), "twin@example.com")
	require.Equal(t, ExitAmbiguous, codeOf(err))
	for _, want := range []string{"fits 2 people", "E1043", "E1044", "give the employee id"} {
		require.ErrorContains(t, err, want)
	}
}

func TestCaseID_IsFoundByPersonOrWorkflow(t *testing.T) {
	c := directory(t, robin("E1042", "p1", "robin@example.com"))
	for text, want := range map[string]string{"robin@example.com": "offboard/E1042", "E1042": "offboard/E1042", "device-return/E1042/C02XY": "device-return/E1042/C02XY", "offboard/E7": "offboard/E7"} {
		got, err := c.caseID(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// The steps of a device's way back are answered in its own case.
func TestStepCase(t *testing.T) {
	c := directory(t, robin("E1042", "p1", "robin@example.com"))
	for step, want := range map[string]string{
		"okta.suspend": "offboard/E1042", "device.return:C02XY": "offboard/E1042", "jamf.lock:C02XY": "offboard/E1042",
		"retriever.order:C02XY": "device-return/E1042/C02XY", "device.checkin:C02XY": "device-return/E1042/C02XY",
		"jamf.erase:C02XY": "device-return/E1042/C02XY", "jamf.stock:C02XY": "device-return/E1042/C02XY", "device.cancel:C02XY": "offboard/E1042",
	} {
		got, same, err := c.stepCase(t.Context(), "E1042", plan.StepID(step), workflows.RetryStep.Name)
		require.NoError(t, err)
		require.Equal(t, want, got, step)
		require.EqualValues(t, step, same)
	}
}

func in(t *testing.T, country, state string) employee.Employee {
	t.Helper()
	e := robin("E1042", "p1", "robin@example.com")
	e.Home = employee.Address{Country: country, State: state}
	return e
}

func TestWhen(t *testing.T) {
	c := directory(t)
	p, err := c.policy()
	require.NoError(t, err)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	newYork, berlin, seoul := in(t, "US", "NY"), in(t, "DE", ""), in(t, "KR", "")
	for _, z := range []struct {
		person employee.Employee
		zone   string
	}{{newYork, "America/New_York"}, {berlin, "Europe/Berlin"}, {seoul, "Asia/Seoul"}} {
		require.Equal(t, z.zone, p.ZoneName(z.person))
	}
	hour := p.Offboard.At
	for _, c2 := range []struct {
		name   string
		text   string
		person employee.Employee
		want   string
	}{
		{"nothing", "", newYork, ""},
		{"now", " Now ", newYork, ""},
		{"an instant", "2026-11-30T17:00:00-05:00", berlin, "2026-11-30T22:00:00Z"},
		{"an instant in UTC", "2026-11-30T17:00:00Z", berlin, "2026-11-30T17:00:00Z"},
		{"an hour where the person is", "2026-11-30 17:00", newYork, "2026-11-30T22:00:00Z"},
		{"the same with a T", "2026-11-30T17:00", newYork, "2026-11-30T22:00:00Z"},
		{"in summer", "2026-07-30 17:00", newYork, "2026-07-30T21:00:00Z"},
		{"elsewhere", "2026-11-30 17:00", seoul, "2026-11-30T08:00:00Z"},
		{"an hour that comes twice is the first", "2026-11-01 01:30", newYork, "2026-11-01T05:30:00Z"},
		{"also in Europe", "2026-10-25 02:30", berlin, "2026-10-25T00:30:00Z"},
		{"an hour that is left out moves on", "2026-03-08 02:30", newYork, "2026-03-08T07:30:00Z"},
		{"a day", "2026-11-30", berlin, time.Date(2026, 11, 30, hour.Hour-1, hour.Minute, 0, 0, time.UTC).Format(time.RFC3339)},
		{"a day in summer", "2026-07-30", berlin, time.Date(2026, 7, 30, hour.Hour-2, hour.Minute, 0, 0, time.UTC).Format(time.RFC3339)},
	} {
		t.Run(c2.name, func(t *testing.T) {
			got, err := c.when(c2.text, c2.person, now)
			require.NoError(t, err)
			if c2.want == "" {
				require.True(t, got.IsZero())
				return
			}
			require.Equal(t, c2.want, got.UTC().Format(time.RFC3339))
		})
	}
}

func TestWhen_Malformed_NamesShapeAndMend(t *testing.T) {
	c := directory(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c2 := range []struct{ name, text, want string }{
		{"a word", "tomorrow", "is not a moment"},
		{"no such day", "2026-02-30", "is not a moment"},
		{"no such month", "2026-13-01", "is not a moment"},
		{"an hour alone, which was once the year 0", "T17:00", "is not a moment"},
		{"a time alone", "17:00", "is not a moment"},
		{"in which order?", "03/04/2027", "is not a moment"},
		{"no such hour", "2026-11-30 25:00", `"25:00" is not an hour of the day`},
		{"half a clock", "2026-11-30 5pm", `"5pm" is not an hour of the day`},
		{"a zone by name", "2026-11-30 17:00 EST", "is not an hour of the day"},
		{"a mistyped year", "2025-11-30", "is past"},
		{"an instant that is past", "2026-11-22T08:59:59Z", "leave --at out to begin at once"},
	} {
		t.Run(c2.name, func(t *testing.T) {
			at, err := c.when(c2.text, in(t, "US", "NY"), now)
			require.Equal(t, ExitUsage, codeOf(err))
			require.True(t, at.IsZero())
			for _, want := range []string{"--at", c2.want, "write 2026-11-30 (the policy's hour on that day)"} {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestWhen_WithoutPolicy_SaysWhatToSet(t *testing.T) {
	c := directory(t)
	c.env = func(string) string { return "" }
	_, err := c.when("2027-01-01", in(t, "US", "NY"), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Equal(t, ExitUsage, codeOf(err))
	require.ErrorContains(t, err, "TENURE_POLICY is not set")
}
