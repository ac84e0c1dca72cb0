package retriever

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

func (r *rig) readDeployment(id string) (activities.Deployment, error) {
	r.t.Helper()
	return run(r, activities.RetrieverReadDeployment, activities.ReadDeployment{CaseRef: theCase, Step: plan.StepID(plan.RetrieverDeploy), Order: id})
}

func (r *rig) mustReadDeployment(id string, want plan.State) activities.Deployment {
	r.t.Helper()
	st, err := r.readDeployment(id)
	if err != nil {
		r.t.Fatal(err)
	}
	wantState(r.t, st.Outcome, want)
	if st.Order != id || st.Outcome.Account != id || !strings.Contains(st.Outcome.ReadBack, id) {
		r.t.Errorf("asked for %s: %+v", id, st)
	}
	return st
}

func TestReadDeployment_FollowsTheWholeWay(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 1, 0)
	id := r.deploy(laptopFor("t")).Order
	if st := r.mustReadDeployment(id, plan.Waiting); st.Status != retrieversim.AwaitingShipment || st.Tracking != "" || st.Outcome.Detail != "not sent yet" {
		t.Errorf("%+v", st)
	}
	r.pass(24 * time.Hour)
	r.sim.AdvanceDeployment(id)
	if st := r.mustReadDeployment(id, plan.Waiting); st.Tracking == "" || st.Carrier != "ups" || st.Outcome.Detail != "on its way" {
		t.Errorf("%+v", st)
	}
	r.pass(24 * time.Hour)
	r.sim.AdvanceDeployment(id)
	if st := r.mustReadDeployment(id, plan.Verified); st.Status != retrieversim.Deployed {
		t.Errorf("%+v", st)
	}
}

func TestReadDeployment_Pace_BringsItThereByItself(t *testing.T) {
	r := stocked(t, &retrieversim.Simulator{Pace: 24 * time.Hour}, 1, 0)
	id := r.deploy(laptopFor("t")).Order
	r.pass(25 * time.Hour)
	r.mustReadDeployment(id, plan.Waiting)
	r.pass(25 * time.Hour)
	r.mustReadDeployment(id, plan.Verified)
	if d, _ := r.sim.Device(r.sim.Deployments()[0].DeviceID); d.Status != retrieversim.Deployed || d.Deployed.IsZero() {
		t.Errorf("the device: %+v", d)
	}
}

func TestReadDeployment_GivenUpOrAstray_AsksForAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*rig, string)
		says string
	}{
		"given up":            {func(r *rig, id string) { r.sim.DeactivateDeployment(id, "Customer requested cancellation") }, "Customer requested cancellation"},
		"given up, no reason": {func(r *rig, id string) { r.sim.DeactivateDeployment(id, "") }, "no reason given"},
		"given up, with the stamp of an arrival": {func(r *rig, id string) {
			r.sim.SetDeployment(id, retrieversim.Deployed)
			r.sim.DeactivateDeployment(id, "lost")
		}, "lost"},
		"disposed of": {func(r *rig, id string) { r.sim.SetDeployment(id, retrieversim.ForDisposal) }, "delivered for disposal"},
		"sent on":     {func(r *rig, id string) { r.sim.SetDeployment(id, retrieversim.ForwardedOn) }, "forward to address"},
	} {
		t.Run(name, func(t *testing.T) {
			r := stocked(t, new(retrieversim.Simulator), 2, 0)
			id := r.deploy(laptopFor("t")).Order
			c.end(r, id)
			if st := r.mustReadDeployment(id, plan.NeedsAttention); !strings.Contains(st.Outcome.Detail, c.says) {
				t.Errorf("%+v", st.Outcome)
			}
		})
	}
	r := stocked(t, new(retrieversim.Simulator), 1, 0)
	first := r.deploy(laptopFor("t")).Order
	r.sim.DeactivateDeployment(first, "lost")
	if again := r.deploy(laptopFor("t")); again.Order == first || again.Order == "" {
		t.Errorf("a person retries, and gets %+v", again)
	}
}

func TestStage_StampsAndStatusWhicheverIsFurther(t *testing.T) {
	at := instant{theCase.Opened}
	for name, c := range map[string]struct {
		d    delivery
		want stage
	}{
		"nothing":                   {delivery{}, awaited},
		"awaiting":                  {delivery{Status: "awaiting_shipment"}, awaited},
		"a number says nothing":     {delivery{Status: "awaiting_shipment", Tracking: "1Z"}, awaited},
		"status first":              {delivery{Status: "device_shipped"}, onItsWay},
		"stamp first":               {delivery{Status: "awaiting_shipment", Shipped: at}, onItsWay},
		"there by status":           {delivery{Status: "DEPLOYED "}, arrived},
		"there by stamp":            {delivery{Status: "device_shipped", Delivered: at}, arrived},
		"given up, all stamps set":  {delivery{Status: "deactivated", Shipped: at, Delivered: at}, givenUp},
		"disposed of":               {delivery{Status: "delivered_for_disposal", Delivered: at}, astray},
		"sent on":                   {delivery{Status: "forward_to_address"}, astray},
		"a word we do not know":     {delivery{Status: "held_at_customs"}, awaited},
		"an unknown word and stamp": {delivery{Status: "held_at_customs", Shipped: at}, onItsWay},
	} {
		if got := c.d.stage(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestReadDeployment_ManyCases_ShareOneSweep_ApartFromTheReturns(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	var ids []string
	for i := range 40 {
		ids = append(ids, r.sim.AddDeployment(retrieversim.Deployment{DeviceID: fmt.Sprint("D", i), Ticket: fmt.Sprint("t", i), Created: theCase.Opened.Add(time.Duration(i) * time.Second)}).ID)
	}
	box := r.sim.AddOrder(retrieversim.Order{Serial: "S", Created: theCase.Opened}).ID
	for _, id := range ids {
		r.mustReadDeployment(id, plan.Waiting)
	}
	r.mustRead(box, time.Hour)
	if n := r.allReads(); n != 2 {
		t.Errorf("%d reads for 40 deployments and a return", n)
	}
	r.pass(deploymentAge + time.Minute)
	r.mustReadDeployment(ids[3], plan.Waiting)
	r.mustReadDeployment(ids[9], plan.Waiting)
	if n := r.allReads(); n != 3 {
		t.Errorf("%d reads after the sweep grew old", n)
	}
}

func TestReadDeployment_OrderedJustNow_IsProvedByASweepOfItsOwn(t *testing.T) {
	r := stocked(t, new(retrieversim.Simulator), 2, 0)
	first := r.deploy(laptopFor("t")).Order
	r.mustReadDeployment(first, plan.Waiting)
	second := r.deploy(laptopFor("u")).Order
	before := r.allReads()
	r.mustReadDeployment(second, plan.Waiting) // younger than the last sweep
	if n := r.allReads() - before; n > 2 {
		t.Errorf("%d reads", n)
	}
}

func TestReadDeployment_OlderThanTheCase_IsReadByItsID(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	old := r.sim.AddDeployment(retrieversim.Deployment{DeviceID: "D", Created: theCase.Opened.AddDate(0, -2, 0)})
	for i := range 60 {
		r.sim.AddDeployment(retrieversim.Deployment{DeviceID: fmt.Sprint("D", i), Created: theCase.Opened.AddDate(0, -1, -i%20)})
	}
	r.mustReadDeployment(old.ID, plan.Waiting)
	if lists := r.sim.CallsTo(http.MethodGet, deployPath); lists != 1 || r.allReads() != 2 {
		t.Errorf("%d pages, %d reads", lists, r.allReads())
	}
}

func TestReadDeployment_Absent_IsNotFound(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	_, err := r.readDeployment("NOSUCH00")
	wantProblem(t, err, activities.NotFound, "no such order")
	_, err = r.readDeployment("")
	wantProblem(t, err, activities.InvalidInput, "order is empty")
}

func TestReadDeployment_PassingFaults_AreTriedAgain(t *testing.T) {
	for name, f := range map[string]kit.Fault{"away": {Status: 502}, "cut": {Drop: kit.DropBefore}, "a page for people": {Status: 200, Body: "<html>"}} {
		r := newRig(t, new(retrieversim.Simulator))
		id := r.sim.AddDeployment(retrieversim.Deployment{DeviceID: "D", Created: theCase.Opened}).ID
		remove := r.sim.Inject(f)
		if _, err := r.readDeployment(id); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantProblem(t, err, activities.Unavailable, "")
		}
		remove()
		r.mustReadDeployment(id, plan.Waiting)
	}
}
