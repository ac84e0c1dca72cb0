package okta

import (
	"slices"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	"tenure/simulators/kit"
	oktasim "tenure/simulators/okta"
)

func restore(o *org, facts plan.OktaFacts, done ...plan.StepID) map[plan.StepID]activities.Outcome {
	o.t.Helper()
	out, err := execute(o, activities.OktaRestoreUser, activities.RestoreOkta{Facts: facts, Done: done})
	if err != nil {
		o.t.Fatal(err)
	}
	by := map[plan.StepID]activities.Outcome{}
	for _, s := range out.Steps {
		by[s.Step] = s
	}
	return by
}

func step1(a plan.Action) plan.StepID { return a.For("") }

func TestRestore_OnlySuspended_IsUnsuspended(t *testing.T) {
	o := newOrg(t)
	id, _, _, _, _ := grouped(o)
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend, plan.OktaSessions)
	by := restore(o, facts, step1(plan.OktaSuspend), step1(plan.OktaSessions), step1(plan.GoogleSuspend))
	wantState(t, by["okta.suspend"], plan.Verified)
	wantState(t, by["okta.sessions"], plan.NotApplicable)
	if _, ok := by["google.suspend"]; ok {
		t.Error("Google's step is not Okta's to restore")
	}
	if got := o.see(id).Status; got != oktasim.Active {
		t.Errorf("account is %s", got)
	}
	if n := o.CallsTo("PUT", "/api/v1/groups/*/users/*"); n != 0 {
		t.Errorf("%d groups added and none was missing", n)
	}
}

func TestRestore_Deactivated_ComesBackWithDirectGroupsAndApps(t *testing.T) {
	o := newOrg(t)
	id, direct, byRule, _, _ := grouped(o)
	chat := o.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	wiki := o.AddApp(oktasim.App{Name: "wiki", Users: map[string]oktasim.Assignment{id: {}}})
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)
	perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors)
	perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)

	revoked := plan.AppRevoke.For("wiki-" + wiki)
	by := restore(o, facts, revoked, step1(plan.OktaGroups), step1(plan.OktaFactors), step1(plan.OktaSuspend), step1(plan.OktaDeactivate))
	wantState(t, by["okta.suspend"], plan.Verified)
	wantState(t, by["okta.groups"], plan.Verified)
	wantState(t, by[revoked], plan.Verified)
	wantState(t, by["okta.factors"], plan.NeedsAttention)
	wantState(t, by["okta.deactivate"], plan.NeedsAttention) // activated, and its password is lost
	if !slices.Equal(by["okta.deactivate"].Items, []string{chat, wiki}) || !slices.Equal(by["okta.groups"].Items, []string{direct}) {
		t.Errorf("apps %v, groups %v", by["okta.deactivate"].Items, by["okta.groups"].Items)
	}
	now := read(o, activities.Identity{Account: id})
	if now.Status != "PROVISIONED" || len(now.Apps) != 2 || len(now.Groups) != len(facts.Groups) {
		t.Errorf("after the restoration: %+v (rule-made group %s)", now, byRule)
	}
	for _, c := range o.Calls() {
		if c.Path == "/api/v1/users/"+id+"/lifecycle/activate" && c.Query != "sendEmail=false" {
			t.Errorf("activated with query %q", c.Query)
		}
	}
	again := restore(o, facts, step1(plan.OktaGroups), step1(plan.OktaDeactivate))
	wantState(t, again["okta.groups"], plan.Verified)
}

func TestRestore_GroupsTakenByAStepCutShort_AreAddedToo(t *testing.T) {
	o := newOrg(t)
	id, direct, _, _, _ := grouped(o)
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)
	by := restore(o, facts, step1(plan.OktaSuspend))
	wantState(t, by["okta.groups"], plan.Verified)
	if !slices.Equal(by["okta.groups"].Items, []string{direct}) {
		t.Errorf("added %v", by["okta.groups"].Items)
	}
}

func TestRestore_ShutBeforeTheCase_StaysShut(t *testing.T) {
	for _, status := range []string{oktasim.Suspended, oktasim.Deprovisioned} {
		o := newOrg(t)
		id := o.jo(inStatus(status))
		facts := read(o, activities.Identity{Account: id})
		by := restore(o, facts, step1(plan.OktaSuspend), step1(plan.OktaDeactivate))
		wantState(t, by["okta.suspend"], plan.NotApplicable)
		if got := o.see(id).Status; got != status {
			t.Errorf("%s turned %s", status, got)
		}
	}
}

// Somebody on leave was offboarded by mistake: their account is suspended again, so that the return from leave opens it.
func TestRestore_SuspendedBeforeAndDeactivatedSince_IsSuspendedAgain(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Suspended))
	o.joins(id, "sales")
	chat := o.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	o.SetPassword(id) // as of an account that signs in elsewhere: it needs none
	by := restore(o, facts, step1(plan.OktaSuspend), step1(plan.OktaGroups), step1(plan.OktaDeactivate))
	wantState(t, by["okta.deactivate"], plan.Verified)
	wantState(t, by["okta.suspend"], plan.NotApplicable)
	wantState(t, by["okta.groups"], plan.Verified)
	if u := o.see(id); u.Status != oktasim.Suspended || u.ActivationMails != 0 || !slices.Equal(by["okta.deactivate"].Items, []string{chat}) {
		t.Errorf("%s, %d mails: %+v", u.Status, u.ActivationMails, by["okta.deactivate"])
	}
	o.wantGroups(id, "sales")
	before := o.Mutations()
	if again := restore(o, facts, step1(plan.OktaDeactivate)); o.Mutations() != before || o.see(id).Status != oktasim.Suspended {
		t.Errorf("repeating it wrote: %+v", again)
	}
	in := converging(role.Role{}, plan.OktaResume)
	in.Account, in.Paused = id, true
	wantAll(t, converge(o, in), plan.Verified)
}

// Okta does not suspend an account without a password: nobody is let in, and somebody is told.
func TestRestore_SuspendedBeforeAndPasswordLost_AsksForAPerson(t *testing.T) {
	o := newOrg(t)
	id := o.jo(inStatus(oktasim.Suspended))
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	by := restore(o, facts, step1(plan.OktaDeactivate))
	wantTold(t, by["okta.deactivate"], activities.Unsupported, "suspended before the case", "PROVISIONED")
	if u := o.see(id); u.Status != oktasim.Provisioned || u.ActivationMails != 0 {
		t.Errorf("%s, %d mails", u.Status, u.ActivationMails)
	}
}

// Opened by an attempt that died before it suspended the account again: the next one does.
func TestRestore_CutOffBetweenActivationAndSuspension_IsSuspendedByTheNextAttempt(t *testing.T) {
	o := newOrg(t)
	o.remember = true
	id := o.jo(inStatus(oktasim.Suspended))
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	o.SetPassword(id)
	o.heartbeat = nil
	o.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/suspend", Status: 503, Times: 1})
	_, err := execute(o, activities.OktaRestoreUser, activities.RestoreOkta{Facts: facts, Done: []plan.StepID{step1(plan.OktaDeactivate)}})
	wantProblem(t, err, activities.Unavailable)
	if got := o.see(id).Status; got != oktasim.Active {
		t.Fatalf("account is %s", got)
	}
	by := restore(o, facts, step1(plan.OktaDeactivate))
	wantState(t, by["okta.deactivate"], plan.Verified)
	if s := by["okta.deactivate"]; s.Executed.IsZero() || o.see(id).Status != oktasim.Suspended {
		t.Errorf("%s: %+v", o.see(id).Status, s)
	}
}

// Who opened the account while the case ran did it knowingly: it is not shut again.
func TestRestore_SuspendedBeforeAndOpenedByHand_IsLeft(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	by := restore(o, plan.OktaFacts{Exists: true, UserID: id, Status: oktasim.Suspended}, step1(plan.OktaSuspend))
	wantState(t, by["okta.suspend"], plan.NotApplicable)
	if o.Mutations() != 0 {
		t.Errorf("%d writes", o.Mutations())
	}
}

func TestRestore_WhatOnlyAPersonCanDo(t *testing.T) {
	o := newOrg(t)
	id := o.jo(func(u *oktasim.User) { u.Roles = []oktasim.Role{{Type: "HELP_DESK_ADMIN"}} })
	o.AddDevice(oktasim.Device{Name: "Jo's laptop", Users: []string{id}})
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaRevokeCredentials, id, plan.OktaFactors, plan.OktaDevices)
	by := restore(o, facts, step1(plan.OktaRoles), step1(plan.OktaFactors), step1(plan.OktaDevices), step1(plan.OktaGrants))
	for _, step := range []plan.StepID{"okta.roles", "okta.factors", "okta.devices"} {
		wantState(t, by[step], plan.NeedsAttention)
	}
	wantState(t, by["okta.grants"], plan.NotApplicable)
}

func TestRestore_FactorsEnrolledAgain_AreVerified(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	by := restore(o, read(o, activities.Identity{Account: id}), step1(plan.OktaFactors))
	wantState(t, by["okta.factors"], plan.Verified)
}

func TestRestore_TargetThatLies_IsUnverified(t *testing.T) {
	o := newOrg(t)
	id, _, _, _, _ := grouped(o)
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaCutAccess, id, plan.OktaSuspend)
	perform(o, activities.OktaRemoveGroups, id, plan.OktaGroups)
	o.Inject(kit.Fault{Method: "POST", Path: "/api/v1/users/*/lifecycle/unsuspend", Status: 200})
	o.Inject(kit.Fault{Method: "PUT", Path: "/api/v1/groups/*/users/*", Status: 204})
	by := restore(o, facts, step1(plan.OktaSuspend), step1(plan.OktaGroups))
	wantState(t, by["okta.suspend"], plan.Unverified)
	wantState(t, by["okta.groups"], plan.Unverified)
}

func TestRestore_AppThatDoesNotComeBack_AsksForAPerson(t *testing.T) {
	o := newOrg(t)
	id := o.jo()
	o.AddApp(oktasim.App{Name: "chat", Users: map[string]oktasim.Assignment{id: {}}})
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	o.Inject(kit.Fault{Method: "POST", Path: "/api/v1/apps/*/users", Status: 200})
	revoked := plan.AppRevoke.For("chat")
	by := restore(o, facts, step1(plan.OktaDeactivate), revoked)
	wantState(t, by[revoked], plan.NeedsAttention)
	if out := by["okta.deactivate"]; out.State != plan.NeedsAttention || len(out.Items) != 0 {
		t.Errorf("outcome %+v", out)
	}
}

func TestRestore_ActivationInTheBackground_IsPolledToTheEnd(t *testing.T) {
	o := newOrg(t, func(c *Config) { c.Patience = time.Minute })
	id := o.jo()
	facts := read(o, activities.Identity{Account: id})
	perform(o, activities.OktaDeactivateUser, id, plan.OktaDeactivate)
	clock := &ticking{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), by: 100 * time.Millisecond}
	o.Clock, o.LifecycleTakes = clock.now, 5*time.Second
	by := restore(o, facts, step1(plan.OktaDeactivate))
	wantState(t, by["okta.deactivate"], plan.NeedsAttention)
	if got := o.see(id).Status; got != oktasim.Provisioned {
		t.Errorf("account is %s", got)
	}
}

func TestRestore_AccountGone_AsksForAPerson(t *testing.T) {
	o := newOrg(t)
	o.jo()
	by := restore(o, plan.OktaFacts{Exists: true, UserID: "00ugone", Status: "ACTIVE"}, step1(plan.OktaDeactivate))
	wantState(t, by["okta.deactivate"], plan.NeedsAttention)
}

func TestRestore_NoAccountBefore_DoesNothing(t *testing.T) {
	o := newOrg(t)
	if by := restore(o, plan.OktaFacts{}, step1(plan.OktaSuspend)); len(by) != 0 {
		t.Errorf("outcomes %v", by)
	}
	if n := len(o.Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}
