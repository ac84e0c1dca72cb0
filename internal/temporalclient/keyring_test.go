package temporalclient

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func encoded(letter string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, keySize)))
}

func ring(t *testing.T, text string) Keyring {
	t.Helper()
	r, err := ParseKeyring(text)
	require.NoError(t, err)
	return r
}

func TestParseKeyring_KeepsTheOrder(t *testing.T) {
	r := ring(t, "# newest first\n2026-11:"+encoded("a")+", 2026-05:"+encoded("b")+"\n\nold:"+encoded("c")+"\n")
	require.Equal(t, []string{"2026-11", "2026-05", "old"}, r.IDs())
}

func TestParseKeyring_Refuses_NamingTheEntryAndNeverTheKey(t *testing.T) {
	good := encoded("a")
	for name, c := range map[string]struct{ text, want string }{
		"nothing":       {"", "no key found"},
		"comments only": {"# k1:" + good, "no key found"},
		"no id":         {good, "entry 1: has no colon"},
		"empty id":      {":" + good, "entry 1: has an id that is not"},
		"id with space": {"my key:" + good, "entry 1: has an id that is not"},
		"not base64":    {"k1:" + good + ",k2:not*base64", `entry 2: key "k2" is not standard base64`},
		"too short":     {"k1:" + base64.StdEncoding.EncodeToString([]byte("sixteen bytes ok")), `key "k1" is 16 bytes long, not 32`},
		"same id twice": {"k1:" + good + ",k1:" + encoded("b"), `entry 2: id "k1" is used twice`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseKeyring(c.text)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), good)
			require.NotContains(t, err.Error(), "not*base64")
		})
	}
}

func TestKeyringFromEnv(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte("k9:"+encoded("z")+"\n"), 0o600))
	for name, c := range map[string]struct {
		env  map[string]string
		ids  []string
		want string
	}{
		"neither":      {ids: []string{}},
		"value":        {env: map[string]string{EnvPayloadKeys: "k1:" + encoded("a")}, ids: []string{"k1"}},
		"file":         {env: map[string]string{EnvPayloadKeysFile: file}, ids: []string{"k9"}},
		"both":         {env: map[string]string{EnvPayloadKeys: "x", EnvPayloadKeysFile: "y"}, want: "both set; keep one"},
		"missing file": {env: map[string]string{EnvPayloadKeysFile: file + ".no"}, want: EnvPayloadKeysFile + ": payload key file: open"},
		"bad value":    {env: map[string]string{EnvPayloadKeys: "x"}, want: EnvPayloadKeys + ": payload keys: entry 1: has no colon"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := KeyringFromEnv(func(k string) string { return c.env[k] })
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.ids, r.IDs())
		})
	}
}

func TestEnsureKeyFile_MakesOneKeyOnce_ReadableByItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payload.keys")
	_, err := EnsureKeyFile(path)
	require.NoError(t, err)
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, err = EnsureKeyFile(path)
	require.NoError(t, err)
	second, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, first, second, "a second start must not change the key")
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "no draft is left behind")
}

func TestKeyring_Printed_ShowsIdsOnly(t *testing.T) {
	r := ring(t, "k1:"+encoded("S"))
	holder := struct{ Keys Keyring }{r}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "keys", r, "options", holder)
	asJSON, err := json.Marshal(holder)
	require.NoError(t, err)
	out := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		out += fmt.Sprintf(verb+" "+verb+"\n", r, holder)
	}
	require.Contains(t, out, "keyring(k1)")
	for _, secret := range []string{encoded("S"), "SSSS", "53535353", "83 83 83"} {
		require.NotContains(t, out, secret)
	}
}
