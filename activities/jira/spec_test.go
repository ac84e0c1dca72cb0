package jira_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tenure/activities"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

// recorder keeps every request as it went over the wire.
type recorder struct {
	mu   sync.Mutex
	seen []*http.Request
	body [][]byte
}

func (r *recorder) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.seen = append(r.seen, req.Clone(req.Context()))
		r.body = append(r.body, b)
		r.mu.Unlock()
		req.Body = io.NopCloser(bytes.NewReader(b))
		next.ServeHTTP(w, req)
	})
}

// specification is Atlassian's document for version 2, with the newer search laid over it.
func specification(t *testing.T) routers.Router {
	t.Helper()
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		t.Skip("TENURE_SPECS does not name the folder of the vendors' specifications")
	}
	load := func(name string) map[string]any {
		b, err := os.ReadFile(filepath.Join(dir, "jira", name))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc, overlay := load("jira_cloud_platform_v2_openapi.json"), load("jira_cloud_v2_search_jql_overlay.json")
	paths := doc["paths"].(map[string]any)
	for path, item := range overlay["paths"].(map[string]any) {
		paths[path] = item
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for name, schema := range overlay["components"].(map[string]any)["schemas"].(map[string]any) {
		if _, there := schemas[name]; !there {
			schemas[name] = schema
		}
	}
	delete(doc, "servers")
	// A field of an issue may be anything ("{}"), and null clears it; OpenAPI 3.0 would have that said.
	update := schemas["IssueUpdateDetails"].(map[string]any)["properties"].(map[string]any)
	update["fields"].(map[string]any)["additionalProperties"] = map[string]any{"nullable": true}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(parsed)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// TestRequests_AgreeWithAtlassiansSpecification sends a case through everything a mirror does.
func TestRequests_AgreeWithAtlassiansSpecification(t *testing.T) {
	router := specification(t)
	rec := &recorder{}
	w := newWorld(t, &jirasim.Simulator{IndexDelay: 30 * time.Second}, rec.wrap)
	w.sim.Inject(kit.Fault{Method: "POST", Path: "/rest/api/2/issue", Times: 1, Drop: kit.DropAfter})
	if err := w.system.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := input(asking(view(1)), entries(1, 3)...)
	in.View.Urgency, in.View.WorkflowURL = "emergency", "https://temporal.example.com/wf"
	in.Ref = w.mirrorInWorkflow(in)
	in.View = ended(view(2))
	in.Ref = w.mirror(in)
	in.View = asking(view(3))
	in.View.Steps[1].ReadBack = "2 factors"
	in.Ref = w.mirror(in)
	w.transition(in.Ref.Tasks[step], "Done")
	w.pass(time.Minute)
	for _, m := range w.lately() {
		must(w, activities.JiraAnswerMove, activities.AnswerMove{Move: m, Refusal: no})
	}
	if must(w, activities.JiraReadMove, activities.ReadMove{Ticket: in.Ref.Tasks[step]}).Key != "" {
		t.Error("the sub-task was not moved back")
	}
	in.View = closedView("completed")
	in.Ref = w.mirror(in)
	if err := w.system.Attach(t.Context(), in.Ref.Key, "report.csv", strings.NewReader("a")); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for i, req := range rec.seen {
		used[checkRequest(t, router, req, rec.body[i])] = true
	}
	for _, operation := range []string{"searchAndReconsileIssuesUsingJql", "createIssue", "editIssue", "getIssue", "addComment", "getComments", "getTransitions",
		"doTransition", "createOrUpdateRemoteIssueLink", "setIssueProperty", "addAttachment", "getCurrentUser", "getServerInfo", "getProject"} {
		if !used[operation] {
			t.Errorf("no request exercised %s", operation)
		}
	}
}

// checkRequest validates one request and returns the name of its operation.
func checkRequest(t *testing.T, router routers.Router, req *http.Request, body []byte) string {
	t.Helper()
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	route, params, err := router.FindRoute(req)
	if err != nil {
		t.Errorf("%s %s is not in the specification: %v", req.Method, req.URL.Path, err)
		return ""
	}
	err = openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody: strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/")}})
	if err != nil {
		t.Errorf("%s %s: %v", req.Method, req.URL, err)
	}
	for name := range req.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			t.Errorf("%s %s: query parameter %q is not documented", req.Method, req.URL.Path, name)
		}
	}
	return route.Operation.OperationID
}
