package retrieversim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const deployPath = "/api/v2/deployments/"

// laptop is a good deployment of a device, changed by f.
func laptop(device string, f func(order, person map[string]any)) map[string]any {
	person := map[string]any{"name": "Sam Cho", "email": "sam@home.example.com", "address_line_1": "1 Main St", "address_city": "Albany",
		"address_state": "NY", "address_zip": "12207", "address_country": "United States"}
	order := map[string]any{"device_id": device, "ticket_id": "T-1", "shipping_speed": "2nd_day", "include_return_label": false,
		"display_name": "Acme IT", "notification_emails": []string{"it@example.com"}, "employee_info": person}
	if f != nil {
		f(order, person)
	}
	return order
}

func TestDeploy_ADeviceIsDeployedOnce(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{Model: "MacBook Pro 14"})
	status, out, raw := b.call(http.MethodPost, deployPath, laptop(d.ID, nil))
	if status != http.StatusCreated || out["device_id"] != d.ID || out["shipment"].(map[string]any)["status"] != AwaitingShipment {
		t.Fatalf("%d %s", status, raw)
	}
	status, _, raw = b.call(http.MethodPost, deployPath, laptop(d.ID, nil))
	if want := `{"detail":"Device with id ` + d.ID + ` is already in deployment process."}`; status != 400 || strings.TrimSpace(raw) != want {
		t.Errorf("the second: %d %s", status, raw)
	}
	snap := b.sim.Snapshot()
	if len(snap.Deployments) != 1 || snap.Balances[DeploymentCredits] != credits-1 || snap.Balances["laptop"] != credits || snap.Warehouse[0].Status != DeploymentRequested {
		t.Errorf("%+v", snap)
	}
}

func TestDeploy_Refusals(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   string
		edit   func(*bench, *Device, map[string]any, map[string]any)
	}{
		"no such device": {400, "Device with id NOSUCH does not exist.", func(_ *bench, _ *Device, o, _ map[string]any) { o["device_id"] = "NOSUCH" }},
		"not ready": {400, "is not in ready for deployment state.", func(b *bench, d *Device, _, _ map[string]any) {
			b.sim.EditDevice(d.ID, func(d *Device) { d.Status = InRepair })
		}},
		"no credit":        {402, "No prepaid device deployments available.", func(b *bench, _ *Device, _, _ map[string]any) { b.sim.SetBalance(DeploymentCredits, 0) }},
		"no device":        {400, `{"device_id":["This field may not be blank."]}`, func(_ *bench, _ *Device, o, _ map[string]any) { delete(o, "device_id") }},
		"no person":        {400, `"employee_info"`, func(_ *bench, _ *Device, o, _ map[string]any) { delete(o, "employee_info") }},
		"long name":        {400, `{"employee_info":{"name":["Ensure this field has no more than 25 characters."]}}`, func(_ *bench, _ *Device, _, p map[string]any) { p["name"] = strings.Repeat("x", 26) }},
		"zip":              {400, `"address_zip":["Invalid ZIP code: 10001-321"]`, func(_ *bench, _ *Device, _, p map[string]any) { p["address_zip"] = "10001-321" }},
		"country code":     {400, `"Unknown country: US"`, func(_ *bench, _ *Device, _, p map[string]any) { p["address_country"] = "US" }},
		"long ticket":      {400, `"ticket_id"`, func(_ *bench, _ *Device, o, _ map[string]any) { o["ticket_id"] = strings.Repeat("x", 51) }},
		"unknown speed":    {400, `{"shipping_speed":["\"overnight\" is not a valid choice."]}`, func(_ *bench, _ *Device, o, _ map[string]any) { o["shipping_speed"] = "overnight" }},
		"label for what":   {400, `{"return_order_type":["This field is required."]}`, func(_ *bench, _ *Device, o, _ map[string]any) { o["include_return_label"] = true }},
		"label to nowhere": {400, `"recipient_info"`, func(_ *bench, _ *Device, o, _ map[string]any) { o["return_order_type"] = "deliver_to_another_address" }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, new(Simulator))
			d := b.sim.AddDevice(Device{})
			body := laptop(d.ID, nil)
			c.edit(b, &d, body, body["employee_info"].(map[string]any))
			if status, _, raw := b.call(http.MethodPost, deployPath, body); status != c.status || !strings.Contains(raw, c.want) {
				t.Errorf("%d %s, want %d %s", status, raw, c.status, c.want)
			}
			if n := len(b.sim.Deployments()); n != 0 {
				t.Errorf("%d deployments", n)
			}
		})
	}
}

func TestDeploy_TheWholeWay_ByPaceOrByHand(t *testing.T) {
	b := newBench(t, &Simulator{Pace: 24 * time.Hour})
	d := b.sim.AddDevice(Device{})
	_, out, _ := b.call(http.MethodPost, deployPath, laptop(d.ID, nil))
	id := out["id"].(string)
	shipment := func() map[string]any {
		_, out, _ := b.call(http.MethodGet, deployPath+id+"/", nil)
		return out["shipment"].(map[string]any)
	}
	if s := shipment(); s["tracking_number"] != "" || s["device_shipped_at"] != nil || s["carrier"] != nil {
		t.Errorf("ordered: %v", s)
	}
	b.now = b.now.Add(24 * time.Hour)
	if s := shipment(); s["status"] != DeviceShipped || s["tracking_number"] == "" || s["carrier"] != "ups" || s["device_shipped_at"] != "2026-11-23T09:00:00Z" {
		t.Errorf("sent: %v", s)
	}
	if !b.sim.AdvanceDeployment(id) || b.sim.AdvanceDeployment(id) {
		t.Error("it is there after one more stage")
	}
	if s := shipment(); s["status"] != Deployed || s["device_delivered_at"] == nil {
		t.Errorf("there: %v", s)
	}
	if got, _ := b.sim.Device(d.ID); got.Status != Deployed || got.Deployed.IsZero() {
		t.Errorf("device: %+v", got)
	}
}

func TestDeploy_GivenUpBeforeItWasSent_LeavesTheDeviceReady(t *testing.T) {
	b := newBench(t, new(Simulator))
	d := b.sim.AddDevice(Device{})
	_, out, _ := b.call(http.MethodPost, deployPath, laptop(d.ID, nil))
	b.sim.DeactivateDeployment(out["id"].(string), "Customer requested cancellation")
	if status, _, raw := b.call(http.MethodPost, deployPath, laptop(d.ID, nil)); status != http.StatusCreated {
		t.Errorf("%d %s", status, raw)
	}
}

func TestDeploy_Lists_AreNewestFirstInPagesOfFifty(t *testing.T) {
	b := newBench(t, &Simulator{ListLag: time.Minute})
	stock := b.sim.Stock(120, Device{Model: "MacBook Air 13"})
	for i := range 60 {
		b.sim.AddDeployment(Deployment{DeviceID: stock[i].ID, Created: b.now.Add(-time.Duration(60-i) * time.Hour)})
	}
	b.call(http.MethodPost, deployPath, laptop(stock[100].ID, nil)) // not shown yet
	for path, want := range map[string]int{"/api/v2/warehouse/": 120, deployPath: 60} {
		var ids []string
		pages := 0
		for next := any(path); next != nil; pages++ {
			_, out, raw := b.call(http.MethodGet, next.(string), nil)
			rows, ok := out["results"].([]any)
			if !ok || len(rows) > pageSize {
				t.Fatal(raw)
			}
			for _, row := range rows {
				ids = append(ids, row.(map[string]any)["id"].(string))
			}
			next = out["next"]
		}
		if len(ids) != want || pages != (want+pageSize-1)/pageSize {
			t.Errorf("%s: %d rows on %d pages, want %d", path, len(ids), pages, want)
		}
		if path != deployPath && (ids[0] != stock[119].ID || ids[119] != stock[0].ID) {
			t.Error("the warehouse is not newest first")
		}
	}
	if got := b.sim.Deployments()[0]; got.DeviceID != stock[100].ID || got.Ticket != "T-1" {
		t.Errorf("newest: %+v", got)
	}
	if status, _, _ := b.call(http.MethodGet, deployPath+b.sim.Deployments()[0].ID+"/", nil); status != http.StatusNotFound {
		t.Errorf("a deployment that is not shown yet: %d", status)
	}
	if status, out, _ := b.call(http.MethodGet, "/api/v2/warehouse/"+stock[7].ID+"/", nil); status != 200 || out["serial_number"] != stock[7].Serial || out["status"] == "" {
		t.Errorf("one device: %d %v", status, out)
	}
	if status, _, _ := b.call(http.MethodGet, "/api/v2/warehouse/NOSUCH/", nil); status != http.StatusNotFound {
		t.Errorf("no device: %d", status)
	}
}

func TestDeploy_LimitsAndKey_AreThoseOfEverythingElse(t *testing.T) {
	b := newBench(t, &Simulator{RateLimits: true})
	for i := range 61 {
		path := []string{deployPath, "/api/v2/warehouse/", path}[i%3]
		if status, _, raw := b.call(http.MethodGet, path, nil); (status == http.StatusTooManyRequests) != (i == 60) {
			t.Errorf("read %d: %d %s", i, status, raw)
		}
	}
	b.now = b.now.Add(time.Minute)
	b.key = "wrong"
	if status, _, _ := b.call(http.MethodGet, deployPath, nil); status != http.StatusForbidden {
		t.Errorf("a wrong key: %d", status)
	}
}

func TestDeploy_SurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	first := newBench(t, withDir(dir))
	d := first.sim.AddDevice(Device{ID: "FIXED001", Model: "MacBook Pro 14"})
	_, out, _ := first.call(http.MethodPost, deployPath, laptop(d.ID, nil))
	second := withDir(dir)
	second.Clock = first.sim.Clock
	srv := httptest.NewServer(second)
	t.Cleanup(srv.Close)
	if got, ok := second.Deployment(fmt.Sprint(out["id"])); !ok || got.DeviceID != d.ID || got.Person.Name != "Sam Cho" {
		t.Errorf("%+v", got)
	}
	if again := second.AddDevice(Device{ID: "FIXED001", Model: "another"}); again.Model != "MacBook Pro 14" || len(second.Warehouse()) != 1 {
		t.Errorf("seeded twice: %+v", again)
	}
}

func withDir(dir string) *Simulator {
	s := new(Simulator)
	s.Dir = dir
	return s
}
