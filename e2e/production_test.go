package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	serverlog "go.temporal.io/server/common/log"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // the plugin that docker-compose.yml names
	"go.temporal.io/server/schema"
	v12 "go.temporal.io/server/schema/postgresql/v12"
	"go.temporal.io/server/temporal"

	"tenure/activities"
	"tenure/internal/store/storetest"
	"tenure/internal/temporalclient"
	"tenure/simulators/world"
)

// TestProduction_OnPostgres runs the production shape without its containers: a Temporal server configured by the
// environment that docker-compose.yml gives it, on PostgreSQL; Tenure's store on PostgreSQL at the address of that file;
// two worker processes and the front doors. One person leaves. Once contained, one worker is killed, and the other
// brings the case to its end: nothing is lost, nothing happens twice.
func TestProduction_OnPostgres(t *testing.T) {
	whole(t)
	databases := [3]string{storetest.Postgres(t), storetest.Postgres(t), storetest.Postgres(t)}
	services := composed(t)
	h := &house{data: t.TempDir(), world: startWorld(t)}
	settings := h.settle(t, services["worker"].Environment, databases[2], startCluster(t, services["temporal"].Environment, databases[0], databases[1]))

	var workers []*process
	for range 2 {
		workers = append(workers, launchWith(t, settings, program(t, "workers")))
	}
	for _, w := range workers {
		w.says(t, "worker started", startUp)
	}
	h.proc = launch(t, program(t, "starter"), "--data", h.data, "serve", "--watch-every", "1s")
	h.awaitDirectory(t)
	h.awaitDoors(t)

	id := h.leave(t)
	v := h.awaitCase(t, id, "contained", func(v activities.CaseView) bool { return !v.ContainedAt.IsZero() })
	if took := v.ContainedAt.Sub(v.Began()); took > time.Minute {
		t.Errorf("contained after %s", took)
	}
	t.Logf("contained in %s", v.ContainedAt.Sub(v.Began()))
	workers[0].kill()
	v = h.finish(t, id)
	provedCase(t, v)
	nothingTwice(t, h.world, v)
	shutOut(t, h.world)
	locked(t, h.data, h.world, v)
	evidenced(t, h.data, v)
}

// awaitDoors asks as the compose file's health check does.
func (h *house) awaitDoors(t *testing.T) {
	t.Helper()
	eventually(t, startUp, "the front doors are well", func() error {
		resp, err := http.Get("http://" + env(t, h.data)("TENURE_LISTEN") + "/healthz")
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	})
}

func startWorld(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Start(world.Config{Pace: world.Pace{Parcel: time.Second, Transfer: 500 * time.Millisecond, Lock: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// composed reads docker-compose.yml as Docker Compose would.
func composed(t *testing.T) types.Services {
	t.Helper()
	dir := t.TempDir() // env_file wants a .env beside the file, which a clone has not
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"docker-compose.yml": text, ".env": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options, err := cli.NewProjectOptions([]string{filepath.Join(dir, "docker-compose.yml")},
		cli.WithEnv([]string{"POSTGRES_PASSWORD=replaced", "TENURE_STORE_PASSWORD=replaced"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project.Services
}

// settle writes what the programs are configured by into the house's folder, and gives the settings: those of the
// compose file, with the places that are other ones here.
func (h *house) settle(t *testing.T, composed types.MappingWithEquals, database, temporalAddress string) []string {
	t.Helper()
	server, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	place, err := url.Parse(*composed["TENURE_STORE"])
	if err != nil {
		t.Fatal(err)
	}
	password, _ := server.User.Password()
	place.User, place.Host, place.Path = url.User(server.User.Username()), server.Host, server.Path
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	if _, err := temporalclient.EnsureKeyFile(filepath.Join(h.data, "payload.keys")); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{
		"TEMPORAL_ADDRESS": temporalAddress, "TEMPORAL_NAMESPACE": *composed["TEMPORAL_NAMESPACE"],
		"TENURE_STORE":               place.String(),
		"TENURE_STORE_PASSWORD_FILE": h.write(t, "store.password", password+"\n"),
		"TENURE_STORE_KEY_FILE":      h.write(t, "store.key", base64.StdEncoding.EncodeToString(key)),
		"TENURE_PAYLOAD_KEYS_FILE":   filepath.Join(h.data, "payload.keys"),
		"TENURE_POLICY":              fastPolicy(t, 200*time.Millisecond),
		"TENURE_CONNECTIONS":         connections(t, h.world, nil),
		"TENURE_LISTEN":              net.JoinHostPort("127.0.0.1", freePorts(t, 1)[0]),
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		lines = append(lines, name+"="+settings[name])
	}
	h.write(t, "tenure.env", strings.Join(lines, "\n")+"\n")
	return lines
}

func (h *house) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(h.data, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startCluster starts a Temporal server as its own image does, from the environment alone: the one of the compose
// file, with this machine's addresses. It returns the frontend's.
func startCluster(t *testing.T, composed types.MappingWithEquals, main, visibility string) string {
	t.Helper()
	setUpSchema(t, main, "temporal", v12.Version)
	setUpSchema(t, visibility, "visibility", v12.VisibilityVersion)
	for name, value := range composed {
		t.Setenv(name, *value)
	}
	frontend := here(t, main, visibility)
	cfg, err := config.Load(config.WithEmbedded())
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Persistence.DataStores[cfg.Persistence.DefaultStore].SQL.PluginName; got != *composed["DB"] {
		t.Fatalf("the server would use %s", got)
	}
	server, err := temporal.NewServer(temporal.WithConfig(cfg), temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(serverlog.NewZapLogger(serverlog.BuildZapLogger(cfg.Log))),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	prepare(t, frontend)
	return frontend
}

// here changes what of the server's environment is particular to a machine: addresses, ports, names of databases.
func here(t *testing.T, main, visibility string) (frontend string) {
	t.Helper()
	server, err := url.Parse(main)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := server.User.Password()
	ports := freePorts(t, 9)
	for name, value := range map[string]string{
		"BIND_ON_IP": "127.0.0.1", "TEMPORAL_BROADCAST_ADDRESS": "127.0.0.1", "LOG_LEVEL": "fatal",
		"POSTGRES_SEEDS": server.Hostname(), "DB_PORT": server.Port(), "POSTGRES_USER": server.User.Username(), "POSTGRES_PWD": password,
		"DBNAME": strings.TrimPrefix(server.Path, "/"), "VISIBILITY_DBNAME": visibility[strings.LastIndex(visibility, "/")+1 : strings.LastIndex(visibility, "?")],
		"DYNAMIC_CONFIG_FILE_PATH": filepath.Join("..", "deploy", "temporal", "dynamicconfig.yaml"),
		"FRONTEND_GRPC_PORT":       ports[0], "FRONTEND_HTTP_PORT": ports[1], "FRONTEND_MEMBERSHIP_PORT": ports[2],
		"MATCHING_GRPC_PORT": ports[3], "MATCHING_MEMBERSHIP_PORT": ports[4], "HISTORY_GRPC_PORT": ports[5], "HISTORY_MEMBERSHIP_PORT": ports[6],
		"WORKER_GRPC_PORT": ports[7], "WORKER_MEMBERSHIP_PORT": ports[8],
	} {
		t.Setenv(name, value)
	}
	return net.JoinHostPort("127.0.0.1", ports[0])
}

// freePorts are below 32768: Temporal keeps its own in a SMALLINT of PostgreSQL.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var ports []string
	for range 1000 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(15000+mathrand.IntN(17000))))
		if err != nil {
			continue // taken
		}
		defer func() { _ = l.Close() }() // all are held until all are chosen
		if ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)); len(ports) == n {
			return ports
		}
	}
	t.Fatalf("%d free ports were not found", n)
	return nil
}

// setUpSchema does what the schema job's tool does with an empty database.
func setUpSchema(t *testing.T, database, part, version string) {
	t.Helper()
	text, err := fs.ReadFile(schema.Assets(), "postgresql/v12/"+part+"/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, database, string(text))
	storetest.Exec(t, database, `CREATE TABLE schema_version (version_partition INT NOT NULL, db_name VARCHAR(255) NOT NULL, creation_time TIMESTAMP,
			curr_version VARCHAR(64), min_compatible_version VARCHAR(64), PRIMARY KEY (version_partition, db_name));
		INSERT INTO schema_version VALUES (0, current_database(), now(), '`+version+`', '`+version+`')`)
}

// prepare makes the namespace, as the namespace job does.
func prepare(t *testing.T, frontend string) {
	t.Helper()
	const namespace = "tenure"
	eventually(t, startUp, "the namespace is made", func() error {
		c, err := temporalclient.Dial(soon(t), temporalclient.Options{Address: frontend, Namespace: namespace, Identity: "e2e", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		defer c.Close()
		return temporalclient.Prepare(soon(t), c, namespace, temporalclient.Retention)
	})
}
