package retrieversim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

func (s *Simulator) listDeployments(r *http.Request) (answer, bool) {
	shown := []*Deployment{}
	for _, d := range slices.Backward(s.state.Deployments) {
		if s.shown(d.ByAPI, d.Created) {
			shown = append(shown, d)
		}
	}
	return paged(s, r, shown, func(d *Deployment) string { return d.ID }, func(d *Deployment) any { return d.json() }), false
}

func (s *Simulator) oneDeployment(r *http.Request) (answer, bool) {
	d := s.deployment(r.PathValue("id"))
	if d == nil || !s.shown(d.ByAPI, d.Created) {
		return detail(http.StatusNotFound, "Not found."), false
	}
	return answer{status: http.StatusOK, body: d.json()}, false
}

func (s *Simulator) listWarehouse(r *http.Request) (answer, bool) {
	newest := slices.Clone(s.state.Devices)
	slices.Reverse(newest)
	return paged(s, r, newest, func(d *Device) string { return d.ID }, func(d *Device) any { return d.json() }), false
}

func (s *Simulator) oneDevice(r *http.Request) (answer, bool) {
	d := s.device(r.PathValue("id"))
	if d == nil {
		return detail(http.StatusNotFound, "Not found."), false
	}
	return answer{status: http.StatusOK, body: d.json()}, false
}

// deployRequest is the body of a new deployment.
type deployRequest struct {
	DeviceID      string   `json:"device_id"`
	Notes         string   `json:"notes"`
	Speed         *string  `json:"shipping_speed"`
	ReturnLabel   bool     `json:"include_return_label"`
	ReturnType    *string  `json:"return_order_type"`
	Ticket        *string  `json:"ticket_id"`
	EmployeeInfo  *Person  `json:"employee_info"`
	Recipient     *Company `json:"recipient_info"`
	DisplayName   string   `json:"display_name"`
	Notifications []string `json:"notification_emails"`
}

func (r deployRequest) check() problems {
	out := problems{}
	need(out, "device_id", r.DeviceID, 128)
	limit(out, "ticket_id", orEmpty(r.Ticket), 50)
	choice(out, "shipping_speed", orEmpty(r.Speed), "standard_shipping", "2nd_day", "next_day")
	choice(out, "return_order_type", orEmpty(r.ReturnType), "reprovision", "disposal", "requires_service", "deliver_to_another_address")
	if r.ReturnLabel && orEmpty(r.ReturnType) == "" {
		out.add("return_order_type", required)
	}
	if orEmpty(r.ReturnType) == "deliver_to_another_address" && r.Recipient == nil {
		out.add("recipient_info", required)
	}
	nest(out, "employee_info", request{EmployeeInfo: r.EmployeeInfo}.checkPerson())
	return out
}

func choice(out problems, field, value string, known ...string) {
	if value != "" && !slices.Contains(known, value) {
		out.add(field, `"`+value+`" is not a valid choice.`)
	}
}

// deploy takes a new deployment. A device is deployed once: this is the one POST that is safe to repeat.
func (s *Simulator) deploy(r *http.Request) (answer, bool) {
	var req deployRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return detail(http.StatusBadRequest, "JSON parse error - "+err.Error()), false
	}
	if problems := req.check(); len(problems) > 0 {
		return answer{status: http.StatusBadRequest, body: problems}, false
	}
	if why := s.cannotDeploy(req.DeviceID); why != "" {
		return detail(http.StatusBadRequest, fmt.Sprintf("Device with id %s %s", req.DeviceID, why)), false
	}
	if s.state.Balances[DeploymentCredits] <= 0 {
		return detail(http.StatusPaymentRequired, "No prepaid device deployments available."), false
	}
	s.state.Balances[DeploymentCredits]--
	d := s.keepDeployment(Deployment{DeviceID: req.DeviceID, Ticket: orEmpty(req.Ticket), Notes: req.Notes, Speed: orEmpty(req.Speed),
		ReturnLabel: req.ReturnLabel, ReturnType: orEmpty(req.ReturnType), Person: *req.EmployeeInfo, Recipient: req.Recipient,
		DisplayName: req.DisplayName, Notifications: req.Notifications, ByAPI: true})
	return answer{status: http.StatusCreated, body: d.json()}, true
}

// cannotDeploy is why a device cannot be shipped, in the vendor's words; empty when it can.
func (s *Simulator) cannotDeploy(id string) string {
	d := s.device(id)
	switch {
	case d == nil:
		return "does not exist."
	case slices.ContainsFunc(s.state.Deployments, func(o *Deployment) bool { return o.DeviceID == id && o.underWay() }):
		return "is already in deployment process."
	case d.Status != Ready:
		return "is not in ready for deployment state."
	}
	return ""
}

func (d *Deployment) json() map[string]any {
	var shipment any
	if !d.NoShipment {
		shipment = map[string]any{"status": d.Status, "insurance_amount": nil, "deactivated_reason": orNull(d.Why), "device_type": "laptop",
			"tracking_number": d.Tracking, "return_tracking": nil, "carrier": orNull(d.Carrier),
			"device_shipped_at": stamp(d.Shipped), "device_delivered_at": stamp(d.Delivered)}
	}
	return map[string]any{"id": d.ID, "device_id": d.DeviceID, "purchaser_email": "it@example.com", "created_via_api": d.ByAPI, "ticket_id": d.Ticket,
		"notes": d.Notes, "shipping_speed": orNull(d.Speed), "include_return_label": d.ReturnLabel, "return_order_type": orNull(d.ReturnType),
		"created_at": stamp(d.Created), "employee_info": d.Person, "recipient_info": d.Recipient, "shipment": shipment,
		"display_name": d.DisplayName, "notification_emails": d.Notifications}
}

func (d *Device) json() map[string]any {
	return map[string]any{"id": d.ID, "serial_number": d.Serial, "manufacturer": d.Manufacturer, "model": d.Model, "device_series": d.Series,
		"release_year": d.Year, "rating": nil, "ram": d.RAM, "disk": d.Disk, "processor": d.Processor, "screen_size": d.Screen, "recipient_source": "",
		"operating_system": d.OS, "os_version": d.OSVersion, "status": d.Status, "current_location": d.Location, "asset_tag": d.AssetTag,
		"has_charger": d.Charger, "customer_name": orNull(d.Customer), "initial_deployment": stamp(d.Deployed), "notes": d.Notes}
}
