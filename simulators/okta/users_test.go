package oktasim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	oktasim "tenure/simulators/okta"
)

// The whole table of states and lifecycle calls: what each call answers in each state, and where it leads.
func TestLifecycle_EveryStateAndCall(t *testing.T) {
	const (
		ok      = http.StatusOK
		bad     = http.StatusBadRequest
		refused = http.StatusForbidden
		missing = http.StatusNotFound
	)
	type end struct {
		status int
		code   string
		state  string
	}
	notActive := func(s string) end { return end{bad, "E0000001", s} }
	table := map[string]map[string]end{
		"activate": {
			oktasim.Staged:          {ok, "", oktasim.Provisioned},
			oktasim.Provisioned:     {refused, "E0000016", oktasim.Provisioned},
			oktasim.Active:          {refused, "E0000016", oktasim.Active},
			oktasim.Suspended:       {refused, "E0000016", oktasim.Suspended},
			oktasim.LockedOut:       {refused, "E0000016", oktasim.LockedOut},
			oktasim.PasswordExpired: {refused, "E0000016", oktasim.PasswordExpired},
			oktasim.Recovery:        {refused, "E0000016", oktasim.Recovery},
			oktasim.Deprovisioned:   {ok, "", oktasim.Provisioned},
		},
		"reactivate": {
			oktasim.Staged:        {refused, "E0000038", oktasim.Staged},
			oktasim.Provisioned:   {ok, "", oktasim.Provisioned},
			oktasim.Active:        {refused, "E0000038", oktasim.Active},
			oktasim.Recovery:      {ok, "", oktasim.Recovery},
			oktasim.Deprovisioned: {refused, "E0000038", oktasim.Deprovisioned},
		},
		"suspend": {
			oktasim.Staged:          notActive(oktasim.Staged),
			oktasim.Provisioned:     notActive(oktasim.Provisioned),
			oktasim.Active:          {ok, "", oktasim.Suspended},
			oktasim.Suspended:       notActive(oktasim.Suspended),
			oktasim.LockedOut:       notActive(oktasim.LockedOut),
			oktasim.PasswordExpired: notActive(oktasim.PasswordExpired),
			oktasim.Recovery:        notActive(oktasim.Recovery),
			oktasim.Deprovisioned:   notActive(oktasim.Deprovisioned),
		},
		"unsuspend": {
			oktasim.Active:        notActive(oktasim.Active),
			oktasim.Suspended:     {ok, "", oktasim.Active},
			oktasim.Deprovisioned: notActive(oktasim.Deprovisioned),
		},
		"deactivate": {
			oktasim.Staged:          {ok, "", oktasim.Deprovisioned},
			oktasim.Provisioned:     {ok, "", oktasim.Deprovisioned},
			oktasim.Active:          {ok, "", oktasim.Deprovisioned},
			oktasim.Suspended:       {ok, "", oktasim.Deprovisioned},
			oktasim.LockedOut:       {ok, "", oktasim.Deprovisioned},
			oktasim.PasswordExpired: {ok, "", oktasim.Deprovisioned},
			oktasim.Recovery:        {ok, "", oktasim.Deprovisioned},
			oktasim.Deprovisioned:   {missing, "E0000007", oktasim.Deprovisioned},
		},
		"unlock": {
			oktasim.Active:    {refused, "E0000032", oktasim.Active},
			oktasim.LockedOut: {ok, "", oktasim.Active},
		},
		"expire_password": {
			oktasim.Active:        {ok, "", oktasim.PasswordExpired},
			oktasim.LockedOut:     {ok, "", oktasim.PasswordExpired},
			oktasim.Provisioned:   {refused, "E0000038", oktasim.Provisioned},
			oktasim.Suspended:     {refused, "E0000038", oktasim.Suspended},
			oktasim.Deprovisioned: {refused, "E0000038", oktasim.Deprovisioned},
		},
	}
	var sim oktasim.Simulator
	c := serve(t, &sim)
	for call, states := range table {
		for state, want := range states {
			t.Run(call+"/"+state, func(t *testing.T) {
				u := person(call + state + "@example.com")
				u.Status = state
				id := sim.AddUser(u)
				got := caller{t, c.base, c.auth}.post("/api/v1/users/" + id + "/lifecycle/" + call)
				got.want(t, want.status, want.code)
				if now, _ := sim.User(id); now.Status != want.state {
					t.Errorf("account is %s, want %s", now.Status, want.state)
				}
			})
		}
	}
}

func TestDeactivate_SecondTime_LooksLikeAMissingUser(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	c.post("/api/v1/users/"+id+"/lifecycle/deactivate").want(t, http.StatusOK, "")
	second := c.post("/api/v1/users/" + id + "/lifecycle/deactivate")
	never := c.post("/api/v1/users/00unever/lifecycle/deactivate")
	if second.status != never.status || strings.ReplaceAll(string(second.body), id, "00unever") != string(never.body) {
		t.Errorf("the answers differ:\n%s\n%s", second.body, never.body)
	}
}

func TestDelete_FirstDeactivatesThenDestroys(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	c.do(http.MethodDelete, "/api/v1/users/"+id, nil).want(t, http.StatusNoContent, "")
	if u, ok := sim.User(id); !ok || u.Status != oktasim.Deprovisioned {
		t.Fatalf("after one delete: %v %s", ok, u.Status)
	}
	c.do(http.MethodDelete, "/api/v1/users/"+id, nil).want(t, http.StatusNoContent, "")
	if _, ok := sim.User(id); ok {
		t.Error("the account survived two deletes")
	}
}

func TestDeactivate_TakesAppsAndLeavesGroups(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	group := sim.AddGroup(oktasim.Group{Name: "VPN", Members: map[string]string{id: oktasim.ByHand}})
	sim.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	sim.AddApp(oktasim.App{Name: "wiki", Groups: []string{group}})
	old := sim.AddApp(oktasim.App{Name: "old", Status: "INACTIVE", Users: map[string]oktasim.Assignment{id: {}}})
	c.post("/api/v1/users/"+id+"/lifecycle/deactivate").want(t, http.StatusOK, "")
	if got := c.ids("/api/v1/users/" + id + "/groups"); !slices.Contains(got, group) {
		t.Errorf("groups after deactivation: %v", got)
	}
	if got := c.ids(`/api/v1/apps?filter=user.id+eq+%22` + id + `%22`); !slices.Equal(got, []string{old}) {
		t.Errorf("apps after deactivation: %v, want the inactive one %s", got, old)
	}
}

func TestLifecycleTakes_ShowsTheTransition(t *testing.T) {
	clock := newClock()
	sim := oktasim.Simulator{LifecycleTakes: time.Minute}
	sim.Clock = clock.now
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	c.post("/api/v1/users/"+id+"/lifecycle/deactivate").want(t, http.StatusOK, "")
	u := decode[object](t, c.get("/api/v1/users/"+id))
	if u["status"] != "ACTIVE" || u["transitioningToStatus"] != "DEPROVISIONED" {
		t.Errorf("at once: %v, turning %v", u["status"], u["transitioningToStatus"])
	}
	clock.pass(time.Minute)
	u = decode[object](t, c.get("/api/v1/users/"+id))
	if u["status"] != "DEPROVISIONED" || u["transitioningToStatus"] != nil {
		t.Errorf("a minute later: %v, turning %v", u["status"], u["transitioningToStatus"])
	}
	c.post("/api/v1/users/"+id+"/lifecycle/activate").want(t, http.StatusOK, "")
	c.post("/api/v1/users/"+id+"/lifecycle/activate").want(t, http.StatusConflict, "E0000112")
}

func TestCreate(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	body := func(login string, more object) object {
		out := object{"profile": object{"login": login, "email": login, "firstName": "A", "lastName": "B"}}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	for _, k := range []struct{ login, query, state string }{
		{"staged@example.com", "?activate=false", "STAGED"},
		{"provisioned@example.com", "", "PROVISIONED"},
	} {
		got := c.do(http.MethodPost, "/api/v1/users"+k.query, body(k.login, nil))
		got.want(t, http.StatusOK, "")
		if s := decode[object](t, got)["status"]; s != k.state {
			t.Errorf("%s is %v", k.login, s)
		}
	}
	withPassword := c.do(http.MethodPost, "/api/v1/users", body("active@example.com", object{"credentials": object{"password": object{"value": "made up"}}}))
	if s := decode[object](t, withPassword)["status"]; s != "ACTIVE" {
		t.Errorf("with a password: %v", s)
	}
	c.do(http.MethodPost, "/api/v1/users", body("Staged@Example.com", nil)).want(t, http.StatusBadRequest, "E0000001")
	c.do(http.MethodPost, "/api/v1/users", body("many@example.com", object{"groupIds": make([]string, 21)})).want(t, http.StatusBadRequest, "E0000093")
	c.do(http.MethodPost, "/api/v1/users", "not an object").want(t, http.StatusBadRequest, "E0000003")
}

func TestUpdate_PartialKeepsAndNullClears_FullReplaces(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	u := person("jo@example.com")
	u.Profile.Title, u.Profile.Department = "Clerk", "Sales"
	id := sim.AddUser(u)
	profile := func() object { return decode[object](t, c.get("/api/v1/users/"+id))["profile"].(object) }
	c.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": object{"title": nil, "city": "Oslo"}}).want(t, http.StatusOK, "")
	if p := profile(); p["title"] != nil || p["city"] != "Oslo" || p["department"] != "Sales" {
		t.Errorf("after a partial update: %v", p)
	}
	c.do(http.MethodPut, "/api/v1/users/"+id, object{"profile": object{"firstName": "Joe"}}).want(t, http.StatusOK, "")
	if p := profile(); p["department"] != nil || p["city"] != nil || p["firstName"] != "Joe" {
		t.Errorf("after a full update: %v", p)
	}
	sim.SetStatus(id, oktasim.Deprovisioned)
	c.do(http.MethodPost, "/api/v1/users/"+id, object{"profile": object{"city": "Rome"}}).want(t, http.StatusNotFound, "E0000007")
}

func TestListUsers(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	jo := sim.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "jo@example.com", Email: "jo@corp.example.com", EmployeeNumber: "E1"}})
	gone := sim.AddUser(oktasim.User{Status: oktasim.Deprovisioned, Profile: oktasim.Profile{Login: "ada@example.com", EmployeeNumber: "E2"}})
	for _, k := range []struct {
		name, query string
		want        []string
	}{
		{"plain omits the deactivated", "", []string{jo}},
		{"filter by mail", `?filter=profile.email+eq+"jo@corp.example.com"`, []string{jo}},
		{"filter tells cases apart", `?filter=profile.email+eq+"Jo@corp.example.com"`, nil},
		{"filter finds the deactivated", `?filter=profile.login+eq+"ada@example.com"`, []string{gone}},
		{"filter with or", `?filter=profile.login+eq+"ada@example.com"+or+id+eq+"` + jo + `"`, []string{jo, gone}},
		{"search by any attribute", `?search=profile.employeeNumber+eq+"E2"`, []string{gone}},
		{"q by prefix, without the deactivated", `?q=a`, nil},
	} {
		t.Run(k.name, func(t *testing.T) {
			if got := c.ids("/api/v1/users" + strings.ReplaceAll(k.query, `"`, "%22")); !slices.Equal(got, k.want) {
				t.Errorf("got %v, want %v", got, k.want)
			}
		})
	}
	c.get("/api/v1/users?filter=profile.employeeNumber+eq+%22E1%22").want(t, http.StatusBadRequest, "E0000031")
	c.get("/api/v1/users?search=status+eq").want(t, http.StatusBadRequest, "E0000031")
}

func TestSearchLag_ReadsByIdDoNotLag(t *testing.T) {
	clock := newClock()
	sim := oktasim.Simulator{SearchLag: time.Minute}
	sim.Clock = clock.now
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	c.post("/api/v1/users/"+id+"/lifecycle/suspend").want(t, http.StatusOK, "")
	active, suspended := `/api/v1/users?search=status+eq+%22ACTIVE%22`, `/api/v1/users?search=status+eq+%22SUSPENDED%22`
	if got := c.ids(active); len(got) != 1 {
		t.Errorf("search shows the change at once: %v", got)
	}
	if s := decode[object](t, c.get("/api/v1/users/"+id))["status"]; s != "SUSPENDED" {
		t.Errorf("the read by id lags: %v", s)
	}
	created := decode[object](t, c.do(http.MethodPost, "/api/v1/users?activate=false", object{"profile": object{"login": "kim@example.com", "email": "kim@example.com", "firstName": "Kim", "lastName": "Roe"}}))
	if got := c.ids(`/api/v1/users?search=profile.login+eq+%22kim@example.com%22`); len(got) != 0 {
		t.Errorf("search shows the new user at once: %v", got)
	}
	clock.pass(time.Minute)
	if got := c.ids(suspended); !slices.Equal(got, []string{id}) {
		t.Errorf("a minute later search finds %v", got)
	}
	if got := c.ids(`/api/v1/users?search=profile.login+eq+%22kim@example.com%22`); !slices.Equal(got, []string{created["id"].(string)}) {
		t.Errorf("a minute later search finds %v", got)
	}
}

func TestGetUser_ByShortLogin(t *testing.T) {
	var sim oktasim.Simulator
	c := serve(t, &sim)
	id := sim.AddUser(person("jo@example.com"))
	if got := decode[object](t, c.get("/api/v1/users/jo"))["id"]; got != id {
		t.Errorf("found %v", got)
	}
	sim.AddUser(person("jo@other.example.com"))
	c.get("/api/v1/users/jo").want(t, http.StatusNotFound, "E0000007")
}
