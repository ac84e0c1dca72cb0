package oktasim

import "net/http"

const deactivated = "DEACTIVATED"

func (s *Simulator) deviceRoutes(add func(family, pattern string, h handler)) {
	engine := func(h handler) handler {
		return func(c *call) {
			if s.Classic {
				c.fail(http.StatusUnauthorized, "E0000015", "You do not have permission to access the feature you are requesting")
				return
			}
			h(c)
		}
	}
	add("users", "GET /api/v1/users/{id}/devices", engine(s.user(s.devicesOfUser)))
	add("devices", "GET /api/v1/devices", engine(s.listDevices))
	add("devices", "GET /api/v1/devices/{id}", engine(s.device(func(c *call, d *Device) { c.ok(d.wire()) })))
	add("devices", "GET /api/v1/devices/{id}/users", engine(s.device(s.usersOfDevice)))
	add("devices", "DELETE /api/v1/devices/{id}", engine(s.device(s.deleteDevice)))
	add("devices", "POST /api/v1/devices/{id}/lifecycle/deactivate", engine(s.device(s.deactivateDevice)))
	for verb, to := range map[string]string{"activate": Active, "suspend": Suspended, "unsuspend": Active} {
		add("devices", "POST /api/v1/devices/{id}/lifecycle/"+verb, engine(s.device(func(c *call, d *Device) {
			d.Status = to
			c.changed()
			c.noContent()
		})))
	}
}

func (s *Simulator) listDevices(c *call) {
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Devices) {
		out = append(out, s.state.Devices[id].wire())
	}
	page(c, out, wireID, 20, 200)
}

func (s *Simulator) device(h func(*call, *Device)) handler {
	return func(c *call) {
		d, ok := s.state.Devices[c.r.PathValue("id")]
		if !ok {
			c.missing(c.r.PathValue("id"), "Device")
			return
		}
		h(c, d)
	}
}

func (d *Device) wire() map[string]any {
	return map[string]any{"id": d.ID, "status": d.Status, "created": d.Created.Format(wireTime), "resourceType": "UDDevice",
		"profile": map[string]any{"displayName": d.Name, "platform": d.Platform, "serialNumber": textOrNull(d.Serial), "registered": true}}
}

func (s *Simulator) devicesOfUser(c *call, u *User) {
	out := []map[string]any{}
	for _, id := range sortedKeys(s.state.Devices) {
		if d := s.state.Devices[id]; contains(d.Users, u.ID) {
			out = append(out, map[string]any{"created": d.Created.Format(wireTime), "deviceUserId": "gdu" + d.ID[3:], "device": d.wire()})
		}
	}
	c.ok(out)
}

func (s *Simulator) usersOfDevice(c *call, d *Device) {
	out := []map[string]any{}
	for _, id := range d.Users {
		if u, ok := s.state.Users[id]; ok {
			out = append(out, map[string]any{"created": d.Created.Format(wireTime), "managementStatus": "MANAGED", "user": u.wire()})
		}
	}
	c.ok(out)
}

// deactivateDevice cuts everybody's link to the device, not only one person's.
func (s *Simulator) deactivateDevice(c *call, d *Device) {
	for _, id := range d.Users {
		if u, ok := s.state.Users[id]; ok {
			s.record("device.user.remove", c.actor(), u.party(), Party{ID: d.ID, Type: "Device", DisplayName: d.Name})
		}
	}
	d.Status, d.Users = deactivated, nil
	c.changed()
	c.noContent()
}

func (s *Simulator) deleteDevice(c *call, d *Device) {
	if d.Status != deactivated {
		c.fail(http.StatusForbidden, "E0000006", "Device must be deactivated before it can be deleted.")
		return
	}
	delete(s.state.Devices, d.ID)
	c.changed()
	c.noContent()
}
