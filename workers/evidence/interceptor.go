package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"tenure/activities"
	"tenure/internal/evidence"
)

// Recorder keeps records in order; internal/store does. A key that was used before, or a record that tells nothing
// new, is answered with the record that stands.
type Recorder interface {
	AppendEvidence(ctx context.Context, key string, r evidence.Record) (standing evidence.Record, written bool, err error)
}

// New is the interceptor, for worker.Options.Interceptors. It covers activities and local activities.
func New(to Recorder) interceptor.WorkerInterceptor { return &workerInterceptor{to: to} }

type workerInterceptor struct {
	interceptor.WorkerInterceptorBase
	to Recorder
}

// InterceptActivity implements [interceptor.WorkerInterceptor].
func (w *workerInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &inbound{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, to: w.to}
}

type inbound struct {
	interceptor.ActivityInboundInterceptorBase
	to Recorder
}

// writeTimeout bounds the writing of one activity's records, which goes on when the activity's own time is over:
// what was done is done and belongs on record.
const writeTimeout = 20 * time.Second

// ExecuteActivity implements [interceptor.ActivityInboundInterceptor].
func (i *inbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := i.Next.ExecuteActivity(ctx, in)
	bound, input, ok := boundTo(in.Args)
	if !ok {
		return out, err
	}
	info := activity.GetInfo(ctx)
	records := recordsOf(info, bound, input, out, err, time.Now())
	if len(records) == 0 {
		return out, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	for n, r := range records {
		if _, _, werr := i.to.AppendEvidence(ctx, key(info, n, r), r); werr != nil {
			return nil, unwritten(info, werr)
		}
	}
	return out, err
}

// boundTo finds the case in the activity's input.
func boundTo(args []any) (activities.CaseRef, any, bool) {
	for _, arg := range args {
		if bound, ok := arg.(activities.CaseBound); ok {
			return bound.CaseOf(), arg, true
		}
	}
	return activities.CaseRef{}, nil, false
}

func recordsOf(info activity.Info, ref activities.CaseRef, input, out any, err error, now time.Time) []evidence.Record {
	base := baseRecord(info, ref, input)
	switch {
	case err == nil:
		result, ok := out.(activities.Evidenced)
		if !ok {
			return nil
		}
		return outcomeRecords(base, result.StepOutcomes())
	case errors.Is(err, activity.ErrResultPending) || temporal.IsCanceledError(err) || errors.Is(err, context.Canceled):
		return nil
	case final(info, err, now):
		ask := askedFor(input)
		if ref.Case == "" && len(ask.Steps) == 0 { // somebody looked; nothing was to be done in any case
			return nil
		}
		return failureRecords(base, ask, err)
	}
	return nil
}

// key is the same when the same attempt is told twice, as happens when a worker dies between writing and answering.
func key(info activity.Info, n int, r evidence.Record) string {
	return fmt.Sprintf("%s%s/%s/%s/%d/%d/%s/%s", info.WorkflowExecution.RunID, info.ActivityRunID, info.ActivityType.Name, info.ActivityID,
		info.Attempt, n, r.Step, r.State)
}

func unwritten(info activity.Info, err error) error {
	return activities.Classify(&activities.Problem{
		Type:  activities.Unavailable,
		Text:  fmt.Sprintf("%s was performed but its evidence could not be written: %v", info.ActivityType.Name, err),
		Mend:  "check that the store's disk is writable and not full; the step is tried again until it is on record",
		Cause: err,
	})
}

func baseRecord(info activity.Info, ref activities.CaseRef, input any) evidence.Record {
	system, _, _ := strings.Cut(info.ActivityType.Name, ".")
	r := evidence.Record{
		Run:       ref.Run,
		Personal:  evidence.Personal{Case: ref.Case, Employee: ref.Employee, Actor: ref.Actor},
		System:    system,
		Activity:  info.ActivityType.Name,
		Attempt:   int(info.Attempt),
		HREdited:  ref.HREdited,
		Effective: ref.Effective,
		Detected:  ref.Detected,
	}
	if d, ok := input.(activities.Decision); ok {
		r.Actor = d.By // who decided, which need not be who opened the case
	}
	return r
}
