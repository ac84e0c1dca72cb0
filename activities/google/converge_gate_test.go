package google

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

// HR says in the very moment that somebody is gone: what was opened is shut again.
func TestAccount_OvertakenAfterTheWrite_IsSuspendedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		gate func() *doorman
		in   func(*rig) activities.ConvergeGoogle
	}{
		"Created": {func() *doorman { return &doorman{give: from(2)} }, func(r *rig) activities.ConvergeGoogle { return r.joiner(plan.GoogleAccount) }},
		"Opened": {func() *doorman { return &doorman{open: from(2), give: never} }, func(r *rig) activities.ConvergeGoogle {
			r.rehire()
			return r.known(plan.GoogleAccount)
		}},
		"Resumed": {func() *doorman { return &doorman{open: from(2)} }, func(r *rig) activities.ConvergeGoogle {
			r.rehire()
			in := r.known(plan.GoogleResume)
			in.Paused = true
			return in
		}},
	} {
		for fault, f := range map[string]*kit.Fault{"": nil,
			"AnswerLost":             {Method: "P*", Drop: kit.DropAfter, Times: 1},
			"ShutRefusedAtFirst":     {Method: "PUT", Path: "/admin/directory/v1/users/*", Throttle: true, Times: 1},
			"NothingKnownOfTheFirst": {Method: "GET", Path: "/admin/directory/v1/users/*", Status: http.StatusServiceUnavailable, Times: 2}} {
			t.Run(name+fault, func(t *testing.T) {
				r := newJoinerRig(t)
				r.gate(c.gate())
				in := c.in(r)
				if f != nil {
					r.inject(*f)
				}
				_, steps := r.retried(in)
				wantOvertaken(t, steps[in.Steps[0].Action()])
				if u, made := r.sim.User(cmpOr(in.Account, in.Email)); made && !u.Suspended {
					t.Errorf("the account is open: %+v", u)
				}
			})
		}
	}
}

// inject takes "P*" for the first method that writes an account.
func (r *rig) inject(f kit.Fault) {
	if f.Method == "P*" {
		for _, c := range []kit.Fault{{Method: "POST", Path: "/admin/directory/v1/users"}, {Method: "PUT", Path: "/admin/directory/v1/users/*"}} {
			c.Drop, c.Times = f.Drop, f.Times
			r.sim.Inject(c)
		}
		return
	}
	r.sim.Inject(f)
}

// A yes without effect is no proof that what was opened is shut again.
func TestAccount_OvertakenAndTheShuttingHasNoEffect_IsTriedAgain(t *testing.T) {
	r := newJoinerRig(t)
	r.rehire()
	r.gate(&doorman{open: from(2)})
	r.on("PUT", r.leaver.ID, 2, func() { r.sim.Inject(kit.Fault{Method: "PUT", Status: http.StatusOK, Times: 1}) })
	in := r.known(plan.GoogleAccount)
	_, err := run(r, activities.GoogleConvergeUser, in)
	if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
		t.Fatalf("ended with %s", typ)
	}
	_, steps := r.converge(in)
	wantOvertaken(t, steps[plan.GoogleAccount])
	if !r.user(leaverMail).Suspended {
		t.Error("left open")
	}
}

// A gate that cannot be asked gives nothing, and takes back what it could not be asked about.
func TestAccount_GateDoesNotAnswer(t *testing.T) {
	broken := errors.New("the store is locked")
	for name, at := range map[string]int{"Before": 1, "After": 2} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t)
			r.rehire()
			r.gate(&doorman{open: func(n int) error {
				if n == at {
					return broken
				}
				return nil
			}})
			in := r.known(plan.GoogleAccount)
			_, err := run(r, activities.GoogleConvergeUser, in)
			if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
				t.Fatalf("ended with %s", typ)
			}
			if !r.user(leaverMail).Suspended {
				t.Error("open, and nobody knows whether it may be")
			}
			_, steps := r.converge(in)
			wantState(t, steps[plan.GoogleAccount], plan.Verified)
			if r.user(leaverMail).Suspended {
				t.Error("left suspended")
			}
		})
	}
}

// An account that Google does not show yet cannot be shut, and is not forgotten.
func TestAccount_OvertakenBeforeGoogleShowsIt_IsShutWhenItDoes(t *testing.T) {
	for name, made := range map[string]bool{"Made": true, "NeverMade": false} {
		t.Run(name, func(t *testing.T) {
			r := newJoinerRig(t, func(s *googlesim.Simulator) { s.VisibleLag = time.Minute })
			r.sys.config.Now = r.clock
			r.gate(&doorman{give: from(2)})
			if !made {
				r.sim.Inject(kit.Fault{Method: "POST", Path: "/admin/directory/v1/users", Drop: kit.DropBefore})
			}
			in := r.joiner(plan.GoogleAccount)
			for range 2 {
				_, err := run(r, activities.GoogleConvergeUser, in)
				if typ, again := typeOf(t, err); typ != activities.Unavailable || !again {
					t.Fatalf("ended with %s", typ)
				}
			}
			r.pass(appearsWithin + time.Minute)
			_, steps := r.converge(in)
			wantOvertaken(t, steps[plan.GoogleAccount])
			if u, there := r.sim.User(joinerMail); there != made || there && !u.Suspended {
				t.Errorf("account %+v", u)
			}
		})
	}
}
