package plan

import (
	"strings"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// LockSteps are the locks of the devices found: one per computer, and a line for each phone or tablet, which
// cannot be locked with a PIN. They need no policy, so that containment can lock before the plan is built.
func LockSteps(f DeviceFacts) []Step { return builder{facts: Facts{Devices: &f}}.locks(Contain) }

// locks is one step per device, or one line that says that devices were looked for. Where Jamf could not be read,
// that line also stands for the returns: a device nobody has found cannot be asked back.
func (b builder) locks(phase Phase) []Step {
	d := b.facts.Devices
	if d == nil || len(d.Devices) == 0 {
		s := b.step(JamfLock, "", phase)
		s.Title = "Computers found and locked"
		s.Preset, s.Note = NotApplicable, "no managed device is assigned to this person"
		if d == nil {
			s.Preset, s.Note = NeedsAttention, "Jamf could not be read, so nobody knows which computers to lock and to ask back: mend the connection, then retry this step"
		}
		return []Step{s}
	}
	var out []Step
	kept, others := distinct(d.Devices)
	for _, device := range kept {
		s := b.deviceStep(JamfLock, device, phase)
		if stale := others[keyOf(device)]; len(stale) > 0 {
			s.Note = "Jamf has this serial number more than once; not used: inventory id " + strings.Join(stale, ", ")
		}
		switch {
		case device.Kind == Mobile:
			s.Preset, s.Note = NotApplicable, "phones and tablets are not locked with a PIN"
		case !device.Managed:
			s.Preset, s.Note = NeedsAttention, "the computer is not under management, so it cannot be locked from afar: get hold of it"
		}
		out = append(out, s)
	}
	return out
}

// returns is one step per device found.
func (b builder) returns(phase Phase) []Step {
	if b.facts.Devices == nil {
		return nil
	}
	settings := returnSettings(b.policy, b.person)
	var out []Step
	kept, _ := distinct(b.facts.Devices.Devices)
	for _, device := range kept {
		s := b.deviceStep(DeviceReturn, device, phase)
		s.Preset, s.Note = returnPreset(settings.Of(device), b.person)
		out = append(out, s)
	}
	return out
}

// returnPreset asks a person before a box is ordered to an address that cannot be right, because Retriever sends
// to whatever it is given.
func returnPreset(r ReturnSettings, e employee.Employee) (State, string) {
	if e.Country() == "" {
		return NeedsAttention, "HR has no country for this person, neither of the home nor of the office, so nobody knows how the device can come back: add the address in Namely"
	}
	if r.Route != ByBox {
		return "", ""
	}
	if faults := CheckAddress(e.Home); len(faults) > 0 {
		return NeedsAttention, "no box can be sent to the home address in Namely: " + strings.Join(faults, "; ") + ": complete it there"
	}
	return "", ""
}

func (b builder) deviceStep(a Action, device Device, phase Phase) Step {
	s := b.step(a, keyOf(device), phase)
	s.Title = policy.Fill(s.Title, "{device}", nameOf(device))
	s.Device = &device
	return s
}

// keyOf is the object of the device's step ids: its serial number, or Jamf's id where there is none.
func keyOf(d Device) string {
	if d.Serial == "" {
		return "id-" + d.ID
	}
	return d.Serial
}

// distinct is one record per serial number, the one last in contact: a machine enrolled twice is one machine, gets
// one PIN and comes back in one box. The step's note names the others.
func distinct(all []Device) (kept []Device, others map[string][]string) {
	others = map[string][]string{}
	at := map[string]int{}
	for _, d := range all {
		i, known := at[keyOf(d)]
		if !known {
			at[keyOf(d)] = len(kept)
			kept = append(kept, d)
			continue
		}
		stale := d
		if d.LastContact.After(kept[i].LastContact) {
			stale, kept[i] = kept[i], d
		}
		others[keyOf(d)] = append(others[keyOf(d)], stale.ID)
	}
	return kept, others
}

func nameOf(d Device) string {
	what := d.Model
	switch {
	case what != "":
	case d.Kind == Mobile:
		what = "Phone or tablet"
	default:
		what = "Computer"
	}
	if d.Serial == "" {
		return what
	}
	return what + " " + d.Serial
}

// Of is how one device comes back. A phone or tablet travels in the laptop's box: Retriever sends none for it
// alone, and a second box would be a second bill.
func (r ReturnSettings) Of(d Device) ReturnSettings {
	if d.Kind != Mobile || r.Route != ByBox {
		return r
	}
	r.Route, r.Device = InPerson, ""
	r.RouteWhy = "a phone or tablet gets no box of its own"
	r.InPerson = "Put it into the laptop's box. Without one, ask IT how to send it."
	return r
}

func returnSettings(p policy.Policy, e employee.Employee) ReturnSettings {
	d := p.Devices
	route, listed := p.RouteFrom(e.Country())
	r := ReturnSettings{
		Route: ReturnRoute(route.Route), RouteWhy: routeWhy(e.Country(), route, listed), Device: route.Device,
		Charger: d.Charger, Poll: p.Long(d.Poll), Day: p.Day(), CancelWindow: p.Long(d.CancelWindow),
		OnReturn: d.OnReturn, InPerson: route.Where, StockAttribute: d.Stock.Attribute, StockValue: d.Stock.Value,
	}
	for _, rung := range d.Reminders {
		r.Reminders = append(r.Reminders, Reminder{After: p.Long(rung.After), Whom: rung.Whom})
	}
	return r
}

func routeWhy(country string, route policy.Route, listed bool) string {
	switch {
	case country == "":
		return "HR has no country for this person"
	case route.Route == policy.Box:
		return "lives in " + country + ": a box is sent"
	case listed:
		return "lives in " + country + ": handed over in person there"
	default:
		return "lives in " + country + ": no box from there"
	}
}
