package jamf

import (
	"strings"
	"time"

	"tenure/internal/plan"
)

// instant reads Jamf's dates leniently: an empty or unknown form is no date.
type instant struct{ time.Time }

// UnmarshalJSON never fails: a date that cannot be read must not hide a device.
func (i *instant) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		i.Time = t.UTC()
	}
	return nil
}

type attribute struct {
	DefinitionID string   `json:"definitionId"`
	Name         string   `json:"name"`
	Values       []string `json:"values"`
	InputType    string   `json:"inputType"`
}

// computer is what Tenure reads of a computer's inventory record. Sections that were not asked for are null.
type computer struct {
	ID      string `json:"id"`
	General struct {
		Name             string  `json:"name"`
		AssetTag         string  `json:"assetTag"`
		ManagementID     string  `json:"managementId"`
		LastContact      instant `json:"lastContact"`     // v4
		LastContactTime  instant `json:"lastContactTime"` // v3
		LastEnrolled     instant `json:"lastEnrolledDate"`
		RemoteManagement struct {
			Managed bool `json:"managed"`
		} `json:"remoteManagement"`
		Attributes []attribute `json:"extensionAttributes"`
	} `json:"general"`
	Hardware struct {
		Serial       string `json:"serialNumber"`
		Model        string `json:"model"`
		AppleSilicon bool   `json:"appleSilicon"`
	} `json:"hardware"`
	User struct {
		Username   string      `json:"username"`
		Email      string      `json:"email"`
		RealName   string      `json:"realname"`
		Attributes []attribute `json:"extensionAttributes"`
	} `json:"userAndLocation"`
	OS struct {
		Version string `json:"version"`
	} `json:"operatingSystem"`
	Attributes []attribute `json:"extensionAttributes"`
}

func (c computer) lastContact() time.Time {
	if c.General.LastContact.After(c.General.LastContactTime.Time) {
		return c.General.LastContact.Time
	}
	return c.General.LastContactTime.Time
}

func (c computer) device() plan.Device {
	return plan.Device{ID: c.ID, ManagementID: c.General.ManagementID, Serial: c.Hardware.Serial, Name: c.General.Name,
		Model: c.Hardware.Model, AssetTag: c.General.AssetTag, Kind: plan.Computer, Managed: c.General.RemoteManagement.Managed,
		AppleSilicon: c.Hardware.AppleSilicon, OSVersion: c.OS.Version, LastContact: c.lastContact(),
		LastEnrolled: c.General.LastEnrolled.Time}
}

// mobile is what Tenure reads of a phone's or tablet's record.
type mobile struct {
	ID      string `json:"mobileDeviceId"`
	General struct {
		Name         string  `json:"displayName"`
		AssetTag     string  `json:"assetTag"`
		ManagementID string  `json:"managementId"`
		Managed      bool    `json:"managed"`
		OSVersion    string  `json:"osVersion"`
		LastContact  instant `json:"lastContactDate"`
		LastEnrolled instant `json:"lastEnrolledDate"`
	} `json:"general"`
	Hardware struct {
		Serial string `json:"serialNumber"`
		Model  string `json:"model"`
	} `json:"hardware"`
	User struct {
		Username string `json:"username"`
		Email    string `json:"emailAddress"`
		RealName string `json:"realName"`
	} `json:"userAndLocation"`
}

func (m mobile) device() plan.Device {
	return plan.Device{ID: m.ID, ManagementID: m.General.ManagementID, Serial: m.Hardware.Serial, Name: m.General.Name,
		Model: m.Hardware.Model, AssetTag: m.General.AssetTag, Kind: plan.Mobile, Managed: m.General.Managed,
		OSVersion: m.General.OSVersion, LastContact: m.General.LastContact.Time, LastEnrolled: m.General.LastEnrolled.Time}
}

// command is one MDM command.
type command struct {
	UUID      string  `json:"uuid"`
	Sent      instant `json:"dateSent"`
	Completed instant `json:"dateCompleted"`
	State     string  `json:"commandState"`
	Type      string  `json:"commandType"`
	Error     *struct {
		Code int    `json:"errorCode"`
		Text string `json:"errorEnglishDescription"`
	} `json:"commandError"`
}

// The states of a command.
const (
	pending      = "PENDING"
	acknowledged = "ACKNOWLEDGED"
	notNow       = "NOT_NOW"
	failed       = "ERROR"
	badForm      = "COMMAND_FORMAT_ERROR"
)

// state is the command's state in one spelling: Jamf writes "Pending" in some places and "PENDING" in others.
func (c command) state() string {
	word := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.TrimSpace(c.State)))
	if word == "NOTNOW" {
		return notNow
	}
	return word
}

// refused says whether the device turned the command down, which alone allows another POST.
func (c command) refused() bool { return c.state() == failed || c.state() == badForm }

// open says whether the command may still be carried out. An unknown state counts as open: posting another command
// beside it could strand the Mac.
func (c command) open() bool { return !c.refused() && c.state() != acknowledged }
