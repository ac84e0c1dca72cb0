package retrieversim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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
	if !strings.HasPrefix(path, "http") {
		path = b.url + path
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, path, bytes.NewReader(encoded))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if b.key != "" {
		req.Header.Set("Authorization", "Bearer "+b.key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	_ = json.Unmarshal(text, &out)
	return resp.StatusCode, out, string(text)
}

// body is a good order, changed by f.
func body(f func(order, person, company map[string]any)) map[string]any {
	person := map[string]any{"name": "Jo Lee", "email": "jo@home.example.com", "address_line_1": "1 Main St", "address_city": "Albany",
		"address_state": "NY", "address_zip": "12207", "address_country": "United States"}
	company := map[string]any{"return_recipient_name": "IT Dept", "return_address_line_1": "9 Elm", "return_address_city": "New York",
		"return_address_state": "NY", "return_address_zip": "10001", "return_address_country": "United States", "display_name": "Acme IT",
		"notification_emails": []string{"it@example.com"}}
	order := map[string]any{"device": "laptop", "request_charger": true, "request_cell_phone": false, "serial_number": "C02XY",
		"ticket_id": "T-1", "employee_info": person, "company_info": company}
	if f != nil {
		f(order, person, company)
	}
	return order
}

const path = "/api/v2/device_returns/"

func (b *bench) place() string {
	b.t.Helper()
	status, out, raw := b.call(http.MethodPost, path, body(nil))
	if status != http.StatusCreated {
		b.t.Fatalf("%d %s", status, raw)
	}
	return out["id"].(string)
}

func TestCreate_TwoEqualPosts_AreTwoOrdersAndTwoCredits(t *testing.T) {
	b := newBench(t, new(Simulator))
	first, second := b.place(), b.place()
	snap := b.sim.Snapshot()
	if first == second || len(snap.Orders) != 2 || snap.Balances["laptop"] != credits-2 || len(first) != 8 {
		t.Errorf("%s %s, %d orders, %d credits", first, second, len(snap.Orders), snap.Balances["laptop"])
	}
}

func TestCreate_Refusals(t *testing.T) {
	cases := []struct {
		name string
		f    func(o, p, c map[string]any)
		want string
	}{
		{"unknown device", func(o, _, _ map[string]any) { o["device"] = "toaster" }, `{"device":["\"toaster\" is not a valid choice."]}`},
		{"no device", func(o, _, _ map[string]any) { delete(o, "device") }, `{"device":["This field may not be blank."]}`},
		{"no charger", func(o, _, _ map[string]any) { delete(o, "request_charger") }, `{"request_charger":["This field is required."]}`},
		{"long ticket", func(o, _, _ map[string]any) { o["ticket_id"] = strings.Repeat("x", 51) }, `"ticket_id":["Ensure this field has no more than 50`},
		{"long name", func(_, p, _ map[string]any) { p["name"] = strings.Repeat("x", 26) }, `{"employee_info":{"name":["Ensure this field has no more than 25 characters."]}}`},
		{"25 letters of two bytes are fine", func(_, p, _ map[string]any) { p["name"] = strings.Repeat("é", 25) }, ""},
		{"blank name", func(_, p, _ map[string]any) { p["name"] = " " }, `"name":["This field may not be blank."]`},
		{"country code", func(_, p, _ map[string]any) { p["address_country"] = "US" }, `"address_country":["Unknown country: US"]`},
		{"zip", func(_, p, _ map[string]any) { p["address_zip"] = "10001-321" }, `"address_zip":["Invalid ZIP code: 10001-321"]`},
		{"long recipient", func(_, _, c map[string]any) { c["return_recipient_name"] = strings.Repeat("x", 26) }, `"return_recipient_name"`},
		{"no company", func(o, _, _ map[string]any) { delete(o, "company_info") }, `"company_info"`},
		{"from Canada to Canada", func(o, _, c map[string]any) { o["device"] = "canada_laptop"; c["return_address_country"] = "Canada" }, "must be in the United States"},
		{"disposal needs a display name only", func(o, _, _ map[string]any) {
			o["request_disposal"], o["company_info"] = true, map[string]any{"display_name": "Acme"}
		}, ""},
	}
	b := newBench(t, new(Simulator))
	for _, c := range cases {
		status, _, raw := b.call(http.MethodPost, path, body(c.f))
		if c.want == "" {
			if status != http.StatusCreated {
				t.Errorf("%s: %d %s", c.name, status, raw)
			}
			continue
		}
		if status != http.StatusBadRequest || !strings.Contains(raw, c.want) {
			t.Errorf("%s: %d %s", c.name, status, raw)
		}
	}
}

func TestCreate_NoCredit_Is402(t *testing.T) {
	b := newBench(t, new(Simulator))
	b.sim.SetBalance("laptop", 0)
	status, _, raw := b.call(http.MethodPost, path, body(nil))
	if status != http.StatusPaymentRequired || !strings.Contains(raw, `{"detail":"No prepaid laptop returns available."}`) {
		t.Errorf("%d %s", status, raw)
	}
}

func TestKey(t *testing.T) {
	b := newBench(t, new(Simulator))
	for key, want := range map[string]int{"": 401, "wrong": 403, DefaultKey: 200} {
		b.key = key
		if status, _, raw := b.call(http.MethodGet, path, nil); status != want {
			t.Errorf("key %q: %d %s", key, status, raw)
		}
	}
	b.key = DefaultKey
	b.sim.RevokeKey(DefaultKey)
	if status, _, _ := b.call(http.MethodGet, path, nil); status != 403 {
		t.Errorf("a key of a removed user: %d", status)
	}
}

func TestList_PagesOfFifty_NewestFirst_StableWhileOrdersComeIn(t *testing.T) {
	b := newBench(t, new(Simulator))
	for i := range 120 {
		b.sim.AddOrder(Order{Ticket: fmt.Sprint(i), Created: b.now.Add(time.Duration(i) * time.Minute)})
	}
	var tickets []string
	next := b.url + path
	for next != "" {
		_, out, _ := b.call(http.MethodGet, next, nil)
		results := out["results"].([]any)
		if len(results) > 50 {
			t.Fatalf("%d on a page", len(results))
		}
		for _, row := range results {
			tickets = append(tickets, row.(map[string]any)["ticket_id"].(string))
		}
		b.sim.AddOrder(Order{Ticket: "new", Created: b.now.Add(time.Hour * 1000)})
		next, _ = out["next"].(string)
		if next != "" && !strings.HasPrefix(next, b.url+path+"?cursor=") {
			t.Fatalf("next is %q", next)
		}
	}
	if len(tickets) != 120 || tickets[0] != "119" || tickets[119] != "0" {
		t.Errorf("%d orders, from %s to %s", len(tickets), tickets[0], tickets[len(tickets)-1])
	}
}

func TestList_Lag_HidesNewOrders(t *testing.T) {
	b := newBench(t, &Simulator{ListLag: 30 * time.Second})
	id := b.place()
	count := func() int {
		_, out, _ := b.call(http.MethodGet, path, nil)
		return len(out["results"].([]any))
	}
	status, _, _ := b.call(http.MethodGet, path+id+"/", nil)
	if count() != 0 || status != 404 {
		t.Errorf("at once: %d orders, own page %d", count(), status)
	}
	b.now = b.now.Add(30 * time.Second)
	if count() != 1 {
		t.Errorf("after the lag: %d orders", count())
	}
}

func shipment(t *testing.T, out map[string]any) map[string]any {
	t.Helper()
	list, ok := out["shipments"].([]any)
	if !ok || len(list) != 1 {
		t.Fatalf("shipments: %v", out)
	}
	return list[0].(map[string]any)
}

func TestProgress_ByPace_StampsAndTellsOnce(t *testing.T) {
	var ships, stages []string
	sim := &Simulator{Pace: time.Hour, OnShip: func(o, r, c string) { ships = append(ships, o+" "+r+" "+c) },
		OnStage: func(o Order) { stages = append(stages, o.Status) }}
	b := newBench(t, sim)
	id := b.place()
	_, out, _ := b.call(http.MethodGet, path+id+"/", nil)
	if s := shipment(t, out); s["status"] != BoxPending || s["outbound_tracking"] != nil || s["return_tracking"] != nil {
		t.Errorf("at first: %v", s)
	}
	b.now = b.now.Add(time.Hour)
	_, out, _ = b.call(http.MethodGet, path+id+"/", nil)
	s := shipment(t, out)
	if s["status"] != BoxInTransit || s["outbound_tracking"] == nil || s["return_tracking"] == nil || s["return_carrier"] != "USPS" ||
		s["box_shipped_at"] != "2026-11-22T10:00:00Z" || s["device_shipped_at"] != nil {
		t.Errorf("shipped: %v", s)
	}
	b.now = b.now.Add(2 * time.Hour)
	sim.Tick()
	b.now = b.now.Add(10 * time.Hour)
	sim.Tick()
	sim.Tick()
	o, _ := sim.Order(id)
	if o.Status != ReturnComplete || !o.DeviceArrived.Equal(o.Created.Add(4*time.Hour)) || o.BoxDelivered.IsZero() || o.DeviceShipped.IsZero() {
		t.Errorf("at the end: %+v", o)
	}
	if len(ships) != 1 || ships[0] != o.Outbound+" "+o.Return+" USPS" {
		t.Errorf("OnShip: %v", ships)
	}
	if got := strings.Join(stages, " "); got != "box_pending_shipment box_in_transit return_in_transit return_complete" {
		t.Errorf("OnStage: %s", got)
	}
}

func TestAdvance_WithoutPace_MovesByHandOnly(t *testing.T) {
	b := newBench(t, new(Simulator))
	id := b.place()
	b.now = b.now.AddDate(1, 0, 0)
	if o, _ := b.sim.Order(id); o.Status != BoxPending {
		t.Errorf("moved by itself: %s", o.Status)
	}
	moves := 0
	for b.sim.Advance(id) {
		moves++
	}
	if o, _ := b.sim.Order(id); o.Status != ReturnComplete || moves != 4 {
		t.Errorf("%s after %d moves", o.Status, moves)
	}
}

func TestSetStatus_SkippedStages_LeaveTheirStampsEmpty(t *testing.T) {
	b := newBench(t, new(Simulator))
	id := b.place()
	b.sim.SetStatus(id, ReturnInTransit)
	_, out, _ := b.call(http.MethodGet, path+id+"/", nil)
	s := shipment(t, out)
	if s["device_shipped_at"] == nil || s["box_shipped_at"] != nil || s["return_tracking"] == nil {
		t.Errorf("%v", s)
	}
	b.sim.Deactivate(id, "Device already returned")
	_, out, _ = b.call(http.MethodGet, path+id+"/", nil)
	if s := shipment(t, out); s["status"] != Deactivated || s["deactivated_reason"] != "Device already returned" {
		t.Errorf("%v", s)
	}
}

func TestCancelInPortal_WorksForThirtyMinutes(t *testing.T) {
	b := newBench(t, new(Simulator))
	early, late := b.place(), b.place()
	b.now = b.now.Add(29 * time.Minute)
	if err := b.sim.CancelInPortal(early); err != nil {
		t.Error(err)
	}
	if b.sim.CancelInPortal(early) == nil {
		t.Error("cancelled twice")
	}
	b.now = b.now.Add(time.Minute)
	if b.sim.CancelInPortal(late) == nil {
		t.Error("cancelled after 30 minutes")
	}
	if b.sim.CancelInPortal("nothing") == nil {
		t.Error("cancelled nothing")
	}
	if n := b.sim.Snapshot().Balances["laptop"]; n != credits-1 {
		t.Errorf("%d credits", n)
	}
}

func TestRateLimits_MinuteAndDay(t *testing.T) {
	b := newBench(t, &Simulator{RateLimits: true})
	statuses := map[int]int{}
	for range 61 {
		status, _, _ := b.call(http.MethodGet, path, nil)
		statuses[status]++
	}
	if statuses[200] != 60 || statuses[429] != 1 {
		t.Errorf("in a minute: %v", statuses)
	}
	for range 500 {
		b.now = b.now.Add(time.Minute)
		status, _, _ := b.call(http.MethodGet, path, nil)
		statuses[status]++
	}
	status, _, raw := b.call(http.MethodGet, path, nil)
	if status != 429 || !strings.Contains(raw, "Expected available in 5") {
		t.Errorf("over the day's quota: %d %s %v", status, raw, statuses)
	}
	if status, _, _ := b.call(http.MethodPost, path, body(nil)); status != http.StatusCreated {
		t.Errorf("writes have a quota of their own: %d", status)
	}
}

func TestState_SurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	shipped := 0
	onShip := func(_, _, _ string) { shipped++ }
	b := newBench(t, &Simulator{Kit: kit.Kit{Dir: dir}, OnShip: onShip})
	id := b.place()
	b.sim.Advance(id)
	again := newBench(t, &Simulator{Kit: kit.Kit{Dir: dir}, OnShip: onShip})
	if o, ok := again.sim.Order(id); !ok || o.Status != BoxInTransit || o.Ticket != "T-1" || again.sim.CallsTo(http.MethodPost, path) != 1 {
		t.Errorf("%+v", o)
	}
	if shipped != 1 {
		t.Errorf("the box shipped %d times", shipped)
	}
}

func TestOrderID_IsUnique(t *testing.T) {
	seen := map[string]bool{}
	for n := range 100_000 {
		id := orderID(n + 1)
		if seen[id] || len(id) != 8 {
			t.Fatalf("order %d: %q", n, id)
		}
		seen[id] = true
	}
}

func TestBalances_ArePlainRows(t *testing.T) {
	b := newBench(t, new(Simulator))
	status, _, raw := b.call(http.MethodGet, "/api/v2/prepaid_balances/", nil)
	if status != 200 || !strings.HasPrefix(raw, `[{"device":"laptop"`) || !strings.Contains(raw, `"num_of_credits":20`) {
		t.Errorf("%d %s", status, raw)
	}
	if status, _, _ := b.call(http.MethodDelete, path+"x/", nil); status != 404 && status != 405 {
		t.Errorf("there is no cancel: %d", status)
	}
}
