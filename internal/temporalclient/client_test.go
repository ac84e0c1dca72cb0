package temporalclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type env map[string]string

func (e env) LookupEnv(k string) (string, bool) { v, ok := e[k]; return v, ok }
func (e env) Environ() []string {
	var all []string
	for k, v := range e {
		all = append(all, k+"="+v)
	}
	return all
}

// noFile keeps a developer's own temporal.toml out of the tests.
func (e env) noFile(t *testing.T) env {
	e["TEMPORAL_CONFIG_FILE"] = t.TempDir() + "/none.toml"
	return e
}

func TestClientOptions_ReadTheSDKsEnvironment(t *testing.T) {
	o, err := ClientOptions(Options{Env: env{"TEMPORAL_ADDRESS": "temporal.example.com:7233", "TEMPORAL_NAMESPACE": "people",
		"TEMPORAL_API_KEY": "k"}.noFile(t)})
	require.NoError(t, err)
	require.Equal(t, "temporal.example.com:7233", o.HostPort)
	require.Equal(t, "people", o.Namespace)
	require.NotNil(t, o.Credentials)
	require.NotNil(t, o.ConnectionOptions.TLS, "an API key travels over TLS only")
}

func TestClientOptions_NothingSet_IsTheLocalServer(t *testing.T) {
	o, err := ClientOptions(Options{Env: env{}.noFile(t)})
	require.NoError(t, err)
	require.Equal(t, "localhost:7233", o.HostPort)
	require.Equal(t, "default", o.Namespace)
}

func TestClientOptions_GivenAddress_IgnoresTheEnvironment(t *testing.T) {
	o, err := ClientOptions(Options{Address: "127.0.0.1:1", Namespace: "tenure", Env: env{"TEMPORAL_API_KEY": "k", "TEMPORAL_ADDRESS": "other:1"}})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", o.HostPort)
	require.Nil(t, o.Credentials)
	require.Nil(t, o.ConnectionOptions.TLS)
}

func TestClientOptions_MissingCertificate_NamesTheFile(t *testing.T) {
	path := t.TempDir() + "/client.pem"
	_, err := ClientOptions(Options{Env: env{"TEMPORAL_TLS_CLIENT_CERT_PATH": path, "TEMPORAL_TLS_CLIENT_KEY_PATH": path}.noFile(t)})
	require.ErrorContains(t, err, "cannot read "+path)
	require.ErrorContains(t, err, "TEMPORAL_")
}

func TestDial_NoServer_SaysWhereAndWhatToDo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Dial(ctx, Options{Address: "127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "temporal at 127.0.0.1:1: no answer")
	require.ErrorContains(t, err, "set TEMPORAL_ADDRESS")
}

func TestSDKLogger_LogsIdsAndWithholdsTheRest(t *testing.T) {
	var out bytes.Buffer
	l := SDKLogger(slog.New(slog.NewTextHandler(&out, nil)))
	app := temporal.NewApplicationError("no mailbox leaver@example.com", "NotFound")
	for _, c := range []struct {
		key         string
		value       any
		want, never string
	}{
		{"WorkflowID", "offboard/E1042", "WorkflowID=offboard/E1042", withheld},
		{"Attempt", 3, "Attempt=3", withheld},
		{"Backoff", time.Minute, "Backoff=1m0s", withheld},
		{"Email", "leaver@example.com", "Email=" + withheld, "leaver"},
		{"Employee", struct{ Name string }{"Leaver"}, "Employee=" + withheld, "Leaver"},
		{"Step", struct{ Name string }{"Leaver"}, "Step=" + withheld, "Leaver"},
		{"Error", fmt.Errorf("activity: %w", app), `application error NotFound`, "leaver"},
		{"Error", errors.New("leaver@example.com is gone"), "error of type *errors.errorString", "leaver"},
		{"Error", context.DeadlineExceeded, "context deadline exceeded", withheld},
		{"Error", serviceerror.NewNotFound("workflow not found for ID: offboard/E1042"), "offboard/E1042", withheld},
		{"Error", status.Error(codes.Unavailable, "connection refused"), "connection refused", withheld},
		{"who", slog.GroupValue(slog.String("mail", "leaver@example.com"), slog.Int("n", 1)), "who.n=1", "leaver"},
	} {
		out.Reset()
		l.Warn("said", c.key, c.value)
		require.Contains(t, out.String(), c.want)
		require.NotContains(t, out.String(), c.never)
	}
}

func TestMetrics_ServePrometheusText(t *testing.T) {
	m, err := NewMetrics()
	require.NoError(t, err)
	m.Temporal.WithTags(map[string]string{"task_queue": "okta"}).Counter("temporal_request").Inc(2)
	w := httptest.NewRecorder()
	m.HTTP.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	require.Regexp(t, `temporal_request\w*\{task_queue="okta"\} 2`, w.Body.String())
	require.Contains(t, w.Body.String(), "go_goroutines")
	require.NoError(t, m.Shutdown(t.Context()))
}

func TestUntil_WaitsOutWhatPasses_AndNothingElse(t *testing.T) {
	fresh, broken := serviceerror.NewNamespaceNotFound("tenure"), errors.New("broken")
	for name, c := range map[string]struct {
		says []error
		want error
	}{
		"heard of at once": {[]error{nil}, nil},
		"heard of later":   {[]error{fresh, nil}, nil},
		"another error":    {[]error{fresh, broken, nil}, broken},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			err := until(t.Context(), time.Minute, unheardOf, func() error { n++; return c.says[n-1] })
			require.Equal(t, c.want, err)
		})
	}
	require.Equal(t, fresh, until(t.Context(), 0, unheardOf, func() error { return fresh }), "patience ends")
}

func TestMissingAttributes(t *testing.T) {
	have := SearchAttributes()
	missing, err := missingAttributes(have)
	require.NoError(t, err)
	require.Empty(t, missing)

	delete(have, AttrPhase)
	missing, err = missingAttributes(have)
	require.NoError(t, err)
	require.Equal(t, map[string]enumspb.IndexedValueType{AttrPhase: enumspb.INDEXED_VALUE_TYPE_KEYWORD}, missing)

	have[AttrUrgency] = enumspb.INDEXED_VALUE_TYPE_INT
	_, err = missingAttributes(have)
	require.ErrorContains(t, err, "search attribute Urgency exists as Int and must be Keyword; remove it")
}
