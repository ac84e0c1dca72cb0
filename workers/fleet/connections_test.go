package fleet

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
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

func TestLoadConnections_RefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown vendor", "okta:\n  url: https://okta.example.com\nbamboo:\n  url: x\n", "line 3: field bamboo not found"},
		{"a misspelt key", "jira:\n  url: https://jira.example.com\n  flavor: cloud\n", "line 3: field flavor not found"},
		{"a secret written out", "okta:\n  token: {value: made-up}\n", "line 2: field value not found"},
		{"a secret as plain text", "okta:\n  token: 00made-up\n", "line 2: a secret is never written here"},
		{"no YAML at all", "okta: [", "connections file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LoadConnections(file(t, c.text))
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "deploy/connections.example.yaml")
			require.NotContains(t, err.Error(), "made-up", "a secret typed into the wrong place is not repeated")
		})
	}
}

func TestLoadConnections_NoFile_SaysWhatOneLooksLike(t *testing.T) {
	_, err := LoadConnections(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "deploy/connections.example.yaml")
}

func TestLoadConnections_EmptyFile_IsMissedPartByPart(t *testing.T) {
	c, err := LoadConnections(file(t, ""))
	require.NoError(t, err)
	_, err = Connect(c, Shared{Getenv: noEnv})
	for _, field := range []string{"namely.token", "okta.token", "google.key", "jamf.client_secret", "retriever.key", "tracking.key", "slack.bot_token", "jira.token"} {
		require.ErrorContains(t, err, field+" is missing: write {env: NAME} or {file: /path}")
	}
}

func TestSecret_IsReadFromItsPlace(t *testing.T) {
	r := &reader{getenv: func(name string) string { return map[string]string{"TOKEN": " made-up\n"}[name] }}
	require.Equal(t, "made-up", r.secret("okta.token", Secret{Env: "TOKEN"}))
	require.Equal(t, "made-up", r.secret("okta.token", Secret{File: file(t, "made-up\n")}))
	require.Equal(t, "made-up", r.secret("okta.token", Secret{Value: "made-up"}))
	require.Empty(t, r.optional("slack.admin_token", Secret{}))
	require.Equal(t, "made-up", r.optional("slack.admin_token", Secret{Env: "TOKEN"}))
	require.Empty(t, r.missing)
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
			r := &reader{getenv: noEnv}
			require.Empty(t, r.secret("okta.token", c.secret))
			require.Len(t, r.missing, 1)
			require.ErrorContains(t, r.missing[0], "okta.token")
			require.ErrorContains(t, r.missing[0], c.want)
		})
	}
}

func TestReadStoreKey(t *testing.T) {
	good := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	key, err := ReadStoreKey(file(t, good+"\n"))
	require.NoError(t, err)
	require.Equal(t, [32]byte([]byte(strings.Repeat("k", 32))), key)
	for name, text := range map[string]string{"empty": "", "short": base64.StdEncoding.EncodeToString([]byte("made-up")), "no base64": "made-up key!"} {
		t.Run(name, func(t *testing.T) {
			path := file(t, text)
			_, err := ReadStoreKey(path)
			require.ErrorContains(t, err, path+" does not hold a key of 32 bytes in base64")
			require.ErrorContains(t, err, "openssl rand -base64 32")
			if text != "" {
				require.NotContains(t, err.Error(), text)
			}
		})
	}
	_, err = ReadStoreKey(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestMain_MissingSettings_AreNamedAtOnce(t *testing.T) {
	err := Main(t.Context(), func(name string) string { return map[string]string{EnvPolicy: "policy.yaml"}[name] })
	for _, name := range []string{EnvConnections, EnvStore, EnvStoreKeyFile} {
		require.ErrorContains(t, err, name+" is not set")
	}
	require.NotContains(t, err.Error(), EnvPolicy+" is not set")
}

// Without keys the histories would hold names and addresses in the clear: the worker does not start.
func TestMain_WithoutPayloadKeys_DoesNotStart(t *testing.T) {
	settings := map[string]string{EnvConnections: "unread.yaml", EnvPolicy: "../../policies/default.yaml", EnvStore: filepath.Join(t.TempDir(), "tenure.db"),
		EnvStoreKeyFile: file(t, base64.StdEncoding.EncodeToString(make([]byte, 32)))}
	err := Main(t.Context(), func(name string) string { return settings[name] })
	require.ErrorContains(t, err, "TENURE_PAYLOAD_KEYS")
	require.ErrorContains(t, err, "openssl rand -base64 32")
}

func TestMain_BrokenPolicy_DoesNotStart(t *testing.T) {
	settings := map[string]string{EnvConnections: "unread.yaml", EnvPolicy: file(t, "offbord: {}\n"), EnvStore: "unopened.db", EnvStoreKeyFile: "unread"}
	err := Main(t.Context(), func(name string) string { return settings[name] })
	require.ErrorContains(t, err, "offbord")
	require.NoFileExists(t, "unopened.db")
	require.False(t, errors.Is(err, os.ErrNotExist))
}
