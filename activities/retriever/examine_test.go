package retriever

import (
	"net/http"
	"testing"
	"time"

	"tenure/activities"
	"tenure/activities/examinetest"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

// account is a stand-in by this machine's clock.
func account(t *testing.T, change ...func(*Config)) *rig {
	t.Helper()
	r := newRig(t, &retrieversim.Simulator{}, change...)
	r.now = time.Now()
	return r
}

// examine looks the account over. Whatever it finds, it only reads, and everything that is not well says why it
// matters and what to do.
func (r *rig) examine() map[string]activities.Finding {
	r.t.Helper()
	out, err := run(r, activities.RetrieverExamine, activities.Examine{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.sim.Calls() {
		if c.Method != http.MethodGet {
			r.t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
	found := examinetest.ByCheck(r.t, "retriever", out.Findings)
	return found
}

func TestExamine_HealthyAccount_IsToldWhatWasLookedAt(t *testing.T) {
	r := account(t)
	found := r.examine()
	examinetest.Only(t, found)
	for _, check := range []string{"let-in", "clock", "balance", "return-address"} {
		examinetest.Want(t, found, "retriever."+check, activities.FindingOK)
	}
	examinetest.Want(t, found, "retriever.balance", activities.FindingOK, "20 of laptop")
	if n := len(r.sim.Calls()); n != 2 {
		t.Errorf("%d reads of the day's 500, want 2", n)
	}
}

func TestExamine_Balance(t *testing.T) {
	for name, c := range map[string]struct {
		left  int
		words string
	}{"none": {0, "no prepaid laptop return is left"}, "few": {2, "2 of laptop"}} {
		t.Run(name, func(t *testing.T) {
			r := account(t)
			for _, device := range []string{"laptop", "canada_laptop", "canada_canada_laptop", "uk_laptop"} {
				r.sim.SetBalance(device, 0)
			}
			r.sim.SetBalance("laptop", c.left)
			found := r.examine()
			examinetest.Only(t, found, "retriever.balance")
			examinetest.Want(t, found, "retriever.balance", activities.FindingWarning, c.words, "top up")
		})
	}
	t.Run("unread", func(t *testing.T) {
		r := account(t)
		r.sim.Inject(kit.Fault{Path: "/api/v2/prepaid_balances/", Status: http.StatusServiceUnavailable})
		examinetest.Only(t, r.examine(), "retriever.balance")
	})
}

func TestExamine_ReturnAddress(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Company)
		words  string
	}{
		"short ZIP":    {func(c *Company) { c.Zip = "10001-321" }, "10001-321"},
		"no state":     {func(c *Company) { c.State = " " }, "no state"},
		"Canadian ZIP": {func(c *Company) { c.Country, c.State = "CA", "ON" }, "Canada"},
	} {
		t.Run(name, func(t *testing.T) {
			r := account(t, func(cfg *Config) { c.change(&cfg.Company) })
			found := r.examine()
			examinetest.Only(t, found, "retriever.return-address")
			examinetest.Want(t, found, "retriever.return-address", activities.FindingWarning, c.words, "retriever.return_to")
		})
	}
	good := account(t, func(cfg *Config) { cfg.Company.Country, cfg.Company.State, cfg.Company.Zip = "CA", "ON", "M5V 2T6" })
	examinetest.Only(t, good.examine())
}

func TestExamine_NotLetIn(t *testing.T) {
	t.Run("the key's owner was removed", func(t *testing.T) {
		r := account(t)
		r.sim.RevokeKey(retrieversim.DefaultKey)
		found := r.examine()
		examinetest.Only(t, found, "retriever.let-in")
		examinetest.Want(t, found, "retriever.let-in", activities.FindingFailure, "portal user is removed")
	})
	t.Run("reads used up", func(t *testing.T) {
		r := account(t)
		r.sim.Inject(kit.Fault{Throttle: true})
		found := r.examine()
		examinetest.Only(t, found, "retriever.let-in")
		examinetest.Want(t, found, "retriever.let-in", activities.FindingWarning, "used up", "500 reads a day")
	})
	for name, fault := range map[string]kit.Fault{"down": {Status: http.StatusServiceUnavailable}, "cut": {Drop: kit.DropBefore},
		"a page for people": {Status: http.StatusOK, Body: "<html>"}} {
		t.Run(name, func(t *testing.T) {
			r := account(t)
			r.sim.Inject(fault)
			examinetest.Only(t, r.examine(), "retriever.let-in")
		})
	}
}

func TestExamine_OurClockIsWrong(t *testing.T) {
	r := account(t)
	r.now = time.Now().Add(time.Minute)
	examinetest.Only(t, r.examine(), "retriever.clock")
}
