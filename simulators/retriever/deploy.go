package retrieversim

import (
	"fmt"
	"slices"
	"time"
)

// The stages of a deployment. It also ends as [Deactivated].
const (
	AwaitingShipment = "awaiting_shipment"
	DeviceShipped    = "device_shipped"
	Deployed         = "deployed"
	ForDisposal      = "delivered_for_disposal"
	ForwardedOn      = "forward_to_address"
)

// Some of the states of a device in the warehouse; the vendor has 21. Only the first can be shipped.
const (
	Ready               = "ready_for_deployment"
	DeploymentRequested = "deployment_requested"
	DeploymentInitiated = "deployment_initiated"
	LabelGenerated      = "label_generated"
	InRepair            = "in_repair"
)

// Device is a row of the warehouse. A serial number can have several: one for each time it came in.
type Device struct {
	ID           string `json:"id"`
	Serial       string `json:"serial"`
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model"`
	Series       string `json:"series,omitempty"`
	Year         string `json:"year,omitempty"`
	RAM          string `json:"ram,omitempty"`
	Disk         string `json:"disk,omitempty"`
	Processor    string `json:"processor,omitempty"`
	Screen       string `json:"screen,omitempty"`
	OS           string `json:"os"` // linux, macos, windows, other
	OSVersion    string `json:"osVersion,omitempty"`
	Status       string `json:"status"`
	Location     string `json:"location,omitempty"`
	AssetTag     string `json:"assetTag,omitempty"`
	Charger      bool   `json:"charger,omitempty"`
	Customer     string `json:"customer,omitempty"`
	Notes        string `json:"notes,omitempty"`
	// Deployed is when it was first deployed; zero until then.
	Deployed time.Time `json:"deployed,omitzero"`
}

// Deployment is one device on its way from the warehouse to a person.
type Deployment struct {
	ID            string    `json:"id"`
	DeviceID      string    `json:"deviceId"`
	Ticket        string    `json:"ticket,omitempty"`
	Notes         string    `json:"notes,omitempty"`
	Speed         string    `json:"speed,omitempty"`
	ReturnLabel   bool      `json:"returnLabel,omitempty"`
	ReturnType    string    `json:"returnType,omitempty"`
	Person        Person    `json:"person"`
	Recipient     *Company  `json:"recipient,omitempty"`
	DisplayName   string    `json:"displayName,omitempty"`
	Notifications []string  `json:"notifications,omitempty"`
	ByAPI         bool      `json:"byApi"`
	Created       time.Time `json:"created"`

	Status   string    `json:"status"`
	Since    time.Time `json:"since"` // when the status was reached
	Why      string    `json:"why,omitempty"`
	Tracking string    `json:"tracking,omitempty"`
	Carrier  string    `json:"carrier,omitempty"`
	// Stamps, zero until reached.
	Shipped   time.Time `json:"shipped,omitzero"`
	Delivered time.Time `json:"delivered,omitzero"`
	// NoShipment shows the deployment without its shipment, as the vendor sometimes does.
	NoShipment bool `json:"noShipment,omitempty"`
}

func (d *Deployment) copy() Deployment {
	c := *d
	c.Notifications = slices.Clone(d.Notifications)
	if d.Recipient != nil {
		r := *d.Recipient
		c.Recipient = &r
	}
	return c
}

// next is the stage after the present one; empty at the end of the way.
func (d *Deployment) next() string {
	switch d.Status {
	case AwaitingShipment:
		return DeviceShipped
	case DeviceShipped:
		return Deployed
	}
	return ""
}

// underWay says whether the device is in the deployment process.
func (d *Deployment) underWay() bool { return d.next() != "" }

// arrive puts a deployment into a status, stamps what that implies, and moves the device along.
func (s *Simulator) arrive(d *Deployment, status string, at time.Time) {
	d.Status, d.Since = status, at
	device := s.device(d.DeviceID)
	if device == nil {
		device = new(Device) // a deployment that was placed without one
	}
	switch status {
	case AwaitingShipment:
		device.Status = DeploymentRequested
	case DeviceShipped:
		d.Shipped, device.Status = at, DeploymentInitiated
	case Deployed:
		d.Delivered, device.Status = at, Deployed
	case Deactivated:
		if d.Shipped.IsZero() {
			device.Status = Ready
		}
	}
	if (status == DeviceShipped || status == Deployed) && d.Tracking == "" {
		s.state.Next++
		d.Tracking, d.Carrier = fmt.Sprintf("1Z999AA1%010d", s.state.Next), "ups"
		if device.Deployed.IsZero() {
			device.Deployed = at
		}
	}
}

// progressDeployments moves every deployment that has stayed in its stage for Pace.
func (s *Simulator) progressDeployments() bool {
	changed := false
	for _, d := range s.state.Deployments {
		for next := d.next(); next != "" && !d.Since.Add(s.Pace).After(s.Now()); next = d.next() {
			s.arrive(d, next, d.Since.Add(s.Pace))
			changed = true
		}
	}
	return changed
}

func (s *Simulator) deployment(id string) *Deployment {
	for _, d := range s.state.Deployments {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (s *Simulator) device(id string) *Device {
	for _, d := range s.state.Devices {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// keepDeployment numbers, dates and stores a new deployment.
func (s *Simulator) keepDeployment(d Deployment) *Deployment {
	s.state.Next++
	d.ID = orderID(s.state.Next)
	if d.Created.IsZero() {
		d.Created = s.Now()
	}
	kept := d.copy()
	if kept.Status == "" {
		s.arrive(&kept, AwaitingShipment, kept.Created)
	}
	i, _ := slices.BinarySearchFunc(s.state.Deployments, &kept, func(a, b *Deployment) int {
		if a.Created.After(b.Created) {
			return 1
		}
		return -1
	})
	s.state.Deployments = slices.Insert(s.state.Deployments, i, &kept)
	return &kept
}

// AddDevice puts a device into the warehouse, ready to be deployed unless Status says otherwise, and returns it with
// its id. A device with an id that is there already is returned as it is, so that a seeding program may run at every
// start.
func (s *Simulator) AddDevice(d Device) Device {
	s.must(func() bool {
		if found := s.device(d.ID); d.ID != "" && found != nil {
			d = *found
			return false
		}
		s.state.Next++
		for field, usual := range map[*string]string{&d.ID: orderID(s.state.Next), &d.Serial: fmt.Sprintf("W%09d", s.state.Next), &d.Status: Ready, &d.OS: "macos"} {
			if *field == "" {
				*field = usual
			}
		}
		kept := d
		s.state.Devices = append(s.state.Devices, &kept)
		return true
	})
	return d
}

// Stock puts so many devices like d into the warehouse, each with a serial number of its own.
func (s *Simulator) Stock(n int, like Device) []Device {
	var out []Device
	for range n {
		d := like
		d.ID, d.Serial = "", ""
		out = append(out, s.AddDevice(d))
	}
	return out
}

// EditDevice changes a device through f and says whether there is one.
func (s *Simulator) EditDevice(id string, f func(*Device)) bool {
	found := false
	s.must(func() bool {
		if d := s.device(id); d != nil {
			f(d)
			found = true
		}
		return found
	})
	return found
}

// Warehouse lists every device, newest first.
func (s *Simulator) Warehouse() []Device { return s.Snapshot().Warehouse }

// Device returns one device of the warehouse.
func (s *Simulator) Device(id string) (Device, bool) {
	for _, d := range s.Warehouse() {
		if d.ID == id {
			return d, true
		}
	}
	return Device{}, false
}

// Deployments lists every deployment, newest first.
func (s *Simulator) Deployments() []Deployment { return s.Snapshot().Deployments }

// Deployment returns one deployment.
func (s *Simulator) Deployment(id string) (Deployment, bool) {
	for _, d := range s.Deployments() {
		if d.ID == id {
			return d, true
		}
	}
	return Deployment{}, false
}

// AddDeployment places a deployment as a person does in the portal, for what d says, and returns it. It costs no
// credit.
func (s *Simulator) AddDeployment(d Deployment) Deployment {
	s.must(func() bool {
		d = s.keepDeployment(d).copy()
		return true
	})
	return d
}

// AdvanceDeployment moves a deployment to its next stage and says whether there was one.
func (s *Simulator) AdvanceDeployment(id string) bool {
	moved := false
	s.EditDeployment(id, func(d *Deployment) {
		if moved = d.next() != ""; moved {
			s.arrive(d, d.next(), s.Now())
		}
	})
	return moved
}

// SetDeployment puts a deployment into any status; one that Retriever does not document is possible too.
func (s *Simulator) SetDeployment(id, status string) bool {
	return s.EditDeployment(id, func(d *Deployment) { s.arrive(d, status, s.Now()) })
}

// DeactivateDeployment gives a deployment up for a reason, at any time.
func (s *Simulator) DeactivateDeployment(id, reason string) bool {
	return s.EditDeployment(id, func(d *Deployment) { s.arrive(d, Deactivated, s.Now()); d.Why = reason })
}

// EditDeployment changes a deployment through f and says whether there is one.
func (s *Simulator) EditDeployment(id string, f func(*Deployment)) bool {
	found := false
	s.must(func() bool {
		if d := s.deployment(id); d != nil {
			f(d)
			found = true
		}
		return found
	})
	return found
}
