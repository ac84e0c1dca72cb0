package easypostsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/simulators/kit"
)

type bench struct {
	t   *testing.T
	sim *Simulator
	url string
	now time.Time
	key string
}

func newBench(t *testing.T, sim *Simulator) *bench {
	t.Helper()
	b := &bench{t: t, sim: sim, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), key: DefaultKey}
	sim.Clock = func() time.Time { return b.now }
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	return b
}

func (b *bench) call(method, path string, body any) (status int, out map[string]any, raw string) {
	b.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(encoded))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(b.key, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	_ = json.Unmarshal(text, &out)
	return resp.StatusCode, out, string(text)
}

func (b *bench) create(code, carrier string) (int, map[string]any, string) {
	b.t.Helper()
	return b.call(http.MethodPost, "/v2/trackers", map[string]any{"tracker": map[string]string{"tracking_code": code, "carrier": carrier}})
}

const code = "9400111800000000000042"

func TestCreate_Twice_IsOneTrackerForThreeMonths(t *testing.T) {
	b := newBench(t, new(Simulator))
	status, first, _ := b.create(code, "USPS")
	if status != http.StatusCreated {
		t.Fatalf("%d", status)
	}
	status, again, _ := b.create(code, "USPS")
	if status != http.StatusOK || again["id"] != first["id"] {
		t.Errorf("%d %v", status, again["id"])
	}
	if status, detected, _ := b.create(code, ""); status != http.StatusOK || detected["id"] != first["id"] {
		t.Errorf("without a carrier: %d %v", status, detected["id"])
	}
	b.now = b.now.AddDate(0, 4, 0)
	if status, later, _ := b.create(code, "USPS"); status != http.StatusCreated || later["id"] == first["id"] {
		t.Errorf("after four months: %d", status)
	}
}

func TestCreate_Refusals(t *testing.T) {
	b := newBench(t, new(Simulator))
	b.sim.Register("77", "ups")
	cases := []struct{ name, code, carrier, want string }{
		{"no code", "", "USPS", `"field":"tracking_code"`},
		{"carrier nobody knows", "123", "PigeonPost", `"errors":["The carrier is not supported"]`},
		{"carrier in another spelling", "123", "usps", "not supported"},
		{"carrier cannot be detected", "123", "", "Unable to detect"},
		{"another carrier's number", "77", "USPS", "does not belong to the carrier"},
	}
	for _, c := range cases {
		if status, _, raw := b.create(c.code, c.carrier); status != http.StatusUnprocessableEntity || !strings.Contains(raw, c.want) {
			t.Errorf("%s: %d %s", c.name, status, raw)
		}
	}
	b.sim.InFlight(1)
	if status, _, raw := b.create(code, "USPS"); status < 400 || !strings.Contains(raw, "in-flight") {
		t.Errorf("in flight: %d %s", status, raw)
	}
	if status, _, _ := b.create(code, "USPS"); status != http.StatusCreated {
		t.Errorf("after it: %d", status)
	}
}

func TestModes_DoNotSeeEachOther(t *testing.T) {
	b := newBench(t, new(Simulator))
	_, made, _ := b.create(code, "USPS")
	b.key = DefaultTestKey
	if status, _, _ := b.call(http.MethodGet, "/v2/trackers/"+made["id"].(string), nil); status != http.StatusNotFound {
		t.Errorf("a production tracker in test mode: %d", status)
	}
	for code, want := range sample {
		status, got, raw := b.create(code, "")
		if status != http.StatusCreated || got["status"] != want || got["mode"] != "test" {
			t.Errorf("%s: %d %s", code, status, raw)
		}
	}
	if status, _, _ := b.create(code, "USPS"); status != http.StatusUnprocessableEntity {
		t.Errorf("a real code in test mode: %d", status)
	}
	b.key = "wrong"
	if status, _, raw := b.create(code, "USPS"); status != http.StatusUnauthorized || !strings.Contains(raw, "APIKEY.INACTIVE") {
		t.Errorf("wrong key: %d %s", status, raw)
	}
}

func TestTracker_FollowsTheParcel(t *testing.T) {
	b := newBench(t, &Simulator{Pace: time.Hour})
	b.sim.Register(code, "usps")
	b.sim.Register(code, "usps")
	_, made, _ := b.create(code, "USPS")
	read := func() string {
		_, out, _ := b.call(http.MethodGet, "/v2/trackers/"+made["id"].(string), nil)
		return fmt.Sprint(out["status"], " ", len(out["tracking_details"].([]any)))
	}
	for _, want := range []string{"pre_transit 1", "in_transit 2", "out_for_delivery 3", "delivered 4", "delivered 4"} {
		if got := read(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b.now = b.now.Add(time.Hour)
	}
	b.sim.Move(code, Failure)
	if got := read(); got != "failure 5" {
		t.Errorf("moved backwards: %s", got)
	}
	if b.sim.Move("nothing", Delivered) {
		t.Error("moved a parcel there is not")
	}
}

func TestDelete_ThenRead_IsNotFound(t *testing.T) {
	b := newBench(t, new(Simulator))
	_, made, _ := b.create(code, "USPS")
	path := "/v2/trackers/" + made["id"].(string)
	if status, out, _ := b.call(http.MethodDelete, path, nil); status != 200 || out["success"] != true {
		t.Errorf("%d %v", status, out)
	}
	if status, _, _ := b.call(http.MethodGet, path, nil); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	if status, again, _ := b.create(code, "USPS"); status != http.StatusCreated || again["id"] == made["id"] {
		t.Errorf("created after the deletion: %d", status)
	}
}

func TestList_PagesAndLimit(t *testing.T) {
	b := newBench(t, &Simulator{RateLimits: true})
	for i := range 25 {
		b.create(fmt.Sprintf("94001118000000000000%02d", i), "")
	}
	_, page, _ := b.call(http.MethodGet, "/v2/trackers", nil)
	rows := page["trackers"].([]any)
	last := rows[len(rows)-1].(map[string]any)
	if len(rows) != 20 || page["has_more"] != true || last["tracking_code"] != "9400111800000000000005" {
		t.Fatalf("%d rows, last %v", len(rows), last["tracking_code"])
	}
	_, page, _ = b.call(http.MethodGet, "/v2/trackers?before_id="+last["id"].(string), nil)
	if rows = page["trackers"].([]any); len(rows) != 5 || page["has_more"] != false {
		t.Errorf("second page: %d rows", len(rows))
	}
	_, page, _ = b.call(http.MethodGet, "/v2/trackers?tracking_code=9400111800000000000005", nil)
	if rows = page["trackers"].([]any); len(rows) != 1 {
		t.Errorf("filtered: %d rows", len(rows))
	}
	b.call(http.MethodGet, "/v2/trackers", nil)
	b.call(http.MethodGet, "/v2/webhooks", nil)
	if status, _, _ := b.call(http.MethodGet, "/v2/trackers", nil); status != http.StatusTooManyRequests {
		t.Errorf("sixth list in a second: %d", status)
	}
	b.now = b.now.Add(time.Second)
	if status, _, _ := b.call(http.MethodGet, "/v2/trackers", nil); status != 200 {
		t.Errorf("next second: %d", status)
	}
	if status, out, _ := b.call(http.MethodPost, "/v2/trackers/batch", map[string]any{"tracking_codes": []string{code, code}}); status != 200 || len(out["trackers"].([]any)) != 2 {
		t.Errorf("batch: %d", status)
	}
}

// receiver is somebody's webhook address.
type receiver struct {
	mu     sync.Mutex
	status int
	got    []string // description, status, and whether the signature is right
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var e struct {
		Description string                  `json:"description"`
		Result      struct{ Status string } `json:"result"`
	}
	_ = json.Unmarshal(body, &e)
	r.mu.Lock()
	defer r.mu.Unlock()
	signature := "signed"
	if req.Header.Get("X-Hmac-Signature") != Sign("s3cret", body) {
		signature = "forged"
	}
	r.got = append(r.got, strings.TrimPrefix(e.Description, "tracker.")+" "+e.Result.Status+" "+signature)
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
}

func (r *receiver) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := strings.Join(r.got, ", ")
	r.got = nil
	return out
}

func hooked(t *testing.T, sim *Simulator) (*bench, *receiver) {
	t.Helper()
	b, r := newBench(t, sim), new(receiver)
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	status, out, raw := b.call(http.MethodPost, "/v2/webhooks", map[string]any{"webhook": map[string]string{"url": srv.URL, "webhook_secret": "s3cret"}})
	if status != http.StatusCreated || strings.Contains(raw, "s3cret") || out["disabled_at"] != nil {
		t.Fatalf("%d %s", status, raw)
	}
	b.sim.Register(code, "USPS")
	b.create(code, "USPS")
	return b, r
}

func TestWebhook_TellsOfEachChange_Signed(t *testing.T) {
	b, r := hooked(t, new(Simulator))
	b.sim.Move(code, InTransit)
	b.sim.Move(code, InTransit)
	if n := b.sim.Deliver(t.Context()); n != 2 {
		t.Errorf("%d deliveries were taken", n)
	}
	if got := r.take(); got != "created pre_transit signed, updated in_transit signed" {
		t.Errorf("%s", got)
	}
	if n := b.sim.Deliver(t.Context()); n != 0 {
		t.Errorf("%d delivered again", n)
	}
	evt := b.sim.Snapshot().Events[1]
	if status, out, _ := b.call(http.MethodGet, "/v2/events/"+evt.ID, nil); status != 200 || out["result"] != nil || evt.Before != PreTransit {
		t.Errorf("%d %v", status, out)
	}
}

func TestWebhook_Modes(t *testing.T) {
	cases := []struct {
		name string
		mode WebhookMode
		want string
	}{
		{"wrong signature", WebhookMode{WrongSignature: true}, "created pre_transit forged, updated in_transit forged"},
		{"no signature", WebhookMode{NoSignature: true}, "created pre_transit forged, updated in_transit forged"},
		{"twice", WebhookMode{Duplicate: true}, "created pre_transit signed, created pre_transit signed, updated in_transit signed, updated in_transit signed"},
		{"out of order", WebhookMode{OutOfOrder: true}, "updated in_transit signed, created pre_transit signed"},
		{"missing", WebhookMode{Missing: true}, ""},
		{"late", WebhookMode{Late: time.Hour}, ""},
	}
	for _, c := range cases {
		b, r := hooked(t, new(Simulator))
		b.sim.Move(code, InTransit)
		b.sim.SetWebhookMode(c.mode)
		b.sim.Deliver(t.Context())
		if got := r.take(); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
		b.now = b.now.Add(time.Hour)
		b.sim.Deliver(t.Context())
		if late := r.take(); (late != "") != (c.mode.Late > 0) {
			t.Errorf("%s, an hour later: %s", c.name, late)
		}
	}
}

func TestWebhook_Refused_IsRetriedForADay(t *testing.T) {
	b, r := hooked(t, &Simulator{DisableAfter: 1000})
	r.status = http.StatusInternalServerError
	attempts := 0
	for range 60 * 48 {
		b.sim.Deliver(t.Context())
		b.now = b.now.Add(time.Minute)
		if r.take() != "" {
			attempts++
		}
	}
	if attempts < 5 || attempts > 20 {
		t.Errorf("%d attempts", attempts)
	}
	if d := b.sim.Snapshot().Events[0].Deliveries[0]; !d.Lost || d.Done {
		t.Errorf("%+v", d)
	}
}

func TestWebhook_KeepsFailing_IsDisabledAndMissesWhatHappened(t *testing.T) {
	b, r := hooked(t, &Simulator{DisableAfter: 2})
	r.status = http.StatusBadGateway
	b.sim.Move(code, InTransit)
	b.sim.Deliver(t.Context())
	hook := b.sim.Snapshot().Hooks[0]
	if hook.Disabled.IsZero() {
		t.Fatalf("%+v", hook)
	}
	b.sim.Move(code, OutForDelivery)
	r.status = 0
	r.take()
	if status, out, _ := b.call(http.MethodPatch, "/v2/webhooks/"+hook.ID, map[string]string{"webhook_secret": "s3cret"}); status != 200 || out["disabled_at"] != nil {
		t.Fatalf("%d %v", status, out)
	}
	b.sim.Move(code, Delivered)
	b.now = b.now.Add(time.Hour)
	b.sim.Deliver(t.Context())
	if got := r.take(); got != "updated delivered signed" {
		t.Errorf("%s", got)
	}
	if status, _, _ := b.call(http.MethodDelete, "/v2/webhooks/"+hook.ID, nil); status != 200 || len(b.sim.Snapshot().Hooks) != 0 {
		t.Errorf("%d", status)
	}
}

func TestState_SurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	b, _ := hooked(t, &Simulator{Kit: kit.Kit{Dir: dir}})
	_, first, _ := b.create(code, "USPS")
	again := newBench(t, &Simulator{Kit: kit.Kit{Dir: dir}})
	status, got, _ := again.create(code, "USPS")
	if status != http.StatusOK || got["id"] != first["id"] || len(again.sim.Snapshot().Events) != 1 {
		t.Errorf("%d %v", status, got["id"])
	}
	for _, c := range again.sim.Calls() {
		if strings.Contains(c.Body, "s3cret") {
			t.Errorf("the log holds the secret: %s", c.Body)
		}
	}
}
