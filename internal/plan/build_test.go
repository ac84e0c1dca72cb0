package plan

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

var update = flag.Bool("update", false, "write the goldens anew")

var builtAt = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func testPolicy(t *testing.T, edits ...func(*policy.Policy)) policy.Policy {
	t.Helper()
	p, err := policy.Load(filepath.Join("testdata", "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func build(t *testing.T, p policy.Policy, e employee.Employee, f Facts) Plan {
	t.Helper()
	got, err := Build(p, e, f, builtAt)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func stepOf(t *testing.T, p Plan, id StepID) Step {
	t.Helper()
	i := position(p.Steps, id)
	if i < 0 {
		t.Fatalf("no step %s in\n%s", id, Describe(p))
	}
	return p.Steps[i]
}

// persona is a leaver with what was found about them.
type persona struct {
	person employee.Employee
	facts  Facts
}

func leaverFrom(country string) employee.Employee {
	home := map[string]employee.Address{
		"US": {Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207", Country: "US"},
		"CA": {Line1: "2 Queen St", City: "Toronto", State: "ON", Zip: "M5V 2T6", Country: "CA"},
		"DE": {Line1: "Hauptweg 3", City: "Berlin", Zip: "10115", Country: "DE"},
		"KR": {Line1: "4 Sejong-ro", City: "Seoul", Zip: "04524", Country: "KR"},
	}[country]
	return employee.Employee{
		ID: "E1042", ProfileID: "p-1042", Email: "leaver@example.com", FullName: "Lee Leaver", Status: employee.Inactive,
		WorkerType: employee.FullTime, Department: "Sales", Home: home, PersonalEmail: "leaver@example.org",
	}
}

func manager() Heir {
	return Heir{Employee: "E7", Email: "manager@example.com", Name: "Mo Manager", Why: "manager"}
}

func allFacts() Facts {
	return Facts{
		Okta: &OktaFacts{Exists: true, UserID: "00u1", Login: "leaver@example.com", Status: "ACTIVE",
			Groups: []OktaGroup{{ID: "00g1", Name: "Sales", Type: "OKTA_GROUP"}},
			Apps: []OktaApp{
				{ID: "0oa1", Name: "google", Label: "Google Workspace", Scope: scopeGroup},
				{ID: "0oa2", Name: "figma", Label: "Figma", Scope: scopeUser},
				{ID: "0oa3", Name: "crm", Label: "Customer Base", Scope: scopeUser},
				{ID: "0oa4", Name: "payroll", Label: "Payroll", Scope: scopeUser},
				{ID: "0oa5", Name: "", Label: "Wiki & Notes", Scope: scopeGroup},
			}},
		Google: &GoogleFacts{Exists: true, UserID: "111", PrimaryEmail: "leaver@example.com", MailboxReady: true,
			OwnedGroups: []string{"deals@example.com"}},
		Devices:  &DeviceFacts{Devices: []Device{laptop("12", "C02XY")}},
		Managers: []Heir{manager()},
	}
}

func laptop(id, serial string) Device {
	return Device{ID: id, Serial: serial, Model: "MacBook Pro", Kind: Computer, Managed: true, LastContact: builtAt}
}

func personas() map[string]persona {
	with := func(country string, edit func(*persona)) persona {
		p := persona{leaverFrom(country), allFacts()}
		edit(&p)
		return p
	}
	return map[string]persona{
		"us_laptop": with("US", func(*persona) {}),
		"ca_laptop_and_phone": with("CA", func(p *persona) {
			p.facts.Devices.Devices = append(p.facts.Devices.Devices, Device{ID: "3", Serial: "F17PH", Kind: Mobile, Managed: true})
		}),
		"kr_contractor": with("KR", func(p *persona) {
			p.person.WorkerType = employee.Contractor
			p.facts.Okta.Apps = p.facts.Okta.Apps[1:2]
		}),
		"de_without_devices": with("DE", func(p *persona) {
			p.facts.Devices.Devices, p.facts.Okta.Apps, p.facts.Google.OwnedGroups = nil, nil, nil
		}),
		"nobody_takes_over": with("US", func(p *persona) { p.facts.Managers = nil }),
		"cascading_okta":    with("US", func(p *persona) { p.facts.Okta.CascadesToGoogle = true }),
		"protected":         with("US", func(p *persona) { p.person.ID = "E900" }),
		"address_incomplete": with("US", func(p *persona) {
			p.person.Home = employee.Address{Line1: "1 Main St", Zip: "1220", Country: "US"}
		}),
		"gone_before": with("US", func(p *persona) {
			p.facts.Okta.Status, p.facts.Okta.Apps, p.facts.Google.Suspended, p.facts.Google.MailboxReady = "DEPROVISIONED", nil, true, false
		}),
		"no_accounts": with("US", func(p *persona) {
			p.facts.Okta, p.facts.Google = &OktaFacts{}, &GoogleFacts{}
			p.facts.Devices.Devices[0].Managed = false
		}),
		"nothing_readable": with("US", func(p *persona) { p.facts = Facts{Managers: p.facts.Managers} }),
	}
}

func TestBuild_Personas(t *testing.T) {
	for name, p := range personas() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", Describe(unhashed(build(t, testPolicy(t), p.person, p.facts))))
		})
	}
}

// The wire form of a plan is in the histories of running cases.
func TestBuild_WireForm(t *testing.T) {
	p := personas()["us_laptop"]
	got, err := json.MarshalIndent(unhashed(build(t, testPolicy(t), p.person, p.facts)), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "us_laptop.json", string(got)+"\n")
}

// unhashed keeps a key that is added to the policy from changing every golden.
func unhashed(p Plan) Plan {
	p.PolicyHash = "sha256:of-the-policy"
	return p
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./internal/plan -update writes it anew):\n%s", path, got)
	}
}

func TestBuild_WithoutEmployeeID_SaysSo(t *testing.T) {
	if _, err := Build(testPolicy(t), employee.Employee{}, Facts{}, builtAt); err == nil || !strings.Contains(err.Error(), "no employee id") {
		t.Error(err)
	}
}

func TestBuild_GroupsUnread_AreNotTakenForNone(t *testing.T) {
	f := allFacts()
	f.Google.OwnedGroups, f.Google.Unread = nil, []string{"groups"}
	if s := stepOf(t, build(t, testPolicy(t), leaverFrom("US"), f), "google.groups"); s.Preset != "" {
		t.Errorf("%+v", s)
	}
}

func TestBuild_HeirIsNeverTheLeaver(t *testing.T) {
	f := allFacts()
	self := leaverFrom("US")
	f.Managers = []Heir{{Employee: self.ID, Email: "other@example.com"}, {Employee: "E8", Email: "Leaver@example.com"}, manager()}
	if got := build(t, testPolicy(t), self, f).Heir; got == nil || got.Employee != "E7" {
		t.Errorf("heir %+v", got)
	}
}

func TestBuild_CascadeFromDirectAssignment_MovesTheAppAndLeavesTheGroups(t *testing.T) {
	f := allFacts()
	f.Okta.CascadesToGoogle, f.Okta.Apps[0].Scope = true, scopeUser
	p := build(t, testPolicy(t), leaverFrom("US"), f)
	for id, want := range map[StepID]Phase{"app.revoke:google": LeaseEnd, "okta.deactivate": LeaseEnd, "okta.groups": Apps, "app.revoke:figma": Apps} {
		if got := stepOf(t, p, id).Phase; got != want {
			t.Errorf("%s in %s, want %s", id, got, want)
		}
	}
}

func TestBuild_CascadeWithGoogleSuspendedBefore_MovesNothing(t *testing.T) {
	f := allFacts()
	f.Okta.CascadesToGoogle, f.Google.Suspended = true, true
	if got := stepOf(t, build(t, testPolicy(t), leaverFrom("US"), f), "okta.deactivate").Phase; got != Contain {
		t.Errorf("okta.deactivate in %s", got)
	}
}

func TestBuild_UnsuspendableUserInCascade_IsDeactivatedAtOnce(t *testing.T) {
	f := allFacts()
	f.Okta.CascadesToGoogle, f.Okta.Status = true, "LOCKED_OUT"
	got := stepOf(t, build(t, testPolicy(t), leaverFrom("US"), f), "okta.deactivate")
	if got.Phase != Contain || !strings.Contains(got.Note, "LOCKED_OUT") {
		t.Errorf("in %s: %s", got.Phase, got.Note)
	}
}

func TestBuild_SameAppTwice_HasTwoSteps(t *testing.T) {
	f := allFacts()
	f.Okta.Apps = []OktaApp{{ID: "0oa1", Name: "aws", Label: "AWS test"}, {ID: "0oa2", Name: "aws", Label: "AWS live"}, {ID: "0oa3", Name: ":", Label: "::"}}
	p := build(t, testPolicy(t), leaverFrom("US"), f)
	for _, id := range []StepID{"app.revoke:aws-0oa1", "app.revoke:aws-0oa2", "app.revoke:0oa3"} {
		stepOf(t, p, id)
	}
}

func TestBuild_SameSerialTwice_IsOneMachine(t *testing.T) {
	f := allFacts()
	old := laptop("5", "C02XY")
	old.LastContact = builtAt.Add(-time.Hour)
	f.Devices.Devices = []Device{old, laptop("12", "C02XY"), {ID: "6", Kind: Computer, Managed: true}}
	p := build(t, testPolicy(t), leaverFrom("US"), f)
	lock := stepOf(t, p, "jamf.lock:C02XY")
	if lock.Device.ID != "12" || !strings.Contains(lock.Note, "inventory id 5") {
		t.Errorf("%+v, note %q", lock.Device, lock.Note)
	}
	stepOf(t, p, "device.return:id-6")
}

func TestBuild_ReplyWithoutHeir_ShowsNoPlaceholder(t *testing.T) {
	s := SettingsFor(testPolicy(t), leaverFrom("US"), nil)
	if s.ReplyBody != "Lee Leaver no longer works at Example Company." || strings.Contains(s.ReplySubject, "{") {
		t.Errorf("%q, %q", s.ReplySubject, s.ReplyBody)
	}
}

func TestSettings_NameCannotBreakTheSubject(t *testing.T) {
	e := leaverFrom("US")
	e.FullName = "Lee\r\nBcc: x@example.com"
	if s := SettingsFor(testPolicy(t), e, nil); strings.ContainsAny(s.ReplySubject, "\r\n") {
		t.Errorf("%q", s.ReplySubject)
	}
}

func TestReturnOf_PhoneGetsNoBoxOfItsOwn(t *testing.T) {
	s := SettingsFor(testPolicy(t), leaverFrom("US"), nil).Return
	if got := s.Of(Device{Kind: Computer}); got.Route != ByBox || got.Device != "laptop" {
		t.Errorf("laptop: %+v", got)
	}
	if got := s.Of(Device{Kind: Mobile}); got.Route != InPerson || got.Device != "" || got.InPerson == "" {
		t.Errorf("phone: %+v", got)
	}
}

func TestContainSteps_NeedNoFactsAndNoDevices(t *testing.T) {
	steps := ContainSteps(testPolicy(t), leaverFrom("US"))
	var ids []string
	for _, s := range steps {
		ids = append(ids, string(s.ID))
		if s.Phase != Contain || s.Title == "" || strings.Contains(s.Title, "{") {
			t.Errorf("%+v", s)
		}
	}
	want := "okta.roles okta.suspend okta.sessions okta.factors okta.grants okta.devices google.roles google.password google.sessions google.tokens slack.account okta.deactivate"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What containment does before the plan is built must be steps of the plan, under the same ids.
func TestContainSteps_AndLockSteps_AreInThePlan(t *testing.T) {
	f := allFacts()
	p := build(t, testPolicy(t), leaverFrom("US"), f)
	for _, s := range append(ContainSteps(testPolicy(t), leaverFrom("US")), LockSteps(*f.Devices)...) {
		if got := stepOf(t, p, s.ID); got.Critical != s.Critical || got.Phase != Contain {
			t.Errorf("%s: %+v in the plan, %+v before it", s.ID, got, s)
		}
	}
}

func TestEffectiveAt_IsTheLeaversOwnEvening(t *testing.T) {
	day := employee.Date{Year: 2026, Month: time.November, Day: 30}
	for country, want := range map[string]string{"US": "2026-11-30T22:00:00Z", "KR": "2026-11-30T08:00:00Z", "DE": "2026-11-30T16:00:00Z"} {
		if got := EffectiveAt(testPolicy(t), leaverFrom(country), day).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", country, got, want)
		}
	}
}
