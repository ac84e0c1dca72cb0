package jirasim_test

import (
	"net/url"
	"strings"
	"testing"

	jirasim "tenure/simulators/jira"
	"tenure/simulators/kit"
)

func TestWatchers_AreNamedAsTheFlavourDoes(t *testing.T) {
	for _, f := range []jirasim.Flavour{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(f), func(t *testing.T) {
			s := open(t, &jirasim.Simulator{Flavour: f})
			u := s.AddUser(jirasim.User{Name: "desk"})
			path := "/rest/api/2/issue/" + s.create(task) + "/watchers"
			right, wrong, param := u.AccountID, u.Name, "accountId"
			if f == jirasim.DataCenter {
				right, wrong, param = u.Name, u.AccountID, "username"
			}
			s.want(s.send("POST", path, `"`+wrong+`"`), 404, "")
			for range 2 {
				s.want(s.send("POST", path, `"`+right+`"`), 204, "")
			}
			s.want(s.send("GET", path, ""), 200, `"watchCount":1`)
			s.want(s.send("DELETE", path, `"`+right+`"`), 404, "") // the body is not looked at
			s.want(s.send("DELETE", path+"?"+param+"="+right, ""), 204, "")
			s.want(s.send("GET", path, ""), 200, `"watchCount":0`)
		})
	}
}

func TestAssign_AndFindUsers(t *testing.T) {
	cloud := open(t, &jirasim.Simulator{})
	u := cloud.AddUser(jirasim.User{Name: "desk", Email: "desk+it@example.com"})
	key := cloud.create(task)
	cloud.want(cloud.send("PUT", "/rest/api/2/issue/"+key+"/assignee", `{"accountId":"`+u.AccountID+`"}`), 204, "")
	cloud.want(cloud.send("PUT", "/rest/api/2/issue/"+key+"/assignee", `{"accountId":"nobody"}`), 400, "does not exist")
	cloud.want(cloud.send("GET", "/rest/api/2/user/search?query="+url.QueryEscape("desk+it@"), ""), 200, u.AccountID)
	cloud.want(cloud.send("GET", "/rest/api/2/user/search", ""), 400, "")
	dc := open(t, &jirasim.Simulator{Flavour: jirasim.DataCenter})
	dc.AddUser(jirasim.User{Name: "desk"})
	dc.want(dc.send("PUT", "/rest/api/2/issue/"+dc.create(task)+"/assignee", `{"name":"desk"}`), 204, "")
	dc.want(dc.send("GET", "/rest/api/2/user/search?username=desk", ""), 200, `"name":"desk"`)
}

func TestMetadata_ListsTypesUnderTheFlavoursOwnName(t *testing.T) {
	for f, name := range map[jirasim.Flavour]string{jirasim.Cloud: `"issueTypes":[`, jirasim.DataCenter: `"values":[`} {
		s := open(t, &jirasim.Simulator{Flavour: f})
		r := s.want(s.send("GET", "/rest/api/2/issue/createmeta/ITOFF/issuetypes", ""), 200, name)
		if !strings.Contains(r.text, `"name":"Sub-task","subtask":true`) {
			t.Errorf("types are %s", r.text)
		}
		s.want(s.send("GET", "/rest/api/2/issue/createmeta/NOPE/issuetypes", ""), 404, "")
		s.want(s.send("GET", "/rest/api/2/project/ITOFF", ""), 200, `"key":"ITOFF"`)
		s.want(s.send("GET", "/rest/api/2/issue/ITOFF-1/nothing/here", ""), 404, "")
	}
}

func TestHiddenProject_LooksAsIfItWereNotThere(t *testing.T) {
	s := open(t, &jirasim.Simulator{IndexDelay: jirasim.NoIndexDelay})
	key := s.create(task)
	s.AddProject(jirasim.Project{Key: "ITOFF", Forbidden: true})
	s.want(s.send("GET", "/rest/api/2/issue/"+key, ""), 404, "do not have permission to see it")
	s.want(s.send("GET", "/rest/api/2/project/ITOFF", ""), 404, "")
	s.want(s.send("GET", "/rest/api/2/search/jql?jql=key=ITOFF-1", ""), 200, `"issues":[]`)
}

func TestJQL_UnderstandsWhatItSaysItDoes(t *testing.T) {
	s := open(t, &jirasim.Simulator{Flavour: jirasim.DataCenter, IndexDelay: jirasim.NoIndexDelay})
	one := s.create(task + `,"labels":["red","blue"]`)
	two := s.create(`"issuetype":{"name":"Sub-task"},"summary":"[x] Child","parent":{"key":"` + one + `"}`)
	if err := s.Transition(two, "Done", "operator"); err != nil {
		t.Fatal(err)
	}
	for jql, want := range map[string]string{
		`labels = red`:              one,
		`labels in (green, "blue")`: one,
		`labels != red`:             two,
		`key in (ITOFF-2)`:          two,
		`issuekey not in (ITOFF-2) AND project = "itoff"`: one,
		`status = "To Do"`:        one,
		`statusCategory = Done`:   two,
		`parent = ITOFF-1`:        two,
		`issuetype = Sub-task`:    two,
		`summary ~ child`:         two,
		`resolution = Unresolved`: one,
		`id = 10001`:              one,
	} {
		r := s.want(s.send("GET", "/rest/api/2/search?fields=status&jql="+url.QueryEscape(jql), ""), 200, `"total":1`)
		if !strings.Contains(r.text, `"key":"`+want+`"`) {
			t.Errorf("%s found %s", jql, r.text)
		}
	}
	r := s.want(s.send("POST", "/rest/api/2/search", `{"jql":"project = ITOFF ORDER BY status DESC, created ASC","startAt":1,"maxResults":1,"fields":["summary"]}`), 200, `"startAt":1`)
	if !strings.Contains(r.text, two) || strings.Contains(r.text, `"status"`) {
		t.Errorf("second page is %s", r.text)
	}
}

func TestCount_IsCloudsOwn(t *testing.T) {
	s := open(t, &jirasim.Simulator{IndexDelay: jirasim.NoIndexDelay})
	s.create(task)
	s.want(s.send("POST", "/rest/api/3/search/approximate-count", `{"jql":"project = ITOFF"}`), 200, `{"count":1}`)
	s.want(s.send("POST", "/rest/api/2/search/jql", `{"jql":"project = ITOFF","fields":["summary"],"properties":["p"]}`), 200, `"properties":{}`)
	s.want(s.send("GET", "/_edge/tenant_info", ""), 200, jirasim.DefaultCloudID)
	dc := open(t, &jirasim.Simulator{Flavour: jirasim.DataCenter})
	dc.want(dc.send("GET", "/_edge/tenant_info", ""), 404, "")
}

func TestComments_KeepOrderAndLimits(t *testing.T) {
	s := open(t, &jirasim.Simulator{MaxComments: 2})
	path := "/rest/api/2/issue/" + s.create(task) + "/comment"
	s.want(s.send("POST", path, `{"body":" "}`), 400, "can not be empty")
	s.want(s.send("POST", path, `{"body":{"type":"doc"}}`), 400, "not valid")
	s.want(s.send("POST", path, `{"body":"`+strings.Repeat("a", 32768)+`"}`), 400, "32,767")
	s.want(s.send("POST", path, `{"body":"one"}`), 201, `"one"`)
	s.want(s.send("POST", path, `{"body":"two"}`), 201, `"two"`)
	s.want(s.send("POST", path, `{"body":"three"}`), 413, "maximum number of comments")
	r := s.want(s.send("GET", path+"?orderBy=-created&maxResults=1", ""), 200, `"two"`)
	if strings.Contains(r.text, `"one"`) || !strings.Contains(r.text, `"total":2`) {
		t.Errorf("first page is %s", r.text)
	}
}

func TestEdit_ChangesLabelsFieldsAndHistory(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	s.AddProject(jirasim.Project{Key: "ITOFF", Custom: []string{"customfield_10010"}})
	key := s.create(task + `,"labels":["a"],"customfield_10010":{"value":"Remote"}`)
	s.want(s.send("PUT", "/rest/api/2/issue/"+key, `{"update":{"labels":[{"add":"b"},{"remove":"a"}],"summary":[{"set":"New"}],"comment":[{"add":{"body":"said"}}]},"fields":{"duedate":"2026-12-01"}}`), 204, "")
	s.want(s.send("PUT", "/rest/api/2/issue/"+key, `{"fields":{"duedate":null,"assignee":null}}`), 204, "")
	s.want(s.send("PUT", "/rest/api/2/issue/"+key, `{"update":{"labels":[{"add":"x y"}]}}`), 400, "contains spaces")
	i, _ := s.Issue(key)
	if strings.Join(i.Labels, " ") != "b" || i.Summary != "New" || i.DueDate != "" || len(i.Comments) != 1 {
		t.Errorf("issue is %+v", i)
	}
	r := s.want(s.send("GET", "/rest/api/2/issue/"+key+"?expand=changelog", ""), 200, `"field":"summary"`)
	if !strings.Contains(r.text, `"customfield_10010":{"value":"Remote"}`) {
		t.Errorf("issue is %s", r.text)
	}
}

func TestDelete_WantsItsSubtasksNamed(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	key := s.create(task)
	s.create(`"issuetype":{"name":"Sub-task"},"summary":"x","parent":{"key":"` + key + `"}`)
	s.want(s.send("DELETE", "/rest/api/2/issue/"+key, ""), 400, "deleteSubtasks")
	s.want(s.send("DELETE", "/rest/api/2/issue/"+key+"?deleteSubtasks=true", ""), 204, "")
	if n := len(s.Snapshot().Issues); n != 0 {
		t.Errorf("%d issues are left", n)
	}
}

func TestProperties_ListAndDelete(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	base := "/rest/api/2/issue/" + s.create(task) + "/properties"
	s.want(s.send("PUT", base+"/p", `{`), 400, "valid, non-empty JSON")
	s.want(s.send("PUT", base+"/p", `"`+strings.Repeat("a", 32768)+`"`), 400, "32768")
	s.want(s.send("PUT", base+"/p", `1`), 201, "")
	s.want(s.send("GET", base, ""), 200, `"key":"p"`)
	s.want(s.send("DELETE", base+"/p", ""), 204, "")
	s.want(s.send("DELETE", base+"/p", ""), 404, "")
}

func TestFaults_AnswerInJirasOwnForms(t *testing.T) {
	for status, want := range map[int]string{401: "<html>", 403: `"errorMessages":["You do not`, 404: `"errorMessages":["Issue does not exist`, 409: "errorMessages", 500: "<html>", 422: "errorMessages"} {
		s := open(t, &jirasim.Simulator{})
		s.Inject(kit.Fault{Status: status})
		s.want(s.send("GET", "/rest/api/2/myself", ""), status, want)
	}
}

func TestWebhooks_RegisteredOverREST_AreCalled(t *testing.T) {
	target, got := listen(t)
	s := open(t, &jirasim.Simulator{})
	s.want(s.send("POST", "/rest/webhooks/1.0/webhook", `{"name":"t","url":"`+target+`","events":["comment_created"],"secret":"s"}`), 201, `"isSigned":true`)
	s.want(s.send("GET", "/rest/webhooks/1.0/webhook", ""), 200, target)
	key := s.create(task)
	if err := s.Comment(key, "hello", "operator"); err != nil {
		t.Fatal(err)
	}
	if n := s.Deliver(t.Context()); n != 1 || len(*got) != 1 || !strings.Contains(string((*got)[0].body), `"hello"`) {
		t.Errorf("%d deliveries", n)
	}
	if site := s.Snapshot(); len(site.Delivered) != 1 || len(site.Pending) != 0 || len(site.Users) != 2 {
		t.Errorf("site is %+v", site)
	}
}
