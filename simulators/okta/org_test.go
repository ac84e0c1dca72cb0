package oktasim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func TestZeroValue_Works(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	if got := c.get("/api/v1/users"); got.status != http.StatusOK || string(got.body) != "[]" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if !sim.Empty() {
		t.Error("a new org has people")
	}
}

func TestCredentials(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	for auth, code := range map[string]string{"": "E0000004", "Basic x": "E0000004", "SSWS wrong": "E0000011"} {
		caller{t, c.base, auth}.get("/api/v1/users").want(t, http.StatusUnauthorized, code)
	}
	got := caller{t, c.base, "Bearer wrong"}.get("/api/v1/users")
	if got.status != http.StatusUnauthorized || !strings.Contains(got.header.Get("WWW-Authenticate"), `error="invalid_token"`) || len(got.body) != 0 {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	sim.Token = "another"
	caller{t, c.base, "SSWS another"}.get("/api/v1/users").want(t, http.StatusOK, "")
}

func TestEveryAnswer_CarriesRateLimitAndDate(t *testing.T) {
	var sim oktasim.Simulator
	clock := newClock()
	sim.Clock = clock.now
	c := serve(t, &sim)
	sim.Inject(kit.Fault{Path: "/api/v1/apps", Status: 500})
	sim.Inject(kit.Fault{Path: "/api/v1/groups", Throttle: true})
	for _, path := range []string{"/api/v1/users", "/api/v1/users/00unever", "/api/v1/nowhere", "/api/v1/apps", "/api/v1/groups"} {
		h := c.get(path).header
		for _, name := range []string{"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"} {
			if h.Get(name) == "" {
				t.Errorf("%s: no %s", path, name)
			}
		}
		if h.Get("Date") != clock.now().Format(http.TimeFormat) {
			t.Errorf("%s: Date %q", path, h.Get("Date"))
		}
	}
}

func TestRateLimits_OneTokenMayUseHalf(t *testing.T) {
	clock := newClock()
	sim := oktasim.Simulator{RateLimits: true}
	sim.Clock = clock.now
	c := serve(t, &sim)
	for range 60 {
		c.get("/api/v1/logs").want(t, http.StatusOK, "")
	}
	refused := c.get("/api/v1/logs")
	refused.want(t, http.StatusTooManyRequests, "E0000047")
	if refused.header.Get("X-Rate-Limit-Limit") != "120" || refused.header.Get("X-Rate-Limit-Remaining") != "0" {
		t.Errorf("headers %v", refused.header)
	}
	c.get("/api/v1/users").want(t, http.StatusOK, "") // another bucket
	clock.pass(time.Minute)
	c.get("/api/v1/logs").want(t, http.StatusOK, "")
}

func TestPages_SeparateLinkLines(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	var want []string
	for _, login := range []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"} {
		want = append(want, sim.AddUser(person(login)))
	}
	var got []string
	for url := "/api/v1/users?limit=2"; url != ""; {
		a := c.get(url)
		for _, o := range decode[[]object](t, a) {
			got = append(got, o["id"].(string))
		}
		url = ""
		for _, line := range a.header.Values("Link") {
			if strings.Contains(line, ",") {
				t.Fatalf("a folded Link line: %q", line)
			}
			if strings.Contains(line, `rel="next"`) {
				url = strings.TrimPrefix(strings.Split(line, ">")[0], "<")
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestGroups_RuleThatLeavesSomebodyOut(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	staff, contractor := person("jo@example.com"), person("kim@example.com")
	staff.Profile.Extra = map[string]any{"userType": "Full Time"}
	contractor.Profile.Extra = map[string]any{"userType": "Contractor"}
	id := sim.AddUser(staff)
	sim.AddUser(contractor)
	group := sim.AddGroup(oktasim.Group{Name: "Staff"})
	sim.AddRule(oktasim.Rule{Name: "Staff", Expression: `user.userType!="Contractor"`, Groups: []string{group}})
	if got := c.ids("/api/v1/groups/" + group + "/users"); !slices.Equal(got, []string{id}) {
		t.Errorf("the rule put in %v, want %s alone", got, id)
	}
}

func TestGroups_RemovingARuleMadeMember_ExcludesForGood(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	u := person("jo@example.com")
	u.Profile.Department = "Sales"
	id := sim.AddUser(u)
	group := sim.AddGroup(oktasim.Group{Name: "Sales"})
	rule := sim.AddRule(oktasim.Rule{Name: "Sales", Expression: `user.department=="Sales"`, Groups: []string{group}})
	member := "/api/v1/groups/" + group + "/users/" + id
	if got := c.ids("/api/v1/groups/" + group + "/users"); !slices.Equal(got, []string{id}) {
		t.Fatalf("the rule put in %v", got)
	}
	c.do(http.MethodDelete, member, nil).want(t, http.StatusNoContent, "")
	c.do(http.MethodDelete, member, nil).want(t, http.StatusNoContent, "")
	if r, _ := sim.Rule(rule); !slices.Equal(r.Exclude, []string{id}) {
		t.Errorf("excluded %v", r.Exclude)
	}
	c.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": object{"title": "Clerk"}}).want(t, http.StatusOK, "")
	if got := c.ids("/api/v1/groups/" + group + "/users"); len(got) != 0 {
		t.Errorf("the rule put the excluded person in again: %v", got)
	}
	// The way out: switch the rule off, take the person off its list, switch it on.
	body := object{"name": "Sales", "conditions": object{"expression": object{"value": `user.department=="Sales"`}}}
	c.do(http.MethodPut, "/api/v1/groups/rules/"+rule, body).want(t, http.StatusBadRequest, "E0000001")
	c.post("/api/v1/groups/rules/"+rule+"/lifecycle/deactivate").want(t, http.StatusNoContent, "")
	c.do(http.MethodPut, "/api/v1/groups/rules/"+rule, body).want(t, http.StatusOK, "")
	c.post("/api/v1/groups/rules/"+rule+"/lifecycle/activate").want(t, http.StatusNoContent, "")
	if got := c.ids("/api/v1/groups/" + group + "/users"); !slices.Equal(got, []string{id}) {
		t.Errorf("after the exclusion was lifted: %v", got)
	}
}

func TestGroups_OtherTypesAreNotRemovedFrom(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	group := sim.AddGroup(oktasim.Group{Name: "AD", Type: oktasim.AppGroup, Members: map[string]string{id: oktasim.ByApp}})
	c.do(http.MethodDelete, "/api/v1/groups/"+group+"/users/"+id, nil).want(t, http.StatusNotImplemented, "E0000060")
}

func TestApps_ScopeTellsDirectFromInherited(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	group := sim.AddGroup(oktasim.Group{Name: "Staff", Members: map[string]string{id: oktasim.ByHand}})
	direct := sim.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	inherited := sim.AddApp(oktasim.App{Name: "wiki", Groups: []string{group}})
	sim.AddApp(oktasim.App{Name: "payroll"})
	scopes := object{}
	for _, a := range decode[[]object](t, c.get(`/api/v1/apps?filter=user.id+eq+%22`+id+`%22&expand=user/`+id)) {
		scopes[a["id"].(string)] = a["_embedded"].(object)["user"].(object)["scope"]
	}
	if len(scopes) != 2 || scopes[direct] != "USER" || scopes[inherited] != "GROUP" {
		t.Errorf("scopes %v", scopes)
	}
	c.do(http.MethodDelete, "/api/v1/apps/"+direct+"/users/"+id, nil).want(t, http.StatusNoContent, "")
	c.get("/api/v1/apps/"+direct+"/users/"+id).want(t, http.StatusNotFound, "E0000007")
	c.do(http.MethodDelete, "/api/v1/apps/"+inherited+"/users/"+id, nil).want(t, http.StatusNoContent, "")
	c.get("/api/v1/apps/"+inherited+"/users/"+id).want(t, http.StatusOK, "")
}

// Google suspends the account when the user is deactivated, or loses the app by hand or with its group.
func TestGoogle_CascadesEveryWay(t *testing.T) {
	type setting struct {
		c              caller
		id, app, group string
	}
	for _, k := range []struct {
		name    string
		by      string // USER or GROUP
		feature string
		act     func(s setting)
		want    int
	}{
		{"deactivated", "USER", "PUSH_USER_DEACTIVATION", func(s setting) { s.c.post("/api/v1/users/" + s.id + "/lifecycle/deactivate") }, 1},
		{"deactivated, inherited", "GROUP", "PUSH_USER_DEACTIVATION", func(s setting) { s.c.post("/api/v1/users/" + s.id + "/lifecycle/deactivate") }, 1},
		{"suspended only", "USER", "PUSH_USER_DEACTIVATION", func(s setting) { s.c.post("/api/v1/users/" + s.id + "/lifecycle/suspend") }, 0},
		{"unassigned", "USER", "PUSH_USER_DEACTIVATION", func(s setting) {
			s.c.do(http.MethodDelete, "/api/v1/apps/"+s.app+"/users/"+s.id, nil)
		}, 1},
		{"taken out of the group", "GROUP", "PUSH_USER_DEACTIVATION", func(s setting) {
			s.c.do(http.MethodDelete, "/api/v1/groups/"+s.group+"/users/"+s.id, nil)
		}, 1},
		{"feature off", "USER", "IMPORT_NEW_USERS", func(s setting) { s.c.post("/api/v1/users/" + s.id + "/lifecycle/deactivate") }, 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			var told []string
			sim := &oktasim.Simulator{OnDeactivate: func(login string) { told = append(told, login) }}
			s := setting{c: serve(t, sim)}
			s.id = sim.AddUser(person("jo@example.com"))
			s.group = sim.AddGroup(oktasim.Group{Name: "Staff", Members: map[string]string{s.id: oktasim.ByHand}})
			a := oktasim.App{Name: "google"}
			if k.by == "GROUP" {
				a.Groups = []string{s.group}
			}
			s.app = sim.AddApp(a)
			if k.by == "USER" {
				sim.Assign(s.app, s.id)
			}
			sim.SetFeatures(s.app, k.feature)
			k.act(s)
			if len(told) != k.want || k.want > 0 && told[0] != "jo@example.com" {
				t.Errorf("told %v, want %d", told, k.want)
			}
		})
	}
}

func TestDevices_DeactivatingCutsEverybody(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	jo, kim := sim.AddUser(person("jo@example.com")), sim.AddUser(person("kim@example.com"))
	d := sim.AddDevice(oktasim.Device{Name: "Front desk", Users: []string{jo, kim}})
	if got := decode[[]object](t, c.get("/api/v1/devices/"+d+"/users")); len(got) != 2 {
		t.Errorf("%d users", len(got))
	}
	c.do(http.MethodDelete, "/api/v1/devices/"+d, nil).want(t, http.StatusForbidden, "E0000006")
	c.post("/api/v1/devices/"+d+"/lifecycle/deactivate").want(t, http.StatusNoContent, "")
	c.post("/api/v1/devices/"+d+"/lifecycle/deactivate").want(t, http.StatusNoContent, "")
	if got := decode[[]object](t, c.get("/api/v1/users/"+kim+"/devices")); len(got) != 0 {
		t.Errorf("kim still has %v", got)
	}
	c.do(http.MethodDelete, "/api/v1/devices/"+d, nil).want(t, http.StatusNoContent, "")
	c.do(http.MethodDelete, "/api/v1/devices/"+d, nil).want(t, http.StatusNotFound, "E0000007")
	sim.Classic = true
	c.get("/api/v1/users/"+jo+"/devices").want(t, http.StatusUnauthorized, "E0000015")
}

func TestLog_PollAlwaysHasANextPage_ABoundedQueryEnds(t *testing.T) {
	var sim oktasim.Simulator
	clock := newClock()
	sim.Clock = clock.now
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	c.post("/api/v1/users/" + id + "/lifecycle/suspend")
	c.post("/api/v1/users/" + id + "/lifecycle/unsuspend")
	filter := "filter=eventType+eq+%22user.lifecycle.suspend%22+and+target.id+eq+%22" + id + "%22"
	next := func(a answer) string {
		for _, line := range a.header.Values("Link") {
			if strings.Contains(line, `rel="next"`) {
				return strings.TrimPrefix(strings.Split(line, ">")[0], "<")
			}
		}
		return ""
	}
	poll := c.get("/api/v1/logs?" + filter)
	if got := decode[[]object](t, poll); len(got) != 1 || got[0]["eventType"] != "user.lifecycle.suspend" {
		t.Fatalf("log %v", got)
	}
	link := next(poll)
	if link == "" {
		t.Fatal("a poll without a next link")
	}
	if got := decode[[]object](t, c.get(link)); len(got) != 0 {
		t.Errorf("nothing new, and the poll shows %v", got)
	}
	clock.pass(time.Second)
	c.post("/api/v1/users/" + id + "/lifecycle/suspend")
	if got := decode[[]object](t, c.get(link)); len(got) != 1 {
		t.Errorf("the kept link shows %d new events", len(got))
	}
	bounded := c.get("/api/v1/logs?" + filter + "&until=" + clock.now().Add(time.Hour).Format(time.RFC3339))
	if next(bounded) != "" {
		t.Error("a bounded query has a next page for ever")
	}
	c.get("/api/v1/logs?since=yesterday").want(t, http.StatusBadRequest, "E0000001")
	c.get("/api/v1/logs?filter=nonsense").want(t, http.StatusBadRequest, "E0000053")
}

func TestSignIn_OnlyActive(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	if err := sim.SignIn("jo@example.com"); err != nil {
		t.Fatal(err)
	}
	c.post("/api/v1/users/" + id + "/lifecycle/suspend")
	if err := sim.SignIn("jo@example.com"); err == nil {
		t.Error("a suspended person signed in")
	}
	if u, _ := sim.User(id); len(u.Sessions) != 1 {
		t.Errorf("%d sessions: suspension alone ends none", len(u.Sessions))
	}
}

// receiver is an event hook's other end.
type receiver struct {
	mu     sync.Mutex
	fail   int // answers so many deliveries with 503
	calls  int
	events []object
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v := q.Header.Get("X-Okta-Verification-Challenge"); q.Method == http.MethodGet && v != "" {
		_ = json.NewEncoder(w).Encode(object{"verification": v})
		return
	}
	r.calls++
	if r.calls <= r.fail {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var in struct{ Data struct{ Events []object } }
	if q.Header.Get("Authorization") != "the secret" || json.NewDecoder(q.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.events = append(r.events, in.Data.Events...)
}

func TestEventHook_IsVerifiedThenHearsTheCallersOwnActions(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	to := &receiver{fail: 1}
	server := httptest.NewServer(to)
	defer server.Close()
	hook := object{"name": "leavers", "events": object{"type": "EVENT_TYPE", "items": []string{"user.lifecycle.deactivate"}},
		"channel": object{"type": "HTTP", "version": "1.0.0", "config": object{"uri": server.URL, "headers": []string{},
			"authScheme": object{"type": "HEADER", "key": "Authorization", "value": "the secret"}}}}
	made := c.do(http.MethodPost, "/api/v1/eventHooks", hook)
	made.want(t, http.StatusOK, "")
	if strings.Contains(string(made.body), "the secret") {
		t.Error("the answer shows the secret")
	}
	first, second := sim.AddUser(person("jo@example.com")), sim.AddUser(person("kim@example.com"))
	c.post("/api/v1/users/" + first + "/lifecycle/deactivate")
	sim.WaitHooks()
	if to.calls != 0 {
		t.Fatal("delivered to a hook that is not verified")
	}
	id := decode[object](t, made)["id"].(string)
	c.post("/api/v1/eventHooks/"+id+"/lifecycle/verify").want(t, http.StatusOK, "")
	c.post("/api/v1/users/" + second + "/lifecycle/suspend")
	c.post("/api/v1/users/" + second + "/lifecycle/deactivate")
	sim.WaitHooks()
	if to.calls != 2 || len(to.events) != 1 {
		t.Fatalf("%d deliveries, %d events: want one retry after the 503, and one event", to.calls, len(to.events))
	}
	e := to.events[0]
	if e["actor"].(object)["id"] != oktasim.OperatorID || e["target"].([]any)[0].(object)["id"] != second {
		t.Errorf("event %v", e)
	}
	for _, call := range sim.Calls() {
		if strings.Contains(call.Body, "the secret") {
			t.Error("the call log keeps the secret")
		}
	}
}

func TestDir_SurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	first := &oktasim.Simulator{}
	first.Dir = dir
	c := serve(t, first)
	u := person("jo@example.com")
	u.Profile.Extra = map[string]any{"badge": "7"}
	id := first.AddUser(u)
	if err := first.Flush(); err != nil {
		t.Fatal(err)
	}
	c.post("/api/v1/users/"+id+"/lifecycle/suspend").want(t, http.StatusOK, "")
	// The first one is not closed: it is as if its process had been killed here.
	second := &oktasim.Simulator{}
	second.Dir = dir
	c = serve(t, second)
	got, ok := second.User(id)
	if !ok || got.Status != oktasim.Suspended || got.Profile.Extra["badge"] != "7" || second.Empty() {
		t.Errorf("after the restart: %v %+v", ok, got)
	}
	if n := second.CallsTo(http.MethodPost, "/api/v1/users/*/lifecycle/suspend"); n != 1 {
		t.Errorf("the call log remembers %d suspensions", n)
	}
	if next := second.AddUser(person("kim@example.com")); next <= id {
		t.Errorf("id %s was given again after %s", next, id)
	}
	c.post("/api/v1/users/"+id+"/lifecycle/unsuspend").want(t, http.StatusOK, "")
}

func TestSnapshot_ShowsWhatAConsoleShows(t *testing.T) {
	var sim oktasim.Simulator
	u := person("jo@example.com")
	u.Profile.EmployeeNumber = "E1"
	u.Factors, u.Sessions = []oktasim.Factor{{Type: "push"}}, []oktasim.Session{{}}
	id := sim.AddUser(u)
	group := sim.AddGroup(oktasim.Group{Name: "Staff", Members: map[string]string{id: oktasim.ByHand}})
	sim.AddApp(oktasim.App{Name: "chat", Label: "Chat", Groups: []string{group}})
	sim.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
	all := sim.Snapshot()
	if len(all) != 1 {
		t.Fatalf("%d people", len(all))
	}
	p := all[0]
	if p.ID != id || p.Name != "Jo Doe" || p.Status != "ACTIVE" || p.EmployeeNumber != "E1" || p.Sessions != 1 || p.Factors != 1 ||
		!slices.Equal(p.Groups, []string{"Everyone", "Staff"}) || !slices.Equal(p.Apps, []string{"Chat"}) || !slices.Equal(p.Devices, []string{"Jo's laptop"}) {
		t.Errorf("snapshot %+v", p)
	}
}
