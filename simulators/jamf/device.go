package jamfsim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind tells computers from phones and tablets.
type Kind string

// The kinds of device.
const (
	Computer Kind = "COMPUTER"
	Mobile   Kind = "MOBILE_DEVICE"
)

// Reply is how a device answers the commands it fetches.
type Reply string

// The replies; the zero value acknowledges.
const (
	Acknowledges Reply = ""
	NotNow       Reply = "NOT_NOW"
	Errors       Reply = "ERROR"
	FormatErrors Reply = "COMMAND_FORMAT_ERROR"
)

// Attribute is an extension attribute of a device.
type Attribute struct {
	ID     string   `json:"id"` // definition id
	Name   string   `json:"name"`
	Values []string `json:"values"`
	// InputType is TEXT unless set; SCRIPT and DIRECTORY_SERVICE_ATTRIBUTE_MAPPING cannot be written.
	InputType string `json:"inputType,omitempty"`
	// Section is where Jamf shows it: empty for the top level, "general" or "userAndLocation".
	Section string `json:"section,omitempty"`
}

// Device is one enrolled device and the machine behind it.
type Device struct {
	ID           string `json:"id"`
	ManagementID string `json:"managementId"`
	UDID         string `json:"udid"`
	Kind         Kind   `json:"kind"`
	Serial       string `json:"serial"`
	Name         string `json:"name"`
	Model        string `json:"model"`
	AssetTag     string `json:"assetTag"`
	Unmanaged    bool   `json:"unmanaged,omitempty"`
	Intel        bool   `json:"intel,omitempty"`
	OSVersion    string `json:"osVersion"`

	Username string `json:"username"`
	RealName string `json:"realName"`
	Email    string `json:"email"`
	Position string `json:"position,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Room     string `json:"room,omitempty"`
	// DepartmentID and BuildingID are ids; empty means none.
	DepartmentID string      `json:"departmentId,omitempty"`
	BuildingID   string      `json:"buildingId,omitempty"`
	Attributes   []Attribute `json:"attributes,omitempty"`

	LastContact  time.Time `json:"lastContact"`
	LastEnrolled time.Time `json:"lastEnrolled"`

	// Offline says that the machine is switched off or without a network.
	Offline bool `json:"offline,omitempty"`
	// OnlineSince is when it was last reachable anew; commands are fetched from then on.
	OnlineSince time.Time `json:"onlineSince,omitzero"`
	Reply       Reply     `json:"reply,omitempty"`

	// Locked says that the machine sits at the PIN prompt and talks to nobody; LockPIN opens it.
	Locked  bool   `json:"locked,omitempty"`
	LockPIN string `json:"lockPin,omitempty"`
	// StoredPIN is what view-device-lock-pin shows: the PIN of the last lock command sent.
	StoredPIN string `json:"storedPin,omitempty"`
	// Stranded says that two locks with different PINs met on this machine: whoever wrote down one PIN opens it
	// once and is locked out again.
	Stranded bool `json:"stranded,omitempty"`
	// Erased says that the machine was wiped and has not enrolled again.
	Erased bool `json:"erased,omitempty"`
	// LastUser is who used the machine last: what an inventory update may write back as the assignee.
	LastUser string `json:"lastUser,omitempty"`
}

// Reachable says whether the machine can fetch a command now.
func (d *Device) Reachable() bool { return !d.Offline && !d.Locked && !d.Erased && !d.Unmanaged }

func (d *Device) copy() Device {
	out := *d
	out.Attributes = make([]Attribute, len(d.Attributes))
	for i, a := range d.Attributes {
		a.Values = append([]string(nil), a.Values...)
		out.Attributes[i] = a
	}
	return out
}

// AddDevice enrols a device, online and managed unless it says otherwise, and fills in what it leaves empty.
// A serial number is needed.
func (s *Simulator) AddDevice(d Device) Device { return s.AddDevices(d)[0] }

// AddDevices enrols many devices like AddDevice, and saves once.
func (s *Simulator) AddDevices(devices ...Device) []Device {
	out := make([]Device, 0, len(devices))
	s.must(func() bool {
		for _, d := range devices {
			if d.Serial == "" {
				panic("jamfsim: a device needs a Serial")
			}
			s.state.NextID++
			s.fill(&d, s.state.NextID)
			kept := d.copy()
			s.state.Devices = append(s.state.Devices, &kept)
			out = append(out, d)
		}
		return true
	})
	return out
}

func (s *Simulator) fill(d *Device, n int) {
	now := s.Now()
	orelse(&d.ID, strconv.Itoa(n))
	orelse(&d.ManagementID, fmt.Sprintf("3f1c%04x-0000-4000-8000-%012x", n, n))
	orelse(&d.UDID, fmt.Sprintf("5D1E%04X-0000-4000-8000-%012X", n, n))
	if d.Kind == "" {
		d.Kind = Computer
	}
	orelse(&d.Name, d.Serial)
	orelse(&d.LastUser, d.Username)
	if d.Kind == Computer {
		orelse(&d.Model, "MacBook Pro")
		orelse(&d.OSVersion, "15.1")
	}
	if d.LastEnrolled.IsZero() {
		d.LastEnrolled = now.AddDate(-1, 0, 0)
	}
	if d.LastContact.IsZero() {
		d.LastContact = now.Add(-time.Minute)
	}
}

func orelse(s *string, fallback string) {
	if *s == "" {
		*s = fallback
	}
}

// Device returns the device with this inventory id, serial number or management id.
func (s *Simulator) Device(id string) (Device, bool) {
	var out Device
	found := false
	s.must(func() bool {
		if d := s.find(id); d != nil {
			out, found = d.copy(), true
		}
		return false
	})
	return out, found
}

func (s *Simulator) find(id string) *Device {
	for _, d := range s.state.Devices {
		if d.ID == id || d.ManagementID == id || strings.EqualFold(d.Serial, id) {
			return d
		}
	}
	return nil
}

// byID is the device of a kind with this inventory id only.
func (s *Simulator) byID(kind Kind, id string) *Device {
	for _, d := range s.state.Devices {
		if d.Kind == kind && d.ID == id {
			return d
		}
	}
	return nil
}

// Edit changes a device through f, as an administrator or the machine itself would. It says whether there is one.
func (s *Simulator) Edit(id string, f func(*Device)) bool {
	found := false
	s.must(func() bool {
		if d := s.find(id); d != nil {
			f(d)
			found = true
		}
		return found
	})
	return found
}

// SetOnline connects a machine or takes it off the network.
func (s *Simulator) SetOnline(id string, online bool) bool {
	return s.Edit(id, func(d *Device) {
		if online && d.Offline {
			d.OnlineSince = s.Now()
		}
		d.Offline = !online
		if online && d.Reachable() {
			d.LastContact = s.Now()
		}
	})
}

// Unlock types a PIN at the prompt of a locked Mac. A wrong PIN opens nothing. A Mac that is opened fetches the
// next queued command, which may be another lock.
func (s *Simulator) Unlock(id, pin string) bool {
	opened := false
	s.Edit(id, func(d *Device) {
		if !d.Locked || pin != d.LockPIN {
			return
		}
		opened = true
		d.Locked, d.LockPIN, d.OnlineSince, d.LastContact = false, "", s.Now(), s.Now()
	})
	return opened
}

// Reenrol enrols a machine anew, as setup after an erase does: a new management id, a new enrolment date.
func (s *Simulator) Reenrol(id string) bool {
	return s.Edit(id, func(d *Device) {
		s.state.NextID++
		d.ManagementID = fmt.Sprintf("3f1c%04x-0000-4000-8000-%012x", s.state.NextID, s.state.NextID)
		d.Erased, d.Locked, d.LockPIN, d.Offline = false, false, "", false
		d.LastEnrolled, d.LastContact, d.OnlineSince = s.Now(), s.Now(), s.Now()
	})
}

// Recon is an inventory update by the Mac. With ReconRepopulates it writes the last local user back as the assignee.
func (s *Simulator) Recon(id string) bool {
	return s.Edit(id, func(d *Device) {
		if !d.Reachable() {
			return
		}
		d.LastContact = s.Now()
		if s.ReconRepopulates {
			d.Username = d.LastUser
			if strings.Contains(d.LastUser, "@") {
				d.Email = d.LastUser
			}
		}
	})
}

// Remove deletes a device's record.
func (s *Simulator) Remove(id string) bool {
	found := false
	s.must(func() bool {
		for i, d := range s.state.Devices {
			if d.ID == id || strings.EqualFold(d.Serial, id) {
				s.state.Devices = append(s.state.Devices[:i:i], s.state.Devices[i+1:]...)
				found = true
				break
			}
		}
		return found
	})
	return found
}
