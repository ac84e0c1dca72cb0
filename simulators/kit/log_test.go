package kit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/simulators/kit"
)

func contextWithin(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}

// echo answers with the body it was sent.
func echo(k *kit.Kit) http.Handler {
	return k.Wrap("vendor", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
}

func send(h http.Handler, path, contentType, body string) string {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

func TestCalls_SayWhatWasAsked(t *testing.T) {
	at := time.Date(2026, 11, 30, 17, 0, 0, 0, time.FixedZone("", 3600))
	k := kit.Kit{Clock: func() time.Time { return at }}
	require.Equal(t, `{"a":1}`, send(echo(&k), "/things?limit=2", "application/json", `{"a":1}`), "the handler reads the body all the same")
	require.Equal(t, []kit.Call{{At: at.UTC(), System: "vendor", Method: "POST", Path: "/things", Query: "limit=2", Body: `{"a":1}`, Status: 200}}, k.Calls())
}

func TestCalls_HoldTextBodiesOnly(t *testing.T) {
	long := strings.Repeat("x", 64<<10+1)
	for _, c := range []struct{ name, contentType, body, logged string }{
		{"json", "application/scim+json; charset=utf-8", `{}`, `{}`},
		{"form", "application/x-www-form-urlencoded", "a=1", "a=1"},
		{"a file", "application/octet-stream", "\x00\x01", ""},
		{"too long", "application/json", long, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k kit.Kit
			require.Equal(t, c.body, send(echo(&k), "/", c.contentType, c.body))
			require.Equal(t, c.logged, k.Calls()[0].Body)
		})
	}
}

func TestCalls_AreRedactedBeforeTheyAreKept(t *testing.T) {
	k := kit.Kit{Dir: t.TempDir(), Redact: func(path, body string) string {
		form, err := url.ParseQuery(body)
		if path != "/token" || err != nil {
			return body
		}
		form.Set("client_secret", "redacted")
		return form.Encode()
	}}
	require.NoError(t, k.OpenLog("vendor"))
	const form = "application/x-www-form-urlencoded"
	require.Equal(t, "client_secret=made-up", send(echo(&k), "/token", form, "client_secret=made-up"), "the vendor sees the secret")
	send(echo(&k), "/other", form, "a=b")
	require.Equal(t, "client_secret=redacted", k.Calls()[0].Body)
	require.Equal(t, "a=b", k.Calls()[1].Body)
	require.NotContains(t, logFile(t, k.Dir), "made-up")
}

func logFile(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "vendor-calls.jsonl"))
	require.NoError(t, err)
	return string(b)
}

func TestCallsTo_AndMutations_Count(t *testing.T) {
	var v vendor
	for _, c := range [][2]string{{"POST", "/users/1/suspend"}, {"POST", "/users/2/suspend"}, {"GET", "/users/1"}, {"HEAD", "/users/1"},
		{"POST", "/token"}, {"DELETE", "/users/1"}} {
		v.ask(c[0], c[1])
	}
	require.Equal(t, 2, v.CallsTo(http.MethodPost, "/users/*/suspend"))
	require.Equal(t, 1, v.CallsTo(http.MethodGet, "/users/**"))
	require.Equal(t, 4, v.Mutations())
	require.Equal(t, 3, v.Mutations("/token"))
	require.Equal(t, 1, v.Mutations("/users/*/suspend", "/token"))
}

func TestOpenLog_GoesOnWithTheCallsOfEarlierProcesses(t *testing.T) {
	dir := t.TempDir()
	for n := 1; n <= 3; n++ {
		k := kit.Kit{Dir: dir}
		require.NoError(t, k.OpenLog("vendor"))
		send(echo(&k), fmt.Sprintf("/call/%d", n), "application/json", `{}`)
		require.Equal(t, n, k.CallsTo(http.MethodPost, "/call/**"))
	}
}

// A process killed in the middle of a line leaves half of it. That call was never answered; the ones before and after
// it count.
func TestOpenLog_PassesOverAHalfWrittenLine(t *testing.T) {
	dir := t.TempDir()
	first := kit.Kit{Dir: dir}
	require.NoError(t, first.OpenLog("vendor"))
	send(echo(&first), "/first", "application/json", `{}`)
	whole := logFile(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "vendor-calls.jsonl"), []byte(whole+strings.TrimSpace(whole)[:20]), 0o600))

	second := kit.Kit{Dir: dir}
	require.NoError(t, second.OpenLog("vendor"))
	require.Len(t, second.Calls(), 1)
	send(echo(&second), "/second", "application/json", `{}`)

	third := kit.Kit{Dir: dir}
	require.NoError(t, third.OpenLog("vendor"))
	var paths []string
	for _, c := range third.Calls() {
		paths = append(paths, c.Path)
	}
	require.Equal(t, []string{"/first", "/second"}, paths)
}

// A body grows in the log: JSON writes one < as six bytes.
func TestOpenLog_ReadsTheLongestLineThatIsWritten(t *testing.T) {
	dir := t.TempDir()
	first := kit.Kit{Dir: dir}
	require.NoError(t, first.OpenLog("vendor"))
	send(echo(&first), "/long", "application/json", strings.Repeat("<", 64<<10))
	second := kit.Kit{Dir: dir}
	require.NoError(t, second.OpenLog("vendor"))
	require.Len(t, second.Calls(), 1)
	require.Len(t, second.Calls()[0].Body, 64<<10)
}

func TestOpenLog_WithoutAFolder_KeepsTheLogInMemory(t *testing.T) {
	var k kit.Kit
	require.NoError(t, k.OpenLog("vendor"))
	send(echo(&k), "/", "application/json", `{}`)
	require.Len(t, k.Calls(), 1)
}

func TestOpenLog_FolderThatCannotBeMade_IsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	k := kit.Kit{Dir: filepath.Join(file, "below")}
	require.Error(t, k.OpenLog("vendor"))
	require.Error(t, k.Save("vendor", 1))
	require.Error(t, k.Load("vendor", new(int)))
}

type state struct {
	Users map[string]string `json:"users"`
}

func TestSave_IsReadBackByTheNextProcess(t *testing.T) {
	k := kit.Kit{Dir: filepath.Join(t.TempDir(), "made", "when", "needed")}
	var none state
	require.NoError(t, k.Load("vendor", &none), "nothing saved yet is no error")
	require.Empty(t, none)
	require.NoError(t, k.Save("vendor", state{map[string]string{"1": "ACTIVE"}}))
	require.NoError(t, k.Save("vendor", state{map[string]string{"1": "SUSPENDED"}}))

	next := kit.Kit{Dir: k.Dir}
	var got state
	require.NoError(t, next.Load("vendor", &got))
	require.Equal(t, "SUSPENDED", got.Users["1"])
	files, err := os.ReadDir(k.Dir)
	require.NoError(t, err)
	require.Len(t, files, 1, "no temporary file stays")
}

// Whatever breaks a save off, the file holds the last whole state.
func TestSave_BrokenOff_LeavesTheLastState(t *testing.T) {
	k := kit.Kit{Dir: t.TempDir()}
	require.NoError(t, k.Save("vendor", state{map[string]string{"1": "ACTIVE"}}))
	require.ErrorContains(t, k.Save("vendor", map[string]any{"never": make(chan int)}), "encode state of vendor")
	// A process killed between writing and renaming leaves its half beside the file.
	require.NoError(t, os.WriteFile(filepath.Join(k.Dir, "vendor.123.tmp"), []byte(`{"users":{"1":`), 0o600))
	var got state
	require.NoError(t, k.Load("vendor", &got))
	require.Equal(t, "ACTIVE", got.Users["1"])
}

// Whoever reads while another writes sees the state before or after, never a part.
func TestSave_IsWholeAtEveryMoment(t *testing.T) {
	k := kit.Kit{Dir: t.TempDir()}
	states := []string{strings.Repeat("a", 1<<18), strings.Repeat("b", 1<<17)}
	require.NoError(t, k.Save("vendor", states[0]))
	written := make(chan error, 1)
	go func() {
		var err error
		for n := range 100 {
			err = errors.Join(err, k.Save("vendor", states[n%2]))
		}
		written <- err
	}()
	for {
		var got string
		require.NoError(t, k.Load("vendor", &got))
		require.Contains(t, states, got)
		select {
		case err := <-written:
			require.NoError(t, err)
			return
		default:
		}
	}
}

func TestLoad_DamagedState_IsAnError(t *testing.T) {
	k := kit.Kit{Dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(k.Dir, "vendor.json"), []byte("{"), 0o600))
	require.ErrorContains(t, k.Load("vendor", &state{}), "state of vendor is not readable")
}

func TestSave_WithoutAFolder_DoesNothing(t *testing.T) {
	var k kit.Kit
	require.NoError(t, k.Save("vendor", state{}))
	require.NoError(t, k.Load("vendor", &state{}))
}

// A WebSocket takes its connection over: the kit hands it on untouched and logs how it began.
func TestWrap_LetsAHandlerTakeTheConnectionOver(t *testing.T) {
	var k kit.Kit
	served := make(chan struct{})
	wrapped := k.Wrap("vendor", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("you said " + line)
		_ = rw.Flush()
	}))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(served)
		wrapped.ServeHTTP(w, r)
	}))
	defer srv.Close()
	require.Equal(t, "you said hello\n", overSocket(t, srv.Listener.Addr().String(), "hello\n"))
	<-served
	require.Equal(t, http.StatusSwitchingProtocols, k.Calls()[0].Status)
}

// overSocket upgrades a connection, says a line and returns the line it is answered with.
func overSocket(t *testing.T, addr, line string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: vendor\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	_, err = io.WriteString(conn, line)
	require.NoError(t, err)
	answer, err := in.ReadString('\n')
	require.NoError(t, err)
	return answer
}
