package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"
)

// clock is the one alarm of a case. Whoever waits says until when and why; a single timer runs towards the
// soonest of these moments, and at least once a day, so that a parked case costs one timer, wakes up daily to
// check its facts, and shows people what fires next.
type clock struct {
	day    time.Duration
	alarms []*alarm
	ticks  int // grows at every daily wake-up
	next   time.Time
	why    string
}

type alarm struct {
	due time.Time
	why string
}

func newClock(day time.Duration) *clock {
	if day <= 0 {
		day = 24 * time.Hour
	}
	return &clock{day: day}
}

// until waits until due or until done holds, whichever is first, and says whether done holds. The error is the
// context's, when the wait was cancelled.
func (k *clock) until(ctx workflow.Context, due time.Time, why string, done func() bool) (bool, error) {
	a := &alarm{due: due, why: why}
	k.alarms = append(k.alarms, a)
	defer k.drop(a)
	err := workflow.Await(ctx, func() bool { return done() || !workflow.Now(ctx).Before(due) })
	return done(), err
}

func (k *clock) drop(a *alarm) {
	k.alarms = slices.DeleteFunc(k.alarms, func(x *alarm) bool { return x == a })
}

// run is the coroutine that sleeps towards the soonest alarm.
func (k *clock) run(ctx workflow.Context) {
	tick := workflow.Now(ctx).Add(k.day)
	for ctx.Err() == nil {
		k.aim(workflow.Now(ctx), tick)
		k.sleep(ctx)
		if now := workflow.Now(ctx); !now.Before(tick) {
			k.ticks++
			tick = now.Add(k.day)
		}
	}
}

// dailyCheck is why a case wakes up that waits for something further away.
const dailyCheck = "daily check"

// then is what the case really waits for, where the next moment to wake up at is no more than the daily check; zero
// otherwise, and where it waits for nothing that comes by itself.
func (k *clock) then(now time.Time) (due time.Time, why string) {
	if k.why != dailyCheck {
		return due, why
	}
	for _, a := range k.alarms {
		if a.due.After(now) && (due.IsZero() || a.due.Before(due)) {
			due, why = a.due, a.why
		}
	}
	return due, why
}

// aim chooses the next moment to wake up at. Alarms that are due already wake their waiters by themselves.
func (k *clock) aim(now, tick time.Time) {
	k.next, k.why = tick, dailyCheck
	for _, a := range k.alarms {
		if a.due.After(now) && a.due.Before(k.next) {
			k.next, k.why = a.due, a.why
		}
	}
}

// sleep waits for a timer towards k.next, or until an alarm that is sooner is set. An alarm that was dropped
// leaves the timer running: waking up once for nothing is cheaper than another timer.
func (k *clock) sleep(ctx workflow.Context) {
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, k.next.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: k.why})
	_ = workflow.Await(ctx, func() bool { return timer.IsReady() || k.sooner(ctx) })
}

// sooner says whether an alarm was set that is due before the running timer.
func (k *clock) sooner(ctx workflow.Context) bool {
	now := workflow.Now(ctx)
	return slices.ContainsFunc(k.alarms, func(a *alarm) bool { return a.due.Before(k.next) && a.due.After(now) })
}
