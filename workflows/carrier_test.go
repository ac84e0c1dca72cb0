package workflows_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/policy"
	easypostsim "tenure/simulators/easypost"
	"tenure/starter/webhooks"
	"tenure/workflows"
)

// mail is an inbox whose asks a test carries itself.
type mail struct{ asks []activities.Ask }

func (m *mail) Accept(_ context.Context, ask activities.Ask) (bool, error) {
	m.asks = append(m.asks, ask)
	return true, nil
}

// carry hands every nudge to the return that follows its tracker, as the Request workflow does.
func (s *stage) carry(m *mail) {
	s.Helper()
	for _, ask := range m.asks {
		id, err := s.store.CaseOfTracker(s.Context(), ask.Tracker)
		s.must(err)
		if id != s.returnID() {
			s.Errorf("tracker %s leads to %q", ask.Tracker, id)
			return
		}
		s.must(s.env.SignalWorkflowByID(id, workflows.ShipmentMoved.Name, workflows.ShipmentMove{}))
	}
	m.asks = nil
}

// EasyPost delivers late, twice, and the newest first. Each delivery is the same nudge to look at the tracker: news is
// known at once instead of at the next poll, and what is old by the time it comes moves nothing back.
func TestReturn_WebhooksLateTwiceAndOutOfOrder_MoveItForwardAtOnceAndNeverBack(t *testing.T) {
	t.Parallel()
	inbox := &mail{}
	const secret = "the-carrier-proves-it-with-this"
	door, err := webhooks.New(webhooks.Config{Inbox: inbox, EasyPostSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(door.Handler())
	t.Cleanup(srv.Close)
	s := newStage(t, func(s *stage) {
		s.config.Pace.Parcel = 0
		s.policy.Devices.Poll = policy.Days(2)
	})
	s.world.EasyPost.AddWebhook(srv.URL+"/easypost", secret)
	s.world.EasyPost.SetWebhookMode(easypostsim.WebhookMode{OutOfOrder: true, Duplicate: true})
	move := func(at time.Duration, status string) {
		s.after(at, func() { s.world.EasyPost.Move(s.order().Return, status) })
	}
	deliver := func(at time.Duration) {
		s.after(at, func() { s.world.EasyPost.Deliver(s.Context()); s.carry(inbox) })
	}
	s.after(day, func() { s.world.Retriever.SetStatus(s.order().ID, "box_delivered") })
	// The poll of day 2 sees the box and tracks the laptop's parcel.
	move(50*time.Hour, easypostsim.InTransit)
	deliver(51 * time.Hour)
	onItsWay := s.see(51*time.Hour + time.Minute)
	move(52*time.Hour, easypostsim.OutForDelivery)
	move(53*time.Hour, easypostsim.Delivered)
	before := s.see(53*time.Hour + time.Minute)
	deliver(54 * time.Hour) // "delivered" first, "out for delivery" after it, each twice
	after := s.see(54*time.Hour + time.Minute)
	move(55*time.Hour, easypostsim.InTransit) // a carrier's slip
	deliver(56 * time.Hour)
	later := s.see(56*time.Hour + time.Minute)
	s.brought(12*day, s.laptop().Serial)
	s.playReturn()
	for _, c := range []struct {
		when string
		v    *activities.CaseView
		want activities.Milestone
	}{{"after the first news", onItsWay, activities.DeviceShipped}, {"before the next", before, activities.DeviceShipped},
		{"after late news", after, activities.DeviceArrived}, {"after the slip", later, activities.DeviceArrived}} {
		if len(c.v.Returns) != 1 || c.v.Returns[0].Milestone != c.want {
			t.Errorf("%s: %+v, want %s", c.when, c.v.Returns, c.want)
		}
	}
	s.told("the laptop is on its way", "the carrier delivered the laptop", "checked in by cli:it")
}
