package jamf

import (
	"net/http"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
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
	found := examinetest.ByCheck(r.t, "jamf", out.Findings)
	return found
}

func TestExamine_HealthyServer_IsToldWhatWasLookedAt(t *testing.T) {
	for _, version := range []string{"", "11.24.0-t1"} {
		found := server(t, &jamfsim.Simulator{Version: version}).examine()
		examinetest.Only(t, found)
		for _, check := range []string{"let-in", "clock", "version", "inventory", "privileges"} {
			examinetest.Want(t, found, "jamf."+check, activities.FindingOK)
		}
	}
}

func TestExamine_PrivilegeMissing_IsNamedBeforeACommandIsSent(t *testing.T) {
	for _, n := range needs {
		t.Run(n.privilege, func(t *testing.T) {
			r := server(t, &jamfsim.Simulator{})
			r.sim.Deny(n.privilege)
			found := r.examine()
			examinetest.Want(t, found, "jamf.privilege."+n.check, n.severity, n.privilege, "API roles and clients")
			if n.privilege == readComputers {
				examinetest.Only(t, found, "jamf.inventory", "jamf.privilege."+n.check)
				return
			}
			examinetest.Only(t, found, "jamf.privilege."+n.check)
		})
	}
	t.Run("they cannot be read", func(t *testing.T) {
		found := server(t, &jamfsim.Simulator{HidePrivileges: true}).examine()
		examinetest.Only(t, found, "jamf.privileges")
		examinetest.Want(t, found, "jamf.privileges", activities.FindingWarning, sendLock, viewCommands)
	})
	t.Run("they are refused", func(t *testing.T) {
		r := server(t, &jamfsim.Simulator{})
		r.sim.Inject(kit.Fault{Path: "/api/v1/auth", Status: http.StatusForbidden})
		examinetest.Only(t, r.examine(), "jamf.privileges")
	})
}

func TestExamine_SilentTraps(t *testing.T) {
	t.Run("the server is too old", func(t *testing.T) {
		found := server(t, &jamfsim.Simulator{Version: "11.20.1-t1"}).examine()
		examinetest.Only(t, found, "jamf.inventory", "jamf.version")
		examinetest.Want(t, found, "jamf.version", activities.FindingFailure, "11.20.1", "11.23")
	})
	t.Run("another site's role sees nothing", func(t *testing.T) {
		r := newRig(t, &jamfsim.Simulator{})
		r.now = time.Now()
		found := r.examine()
		examinetest.Only(t, found, "jamf.inventory")
		examinetest.Want(t, found, "jamf.inventory", activities.FindingWarning, "no computers at all", "all sites")
	})
	t.Run("our clock is wrong", func(t *testing.T) {
		r := server(t, &jamfsim.Simulator{})
		r.now = time.Now().Add(-time.Hour)
		found := r.examine()
		examinetest.Only(t, found, "jamf.clock")
		examinetest.Want(t, found, "jamf.clock", activities.FindingFailure, "ours is behind")
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
			examinetest.Only(t, r.examine(), "jamf.let-in")
		})
	}
}
