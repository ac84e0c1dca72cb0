package fleet

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
)

// pulse beats for every running activity that has a heartbeat timeout and does not beat by itself, so that the
// server notices within seconds when a worker died and gives the work to another one. Mirrors carry what they have
// posted in their own heartbeats; a beat without details would wipe it out, so their much longer timeout marks them.
type pulse struct {
	interceptor.WorkerInterceptorBase
}

// ownBeat is the heartbeat timeout from which an activity is taken to beat by itself.
const ownBeat = 30 * time.Second

// InterceptActivity implements [interceptor.WorkerInterceptor].
func (p *pulse) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &pulseInbound{}
	i.Next = next
	return i
}

type pulseInbound struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity beats while the activity runs.
func (i *pulseInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	timeout := activity.GetInfo(ctx).HeartbeatTimeout
	if timeout <= 0 || timeout >= ownBeat {
		return i.Next.ExecuteActivity(ctx, in)
	}
	done := make(chan struct{})
	defer close(done)
	go beat(ctx, timeout/3, done)
	return i.Next.ExecuteActivity(ctx, in)
}

func beat(ctx context.Context, every time.Duration, done <-chan struct{}) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			activity.RecordHeartbeat(ctx)
		case <-done:
			return
		case <-ctx.Done():
			return
		}
	}
}
