package deploy

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"tenure/internal/connections"
	"tenure/internal/temporalclient"
	"tenure/workers/fleet"
)

// load reads docker-compose.yml as Docker Compose would, schema and interpolation included.
func load(t *testing.T, env ...string) (*types.Project, error) {
	t.Helper()
	root := t.TempDir() // env_file wants a .env beside the file, which a clone has not
	text, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "docker-compose.yml"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, ".env"), nil, 0o600))
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithEnv(env), cli.WithProfiles([]string{"*"}))
	require.NoError(t, err)
	return options.LoadProject(t.Context())
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(t, serverPassword, storePassword)
	require.NoError(t, err)
	return p
}

const (
	serverPassword = "POSTGRES_PASSWORD=made-up"
	storePassword  = "TENURE_STORE_PASSWORD=made-up-too"
)

func TestCompose_WithoutPassword_SaysWhatToSet(t *testing.T) {
	_, err := load(t, storePassword)
	require.ErrorContains(t, err, "set POSTGRES_PASSWORD in .env")
	_, err = load(t, serverPassword)
	require.ErrorContains(t, err, "set TENURE_STORE_PASSWORD in .env")
}

func TestCompose_HasTheProductionShape(t *testing.T) {
	p := project(t)
	require.ElementsMatch(t, []string{"postgres", "tenure-database", "temporal-schema", "temporal", "temporal-namespace", "temporal-ui", "worker", "starter", "tenure"}, p.ServiceNames())
	needsAll := map[string]string{"temporal-namespace": types.ServiceConditionCompletedSuccessfully, "tenure-database": types.ServiceConditionCompletedSuccessfully}
	for service, needs := range map[string]map[string]string{
		"temporal-schema":    {"postgres": types.ServiceConditionHealthy},
		"tenure-database":    {"postgres": types.ServiceConditionHealthy},
		"temporal":           {"temporal-schema": types.ServiceConditionCompletedSuccessfully},
		"temporal-namespace": {"temporal": types.ServiceConditionHealthy},
		"starter":            {"worker": types.ServiceConditionStarted},
		"worker":             needsAll,
		"tenure":             needsAll,
	} {
		for on, condition := range needs {
			require.Equal(t, condition, p.Services[service].DependsOn[on].Condition, "%s waits for %s", service, on)
		}
	}
}

func TestCompose_OpensLoopbackOnly(t *testing.T) {
	for name, s := range project(t).Services {
		for _, port := range s.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes %s", name, port.Published)
		}
	}
}

func TestCompose_ServerIsTheEmbeddedOnesVersion(t *testing.T) {
	p := project(t)
	require.Equal(t, "temporalio/server:"+required(t, "go.temporal.io/server"), p.Services["temporal"].Image)
	require.Equal(t, "temporalio/admin-tools:"+required(t, "go.temporal.io/server"), p.Services["temporal-schema"].Image)
	require.Equal(t, "temporalio/ui:"+required(t, "github.com/temporalio/ui-server/v2"), p.Services["temporal-ui"].Image)
}

func TestCompose_TenureRunsWithoutRights(t *testing.T) {
	p := project(t)
	for _, name := range []string{"worker", "starter", "tenure"} {
		s := p.Services[name]
		require.True(t, s.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Equal(t, "temporal:7233", *s.Environment["TEMPORAL_ADDRESS"], name)
		require.Equal(t, "tenure", *s.Environment["TEMPORAL_NAMESPACE"], name)
		require.Empty(t, *s.Environment["POSTGRES_PASSWORD"], "%s is given the server's own password", name)
		for _, setting := range []string{fleet.EnvConnections, fleet.EnvPolicy, fleet.EnvStore, fleet.EnvStoreKeyFile} {
			require.NotEmpty(t, s.Environment[setting], "%s needs %s", name, setting)
		}
	}
}

// A worker can be scaled when nothing of it is there only once: a port, a name, a place to write to.
func TestCompose_WorkersCanBeMany(t *testing.T) {
	w := project(t).Services["worker"]
	require.Greater(t, w.GetScale(), 1)
	require.Empty(t, w.Ports)
	require.Empty(t, w.ContainerName)
	for _, v := range w.Volumes {
		require.True(t, v.ReadOnly, "%s is written to", v.Target)
	}
	require.Regexp(t, `^postgres://tenure@postgres:5432/`, *w.Environment[fleet.EnvStore])
}

func TestCompose_StoreElsewhere(t *testing.T) {
	const elsewhere = "postgres://tenure@db.example.com/tenure?sslmode=verify-full"
	p, err := load(t, serverPassword, storePassword, fleet.EnvStore+"="+elsewhere)
	require.NoError(t, err)
	for _, name := range []string{"worker", "starter", "tenure"} {
		require.Equal(t, elsewhere, *p.Services[name].Environment[fleet.EnvStore], name)
	}
}

// What others wait for, or what listens, says whether it is well.
func TestCompose_ServersHaveHealthChecks(t *testing.T) {
	p := project(t)
	for _, name := range []string{"postgres", "temporal", "starter"} {
		require.NotNil(t, p.Services[name].HealthCheck, name)
	}
	// The base image has no shell: the check's program must be in it.
	check := p.Services["starter"].HealthCheck.Test
	require.Equal(t, "CMD", check[0])
	require.Regexp(t, `(?m)^COPY --from=build .*/out/`+filepath.Base(check[1])+` .*/usr/local/bin/$`, read(t, "../Dockerfile"))
	require.Contains(t, check[2], strings.TrimPrefix(*p.Services["starter"].Environment["TENURE_LISTEN"], "0.0.0.0"))
}

// required is the version of a module in go.mod, without its v.
func required(t *testing.T, module string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(module) + ` v(\S+)`).FindStringSubmatch(read(t, "../go.mod"))
	require.NotNil(t, m, module)
	return m[1]
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestNamespaceScript_AgreesWithTheProgram(t *testing.T) {
	script := read(t, "temporal/namespace.sh")
	ensured := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^ensure (\w+) (\w+)$`).FindAllStringSubmatch(script, -1) {
		ensured[m[1]] = m[2]
	}
	wanted := map[string]string{}
	for name, kind := range temporalclient.SearchAttributes() {
		wanted[name] = kind.String()
	}
	require.Equal(t, wanted, ensured)

	retention := regexp.MustCompile(`retention=(\S+)`).FindStringSubmatch(script)
	d, err := time.ParseDuration(retention[1])
	require.NoError(t, err)
	require.Equal(t, temporalclient.Retention, d)
}

func TestDynamicConfig_IsWellFormed(t *testing.T) {
	var settings map[string][]struct {
		Value       any
		Constraints map[string]any
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "temporal/dynamicconfig.yaml")), &settings))
	require.Len(t, settings, 3)
	for key, values := range settings {
		require.Len(t, values, 1, key)
		require.Equal(t, 1000, values[0].Value, key)
	}
}

func TestDockerfile_BuildsStaticProgramsForAPlainUser(t *testing.T) {
	text := read(t, "../Dockerfile")
	goVersion := regexp.MustCompile(`(?m)^go (\S+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	require.Contains(t, text, "FROM golang:"+goVersion+"-")
	require.Contains(t, text, "CGO_ENABLED=0")
	for _, stage := range strings.Split(text, "\nFROM ")[2:] {
		require.True(t, strings.HasPrefix(stage, "scratch ") || strings.HasPrefix(stage, "base "), stage)
	}
	require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, text)
}

// The example is what an error message sends people to: it loads, and it shows every key there is, as a comment where
// the key may be left out.
func TestConnectionsExample_LoadsAndShowsEveryKey(t *testing.T) {
	_, err := connections.Load("connections.example.yaml")
	require.NoError(t, err)

	text := read(t, "connections.example.yaml")
	everything := regexp.MustCompile(`(?m)^( +)# (\w+: )`).ReplaceAllString(text, "$1$2")
	whole := filepath.Join(t.TempDir(), "connections.yaml")
	require.NoError(t, os.WriteFile(whole, []byte(everything), 0o600))
	c, err := connections.Load(whole)
	require.NoError(t, err)
	requireFilled(t, "connections", reflect.ValueOf(c))
}

func requireFilled(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	if s, ok := v.Interface().(connections.Secret); ok {
		require.True(t, s.Env != "" || s.File != "", "%s is not in the example", name)
		return
	}
	if v.Kind() != reflect.Struct {
		require.False(t, v.IsZero(), "%s is not in the example", name)
		return
	}
	for i := range v.NumField() {
		requireFilled(t, name+"."+v.Type().Field(i).Tag.Get("yaml"), v.Field(i))
	}
}

func TestExampleEnv_HoldsNoValues(t *testing.T) {
	for line := range strings.Lines(read(t, "example.env")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			require.True(t, strings.HasSuffix(line, "="), line)
		}
	}
}
