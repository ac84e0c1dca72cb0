package webhooks

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/jira"
)

// site is a Jira with a ticket of ours and a webhook that leads here.
type site struct {
	*jirasim.Simulator
	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

func newSite(t *testing.T, h *house, sim *jirasim.Simulator) *site {
	t.Helper()
	s := &site{Simulator: sim, t: t, now: noon}
	sim.Clock = func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}
	sim.Hooks = append(sim.Hooks, jirasim.Webhook{Name: "tenure", URL: h.url + "/jira", Secret: jiraSecret})
	return s
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *site) create(labels string) string {
	s.t.Helper()
	before := len(s.Snapshot().Issues)
	body := `{"fields":{"project":{"key":"ITOFF"},"issuetype":{"name":"Task"},"summary":"x","labels":[` + labels + `]}}`
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "/rest/api/2/issue", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if s.Flavour == jirasim.DataCenter {
		req.Header.Set("Authorization", "Bearer "+jirasim.DefaultToken)
	} else {
		req.SetBasicAuth(jirasim.DefaultEmail, jirasim.DefaultToken)
	}
	got := httptest.NewRecorder()
	s.ServeHTTP(got, req)
	issues := s.Snapshot().Issues
	if len(issues) != before+1 {
		s.t.Fatalf("no issue was made: %d %s", got.Code, got.Body)
	}
	return issues[before].Key
}

func (s *site) move(key, status string) {
	s.t.Helper()
	if err := s.Transition(key, status, "ida"); err != nil {
		s.t.Fatal(err)
	}
	s.Deliver(s.t.Context())
}

func TestJira_StatusMoved_IsANudge(t *testing.T) {
	for _, flavour := range []jirasim.Flavour{jirasim.Cloud, jirasim.DataCenter} {
		h := open(t)
		s := newSite(t, h, &jirasim.Simulator{Flavour: flavour})
		key := s.create(`"tenure-task"`)
		s.move(key, "Done")
		issue := s.Snapshot().Issues[0]
		by := issue.History[0].By
		if flavour == jirasim.DataCenter {
			by = "ida"
		}
		want := activities.Ask{Key: "jirahook:" + issue.History[0].ID, Verb: activities.VerbTicketMoved, Actor: "jira:" + by, Ticket: key, Received: noon}
		if got := h.one(); !equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", flavour, got, want)
		}
	}
}

func TestJira_DuplicatesAndRetries_AreOneAsk(t *testing.T) {
	h := open(t)
	s := newSite(t, h, &jirasim.Simulator{})
	s.Hooks[0].Duplicates = 2
	key := s.create(`"tenure"`)
	h.fail(errors.New("away"))
	s.move(key, "Done")
	if len(h.kept()) != 0 {
		t.Fatal("kept by a broken inbox")
	}
	h.fail(nil)
	s.pass(time.Hour)
	s.Deliver(t.Context())
	h.one()
}

func TestJira_WhatIsNoMoveOfOurTicket_IsTakenAndIgnored(t *testing.T) {
	h := open(t)
	s := newSite(t, h, &jirasim.Simulator{})
	ours, theirs := s.create(`"tenure"`), s.create(`"laptops"`)
	if err := s.Comment(ours, "hello", "ida"); err != nil {
		t.Fatal(err)
	}
	s.move(theirs, "Done")
	site := s.Snapshot()
	if h.offered() != 0 || len(site.Pending) != 0 || len(site.Delivered) < 4 {
		t.Errorf("asks %+v, %d pending, %d delivered", h.kept(), len(site.Pending), len(site.Delivered))
	}
	for _, d := range site.Delivered {
		if d.Status != http.StatusOK {
			t.Errorf("%s was answered %d", d.Event, d.Status)
		}
	}
}

const moved = `{"webhookEvent":"jira:issue_updated","user":{"accountId":"712020:a-b"},"issue":{"key":"ITOFF-7"%s},"changelog":{%s"items":[{"field":"status","toString":"Done"}]}}`

func movedBody(issue, changelog string) string {
	return strings.Replace(strings.Replace(moved, "%s", issue, 1), "%s", changelog, 1)
}

func TestJira_IDsInEveryForm(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"text", movedBody("", `"id":"11",`), "jirahook:11"},
		{"number, as older Data Centers write it", movedBody("", `"id":10124,`), "jirahook:10124"},
		{"no id, but an identifier", movedBody("", ""), "jirahook:hook-3f9c-1"},
		{"null", movedBody("", `"id":null,`), "jirahook:hook-3f9c-1"},
	}
	for _, c := range cases {
		h := open(t)
		wantStatus(t, c.name, h.post("/jira", c.body, jiraHeader, jirasim.Sign(jiraSecret, []byte(c.body)), jiraIdentifier, "3f9c-1"), http.StatusOK)
		if got := h.one(); got.Key != c.want || got.Actor != "jira:712020:a-b" || got.Ticket != "ITOFF-7" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	h := open(t)
	body := movedBody("", "")
	for range 2 {
		h.post("/jira", body, jiraHeader, jirasim.Sign(jiraSecret, []byte(body)))
	}
	if got := h.one().Key; !strings.HasPrefix(got, "jirahook:body-") {
		t.Errorf("neither id nor identifier: %s", got)
	}
}

// Data Centers that cannot sign name the secret in the path; automation rules put it into a header.
func TestJira_WithoutASignature_TheSecretItselfProves(t *testing.T) {
	body := movedBody(`,"fields":{"labels":["tenure-task"]}`, `"id":"11",`)
	for name, send := range map[string]func(h *house, secret string) answer{
		"path":   func(h *house, secret string) answer { return h.post("/jira/"+secret, body) },
		"header": func(h *house, secret string) answer { return h.post("/jira", body, "Authorization", "Bearer "+secret) },
	} {
		h := open(t)
		for _, wrong := range []string{"x", jiraSecret + "x"} {
			wantStatus(t, name, send(h, wrong), http.StatusUnauthorized)
		}
		wantStatus(t, name, send(h, jiraSecret), http.StatusOK)
		h.one()
	}
}

func TestJira_WrongSignature_IsRefused(t *testing.T) {
	h := open(t)
	body := movedBody("", `"id":"11",`)
	for _, signature := range []string{"", "sha256=", jirasim.Sign("another-secret-0001", []byte(body)), jirasim.Sign(jiraSecret, []byte(body+" ")),
		strings.TrimPrefix(jirasim.Sign(jiraSecret, []byte(body)), jiraPrefix)} {
		wantStatus(t, signature, h.post("/jira", body, jiraHeader, signature), http.StatusUnauthorized)
	}
	if h.offered() != 0 {
		t.Error("an unproven delivery reached the inbox")
	}
}

func TestJira_KnownVector_IsProven(t *testing.T) {
	const want = "sha256=045e45e7959be812b3226f85f3b07435f040af653499798f9dab77936c8a1c9a"
	r := &http.Request{Header: http.Header{jiraHeader: {want}}}
	if !newJira("jira-secret").proves(r, []byte(`{"webhookEvent":"jira:issue_updated"}`)) {
		t.Error("the known vector is refused")
	}
}

func TestJira_ProvenButUnreadable_IsABadRequest(t *testing.T) {
	h := open(t)
	for _, body := range []string{``, `[]`, `{"webhookEvent":"jira:issue_updated","issue":[]}`, strings.Replace(movedBody("", ""), "ITOFF-7", "../../x", 1)} {
		wantStatus(t, body, h.post("/jira", body, jiraHeader, jirasim.Sign(jiraSecret, []byte(body))), http.StatusBadRequest)
	}
}
