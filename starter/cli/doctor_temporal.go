package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tenure/activities"
	"tenure/internal/temporalclient"
	"tenure/starter/intake"
	"tenure/workflows"
)

const (
	whyTemporal = "every process stands still: leavers keep their access until Temporal and a worker are back"
	whyHistory  = "a closed case is looked up in Temporal for as long; the evidence itself lives in Tenure's own store"
)

// reach connects to Temporal. Whatever is wrong with it is a finding.
func (d *doctor) reach(ctx context.Context) {
	var err error
	if d.keys, err = temporalclient.KeyringFromEnv(d.env); err != nil {
		d.temporal.Fail("payload-keys", err.Error(), "without the workers' keys no answer can be read, and no case started", "give this machine the workers' payload keys")
		return
	}
	options := d.app.temporal(d.env, d.keys)
	if o, err := temporalclient.ClientOptions(options); err == nil {
		d.namespace = o.Namespace
	}
	dial, cancel := context.WithTimeout(ctx, min(d.timeout, 15*time.Second))
	defer cancel()
	c, err := temporalclient.Dial(dial, options)
	if err != nil {
		d.temporal.Fail("server", err.Error(), whyTemporal, "start Temporal, or correct TEMPORAL_ADDRESS and what belongs to it")
		return
	}
	d.connection = &connection{client: c, env: d.env, patience: d.timeout}
}

func (d *doctor) server(ctx context.Context) {
	info, err := d.client.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		d.temporal.Fail("server", "Temporal does not say what it is: "+err.Error(), whyTemporal, "look at Temporal's own log")
		return
	}
	d.temporal.OK("server", "Temporal answers, version %s", info.GetServerVersion())
}

// retention looks at the namespace, and how long it keeps closed cases.
func (d *doctor) retention(ctx context.Context) {
	is, err := d.client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: d.namespace})
	var missing *serviceerror.NamespaceNotFound
	switch kept := is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); {
	case errors.As(err, &missing):
		d.temporal.Fail("namespace", "there is no namespace "+d.namespace, whyTemporal, "correct TEMPORAL_NAMESPACE, or start standalone or the compose file once: they make it")
	case err != nil:
		d.temporal.Unread("namespace", "the namespace "+d.namespace, err, whyHistory)
	case kept < temporalclient.Retention:
		d.temporal.Warn("namespace", fmt.Sprintf("the namespace %s keeps closed cases for %d days", d.namespace, int(kept.Hours()/24)), whyHistory,
			fmt.Sprintf("raise its retention to %d days, or as far as your plan allows: temporal operator namespace update --retention %dd %s",
				int(temporalclient.Retention.Hours()/24), int(temporalclient.Retention.Hours()/24), d.namespace))
	default:
		d.temporal.OK("namespace", "the namespace %s keeps closed cases for %d days", d.namespace, int(kept.Hours()/24))
	}
}

// attributes looks for the search attributes, by which cases are listed.
func (d *doctor) attributes(ctx context.Context) {
	const why = "cases cannot be listed or looked up, and none can be started"
	have, err := d.client.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: d.namespace})
	var denied *serviceerror.PermissionDenied
	var unknown *serviceerror.Unimplemented
	switch {
	case errors.As(err, &denied), errors.As(err, &unknown):
		d.temporal.OK("search-attributes", "this server does not list search attributes to us (Temporal Cloud does not): see them in its console")
		return
	case err != nil:
		d.temporal.Unread("search-attributes", "the search attributes", err, why)
		return
	}
	var wrong []string
	for name, want := range temporalclient.SearchAttributes() {
		if got, ok := have.GetCustomAttributes()[name]; !ok || got != want {
			wrong = append(wrong, name+" ("+want.String()+")")
		}
	}
	slices.Sort(wrong)
	if len(wrong) > 0 {
		d.temporal.Fail("search-attributes", "search attributes are missing or of another type: "+strings.Join(wrong, ", "), why,
			"start standalone or the compose file once: they add them; on Temporal Cloud add them in the console")
		return
	}
	d.temporal.OK("search-attributes", "every search attribute is there")
}

// workers looks who takes each queue.
func (d *doctor) workers(ctx context.Context) {
	d.taken = map[string]int{}
	kinds := map[string]enumspb.TaskQueueType{activities.QueueLifecycle: enumspb.TASK_QUEUE_TYPE_WORKFLOW}
	for _, h := range activities.All() {
		if h.Queue != activities.QueueLifecycle {
			kinds[h.Queue] = enumspb.TASK_QUEUE_TYPE_ACTIVITY
		}
	}
	var idle, told []string
	for queue, kind := range kinds {
		described, err := d.client.DescribeTaskQueue(ctx, queue, kind)
		if err != nil {
			d.temporal.Unread("workers", "who takes the queue "+queue, err, whyTemporal)
			return
		}
		for _, p := range described.GetPollers() {
			if time.Since(p.GetLastAccessTime().AsTime()) < stale {
				d.taken[queue]++
			}
		}
		told = append(told, fmt.Sprintf("%s %d", queue, d.taken[queue]))
		if d.taken[queue] == 0 {
			idle = append(idle, queue)
		}
	}
	slices.Sort(idle)
	slices.Sort(told)
	for _, queue := range idle {
		d.temporal.Fail("workers."+queue, "no worker takes the queue "+queue, "every step that is done there waits until one does", "start tenure-worker, or standalone; see its log if it does not stay")
	}
	if len(idle) == 0 {
		d.temporal.OK("workers", "every queue is taken; workers by queue: %s", strings.Join(told, ", "))
	}
}

// schedules looks at what looks by itself.
func (d *doctor) schedules(ctx context.Context) {
	d.schedule(ctx, intake.WatchScheduleID, "nobody who joins or leaves is noticed", true)
	d.schedule(ctx, intake.TicketsScheduleID, "tickets that people move in Jira are noticed by webhook only, or not at all", false)
}

// missedRuns is after how many intervals without a run a schedule counts as standing still.
const missedRuns = 3

func (d *doctor) schedule(ctx context.Context, id, why string, needed bool) {
	const mend = "start tenure serve: it makes the schedule and looks after it"
	s, err := d.client.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing) && needed:
		d.tenure.Fail("schedule."+id, "there is no schedule "+id, why, mend)
	case errors.As(err, &missing):
	case err != nil:
		d.tenure.Unread("schedule."+id, "the schedule "+id, err, why)
	case s.Schedule.State != nil && s.Schedule.State.Paused:
		d.tenure.Warn("schedule."+id, strings.TrimSpace("the schedule "+id+" is paused. "+s.Schedule.State.Note), why, "resume it: `tenure watch resume` for the HR system, Temporal's Web UI for others")
	default:
		d.running(ctx, id, s, why)
	}
}

// running looks at the last run of a schedule that is not paused.
func (d *doctor) running(ctx context.Context, id string, s *client.ScheduleDescription, why string) {
	every := time.Duration(0)
	if s.Schedule.Spec != nil && len(s.Schedule.Spec.Intervals) > 0 {
		every = s.Schedule.Spec.Intervals[0].Every
	}
	busy := len(s.Info.RunningWorkflows) > 0
	if len(s.Info.RecentActions) == 0 {
		d.tenure.OK("schedule."+id, "the schedule %s runs every %s, and has not run yet", id, every)
		return
	}
	last := s.Info.RecentActions[len(s.Info.RecentActions)-1]
	ago := time.Since(last.ActualTime).Round(time.Second)
	status := enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED
	if w := last.StartWorkflowResult; w != nil {
		if run, err := d.client.DescribeWorkflowExecution(ctx, w.WorkflowID, w.FirstExecutionRunID); err == nil {
			status = run.GetWorkflowExecutionInfo().GetStatus()
		}
	}
	switch {
	case every > 0 && ago > missedRuns*every+time.Minute && !busy:
		d.tenure.Fail("schedule."+id, fmt.Sprintf("the schedule %s runs every %s, and last ran %s ago", id, every, ago), why, "look at the schedule in Temporal's Web UI, and at Temporal's own log")
	case status == enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, status == enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, status == enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		d.tenure.Warn("schedule."+id, fmt.Sprintf("the last run of %s, %s ago, %s", id, ago, ended(status)), why, "look at the run in Temporal's Web UI; `tenure watch status` says more of the HR system")
	default:
		d.tenure.OK("schedule."+id, "the schedule %s runs every %s, last %s ago", id, every, ago)
	}
}

func ended(s enumspb.WorkflowExecutionStatus) string {
	return map[enumspb.WorkflowExecutionStatus]string{enumspb.WORKFLOW_EXECUTION_STATUS_FAILED: "failed",
		enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: "did not end in time", enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: "was terminated"}[s]
}

// atTheWorkers runs the examination that only the workers can make, and looks at Temporal's clock and the payload keys
// by the way.
func (d *doctor) atTheWorkers(ctx context.Context) {
	if d.taken != nil && d.taken[activities.QueueLifecycle] == 0 {
		return // told by workers
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	opts := oneOff(workflows.DoctorID("cli:"+random()), workflows.ProcessDoctor)
	opts.WorkflowExecutionTimeout = d.timeout + 5*time.Second
	before := time.Now()
	run, err := d.client.ExecuteWorkflow(ctx, opts, string(workflows.ProcessDoctor), workflows.DoctorInput{Only: d.flags.only})
	if err != nil {
		d.temporal.Fail("examination", "the examination could not be started: "+err.Error(), whyTemporal, "look at Temporal's own log")
		return
	}
	d.clock(ctx, run, before)
	if err := run.Get(ctx, &d.theirs); err != nil {
		d.noExamination(run, err)
		return
	}
	if d.keys.Empty() {
		d.temporal.Warn("payload-keys", "payloads are not encrypted", "whoever can read Temporal's histories reads names, addresses and reasons",
			"make a key (openssl rand -base64 32) and give it to every worker and this machine as "+temporalclient.EnvPayloadKeys)
		return
	}
	d.temporal.OK("payload-keys", "the workers' payload keys are this machine's")
}

// clock compares Temporal's clock, by which it began the examination, with ours.
func (d *doctor) clock(ctx context.Context, run client.WorkflowRun, before time.Time) {
	after := time.Now()
	is, err := d.client.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	began := is.GetWorkflowExecutionInfo().GetStartTime()
	if err != nil || began == nil {
		return
	}
	d.temporal.ClockAt(began.AsTime(), before.Add(after.Sub(before)/2))
}

// noExamination says why the workers gave no answer. A workflow task that is tried again and again means that the
// workers cannot read what we sent, or do not know the process.
func (d *doctor) noExamination(run client.WorkflowRun, err error) {
	const same = "give every worker and this machine the same payload keys and the same version of Tenure"
	// The command's own time may be used up.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	is, descErr := d.client.DescribeWorkflowExecution(ctx, run.GetID(), run.GetRunID())
	switch {
	case descErr == nil && is.GetPendingWorkflowTask().GetAttempt() > 1:
		d.temporal.Fail("examination", "the workers take the examination and cannot carry it", whyTemporal, "their log says why: "+same)
	case errors.Is(err, context.DeadlineExceeded) || noAnswer(err):
		d.temporal.Fail("examination", fmt.Sprintf("the workers did not end the examination within %s", d.timeout), whyTemporal, "look at the workers' log; give it longer with --timeout")
	default:
		d.temporal.Fail("examination", "the workers' answer cannot be read: "+words(err), "no case can be shown or answered from this machine", same)
	}
}
