package jamf

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
	"tenure/simulators/jamf"
	"tenure/simulators/kit"
)

// wantProblem checks what an activity ended with: the type workflows branch on, and a text that says what.
func wantProblem(t *testing.T, err error, typ, text string) {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		t.Errorf("error is %T %v, want an application error of type %s", err, err, typ)
		return
	}
	if app.Type() != typ || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %s %v, want %s with %q", app.Type(), err, typ, text)
	}
	retried := typ == activities.RateLimited || typ == activities.Unavailable
	if app.NonRetryable() == retried {
		t.Errorf("%s: non-retryable is %v", typ, app.NonRetryable())
	}
}

func TestProblemOf_EveryRow(t *testing.T) {
	body := func(code string) string { return `{"httpStatus":1,"errors":[{"code":"` + code + `","field":"f"}]}` }
	cases := []struct {
		name   string
		status int
		body   string
		typ    string
		text   string
	}{
		{"redirect", 302, "", activities.InvalidInput, "redirects"},
		{"field", 400, body("INVALID_FIELD"), activities.InvalidInput, "INVALID_FIELD f"},
		{"required", 400, body("REQUIRED"), activities.InvalidInput, "misses a field"},
		{"other 400 as HTML", 400, "<html>", activities.InvalidInput, "refused the request"},
		{"token", 401, `{"httpStatus":401,"errors":[]}`, activities.Forbidden, "fresh access token"},
		{"privilege", 403, body("INVALID_PRIVILEGE"), activities.Forbidden, "INVALID_PRIVILEGE"},
		{"absent", 404, body("INVALID_ID"), activities.NotFound, "no such record"},
		{"late", 408, "", activities.Unavailable, "too late"},
		{"optimistic lock", 409, body("OPTIMISTIC_LOCK_FAILED"), activities.Conflict, "at the same time"},
		{"throttled as HTML", 429, "<html>", activities.RateLimited, "fewer calls"},
		{"other 4xx", 405, "", activities.InvalidInput, "refused the request"},
		{"system exception", 500, body("SYSTEM_EXCEPTION"), activities.Unavailable, "failed inside"},
		{"other 500", 500, "", activities.Unavailable, "not available"},
		{"upgrade as HTML", 503, "<html>", activities.Unavailable, "not available"},
	}
	hit := map[int]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := activities.ProblemOf(problemOf(&vendorhttp.StatusError{System: "jamf", Call: "GET /x", Status: c.status,
				Body: []byte(c.body), RetryAfter: 7 * time.Second}, "Read Computers"))
			if p.Type != c.typ || !strings.Contains(p.Text, c.text) {
				t.Errorf("%+v", p)
			}
			if !p.Retryable() && p.Mend == "" {
				t.Errorf("a refusal for good needs a mend: %+v", p)
			}
			if (p.Delay == 7*time.Second) != (c.typ == activities.RateLimited) {
				t.Errorf("delay %v for %s", p.Delay, p.Type)
			}
			if c.status == 403 && !strings.Contains(p.Mend, `"Read Computers"`) {
				t.Errorf("the mend should name the privilege: %s", p.Mend)
			}
		})
		for i, r := range table {
			code, _ := vendorCode([]byte(c.body))
			if c.status >= r.from && c.status <= r.to && (r.code == "" || r.code == code) {
				hit[i] = true
				break
			}
		}
	}
	if len(hit) != len(table) {
		t.Errorf("%d of %d rows of the table are tested", len(hit), len(table))
	}
}

func TestProblemOf_NoAnswer_IsUnavailable(t *testing.T) {
	err := problemOf(&vendorhttp.TransportError{System: "jamf", Call: "GET /x", Cause: errors.New("cut")}, "")
	if p := activities.ProblemOf(err); p.Type != activities.Unavailable {
		t.Errorf("%+v", p)
	}
}

func TestFaults_BecomeWhatWorkflowsBranchOn(t *testing.T) {
	cases := []struct {
		name  string
		fault kit.Fault
		typ   string
	}{
		{"upgrade page", kit.Fault{Status: 503}, activities.Unavailable},
		{"throttled", kit.Fault{Throttle: true}, activities.RateLimited},
		{"connection cut", kit.Fault{Drop: kit.DropBefore}, activities.Unavailable},
		{"page instead of JSON", kit.Fault{Status: 200, Body: "<html>sign in</html>"}, activities.Unavailable},
		{"system exception", kit.Fault{Status: 500}, activities.Unavailable},
	}
	for _, path := range []string{"/api/v1/oauth/token", "/api/v1/jamf-pro-version", "/api/v4/computers-inventory", "/api/v2/mobile-devices/detail"} {
		for _, c := range cases {
			t.Run(c.name+" "+path, func(t *testing.T) {
				r := newRig(t, new(jamfsim.Simulator))
				c.fault.Path = path
				remove := r.sim.Inject(c.fault)
				_, err := run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: "jo@example.com"})
				typ := c.typ
				if path == "/api/v1/oauth/token" && c.fault.Status == 200 {
					typ = activities.InvalidInput
				}
				wantProblem(t, err, typ, "")
				remove()
				r.find("jo@example.com")
			})
		}
	}
}

func TestMissingPrivilege_IsNamedInTheMend(t *testing.T) {
	find := func(r *rig, _ plan.Device) error {
		_, err := run(r, activities.JamfFindDevices, activities.Identity{CaseRef: theCase, Email: "jo@example.com"})
		return err
	}
	for _, privilege := range []string{readComputers, readMobile} {
		r := newRig(t, new(jamfsim.Simulator))
		r.sim.Deny(privilege)
		wantProblem(t, find(r, plan.Device{}), activities.Forbidden, privilege)
	}
	for _, privilege := range []string{readComputers, viewCommands, sendLock} {
		r := newRig(t, new(jamfsim.Simulator))
		d := r.mac(jamfsim.Device{})
		r.sim.Deny(privilege)
		o := r.lock(d).Outcome
		wantState(t, o, plan.NeedsAttention)
		if o.Problem != activities.Forbidden || !strings.Contains(o.Mend, privilege) {
			t.Errorf("%s: %+v", privilege, o)
		}
		if got, _ := r.sim.Device(d.Serial); got.Locked {
			t.Errorf("%s: the Mac was locked without the right to read it back", privilege)
		}
		r.sim.Allow(privilege)
		wantState(t, r.lock(d).Outcome, plan.Verified)
	}
}
