package retrieversim

import (
	"fmt"
	"slices"
	"time"
)

// The stages of a shipment.
const (
	BoxPending        = "box_pending_shipment"
	BoxInTransit      = "box_in_transit"
	BoxDelivered      = "box_delivered"
	ReturnInTransit   = "return_in_transit"
	ReturnComplete    = "return_complete"
	ReceivedDisposal  = "received_for_disposal"
	ReceivedWarehouse = "received_at_warehouse"
	Destroyed         = "destruction_complete"
	Deactivated       = "deactivated"
)

var devices = []string{"laptop", "monitor", "canada_laptop", "canada_canada_laptop", "uk_laptop"}

// DeploymentCredits is the kind of prepaid balance that deployments use up. The vendor does not publish its name.
const DeploymentCredits = "device_deployment"

// kinds are all prepaid balances.
var kinds = append(slices.Clone(devices), DeploymentCredits)

// Person is where the box goes.
type Person struct {
	Email   *string `json:"email"`
	Name    string  `json:"name"`
	Line1   string  `json:"address_line_1"`
	Line2   *string `json:"address_line_2"`
	City    string  `json:"address_city"`
	State   *string `json:"address_state"`
	Zip     string  `json:"address_zip"`
	Country string  `json:"address_country"`
}

// Company is where the laptop goes, and who is told.
type Company struct {
	Recipient     string   `json:"return_recipient_name"`
	Company       *string  `json:"return_address_company"`
	Line1         string   `json:"return_address_line_1"`
	Line2         *string  `json:"return_address_line_2"`
	City          string   `json:"return_address_city"`
	State         *string  `json:"return_address_state"`
	Zip           string   `json:"return_address_zip"`
	Country       string   `json:"return_address_country"`
	DisplayName   string   `json:"display_name"`
	Notifications []string `json:"notification_emails"`
	Instructions  *string  `json:"additional_instructions"`
}

// Order is one device return.
type Order struct {
	ID        string    `json:"id"`
	Device    string    `json:"device"`
	Serial    string    `json:"serial"`
	Ticket    string    `json:"ticket"`
	Charger   bool      `json:"charger"`
	Phone     bool      `json:"phone"`
	LegalHold *int      `json:"legalHold"`
	Note1     string    `json:"note1"`
	Note2     string    `json:"note2"`
	Disposal  bool      `json:"disposal,omitempty"`
	Warehouse bool      `json:"warehouse,omitempty"`
	Person    Person    `json:"person"`
	Company   Company   `json:"company"`
	ByAPI     bool      `json:"byApi"`
	Created   time.Time `json:"created"`

	Status   string    `json:"status"`
	Since    time.Time `json:"since"` // when the status was reached
	Why      string    `json:"why,omitempty"`
	Outbound string    `json:"outbound,omitempty"`
	Return   string    `json:"return,omitempty"`
	Carrier  string    `json:"carrier,omitempty"`
	// Stamps, zero until reached.
	BoxShipped    time.Time `json:"boxShipped,omitzero"`
	BoxDelivered  time.Time `json:"boxDelivered,omitzero"`
	DeviceShipped time.Time `json:"deviceShipped,omitzero"`
	DeviceArrived time.Time `json:"deviceArrived,omitzero"`
	// Destruction is the certificate's address, after data destruction.
	Destruction string `json:"destruction,omitempty"`
	// Told is the last stage that OnStage was called for.
	Told string `json:"told,omitempty"`
	// ShipTold says that OnShip was called.
	ShipTold bool `json:"shipTold,omitempty"`
	// telling is the stage that is being announced now, so that two requests do not announce it both.
	telling string
}

func (o *Order) copy() Order {
	c := *o
	c.Company.Notifications = append([]string(nil), o.Company.Notifications...)
	return c
}

// ending is the last stage of an order's usual way.
func (o *Order) ending() string {
	switch {
	case o.Disposal:
		return ReceivedDisposal
	case o.Warehouse:
		return ReceivedWarehouse
	}
	return ReturnComplete
}

// stages is an order's usual way.
func (o *Order) stages() []string {
	way := []string{BoxPending, BoxInTransit, BoxDelivered, ReturnInTransit, o.ending()}
	if o.Disposal {
		way = append(way, Destroyed)
	}
	return way
}

// next is the stage after the present one; empty at the end of the way.
func (o *Order) next() string {
	way := o.stages()
	i := slices.Index(way, o.Status)
	if i < 0 || i == len(way)-1 {
		return ""
	}
	return way[i+1]
}

// reach puts an order into a status and stamps what that status implies. Stages that are passed over keep their
// stamps empty, as the vendor leaves them.
func (s *Simulator) reach(o *Order, status string, at time.Time) {
	o.Status, o.Since = status, at
	switch status {
	case BoxInTransit:
		o.BoxShipped = at
	case BoxDelivered:
		o.BoxDelivered = at
	case ReturnInTransit:
		o.DeviceShipped = at
	case ReturnComplete, ReceivedDisposal, ReceivedWarehouse:
		o.DeviceArrived = at
	case Destroyed:
		o.Destruction = "https://example.com/certificates/" + o.ID
	}
	if status != BoxPending && status != Deactivated && o.Outbound == "" {
		s.label(o)
	}
}

// label gives an order the tracking numbers of both legs: the return label rides in the box.
func (s *Simulator) label(o *Order) {
	s.state.Next++
	o.Carrier = "USPS"
	o.Outbound = fmt.Sprintf("94001118%014d", 2*s.state.Next)
	o.Return = fmt.Sprintf("94001118%014d", 2*s.state.Next+1)
	if o.Device == "canada_canada_laptop" {
		o.Carrier = "canadapost"
	}
	if o.Device == "uk_laptop" {
		o.Carrier = "parcelforce"
	}
}

// progress moves every order that has stayed in its stage for Pace.
func (s *Simulator) progress() bool {
	if s.Pace <= 0 {
		return false
	}
	changed := s.progressDeployments()
	for _, o := range s.state.Orders {
		for next := o.next(); next != ""; next = o.next() {
			due := o.Since.Add(s.Pace)
			if due.After(s.Now()) {
				break
			}
			s.reach(o, next, due)
			changed = true
		}
	}
	return changed
}

// news lists copies of the orders whose stage nobody was told of yet.
func (s *Simulator) news() []Order {
	var out []Order
	for _, o := range s.state.Orders {
		if o.Told != o.Status && o.telling != o.Status {
			o.telling = o.Status
			out = append(out, o.copy())
		}
	}
	return out
}

func (s *Simulator) announce(o Order) {
	if s.OnShip != nil && o.Outbound != "" && !o.ShipTold {
		s.OnShip(o.Outbound, o.Return, o.Carrier)
	}
	if s.OnStage != nil {
		s.OnStage(o)
	}
}

// told remembers what was announced; after a crash in between it is announced once more.
func (s *Simulator) told(news []Order) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range news {
		if o := s.find(n.ID); o != nil {
			o.Told, o.ShipTold = n.Status, o.ShipTold || n.Outbound != ""
		}
	}
	return s.Save("retriever", s.state)
}

func (s *Simulator) find(id string) *Order {
	for _, o := range s.state.Orders {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Advance moves an order to its next stage and says whether there was one.
func (s *Simulator) Advance(id string) bool {
	moved := false
	s.must(func() bool {
		if o := s.find(id); o != nil && o.next() != "" {
			s.reach(o, o.next(), s.Now())
			moved = true
		}
		return moved
	})
	return moved
}

// SetStatus puts an order into any status, passing over the stages between, as the vendor sometimes does. A status
// that Retriever does not document is possible too.
func (s *Simulator) SetStatus(id, status string) bool {
	return s.Edit(id, func(o *Order) { s.reach(o, status, s.Now()) })
}

// Deactivate gives an order up for a reason, at any time.
func (s *Simulator) Deactivate(id, reason string) bool {
	return s.Edit(id, func(o *Order) { s.reach(o, Deactivated, s.Now()); o.Why = reason })
}

// Edit changes an order through f and says whether there is one.
func (s *Simulator) Edit(id string, f func(*Order)) bool {
	found := false
	s.must(func() bool {
		if o := s.find(id); o != nil {
			f(o)
			found = true
		}
		return found
	})
	return found
}

// CancelInPortal is the portal's cancel button: it works for thirty minutes, and the credit comes back.
func (s *Simulator) CancelInPortal(id string) error {
	err := fmt.Errorf("no order %s", id)
	s.Edit(id, func(o *Order) {
		if !s.Now().Before(o.Created.Add(cancelWindow)) {
			err = fmt.Errorf("order %s is older than 30 minutes and can no longer be cancelled", id)
			return
		}
		if o.Status == Deactivated {
			err = fmt.Errorf("order %s is cancelled already", id)
			return
		}
		s.reach(o, Deactivated, s.Now())
		o.Why = "Cancelled by customer"
		s.state.Balances[o.Device]++
		err = nil
	})
	return err
}

// AddOrder places an order as a person does in the portal, for what o says, and returns it. It costs no credit.
func (s *Simulator) AddOrder(o Order) Order {
	s.must(func() bool {
		o = s.keep(o)
		return true
	})
	return o
}

// keep numbers, dates and stores a new order.
func (s *Simulator) keep(o Order) Order {
	s.state.Next++
	o.ID = orderID(s.state.Next)
	if o.Created.IsZero() {
		o.Created = s.Now()
	}
	if o.Device == "" {
		o.Device = "laptop"
	}
	if o.Status == "" {
		s.reach(&o, BoxPending, o.Created)
	}
	kept := o.copy()
	i, _ := slices.BinarySearchFunc(s.state.Orders, &kept, func(a, b *Order) int {
		if a.Created.After(b.Created) {
			return 1
		}
		return -1
	})
	s.state.Orders = slices.Insert(s.state.Orders, i, &kept)
	return o
}

// orderID makes the opaque eight characters of an order from its number.
func orderID(n int) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	id := make([]byte, 8)
	x := uint64(n) * 2654435761
	for i := range id {
		id[i] = letters[x%uint64(len(letters))]
		x = x/uint64(len(letters)) + uint64(n)*7919
	}
	return string(id)
}
