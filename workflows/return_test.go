package workflows_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	retrieversim "tenure/simulators/retriever"
	"tenure/workflows"
)

// returnInput is the return of the leaver's laptop by itself: an exchange, with a card and a ticket of its own.
func (s *stage) returnInput() workflows.DeviceReturnInput {
	s.Helper()
	p, mac := s.person(), s.mac()
	device := plan.Device{ID: mac.ID, ManagementID: mac.ManagementID, Serial: mac.Serial, Model: mac.Model, Kind: plan.Computer, Managed: true}
	settings := plan.SettingsFor(s.policy, p, nil)
	settings.Return = settings.Return.Of(device)
	return workflows.DeviceReturnInput{Request: workflows.DeviceReturnRequest{
		Employee: p.ID, ProfileID: p.ProfileID, Person: p, Device: device, Settings: settings, Actor: "cli:kim", Reason: "refresh"}}
}

// playReturn plays it to its end.
func (s *stage) playReturn() activities.CaseView {
	s.Helper()
	s.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: s.returnID(), TaskQueue: activities.QueueLifecycle})
	s.env.ExecuteWorkflow(string(workflows.ProcessDeviceReturn), s.returnInput())
	if !s.env.IsWorkflowCompleted() {
		s.Fatal("the return did not end")
	}
	s.must(s.env.GetWorkflowError())
	var v activities.CaseView
	s.must(s.env.GetWorkflowResult(&v))
	return v
}

// brought says, to a return that stands alone, that a device with this serial number is in IT's hands.
func (s *stage) brought(at time.Duration, serial string) {
	s.after(at, func() {
		s.env.SignalWorkflow(workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:it", Serial: serial, At: s.env.Now()})
	})
}

func (s *stage) order() retrieversim.Order {
	s.Helper()
	if n := len(s.world.Retriever.Orders()); n != 1 {
		s.Fatalf("%d orders", n)
	}
	return s.world.Retriever.Orders()[0]
}

func (s *stage) thread() []string {
	var out []string
	for _, c := range s.cards() {
		for _, m := range c.Thread {
			out = append(out, strings.Split(m.Text, "\n")...)
		}
	}
	return out
}

// told checks that people were told these things, each once and each after the one before.
func (s *stage) told(words ...string) {
	s.Helper()
	lines, at := s.thread(), 0
	for _, w := range words {
		i := slices.IndexFunc(lines[at:], func(l string) bool { return strings.Contains(l, w) })
		if i < 0 {
			s.Errorf("people were not told %q after line %d of\n%s", w, at, strings.Join(lines, "\n"))
			return
		}
		at += i + 1
		if slices.ContainsFunc(lines[at:], func(l string) bool { return strings.Contains(l, w) }) {
			s.Errorf("people were told %q twice", w)
		}
	}
}

func TestReturn_ByItself_IsShownAndEndsInStock(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.brought(20*day, s.laptop().Serial)
	v := s.playReturn()
	serial := s.laptop().Serial
	for _, id := range []plan.StepID{plan.StepID("retriever.order:" + serial), plan.StepID("device.checkin:" + serial), plan.StepID("jamf.stock:" + serial)} {
		s.want(v, id, plan.Verified)
	}
	s.onceShown()
	s.told("begun: lives in US", "it can be cancelled in Retriever's portal", "the box is on its way", "the box was delivered", "the laptop is on its way", "the laptop has arrived",
		"checked in by cli:it", "Return of "+serial+" completed")
	if len(v.Returns) != 1 || v.Returns[0].Milestone != activities.InStock || v.Outcome != "completed" {
		t.Errorf("ended %s: %+v", v.Outcome, v.Returns)
	}
	if d := s.mac(); d.Username != "" || d.Email != "" {
		t.Errorf("the laptop still belongs to %s", d.Email)
	}
}

func TestReturn_AnotherDevice_IsRefusedAndSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.brought(19*day, "C02WRONG")
	s.brought(20*day, " "+strings.ToLower(s.laptop().Serial)+" ")
	between := s.see(19*day + time.Hour)
	v := s.playReturn()
	s.told(`cli:it reported a device with serial "C02WRONG"; this return waits for `+s.laptop().Serial, "checked in by cli:it")
	if got := step(*between, plan.StepID("device.checkin:"+s.laptop().Serial)); got.State.Ended() {
		t.Errorf("another device checked this one in: %s", got.State)
	}
	if v.Returns[0].Milestone != activities.InStock {
		t.Errorf("%+v", v.Returns)
	}
}

func TestReturn_SecondReceipt_ChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	// The stock is not written at once, so that the second receipt finds the return still under way.
	s.spoil(&s.world.Jamf.Kit, 19*day, 21*day, kit.Fault{Method: "PATCH", Status: http.StatusServiceUnavailable})
	s.brought(20*day, s.laptop().Serial)
	s.after(20*day+time.Hour, func() {
		s.env.SignalWorkflow(workflows.LaptopReceived.Name, workflows.LaptopReceipt{By: "cli:else", Serial: s.laptop().Serial, At: s.env.Now()})
	})
	v := s.playReturn()
	if got := step(v, plan.StepID("device.checkin:"+s.laptop().Serial)); got.Detail != "received by cli:it" {
		t.Errorf("checked in: %s", got.Detail)
	}
	s.told("checked in by cli:it")
	s.want(v, plan.StepID("jamf.stock:"+s.laptop().Serial), plan.Verified)
}

func TestReturn_NobodySendsTheLaptop_RemindersClimbTheLadder(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(s *stage) { s.config.Pace.Parcel = 0 }) // nothing moves by itself
	s.after(2*day, func() { s.world.Retriever.Advance(s.order().ID) })
	s.after(4*day, func() { s.world.Retriever.Advance(s.order().ID) })
	s.brought(40*day, s.laptop().Serial)
	s.playReturn()
	var at []string
	for _, m := range s.cards()[0].Thread {
		for _, line := range strings.Split(m.Text, "\n") {
			if i := strings.Index(line, "reminder "); i >= 0 {
				at = append(at, fmt.Sprintf("%.0f: %s", m.PostedAt.Sub(opening).Hours()/24, line[i:]))
			}
		}
	}
	want := []string{"5: reminder 1 of 4: the laptop has not been sent; remind the employee", "10: reminder 2 of 4: the laptop has not been sent; remind the employee",
		"15: reminder 3 of 4: the laptop has not been sent; remind the manager", "30: reminder 4 of 4: the laptop has not been sent; remind the hr"}
	if !slices.Equal(at, want) {
		t.Errorf("reminded\n%s\nwant\n%s", strings.Join(at, "\n"), strings.Join(want, "\n"))
	}
}

func TestReturn_SentLaptop_IsNotRemindedOf(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(s *stage) { s.config.Pace.Parcel = day })
	s.brought(40*day, s.laptop().Serial)
	s.playReturn()
	if slices.ContainsFunc(s.thread(), func(l string) bool { return strings.Contains(l, "reminder ") }) {
		t.Error("a laptop on its way on the third day was reminded of")
	}
}

func TestReturn_OrderGivenUp_AsksAPersonAndStillTakesTheLaptop(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.after(5*day, func() { s.world.Retriever.Deactivate(s.order().ID, "no answer") })
	asked := s.see(7 * day)
	s.brought(12*day, s.laptop().Serial)
	v := s.playReturn()
	id := plan.StepID("device.checkin:" + s.laptop().Serial)
	if got := step(*asked, id); got.State != plan.NeedsAttention || !strings.Contains(got.Detail, "no answer") {
		t.Errorf("%s is %s: %s", id, got.State, got.Detail)
	}
	s.want(v, id, plan.Verified)
	if v.Returns[0].Milestone != activities.InStock {
		t.Errorf("%+v", v.Returns)
	}
}

func TestReturn_StagesSkippedAndNewsOutOfOrder_NeverGoBackwards(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(s *stage) { s.config.Pace.Parcel = 0 })
	var seen []activities.Milestone
	order := []activities.Milestone{"", activities.Ordered, activities.BoxShipped, activities.BoxDelivered, activities.DeviceShipped, activities.DeviceArrived, activities.DeviceCheckedIn, activities.InStock}
	set := func(at time.Duration, status string) {
		s.after(at, func() { s.world.Retriever.SetStatus(s.order().ID, status) })
	}
	set(2*day, retrieversim.BoxDelivered) // shipped was never said
	set(4*day, retrieversim.BoxInTransit) // late
	set(6*day, retrieversim.ReturnInTransit)
	s.after(8*day, func() { s.world.EasyPost.Move(s.order().Return, "delivered") })
	s.after(9*day, func() { s.world.EasyPost.Move(s.order().Return, "in_transit") })
	set(10*day, retrieversim.BoxDelivered)
	for d := day; d < 12*day; d += day {
		v := s.see(d + 12*time.Hour)
		s.after(d+12*time.Hour+time.Second, func() { seen = append(seen, v.Returns[0].Milestone) })
	}
	s.brought(12*day, s.laptop().Serial)
	s.playReturn()
	for i := 1; i < len(seen); i++ {
		if slices.Index(order, seen[i]) < slices.Index(order, seen[i-1]) {
			t.Errorf("from %s back to %s (%v)", seen[i-1], seen[i], seen)
		}
	}
	if !slices.Contains(seen, activities.BoxDelivered) || !slices.Contains(seen, activities.DeviceArrived) {
		t.Errorf("the way was %v", seen)
	}
	s.told("the box was delivered", "the laptop is on its way", "the carrier delivered the laptop", "checked in by cli:it")
}

func TestReturn_LostLaptop_IsWrittenOffAndNeverCalledInStock(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	serial := s.laptop().Serial
	checkIn := plan.StepID("device.checkin:" + serial)
	word := s.askReturn(10*day, workflows.CompleteStep.Name, about(checkIn, "somebody saw it"))
	s.askReturn(11*day, workflows.SkipStep.Name, about(checkIn, "stolen, police report filed"))
	v := s.play()
	s.refused(word, activities.InvalidInput, "received by its serial number", "tenure device received "+serial)
	got := step(v, plan.DeviceReturn.For(serial))
	if got.State != plan.Skipped || !strings.Contains(got.Detail, "stolen") {
		t.Errorf("the return ended %s: %s", got.State, got.Detail)
	}
	if d := s.mac(); d.Email != s.leaver.Email {
		t.Error("a stolen laptop was put into stock")
	}
}
