package deploy

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/store/storetest"
	"tenure/workers/fleet"
)

// The script makes a user and a database in which a store opens at the address the workers are given; a second time it
// changes the password and nothing else.
func TestTenureScript_MakesWhatTheWorkersOpen(t *testing.T) {
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("needs psql")
	}
	server, err := url.Parse(storetest.Postgres(t))
	require.NoError(t, err)
	name := strings.TrimPrefix(server.Path, "/") + "_made"
	t.Cleanup(func() {
		storetest.Exec(t, os.Getenv(storetest.EnvPostgres), "DROP DATABASE IF EXISTS "+name)
		storetest.Exec(t, os.Getenv(storetest.EnvPostgres), "DROP ROLE IF EXISTS "+name)
	})
	for _, password := range []string{"simple", `with ' " \ $ :x and more`} {
		runScript(t, server, "TENURE_DATABASE="+name, "TENURE_STORE_PASSWORD="+password)
		address := workersAddress(t, server, name)
		for range 2 {
			s, err := store.Open(t.Context(), store.Config{Path: address, Password: password})
			require.NoError(t, err)
			require.NoError(t, s.Close())
		}
		_, err := store.Open(t.Context(), store.Config{Path: address, Password: "another"})
		require.ErrorContains(t, err, store.EnvPassword)
	}
}

func runScript(t *testing.T, server *url.URL, env ...string) {
	t.Helper()
	admin, _ := server.User.Password()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "postgres/tenure.sh")
	cmd.Env = append(os.Environ(), "PGHOST="+server.Hostname(), "PGPORT="+server.Port(), "PGUSER="+server.User.Username(), "PGPASSWORD="+admin)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, string(out))
}

// workersAddress is the address in docker-compose.yml, at this server and this name.
func workersAddress(t *testing.T, server *url.URL, name string) string {
	t.Helper()
	u, err := url.Parse(*project(t).Services["worker"].Environment[fleet.EnvStore])
	require.NoError(t, err)
	require.Equal(t, "/tenure", u.Path)
	u.User, u.Host, u.Path = url.User(name), server.Host, "/"+name
	return u.String()
}
