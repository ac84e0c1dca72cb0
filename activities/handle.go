package activities

import (
	"cmp"
	"context"
	"slices"
)

// Kind says what an activity does to the world; it chooses the retry profile, the priority lane and whether
// evidence is written.
type Kind int

// The kinds of activity.
const (
	// Read changes nothing.
	Read Kind = iota + 1
	// Scan reads a whole system, changes nothing there, and takes minutes.
	Scan
	// Contain takes access away, in the priority lane.
	Contain
	// Change changes a vendor's state outside the priority lane.
	Change
	// Order buys something that cannot be taken back: retries wait long enough for the vendor to show an order
	// whose answer was lost.
	Order
	// Mirror tells people; it is retried as long as it takes and never waited for by containment.
	Mirror
	// Local works on Tenure's own store and runs as a local activity: short and idempotent.
	Local
)

// The task queues. Workflows run on one; every system has its own, where its rate limit lives.
const (
	QueueLifecycle = "lifecycle"
	QueueOkta      = "okta"
	QueueGoogle    = "google"
	QueueJamf      = "jamf"
	QueueRetriever = "retriever"
	QueueTracking  = "tracking"
	QueueNamely    = "namely"
	QueueSlack     = "slack"
	QueueJira      = "jira"
)

// Activity is the handle of one activity: its registered name, its queue, its kind, and the types of its payloads.
type Activity[In, Out any] struct {
	Name  string
	Queue string
	Kind  Kind
}

// Binding is an implementation bound to a handle, ready to be registered.
type Binding struct {
	Name  string
	Queue string
	Kind  Kind
	// Func has the form func(context.Context, In) (Out, error).
	Func any
}

// Bind ties an implementation to the handle. The compiler holds both to the same payload types.
func (a Activity[In, Out]) Bind(fn func(context.Context, In) (Out, error)) Binding {
	return Binding{Name: a.Name, Queue: a.Queue, Kind: a.Kind, Func: fn}
}

// Handle is what a handle says of its activity, without the types of its payloads.
type Handle struct {
	Name  string
	Queue string
	Kind  Kind
}

var defined []Handle

// All lists every activity there is, by name: what a fleet of workers must be able to run.
func All() []Handle {
	all := slices.Clone(defined)
	slices.SortFunc(all, func(a, b Handle) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// define makes a handle. It is the only way to make one, so that [All] is whole.
func define[In, Out any](queue, name string, kind Kind) Activity[In, Out] {
	defined = append(defined, Handle{Name: name, Queue: queue, Kind: kind})
	return Activity[In, Out]{Name: name, Queue: queue, Kind: kind}
}

// evidenced defines an activity that acts on a person's access or property. Its types force it to say for which
// case it acts and what came of every step, so that the evidence interceptor can record it: no step can forget.
func evidenced[In CaseBound, Out Evidenced](queue, name string, kind Kind) Activity[In, Out] {
	return define[In, Out](queue, queue+"."+name, kind)
}

func reads[In, Out any](queue, name string) Activity[In, Out] {
	return define[In, Out](queue, queue+"."+name, Read)
}
