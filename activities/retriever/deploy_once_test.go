package retriever

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

// attempt runs one attempt with what an earlier one said in its heartbeats, and gives what this one says.
func (r *rig) attempt(in activities.DeployDevice, said any) (activities.Deployment, any, error) {
	r.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(silent{})
	env := suite.NewTestActivityEnvironment()
	for _, b := range r.sys.Bindings() {
		env.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	if said != nil {
		env.SetHeartbeatDetails(said)
	}
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p progress
		if details.Get(&p) == nil {
			said = p
		}
	})
	var out activities.Deployment
	value, err := env.ExecuteActivity(activities.RetrieverDeployDevice.Name, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, said, err
}

func TestDeployDevice_Repeated_OrdersOnce(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 5, 0)
	first := r.deploy(laptopFor("t"))
	for range 3 {
		r.pass(time.Hour)
		again := r.deploy(laptopFor("t"))
		if again.Order != first.Order || again.Serial != first.Serial || !strings.Contains(again.Outcome.Detail, "adopted") {
			t.Errorf("%+v, want %+v", again, first)
		}
		wantState(t, again.Outcome, plan.Waiting)
	}
	if other := r.deploy(laptopFor("u")); other.Order == first.Order || other.Serial == first.Serial {
		t.Errorf("somebody else got the same: %+v", other)
	}
	if r.deployPosts() != 2 {
		t.Errorf("%d orders were placed for two people", r.deployPosts())
	}
}

// Whatever answers are lost at whatever two calls, before or after they took effect, and however late Retriever's list
// shows the order: one order. With a third attempt and a step that is tried once more there are seven calls.
func TestDeployDevice_AnswersLostAtAnyCalls_OrdersOnce(t *testing.T) {
	for _, lag := range []time.Duration{0, 40 * time.Second, 10 * time.Minute} {
		for first := range 7 {
			for second := first; second < 7; second++ {
				for name, when := range map[string]kit.Drop{"before": kit.DropBefore, "after": kit.DropAfter} {
					t.Run(fmt.Sprintf("calls %d and %d, %s their effect, list %s late", first, second, name, lag), func(t *testing.T) {
						r := stocked(t, &retrieversim.Simulator{ListLag: lag}, 5, 5)
						lost := &lossy{at: []int{first, second}, when: when}
						r.sys = r.system(r.url, func(c *Config) { c.Transport = roundTripper(lost.RoundTrip) })
						st := r.untilOrdered(laptopFor("t"))
						if all := r.sim.Deployments(); len(all) != 1 || all[0].ID != st.Order || all[0].Ticket != markFor(t, laptopFor("t")) {
							t.Fatalf("%+v, orders %+v", st, all)
						}
						r.pass(time.Hour)
						if again := r.untilOrdered(laptopFor("t")); again.Order != st.Order || len(r.sim.Deployments()) != 1 {
							t.Errorf("the step tried once more: %+v", again)
						}
					})
				}
			}
		}
	}
}

// untilOrdered tries as Temporal does.
func (r *rig) untilOrdered(in activities.DeployDevice) activities.Deployment {
	r.t.Helper()
	var said any
	for range 20 {
		st, now, err := r.attempt(in, said)
		if err == nil {
			return st
		}
		wantProblem(r.t, err, activities.Unavailable, "")
		said = now
		r.pass(45 * time.Second)
	}
	r.t.Fatal("never ordered")
	return activities.Deployment{}
}

// lossy loses the answers of some calls.
type lossy struct {
	at   []int
	when kit.Drop
	done int
}

func (l *lossy) RoundTrip(req *http.Request) (*http.Response, error) {
	mine := slices.Contains(l.at, l.done)
	l.done++
	if mine && l.when == kit.DropBefore {
		return nil, fmt.Errorf("connection lost")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if mine && err == nil {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("connection lost")
	}
	return resp, err
}

// A worker that dies takes its word with it; the next attempt comes when Retriever's list shows the order.
func TestDeployDevice_WorkerDiedAfterItOrdered_TheListTells(t *testing.T) {
	r := stocked(t, &retrieversim.Simulator{ListLag: 40 * time.Second}, 5, 0)
	r.sim.Inject(kit.Fault{Method: http.MethodPost, Path: deployPath, Drop: kit.DropAfter, Times: 1})
	if _, _, err := r.attempt(laptopFor("t"), nil); err == nil {
		t.Fatal("the answer was not lost")
	}
	r.pass(45 * time.Second)
	st, _, err := r.attempt(laptopFor("t"), nil)
	if err != nil || len(r.sim.Deployments()) != 1 || !strings.Contains(st.Outcome.Detail, "adopted") {
		t.Errorf("%v, %d orders, %+v", err, len(r.sim.Deployments()), st)
	}
}

func TestDeployDevice_UnclearAnswer_TheSameDeviceIsOrderedAgain(t *testing.T) {
	for name, fault := range map[string]kit.Fault{"500 without effect": {Status: 500}, "cut before the effect": {Drop: kit.DropBefore}, "201 without a name": {Status: 201, Body: `{}`},
		"201 with a page": {Status: 201, Body: `<html>`}} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 10, 0)
			fault.Method, fault.Times = http.MethodPost, 1
			r.sim.Inject(fault)
			_, said, err := r.attempt(laptopFor("t"), nil)
			wantProblem(t, err, activities.Unavailable, "")
			r.pass(45 * time.Second)
			st, _, err := r.attempt(laptopFor("t"), said)
			if err != nil || len(r.sim.Deployments()) != 1 || r.sim.Deployments()[0].DeviceID != said.(progress).Device || st.Serial == "" {
				t.Errorf("%v %+v, after %+v", err, st, said)
			}
		})
	}
}

// Ten people join at once and want one model: each gets a device, whoever is faster.
func TestDeployDevice_ManyAtOnce_EachGetsADeviceOfTheirOwn(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 12, 0)
	results := make(chan activities.Deployment)
	for i := range 10 {
		go func() {
			for {
				st, err := r.sys.DeployDevice(t.Context(), laptopFor(fmt.Sprint("t", i)))
				if err == nil {
					results <- st
					return
				}
			}
		}()
	}
	serials := map[string]bool{}
	for range 10 {
		st := <-results
		if st.Order == "" || serials[st.Serial] {
			t.Errorf("%+v", st)
		}
		serials[st.Serial] = true
	}
	if n := len(r.sim.Deployments()); n != 10 {
		t.Errorf("%d orders for ten people", n)
	}
}

func TestDeployDevice_DeviceTakenMeanwhile(t *testing.T) {
	// The warehouse shows a device that is not to be had any more.
	stale := func(r *rig, id, status string) {
		r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: warehousePath, Status: 200, Times: 1,
			Body: `{"results":[{"id":"` + id + `","serial_number":"STALE","model":"MacBook Pro 14","operating_system":"macos","status":"ready_for_deployment"}]}`})
		r.sim.EditDevice(id, func(d *retrieversim.Device) { d.Status = status })
	}
	t.Run("by somebody else, whose order is shown", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 1)
		pro := r.sim.Warehouse()[0]
		r.sim.AddDeployment(retrieversim.Deployment{DeviceID: pro.ID, Ticket: "desk 7", Created: theCase.Opened.Add(-24 * time.Hour)})
		stale(r, pro.ID, retrieversim.DeploymentRequested)
		for i := range 60 { // so that it is on a page that is not read at first
			r.sim.AddDeployment(retrieversim.Deployment{DeviceID: fmt.Sprint("X", i), Created: theCase.Opened.Add(-2 * time.Hour)})
		}
		st := r.deploy(laptopFor("t"))
		if got, _ := r.sim.Deployment(st.Order); got.DeviceID == pro.ID || got.Ticket != markFor(t, laptopFor("t")) {
			t.Errorf("%+v %+v", st, got)
		}
	})
	t.Run("gone to repair", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 1)
		pro := r.sim.Warehouse()[0]
		stale(r, pro.ID, retrieversim.InRepair)
		if st := r.deploy(laptopFor("t")); st.Order == "" || st.Serial == "STALE" {
			t.Errorf("%+v", st)
		}
	})
	t.Run("no longer known", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 0, 1)
		stale(r, "NOSUCH00", "")
		if st := r.deploy(laptopFor("t")); st.Order == "" || st.Serial == "STALE" {
			t.Errorf("%+v", st)
		}
	})
	t.Run("in deployment, and nobody can see for whom", func(t *testing.T) {
		r := stocked(t, new(retrieversim.Simulator), 1, 5)
		pro := r.sim.Warehouse()[0]
		stale(r, pro.ID, retrieversim.LabelGenerated)
		_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
		wantProblem(t, err, activities.Unavailable, "does not show yet whose it is")
		if n := len(r.sim.Deployments()); n != 0 {
			t.Errorf("%d orders", n)
		}
	})
}

func TestDeployDevice_Adoption(t *testing.T) {
	ours := markFor(t, laptopFor("t"))
	earlier := laptopFor("t")
	earlier.Run = "r0"
	for name, c := range map[string]struct {
		there retrieversim.Deployment
		state plan.State // empty: not adopted
	}{
		"our mark":                {retrieversim.Deployment{Ticket: ours, Created: theCase.Opened}, plan.Waiting},
		"our mark, sent":          {retrieversim.Deployment{Ticket: ours, Created: theCase.Opened, Status: retrieversim.DeviceShipped}, plan.Waiting},
		"our mark, there already": {retrieversim.Deployment{Ticket: ours, Created: theCase.Opened, Status: retrieversim.Deployed}, plan.Verified},
		"our mark, no shipment":   {retrieversim.Deployment{Ticket: ours, Created: theCase.Opened, NoShipment: true}, plan.Waiting},
		"our mark, given up":      {retrieversim.Deployment{Ticket: ours, Created: theCase.Opened, Status: retrieversim.Deactivated}, ""},
		"of an earlier hire":      {retrieversim.Deployment{Ticket: markFor(t, earlier), Created: theCase.Opened.AddDate(0, -6, 0), Status: retrieversim.Deployed}, ""},
		"somebody else's":         {retrieversim.Deployment{Ticket: "u", Created: theCase.Opened}, ""},
		"without a mark":          {retrieversim.Deployment{Created: theCase.Opened}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 2, 0)
			c.there.DeviceID = "ELSEWHERE"
			there := r.sim.AddDeployment(c.there)
			st := r.deploy(laptopFor("t"))
			if (st.Order == there.ID) != (c.state != "") || r.deployPosts() == 0 != (c.state != "") {
				t.Fatalf("%d posts, %+v", r.deployPosts(), st)
			}
			if c.state != "" {
				wantState(t, st.Outcome, c.state)
			}
		})
	}
}

func TestDeployDevice_ListOrWarehouseCannotBeRead_NothingIsOrdered(t *testing.T) {
	for _, path := range []string{deployPath, warehousePath} {
		for _, f := range []kit.Fault{{Status: 502}, {Drop: kit.DropBefore}, {Status: 200, Body: "<html>"}} {
			r := stocked(t, new(retrieversim.Simulator), 1, 0)
			f.Method, f.Path = http.MethodGet, path
			r.sim.Inject(f)
			_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
			wantProblem(t, err, activities.Unavailable, "")
			if r.deployPosts() != 0 {
				t.Error("ordered blindly")
			}
		}
	}
}

func TestDeployDevice_Throttled_WaitsAsLongAsRetrieverSays(t *testing.T) {
	r := stocked(t, &retrieversim.Simulator{RateLimits: true}, 1, 0)
	for range 60 {
		r.mustReadAnything()
	}
	_, err := run(r, activities.RetrieverDeployDevice, laptopFor("t"))
	wantProblem(t, err, activities.RateLimited, "quota")
	r.pass(time.Minute)
	if st := r.deploy(laptopFor("t")); st.Order == "" {
		t.Errorf("%+v", st)
	}
}

func TestRefusalOf_ReadsWhatIsSaidOfADevice(t *testing.T) {
	for name, fault := range map[string]struct {
		status     int
		body, want string
	}{
		"gone":         {400, `{"detail":"Device with id D1 does not exist."}`, noSuchDevice},
		"taken":        {400, `{"detail":"Device with id D1 is already in deployment process."}`, alreadyDeploying},
		"in capitals":  {400, `{"detail":"DEVICE D1 IS ALREADY IN DEPLOYMENT PROCESS"}`, alreadyDeploying},
		"not ready":    {400, `{"detail":"Device with id D1 is not in ready for deployment state."}`, notReady},
		"another word": {400, `{"detail":"JSON parse error"}`, ""},
		"a field":      {400, `{"device_id":["This field may not be blank."]}`, ""},
		"a page":       {400, `<html>`, ""},
		"another code": {409, `{"detail":"Device with id D1 does not exist."}`, ""},
	} {
		r := stocked(t, new(retrieversim.Simulator), 1, 0)
		r.sim.Inject(kit.Fault{Method: http.MethodPost, Status: fault.status, Body: fault.body})
		body, err := r.sys.deployRequest(laptopFor("t"))
		if err != nil {
			t.Fatal(err)
		}
		p := &shipping{System: r.sys, in: laptopFor("t"), body: body, known: map[string]device{}, taken: map[string]bool{}}
		_, err = p.order(t.Context(), "D1")
		if got := refusalOf(err); err == nil || got != fault.want {
			t.Errorf("%s: %q, want %q (%v)", name, got, fault.want, err)
		}
	}
}
