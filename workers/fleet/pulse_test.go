package fleet

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
)

// wire stands between the pulse and the server: it gives the activity a heartbeat timeout, which the test environment
// does not, and hears every beat, of which the SDK sends some only.
type wire struct {
	interceptor.WorkerInterceptorBase
	timeout time.Duration
	beats   chan []any
}

func (w *wire) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &wireInbound{wire: w}
	i.Next = next
	return i
}

type wireInbound struct {
	interceptor.ActivityInboundInterceptorBase
	wire *wire
}

func (i *wireInbound) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	o := &wireOutbound{wire: i.wire}
	o.Next = outbound
	return i.Next.Init(o)
}

type wireOutbound struct {
	interceptor.ActivityOutboundInterceptorBase
	wire *wire
}

func (o *wireOutbound) GetInfo(ctx context.Context) activity.Info {
	info := o.Next.GetInfo(ctx)
	info.HeartbeatTimeout = o.wire.timeout
	return info
}

func (o *wireOutbound) RecordHeartbeat(ctx context.Context, said ...any) {
	select {
	case o.wire.beats <- said:
	default: // nobody listens any more
	}
	o.Next.RecordHeartbeat(ctx, said...)
}

// run runs one activity behind the pulse. It gets the channel on which its beats are heard.
func run(t *testing.T, timeout time.Duration, prepare func(*testsuite.TestActivityEnvironment), do func(context.Context, <-chan []any) error) {
	t.Helper()
	w := &wire{timeout: timeout, beats: make(chan []any)}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{w, &pulse{}}})
	work := func(ctx context.Context) error { return do(ctx, w.beats) }
	env.RegisterActivityWithOptions(work, activity.RegisterOptions{Name: "work"})
	if prepare != nil {
		prepare(env)
	}
	_, err := env.ExecuteActivity("work")
	require.NoError(t, err)
}

func next(ctx context.Context, t *testing.T, beats <-chan []any) []any {
	t.Helper()
	select {
	case said := <-beats:
		return said
	case <-ctx.Done():
		t.Error("the activity ended before a beat")
		return nil
	}
}

func TestPulse_BeatsWhileTheActivityRuns(t *testing.T) {
	run(t, 3*time.Millisecond, nil, func(ctx context.Context, beats <-chan []any) error {
		for range 3 {
			require.Empty(t, next(ctx, t, beats))
		}
		return nil
	})
}

func TestPulse_RepeatsWhatTheActivitySaid(t *testing.T) {
	run(t, 3*time.Millisecond, nil, func(ctx context.Context, beats <-chan []any) error {
		for _, word := range []string{"one device locked", "two devices locked"} {
			go activity.RecordHeartbeat(ctx, word)
			for said := next(ctx, t, beats); len(said) == 0 || said[0] != word; said = next(ctx, t, beats) {
				continue // beats from before the word
			}
			for range 3 {
				require.Equal(t, []any{word}, next(ctx, t, beats), "a beat never wipes out what was said")
			}
		}
		return nil
	})
}

// The first beat of a second attempt must not wipe out what the first one finished.
func TestPulse_TakesUpWhatAnEarlierAttemptSaid(t *testing.T) {
	var sent []string
	prepare := func(env *testsuite.TestActivityEnvironment) {
		env.SetHeartbeatDetails("one device locked")
		env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
			var s string
			if details.Get(&s) == nil {
				sent = append(sent, s)
			}
		})
	}
	run(t, 3*time.Millisecond, prepare, func(ctx context.Context, beats <-chan []any) error {
		for range 2 { // when the second is heard, the first has been sent
			require.IsType(t, converter.RawValue{}, next(ctx, t, beats)[0])
		}
		return nil
	})
	require.NotEmpty(t, sent)
	require.Equal(t, "one device locked", sent[0])
}

func TestPulse_WithoutTimeout_IsSilent(t *testing.T) {
	run(t, 0, nil, func(ctx context.Context, beats <-chan []any) error {
		go activity.RecordHeartbeat(ctx, "the activity's own")
		require.Equal(t, []any{"the activity's own"}, next(ctx, t, beats))
		return nil
	})
}
