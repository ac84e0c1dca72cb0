package okta

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

const deactivatePath = "/api/v1/users/*/lifecycle/deactivate"

func TestDeactivate_EndsTheAccountWithoutMail(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Suspended))
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.Verified)
	if got := o.see(id).Status; got != oktasim.Deprovisioned {
		t.Errorf("account is %s", got)
	}
	for _, c := range o.Calls() {
		if c.Method == "POST" && c.Query != "sendEmail=false" {
			t.Errorf("deactivated with query %q", c.Query)
		}
	}
}

func TestDeactivate_AlreadyDeprovisioned_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Deprovisioned))
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.AlreadyAbsent)
	if n := o.CallsTo("POST", deactivatePath); n != 0 {
		t.Errorf("%d calls to deactivate somebody deactivated", n)
	}
}

func TestDeactivate_NoSuchAccount_IsAlreadyAbsent(t *testing.T) {
	o := newOrg(t)
	o.jo()
	wantState(t, perform(o, activities.OktaDeactivateUser, "00ugone", plan.OktaDeactivate)[0], plan.AlreadyAbsent)
}

func TestDeactivate_AnswerLost_IsVerifiedByTheRead(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Path: deactivatePath, Times: 1, Drop: kit.DropAfter})
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.Verified)
}

// quicker deactivates the account right before the call under test arrives.
type quicker struct {
	o    *org
	id   string
	next http.RoundTripper
}

func (q quicker) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		q.o.SetStatus(q.id, oktasim.Deprovisioned)
	}
	return q.next.RoundTrip(r)
}

// Okta says "not found" to the second of two deactivations: only the read tells that from a missing account.
func TestDeactivate_SomebodyWasQuicker_IsVerifiedByTheRead(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.sys = o.connect(func(c *Config) { c.Transport = quicker{o, id, c.Transport} })
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.Verified)
	if calls := o.Calls(); !slices.ContainsFunc(calls, func(c kit.Call) bool { return c.Method == http.MethodPost && c.Status == http.StatusNotFound }) {
		t.Errorf("the deactivation was not refused with 404: %+v", calls)
	}
}

func TestDeactivate_NotFoundButAlive_IsNotDone(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Path: deactivatePath, Status: 404})
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.NeedsAttention)
}

func TestDeactivate_TargetThatLies_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.Inject(kit.Fault{Method: "POST", Path: deactivatePath, Status: 200})
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.Unverified)
}

func TestDeactivate_GoesOnInTheBackground_IsPolledToTheEnd(t *testing.T) {
	o := newOrg(t, func(c *Config) { c.Patience = time.Minute })
	clock := &ticking{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), by: 100 * time.Millisecond}
	o.Clock, o.LifecycleTakes = clock.now, 10*time.Second
	id := o.jo()
	wantState(t, perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0], plan.Verified)
	if n := o.CallsTo("GET", "/api/v1/users/*"); n < 3 {
		t.Errorf("the account was read %d times: the background work did not show", n)
	}
	if n := o.CallsTo("POST", deactivatePath); n != 1 {
		t.Errorf("deactivated %d times", n)
	}
}

func TestDeactivate_StillInTheBackground_IsRetriedWithoutASecondCall(t *testing.T) {
	o := newOrg(t)
	o.LifecycleTakes = time.Hour
	id := o.jo()
	for range 2 {
		_, err := execute(o, activities.OktaDeactivateUser, performing(id, plan.OktaDeactivate))
		wantProblem(t, err, activities.Unavailable)
	}
	if n := o.CallsTo("POST", deactivatePath); n != 1 {
		t.Errorf("deactivated %d times, want 1", n)
	}
}

func TestDeactivate_AppWithoutRole_DoesNotTakeTheAccountForGone(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	app, key := o.service(t, func(a *oktasim.ServiceApp) { a.AdminRole = false })
	o.sys = o.connect(asService(app, key))
	out := perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)[0]
	wantState(t, out, plan.NeedsAttention)
	if out.Problem != activities.Forbidden {
		t.Errorf("problem %s: %s", out.Problem, out.Detail)
	}
}

func appStep(account, app, scope string) activities.UnassignApp {
	return activities.UnassignApp{Account: account, Step: plan.AppRevoke.For("chat"), App: plan.AppStep{Key: "chat", OktaID: app, Scope: scope}}
}

func TestUnassignApp_Direct_IsRemoved(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	app := o.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	out, err := execute(o, activities.OktaUnassignApp, appStep(id, app, "USER"))
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, out.Steps[0], plan.Verified)
	again, err := execute(o, activities.OktaUnassignApp, appStep(id, app, "USER"))
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, again.Steps[0], plan.AlreadyAbsent)
}

func TestUnassignApp_ByGroup_GoesWithItsGroup(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	group := o.AddGroup(oktasim.Group{Name: "Chatters", Members: map[string]string{id: oktasim.ByHand}})
	app := o.AddApp(oktasim.App{Name: "chat", Groups: []string{group}})
	out, err := execute(o, activities.OktaUnassignApp, appStep(id, app, "GROUP"))
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, out.Steps[0], plan.NotApplicable)
	if n := o.CallsTo("DELETE", "/api/v1/apps/*/users/*"); n != 0 {
		t.Errorf("%d calls against a group's assignment", n)
	}
}

func TestUnassignApp_TargetThatLies_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	app := o.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	o.Inject(kit.Fault{Method: "DELETE", Path: "/api/v1/apps/*/users/*", Status: 204})
	out, err := execute(o, activities.OktaUnassignApp, appStep(id, app, "USER"))
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, out.Steps[0], plan.Unverified)
}

func TestUnassignApp_WithoutAppID_AsksForAPerson(t *testing.T) {
	o := newOrg(t)
	out, err := execute(o, activities.OktaUnassignApp, appStep(o.jo(), "", "USER"))
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, out.Steps[0], plan.NeedsAttention)
}
