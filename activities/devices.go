package activities

import (
	"time"

	"tenure/internal/employee"
	"tenure/internal/plan"
)

// Activities of Retriever, which sends a box for a laptop and brings it back.
var (
	// RetrieverOrderBox orders one box. Before every order it reads the recent orders and adopts one that carries
	// our Reference or is open for the same serial number, so that no attempt orders twice. It is of kind Order:
	// after an unclear answer the next attempt waits until the vendor must show the order.
	RetrieverOrderBox = evidenced[OrderBox, BoxState](QueueRetriever, "OrderBox", Order)
	// RetrieverReadOrder reads an order from a sweep of the order list that all cases of a worker share, because
	// Retriever allows 500 reads a day.
	RetrieverReadOrder = evidenced[ReadOrder, BoxState](QueueRetriever, "ReadOrder", Read)
)

// OrderBox is one order. Retriever does not check addresses; the caller has.
type OrderBox struct {
	CaseRef
	Step      plan.StepID         `json:"step"`
	Reference string              `json:"reference"` // unique to this return, at most 50 characters; becomes ticket_id
	Device    plan.Device         `json:"device"`
	Settings  plan.ReturnSettings `json:"settings"`
	Name      string              `json:"name"`
	Email     string              `json:"email"` // the personal address: the work mailbox is closed
	From      employee.Address    `json:"from"`
}

// ReadOrder names an order.
type ReadOrder struct {
	CaseRef
	Step   plan.StepID   `json:"step"`
	Order  string        `json:"order"`
	MaxAge time.Duration `json:"maxAge"` // how old the shared sweep may be
}

// Milestone is how far a return has come. Milestones are ordered; a return never goes backwards.
type Milestone string

// The milestones of a return.
const (
	Ordered         Milestone = "ordered"
	BoxShipped      Milestone = "box_shipped"
	BoxDelivered    Milestone = "box_delivered"
	DeviceShipped   Milestone = "device_shipped"
	DeviceArrived   Milestone = "device_arrived"    // the carrier or Retriever says so; not yet checked in
	DeviceCheckedIn Milestone = "device_checked_in" // a person compared the serial number
	InStock         Milestone = "in_stock"
	Deactivated     Milestone = "deactivated" // the order was cancelled or given up
)

// BoxState is an order as it stands.
type BoxState struct {
	Order     string    `json:"order"`
	Adopted   bool      `json:"adopted,omitempty"`
	Milestone Milestone `json:"milestone"`
	Status    string    `json:"status"` // the vendor's own word
	Why       string    `json:"why,omitempty"`
	Created   time.Time `json:"created"`
	// Tracking numbers appear for both legs when the box ships.
	OutboundCarrier  string    `json:"outboundCarrier,omitempty"`
	OutboundTracking string    `json:"outboundTracking,omitempty"`
	ReturnCarrier    string    `json:"returnCarrier,omitempty"`
	ReturnTracking   string    `json:"returnTracking,omitempty"`
	BoxShippedAt     time.Time `json:"boxShippedAt,omitzero"`
	BoxDeliveredAt   time.Time `json:"boxDeliveredAt,omitzero"`
	DeviceShippedAt  time.Time `json:"deviceShippedAt,omitzero"`
	DeviceArrivedAt  time.Time `json:"deviceArrivedAt,omitzero"`
	URL              string    `json:"url,omitempty"` // portal page for people
	Outcome          Outcome   `json:"outcome"`       // waiting until the device arrived
}

// StepOutcomes returns the one outcome.
func (b BoxState) StepOutcomes() []Outcome { return []Outcome{b.Outcome} }

// Activities of the package tracker (EasyPost).
var (
	// TrackingEnsure creates a tracker, or finds the one there is; the vendor's create is idempotent.
	TrackingEnsure = reads[TrackParcel, Parcel](QueueTracking, "EnsureTracker")
	// TrackingRead reads a tracker.
	TrackingRead = reads[ReadTracker, Parcel](QueueTracking, "ReadTracker")
)

// TrackParcel names a parcel. Carrier is Retriever's word and may be empty.
type TrackParcel struct {
	CaseRef
	Tracking string `json:"tracking"`
	Carrier  string `json:"carrier,omitempty"`
	IsReturn bool   `json:"isReturn,omitempty"`
}

// ReadTracker names a tracker.
type ReadTracker struct {
	CaseRef
	Tracker string `json:"tracker"`
}

// ParcelStatus is Tenure's reading of a carrier's status.
type ParcelStatus string

// The parcel states.
const (
	ParcelCreated   ParcelStatus = "created"
	ParcelInTransit ParcelStatus = "in_transit"
	ParcelPickup    ParcelStatus = "needs_pickup"
	ParcelDelivered ParcelStatus = "delivered"
	ParcelException ParcelStatus = "exception"
	ParcelCancelled ParcelStatus = "cancelled"
)

// Parcel is a tracked parcel as it stands.
type Parcel struct {
	Tracker   string       `json:"tracker"`
	Tracking  string       `json:"tracking"`
	Carrier   string       `json:"carrier,omitempty"`
	Status    ParcelStatus `json:"status"`
	Vendor    string       `json:"vendor"` // the vendor's own word
	Updated   time.Time    `json:"updated"`
	Expected  time.Time    `json:"expected,omitzero"`
	PublicURL string       `json:"publicUrl,omitempty"`
	LastSeen  string       `json:"lastSeen,omitempty"` // last message with its place
}
