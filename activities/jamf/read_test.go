package jamf

import (
	"net/http"
	"strings"
	"testing"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

func TestReadLock_WakesTheMac(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{Offline: true})
	st := r.lock(d)
	ask := activities.ReadLock{CaseRef: theCase, Step: plan.JamfLock.For(d.Serial), Device: d, Command: st.Command, Wake: true}
	got, err := run(r, activities.JamfReadLock, ask)
	if err != nil {
		t.Fatal(err)
	}
	wantState(t, got.Outcome, plan.Waiting)
	if r.sim.CallsTo(http.MethodPost, "/api/v2/mdm/blank-push") != 1 {
		t.Error("the Mac was not woken")
	}
	r.sim.Inject(kit.Fault{Path: "/api/v2/mdm/blank-push", Status: 500})
	if got, err = run(r, activities.JamfReadLock, ask); err != nil || !strings.Contains(got.Outcome.Detail, "could not be woken") {
		t.Errorf("a failed push should be told, not fail the read: %+v %v", got, err)
	}
}

func TestReadLock_CancelledInJamf_AsksForAPersonAndARetrySends(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{Offline: true})
	st := r.lock(d)
	r.sim.CancelCommand(st.Command)
	o := r.read(d, st.Command).Outcome
	wantState(t, o, plan.NeedsAttention)
	if !strings.Contains(o.Detail, "cancelled") {
		t.Errorf("%+v", o)
	}
	again := r.lock(d)
	if again.Adopted || again.Command == st.Command {
		t.Errorf("%+v", again)
	}
	if got := r.read(d, st.Command); got.Command != again.Command {
		t.Errorf("the lock of the case should be found by the old command too: %+v", got)
	}
}

func TestReadLock_PassingFault_IsRetried(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.Inject(kit.Fault{Path: commandsPath, Status: 502})
	_, err := run(r, activities.JamfReadLock, activities.ReadLock{CaseRef: theCase, Step: plan.JamfLock.For(d.Serial), Device: d, Command: "x"})
	wantProblem(t, err, activities.Unavailable, "")
}

func TestCommandState_Spellings(t *testing.T) {
	for word, want := range map[string]string{"PENDING": pending, "Pending": pending, "NotNow": notNow, "Not Now": notNow,
		"NOT_NOW": notNow, "Acknowledged": acknowledged, "Error": failed, "COMMAND_FORMAT_ERROR": badForm} {
		if got := (command{State: word}).state(); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
	if !(command{State: "SOMETHING_NEW"}).open() {
		t.Error("an unknown state must count as open: another lock beside it could strand the Mac")
	}
}

func TestOlderThan(t *testing.T) {
	for version, want := range map[string]bool{"11.4": true, "11.4.9": true, "11.5": false, "11.5.1": false, "11": true,
		"10.15.7": true, "12.0": false, "15": false, "": false, "beta": false, "11.x": false} {
		if got := olderThan(version, 11, 5); got != want {
			t.Errorf("olderThan(%q, 11.5) = %v", version, got)
		}
	}
}
