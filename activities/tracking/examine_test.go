package tracking

import (
	"net/http"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/simulators/easypost"
	"tenure/simulators/kit"
)

// examine looks the account over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func (r *rig) examine() map[string]activities.Finding {
	r.t.Helper()
	before := len(r.sim.Calls())
	out, err := run(r, activities.TrackingExamine, activities.Examine{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.sim.Calls()[before:] {
		if c.Method != http.MethodGet {
			r.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(r.t, "tracking", out.Findings)
	return found
}

func TestExamine_HealthyAccount_IsToldWhatWasLookedAt(t *testing.T) {
	r := newRig(t)
	found := r.examine()
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "clock", "mode", "webhook"} {
		examinetest.Want(t, found, "tracking."+check, activities.FindingOK)
	}
	examinetest.Want(t, found, "tracking.webhook", activities.FindingOK, "no webhook is set up")
	r.sim.AddWebhook("https://tenure.example.com/easypost", "made-up")
	found = r.examine()
	examinetest.Only(t, found)
	examinetest.Want(t, found, "tracking.webhook", activities.FindingOK, "all enabled")
	examinetest.Want(t, found, "tracking.mode", activities.FindingOK, "a production key")
}

func TestExamine_TestKey_SeesMadeUpParcelsAlone(t *testing.T) {
	t.Run("by its parcels", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.APIKey = easypostsim.DefaultTestKey })
		if _, err := run(r, activities.TrackingEnsure, activities.TrackParcel{Tracking: "EZ4000000004"}); err != nil {
			t.Fatal(err)
		}
		found := r.examine()
		examinetest.Only(t, found, "tracking.mode")
		examinetest.Want(t, found, "tracking.mode", activities.FindingFailure, "test key", "production key")
	})
	t.Run("by its form, before the first parcel", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.APIKey = "EZTKmade-up" })
		r.sim.Inject(kit.Fault{Path: "/v2/trackers", Status: http.StatusOK, Body: `{"trackers":[],"has_more":false}`})
		r.sim.Inject(kit.Fault{Path: "/v2/webhooks", Status: http.StatusOK, Body: `{"webhooks":[]}`})
		found := r.examine()
		examinetest.Only(t, found, "tracking.mode")
		for _, f := range found {
			if strings.Contains(f.Text+f.Why+f.Mend, "made-up") && !strings.Contains(f.Why, "made-up parcels") {
				t.Errorf("the key stands in %+v", f)
			}
		}
	})
}

func TestExamine_WebhookSwitchedOff(t *testing.T) {
	r := newRig(t)
	id := r.sim.AddWebhook("http://127.0.0.1:1/easypost", "made-up")
	r.sim.DisableAfter = 1
	r.sim.Register(code, "USPS")
	r.mustEnsure("USPS")
	r.sim.Deliver(t.Context())
	found := r.examine()
	examinetest.Only(t, found, "tracking.webhook")
	examinetest.Want(t, found, "tracking.webhook", activities.FindingWarning, id, "tenure serve")
}

func TestExamine_NotLetIn(t *testing.T) {
	for name, fault := range map[string]kit.Fault{"key refused": {Status: http.StatusUnauthorized}, "down": {Status: http.StatusServiceUnavailable},
		"throttled": {Throttle: true}, "cut": {Drop: kit.DropBefore}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Inject(fault)
			examinetest.Only(t, r.examine(), "tracking.let-in")
		})
	}
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: "/v2/webhooks", Status: http.StatusForbidden})
	examinetest.Only(t, r.examine(), "tracking.webhook")
}
