package temporal_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/internal/temporalclient"
	"tenure/standalone/temporal"
)

const (
	parkDir    = "TENURE_TEST_PARK_DIR" // set in the process that parks a workflow and is then killed
	parkedID   = "parked/E1042"
	queue      = "parked"
	secretWord = "hunter-gatherer"
)

var employeeID = sdk.NewSearchAttributeKeyKeyword(temporalclient.AttrEmployeeID)

func TestMain(m *testing.M) {
	if dir := os.Getenv(parkDir); dir != "" {
		park(dir)
	}
	os.Exit(m.Run())
}

// parked waits for a timer, then answers with what it was given.
func parked(ctx workflow.Context, word string) (string, error) {
	if err := workflow.Sleep(ctx, 2*time.Second); err != nil {
		return "", err
	}
	return "back with " + word, nil
}

// park is the life that ends by SIGKILL: it starts the workflow, lets it reach its timer, and tells so.
func park(dir string) {
	ctx := context.Background()
	server, err := temporal.Start(ctx, temporal.Config{Dir: dir})
	must(err)
	c := must1(client.Dial(client.Options{HostPort: server.Address(), Logger: temporalclient.SDKLogger(slog.New(slog.DiscardHandler))}))
	w := newWorker(c)
	must(w.Start())
	run := must1(c.ExecuteWorkflow(ctx, parkedOptions(), parked, secretWord))
	for !hasEvent(ctx, c, run.GetRunID(), enumspb.EVENT_TYPE_TIMER_STARTED) {
	}
	w.Stop() // so that nobody but the second life can answer
	_, _ = os.Stdout.WriteString("parked\n")
	select {}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func must1[T any](v T, err error) T {
	must(err)
	return v
}

func parkedOptions() client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: parkedID, TaskQueue: queue,
		TypedSearchAttributes: sdk.NewSearchAttributes(employeeID.ValueSet("E1042"))}
}

func newWorker(c client.Client) worker.Worker {
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(parked)
	return w
}

func hasEvent(ctx context.Context, c client.Client, run string, kind enumspb.EventType) bool {
	events := c.GetWorkflowHistory(ctx, parkedID, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		must(err)
		if event.GetEventType() == kind {
			return true
		}
	}
	return false
}

func TestStart_AfterKill9_GoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	parkAndKill(t, dir)

	server := start(t, temporal.Config{Dir: dir})
	c := dial(t, server, temporalclient.Keyring{})
	w := newWorker(c)
	require.NoError(t, w.Start())
	defer w.Stop()

	var answer string
	require.NoError(t, c.GetWorkflow(t.Context(), parkedID, "").Get(t.Context(), &answer))
	require.Equal(t, "back with "+secretWord, answer)
	require.True(t, hasEvent(t.Context(), c, "", enumspb.EVENT_TYPE_TIMER_FIRED))
	requireFound(t, c, `EmployeeID = "E1042" AND ExecutionStatus = "Completed"`)
}

func parkAndKill(t *testing.T, dir string) {
	t.Helper()
	life := exec.CommandContext(t.Context(), os.Args[0])
	life.Env = append(os.Environ(), parkDir+"="+dir)
	life.Stderr = os.Stderr
	out, err := life.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, life.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "parked" {
	}
	require.Equal(t, "parked", lines.Text())
	require.NoError(t, life.Process.Kill())
	require.Error(t, life.Wait(), "killed, not ended")
}

// requireFound waits until the query counts one workflow: visibility follows the history with a short lag.
func requireFound(t *testing.T, c client.Client, query string) {
	t.Helper()
	require.Eventually(t, func() bool {
		n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		return err == nil && n.GetCount() == 1
	}, 30*time.Second, 50*time.Millisecond, query)
}

func TestStart_ServesUIAndCodec(t *testing.T) {
	keys := keyring(t)
	server := start(t, temporal.Config{Dir: t.TempDir(), Namespace: "tenure", Keys: keys})

	require.Contains(t, get(t, server.UIURL()), "<html")
	settings := get(t, server.UIURL()+"/api/v1/settings")
	require.Contains(t, settings, server.CodecURL())
	require.Contains(t, settings, `"DefaultNamespace":"tenure"`)
	require.Equal(t, server.UIURL()+"/namespaces/tenure/workflows/offboard%2FE1042", server.WorkflowURL("offboard/E1042"))
	require.Contains(t, get(t, server.HTTPURL()+"/api/v1/namespaces/tenure"), `"workflowExecutionRetentionTtl":"7776000s"`)

	hidden, err := temporalclient.NewCodec(keys).Encode([]*commonpb.Payload{{Data: []byte(secretWord)}})
	require.NoError(t, err)
	remote := converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: server.CodecURL()})
	shown, err := remote.Decode(hidden)
	require.NoError(t, err)
	require.Equal(t, secretWord, string(shown[0].GetData()))
}

func TestPayloads_OnDisk_AreEncrypted(t *testing.T) {
	dir, keys := t.TempDir(), keyring(t)
	server := start(t, temporal.Config{Dir: dir, Keys: keys})
	c := dial(t, server, keys)
	w := newWorker(c)
	require.NoError(t, w.Start())
	run, err := c.ExecuteWorkflow(t.Context(), parkedOptions(), parked, secretWord)
	require.NoError(t, err)
	require.NoError(t, run.Get(t.Context(), nil))
	w.Stop()
	c.Close()
	require.NoError(t, server.Stop())

	files, err := filepath.Glob(filepath.Join(dir, "temporal.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotContains(t, string(content), secretWord, name)
	}
}

func TestStart_SecondProcessOnTheFolder_IsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, temporal.Config{Dir: dir})
	_, err := temporal.Start(t.Context(), temporal.Config{Dir: dir})
	require.ErrorContains(t, err, "in use by another process")
}

func TestStart_BadConfig_NamesTheFieldAndTheMend(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "temporal.db"), []byte("not a database, but long enough to look like one"), 0o600))

	for name, c := range map[string]struct {
		config temporal.Config
		want   []string
	}{
		"no folder":       {temporal.Config{}, []string{"Dir is empty", "give the folder"}},
		"short retention": {temporal.Config{Dir: t.TempDir(), Retention: time.Hour}, []string{"Retention 1h0m0s", "at least 24h"}},
		"synchronous":     {temporal.Config{Dir: t.TempDir(), Synchronous: 7}, []string{"Synchronous 7", "Full (2)"}},
		"port taken":      {temporal.Config{Dir: t.TempDir(), UIPort: taken.Addr().(*net.TCPAddr).Port}, []string{"UIPort", "choose another port"}},
		"foreign file":    {temporal.Config{Dir: foreign}, []string{"temporal.db is not a database made by this program", "another folder"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := temporal.Start(t.Context(), c.config)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func start(t *testing.T, cfg temporal.Config) *temporal.Server {
	t.Helper()
	server, err := temporal.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func dial(t *testing.T, server *temporal.Server, keys temporalclient.Keyring) client.Client {
	t.Helper()
	c, err := temporalclient.Dial(t.Context(), temporalclient.Options{Address: server.Address(), Namespace: server.Namespace(),
		Keys: keys, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func keyring(t *testing.T) temporalclient.Keyring {
	t.Helper()
	keys, err := temporalclient.ParseKeyring("t1:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	require.NoError(t, err)
	return keys
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	return string(body)
}
