package workflows

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/internal/plan"
)

// A person has one case at a time, under one workflow id. So the word that somebody leaves can meet a case that is over
// but for its end: denied, rescinded and giving access back, or closed and waiting until Slack shows it. Such a case
// takes the word as a request for the next one: it stops waiting, seals its evidence, and is continued as new with a
// request and nothing else. The next case has a run id, a card and a ticket of its own; it also shows what of the
// earlier one people have not seen yet.

// watchActor is the actor of a case that the directory watch begins.
const watchActor = "namely:watch"

// overtakenGrace is how long the next case waits for what the earlier one has under way: giving an account back, an
// answer of a device's return. What is not over by then is cancelled; the next case reads before it acts.
const overtakenGrace = time.Minute

// dying says whether the case is over but for its end.
func (c *offboard) dying() bool {
	return c.rescinding || c.calledBack() || c.Denied != "" || c.Phase == phaseClosed
}

// hearAnew takes HR's word as a request for the next case and says whether there is nothing left to do about it.
func (c *offboard) hearAnew(in EmployeeChange) bool {
	e := in.Event
	if c.Request.Actor == watchActor && e.Detected.Equal(c.Request.Detected) {
		return true // the very event that began this case, delivered twice
	}
	byPerson := c.Anew != nil && c.Anew.Actor != watchActor
	switch e.Kind {
	case employee.Left:
		if byPerson {
			c.Anew.EffectiveAt = time.Time{}
			return true
		}
		c.Anew = c.again(OffboardRequest{Actor: watchActor, Reason: "HR made the person inactive", HREdited: e.HREdited, Detected: e.Detected})
		return true
	case employee.Departing:
		if byPerson || c.Anew != nil && c.Anew.EffectiveAt.IsZero() {
			return true // they leave sooner than that
		}
		c.Anew = c.again(OffboardRequest{Actor: watchActor, Reason: "HR set a departure date", EffectiveAt: in.EffectiveAt, HREdited: e.HREdited, Detected: e.Detected})
		return true
	case employee.Staying:
		if !byPerson {
			c.Anew = nil
		}
		return true
	default:
		return false
	}
}

// again is the next request about the same person.
func (c *offboard) again(r OffboardRequest) *OffboardRequest {
	r.Employee, r.ProfileID, r.Again = c.Request.Employee, c.Request.ProfileID, true
	return &r
}

// askAnew takes a person's word that somebody leaves after all, or at once. It is evidence of the next case: this one's
// may be sealed already.
func (c *offboard) askAnew(ctx workflow.Context, in RescheduleRequest) (activities.CaseView, error) {
	was := c.Anew
	c.Anew = c.again(OffboardRequest{Actor: in.By, ActorEmployee: in.Employee, Reason: in.Reason, EffectiveAt: in.At,
		Emergency: in.Emergency || was != nil && was.Emergency, Detected: workflow.Now(ctx)})
	ref := c.Ref
	ref.Run, ref.Actor = nextRun(c.Ref.Run), in.By
	c.busy++
	defer func() { c.busy-- }()
	_, err := call(ctx, activities.CaseRecordDecision, activities.Decision{CaseRef: ref, What: "begin anew", By: in.By, Reason: in.Reason,
		At: workflow.Now(ctx)}, "begin anew", lane{})
	return c.view(ctx), err
}

// nextRun names the case after the one with this run id. It is worked out rather than drawn, so that nothing has to be
// remembered for a replay.
func nextRun(run string) string {
	sum := sha256.Sum256([]byte("tenure case after " + run))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// overtake ends what a rescind has left open: the person leaves after all.
func (c *offboard) overtake(ctx workflow.Context) {
	asked := func(r *StepRecord) bool { return r.ID.Action() == actCancelReturn && r.State == plan.Waiting }
	_, _ = c.clock.until(ctx, workflow.Now(ctx).Add(overtakenGrace), "returns that are called off", func() bool { return !slices.ContainsFunc(c.Steps, asked) })
	for _, r := range c.Steps {
		if !r.State.Ended() {
			r.State, r.Due, r.Owner = plan.Skipped, time.Time{}, ""
			r.Outcome.State, r.Outcome.Detail, r.Outcome.Problem, r.Outcome.Mend = plan.Skipped, "overtaken: the person leaves after all", "", ""
			if c.Anew != nil {
				r.By = c.Anew.Actor
			}
		}
	}
	c.touch(ctx)
}

// boundTo gives a context for work of the rescind that ends soon after the next case was asked for.
func (c *offboard) boundTo(ctx workflow.Context, what string) (workflow.Context, func()) {
	bound, cancel := workflow.WithCancel(ctx)
	over := false
	workflow.GoNamed(bound, "overtaken "+what, func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return over || c.Anew != nil }) == nil && !over {
			_, _ = c.clock.until(ctx, workflow.Now(ctx).Add(overtakenGrace), what+" is ended", func() bool { return over })
		}
		cancel()
	})
	return bound, func() { over = true }
}

// beginAnew replaces the run by the next case. Signals that come until then are handed to it.
func (c *offboard) beginAnew(ctx workflow.Context) error {
	c.say(ctx, activities.EntryInfo, "", "%s (%s): a new case begins, with a card of its own.", strings.TrimSuffix(c.Anew.Reason, "."), c.Anew.Actor)
	c.replaced = true
	c.leave()
	c.hide()
	if err := workflow.Await(ctx, func() bool { return c.calling() == 0 }); err != nil {
		return err
	}
	lastWord(ctx)
	in := OffboardInput{Request: *c.Anew, Run: nextRun(c.Ref.Run), Earlier: c.unseen(), Heard: c.late}
	if !c.shows() {
		in.Earlier = append(in.Earlier, *c.CaseState)
	}
	return workflow.NewContinueAsNewError(ctx, Offboard, in)
}

// showEarlier goes on with the mirrors of cases before this one.
func (c *caseCore) showEarlier(ctx workflow.Context, earlier []CaseState) {
	for i := range earlier {
		e := &caseCore{CaseState: &earlier[i], clock: c.clock, past: true}
		c.earlier = append(c.earlier, e)
		e.startMirrors(ctx)
	}
}

// unseen are the earlier cases whose end some mirror does not show.
func (c *caseCore) unseen() []CaseState {
	var out []CaseState
	for _, e := range c.earlier {
		if !e.shows() {
			out = append(out, *e.CaseState)
		}
	}
	return out
}

// leave lets no mirror begin anything more.
func (c *caseCore) leave() {
	c.leaving = true
	for _, e := range c.earlier {
		e.leaving = true
	}
}

// calling counts the mirrors' calls under way, those of earlier cases too.
func (c *caseCore) calling() int {
	n := c.showing
	for _, e := range c.earlier {
		n += e.showing
	}
	return n
}

// lastWord lets everything be heard that has arrived with the task at hand. A run that ended without would take it along
// unheard: a signal is handed to the coroutine that waits for it, which has its turn after the main one.
func lastWord(ctx workflow.Context) {
	for again := true; again && ctx.Err() == nil; again = !workflow.AllHandlersFinished(ctx) {
		_ = workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
		turn := false
		workflow.GoNamed(ctx, "last word", func(workflow.Context) { turn = true })
		_ = workflow.Await(ctx, func() bool { return turn })
	}
}
