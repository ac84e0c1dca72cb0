package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tenure/activities"
	"tenure/internal/employee"
	"tenure/workflows"
)

// cluster stands in for the SDK's client: what a worker would answer, to each workflow that is started.
type cluster struct {
	client.Client
	started  []client.StartWorkflowOptions
	inputs   []any
	answer   func(process string, in any) (any, error) // nil: nobody answers
	tooLate  bool                                      // the workflow has ended before its outcome was asked for
	lastPoll time.Time                                 // of a worker; zero: there is none
	cases    map[string]enumspb.WorkflowExecutionStatus
	query    string // what was listed last
}

// ListWorkflow lists the cases that run, each in its first phase.
func (c *cluster) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	c.query = r.GetQuery()
	out := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, id := range slices.Sorted(maps.Keys(c.cases)) {
		parsed, err := workflows.ParseID(id)
		if err != nil {
			return nil, err
		}
		process, err := converter.GetDefaultDataConverter().ToPayload(string(parsed.Process))
		if err != nil {
			return nil, err
		}
		if c.cases[id] == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			out.Executions = append(out.Executions, &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id}, Status: c.cases[id],
				SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"Process": process}}})
		}
	}
	return out, nil
}

// DescribeWorkflowExecution knows the cases, each begun after the one whose id comes before it in the alphabet.
func (c *cluster) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	status, ok := c.cases[id]
	if !ok {
		return nil, serviceerror.NewNotFound("no workflow " + id)
	}
	began := time.Date(2026, 11, 1, 0, 0, slices.Index(slices.Sorted(maps.Keys(c.cases)), id), 0, time.UTC)
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status, StartTime: timestamppb.New(began)}}, nil
}

func (c *cluster) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, process any, args ...any) (client.WorkflowRun, error) {
	c.started, c.inputs = append(c.started, o), append(c.inputs, args[0])
	return &oneRun{of: c, id: o.ID, process: process.(string), in: args[0]}, nil
}

func (c *cluster) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if c.tooLate {
		return nil, serviceerror.NewNotFound("workflow execution already completed")
	}
	i := len(c.started) - 1
	if c.answer == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &oneUpdate{run: oneRun{of: c, id: o.WorkflowID, process: string(workflows.ProcessRequest), in: c.inputs[i]}}, nil
}

func (c *cluster) DescribeTaskQueue(context.Context, string, enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	r := &workflowservice.DescribeTaskQueueResponse{}
	if !c.lastPoll.IsZero() {
		r.Pollers = []*taskqueuepb.PollerInfo{{LastAccessTime: timestamppb.New(c.lastPoll)}}
	}
	return r, nil
}

type oneRun struct {
	client.WorkflowRun
	of          *cluster
	id, process string
	in          any
}

func (r *oneRun) GetID() string    { return r.id }
func (r *oneRun) GetRunID() string { return "run" }

func (r *oneRun) Get(ctx context.Context, out any) error {
	if r.of.answer == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	v, err := r.of.answer(r.process, r.in)
	if err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}

type oneUpdate struct {
	client.WorkflowUpdateHandle
	run oneRun
}

func (u *oneUpdate) Get(ctx context.Context, out any) error { return u.run.Get(ctx, out) }

// desk is the command line in front of a Temporal.
func desk(t *cluster) (*app, *connection, *bytes.Buffer) {
	var out bytes.Buffer
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &out, Err: &out}, actor: "jo", timeout: time.Minute, getenv: func(string) string { return "" }}
	return a, &connection{client: t, patience: time.Minute, env: a.getenv}, &out
}

func TestAsk_CarriesWhoAsksUnderItsOwnKey(t *testing.T) {
	server := &cluster{answer: func(string, any) (any, error) { return workflows.RequestResult{Text: "done"}, nil }}
	a, c, _ := desk(server)
	for range 2 {
		r, err := a.ask(t.Context(), c, about(activities.VerbHold, "offboard/E1042", "legal asks"))
		require.NoError(t, err)
		require.Equal(t, "done", r.Text)
	}
	first, second := server.inputs[0].(workflows.RequestInput).Ask, server.inputs[1].(workflows.RequestInput).Ask
	require.Equal(t, "cli:jo", first.Actor)
	require.Regexp(t, `^cli:[0-9a-f]{20}$`, first.Key)
	require.NotEqual(t, first.Key, second.Key)
	require.Equal(t, workflows.RequestID(first.Key), server.started[0].ID)
	require.Equal(t, activities.QueueLifecycle, server.started[0].TaskQueue)
	require.Equal(t, "offboard/E1042", first.Case)
	require.Equal(t, "E1042", first.Who)
	require.WithinDuration(t, time.Now(), first.Received, time.Minute)
}

// An ask that was carried out before its outcome was asked for is answered by its result.
func TestAsk_QuickerThanWe_IsAnsweredByItsResult(t *testing.T) {
	server := &cluster{tooLate: true, answer: func(string, any) (any, error) { return workflows.RequestResult{Text: "done"}, nil }}
	a, c, _ := desk(server)
	r, err := a.ask(t.Context(), c, about(activities.VerbHold, "offboard/E1042", "legal asks"))
	require.NoError(t, err)
	require.Equal(t, "done", r.Text)
}

func TestAsk_Refused_IsAnErrorWithItsCodeAndMend(t *testing.T) {
	for typ, code := range map[string]int{
		activities.InvalidInput: ExitUsage, activities.NotFound: ExitUnknown, activities.Ambiguous: ExitAmbiguous,
		activities.Forbidden: ExitRefused, activities.Conflict: ExitRefused, activities.Unsupported: ExitRefused, activities.Unavailable: ExitUnavailable,
	} {
		server := &cluster{answer: func(string, any) (any, error) {
			return workflows.RequestResult{Text: "no", Refusal: &activities.Refusal{Type: typ, Text: "E1042 has 2 computers: C02XY, C02AB", Mend: "say which one"}}, nil
		}}
		a, c, _ := desk(server)
		_, err := a.ask(t.Context(), c, activities.Ask{Verb: activities.VerbReturnLaptop, Who: "E1042"})
		require.Equal(t, code, codeOf(err), typ)
		require.EqualError(t, err, "E1042 has 2 computers: C02XY, C02AB: say which one")
	}
}

func TestAsk_NobodyAnswersInTime_SaysThatItIsNotLost(t *testing.T) {
	a, c, _ := desk(&cluster{lastPoll: time.Now()})
	c.patience = time.Millisecond
	_, err := a.ask(t.Context(), c, about(activities.VerbApprove, "offboard/E1042", ""))
	require.Equal(t, ExitUnavailable, codeOf(err))
	for _, want := range []string{"no worker has answered within 1ms", "--timeout", "request/cli:", "not lost", "do not ask again"} {
		require.ErrorContains(t, err, want)
	}
}

func TestIdle_SaysThatThereIsNoWorker(t *testing.T) {
	for name, x := range map[string]struct {
		poll time.Time
		idle bool
	}{"none": {time.Time{}, true}, "one that has gone": {time.Now().Add(-10 * time.Minute), true}, "one that polls": {time.Now().Add(-time.Minute), false}} {
		_, c, _ := desk(&cluster{lastPoll: x.poll})
		err := c.idle(t.Context())
		require.Equal(t, x.idle, err != nil, name)
		if x.idle {
			require.EqualError(t, err, "no worker runs, so nobody answers; start tenure-worker, or standalone")
		}
	}
}

// A question that nobody answers does not lie about for long.
func TestLook_GoesAwayByItself(t *testing.T) {
	server := &cluster{lastPoll: time.Now()}
	_, c, _ := desk(server)
	c.patience = time.Millisecond
	_, err := c.look(t.Context(), workflows.LookInput{Watch: &activities.AskWatch{}})
	require.Equal(t, ExitUnavailable, codeOf(err))
	require.NotContains(t, err.Error(), "not lost")
	require.Positive(t, server.started[0].WorkflowExecutionTimeout)
	require.LessOrEqual(t, server.started[0].WorkflowExecutionTimeout, 10*time.Second)
}

// remote answers as a worker does, for a command line that has neither store nor policy.
func remote(t *testing.T, b employee.Batch) *cluster {
	t.Helper()
	return &cluster{answer: func(process string, in any) (any, error) {
		if process == string(workflows.ProcessRequest) {
			return workflows.RequestResult{Text: "proposed"}, nil
		}
		look, r := in.(workflows.LookInput), workflows.LookResult{}
		switch {
		case look.Role != nil:
			r.Role = &activities.RoleNow{Main: look.Role.Employee}
		case look.People != nil:
			r.People = &activities.FoundPeople{}
			if look.People.Text == "robin@example.com" || len(look.People.IDs) > 0 {
				r.People.People = []activities.PersonBrief{{ID: "E1042", ProfileID: "p1", Name: "Robin Example", Email: "robin@example.com", Status: employee.Active}}
			}
		case look.Batches != nil:
			r.Batches = &activities.Batches{Batches: []employee.Batch{b}}
		case look.Batch != nil:
			require.Equal(t, b.ID, look.Batch.Batch)
			r.Batch = &b
		}
		return r, nil
	}}
}

func TestPerson_WithoutAStore_IsAskedOfAWorker(t *testing.T) {
	_, c, _ := desk(remote(t, employee.Batch{}))
	e, err := c.person(t.Context(), "robin@example.com")
	require.NoError(t, err)
	require.Equal(t, employee.Employee{ID: "E1042", ProfileID: "p1", FullName: "Robin Example", Email: "robin@example.com", Status: employee.Active}, e)
	require.Equal(t, "Robin Example", e.Name())
	_, err = c.person(t.Context(), "nobody@example.com")
	require.Equal(t, ExitUnknown, codeOf(err))
	require.Equal(t, "Robin Example", c.briefs(t.Context(), []employee.ID{"E1042", "E1042"})["E1042"].Name)
}

func held() employee.Batch {
	return employee.Batch{ID: "B7", State: employee.BatchHeld, Cause: "3 people left at once", People: []employee.BatchPerson{
		{Employee: "E1", State: employee.PersonHeld}, {Employee: "E2", State: employee.PersonHeld}, {Employee: "E9", State: employee.PersonCorrected}}}
}

// --all names those who are held now: whoever joins the batch later is not released unseen.
func TestBatchRelease_All_NamesThoseWhoAreHeldNow(t *testing.T) {
	b := held()
	b.Proposal = &employee.Proposal{Verb: employee.ReleaseBatch, By: "cli:jo", People: b.Held(), Nonce: "5f3a9c"}
	server := remote(t, b)
	a, c, out := desk(server)
	require.NoError(t, a.release(t.Context(), c, "B7", releaseFlags{all: true, reason: "the office closes"}))
	ask := server.inputs[1].(workflows.RequestInput).Ask
	require.Equal(t, activities.VerbBatchRelease, ask.Verb)
	require.Equal(t, []employee.ID{"E1", "E2"}, ask.Only)
	require.Empty(t, ask.Except)
	require.Contains(t, out.String(), "proposed\n")
	require.Contains(t, out.String(), "tenure batch release B7 --nonce 5f3a9c --reason ...")
	require.Contains(t, out.String(), "not cli:jo")
}

func TestBatchRelease_ListsTravelAsTheyAreNamed(t *testing.T) {
	server := remote(t, held())
	a, c, _ := desk(server)
	require.NoError(t, a.release(t.Context(), c, "B7", releaseFlags{except: []string{"E9", " E1 ", "E9", ""}, reason: "they stay"}))
	ask := server.inputs[0].(workflows.RequestInput).Ask
	require.Equal(t, []employee.ID{"E9", "E1"}, ask.Except)
	require.Empty(t, ask.Only)
}

func TestBatchRelease_NobodyHeld_IsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	b := held()
	b.State, b.People = employee.BatchRejected, nil
	server := remote(t, b)
	a, c, _ := desk(server)
	err := a.release(t.Context(), c, "B7", releaseFlags{all: true, reason: "the office closes"})
	require.Equal(t, ExitRefused, codeOf(err))
	require.Len(t, server.inputs, 1, "a look, and no ask")
}

func TestBatch_JSON_IsTheBatch(t *testing.T) {
	a, c, out := desk(remote(t, held()))
	a.asJSON = true
	require.NoError(t, a.release(t.Context(), c, "B7", releaseFlags{only: []string{"E1"}, reason: "yes"}))
	var got employee.Batch
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "B7", got.ID)
	out.Reset()
	require.NoError(t, a.printBatches(nil, true))
	require.JSONEq(t, "[]", out.String())
}

func TestCompletion_OffersWhatGoesOn(t *testing.T) {
	found := []candidate{{"E1042", "lease"}, {"E1042", "twice"}, {"e2000", "contain\x1b[2J"}, {"E3", ""}}
	require.Equal(t, []string{"E1042\tlease"}, offered(found, "e1"))
	require.Len(t, offered(found, ""), 3)
	_, c, _ := desk(remote(t, held()))
	people, err := heldPeople(t.Context(), c, []string{"B7"}, "E2,E")
	require.NoError(t, err)
	require.Equal(t, []candidate{{"E2,E1", "held"}}, people)
	batches, err := heldBatches(t.Context(), c, nil, "")
	require.NoError(t, err)
	require.Equal(t, []candidate{{"B7", "3 people, 3 people left at once"}}, batches)
}

func TestCompletion_Steps_ThoseOfAPersonFirst_EndedOnesNever(t *testing.T) {
	v := activities.CaseView{Steps: []activities.StepView{{ID: "okta.suspend", State: "verified"}, {ID: "okta.grants", State: "running"}, {ID: "app.revoke:figma", State: "needs_attention", Title: "Figma taken away"}}}
	require.Equal(t, []candidate{{"app.revoke:figma", "needs attention: Figma taken away"}, {"okta.grants", "running: "}}, openSteps(v))
}

// A shell that completes gets no error, whatever is wrong.
func TestCompletion_OfWhatCannotBeReached_IsSilent(t *testing.T) {
	s := shell{env: map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none.toml"}}
	for _, args := range [][]string{{"explain", ""}, {"step", "retry", "E1042", ""}, {"batch", "show", ""}, {"batch", "release", "B7", "--except", ""}, {"device", "received", ""}, {"explain", "--case", ""}, {"step", "done", "--case", "onboard/E1042", ""}} {
		require.Equal(t, ExitOK, s.run(t, append([]string{"__complete"}, args...)...))
		require.Regexp(t, `^:[46]$`, strings.TrimSpace(s.out.String()), "%v: no file names either", args)
		require.NotContains(t, s.err.String(), "127.0.0.1")
	}
	for _, sh := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Equal(t, ExitOK, s.run(t, "completion", sh))
		require.Contains(t, s.out.String(), "tenure")
	}
}

// An emergency overtakes whatever waits at this door too, and who is signed in is kept beside who is said to ask.
func TestAsk_HasThePriorityOfEveryDoor_AndSaysWhoIsSignedIn(t *testing.T) {
	server := remote(t, employee.Batch{})
	a, c, _ := desk(server)
	a.actor = "jo"
	for _, emergency := range []bool{false, true} {
		_, err := a.ask(t.Context(), c, activities.Ask{Verb: activities.VerbOffboard, Who: "E1042", Emergency: emergency})
		require.NoError(t, err)
	}
	require.Equal(t, []int{2, 1}, []int{server.started[0].Priority.PriorityKey, server.started[1].Priority.PriorityKey})
	in := server.inputs[0].(workflows.RequestInput)
	require.Equal(t, "cli:jo", in.Ask.Actor)
	require.Equal(t, signedIn(), in.Ask.OSUser)
	require.NotEmpty(t, in.Ask.OSUser)
}
