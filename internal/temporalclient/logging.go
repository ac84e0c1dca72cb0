package temporalclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/grpc/status"
)

// withheld stands where a value was that might be personal.
const withheld = "(withheld)"

// readable are the keys whose text may be logged: the SDK's own tags and Tenure's ids and codes. Any other text is
// withheld; numbers, booleans, times and durations always pass.
var readable = map[string]bool{
	"Namespace": true, "TaskQueue": true, "WorkerID": true, "WorkerType": true, "BuildID": true, "Identity": true,
	"WorkflowType": true, "WorkflowID": true, "RunID": true, "FirstRunID": true, "ActivityType": true, "ActivityID": true,
	"SignalName": true, "UpdateID": true, "UpdateName": true, "QueryType": true, "TimerID": true, "ChildWorkflowID": true,
	"ChangeID": true, "PatchID": true, "EventType": true, "CauseOfPanic": true, "StackTrace": true, "PanicStack": true,
	"LocalActivityType": true, "NexusEndpoint": true, "NexusService": true, "NexusOperation": true, "WorkerStatus": true,

	"EmployeeID": true, "Process": true, "Phase": true, "Urgency": true, "BlockedOn": true, "Step": true, "StepID": true,
	"State": true, "System": true, "Outcome": true, "Problem": true, "Queue": true, "Serial": true, "Case": true,
	slog.SourceKey: true, "component": true, "addr": true,
}

// SDKLogger is the logger the Temporal SDK writes to: logger behind [IDsOnly]. nil is slog.Default().
func SDKLogger(logger *slog.Logger) log.Logger {
	if logger == nil {
		logger = slog.Default()
	}
	return log.NewStructuredLogger(slog.New(IDsOnly(logger.Handler())))
}

// IDsOnly lets ids, codes, numbers and times through and withholds every other text: an employee's name or address
// must not reach a log because somebody logged a struct. Of an error it keeps the kind, and the text only where
// Temporal's server or the standard library's context wrote it.
func IDsOnly(next slog.Handler) slog.Handler { return idsOnly{next} }

type idsOnly struct{ next slog.Handler }

func (h idsOnly) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h idsOnly) WithGroup(name string) slog.Handler { return idsOnly{h.next.WithGroup(name)} }

func (h idsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return idsOnly{h.next.WithAttrs(reduceAll(attrs))}
}

func (h idsOnly) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(reduce(a))
		return true
	})
	return h.next.Handle(ctx, out)
}

func reduceAll(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = reduce(a)
	}
	return out
}

func reduce(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration, slog.KindTime:
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(reduceAll(v.Group())...)}
	case slog.KindString, slog.KindAny, slog.KindLogValuer:
	}
	if err, ok := v.Any().(error); ok {
		return slog.String(a.Key, describe(err))
	}
	if text, ok := code(v.Any()); ok && readable[a.Key] {
		return slog.String(a.Key, text)
	}
	return slog.String(a.Key, withheld)
}

// code is the text of a string or of a type made from one (employee.ID, plan.StepID); of nothing else.
func code(v any) (string, bool) {
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return r.String(), true
	}
	return "", false
}

// describe says what kind of error this is. A vendor's answer inside it may quote an address; the whole text is in
// the (encrypted) history, where the case's own people can read it.
func describe(err error) string {
	if app := (*temporal.ApplicationError)(nil); errors.As(err, &app) {
		return "application error " + app.Type()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err.Error()
	}
	if svc := (serviceerror.ServiceError)(nil); errors.As(err, &svc) {
		return err.Error()
	}
	if s, ok := status.FromError(err); ok {
		return "grpc " + s.Code().String() + ": " + s.Message()
	}
	return fmt.Sprintf("error of type %T", err)
}
