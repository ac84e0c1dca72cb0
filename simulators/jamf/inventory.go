package jamfsim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultPageSize = 100

func (s *Simulator) listComputers(version int) handler {
	return func(w http.ResponseWriter, r *http.Request, node string) bool {
		view := func(d *Device) fields { return computerFields(d, version) }
		s.list(w, r, Computer, node, view, func(d *Device) map[string]any {
			return computerJSON(d, version, r.URL.Query()["section"])
		})
		return false
	}
}

func (s *Simulator) listMobile(w http.ResponseWriter, r *http.Request, node string) bool {
	s.list(w, r, Mobile, node, mobileFields, func(d *Device) map[string]any {
		return mobileJSON(d, r.URL.Query()["section"])
	})
	return false
}

// list answers one page of the devices of a kind that match the filter, ordered by id.
func (s *Simulator) list(w http.ResponseWriter, r *http.Request, kind Kind, node string, view func(*Device) fields, show func(*Device) map[string]any) {
	q := r.URL.Query()
	matches := func(fields) (bool, error) { return true, nil }
	if text := q.Get("filter"); text != "" {
		parsed, err := parseRSQL(text)
		if err != nil {
			fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "filter", Description: err.Error()})
			return
		}
		matches = parsed
	}
	results := []map[string]any{}
	for _, d := range s.seenFrom(kind, node) {
		ok, err := matches(view(d))
		if err != nil {
			fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "filter", Description: err.Error()})
			return
		}
		if ok {
			results = append(results, show(d))
		}
	}
	total := len(results)
	reply(w, http.StatusOK, map[string]any{"totalCount": total, "results": page(results, q.Get("page"), q.Get("page-size"))})
}

func page[T any](all []T, number, size string) []T {
	n, _ := strconv.Atoi(number)
	per, err := strconv.Atoi(size)
	if err != nil || per <= 0 {
		per = defaultPageSize
	}
	start := min(max(n, 0)*per, len(all))
	return all[start:min(start+per, len(all))]
}

// seenFrom is the devices of a kind as a node of the cluster shows them.
func (s *Simulator) seenFrom(kind Kind, node string) []*Device {
	var out []*Device
	for _, d := range s.state.Devices {
		if d.Kind != kind {
			continue
		}
		if wr, ok := s.state.Writes[d.ID]; ok && !s.visible(node, wr.Node, wr.At) {
			before := wr.Before
			d = &before
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *Device) int {
		x, _ := strconv.Atoi(a.ID)
		y, _ := strconv.Atoi(b.ID)
		return cmp.Compare(x, y)
	})
	return out
}

func (s *Simulator) oneComputer(version int) handler {
	return func(w http.ResponseWriter, r *http.Request, node string) bool {
		sections := r.URL.Query()["section"]
		if strings.Contains(r.URL.Path, "-detail/") {
			sections = []string{"ALL"}
		}
		for _, d := range s.seenFrom(Computer, node) {
			if d.ID == r.PathValue("id") {
				reply(w, http.StatusOK, computerJSON(d, version, sections))
				return false
			}
		}
		refuse(w, http.StatusNotFound)
		return false
	}
}

func (s *Simulator) showLockPIN(w http.ResponseWriter, r *http.Request, _ string) bool {
	d := s.byID(Computer, r.PathValue("id"))
	if d == nil {
		refuse(w, http.StatusNotFound)
		return false
	}
	reply(w, http.StatusOK, map[string]string{"pin": d.StoredPIN})
	return false
}

func computerFields(d *Device, version int) fields {
	contact := map[int]string{3: "general.lastContactTime", 4: "general.lastContact"}[version]
	values := map[string]string{
		"id": d.ID, "udid": d.UDID, "general.name": d.Name, "general.assetTag": d.AssetTag,
		"general.managementId": d.ManagementID, "general.remoteManagement.managed": strconv.FormatBool(!d.Unmanaged),
		contact: stamp(d.LastContact), "hardware.serialNumber": d.Serial, "hardware.appleSilicon": strconv.FormatBool(!d.Intel),
		"userAndLocation.email": d.Email, "userAndLocation.username": d.Username, "userAndLocation.realname": d.RealName,
		"userAndLocation.departmentId": d.DepartmentID,
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func mobileFields(d *Device) fields {
	values := map[string]string{
		"mobileDeviceId": d.ID, "displayName": d.Name, "assetTag": d.AssetTag, "managementId": d.ManagementID,
		"managed": strconv.FormatBool(!d.Unmanaged), "serialNumber": d.Serial, "emailAddress": d.Email,
		"username": d.Username, "fullName": d.RealName,
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

// asked says whether a section is part of the answer: GENERAL alone when none was asked for.
func asked(sections []string) func(string) bool {
	if len(sections) == 0 {
		sections = []string{"GENERAL"}
	}
	return func(name string) bool { return slices.Contains(sections, name) || slices.Contains(sections, "ALL") }
}

func computerJSON(d *Device, version int, sections []string) map[string]any {
	has := asked(sections)
	out := map[string]any{"id": d.ID, "udid": d.UDID, "general": nil, "hardware": nil, "userAndLocation": nil,
		"security": nil, "operatingSystem": nil, "extensionAttributes": nil, "purchasing": nil}
	if has("GENERAL") {
		out["general"] = generalJSON(d, version)
	}
	if has("HARDWARE") {
		out["hardware"] = map[string]any{"serialNumber": d.Serial, "appleSilicon": !d.Intel, "model": d.Model, "make": "Apple",
			"extensionAttributes": []any{}}
	}
	if has("USER_AND_LOCATION") {
		out["userAndLocation"] = map[string]any{"username": d.Username, "realname": d.RealName, "email": d.Email,
			"position": d.Position, "phone": d.Phone, "departmentId": none(d.DepartmentID), "buildingId": none(d.BuildingID),
			"room": d.Room, "extensionAttributes": attributesJSON(d, "userAndLocation")}
	}
	if has("SECURITY") {
		out["security"] = map[string]any{"activationLockEnabled": false, "recoveryLockEnabled": false, "bootstrapTokenEscrowedStatus": "ESCROWED"}
	}
	if has("OPERATING_SYSTEM") {
		out["operatingSystem"] = map[string]any{"name": "macOS", "version": d.OSVersion, "build": "", "extensionAttributes": []any{}}
	}
	if has("EXTENSION_ATTRIBUTES") {
		out["extensionAttributes"] = attributesJSON(d, "")
	}
	return out
}

func generalJSON(d *Device, version int) map[string]any {
	g := map[string]any{"name": d.Name, "assetTag": none(d.AssetTag), "barcode1": nil, "barcode2": nil, "managementId": d.ManagementID,
		"supervised": !d.Unmanaged, "platform": "Mac", "lastEnrolledDate": stamp(d.LastEnrolled),
		"remoteManagement": map[string]any{"managed": !d.Unmanaged, "managementUsername": nil},
		"mdmCapable":       map[string]any{"capable": !d.Unmanaged, "capableUsers": []any{}},
		"site":             map[string]string{"id": "-1", "name": "None"}, "extensionAttributes": attributesJSON(d, "general")}
	if version >= 4 {
		g["lastContact"], g["lastCheckIn"] = stamp(d.LastContact), stamp(d.LastContact)
	} else {
		g["lastContactTime"], g["lastReportedIp"] = stamp(d.LastContact), "203.0.113.7"
	}
	return g
}

func mobileJSON(d *Device, sections []string) map[string]any {
	has := asked(sections)
	out := map[string]any{"mobileDeviceId": d.ID, "deviceType": "iOS", "general": nil, "hardware": nil, "userAndLocation": nil}
	if has("GENERAL") {
		out["general"] = map[string]any{"udid": d.UDID, "displayName": d.Name, "assetTag": none(d.AssetTag), "siteId": "-1",
			"managementId": d.ManagementID, "managed": !d.Unmanaged, "supervised": !d.Unmanaged, "osVersion": d.OSVersion,
			"lastContactDate": stamp(d.LastContact), "lastEnrolledDate": stamp(d.LastEnrolled), "extensionAttributes": attributesJSON(d, "")}
	}
	if has("HARDWARE") {
		out["hardware"] = map[string]any{"serialNumber": d.Serial, "model": d.Model}
	}
	if has("USER_AND_LOCATION") {
		out["userAndLocation"] = map[string]any{"username": d.Username, "realName": d.RealName, "emailAddress": d.Email,
			"position": d.Position, "phoneNumber": d.Phone, "departmentId": none(d.DepartmentID), "buildingId": none(d.BuildingID), "room": d.Room}
	}
	return out
}

func attributesJSON(d *Device, section string) []map[string]any {
	out := []map[string]any{}
	for _, a := range d.Attributes {
		if a.Section != section {
			continue
		}
		out = append(out, map[string]any{"definitionId": a.ID, "name": a.Name, "enabled": true, "multiValue": false,
			"values": append([]string{}, a.Values...), "dataType": "STRING", "options": []any{}, "inputType": cmp.Or(a.InputType, "TEXT")})
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}

type attributePatch struct {
	DefinitionID string   `json:"definitionId"`
	Values       []string `json:"values"`
}

type computerPatch struct {
	General struct {
		AssetTag            *string          `json:"assetTag"`
		Managed             *bool            `json:"managed"`
		ExtensionAttributes []attributePatch `json:"extensionAttributes"`
	} `json:"general"`
	UserAndLocation struct {
		personPatch
		ExtensionAttributes []attributePatch `json:"extensionAttributes"`
	} `json:"userAndLocation"`
	ExtensionAttributes []attributePatch `json:"extensionAttributes"`
}

type personPatch struct {
	Username     *string `json:"username"`
	RealName     *string `json:"realname"`
	Email        *string `json:"email"`
	Position     *string `json:"position"`
	Phone        *string `json:"phone"`
	Room         *string `json:"room"`
	DepartmentID *string `json:"departmentId"`
	BuildingID   *string `json:"buildingId"`
}

func (p personPatch) apply(d *Device) {
	for to, from := range map[*string]*string{&d.Username: p.Username, &d.RealName: p.RealName, &d.Email: p.Email,
		&d.Position: p.Position, &d.Phone: p.Phone, &d.Room: p.Room, &d.DepartmentID: p.DepartmentID, &d.BuildingID: p.BuildingID} {
		if from != nil {
			*to = *from
		}
	}
	for _, id := range []*string{&d.DepartmentID, &d.BuildingID} {
		if *id == "-1" {
			*id = ""
		}
	}
}

func (s *Simulator) patchComputer(w http.ResponseWriter, r *http.Request, node string) bool {
	d := s.byID(Computer, r.PathValue("id"))
	if d == nil {
		refuse(w, http.StatusNotFound)
		return false
	}
	var p computerPatch
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		refuse(w, http.StatusBadRequest)
		return false
	}
	changed := d.copy()
	for section, list := range map[string][]attributePatch{"": p.ExtensionAttributes, "general": p.General.ExtensionAttributes,
		"userAndLocation": p.UserAndLocation.ExtensionAttributes} {
		if !setAttributes(&changed, section, list) {
			fail(w, http.StatusBadRequest, apiError{Code: "INVALID_FIELD", Field: "extensionAttributes", Description: "The extension attribute cannot be written here"})
			return false
		}
	}
	p.UserAndLocation.apply(&changed)
	if p.General.AssetTag != nil {
		changed.AssetTag = *p.General.AssetTag
	}
	if p.General.Managed != nil {
		changed.Unmanaged = !*p.General.Managed
	}
	s.remember(d, node)
	*d = changed
	w.WriteHeader(http.StatusNoContent)
	return true
}

func setAttributes(d *Device, section string, list []attributePatch) bool {
	for _, p := range list {
		i := slices.IndexFunc(d.Attributes, func(a Attribute) bool { return a.ID == p.DefinitionID && a.Section == section })
		if i < 0 || !slices.Contains([]string{"", "TEXT", "POPUP"}, d.Attributes[i].InputType) {
			return false
		}
		d.Attributes[i].Values = p.Values
	}
	return true
}

// remember keeps a device as it was, for the nodes that have not heard of the change.
func (s *Simulator) remember(d *Device, node string) {
	if s.Lag == 0 {
		return
	}
	if s.state.Writes == nil {
		s.state.Writes = map[string]write{}
	}
	s.state.Writes[d.ID] = write{Before: d.copy(), Node: node, At: s.Now()}
}

func (s *Simulator) patchMobile(w http.ResponseWriter, r *http.Request, node string) bool {
	d := s.byID(Mobile, r.PathValue("id"))
	if d == nil {
		refuse(w, http.StatusNotFound)
		return false
	}
	var p struct {
		AssetTag *string `json:"assetTag"`
		Location struct {
			personPatch
			RealName *string `json:"realName"`
			Email    *string `json:"emailAddress"`
			Phone    *string `json:"phoneNumber"`
		} `json:"location"`
		Attributes []struct {
			Name  string   `json:"name"`
			Value []string `json:"value"`
		} `json:"updatedExtensionAttributes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		refuse(w, http.StatusBadRequest)
		return false
	}
	s.remember(d, node)
	person := p.Location.personPatch
	person.RealName, person.Email, person.Phone = p.Location.RealName, p.Location.Email, p.Location.Phone
	person.apply(d)
	if p.AssetTag != nil {
		d.AssetTag = *p.AssetTag
	}
	for _, a := range p.Attributes {
		if i := slices.IndexFunc(d.Attributes, func(x Attribute) bool { return x.Name == a.Name }); i >= 0 {
			d.Attributes[i].Values = a.Value
		}
	}
	reply(w, http.StatusOK, map[string]any{"id": d.ID, "name": d.Name, "serialNumber": d.Serial})
	return true
}
