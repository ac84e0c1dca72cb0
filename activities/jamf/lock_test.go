package jamf

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

const commandsPath = "/api/v2/mdm/commands"

func TestLockComputer_OnlineMac_IsVerifiedWithinTheAttempt(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator), func(c *Config) { c.Phone = "+1 555 0100" })
	d := r.mac(jamfsim.Device{})
	st := r.lock(d)
	wantState(t, st.Outcome, plan.Verified)
	if st.Command == "" || st.Adopted || st.Outcome.Account != d.ID || st.Outcome.Executed.IsZero() {
		t.Errorf("%+v", st)
	}
	got, _ := r.sim.Device(d.Serial)
	ours := r.vault.pins[theCase.Case+"/"+d.Serial]
	if !got.Locked || got.LockPIN != ours {
		t.Errorf("locked %v with the vault's PIN %v", got.Locked, got.LockPIN == ours)
	}
	if c := r.sim.Commands(d.Serial)[0]; c.Message != "Please return this Mac to IT" || c.Phone != "+1 555 0100" {
		t.Errorf("message %q, phone %q", c.Message, c.Phone)
	}
}

func TestLockComputer_MacAnswersAfterSomeSeconds_IsSeenWithinTheAttempt(t *testing.T) {
	r := newRig(t, &jamfsim.Simulator{AckAfter: 5 * time.Second}, func(c *Config) { c.PollFor = time.Minute })
	d := r.mac(jamfsim.Device{})
	// Every look at the commands moves the clock on by a second.
	r.sim.Latency = 0
	clock := r.sim.Clock
	r.sim.Clock = func() time.Time { r.pass(50 * time.Millisecond); return clock() }
	wantState(t, r.lock(d).Outcome, plan.Verified)
	if n := r.sim.CallsTo(http.MethodGet, commandsPath); n < 3 {
		t.Errorf("only %d looks: the Mac should not have answered at once", n)
	}
	if r.locksSent() != 1 {
		t.Errorf("%d locks", r.locksSent())
	}
}

func TestLockComputer_PINIsKeptBeforeAnythingIsSent(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	sentBefore := -1
	r.vault.onNew = func() { sentBefore = r.locksSent() }
	r.lock(d)
	if sentBefore != 0 || r.locksSent() != 1 {
		t.Errorf("when the PIN was kept, %d locks had been sent", sentBefore)
	}
	r = newRig(t, new(jamfsim.Simulator))
	d = r.mac(jamfsim.Device{})
	r.vault.fail = errors.New("disk full")
	_, err := run(r, activities.JamfLockComputer, lockOf(d))
	wantProblem(t, err, activities.Unavailable, "nothing was sent: disk full")
	if r.locksSent() != 0 {
		t.Error("a lock was sent without a kept PIN")
	}
}

func TestLockComputer_VaultHoldsAnUnusablePIN_SendsNothing(t *testing.T) {
	for _, code := range []string{"12345", "000000", "abcdef"} {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{})
		r.vault.set(d.Serial, code)
		o := r.lock(d).Outcome
		wantState(t, o, plan.NeedsAttention)
		if r.locksSent() != 0 || strings.Contains(o.Detail, code) {
			t.Errorf("%d locks sent, %+v", r.locksSent(), o)
		}
	}
}

func TestLockComputer_Repeated_AdoptsAndNeverSendsTwice(t *testing.T) {
	for name, device := range map[string]jamfsim.Device{"online": {}, "offline": {Offline: true}, "not now": {Reply: jamfsim.NotNow}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, new(jamfsim.Simulator))
			d := r.mac(device)
			first := r.lock(d)
			for range 3 {
				again := r.lock(d)
				if again.Command != first.Command || !again.Adopted || again.Outcome.State != first.Outcome.State {
					t.Errorf("first %+v, again %+v", first, again)
				}
			}
			if r.locksSent() != 1 {
				t.Errorf("%d locks were sent", r.locksSent())
			}
		})
	}
}

func TestLockComputer_OfflineMac_WaitsAndIsVerifiedWhenItIsBack(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{Offline: true, LastContact: theCase.Opened.AddDate(0, 0, -9)})
	st := r.lock(d)
	wantState(t, st.Outcome, plan.Waiting)
	if !strings.Contains(st.Outcome.Detail, "last contact 2026-11-13") {
		t.Errorf("detail should say since when it is silent: %s", st.Outcome.Detail)
	}
	r.pass(72 * time.Hour)
	wantState(t, r.read(d, st.Command).Outcome, plan.Waiting)
	r.sim.SetOnline(d.Serial, true)
	wantState(t, r.read(d, st.Command).Outcome, plan.Verified)
}

func TestLockComputer_UnclearAnswer_LeavesExactlyOneLock(t *testing.T) {
	cases := []struct {
		name  string
		fault kit.Fault
	}{
		{"connection cut before the effect", kit.Fault{Drop: kit.DropBefore}},
		{"connection cut after the effect", kit.Fault{Drop: kit.DropAfter}},
		{"500", kit.Fault{Status: 500}},
		{"503 page", kit.Fault{Status: 503}},
		{"201 that names no command and does nothing", kit.Fault{Status: 201, Body: "[]"}},
		{"201 with a page", kit.Fault{Status: 201, Body: "<html>"}},
	}
	for _, c := range cases {
		for _, offline := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				r := newRig(t, new(jamfsim.Simulator))
				d := r.mac(jamfsim.Device{Offline: offline})
				c.fault.Method, c.fault.Path, c.fault.Times = http.MethodPost, commandsPath, 1
				r.sim.Inject(c.fault)
				for attempt := 0; ; attempt++ {
					st, err := run(r, activities.JamfLockComputer, lockOf(d))
					if err == nil {
						if offline {
							wantState(t, st.Outcome, plan.Waiting)
						} else {
							wantState(t, st.Outcome, plan.Verified)
						}
						break
					}
					wantProblem(t, err, activities.Unavailable, "")
					if attempt == 3 {
						t.Fatal("it never ends")
					}
				}
				if n := len(r.sim.Commands(d.Serial)); n != 1 {
					t.Errorf("%d locks are queued", n)
				}
			})
		}
	}
}

func TestLockComputer_ReadOfTheQueueFails_SendsNothing(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: commandsPath, Status: 503, Times: 1})
	_, err := run(r, activities.JamfLockComputer, lockOf(d))
	wantProblem(t, err, activities.Unavailable, "")
	if r.locksSent() != 0 {
		t.Error("a lock was sent without knowing what is queued")
	}
}

func TestLockComputer_Throttled_KeepsTheVendorsDelay(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.Inject(kit.Fault{Method: http.MethodPost, Path: commandsPath, Throttle: true, Times: 1})
	_, err := run(r, activities.JamfLockComputer, lockOf(d))
	wantProblem(t, err, activities.RateLimited, "")
	wantState(t, r.lock(d).Outcome, plan.Verified)
}

func TestLockComputer_LockOfAnotherAdministrator(t *testing.T) {
	before, after := theCase.Opened.Add(-time.Hour), theCase.Opened.Add(10*time.Second)
	cases := []struct {
		name      string
		sent      time.Time
		offline   bool
		samePIN   bool
		want      plan.State
		sentByUs  int
		wantDetal string
	}{
		{"carried out before the case is history", before, false, false, plan.Verified, 1, "locked"},
		{"pending since before the case, another PIN: not joined by a second", before, true, false, plan.Waiting, 0, "strand"},
		{"sent during the case, our PIN", after, false, true, plan.Verified, 0, "locked"},
		{"sent during the case, another PIN", after, false, false, plan.Unverified, 0, "another PIN"},
		{"sent during the case, another PIN, still pending", after, true, false, plan.Waiting, 0, "queued"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(jamfsim.Simulator))
			d := r.mac(jamfsim.Device{Offline: c.offline})
			r.vault.set(d.Serial, "493027")
			code := "810264"
			if c.samePIN {
				code = "493027"
			}
			now := r.clock()
			r.pass(c.sent.Sub(now))
			r.sim.QueueLock(d.Serial, code)
			if c.sent.Before(theCase.Opened) && !c.offline {
				r.sim.Unlock(d.Serial, code)
			}
			r.pass(now.Sub(c.sent))
			o := r.lock(d).Outcome
			wantState(t, o, c.want)
			if !strings.Contains(o.Detail, c.wantDetal) {
				t.Errorf("detail %q should say %q", o.Detail, c.wantDetal)
			}
			if r.locksSent() != c.sentByUs {
				t.Errorf("%d locks were sent by us", r.locksSent())
			}
			if got, _ := r.sim.Device(d.Serial); got.Stranded {
				t.Error("the Mac is stranded between two PINs")
			}
		})
	}
}

func TestLockComputer_SecondLockIsRefusedWhileOneIsPending_Adopts(t *testing.T) {
	r := newRig(t, &jamfsim.Simulator{RefuseSecondLock: true})
	d := r.mac(jamfsim.Device{Offline: true})
	first := r.lock(d)
	// A node of the cluster that does not show the command yet, once.
	r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: commandsPath, Status: 200, Body: `{"totalCount":0,"results":[]}`, Times: 1})
	again := r.lock(d)
	if again.Command != first.Command || !again.Adopted {
		t.Errorf("first %+v, again %+v", first, again)
	}
}

func TestLockComputer_MacRefuses_AsksForAPersonAndARetryUsesTheSamePIN(t *testing.T) {
	for _, reply := range []jamfsim.Reply{jamfsim.Errors, jamfsim.FormatErrors} {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{Reply: reply})
		o := r.lock(d).Outcome
		wantState(t, o, plan.NeedsAttention)
		if !strings.Contains(o.Detail, "12021 The device refused") {
			t.Errorf("detail should hold the Mac's own words: %s", o.Detail)
		}
		r.sim.Edit(d.Serial, func(m *jamfsim.Device) { m.Reply = jamfsim.Acknowledges })
		wantState(t, r.lock(d).Outcome, plan.Verified)
		cmds := r.sim.Commands(d.Serial)
		if len(cmds) != 2 || cmds[0].PIN != cmds[1].PIN {
			t.Errorf("%d commands; both must carry one PIN", len(cmds))
		}
		if got, _ := r.sim.Device(d.Serial); got.Stranded {
			t.Error("stranded")
		}
	}
}

func TestLockComputer_PrivilegeToReadThePINIsMissing_SaysWhatWasRead(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.Deny(viewLockPIN)
	o := r.lock(d).Outcome
	wantState(t, o, plan.Verified)
	if !strings.Contains(o.ReadBack, "only the acknowledgement was read") {
		t.Errorf("read-back: %s", o.ReadBack)
	}
}

func TestLockComputer_PINReadBack(t *testing.T) {
	cases := []struct {
		name  string
		fault kit.Fault
		want  plan.State
	}{
		{"no PIN kept", kit.Fault{Status: 200, Body: `{"pin":""}`}, plan.Unverified},
		{"another PIN", kit.Fault{Status: 200, Body: `{"pin":"810264"}`}, plan.Unverified},
		{"unreadable", kit.Fault{Status: 200, Body: `<html>493027`}, plan.Unverified},
		{"computer is gone", kit.Fault{Status: 404}, plan.Unverified},
	}
	for _, c := range cases {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{})
		c.fault.Path = "/api/*/computers-inventory/*/view-device-lock-pin"
		r.sim.Inject(c.fault)
		o := r.lock(d).Outcome
		wantState(t, o, c.want)
		if o.Mend == "" || strings.Contains(o.Detail+o.ReadBack+o.Mend, "493027") {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.sim.Inject(kit.Fault{Path: "/api/*/computers-inventory/*/view-device-lock-pin", Status: 503, Times: 1})
	_, err := run(r, activities.JamfLockComputer, lockOf(d))
	wantProblem(t, err, activities.Unavailable, "")
	wantState(t, r.lock(d).Outcome, plan.Verified)
	if r.locksSent() != 1 {
		t.Errorf("%d locks", r.locksSent())
	}
}

func TestLockComputer_WhatCannotBeLocked(t *testing.T) {
	cases := []struct {
		name   string
		device jamfsim.Device
		change func(r *rig, d *plan.Device)
		want   plan.State
		text   string
	}{
		{"phone", jamfsim.Device{Kind: jamfsim.Mobile}, nil, plan.NotApplicable, "phone or tablet"},
		{"not managed", jamfsim.Device{Unmanaged: true}, nil, plan.NotApplicable, "not managed"},
		{"Apple silicon before 11.5", jamfsim.Device{OSVersion: "11.4"}, nil, plan.NeedsAttention, "ignores the lock PIN"},
		{"Apple silicon 11.5", jamfsim.Device{OSVersion: "11.5.2"}, nil, plan.Verified, ""},
		{"Intel before 11.5", jamfsim.Device{OSVersion: "10.15.7", Intel: true}, nil, plan.Verified, ""},
		{"version unknown", jamfsim.Device{OSVersion: "?"}, nil, plan.Verified, ""},
		{"record is gone", jamfsim.Device{}, func(r *rig, d *plan.Device) { r.sim.Remove(d.ID) }, plan.NeedsAttention, "no such record"},
		{"enrolled anew since the case began", jamfsim.Device{}, func(r *rig, d *plan.Device) { r.sim.Reenrol(d.ID) }, plan.NeedsAttention, "enrolled anew"},
		{"record is another machine", jamfsim.Device{}, func(_ *rig, d *plan.Device) { d.Serial = "OTHER" }, plan.NeedsAttention, "another machine"},
		{"another management id", jamfsim.Device{}, func(_ *rig, d *plan.Device) { d.ManagementID = "old" }, plan.NeedsAttention, "enrolled anew"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, new(jamfsim.Simulator))
			d := r.mac(c.device)
			if c.change != nil {
				r.pass(time.Minute)
				c.change(r, &d)
			}
			o := r.lock(d).Outcome
			wantState(t, o, c.want)
			if !strings.Contains(o.Detail, c.text) {
				t.Errorf("detail %q should say %q", o.Detail, c.text)
			}
			if c.want != plan.Verified && r.locksSent() != 0 {
				t.Error("a lock was sent")
			}
		})
	}
}

func TestLockComputer_SecretsStayOut(t *testing.T) {
	r := newRig(t, new(jamfsim.Simulator))
	d := r.mac(jamfsim.Device{})
	r.vault.set(d.Serial, "493027")
	r.sim.Inject(kit.Fault{Method: http.MethodPost, Path: commandsPath, Times: 1, Status: 400,
		Body: `{"httpStatus":400,"errors":[{"code":"INVALID_FIELD","field":"pin","description":"pin 493027 is bad"}]}`})
	for range 2 {
		st, err := run(r, activities.JamfLockComputer, lockOf(d))
		text := st.Outcome.Detail + st.Outcome.ReadBack + st.Outcome.Mend
		if err != nil {
			text += err.Error()
		}
		if strings.Contains(text, "493027") || strings.Contains(text, jamfsim.DefaultClientSecret) {
			t.Errorf("a secret came out: %s", text)
		}
	}
}

func TestLockComputer_CookieKeepsUsOnOneNode(t *testing.T) {
	r := newRig(t, &jamfsim.Simulator{Lag: time.Hour})
	d := r.mac(jamfsim.Device{Offline: true})
	first, again := r.lock(d), r.lock(d)
	if !again.Adopted || again.Command != first.Command || r.locksSent() != 1 {
		t.Errorf("first %+v, again %+v, %d locks", first, again, r.locksSent())
	}
}
