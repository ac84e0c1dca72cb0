package workflows_test

import (
	"testing"
	"time"

	"tenure/internal/plan"
)

func TestOffboard_WholeCase_SixtyDays(t *testing.T) {
	s := newStage(t)
	serial := s.laptop().Serial
	s.after(20*24*time.Hour, func() { s.receive(serial) })
	v := s.play(s.request())
	for _, st := range v.Steps {
		if st.Critical && !st.State.Proved() {
			t.Errorf("critical step %s ended %s: %s", st.ID, st.State, st.Detail)
		}
	}
	s.want(v, plan.StepID(plan.OktaDeactivate), plan.Verified)
}
