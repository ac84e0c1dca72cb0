package temporalclient

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
)

const uiOrigin = "http://127.0.0.1:8233"

func codecServer(t *testing.T, r Keyring) *httptest.Server {
	t.Helper()
	h, err := NewCodec(r).CodecHandler(uiOrigin)
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func TestCodecHandler_Decodes(t *testing.T) {
	r := ring(t, "k1:"+encoded("a"))
	remote := converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: codecServer(t, r).URL})
	out, err := remote.Decode([]*commonpb.Payload{encrypted(t, r, "shown")})
	require.NoError(t, err)
	require.JSONEq(t, `"shown"`, string(out[0].GetData()))
}

func TestCodecHandler_Preflight_AllowsTheUIOnly(t *testing.T) {
	server := codecServer(t, ring(t, "k1:"+encoded("a")))
	for origin, want := range map[string]int{uiOrigin: http.StatusNoContent, "http://evil.example.com": http.StatusForbidden, "null": http.StatusForbidden} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, server.URL+"/decode", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", "POST")
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, origin)
		if want == http.StatusNoContent {
			require.Equal(t, uiOrigin, resp.Header.Get("Access-Control-Allow-Origin"))
			require.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "X-Namespace")
		} else {
			require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
		}
	}
}

func TestCodecHandler_AnswersThisMachineOnly(t *testing.T) {
	h, err := NewCodec(ring(t, "k1:"+encoded("a"))).CodecHandler(uiOrigin)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		remote, host string
		want         int
	}{
		"loopback":       {"127.0.0.1:50000", "127.0.0.1:8234", http.StatusOK},
		"loopback v6":    {"[::1]:50000", "[::1]:8234", http.StatusOK},
		"localhost":      {"127.0.0.1:50000", "localhost:8234", http.StatusOK},
		"another host":   {"192.0.2.7:50000", "127.0.0.1:8234", http.StatusForbidden},
		"DNS rebinding":  {"127.0.0.1:50000", "rebind.example.com:8234", http.StatusForbidden},
		"no remote addr": {"", "127.0.0.1", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodPost, "/decode", strings.NewReader(`{"payloads":[]}`))
			req.RemoteAddr, req.Host = c.remote, c.host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			require.Equal(t, c.want, w.Code, w.Body.String())
		})
	}
}

func TestCodecHandler_BadOrigin_IsRefusedAtTheStart(t *testing.T) {
	for _, o := range []string{"*", "127.0.0.1:8233", "http://", "http://127.0.0.1:8233/", "https://*.example.com"} {
		_, err := NewCodec(Keyring{}).CodecHandler(o)
		require.ErrorContains(t, err, "scheme://host[:port]", o)
	}
}

func TestCodecHandler_HugeBody_IsRefused(t *testing.T) {
	server := codecServer(t, ring(t, "k1:"+encoded("a")))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/decode", strings.NewReader(strings.Repeat(" ", maxCodecBody+1)))
	require.NoError(t, err)
	resp, err := server.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
}
