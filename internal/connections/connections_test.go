package connections

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func noEnv(string) string { return "" }

func TestLoad_RefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown vendor", "okta:\n  url: https://okta.example.com\nbamboo:\n  url: x\n", "line 3: field bamboo not found"},
		{"a misspelt key", "jira:\n  url: https://jira.example.com\n  flavor: cloud\n", "line 3: field flavor not found"},
		{"a secret written out", "okta:\n  token: {value: made-up}\n", "line 2: field value not found"},
		{"a secret as plain text", "okta:\n  token: 00made-up\n", "line 2: a secret is never written here"},
		{"no YAML at all", "okta: [", "connections file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(file(t, c.text))
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "deploy/connections.example.yaml")
			require.NotContains(t, err.Error(), "made-up", "a secret typed into the wrong place is not repeated")
		})
	}
}

func TestLoad_NoFile_SaysWhatOneLooksLike(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "deploy/connections.example.yaml")
}

func TestSecret_IsReadFromItsPlace(t *testing.T) {
	r := &Reader{Getenv: func(name string) string { return map[string]string{"TOKEN": " made-up\n"}[name] }}
	require.Equal(t, "made-up", r.Secret("okta.token", Secret{Env: "TOKEN"}))
	require.Equal(t, "made-up", r.Secret("okta.token", Secret{File: file(t, "made-up\n")}))
	require.Equal(t, "made-up", r.Secret("okta.token", Secret{Value: "made-up"}))
	require.Empty(t, r.Optional("slack.admin_token", Secret{}))
	require.Equal(t, "made-up", r.Optional("slack.admin_token", Secret{Env: "TOKEN"}))
	require.Empty(t, r.Missing)
}

func TestSecret_Missing_NamesFieldPlaceAndMend(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	for _, c := range []struct {
		name   string
		secret Secret
		want   string
	}{
		{"an empty variable", Secret{Env: "OKTA_TOKEN"}, "okta.token: the environment variable OKTA_TOKEN is empty; export it"},
		{"no file", Secret{File: absent}, absent},
		{"an empty file", Secret{File: file(t, " \n")}, "is empty; put the secret into it"},
		{"no place", Secret{}, "okta.token is missing: write {env: NAME} or {file: /path}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Reader{Getenv: noEnv}
			require.Empty(t, r.Secret("okta.token", c.secret))
			require.Len(t, r.Missing, 1)
			require.ErrorContains(t, r.Missing[0], "okta.token")
			require.ErrorContains(t, r.Missing[0], c.want)
		})
	}
}
