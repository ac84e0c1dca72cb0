// Package fleet says which queue runs what, at which rate: one worker for the workflows with Tenure's own short
// activities, and one worker for every system, so that a slow or throttled vendor slows nobody else.
package fleet

import (
	"fmt"
	"sort"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tenure/activities"
	"tenure/workflows"
)

// Rates bounds how many activities a second a queue may run, over all workers together (the server keeps it). An
// activity makes several calls, so these stay well under the vendors' own limits and leave room for the people in
// the vendor's console. 0 is no bound.
//
// Sources: Okta 600 writes a minute and 50 % of a bucket per token; Google Directory 2,400 queries a minute shared by
// all cases; Jamf's advice of five concurrent calls; Slack one message a second and channel; Retriever 60 reads a
// minute; Namely 100 reads a minute.
var Rates = map[string]float64{
	activities.QueueOkta:      20,
	activities.QueueGoogle:    10,
	activities.QueueJamf:      10,
	activities.QueueRetriever: 1,
	activities.QueueTracking:  5,
	activities.QueueNamely:    1,
	activities.QueueSlack:     10,
	activities.QueueJira:      10,
}

// concurrent bounds how many activities of a queue one worker process runs at once.
var concurrent = map[string]int{
	activities.QueueJamf:      5,
	activities.QueueRetriever: 1,
	activities.QueueNamely:    1,
	activities.QueueSlack:     8,
	activities.QueueJira:      8,
}

// Options shape a fleet.
type Options struct {
	// Rates replaces the default rates where it has an entry.
	Rates map[string]float64
	// Interceptors see every activity; the evidence interceptor is one.
	Interceptors []interceptor.WorkerInterceptor
	// Identity names the worker in histories.
	Identity string
}

// Fleet is a set of workers.
type Fleet struct{ workers []worker.Worker }

// New makes the workers for the given activities. Two activities of one name are a mistake of ours and refused.
func New(c client.Client, bindings []activities.Binding, o Options) (*Fleet, error) {
	byQueue := map[string][]activities.Binding{activities.QueueLifecycle: nil}
	seen := map[string]bool{}
	for _, b := range bindings {
		if seen[b.Name] {
			return nil, fmt.Errorf("activity %s is bound twice", b.Name)
		}
		seen[b.Name] = true
		byQueue[b.Queue] = append(byQueue[b.Queue], b)
	}
	queues := make([]string, 0, len(byQueue))
	for q := range byQueue {
		queues = append(queues, q)
	}
	sort.Strings(queues)
	f := &Fleet{}
	for _, q := range queues {
		f.workers = append(f.workers, newWorker(c, q, byQueue[q], o))
	}
	return f, nil
}

func newWorker(c client.Client, queue string, bindings []activities.Binding, o Options) worker.Worker {
	w := worker.New(c, queue, worker.Options{
		TaskQueueActivitiesPerSecond:       rate(queue, o.Rates),
		MaxConcurrentActivityExecutionSize: concurrent[queue],
		DisableWorkflowWorker:              queue != activities.QueueLifecycle,
		DisableRegistrationAliasing:        true,
		Interceptors:                       append([]interceptor.WorkerInterceptor{&pulse{}}, o.Interceptors...),
		Identity:                           o.Identity,
	})
	if queue == activities.QueueLifecycle {
		registerWorkflows(w)
	}
	for _, b := range bindings {
		w.RegisterActivityWithOptions(b.Func, activity.RegisterOptions{Name: b.Name})
	}
	return w
}

func registerWorkflows(w worker.WorkflowRegistry) {
	w.RegisterWorkflowWithOptions(workflows.Offboard, workflow.RegisterOptions{Name: string(workflows.ProcessOffboard)})
	w.RegisterWorkflowWithOptions(workflows.Onboard, workflow.RegisterOptions{Name: string(workflows.ProcessOnboard)})
	w.RegisterWorkflowWithOptions(workflows.Move, workflow.RegisterOptions{Name: string(workflows.ProcessMove)})
	w.RegisterWorkflowWithOptions(workflows.Leave, workflow.RegisterOptions{Name: string(workflows.ProcessLeave)})
	w.RegisterWorkflowWithOptions(workflows.DeviceReturn, workflow.RegisterOptions{Name: string(workflows.ProcessDeviceReturn)})
	w.RegisterWorkflowWithOptions(workflows.WatchDirectory, workflow.RegisterOptions{Name: string(workflows.ProcessWatchDirectory)})
	w.RegisterWorkflowWithOptions(workflows.Look, workflow.RegisterOptions{Name: string(workflows.ProcessLook)})
	w.RegisterWorkflowWithOptions(workflows.Doctor, workflow.RegisterOptions{Name: string(workflows.ProcessDoctor)})
	w.RegisterWorkflowWithOptions(workflows.WatchTickets, workflow.RegisterOptions{Name: string(workflows.ProcessWatchTickets)})
	w.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: string(workflows.ProcessRequest)})
}

func rate(queue string, over map[string]float64) float64 {
	if r, ok := over[queue]; ok {
		return r
	}
	return Rates[queue]
}

// Start starts every worker, or none.
func (f *Fleet) Start() error {
	for i, w := range f.workers {
		if err := w.Start(); err != nil {
			for _, started := range f.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start worker: %w", err)
		}
	}
	return nil
}

// Stop ends every worker, giving running activities the time to end.
func (f *Fleet) Stop() {
	for _, w := range f.workers {
		w.Stop()
	}
}
