package google

import (
	"fmt"
	"net/http"
	"testing"

	"tenure/activities"
	googlesim "tenure/simulators/google"
	"tenure/simulators/kit"
)

func (r *rig) admins(key string) activities.Admins {
	r.t.Helper()
	out, err := run(r, activities.GoogleFindAdmins, activities.Identity{Email: key})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func TestFindAdmins(t *testing.T) {
	super := func(mail string) googlesim.User { return googlesim.User{PrimaryEmail: mail, IsAdmin: true} }
	suspended, archived := super("b@example.com"), super("c@example.com")
	suspended.Suspended, archived.Archived = true, true
	r := newRig(t)
	if got := r.admins(leaverMail); got != (activities.Admins{}) {
		t.Errorf("somebody who is no administrator: %+v", got)
	}
	if got := r.admins("nobody@example.com"); got != (activities.Admins{}) {
		t.Errorf("somebody who does not exist: %+v", got)
	}
	if got := r.admins(googlesim.AdminEmail); got != (activities.Admins{Holds: true}) {
		t.Errorf("the only one: %+v", got)
	}
	for _, u := range []googlesim.User{super("a@example.com"), suspended, archived} {
		r.sim.AddUser(u)
	}
	if got := r.admins(googlesim.AdminEmail); got != (activities.Admins{Holds: true, Others: 1}) {
		t.Errorf("one of two: %+v; suspended and archived ones do not count", got)
	}
	if got := r.admins("b@example.com"); got != (activities.Admins{}) {
		t.Errorf("a suspended one: %+v", got)
	}
	for i := range 120 {
		r.sim.AddUser(super(fmt.Sprintf("d%d@example.com", i)))
	}
	if got := r.admins("a@example.com"); got.Others != enoughAdmins {
		t.Errorf("%d others, want the count to end at %d", got.Others, enoughAdmins)
	}
	for _, c := range r.sim.Calls() {
		if c.Method != http.MethodGet && c.Path != "/token" {
			t.Errorf("%s %s is no read", c.Method, c.Path)
		}
	}
}

func TestFindAdmins_TheSearchLagsBehind_EverybodyIsReadAgain(t *testing.T) {
	r := newRig(t)
	r.sim.AddUser(googlesim.User{PrimaryEmail: "a@example.com", IsAdmin: true})
	u := r.user("a@example.com")
	// Between the search's answer and the second look the other administrator is suspended.
	r.on(http.MethodGet, "/users/"+u.ID, 1, func() { r.sim.Change(u.ID, func(u *googlesim.User) { u.Suspended = true }) })
	if got := r.admins(googlesim.AdminEmail); got != (activities.Admins{Holds: true}) {
		t.Errorf("found %+v, want nobody else", got)
	}
}

func TestFindAdmins_ThatCannotBeRead_IsAnErrorAndNotNobody(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: "/admin/directory/v1/users", Status: http.StatusServiceUnavailable, Times: 1})
	_, err := run(r, activities.GoogleFindAdmins, activities.Identity{Email: googlesim.AdminEmail})
	if typ, retried := typeOf(t, err); typ != activities.Unavailable || !retried {
		t.Errorf("%s, retried %v", typ, retried)
	}
}
