package jirasim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	jirasim "tenure/simulators/jira"
)

type received struct {
	identifier, signature, retry string
	body                         []byte
}

// listen is a webhook receiver that answers with the statuses in turn, then 200.
func listen(t *testing.T, statuses ...int) (url string, got *[]received) {
	t.Helper()
	got = &[]received{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		h := r.Header
		*got = append(*got, received{h.Get("X-Atlassian-Webhook-Identifier"), h.Get("X-Hub-Signature"), h.Get("X-Atlassian-Webhook-Retry"), b})
		if n := len(*got); n <= len(statuses) {
			w.WriteHeader(statuses[n-1])
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func TestWebhook_IsSignedAndSaysWhatMoved(t *testing.T) {
	url, got := listen(t)
	s := open(t, &jirasim.Simulator{Hooks: []jirasim.Webhook{{URL: url, Events: []string{"jira:issue_updated"}, Secret: "jira-secret", Delay: time.Minute}}})
	key := s.create(task)
	if err := s.Transition(key, "done", "operator"); err != nil {
		t.Fatal(err)
	}
	if n := s.Deliver(context.Background()); n != 0 {
		t.Fatalf("%d deliveries before they were due", n)
	}
	s.now = s.now.Add(time.Minute)
	if n := s.Deliver(context.Background()); n != 1 || len(*got) != 1 {
		t.Fatalf("%d deliveries", n)
	}
	call := (*got)[0]
	if call.signature != jirasim.Sign("jira-secret", call.body) || call.identifier == "" {
		t.Errorf("signature %q, identifier %q", call.signature, call.identifier)
	}
	var event struct {
		Issue     struct{ Key string }
		Changelog struct {
			Items []struct {
				Field string
				To    string `json:"toString"`
			}
		}
	}
	if err := json.Unmarshal(call.body, &event); err != nil {
		t.Fatal(err)
	}
	if event.Issue.Key != key || event.Changelog.Items[0].Field != "status" || event.Changelog.Items[0].To != "Done" {
		t.Errorf("event is %s", call.body)
	}
}

func TestWebhook_ComesAgainWithItsIdentifier(t *testing.T) {
	url, got := listen(t, 503, 200, 200)
	s := open(t, &jirasim.Simulator{Hooks: []jirasim.Webhook{{URL: url, Events: []string{"jira:issue_created"}, Duplicates: 1}}})
	s.create(task)
	s.Deliver(context.Background())
	if len(*got) != 2 {
		t.Fatalf("%d calls; want the delivery and its duplicate", len(*got))
	}
	s.now = s.now.Add(time.Hour)
	s.Deliver(context.Background())
	if len(*got) != 3 || (*got)[2].retry != "1" {
		t.Fatalf("the 503 was not retried: %d calls", len(*got))
	}
	for _, call := range *got {
		if call.identifier != (*got)[0].identifier {
			t.Errorf("identifier changed: %q, %q", call.identifier, (*got)[0].identifier)
		}
	}
}

func TestSign_AgreesWithTheKnownVector(t *testing.T) {
	const want = "sha256=045e45e7959be812b3226f85f3b07435f040af653499798f9dab77936c8a1c9a"
	if got := jirasim.Sign("jira-secret", []byte(`{"webhookEvent":"jira:issue_updated"}`)); got != want {
		t.Errorf("Sign = %s, want %s", got, want)
	}
}

func TestConsole_RefusesWhatIsNotThere(t *testing.T) {
	s := open(t, &jirasim.Simulator{})
	if s.Transition("ITOFF-9", "Done", "operator") == nil || s.Comment("ITOFF-9", "x", "operator") == nil {
		t.Error("an issue that does not exist was changed")
	}
	if s.Transition(s.create(task), "Nowhere", "operator") == nil {
		t.Error("a status that does not exist was taken")
	}
}
