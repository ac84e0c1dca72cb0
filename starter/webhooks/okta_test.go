package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/simulators/okta"
)

const leaver = "jo@example.com"

// org is an Okta org with one person and a verified event hook that leads here.
func org(t *testing.T, h *house) (*oktasim.Simulator, string) {
	t.Helper()
	sim := &oktasim.Simulator{}
	id := sim.AddUser(oktasim.User{Profile: oktasim.Profile{Login: leaver, FirstName: "Jo", LastName: "Lee"}})
	if _, err := sim.AddHook(t.Context(), h.url+"/okta", oktaSecret); err != nil {
		t.Fatal(err)
	}
	return sim, id
}

// deactivate is what Tenure does itself: through the API, in the name of its token.
func deactivate(t *testing.T, sim *oktasim.Simulator, id string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/users/"+id+"/lifecycle/deactivate", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+oktasim.DefaultToken)
	sim.ServeHTTP(nowhere{}, req)
	sim.WaitHooks()
	if u, _ := sim.User(id); u.Status != oktasim.Deprovisioned {
		t.Fatalf("the user is %s", u.Status)
	}
}

func TestOkta_DeactivatedByAnAdministrator_AsksForAnOffboarding(t *testing.T) {
	h := open(t)
	sim, id := org(t, h)
	if err := sim.Dismiss(id); err != nil {
		t.Fatal(err)
	}
	sim.WaitHooks()
	log := sim.Log()
	want := activities.Ask{Key: "okta:" + log[len(log)-1].UUID, Verb: activities.VerbOffboard, Actor: "okta:hook", Who: leaver, Account: id,
		Reason: "deactivated in Okta by User " + oktasim.OperatorID + "2", Received: noon}
	if got := h.one(); !equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOkta_OwnDeactivation_IsAnEcho(t *testing.T) {
	h := open(t, func(c *Config) { c.OktaOwnActors = []string{"0oasomething", oktasim.OperatorID} })
	sim, id := org(t, h)
	deactivate(t, sim, id)
	if h.offered() != 0 {
		t.Errorf("our own deactivation came back as an ask: %+v", h.kept())
	}
	h = open(t, func(c *Config) { c.OktaOwnActors = nil })
	sim, id = org(t, h)
	deactivate(t, sim, id)
	h.one() // the same event of an actor that is not named as ours is nobody's echo
}

func TestOkta_InboxAway_OktaTriesOnceMore(t *testing.T) {
	h := open(t)
	sim, id := org(t, h)
	h.fail(errors.New("away"))
	if err := sim.Dismiss(id); err != nil {
		t.Fatal(err)
	}
	sim.WaitHooks()
	if h.offered() != 2 {
		t.Errorf("Okta delivered %d times, want the delivery and its one retry", h.offered())
	}
}

func TestOkta_Verification(t *testing.T) {
	h := open(t)
	for _, header := range [][]string{{oktaChallenge, "abc-1"}, {oktaChallenge, "abc-1", "Authorization", oktaSecret}} {
		a := h.send(http.MethodGet, "/okta", nil, header...)
		if a.status != http.StatusOK || a.body != `{"verification":"abc-1"}`+"\n" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %+v", header, a)
		}
	}
	for _, header := range [][]string{{oktaChallenge, "abc-1", "Authorization", "another-secret-0001"}, {}, {oktaChallenge, strings.Repeat("x", maxOktaChallenge+1)}} {
		wantStatus(t, fmt.Sprint(header), h.send(http.MethodGet, "/okta", nil, header...), http.StatusUnauthorized)
	}
	sim := &oktasim.Simulator{}
	if _, err := sim.AddHook(t.Context(), h.url+"/okta", "a-wrong-secret-0001"); err == nil {
		t.Error("a hook with a wrong secret was verified: its events would be refused later, when somebody leaves")
	}
}

func delivery(events ...string) string {
	return `{"eventType":"com.okta.event_hook","data":{"events":[` + strings.Join(events, ",") + `]}}`
}

func deactivation(uuid, actor, outcome string, target string) string {
	return fmt.Sprintf(`{"uuid":%q,"eventType":"user.lifecycle.deactivate","actor":{"id":%q,"type":"User"},"outcome":{"result":%q},"target":[{"id":"0oa1","type":"AppInstance"},%s]}`,
		uuid, actor, outcome, target)
}

const joe = `{"id":"00u1","type":"User","alternateId":"joe@example.com"}`

func TestOkta_SeveralEventsInOneDelivery_EachOnce(t *testing.T) {
	h := open(t)
	body := delivery(deactivation("e1", "00uadmin", "SUCCESS", joe), deactivation("e2", "00uown", "SUCCESS", joe),
		deactivation("e3", "00uadmin", "FAILURE", joe), `{"uuid":"e4","eventType":"user.lifecycle.suspend","target":[`+joe+`]}`,
		deactivation("e5", "00uadmin", "", `{"id":"00u2","type":"User","alternateId":"kim@example.com"}`))
	for range 2 {
		wantStatus(t, "delivery", h.post("/okta", body, "Authorization", oktaSecret), http.StatusOK)
	}
	var keys []string
	for _, a := range h.kept() {
		keys = append(keys, a.Key+" "+a.Who)
	}
	if got := strings.Join(keys, ", "); got != "okta:e1 joe@example.com, okta:e5 kim@example.com" {
		t.Error(got)
	}
}

func TestOkta_WithoutTheSecret_IsRefusedUnread(t *testing.T) {
	h := open(t)
	body := delivery(deactivation("e1", "00uadmin", "SUCCESS", joe))
	for _, secret := range []string{"", "x", oktaSecret + "x", "Bearer " + oktaSecret} {
		wantStatus(t, secret, h.post("/okta", body, "Authorization", secret), http.StatusUnauthorized)
	}
	if h.offered() != 0 {
		t.Error("an unproven delivery reached the inbox")
	}
}

func TestOkta_ReasonNamesTheActorByItsIDAlone(t *testing.T) {
	for actor, want := range map[oktaParty]string{{"00u1", "User"}: "User 00u1", {"0oa1", ""}: "0oa1", {"", "User"}: "somebody unnamed",
		{"Jo Lee <jo@example.com>", "User"}: "somebody unnamed"} {
		if got := actor.words(); got != want {
			t.Errorf("%+v: %q", actor, got)
		}
	}
}

func TestOkta_UnusableDeactivation_IsABadRequest(t *testing.T) {
	h := open(t)
	for _, body := range []string{`{`, `[]`, `{"data":[]}`, delivery(deactivation("", "a", "", joe)), delivery(`{"uuid":"e","eventType":"user.lifecycle.deactivate"}`)} {
		wantStatus(t, body, h.post("/okta", body, "Authorization", oktaSecret), http.StatusBadRequest)
	}
	wantStatus(t, "nothing in it", h.post("/okta", `{}`, "Authorization", oktaSecret), http.StatusOK)
	long, err := json.Marshal(strings.Repeat("x", maxLogin+1))
	if err != nil {
		t.Fatal(err)
	}
	h.post("/okta", delivery(deactivation("e9", "a", "", `{"id":"00u1","type":"User","alternateId":`+string(long)+`}`)), "Authorization", oktaSecret)
	if got := h.one(); got.Who != "" || got.Account != "00u1" {
		t.Errorf("%+v", got)
	}
}
