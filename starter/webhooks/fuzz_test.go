package webhooks

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/simulators/easypost"
	"tenure/simulators/jira"
)

// wellFormed says what every ask must be, whatever a proven body holds.
func wellFormed(t *testing.T, door string, asks []activities.Ask, err error) {
	t.Helper()
	if err != nil && len(asks) > 0 {
		t.Errorf("an error and %d asks", len(asks))
	}
	key := regexp.MustCompile(`^` + door + `:[A-Za-z0-9._:-]{1,140}$`)
	for _, a := range asks {
		if !key.MatchString(a.Key) || !strings.HasPrefix(a.Actor, strings.TrimSuffix(door, "hook")+":") || !slices.Contains(activities.Verbs(), a.Verb) {
			t.Errorf("not well formed: %+v", a)
		}
		if len(a.Who) > maxLogin || len(a.Tracker)+len(a.Ticket)+len(a.Account) > 256 || len(a.Reason) > 256 {
			t.Errorf("unbounded: %+v", a)
		}
	}
}

func FuzzEasyPost(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","description":"tracker.updated","result":{"id":"trk_1","object":"Tracker"}}`))
	f.Add([]byte(`{"id":"../ \u0000","description":"tracker.created","result":{"id":"trk_1"}}`))
	f.Add([]byte(`{"description":"batch.created","result":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		asks, err := easyPost{}.asks(nil, body)
		wellFormed(t, "easypost", asks, err)
	})
}

func FuzzOkta(f *testing.F) {
	f.Add([]byte(delivery(deactivation("e1", "00uadmin", "SUCCESS", joe))))
	f.Add([]byte(`{"data":{"events":[{"uuid":"\n","eventType":"user.lifecycle.deactivate","target":[{"id":"1","type":"User"}]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		asks, err := newOkta(oktaSecret, []string{"00uown"}).asks(nil, body)
		wellFormed(t, "okta", asks, err)
	})
}

func FuzzJira(f *testing.F) {
	f.Add([]byte(movedBody("", `"id":"11",`)), "")
	f.Add([]byte(movedBody(`,"fields":{"labels":["tenure"]}`, `"id":11.5e3,`)), "x")
	f.Add([]byte(movedBody("", `"id":{},`)), "\x00")
	f.Fuzz(func(t *testing.T, body []byte, identifier string) {
		asks, err := newJira(jiraSecret).asks(&http.Request{Header: http.Header{jiraIdentifier: {identifier}}}, body)
		wellFormed(t, "jirahook", asks, err)
	})
}

// FuzzStranger sends what nobody proved through every door: none lets anything in, and all say the same.
func FuzzStranger(f *testing.F) {
	f.Add("/easypost", easyPostHeader, easypostsim.Sign("x", []byte("{}")), []byte("{}"))
	f.Add("/jira", jiraHeader, jirasim.Sign("x", []byte("{}")), []byte("{}"))
	f.Add("/jira/x", "Authorization", "Bearer x", []byte("{}"))
	f.Add("/okta", "Authorization", "x", []byte("{}"))
	f.Fuzz(func(t *testing.T, path, name, value string, body []byte) {
		inbox := &box{}
		s, err := New(Config{Inbox: inbox, EasyPostSecret: easyPostSecret, OktaSecret: oktaSecret, JiraSecret: jiraSecret})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.URL.Path = path
		r.Header[name] = []string{value}
		got := httptest.NewRecorder()
		s.Handler().ServeHTTP(got, r)
		if inbox.offered() != 0 || got.Code < 300 {
			t.Errorf("%q %q %q: %d, %d offered", path, name, value, got.Code, inbox.offered())
		}
	})
}
