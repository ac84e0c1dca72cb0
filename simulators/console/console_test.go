package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tenure/simulators/company"
	"tenure/simulators/console"
	easypostsim "tenure/simulators/easypost"
	jamfsim "tenure/simulators/jamf"
	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
	retrieversim "tenure/simulators/retriever"
	"tenure/simulators/world"
)

func newWorld(t *testing.T) *world.World { return newWorldAt(t, nil) }

func newWorldAt(t *testing.T, clock func() time.Time) *world.World {
	t.Helper()
	w, err := world.Start(world.Config{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Slack.PublicURL = w.URL["slack"] // nothing has called yet
	return w
}

// api is the console's API as its page calls it.
type api struct {
	t   *testing.T
	srv *httptest.Server
}

func newAPI(t *testing.T, w *world.World) *api {
	t.Helper()
	srv := httptest.NewServer(console.New(w))
	t.Cleanup(srv.Close)
	return &api{t: t, srv: srv}
}

func (a *api) send(method, path, body string, edit func(*http.Request)) (int, string, http.Header) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.srv.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Origin", a.srv.URL)
	if edit != nil {
		edit(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// does posts and wants the status and a text in the answer.
func (a *api) does(path, body string, status int, want string) {
	a.t.Helper()
	if got, text, _ := a.send("POST", "/api/"+path, body, nil); got != status || !strings.Contains(text, want) {
		a.t.Errorf("POST %s %s: %d %s, want %d with %q", path, body, got, text, status, want)
	}
}

func (a *api) state(query string) map[string]any {
	a.t.Helper()
	status, text, _ := a.send("GET", "/api/state"+query, "", nil)
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil || status != http.StatusOK {
		a.t.Fatalf("state: %d %v", status, err)
	}
	return v
}

func TestGuard_LetsOnlyThePageIn(t *testing.T) {
	a := newAPI(t, newWorld(t))
	host := strings.TrimPrefix(a.srv.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	cases := map[string]struct {
		method string
		edit   func(*http.Request)
		want   int
	}{
		"read":                        {"GET", nil, 200},
		"read as localhost":           {"GET", func(r *http.Request) { r.Host = "localhost:" + port }, 200},
		"read as [::1]":               {"GET", func(r *http.Request) { r.Host = "[::1]:" + port }, 200},
		"rebound name":                {"GET", func(r *http.Request) { r.Host = "evil.example.com:" + port }, 403},
		"name that begins well":       {"GET", func(r *http.Request) { r.Host = "127.0.0.1.example.com" }, 403},
		"address of another machine":  {"GET", func(r *http.Request) { r.Host = "192.0.2.1" }, 403},
		"act":                         {"POST", nil, 200},
		"act by fetch metadata":       {"POST", func(r *http.Request) { r.Header.Del("Origin"); r.Header.Set("Sec-Fetch-Site", "same-origin") }, 200},
		"act without an origin":       {"POST", func(r *http.Request) { r.Header.Del("Origin") }, 403},
		"act from another page":       {"POST", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example.com") }, 403},
		"act from another port":       {"POST", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403},
		"origin beats fetch metadata": {"POST", func(r *http.Request) { r.Header.Set("Origin", "null"); r.Header.Set("Sec-Fetch-Site", "same-origin") }, 403},
	}
	for name, c := range cases {
		path, body := "/api/state", ""
		if c.method == "POST" {
			path, body = "/api/namely/status", `{"person":"`+company.DemoLeaver().Email+`","status":"active"}`
		}
		if got, text, _ := a.send(c.method, path, body, c.edit); got != c.want {
			t.Errorf("%s: %d %s, want %d", name, got, text, c.want)
		}
	}
	if _, _, h := a.send("GET", "/", "", nil); !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("policy: %q", h.Get("Content-Security-Policy"))
	}
}

func TestGuard_RefusesOtherMachines(t *testing.T) {
	h := console.New(newWorld(t))
	r := httptest.NewRequest("GET", "http://127.0.0.1/api/state", nil)
	r.RemoteAddr = "192.0.2.7:4000"
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden {
		t.Fatalf("a caller from elsewhere got %d", rec.Code)
	}
}

func TestState_IsOnePersonAtEveryVendorAndUnchangedIs304(t *testing.T) {
	w := newWorld(t)
	a := newAPI(t, w)
	leaver := company.DemoLeaver()
	v := a.state("")
	if v["person"] != leaver.Email || len(v["people"].([]any)) < company.Size || len(v["vendors"].([]any)) != len(world.Vendors()) {
		t.Fatalf("person %v, %d people, %d vendors", v["person"], len(v["people"].([]any)), len(v["vendors"].([]any)))
	}
	if v["okta"].(map[string]any)["Login"] != leaver.Email || v["google"].(map[string]any)["primaryEmail"] != leaver.Email {
		t.Errorf("accounts: %v, %v", v["okta"], v["google"])
	}
	if v := a.state("?person=" + company.BreakGlass().Login); v["namely"] != nil || v["okta"] == nil {
		t.Errorf("an account without a record: namely %v, okta %v", v["namely"], v["okta"])
	}
	_, _, h := a.send("GET", "/api/state", "", nil)
	again := func(r *http.Request) { r.Header.Set("If-None-Match", h.Get("ETag")) }
	if status, _, _ := a.send("GET", "/api/state", "", again); status != http.StatusNotModified {
		t.Errorf("unchanged: %d", status)
	}
	w.Namely.SetStatus(leaver.Email, "inactive")
	if status, _, _ := a.send("GET", "/api/state", "", again); status != http.StatusOK {
		t.Errorf("changed: %d", status)
	}
}

func TestState_HoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	serial := company.DemoLeaver().Devices[0].Serial
	w.Jamf.QueueLock(serial, "918273")
	w.Google.AddBackupCodes(company.DemoLeaver().Email, "55667788")
	a := newAPI(t, w)
	_, text, _ := a.send("GET", "/api/state", "", nil)
	u, _ := w.Google.User(company.DemoLeaver().Email)
	for name, secret := range map[string]string{"PIN": "918273", "backup code": "55667788", "password digest": u.PasswordDigest} {
		if secret == "" || strings.Contains(text, secret) {
			t.Errorf("the state holds the %s %q", name, secret)
		}
	}
	d, _ := w.Jamf.Device(serial)
	a.does("jamf/pins", `{"id":"`+d.ID+`"}`, 200, `"lock":"918273"`)
}

func TestActions_ChangeTheVendors(t *testing.T) {
	var ahead atomic.Int64
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	w := newWorldAt(t, func() time.Time { return start.Add(time.Duration(ahead.Load())) })
	a := newAPI(t, w)
	leaver := company.DemoLeaver()
	person := `"person":"` + leaver.Email + `"`
	a.does("namely/status", `{`+person+`,"status":"gone"}`, 422, "active, pending and inactive")
	a.does("namely/status", `{"person":"nobody@example.com","status":"inactive"}`, 422, "no HR record")
	a.does("namely/departure", `{`+person+`,"date":"30.11.2026"}`, 422, "YYYY-MM-DD")
	a.does("namely/departure", `{`+person+`,"dates":""}`, 400, `unknown field \"dates\"`)
	a.does("okta/signin", `{`+person+`}`, 200, "")
	u, _ := w.Okta.User(leaver.Email)
	w.Okta.SetStatus(u.ID, "SUSPENDED")
	a.does("okta/signin", `{`+person+`}`, 422, "refused")

	d, _ := w.Jamf.Device(leaver.Devices[0].Serial)
	a.does("jamf/online", `{"id":"`+d.ID+`","online":false}`, 200, "")
	if d, _ := w.Jamf.Device(d.ID); !d.Offline {
		t.Error("the Mac is still online")
	}
	a.does("jamf/unlock", `{"id":"`+d.ID+`","pin":"1"}`, 422, "opens nothing")

	order := w.Retriever.AddOrder(retrieversim.Order{Serial: d.Serial, Person: retrieversim.Person{Name: leaver.Name()}})
	a.does("retriever/advance", `{"id":"`+order.ID+`"}`, 200, "")
	moved, _ := w.Retriever.Order(order.ID)
	a.does("easypost/move", `{"id":"`+moved.Outbound+`","status":"`+easypostsim.Failure+`"}`, 200, "")
	a.does("easypost/move", `{"id":"X","status":"failure"}`, 422, "no parcel")
	v := a.state("")
	if parcels := v["parcels"].([]any); len(parcels) != 2 || !strings.Contains(toJSON(parcels), `"status":"failure"`) {
		t.Errorf("parcels: %v", parcels)
	}
	if v := a.state("?person=" + company.Custodian().Login); len(v["retriever"].([]any)) != 0 {
		t.Error("the order is shown at somebody else")
	}
	if v := a.state("?all=1&person=" + company.Custodian().Login); len(v["retriever"].([]any)) != 1 {
		t.Error("the order is missing among everybody's")
	}
	ahead.Store(int64(31 * time.Minute))
	a.does("retriever/cancel", `{"id":"`+order.ID+`"}`, 422, "older than 30 minutes")

	a.does("slack/type", `{"user":"nobody","channel":"it-offboarding","text":"hi"}`, 422, "not in the workspace")
	a.does("slack/type", `{"user":"`+leaver.Email+`","channel":"it-offboarding","text":"/offboard"}`, 422, "can see")
	a.does("namely/many", `{"count":0}`, 422, "from 1 to")
	a.does("namely/many", `{"count":3,"department":"Sales"}`, 200, `"people":["`)
	a.does("namely/many", `{"count":3,"department":"IT"}`, 422, "0 active people")
	a.does("namely/many", `{"count":30}`, 200, `"people":["`)
	if p, _ := w.Namely.Profile(w.Namely.TokenOwner()); p.Status != "active" {
		t.Error("the token's owner is gone, so no reading of Namely is believed")
	}
	a.does("namely/each", `{"people":["`+leaver.Email+`","nobody@example.com"],"status":"inactive"}`, 422, "no HR record")
	a.does("namely/each", `{"people":["`+leaver.Email+`"],"status":"gone"}`, 422, "active, pending and inactive")
	if p, _ := w.Namely.Profile(leaver.Email); p.Status != "active" {
		t.Error("half of a refused change was made")
	}
	a.does("easypost/spoil", `{"how":"slowly"}`, 422, "choose one of forged, late, lost, newest, twice, unsigned")
	a.does("jira/transition", `{"key":"ITOFF-9","status":"Done","user":"x"}`, 422, "no issue")
}

func TestHooks_EasyPostAndJiraCallWhenTold(t *testing.T) {
	var calls atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "easypost") || r.Header.Get("X-Hmac-Signature") != "" {
			calls.Add(1)
		}
		rw.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(receiver.Close)
	w := newWorld(t)
	w.Jira.Hooks = []jirasim.Webhook{{URL: receiver.URL + "/jira"}}
	w.EasyPost.AddWebhook(receiver.URL+"/easypost", "secret")
	a := newAPI(t, w)
	waiting := func(vendor string) float64 {
		return a.state("")["hooks"].(map[string]any)[vendor].(map[string]any)["waiting"].(float64)
	}
	order := w.Retriever.AddOrder(retrieversim.Order{Serial: "C02XY", Person: retrieversim.Person{Name: "Dana Reed"}})
	w.Retriever.Advance(order.ID)
	moved, _ := w.Retriever.Order(order.ID)
	track(t, w, moved.Outbound)
	a.does("easypost/move", `{"id":"`+moved.Outbound+`","status":"`+easypostsim.Delivered+`"}`, 200, "")
	createIssue(t, w, "x")
	if waiting("easypost") == 0 || waiting("jira") == 0 {
		t.Fatalf("nothing waits: %v", a.state("")["hooks"])
	}
	a.does("easypost/spoil", `{"how":"unsigned"}`, 200, "")
	a.does("easypost/spoil", `{"how":""}`, 200, "")
	a.does("easypost/deliver", `{}`, 200, `"taken":`)
	first := calls.Load()
	a.does("jira/deliver", `{}`, 200, `"taken":1`)
	if waiting("easypost") != 0 || waiting("jira") != 0 || first == 0 || calls.Load() != first+1 {
		t.Fatalf("after: %v, %d calls of EasyPost, %d in all", a.state("")["hooks"], first, calls.Load())
	}
}

// track makes EasyPost watch a parcel, as Tenure asks it to.
func track(t *testing.T, w *world.World, code string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.URL["easypost"]+"/v2/trackers", strings.NewReader(`{"tracker":{"tracking_code":"`+code+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(easypostsim.DefaultKey, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK {
		t.Fatalf("EasyPost answered %s", resp.Status)
	}
}

func toJSON(v any) string {
	b, _ := json.Marshal(v) // came from JSON
	return string(b)
}

func TestFaults_AreCheckedListedAndRemovedOneByOne(t *testing.T) {
	w := newWorld(t)
	a := newAPI(t, w)
	for body, want := range map[string]string{
		`{"vendor":"xero","status":500}`:             "choose one of namely, okta",
		`{"vendor":"okta","status":99}`:              "from 200",
		`{"vendor":"okta","path":"["}`:               "not a pattern",
		`{"vendor":"okta","drop":"during"}`:          "before, after",
		`{"vendor":"okta","delayMs":-1}`:             "negative",
		`{"vendor":"okta","path":"/api/v1/users/*"}`: "does nothing",
	} {
		a.does("faults/add", body, 422, want)
	}
	w.Okta.Inject(kit.Fault{Path: "/api/v1/groups", Throttle: true, Times: 1})
	set := `{"vendor":"okta","method":"POST","path":"/api/**","status":200,"delayMs":20,"times":2}`
	a.does("faults/add", set, 200, "")
	if got := a.state("")["faults"].([]any); len(got) != 2 {
		t.Fatalf("faults: %v", got)
	}
	a.does("faults/remove", set, 200, "")
	a.does("faults/remove", set, 422, "gone already")
	if left := w.Okta.Faults(); len(left) != 1 || !left[0].Throttle {
		t.Fatalf("left: %+v", left)
	}
}

func TestCalls_AreFilteredNewestFirst(t *testing.T) {
	var tick atomic.Int64
	w := newWorldAt(t, func() time.Time { return time.Unix(1793610000+tick.Add(1), 0) })
	a := newAPI(t, w)
	client := slackAPI(w)
	if _, err := client.AuthTest(); err != nil {
		t.Fatal(err)
	}
	postCard(t, w)
	createIssue(t, w, "x")
	list := func(query string) (paths []string) {
		_, text, _ := a.send("GET", "/api/calls"+query, "", nil)
		var v struct{ Calls []kit.Call }
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Calls {
			paths = append(paths, c.Path)
		}
		return paths
	}
	for query, want := range map[string]string{
		"":                                  "/rest/api/2/issue /api/chat.postMessage /api/chat.postMessage /api/auth.test",
		"?mutations=1":                      "/rest/api/2/issue /api/chat.postMessage /api/chat.postMessage",
		"?vendor=slack&q=text:+first+reply": "/api/chat.postMessage",
		"?q=AUTH.TEST":                      "/api/auth.test",
		"?vendor=okta":                      "",
	} {
		if got := strings.Join(list(query), " "); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

func TestState_ShowsCommandsOfEverybodysMachines(t *testing.T) {
	w := newWorld(t)
	w.Jamf.AddDevice(jamfsim.Device{Kind: jamfsim.Computer, Serial: "C0OTHER", Email: "other@example.com"})
	w.Jamf.QueueLock("C0OTHER", "111111")
	a := newAPI(t, w)
	if n := len(a.state("")["jamf"].([]any)); n != 1 {
		t.Errorf("%d machines of the leaver", n)
	}
	if n := len(a.state("?all=1")["jamf"].([]any)); n != 2 {
		t.Errorf("%d machines with everybody's commands", n)
	}
}
