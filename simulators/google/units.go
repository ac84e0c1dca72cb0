package googlesim

import (
	"net/http"
	"path"
	"slices"
	"strings"
)

// unit finds an organisational unit by path, with or without the leading slash.
func (s *Simulator) unit(p string) (OrgUnit, bool) {
	p = path.Clean("/" + p)
	for known, u := range s.state.OrgUnits {
		if strings.EqualFold(known, p) {
			return u, true
		}
	}
	return OrgUnit{}, false
}

// inherited says whether off holds for the unit or one above it.
func (s *Simulator) inherited(p string, off func(OrgUnit) bool) bool {
	for p = path.Clean("/" + p); ; p = path.Dir(p) {
		if u, known := s.unit(p); known && off(u) {
			return true
		}
		if p == "/" {
			return false
		}
	}
}

func (s *Simulator) gmailOff(unit string) bool {
	return s.inherited(unit, func(u OrgUnit) bool { return u.GmailOff })
}

func (s *Simulator) delegationOff(unit string) bool {
	return s.inherited(unit, func(u OrgUnit) bool { return u.DelegationOff })
}

func showUnit(u OrgUnit) map[string]string {
	return map[string]string{"kind": "admin#directory#orgUnit", "name": path.Base(u.Path), "orgUnitPath": u.Path,
		"orgUnitId": "id:" + digest(u.Path)[:15], "parentOrgUnitPath": path.Dir(u.Path)}
}

func (s *Simulator) getOrgUnit(c *call) answer {
	u, known := s.unit(c.path("path"))
	if !known {
		return refuse(http.StatusNotFound, "notFound", "Org unit not found")
	}
	return ok(showUnit(u))
}

func (s *Simulator) listOrgUnits(*call) answer {
	var out []map[string]string
	for _, u := range s.sortedUnits() {
		if u.Path != "/" {
			out = append(out, showUnit(u))
		}
	}
	return listing("organizationUnits", out, "")
}

func (s *Simulator) listMobile(c *call) answer {
	_, email, _ := strings.Cut(c.r.URL.Query().Get("query"), "email:")
	var out []map[string]any
	for _, d := range s.state.Devices {
		if email != "" && !containsFold(d.Email, email) {
			continue
		}
		out = append(out, map[string]any{"kind": "admin#directory#mobiledevice", "resourceId": d.ResourceID, "deviceId": d.DeviceID,
			"email": d.Email, "status": d.Status, "type": d.Type, "model": d.Model, "serialNumber": d.Serial})
	}
	part, next := page(c.r, out, 100, 100)
	return listing("mobiledevices", part, next)
}

func (s *Simulator) actOnMobile(c *call) answer {
	i := slices.IndexFunc(s.state.Devices, func(d MobileDevice) bool { return d.ResourceID == c.path("resourceId") })
	var body struct{ Action string }
	if i < 0 {
		return notFound("resourceId")
	}
	if !c.body(&body) {
		return refuse(http.StatusBadRequest, "parseError", "Parse Error")
	}
	status, known := map[string]string{
		"admin_remote_wipe": "WIPING", "admin_account_wipe": "ACCOUNT_WIPING", "approve": "APPROVED", "block": "BLOCKED",
		"cancel_remote_wipe_then_activate": "APPROVED", "cancel_remote_wipe_then_block": "BLOCKED",
	}[body.Action]
	if !known {
		return invalid("Invalid Input: action")
	}
	s.state.Devices[i].Status = status
	return emptied()
}
