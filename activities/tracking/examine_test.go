package tracking

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenure/activities"
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
	found := map[string]activities.Finding{}
	for _, f := range out.Findings {
		if _, twice := found[f.Check]; twice || f.System != "tracking" || !strings.HasPrefix(f.Check, "tracking.") || f.Text == "" {
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

func TestExamine_HealthyAccount_IsToldWhatWasLookedAt(t *testing.T) {
	r := newRig(t)
	found := r.examine()
	wantOnly(t, found)
	for _, check := range []string{"let-in", "clock", "mode", "webhook"} {
		wantFinding(t, found, "tracking."+check, activities.FindingOK)
	}
	wantFinding(t, found, "tracking.webhook", activities.FindingOK, "no webhook is set up")
	r.sim.AddWebhook("https://tenure.example.com/easypost", "made-up")
	found = r.examine()
	wantOnly(t, found)
	wantFinding(t, found, "tracking.webhook", activities.FindingOK, "all enabled")
	wantFinding(t, found, "tracking.mode", activities.FindingOK, "a production key")
}

func TestExamine_TestKey_SeesMadeUpParcelsAlone(t *testing.T) {
	t.Run("by its parcels", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.APIKey = easypostsim.DefaultTestKey })
		if _, err := run(r, activities.TrackingEnsure, activities.TrackParcel{Tracking: "EZ4000000004"}); err != nil {
			t.Fatal(err)
		}
		found := r.examine()
		wantOnly(t, found, "tracking.mode")
		wantFinding(t, found, "tracking.mode", activities.FindingFailure, "test key", "production key")
	})
	t.Run("by its form, before the first parcel", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.APIKey = "EZTKmade-up" })
		r.sim.Inject(kit.Fault{Path: "/v2/trackers", Status: http.StatusOK, Body: `{"trackers":[],"has_more":false}`})
		r.sim.Inject(kit.Fault{Path: "/v2/webhooks", Status: http.StatusOK, Body: `{"webhooks":[]}`})
		found := r.examine()
		wantOnly(t, found, "tracking.mode")
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
	wantOnly(t, found, "tracking.webhook")
	wantFinding(t, found, "tracking.webhook", activities.FindingWarning, id, "tenure serve")
}

func TestExamine_NotLetIn(t *testing.T) {
	for name, fault := range map[string]kit.Fault{"key refused": {Status: http.StatusUnauthorized}, "down": {Status: http.StatusServiceUnavailable},
		"throttled": {Throttle: true}, "cut": {Drop: kit.DropBefore}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.sim.Inject(fault)
			wantOnly(t, r.examine(), "tracking.let-in")
		})
	}
	r := newRig(t)
	r.sim.Inject(kit.Fault{Path: "/v2/webhooks", Status: http.StatusForbidden})
	wantOnly(t, r.examine(), "tracking.webhook")
}
