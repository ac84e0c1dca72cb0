package googlesim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type specMethod struct {
	HTTPMethod string   `json:"httpMethod"`
	Path       string   `json:"path"`
	Scopes     []string `json:"scopes"`
}

type specResource struct {
	Methods   map[string]specMethod   `json:"methods"`
	Resources map[string]specResource `json:"resources"`
}

func (r specResource) all() []specMethod {
	var out []specMethod
	for _, m := range r.Methods {
		out = append(out, m)
	}
	for _, sub := range r.Resources {
		out = append(out, sub.all()...)
	}
	return out
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// shape is a route with its variables made nameless: "GET /a/{}/b".
func shape(method, path string) string {
	return method + " /" + strings.TrimPrefix(variable.ReplaceAllString(path, "{}"), "/")
}

// TestSpec_RoutesAndScopesAreTheVendors holds each route, and the scopes that open it, against Google's discovery
// documents in the folder named by TENURE_SPECS.
func TestSpec_RoutesAndScopesAreTheVendors(t *testing.T) {
	folder := os.Getenv("TENURE_SPECS")
	if folder == "" {
		t.Skip("TENURE_SPECS names no folder with the vendor's documents")
	}
	known := map[string][]string{}
	for _, name := range []string{"admin-directory_v1", "admin-datatransfer_v1", "gmail_v1"} {
		raw, err := os.ReadFile(filepath.Join(folder, "google", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var doc specResource
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		for _, m := range doc.all() {
			known[shape(m.HTTPMethod, m.Path)] = m.Scopes
		}
	}
	for _, rt := range append(directoryRoutes(), gmailRoutes()...) {
		method, path, _ := strings.Cut(rt.pattern, " ")
		scopes, found := known[shape(method, path)]
		if !found {
			t.Errorf("%s is no method of the vendor", rt.pattern)
		}
		for _, s := range rt.scopes {
			if !slices.Contains(scopes, scopePrefix+s) {
				t.Errorf("%s is not opened by %s", rt.pattern, s)
			}
		}
	}
}
