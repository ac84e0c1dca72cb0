package jamf

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

func serials(devices []plan.Device) string {
	var out []string
	for _, d := range devices {
		out = append(out, d.Serial)
	}
	return strings.Join(out, " ")
}

func TestFindDevices_ReturnsThePersonsDevicesOnly(t *testing.T) {
	cases := []struct {
		name, who, domain string
		device            jamfsim.Device
		want              bool
	}{
		{"by address", "jo@example.com", "", jamfsim.Device{Email: "jo@example.com"}, true},
		{"by address in other letters", "Jo@Example.com", "", jamfsim.Device{Email: "JO@example.COM"}, true},
		{"by user name that is the address", "jo@example.com", "", jamfsim.Device{Username: "jo@example.com"}, true},
		{"address with a plus", "jo+mac@example.com", "", jamfsim.Device{Email: "jo+mac@example.com"}, true},
		{"address with a quote", `o"neil@example.com`, "", jamfsim.Device{Email: `o"neil@example.com`}, true},
		{"user name is theirs, address is somebody else's", "jo@example.com", "", jamfsim.Device{Username: "jo@example.com", Email: "kim@example.com"}, false},
		{"a star matches in Jamf but not here", "*@example.com", "", jamfsim.Device{Email: "kim@example.com"}, false},
		{"bare user name, no domain set", "jo@example.com", "", jamfsim.Device{Username: "jo"}, false},
		{"bare user name in the set domain", "jo@example.com", "Example.com", jamfsim.Device{Username: "Jo"}, true},
		{"bare user name, person of another domain", "jo@other.example", "example.com", jamfsim.Device{Username: "jo"}, false},
		{"nobody's", "jo@example.com", "", jamfsim.Device{}, false},
	}
	for _, c := range cases {
		for _, kind := range []jamfsim.Kind{jamfsim.Computer, jamfsim.Mobile} {
			t.Run(c.name+" "+string(kind), func(t *testing.T) {
				r := newRig(t, new(jamfsim.Simulator), func(cfg *Config) { cfg.UserDomain = c.domain })
				d := c.device
				d.Serial, d.Kind = "S1", kind
				r.sim.AddDevice(d)
				if got := serials(r.find(c.who)); (got == "S1") != c.want {
					t.Errorf("found %q, want found %v", got, c.want)
				}
			})
		}
	}
}

func TestFindDevices_FillsTheFacts(t *testing.T) {
	contact, enrolled := theCase.Opened.Add(-time.Hour), theCase.Opened.AddDate(0, -3, 0)
	for _, version := range []string{"11.30.1-t1", "11.29.4"} {
		r := newRig(t, &jamfsim.Simulator{Version: version})
		seeded := r.sim.AddDevice(jamfsim.Device{Serial: "C02XY", Name: "jos-mac", Model: "MacBook Air", AssetTag: "A-77", Email: "jo@example.com",
			OSVersion: "15.2", LastContact: contact, LastEnrolled: enrolled})
		r.sim.AddDevice(jamfsim.Device{Serial: "F9ZZ", Kind: jamfsim.Mobile, Email: "jo@example.com", Unmanaged: true})
		got := r.find("jo@example.com")
		if serials(got) != "C02XY F9ZZ" {
			t.Fatalf("version %s: %+v", version, got)
		}
		want := plan.Device{ID: seeded.ID, ManagementID: seeded.ManagementID, Serial: "C02XY", Name: "jos-mac", Model: "MacBook Air",
			AssetTag: "A-77", Kind: plan.Computer, Managed: true, AppleSilicon: true, OSVersion: "15.2", LastContact: contact, LastEnrolled: enrolled}
		if got[0] != want {
			t.Errorf("version %s:\n got %+v\nwant %+v", version, got[0], want)
		}
		if got[1].Kind != plan.Mobile || got[1].Managed {
			t.Errorf("phone: %+v", got[1])
		}
	}
}

func TestFindDevices_ManyDevices_AllPagesAreRead(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	for i := range 230 {
		r.sim.AddDevice(jamfsim.Device{Serial: "S" + string(rune('A'+i%26)) + strings.Repeat("x", i/26), Email: "lab@example.com"})
	}
	if n := len(r.find("lab@example.com")); n != 230 {
		t.Errorf("found %d of 230", n)
	}
}

func TestFindDevices_NoAddress_AsksNobody(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	r.sim.AddDevice(jamfsim.Device{Serial: "FREE"})
	for _, email := range []string{"", "  ", "jo"} {
		_, err := run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: email})
		wantProblem(t, err, activities.InvalidInput, "identity.email")
	}
	if len(r.sim.Calls()) != 0 {
		t.Error("Jamf was asked for nobody's devices")
	}
}

func TestInventory_VersionIsChosenByTheServer(t *testing.T) {
	cases := []struct {
		name string
		sim  *jamfsim.Simulator
		path string
	}{
		{"current", &jamfsim.Simulator{}, "/api/v4/computers-inventory"},
		{"older", &jamfsim.Simulator{Version: "11.29.1-t9"}, "/api/v3/computers-inventory"},
		{"says it is current but is not", &jamfsim.Simulator{NoV4: true}, "/api/v3/computers-inventory"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.sim)
			d := r.mac(jamfsim.Device{})
			r.find("jo@example.com")
			if n := c.sim.CallsTo(http.MethodGet, c.path); n != 2 {
				t.Errorf("%d calls to %s: %+v", n, c.path, c.sim.Calls())
			}
			if n := c.sim.CallsTo(http.MethodGet, "/api/v1/jamf-pro-version"); n != 1 {
				t.Errorf("the version was asked %d times", n)
			}
			wantState(t, r.lock(d).Outcome, plan.Verified)
		})
	}
}

func TestToken_IsRefreshedBeforeItsEnd(t *testing.T) {
	r := newRig(t, &jamfsim.Simulator{TokenLife: 60 * time.Second})
	fetched := func() int { return r.sim.CallsTo(http.MethodPost, "/api/v1/oauth/token") }
	r.find("jo@example.com")
	r.pass(40 * time.Second)
	r.find("jo@example.com")
	if fetched() != 1 {
		t.Errorf("%d tokens within 40 s", fetched())
	}
	r.pass(10 * time.Second)
	r.find("jo@example.com")
	if fetched() != 2 {
		t.Errorf("%d tokens at 50 s of 59: it should be refreshed at 80 %%", fetched())
	}
	for _, c := range r.sim.Calls() {
		if c.Status == http.StatusUnauthorized {
			t.Errorf("a call was made with an ended token: %+v", c)
		}
	}
}

func TestToken_CutShort_IsFetchedOnceMore(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.RevokeTokens()
	wantState(t, r.lock(d).Outcome, plan.Verified)
	if r.locksSent() != 1 {
		t.Errorf("%d locks were sent", r.locksSent())
	}
}

func TestToken_RefusedForGood_IsForbidden(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator), func(cfg *Config) { cfg.ClientSecret = "hunter2" })
	_, err := run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: "jo@example.com"})
	wantProblem(t, err, activities.Forbidden, "client id or secret")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error holds the secret: %v", err)
	}
	r = newRig(t, new(jamfsim.Simulator))
	r.sim.Inject(kit.Fault{Path: "/api/v2/**", Status: http.StatusUnauthorized})
	_, err = run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: "jo@example.com"})
	wantProblem(t, err, activities.Forbidden, "access token")
	if n := r.sim.CallsTo(http.MethodGet, "/api/v2/mobile-devices/detail"); n != 2 {
		t.Errorf("%d calls; a refused token is replaced once", n)
	}
}

func TestNew_RefusesBadSettings(t *testing.T) {
	good := Config{BaseURL: "https://acme.example.com", ClientID: "id", ClientSecret: "hunter2"}
	cases := []struct {
		name, want string
		change     func(*Config)
		vault      PINVault
	}{
		{"no scheme", "jamf base URL", func(c *Config) { c.BaseURL = "acme.example.com" }, &memoryVault{}},
		{"no client id", "jamf client id", func(c *Config) { c.ClientID = "" }, &memoryVault{}},
		{"no secret", "jamf client secret", func(c *Config) { c.ClientSecret = "" }, &memoryVault{}},
		{"token path", "jamf token path", func(c *Config) { c.TokenPath = "api" }, &memoryVault{}},
		{"no vault", "PIN vault", func(*Config) {}, nil},
	}
	for _, c := range cases {
		cfg := good
		c.change(&cfg)
		if _, err := New(cfg, c.vault); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := New(good, &memoryVault{}); err != nil {
		t.Errorf("good settings: %v", err)
	}
}
