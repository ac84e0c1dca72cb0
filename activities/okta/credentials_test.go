package okta

import (
	"slices"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func TestRevokeCredentials_TakesFactorsGrantsAndTokens(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Suspended))
	for _, out := range perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors, plan.OktaGrants) {
		wantState(t, out, plan.Verified)
	}
	if u := o.see(id); len(u.Factors)+len(u.Grants)+len(u.Tokens) != 0 {
		t.Errorf("left: %d factors, %d grants, %d tokens", len(u.Factors), len(u.Grants), len(u.Tokens))
	}
	for _, out := range perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors, plan.OktaGrants) {
		wantState(t, out, plan.AlreadyAbsent)
	}
}

func TestFactors_ResetRefusedForSuspended_AreDeletedOneByOne(t *testing.T) {
	o := newOrg(t)
	o.FactorsNeedActive = true
	id := o.jo(inStatus(oktasim.Suspended))
	wantState(t, perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors)[0], plan.Verified)
	if n := o.CallsTo("DELETE", "/api/v1/users/*/factors/*"); n != 2 {
		t.Errorf("%d factors deleted, want 2", n)
	}
}

func TestRevokeCredentials_Deprovisioned_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Deprovisioned))
	for _, out := range perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors, plan.OktaGrants) {
		wantState(t, out, plan.AlreadyAbsent)
	}
}

func TestRevokeCredentials_TargetThatLies_IsUnverified(t *testing.T) {
	cases := []struct {
		action plan.Action
		faults []kit.Fault
	}{
		{plan.OktaFactors, []kit.Fault{{Method: "POST", Path: "/api/v1/users/*/lifecycle/reset_factors", Status: 200}}},
		{plan.OktaGrants, []kit.Fault{{Method: "DELETE", Path: "/api/v1/users/*/grants", Status: 204}}},
		{plan.OktaGrants, []kit.Fault{{Method: "DELETE", Path: "/api/v1/users/*/clients/*/tokens", Status: 204}}},
		{plan.OktaDevices, []kit.Fault{{Method: "POST", Path: "/api/v1/devices/*/lifecycle/deactivate", Status: 204}, {Method: "DELETE", Path: "/api/v1/devices/*", Status: 204}}},
	}
	for _, c := range cases {
		t.Run(string(c.action), func(t *testing.T) {
			o := newOrg(t)
			id := o.jo()
			o.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
			for _, f := range c.faults {
				o.Inject(f)
			}
			wantState(t, perform(o, activities.OktaRevokeCredentials, id, c.action)[0], plan.Unverified)
		})
	}
}

func TestDevices_SharedOneIsLeftAndListed(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	kim := o.AddUser(oktasim.User{Profile: oktasim.Profile{Login: "kim@example.com"}})
	own := o.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
	shared := o.AddDevice(oktasim.Device{Name: "Front desk", Users: []string{id, kim}})

	out := perform(o, activities.OktaRevokeCredentials, id, plan.OktaDevices)[0]
	wantState(t, out, plan.Verified)
	if _, ok := o.Device(own); ok {
		t.Error("Jo's own device is still there")
	}
	if d, ok := o.Device(shared); !ok || d.Status != oktasim.Active || len(d.Users) != 2 {
		t.Errorf("the shared device is %+v", d)
	}
	if !slices.Equal(out.Items, []string{own}) || !strings.Contains(out.Detail, shared) {
		t.Errorf("items %v, detail %q", out.Items, out.Detail)
	}
	again := perform(o, activities.OktaRevokeCredentials, id, plan.OktaDevices)[0]
	wantState(t, again, plan.NotApplicable)
	if !slices.Equal(again.Items, []string{shared}) {
		t.Errorf("shared devices listed: %v", again.Items)
	}
}

func TestDevices_AttemptDiedBetweenDeactivateAndDelete_RetryDeletes(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	device := o.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
	o.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/devices/*", Times: 1, Status: 503})
	_, err := execute(o, activities.OktaRevokeCredentials, performing(id, plan.OktaDevices))
	wantProblem(t, err, activities.Unavailable)
	if d, ok := o.Device(device); !ok || len(d.Users) != 0 {
		t.Fatalf("the device should be deactivated and linked to nobody: %+v", d)
	}
	o.heartbeat = []activities.Outcome{{Step: plan.OktaDevices.For(""), Items: []string{device}}}
	wantState(t, perform(o, activities.OktaRevokeCredentials, id, plan.OktaDevices)[0], plan.Verified)
	if _, ok := o.Device(device); ok {
		t.Error("the device outlived the retry")
	}
}

func TestDevices_ClassicEngine_IsNotApplicable(t *testing.T) {
	o := newOrg(t)
	o.Classic = true
	wantState(t, perform(o, activities.OktaRevokeCredentials, o.jo(), plan.OktaDevices)[0], plan.NotApplicable)
}

func TestDevices_NoRightToRead_AsksForAPerson(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "GET", Path: "/api/v1/users/*/devices", Status: 403})
	wantState(t, perform(o, activities.OktaRevokeCredentials, id, plan.OktaDevices)[0], plan.NeedsAttention)
}

func TestDevices_None_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	wantState(t, perform(o, activities.OktaRevokeCredentials, o.jo(), plan.OktaDevices)[0], plan.AlreadyAbsent)
}

func TestDevices_OfDeactivatedAccount_AreStillRemoved(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Deprovisioned))
	o.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
	wantState(t, perform(o, activities.OktaRevokeCredentials, id, plan.OktaDevices)[0], plan.Verified)
}
