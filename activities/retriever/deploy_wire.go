package retriever

import (
	"strings"
	"time"
)

// deployment is what Tenure reads of a device's way to a person. Everything is optional: the vendor's own examples leave
// fields out, and the shipment may be null.
type deployment struct {
	ID       string   `json:"id"`
	Device   string   `json:"device_id"`
	Ticket   string   `json:"ticket_id"`
	Created  instant  `json:"created_at"`
	Shipment delivery `json:"shipment"`
}

type delivery struct {
	Status    string  `json:"status"`
	Why       string  `json:"deactivated_reason"`
	Tracking  string  `json:"tracking_number"`
	Carrier   string  `json:"carrier"`
	Shipped   instant `json:"device_shipped_at"`
	Delivered instant `json:"device_delivered_at"`
}

func (d deployment) id() string         { return d.ID }
func (d deployment) created() time.Time { return d.Created.Time }
func (d deployment) open() bool         { return d.Shipment.stage() <= onItsWay }

func (d deployment) bare() deployment {
	d.Ticket = ""
	return d
}

// stage is how far a deployment has come.
type stage int

const (
	awaited  stage = iota // ordered, not sent
	onItsWay              // sent
	arrived
	givenUp
	astray // disposed of or sent on: not with the person it was ordered for
)

// Retriever's words for where a deployment stands, besides [deactivated]. Others may come; they count as under way.
const (
	deviceShipped = "device_shipped"
	deployed      = "deployed"
	forDisposal   = "delivered_for_disposal"
	forwarded     = "forward_to_address"
)

// stage goes by stamps and status, whichever is further, because Retriever fills either first. What was given up or went
// elsewhere has not arrived, whatever its stamps say: one of the vendor's examples has all of them on an order that was
// given up.
func (d delivery) stage() stage {
	status := strings.ToLower(strings.TrimSpace(d.Status))
	switch {
	case status == deactivated:
		return givenUp
	case status == forDisposal || status == forwarded:
		return astray
	case status == deployed || !d.Delivered.IsZero():
		return arrived
	case status == deviceShipped || !d.Shipped.IsZero():
		return onItsWay
	}
	return awaited
}

// device is what Tenure reads of a row of the warehouse.
type device struct {
	ID           string  `json:"id"`
	Serial       string  `json:"serial_number"`
	Manufacturer string  `json:"manufacturer"`
	Model        string  `json:"model"`
	Series       string  `json:"device_series"`
	OS           string  `json:"operating_system"`
	Status       string  `json:"status"`
	Deployed     instant `json:"initial_deployment"`
}

// ready is the only state from which a device can be shipped.
const ready = "ready_for_deployment"

// inProcess are the states of a device that is being deployed.
var inProcess = map[string]bool{"deployment_requested": true, "deployment_initiated": true, "label_generated": true}
