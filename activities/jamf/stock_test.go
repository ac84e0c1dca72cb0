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

var stockAttribute = []jamfsim.Attribute{{ID: "23", Name: "Stock state", Values: []string{"in use"}}}

func (r *rig) toStock(d plan.Device) activities.Outcome {
	r.t.Helper()
	out, err := run(r, activities.JamfReturnToStock, activities.ReturnToStock{CaseRef: theCase, Step: plan.DeviceReturn.For(d.Serial),
		Device: d, Email: "jo@example.com", Attribute: "23", StockValue: "in stock"})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(out.Steps) != 1 {
		r.t.Fatalf("%d outcomes", len(out.Steps))
	}
	return out.Steps[0]
}

func TestReturnToStock_UnassignsMarksAndReadsBack(t *testing.T) {
	for _, section := range []string{"", "general", "userAndLocation"} {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{Username: "jo", RealName: "Jo Lee", DepartmentID: "3", Phone: "1", Room: "2",
			Attributes: []jamfsim.Attribute{{ID: "23", Values: []string{"in use"}, Section: section}}})
		wantState(t, r.toStock(d), plan.Verified)
		got, _ := r.sim.Device(d.Serial)
		if got.Email+got.Username+got.RealName+got.DepartmentID+got.Phone+got.Room != "" || got.Attributes[0].Values[0] != "in stock" {
			t.Errorf("section %q: %+v", section, got)
		}
		if got.Unmanaged {
			t.Error("returning to stock must not unmanage the Mac")
		}
		o := r.toStock(d)
		wantState(t, o, plan.Verified)
		if !strings.Contains(o.Detail, "already") || r.sim.CallsTo(http.MethodPatch, "/api/**") != 1 {
			t.Errorf("a second time: %+v", o)
		}
	}
}

func TestReturnToStock_Refusals(t *testing.T) {
	cases := []struct {
		name   string
		change func(r *rig, d *plan.Device)
		want   plan.State
		text   string
	}{
		{"given to somebody else", func(r *rig, d *plan.Device) {
			r.sim.Edit(d.ID, func(m *jamfsim.Device) { m.Email = "kim@example.com" })
		}, plan.NeedsAttention, "somebody else"},
		{"enrolled anew", func(r *rig, d *plan.Device) { r.sim.Reenrol(d.ID) }, plan.NeedsAttention, "enrolled anew"},
		{"another machine", func(_ *rig, d *plan.Device) { d.Serial = "OTHER" }, plan.NeedsAttention, "another machine"},
		{"record is gone", func(r *rig, d *plan.Device) { r.sim.Remove(d.ID) }, plan.NeedsAttention, "no such record"},
		{"missing privilege", func(r *rig, _ *plan.Device) { r.sim.Deny(updateComputers) }, plan.NeedsAttention, "lacks a privilege"},
		{"says yes and does nothing", func(r *rig, _ *plan.Device) {
			r.sim.Inject(kit.Fault{Method: http.MethodPatch, Status: 204})
		}, plan.Unverified, "still shows an assigned user"},
		{"attribute of a script", func(r *rig, d *plan.Device) {
			r.sim.Edit(d.ID, func(m *jamfsim.Device) { m.Attributes[0].InputType = "SCRIPT" })
		}, plan.NeedsAttention, "filled by a script"},
		{"attribute unknown", func(r *rig, d *plan.Device) {
			r.sim.Edit(d.ID, func(m *jamfsim.Device) { m.Attributes = nil })
		}, plan.NeedsAttention, "attribute 23"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(jamfsim.Simulator))
			d := r.mac(jamfsim.Device{Attributes: stockAttribute})
			r.pass(time.Minute)
			c.change(r, &d)
			o := r.toStock(d)
			wantState(t, o, c.want)
			if !strings.Contains(o.Detail, c.text) || o.Mend == "" {
				t.Errorf("detail %q should say %q and mend %q something", o.Detail, c.text, o.Mend)
			}
		})
	}
}

func TestReturnToStock_LostAnswer_IsFoundDoneByTheRetry(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{Attributes: stockAttribute})
	r.sim.Inject(kit.Fault{Method: http.MethodPatch, Drop: kit.DropAfter, Times: 1})
	_, err := run(r, activities.JamfReturnToStock, activities.ReturnToStock{CaseRef: theCase, Device: d, Email: "jo@example.com", Attribute: "23", StockValue: "in stock"})
	wantProblem(t, err, activities.Unavailable, "")
	wantState(t, r.toStock(d), plan.Verified)
}

func TestReturnToStock_Phone(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{Kind: jamfsim.Mobile, Serial: "F9"})
	wantState(t, r.toStock(d), plan.Verified)
	if got, _ := r.sim.Device("F9"); got.Email != "" {
		t.Errorf("%+v", got)
	}
	if o := r.toStock(d); !strings.Contains(o.Detail, "already") {
		t.Errorf("%+v", o)
	}
	r.sim.Edit("F9", func(m *jamfsim.Device) { m.Email = "kim@example.com" })
	wantState(t, r.toStock(d), plan.NeedsAttention)
	r.sim.Remove("F9")
	wantState(t, r.toStock(d), plan.NeedsAttention)
}

func (r *rig) erase(d plan.Device) activities.LockState {
	r.t.Helper()
	st, err := run(r, activities.JamfEraseComputer, activities.LockComputer{CaseRef: theCase, Step: plan.DeviceReturn.For(d.Serial), Device: d})
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func TestEraseComputer_IsProvedBySilenceOrANewEnrolment(t *testing.T) {
	for _, reenrol := range []bool{false, true} {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{})
		st := r.erase(d)
		wantState(t, st.Outcome, plan.Waiting)
		if c := r.sim.Commands(d.Serial)[0]; c.Obliteration != "DoNotObliterate" || len(c.PIN) != 6 {
			t.Errorf("%+v", c)
		}
		if again := r.erase(d); again.Command != st.Command || r.locksSent() != 1 {
			t.Errorf("a second erase was queued: %+v", again)
		}
		if reenrol {
			r.pass(time.Minute)
			r.sim.Reenrol(d.Serial)
		} else {
			r.pass(DefaultEraseQuiet)
		}
		o := r.read(d, st.Command).Outcome
		wantState(t, o, plan.Verified)
		if strings.Contains(o.ReadBack, "enrolled anew") != reenrol {
			t.Errorf("%+v", o)
		}
	}
}

func TestEraseComputer_StillTalking_IsUnverified(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	st := r.erase(d)
	r.pass(time.Hour)
	r.sim.Edit(d.ID, func(m *jamfsim.Device) { m.LastContact = r.clock() })
	wantState(t, r.read(d, st.Command).Outcome, plan.Unverified)
}

func TestEraseComputer_LockedMac_WaitsForThePIN(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.lock(d)
	st := r.erase(d)
	wantState(t, st.Outcome, plan.Waiting)
	code := r.vault.pins[theCase.Case+"/"+d.Serial]
	if !r.sim.Unlock(d.Serial, code) {
		t.Fatal("the kept PIN does not open the Mac")
	}
	r.pass(time.Hour)
	wantState(t, r.read(d, st.Command).Outcome, plan.Verified)
}

func TestEraseComputer_EnrolledAnew_IsLeftAlone(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.pass(time.Minute)
	r.sim.Reenrol(d.ID)
	wantState(t, r.erase(d).Outcome, plan.NeedsAttention)
	if r.locksSent() != 0 {
		t.Error("the next owner's Mac would be wiped")
	}
}
