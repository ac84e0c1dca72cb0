package fleet

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// pulse beats for every running activity that has a heartbeat timeout, so that the server notices within seconds
// when a worker died and gives the work to another one. An activity may keep what it has finished in heartbeats of
// its own; the pulse repeats the last of these, so that a beat never wipes them out.
type pulse struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements [interceptor.WorkerInterceptor].
func (p *pulse) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &pulseInbound{}
	i.Next = next
	return i
}

type pulseInbound struct {
	interceptor.ActivityInboundInterceptorBase
	last details
}

// details are what the activity last said in a heartbeat.
type details struct {
	mu   sync.Mutex
	said []any
}

func (d *details) set(said []any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = said
}

func (d *details) get() []any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said
}

type pulseOutbound struct {
	interceptor.ActivityOutboundInterceptorBase
	last *details
}

// RecordHeartbeat remembers what is said.
func (o *pulseOutbound) RecordHeartbeat(ctx context.Context, said ...any) {
	o.last.set(said)
	o.Next.RecordHeartbeat(ctx, said...)
}

// Init puts the memory between the activity and the server.
func (i *pulseInbound) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	o := &pulseOutbound{last: &i.last}
	o.Next = outbound
	return i.Next.Init(o)
}

// ExecuteActivity beats while the activity runs.
func (i *pulseInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	timeout := activity.GetInfo(ctx).HeartbeatTimeout
	if timeout <= 0 {
		return i.Next.ExecuteActivity(ctx, in)
	}
	i.inherit(ctx)
	done := make(chan struct{})
	defer close(done)
	go i.beat(ctx, timeout/3, done)
	return i.Next.ExecuteActivity(ctx, in)
}

// inherit takes up what an earlier attempt said, as it was encoded.
func (i *pulseInbound) inherit(ctx context.Context) {
	var raw converter.RawValue
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &raw) == nil {
		i.last.set([]any{raw})
	}
}

func (i *pulseInbound) beat(ctx context.Context, every time.Duration, done <-chan struct{}) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			activity.RecordHeartbeat(ctx, i.last.get()...)
		case <-done:
			return
		case <-ctx.Done():
			return
		}
	}
}
