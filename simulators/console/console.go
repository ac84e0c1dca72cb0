package console

import (
	"net/http"

	"tenure/simulators/world"
)

// New returns the page and its API for a running world.
func New(w *world.World) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte("<!doctype html><title>Vendors' console</title><p>The vendors are running.</p>"))
	})
	_ = w
	return mux
}
