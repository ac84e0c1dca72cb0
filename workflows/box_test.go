package workflows_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenure/activities"
	"tenure/internal/plan"
	"tenure/simulators/kit"
	"tenure/workflows"
)

func (s *stage) orderStep() plan.StepID { return plan.StepID("retriever.order:" + s.laptop().Serial) }
func (s *stage) returnStep() plan.StepID {
	return plan.DeviceReturn.For(s.laptop().Serial)
}

func TestBox_RetrieverAwayForTwoDays_TheCaseGoesOnAndOneBoxIsOrderedByItself(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(25 * day)
	s.spoil(&s.world.Retriever.Kit, 0, 2*day, kit.Fault{Status: http.StatusServiceUnavailable})
	meanwhile := s.see(day)
	v := s.play()
	s.want(*meanwhile, "google.delegate", plan.Verified)
	s.want(*meanwhile, s.returnStep(), plan.NeedsAttention)
	if _, ok := s.taskFor(s.returnStep()); !ok {
		t.Error("nobody was asked")
	}
	s.proved(v)
	s.once()
}

func TestBox_AnswerLost_IsAdopted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(20 * day)
	s.world.Retriever.Inject(kit.Fault{Method: "POST", Times: 1, Drop: kit.DropAfter})
	early := s.see(time.Hour)
	v := s.play()
	if len(early.Returns) != 1 || early.Returns[0].Order != s.order().ID {
		t.Errorf("after an hour: %+v", early.Returns)
	}
	if calls := s.changes("retriever"); len(calls) != 1 || calls[0].Status != 0 {
		t.Errorf("orders were placed by %+v", calls)
	}
	s.proved(v)
	s.once()
}

func TestBox_NoCreditLeft_IsATaskAndAfterTheTopUpARetryOrders(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(25 * day)
	s.world.Retriever.SetBalance("laptop", 0)
	asked := s.see(day)
	task := false
	s.after(day, func() { _, task = s.taskFor(s.returnStep()) })
	elsewhere := s.ask(day+time.Hour, workflows.RetryStep.Name, about(s.returnStep(), "topped up?"))
	s.after(2*day, func() { s.world.Retriever.SetBalance("laptop", 5) })
	again := s.askReturn(2*day+time.Hour, workflows.RetryStep.Name, about(s.orderStep(), "topped up"))
	moving := s.see(3 * day)
	v := s.play()
	if got := step(*asked, s.returnStep()); got.State != plan.NeedsAttention || !strings.Contains(got.Mend, "top up") || !strings.Contains(got.Mend, string(s.orderStep())) {
		t.Errorf("the return is %s: %s; %s", got.State, got.Detail, got.Mend)
	}
	if !task {
		t.Error("no sub-task")
	}
	s.agreed(elsewhere)
	s.agreed(again)
	s.want(*moving, s.returnStep(), plan.Waiting)
	s.proved(v)
	s.once()
}

func TestBox_KeyRefused_IsATaskWithItsMend(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(25 * day)
	s.spoil(&s.world.Retriever.Kit, 0, 3*day, kit.Fault{Status: http.StatusUnauthorized})
	asked := s.see(day)
	s.askReturn(4*day, workflows.RetryStep.Name, about(s.orderStep(), "new key"))
	v := s.play()
	if got := step(*asked, s.returnStep()); got.State != plan.NeedsAttention || got.Problem != activities.Forbidden || !strings.Contains(got.Mend, "key") {
		t.Errorf("the return is %s (%s): %s", got.State, got.Problem, got.Mend)
	}
	s.proved(v)
	s.once()
}

func TestBox_LaptopBroughtByHandMeanwhile_NeedsNoBox(t *testing.T) {
	t.Parallel()
	s := newStage(t, brisk)
	s.world.Retriever.SetBalance("laptop", 0)
	s.receive(3 * day)
	v := s.play()
	s.proved(v)
	s.want(v, s.returnStep(), plan.Verified)
	if n := len(s.world.Retriever.Orders()); n != 0 {
		t.Errorf("%d boxes", n)
	}
}

func TestBox_TrackingAway_RetrieversOwnNewsAreEnough(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.receive(25 * day)
	s.world.EasyPost.Inject(kit.Fault{Status: http.StatusInternalServerError})
	s.proved(s.play())
	s.told("the box is on its way", "the box was delivered", "the laptop is on its way", "the laptop has arrived", "checked in by cli:it")
}
