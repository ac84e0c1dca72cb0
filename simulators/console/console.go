package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"tenure/simulators/company"
	"tenure/simulators/world"
)

//go:embed assets
var assets embed.FS

// policy lets the page load its own files and nothing else: markup that got in by mistake could run no script.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type console struct {
	w *world.World
	// seeds tell which machine was whose after the vendor that knew has let it go.
	seeds []company.Person
}

// New is the page at / and its JSON API under /api/ for a running world.
//
// It refuses callers that are not on this machine, requests for a Host that is not a loopback name or address (a
// foreign page whose name was rebound to 127.0.0.1), and POSTs that no page of this very origin sent (Origin or
// Sec-Fetch-Site must say so; a script sends "Origin: http://<host>").
func New(w *world.World) http.Handler {
	c := &console{w: w, seeds: company.People()}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is built in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/state", c.state)
	mux.HandleFunc("GET /api/calls", c.calls)
	c.actions(mux)
	return guard(mux)
}

// guard keeps everybody out but the page itself on this machine.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		switch {
		case !loopback(r.RemoteAddr) || !loopback(r.Host):
			fail(rw, http.StatusForbidden, fmt.Errorf("this page is for its own machine: open it as http://127.0.0.1:<port>, not as %q", r.Host))
		case r.Method != http.MethodGet && !sameOrigin(r):
			fail(rw, http.StatusForbidden, fmt.Errorf("only this page may act here: send Origin: http://%s", r.Host))
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

// loopback says whether an address or a host name, with or without a port, is this machine.
func loopback(hostport string) bool {
	u := url.URL{Host: hostport}
	if u.Hostname() == "localhost" {
		return true
	}
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	a, err := netip.ParseAddr(hostport)
	return err == nil && a.Unmap().IsLoopback()
}

func sameOrigin(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		return origin == "http://"+r.Host || origin == "https://"+r.Host
	}
	return r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// state answers GET /api/state?person=<address>&all=1. An unchanged answer is 304, so that a page may ask each second.
func (c *console) state(rw http.ResponseWriter, r *http.Request) {
	b, err := json.Marshal(c.view(r.FormValue("person"), r.FormValue("all") != ""))
	if err != nil {
		fail(rw, http.StatusInternalServerError, err)
		return
	}
	sum := fnv.New64a()
	_, _ = sum.Write(b) // a hash never fails
	tag := `"` + strconv.FormatUint(sum.Sum64(), 36) + `"`
	rw.Header().Set("ETag", tag)
	rw.Header().Set("X-Now", c.w.Namely.Now().Format(time.RFC3339Nano))
	if r.Header.Get("If-None-Match") == tag {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(b)
}

func answer(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // the caller has gone
}

func fail(rw http.ResponseWriter, status int, err error) {
	answer(rw, status, map[string]string{"error": err.Error()})
}

// post adds POST /api/<path>, which reads an In and answers what do returns. An unknown field is refused by name.
func post[In any](mux *http.ServeMux, path string, do func(In) (any, error)) {
	mux.HandleFunc("POST /api/"+path, func(rw http.ResponseWriter, r *http.Request) {
		var in In
		body := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 64<<10))
		body.DisallowUnknownFields()
		if err := body.Decode(&in); err != nil {
			fail(rw, http.StatusBadRequest, fmt.Errorf("the body is not the JSON that /api/%s takes: %w", path, err))
			return
		}
		out, err := do(in)
		if err != nil {
			fail(rw, http.StatusUnprocessableEntity, err)
			return
		}
		if out == nil {
			out = struct{}{}
		}
		answer(rw, http.StatusOK, out)
	})
}
