package jamf

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

// server is a stand-in with one Mac whose clock is this machine's.
func server(t *testing.T, sim *jamfsim.Simulator) *rig {
	t.Helper()
	r := newRig(t, sim)
	r.now = time.Now()
	sim.AddDevice(jamfsim.Device{Serial: "C02XY", Email: "jo@example.com"})
	return r
}

// examine looks the server over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func (r *rig) examine() map[string]activities.Finding {
	r.t.Helper()
	out, err := run(r, activities.JamfExamine, activities.Examine{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.sim.Calls() {
		if c.Method != http.MethodGet && c.Path != DefaultTokenPath {
			r.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := map[string]activities.Finding{}
	for _, f := range out.Findings {
		if _, twice := found[f.Check]; twice || f.System != "jamf" || !strings.HasPrefix(f.Check, "jamf.") || f.Text == "" {
			r.t.Errorf("finding %+v", f)
		}
		if f.Severity != activities.FindingOK && (f.Why == "" || f.Mend == "") {
			r.t.Errorf("%s says not why it matters or what to do: %+v", f.Check, f)
		}
		found[f.Check] = f
	}
	return found
}

func wantFinding(t *testing.T, found map[string]activities.Finding, check string, s activities.Severity, words ...string) {
	t.Helper()
	f, ok := found[check]
	if !ok || f.Severity != s {
		t.Fatalf("%s is %+v, want %s; all: %+v", check, f, s, found)
	}
	for _, w := range words {
		if !strings.Contains(f.Text+" "+f.Why+" "+f.Mend, w) {
			t.Errorf("%s does not say %q: %+v", check, w, f)
		}
	}
}

func wantOnly(t *testing.T, found map[string]activities.Finding, checks ...string) {
	t.Helper()
	var got []string
	for check, f := range found {
		if f.Severity != activities.FindingOK {
			got = append(got, check)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, checks) {
		t.Fatalf("not well: %v, want %v; all: %+v", got, checks, found)
	}
}

func TestExamine_HealthyServer_IsToldWhatWasLookedAt(t *testing.T) {
	for _, version := range []string{"", "11.24.0-t1"} {
		found := server(t, &jamfsim.Simulator{Version: version}).examine()
		wantOnly(t, found)
		for _, check := range []string{"let-in", "clock", "version", "inventory", "privileges"} {
			wantFinding(t, found, "jamf."+check, activities.FindingOK)
		}
	}
}

func TestExamine_PrivilegeMissing_IsNamedBeforeACommandIsSent(t *testing.T) {
	for _, n := range needs {
		t.Run(n.privilege, func(t *testing.T) {
			r := server(t, &jamfsim.Simulator{})
			r.sim.Deny(n.privilege)
			found := r.examine()
			wantFinding(t, found, "jamf.privilege."+n.check, n.severity, n.privilege, "API roles and clients")
			if n.privilege == readComputers {
				wantOnly(t, found, "jamf.inventory", "jamf.privilege."+n.check)
				return
			}
			wantOnly(t, found, "jamf.privilege."+n.check)
		})
	}
	t.Run("they cannot be read", func(t *testing.T) {
		found := server(t, &jamfsim.Simulator{HidePrivileges: true}).examine()
		wantOnly(t, found, "jamf.privileges")
		wantFinding(t, found, "jamf.privileges", activities.FindingWarning, sendLock, viewCommands)
	})
	t.Run("they are refused", func(t *testing.T) {
		r := server(t, &jamfsim.Simulator{})
		r.sim.Inject(kit.Fault{Path: "/api/v1/auth", Status: http.StatusForbidden})
		wantOnly(t, r.examine(), "jamf.privileges")
	})
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("the server is too old", func(t *testing.T) {
		found := server(t, &jamfsim.Simulator{Version: "11.20.1-t1"}).examine()
		wantOnly(t, found, "jamf.inventory", "jamf.version")
		wantFinding(t, found, "jamf.version", activities.FindingFailure, "11.20.1", "11.23")
	})
	t.Run("another site's role sees nothing", func(t *testing.T) {
		r := newRig(t, &jamfsim.Simulator{})
		r.now = time.Now()
		found := r.examine()
		wantOnly(t, found, "jamf.inventory")
		wantFinding(t, found, "jamf.inventory", activities.FindingWarning, "no computers at all", "all sites")
	})
	t.Run("our clock is wrong", func(t *testing.T) {
		r := server(t, &jamfsim.Simulator{})
		r.now = time.Now().Add(-time.Hour)
		found := r.examine()
		wantOnly(t, found, "jamf.clock")
		wantFinding(t, found, "jamf.clock", activities.FindingFailure, "ours is behind")
	})
}

func TestExamine_VendorAway_IsAFinding(t *testing.T) {
	for name, fault := range map[string]kit.Fault{
		"down": {Status: http.StatusServiceUnavailable}, "cut": {Drop: kit.DropBefore},
		"secret refused": {Path: DefaultTokenPath, Status: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			r := server(t, &jamfsim.Simulator{})
			r.sim.Inject(fault)
			wantOnly(t, r.examine(), "jamf.let-in")
		})
	}
}
