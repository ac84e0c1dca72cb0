package retriever

import (
	"strings"
	"time"

	"tenure/activities"
)

// instant reads a date leniently: null, empty or another form is no date.
type instant struct{ time.Time }

// UnmarshalJSON never fails: a date that cannot be read must not hide an order.
func (i *instant) UnmarshalJSON(b []byte) error {
	if t, err := time.Parse(time.RFC3339Nano, strings.Trim(string(b), `"`)); err == nil {
		i.Time = t.UTC()
	}
	return nil
}

// order is what Tenure reads of an order. Everything is optional: the vendor's own examples leave fields out.
type order struct {
	ID        string     `json:"id"`
	Serial    string     `json:"serial_number"`
	Ticket    string     `json:"ticket_id"`
	Created   instant    `json:"created_at"`
	Shipments []shipment `json:"shipments"`
}

func (o order) id() string         { return o.ID }
func (o order) created() time.Time { return o.Created.Time }

func (o order) bare() order {
	o.Serial, o.Ticket = "", ""
	return o
}

type shipment struct {
	Status           string  `json:"status"`
	Why              string  `json:"deactivated_reason"`
	OutboundTracking string  `json:"outbound_tracking"`
	OutboundCarrier  string  `json:"outbound_carrier"`
	ReturnTracking   string  `json:"return_tracking"`
	ReturnCarrier    string  `json:"return_carrier"`
	BoxShipped       instant `json:"box_shipped_at"`
	BoxDelivered     instant `json:"box_delivered_at"`
	DeviceShipped    instant `json:"device_shipped_at"`
	DeviceDelivered  instant `json:"device_delivered_at"`
}

// shipment is the newest one of the order.
func (o order) shipment() shipment {
	if len(o.Shipments) == 0 {
		return shipment{}
	}
	return o.Shipments[len(o.Shipments)-1]
}

// Retriever's words for where a shipment stands. Others may come; they count as under way.
const (
	boxInTransit    = "box_in_transit"
	boxDelivered    = "box_delivered"
	returnInTransit = "return_in_transit"
	returnComplete  = "return_complete"
	deactivated     = "deactivated"
	destroyed       = "destruction_complete"
	receivedPrefix  = "received_" // received_for_disposal, received_at_warehouse, received_at_storage_location
)

// reached is how far a shipment has come: by its stamps or by its status, whichever is further, because Retriever
// fills either first. Tracking numbers say nothing about it: both appear when the box ships.
func (s shipment) reached() activities.Milestone {
	status := strings.ToLower(strings.TrimSpace(s.Status))
	switch {
	case !s.DeviceDelivered.IsZero(), status == returnComplete, status == destroyed, strings.HasPrefix(status, receivedPrefix):
		return activities.DeviceArrived
	case status == deactivated:
		return activities.Deactivated
	case !s.DeviceShipped.IsZero(), status == returnInTransit:
		return activities.DeviceShipped
	case !s.BoxDelivered.IsZero(), status == boxDelivered:
		return activities.BoxDelivered
	case !s.BoxShipped.IsZero(), status == boxInTransit:
		return activities.BoxShipped
	}
	return activities.Ordered
}

// open says whether a box is still under way for the order.
func (o order) open() bool {
	m := o.shipment().reached()
	return m != activities.DeviceArrived && m != activities.Deactivated
}

// state is the order as Tenure's processes see it. base is where people open Retriever's portal.
func (o order) state(base string) activities.BoxState {
	s := o.shipment()
	return activities.BoxState{
		Order: o.ID, Milestone: s.reached(), Status: s.Status, Why: s.Why, Created: o.Created.Time,
		OutboundCarrier: s.OutboundCarrier, OutboundTracking: s.OutboundTracking,
		ReturnCarrier: s.ReturnCarrier, ReturnTracking: s.ReturnTracking,
		BoxShippedAt: s.BoxShipped.Time, BoxDeliveredAt: s.BoxDelivered.Time,
		DeviceShippedAt: s.DeviceShipped.Time, DeviceArrivedAt: s.DeviceDelivered.Time,
		URL: base + "/orders/" + o.ID,
	}
}
