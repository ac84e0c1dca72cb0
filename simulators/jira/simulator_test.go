package jirasim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	jirasim "tenure/simulators/jira"
)

// site is a simulator behind a real server, with a hand on its clock.
type site struct {
	*jirasim.Simulator
	t   *testing.T
	url string
	now time.Time
}

func open(t *testing.T, sim *jirasim.Simulator) *site {
	t.Helper()
	s := &site{Simulator: sim, t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	sim.Clock = func() time.Time { return s.now }
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// send makes one call with the default credentials of the flavour.
func (s *site) send(method, path, body string, header ...string) reply {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if s.Flavour == jirasim.DataCenter {
		req.Header.Set("Authorization", "Bearer "+jirasim.DefaultToken)
	} else {
		req.SetBasicAuth(jirasim.DefaultEmail, jirasim.DefaultToken)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, text: string(b)}
	_ = json.Unmarshal(b, &r.json)
	return r
}

func (s *site) want(r reply, status int, contains string) reply {
	s.t.Helper()
	if r.status != status || !strings.Contains(r.text, contains) {
		s.t.Fatalf("got %d %s; want %d with %q", r.status, r.text, status, contains)
	}
	return r
}

func (s *site) create(fields string) string {
	s.t.Helper()
	r := s.want(s.send("POST", "/rest/api/2/issue", `{"fields":{"project":{"key":"ITOFF"},`+fields+`}}`), 201, `"key"`)
	return r.json["key"].(string)
}

const task = `"issuetype":{"name":"Task"},"summary":"A task"`

func TestOldSearch_OnCloud_IsGone(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	for _, v := range []string{"2", "3"} {
		r := s.want(s.send("GET", "/rest/api/"+v+"/search?jql=project=ITOFF", ""), 410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")
		if _, has := r.json["errors"]; !has {
			t.Error("the 410 has no errors object")
		}
	}
}

func TestNewSearch_OnDataCenter_IsNotFound(t *testing.T) {
	s := open(t, &jirasim.Simulator{Flavour: jirasim.DataCenter})
	s.want(s.send("GET", "/rest/api/2/search/jql?jql=project=ITOFF", ""), 404, "")
	s.want(s.send("GET", "/rest/api/3/search?jql=project=ITOFF", ""), 404, "")
	s.want(s.send("GET", "/rest/api/2/search?jql=project=ITOFF", ""), 200, `"total":0`)
}

func TestSearch_FollowsBehindItsIndex(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	key := s.create(task + `,"labels":["tenure-1"]`)
	find := "/rest/api/2/search/jql?fields=status,summary&jql=" + url.QueryEscape(`project = ITOFF AND labels = "tenure-1"`)
	s.want(s.send("GET", find, ""), 200, `"issues":[]`)
	issue, _ := s.Issue(key)
	s.want(s.send("GET", find+"&reconcileIssues="+issue.ID, ""), 200, key)
	s.now = s.now.Add(jirasim.DefaultIndexDelay)
	s.want(s.send("GET", find, ""), 200, key)
	if err := s.Transition(key, "In Progress", "operator"); err != nil {
		t.Fatal(err)
	}
	s.want(s.send("GET", find, ""), 200, `"To Do"`)
	s.now = s.now.Add(jirasim.DefaultIndexDelay)
	s.want(s.send("GET", find, ""), 200, `"In Progress"`)
}

func TestSearch_GivesIDsOnlyAndPagesByToken(t *testing.T) {
	s := open(t, &jirasim.Simulator{IndexDelay: jirasim.NoIndexDelay})
	for range 5 {
		s.create(task)
	}
	path := "/rest/api/2/search/jql?maxResults=2&jql=" + url.QueryEscape("project = ITOFF ORDER BY key ASC")
	var ids []string
	for token, pages := "", 0; pages < 10; pages++ {
		r := s.want(s.send("GET", path+"&nextPageToken="+token, ""), 200, `"isLast"`)
		for _, i := range r.json["issues"].([]any) {
			one := i.(map[string]any)
			if len(one) != 1 {
				t.Fatalf("an unasked search gives more than the id: %v", one)
			}
			ids = append(ids, one["id"].(string))
		}
		next, more := r.json["nextPageToken"].(string)
		if more == r.json["isLast"].(bool) {
			t.Fatalf("isLast and nextPageToken disagree: %s", r.text)
		}
		if token = next; !more {
			break
		}
	}
	if got := fmt.Sprint(ids); got != "[10001 10002 10003 10004 10005]" {
		t.Errorf("paged through %s", got)
	}
}

func TestSearch_RefusesWhatJiraRefuses(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	for jql, complaint := range map[string]string{
		"":                       "Unbounded JQL",
		"ORDER BY key":           "Unbounded JQL",
		"project = NOPE":         "The value 'NOPE' does not exist for the field 'project'.",
		"colour = red":           "Field 'colour' does not exist",
		"project = ITOFF OR x=1": "Expecting either",
	} {
		s.want(s.send("GET", "/rest/api/2/search/jql?jql="+url.QueryEscape(jql), ""), 400, complaint)
	}
}

func TestCreate_RefusesWhatJiraRefuses(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	s.AddProject(jirasim.Project{Key: "BARE", OffScreen: []string{"priority"}, Required: []string{"duedate"}})
	for fields, complaint := range map[string]string{
		`"project":{"key":"NOPE"},` + task:                                                                     "project is required",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Saga"},"summary":"x"`:                                  "Specify a valid issue type",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Task"}`:                                                "You must specify a summary",
		`"project":{"key":"ITOFF"},"labels":["x y"],` + task:                                                   "The label 'x y' contains spaces which is invalid.",
		`"project":{"key":"ITOFF"},"customfield_1":"x",` + task:                                                "Field 'customfield_1' cannot be set. It is not on the appropriate screen, or unknown.",
		`"project":{"key":"ITOFF"},"duedate":"1/2/26",` + task:                                                 "Error parsing date string",
		`"project":{"key":"ITOFF"},"assignee":{"name":"tenure-bot"},` + task:                                   "accountId",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Sub-task"},"summary":"x"`:                              "parent issue key or id not specified",
		`"project":{"key":"BARE"},"priority":{"name":"High"},"duedate":"2026-11-02",` + task:                   "Field 'priority' cannot be set",
		`"project":{"key":"BARE"},` + task:                                                                     "duedate is required",
		`"project":{"key":"ITOFF"},"description":{"type":"doc","version":1},` + task:                           "must be a string",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Task"},"summary":"` + strings.Repeat("a", 255) + `"`:   "less than 255",
		`"project":{"key":"ITOFF"},"description":"` + strings.Repeat("a", 32768) + `",` + task:                 "32,767",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Task"},"summary":"two\nlines"`:                         "newline",
		`"project":{"key":"ITOFF"},"priority":{"name":"Dire"},` + task:                                         "priority selected is invalid",
		`"project":{"key":"ITOFF"},"assignee":{"accountId":"nobody"},` + task:                                  "does not exist",
		`"project":{"key":"ITOFF"},"issuetype":{"name":"Sub-task"},"summary":"x","parent":{"key":"ITOFF-999"}`: "Could not find issue",
	} {
		s.want(s.send("POST", "/rest/api/2/issue", `{"fields":{`+fields+`}}`), 400, complaint)
	}
	if n := len(s.Snapshot().Issues); n != 0 {
		t.Errorf("%d issues were made by refused requests", n)
	}
}

func TestCreate_WithPropertiesAndParent_IsReadBackAtOnce(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	r := s.want(s.send("POST", "/rest/api/2/issue", `{"fields":{"project":{"key":"ITOFF"},`+task+`},"properties":[{"key":"a.b","value":{"case":"c"}}]}`), 201, "ITOFF-1")
	if !strings.HasSuffix(r.json["self"].(string), "/rest/api/2/issue/10001") {
		t.Errorf("self is %v", r.json["self"])
	}
	s.create(`"issuetype":{"name":"Sub-task"},"summary":"[x] child","parent":{"key":"ITOFF-1"}`)
	got := s.want(s.send("GET", "/rest/api/2/issue/ITOFF-1?fields=subtasks&properties=a.b", ""), 200, `"[x] child"`)
	if !strings.Contains(got.text, `"properties":{"a.b":{"case":"c"}}`) || strings.Contains(got.text, `"labels"`) {
		t.Errorf("read %s", got.text)
	}
}

func TestTransitions_ObeyTheirScreens(t *testing.T) {
	for _, c := range []struct {
		screen  jirasim.Screen
		fields  string
		status  int
		says    string
		listed  bool
		without int
	}{
		{jirasim.NoScreen, `{"resolution":{"name":"Done"}}`, 400, "Field 'resolution' cannot be set", false, 204},
		{jirasim.ResolutionRequired, `{"resolution":{"name":"Done"}}`, 204, "", true, 400},
		{jirasim.ResolutionUnlisted, `{"resolution":{"name":"Done"}}`, 204, "", false, 400},
		{jirasim.ResolutionRefused, `{"resolution":{"name":"Done"}}`, 400, "Field 'resolution' cannot be set", true, 204},
	} {
		t.Run("screen "+string(c.screen), func(t *testing.T) {
			s := open(t, &jirasim.Simulator{})
			flow := jirasim.DefaultWorkflow()
			flow.Transitions[2].Screen = c.screen
			s.AddProject(jirasim.Project{Key: "ITOFF", Workflow: flow})
			one, two := s.create(task), s.create(task)
			meta := s.want(s.send("GET", "/rest/api/2/issue/"+one+"/transitions?expand=transitions.fields", ""), 200, `"31"`)
			if strings.Contains(meta.text, `"resolution"`) != c.listed {
				t.Errorf("metadata is %s", meta.text)
			}
			s.want(s.send("POST", "/rest/api/2/issue/"+one+"/transitions", `{"transition":{"id":"31"},"fields":`+c.fields+`}`), c.status, c.says)
			s.want(s.send("POST", "/rest/api/2/issue/"+two+"/transitions", `{"transition":{"id":"31"}}`), c.without, "")
		})
	}
}

func TestTransition_Repeated_IsRefused(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	key := s.create(task)
	s.want(s.send("POST", "/rest/api/2/issue/"+key+"/transitions", `{"transition":{"id":"21"}}`), 204, "")
	s.want(s.send("POST", "/rest/api/2/issue/"+key+"/transitions", `{"transition":{"id":"21"}}`), 400, "not valid for the current state")
}

func TestUpserts_AnswerCreatedThenOK(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	base := "/rest/api/2/issue/" + s.create(task)
	link := `{"globalId":"system=tenure&id=1","object":{"url":"https://example.com/a","title":"A"}}`
	s.want(s.send("POST", base+"/remotelink", link), 201, `"id"`)
	s.want(s.send("POST", base+"/remotelink", strings.Replace(link, `"A"`, `"B"`, 1)), 200, `"id"`)
	got := s.want(s.send("GET", base+"/remotelink", ""), 200, `"B"`)
	if strings.Contains(got.text, `"A"`) {
		t.Errorf("the link was not replaced: %s", got.text)
	}
	s.want(s.send("PUT", base+"/properties/p", `{"n":1}`), 201, "")
	s.want(s.send("PUT", base+"/properties/p", `{"n":2}`), 200, "")
	s.want(s.send("GET", base+"/properties/p", ""), 200, `{"key":"p","value":{"n":2}}`)
	s.want(s.send("GET", base+"/properties/q", ""), 404, "")
}

func TestAttach_WantsItsHeader(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n"
	for _, c := range []struct {
		token  string
		strict bool
		status int
	}{{"", false, 403}, {"no-check", false, 200}, {"nocheck", false, 200}, {"nocheck", true, 403}, {"no-check", true, 200}} {
		s := open(t, &jirasim.Simulator{StrictXSRF: c.strict})
		r := s.send("POST", "/rest/api/2/issue/"+s.create(task)+"/attachments", form,
			"Content-Type", "multipart/form-data; boundary=b", "X-Atlassian-Token", c.token)
		if r.status != c.status || c.status == 403 && r.text != "XSRF check failed" {
			t.Errorf("token %q, strict %v: %d %s", c.token, c.strict, r.status, r.text)
		}
	}
}

func TestCredentials_AreTheFlavoursOwn(t *testing.T) {
	basic := func(user, password string) string {
		req := httptest.NewRequest("GET", "/", nil)
		req.SetBasicAuth(user, password)
		return req.Header.Get("Authorization")
	}
	for _, c := range []struct {
		name   string
		sim    *jirasim.Simulator
		auth   string
		status int
	}{
		{"Cloud, API token", &jirasim.Simulator{}, basic(jirasim.DefaultEmail, jirasim.DefaultToken), 200},
		{"Cloud, wrong token", &jirasim.Simulator{}, basic(jirasim.DefaultEmail, "wrong"), 401},
		{"Cloud, Bearer", &jirasim.Simulator{}, "Bearer " + jirasim.DefaultToken, 403},
		{"Cloud, nothing", &jirasim.Simulator{}, "", 401},
		{"Data Center, PAT", &jirasim.Simulator{Flavour: jirasim.DataCenter}, "Bearer " + jirasim.DefaultToken, 200},
		{"Data Center, wrong PAT", &jirasim.Simulator{Flavour: jirasim.DataCenter}, "Bearer wrong", 401},
		{"Data Center, password", &jirasim.Simulator{Flavour: jirasim.DataCenter}, basic(jirasim.DefaultUsername, jirasim.DefaultPassword), 200},
		{"Data Center 11, password", &jirasim.Simulator{Flavour: jirasim.DataCenter, BasicAuthOff: true}, basic(jirasim.DefaultUsername, jirasim.DefaultPassword), 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, c.sim)
			s.want(s.send("GET", "/rest/api/2/myself", "", "Authorization", c.auth), c.status, "")
			s.want(s.send("GET", "/rest/api/2/serverInfo", "", "Authorization", c.auth), 200, "deploymentType")
		})
	}
}

func TestUsers_AreShownAsTheFlavourDoes(t *testing.T) {
	cloud := open(t, &jirasim.Simulator{})
	if r := cloud.send("GET", "/rest/api/2/myself", ""); strings.Contains(r.text, "emailAddress") || r.json["accountId"] == nil {
		t.Errorf("Cloud shows %s", r.text)
	}
	dc := open(t, &jirasim.Simulator{Flavour: jirasim.DataCenter, ContextPath: "/jira"})
	if r := dc.send("GET", "/jira/rest/api/2/myself", ""); r.json["accountId"] != nil || r.json["name"] != jirasim.DefaultUsername {
		t.Errorf("Data Center shows %s", r.text)
	}
}

func TestWritesToOneIssue_AreLimited(t *testing.T) {
	s := open(t, &jirasim.Simulator{RateLimits: true})
	one, two := s.create(task), s.create(task)
	comment := func(key string) reply {
		return s.send("POST", "/rest/api/2/issue/"+key+"/comment", `{"body":"x"}`)
	}
	for range 20 {
		s.want(comment(one), 201, "")
	}
	r := s.want(comment(one), 429, "rate-limited")
	if r.header.Get("Retry-After") != "2" || r.header.Get("RateLimit-Reason") != "jira-per-issue-on-write" {
		t.Errorf("headers %v", r.header)
	}
	s.want(comment(two), 201, "")
	s.now = s.now.Add(2 * time.Second)
	s.want(comment(one), 201, "")
}

func TestBursts_AreLimitedPerRoute(t *testing.T) {
	s := open(t, &jirasim.Simulator{RateLimits: true, Flavour: jirasim.DataCenter})
	for range 100 {
		s.want(s.send("GET", "/rest/api/2/myself", ""), 200, "")
	}
	r := s.want(s.send("GET", "/rest/api/2/myself", ""), 429, "<html>")
	if r.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("headers %v", r.header)
	}
	s.want(s.send("GET", "/rest/api/2/project/ITOFF", ""), 200, "")
}

func TestState_SurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	first := &jirasim.Simulator{}
	first.Dir = dir
	s := open(t, first)
	key := s.create(task)
	s.want(s.send("POST", "/rest/api/2/issue/"+key+"/comment", `{"body":"kept","properties":[{"key":"m","value":{"n":1}}]}`), 201, "")

	second := &jirasim.Simulator{}
	second.Dir = dir
	again := open(t, second)
	again.want(again.send("GET", "/rest/api/2/issue/"+key+"/comment?expand=properties", ""), 200, `"properties":[{"key":"m","value":{"n":1}}]`)
	if n := again.CallsTo("POST", "/rest/api/2/issue"); n != 1 {
		t.Errorf("the call log holds %d creates", n)
	}
	if next := again.create(task); next != "ITOFF-2" {
		t.Errorf("the next key is %s", next)
	}
}
