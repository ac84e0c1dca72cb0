package webhooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/easypost"
)

const code = "9400111800000000000042"

// carrier is EasyPost with one tracked parcel and a webhook that leads here.
type carrier struct {
	*easypostsim.Simulator
	t       *testing.T
	tracker string
	mu      sync.Mutex
	at      time.Time
}

func (c *carrier) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func track(t *testing.T, h *house) *carrier {
	t.Helper()
	c := &carrier{Simulator: new(easypostsim.Simulator), t: t, at: noon}
	c.Clock = func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.at
	}
	c.Register(code, "usps")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/v2/trackers", strings.NewReader(`{"tracker":{"tracking_code":"`+code+`","carrier":"USPS"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(easypostsim.DefaultKey, "")
	c.ServeHTTP(nowhere{}, req)
	c.tracker = c.Snapshot().Trackers[0].ID
	c.AddWebhook(h.url+"/easypost", easyPostSecret)
	return c
}

// nowhere is an answer nobody reads.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

func (c *carrier) move(status string) int {
	c.t.Helper()
	c.Move(code, status)
	return c.Deliver(c.t.Context())
}

func TestEasyPost_TrackerUpdated_IsANudge(t *testing.T) {
	h := open(t)
	c := track(t, h)
	if taken := c.move(easypostsim.InTransit); taken != 1 {
		t.Errorf("%d deliveries were taken", taken)
	}
	events := c.Snapshot().Events
	event := events[len(events)-1]
	want := activities.Ask{Key: "easypost:" + event.ID, Verb: activities.VerbShipmentMoved, Actor: "easypost:webhook", Tracker: c.tracker, Received: noon}
	if got := h.one(); !equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// equal compares asks as they travel.
func equal(a, b activities.Ask) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return errors.Join(err1, err2) == nil && bytes.Equal(x, y)
}

func TestEasyPost_WrongOrMissingSignature_IsRefusedAndLeavesNothing(t *testing.T) {
	for _, mode := range []easypostsim.WebhookMode{{WrongSignature: true}, {NoSignature: true}} {
		h := open(t)
		c := track(t, h)
		c.SetWebhookMode(mode)
		if taken := c.move(easypostsim.InTransit); taken != 0 || h.offered() != 0 {
			t.Errorf("%+v: %d taken, the inbox was asked %d times", mode, taken, h.offered())
		}
		c.SetWebhookMode(easypostsim.WebhookMode{})
		c.pass(time.Hour)
		if taken := c.Deliver(t.Context()); taken != 1 {
			t.Errorf("%+v: the vendor's own retry was not taken", mode)
		}
	}
}

func TestEasyPost_Duplicates_AreOneAsk(t *testing.T) {
	h := open(t)
	c := track(t, h)
	c.SetWebhookMode(easypostsim.WebhookMode{Duplicate: true})
	c.move(easypostsim.InTransit)
	h.one()
	if h.offered() != 2 {
		t.Errorf("the inbox was asked %d times, want 2: it is what knows the key", h.offered())
	}
}

// Late and out-of-order events carry no state on: each is the same nudge to look at the tracker.
func TestEasyPost_OutOfOrder_NoAskCarriesAState(t *testing.T) {
	h := open(t)
	c := track(t, h)
	c.SetWebhookMode(easypostsim.WebhookMode{OutOfOrder: true})
	c.Move(code, easypostsim.InTransit)
	c.Move(code, easypostsim.Delivered)
	c.Deliver(t.Context())
	kept := h.kept()
	if len(kept) != 2 || kept[0].Key == kept[1].Key {
		t.Fatalf("%+v", kept)
	}
	for i := range kept {
		kept[i].Key = ""
	}
	if !equal(kept[0], kept[1]) {
		t.Errorf("two nudges differ in more than their key: %+v", kept)
	}
	b, err := json.Marshal(kept)
	if err != nil || strings.Contains(string(b), "delivered") || strings.Contains(string(b), code) {
		t.Errorf("an ask tells more than the tracker's id: %s", b)
	}
}

func TestEasyPost_InboxAway_VendorDeliversAgain(t *testing.T) {
	h := open(t)
	c := track(t, h)
	h.fail(errors.New("disk full"))
	if taken := c.move(easypostsim.InTransit); taken != 0 {
		t.Error("EasyPost was told that a delivery was taken which nobody kept")
	}
	h.fail(nil)
	c.pass(time.Hour)
	if taken := c.Deliver(t.Context()); taken != 1 {
		t.Error("the delivery did not come again")
	}
	h.one()
	if !strings.Contains(h.log.String(), "disk full") {
		t.Error("the operator is not told why")
	}
}

func TestEasyPost_OtherEvents_AreTakenAndIgnored(t *testing.T) {
	h := open(t)
	for _, body := range []string{`{"id":"evt_1","description":"batch.created","result":{"id":"batch_1"}}`, `{"description":"payment.failed","result":[1]}`, `{}`} {
		wantStatus(t, body, h.post("/easypost", body, easyPostHeader, easypostsim.Sign(easyPostSecret, []byte(body))), http.StatusOK)
	}
	if h.offered() != 0 {
		t.Errorf("%+v", h.kept())
	}
}

func TestEasyPost_ProvenButUnreadable_IsABadRequest(t *testing.T) {
	h := open(t)
	for _, body := range []string{``, `[]`, `{`, `"x"`, `{"id":"evt_1","description":"tracker.updated","result":[]}`,
		`{"id":"","description":"tracker.updated","result":{"id":"trk_1"}}`, `{"id":"evt_1","description":"tracker.updated","result":{"id":"../x"}}`} {
		wantStatus(t, body, h.post("/easypost", body, easyPostHeader, easypostsim.Sign(easyPostSecret, []byte(body))), http.StatusBadRequest)
	}
}

func TestEasyPost_Signature(t *testing.T) {
	body := []byte(`{"id":"evt_1","description":"tracker.updated"}`)
	// Computed apart with: printf '%s' BODY | openssl dgst -sha256 -hmac 's3cret'
	const right = easyPostPrefix + "8023f11075de422e2f7badf4527b32cfa7050b5b555a6785909e9497b5b86d0c"
	cases := []struct {
		name, secret, header string
		body                 []byte
		want                 bool
	}{
		{"right", "s3cret", right, body, true},
		{"no header", "s3cret", "", body, false},
		{"no secret", "", right, body, false},
		{"another secret", "s3cre", right, body, false},
		{"without the prefix", "s3cret", strings.TrimPrefix(right, easyPostPrefix), body, false},
		{"upper case", "s3cret", easyPostPrefix + strings.ToUpper(strings.TrimPrefix(right, easyPostPrefix)), body, false},
		{"one byte more", "s3cret", right, append(slices.Clone(body), '\n'), false},
	}
	for _, c := range cases {
		r := &http.Request{Header: http.Header{easyPostHeader: {c.header}}}
		if got := newEasyPost(c.secret).proves(r, c.body); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	composed, decomposed := "s\u00e9cret", "se\u0301cret"
	r := &http.Request{Header: http.Header{easyPostHeader: {easypostsim.Sign(decomposed, body)}}}
	if !newEasyPost(composed).proves(r, body) {
		t.Error("the two spellings of a secret are two keys")
	}
}

func TestEasyPost_PublishedVector_IsProven(t *testing.T) {
	dir := os.Getenv("TENURE_SPECS")
	if dir == "" {
		t.Skip("TENURE_SPECS is not set")
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, "easypost", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var v struct {
		Secret   string `json:"secret"`
		BodyFile string `json:"body_file"`
		Expected string `json:"expected"`
	}
	if err := json.Unmarshal(read("webhook-hmac-vector.json"), &v); err != nil {
		t.Fatal(err)
	}
	body := bytes.TrimSuffix(read(v.BodyFile), []byte("\n"))
	door, r := newEasyPost(v.Secret), &http.Request{Header: http.Header{easyPostHeader: {v.Expected}}}
	if !door.claims(r) || !door.proves(r, body) || door.proves(r, append(body, '\n')) {
		t.Error("the vendor's own vector is not what we accept")
	}
	if _, err := door.asks(r, body); err != nil {
		t.Errorf("the vendor's own event cannot be read: %v", err)
	}
}
