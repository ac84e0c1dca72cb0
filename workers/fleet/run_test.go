package fleet

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/connections"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func noEnv(string) string { return "" }

func TestConnect_EmptyFile_IsMissedPartByPart(t *testing.T) {
	c, err := connections.Load(file(t, ""))
	require.NoError(t, err)
	_, err = Connect(c, Shared{Getenv: noEnv})
	for _, field := range []string{"namely.token", "okta.token", "google.key", "jamf.client_secret", "retriever.key", "tracking.key", "slack.bot_token", "jira.token"} {
		require.ErrorContains(t, err, field+" is missing: write {env: NAME} or {file: /path}")
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
