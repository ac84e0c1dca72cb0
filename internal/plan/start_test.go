package plan

import (
	"reflect"
	"testing"
	"time"

	"tenure/internal/employee"
	"tenure/internal/policy"
)

// mapsRoles is the test's policy with a mapping, and more.
func mapsRoles(t *testing.T, more string) policy.Policy {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte(`version: 1
company: {name: Example Company, domain: example.com}
time_zones: {default: America/New_York, countries: {US: America/New_York, DE: Europe/Berlin, KR: Asia/Seoul, AU: Australia/Lord_Howe}}
offboard: {custodian: it@example.com}
mapping: {login: {taken: number}, groups: [{name: staff}]}
`+more))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStartsAt_IsTheJoinersOwnMorning(t *testing.T) {
	for _, c := range []struct{ country, day, at, want string }{
		{"US", "2026-12-01", "07:00", "2026-12-01T12:00:00Z"},
		{"DE", "2026-12-01", "07:00", "2026-12-01T06:00:00Z"},
		{"KR", "2026-12-01", "07:00", "2026-11-30T22:00:00Z"},
		{"US", "2026-03-08", "02:30", "2026-03-08T07:30:00Z"}, // the hour that is skipped
		{"US", "2026-11-01", "01:30", "2026-11-01T05:30:00Z"}, // the hour that comes twice: the first
		{"AU", "2026-10-04", "02:15", "2026-10-03T15:45:00Z"}, // half an hour of summer time
		{"", "2026-07-01", "00:00", "2026-07-01T04:00:00Z"},
	} {
		day, err := employee.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		p := mapsRoles(t, "onboard: {at: '"+c.at+"'}\n")
		if got := StartsAt(p, employee.Employee{Home: employee.Address{Country: c.country}}, day).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestPrepareAt_IsPolicyDaysBefore(t *testing.T) {
	day := employee.Date{Year: 2026, Month: time.December, Day: 1}
	for more, want := range map[string]time.Duration{
		"": 7 * 24 * time.Hour, "onboard: {prepare: 0d}\n": 0, "onboard: {prepare: 36h}\n": 36 * time.Hour, "a_day_lasts: 1s\n": 7 * time.Second,
	} {
		p := mapsRoles(t, more)
		if got := StartsAt(p, leaverFrom("DE"), day).Sub(PrepareAt(p, leaverFrom("DE"), day)); got != want {
			t.Errorf("%s: %s before, want %s", more, got, want)
		}
	}
	p := mapsRoles(t, "")
	if at := StartsAt(p, leaverFrom("DE"), employee.Date{}); !at.IsZero() {
		t.Error("no day is a moment:", at)
	}
	if at := PrepareAt(p, leaverFrom("DE"), employee.Date{}); !at.IsZero() {
		t.Error("no day is a moment:", at)
	}
}

func TestSettingsFor_Role(t *testing.T) {
	got := SettingsFor(mapsRoles(t, `a_day_lasts: 1h
onboard: {google: direct, google_poll: 3m, google_deadline: 1d, activation_mail: false, rehire: auto, tell_manager: false, equipment: {models: [A], notify: [it@example.com]}}
move: {overlap: 2d, show: problems}
leave: {google: suspend}
slack: {hr_channel: hr}
`), leaverFrom("US"), nil).Role
	want := RoleSettings{On: true, Google: "direct", GooglePoll: 3 * time.Minute, GoogleDeadline: time.Hour, TakenFromHR: "number", HRChannel: "hr",
		Equipment: &Equipment{Models: []string{"A"}, OS: "macos", Speed: "2nd_day", Notify: []string{"it@example.com"},
			Before: 10 * time.Hour, Poll: 6 * time.Hour, Deadline: 14 * time.Hour},
		Overlap: 2 * time.Hour, ShowMoves: "problems", LeaveGoogle: "suspend"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	usual := SettingsFor(mapsRoles(t, ""), leaverFrom("US"), nil).Role
	want = RoleSettings{On: true, Google: "okta", GooglePoll: 5 * time.Minute, GoogleDeadline: 48 * time.Hour, ActivationMail: true, AskRehire: true,
		TakenFromHR: "number", TellManager: true, ShowMoves: "changes", LeaveGoogle: "sign_out"}
	if !reflect.DeepEqual(usual, want) {
		t.Errorf("%+v, want %+v", usual, want)
	}
	if off := SettingsFor(testPolicy(t), leaverFrom("US"), nil).Role; !reflect.DeepEqual(off, RoleSettings{}) {
		t.Errorf("without a mapping: %+v", off)
	}
}
