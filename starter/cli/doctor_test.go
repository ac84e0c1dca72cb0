package cli

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tenure/activities"
	"tenure/internal/policy"
	"tenure/internal/temporalclient"
	"tenure/starter/intake"
	"tenure/starter/show"
	"tenure/workflows"
)

// frontend stands in for Temporal's frontend on the wire, as far as an examination asks it. Its zero value after
// healthy() is a server on which all is well.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer

	retention  time.Duration
	attributes map[string]enumspb.IndexedValueType
	polled     map[string]time.Time // by queue
	schedules  map[string]*workflowservice.DescribeScheduleResponse
	lastRun    enumspb.WorkflowExecutionStatus
	ahead      time.Duration // its clock before ours
	keys       temporalclient.Keyring
	found      workflows.DoctorResult
	seen       workflows.LookResult // what a look finds
	silent     bool                 // the workers never answer
	attempts   int32                // of the workflow task, while they do not

	asked   workflows.DoctorInput
	looked  workflows.LookInput
	started int
	address string
}

func healthy(t *testing.T) *frontend {
	t.Helper()
	f := &frontend{retention: temporalclient.Retention, attributes: temporalclient.SearchAttributes(), polled: map[string]time.Time{},
		lastRun: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, keys: someKeys(t, "k1")}
	for _, h := range activities.All() {
		f.polled[h.Queue] = time.Now()
	}
	f.schedules = map[string]*workflowservice.DescribeScheduleResponse{intake.WatchScheduleID: schedule(time.Now().Add(-time.Minute))}
	f.found = workflows.DoctorResult{PolicyHash: "sha256:theirs", Findings: []activities.Finding{
		{System: "okta", Check: "okta.let-in", Severity: activities.FindingOK, Text: "Okta lets us in as the owner of an API token"},
		{System: "tenure", Check: "tenure.evidence", Severity: activities.FindingOK, Text: "there is no evidence yet"}}}
	server := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		out, err := handle(ctx, r)
		return out, serviceerror.ToStatus(err).Err() // as errors travel
	}))
	workflowservice.RegisterWorkflowServiceServer(server, f)
	operatorservice.RegisterOperatorServiceServer(server, &operator{of: f})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	f.address = listener.Addr().String()
	return f
}

func someKeys(t *testing.T, id string) temporalclient.Keyring {
	t.Helper()
	keys, err := temporalclient.KeyringFromEnv(func(name string) string {
		return map[string]string{temporalclient.EnvPayloadKeys: keyOf(id)}[name]
	})
	require.NoError(t, err)
	return keys
}

// keyOf is a key for tests, told by its id alone.
func keyOf(id string) string { return id + ":" + strings.Repeat("A", 43) + "=" }

func schedule(last time.Time) *workflowservice.DescribeScheduleResponse {
	return &workflowservice.DescribeScheduleResponse{
		Schedule: &schedulepb.Schedule{
			Spec: &schedulepb.ScheduleSpec{Interval: []*schedulepb.IntervalSpec{{Interval: durationpb.New(5 * time.Minute)}}},
			Action: &schedulepb.ScheduleAction{Action: &schedulepb.ScheduleAction_StartWorkflow{StartWorkflow: &workflowpb.NewWorkflowExecutionInfo{
				WorkflowId: "watch-directory/all", WorkflowType: &commonpb.WorkflowType{Name: "WatchDirectory"}, TaskQueue: &taskqueuepb.TaskQueue{Name: "lifecycle"}}}},
			Policies: &schedulepb.SchedulePolicies{}, State: &schedulepb.ScheduleState{},
		},
		Info: &schedulepb.ScheduleInfo{RecentActions: []*schedulepb.ScheduleActionResult{{ScheduleTime: timestamppb.New(last), ActualTime: timestamppb.New(last),
			StartWorkflowResult: &commonpb.WorkflowExecution{WorkflowId: "watch-directory/all-1", RunId: "run-1"}}}},
	}
}

func (f *frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: "1.32.1", Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (f *frontend) DescribeNamespace(_ context.Context, r *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	if f.retention == 0 {
		return nil, serviceerror.NewNamespaceNotFound(r.GetNamespace())
	}
	return &workflowservice.DescribeNamespaceResponse{Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(f.retention)}}, nil
}

func (f *frontend) DescribeTaskQueue(_ context.Context, r *workflowservice.DescribeTaskQueueRequest) (*workflowservice.DescribeTaskQueueResponse, error) {
	out := &workflowservice.DescribeTaskQueueResponse{}
	if last, ok := f.polled[r.GetTaskQueue().GetName()]; ok {
		out.Pollers = []*taskqueuepb.PollerInfo{{LastAccessTime: timestamppb.New(last), Identity: "tenure-worker"}}
	}
	return out, nil
}

func (f *frontend) DescribeSchedule(_ context.Context, r *workflowservice.DescribeScheduleRequest) (*workflowservice.DescribeScheduleResponse, error) {
	if s, ok := f.schedules[r.GetScheduleId()]; ok {
		return s, nil
	}
	return nil, serviceerror.NewNotFound("no schedule")
}

func (f *frontend) StartWorkflowExecution(_ context.Context, r *workflowservice.StartWorkflowExecutionRequest) (*workflowservice.StartWorkflowExecutionResponse, error) {
	f.started++
	data, _ := temporalclient.Converters(f.keys)
	if strings.HasPrefix(r.GetWorkflowId(), "look/") {
		return &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}, data.FromPayloads(r.GetInput(), &f.looked)
	}
	if err := data.FromPayloads(r.GetInput(), &f.asked); err != nil {
		f.silent, f.attempts = true, 3 // the workers cannot read it, and their task is tried again and again
	}
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}, nil
}

func (f *frontend) DescribeWorkflowExecution(_ context.Context, r *workflowservice.DescribeWorkflowExecutionRequest) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	out := &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Execution: r.GetExecution(),
		StartTime: timestamppb.New(time.Now().Add(f.ahead)), Status: f.lastRun}}
	if strings.HasPrefix(r.GetExecution().GetWorkflowId(), "doctor/") {
		out.PendingWorkflowTask = &workflowpb.PendingWorkflowTaskInfo{Attempt: f.attempts}
	}
	return out, nil
}

func (f *frontend) GetWorkflowExecutionHistory(ctx context.Context, r *workflowservice.GetWorkflowExecutionHistoryRequest) (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
	if f.silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	data, _ := temporalclient.Converters(f.keys)
	var answer any = f.found
	if strings.HasPrefix(r.GetExecution().GetWorkflowId(), "look/") {
		answer = f.seen
	}
	result, err := data.ToPayloads(answer)
	if err != nil {
		return nil, err
	}
	return &workflowservice.GetWorkflowExecutionHistoryResponse{History: &historypb.History{Events: []*historypb.HistoryEvent{{
		EventId: 5, EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{Result: result}}}}}}, nil
}

type operator struct {
	operatorservice.UnimplementedOperatorServiceServer
	of *frontend
}

func (o *operator) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest) (*operatorservice.ListSearchAttributesResponse, error) {
	if o.of.attributes == nil {
		return nil, serviceerror.NewPermissionDenied("Temporal Cloud", "")
	}
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: o.of.attributes}, nil
}

// examine runs `tenure doctor` against the stand-in.
func (f *frontend) examine(t *testing.T, env map[string]string, args ...string) (int, *shell) {
	t.Helper()
	s := f.shell(t)
	maps.Copy(s.env, env)
	return s.run(t, append([]string{"doctor"}, args...)...), s
}

// shell is a command line that reaches the stand-in.
func (f *frontend) shell(t *testing.T) *shell {
	t.Helper()
	return &shell{env: map[string]string{"TEMPORAL_ADDRESS": f.address, temporalclient.EnvPayloadKeys: keyOf("k1"),
		"TEMPORAL_CONFIG_FILE": filepath.Join(t.TempDir(), "none.toml")}}
}

// checkup reads what --json printed.
func checkup(t *testing.T, s *shell) (show.Checkup, map[string]activities.Finding) {
	t.Helper()
	var c show.Checkup
	require.NoError(t, json.Unmarshal(s.out.Bytes(), &c), s.out.String()+s.err.String())
	found := map[string]activities.Finding{}
	for _, f := range c.Findings {
		require.NotContains(t, found, f.Check)
		if f.Severity != activities.FindingOK {
			require.NotEmpty(t, f.Why, f.Check)
			require.NotEmpty(t, f.Mend, f.Check)
		}
		found[f.Check] = f
	}
	return c, found
}

func TestDoctor_AllWell(t *testing.T) {
	f := healthy(t)
	code, s := f.examine(t, nil)
	require.Equal(t, ExitOK, code, s.out.String()+s.err.String())
	require.Empty(t, s.err.String())
	body, err := os.ReadFile("testdata/doctor.txt")
	got := volatile.ReplaceAllString(s.out.String(), "N")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile("testdata/doctor.txt", []byte(got), 0o600))
		return
	}
	require.NoError(t, err)
	require.Equal(t, string(body), got)
}

// volatile is what differs from run to run.
var volatile = regexp.MustCompile(`\b1m\ds\b`)

func TestDoctor_TroublesOfTemporal(t *testing.T) {
	gone := time.Now().Add(-10 * time.Minute)
	for name, c := range map[string]struct {
		spoil func(*frontend)
		check string
		code  int
		words []string
	}{
		"no namespace":         {func(f *frontend) { f.retention = 0 }, "temporal.namespace", ExitUnwell, []string{"no namespace default", "TEMPORAL_NAMESPACE"}},
		"short retention":      {func(f *frontend) { f.retention = 72 * time.Hour }, "temporal.namespace", ExitWarned, []string{"for 3 days", "90"}},
		"an attribute missing": {func(f *frontend) { delete(f.attributes, temporalclient.AttrPhase) }, "temporal.search-attributes", ExitUnwell, []string{"Phase (Keyword)"}},
		"a queue untaken":      {func(f *frontend) { f.polled["jamf"] = gone }, "temporal.workers.jamf", ExitUnwell, []string{"no worker takes the queue jamf", "tenure-worker"}},
		"no workflows":         {func(f *frontend) { delete(f.polled, "lifecycle") }, "temporal.workers.lifecycle", ExitUnwell, []string{"no worker takes the queue lifecycle"}},
		"another clock":        {func(f *frontend) { f.ahead = 5 * time.Minute }, "temporal.clock", ExitUnwell, []string{"differ by 5m", "ours is behind"}},
		"nothing watches":      {func(f *frontend) { clear(f.schedules) }, "tenure.schedule.watch-directory", ExitUnwell, []string{"there is no schedule", "tenure serve"}},
		"the watch paused": {func(f *frontend) {
			s := f.schedules[intake.WatchScheduleID].GetSchedule().GetState()
			s.Paused, s.Notes = true, "HR imports a merger"
		}, "tenure.schedule.watch-directory", ExitWarned, []string{"is paused. HR imports a merger", "tenure watch resume"}},
		"the watch stands still": {func(f *frontend) { f.schedules[intake.WatchScheduleID] = schedule(gone.Add(-time.Hour)) }, "tenure.schedule.watch-directory", ExitUnwell,
			[]string{"runs every 5m0s", "last ran 1h10m"}},
		"the last run failed": {func(f *frontend) { f.lastRun = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED }, "tenure.schedule.watch-directory", ExitWarned, []string{"failed", "tenure watch status"}},
		"the tickets' too":    {func(f *frontend) { f.schedules[intake.TicketsScheduleID] = schedule(gone.Add(-time.Hour)) }, "tenure.schedule.watch-tickets", ExitUnwell, []string{"watch-tickets"}},
		"other keys":          {func(f *frontend) { f.keys = someKeys(t, "k2") }, "temporal.examination", ExitUnwell, []string{"cannot carry it", "same payload keys"}},
		"silent workers":      {func(f *frontend) { f.silent = true }, "temporal.examination", ExitUnwell, []string{"did not end the examination within"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			c.spoil(f)
			code, s := f.examine(t, nil, "--json", "--timeout", "2s")
			require.Equal(t, c.code, code, s.out.String())
			sum, found := checkup(t, s)
			require.Contains(t, found, c.check)
			require.Equal(t, 1, sum.Warnings+sum.Failures, s.out.String())
			got := found[c.check]
			for _, w := range c.words {
				require.Contains(t, got.Text+" "+got.Why+" "+got.Mend, w)
			}
			require.Equal(t, 1, strings.Count(s.err.String(), "\n"), "one line for the log of a monitor")
		})
	}
}

func TestDoctor_OnTemporalCloud_SearchAttributesAreNotHeldAgainstIt(t *testing.T) {
	f := healthy(t)
	f.attributes = nil
	code, s := f.examine(t, nil, "--json")
	require.Equal(t, ExitOK, code, s.out.String())
}

func TestDoctor_AnswerOfAnotherKey_CannotBeRead(t *testing.T) {
	f := healthy(t)
	f.keys = someKeys(t, "k1")
	code, s := f.examine(t, map[string]string{temporalclient.EnvPayloadKeys: ""}, "--json")
	require.Equal(t, ExitUnwell, code)
	_, found := checkup(t, s)
	require.Contains(t, found["temporal.examination"].Text, "cannot be read")
	require.Contains(t, found["temporal.examination"].Mend, "same payload keys")
}

func TestDoctor_PayloadsInTheClear_AreAWarning(t *testing.T) {
	f := healthy(t)
	f.keys = temporalclient.Keyring{}
	code, s := f.examine(t, map[string]string{temporalclient.EnvPayloadKeys: ""}, "--json")
	require.Equal(t, ExitWarned, code)
	_, found := checkup(t, s)
	require.Contains(t, found["temporal.payload-keys"].Text, "not encrypted")
}

func TestDoctor_BadPayloadKeys_AreAFindingWithoutTheKey(t *testing.T) {
	f := healthy(t)
	code, s := f.examine(t, map[string]string{temporalclient.EnvPayloadKeys: "k1:made-up-and-secret"}, "--json")
	require.Equal(t, ExitUnwell, code)
	_, found := checkup(t, s)
	require.Equal(t, activities.FindingFailure, found["temporal.payload-keys"].Severity)
	require.NotContains(t, s.out.String()+s.err.String(), "made-up-and-secret")
}

func TestDoctor_TemporalAway_ReportsWhatItCan(t *testing.T) {
	f := healthy(t)
	code, s := f.examine(t, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", EnvPolicy: "../../policies/default.yaml"}, "--json", "--only", "okta,tenure")
	require.Equal(t, ExitUnwell, code)
	_, found := checkup(t, s)
	require.Contains(t, found["temporal.server"].Text, "127.0.0.1:1", "told though it was not asked for: nothing else can be")
	require.Equal(t, activities.FindingOK, found["tenure.policy-file"].Severity)
	require.Zero(t, f.started)
}

func TestDoctor_PolicyFile(t *testing.T) {
	p, err := policy.Load("../../policies/default.yaml")
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("offbord: {}\n"), 0o600))
	for name, c := range map[string]struct {
		path, theirs string
		want         activities.Severity
		words        string
	}{
		"the same": {"../../policies/default.yaml", p.Hash(), activities.FindingOK, "is the workers'"},
		"another":  {"../../policies/default.yaml", "sha256:another", activities.FindingWarning, "sha256:another"},
		"broken":   {broken, p.Hash(), activities.FindingFailure, "offbord"},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			f.found.PolicyHash = c.theirs
			_, s := f.examine(t, map[string]string{EnvPolicy: c.path}, "--json")
			_, found := checkup(t, s)
			require.Equal(t, c.want, found["tenure.policy-file"].Severity)
			require.Contains(t, found["tenure.policy-file"].Text, c.words)
		})
	}
}

func TestDoctor_WhatTheWorkersFound(t *testing.T) {
	f := healthy(t)
	f.found.Findings = append(f.found.Findings,
		activities.Finding{System: "okta", Check: "okta.google-push", Severity: activities.FindingWarning, Text: "Google is pushed", Why: "why", Mend: "mend"},
		activities.Finding{System: "namely", Check: "namely.worker", Severity: activities.FindingFailure, Text: "no worker took it", Why: "why", Mend: "mend"})
	code, s := f.examine(t, nil, "--json")
	require.Equal(t, ExitWarned, code, "a worker takes the queue: it is only busy")
	sum, found := checkup(t, s)
	require.Contains(t, found["namely.worker"].Text, "are busy")
	require.Equal(t, 2, sum.Warnings)

	code, s = f.examine(t, nil, "--json", "--accept", "okta.google-push,namely.worker")
	require.Equal(t, ExitOK, code)
	sum, _ = checkup(t, s)
	require.Equal(t, 2, sum.Accepted)

	f.polled["namely"] = time.Time{}
	code, _ = f.examine(t, nil, "--json", "--accept", "okta.google-push,namely.worker,temporal.workers.namely")
	require.Equal(t, ExitUnwell, code, "a failure cannot be accepted")
}

func TestDoctor_Only_IsAskedOfTheWorkersAndShown(t *testing.T) {
	f := healthy(t)
	f.retention = 72 * time.Hour // a warning nobody asked about
	f.found.Findings = f.found.Findings[:1]
	code, s := f.examine(t, nil, "--json", "--only", "okta,slack")
	require.Equal(t, ExitOK, code, s.out.String())
	require.Equal(t, []string{"okta", "slack"}, f.asked.Only)
	_, found := checkup(t, s)
	require.Len(t, found, 1)
	code, s = f.examine(t, nil, "--only", "octa")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, s.err.String(), "there is no such system")
	require.Contains(t, s.err.String(), "okta")
}

func TestDoctor_ServeURL(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/healthz", r.URL.Path)
		w.WriteHeader(status)
	}))
	defer server.Close()
	f := healthy(t)
	code, s := f.examine(t, nil, "--json", "--serve-url", server.URL+"/")
	require.Equal(t, ExitOK, code)
	_, found := checkup(t, s)
	require.Equal(t, activities.FindingOK, found["tenure.serve"].Severity)
	status = http.StatusServiceUnavailable
	code, s = f.examine(t, nil, "--json", "--serve-url", server.URL)
	require.Equal(t, ExitUnwell, code)
	_, found = checkup(t, s)
	require.Contains(t, found["tenure.serve"].Text, "answered 503")
}
