package okta

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v2/okta"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/role"
	oktasim "tenure/simulators/okta"
)

// doorman is a gate that a test opens and shuts. Its answers are scripted, one for each question; the last one stays.
type doorman struct {
	mu         sync.Mutex
	give, open []error
	gave, let  int // how often it was asked
	shut       []activities.CaseRef
	lifted     int
	fence      error // of Shut and Lift
}

func (d *doorman) answer(script []error, n *int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	*n++
	if len(script) == 0 {
		return nil
	}
	return script[min(*n, len(script))-1]
}

func (d *doorman) MayGive(context.Context, activities.CaseRef) error {
	return d.answer(d.give, &d.gave)
}
func (d *doorman) MayOpen(context.Context, activities.CaseRef) error { return d.answer(d.open, &d.let) }

func (d *doorman) Shut(_ context.Context, ref activities.CaseRef) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut = append(d.shut, ref)
	return d.fence
}

func (d *doorman) Lift(context.Context, activities.CaseRef) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lifted++
	return d.fence
}

func gated(d activities.Gate) func(*Config) { return func(c *Config) { c.Gate = d } }

var (
	errGone  = &activities.Problem{Type: activities.Conflict, Text: "E7 is gone: HR says inactive", Mend: "look at HR's record"}
	errStore = errors.New("the store does not answer")
)

// A refusal is nobody's job: the outcome says what overtook the step, and nothing was written.
func TestGate_RefusesBeforehand_NothingIsWritten(t *testing.T) {
	for name, k := range map[string]struct {
		status string
		action plan.Action
		paused bool
	}{
		"create": {"", plan.OktaCreate, false},
		"join":   {oktasim.Active, plan.OktaJoin, false},
		"open":   {oktasim.Staged, plan.OktaOpen, false},
		"reuse":  {oktasim.Deprovisioned, plan.OktaOpen, false},
		"resume": {oktasim.Suspended, plan.OktaResume, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t, gated(&doorman{give: []error{errGone}, open: []error{errGone}}))
			o.addGroups("sales")
			in := converging(ofRole("sales"), k.action)
			in.Paused = k.paused
			if k.status != "" {
				in.Account = o.sam(inStatus(k.status))
			}
			out := converge(o, in)
			wantOvertaken(t, out.Steps[0])
			if o.Mutations() != 0 {
				t.Errorf("%d writes", o.Mutations())
			}
		})
	}
}

func wantOvertaken(t *testing.T, o activities.Outcome) {
	t.Helper()
	if o.State != plan.NotApplicable || o.Problem != activities.Conflict || !strings.HasPrefix(o.Detail, "overtaken: ") {
		t.Errorf("%s is %s %s: %s", o.Step, o.State, o.Problem, o.Detail)
	}
}

// The second look refuses: what was given a moment ago is taken back by the activity itself.
func TestGate_TurnsBetweenTheWriteAndTheSecondLook_ItIsTakenBack(t *testing.T) {
	turns := []error{nil, errGone}
	for name, k := range map[string]struct {
		status   string
		password bool
		action   plan.Action
		ends     string
	}{
		"a new account is deactivated":             {"", false, plan.OktaCreate, oktasim.Deprovisioned},
		"groups are left again":                    {oktasim.Active, true, plan.OktaJoin, oktasim.Active},
		"an activated account is deactivated":      {oktasim.Staged, false, plan.OktaOpen, oktasim.Deprovisioned},
		"an active one is suspended":               {oktasim.Staged, true, plan.OktaOpen, oktasim.Suspended},
		"an account that is used again is shut":    {oktasim.Deprovisioned, false, plan.OktaOpen, oktasim.Deprovisioned},
		"an account back from leave is suspended":  {oktasim.Suspended, true, plan.OktaResume, oktasim.Suspended},
		"a suspended one that is opened is closed": {oktasim.Suspended, true, plan.OktaOpen, oktasim.Suspended},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t, gated(&doorman{give: turns, open: turns}))
			o.addGroups("sales", "crm")
			in := converging(ofRole("sales", "crm"), k.action)
			in.Paused = true
			if k.status != "" {
				in.Account = o.sam(inStatus(k.status))
			}
			if k.status == oktasim.Staged && k.password {
				o.SetPassword(in.Account)
			}
			if k.status == oktasim.Deprovisioned {
				in.Steps = slices.Insert(in.Steps, 0, plan.OktaQuit.For(""))
				o.sys = o.connect(gated(&doorman{open: []error{nil, nil, errGone}})) // asked before it cleans up as well
			}
			out := converge(o, in)
			wantOvertaken(t, out.Steps[len(out.Steps)-1])
			if u := o.see(out.Account); u.Status != k.ends || len(o.UserGroups(u.ID)) != 0 {
				t.Errorf("ends %s in %v", u.Status, o.UserGroups(u.ID))
			} else if k.ends == oktasim.Suspended && len(u.Sessions)+len(u.Tokens) != 0 {
				t.Errorf("%d sessions and %d tokens are left", len(u.Sessions), len(u.Tokens))
			}
			if len(out.Joined) != 0 || slices.Contains(out.Given.Groups, "sales") {
				t.Errorf("joined %v, given %v", out.Joined, out.Given.Groups)
			}
		})
	}
}

// A gate that fails gives nothing, and is asked again by the retry.
func TestGate_Fails_NothingIsGivenAndItPasses(t *testing.T) {
	o := newOrg(t, gated(&doorman{open: []error{errStore}}))
	in := converging(ofRole(), plan.OktaOpen)
	in.Account = o.sam(inStatus(oktasim.Staged))
	_, err := execute(o, activities.OktaConvergeUser, in)
	wantProblem(t, err, activities.Unavailable)
	if o.Mutations() != 0 {
		t.Errorf("%d writes", o.Mutations())
	}
}

func TestGate_FailsAtTheSecondLook_ItIsShutAndPasses(t *testing.T) {
	o := newOrg(t, gated(&doorman{open: []error{nil, errStore, errStore}}))
	in := converging(ofRole(), plan.OktaResume)
	in.Account, in.Paused = o.sam(inStatus(oktasim.Suspended)), true
	_, err := execute(o, activities.OktaConvergeUser, in)
	wantProblem(t, err, activities.Unavailable)
	if u := o.see(in.Account); u.Status != oktasim.Suspended {
		t.Errorf("the account is %s", u.Status)
	}
	o.sys = o.connect(gated(&doorman{}))
	wantAll(t, converge(o, in), plan.Verified)
}

// The activity was cancelled between write and second look: what was opened is shut all the same.
func TestGate_CancelledAtTheSecondLook_ItIsShut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := &doorman{open: []error{nil, errGone}}
	o := newOrg(t)
	in := converging(ofRole(), plan.OktaResume)
	in.Account, in.Paused = o.sam(inStatus(oktasim.Suspended)), true
	o.sys = o.connect(gated(d), func(c *Config) {
		c.Transport = after(http.MethodPost, "/lifecycle/unsuspend", func() { cancel() })
	})
	_, _ = o.sys.ConvergeUser(ctx, in)
	if u := o.see(in.Account); u.Status != oktasim.Suspended {
		t.Errorf("the account is %s", u.Status)
	}
}

// after calls fn once a call was answered.
func after(method, path string, fn func()) http.RoundTripper {
	return trip(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if r.Method == method && strings.Contains(r.URL.Path, path) {
			fn()
		}
		return resp, err
	})
}

type trip func(*http.Request) (*http.Response, error)

func (t trip) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// What was opened could not be shut again: the retry finds it open, asks the gate, and shuts it.
func TestGate_TakingBackFails_TheRetryTakesItBack(t *testing.T) {
	for name, k := range map[string]struct {
		action plan.Action
		spoilt string
	}{
		"resume": {plan.OktaResume, "/lifecycle/suspend"},
		"join":   {plan.OktaJoin, "/groups/"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t)
			o.remember = true
			o.addGroups("sales")
			in := converging(ofRole("sales"), k.action)
			in.Account, in.Paused = o.sam(), true
			if k.action == plan.OktaResume {
				o.SetStatus(in.Account, oktasim.Suspended)
			}
			d := &doorman{give: []error{nil, errGone}, open: []error{nil, errGone}}
			o.sys = o.connect(gated(d), func(c *Config) {
				c.Transport = trip(func(r *http.Request) (*http.Response, error) {
					if strings.Contains(r.URL.Path, k.spoilt) && (r.Method == http.MethodDelete || k.action == plan.OktaResume) {
						return nil, errStore
					}
					return http.DefaultTransport.RoundTrip(r)
				})
			})
			_, err := execute(o, activities.OktaConvergeUser, in)
			wantProblem(t, err, activities.Unavailable)
			o.sys = o.connect(gated(&doorman{give: []error{errGone}, open: []error{errGone}}))
			out := converge(o, in)
			wantOvertaken(t, out.Steps[0])
			if u := o.see(in.Account); k.action == plan.OktaResume && u.Status != oktasim.Suspended || len(o.UserGroups(u.ID)) != 0 {
				t.Errorf("ends %s in %v", u.Status, o.UserGroups(u.ID))
			}
		})
	}
}

// An offboarding puts the fence up and cuts while the account is being opened: whoever is last shuts it.
func TestGate_AnOffboardingBetweenLookAndActivation_TheAccountEndsShut(t *testing.T) {
	d := &doorman{}
	o := newOrg(t)
	id := o.sam(inStatus(oktasim.Staged))
	o.sys = o.connect(gated(d))
	cutting := o.connect(gated(d))
	once := sync.Once{}
	o.sys = o.connect(gated(d), func(c *Config) {
		c.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/lifecycle/activate") {
				once.Do(func() {
					d.mu.Lock()
					d.open = []error{errGone}
					d.mu.Unlock()
					if _, err := cutting.CutAccess(t.Context(), performing(id, plan.OktaSuspend, plan.OktaSessions)); err != nil {
						t.Error(err)
					}
					if _, err := cutting.DeactivateUser(t.Context(), performing(id, plan.OktaDeactivate)); err != nil {
						t.Error(err)
					}
				})
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	in := converging(role.Role{}, plan.OktaOpen)
	in.Account = id
	wantOvertaken(t, converge(o, in).Steps[0])
	if u := o.see(id); u.Status != oktasim.Deprovisioned {
		t.Errorf("the account is %s", u.Status)
	}
	if len(d.shut) != 1 {
		t.Errorf("the fence was put up %d times", len(d.shut))
	}
}

// A fence that cannot be put up keeps no access open; it is the activity's fault, for the retry to mend.
func TestCutAccess_FenceFails_CutsAndIsRetried(t *testing.T) {
	d := &doorman{fence: errStore}
	o := newOrg(t, gated(d))
	id := o.jo()
	in := performing(id, plan.OktaSuspend, plan.OktaSessions)
	in.CaseRef = activities.CaseRef{Case: "offboard/E1", Employee: "E1"}
	_, err := execute(o, activities.OktaCutAccess, in)
	wantProblem(t, err, activities.Unavailable)
	if u := o.see(id); u.Status != oktasim.Suspended || len(u.Sessions) != 0 {
		t.Errorf("the account is %s with %d sessions", u.Status, len(u.Sessions))
	}
	d.fence = nil
	if _, err := execute(o, activities.OktaCutAccess, in); err != nil {
		t.Fatal(err)
	}
	if len(d.shut) != 2 || d.shut[0].Case != "offboard/E1" {
		t.Errorf("the fence: %+v", d.shut)
	}
}

func TestRestoreUser_FenceStays_NothingIsOpened(t *testing.T) {
	for name, k := range map[string]struct {
		fence error
		typ   string
	}{
		"the store is away":                {errStore, activities.Unavailable},
		"another case keeps them out, too": {errGone, activities.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			d := &doorman{fence: k.fence}
			o := newOrg(t, gated(d))
			id := o.jo(inStatus(oktasim.Suspended))
			in := activities.RestoreOkta{Facts: plan.OktaFacts{Exists: true, UserID: id, Status: oktasim.Active}, Done: []plan.StepID{plan.OktaSuspend.For("")}}
			_, err := execute(o, activities.OktaRestoreUser, in)
			wantProblem(t, err, k.typ)
			if o.Mutations() != 0 || d.lifted != 1 {
				t.Errorf("%d writes, lifted %d times", o.Mutations(), d.lifted)
			}
			d.fence = nil
			out, err := execute(o, activities.OktaRestoreUser, in)
			if err != nil {
				t.Fatal(err)
			}
			wantState(t, out.Steps[0], plan.Verified)
		})
	}
}

// An attempt died right after it let somebody in, and left no word: the next one asks the gate about it all the same.
func TestGate_AttemptDiesBeforeTheSecondLook_TheNextOneShutsTheAccount(t *testing.T) {
	o := newOrg(t)
	in := converging(ofRole(), plan.OktaResume)
	in.Account, in.Paused = o.sam(inStatus(oktasim.Suspended)), true
	d := &doorman{}
	var dead atomic.Bool
	o.sys = o.connect(gated(d), func(c *Config) {
		c.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if dead.Load() {
				return nil, errStore
			}
			resp, err := http.DefaultTransport.RoundTrip(r)
			if strings.HasSuffix(r.URL.Path, "/unsuspend") {
				dead.Store(true)
				d.mu.Lock()
				d.open = []error{errStore}
				d.mu.Unlock()
			}
			return resp, err
		})
	})
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	attempts := 0
	env.RegisterActivityWithOptions(func(ctx context.Context, in activities.ConvergeOkta) (activities.ConvergedOkta, error) {
		if attempts++; attempts == 1 {
			return o.sys.ConvergeUser(context.WithoutCancel(t.Context()), in) // no heartbeat of it is ever seen
		}
		dead.Store(false)
		d.mu.Lock()
		d.open = []error{errGone}
		d.mu.Unlock()
		return o.sys.ConvergeUser(ctx, in)
	}, activity.RegisterOptions{Name: activities.OktaConvergeUser.Name})
	env.ExecuteWorkflow(func(ctx workflow.Context) (out activities.ConvergedOkta, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		err = workflow.ExecuteActivity(ctx, activities.OktaConvergeUser.Name, in).Get(ctx, &out)
		return out, err
	})
	var out activities.ConvergedOkta
	if err := env.GetWorkflowResult(&out); err != nil {
		t.Fatal(err)
	}
	wantOvertaken(t, out.Steps[0])
	if u := o.see(in.Account); attempts != 2 || u.Status != oktasim.Suspended {
		t.Errorf("%s after %d attempts", u.Status, attempts)
	}
}

func TestChangedSince_ToleratesClocksThatDiffer(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]bool{0: true, time.Minute: true, time.Hour: false} {
		at := now.Add(-ago)
		if changedSince(&sdk.User{StatusChanged: &at}, now) != want {
			t.Errorf("changed %s before: want %v", ago, want)
		}
	}
	if !changedSince(&sdk.User{}, now) {
		t.Error("an account whose change is not known counts as unchanged")
	}
}
