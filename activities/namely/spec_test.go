package namely_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// conforming checks every request against the vendor's OpenAPI document before it goes out.
type conforming struct {
	t      *testing.T
	router routers.Router
	seen   map[string]bool
}

func (c *conforming) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Errorf("%s %s is not in the specification: %v", r.Method, r.URL.Path, err)
	} else {
		c.seen[r.Method+" "+route.Path] = true
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			c.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		for name := range r.URL.Query() {
			if route.Operation.Parameters.GetByInAndName("query", name) == nil {
				c.t.Errorf("%s %s: the specification has no query parameter %q", r.Method, r.URL.Path, name)
			}
		}
	}
	if body != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestRequests_ConformToTheSpecification(t *testing.T) {
	folder := os.Getenv("TENURE_SPECS")
	if folder == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "namely", "openapi-konfig-2024.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, 60)
	doc.Servers = openapi3.Servers{{URL: b.base + "/api/v1"}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	checked := &conforming{t: t, router: router, seen: map[string]bool{}}
	b.cfg.Transport = checked
	if _, err := b.scan(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.fields(); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"GET /profiles", "GET /groups", "GET /profiles/fields", "GET /group_types"} {
		if !checked.seen[call] {
			t.Errorf("%s was not made: %v", call, checked.seen)
		}
	}
}
