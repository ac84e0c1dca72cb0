package cli

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/employee"
	"tenure/internal/store"
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

func in(t *testing.T, country, state string) employee.Employee {
	t.Helper()
	e := robin("E1042", "p1", "robin@example.com")
	e.Home = employee.Address{Country: country, State: state}
	return e
}

// What is asked for is an instant where the policy and the record are here to tell it.
func TestWhen_WithThePolicy_IsAnInstant(t *testing.T) {
	c := directory(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		text   string
		person employee.Employee
		want   string
	}{
		{"2026-11-30 17:00", in(t, "US", "NY"), "2026-11-30T17:00:00-05:00"},
		{"2026-11-30T17:00", in(t, "KR", ""), "2026-11-30T17:00:00+09:00"},
		{"2026-11-30T17:00:00-05:00", in(t, "DE", ""), "2026-11-30T17:00:00-05:00"},
	} {
		ask, shown, err := c.when(x.text, x.person, now)
		require.NoError(t, err)
		require.Equal(t, x.want, ask)
		require.Equal(t, x.want, shown)
	}
	for _, text := range []string{"", " Now "} {
		ask, shown, err := c.when(text, in(t, "US", "NY"), now)
		require.NoError(t, err)
		require.Empty(t, ask)
		require.Equal(t, "now", shown)
	}
}

// Without them it travels as typed, and the worker reads it; what is no moment anywhere is refused here.
func TestWhen_WithoutThePolicy_TravelsAsTyped(t *testing.T) {
	c := &connection{env: func(string) string { return "" }}
	for _, text := range []string{"2026-11-30", "2026-11-30 17:00", "2026-11-30T17:00", "2026-11-30T17:00:00-05:00", "2026-11-30T17:00:00Z"} {
		ask, shown, err := c.when(" "+text+" ", employee.Employee{}, time.Now())
		require.NoError(t, err)
		require.Equal(t, text, ask)
		require.Equal(t, text+" (where the person is)", shown)
	}
}

func TestWhen_Malformed_NamesFlagShapeAndMend(t *testing.T) {
	here, away := directory(t), &connection{env: func(string) string { return "" }}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, text := range []string{"tomorrow", "T17:00", "17:00", "03/04/2027", "2026-11-30 5pm", "2026-11-30 17:00 EST"} {
		for name, c := range map[string]*connection{"here": here, "away": away} {
			ask, _, err := c.when(text, in(t, "US", "NY"), now)
			require.Equal(t, ExitUsage, codeOf(err), "%s, %s", text, name)
			require.Empty(t, ask)
			for _, want := range []string{"--at", text, "write 2026-11-30 (the policy's hour on that day)"} {
				require.ErrorContains(t, err, want)
			}
		}
	}
	_, _, err := here.when("2025-11-30", in(t, "US", "NY"), now)
	require.ErrorContains(t, err, "is past")
}
