package temporalclient

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"go.temporal.io/sdk/converter"
)

// maxCodecBody bounds one request: a page of history is at most 4 MiB of protobuf, which base64 and JSON swell.
const maxCodecBody = 16 << 20

// CodecHandler is the remote codec endpoint (POST …/encode and …/decode) that the Web UI and `temporal
// --codec-endpoint` use to show what is encrypted. Whoever reaches it reads every case, so:
//
//   - a browser may call it only from a page of one of the origins ("http://127.0.0.1:8233", no path);
//   - only loopback callers are answered, addressing it by a loopback name (which also shuts out DNS rebinding).
//
// To serve other machines put an authenticating proxy in front of it; there is no switch to open it.
func (c *Codec) CodecHandler(origins ...string) (http.Handler, error) {
	for _, o := range origins {
		if err := checkOrigin(o); err != nil {
			return nil, err
		}
	}
	codec := converter.NewPayloadCodecHTTPHandler(c)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromLoopback(r) {
			http.Error(w, "the codec answers this machine only", http.StatusForbidden)
			return
		}
		if !allowOrigin(w, r, origins) {
			http.Error(w, "this page's origin may not use the codec", http.StatusForbidden)
			return
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxCodecBody)
		codec.ServeHTTP(w, r)
	}), nil
}

func checkOrigin(o string) error {
	rest, ok := strings.CutPrefix(o, "http://")
	if !ok {
		rest, ok = strings.CutPrefix(o, "https://")
	}
	if !ok || rest == "" || strings.ContainsAny(rest, "/?#*@ ") {
		return fmt.Errorf("codec origin %q: give scheme://host[:port] without a path or wildcard, such as http://127.0.0.1:8233", o)
	}
	return nil
}

// allowOrigin answers the CORS question. A request without Origin is not a browser's page and needs no leave.
func allowOrigin(w http.ResponseWriter, r *http.Request, origins []string) bool {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if !slices.Contains(origins, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Content-Type, X-Namespace, Authorization, Caller-Type")
	h.Set("Access-Control-Max-Age", "600")
	return true
}

func fromLoopback(r *http.Request) bool {
	caller, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !isLoopback(caller) {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return isLoopback(host)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
