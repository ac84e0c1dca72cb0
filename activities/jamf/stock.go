package jamf

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
)

// none is how Jamf writes "no department" and "no building".
const none = "-1"

// ReturnToStock takes a device from its user in the inventory, writes the stock value into the extension attribute
// where one is named, and reads both back. It refuses a device that was enrolled anew or given to somebody else
// since the case began.
func (s *System) ReturnToStock(ctx context.Context, in activities.ReturnToStock) (activities.Outcomes, error) {
	o := activities.Outcome{Step: in.Step, Account: in.Device.ID}
	var err error
	if in.Device.Kind == plan.Mobile {
		o, err = s.returnMobile(ctx, in, o)
	} else {
		o, err = s.returnComputer(ctx, in, o)
	}
	if err != nil {
		o, err = settled(ctx, o, err)
	}
	if err != nil {
		return activities.Outcomes{}, err
	}
	return activities.Outcomes{Steps: []activities.Outcome{o}}, nil
}

func (s *System) returnComputer(ctx context.Context, in activities.ReturnToStock, o activities.Outcome) (activities.Outcome, error) {
	before, err := s.computer(ctx, in.Device.ID, "EXTENSION_ATTRIBUTES")
	if err == nil {
		err = sameMachine(before, in.Device, in.Opened.Add(s.cfg.ClockSkew))
	}
	if err == nil {
		err = s.stillTheirs(in, before.User.Email, before.User.Username)
	}
	if err != nil {
		return o, err
	}
	if unassigned(before.User.Email, before.User.Username) && inStock(before, in) {
		return s.stocked(o, "it was in stock already", before, in), nil
	}
	body, writable := stockBody(before, in)
	if _, err := s.api.inventoryCall(ctx, updateComputers, vendorhttp.Request{Method: http.MethodPatch,
		Path: "/computers-inventory-detail/" + url.PathEscape(in.Device.ID), JSON: body}); err != nil {
		return o, err
	}
	o.Executed = s.cfg.Now().UTC()
	after, err := s.computer(ctx, in.Device.ID, "EXTENSION_ATTRIBUTES")
	if err != nil {
		return o, err
	}
	return s.judgeStock(o, after, in, writable), nil
}

func (s *System) judgeStock(o activities.Outcome, after computer, in activities.ReturnToStock, writable bool) activities.Outcome {
	switch {
	case !unassigned(after.User.Email, after.User.Username):
		o.State, o.Problem, o.Detail = plan.Unverified, activities.Conflict, "Jamf accepted the change but still shows an assigned user"
		o.ReadBack, o.Mend = "still assigned", "an inventory update may write the last user back: clear the user in Jamf by hand"
		return o
	case !writable:
		return activities.NeedsPerson(o, &activities.Problem{Type: activities.InvalidInput,
			Text: "unassigned, but extension attribute " + in.Attribute + " is unknown on this Mac or filled by a script",
			Mend: "set the policy's stock attribute to the definition id of a text attribute"})
	case !inStock(after, in):
		o.State, o.Problem, o.Detail = plan.Unverified, activities.Conflict, "Jamf accepted the change but shows another stock value"
		o.Mend = "set extension attribute " + in.Attribute + " in Jamf by hand"
		return o
	}
	return s.stocked(o, "unassigned and marked as stock", after, in)
}

func (s *System) stocked(o activities.Outcome, detail string, c computer, in activities.ReturnToStock) activities.Outcome {
	o.State, o.Verified, o.Detail, o.ReadBack = plan.Verified, s.cfg.Now().UTC(), detail, "no assigned user"
	if in.Attribute != "" {
		a, _ := findAttribute(c, in.Attribute)
		o.ReadBack += "; attribute " + in.Attribute + " is \"" + strings.Join(a.Values, ", ") + "\""
	}
	return o
}

// stillTheirs refuses a device that the inventory gives to somebody else by now. An unassigned one is fine.
func (s *System) stillTheirs(in activities.ReturnToStock, email, username string) error {
	if unassigned(email, username) || s.belongs(email, username, in.Email) {
		return nil
	}
	return &activities.Problem{Type: activities.Conflict, Text: "Jamf gives the device to somebody else by now",
		Mend: "leave it with its new user, or correct the assignment in Jamf and retry the step"}
}

func unassigned(email, username string) bool {
	return strings.TrimSpace(email) == "" && strings.TrimSpace(username) == ""
}

func inStock(c computer, in activities.ReturnToStock) bool {
	if in.Attribute == "" {
		return true
	}
	a, _ := findAttribute(c, in.Attribute)
	return slices.Equal(a.Values, []string{in.StockValue})
}

// findAttribute finds an extension attribute and the section that Jamf shows it in: it must be written there.
func findAttribute(c computer, id string) (attribute, string) {
	for section, list := range map[string][]attribute{"": c.Attributes, "general": c.General.Attributes, "userAndLocation": c.User.Attributes} {
		for _, a := range list {
			if a.DefinitionID == id {
				return a, section
			}
		}
	}
	return attribute{}, ""
}

// stockBody is the change, and whether the stock attribute can be written by it.
func stockBody(c computer, in activities.ReturnToStock) (body map[string]any, writable bool) {
	user := map[string]any{"username": "", "realname": "", "email": "", "position": "", "phone": "", "room": "",
		"departmentId": none, "buildingId": none}
	body = map[string]any{"userAndLocation": user}
	if in.Attribute == "" {
		return body, true
	}
	a, section := findAttribute(c, in.Attribute)
	if a.DefinitionID == "" || a.InputType != "" && a.InputType != "TEXT" && a.InputType != "POPUP" {
		return body, false
	}
	value := []map[string]any{{"definitionId": in.Attribute, "values": []string{in.StockValue}}}
	switch section {
	case "userAndLocation":
		user["extensionAttributes"] = value
	case "general":
		body["general"] = map[string]any{"extensionAttributes": value}
	default:
		body["extensionAttributes"] = value
	}
	return body, true
}

// returnMobile unassigns a phone or tablet. Its extension attributes have other ids than computers', so the stock
// value is not written.
func (s *System) returnMobile(ctx context.Context, in activities.ReturnToStock, o activities.Outcome) (activities.Outcome, error) {
	before, err := s.mobile(ctx, in.Device.ID)
	if err == nil && before.Hardware.Serial != in.Device.Serial {
		err = activities.Problemf(activities.Conflict, "Jamf's record %s is another device now", in.Device.ID)
	}
	if err == nil {
		err = s.stillTheirs(in, before.User.Email, before.User.Username)
	}
	if err != nil {
		return o, err
	}
	if unassigned(before.User.Email, before.User.Username) {
		o.State, o.Verified, o.Detail, o.ReadBack = plan.Verified, s.cfg.Now().UTC(), "it was unassigned already", "no assigned user"
		return o, nil
	}
	if _, err := s.api.do(ctx, updateMobile, vendorhttp.Request{Method: http.MethodPatch, Path: "/api/v2/mobile-devices/" + url.PathEscape(in.Device.ID),
		JSON: map[string]any{"location": map[string]any{"username": "", "realName": "", "emailAddress": "", "position": "",
			"phoneNumber": "", "room": "", "departmentId": none, "buildingId": none}}}); err != nil {
		return o, err
	}
	o.Executed = s.cfg.Now().UTC()
	after, err := s.mobile(ctx, in.Device.ID)
	if err != nil {
		return o, err
	}
	if !unassigned(after.User.Email, after.User.Username) {
		o.State, o.Problem, o.Detail = plan.Unverified, activities.Conflict, "Jamf accepted the change but still shows an assigned user"
		o.Mend = "clear the user in Jamf by hand"
		return o, nil
	}
	o.State, o.Verified, o.Detail, o.ReadBack = plan.Verified, s.cfg.Now().UTC(), "unassigned", "no assigned user"
	return o, nil
}

func (s *System) mobile(ctx context.Context, id string) (mobile, error) {
	var page listing[mobile]
	err := s.api.read(ctx, readMobile, vendorhttp.Request{Method: http.MethodGet, Path: "/api/v2/mobile-devices/detail", Query: url.Values{
		"section": {"GENERAL", "HARDWARE", "USER_AND_LOCATION"}, "exception-handling": {"LENIENT"}, "filter": {equals("mobileDeviceId", id)}}}, &page)
	if err != nil {
		return mobile{}, err
	}
	for _, m := range page.Results {
		if m.ID == id {
			return m, nil
		}
	}
	return mobile{}, &activities.Problem{Type: activities.NotFound, Text: "Jamf has no such mobile device", Mend: "look for its serial number in Jamf"}
}
