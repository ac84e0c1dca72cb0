package google

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
)

// seenRequest is one request as it arrived.
type seenRequest struct {
	method, path string
	query        url.Values
	body         []byte
}

func (r *rig) see(req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client went away
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, seenRequest{req.Method, req.URL.EscapedPath(), req.URL.Query(), body})
}

// schema and method are what the checker needs of a Google discovery document.
type schema struct {
	Ref                  string             `json:"$ref"`
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *schema            `json:"additionalProperties"`
	Items                *schema            `json:"items"`
}

type apiMethod struct {
	ID         string               `json:"id"`
	HTTPMethod string               `json:"httpMethod"`
	Path       string               `json:"path"`
	Parameters map[string]parameter `json:"parameters"`
	Request    *schema              `json:"request"`
	doc        *discovery
	pattern    *regexp.Regexp
}

type parameter struct {
	Location string `json:"location"`
	Required bool   `json:"required"`
}

type resource struct {
	Methods   map[string]*apiMethod `json:"methods"`
	Resources map[string]resource   `json:"resources"`
}

type discovery struct {
	resource
	ServicePath string               `json:"servicePath"`
	Parameters  map[string]parameter `json:"parameters"`
	Schemas     map[string]*schema   `json:"schemas"`
}

var pathVariable = regexp.MustCompile(`\{\+?[a-zA-Z]+\}`)

// loadSpecs reads the vendor's documents from the folder in TENURE_SPECS; nil without one.
var loadSpecs = sync.OnceValues(func() ([]*apiMethod, error) {
	folder := os.Getenv("TENURE_SPECS")
	if folder == "" {
		return nil, nil
	}
	var all []*apiMethod
	for _, name := range []string{"admin-directory_v1", "admin-datatransfer_v1", "gmail_v1"} {
		raw, err := os.ReadFile(filepath.Join(folder, "google", name+".json"))
		if err != nil {
			return nil, err
		}
		doc := &discovery{}
		if err := json.Unmarshal(raw, doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, doc.methods(doc.resource)...)
	}
	return all, nil
})

func (d *discovery) methods(r resource) []*apiMethod {
	var out []*apiMethod
	for _, m := range r.Methods {
		m.doc = d
		quoted := pathVariable.ReplaceAllString(m.Path, "\x00")
		m.pattern = regexp.MustCompile("^/" + strings.ReplaceAll(regexp.QuoteMeta(d.ServicePath+quoted), "\x00", "[^/]+") + "$")
		out = append(out, m)
	}
	for _, sub := range r.Resources {
		out = append(out, d.methods(sub)...)
	}
	return out
}

// checkSpec holds every request that a test sent against the discovery documents.
func checkSpec(t *testing.T, seen []seenRequest) {
	t.Helper()
	specs, err := loadSpecs()
	if err != nil {
		t.Fatal(err)
	}
	if specs == nil {
		return
	}
	for _, req := range seen {
		if strings.HasSuffix(req.path, "/token") {
			continue
		}
		for _, fault := range specFaults(specs, req) {
			t.Errorf("%s %s does not fit the discovery document: %s", req.method, req.path, fault)
		}
	}
}

func specFaults(specs []*apiMethod, req seenRequest) []string {
	var fits *apiMethod
	for _, m := range specs {
		if m.HTTPMethod == req.method && m.pattern.MatchString(req.path) && (fits == nil || m.variables() < fits.variables()) {
			fits = m
		}
	}
	if fits == nil {
		return []string{"no such method"}
	}
	return append(fits.queryFaults(req.query), fits.bodyFaults(req.body)...)
}

// variables says how general a path is: of two that fit, the one with fewer variables is meant.
func (m *apiMethod) variables() int {
	return strings.Count(m.Path, "{") + 10*strings.Count(m.Path, "{+")
}

func (m *apiMethod) queryFaults(q url.Values) []string {
	var out []string
	for name := range q {
		_, own := m.Parameters[name]
		_, all := m.doc.Parameters[name]
		if !own && !all {
			out = append(out, "query parameter "+name+" is unknown to "+m.ID)
		}
	}
	for name, p := range m.Parameters {
		if p.Required && p.Location == "query" && !q.Has(name) {
			out = append(out, "query parameter "+name+" is missing for "+m.ID)
		}
	}
	return out
}

func (m *apiMethod) bodyFaults(body []byte) []string {
	if len(body) == 0 {
		if m.Request != nil {
			return []string{m.ID + " needs a body"}
		}
		return nil
	}
	if m.Request == nil {
		return []string{m.ID + " takes no body"}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []string{err.Error()}
	}
	return m.doc.faults(m.Request, v, m.ID)
}

// faults compares a value with a schema: unknown fields and wrong types. 64-bit numbers travel as strings.
func (d *discovery) faults(s *schema, v any, at string) []string {
	if s.Ref != "" {
		s = d.Schemas[s.Ref]
	}
	switch value := v.(type) {
	case map[string]any:
		return d.objectFaults(s, value, at)
	case []any:
		var out []string
		if s.Type != "array" && s.Type != "any" {
			return []string{at + " is a list"}
		}
		for i, item := range value {
			if s.Items != nil {
				out = append(out, d.faults(s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
			}
		}
		return out
	case string:
		return unlessType(s, at, "string", "any")
	case bool:
		return unlessType(s, at, "boolean", "any")
	case float64:
		return unlessType(s, at, "integer", "number", "any")
	}
	return nil
}

func (d *discovery) objectFaults(s *schema, value map[string]any, at string) []string {
	if s.Type != "object" && s.Type != "any" {
		return []string{at + " is an object"}
	}
	var out []string
	for name, field := range value {
		known := s.Properties[name]
		if known == nil {
			known = s.AdditionalProperties
		}
		if known == nil {
			out = append(out, at+"."+name+" is unknown")
			continue
		}
		out = append(out, d.faults(known, field, at+"."+name)...)
	}
	sort.Strings(out)
	return out
}

func unlessType(s *schema, at string, allowed ...string) []string {
	for _, a := range allowed {
		if s.Type == a {
			return nil
		}
	}
	return []string{at + " should be " + s.Type}
}

func TestSpec_CheckerFindsWhatIsWrong(t *testing.T) {
	specs, err := loadSpecs()
	if err != nil {
		t.Fatal(err)
	}
	if specs == nil {
		t.Skip("TENURE_SPECS names no folder with the vendor's documents")
	}
	const user = "/admin/directory/v1/users/1"
	for name, req := range map[string]seenRequest{
		"UnknownPath":     {method: "GET", path: user + "/nothing"},
		"UnknownQuery":    {method: "GET", path: user, query: url.Values{"fast": {"1"}}},
		"UnknownField":    {method: "PUT", path: user, body: []byte(`{"suspend":true}`)},
		"WrongType":       {method: "PUT", path: user, body: []byte(`{"suspended":"true"}`)},
		"NumberForInt64":  {method: "POST", path: "/admin/datatransfer/v1/transfers", body: []byte(`{"applicationDataTransfers":[{"applicationId":1}]}`)},
		"BodyWhereNone":   {method: "POST", path: user + "/signOut", body: []byte(`{}`)},
		"NoBodyWhereSome": {method: "PUT", path: user},
	} {
		t.Run(name, func(t *testing.T) {
			if len(specFaults(specs, req)) == 0 {
				t.Error("not found")
			}
		})
	}
}
