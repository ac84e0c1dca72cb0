package retriever

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/internal/vendorhttp"
	"tenure/simulators/kit"
	"tenure/simulators/retriever"
)

func TestReadOrder_FollowsTheWholeWay(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	id := r.order(boxFor("C02XY")).Order
	for _, want := range []activities.Milestone{activities.BoxShipped, activities.BoxDelivered, activities.DeviceShipped, activities.DeviceArrived} {
		r.pass(24 * time.Hour)
		r.sim.Advance(id)
		st := r.mustRead(id, time.Minute)
		if st.Milestone != want || st.OutboundTracking == "" || st.ReturnTracking == "" || st.ReturnCarrier != "USPS" {
			t.Errorf("want %s: %+v", want, st)
		}
		wantState(t, st.Outcome, plan.Waiting)
	}
	st := r.mustRead(id, time.Minute)
	if st.BoxShippedAt.IsZero() || st.BoxDeliveredAt.IsZero() || st.DeviceShippedAt.IsZero() || st.DeviceArrivedAt.IsZero() {
		t.Errorf("stamps: %+v", st)
	}
	if !strings.Contains(st.Outcome.Detail, "waits for check-in") {
		t.Errorf("arrived is not checked in: %+v", st.Outcome)
	}
}

func TestReadOrder_GivenUp_AsksForAPerson(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	id := r.order(boxFor("C02XY")).Order
	r.sim.Deactivate(id, "Employee returned the device in person")
	st := r.mustRead(id, 0)
	wantState(t, st.Outcome, plan.NeedsAttention)
	if st.Milestone != activities.Deactivated || !strings.Contains(st.Outcome.Detail, "in person") || st.Why == "" {
		t.Errorf("%+v", st)
	}
}

func TestReached_StampsAndStatusWhicheverIsFurther(t *testing.T) {
	at := instant{theCase.Opened}
	cases := []struct {
		name string
		s    shipment
		want activities.Milestone
	}{
		{"nothing", shipment{}, activities.Ordered},
		{"pending", shipment{Status: "box_pending_shipment"}, activities.Ordered},
		{"status first", shipment{Status: "box_in_transit"}, activities.BoxShipped},
		{"stamp first", shipment{Status: "box_pending_shipment", BoxShipped: at}, activities.BoxShipped},
		{"box delivered by status", shipment{Status: "box_delivered"}, activities.BoxDelivered},
		{"box delivered by stamp", shipment{Status: "box_in_transit", BoxDelivered: at}, activities.BoxDelivered},
		{"return label alone says nothing", shipment{Status: "box_in_transit", ReturnTracking: "9400"}, activities.BoxShipped},
		{"device sent by status", shipment{Status: "RETURN_IN_TRANSIT"}, activities.DeviceShipped},
		{"device sent by stamp", shipment{Status: "box_delivered", DeviceShipped: at}, activities.DeviceShipped},
		{"the vendor's own example: all stamps, status pending", shipment{Status: "box_pending_shipment", BoxShipped: at, BoxDelivered: at, DeviceShipped: at, DeviceDelivered: at}, activities.DeviceArrived},
		{"complete", shipment{Status: "return_complete"}, activities.DeviceArrived},
		{"disposal", shipment{Status: "received_for_disposal"}, activities.DeviceArrived},
		{"warehouse", shipment{Status: "received_at_warehouse"}, activities.DeviceArrived},
		{"storage", shipment{Status: "received_at_storage_location"}, activities.DeviceArrived},
		{"destroyed", shipment{Status: "destruction_complete"}, activities.DeviceArrived},
		{"given up", shipment{Status: "deactivated", BoxShipped: at}, activities.Deactivated},
		{"given up after it arrived", shipment{Status: "deactivated", DeviceDelivered: at}, activities.DeviceArrived},
		{"unknown word", shipment{Status: "held_at_customs", DeviceShipped: at}, activities.DeviceShipped},
		{"unknown word, no stamps", shipment{Status: "held_at_customs"}, activities.Ordered},
	}
	for _, c := range cases {
		if got := c.s.reached(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestReadOrder_ManyCases_ShareOneSweep(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	var ids []string
	for i := range 40 {
		ids = append(ids, r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.Add(time.Duration(i) * time.Second)}).ID)
	}
	for _, id := range ids {
		if st := r.mustRead(id, 10*time.Minute); st.Order != id {
			t.Errorf("asked for %s, got %+v", id, st)
		}
	}
	if n := r.sim.CallsTo(http.MethodGet, "/api/**"); n != 1 {
		t.Errorf("%d reads for 40 orders", n)
	}
	r.pass(11 * time.Minute)
	r.mustRead(ids[3], 10*time.Minute)
	r.mustRead(ids[9], 10*time.Minute)
	if n := r.sim.CallsTo(http.MethodGet, "/api/**"); n != 2 {
		t.Errorf("%d reads after the sweep grew old", n)
	}
}

func TestReadOrder_Together_OneSweepRuns(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	id := r.sim.AddOrder(retrieversim.Order{Serial: "S", Created: theCase.Opened}).ID
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := r.sys.ReadOrder(t.Context(), activities.ReadOrder{CaseRef: theCase, Order: id, MaxAge: time.Minute}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := r.lists(); n != 1 {
		t.Errorf("%d reads by 20 at once", n)
	}
}

func TestReadOrder_SweepStopsAtTheOldestOrderAskedFor(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	var ids []string
	for i := range 500 {
		ids = append(ids, r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.Add(-time.Duration(i) * time.Hour)}).ID)
	}
	r.mustRead(ids[0], time.Minute)
	if r.lists() != 1 {
		t.Errorf("%d pages for the newest order", r.lists())
	}
	// An older case asks: the same sweep goes on where it stopped.
	ask := func(i int) {
		ref := theCase
		ref.Opened = theCase.Opened.Add(-time.Duration(i) * time.Hour)
		if _, err := run(r, activities.RetrieverReadOrder, activities.ReadOrder{CaseRef: ref, Order: ids[i], MaxAge: time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	ask(120)
	if r.lists() != 3 {
		t.Errorf("%d pages for order 120", r.lists())
	}
	ask(60)
	if r.lists() != 3 {
		t.Errorf("%d pages though order 60 was read already", r.lists())
	}
	// A new sweep goes back to the oldest of them at once, and no further.
	r.pass(time.Hour)
	r.mustRead(ids[0], time.Minute)
	if r.lists() != 6 {
		t.Errorf("%d pages after a new sweep of three", r.lists())
	}
	// When the old ones have come back, one page is enough.
	for _, i := range []int{60, 120} {
		r.sim.SetStatus(ids[i], retrieversim.ReturnComplete)
	}
	r.pass(time.Hour)
	ask(60)
	ask(120)
	before := r.lists()
	r.pass(time.Hour)
	r.mustRead(ids[0], time.Minute)
	if r.lists() != before+1 {
		t.Errorf("%d pages for the one open order", r.lists()-before)
	}
}

func TestReadOrder_NobodyAskedForAWeek_IsNotSweptFor(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	var ids []string
	for i := range 120 {
		ids = append(ids, r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.Add(-time.Duration(i) * 24 * time.Hour)}).ID)
	}
	ref := theCase
	ref.Opened = theCase.Opened.AddDate(0, 0, -115)
	if _, err := run(r, activities.RetrieverReadOrder, activities.ReadOrder{CaseRef: ref, Order: ids[115]}); err != nil {
		t.Fatal(err)
	}
	r.pass(8 * 24 * time.Hour)
	before := r.lists()
	r.mustRead(ids[0], 0)
	if r.lists() != before+1 {
		t.Errorf("%d pages", r.lists()-before)
	}
}

func TestReadOrder_OlderThanTheCase_IsReadByItsID(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	old := r.sim.AddOrder(retrieversim.Order{Serial: "C02XY", Created: theCase.Opened.AddDate(0, -2, 0)})
	for i := range 60 {
		r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened.AddDate(0, -1, -i)})
	}
	if st := r.mustRead(old.ID, time.Minute); st.Order != old.ID {
		t.Errorf("%+v", st)
	}
	if r.lists() != 1 {
		t.Errorf("%d pages", r.lists())
	}
}

func TestReadOrder_Absent_IsNotFound(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	_, err := r.readOrder("NOSUCH00", time.Minute)
	wantProblem(t, err, activities.NotFound, "no such order")
	_, err = r.readOrder("", time.Minute)
	wantProblem(t, err, activities.InvalidInput, "order is empty")
}

func TestReadOrder_FailedSweep_LeavesTheOldOneAlone(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	id := r.order(boxFor("C02XY")).Order
	r.mustRead(id, time.Minute)
	r.pass(time.Hour)
	remove := r.sim.Inject(kit.Fault{Path: listPath, Status: 500})
	_, err := r.readOrder(id, time.Minute)
	wantProblem(t, err, activities.Unavailable, "")
	r.mustRead(id, 2*time.Hour)
	remove()
	r.sim.Advance(id)
	if st := r.mustRead(id, time.Minute); st.Milestone != activities.BoxShipped {
		t.Errorf("%+v", st)
	}
}

func TestPage_LinkToAnotherHost_IsNotFollowed(t *testing.T) {
	stolen := atomic.Bool{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	t.Cleanup(elsewhere.Close)
	r := newRig(t, &retrieversim.Simulator{PublicURL: elsewhere.URL})
	for i := range 60 {
		r.sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened})
	}
	o := r.order(boxFor("C02XY")).Outcome
	wantState(t, o, plan.NeedsAttention)
	if stolen.Load() || !strings.Contains(o.Detail, "another address") || r.posts() != 0 {
		t.Errorf("key sent elsewhere: %v, posts %d, %+v", stolen.Load(), r.posts(), o)
	}
	for next, want := range map[string]bool{
		r.url + listPath + "?cursor=x": true, listPath + "?cursor=x": true,
		strings.Replace(r.url, "http:", "https:", 1) + listPath: true,
		"https://example.com" + listPath:                        false, "//example.com" + listPath: false,
		strings.Replace(r.url, "http://", "http://a@", 1) + listPath: false, "http://[bad": false,
	} {
		if _, _, err := r.sys.follow(next); (err == nil) != want {
			t.Errorf("follow %s: %v", next, err)
		}
	}
}

func TestPage_UnderAPrefix(t *testing.T) {
	sim := new(retrieversim.Simulator)
	srv := httptest.NewServer(http.StripPrefix("/retriever", sim))
	t.Cleanup(srv.Close)
	sim.PublicURL = srv.URL + "/retriever"
	r := &rig{t: t, sim: sim, now: theCase.Opened.Add(time.Minute)}
	sim.Clock = r.clock
	r.sys = r.system(srv.URL + "/retriever")
	for i := range 60 {
		sim.AddOrder(retrieversim.Order{Serial: fmt.Sprint("S", i), Created: theCase.Opened})
	}
	wantState(t, r.order(boxFor("C02XY")).Outcome, plan.Verified)
	if r.lists() != 2 {
		t.Errorf("%d pages", r.lists())
	}
	if _, _, err := r.sys.follow(srv.URL + "/retrieverx/"); err == nil {
		t.Error("a path beside the prefix was followed")
	}
}

func TestPage_EndlessList_Ends(t *testing.T) {
	r := newRig(t, new(retrieversim.Simulator))
	r.sim.Inject(kit.Fault{Method: http.MethodGet, Path: listPath, Status: 200,
		Body: `{"next":"` + listPath + `?cursor=x","results":[{"id":"A","created_at":"2026-11-22T09:00:00Z"}]}`})
	_, err := run(r, activities.RetrieverOrderBox, boxFor("C02XY"))
	wantProblem(t, err, activities.Unavailable, "does not come to an end")
	_, err = r.readOrder("B", 0)
	wantProblem(t, err, activities.Unavailable, "does not come to an end")
}

func TestProblemOf_EveryRow(t *testing.T) {
	cases := []struct {
		status     int
		body, text string
		typ        string
		delay      time.Duration
	}{
		{301, "", "redirects", activities.InvalidInput, 0},
		{400, `{"device":["field may not be blank."],"employee_info":{"name":["This field may not be blank."],"address_zip":["Invalid ZIP code: 10001-321"]}}`,
			"device (field may not be blank), employee_info.address_zip (Invalid ZIP code), employee_info.name (This field may not be blank)", activities.InvalidInput, 0},
		{400, `{"detail":"JSON parse error - line 1"}`, "detail (JSON parse error", activities.InvalidInput, 0},
		{400, "<html>", "refused the order", activities.InvalidInput, 0},
		{401, `{"detail":"x"}`, "API key", activities.Forbidden, 0},
		{402, `{"detail":"No prepaid laptop returns available."}`, "no prepaid return", activities.Conflict, 0},
		{403, `{"detail":"x"}`, "API key", activities.Forbidden, 0},
		{404, `{"detail":"Not found."}`, "no such order", activities.NotFound, 0},
		{405, "", "refused the request", activities.InvalidInput, 0},
		{408, "", "too late", activities.Unavailable, 0},
		{429, `{"detail":"Request was throttled. Expected available in 5400 seconds."}`, "quota", activities.RateLimited, 90 * time.Minute},
		{429, "", "quota", activities.RateLimited, time.Minute},
		{500, "", "not available", activities.Unavailable, 0},
		{503, "<html>", "not available", activities.Unavailable, 0},
	}
	hit := map[int]bool{}
	for _, c := range cases {
		p := activities.ProblemOf(problemOf(&vendorhttp.StatusError{System: "retriever", Call: "GET /x", Status: c.status, Body: []byte(c.body)}))
		if p.Type != c.typ || !strings.Contains(p.Text, c.text) || p.Delay != c.delay {
			t.Errorf("%d: %+v", c.status, p)
		}
		if !p.Retryable() && p.Mend == "" {
			t.Errorf("%d: a refusal for good needs a mend", c.status)
		}
		for i, r := range table {
			if c.status >= r.from && c.status <= r.to {
				hit[i] = true
				break
			}
		}
	}
	if len(hit) != len(table) {
		t.Errorf("%d of %d rows are tested", len(hit), len(table))
	}
	p := activities.ProblemOf(problemOf(&vendorhttp.StatusError{Status: 429, RetryAfter: 7 * time.Second}))
	if p.Delay != 7*time.Second {
		t.Errorf("the header's delay: %+v", p)
	}
}
